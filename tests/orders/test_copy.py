"""What goes to the database in bulk comes back as it was, whatever a column's type is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from sqlalchemy import text
from sqlmodel import Session

from tests.orders.samples import make_seller, order, write
from wbcore.orders import writing
from wbcore.orders.rows import INT64_MAX
from wbcore.store import db


@pytest.fixture
def session(database: str) -> Iterator[Session]:
    with db.session() as opened:
        yield opened


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
    assert writing.counters(session).total == 1
