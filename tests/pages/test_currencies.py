"""Amounts in several currencies stand apart, each with its sign: on the orders' page."""

from __future__ import annotations

import pytest
from sqlmodel import Session
from streamlit.testing.v1 import AppTest

from tests import agency
from tests.pages.test_pages import Screen, screen, told
from wbcore.keys import keyring
from wbcore.orders import writing
from wbcore.store import days, db
from wbcore.store.models import Key

__all__ = ["screen"]

ROUBLES, TENGE = "1\N{NO-BREAK SPACE}000\N{NO-BREAK SPACE}₽", "20\N{NO-BREAK SPACE}000\N{NO-BREAK SPACE}KZT"


def sold(session: Session, seller: int, *amounts: tuple[int, str]) -> None:
    """Orders of the feed, made today and sold today."""
    today = days.start(days.today()).isoformat()
    rows = [
        {
            "srid": f"{seller}-{number}",
            "createdAt": today,
            "updatedAt": today,
            "status": "buyout",
            "sellerPrice": price,
            "currency": currency,
        }
        for number, (price, currency) in enumerate(amounts)
    ]
    writing.write_feed(session, seller, rows, run_id="r")


@pytest.fixture
def shop(sqlite: str) -> None:
    """A real seller that sells in two currencies, and one of the learning cabinet."""
    (key,) = agency.fill(1)
    with db.session() as session:
        seller = session.get_one(Key, key).seller_id
        invented = keyring.upsert_seller(session, "demo", "demo", "demo")
        session.flush()
        sold(session, seller, (1_000, "RUB"), (20_000, "KZT"))
        sold(session, invented.id or 0, (7_777, "RUB"))
        session.commit()


def opened(app: AppTest) -> AppTest:
    app.session_state["sales"] = True
    return app.run()


def test_a_days_sales_stand_in_their_currencies(screen: Screen, shop: None) -> None:
    app = opened(screen("orders", "ru"))
    assert not app.exception
    shown = {box.label: (box.value, box.delta) for box in app.metric}
    assert shown["Продано"] == ("2", f"{TENGE} · {ROUBLES}")
    assert shown["Возвращено"] == ("0", "")


def test_the_list_of_the_feed_tells_every_currency(screen: Screen, shop: None) -> None:
    app = screen("orders", "ru")
    app.query_params["data"] = "order_feed"
    app.run()
    assert not app.exception
    line = next(box.value for box in app.caption if "₽" in box.value)
    assert ROUBLES in line
    assert TENGE in line
    (table,) = app.dataframe
    assert {ROUBLES, TENGE} <= set(table.value.astype(str).to_numpy().ravel())


def test_the_dearest_first_is_so_in_each_currency(screen: Screen, shop: None) -> None:
    app = screen("orders", "ru")
    app.query_params["data"] = "order_feed"
    assert "Каждая валюта отдельно" not in told(app.run())
    app.query_params["sort"] = "sum"
    assert "Каждая валюта отдельно" in told(app.run())
    assert not app.exception
    (table,) = app.dataframe
    cells = table.value.astype(str).to_numpy().ravel()
    assert [cell for cell in cells if cell in {ROUBLES, TENGE}] == [TENGE, ROUBLES]
