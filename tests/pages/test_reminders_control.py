"""How often unsolved problems are told again: set in one window, kept, and not undone by another window."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

from tests.pages.test_checklists import FIRST, Screen, sandbox, screen
from wbcore.alerts import alerting
from wbcore.keys import saving
from wbcore.people import audit
from wbcore.sandbox.server import Sandbox
from wbcore.sandbox.tokens import mint
from wbcore.store import db

__all__ = ["sandbox", "screen"]


def alerts_of(screen: Screen) -> AppTest:
    """Token health with the part "Оповещения" open."""
    app = screen("token_health")
    app.session_state["alerts"] = True
    return app.run()


def every_hours() -> float | None:
    with db.session() as session:
        every = alerting.remind_every(session)
    return every.total_seconds() / 3600 if every else None


def test_reminders_are_set_kept_and_not_undone_by_another_window(sandbox: Sandbox, screen: Screen) -> None:
    assert saving.add_key("Магазин", mint(sid=FIRST)).saved
    alerting.add_channel("Почта", "mailto://user:secret@example.com")
    one, another = alerts_of(screen), alerts_of(screen)
    assert one.selectbox(key="alerts-remind").value == 0
    assert one.selectbox(key="alerts-remind").options[0] == "не напоминать"
    one.selectbox(key="alerts-remind").set_value(72).run()
    assert not one.exception
    assert every_hours() == 72
    assert alerts_of(screen).selectbox(key="alerts-remind").value == 72, "after a reload"
    another.run()  # it has been open since before, and looks again
    assert every_hours() == 72
    assert another.selectbox(key="alerts-remind").value == 72
    one.selectbox(key="alerts-remind").set_value(0).run()
    assert every_hours() is None
    with db.session() as session:
        told = [entry.action for entry in audit.latest(session, limit=10)]
    assert told.count("reminders_set") == 2
