"""What fails inside a folded part, a dialog or a callback is told as calmly as a page's own failure."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from pages import _token
from wbcore.guidance import checklist
from wbcore.imports import queue
from wbcore.keys import saving
from wbcore.people import ticks
from wbcore.sandbox.server import Sandbox
from wbcore.settings import settings

APP = Path(__file__).resolve().parents[2] / "app.py"


@pytest.fixture
def overview(sqlite: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[AppTest]:
    """The first screen with a key that lacks a category, and so with an open checklist."""
    monkeypatch.setenv("WB_WORKER", "off")
    monkeypatch.setenv("WB_LANG", "ru")
    st.cache_resource.clear()
    with Sandbox(orders=1, limits=False) as sandbox:
        monkeypatch.setenv("WB_GATEWAY_URL", sandbox.gateway)
        settings.cache_clear()
        assert saving.add_key("Магазин", sandbox.tokens["statistics_only"]).saved
        yield AppTest.from_file(str(APP), default_timeout=180).run()
    queue.close()


def fail(*_: object, **__: object) -> None:
    raise RuntimeError("secret=hunter2")


def assert_told(app: AppTest) -> None:
    assert not app.exception
    (box,) = app.error
    assert "RuntimeError" in box.value
    assert "hunter2" not in box.value
    assert [button.label for button in app.button if button.label == "Попробовать ещё раз"]


def test_a_folded_part_that_fails(overview: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(checklist, "snoozed", fail)
        overview.session_state["put-off"] = True
        overview.run()
        assert_told(overview)
    overview.run()
    assert not overview.error


def test_a_dialog_that_fails(overview: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(_token, "form", fail)
        overview.switch_page("pages/api_keys.py").run()
        next(b for b in overview.button if b.key and b.key.startswith("replace-key-")).click().run()
        assert_told(overview)


def test_a_callback_that_fails(overview: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(ticks, "tick", fail)
        box = next(b for b in overview.checkbox if not b.disabled and b.key.startswith("step-"))
        box.check().run()
        assert_told(overview)
    overview.run()
    assert not overview.error
