"""What goes to the database in bulk comes back as it was, whatever a column's type is."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from sqlalchemy import text
from sqlmodel import Session, col, select

from tests.orders.samples import make_seller, order, write
from wbcore.orders import browse, writing
from wbcore.orders.rows import INT64_MAX
from wbcore.store.models import Order, OrderStatusChange, OrderValue

EDGES: dict[str, Any] = {
    "id": INT64_MAX,
    "price": -(2**63),
    "salePrice": None,
    "article": 'ё\t\n\\N"\U0001f457',
    "rid": "",
    "warehouseId": 2**40,
    "isZeroOrder": True,
    "options": {"isB2B": False},
}


def test_edges_of_each_type_come_back(session: Session) -> None:
    """Also by the way of an update, which goes through a table of its own."""
    seller = make_seller(session)
    assert write(session, seller, [order(1, **EDGES)]).created == 1
    assert write(session, seller, [order(1, **EDGES, supplyId="later")]).updated == 1
    asked = "SELECT id, price, sale_price, article, warehouse_id, is_zero, is_b2b, is_open, supply_id, raw"
    row = session.connection().execute(text(f"{asked} FROM wb_order")).one()
    first = [EDGES[name] for name in ("id", "price", "salePrice", "article", "warehouseId")]
    assert [*row[:9]] == [*first, True, False, True, "later"]
    assert orjson.loads(row[9])["article"] == EDGES["article"]
    assert browse.counters(session).total == 1


STRANGE = ['he said "new"', "back\\slash", "NULL", "null", "{a,b}", "ё\t\n'", " ", "\\\\N", "%s :a ? {0}"]


def test_strange_words_come_back_as_they_were(session: Session) -> None:
    """Statuses, and values that filters offer, go to PostgreSQL as arrays."""
    seller = make_seller(session)
    write(session, seller, [order(n, article=word, offices=[word]) for n, word in enumerate(STRANGE)])
    said = [{"id": 1000 + n, "supplierStatus": "x", "wbStatus": word} for n, word in enumerate(STRANGE)]
    writing.write_statuses(session, seller, said, run_id="run")
    session.commit()
    session.expire_all()
    kept = session.exec(select(Order).order_by(col(Order.id))).all()
    assert [row.wb_status for row in kept] == STRANGE
    seen = session.exec(select(OrderStatusChange.wb_status).order_by(col(OrderStatusChange.order_id))).all()
    assert list(seen) == STRANGE
    values = session.exec(select(OrderValue.value).where(OrderValue.field == "article")).all()
    assert set(values) == set(STRANGE)


ON_POSTGRES = pytest.mark.parametrize(
    "database", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True
)


@ON_POSTGRES
def test_a_page_looks_at_its_own_rows_however_many_there_are(session: Session) -> None:
    """Also before PostgreSQL has ever looked at what is in the tables, as in a first import."""
    seller = make_seller(session)
    for start in range(0, 6000, 1000):  # the driver keeps what it has asked five times
        page = [order(n, address={"fullAddress": "Тверь"}) for n in range(start, start + 1000)]
        write(session, seller, page)
    some = [order(n, address={"fullAddress": "Тверь"}) for n in range(2000, 2100)]
    writing.write_orders(session, seller, some, run_id="run", source="period")
    assert rows_read(session, "wb_order", "order_private") <= 2 * len(some)
    session.commit()
    said = [{"id": 1000 + n, "supplierStatus": "complete", "wbStatus": "sold"} for n in range(2000, 2100)]
    assert writing.write_statuses(session, seller, said, run_id="run").updated == len(said)
    assert rows_read(session, "wb_order", "order_private") <= 4 * len(said)


def rows_read(session: Session, *tables: str) -> int:
    """How many rows of tables this transaction has looked at."""
    names = ", ".join(f"'{table}'" for table in tables)
    asked = "SELECT sum(seq_tup_read + idx_tup_fetch) FROM pg_stat_xact_user_tables"
    return int(session.connection().execute(text(f"{asked} WHERE relname IN ({names})")).scalar_one())
