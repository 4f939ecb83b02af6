"""What the overview says of each key: its own last import, what comes next, how fresh its orders are."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlmodel import Session

from tests.guidance.test_incidents import a_key, fails
from tests.keys.test_keyring import save
from tests.work import set_status
from wbcore.api.errors import NetworkError, ScopeError
from wbcore.guidance import checklist
from wbcore.imports import glance, runs
from wbcore.keys import keyring
from wbcore.store import db
from wbcore.store.models import Key, Run, Schedule

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def imported(
    session: Session, key: Key, source: str, began: datetime, status: str = "done", **fields: Any
) -> Run:
    run = runs.create(session, key, source, {})
    run.created_at = began
    set_status(session, run, status)
    run.finished_at = fields.get("ended", began + HOUR / 60)
    session.add(run)
    session.flush()
    return run


def repeats(session: Session, key: Key, source: str, next_at: datetime, **fields: Any) -> None:
    session.add(Schedule(key_id=key.id or 0, source=source, every_minutes=60, next_at=next_at, **fields))


def test_each_key_is_told_with_its_own_imports_and_its_sellers_orders(database: str) -> None:
    with db.session() as session:
        one, other = (keyring.upsert_seller(session, sid, "production", sid) for sid in ("one", "other"))
        idle, stranger = save(session, "d", seller=other), save(session, "c", seller=other)
        second, first = save(session, "b", seller=one), save(session, "a", seller=one)
        imported(session, first, "new", NOW - 9 * HOUR)
        failed = imported(session, first, "all", NOW - 8 * HOUR, "failed")
        fresh = imported(session, second, "dbs", NOW - 7 * HOUR)
        imported(session, second, "new", NOW - 6 * HOUR, "cancelled")
        late = imported(session, second, "statistics", NOW - 5 * HOUR)
        under_way = imported(session, stranger, "new", NOW - HOUR, "running", ended=None)
        repeats(session, first, "all", NOW + 3 * HOUR)
        repeats(session, first, "new", NOW + 2 * HOUR)
        repeats(session, first, "dbs", NOW + HOUR, enabled=False)
        repeats(session, first, "statistics", NOW + HOUR, paused_reason="scope_missing")
        repeats(session, second, "all", NOW + 4 * HOUR)
        session.commit()
        told = {one.key_id: one for one in glance.of_keys(session, NOW)}
        ids = [key.id or 0 for key in (first, second, stranger, idle)]
        assert list(told) == ids, "by name"
        a, b, c, d = (told[key_id] for key_id in ids)
        assert [(one.run_id, one.status, one.at) for one in (a, b, c, d)] == [
            (failed.id, "failed", failed.finished_at),
            (late.id, "done", late.finished_at),
            (under_way.id, "running", NOW - HOUR),
            ("", "", None),
        ]
        assert [one.next_at for one in (a, b, c, d)] == [NOW + 2 * HOUR, NOW + 4 * HOUR, None, None]
        assert [one.done_at for one in (a, b, c, d)] == [fresh.finished_at, fresh.finished_at, None, None]


def test_an_outage_of_two_keys_is_one_problem_and_what_was_put_off_is_none(database: str) -> None:
    with db.session() as session:
        first, second = a_key(session, "a", "one"), a_key(session, "b", "other")
        a_key(session, "c", "third")
        for key in (first, second):
            outage = fails(session, key, NetworkError("orders.new", reason="refused"))
        fails(session, first, ScopeError("orders.new"))
        put_off = fails(session, second, ScopeError("statistics.orders"))
        checklist.snooze(session, put_off.id, NOW + HOUR, "anna")
        session.commit()
        told = glance.of_keys(session, NOW)
        assert [(one.problems, one.put_off, one.outages) for one in told] == [
            (1, 0, {outage.id}),
            (0, 1, {outage.id}),
            (0, 0, set()),
        ]
        assert [glance.problems_of(keys) for keys in (told, told[:1], told[1:], told[2:])] == [2, 2, 1, 0]
        assert [one.problems for one in glance.of_keys(session, NOW + HOUR)] == [1, 1, 0], "it is time again"
