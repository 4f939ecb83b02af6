"""The token bucket kept here is never more generous than WB's."""

from __future__ import annotations

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wbcore.api.catalog import Limit
from wbcore.api.client import MemoryQuota, Unlimited

FBS = Limit(300, 60.0, 20)


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def quota(clock: Clock) -> MemoryQuota:
    return MemoryQuota(clock)


def taken(quota: MemoryQuota, limit: Limit = FBS) -> int:
    """How many requests may go right now."""
    count = 0
    while quota.reserve("s", "g", limit) == 0:
        count += 1
    return count


def test_the_burst_goes_at_once_then_one_an_interval(quota: MemoryQuota, clock: Clock) -> None:
    assert taken(quota) == 20
    assert quota.reserve("s", "g", FBS) == pytest.approx(0.2)
    clock.now += 0.2
    assert taken(quota) == 1
    clock.now += 60
    assert taken(quota) == 20


def test_waiting_as_long_as_told_is_enough(quota: MemoryQuota, clock: Clock) -> None:
    taken(quota)
    for _ in range(100):
        clock.now += quota.reserve("s", "g", FBS)
        assert quota.reserve("s", "g", FBS) == 0


def test_a_refused_reservation_takes_nothing(quota: MemoryQuota, clock: Clock) -> None:
    taken(quota)
    assert {round(quota.reserve("s", "g", FBS), 6) for _ in range(10)} == {0.2}


def test_sellers_and_groups_have_their_own(quota: MemoryQuota) -> None:
    taken(quota)
    assert quota.reserve("s", "other", FBS) == 0
    assert quota.reserve("other", "g", FBS) == 0


def test_a_charge_is_paid_back_before_the_next_request(quota: MemoryQuota) -> None:
    quota.reserve("s", "g", FBS)
    quota.charge("s", "g", FBS, 9)
    assert taken(quota) == 10


def test_what_wb_counts_holds_where_it_is_less(quota: MemoryQuota) -> None:
    quota.observed("s", "g", FBS, 5)
    assert taken(quota) == 6  # one of tolerance
    quota.observed("s", "g", FBS, 20)
    assert taken(quota) == 0


def test_a_block_holds_until_its_end(quota: MemoryQuota, clock: Clock) -> None:
    quota.blocked("s", "g", 12)
    assert quota.reserve("s", "g", FBS) == pytest.approx(12)
    quota.blocked("s", "g", 3)
    assert quota.reserve("s", "g", FBS) == pytest.approx(12)
    clock.now += 12
    assert quota.reserve("s", "g", FBS) == 0


def test_a_cost_above_the_burst_is_possible_in_the_end(quota: MemoryQuota) -> None:
    assert quota.reserve("s", "g", FBS, cost=50) == 0
    assert taken(quota) == 0


def test_no_quota_is_no_quota() -> None:
    quota = Unlimited()
    quota.blocked("s", "g", 100)
    quota.charge("s", "g", FBS, 100)
    quota.observed("s", "g", FBS, 0)
    assert quota.reserve("s", "g", FBS) == 0


@given(
    st.lists(st.floats(0, 3, allow_nan=False), max_size=200),
    st.integers(1, 5),
    st.floats(0.5, 20),
    st.integers(1, 6),
)
def test_in_no_stretch_of_time_goes_more_than_the_bucket_allows(
    pauses: list[float], count: int, period: float, burst: int
) -> None:
    limit, clock = Limit(count, period, burst), Clock()
    quota, sent = MemoryQuota(clock), []
    for pause in pauses:
        clock.now += pause
        if quota.reserve("s", "g", limit) == 0:
            sent.append(clock.now)
    for i, first in enumerate(sent):
        for n, last in enumerate(sent[i:], 1):
            assert n <= burst + (last - first) / limit.interval_s + 1e-3


def test_threads_share_one_bucket(quota: MemoryQuota) -> None:
    passed: list[int] = []
    threads = [threading.Thread(target=lambda: passed.append(taken(quota))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(passed) == 20
