"""Imports that repeat: on time, once, never against WB's will."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import jwt
import pytest
import time_machine
from sqlalchemy import update
from sqlmodel import select

from tests.work import add_key, count_orders, live_runs, run_chores, run_of, set_status, told_of
from wbcore.api.errors import WBUnavailableError
from wbcore.guidance import checklist
from wbcore.guidance.diagnosis import Evidence, from_error
from wbcore.imports import engine, foreground, plan, queue, runs, schedules, timetable
from wbcore.imports.timetable import ScheduleRefused
from wbcore.keys import saving
from wbcore.sandbox.server import Sandbox
from wbcore.sandbox.tokens import mint
from wbcore.store import db
from wbcore.store.models import Checklist, Key, Run, Schedule
from wbcore.store.presence import presence

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
NOON_BEFORE = NOW - timedelta(hours=21)


@pytest.fixture
def shop(serve: Callable[..., Sandbox]) -> Sandbox:
    return serve(orders=5)


def id_of(key: Key) -> int:
    assert key.id is not None
    return key.id


def every(key: Key, minutes: int = 30, source: str = "new", now: datetime = NOW) -> Schedule:
    return schedules.save(id_of(key), source, every_minutes=minutes, now=now)


def again(schedule: Schedule) -> Schedule:
    with db.session() as session:
        found = timetable.of_key(session, schedule.key_id, schedule.source)
    assert found is not None
    return found


def do(run: Run) -> Run:
    """What a worker does with a queued import."""
    with presence("worker-test"):
        assert engine.run(run.id, "worker-test", longest_wait_s=5) == "over"
    return run_of(run.id)


def round_(now: datetime) -> list[Run]:
    ended = [do(run) for run in schedules.work(now)]
    schedules.settle(now)
    return ended


def all_runs() -> list[Run]:
    with db.session() as session:
        return list(runs.list_runs(session))


# --- When ------------------------------------------------------------------------------------------


def test_every_half_hour(database: str, shop: Sandbox) -> None:
    schedule = every(add_key(shop))
    for minute in range(0, 91, 5):
        round_(NOW + timedelta(minutes=minute))
    assert [run.status for run in all_runs()] == ["done"] * 4
    assert {run.trigger for run in all_runs()} == {"schedule"}
    assert again(schedule).next_at == NOW + timedelta(minutes=120)


def test_what_was_missed_is_done_once_and_the_rhythm_stays(sqlite: str, shop: Sandbox) -> None:
    schedule = every(add_key(shop))
    assert len(round_(NOW)) == 1
    assert len(round_(NOW + timedelta(hours=7, minutes=10))) == 1
    assert again(schedule).next_at == NOW + timedelta(hours=7, minutes=30)


def test_daily_is_by_the_users_clock_also_when_clocks_change() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    at, found = datetime(2026, 10, 23, 12, 0, tzinfo=UTC), []
    for _ in range(4):
        at = timetable.next_daily(timetable.read_time("07:30"), berlin, at)
        found.append(at)
    assert [moment.astimezone(berlin).strftime("%d %H:%M") for moment in found] == [
        "24 07:30",
        "25 07:30",
        "26 07:30",
        "27 07:30",
    ]
    assert (found[1] - found[0], found[2] - found[1]) == (timedelta(hours=25), timedelta(hours=24))


@pytest.mark.parametrize(
    ("due", "now", "left_out"),
    [
        ("2026-03-28 07:00", "2026-03-28 10:00", 0),
        ("2026-03-28 07:00", "2026-03-29 06:59", 0),
        ("2026-03-28 07:00", "2026-03-29 10:00", 1),  # a day of 23 hours between
        ("2026-03-28 07:00", "2026-03-30 10:00", 2),
        ("2026-10-24 07:00", "2026-10-25 06:59", 0),  # of 25 hours
        ("2026-10-24 07:00", "2026-10-25 10:00", 1),
        ("2028-02-28 07:00", "2028-03-01 10:00", 2),
        ("2026-03-10 07:15", "2026-03-11 10:00", 1),  # put off by a failure
    ],
)
def test_days_that_were_left_out_are_counted_by_the_zones_days(due: str, now: str, left_out: int) -> None:
    zone = ZoneInfo("Europe/Berlin")
    first, then = (datetime.fromisoformat(one).replace(tzinfo=zone).astimezone(UTC) for one in (due, now))
    daily = Schedule(key_id=1, source="new", daily_at="07:00", tz=zone.key, next_at=first)
    assert timetable.missed(daily, then) == left_out


def test_an_hour_that_does_not_exist_is_not_left_out() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    before = datetime(2026, 3, 28, 12, 0, tzinfo=UTC)
    first = timetable.next_daily(timetable.read_time("02:30"), berlin, before)
    second = timetable.next_daily(timetable.read_time("02:30"), berlin, first)
    assert (first.date().day, second.date().day) == (29, 30)


def test_a_daily_schedule_waits_for_its_hour(sqlite: str, shop: Sandbox) -> None:
    key = add_key(shop)
    schedules.save(id_of(key), "new", daily_at="7:05", tz="Asia/Yekaterinburg", now=NOW)
    assert round_(NOW + timedelta(hours=1)) == []
    due = datetime(2026, 11, 24, 2, 5, tzinfo=UTC)
    assert round_(due - timedelta(seconds=1)) == []
    assert [run.status for run in round_(due)] == ["done"]
    assert round_(due + timedelta(hours=1)) == []


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"every_minutes": 4}, "too_often"),
        ({"every_minutes": 20_000}, "too_rare"),
        ({"daily_at": "25:00"}, "not_a_time"),
        ({"daily_at": "soon"}, "not_a_time"),
        ({"daily_at": "07:00", "tz": "Mars/Olympus"}, "not_a_zone"),
        ({"daily_at": "07:00", "every_minutes": 5}, "one_of_both"),
        ({}, "one_of_both"),
    ],
)
def test_what_is_no_schedule_is_refused_in_words(
    sqlite: str, shop: Sandbox, options: dict[str, object], code: str
) -> None:
    key = add_key(shop)
    with pytest.raises(ScheduleRefused) as caught:
        schedules.save(id_of(key), "new", **options)  # type: ignore[arg-type]
    assert caught.value.code == code
    for lang in ("ru", "en"):
        assert schedules.refusal_text(caught.value, lang)
    with db.session() as session:
        assert session.exec(select(Schedule)).all() == []


def test_a_basic_token_cannot_ask_for_statistics_more_often_than_wb_allows(
    sqlite: str, shop: Sandbox
) -> None:
    key = add_key(shop, token="basic")
    with pytest.raises(ScheduleRefused) as caught:
        every(key, 60, "statistics")
    assert caught.value.least_minutes == 180
    assert every(key, 180, "statistics").every_minutes == 180
    assert every(key, 5, "new").every_minutes == 5


# --- Once ------------------------------------------------------------------------------------------


def test_of_many_workers_one_starts_it(database: str, shop: Sandbox) -> None:
    for name in ("a", "b", "c"):
        every(add_key(shop, name))
    start, started, lock = threading.Barrier(6), [], threading.Lock()

    def worker() -> None:
        start.wait()
        for _ in range(5):
            found = schedules.enqueue_due(NOW)
            with lock:
                started.extend(found)

    threads = [threading.Thread(target=worker) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(started) == len(all_runs()) == 3
    assert len(live_runs()) == 3


def test_while_the_keys_import_runs_a_schedule_waits_its_turn(sqlite: str, shop: Sandbox) -> None:
    key = add_key(shop)
    schedule = every(key)
    running = queue.enqueue_import(id_of(key), "new")
    assert schedules.work(NOW) == []
    waiting = again(schedule)
    assert (waiting.next_at, waiting.paused_reason) == (NOW, "")
    with db.session() as session, time_machine.travel(NOW + timedelta(minutes=1)):
        assert "ждёт своей очереди" in told_of(session, waiting, "ru")
    do(running)
    assert len(schedules.work(NOW + timedelta(minutes=2))) == 1
    assert again(schedule).next_at == NOW + timedelta(minutes=30)


def test_what_is_due_and_does_not_begin_is_told_as_late(sqlite: str, shop: Sandbox) -> None:
    """A run that should have been an hour ago is not the next one."""
    waiting = again(every(add_key(shop)))
    with db.session() as session, time_machine.travel(NOW + timedelta(minutes=1)):
        assert "следующий запуск" in told_of(session, waiting, "ru")
    with db.session() as session, time_machine.travel(NOW + timedelta(hours=1)):
        alone = told_of(session, waiting, "ru")
        with presence("worker-test"):
            watched = told_of(session, waiting, "ru")
    assert ("импорты сейчас никто не выполняет" in alone, "следующий запуск" in alone) == (True, False)
    assert ("ещё не начат" in watched, "никто не выполняет" in watched) == (True, False)


def test_what_is_switched_off_stands_below_what_is_due(sqlite: str, shop: Sandbox) -> None:
    first, second = add_key(shop), add_key(shop, "другой")
    off, on = every(first), every(second)
    with db.session() as session:
        timetable.switch(session, off.id or 0, on=False)
        on.next_at = NOW + timedelta(days=1)
        session.add(on)
        session.commit()
        page = timetable.page(session, 10)
    assert [row.schedule.id for row in page.rows] == [on.id, off.id]


def test_two_daily_schedules_at_the_same_time_both_run(database: str, shop: Sandbox) -> None:
    key = add_key(shop)
    for source in ("new", "statistics"):
        schedules.save(id_of(key), source, daily_at="07:00", now=NOW)
    seven = timetable.next_daily(timetable.read_time("07:00"), timetable.read_zone("Europe/Moscow"), NOW)
    ran = [run.source for minute in range(4) for run in round_(seven + timedelta(minutes=minute))]
    assert sorted(ran) == ["new", "statistics"]
    with db.session() as session:
        left = timetable.list_schedules(session)
    assert {one.next_at for one in left} == {seven + timedelta(days=1)}
    assert [one.skipped for one in left] == [0, 0]


def test_what_was_left_out_is_said(sqlite: str, shop: Sandbox) -> None:
    schedule = every(add_key(shop))
    round_(NOW)
    round_(NOW + timedelta(minutes=125))  # nobody worked for two hours
    late = again(schedule)
    assert (late.skipped, late.skipped_at) == (3, NOW + timedelta(minutes=30))
    with db.session() as session:
        assert "пропущено запусков: 3" in told_of(session, late, "ru")
    round_(NOW + timedelta(minutes=150))
    with db.session() as session:
        assert "пропущено" not in told_of(session, again(schedule), "ru")


def test_switched_off_is_off_and_a_removed_key_takes_its_schedule_along(sqlite: str, shop: Sandbox) -> None:
    key = add_key(shop)
    schedule = every(key)
    with db.session() as session:
        timetable.switch(session, schedule.id or 0, on=False)
        session.commit()
    assert schedules.work(NOW + timedelta(days=1)) == []
    assert told_of(session, again(schedule), "ru") == "выключено"
    saving.remove_key("shop")
    with db.session() as session:
        assert timetable.list_schedules(session) == []


def test_what_is_switched_on_again_begins_at_once_and_has_missed_nothing(sqlite: str, shop: Sandbox) -> None:
    schedule = every(add_key(shop))
    round_(NOW)
    later = NOW + timedelta(days=3)
    for on, moment in ((False, NOW), (True, later)):
        with db.session() as session:
            timetable.switch(session, schedule.id or 0, on=on, now=moment)
            session.commit()
    assert len(round_(later)) == 1
    begun = again(schedule)
    assert (begun.skipped, begun.next_at) == (0, later + timedelta(minutes=30))


def test_a_schedule_that_is_gone_is_not_made_anew_by_a_change_of_it(sqlite: str, shop: Sandbox) -> None:
    key = add_key(shop)
    made = every(key)
    schedules.delete(made.id or 0)
    with pytest.raises(KeyError):
        schedules.save(id_of(key), "new", every_minutes=60, before=made)
    with db.session() as session:
        assert timetable.of_key(session, id_of(key), "new") is None


def test_the_waiting_import_of_a_removed_key_is_wanted_no_more(database: str, shop: Sandbox) -> None:
    key = add_key(shop)
    with db.session() as session:
        waiting = plan.create(session, key.id or 0, "new", {}, "button").id
        session.commit()
    saving.remove_key("shop")
    assert engine.run(waiting, "somebody") == "over"
    with db.session() as session:
        run = runs.get(session, waiting)
        assert run is not None
        assert (run.status, run.diagnoses) == ("cancelled", [])


def test_an_import_whose_key_is_removed_does_not_wait_for_the_quota(database: str, shop: Sandbox) -> None:
    """Nor does it stand in the history as one that waits, for hours."""
    key = add_key(shop)
    with db.session() as session:
        until = datetime.now(UTC) + timedelta(hours=3)
        waiting = plan.create(session, id_of(key), "new", {}, "button", status="waiting", wait_until=until).id
        session.commit()
    run_chores(datetime.now(UTC))
    assert run_of(waiting).status == "waiting"
    saving.remove_key("shop")
    run_chores(datetime.now(UTC) + timedelta(minutes=2))
    assert (run_of(waiting).status, run_of(waiting).wait_until) == ("cancelled", None)


def test_an_import_whose_key_is_removed_ends_after_its_page(
    database: str, serve: Callable[..., Sandbox]
) -> None:
    """What it has written stays, once, also where another key brings it again."""
    sandbox = serve(orders=5000, limits=False)

    def queued() -> str:
        run = plan.create(session, id_of(add_key(sandbox)), "period", {"statuses": False}, "button")
        session.commit()
        return run.id

    with db.session() as session:
        removed = queued()
    assert engine.run(removed, "somebody", on_page=lambda: saving.remove_key("shop")) == "over"
    ended = run_of(removed)
    assert (ended.status, ended.diagnoses, ended.created, count_orders()) == ("cancelled", [], 2000, 2000)
    with db.session() as session:
        again = queued()
    assert engine.run(again, "somebody") == "over"
    assert (run_of(again).created, count_orders()) == (3000, 5000)


# --- Failures --------------------------------------------------------------------------------------


def test_an_import_ends_also_where_its_checklist_can_not_be_kept(sqlite: str, shop: Sandbox) -> None:
    add_key(shop)
    shop.world.withdraw(_id(shop.tokens["full"]))
    with db.session() as session:
        refuse = "CREATE TRIGGER full BEFORE INSERT ON checklist BEGIN SELECT RAISE(ABORT, 'no'); END"
        session.connection().exec_driver_sql(refuse)
        session.commit()
    run = foreground.run_import("shop", "new")
    assert (run.status, [one["code"] for one in run.diagnoses]) == ("failed", ["token_withdrawn"])


def test_a_withdrawn_token_pauses_with_the_checklist_and_a_new_one_goes_on(
    database: str, shop: Sandbox
) -> None:
    key = add_key(shop)
    schedule = every(key)
    shop.world.withdraw(_id(shop.tokens["full"]))
    assert [run.status for run in round_(NOW)] == ["failed"]
    before = shop.world.count()
    for hour in range(1, 49):
        assert round_(NOW + timedelta(hours=hour)) == []
    assert shop.world.count() == before, "a paused schedule asks WB nothing"
    paused = again(schedule)
    assert (paused.paused_reason, paused.enabled) == ("token_withdrawn", True)
    with db.session() as session:
        problem = session.get(Checklist, paused.checklist_id)
        assert problem is not None
        assert problem.closed_at is None
        assert "остановлено" in told_of(session, paused, "ru")
    saving.add_key("shop", _another(), replace=True)
    assert round_(NOW + timedelta(hours=50)) == [], "a new token alone proves nothing"
    assert foreground.run_import("shop").status == "done"
    assert [run.status for run in round_(NOW + timedelta(hours=51))] == ["done"]
    assert not again(schedule).paused_reason


def test_the_operator_may_switch_a_paused_schedule_on(sqlite: str, shop: Sandbox) -> None:
    schedule = every(add_key(shop))
    shop.world.withdraw(_id(shop.tokens["full"]))
    round_(NOW)
    with db.session() as session:
        timetable.switch(session, schedule.id or 0, on=True, now=NOW + timedelta(hours=1))
        session.commit()
    assert [run.status for run in round_(NOW + timedelta(hours=1))] == ["failed"]
    assert again(schedule).paused_reason == "token_withdrawn"


def test_a_solved_checklist_lets_it_go_on(sqlite: str, shop: Sandbox) -> None:
    schedule = every(add_key(shop))
    shop.world.withdraw(_id(shop.tokens["full"]))
    round_(NOW)
    shop.world.withdrawn.clear()
    with db.session() as session:
        problem = session.get(Checklist, again(schedule).checklist_id)
        assert problem is not None
        problem.closed_at = datetime.now(UTC)
        session.commit()
    assert [run.status for run in round_(NOW + timedelta(minutes=31))] == ["done"]


def test_what_may_pass_is_tried_later_and_later_then_rarely(sqlite: str, shop: Sandbox) -> None:
    schedule = every(add_key(shop), 5)
    tried = []
    for minute in range(0, 24 * 60, 5):
        now = NOW + timedelta(minutes=minute)
        for run in schedules.work(now):
            tried.append(minute)
            fail(run, "wb_unavailable")
    assert tried[:3] == [0, 20, 70]
    assert again(schedule).paused_reason == "wb_unavailable"
    assert len(tried) <= 3 + 24 // 6, "never hammers"
    assert again(schedule).retry_at is not None
    retried = again(schedule).retry_at
    assert retried is not None
    assert [run.status for run in round_(retried + timedelta(seconds=1))] == ["done"]
    schedules.settle(retried + timedelta(seconds=2))
    assert again(schedule).failures == 0


def test_a_daily_import_that_failed_is_tried_again_the_same_morning(sqlite: str, shop: Sandbox) -> None:
    key = add_key(shop)
    schedules.save(id_of(key), "new", daily_at="07:00", tz="Europe/Moscow", now=NOW)
    seven = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
    (run,) = schedules.work(seven)
    fail(run, "wb_unavailable")
    schedules.settle(seven)
    assert round_(seven + timedelta(minutes=14)) == []
    assert [run.status for run in round_(seven + timedelta(minutes=15))] == ["done"]
    assert round_(seven + timedelta(hours=23)) == [], "and from then on at its hour"
    assert len(round_(seven + timedelta(days=1))) == 1


def test_a_daily_import_that_is_switched_on_again_waits_for_its_hour(sqlite: str, shop: Sandbox) -> None:
    key = add_key(shop)
    schedule = schedules.save(id_of(key), "new", daily_at="07:00", tz="Europe/Moscow", now=NOW)
    later = NOW + timedelta(days=3)
    for on in (False, True):
        with db.session() as session:
            timetable.switch(session, schedule.id or 0, on=on, now=later)
            session.commit()
    assert round_(later) == []
    assert again(schedule).next_at == datetime(2026, 11, 27, 4, 0, tzinfo=UTC)


def test_a_worker_that_was_slow_ends_no_newer_import(sqlite: str, shop: Sandbox) -> None:
    """What it has read is of the import before: how the newer one ends would be looked at by nobody."""
    schedule = every(add_key(shop))
    (first,) = schedules.work(NOW)
    fail(first, "wb_unavailable")
    with db.session() as session:
        ((slow, _),) = timetable.to_settle(session)
    schedules.settle(NOW)
    (second,) = schedules.work(NOW + timedelta(hours=1))
    with db.session() as session:
        assert not timetable.settle(session, slow, failures=1)
        session.commit()
    fail(second, "wb_unavailable")
    schedules.settle(NOW + timedelta(hours=1))
    assert again(schedule).failures == 2


def test_an_import_that_was_stopped_forgives_no_failure(sqlite: str, shop: Sandbox) -> None:
    """It proves nothing: the next failure is the third one in a row."""
    schedule = every(add_key(shop))
    for hour, outcome in enumerate(("failed", "failed", "cancelled", "failed")):
        now = NOW + timedelta(hours=hour)
        (run,) = schedules.work(now)
        if outcome == "failed":
            fail(run, "wb_unavailable")
        else:
            queue.cancel(run.id)
        schedules.settle(now)
    assert again(schedule).paused_reason == "wb_unavailable"


@pytest.mark.parametrize("proof", ["of another source", "of another key", "from before"])
def test_only_an_import_of_its_kind_that_went_well_since_lets_it_go_on(
    sqlite: str, shop: Sandbox, proof: str
) -> None:
    """That statistics can be read, that another key reads orders, or that they could be read before, says
    nothing of what has failed now."""
    schedule = every(add_key(shop))
    if proof == "from before":
        assert foreground.run_import("shop").status == "done"
    (run,) = schedules.work(NOW)
    fail(run, "wb_unavailable")
    with db.session() as session:
        paused = {"paused_reason": "wb_unavailable", "paused_at": datetime.now(UTC), "settled": True}
        session.connection().execute(update(Schedule).values(**paused))
        session.commit()
    if proof == "of another source":
        assert foreground.run_import("shop", "statistics").status == "done"
    if proof == "of another key":
        add_key(shop, "другой")
        assert foreground.run_import("другой").status == "done"
    schedules.settle(NOW + timedelta(hours=1))
    assert again(schedule).paused_reason == "wb_unavailable"


def fail(run: Run, code: str) -> None:
    found = from_error(WBUnavailableError("orders.new", http_status=503), Evidence(key_name="shop"))
    assert found.code == code
    with db.session() as session:
        row = runs.get(session, run.id)
        assert row is not None
        set_status(session, row, "failed", diagnoses=[found.to_record()])
        checklist.open_or_update(session, found, session.get(Key, row.key_id), row.id)
        session.commit()


def _id(token: str) -> str:
    return str(jwt.decode(token, options={"verify_signature": False})["id"])


def _another() -> str:
    return mint(token_id=str(uuid4()))


def test_a_zone_that_this_machine_does_not_know_pauses_its_own_schedule_and_says_so(
    database: str, shop: Sandbox
) -> None:
    """It failed every four seconds, in the log alone."""
    key = add_key(shop)
    lost = schedules.save(id_of(key), "new", daily_at="09:00", tz="UTC", now=NOON_BEFORE)
    other = every(add_key(shop, "other"))
    with db.session() as session:
        session.merge(lost).tz = "Moon/Tycho"
        session.commit()
    assert [run.key_name for run in round_(NOW)] == ["other"]
    assert (again(lost).retry_at, again(other).paused_reason) == (NOW + schedules.RETRY, "")
    with db.session() as session:
        told = told_of(session, again(lost), "en", UTC)
    assert "does not know the time zone “Moon/Tycho”" in told
    assert schedules.rhythm(again(lost), "en") == "daily at 09:00 (Moon/Tycho)"
    assert round_(NOW + timedelta(hours=1)) and again(lost).paused_at == NOW  # noqa: PT018
    round_(NOW + schedules.RETRY)
    assert again(lost).paused_at == NOW + schedules.RETRY, (
        "tried now and then: the machine may have learned it"
    )
    schedules.save(id_of(key), "new", daily_at="09:00", tz="Europe/Moscow", now=NOW)
    assert again(lost).paused_reason == ""
