"""Who runs an import: one process at a time for a run, and for a seller, whose quota and rows it uses.

A claim is the run's column ``worker``. Each page's transaction writes under the condition that the claim
still stands, so a process that was thought dead and wakes up again writes nothing.
"""

from __future__ import annotations

import os
import socket
from datetime import UTC, datetime
from typing import Literal
from uuid import uuid4

from sqlalchemy import text
from sqlmodel import Session, col, select, update

from wbcore.store import db, workers
from wbcore.store.models import ACTIVE_STATUSES, Run, Worker

Claimed = Literal["claimed", "busy", "over"]
"""``busy``: the run, or another one of its seller, is in somebody's hands; ``over``: it has ended."""


def new_id(kind: str) -> str:
    """A process' name in the queue and in ``Run.worker``; ``kind`` is ``worker`` or ``cli``."""
    return f"{kind}-{uuid4().hex[:12]}"


def alive(session: Session, now: datetime | None = None) -> set[str]:
    """Ids of the processes that can be trusted to go on with what they claimed."""
    return {row.id for row in workers.alive(session, now=now) if is_running(row)}


def is_running(row: Worker) -> bool:
    """Whether a process is there: on this machine by its pid, elsewhere its heartbeat has to do."""
    if row.host != host_name() or os.name == "nt":  # there ``kill`` with 0 is no question but Ctrl+C
        return True
    try:
        os.kill(row.pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return not _is_zombie(row.pid)


def host_name() -> str:
    return socket.gethostname()


def claim(run_id: str, worker: str) -> Claimed:
    """Takes a run for a process, if nobody alive has it or another run of the same seller."""
    with db.writing() as session:
        run = _locked(session, run_id)
        if run is None or run.status not in ACTIVE_STATUSES:
            return "over"
        others = alive(session) - {worker}
        if run.worker in others or _seller_is_busy(session, run, others):
            return "busy"
        run.worker = worker
        run.status = "running"
        run.started_at = run.started_at or datetime.now(UTC)
        run.wait_until = None
        session.add(run)
        session.commit()
        return "claimed"


def release(run_id: str, worker: str, status: str = "queued", wait_until: datetime | None = None) -> None:
    """Gives a run back unfinished: somebody goes on with it, after ``wait_until`` if that is given."""
    waits = 0.0 if wait_until is None else (wait_until - datetime.now(UTC)).total_seconds()
    with db.writing() as session:
        session.exec(
            update(Run)
            .where(col(Run.id) == run_id, col(Run.worker) == worker, col(Run.status).in_(ACTIVE_STATUSES))
            .values(worker="", status=status, wait_until=wait_until, waited_s=Run.waited_s + waits)
        )
        session.commit()


def cancel(run_id: str) -> None:
    """Stops an import: at once where nobody has it in hand, else after the page at hand."""
    with db.writing() as session:
        run = _locked(session, run_id)
        if run is None or run.status not in ACTIVE_STATUSES:
            return
        run.cancel_requested = True
        if run.worker not in alive(session):
            end_cancelled(run)
        session.add(run)
        session.commit()


def end_cancelled(run: Run) -> None:
    now = datetime.now(UTC)
    if run.wait_until is not None and not run.worker:
        # What was counted when the wait began, and is now spared.
        run.waited_s -= max(0.0, (run.wait_until - now).total_seconds())
    run.status, run.worker, run.wait_until, run.finished_at = "cancelled", "", None, now
    run.duration_s = (now - (run.started_at or run.created_at)).total_seconds()


def _locked(session: Session, run_id: str) -> Run | None:
    """The run, with the seller's claims locked until the end of the transaction."""
    connection = session.connection()
    if db.is_sqlite(connection):
        # Nothing changes, but the write lock of the whole file is taken here.
        session.exec(update(Run).where(col(Run.id) == run_id).values(id=run_id))
    else:
        query = text("SELECT pg_advisory_xact_lock(7262461, seller_id) FROM import_run WHERE id = :id")
        connection.execute(query, {"id": run_id})
    return session.get(Run, run_id, populate_existing=True)


def _seller_is_busy(session: Session, run: Run, others: set[str]) -> bool:
    query = select(Run.worker).where(
        Run.seller_id == run.seller_id, Run.id != run.id, col(Run.status).in_(ACTIVE_STATUSES)
    )
    return not others.isdisjoint(session.exec(query).all())


def _is_zombie(pid: int) -> bool:
    """Dead, but its parent has not looked yet. Known on Linux alone; elsewhere the heartbeat tells."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return file.read().rpartition(b")")[2].split()[0] in (b"Z", b"X")
    except (OSError, IndexError):
        return False
