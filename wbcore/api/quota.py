"""WB's quota as a token bucket, kept before the requests are sent. ``store`` keeps one in the database."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from wbcore.api.catalog import Limit


class Quota(Protocol):
    """The bucket of each seller and method group. Shared by all who send for the same seller."""

    def reserve(self, seller: str, group: str, limit: Limit, cost: float = 1) -> float:
        """0.0: go now, ``cost`` is taken. More: seconds to wait; nothing is taken, ask again then."""
        ...

    def charge(self, seller: str, group: str, limit: Limit, cost: float) -> None:
        """Takes ``cost`` more after the fact: a refusal costs more than the request that was reserved."""
        ...

    def observed(self, seller: str, group: str, limit: Limit, remaining: int) -> None:
        """What WB says is left of the burst. Somebody else may be sending for this seller too."""
        ...

    def blocked(self, seller: str, group: str, seconds: float) -> None:
        """WB refuses the group for so long. Sending earlier would prolong it."""
        ...


class Unlimited:
    """No quota at all: for benches, and for servers of ours that have none."""

    def reserve(self, seller: str, group: str, limit: Limit, cost: float = 1) -> float:
        return 0.0

    def charge(self, seller: str, group: str, limit: Limit, cost: float) -> None:
        pass

    def observed(self, seller: str, group: str, limit: Limit, remaining: int) -> None:
        pass

    def blocked(self, seller: str, group: str, seconds: float) -> None:
        pass


@dataclass(slots=True)
class _Bucket:
    full_at: float = 0.0
    """When the bucket is full again, had nothing more been sent (GCRA's theoretical arrival time)."""
    blocked_until: float = 0.0


class MemoryQuota:
    """Buckets of this process; any number of threads.

    GCRA (generic cell rate algorithm): one number a bucket instead of a count and a time.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._buckets: dict[tuple[str, str], _Bucket] = {}

    def reserve(self, seller: str, group: str, limit: Limit, cost: float = 1) -> float:
        with self._lock:
            now, bucket = self._clock(), self._bucket(seller, group)
            full_at = max(bucket.full_at, now) + min(cost, limit.burst) * limit.interval_s
            wait = max(full_at - limit.burst * limit.interval_s, bucket.blocked_until) - now
            if wait > 1e-6:  # the rest is rounding
                return wait
            bucket.full_at = full_at
            return 0.0

    def charge(self, seller: str, group: str, limit: Limit, cost: float) -> None:
        with self._lock:
            bucket = self._bucket(seller, group)
            bucket.full_at = max(bucket.full_at, self._clock()) + cost * limit.interval_s

    def observed(self, seller: str, group: str, limit: Limit, remaining: int) -> None:
        # One request of tolerance: the answer was on its way while the bucket refilled.
        missing = limit.burst - min(max(remaining, 0), limit.burst) - 1
        with self._lock:
            bucket = self._bucket(seller, group)
            bucket.full_at = max(bucket.full_at, self._clock() + missing * limit.interval_s)

    def blocked(self, seller: str, group: str, seconds: float) -> None:
        with self._lock:
            bucket = self._bucket(seller, group)
            bucket.blocked_until = max(bucket.blocked_until, self._clock() + seconds)

    def _bucket(self, seller: str, group: str) -> _Bucket:
        return self._buckets.setdefault((seller, group), _Bucket())
