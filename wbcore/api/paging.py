"""How WB's lists are cut into requests: windows of time, months, changes. Pure helpers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple

from wbcore.api.catalog import WINDOW_DAYS


class Window(NamedTuple):
    """Unix seconds (UTC), both ends included."""

    date_from: int
    date_to: int


def windows(date_from: date, date_to: date, days: int = WINDOW_DAYS) -> list[Window]:
    """A range of time as windows of at most ``days``, newest first.

    Neighbours share their border second, so that no order falls between two windows.

    Args:
        date_from, date_to: instants, or whole days (UTC), both included.
    """
    start, end, step = _start(date_from), _end(date_to), days * 86400
    found = []
    while end > start:
        found.append(Window(max(start, end - step), end))
        end -= step
    return found or ([Window(start, end)] if end == start else [])


def months(date_from: date, date_to: date) -> list[tuple[int, int]]:
    """The (year, month) that a range touches, newest first: the archive is read by months."""
    first, last = (d.year * 12 + d.month - 1 for d in (date_from, date_to))
    return [(n // 12, n % 12 + 1) for n in range(last, first - 1, -1)]


def last_change(rows: Sequence[object]) -> str | None:
    """The ``lastChangeDate`` of the last row that has one: the next ``dateFrom`` of the statistics."""
    return change_of(reversed(rows))


def change_of(rows: Iterable[object]) -> str | None:
    """The ``lastChangeDate`` of the first row that has one."""
    for row in rows:
        if isinstance(row, dict) and isinstance(value := row.get("lastChangeDate"), str) and value:
            return value
    return None


def _start(moment: date) -> int:
    if isinstance(moment, datetime):
        return int(moment.timestamp())
    return int(datetime.combine(moment, time.min, UTC).timestamp())


def _end(moment: date) -> int:
    """Rounded up: an order within the last second belongs to the range."""
    if isinstance(moment, datetime):
        return -int(-moment.timestamp() // 1)
    return _start(moment + timedelta(days=1)) - 1
