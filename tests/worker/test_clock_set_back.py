"""A clock that was ahead for a while, as a notebook's is that runs two systems, and was set right: what was
written meanwhile holds nothing up until the time that it wrote down comes once more.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
import time_machine
from sqlalchemy import inspect, update
from sqlmodel import SQLModel, select

from tests.work import add_key, planned_requests
from wbcore.api.errors import WBUnavailableError
from wbcore.guidance.diagnosis import Evidence, from_error
from wbcore.health import checks, checkups, news, outages
from wbcore.imports import engine, foreground, glance, runs, schedules, timetable
from wbcore.keys import capabilities
from wbcore.sandbox.server import Sandbox
from wbcore.store import chores, clock, db, lease, moments, workers
from wbcore.store.models import Checklist, Key, Lease, Run, Schedule, Seller, UTCDateTime, Worker
from wbcore.store.presence import presence
from wbcore.worker import duties

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
AHEAD = NOW + timedelta(days=100)


@pytest.fixture
def shop(serve: Callable[..., Sandbox]) -> Sandbox:
    return serve(orders=5)


def imports() -> list[Run]:
    with db.session() as session:
        return list(runs.list_runs(session))


def look(now: datetime) -> int:
    """As a worker does; how many imports there are by then."""
    duties.look_around(now)
    with presence("worker-test"):
        for run in imports():
            if run.status == "queued":
                engine.run(run.id, "worker-test", longest_wait_s=5)
    return len(imports())


def every(key: Key, now: datetime) -> Schedule:
    return schedules.save(key.id or 0, "new", every_minutes=60, now=now)


def again(schedule: Schedule) -> Schedule:
    with db.session() as session:
        found = timetable.of_key(session, schedule.key_id, schedule.source)
    assert found is not None
    return found


def test_imports_that_repeat_go_on(database: str, shop: Sandbox) -> None:
    schedule = every(add_key(shop), AHEAD)
    assert look(AHEAD) == 1
    assert look(NOW) == 1
    assert again(schedule).next_at == NOW + timedelta(hours=1)
    assert look(NOW + timedelta(hours=1)) == 2


def test_a_daily_import_comes_at_its_next_hour(sqlite: str, shop: Sandbox) -> None:
    key = add_key(shop)
    schedule = schedules.save(key.id or 0, "new", daily_at="07:30", tz="Europe/Moscow", now=AHEAD)
    look(NOW)
    assert again(schedule).next_at == datetime(2026, 11, 24, 4, 30, tzinfo=UTC)


def test_what_waits_rightly_is_left_alone(sqlite: str, shop: Sandbox) -> None:
    """Also a schedule that a failure has put off for longer than its rhythm."""
    key = add_key(shop)
    schedule = schedules.save(key.id or 0, "new", every_minutes=5, now=NOW)
    later = NOW + schedules.BACK_OFF[1]
    with db.session() as session:
        session.connection().execute(update(Schedule).values(failures=2, next_at=later))
        session.commit()
    look(NOW)
    assert again(schedule).next_at == later


def test_a_schedule_that_is_paused_is_tried_again(sqlite: str, shop: Sandbox) -> None:
    schedule = every(add_key(shop), AHEAD)
    paused = {"paused_reason": "wb_unavailable", "paused_at": AHEAD, "retry_at": AHEAD + schedules.RETRY}
    with db.session() as session:
        session.connection().execute(update(Schedule).values(**paused))
        session.commit()
    look(NOW)
    assert again(schedule).retry_at == NOW + schedules.RETRY


def test_checks_by_the_clock_go_on(sqlite: str, shop: Sandbox) -> None:
    key = add_key(shop)
    with db.session() as session:
        checkups.set_every(session, 60, AHEAD)
        session.commit()
    duties.look_around(AHEAD)
    assert checkups.work(AHEAD) == 1
    duties.look_around(NOW)
    with db.session() as session:
        assert checkups.waiting(session) == {key.id}


def test_what_was_confirmed_by_a_wrong_clock_is_asked_again(sqlite: str, shop: Sandbox) -> None:
    add_key(shop)
    at_first = planned_requests()
    with time_machine.travel(datetime.now(UTC) + timedelta(days=20)):
        checks.check()
        assert planned_requests() < at_first
    assert planned_requests() >= at_first


def test_news_are_there_within_the_hour(sqlite: str, shop: Sandbox) -> None:
    add_key(shop)
    with db.session() as session:
        news.ask(session, AHEAD)
        session.commit()
    assert news.work(AHEAD)
    with db.session() as session:
        assert news.ask(session, NOW) <= NOW + news.GAP


def test_what_was_down_at_wildberries_is_not_down_for_ever(database: str, shop: Sandbox) -> None:
    key = add_key(shop)
    found = from_error(WBUnavailableError("orders.new", http_status=502), Evidence(key_name=key.name))
    with db.session() as session:
        record = found.to_record()
        capabilities.record(session, key.id or 0, "orders.new", "error", "probe", diagnosis=record, now=AHEAD)
        session.commit()
        assert outages.troubles(session, AHEAD).incidents
        assert not outages.troubles(session, NOW).incidents


def set_ahead(model: type[SQLModel], column: str) -> None:
    """As a database writes it whose clock is a day ahead."""
    with db.session() as session:
        session.connection().execute(update(model).values({column: clock.moment(86_400)}))
        session.commit()


def test_a_worker_that_has_died_is_dead(database: str) -> None:
    with db.session() as session:
        workers.heartbeat(session, "worker-there")
        session.connection().execute(update(Worker).values(host=f"{socket.gethostname()}/before"))
        session.commit()
        assert workers.alive(session), "by its heartbeat, as nobody can look"
    set_ahead(Worker, "heartbeat_at")
    with db.session() as session:
        assert not workers.alive(session)


def test_what_it_was_at_is_taken_over(database: str) -> None:
    with db.session() as session:
        assert lease.take(session, "alerts", "dead")
        session.commit()
    set_ahead(Lease, "until")
    with db.session() as session:
        assert not lease.is_held(session, "alerts")
        assert lease.take(session, "alerts", "alive")
        session.commit()
        assert not lease.take(session, "alerts", "another")


DAYS = timedelta(days=100)
REFUSALS = {
    "access_denied": (403, b'{"title": "forbidden", "status": 403}'),
    "wb_unavailable": (503, b""),
    "bad_request": (400, b'{"code": "IncorrectParameter", "message": "x"}'),
}


def problems() -> dict[str, bool]:
    """Code -> whether it is solved."""
    with db.session() as session:
        return {row.code: row.closed_at is not None for row in session.exec(select(Checklist))}


@pytest.mark.parametrize("code", REFUSALS)
def test_what_goes_well_now_solves_what_was_met_by_a_wrong_clock(
    database: str, shop: Sandbox, code: str
) -> None:
    add_key(shop)
    with time_machine.travel(datetime.now(UTC) + DAYS):
        shop.world.answer_next("orders.new", *REFUSALS[code], {}, times=20)
        assert foreground.run_import("shop").status == "failed"
    assert problems() == {code: False}
    shop.world.reset()
    duties.look_around(datetime.now(UTC))
    assert foreground.run_import("shop").status == "done"
    assert problems() == {code: True}
    with db.session() as session:
        (key,) = glance.of_keys(session, datetime.now(UTC))
        assert [run.status for run in runs.list_runs(session)] == ["done", "failed"], "the newest first"
    assert (key.status, key.problems) == ("done", 0)


def test_what_was_first_stays_first_and_what_was_right_stays(sqlite: str, shop: Sandbox) -> None:
    add_key(shop)
    with time_machine.travel(datetime.now(UTC) - timedelta(hours=3)):
        right = foreground.run_import("shop")
    for hours in (0, 2):
        with time_machine.travel(datetime.now(UTC) + DAYS + timedelta(hours=hours)):
            foreground.run_import("shop")
    now = datetime.now(UTC)
    with db.session() as session:
        later = [run.id for run in runs.list_runs(session)]
    duties.look_around(now)
    with db.session() as session:
        found = runs.list_runs(session)
    assert [run.id for run in found] == later
    assert found[-1] == right
    ended = [run.finished_at for run in found[:2] if run.finished_at is not None]
    assert abs(ended[0] - ended[1] - timedelta(hours=2)) < timedelta(minutes=1)
    assert all(now - timedelta(hours=3) < at <= now for at in ended)


def test_what_is_right_is_not_written(sqlite: str, shop: Sandbox) -> None:
    add_key(shop)
    foreground.run_import("shop")
    with db.session() as session:
        assert moments.pull_back(session, datetime.now(UTC)) == 0
        assert moments.pull_back(session, datetime.now(UTC) - timedelta(minutes=50)) == 0


def a_run(began: datetime, ended: datetime | None, status: str = "done") -> Run:
    return Run(
        id=uuid4().hex,
        key_name="",
        seller_id=1,
        source="new",
        status=status,
        created_at=began,
        started_at=began,
        finished_at=ended,
    )


def test_of_each_row_only_what_lies_ahead_is_moved(database: str) -> None:
    """What was right a moment ago stays, and so does what is under way: that is somebody's."""
    just, ahead = NOW - timedelta(minutes=10), AHEAD + timedelta(hours=1)
    rows = [
        a_run(just, NOW),
        a_run(just, AHEAD),
        a_run(AHEAD, ahead),
        a_run(just, NOW + timedelta(minutes=30)),
        a_run(AHEAD, None, "running"),
    ]
    ids = [row.id for row in rows]
    with db.session() as session:
        session.add(Seller(id=1, sid="sid", environment="production"))
        session.flush()
        session.add_all(rows)
        session.commit()
        assert moments.pull_back(session, NOW) == 2
        session.commit()
    with db.session() as session:
        found = [session.get_one(Run, run_id) for run_id in ids]
    hour = timedelta(hours=1)
    assert [(row.created_at, row.started_at, row.finished_at) for row in found] == [
        (just, just, NOW),
        (just, just, NOW - hour),
        (NOW - hour, NOW - hour, NOW),
        (just, just, NOW + timedelta(minutes=30)),
        (AHEAD, AHEAD, None),
    ]


