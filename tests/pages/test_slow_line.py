"""A slow connection: what is pressed before the page has answered is done as it was meant, and once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select
from streamlit.testing.v1 import AppTest

from pages import _order_filters
from tests import agency
from tests.orders.samples import make_seller, order, write
from tests.pages.test_pages import Screen, screen, told
from wbcore.guidance import checklist, diagnosis
from wbcore.store import db
from wbcore.store.models import PickingSheet, UserFile

__all__ = ["screen"]


@pytest.fixture
def orders(screen: Screen) -> AppTest:
    with db.session() as session:
        rows = [order(n, article="Платье" if n % 2 else "Кеды") for n in range(9)]
        write(session, make_seller(session), rows)
    app = screen("orders", "ru")
    app.session_state["orders-download"] = True
    return app.run()


def field(app: AppTest, label: str) -> Any:
    return next(one for one in app.text_input if one.label == label)


def button(app: AppTest, label: str) -> Any:
    return next(one for one in app.button if one.label == label)


def says(app: AppTest) -> Any:
    """What the browser says with its next press: all that stands in its fields, and what is pressed."""
    return app._tree.get_widget_states()


def press_twice(app: AppTest, pressed: Any) -> None:
    """The second press comes before the answer to the first one has."""
    pressed.click()
    said = says(app)
    app._run(said)
    app._run(said)


def files() -> list[str]:
    """The texts that the files which were asked for are narrowed to."""
    with db.session() as session:
        return [str(row.wish["filters"]["text"]) for row in session.exec(select(UserFile))]


def test_a_file_has_what_was_typed_just_before_it_was_asked_for(orders: AppTest) -> None:
    field(orders, "Поиск").set_value("платье")
    button(orders, "Подготовить файл").click()
    orders.run()
    assert files() == ["платье"]


def test_a_file_that_is_asked_for_by_two_presses_is_made_once(orders: AppTest) -> None:
    press_twice(orders, button(orders, "Подготовить файл"))
    assert len(files()) == 1
    button(orders, "Подготовить файл").click().run()
    assert len(files()) == 2, "the answer has been seen: another press means another file"


def test_filters_that_were_taken_away_stay_away_however_long_the_answer_takes(
    orders: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    field(orders, "Поиск").set_value("платье")
    orders.run()
    address, said = dict(orders.query_params), says(orders)
    button(orders, "Убрать все фильтры").click().run()
    now = _order_filters.monotonic
    monkeypatch.setattr(_order_filters, "monotonic", lambda: now() + 60)
    orders.query_params.update(address)
    orders._run(said)
    assert field(orders, "Поиск").value == ""
    assert "Найдено" not in told(orders)
    assert "q" not in orders.query_params


def test_what_is_typed_just_before_a_filter_is_taken_away_stays(orders: AppTest) -> None:
    orders.query_params["currency"] = "643"
    orders.run()
    field(orders, "Поиск").set_value("платье")
    orders.button(key="orders-beside-currency").click()
    orders.run()
    assert field(orders, "Поиск").value == "платье"
    assert not [one for one in orders.button if one.key == "orders-beside-currency"]


def test_two_presses_make_one_picking_list_and_it_is_shown(screen: Screen) -> None:
    agency.fill(1)
    with db.session() as session:
        write(session, 1, [order(1)], source="new")
    app = screen("picking", "ru")
    button(app, "Составить лист").click().run()
    press_twice(app, button(app, "Составить лист"))
    with db.session() as session:
        assert len(session.exec(select(PickingSheet)).all()) == 2, "one, and one by two presses"
    assert "Лист подбора № 2" in [box.value for box in app.subheader]


# --- Checklists ---------------------------------------------------------------------------------------------


def steps(app: AppTest) -> list[str]:
    return [box.label for box in app.checkbox if (box.key or "").startswith("step-")]


def test_two_presses_fold_a_checklist_as_one_does(screen: Screen) -> None:
    agency.fill(1)
    app = screen("overview", "ru")
    assert steps(app)
    press_twice(app, next(one for one in app.button if (one.key or "").startswith("fold-")))
    assert not steps(app)


def test_a_worse_problem_that_comes_shuts_no_checklist_that_somebody_types_in(screen: Screen) -> None:
    agency.fill(1)
    app = screen("overview", "ru")
    (mine,) = (box.key for box in app.text_input if (box.key or "").startswith("token-"))
    with db.session() as session:
        key = agency.add_key(session, 7)
        found = diagnosis.preflight("orders.new", agency.evidence(key))
        assert found is not None
        worse = checklist.open_or_update(session, found, key)
        worse.updated_at += timedelta(minutes=1)
        session.commit()
    app.run()
    first, *_ = (one.key for one in app.text_input if (one.key or "").startswith("token-"))
    assert first != mine, "it has not come first: this test shows nothing"
    assert mine in [one.key for one in app.text_input]
