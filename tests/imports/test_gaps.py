"""An import from a later day than the last one ended leaves a gap: the next one still reads it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import requests
import time_machine

from tests.work import Processes, add_key, assert_all_here, run_of
from wbcore.api.bucket import Unlimited
from wbcore.imports import foreground
from wbcore.keys import saving
from wbcore.sandbox.server import Sandbox
from wbcore.settings import settings
from wbcore.store import days, db
from wbcore.store.models import Run

MARKS = {"period": "covered_to", "archive": "covered_month", "order_feed": "feed_to"}


def marks(run: Run) -> dict[str, object]:
    return dict(run_of(run.id).cursor.get("marks") or {})


def imported(source: str, days_ago: int | None = None) -> Run:
    day = None if days_ago is None else days.today() - timedelta(days=days_ago)
    run = foreground.run_import("shop", source, statuses=False, date_from=day, quota=Unlimited())
    assert run.status == "done", run.diagnoses
    return run


def move_mark(run: Run, name: str, mark: object) -> None:
    with db.session() as session:
        row = session.get(Run, run.id)
        assert row is not None
        row.cursor = {**row.cursor, "marks": {name: mark}}
        session.add(row)
        session.commit()


@pytest.mark.parametrize(
    ("source", "weeks_ago"),
    [
        ("period", lambda now: int((now - timedelta(days=20)).timestamp())),
        ("archive", lambda now: [(now - timedelta(days=200)).year, (now - timedelta(days=200)).month]),
        ("order_feed", lambda now: (now - timedelta(days=20)).isoformat()),
    ],
)
def test_only_an_import_that_leaves_no_gap_moves_the_mark(
    sqlite: str, serve: Callable[..., Sandbox], source: str, weeks_ago: Callable[..., object]
) -> None:
    add_key(serve(orders=50, limits=False))
    first = imported(source)
    mark = marks(first)[MARKS[source]]
    assert first.started_at is not None
    move_mark(first, MARKS[source], weeks_ago(first.started_at))
    depth = {"archive": 120}.get(source, 3)
    assert marks(imported(source, depth)) == {}, "what lies between is not read"
    longer = marks(imported(source, {"archive": 230}.get(source, 25)))
    assert type(longer[MARKS[source]]) is type(mark)


def test_orders_of_the_gap_come_with_the_next_import(sqlite: str, serve: Callable[..., Sandbox]) -> None:
    """The first import read two days; what came before is not lost to the next one without dates."""
    sandbox = serve(orders=400, limits=False)
    add_key(sandbox)
    few = imported("period", 1)
    assert few.created < 400
    imported("period")
    assert_all_here(sandbox)


@pytest.fixture
def elsewhere(processes: Processes, monkeypatch: pytest.MonkeyPatch) -> str:
    """An imitation in a process of its own, whose clock is right; its token that can do all."""
    process = processes.start("sandbox", "--orders", "30", "--port", "0")
    assert process.stdout is not None
    document = json.loads(process.stdout.readline())
    requests.post(f"{document['gateway']}/_sandbox/limits", json={"on": False}, timeout=60).raise_for_status()
    monkeypatch.setenv("WB_GATEWAY_URL", document["gateway"])
    settings.cache_clear()
    return str(document["tokens"]["full"])


@pytest.mark.parametrize(("source", "days_ahead"), [("period", 40), ("order_feed", 20), ("archive", 70)])
def test_what_a_clock_that_was_ahead_has_not_read_is_read_when_it_is_right(
    sqlite: str, elsewhere: str, source: str, days_ahead: int
) -> None:
    assert saving.add_key("shop", elsewhere).saved
    with time_machine.travel(datetime.now(UTC) + timedelta(days=days_ahead)):
        assert marks(imported(source)) == {}
    whole = imported(source)
    assert whole.fetched
    assert marks(whole)


def test_a_mark_that_is_still_to_come_counts_for_nothing(sqlite: str, serve: Callable[..., Sandbox]) -> None:
    """As versions before have left them."""
    sandbox = serve(orders=50, limits=False)
    add_key(sandbox)
    first = imported("period")
    move_mark(first, "covered_to", int((datetime.now(UTC) + timedelta(days=30)).timestamp()))
    sandbox.world.add_orders(5)
    assert imported("period").created == 5
    assert_all_here(sandbox)
