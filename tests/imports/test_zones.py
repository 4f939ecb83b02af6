"""The day that an operator names is a day of the zone, in every source's own way of asking."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.work import add_key
from wbcore.imports import foreground, sources
from wbcore.imports.sources import SOURCES, Job
from wbcore.orders import browse
from wbcore.orders.filters import OrderFilters
from wbcore.sandbox.server import Sandbox
from wbcore.settings import settings
from wbcore.store import days, db

NOW = datetime(2026, 11, 24, 20, 59, tzinfo=UTC)
"""23:59 in Moscow."""


def job(source: str, now: datetime = NOW, **params: Any) -> Job:
    return Job("run", 1, 1, source, params, now, "personal", "production")


def asked(source: str, now: datetime = NOW, **params: Any) -> Any:
    """Where a source begins."""
    with db.session() as session:
        return SOURCES[source].main.start(session, job(source, now, **params))


def instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


@pytest.mark.parametrize(
    ("zone", "day", "begin", "end"),
    [
        ("Europe/Moscow", "2026-11-20", "2026-11-19T21:00:00", "2026-11-20T20:59:59"),
        ("America/New_York", "2026-11-01", "2026-11-01T04:00:00", "2026-11-02T04:59:59"),  # 25 hours
        ("America/New_York", "2026-03-08", "2026-03-08T05:00:00", "2026-03-09T03:59:59"),  # 23 hours
    ],
)
def test_a_period_is_cut_at_the_zones_midnight(
    sqlite: str, zone: str, day: str, begin: str, end: str
) -> None:
    """Cut at UTC's midnight, a day of Moscow lost its first three hours."""
    at = asked("period", date_from=day, date_to=day, zone=zone)
    assert len(at["windows"]) == 1
    assert [instant(second) for second in at["windows"][0]] == [
        datetime.fromisoformat(f"{one}+00:00") for one in (begin, end)
    ]


def test_at_one_minute_to_midnight_today_is_still_today(sqlite: str) -> None:
    at = asked("period", date_from="2026-11-24", date_to="2026-11-24", zone="Europe/Moscow")
    (window,) = at["windows"]
    assert instant(window[0]) == datetime(2026, 11, 23, 21, tzinfo=UTC)
    assert instant(window[1]) == datetime(2026, 11, 24, 20, 59, 1, tzinfo=UTC)
    assert days.today(now=NOW) == date(2026, 11, 24)


def test_statistics_are_asked_in_moscows_time_for_anybodys_day(sqlite: str) -> None:
    at = asked("statistics", date_from="2026-11-01", zone="America/New_York")
    assert at == {"date_from": "2026-11-01T07:00:00"}
    last = job("statistics", date_to="2026-11-01", zone="America/New_York")
    assert not sources._after("2026-11-02T07:59:59", last)
    assert sources._after("2026-11-02T08:00:00", last)


def test_a_day_at_the_edge_of_a_month_is_looked_for_in_both_months(sqlite: str) -> None:
    at = asked("archive", date_from="2026-06-01", date_to="2026-06-01", zone="Europe/Moscow")
    assert at["months"] == [[2026, 6], [2026, 5]]  # in UTC it begins on 31 May
    at = asked("archive", date_from="2026-06-02", date_to="2026-06-15", zone="Europe/Moscow")
    assert at["months"] == [[2026, 6]]


def test_the_feed_never_asks_further_back_than_31_days(sqlite: str) -> None:
    at = asked("order_feed", date_from="2026-10-01", date_to="2026-11-10", zone="Europe/Moscow")
    assert NOW - datetime.fromisoformat(at["start"]) < sources.timedelta(days=31)
    assert datetime.fromisoformat(at["end"]) == datetime(2026, 11, 10, 20, 59, 59, tzinfo=UTC)
    assert asked("order_feed", date_from="2026-09-01", date_to="2026-09-02") is None


def test_imported_days_and_shown_days_are_the_same(
    sqlite: str, serve: Callable[..., Sandbox], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every order of a day that was imported is in that day's filter, and no other one."""
    sandbox = serve(orders=2000, span_days=6, limits=False)
    monkeypatch.setenv("WB_ZONE", "America/New_York")
    settings.cache_clear()
    add_key(sandbox)
    day = days.today() - sources.timedelta(days=3)
    done = foreground.run_import("shop", "period", date_from=day, date_to=day, statuses=False)
    assert done.params["zone"] == "America/New_York"
    begin, end = days.seconds(day, day, ZoneInfo("America/New_York"))
    shop = sandbox.world.shop()
    of_day = {shop.order_id(i) for i in range(2000) if begin <= shop.created(i) < end}  # type: ignore[operator]
    assert len(of_day) > 200
    with db.session() as session:
        everything = browse.page(session, OrderFilters(), limit=2000).rows
        filtered = browse.page(session, OrderFilters(date_from=begin, date_to=end), limit=2000).rows
    assert {row.id for row in everything} == {row.id for row in filtered} == of_day
