"""What drawing a screen again costs the database: a few statements, however many keys, and no change."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

import pytest
import streamlit as st
from sqlalchemy import event
from streamlit.testing.v1 import AppTest

from tests import agency
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

    event.listen(db.engine(), "before_cursor_execute", keep)
    try:
        yield sent
    finally:
        event.remove(db.engine(), "before_cursor_execute", keep)


Rerun = Callable[..., list[str]]


@pytest.fixture(scope="session")
def agencies(tmp_path_factory: pytest.TempPathFactory) -> Callable[[int], Path]:
    """The data folder of an agency with so many keys, made once."""

    @lru_cache
    def made(keys: int) -> Path:
        place = tmp_path_factory.mktemp("agency") / str(keys)
        with pytest.MonkeyPatch.context() as environment:
            environment.setenv("WB_DATA_DIR", str(place))
            settings.cache_clear()
            db.dispose()
            agency.fill(keys)
            db.dispose()
        settings.cache_clear()
        return place

    return made


@pytest.fixture
def rerun(
    monkeypatch: pytest.MonkeyPatch, data_dir: Path, agencies: Callable[[int], Path]
) -> Iterator[Rerun]:
    """The statements of a screen that is drawn again, with so many keys."""
    monkeypatch.setenv("WB_WORKER", "off")

    def made(name: str, keys: int, opened: Sequence[str] = ()) -> list[str]:
        db.dispose()
        data_dir.mkdir(exist_ok=True)
        place = data_dir / str(keys)
        if not place.exists():
            shutil.copytree(agencies(keys), place)
        monkeypatch.setenv("WB_DATA_DIR", str(place))
        settings.cache_clear()
        st.cache_resource.clear()
        app = AppTest.from_file(str(APP), default_timeout=60).run()
        if name != "overview":
            app.switch_page(f"pages/{name}.py").run()
        for part in opened:
            app.session_state[part] = True
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
def test_where_nobody_has_written_since_a_rerun_asks_next_to_nothing(rerun: Rerun, name: str) -> None:
    rerun(name, 10)
    app = AppTest.from_file(str(APP), default_timeout=60).run()
    if name != "overview":
        app.switch_page(f"pages/{name}.py").run()
    with statements() as sent:
        app.run()
    assert len(sent) <= 3, "\n".join(sent)
