"""Nothing grows without end: what is kept, for how long, and how it goes. A batch at a time, so nobody waits.

What people read (imports, solved checklists, alerts, changes of health, rows that could be read in the end)
is kept KEEP_DAYS days; what only the machinery needs (ended workflows of dbos, heartbeats, leases) a month or
a day. Log files see to it themselves (``log``). A row of the quarantine that nobody could read yet stays.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Table, delete, select
from sqlmodel import SQLModel, col

from wbcore.alerts import daily
from wbcore.health import history
from wbcore.imports import queue
from wbcore.keys.capabilities import HISTORY_DAYS
from wbcore.people import attempts, sessions, takeaway
from wbcore.store import db, workers
from wbcore.store.clock import moment
from wbcore.store.models import ACTIVE_STATUSES, Checklist, Lease, RejectedRow, RejectedRowRun, Run, UserFile

KEEP_DAYS: Final = HISTORY_DAYS
BATCH: Final = 500
LEASE_S: Final = 86_400.0


def thin(now: datetime) -> dict[str, int]:
    """Deletes what is too old at ``now``; what and how many."""
    return {name: forget(now) for name, forget in THINNED.items()}


def _history(now: datetime) -> int:
    with db.session() as session:
        gone = history.thin(session, now) + daily.forget_old(session, now)
        session.commit()
    return gone


def _runs(now: datetime) -> int:
    old = col(Run.finished_at) < _long_ago(now)
    return _batches(Run, old & col(Run.status).not_in(ACTIVE_STATUSES))


def _checklists(now: datetime) -> int:
    """With their messages, which the database deletes along with them."""
    return _batches(Checklist, col(Checklist.closed_at) < _long_ago(now))


def _quarantine(now: datetime) -> int:
    return _batches(RejectedRow, col(RejectedRow.resolved_at) < _long_ago(now))


def _links(_now: datetime) -> int:
    """Of imports that are gone: which rows could not be read in them."""
    run = select(col(Run.id)).where(col(Run.id) == col(RejectedRowRun.run_id))
    return _batches(RejectedRowRun, ~run.exists(), key="run_id")


def _workers(_now: datetime) -> int:
    with db.session() as session:
        gone = workers.forget_old(session)
        session.commit()
    return gone


def _leases(_now: datetime) -> int:
    return _batches(Lease, col(Lease.until) < moment(-LEASE_S), key="name")


def _sign_in(now: datetime) -> int:
    """Sessions that have ended by themselves, and failures that are counted no more: signing in forgets them,
    too, but who only tries passwords under many names never signs in."""
    with db.session() as session:
        gone = sessions.forget_ended(session, now) + attempts.forget_old(session, now)
        session.commit()
    return gone


def _files(now: datetime) -> int:
    """Of data folders that are gone with their machine: each folder's own workers sweep the others."""
    return _batches(UserFile, col(UserFile.expires_at) < now - takeaway.KEPT)


def _long_ago(now: datetime) -> datetime:
    return now - timedelta(days=KEEP_DAYS)


def _batches(model: type[SQLModel], old: Any, key: str = "id") -> int:
    table: Table = model.__table__  # type: ignore[attr-defined]
    gone = 0
    while True:
        with db.writing() as session:
            some = select(table.c[key]).where(old).limit(BATCH)
            count = session.connection().execute(delete(table).where(table.c[key].in_(some))).rowcount
            session.commit()
        gone += count
        if count < BATCH:
            return gone


THINNED: Final[Mapping[str, Callable[[datetime], int]]] = {
    "history": _history,
    "runs": _runs,
    "checklists": _checklists,
    "quarantine": _quarantine,
    "links": _links,
    "workflows": queue.forget_old,
    "workers": _workers,
    "leases": _leases,
    "sign-in": _sign_in,
    "files": _files,
}
