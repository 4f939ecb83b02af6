"""Whose hours a daily import goes by is said where the hour is chosen."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import select
from streamlit.testing.v1 import AppTest

from tests import agency
from tests.pages.test_pages import Screen, screen, told
from wbcore.guidance import texts
from wbcore.imports import schedules
from wbcore.store import db
from wbcore.store.models import Key, Schedule

__all__ = ["screen"]


@pytest.fixture
def key(sqlite: str) -> Key:
    agency.fill(1)
    with db.session() as session:
        return session.exec(select(Key)).one()


def said(app: AppTest, zone: str) -> bool:
    return texts.t("ru", "page-schedule-zone", zone=texts.format_zone("ru", zone)) in told(app)


def test_of_a_new_one_by_those_of_who_makes_it(key: Key, screen: Screen) -> None:
    app = screen("order_import", "ru")
    app.session_state["zone"] = "Asia/Vladivostok"
    app.session_state[f"schedules-{key.id}"] = True
    app.run()
    assert not app.exception
    assert said(app, "Asia/Vladivostok")


def test_of_one_that_is_there_by_those_that_it_has(key: Key, screen: Screen) -> None:
    schedules.save(key.id or 0, "new", daily_at="07:00", tz="Europe/Kaliningrad")
    app = screen("order_import", "ru")
    with db.session() as session:
        (made,) = session.exec(select(Schedule)).all()
    app.button(key=f"edit-{made.id}").click().run()
    assert not app.exception
    assert said(app, "Europe/Kaliningrad")


def test_of_a_zone_that_this_machine_does_not_know_by_those_of_who_looks(key: Key, screen: Screen) -> None:
    """It could be neither saved nor switched on again."""
    made = schedules.save(key.id or 0, "new", daily_at="07:00", tz="Europe/Kaliningrad")
    with db.session() as session:
        kept = session.merge(made)
        kept.tz, kept.enabled = "Moon/Tycho", False
        session.commit()
    app = screen("order_import", "ru")
    app.button(key=f"switch-{made.id}-False").click().run()
    assert not app.exception
    assert "Такого часового пояса нет" in told(app)
    app.button(key=f"edit-{made.id}").click().run()
    assert not app.exception
    assert said(app, "Europe/Moscow")


def test_a_new_one_says_what_it_takes_the_place_of(key: Key, screen: Screen) -> None:
    """A colleague's daily import would be gone without a word."""
    schedules.save(key.id or 0, "new", daily_at="07:00", tz="Europe/Kaliningrad")
    app = screen("order_import", "ru")
    app.session_state[f"schedules-{key.id}"] = True
    app.run()
    assert "Такое расписание уже есть: ежедневно в 07" in told(app)
    with db.session() as session:
        session.delete(session.exec(select(Schedule)).one())
        session.commit()
    assert "Такое расписание уже есть" not in told(app.run())


def test_the_overview_does_not_call_an_import_of_yesterday_the_next_one(key: Key, screen: Screen) -> None:
    with db.session() as session:
        made = session.exec(select(Schedule)).one()
        made.next_at -= timedelta(days=1)
        session.commit()
    found = "".join(str(one.proto.body) for one in screen("overview", "ru").get("html"))
    assert (
        texts.t("ru", "page-overview-late") in found,
        f">{texts.t('ru', 'page-overview-soon')}<" in found,
    ) == (
        True,
        False,
    )
