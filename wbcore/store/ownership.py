"""What belongs to a seller: every table that has a column ``seller_id``; locked, and removed, as a whole."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from sqlalchemy import Table, delete, func, select, union_all
from sqlmodel import Session, SQLModel

from wbcore.store import db, values
from wbcore.store.models import Seller

LAST_ID: Final = "sellers.last_id"
"""Name of the stored number of the seller who was made last, on SQLite: see ``next_id``."""


def tables() -> list[Table]:
    """The tables that say whose a row is; one that refers to another stands before it."""
    found = [table for table in SQLModel.metadata.sorted_tables if "seller_id" in table.columns]
    return found[::-1]


def lock(session: Session, seller_ids: Iterable[int], *, alone: bool = False) -> list[int]:
    """Holds sellers until the transaction ends: pages on their way are waited for, others wait.

    To be called before anything is read that has to hold. Of many sellers in one order, so that two who do
    the same never wait for each other.

    Args:
        alone: nobody may even refer to them meanwhile; for who deletes them.

    Returns:
        Ids of those that are there, rising.
    """
    db.begin(session)
    seller = _sellers()
    query = select(seller.c.id).where(seller.c.id.in_(sorted(set(seller_ids)))).order_by(seller.c.id)
    locked = query.with_for_update(key_share=not alone)  # SQLite has begun: it needs no more
    return list(session.connection().execute(locked).scalars())


def pass_by(session: Session) -> None:
    """Waits until each transaction that now writes a seller's orders has ended. Commits."""
    db.begin(session)
    session.commit()
    for seller_id in session.connection().execute(select(_sellers().c.id)).scalars().all():
        lock(session, [seller_id])  # one by one: who holds one never has to wait for the others
        session.commit()


def forget(session: Session, seller_ids: Sequence[int]) -> None:
    """Deletes sellers with all that is kept of them. The caller has locked them, and commits."""
    session.flush()
    for table in tables():
        session.connection().execute(delete(table).where(table.c.seller_id.in_(seller_ids)))
    session.connection().execute(delete(_sellers()).where(_sellers().c.id.in_(seller_ids)))
    session.expire_all()


def next_id(session: Session) -> int | None:
    """The id of a new seller, which no other one ever had; None: the database sees to that.

    SQLite gives the highest number again once its row is gone. Then rows that were left behind, and what a
    process remembers of the one before, would be the new seller's.
    """
    if not db.is_sqlite(session.connection()):
        return None
    db.begin(session)
    used = [select(func.max(table.c.seller_id).label("id")) for table in tables()]
    every = union_all(select(func.max(_sellers().c.id).label("id")), *used).subquery()
    highest = session.connection().execute(select(func.max(every.c.id))).scalar()
    number = max(int(highest or 0), int(values.get(session, LAST_ID) or 0)) + 1
    values.put(session, LAST_ID, number)
    return number


def _sellers() -> Table:
    table: Table = Seller.__table__  # type: ignore[attr-defined]
    return table
