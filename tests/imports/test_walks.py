"""How WB's lists are walked: to their end, nothing twice for ever; what a hostile row does to an import."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson
import pytest

from tests.api.server import Reply, Seen, Server, json_reply
from tests.orders.samples import order
from tests.work import add_key
from wbcore.api.catalog import FEED_LIMIT
from wbcore.api.client import Unlimited, WBClient
from wbcore.api.errors import UnexpectedResponseError
from wbcore.api.token import read
from wbcore.guidance import support
from wbcore.guidance.diagnosis import Diagnosis
from wbcore.imports import foreground, record
from wbcore.imports.sources import SOURCES, Job
from wbcore.orders import browse, filters, writing
from wbcore.orders.rows import TEXT_LENGTH
from wbcore.sandbox.server import Sandbox
from wbcore.sandbox.tokens import mint
from wbcore.store import db

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
Walk = Callable[..., list[list[Any]]]


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        yield running


def query(seen: Seen) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(seen.target).query).items()}


@pytest.fixture
def walk(server: Server) -> Iterator[Walk]:
    """The pages that an import's own stream brings, from a position to its end."""
    token = mint(bits=[4, 5])
    options: dict[str, Any] = {"gateway": server.gateway, "quota": Unlimited()}
    with WBClient(token, read(token), environment="production", **options) as client:

        def pages(source: str, at: Any, most: int = 20) -> list[list[Any]]:
            job = Job("run", 1, 1, source, {}, NOW, "personal", "production")
            found: list[list[Any]] = []
            while at is not None:
                page = SOURCES[source].main.fetch(client, job, at)
                found.append(list(page.rows))
                at = page.after
                assert len(found) <= most, "walks in a circle"
            return found

        yield pages


def test_the_whole_period_is_told_while_its_windows_are_read() -> None:
    """The page says of which days so many are read; the newest window is the first."""
    assert record.span({"windows": [[200, 300], [100, 200]], "next": 0}) == [100, 300]
    assert record.span({"months": [[2026, 1]]}) is record.span(None) is None


def test_a_period_is_read_window_by_window_until_each_is_empty(server: Server, walk: Walk) -> None:
    def answer(seen: Seen) -> Reply:
        cursor = int(query(seen)["next"])
        rows = [{"id": n} for n in range(cursor + 1, min(cursor + 4, 8))]
        return json_reply({"orders": rows, "next": rows[-1]["id"] if rows else 0})

    server.answers(answer)
    pages = walk("period", {"windows": [[200, 300], [100, 200]], "next": 0})
    ids = [row["id"] for page in pages for row in page]
    assert ids == [1, 2, 3, 4, 5, 6, 7] * 2
    asked = [(query(seen)["dateFrom"], query(seen)["next"]) for seen in server.seen]
    assert asked == [(start, n) for start in ("200", "100") for n in ("0", "3", "6", "7")]


def test_no_next_and_no_list_are_the_end(server: Server, walk: Walk) -> None:
    at = {"windows": [[100, 200]], "next": 0}
    server.replies(json_reply({"orders": [{"id": 1}], "next": None}))
    assert walk("period", at) == [[{"id": 1}]]
    server.replies(json_reply({"orders": None, "next": 0}))
    assert walk("period", at) == [[]]


def test_a_page_that_comes_again_is_asked_for_again_and_written_once(server: Server, walk: Walk) -> None:
    first, second = {"orders": [{"id": 1}], "next": 1}, {"orders": [{"id": 2}], "next": 2}
    server.replies(*map(json_reply, (first, first, second, {"orders": [], "next": 0})))
    assert walk("period", {"windows": [[100, 200]], "next": 0}) == [[{"id": 1}], [], [{"id": 2}], []]
    assert [query(seen)["next"] for seen in server.seen] == ["0", "1", "1", "2"]


@pytest.mark.parametrize(
    ("source", "at"),
    [("period", {"windows": [[100, 200]], "next": 0}), ("archive", {"months": [[2026, 1]], "next": 0})],
)
def test_a_cursor_that_never_moves_is_an_error_not_a_circle(
    source: str, at: dict[str, Any], server: Server, walk: Walk
) -> None:
    server.replies(json_reply({"orders": [{"id": 1}], "next": 1}))
    with pytest.raises(UnexpectedResponseError):
        walk(source, at)


@pytest.mark.parametrize("circle", [2, 3, 7])
@pytest.mark.parametrize(
    ("source", "at"),
    [("period", {"windows": [[100, 200]], "next": 0}), ("archive", {"months": [[2026, 1]], "next": 0})],
)
def test_a_circle_of_pages_is_an_error_soon(
    source: str, at: dict[str, Any], circle: int, server: Server, walk: Walk
) -> None:
    """Five pages lead into it; each names another page than itself, so that an import had no end."""

    def answer(seen: Seen) -> Reply:
        cursor = int(query(seen)["next"])
        return json_reply({"orders": [{"id": 1}], "next": cursor + 1 if cursor < 5 + circle else 6})

    server.answers(answer)
    with pytest.raises(UnexpectedResponseError, match="circle"):
        walk(source, at, most=3 * (5 + circle))
    assert len({query(seen)["next"] for seen in server.seen}) == 5 + circle + 1


