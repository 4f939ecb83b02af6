"""Which workers are alive, by their heartbeats."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete
from sqlmodel import Session, col, select

from wbcore.store.models import Worker, utc_now

ALIVE_S: Final = 30.0
"""A worker without a heartbeat for so long is taken for dead."""


def heartbeat(session: Session, worker_id: str, host: str, pid: int, now: datetime | None = None) -> None:
    """Says that this worker lives; the first one registers it. The caller commits."""
    worker = session.get(Worker, worker_id, populate_existing=True)
    moment = now or utc_now()
    if worker is None:
        worker = Worker(id=worker_id, host=host, pid=pid, started_at=moment)
    worker.heartbeat_at = moment
    session.add(worker)
    session.flush()


def alive(session: Session, within_s: float = ALIVE_S, now: datetime | None = None) -> Sequence[Worker]:
    """Workers with a heartbeat in the last ``within_s`` seconds, oldest first."""
    since = (now or utc_now()) - timedelta(seconds=within_s)
    query = select(Worker).where(col(Worker.heartbeat_at) > since).order_by(col(Worker.started_at))
    return session.exec(query.execution_options(populate_existing=True)).all()


def silent(session: Session, within_s: float = ALIVE_S, now: datetime | None = None) -> Sequence[Worker]:
    """Workers that have said nothing for ``within_s`` seconds."""
    since = (now or utc_now()) - timedelta(seconds=within_s)
    query = select(Worker).where(col(Worker.heartbeat_at) <= since).order_by(col(Worker.started_at))
    return session.exec(query.execution_options(populate_existing=True)).all()


def remove(session: Session, worker_id: str) -> None:
    """Forgets a worker that has ended. The caller commits."""
    session.connection().execute(delete(Worker).where(col(Worker.id) == worker_id))
