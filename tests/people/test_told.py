"""Whatever somebody does is told to the audit: who has done what to whom; a line that is lost is missed when
it is looked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import Session

from tests.guidance.test_checklist import a_key, facts
from wbcore.alerts import alerting, mailing
from wbcore.api.errors import UnexpectedResponseError
from wbcore.guidance import checklist
from wbcore.guidance.diagnosis import Evidence, from_error
from wbcore.health import checkups
from wbcore.imports import queue, schedules
from wbcore.keys import learning, saving
from wbcore.orders import profiles
from wbcore.people import audit, sessions, signing, ticks, users
from wbcore.people.actor import Actor
from wbcore.store import db
from wbcore.store.models import Key, User

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
ANNA = Actor(7, "Анна", "owner", origin="10.0.0.7")
PASSWORD = "long enough"


@pytest.fixture(autouse=True)
def closed_queue() -> Iterator[None]:
    yield
    queue.close()


@pytest.fixture(autouse=True)
def anna(database: str) -> None:
    done(lambda session: session.add(User(id=ANNA.user_id, name=ANNA.name, role=ANNA.role)))


@pytest.fixture
def key() -> Key:
    with db.session() as session:
        made = a_key(session, facts("marketplace"), "Лавка")
        session.commit()
        return made


def told() -> list[tuple[str, ...]]:
    """Who, what, of whom; the earliest first."""
    with db.session() as session:
        entries = audit.latest(session, limit=100)[::-1]
    assert {entry.outcome for entry in entries} == {"done"}
    assert {entry.origin for entry in entries} == {ANNA.origin}
    return [(entry.who, entry.action, entry.subject) for entry in entries]


def by_anna(*acts: tuple[str, str]) -> list[tuple[str, ...]]:
    return [("Анна", *act) for act in acts]


def done(*works: Callable[[Session], Any]) -> None:
    """Each in a transaction of its own."""
    for work in works:
        with db.session() as session:
            work(session)
            session.commit()


def test_what_is_done_to_users() -> None:
    def oleg(session: Session) -> User:
        found = users.find(session, "Олег")
        assert found is not None
        return found

    done(
        lambda session: users.add(session, "Олег", "viewer", PASSWORD, by=ANNA),
        lambda s: users.change(s, oleg(s), role="operator", sees_buyers=True, sellers=None, by=ANNA),
        lambda session: users.set_password(session, oleg(session), PASSWORD, by=ANNA),
        lambda session: users.sign_out_everywhere(session, oleg(session), by=ANNA),
        lambda session: users.remove(session, oleg(session), by=ANNA),
    )
    acts = ("user_added", "user_changed", "password_changed", "sessions_ended", "user_removed")
    assert told() == by_anna(*((act, "Олег") for act in acts))
    with db.session() as session:
        changed = audit.document(audit.latest(session)[3])["details"]
    assert {"role": "operator", "sees_buyers": True, "sellers": None}.items() <= changed.items()


def test_that_somebody_has_signed_out() -> None:
    with db.session() as session:
        secret, row = sessions.begin(session, ANNA.user_id or 0, address=ANNA.origin)
        session.commit()
    signing.sign_out(replace(ANNA, session_id=row.id))
    assert told() == by_anna(("sign_out", "Анна"))
    with db.session() as session:
        assert sessions.find(session, secret) is None


def test_what_is_done_to_checklists(key: Key) -> None:
    with db.session() as session:
        found = from_error(UnexpectedResponseError("orders.new", reason="html"), Evidence(key_name=key.name))
        row = checklist.open_or_update(session, found, key, None)
        session.commit()
    done(
        lambda session: ticks.tick(session, row.id, "check_portal", True, "Анна", by=ANNA),
        lambda session: ticks.snooze(session, row.id, datetime.now(UTC) + timedelta(days=1), "Анна", by=ANNA),
        lambda session: ticks.dismiss(session, row.id, "Анна", "закрыто", by=ANNA),
        lambda session: ticks.reopen(session, row.id, "Анна", by=ANNA),
    )
    acts = ("step_ticked", "checklist_snoozed", "checklist_dismissed", "checklist_reopened")
    assert told() == by_anna(*((act, row.code) for act in acts))


def test_what_is_done_about_imports_and_checks(key: Key) -> None:
    made = schedules.save(key.id or 0, "new", every_minutes=60, by=ANNA)
    schedules.switch(made.id or 0, on=False, by=ANNA)
    schedules.delete(made.id or 0, by=ANNA)
    run = queue.enqueue_import(key.id or 0, "new", by=ANNA)
    queue.cancel(run.id, by=ANNA)
    queue.cancel(run.id, by=ANNA)  # it has ended: nobody has stopped it once more
    done(lambda session: checkups.set_every(session, 60, NOW, by=ANNA))
    acts = ("schedule_saved", "schedule_switched", "schedule_deleted", "import_started", "import_stopped")
    assert told() == by_anna(*((act, "Лавка") for act in acts), ("checks_scheduled", ""))


def test_what_is_done_to_keys(key: Key) -> None:
    saving.rename_key("Лавка", "Магазин", by=ANNA)
    saving.remove_key("Магазин", by=ANNA)
    learning.remove_demo(by=ANNA)
    assert told() == by_anna(("key_renamed", "Магазин"), ("key_removed", "Магазин"), ("demo_removed", ""))
    with db.session() as session:
        assert audit.document(audit.latest(session)[2])["details"] == {"before": "Лавка"}


def test_what_is_done_about_messages_and_files() -> None:
    channel = alerting.add_channel("дежурный", "ntfys://ntfy.example/shop", by=ANNA)
    file = mailing.add(
        "Заказы утром",
        profile=profiles.usual("orders"),
        view={},
        daily_at="09:00",
        tz="Europe/Moscow",
        lang="ru",
        folder="склад",
        by=ANNA,
    )
    for _ in range(2):  # what is gone already is nobody's doing
        mailing.remove(file.id or 0, by=ANNA)
        alerting.remove_channel(channel.id or 0, by=ANNA)
    done(lambda session: alerting.set_reminders(session, 24, by=ANNA))
    expected = (
        ("channel_added", "дежурный"),
        ("file_order_added", "Заказы утром"),
        ("file_order_removed", "Заказы утром"),
        ("channel_removed", "дежурный"),
        ("reminders_set", ""),
    )
    assert told() == by_anna(*expected)
