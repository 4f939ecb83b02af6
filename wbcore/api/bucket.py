"""WB's quota as a token bucket, kept before the requests are sent. ``store`` keeps one in the database."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

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

    def blocked(self, seller: str, group: str, seconds: float | None) -> float:
        """WB refuses the group for so long. Sending earlier would prolong it.

        Args:
            seconds: None: WB has not said how long. It is a minute then, and twice as long each time that it
                comes again, up to an hour.

        Returns:
            Seconds until the next try may go.
        """
        ...


FIRST_GUESS_S: Final = 60.0
LONGEST_GUESS_S: Final = 3600.0
LONGEST_BLOCK_S: Final = 31 * 86_400.0
"""WB's waits have been up to 7.8 days. One answer must not close a seller's bucket for years."""


class Unlimited:
    """No quota at all: for benches, and for servers of ours that have none."""

    def reserve(self, seller: str, group: str, limit: Limit, cost: float = 1) -> float:
        return 0.0

    def charge(self, seller: str, group: str, limit: Limit, cost: float) -> None:
        pass

    def observed(self, seller: str, group: str, limit: Limit, remaining: int) -> None:
        pass

    def blocked(self, seller: str, group: str, seconds: float | None) -> float:
        return FIRST_GUESS_S if seconds is None else seconds


@dataclass(slots=True)
class _Bucket:
    full_at: float = 0.0
    """When the bucket is full again, had nothing more been sent (GCRA's theoretical arrival time)."""
    blocked_until: float = 0.0
    block_s: float = 0.0
    """How long the last block was."""


class MemoryQuota:
    """Buckets of this process; any number of threads. Its clock is one that nobody sets back.

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

    def blocked(self, seller: str, group: str, seconds: float | None) -> float:
        with self._lock:
            now, bucket = self._clock(), self._bucket(seller, group)
            if seconds is None:
                seconds = _guess(now, bucket)
            seconds = min(seconds, LONGEST_BLOCK_S)
            if now + seconds > bucket.blocked_until:
                bucket.blocked_until, bucket.block_s = now + seconds, seconds
            return seconds

    def _bucket(self, seller: str, group: str) -> _Bucket:
        return self._buckets.setdefault((seller, group), _Bucket())


def _guess(now: float, bucket: _Bucket) -> float:
    """Longer each time, unless as long as the last wait has gone well since."""
    if now < bucket.blocked_until:
        return bucket.blocked_until - now
    if bucket.block_s and now < bucket.blocked_until + bucket.block_s:
        return max(FIRST_GUESS_S, min(2 * bucket.block_s, LONGEST_GUESS_S))
    return FIRST_GUESS_S
