"""Messages of the day, caught by a real mail server: each once, none of a buyer, none in quiet hours."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import col, select, update

from tests.alerts.test_alerting import channel
from tests.orders import samples
from tests.smtp import Postbox, postbox
from wbcore.alerts import daily, dayposts
from wbcore.alerts.daily import Wishes
from wbcore.api import token as tokens
from wbcore.imports import runs
from wbcore.imports.timetable import ScheduleRefused
from wbcore.keys import keyring
from wbcore.orders import figures, picking, writing
from wbcore.people import audit
from wbcore.people.actor import Actor, NotAllowed
from wbcore.sandbox.tokens import mint
from wbcore.settings import settings
from wbcore.store import clock, db
from wbcore.store.models import DayMessage, DayRule, DayTold, Key, Lease, Order, Run, Seller
from wbcore.worker import duties, thinning
from wbcore.worker.readiness import make_ready

NOON = datetime(2026, 11, 24, 9, tzinfo=UTC)
"""Of Moscow."""
H = timedelta(hours=1)
M = timedelta(minutes=1)


@pytest.fixture
def mail() -> Iterator[Postbox]:
    with postbox() as box:
        yield box


@pytest.fixture
def shop(database: str) -> tuple[int, Key]:
    """A seller and its key."""
    make_ready()
    with db.session() as session:
        seller = keyring.upsert_seller(session, "s1", "production", "ООО Ромашка")
        assert seller.id is not None
        token = mint()
        facts = tokens.read(token)
        key = keyring.save(session, "shop", token, facts, seller, "production", datetime.now(UTC))
        session.commit()
        return seller.id, key


def wish(seller: int, now: datetime = NOON, **wishes: Any) -> None:
    with db.session() as session:
        daily.wish(session, seller, Wishes(**{"tz": "Europe/Moscow", **wishes}), now=now)
        session.commit()


def imported(
    shop: tuple[int, Key], at: datetime, *numbers: int, status: str = "done", made: datetime | None = None
) -> None:
    """An import that ended at a moment and brought new orders, made an hour before."""
    seller, key = shop
    with db.session() as session:
        run = runs.create(session, key, "new", {}, "schedule")
        run.status, run.started_at, run.finished_at, run.created = status, at - M, at, len(numbers)
        created = f"{(made or at - H):%Y-%m-%dT%H:%M:%SZ}"
        rows = [
            samples.order(n, createdAt=created, comment="Позвоните Анне", article=f"<b>art-{n}</b>")
            for n in numbers
        ]
        writing.write_orders(session, seller, rows, run_id=run.id, source="new", now=at - M)
        session.commit()


def statuses(seller: int, supplier: str, *numbers: int, at: datetime | None = None) -> None:
    with db.session() as session:
        rows = [{"id": 1000 + n, "supplierStatus": supplier, "wbStatus": "waiting"} for n in numbers]
        writing.write_statuses(session, seller, rows, run_id="run", now=at)
        session.commit()


def tell(at: datetime) -> None:
    with db.session() as session:
        daily.plan(session, at)
        session.commit()
    dayposts.send(at)


# --- New orders ---------------------------------------------------------------------------------------------


def test_new_orders_at_once_and_once(shop: tuple[int, Key], mail: Postbox) -> None:
    channel(mail, "post")
    channel(mail, "english", lang="en")
    wish(shop[0], news_minutes=0)
    imported(shop, NOON + M, 1, 2, 3)
    for _ in range(3):
        tell(NOON + 2 * M)
    assert sorted(mail.subjects()) == ["ООО Ромашка: 3 new orders", "ООО Ромашка: 3 новых заказа"]
    russian = next(one for one in mail.mails if one.to == "post@example.com")
    assert "На сумму: 4 500,06 ₽" in russian.text.replace("\xa0", " ")
    assert "http" not in russian.text
    imported(shop, NOON + 5 * M)  # nothing new
    tell(NOON + 6 * M)
    imported(shop, NOON + 7 * M, 4)
    tell(NOON + 8 * M)
    assert mail.subjects().count("ООО Ромашка: 1 новый заказ") == 1
    assert len(mail.mails) == 4


def test_a_digest_gathers(shop: tuple[int, Key], mail: Postbox) -> None:
    channel(mail)
    wish(shop[0], news_minutes=30)
    imported(shop, NOON + M, 1)
    tell(NOON + 2 * M)
    imported(shop, NOON + 5 * M, 2)
    tell(NOON + 6 * M)
    imported(shop, NOON + 10 * M, 3, status="failed")
    tell(NOON + 31 * M)
    tell(NOON + 33 * M)
    assert mail.subjects() == ["ООО Ромашка: 1 новый заказ", "ООО Ромашка: 2 новых заказа"]


def test_an_order_is_no_news_again_when_wbs_own_status_of_it_comes(
    shop: tuple[int, Key], mail: Postbox
) -> None:
    channel(mail)
    imported(shop, NOON - H, 1)  # before anybody wished to hear of it
    wish(shop[0], news_minutes=0)
    imported(shop, NOON + M, 2, 3, 4)
    tell(NOON + 2 * M)
    imported(shop, NOON + 5 * M, 5, 6)
    statuses(shop[0], "new", *range(1, 7), at=NOON + 5 * M - timedelta(seconds=20))
    tell(NOON + 6 * M)
    assert mail.subjects() == ["ООО Ромашка: 3 новых заказа", "ООО Ромашка: 2 новых заказа"]
    assert "На сумму: 3 000,11 ₽" in mail.mails[1].text.replace("\xa0", " ")


def test_orders_of_an_import_that_begins_when_another_ends_are_told_once(
    shop: tuple[int, Key], mail: Postbox
) -> None:
    """Both within one second, and the first is told while the second is at work."""
    channel(mail)
    wish(shop[0], news_minutes=0)
    imported(shop, NOON + M, 1, 2)
    later = NOON + 2 * M + timedelta(milliseconds=300)  # it begins in the second in which the first ended
    imported(shop, later, 3, 4, status="running")
    tell(NOON + M + timedelta(milliseconds=900))
    with db.session() as session:
        session.connection().execute(update(Run).where(col(Run.status) == "running").values(status="done"))
        session.commit()
    imported(shop, later, 5)
    tell(NOON + 3 * M)
    told = [int(subject.split(": ")[1].split()[0]) for subject in mail.subjects()]
    assert sum(told) == 5, told


@pytest.mark.parametrize("moved", [0, 10], ids=["at the import's edge", "within it"])
def test_new_orders_at_prices_that_no_sum_can_hold_are_told_all_the_same(
    shop: tuple[int, Key], mail: Postbox, moved: int
) -> None:
    wish(shop[0], news_minutes=0)
    channel(mail)
    imported(shop, NOON + M, 1, 2, 3)
    with db.session() as session:
        dear = update(Order).where(col(Order.id) > 1001)
        session.connection().execute(dear.values(price=2**63 - 1, status_at=col(Order.status_at) + moved))
        session.commit()
    tell(NOON + 2 * M)
    (one,) = mail.mails
    assert one.subject == "ООО Ромашка: 3 новых заказа"
    assert "На сумму: 1 500,01" in one.text.replace("\xa0", " ")


def test_what_came_before_it_was_wished_is_no_news(shop: tuple[int, Key], mail: Postbox) -> None:
    channel(mail)
    imported(shop, NOON - M, 1)
    wish(shop[0], news_minutes=0)
    tell(NOON + M)
    wish(shop[0], now=NOON + 2 * M)
    imported(shop, NOON + 3 * M, 2)
    tell(NOON + 4 * M)
    wish(shop[0], now=NOON + 5 * M, news_minutes=0)
    tell(NOON + 6 * M)
    assert mail.mails == []


def test_many_workers_tell_it_once(shop: tuple[int, Key], mail: Postbox) -> None:
    channel(mail)
    wish(shop[0], news_minutes=0, waiting_hours=1)
    imported(shop, NOON + M, *range(30), made=NOON - 5 * H)
    start = threading.Barrier(5)

    def worker() -> None:
        start.wait()
        for _ in range(3):
            tell(NOON + 2 * M)

    threads = [threading.Thread(target=worker) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    told = "\n".join(one.text for one in mail.mails)
    assert told.count("30 новых заказов") == 1
    assert told.count("30 заказов ждут") == 1


# --- Orders that wait, and cancelled ones -------------------------------------------------------------------


def test_an_order_that_waits_is_told_once_however_late_it_came(shop: tuple[int, Key], mail: Postbox) -> None:
    channel(mail)
    wish(shop[0], waiting_hours=3)
    imported(shop, NOON, 1, 2)
    tell(NOON + H)
    assert mail.mails == []
    statuses(shop[0], "confirm", 2)
    tell(NOON + 3 * H)
    tell(NOON + 4 * H)
    (first,) = mail.mails
    assert first.subject == "ООО Ромашка: 1 заказ ждёт дольше 3 ч и до сих пор не взят на сборку"
    assert "1001 <b>art-1</b>" in first.text
    imported(shop, NOON + 5 * H, 3, made=NOON - 30 * H)  # an import that was late
    tell(NOON + 5 * H)
    assert len(mail.mails) == 2
    assert "Анне" not in "".join(one.text for one in mail.mails)


def test_cancelled_after_the_list_was_printed(
    shop: tuple[int, Key], mail: Postbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WB_PUBLIC_URL", "https://desk.example.com/")
    settings.cache_clear()
    channel(mail)
    wish(shop[0], cancelled=True)
    imported(shop, NOON, 1, 2, 3)
    with db.session() as session:
        for minutes in (1, 2):
            picking.make(session, shop[0], "new", now=NOON + minutes * M)
        session.commit()
    statuses(shop[0], "cancel", 2)
    imported(shop, NOON + 3 * M, 4)
    statuses(shop[0], "cancel", 4)  # on no list
    tell(NOON + 4 * M)
    tell(NOON + 5 * M)
    (one,) = mail.mails
    assert one.subject == "ООО Ромашка: 1 заказ из листа подбора отменён"
    assert "Не отгружать:\n- 1002 <b>art-2</b> (лист 2, строка 2)" in one.text.replace("\r\n", "\n")
    assert "https://desk.example.com/picking" in one.text
    assert "1004" not in one.text


# --- The evening, and silence -------------------------------------------------------------------------------


def test_the_evening_of_the_sellers_zone_once_a_day(shop: tuple[int, Key], mail: Postbox) -> None:
    channel(mail)
    wish(shop[0], summary_at="20:00")
    imported(shop, NOON, 1, 2, 3)
    statuses(shop[0], "confirm", 2)
    statuses(shop[0], "cancel", 3)
    tell(NOON + 7 * H)  # 19:00 in Moscow
    assert mail.mails == []
    for late in (8, 9, 10):
        tell(NOON + late * H)
    (one,) = mail.mails
    assert one.subject == "ООО Ромашка: итог дня 24.11.2026"
    text = one.text.replace("\xa0", " ")
    for line in ("Заказов за день: 3", "Из них отменено: 1", "Собрать: новых 1, на сборке 1", "4 500,06 ₽"):
        assert line in text, text
    tell(NOON + 32 * H)
    assert mail.subjects()[1:] == ["ООО Ромашка: итог дня 25.11.2026"]


def test_the_evening_counts_a_day_of_half_hours_as_the_overview_does(
    shop: tuple[int, Key], mail: Postbox
) -> None:
    """A day of Delhi begins at 18:30 of UTC: what was ordered at 18:10 is yesterday's."""
    wish(shop[0], summary_at="20:00", tz="Asia/Kolkata")
    imported(shop, NOON, 1, made=datetime(2026, 11, 23, 18, 10, tzinfo=UTC))
    imported(shop, NOON + M, 2, 3, made=NOON)
    channel(mail)
    evening = datetime(2026, 11, 24, 14, 30, tzinfo=UTC)
    tell(evening)
    (one,) = mail.mails
    with db.session() as session:
        assert figures.of_day(session, evening, ZoneInfo("Asia/Kolkata")).today.count == 2
    assert "Заказов за день: 2" in one.text


