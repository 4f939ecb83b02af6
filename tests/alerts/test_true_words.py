"""Messages and files say what was, not what was meant to be."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from tests.alerts.test_daily import NOON, M, channel, imported, mail, shop, tell, wish
from tests.alerts.test_mailing import MORNING, folder, kept, ordered
from tests.orders.samples import make_seller, order, write
from tests.smtp import Postbox, postbox
from wbcore.alerts import alerting, mailing
from wbcore.orders import writing
from wbcore.store import db
from wbcore.store.models import Key

__all__ = ["folder", "mail", "shop"]


def test_what_a_buyer_has_cancelled_already_is_no_new_order(shop: tuple[int, Key], mail: Postbox) -> None:
    channel(mail)
    wish(shop[0], news_minutes=0)
    imported(shop, NOON + M, 1, 2)
    with db.session() as session:
        row = {"id": 1001, "supplierStatus": "new", "wbStatus": "declined_by_client"}
        writing.write_statuses(session, shop[0], [row], run_id="run", now=NOON + M / 2)
        session.commit()
    tell(NOON + 2 * M)
    assert mail.subjects() == ["ООО Ромашка: 1 новый заказ"]


def test_a_letter_that_did_not_go_is_told_as_that(database: str, folder: Path) -> None:
    with db.session() as session:
        write(session, make_seller(session), [order(1)])
    with postbox() as box:
        gone = alerting.add_channel("Почта", box.url())
    ordered(channel_id=gone.id, folder=str(folder), view={})
    assert mailing.work(MORNING + timedelta(hours=1)) == 1
    assert len(list(folder.iterdir())) == 1, "the file itself is there"
    assert mailing.error_text("ru", kept().error).startswith("Файл готов, но письмо с ним не ушло")
    with db.session() as session:
        assert not mailing.is_made_now(session, kept())


def test_a_file_that_is_being_made_was_not_interrupted(database: str, folder: Path) -> None:
    with db.session() as session:
        write(session, make_seller(session), [order(1)])
    made = ordered(folder=str(folder), view={})
    now = MORNING + timedelta(hours=1)
    with db.session() as session:
        assert mailing._claim(session, made.id or 0, "a worker", now) is not None
        session.commit()
    with db.session() as session:
        assert mailing.is_made_now(session, kept())
    assert mailing.work(now) == 0, "nobody else makes it meanwhile"
