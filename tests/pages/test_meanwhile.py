"""What a colleague has taken away between the drawing and the press is said, and is no failure."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from tests.pages.test_calm_parts import overview
from tests.pages.test_pages import told
from wbcore.alerts import alerting
from wbcore.guidance import texts
from wbcore.keys import saving
from wbcore.sandbox.tokens import mint

__all__ = ["overview"]


def t(name: str) -> str:
    return texts.t("ru", name)


def press(app: AppTest, label: str) -> None:
    next(button for button in app.button if button.label == label).click()


def tick(app: AppTest) -> None:
    next(box for box in app.checkbox if not box.disabled and (box.key or "").startswith("step-")).check()


def paste(app: AppTest) -> None:
    """Another token, beside the step that asks for one."""
    next(field for field in app.text_input if (field.key or "").startswith("token-")).set_value(mint())
    press(app, t("page-key-check"))


def next_press(app: AppTest) -> None:
    """The one that the checklist says comes next."""
    next(button for button in app.button if button.proto.type == "primary").click()


PRESSES: dict[str, tuple[Callable[[AppTest], None], str]] = {
    "a step is ticked": (tick, "page-checklist-gone-meanwhile"),
    "a token is pasted beside its step": (paste, "page-key-gone-meanwhile"),
    "the next press": (next_press, "page-checklist-gone-meanwhile"),
}


@pytest.mark.parametrize("what", PRESSES)
def test_a_checklist_whose_key_a_colleague_has_removed(overview: AppTest, what: str) -> None:
    act, word = PRESSES[what]
    saving.remove_key("Магазин")
    act(overview)
    overview.run()
    assert not overview.exception
    assert not overview.error
    assert t(word) in told(overview)


@pytest.mark.parametrize("name", ["check", "replace", "rename", "remove"])
def test_a_key_that_a_colleague_has_removed(overview: AppTest, name: str) -> None:
    page = overview.switch_page("pages/api_keys.py").run()
    saving.remove_key("Магазин")
    next(one for one in page.button if (one.key or "").startswith(f"{name}-key-")).click()
    page.run()
    assert not page.exception
    assert not page.error
    assert t("page-key-gone-meanwhile") in told(page)


@pytest.mark.parametrize("name", ["test", "remove"])
def test_a_channel_that_a_colleague_has_removed(overview: AppTest, name: str) -> None:
    channel = alerting.add_channel("Почта", "mailto://user:secret@example.com")
    page = overview.switch_page("pages/token_health.py").run()
    page.session_state["alerts"] = True
    page.run()
    alerting.remove_channel(channel.id or 0)
    page.button(key=f"{name}-channel-{channel.id}").click().run()
    assert not page.exception
    assert not page.error
    assert t("page-alerts-gone") in told(page)
    assert [one for one in page.button if (one.key or "").startswith("test-channel-")] == []