def test_an_evening_that_is_over_when_it_is_wished_is_not_told(shop: tuple[int, Key], mail: Postbox) -> None:
    channel(mail)
    wish(shop[0], now=NOON + 9 * H, summary_at="20:00")
    tell(NOON + 9 * H + M)
    assert mail.mails == []


def test_an_evening_that_is_over_is_not_told_to_who_has_wished_other_things_before(
    shop: tuple[int, Key], mail: Postbox
) -> None:
    """It came at once where the seller had other messages of the day, on the next day where it had none."""
    channel(mail)
    wish(shop[0], news_minutes=30)
    wish(shop[0], now=NOON + 9 * H, news_minutes=30, summary_at="20:00")
    tell(NOON + 9 * H + M)
    assert mail.mails == []
    tell(NOON + 32 * H)
    assert mail.subjects() == ["ООО Ромашка: итог дня 25.11.2026"]


def test_an_evening_that_is_put_off_comes_at_its_new_hour(shop: tuple[int, Key], mail: Postbox) -> None:
    channel(mail)
    wish(shop[0], summary_at="19:00")
    wish(shop[0], now=NOON + 6 * H, summary_at="20:00")
    tell(NOON + 7 * H)
    tell(NOON + 8 * H)
    assert mail.subjects() == ["ООО Ромашка: итог дня 24.11.2026"]


