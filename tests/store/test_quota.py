"""One bucket a seller and group, shared by all threads and processes; and the small tables."""

from __future__ import annotations

import resource
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from sqlalchemy.exc import OperationalError

from tests.keys.test_keyring import save
from tests.store.together import answered, at_once, reserve
from tests.work import changes_of
from wbcore.api.catalog import Limit
from wbcore.health import history
from wbcore.keys import capabilities
from wbcore.settings import settings
from wbcore.store import db, values
from wbcore.store.db import LOCK_WAIT_S
from wbcore.store.quota import BUSY_WAIT_S, DatabaseQuota

LIMIT = Limit(300, 60.0, 20)
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


class Clock:
    """Time that passes when told to."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def quota(database: str, clock: Clock) -> DatabaseQuota:
    return DatabaseQuota(clock=clock)


def test_a_burst_goes_at_once_and_then_one_an_interval(quota: DatabaseQuota, clock: Clock) -> None:
    assert [quota.reserve("s", "g", LIMIT) for _ in range(20)] == [0.0] * 20
    assert quota.reserve("s", "g", LIMIT) == pytest.approx(0.2, abs=1e-3)
    clock.now += 0.2
    assert quota.reserve("s", "g", LIMIT) == 0.0
    assert quota.reserve("s", "g", LIMIT) > 0
    clock.now += 3600
    assert [quota.reserve("s", "g", LIMIT) for _ in range(21)].count(0.0) == 20


def test_a_disk_that_is_full_is_told_as_that(sqlite: str, clock: Clock, data_dir: Path) -> None:
    """It was told as a failure without a known reason."""
    quota = DatabaseQuota(clock=clock, patience_s=0)
    assert quota.reserve("s", "g", LIMIT) == 0.0
    log = data_dir / "wb-desk.sqlite-wal"
    former = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (log.stat().st_size, former[1]))
    try:
        with pytest.raises(OperationalError) as caught:
            quota.reserve("s", "g", LIMIT)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, former)
    assert db.trouble(caught.value).code == "database_full"
    assert quota.reserve("s", "g", LIMIT) == 0.0


def test_the_wait_that_is_told_is_enough(quota: DatabaseQuota, clock: Clock) -> None:
    for _ in range(100):
        wait = quota.reserve("s", "g", LIMIT, 3)
        if wait:
            clock.now += wait
            assert quota.reserve("s", "g", LIMIT, 3) == 0.0


def test_sellers_and_groups_have_buckets_of_their_own(quota: DatabaseQuota) -> None:
    one = Limit(1, 60, 1)
    assert quota.reserve("s", "g", one) == 0.0
    assert quota.reserve("s", "g", one) > 0
    assert quota.reserve("s", "other", one) == 0.0
    assert quota.reserve("other", "g", one) == 0.0


def test_a_refusal_costs_more(quota: DatabaseQuota) -> None:
    quota.reserve("s", "g", LIMIT)
    quota.charge("s", "g", LIMIT, 9)
    assert [quota.reserve("s", "g", LIMIT) for _ in range(11)].count(0.0) == 10


def test_a_block_holds_everybody(quota: DatabaseQuota, clock: Clock) -> None:
    quota.blocked("s", "g", 12)
    quota.blocked("s", "g", 5)
    assert DatabaseQuota(clock=clock).reserve("s", "g", LIMIT) == pytest.approx(12)
    clock.now += 12.001
    assert quota.reserve("s", "g", LIMIT) == 0.0


def test_wb_is_believed_when_less_is_left(quota: DatabaseQuota) -> None:
    quota.observed("s", "g", LIMIT, 3)
    assert [quota.reserve("s", "g", LIMIT) for _ in range(6)].count(0.0) == 4
    quota.observed("s", "g", LIMIT, 19)
    assert quota.reserve("s", "g", LIMIT) > 0


def test_a_cost_above_the_burst_still_goes_through(quota: DatabaseQuota) -> None:
    assert quota.reserve("s", "g", Limit(3, 30, 3), 10) == 0.0


def test_threads_never_take_the_same_request(database: str) -> None:
    slow = Limit(1, 3600, 10)
    quota = DatabaseQuota()
    with ThreadPoolExecutor(8) as pool:
        said = list(pool.map(lambda _: answered(quota, slow), range(40)))
    assert said.count(0.0) == 10


def test_processes_share_the_bucket(database: str) -> None:
    assert sum(at_once(reserve, [10] * 3)) == 10


@pytest.mark.postgres
@pytest.mark.parametrize("minutes", [2, 7])
def test_machines_whose_clocks_are_apart_share_the_bucket(
    prepared_postgres: str, monkeypatch: pytest.MonkeyPatch, minutes: int
) -> None:
    """The slow one waited for as long as they were apart, and the fast one asked WB too soon."""
    monkeypatch.setenv("WB_DATABASE_URL", prepared_postgres)
    settings.cache_clear()
    fast, slow = DatabaseQuota(), DatabaseQuota()
    once = Limit(1, 60, 1)
    ahead = datetime.now(UTC) + timedelta(minutes=minutes)
    with time_machine.travel(ahead):
        assert fast.reserve("s", "first", once) == 0.0
    assert slow.reserve("s", "first", once) == pytest.approx(60, abs=20)
    assert slow.reserve("s", "second", once) == 0.0
    with time_machine.travel(ahead):
        assert fast.reserve("s", "second", once) == pytest.approx(60, abs=20)


def test_a_locked_file_is_a_short_wait_not_an_error(data_dir: Path) -> None:
    db.prepare()
    quota = DatabaseQuota()
    with sqlite3.connect(settings().folder / "wb-desk.sqlite", isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        started = time.monotonic()
        assert quota.reserve("s", "g", LIMIT) == BUSY_WAIT_S
        quota.observed("s", "g", LIMIT, 1)
        quota.charge("s", "g", LIMIT, 9)
        quota.blocked("s", "g", 60)
        assert time.monotonic() - started < LOCK_WAIT_S, "an import waits so long, a request does not"
        other.execute("COMMIT")
    assert quota.reserve("s", "g", LIMIT) > 0.5  # the block was not forgotten


# --- The small tables --------------------------------------------------------------------------------------


def test_values_are_kept(database: str) -> None:
    with db.session() as session:
        assert values.get(session, "anchor") is None
        values.put(session, "anchor", {"at": 1})
        values.put(session, "anchor", {"at": 2})
        values.put(session, "nothing", None)
        session.commit()
    with db.session() as session:
        assert values.get(session, "anchor") == {"at": 2}
        assert values.get(session, "nothing") is None


def test_health_remembers_when_it_changed(database: str) -> None:
    with db.session() as session:
        key_id = save(session, "main").id
        assert key_id is not None

        def see(minute: int, status: str, code: str = "") -> bool:
            found = {"code": code} if code else None
            at = NOW + timedelta(minutes=minute)
            return capabilities.record(
                session, key_id, "orders.new", status, "probe", diagnosis=found, now=at
            )

        assert see(0, "ok")
        assert not see(1, "ok")
        assert history.standings(session, key_id)["orders.new"].worked_until is None
        assert see(2, "denied", "scope_missing")
        assert not see(3, "denied", "scope_missing")
        session.commit()
        state = capabilities.states(session, [key_id])[key_id]["orders.new"]
        assert (state.since, state.checked_at) == (NOW + timedelta(minutes=2), NOW + timedelta(minutes=3))
        assert [c.code for c in changes_of(session, key_id, "orders.new")] == ["scope_missing", ""]
        assert history.standings(session, key_id)["orders.new"].worked_until == NOW + timedelta(minutes=2)
        assert capabilities.forget_old(session, NOW + timedelta(days=400, minutes=1)) == 0  # so it was since
        assert capabilities.forget_old(session, NOW + timedelta(days=400, minutes=3)) == 1
        session.commit()
        assert len(changes_of(session, key_id, "orders.new")) == 1
