"""A page that is open over midnight, or whose reader moves to another zone, does what it has shown."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from streamlit.testing.v1 import AppTest

from tests import agency
from tests.pages.test_pages import Screen, screen
from wbcore.guidance import texts
from wbcore.imports import runs
from wbcore.store import db

__all__ = ["screen"]

EVENING = datetime(2026, 11, 24, 20, 30, tzinfo=UTC)
"""Half past eleven in Moscow."""


@pytest.fixture
def page(sqlite: str, screen: Screen) -> AppTest:
    """The order feed of some days, which goes back for a month."""
    with db.session() as session:
        agency.add_key(session, 1, bits=(2, 4, 5))
        session.commit()
    with time_machine.travel(EVENING):
        app = screen("order_import", "ru")
        app.selectbox(key="import-source").set_value("order_feed").run()
        return app.toggle(key="dates-order_feed").set_value(True).run()


def test_the_earliest_day_moves_on_at_midnight_and_the_last_one_stays(page: AppTest) -> None:
    box = page.date_input(key="range-order_feed")
    with time_machine.travel(EVENING):
        box.set_value((box.min, box.min + timedelta(days=2))).run()
    with time_machine.travel(EVENING + timedelta(hours=1)):
        press = next(one for one in page.button if one.label == texts.t("ru", "page-import-press"))
        press.click().run()
    assert not page.exception
    with db.session() as session:
        (run,) = runs.list_runs(session)
    assert (run.params["date_from"], run.params["date_to"]) == ("2026-10-26", "2026-10-27")


def test_the_last_day_of_another_zone_is_no_reason_to_begin_anew(page: AppTest) -> None:
    with time_machine.travel(EVENING):
        page.session_state["zone"] = "Asia/Vladivostok"  # it is tomorrow there
        box = page.run().date_input(key="range-order_feed")
        box.set_value((box.max - timedelta(days=3), box.max)).run()
        page.session_state["zone"] = "Europe/Moscow"
        page.run()
    found = page.date_input(key="range-order_feed").value
    assert [day.isoformat() for day in found] == ["2026-11-22", "2026-11-24"]