def test_a_zone_that_this_machine_does_not_know_silences_nobody(shop: tuple[int, Key], mail: Postbox) -> None:
    channel(mail)
    wish(shop[0], summary_at="20:00", quiet=("02:00", "03:00"))
    with db.session() as session:
        session.connection().execute(update(DayRule).values(tz="Moon/Tycho"))
        session.commit()
    tell(NOON + 9 * H)
    assert len(mail.mails) == 1


def test_an_import_that_is_silent_is_told_once_for_each_silence(shop: tuple[int, Key], mail: Postbox) -> None:
    channel(mail)
    wish(shop[0], silent_hours=6)
    imported(shop, NOON, 1)
    imported(shop, NOON + 5 * H, status="failed")
    tell(NOON + 5 * H)
    assert mail.mails == []
    tell(NOON + 6 * H)
    tell(NOON + 7 * H)
    (one,) = mail.mails
    assert one.subject == "ООО Ромашка: удачного импорта не было больше 6 ч"
    assert "Последний удачный импорт: 24.11.2026 12:00" in one.text
    imported(shop, NOON + 8 * H, 2)
    tell(NOON + 9 * H)
    tell(NOON + 14 * H)
    assert len(mail.mails) == 2


# --- A clock that was ahead for a while ---------------------------------------------------------------------

