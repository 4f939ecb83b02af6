"""What an operator has chosen is kept for them, and for nobody else."""

from __future__ import annotations

from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from wbcore.people import preferences
from wbcore.people.actor import MACHINE, Actor
from wbcore.settings import settings
from wbcore.store import db

APP = Path(__file__).resolve().parents[2] / "app.py"


def test_a_choice_is_kept_by_user(database: str) -> None:
    anna, boris = Actor(1, "Анна", "operator"), Actor(2, "Борис", "viewer")
    with db.session() as session:
        preferences.keep(session, anna, "zone", "Asia/Omsk")
        preferences.keep(session, anna, "zone", "Asia/Yakutsk")
        preferences.keep(session, MACHINE, "lang", "en")
        session.commit()
    with db.session() as session:
        assert preferences.of(session, anna) == {"zone": "Asia/Yakutsk"}
        assert preferences.of(session, boris) == {}
        assert preferences.of(session, MACHINE) == {"lang": "en"}


@pytest.fixture
def opened(sqlite: str, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    monkeypatch.setenv("WB_WORKER", "off")
    settings.cache_clear()
    st.cache_resource.clear()
    return new_session()


def new_session() -> AppTest:
    """With the sidebar's choices unfolded."""
    app = AppTest.from_file(str(APP), default_timeout=180)
    app.session_state["settings-open"] = True
    return app


def test_zones_that_are_called_alike_can_each_be_chosen(opened: AppTest) -> None:
    """A browser may have an old name of a zone that is offered."""
    opened.session_state["zone"] = "W-SU"
    (zone,) = [box for box in opened.run().sidebar.selectbox if box.key == "zone-choice"]
    assert zone.value == "W-SU"
    assert len(set(zone.options)) == len(zone.options)


def test_a_chosen_zone_is_there_after_a_reload(opened: AppTest) -> None:
    app = opened.run()
    (zone,) = [box for box in app.sidebar.selectbox if box.key == "zone-choice"]
    assert zone.value == "Europe/Moscow"
    zone.set_value("Asia/Vladivostok").run()
    assert not app.exception
    again = new_session().run()
    (zone,) = [box for box in again.sidebar.selectbox if box.key == "zone-choice"]
    assert zone.value == "Asia/Vladivostok"
