"""Lists are walked to their end: nothing between two windows, nothing twice for ever."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from wbcore.api.paging import Window, last_change, months, windows

DAY = 86400


def test_a_range_is_split_into_windows_of_thirty_days_newest_first() -> None:
    end = datetime(2026, 11, 23, tzinfo=UTC)
    found = windows(end - timedelta(days=70), end)
    stamp = int(end.timestamp())
    assert found == [
        Window(stamp - 30 * DAY, stamp),
        Window(stamp - 60 * DAY, stamp - 30 * DAY),
        Window(stamp - 70 * DAY, stamp - 60 * DAY),
    ]


def test_whole_days_are_included_on_both_sides() -> None:
    (window,) = windows(date(2026, 11, 1), date(2026, 11, 1))
    assert datetime.fromtimestamp(window.date_from, UTC) == datetime(2026, 11, 1, tzinfo=UTC)
    assert datetime.fromtimestamp(window.date_to, UTC) == datetime(2026, 11, 1, 23, 59, 59, tzinfo=UTC)


def test_an_instant_is_a_window_and_the_past_is_none() -> None:
    now = datetime(2026, 11, 23, tzinfo=UTC)
    assert len(windows(now, now)) == 1
    assert windows(now, now - timedelta(seconds=1)) == []


@given(st.integers(0, 2_000_000_000), st.integers(0, 20_000_000), st.integers(1, 30))
def test_windows_leave_no_gap_and_none_is_too_long(start: int, length: int, days: int) -> None:
    moments = [datetime.fromtimestamp(s, UTC) for s in (start, start + length)]
    found = windows(*moments, days=days)
    assert found[0].date_to == start + length
    assert found[-1].date_from == start
    for newer, older in pairwise(found):
        assert older.date_to == newer.date_from
    assert all(0 <= w.date_to - w.date_from <= days * DAY for w in found)


def test_months_newest_first_over_the_turn_of_the_year() -> None:
    assert months(date(2025, 11, 30), date(2026, 2, 1)) == [(2026, 2), (2026, 1), (2025, 12), (2025, 11)]


def test_the_last_change_is_that_of_the_last_row_that_has_one() -> None:
    assert (
        last_change([{"lastChangeDate": "a"}, {"lastChangeDate": ""}, {"lastChangeDate": None}, 7, {}]) == "a"
    )
    assert last_change([]) is None
