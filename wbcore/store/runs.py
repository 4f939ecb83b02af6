"""Imports as they are remembered: made, followed, cancelled, listed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, select, tuple_

from wbcore.store.errors import StoreError
from wbcore.store.models import ACTIVE_STATUSES, Key, Run, utc_now


class AlreadyRunning(StoreError):
    """An import of this key is queued or runs; ``run`` is that import."""

    code = "already_running"

    def __init__(self, run: Run) -> None:
        self.run = run
        super().__init__(f"import {run.id} of key {run.key_name!r} is {run.status}")


def create(
    session: Session, key: Key, source: str, params: dict[str, Any], trigger: str = "button", **fields: Any
) -> Run:
    """A queued import. The caller commits.

    The database itself holds that one import of a key is active, so two presses at once meet here too.

    Raises:
        AlreadyRunning: with the import that is active.
    """
    run = Run(
        id=str(uuid4()),
        key_id=key.id,
        key_name=key.name,
        seller_id=key.seller_id,
        source=source,
        params=params,
        trigger=trigger,
        **fields,
    )
    for _attempt in range(3):
        if _inserted(session, run):
            made = session.get(Run, run.id)
            assert made is not None
            return made
        if (running := active(session, key)) is not None:
            raise AlreadyRunning(running)
        # It ended between our two questions: ask again.
    raise RuntimeError(f"no import of key {key.name!r} could be made")


def _inserted(session: Session, run: Run) -> bool:
    table: Table = Run.__table__  # type: ignore[attr-defined]
    connection = session.connection()
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    statement = insert(table).values(**run.model_dump()).on_conflict_do_nothing()
    return connection.execute(statement.returning(table.c.id)).first() is not None


def active(session: Session, key: Key) -> Run | None:
    """The import of this key that is queued, runs or waits."""
    query = select(Run).where(Run.key_id == key.id, col(Run.status).in_(ACTIVE_STATUSES))
    return session.exec(query.execution_options(populate_existing=True)).first()


def get(session: Session, run_id: str) -> Run | None:
    """The run as the database has it now, not as this session saw it before."""
    return session.get(Run, run_id, populate_existing=True)


def list_runs(
    session: Session,
    key: Key | None = None,
    limit: int = 50,
    before: Run | None = None,
    statuses: tuple[str, ...] | None = None,
) -> Sequence[Run]:
    """Newest first. ``before``: the last run of the page before."""
    place = tuple_(col(Run.created_at), col(Run.id))
    query = select(Run).order_by(col(Run.created_at).desc(), col(Run.id).desc()).limit(limit)
    if key is not None:
        query = query.where(Run.key_id == key.id)
    if statuses is not None:
        query = query.where(col(Run.status).in_(statuses))
    if before is not None:
        query = query.where(place < (before.created_at, before.id))
    return session.exec(query.execution_options(populate_existing=True)).all()


def request_cancel(session: Session, run_id: str) -> bool:
    """Asks an active import to stop. False when there is nothing to stop. The caller commits."""
    run = get(session, run_id)
    if run is None or run.status not in ACTIVE_STATUSES:
        return False
    run.cancel_requested = True
    session.add(run)
    session.flush()
    return True


def set_status(session: Session, run: Run, status: str, **fields: Any) -> None:
    """Moves a run on: ``fields`` are its other columns. Starting and ending take their time by themselves."""
    for name, value in fields.items():
        setattr(run, name, value)
    run.status = status
    now = utc_now()
    if status == "running" and run.started_at is None:
        run.started_at = now
    if status not in ACTIVE_STATUSES and run.finished_at is None:
        run.finished_at = now
        run.wait_until = None
    session.add(run)
    session.flush()


def last_success(session: Session, key_id: int, source: str | None = None) -> Run | None:
    """The newest import of this key that ended well."""
    query = select(Run).where(Run.key_id == key_id, Run.status == "done")
    if source is not None:
        query = query.where(Run.source == source)
    return session.exec(query.order_by(col(Run.created_at).desc()).limit(1)).first()


def last_success_of_seller(session: Session, seller_id: int, source: str) -> Run | None:
    """The newest good import of this source, by whichever key of the seller: where to go on from."""
    query = (
        select(Run)
        .where(Run.seller_id == seller_id, Run.source == source, Run.status == "done")
        .order_by(col(Run.finished_at).desc())
        .limit(1)
    )
    return session.exec(query).first()


def succeeded_since(session: Session, key_id: int, since: datetime, sources: tuple[str, ...] = ()) -> bool:
    """Whether an import of this key (of these sources) was started after ``since`` and ended well."""
    query = select(Run.id).where(Run.key_id == key_id, Run.status == "done", col(Run.created_at) > since)
    if sources:
        query = query.where(col(Run.source).in_(sources))
    return session.exec(query.limit(1)).first() is not None


def failed_since(session: Session, key_id: int, since: datetime) -> Sequence[Run]:
    """Failed imports of this key after ``since``, newest first, at most 50."""
    query = select(Run).where(Run.key_id == key_id, Run.status == "failed", col(Run.created_at) > since)
    return session.exec(query.order_by(col(Run.created_at).desc()).limit(50)).all()


def active_runs(session: Session) -> Sequence[Run]:
    """All imports that are queued, run or wait, oldest first: what a worker looks after."""
    query = select(Run).where(col(Run.status).in_(ACTIVE_STATUSES)).order_by(col(Run.created_at))
    return session.exec(query.execution_options(populate_existing=True)).all()


list = list_runs
"""``runs.list(...)``: so this module has no use of the built-in of that name."""
