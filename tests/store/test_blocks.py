"""A bucket of the past: WB's blocks without a word, and clocks that were set back."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import create_engine
from sqlalchemy.exc import OperationalError

from tests.store.test_quota import Clock
from wbcore.api.bucket import LONGEST_BLOCK_S, MemoryQuota, Quota
from wbcore.api.catalog import Limit
from wbcore.store import patience
from wbcore.store.quota import DatabaseQuota

LIMIT = Limit(300, 60.0, 20)
ONE_IN_THREE_HOURS = Limit(1, 3 * 3600.0, 1)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["memory", "database"])
def quota(request: pytest.FixtureRequest, database: str, clock: Clock) -> Quota:
    return MemoryQuota(clock) if request.param == "memory" else DatabaseQuota(clock=clock)


def test_a_block_without_a_word_is_a_minute_and_longer_each_time(quota: Quota, clock: Clock) -> None:
    waits = []
    for _ in range(8):
        waits.append(quota.blocked("s", "g", None))
        assert quota.reserve("s", "g", LIMIT) == pytest.approx(waits[-1])
        clock.now += waits[-1] + 0.01
        assert quota.reserve("s", "g", LIMIT) == 0.0
    assert waits == [60, 120, 240, 480, 960, 1920, 3600, 3600]
    clock.now += 2 * 3600
    assert quota.blocked("s", "g", None) == 60, "as long as the last wait has gone well"


def test_two_who_are_refused_at_once_wait_once(quota: Quota) -> None:
    assert quota.blocked("s", "g", None) == 60
    assert quota.blocked("s", "g", None) == pytest.approx(60)


def test_what_wb_says_comes_first_and_is_never_shortened(quota: Quota, clock: Clock) -> None:
    assert quota.blocked("s", "g", 676_358.0) == 676_358.0
    quota.blocked("s", "g", 5)
    assert quota.reserve("s", "g", LIMIT) == pytest.approx(676_358.0)
    assert quota.blocked("t", "g", 1e9) == LONGEST_BLOCK_S, "one answer closes no bucket for years"


@pytest.mark.parametrize("back_s", [600.0, 86_400.0, 400 * 86_400.0])
def test_a_clock_that_was_set_back_closes_no_bucket(database: str, clock: Clock, back_s: float) -> None:
    quota = DatabaseQuota(clock=clock)
    for _ in range(20):
        quota.reserve("s", "g", LIMIT)
    quota.blocked("s", "blocked", 30.0)
    clock.now -= back_s
    assert quota.reserve("s", "g", LIMIT) <= 20 * LIMIT.interval_s
    assert quota.reserve("s", "blocked", LIMIT) <= 30.0
    clock.now += 31.0
    assert quota.reserve("s", "g", LIMIT) == 0.0
    assert quota.reserve("s", "blocked", LIMIT) == 0.0


def test_a_basic_tokens_wait_is_not_cut_by_a_personal_one_of_the_same_seller(
    database: str, clock: Clock
) -> None:
    quota = DatabaseQuota(clock=clock)
    fast = Limit(1, 60.0, 10)
    assert quota.reserve("s", "statistics_orders", ONE_IN_THREE_HOURS) == 0.0
    clock.now += 60
    assert quota.reserve("s", "statistics_orders", fast) > 0
    clock.now += 9_000
    assert quota.reserve("s", "statistics_orders", ONE_IN_THREE_HOURS) == pytest.approx(10_800 - 9_060)


class Waits:
    """Time that passes while somebody waits, and at no other time."""

    def __init__(self) -> None:
        self.pauses: list[float] = []

    def monotonic(self) -> float:
        return sum(self.pauses)

    def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)


def test_a_database_that_is_away_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    waits = Waits()
    monkeypatch.setattr(patience, "time", waits)
    quota = DatabaseQuota(create_engine(f"sqlite:///{tmp_path}/nowhere/x.sqlite"), patience_s=0.4)
    with pytest.raises(OperationalError, match="unable to open"):
        quota.reserve("s", "g", LIMIT)
    first, second = waits.pauses
    assert 0 < first < second
    assert first + second <= 0.4
