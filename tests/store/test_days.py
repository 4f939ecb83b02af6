"""A day is from midnight to midnight of one zone: 23, 24 or 25 hours, also where there is no midnight."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wbcore.settings import Settings, settings
from wbcore.store import days

NEW_YORK = ZoneInfo("America/New_York")


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Moscow", date(2026, 11, 24), 24),
        ("America/New_York", date(2026, 3, 8), 23),
        ("America/New_York", date(2026, 11, 1), 25),
        ("Africa/Cairo", date(2026, 4, 24), 23),  # the clocks leave out midnight itself
        ("Australia/Lord_Howe", date(2026, 4, 5), 24.5),
        ("America/Havana", date(2026, 11, 1), 25),  # midnight comes twice
    ],
)
def test_a_day_has_the_hours_that_its_clocks_have(zone: str, day: date, hours: float) -> None:
    of = ZoneInfo(zone)
    assert days.end(day, of) - days.start(day, of) == timedelta(hours=hours)
    assert days.end(day, of) == days.start(day + timedelta(days=1), of)


def test_one_minute_to_midnight_is_still_today() -> None:
    moment = datetime(2026, 11, 24, 23, 59, 59, tzinfo=days.zone())
    assert days.today(now=moment) == date(2026, 11, 24)
    assert days.today(now=moment + timedelta(seconds=1)) == date(2026, 11, 25)
    assert days.of_instant(datetime(2026, 11, 24, 21, 0, tzinfo=UTC)) == date(2026, 11, 25)
    assert days.today(NEW_YORK, moment) == date(2026, 11, 24)
    assert days.start(date(2026, 11, 24)) == datetime(2026, 11, 23, 21, tzinfo=UTC)


@given(
    moment=st.datetimes(datetime(1990, 1, 1), datetime(2060, 1, 1), timezones=st.just(UTC)),
    name=st.sampled_from(
        ["Europe/Moscow", "America/New_York", "Africa/Cairo", "Pacific/Apia", "Asia/Kolkata"]
    ),
)
def test_every_instant_is_in_exactly_one_day(moment: datetime, name: str) -> None:
    of = ZoneInfo(name)
    day = days.of_instant(moment, of)
    assert days.start(day, of) <= moment < days.end(day, of)


def test_the_first_and_the_last_day_of_all_are_no_failure() -> None:
    begin, end = days.seconds(date.min, date.max)
    assert begin is not None
    assert end is not None
    assert begin < end
    assert days.seconds(None, None) == (None, None)


def test_the_zone_is_a_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    assert days.zone().key == "Europe/Moscow"
    monkeypatch.setenv("WB_ZONE", "Asia/Novosibirsk")
    settings.cache_clear()
    assert days.zone().key == "Asia/Novosibirsk"
    assert days.named("America/New_York") == NEW_YORK
    assert days.named("Moon/Crater").key == days.named(None).key == "Asia/Novosibirsk"


@pytest.mark.parametrize("name", ["Moon/Crater", "../etc/passwd", "МСК", "UTC+3"])
def test_a_zone_that_is_not_there_is_told(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WB_ZONE", name)
    with pytest.raises(ValueError, match="such as Europe/Moscow") as caught:
        Settings()
    assert name not in str(caught.value)
