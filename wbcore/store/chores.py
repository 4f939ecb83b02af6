"""Recurring duties of the installation, and wishes for checks: each is taken by one worker at a time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import Table, or_
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, select, update

from wbcore.store.models import Checkup, Chore, Key

NEVER: Final = datetime(9999, 1, 1, tzinfo=UTC)
"""When a chore is due that is done only on demand."""
LOST_S: Final = 600.0
"""A check that a worker has claimed so long ago is taken for lost with it."""
REASONS: Final = ("button", "failure", "schedule")


def insert(session: Session, model: Any) -> Any:
    """An INSERT that knows ON CONFLICT, in the words of the session's database."""
    table: Table = model.__table__
    dialect = session.connection().dialect.name
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)


def ensure(session: Session, name: str, due_at: datetime) -> None:
    """Makes a chore known; one that is known stays as it is. The caller commits."""
    statement = insert(session, Chore).values(name=name, due_at=due_at)
    session.connection().execute(statement.on_conflict_do_nothing())


def get(session: Session, name: str) -> Chore | None:
    return session.get(Chore, name, populate_existing=True)


def claim(session: Session, name: str, now: datetime, next_at: datetime) -> bool:
    """Whether this worker does the chore this time. The caller commits before it begins."""
    statement = update(Chore).where(col(Chore.name) == name, col(Chore.due_at) <= now)
    return session.connection().execute(statement.values(due_at=next_at, done_at=now)).rowcount == 1


def ask(session: Session, name: str, now: datetime, gap: timedelta) -> datetime:
    """Wishes for a chore that is done on demand: at once, or ``gap`` after it was done the last time.

    Returns:
        When it is due. The caller commits.
    """
    ensure(session, name, NEVER)
    chore = get(session, name)
    assert chore is not None
    wished = now if chore.done_at is None else max(now, chore.done_at + gap)
    if wished >= chore.due_at:
        return chore.due_at
    statement = update(Chore).where(col(Chore.name) == name, col(Chore.due_at) > wished)
    session.connection().execute(statement.values(due_at=wished))
    return wished


def put_off(session: Session, name: str, due_at: datetime) -> None:
    """Sets when a chore is due next. The caller commits."""
    ensure(session, name, due_at)
    session.connection().execute(update(Chore).where(col(Chore.name) == name).values(due_at=due_at))


# --- Wishes for checks ------------------------------------------------------------------------


def wish(session: Session, key_ids: Iterable[int] | None, reason: str, now: datetime) -> None:
    """Wishes for a check of keys (None: of all). One that waits or runs already is not asked for twice.

    The caller commits.
    """
    ids = session.exec(select(Key.id).order_by(col(Key.id))).all() if key_ids is None else sorted(key_ids)
    rows = [{"key_id": key_id, "reason": reason, "requested_at": now} for key_id in ids if key_id is not None]
    if not rows:
        return
    statement = insert(session, Checkup)
    columns = Checkup.__table__.c  # type: ignore[attr-defined]
    session.connection().execute(
        statement.on_conflict_do_update(
            index_elements=["key_id"],
            set_={"reason": statement.excluded.reason, "requested_at": now, "claimed_at": None},
            where=columns.finished_at >= columns.requested_at,
        ),
        rows,
    )


def waiting(session: Session) -> Sequence[Checkup]:
    """Wishes that are not fulfilled yet."""
    query = select(Checkup).where(_open()).order_by(col(Checkup.requested_at), col(Checkup.key_id))
    return session.exec(query.execution_options(populate_existing=True)).all()


def claim_checks(session: Session, now: datetime, limit: int) -> list[int]:
    """Keys that this worker is to check now. The caller commits before it begins."""
    free = or_(col(Checkup.claimed_at).is_(None), col(Checkup.claimed_at) < now - timedelta(seconds=LOST_S))
    taken = []
    for row in [row for row in waiting(session) if _is_free(row, now)][:limit]:
        statement = update(Checkup).where(col(Checkup.key_id) == row.key_id, _open(), free)
        if session.connection().execute(statement.values(claimed_at=now)).rowcount == 1:
            taken.append(row.key_id)
    return taken


def finish_checks(session: Session, key_ids: Iterable[int], now: datetime) -> None:
    """The caller commits."""
    statement = update(Checkup).where(col(Checkup.key_id).in_(list(key_ids)))
    session.connection().execute(statement.values(finished_at=now, claimed_at=None))


def last_checks(session: Session, key_ids: Iterable[int]) -> dict[int, datetime]:
    """When each key was last checked in the background."""
    query = select(Checkup).where(col(Checkup.key_id).in_(list(key_ids)))
    return {row.key_id: row.finished_at for row in session.exec(query) if row.finished_at is not None}


def _open() -> Any:
    return or_(col(Checkup.finished_at).is_(None), col(Checkup.finished_at) < col(Checkup.requested_at))


def _is_free(row: Checkup, now: datetime) -> bool:
    return row.claimed_at is None or row.claimed_at < now - timedelta(seconds=LOST_S)
