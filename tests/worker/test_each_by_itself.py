"""One duty, chore or schedule that fails stops none of the others, and is done when it can be."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError
from sqlmodel import Session, select

from tests.work import add_key
from wbcore.imports import plan, queue, schedules, timetable
from wbcore.orders import writing
from wbcore.sandbox.server import Sandbox
from wbcore.sandbox.tokens import mint
from wbcore.store import chores, db
from wbcore.store.models import RejectedRow, RejectedRowRun, Run
from wbcore.worker import duties, thinning

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
QUARANTINE = next(name for name in duties.CHORES if name.startswith("quarantine"))


def locked(*_arguments: object, **_options: object) -> Any:
    raise OperationalError("UPDATE", None, Exception("database is locked"))


def broken(*_arguments: object, **_options: object) -> Any:
    raise RuntimeError("broken")


def test_a_chore_that_failed_is_due_again_soon(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also the one that comes once for each version of the program."""
    done: list[datetime] = []
    with monkeypatch.context() as patched:
        patched.setattr(writing, "retry_rejected", locked)
        duties.look_around(NOW)
    with db.session() as session:
        chore = chores.get(session, QUARANTINE)
        assert chore is not None
        assert (chore.done_at, chore.due_at) == (None, NOW + duties.AGAIN)
        day = chores.get(session, "day")
        assert day is not None
        assert day.done_at == NOW, "the others are done"
    monkeypatch.setattr(writing, "retry_rejected", lambda _session, now: done.append(now) or 0)
    duties.look_around(NOW + MINUTE)
    assert done == []
    for minutes in (16, 40, 60 * 24 * 365):
        duties.look_around(NOW + minutes * MINUTE)
    assert done == [NOW + 16 * MINUTE], "once it is done it is done"


def test_what_was_read_of_the_quarantine_stays_read(
    database: str, serve: Callable[..., Sandbox], monkeypatch: pytest.MonkeyPatch
) -> None:
    key = add_key(serve(orders=2))
    with db.session() as session:
        for number in range(1001):
            session.add(
                RejectedRow(
                    seller_id=key.seller_id,
                    run_id="run",
                    source="new",
                    reason="bad_id",
                    digest=number,
                    raw=b'{"id": %d, "price": 3}' % (number + 1),
                )
            )
        session.commit()
    tried: list[int] = []

    def is_written(_session: Session, row: RejectedRow) -> bool:
        tried.append(row.digest)
        return True if len(tried) <= 1000 else locked()

    monkeypatch.setattr(writing, "_is_written", is_written)
    with db.session() as session, pytest.raises(OperationalError):
        writing.retry_rejected(session, NOW)
    with db.session() as session:
        assert [row.digest for row in writing.list_rejected(session)] == [1000]


@pytest.mark.parametrize(
    ("failing", "other"),
    [
        ("wbcore.imports.schedules.work", "wbcore.worker.duties._do_chores"),
        ("wbcore.alerts.alerting.work", "wbcore.alerts.mailing.work"),
    ],
)
def test_a_duty_that_fails_stops_no_other(
    sqlite: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, failing: str, other: str
) -> None:
    after: list[datetime] = []
    monkeypatch.setattr(other, after.append)
    broken.__module__, broken.__name__ = failing.rpartition(".")[0], "work"
    monkeypatch.setattr(failing, broken)
    with caplog.at_level(logging.ERROR):
        duties.look_around(NOW)
        duties.tell_around(NOW)
    assert after == [NOW]
    assert f"{failing} failed: RuntimeError" in caplog.text


def test_a_schedule_that_fails_stops_no_other(
    database: str, serve: Callable[..., Sandbox], monkeypatch: pytest.MonkeyPatch
) -> None:
    sandbox = serve(orders=2)
    sids = ["11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"]
    keys = [add_key(sandbox, f"shop {n}", mint(sid=sid)) for n, sid in enumerate(sids)]
    for key in keys:
        schedules.save(key.id or 0, "new", every_minutes=30, now=NOW)
    create, settled = plan.create, schedules._settle

    def creates(session: Session, key_id: int, *rest: Any, **options: Any) -> Run:
        return broken() if key_id == keys[0].id else create(session, key_id, *rest, **options)

    def settles(session: Session, schedule: Any, *rest: Any) -> None:
        return locked() if schedule.key_id == keys[0].id else settled(session, schedule, *rest)

    with monkeypatch.context() as patched:
        patched.setattr(plan, "create", creates)
        assert [run.key_id for run in schedules.work(NOW + 31 * MINUTE)] == [keys[1].id]
    assert [run.key_id for run in schedules.work(NOW + 31 * MINUTE)] == [keys[0].id], "it stays due"
    with db.session() as session:
        ids = session.exec(select(Run.id)).all()
    for run_id in ids:
        queue.cancel(run_id)
    with monkeypatch.context() as patched:
        patched.setattr(schedules, "_settle", settles)
        schedules.work(NOW + 32 * MINUTE)
    with db.session() as session:
        rows = {row.key_id: row.settled for row in timetable.list_schedules(session)}
    assert rows == {keys[0].id: False, keys[1].id: True}


def test_which_rows_an_import_could_not_read_goes_with_the_import(
    database: str, serve: Callable[..., Sandbox]
) -> None:
    key = add_key(serve(orders=2))
    run = queue.enqueue_import(key.id or 0, "new")
    with db.session() as session:
        row = RejectedRow(
            seller_id=key.seller_id, run_id="gone", source="new", reason="x", digest=1, raw=b"{}"
        )
        session.add(row)
        session.flush()
        for name in ("gone", "gone too", run.id):
            session.add(RejectedRowRun(run_id=name, row_id=row.id or 0))
        session.commit()
    assert thinning.thin(NOW)["links"] == 2
    with db.session() as session:
        assert session.exec(select(RejectedRowRun.run_id)).all() == [run.id]
        assert len(writing.list_rejected(session, run_id=run.id)) == 1
