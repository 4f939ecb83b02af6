"""The database was away for longer than anybody's patience: no import is left in hands that do nothing."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

from tests.work import add_key, run_of, set_status, until, until_ended
from wbcore.api.bucket import Unlimited
from wbcore.imports import engine, foreground, queue, runs, working
from wbcore.imports.record import Record
from wbcore.sandbox.server import Sandbox
from wbcore.settings import settings
from wbcore.store import db
from wbcore.store.models import ACTIVE_STATUSES, Run


def away() -> OperationalError:
    return OperationalError("SELECT 1", None, Exception("the database is away"))


def test_an_import_that_this_process_let_fall_is_taken_up_again(
    database: str, serve: Callable[..., Sandbox], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither the import nor what was to come after it could be written, and its process lives on."""
    key = add_key(serve(orders=50, limits=False))
    engine_run, pass_on = engine.run, working._pass_on
    failures = iter(["engine", "pass on"])

    def interrupted(run_id: str, worker: str, **options: Any) -> engine.Ending:
        if next(failures, None):
            assert Record.take(run_id, worker)
            raise away()
        return engine_run(run_id, worker, **options)

    def not_passed_on(run_id: str) -> None:
        if next(failures, None):
            raise away()
        pass_on(run_id)

    monkeypatch.setattr(engine, "run", interrupted)
    monkeypatch.setattr(working, "_pass_on", not_passed_on)
    run = queue.enqueue_import(key.id or 0, "period", {"statuses": False})
    hands = working.Hands("worker-1", quota=Unlimited())
    with working.at_work(hands):
        assert until_ended(run.id).status == "done"
    assert next(failures, None) is None


def test_an_idle_process_sees_what_it_let_fall(sqlite: str, serve: Callable[..., Sandbox]) -> None:
    """dbos counts the workflow as failed, the run's row says that this living process has it."""
    key = add_key(serve(orders=50, limits=False))
    with db.session() as session:
        run = runs.create(session, key, "period", {"statuses": False})
        session.commit()
    assert Record.take(run.id, "worker-1")
    with working.at_work(working.Hands("worker-1", quota=Unlimited())):
        queue.cancel(run.id)
        assert until_ended(run.id).status == "cancelled"


def test_what_is_in_hand_is_not_put_back(sqlite: str, serve: Callable[..., Sandbox]) -> None:
    key = add_key(serve(orders=50, limits=False))
    with db.session() as session:
        run = runs.create(session, key, "period", {})
        session.commit()
    assert Record.take(run.id, "worker-1")
    active = [run_of(run.id)]
    seen = {"own": "worker-1", "in_hand": {run.id}}
    loose = queue.recover(active, {"worker-1"}, **seen)  # type: ignore[arg-type]
    assert queue.recover(active, {"worker-1"}, loose=loose, **seen) == set()  # type: ignore[arg-type]
    assert queue._links(run.id) == 0
    loose = queue.recover(active, {"worker-1"}, own="worker-1")
    assert queue._links(run.id) == 0, "it may have been given out this moment"
    queue.recover(active, {"worker-1"}, own="worker-1", loose=loose)
    assert queue._links(run.id) == 1


def test_what_is_in_hand_is_not_begun_twice(sqlite: str, serve: Callable[..., Sandbox]) -> None:
    """dbos, launched anew, gives out once more what still waits for the database in the same process."""
    key = add_key(serve(orders=50, limits=False))
    run = queue.enqueue_import(key.id or 0, "period", {"statuses": False})
    hands = working.Hands("worker-1", quota=Unlimited(), in_hand={run.id})
    with working.at_work(hands):
        until(lambda: queue.client().list_workflows(queue_name=queue.QUEUE, status=["SUCCESS"]))
        assert run_of(run.id).status == "queued"
        hands.in_hand.discard(run.id)
        assert until_ended(run.id).status == "done"


