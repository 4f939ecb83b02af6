"""WB's token buckets, as the other side of them: one for each seller and group of methods."""

from __future__ import annotations

import math
from dataclasses import dataclass

from wbcore.api.catalog import Limit

_JITTER_S = 0.03
"""A request this much too early is let through: it left the client in time."""


@dataclass(slots=True)
class Bucket:
    """A burst that refills one request an interval.

    ``level`` below zero is a debt: an expensive refusal, or requests sent in spite of a block.
    """

    limit: Limit
    level: float
    at: float

    @classmethod
    def full(cls, limit: Limit, now: float) -> Bucket:
        return cls(limit, float(limit.burst), now)

    def take(self, now: float) -> bool:
        """Whether a request may go now. A refused one prolongs the block by an interval."""
        self._refill(now)
        early = min(_JITTER_S / self.limit.interval_s, 0.5)
        allowed = self.level + early >= 1
        self.charge(1)
        return allowed

    def charge(self, cost: float) -> None:
        """Takes ``cost`` requests; the debt ends at one burst, so that a block can be waited out."""
        self.level = max(-float(self.limit.burst), self.level - cost)

    def headers(self, *, blocked: bool) -> dict[str, str]:
        """WB's headers: what is left; when blocked, also how long."""
        left = {"X-Ratelimit-Remaining": str(max(0, math.floor(self.level)))}
        if not blocked:
            return left
        interval = self.limit.interval_s
        return left | {
            "X-Ratelimit-Retry": str(max(1, math.ceil((1 - self.level) * interval))),
            "X-Ratelimit-Limit": str(self.limit.burst),
            "X-Ratelimit-Reset": str(math.ceil((self.limit.burst - self.level) * interval)),
        }

    def _refill(self, now: float) -> None:
        grown = max(0.0, now - self.at) / self.limit.interval_s
        self.level = min(float(self.limit.burst), self.level + grown)
        self.at = now
