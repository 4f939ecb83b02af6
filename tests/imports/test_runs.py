"""Imports in the database: one of a key at a time, listed newest first."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import event
from sqlmodel import Session

from tests.keys.test_keyring import save
from tests.work import set_status
from wbcore.imports import runs, timetable, usage, working
from wbcore.imports.record import Record
from wbcore.keys import keyring
from wbcore.store import db
from wbcore.store.models import Run
from wbcore.worker import metrics

NOW = datetime.now(UTC)


def make_key(name: str = "main") -> None:
    with db.session() as session:
        save(session, name)
        session.commit()


def press(name: str = "main", source: str = "new") -> str:
    """One press of the button; the run's id, or the word of the refusal."""
    with db.session() as session:
        key = keyring.get_key(session, name)
        assert key is not None
        try:
            run = runs.create(session, key, source, {"statuses": True})
        except runs.AlreadyRunning as refused:
            return f"running {refused.run.id}"
        session.commit()
        return run.id


def finish(run_id: str, status: str = "done") -> Run:
    with db.session() as session:
        run = runs.get(session, run_id)
        assert run is not None
        set_status(session, run, status)
        session.commit()
        return run


def test_a_second_press_meets_the_import_that_runs(database: str) -> None:
    make_key()
    first = press()
    assert press() == f"running {first}"
    finish(first)
    assert not press().startswith("running")


def test_of_many_presses_at_once_one_wins(database: str) -> None:
    make_key()
    with ThreadPoolExecutor(8) as pool:
        said = list(pool.map(lambda _: press(), range(8)))
    winners = [word for word in said if not word.startswith("running")]
    assert len(winners) == 1
    assert {word for word in said if word.startswith("running")} == {f"running {winners[0]}"}


def test_two_keys_import_at_the_same_time(database: str) -> None:
    make_key("a")
    make_key("b")
    assert not press("a").startswith("running")
    assert not press("b").startswith("running")


def test_whoever_takes_an_import_takes_no_other_one(database: str) -> None:
    for name in "ab":
        make_key(name)
    first, second = press("a"), press("b")
    assert Record.take(first, "worker-1") is not None
    with db.session() as session:
        row = runs.get(session, second)
        assert row is not None
        assert (row.status, row.worker) == ("queued", "")
    assert Record.take(second, "worker-2") is not None
    with db.session() as session:
        assert {run.id: run.worker for run in runs.list_runs(session)} == {
            first: "worker-1",
            second: "worker-2",
        }


def test_history_is_newest_first_and_paged(database: str) -> None:
    make_key()
    made = [finish(press()).id for _ in range(5)]
    with db.session() as session:
        first = runs.list_runs(session, limit=2)
        second = runs.list_runs(session, limit=2, offset=2)
        rest = runs.list_runs(session, keyring.get_key(session, "main"), offset=4)
        assert [run.id for run in (*first, *second, *rest)] == made[::-1]


def test_only_an_active_import_can_be_cancelled(database: str) -> None:
    make_key()
    run_id = press()
    with db.session() as session:
        assert runs.request_cancel(session, run_id)
        session.commit()
    assert finish(run_id, "cancelled").cancel_requested
    with db.session() as session:
        assert not runs.request_cancel(session, run_id)
        assert not runs.request_cancel(session, "unknown")


def test_what_has_ended_is_not_looked_after(database: str) -> None:
    make_key()
    assert finish(press()).finished_at is not None
    finish(press(source="statistics"), "failed")
    with db.session() as session:
        assert runs.active_runs(session) == []


def test_a_run_outlives_its_key(database: str) -> None:
    make_key()
    run_id = finish(press()).id
    with db.session() as session:
        key = keyring.get_key(session, "main")
        assert key is not None
        keyring.remove(session, key)
        session.commit()
        run = runs.get(session, run_id)
        assert run is not None
        assert (run.key_id, run.key_name) == (None, "main")


@pytest.mark.parametrize("status", ["queued", "running", "waiting"])
def test_every_active_status_blocks_a_second_import(database: str, status: str) -> None:
    make_key()
    finish(run_id := press(), status)
    assert press() == f"running {run_id}"


def plans_of(ask: Callable[[Session], object]) -> str:
    """How SQLite goes about all statements of a question."""
    sent: list[tuple[str, Any]] = []
    with db.session() as session:
        event.listen(db.engine(), "before_cursor_execute", lambda *said: sent.append(said[2:4]), named=False)
        ask(session)
        asked, driver = sent[:], session.connection()
        plans = [driver.exec_driver_sql(f"EXPLAIN QUERY PLAN {one}", values).all() for one, values in asked]
    return "\n".join(f"{row[3]};" for plan in plans for row in plan)


@pytest.mark.parametrize(
    ("ask", "index"),
    [
        (runs.active_runs, "ix_import_run_active"),
        (lambda session: working._active(), "ix_import_run_active"),
        (lambda session: timetable.due(session, NOW), "ix_import_run_active"),
        (lambda session: timetable.busy_keys(session, {1, 2}), "ix_import_run_active"),
        (
            lambda session: usage.usage(session, [1, 2], NOW),
            "key_source (key_id=? AND source=? AND created_at>?)",
        ),
        (lambda session: metrics.text(NOW), "key_source (key_id=? AND source=?)"),
    ],
    ids=["looked after", "taken", "due", "busy keys", "what keys are used for", "numbers"],
)
def test_no_look_goes_through_all_imports_that_ever_were(
    sqlite: str, ask: Callable[[Session], object], index: str
) -> None:
    """A process that works looks several times a second; an agency has a hundred thousand imports."""
    told = plans_of(ask)
    assert index in told
    assert "SCAN import_run;" not in told
    assert "ix_import_run_created" not in told


def test_what_keys_are_used_for_is_told_of_the_newest_import_of_each_source(database: str) -> None:
    for name in "ab":
        make_key(name)
    for source, status in (("new", "failed"), ("statistics", "failed"), ("new", "done"), ("all", "failed")):
        finish(press("a", source), status)
    with db.session() as session:
        key, other = (keyring.get_key(session, name) for name in "ab")
        assert key is not None
        assert other is not None
        long_ago = runs.list_runs(session, key)[-2]
        long_ago.created_at = NOW - usage.RECENTLY
        session.add(long_ago)
        session.commit()
        found = usage.usage(session, [key.id or 0, other.id or 0], datetime.now(UTC))
    used = found[key.id or 0]
    assert (list(used.imports), used.failed) == (["all", "new"], ("all",))
    assert used.last is not None
    assert used.last[:2] == ("all", "failed")
    assert found[other.id or 0] == usage.Usage()