AHEAD = NOON + timedelta(days=100)


def test_what_a_wrong_clock_has_written_silences_no_message(shop: tuple[int, Key], mail: Postbox) -> None:
    channel(mail)
    wish(shop[0], now=AHEAD, news_minutes=30, summary_at="20:00", silent_hours=6)
    imported(shop, AHEAD + M, 1)
    tell(AHEAD + 2 * M)
    assert mail.subjects() == ["ООО Ромашка: 1 новый заказ"]
    duties.look_around(NOON)
    imported(shop, NOON + M, 2, 3)
    tell(NOON + 31 * M)
    assert mail.subjects()[1:] == ["ООО Ромашка: 2 новых заказа"]
    tell(NOON + 7 * H)
    assert mail.subjects()[2:] == ["ООО Ромашка: удачного импорта не было больше 6 ч"]
    tell(NOON + 8 * H)
    assert mail.subjects()[3:] == ["ООО Ромашка: итог дня 24.11.2026"]


def test_what_was_held_by_a_wrong_clock_is_told(shop: tuple[int, Key], mail: Postbox) -> None:
    channel(mail)
    wish(shop[0], now=AHEAD, news_minutes=0, quiet=("11:00", "13:00"))
    imported(shop, AHEAD + M, 1)
    tell(AHEAD + 2 * M)
    assert mail.mails == []
    duties.look_around(NOON + 2 * H)
    tell(NOON + 2 * H)
    assert mail.subjects() == ["ООО Ромашка: 1 новый заказ"]


# --- Quiet hours, failures, who may -------------------------------------------------------------------------


def test_quiet_hours_of_a_seller_hold_until_their_end(shop: tuple[int, Key], mail: Postbox) -> None:
    channel(mail)
    wish(shop[0], news_minutes=0, quiet=("22:00", "08:00"))
    night = datetime(2026, 11, 24, 20, tzinfo=UTC)  # 23:00 in Moscow
    imported(shop, night, 1)
    tell(night + M)
    imported(shop, night + H, 2)
    tell(night + H + M)
    assert mail.mails == []
    tell(datetime(2026, 11, 25, 4, 59, tzinfo=UTC))
    assert mail.mails == []
    tell(datetime(2026, 11, 25, 5, 0, 1, tzinfo=UTC))
    (one,) = mail.mails
    assert one.subject == "WB Desk: сообщений 2"
    assert one.text.count("1 новый заказ") == 2


