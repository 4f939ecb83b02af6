"""Recurring duties of the installation, and wishes for checks: each is taken by one worker at a time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import uuid4

from sqlmodel import Session, col, select, update

from wbcore.store import db, lease
from wbcore.store.models import Checkup, Chore, Key

NEVER: Final = datetime(9999, 1, 1, tzinfo=UTC)
"""When a chore is due that is done only on demand."""
WAITING: Final = "waiting"


def ensure(session: Session, name: str, due_at: datetime) -> None:
    """Makes a chore known; one that is known stays as it is. The caller commits."""
    statement = db.insert(session, Chore).values(name=name, due_at=due_at)
    session.connection().execute(statement.on_conflict_do_nothing())


def get(session: Session, name: str) -> Chore | None:
    return session.get(Chore, name, populate_existing=True)


def due(session: Session, often: Mapping[str, timedelta], now: datetime) -> list[str]:
    """Those of the chores (name -> how often) whose time has come; new ones are made known, and due at once.
    One statement, where nothing is new."""
    known = dict(session.exec(select(Chore.name, Chore.due_at)).all())
    for name, every in often.items():
        if name not in known:
            ensure(session, name, now)
        elif known[name] > now + every:
            known[name] = pull_back(session, name, now, every)
    return [name for name in often if known.get(name, now) <= now]


def pull_back(session: Session, name: str, now: datetime, every: timedelta) -> datetime:
    """What comes so often is due now where it stands further off: so has put it a clock that was ahead then,
    and was set right since. The caller commits."""
    ahead = update(Chore).where(col(Chore.name) == name, col(Chore.due_at) > now + every)
    session.connection().execute(ahead.values(due_at=now))
    return now


def begin(session: Session, name: str, now: datetime, next_at: datetime) -> bool:
    """Whether the caller does the chore this time. It commits before it begins."""
    holder = uuid4().hex
    if not lease.take(session, f"chore {name}", holder):
        return False
    chore = get(session, name)
    mine = chore is not None and chore.due_at <= now
    if mine:
        assert chore is not None
        chore.due_at, chore.done_at = next_at, now
        session.add(chore)
        session.flush()
    lease.give_back(session, f"chore {name}", holder)
    return mine


def ask(session: Session, name: str, now: datetime, gap: timedelta) -> datetime:
    """Wishes for a chore that is done on demand: at once, or ``gap`` after it was done the last time.

    Returns:
        When it is due. The caller commits.
    """
    ensure(session, name, NEVER)
    chore = get(session, name)
    assert chore is not None
    # No longer than the gap, also where it was done by a clock that was set back since.
    wished = now if chore.done_at is None else max(now, min(chore.done_at, now) + gap)
    if wished >= chore.due_at:
        return chore.due_at
    statement = update(Chore).where(col(Chore.name) == name, col(Chore.due_at) > wished)
    session.connection().execute(statement.values(due_at=wished))
    return wished


def put_off(session: Session, name: str, due_at: datetime) -> None:
    """Sets when a chore is due next. The caller commits."""
    ensure(session, name, due_at)
    session.connection().execute(update(Chore).where(col(Chore.name) == name).values(due_at=due_at))


def undone(session: Session, name: str, done_at: datetime | None) -> None:
    """A chore has failed: it was done when it was done before. The caller commits."""
    session.connection().execute(update(Chore).where(col(Chore.name) == name).values(done_at=done_at))


# --- Wishes for checks ------------------------------------------------------------------------


def wish(session: Session, key_ids: Iterable[int] | None, reason: str, now: datetime) -> None:
    """Wishes for a check of keys (None: of all). One that waits or runs already is not asked for twice.

    The caller commits.
    """
    ids = session.exec(select(Key.id).order_by(col(Key.id))).all() if key_ids is None else sorted(key_ids)
    new = {"reason": reason, "requested_at": now, "state": WAITING}
    rows = [{"key_id": key_id, **new} for key_id in ids if key_id is not None]
    if not rows:
        return
    columns = Checkup.__table__.c  # type: ignore[attr-defined]
    session.connection().execute(
        db.insert(session, Checkup).on_conflict_do_update(
            index_elements=["key_id"], set_=new, where=columns.state != WAITING
        ),
        rows,
    )


def waiting(session: Session) -> Sequence[Checkup]:
    """Wishes that are not fulfilled yet. A state says so, not a clock: those of several machines differ."""
    query = select(Checkup).where(Checkup.state == WAITING)
    query = query.order_by(col(Checkup.requested_at), col(Checkup.key_id))
    return session.exec(query.execution_options(populate_existing=True)).all()


def take_checks(session: Session, holder: str, limit: int) -> list[int]:
    """Keys that ``holder`` is to check now. The caller commits before it begins."""
    tried = [row.key_id for row in waiting(session)]
    mine: set[int] = set()
    for key_id in tried:
        if len(mine) < limit and lease.take(session, _check_of(key_id), holder):
            mine.add(key_id)
    # Read again: until we had the lease somebody else may have fulfilled the wish.
    return [row.key_id for row in waiting(session) if row.key_id in mine]


def finish_checks(session: Session, holder: str, key_ids: Iterable[int], state: str, now: datetime) -> None:
    """``state``: done or failed. The caller commits."""
    ids = list(key_ids)
    statement = update(Checkup).where(col(Checkup.key_id).in_(ids))
    session.connection().execute(statement.values(state=state, finished_at=now))
    for key_id in ids:
        lease.give_back(session, _check_of(key_id), holder)


def last_checks(session: Session, key_ids: Iterable[int]) -> dict[int, Checkup]:
    """The last check of each key in the background."""
    query = select(Checkup).where(col(Checkup.key_id).in_(list(key_ids)))
    return {row.key_id: row for row in session.exec(query) if row.finished_at is not None}


def _check_of(key_id: int) -> str:
    return f"check {key_id}"
