"""What alerts are set to: how often what is unsolved is told again, whichever window says it; quiet hours."""

from __future__ import annotations

from datetime import UTC, datetime, time

from streamlit.testing.v1 import AppTest

from tests.pages.test_checklists import FIRST, Screen, sandbox, screen
from wbcore.alerts import alerting, outbox
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


def test_quiet_hours_that_never_end_are_refused_and_those_of_another_zone_say_so(
    sandbox: Sandbox, screen: Screen
) -> None:
    assert saving.add_key("Магазин", mint(sid=FIRST)).saved
    for name, tz in (("Здесь", "Europe/Moscow"), ("Там", "Asia/Vladivostok")):
        alerting.add_channel(name, "mailto://user:secret@example.com", quiet=("22:00", "08:00"), tz=tz)
    app = alerts_of(screen)
    hours = [one.value for one in app.caption if one.value.startswith("Тихие часы: с")]
    assert hours == [
        "Тихие часы: с 22:00 до 08:00",
        "Тихие часы: с 22:00 до 08:00 · Владивосток, UTC+10:00",
    ]
    name, url = (
        next(one for one in app.text_input if one.label == label) for label in ("Название", "Адрес канала")
    )
    name.set_value("Никогда")
    url.set_value("mailto://user:secret@example.com")
    next(one for one in app.checkbox if one.label == "Тихие часы: придержать до их конца").check()
    until = next(one for one in app.time_input if one.label == "Тихо до")
    until.set_value(time(22, 0))
    next(one for one in app.button if one.label == "Добавить канал").click().run()
    assert "начало и конец должны различаться" in app.error[0].value
    with db.session() as session:
        assert [one.name for one in outbox.list_channels(session)] == ["Здесь", "Там"]


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


def test_when_a_channel_has_failed_last_is_said(sandbox: Sandbox, screen: Screen) -> None:
    """Whether it is broken now, or was a week ago, could not be told."""
    assert saving.add_key("Магазин", mint(sid=FIRST)).saved
    channel = alerting.add_channel("Почта", "mailto://user:secret@example.com")
    with db.session() as session:
        kept = session.merge(channel)
        kept.error, kept.error_at = "failed", datetime(2026, 11, 24, 9, tzinfo=UTC)
        session.commit()
    (warning,) = [one.value for one in alerts_of(screen).warning if "Последняя попытка" in one.value]
    assert warning.endswith("Последняя попытка: 24.11.2026 12:00.")