NIGHT = datetime(2026, 11, 24, 20, tzinfo=UTC)
"""23:00 in Moscow."""
MORNING = datetime(2026, 11, 25, 5, 1, tzinfo=UTC)


@pytest.mark.parametrize("quiet_of", ["seller", "channel"])
def test_what_is_so_no_more_in_the_morning_is_not_told(
    shop: tuple[int, Key], mail: Postbox, quiet_of: str
) -> None:
    quiet = ("22:00", "08:00")
    channel(mail, quiet=quiet if quiet_of == "channel" else None, tz="Europe/Moscow")
    wish(shop[0], silent_hours=6, waiting_hours=3, quiet=quiet if quiet_of == "seller" else None)
    imported(shop, NIGHT - 6 * H, 1, 2, 3)
    tell(NIGHT)
    assert mail.mails == []
    statuses(shop[0], "confirm", 1, 3)
    imported(shop, NIGHT + 6 * H)
    tell(MORNING)
    (one,) = mail.mails
    assert one.subject == "ООО Ромашка: 1 заказ ждёт дольше 3 ч и до сих пор не взят на сборку"
    assert "1002 <b>art-2</b>" in one.text
    assert "art-1<" not in one.text
    imported(shop, MORNING + H)
    tell(MORNING + 2 * H)
    assert len(mail.mails) == 1


@pytest.fixture
def order_of_the_night(shop: tuple[int, Key], mail: Postbox) -> None:
    """One that waits while nobody is told."""
    channel(mail)
    wish(shop[0], waiting_hours=3, quiet=("22:00", "08:00"))
    imported(shop, NIGHT - 6 * H, 1)


@pytest.mark.usefixtures("order_of_the_night")
def test_orders_that_were_taken_in_the_night_are_not_told_to_wait(
    shop: tuple[int, Key], mail: Postbox
) -> None:
    tell(NIGHT)
    statuses(shop[0], "confirm", 1)
    tell(MORNING)
    assert mail.mails == []


@pytest.mark.usefixtures("order_of_the_night")
def test_an_order_that_was_taken_is_not_told_to_wait_for_another_sellers_of_the_same_number(
    shop: tuple[int, Key], mail: Postbox
) -> None:
    with db.session() as session:
        other = keyring.upsert_seller(session, "s2", "production", "ООО Лютик")
        assert other.id is not None
        writing.write_orders(session, other.id, [samples.order(1)], run_id="run", source="new")
        session.commit()
    tell(NIGHT)
    statuses(shop[0], "confirm", 1)
    tell(MORNING)
    assert mail.mails == []


def test_what_nobody_wishes_to_hear_any_more_is_not_told_in_the_morning(
    shop: tuple[int, Key], mail: Postbox
) -> None:
    channel(mail)
    quiet = ("22:00", "08:00")
    wish(shop[0], news_minutes=0, waiting_hours=3, quiet=quiet)
    imported(shop, NIGHT - 6 * H, 1)
    imported(shop, NIGHT, 2)
    tell(NIGHT + M)
    wish(shop[0], NIGHT + H, news_minutes=0, quiet=quiet)
    tell(MORNING)
    (one,) = mail.mails
    assert "ждёт дольше" not in one.text
    assert "новы" in one.text


def test_quiet_hours_of_a_channel_hold_too(shop: tuple[int, Key], mail: Postbox) -> None:
    channel(mail, quiet=("11:00", "13:00"), tz="Europe/Moscow")
    wish(shop[0], news_minutes=0)
    imported(shop, NOON + M, 1)
    tell(NOON + 2 * M)
    assert mail.mails == []
    tell(NOON + H + M)
    assert len(mail.mails) == 1


def test_what_was_not_taken_is_tried_again(shop: tuple[int, Key], mail: Postbox) -> None:
    channel(mail)
    wish(shop[0], news_minutes=0)
    imported(shop, NOON + M, 1)
    mail.refuse = "451 later"
    tell(NOON + 2 * M)
    mail.refuse = ""
    tell(NOON + 2 * M)
    assert mail.mails == []
    tell(NOON + 4 * M)
    tell(NOON + 9 * M)
    assert len(mail.mails) == 1
    with db.session() as session:
        (row,) = session.exec(select(DayMessage)).all()
    assert (row.status, row.attempts) == ("sent", 2)