def test_a_feed_that_ignores_how_far_one_has_read_is_an_error(server: Server, walk: Walk) -> None:
    """Always the newest full page, on which a new order pushes the others on each time."""
    now, newest = {"start": "a", "end": "b", "offset": 0, "snapshot": None}, itertools.count(FEED_LIMIT)

    def answer(_seen: Seen) -> Reply:
        top = next(newest)
        rows = [{"srid": f"s{n}"} for n in range(top, top - FEED_LIMIT, -1)]
        return json_reply({"data": {"snapshotTime": "t", "currency": "RUB", "orders": rows}})

    server.answers(answer)
    with pytest.raises(UnexpectedResponseError):
        walk("order_feed", now)


def test_a_page_of_the_feed_that_comes_again_is_asked_for_again(server: Server, walk: Walk) -> None:
    pages = [[{"srid": f"{page}.{n}"} for n in range(FEED_LIMIT - page)] for page in range(2)]
    replies = [json_reply({"data": {"snapshotTime": "t", "orders": rows}}) for rows in pages]
    server.replies(replies[0], replies[0], replies[1])
    found = walk("order_feed", {"start": "a", "end": "b", "offset": 0, "snapshot": None})
    assert [len(page) for page in found] == [FEED_LIMIT, 0, FEED_LIMIT - 1]
    offsets = [orjson.loads(seen.body)["pagination"]["offset"] for seen in server.seen]
    assert offsets == [0, FEED_LIMIT, FEED_LIMIT]


def test_the_archive_ends_each_month_with_null(server: Server, walk: Walk) -> None:
    server.replies(
        json_reply({"orders": [{"id": 1}], "next": 5}),
        json_reply({"orders": [{"id": 2}], "next": None}),
        json_reply({"orders": [], "next": None}),
    )
    assert walk("archive", {"months": [[2026, 5], [2026, 4]], "next": 0}) == [[{"id": 1}], [{"id": 2}], []]
    assert [(query(seen)["month"], query(seen)["next"]) for seen in server.seen] == [
        ("5", "0"),
        ("5", "5"),
        ("4", "0"),
    ]


def test_statistics_go_on_from_the_last_change_and_end(server: Server, walk: Walk) -> None:
    def row(moment: str) -> dict[str, str]:
        return {"lastChangeDate": f"2026-11-{moment}", "srid": moment}

    server.replies(
        json_reply([row("01T00:00:00"), row("02T00:00:00")]),
        json_reply([row("02T00:00:00"), row("03T10:00:00"), None]),
        json_reply([]),
    )
    assert [len(page) for page in walk("statistics", {"date_from": "2026-11-01"})] == [2, 3, 0]
    moments = ["2026-11-01", "2026-11-02T00:00:00", "2026-11-03T10:00:00"]
    assert [query(seen)["dateFrom"] for seen in server.seen] == moments
    server.replies(json_reply([row("02T00:00:00")]))
    assert len(walk("statistics", {"date_from": "2026-11-01"})) == 2


def test_a_bottomless_row_and_an_endless_article_spoil_no_import(sqlite: str, sandbox: Sandbox) -> None:
    add_key(sandbox)
    deep = b'{"id": 900001, "createdAt": "2026-11-20T10:00:00Z", "x": ' + b"[" * 1_000 + b"]" * 1_000 + b"}"
    long = orjson.dumps({**order(900002), "article": "Ж" * 15_000_000})
    body = b'{"orders": [' + deep + b", " + long + b", " + orjson.dumps(order(900003)) + b"]}"
    sandbox.world.answer_next("orders.new", 200, body, {})
    run = foreground.run_import("shop", statuses=False)
    assert (run.status, run.created, run.rejected, run.diagnoses) == ("done", 2, 1, [])
    with db.session() as session:
        (bad,) = writing.list_rejected(session, run_id=run.id)
        shown = browse.page(session, filters.OrderFilters())
    assert bad.reason == "too_deep"
    assert len(shown.rows) == 2
    assert max(len(row.article or "") for row in shown.rows) == TEXT_LENGTH + 1


def test_a_page_without_an_end_is_told_without_its_text(sqlite: str, sandbox: Sandbox) -> None:
    add_key(sandbox)
    sandbox.world.answer_next("orders.new", 200, b'{"orders": [' + b"[" * 300_000, {}, times=9)
    run = foreground.run_import("shop", statuses=False)
    assert run.status == "failed"
    told = support.support_text(Diagnosis.from_record(run.diagnoses[0]), "ru")
    assert "[[[" not in told
    assert len(told) < 2_000
