"""Sums of a seller's orders counted anew: of two who had the same order and have turned out to be one."""

from __future__ import annotations

from typing import Final

from sqlalchemy import delete, text
from sqlmodel import Session, col, select

from wbcore.keys.joining import RECOUNT
from wbcore.orders import tallies
from wbcore.orders.bulk import open_bulk
from wbcore.store import db, values
from wbcore.store.models import Order, OrderDay, OrderHour, OrderWait, OrderWeek

_SEEN: Final = tuple(
    getattr(Order, name) for name in (*tallies.COLUMNS, "supplier_status", "wb_status", "model")
)
_TAKEN: Final = (
    "SELECT change.made, wb_order.model, change.taken FROM order_status_change AS change JOIN wb_order "
    "ON wb_order.seller_id = change.seller_id AND wb_order.id = change.order_id "
    "WHERE change.seller_id = :seller AND change.taken IS NOT NULL"
)
_AT_ONCE: Final = 10_000


def work() -> int:
    """Counts the sellers that wait for it; how many. A seller is a transaction, so no sum is ever half."""
    count = 0
    while True:
        with db.writing() as session:
            waiting = values.get(session, RECOUNT) or []
            if not waiting:
                return count
            _recount(session, waiting[0])
            session.commit()
        count += 1


def _recount(session: Session, seller_id: int) -> None:
    bulk = open_bulk(session, seller_id)  # nobody else writes orders of this seller meanwhile
    sums = tallies.Deltas()
    query = select(*_SEEN).where(Order.seller_id == seller_id)
    for rows in session.connection().execute(query).partitions(_AT_ONCE):
        sums.add(map(tuple, rows))
    for rows in session.connection().execute(text(_TAKEN), {"seller": seller_id}).partitions(_AT_ONCE):
        for one in rows:
            sums.took(*one)
    for table in (OrderHour, OrderDay, OrderWeek, OrderWait):
        session.connection().execute(delete(table).where(col(table.seller_id) == seller_id))
    sums.write(bulk)
    values.change(session, RECOUNT, lambda kept: [one for one in kept or () if one != seller_id])