def killed_while_sending(mail: Postbox, at: datetime) -> None:
    """SIGKILL while the mail server has the message and has not answered yet; later its lease is over."""
    with db.session() as session:
        daily.plan(session, at)
        session.commit()
    code = "import sys, datetime; from wbcore.alerts import dayposts; "
    code += "dayposts.send(datetime.datetime.fromisoformat(sys.argv[1]))"
    sender = subprocess.Popen([sys.executable, "-c", code, at.isoformat()])
    assert mail.holding.wait(120)
    sender.send_signal(signal.SIGKILL)
    sender.wait()
    mail.hold = mail.hold_after = 0
    before = len(mail.mails)
    tell(at)
    assert len(mail.mails) == before, "its lease still holds"
    with db.session() as session:  # ten minutes by the database's clock
        session.connection().execute(update(Lease).values(until=clock.moment(-1)))
        session.commit()


def test_a_sender_that_is_killed_while_it_sends_loses_nothing_and_repeats_nothing(
    shop: tuple[int, Key], mail: Postbox
) -> None:
    channel(mail)
    wish(shop[0], news_minutes=0)
    imported(shop, NOON + M, 1)
    mail.hold = 300
    killed_while_sending(mail, NOON + 2 * M)
    for minutes in (3, 4, 20):
        tell(NOON + minutes * M)
    assert mail.subjects() == ["ООО Ромашка: 1 новый заказ"]


def test_a_letter_that_comes_twice_after_a_kill_stands_in_one_conversation(
    shop: tuple[int, Key], mail: Postbox
) -> None:
    """The mail server has taken it; the sender died before that was written down."""
    channel(mail)
    wish(shop[0], news_minutes=0)
    imported(shop, NOON + M, 1)
    mail.hold_after = 300
    killed_while_sending(mail, NOON + 2 * M)
    for minutes in (3, 4, 20):
        tell(NOON + minutes * M)
    first, again = mail.mails
    assert again.subject == first.subject
    assert again.references == first.references != ""
    imported(shop, NOON + 30 * M, 2)
    tell(NOON + 31 * M)
    assert mail.mails[2].references not in ("", first.references), "another message is another conversation"


def test_the_learning_cabinet_wakes_nobody(shop: tuple[int, Key], mail: Postbox) -> None:
    channel(mail)
    with db.session() as session:
        seller = session.get(Seller, shop[0])
        assert seller is not None
        seller.environment = "demo"
        session.commit()
    wish(shop[0], news_minutes=0, silent_hours=1)
    imported(shop, NOON + M, 1)
    tell(NOON + 5 * H)
    assert mail.mails == []


def test_owners_alone_change_it_and_nonsense_is_refused(shop: tuple[int, Key]) -> None:
    with db.session() as session:
        with pytest.raises(NotAllowed):
            daily.wish(session, shop[0], Wishes(), by=Actor(1, "Анна", "operator"), now=NOON)
        for wrong in (
            {"summary_at": "25:00"},
            {"waiting_hours": 0},
            {"news_minutes": -1},
            {"silent_hours": 10_000},
            {"quiet": ("08:00", "08:00")},
            {"tz": "Mars/Olympus"},
        ):
            with pytest.raises(ScheduleRefused):
                daily.wish(session, shop[0], Wishes(**wrong), now=NOON)


def test_the_audit_says_whose_messages_were_set(shop: tuple[int, Key]) -> None:
    wish(shop[0], cancelled=True)
    with db.session() as session:
        (entry,) = audit.latest(session)
    assert (entry.action, entry.subject) == ("day_messages_set", "ООО Ромашка")


def test_a_worker_does_it_by_itself_and_forgets_what_is_old(
    shop: tuple[int, Key], mail: Postbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel(mail)
    now = datetime.now(UTC)
    wish(shop[0], now=now - H, news_minutes=0, waiting_hours=1)
    imported(shop, now - M, 1, made=now - 5 * H)
    for moment in (now + M, now + 2 * M):
        duties.look_around(moment)
        duties.tell_around(moment)
    assert len(mail.mails) == 1
    assert mail.mails[0].subject == "WB Desk: сообщений 2"
    thinning.thin(now + timedelta(days=200))
    with db.session() as session:
        assert session.exec(select(DayTold)).all() == []
        assert session.exec(select(DayMessage)).all() == []
