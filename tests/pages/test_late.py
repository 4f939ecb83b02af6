"""What others write is seen a little later; what somebody waits for is never followed by an older state."""

from __future__ import annotations

import re
import sqlite3
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import select

from tests import agency
from tests.pages.test_checklists import Screen, screen, told
from wbcore.settings import settings
from wbcore.store import clock, db, seen, workers
from wbcore.store.models import Run, Worker
from wbcore.store.states import RunStatus

__all__ = ["screen"]


@pytest.fixture
def late(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if others wrote all the time: what they write is not looked at by itself."""
    monkeypatch.setattr(seen, "LATE_S", 3600.0)


def elsewhere(statement: str) -> None:
    """What another process writes, of which this one's sessions know nothing."""
    connection = sqlite3.connect(settings().data_dir / "wb-desk.sqlite")
    with connection:
        connection.execute(statement)
    connection.close()


def begin_an_import() -> None:
    agency.fill(1)
    with db.session() as session:
        run = session.exec(select(Run)).one()
        run.status, run.finished_at, run.phase = RunStatus.RUNNING, None, ""
        session.commit()


def test_an_end_that_is_noticed_is_drawn_with_all_that_belongs_to_it(screen: Screen, late: None) -> None:
    begin_an_import()
    app = screen("order_import").run()
    assert any("Остановить" in button.label for button in app.button)
    elsewhere("UPDATE import_run SET status='done', fetched=5, finished_at=started_at")
    app.run()
    assert not any("Остановить" in button.label for button in app.button)
    assert "готово" in " ".join(box.value for box in app.subheader)
    assert {"5"} <= {metric.value for metric in app.metric}


def test_a_page_that_is_opened_anew_shows_what_is_now(screen: Screen, late: None) -> None:
    agency.fill(1)
    app = screen("api_keys").run()
    elsewhere("UPDATE wb_key SET name='Переименован'")
    assert "Переименован" not in told(app.run()), "the page asks anew each time: this test shows nothing"
    assert "Переименован" in told(screen("api_keys").run())


def test_the_press_that_stops_an_import_is_answered_by_what_it_draws(
    screen: Screen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "ALIVE_S", 3600.0)  # it is alive, however long the page takes
    begin_an_import()
    with db.session() as session:  # it is in somebody's hands, who is to end it
        run = session.exec(select(Run)).one()
        run.worker = "somebody"
        session.add(Worker(id="somebody", host="here", pid=1, heartbeat_at=clock.moment()))
        session.commit()
    app = screen("order_import").run()
    next(button for button in app.button if "Остановить" in button.label).click().run()
    assert any("Останавливаем" in box.value for box in app.caption)
    assert not any("Остановить" in button.label for button in app.button)


def test_of_a_wait_that_goes_on_only_what_has_passed_is_told(screen: Screen) -> None:
    begin_an_import()
    app = screen("order_import")
    with db.session() as session:
        run = session.exec(select(Run)).one()
        now = datetime.now(UTC)
        run.status, run.worker, run.waited_s = RunStatus.WAITING, "", 90.0
        run.started_at, run.wait_until = now - timedelta(seconds=20), now + timedelta(seconds=80)
        session.commit()
    told_of = " ".join(box.value for box in app.run().caption)
    waited = re.search(r"ждали лимит (\d+)\sс(?!\w)", told_of)
    assert waited is not None, told_of
    assert int(waited[1]) < 60, "of a minute and a half the rest is still to come"
