"""What drawing a screen again costs the database: a few statements, however many keys, and no change."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from sqlalchemy import event
from streamlit.testing.v1 import AppTest

from tests import agency
from wbcore.guidance import texts
from wbcore.imports import queue
from wbcore.settings import settings
from wbcore.store import db, seen

APP = Path(__file__).resolve().parents[2] / "app.py"
SCREENS = ["overview", "api_keys", "order_import", "orders", "picking", "pictures", "token_health"]
MOST = 10
CHANGES = re.compile(r"\s*(INSERT|UPDATE|DELETE|REPLACE|CREATE|DROP|ALTER)\b", re.IGNORECASE)


@contextmanager
def statements() -> Iterator[list[str]]:
    """What is sent to our database while it is open."""
    sent: list[str] = []

    def keep(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        sent.append(statement)

    real = db.cursor

    def cursor(connection: Any, statement: str, values: Any) -> Any:
        sent.append(statement)
        return real(connection, statement, values)

    event.listen(db.engine(), "before_cursor_execute", keep)
    try:
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(db, "cursor", cursor)  # the driver's own
            yield sent
    finally:
        event.remove(db.engine(), "before_cursor_execute", keep)


Rerun = Callable[..., list[str]]


@pytest.fixture(scope="session")
def agencies(tmp_path_factory: pytest.TempPathFactory) -> Callable[[int, int], Path]:
    """The data folder of an agency with so many keys, and orders of each, made once."""

    @lru_cache
    def made(keys: int, orders: int) -> Path:
        place = tmp_path_factory.mktemp("agency") / str(keys)
        with pytest.MonkeyPatch.context() as environment:
            environment.setenv("WB_DATA_DIR", str(place))
            settings.cache_clear()
            db.dispose()
            agency.fill(keys)
            agency.take_orders(orders)
            db.dispose()
        settings.cache_clear()
        return place

    return made


@pytest.fixture
def rerun(
    monkeypatch: pytest.MonkeyPatch, data_dir: Path, agencies: Callable[[int, int], Path]
) -> Iterator[Rerun]:
    """The statements of a screen that is drawn again, with so many keys."""
    monkeypatch.setenv("WB_WORKER", "off")

    def made(
        name: str,
        keys: int,
        opened: Sequence[str] = (),
        orders: int = 0,
        act: Callable[[AppTest], object] = lambda _: None,
    ) -> list[str]:
        db.dispose()
        data_dir.mkdir(exist_ok=True)
        place = data_dir / f"{keys}-{orders}"
        if not place.exists():
            shutil.copytree(agencies(keys, orders), place)
        monkeypatch.setenv("WB_DATA_DIR", str(place))
        settings.cache_clear()
        st.cache_resource.clear()
        app = AppTest.from_file(str(APP), default_timeout=180).run()
        if name != "overview":
            app.switch_page(f"pages/{name}.py").run()
        for part in opened:
            app.session_state[part] = True
        act(app)
        seen.forget()  # as if somebody had written since
        with statements() as sent:
            app.run()
        assert not app.exception
        assert len([box for box in app.expander if box.children]) >= len(opened)
        return sent

    yield made
    queue.close()


@pytest.mark.parametrize("name", SCREENS)
def test_a_rerun_is_a_few_statements_and_they_do_not_grow_with_keys(rerun: Rerun, name: str) -> None:
    few, many = rerun(name, 10), rerun(name, 100)
    listing = "\n".join(" ".join(one.split())[:150] for one in many)
    assert len(many) <= MOST, listing
    assert len(few) == len(many), listing


def test_whoever_opens_the_overview_has_it_drawn_once_and_mostly_from_what_is_known(rerun: Rerun) -> None:
    sent: list[str] = []

    def open_another(_app: AppTest) -> None:
        with statements() as of_another:
            AppTest.from_file(str(APP), default_timeout=180).run()
        sent.extend(of_another)

    rerun("overview", 10, act=open_another)
    assert len(sent) == len(set(sent)), "the page was drawn twice"
    assert len(sent) <= MOST, "\n".join(sent)


SEARCHES = {
    "a part of articles": "art-3",
    "a part of numbers and barcodes": "2000",
    "a number": "1000003",
    "a whole rid": "rid-3",
    "nothing that is there": "нет такого",
    "no text": "",
}


@pytest.mark.parametrize("wanted", SEARCHES.values(), ids=SEARCHES)
def test_the_first_look_for_a_text_is_a_few_statements(rerun: Rerun, wanted: str) -> None:
    """Nothing of it is known from the run before: neither its sum nor its page."""

    def look(app: AppTest) -> None:
        label = texts.t("ru", "page-orders-search")
        next(box for box in app.text_input if box.label == label).set_value(wanted)
        app.session_state["orders-summary"] = None

    few, many = (rerun("orders", keys, orders=20, act=look) for keys in (10, 100))
    listing = "\n".join(" ".join(one.split())[:150] for one in many)
    assert len(many) <= MOST, listing
    assert len(few) == len(many), listing


@pytest.mark.parametrize("name", SCREENS)
def test_a_rerun_changes_nothing(rerun: Rerun, name: str) -> None:
    assert [one for one in rerun(name, 10) if CHANGES.match(one)] == []


FOLDED = {
    "token_health": (
        "health-history",
        "health-expiry",
        "health-boxes",
        "health-news",
        "health-background",
        "alerts",
    ),
    "order_import": ("schedules-1",),
}


@pytest.mark.parametrize("name", FOLDED)
def test_what_is_folded_away_is_drawn_when_it_is_opened(rerun: Rerun, name: str) -> None:
    few, many = rerun(name, 10, FOLDED[name]), rerun(name, 100, FOLDED[name])
    assert len(few) == len(many)
    assert [one for one in many if CHANGES.match(one)] == []


@pytest.mark.parametrize("name", SCREENS)
def test_where_nobody_has_written_since_a_rerun_asks_next_to_nothing(
    rerun: Rerun, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seen, "SLICE_S", 10**9)  # no time of day ends between the two
    rerun(name, 10)
    app = AppTest.from_file(str(APP), default_timeout=180).run()
    if name != "overview":
        app.switch_page(f"pages/{name}.py").run()
    with statements() as sent:
        app.run()
    assert len(sent) <= 3, "\n".join(sent)
