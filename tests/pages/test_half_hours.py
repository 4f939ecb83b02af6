"""Where a zone's hours are not those of UTC, the pages with sums say where their day begins, and it does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine

from tests import agency
from tests.orders.samples import order, write
from tests.pages.test_pages import Screen, screen, told
from wbcore.guidance import texts
from wbcore.settings import settings
from wbcore.store import days, db
from wbcore.store.models import Key

__all__ = ["screen"]

LINES = {"ru": "идёт с 00:{0} до 00:{0}", "en": "goes from 00:{0} to 00:{0}"}


@pytest.mark.parametrize("page", ["overview", "pictures"])
@pytest.mark.parametrize("lang", LINES)
@pytest.mark.parametrize(
    ("zone", "minutes"),
    [("Asia/Kolkata", "30"), ("Asia/Kathmandu", "45"), ("Europe/Moscow", ""), ("UTC", "")],
)
def test_where_a_day_of_the_sums_begins_is_said_where_it_is_not_midnight(
    screen: Screen, monkeypatch: pytest.MonkeyPatch, zone: str, minutes: str, page: str, lang: str
) -> None:
    monkeypatch.setenv("WB_ZONE", zone)
    settings.cache_clear()
    agency.fill(1)
    app = screen(page, lang)
    assert not app.exception
    if minutes:
        assert LINES[lang].format(minutes) in told(app)
    else:
        assert LINES[lang].partition("{")[0] not in told(app)


def test_the_day_of_the_overview_begins_where_the_line_says(
    screen: Screen, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of three orders of this night the two after half past twelve are today's."""
    zone = ZoneInfo("Asia/Kolkata")
    monkeypatch.setenv("WB_ZONE", zone.key)
    settings.cache_clear()
    (key_id,) = agency.fill(1)
    midnight = days.start(days.today(zone), zone)
    instants = [midnight + timedelta(minutes=minutes) for minutes in (10, 31, 50)]
    with db.session() as session:
        key = session.get(Key, key_id)
        assert key is not None
        rows = [order(n, createdAt=_told(at)) for n, at in enumerate(instants)]
        write(session, key.seller_id, rows)
        session.commit()
    with time_machine.travel(midnight + timedelta(hours=12), tick=False):  # the night is over
        app = screen("overview", "ru")
    assert "с 00:30 до 00:30" in told(app)
    today = next(one for one in app.metric if one.label == texts.t("ru", "page-overview-orders-today"))
    assert today.value == "2"


def _told(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
