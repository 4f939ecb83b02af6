"""Orders that an older version has left open: the upgrade tells them apart, the next import asks for them."""

from __future__ import annotations

from collections import Counter

import pytest
from alembic import command
from sqlalchemy import text
from sqlmodel import select

from tests.work import add_key
from wbcore.api.bucket import Unlimited
from wbcore.imports import foreground
from wbcore.orders import browse
from wbcore.sandbox.server import Sandbox
from wbcore.store import db
from wbcore.store.models import Order, Seller

TYPES = {"dbs": "dbs", "edbs": "dbs", "dbsPickupPoint": "dbs", "dbw": "dbw", "click_collect": "click_collect"}


def _as_it_was(sandbox: Sandbox) -> None:
    """What the version before wrote of orders that its imports found new: FBS counted with all the others."""
    shop = sandbox.world.shop()
    rows = [(shop.order_id(n), "fbs", shop.rid(n)) for n in range(3)]
    for place, (kind, model) in enumerate(TYPES.items()):
        orders = shop.deliveries[model]
        rows.append((orders.order_id(place), kind, orders.rid(place)))
    with db.engine().begin() as connection:
        connection.execute(text(_SELLER), {"sid": shop.sid})
        for order_id, kind, rid in rows:
            connection.execute(text(_ORDER), {"id": order_id, "kind": kind, "rid": rid, "raw": b"{}"})
        connection.execute(text(_COUNTER), {"count": len(rows)})


_SELLER = "INSERT INTO seller (id, sid, environment, name, trade_mark) VALUES (1, :sid, 'production', '', '')"
_ORDER = (
    "INSERT INTO wb_order (seller_id, id, digest, supplier_status, is_open, created_at, slot, rid, "
    "delivery_type, raw) VALUES (1, :id, 0, 'new', true, 1700000000, 78703, :rid, :kind, :raw)"
)
_COUNTER = (
    "INSERT INTO order_counter (seller_id, kind, supplier_status, wb_status, count) "
    "VALUES (1, 'fbs', 'new', '', :count)"
)


@pytest.mark.parametrize("source", ["all", "new"])
def test_the_next_import_asks_for_them(empty_database: str, serve: object, source: str) -> None:
    sandbox: Sandbox = serve(orders=3, others=6, limits=False)  # type: ignore[operator]
    with db.engine().connect() as connection:
        command.upgrade(db.migration_config(connection), "0003")
        connection.commit()
    _as_it_was(sandbox)
    db.prepare()
    with db.session() as session:
        found = Counter(order.model for order in session.exec(select(Order)))
        assert found == {"fbs": 3, "dbs": 3, "dbw": 1, "click_collect": 1}
        assert {model: browse.counters(session, model=model).total for model in found} == found
        assert browse.counters(session).total == 8
    sandbox.world.advance(6)
    add_key(sandbox)
    done = foreground.run_import("shop", source, quota=Unlimited())
    assert done.status == "done", done.diagnoses
    with db.session() as session:
        assert {seller.id for seller in session.exec(select(Seller))} == {1}
        ended = {(order.model, order.supplier_status, order.is_open) for order in session.exec(select(Order))}
    received = {(model, "receive", False) for model in ("dbs", "dbw", "click_collect")}
    assert ended == {("fbs", "complete", False), *received}