def test_since_when_a_key_is_part_of_an_outage_is_moved_with_it(sqlite: str) -> None:
    member = {"key_id": 1, "method": "orders.new", "run_id": None}
    since, last = NOW - timedelta(days=2), AHEAD
    with db.session() as session:
        outage = Checklist(id="outage", code="wb_unavailable", severity="error", diagnosis={})
        outage.opened_at = outage.created_at = since
        outage.updated_at = last
        outage.members = [{**member, "since": since.isoformat(), "last": last.isoformat()}]
        session.add(outage)
        session.commit()
        assert moments.pull_back(session, NOW) == 1
        session.commit()
    with db.session() as session:
        found = session.get_one(Checklist, "outage")
    assert (found.opened_at, found.updated_at) == (since, NOW)
    assert found.members == [{**member, "since": since.isoformat(), "last": NOW.isoformat()}]


def test_every_time_that_has_passed_is_thought_of() -> None:
    """A column that comes some day, in the tables that a wrong clock would spoil for long."""
    to_come = {"wait_until", "snoozed_until", "retry_at", "next_at"}
    for model, names in moments.HAPPENED.items():
        columns = inspect(model).local_table.columns
        there = {column.name for column in columns if isinstance(column.type, UTCDateTime)}
        assert there - to_come == set(names), model.__name__


def test_of_the_duties_only_what_a_wrong_clock_has_put_off_is_due(database: str) -> None:
    hour = timedelta(hours=1)
    often = {"soon": hour, "far": hour}
    with db.session() as session:
        assert chores.due(session, often, NOW) == ["soon", "far"], "what is new is due at once"
        chores.put_off(session, "soon", NOW + hour)
        chores.put_off(session, "far", NOW + 2 * hour)
        chores.ensure(session, "on demand", chores.NEVER)
        session.commit()
        assert chores.due(session, often, NOW) == ["far"]
        session.commit()
    with db.session() as session:
        left = {name: chores.get(session, name) for name in ("soon", "far", "on demand")}
        assert [one.due_at for one in left.values() if one] == [NOW + hour, NOW, chores.NEVER]
