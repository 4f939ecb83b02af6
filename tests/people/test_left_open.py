"""A page that is open over another start of the dashboard: what is pressed on it is done as it was meant."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlmodel import select

from tests import agency
from tests.people.house import dashboard, furnish, inside
from tests.people.tab import Tab
from wbcore.guidance import texts
from wbcore.keys import keyring
from wbcore.store import db
from wbcore.store.models import Checkup, Key, PickingSheet, Run

started = contextlib.contextmanager(dashboard)


def t(key: str) -> str:
    return texts.t("ru", key)


def done(data: Path) -> list[object]:
    """For whom something was done: keys' ids of imports and checks, sellers' of lists."""
    with inside(data), db.session() as session:
        return [
            *session.exec(select(Run.key_id)).all(),
            *session.exec(select(Checkup.key_id)).all(),
            *session.exec(select(PickingSheet.seller_id)).all(),
        ]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Keys of two sellers, who have orders."""
    furnish(tmp_path / "data")
    with inside(tmp_path / "data"):
        with db.session() as session:
            for number in (1, 2):
                agency.add_key(session, number)
            session.commit()
        agency.take_orders(2)
    return tmp_path / "data"


def pressed_over_a_restart(
    data: Path, page: str, query: str, label: str, meanwhile: Callable[[], object]
) -> str:
    """What the page says then."""
    with started(data) as house, Tab(house, "") as before:
        before.open(page, query)
    with inside(data):
        meanwhile()
    with started(data) as house, Tab(house, "") as tab:
        return tab.goes_on_from(before).press(t(label)).text


def remove_the_second() -> None:
    with db.session() as session:
        key = session.get(Key, 2)
        assert key is not None
        keyring.remove(session, key)
        session.commit()


def nothing() -> None:
    """Nobody has changed anything."""


def test_no_import_begins_for_another_key_than_the_one_that_was_chosen(data: Path) -> None:
    query = "key=2&source=new"
    said = pressed_over_a_restart(data, "order_import", query, "page-import-press", remove_the_second)
    assert t("page-pressed-before") in said
    assert done(data) == []


def test_the_import_begins_where_its_key_is_there_still(data: Path) -> None:
    pressed_over_a_restart(data, "order_import", "key=2&source=new", "page-import-press", nothing)
    assert done(data) == [2]


@pytest.mark.parametrize(
    ("page", "label"), [("picking", "page-picking-make"), ("token_health", "page-health-check")]
)
def test_what_is_pressed_for_a_choice_that_is_not_known_any_more_is_done_for_nobody(
    data: Path, page: str, label: str
) -> None:
    assert t("page-pressed-before") in pressed_over_a_restart(data, page, "", label, nothing)
    assert done(data) == []
