"""Imports as they are remembered: made, followed, cancelled, listed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import ScalarSelect, Table
from sqlmodel import Session, col, select, update

from wbcore.store import bell, db
from wbcore.store.models import ACTIVE_STATUSES, IS_ACTIVE, Key, Run, utc_now
from wbcore.store.problems import StoreError


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
            bell.ring(session)
            made = session.get(Run, run.id)
            assert made is not None
            return made
        if (running := active(session, key)) is not None:
            raise AlreadyRunning(running)
        # It ended between our two questions: ask again.
    raise RuntimeError(f"no import of key {key.name!r} could be made")


def _inserted(session: Session, run: Run) -> bool:
    table: Table = Run.__table__  # type: ignore[attr-defined]
    statement = db.insert(session, Run).values(**run.model_dump()).on_conflict_do_nothing()
    return session.connection().execute(statement.returning(table.c.id)).first() is not None


def active(session: Session, key: Key) -> Run | None:
    """The import of this key that is queued, runs or waits."""
    query = select(Run).where(Run.key_id == key.id, IS_ACTIVE)
    return session.exec(query.execution_options(populate_existing=True)).first()


def get(session: Session, run_id: str) -> Run | None:
    """The run as the database has it now, not as this session saw it before."""
    return session.get(Run, run_id, populate_existing=True)


def list_runs(
    session: Session,
    key: Key | None = None,
    limit: int = 50,
    *,
    offset: int = 0,
) -> Sequence[Run]:
    """Newest first; ``offset``: how many newer to leave out."""
    query = select(Run).order_by(col(Run.created_at).desc(), col(Run.id).desc()).limit(limit).offset(offset)
    if key is not None:
        query = query.where(Run.key_id == key.id)
    return session.exec(query.execution_options(populate_existing=True)).all()


def last_of_key(session: Session, key_id: int) -> Run | None:
    """The newest import of a key, however it ended; None: there was none."""
    query = select(Run).where(Run.key_id == key_id).order_by(col(Run.created_at).desc()).limit(1)
    return session.exec(query.execution_options(populate_existing=True)).first()


def request_cancel(session: Session, run_id: str) -> bool:
    """Asks an active import to stop. False when there is nothing to stop. The caller commits."""
    asked = update(Run).where(col(Run.id) == run_id, col(Run.status).in_(ACTIVE_STATUSES))
    return session.connection().execute(asked.values(cancel_requested=True)).rowcount == 1


def waited_so_far(run: Run, now: datetime) -> float:
    """For how long WB's quota was waited for: a wait that no process sits out is counted when it begins."""
    if run.wait_until is None or run.worker:
        return run.waited_s
    return run.waited_s - max(0.0, (run.wait_until - now).total_seconds())


def end_unless_held(session: Session, run_id: str, alive: set[str]) -> None:
    """Ends a run that is to stop and is in the hands of nobody alive. The caller commits."""
    run = get(session, run_id)
    if run is None or run.status not in ACTIVE_STATUSES or run.worker in alive:
        return
    now = utc_now()
    run.waited_s = waited_so_far(run, now)
    run.status, run.worker, run.wait_until, run.finished_at = "cancelled", "", None, now
    run.duration_s = (now - (run.started_at or run.created_at)).total_seconds()
    session.add(run)
    session.flush()


def end_keyless(session: Session, alive: set[str]) -> None:
    """Ends imports whose key was removed while they waited: nobody need wait for the end of that. The caller
    commits."""
    query = select(Run.id).where(col(Run.key_id).is_(None), IS_ACTIVE)
    for run_id in session.exec(query).all():
        end_unless_held(session, run_id, alive)


def newest(column: Any, *of: Any) -> ScalarSelect[Any]:
    """For statements about keys: a column of the key's newest import, one look into an index however many
    there were.

    Args:
        of: conditions for the import; a source among them is in the index, too.
    """
    looked = select(column).where(Run.key_id == Key.id, *of).order_by(col(Run.created_at).desc()).limit(1)
    return looked.correlate(Key).scalar_subquery()


def active_runs(session: Session) -> Sequence[Run]:
    """All imports that are queued, run or wait, oldest first: what a worker looks after."""
    # Sorted here: to have them in order SQLite would rather go through all that ever were.
    found = session.exec(select(Run).where(IS_ACTIVE).execution_options(populate_existing=True))
    return sorted(found, key=lambda run: run.created_at)
