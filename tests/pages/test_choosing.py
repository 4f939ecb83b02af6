"""A row chosen in a table is that row, also when other rows have come in its place."""

from __future__ import annotations

from datetime import UTC, datetime

from streamlit.testing.v1 import AppTest

from tests import agency
from tests.orders.samples import order, write
from tests.pages.test_pages import Screen, screen
from wbcore.guidance import views
from wbcore.imports import runs
from wbcore.store import db
from wbcore.store.models import Key

__all__ = ["screen"]


def test_other_rows_are_another_table() -> None:
    one = views.key_of_rows("history", ["a", "b"])
    assert one == views.key_of_rows("history", ["a", "b"])
    assert (
        len({one, views.key_of_rows("history", ["new", "a"]), views.key_of_rows("orders", ["a", "b"])}) == 3
    )


def tables(app: AppTest) -> set[str]:
    """Tables whose rows can be chosen, by the name under which the choice is remembered."""
    return {one.proto.id for one in app.dataframe if one.proto.id}


def test_a_choice_in_the_history_is_not_anothers_when_an_import_has_come(screen: Screen) -> None:
    """What is chosen is remembered by the table and the row's number: with other rows it is another table."""
    (key_id,) = agency.fill(1)
    app = screen("order_import", "ru")
    (before,) = tables(app)
    app.run()
    assert tables(app) == {before}
    with db.session() as session:
        key = session.get(Key, key_id)
        assert key is not None
        run = runs.create(session, key, "period", {})
        run.status = "done"
        session.commit()
    app.run()
    assert before not in tables(app)


def test_a_choice_among_orders_is_not_anothers_when_an_order_has_come(screen: Screen) -> None:
    (key_id,) = agency.fill(1)
    agency.take_orders(3)
    app = screen("orders", "ru")
    before = tables(app)
    assert before
    with db.session() as session:
        key = session.get(Key, key_id)
        assert key is not None
        write(session, key.seller_id, [order(7, id=7, createdAt=f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}")])
    app.run()
    assert not before & tables(app)


def test_what_the_first_import_brings_is_offered_by_the_filters_at_once(screen: Screen) -> None:
    agency.fill(1)
    app = screen("orders", "ru")
    assert len(warehouses(app)) == 1, "any"
    agency.take_orders(3)
    app.run()
    assert "42" in warehouses(app)


def warehouses(app: AppTest) -> list[str]:
    """What the filter by warehouse offers."""
    return next(one.options for one in app.selectbox if (one.key or "").startswith("orders-of-warehouse"))