def test_a_workflow_that_this_process_let_fall_is_given_out_again(
    sqlite: str, serve: Callable[..., Sandbox]
) -> None:
    """dbos could not write down that it ended, and counts it as this living process': the seller's next
    import would wait behind it for ever."""
    key = add_key(serve(orders=50, limits=False))
    run = queue.enqueue_import(key.id or 0, "period", {"statuses": False})
    jobs = create_engine(settings().jobs_database)
    with jobs.begin() as connection:
        connection.execute(text("UPDATE workflow_status SET status = 'PENDING', executor_id = 'worker-1'"))
    jobs.dispose()

    def state() -> str:
        (workflow,) = queue.client().list_workflows(queue_name=queue.QUEUE)
        return workflow.status

    loose = queue.recover([run], {"worker-1"}, own="worker-1")
    assert state() == "PENDING", "it may have been given out this moment"
    queue.recover([run], {"worker-1"}, own="worker-1", loose=loose)
    assert state() == "ENQUEUED"
    assert queue._links(run.id) == 1, "it is the same one"


def test_what_was_pressed_while_the_queue_was_away_is_worked_on_later(
    sqlite: str, serve: Callable[..., Sandbox], monkeypatch: pytest.MonkeyPatch
) -> None:
    key = add_key(serve(orders=50, limits=False))
    with monkeypatch.context() as patched:
        nowhere = SimpleNamespace(jobs_database="sqlite:////nowhere/at/all/jobs.sqlite")
        patched.setattr(queue, "settings", lambda: nowhere)
        run = queue.enqueue_import(key.id or 0, "period", {"statuses": False})
    assert queue._links(run.id) == 0
    with working.at_work(working.Hands("worker-1", quota=Unlimited())):
        assert until_ended(run.id).status == "done"


def test_what_is_put_back_still_waits_for_the_quota(sqlite: str, serve: Callable[..., Sandbox]) -> None:
    key = add_key(serve(orders=50, limits=False))
    with db.session() as session:
        run = runs.create(session, key, "period", {})
        set_status(session, run, "waiting", wait_until=datetime.now(UTC) + timedelta(hours=3))
        session.commit()
    queue.recover([run], set())
    (workflow,) = queue.client().list_workflows(queue_name=queue.QUEUE, status=queue.LIVE)
    assert workflow.status == "DELAYED"


def test_a_launch_that_failed_is_tried_again(
    sqlite: str, serve: Callable[..., Sandbox], monkeypatch: pytest.MonkeyPatch
) -> None:
    key = add_key(serve(orders=50, limits=False))
    tries = iter(["sqlite:////nowhere/at/all/jobs.sqlite"])
    monkeypatch.setattr(
        working, "settings", lambda: SimpleNamespace(jobs_database=next(tries, settings().jobs_database))
    )
    run = queue.enqueue_import(key.id or 0, "period", {"statuses": False})
    with working.at_work(working.Hands("worker-1", quota=Unlimited())):
        assert until_ended(run.id).status == "done"
    assert next(tries, None) is None


def test_an_import_whose_database_was_away_goes_on(
    sqlite: str, serve: Callable[..., Sandbox], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Longer than a page's patience, shorter than that of the import's end: it does not fail for that."""
    key = add_key(serve(orders=50, limits=False))
    with db.session() as session:
        run = runs.create(session, key, "period", {"statuses": False})
        session.commit()

    def impatient(*_arguments: object) -> None:
        raise away()

    with monkeypatch.context() as patched:
        patched.setattr(Record, "write", impatient)
        with pytest.raises(OperationalError):
            engine.run(run.id, "worker-1", quota=Unlimited())
    assert run_of(run.id).status in ACTIVE_STATUSES
    assert engine.run(run.id, "worker-1", quota=Unlimited()) == "over"
    assert run_of(run.id).status == "done"


def test_one_failed_look_at_a_terminal_fails_no_import(
    sqlite: str, serve: Callable[..., Sandbox], monkeypatch: pytest.MonkeyPatch
) -> None:
    add_key(serve(orders=50, limits=False))
    real, failing = foreground.runs.get, threading.Event()

    def get(session: Any, run_id: str) -> Run | None:
        found = real(session, run_id)
        at_work = threading.current_thread() is not threading.main_thread()
        if at_work and found is not None and found.pages and not failing.is_set():
            failing.set()
            raise away()
        return found

    monkeypatch.setattr(foreground, "runs", SimpleNamespace(get=get))
    run = foreground.run_import("shop", "period", statuses=False, on_progress=lambda _run: None)
    until(failing.is_set)
    assert (run.status, run.diagnoses) == ("done", [])
