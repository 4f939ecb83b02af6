"""Everything at one press, and what repeats as one list of all keys."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event

from tests.agency import fill
from tests.work import add_key, set_status
from wbcore.imports import everything, outcome, queue, runs, schedules, timetable
from wbcore.imports.sources import SOURCES
from wbcore.keys import capabilities, keyring, saving
from wbcore.people.actor import Actor, NotAllowed
from wbcore.sandbox.server import Sandbox
from wbcore.sandbox.tokens import mint
from wbcore.store import db
from wbcore.store.models import Run

OTHER = "0a1e0000-0000-4000-8000-000000000002"


def test_one_press_queues_each_key_that_can_and_says_which_cannot(database: str, sandbox: Sandbox) -> None:
    add_key(sandbox, "Полный")
    assert saving.add_key("Статистика", mint(sid=OTHER, bits=[5])).saved
    came = everything.enqueue()
    assert [(run.key_name, run.source, run.status) for run in came.started] == [("Полный", "all", "queued")]
    assert [(name, found.code) for name, found in came.unable] == [("Статистика", "scope_missing")]
    again = everything.enqueue()
    assert (again.started, [run.key_name for run in again.running]) == ([], ["Полный"])
    with db.session() as session:
        assert len(runs.list_runs(session)) == 1, "a second press makes no second import"


def test_one_key_brings_a_sellers_orders_and_the_others_are_spared(sqlite: str, sandbox: Sandbox) -> None:
    """The one that is at it, else one that WB has not refused, else the one that lives longest."""
    now = datetime.now(UTC)
    for name, days, bits in (("Скоро", 10, None), ("Долго", 170, None), ("Статистика", 170, [5])):
        made = mint(sid=OTHER, expires=now + timedelta(days=days), **({"bits": bits} if bits else {}))
        assert saving.add_key(name, made).saved
    came = everything.enqueue()
    assert [run.key_name for run in came.started] == ["Долго"]
    assert came.spared == {"Скоро": "Долго", "Статистика": "Долго"}
    assert came.unable == []
    again = everything.enqueue()
    assert ([run.key_name for run in again.running], again.started) == (["Долго"], [])
    with db.session() as session:
        set_status(session, runs.list_runs(session)[0], "cancelled")
        capabilities.record(session, came.started[0].key_id or 0, "orders.new", "denied", "probe", now=now)
        session.commit()
    assert [run.key_name for run in everything.enqueue().started] == ["Скоро"]


def test_a_key_that_is_busy_with_another_import_brings_nothing_new(sqlite: str, sandbox: Sandbox) -> None:
    """Statistics may wait for their quota for hours: the new orders come by the seller's other key, and where
    there is none it is said that they don't."""
    now = datetime.now(UTC)
    for name, days in (("Скоро", 10), ("Долго", 170)):
        assert saving.add_key(name, mint(sid=OTHER, expires=now + timedelta(days=days))).saved
    with db.session() as session:
        ids = {key.name: key.id or 0 for key in keyring.list_keys(session)}
    queue.enqueue_import(ids["Долго"], "statistics")
    came = everything.enqueue()
    assert [(run.key_name, run.source) for run in came.started] == [("Скоро", "all")]
    assert (came.running, came.occupied, came.spared) == ([], [], {"Долго": "Скоро"})
    queue.cancel(came.started[0].id)
    queue.enqueue_import(ids["Скоро"], "period")
    came = everything.enqueue()
    assert (came.started, came.running, came.spared) == ([], [], {})
    assert [(run.key_name, run.source) for run in came.occupied] == [("Долго", "statistics")]


def test_a_limited_user_imports_only_their_sellers_keys(sqlite: str, sandbox: Sandbox) -> None:
    key = add_key(sandbox, "Полный")
    stranger = Actor(7, "Анна", "operator", frozenset({key.seller_id + 1}))
    assert everything.enqueue(by=stranger).started == []
    (run,) = everything.enqueue(by=Actor(8, "Пётр", "operator", frozenset({key.seller_id}))).started
    assert run.started_by == "Пётр"
    with pytest.raises(NotAllowed):
        everything.enqueue(by=Actor(9, "Зритель", "viewer"))


def test_the_list_of_what_repeats_is_paged_by_the_database(sqlite: str) -> None:
    ids = fill(23)
    with db.session() as session:
        first, last = timetable.page(session, 10), timetable.page(session, 10, 20)
        beyond = timetable.page(session, 10, 500)
    assert (len(first.rows), len(last.rows), first.total, first.running) == (10, 3, 23, 23)
    assert [row.key.id for row in beyond.rows] == [row.key.id for row in first.rows]
    assert {row.key.id for row in (*first.rows, *last.rows)} < set(ids)


def test_how_schedules_stand_costs_the_same_for_one_and_for_many(sqlite: str) -> None:
    fill(12)
    with db.session() as session:
        known = [row.schedule for row in timetable.page(session, 12).rows]
        for schedule in known[:6]:
            schedule.paused_reason, schedule.checklist_id = "scope_missing", None
        sent: list[str] = []
        event.listen(
            db.engine(), "before_cursor_execute", lambda *details: sent.append(details[2]), named=False
        )
        stands = schedules.standings(session, known, "ru")
    assert [one.state for one in stands] == ["paused"] * 6 + ["on"] * 6
    assert "Токену не хватает категории «Маркетплейс»" in stands[0].told
    assert len(sent) <= 4, sent


def test_that_a_token_can_read_everything_is_seen_without_a_question(sqlite: str, sandbox: Sandbox) -> None:
    """However many methods an import calls: the imports of hundreds of keys, of few orders, ask nothing."""
    key = add_key(sandbox, "Полный")
    streams = SOURCES["all"].streams({"clients": True})
    sent: list[str] = []
    event.listen(db.engine(), "before_cursor_execute", lambda *details: sent.append(details[2]), named=False)
    kept, refused = outcome.look_ahead(key, streams)
    assert (kept, refused, sent) == (list(streams), None, [])


def test_a_deleted_schedule_is_gone_and_its_imports_stay(sqlite: str, sandbox: Sandbox) -> None:
    key = add_key(sandbox, "Полный")
    made = schedules.save(key.id or 0, "new", every_minutes=60, now=datetime.now(UTC) - timedelta(hours=2))
    (run,) = schedules.enqueue_due(datetime.now(UTC))
    with pytest.raises(NotAllowed):
        schedules.delete(made.id or 0, by=Actor(9, "Зритель", "viewer"))
    schedules.delete(made.id or 0)
    with db.session() as session:
        assert timetable.page(session, 10).total == 0
        assert session.get(Run, run.id) is not None
    with pytest.raises(KeyError):
        schedules.delete(made.id or 0)
