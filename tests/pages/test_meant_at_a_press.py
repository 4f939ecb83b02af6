"""What was meant at a press is what happens, though the page has changed since whoever presses saw it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlmodel import select
from streamlit.testing.v1 import AppTest

from tests.pages.test_checklists import FIRST, SECOND, Screen, sandbox, screen, told
from wbcore.alerts import daily
from wbcore.guidance import texts
from wbcore.imports import runs
from wbcore.keys import saving
from wbcore.sandbox.server import Sandbox
from wbcore.sandbox.tokens import mint
from wbcore.store import db
from wbcore.store.models import Key, Run, Seller

__all__ = ["sandbox", "screen"]


@pytest.fixture(autouse=True)
def two(sandbox: Sandbox) -> None:
    for name, sid in (("Второй", SECOND), ("Первый", FIRST)):
        assert saving.add_key(name, mint(sid=sid)).saved


def ended_imports() -> None:
    """One of each key."""
    with db.session() as session:
        for key in session.exec(select(Key)).all():
            run = runs.create(session, key, "new", {}, "button")
            run.status, run.started_at, run.finished_at = "done", datetime.now(UTC), datetime.now(UTC)
        session.commit()


def watched(app: AppTest) -> str:
    """The import that is shown in full."""
    return next(box.value for box in app.subheader if "готово" in box.value)


def test_no_import_is_started_for_another_key_than_the_one_that_was_chosen(screen: Screen) -> None:
    app = screen("order_import")
    app.selectbox(key="import-key").select_index(1).run()
    saving.remove_key("Первый")
    app.button(key="import-press").click().run()
    assert texts.t("ru", "page-key-gone-meanwhile") in told(app)
    with db.session() as session:
        assert not session.exec(select(Run)).all()
    app.button(key="import-press").click().run()
    with db.session() as session:
        assert [run.key_name for run in session.exec(select(Run)).all()] == ["Второй"]


def test_the_import_of_a_key_is_not_shown_beside_another_that_was_chosen(screen: Screen) -> None:
    ended_imports()
    app = screen("order_import").run()
    address = dict(app.query_params)
    assert "Второй" in watched(app)
    app.selectbox(key="import-key").select_index(1).run()
    for part, value in address.items():  # the browser has not heard of another address yet
        app.query_params[part] = value
    app.run()
    assert "Первый" in watched(app)


def test_messages_of_the_day_are_kept_at_each_save(screen: Screen) -> None:
    app = screen("token_health")
    app.session_state["alerts"] = True
    app.run()
    for hours in (5, 7):
        next(field for field in app.number_input if "всё ещё новый" in field.label).set_value(hours)
        next(button for button in app.button if button.label == "Сохранить").click().run()
        with db.session() as session:
            known = session.exec(select(Seller)).all()
            rules = [daily.rule_of(session, one.id or 0) for one in known]
        assert [rule.waiting_hours for rule in rules if rule is not None] == [hours]
