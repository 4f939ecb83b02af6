"""Who does what only one process may do at a time: a lease by name, for a while, by the database's clock.

A process that dies leaves its lease behind; it ends by itself. Clocks of the machines play no part. What must
happen exactly once takes its lease in the very transaction that does it.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import delete, or_
from sqlmodel import Session, col, select

from wbcore.store import db
from wbcore.store.clock import moment
from wbcore.store.models import Lease

LOST_S: Final = 600.0
"""Nothing that is done under a lease takes so long; who has not ended it until then is taken for dead."""


def take(session: Session, name: str, holder: str, seconds: float = LOST_S) -> bool:
    """Whether ``holder`` has the lease now, for so long: it was free, its time is over, or it had it already.

    One statement. The caller commits; until then nobody else gets an answer for this name.
    """
    lease = Lease.__table__.c  # type: ignore[attr-defined]
    values = {"holder": holder, "until": moment(seconds)}
    statement = db.insert(session, Lease).values(name=name, **values)
    statement = statement.on_conflict_do_update(
        index_elements=["name"],
        set_=values,
        where=or_(
            lease.until <= moment(),
            lease.until > moment(2 * max(seconds, LOST_S)),  # so far only by a clock that was set back since
            lease.holder == holder,
        ),
    )
    return session.connection().execute(statement.returning(lease.name)).first() is not None


def is_held(session: Session, name: str) -> bool:
    """Whether somebody has it now."""
    until = col(Lease.until).between(moment(), moment(2 * LOST_S))
    held = select(Lease.name).where(Lease.name == name, until)
    return session.exec(held).first() is not None


def give_back(session: Session, name: str, holder: str) -> None:
    """Ends a lease before its time; one that somebody else has by now stays. The caller commits."""
    own = delete(Lease).where(col(Lease.name) == name, col(Lease.holder) == holder)
    session.connection().execute(own)
