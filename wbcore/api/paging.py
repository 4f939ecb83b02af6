"""How WB's lists are walked: windows of time, months, cursors, batches. Pure helpers and lazy generators."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

from wbcore.api.catalog import BATCH_LIMIT, PAGE_LIMIT, WINDOW_DAYS
from wbcore.api.errors import UnexpectedResponseError

if TYPE_CHECKING:
    from wbcore.api.client import WBClient

STUCK_TRIES: Final = 4
"""How often a page is asked for whose cursor does not move, before that is an error."""


class Window(NamedTuple):
    """Unix seconds (UTC), both ends included."""

    date_from: int
    date_to: int


class Page(NamedTuple):
    """Rows as WB sent them, and the cursor with which the next page is asked for."""

    rows: list[object]
    cursor: int | str | None


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
    return found or ([Window(start, end)] if end == start and not found else [])


def months(date_from: date, date_to: date) -> list[tuple[int, int]]:
    """The (year, month) that a range touches, newest first: the archive is read by months."""
    first, last = (d.year * 12 + d.month - 1 for d in (date_from, date_to))
    return [(n // 12, n % 12 + 1) for n in range(last, first - 1, -1)]


def batches(ids: Sequence[int], size: int = BATCH_LIMIT) -> Iterator[Sequence[int]]:
    """``ids`` in pieces that fit one request."""
    return (ids[i : i + size] for i in range(0, len(ids), size))


def last_change(rows: Sequence[object]) -> str | None:
    """The ``lastChangeDate`` of the last row that has one: the next ``dateFrom`` of the statistics."""
    for row in reversed(rows):
        if isinstance(row, dict) and isinstance(value := row.get("lastChangeDate"), str) and value:
            return value
    return None


def order_pages(
    client: WBClient, window: Window | None = None, cursor: int = 0, limit: int = PAGE_LIMIT
) -> Iterator[Page]:
    """``orders.period`` from ``cursor`` to its end. A page that comes again unchanged is asked for again.

    Raises:
        WBError: as ``WBClient.call``; ``wrong_shape`` when the cursor does not move.
    """
    date_from, date_to = window if window is not None else (None, None)
    stuck = 0
    while True:
        rows, following = client.orders_page(cursor, date_from, date_to, limit)
        if not rows:
            return
        if following == cursor != 0:
            stuck = _not_moving("orders.period", stuck)
            continue
        yield Page(rows, following)
        if not following:
            return
        cursor, stuck = following, 0


def archive_pages(
    client: WBClient, year: int, month: int, cursor: int = 0, limit: int = PAGE_LIMIT
) -> Iterator[Page]:
    """``orders.archive`` of one month; the last page's cursor is None."""
    stuck = 0
    while True:
        rows, following = client.archive_page(year, month, cursor, limit)
        if rows and following == cursor != 0:
            stuck = _not_moving("orders.archive", stuck)
            continue
        if rows:
            yield Page(rows, following)
        if not rows or not following:
            return
        cursor, stuck = following, 0


def statistics_pages(client: WBClient, date_from: str) -> Iterator[Page]:
    """``statistics.orders`` changed since ``date_from`` (Moscow time). Rows at the border may come twice.

    Ends at ``[]``, or at a page that leads no further: then everything at that instant has come.
    """
    cursor = date_from
    while rows := client.statistics_page(cursor):
        following = last_change(rows)
        yield Page(rows, following)
        if following is None or following == cursor:
            return
        cursor = following


def _not_moving(method_id: str, stuck: int) -> int:
    if stuck + 1 >= STUCK_TRIES:
        raise UnexpectedResponseError(
            method_id, reason="wrong_shape", http_status=200, detail="the page's cursor does not move"
        )
    return stuck + 1


def _start(moment: date) -> int:
    if isinstance(moment, datetime):
        return int(moment.timestamp())
    return int(datetime.combine(moment, time.min, UTC).timestamp())


def _end(moment: date) -> int:
    """Rounded up: an order within the last second belongs to the range."""
    if isinstance(moment, datetime):
        return -int(-moment.timestamp() // 1)
    return _start(moment + timedelta(days=1)) - 1
