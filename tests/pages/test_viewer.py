"""Whoever only looks is told who does what they may not, and is sent to no press that is not theirs."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests import agency
from tests.pages.test_pages import Screen, screen, told
from wbcore.guidance import texts
from wbcore.people import visitor
from wbcore.people.actor import Actor
from wbcore.store import db

__all__ = ["screen"]


@pytest.fixture
def viewer(sqlite: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """One key, of which nothing was imported yet, and somebody who looks."""
    with db.session() as session:
        key = agency.add_key(session, 1)
        key.verified_at = datetime.now(UTC)
        session.commit()
    monkeypatch.setattr(visitor, "NEIGHBOUR", Actor(7, "Вера", "viewer"))


def t(name: str) -> str:
    return texts.t("ru", name)


@pytest.mark.parametrize("name", ["order_import", "token_health"])
def test_why_a_button_can_not_be_pressed_is_said(viewer: None, screen: Screen, name: str) -> None:
    app = screen(name, "ru")
    assert not app.exception
    assert any(button.disabled for button in app.button)
    assert t("people-work-is-operators") in told(app)


def test_nothing_leads_to_a_form_that_is_not_there(viewer: None, screen: Screen) -> None:
    found = told(screen("order_import", "ru"))
    assert (t("page-repeats-empty-viewer") in found, t("page-repeats-empty") in found) == (True, False)


def test_the_first_import_is_not_theirs_to_press(viewer: None, screen: Screen) -> None:
    found = told(screen("overview", "ru"))
    assert (t("page-overview-next-viewer") in found, t("page-overview-next") in found) == (True, False)
