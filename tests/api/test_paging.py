"""Lists are walked to their end: nothing between two windows, nothing twice for ever."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.api.server import Reply, Seen, Server, json_reply
from wbcore.api import errors
from wbcore.api.client import WBClient
from wbcore.api.paging import (
    Window,
    archive_pages,
    batches,
    last_change,
    months,
    order_pages,
    statistics_pages,
    windows,
)

DAY = 86400


def query(seen: Seen) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(seen.target).query).items()}


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


def test_batches_of_a_thousand() -> None:
    assert [len(batch) for batch in batches(range(2500))] == [1000, 1000, 500]
    assert list(batches([])) == []


def test_order_pages_are_read_until_one_is_empty(server: Server, client: WBClient) -> None:
    def answer(seen: Seen) -> Reply:
        cursor = int(query(seen)["next"])
        rows = [{"id": n} for n in range(cursor + 1, min(cursor + 4, 11))]
        return json_reply({"orders": rows, "next": rows[-1]["id"] if rows else 0})

    server.answers(answer)
    pages = list(order_pages(client, Window(100, 200)))
    assert [row["id"] for page in pages for row in page.rows] == list(range(1, 11))  # type: ignore[index]
    assert [page.cursor for page in pages] == [3, 6, 9, 10]
    assert {query(seen)["dateFrom"] for seen in server.seen} == {"100"}
    assert [page.cursor for page in order_pages(client, cursor=6)] == [9, 10]


def test_no_next_is_the_end(server: Server, client: WBClient) -> None:
    server.replies(json_reply({"orders": [{"id": 1}], "next": None}))
    assert len(list(order_pages(client))) == 1


def test_a_page_that_comes_again_is_asked_for_again(server: Server, client: WBClient) -> None:
    first, second = {"orders": [{"id": 1}], "next": 1}, {"orders": [{"id": 2}], "next": 2}
    server.replies(*map(json_reply, (first, first, second, {"orders": [], "next": 0})))
    assert [page.rows for page in order_pages(client)] == [[{"id": 1}], [{"id": 2}]]
    assert [query(seen)["next"] for seen in server.seen] == ["0", "1", "1", "2"]


def test_a_cursor_that_never_moves_is_an_error_not_a_circle(server: Server, client: WBClient) -> None:
    server.replies(json_reply({"orders": [{"id": 1}], "next": 1}))
    for pages in (order_pages(client), archive_pages(client, 2026, 1)):
        with pytest.raises(errors.UnexpectedResponseError):
            list(pages)


def test_the_archive_ends_with_null(server: Server, client: WBClient) -> None:
    server.replies(
        json_reply({"orders": [{"id": 1}], "next": 5}), json_reply({"orders": [{"id": 2}], "next": None})
    )
    assert [page.cursor for page in archive_pages(client, 2026, 5)] == [5, None]


def test_statistics_go_on_from_the_last_change(server: Server, client: WBClient) -> None:
    def row(moment: str) -> dict[str, str]:
        return {"lastChangeDate": f"2026-11-{moment}", "srid": moment}

    server.replies(
        json_reply([row("01T00:00:00"), row("02T00:00:00")]),
        json_reply([row("02T00:00:00"), row("03T10:00:00"), None]),
        json_reply([]),
    )
    pages = list(statistics_pages(client, "2026-11-01"))
    assert [page.cursor for page in pages] == ["2026-11-02T00:00:00", "2026-11-03T10:00:00"]
    assert [query(seen)["dateFrom"] for seen in server.seen][1:] == [page.cursor for page in pages]


def test_statistics_that_lead_no_further_end(server: Server, client: WBClient) -> None:
    server.replies(json_reply([{"lastChangeDate": "2026-11-02T00:00:00"}]))
    assert len(list(statistics_pages(client, "2026-11-01"))) == 2


def test_the_last_change_is_that_of_the_last_row_that_has_one() -> None:
    assert last_change([{"lastChangeDate": "a"}, {"lastChangeDate": None}, 7, {}]) == "a"
    assert last_change([]) is None
