"""Requests by host, counted where each request passes anyway: at the seller's quota."""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from types import TracebackType
from typing import Any, Final

from sqlalchemy.exc import SQLAlchemyError

from wbcore.api.catalog import METHODS, Environment, Limit
from wbcore.api.client import Quota, WBClient
from wbcore.api.token import TokenFacts
from wbcore.store import counters, db

log = logging.getLogger(__name__)

FLUSH_S: Final = 5.0
_HOSTS: Final = {method.group: method.host for method in METHODS}


class CountingQuota:
    """A quota that counts what passes: a reservation is a request, a block is an answer 429.

    Counts are written every FLUSH_S seconds and by ``flush``; a killed process loses what it had not written.
    """

    def __init__(self, quota: Quota, environment: Environment) -> None:
        self._quota = quota
        self._environment = environment
        self._lock = threading.Lock()
        self._sent: Counter[str] = Counter()
        self._refused: Counter[str] = Counter()
        self._flushed = time.monotonic()

    def reserve(self, seller: str, group: str, limit: Limit, cost: float = 1) -> float:
        wait = self._quota.reserve(seller, group, limit, cost)
        if wait <= 0:
            with self._lock:
                self._sent[self._host(group)] += 1
            if time.monotonic() - self._flushed > FLUSH_S:
                self.flush()
        return wait

    def charge(self, seller: str, group: str, limit: Limit, cost: float) -> None:
        self._quota.charge(seller, group, limit, cost)

    def observed(self, seller: str, group: str, limit: Limit, remaining: int) -> None:
        self._quota.observed(seller, group, limit, remaining)

    def blocked(self, seller: str, group: str, seconds: float) -> None:
        with self._lock:
            self._refused[self._host(group)] += 1
        self._quota.blocked(seller, group, seconds)

    def flush(self) -> None:
        """Writes the counts. A database that is away keeps nobody from working: they wait."""
        with self._lock:
            sent, refused = self._sent, self._refused
            self._sent, self._refused, self._flushed = Counter(), Counter(), time.monotonic()
        if not sent and not refused:
            return
        try:
            with db.session() as session:
                counters.add(session, sent, refused)
                session.commit()
        except SQLAlchemyError as error:
            log.debug("requests not counted yet: %s", type(error).__name__)
            with self._lock:
                self._sent += sent
                self._refused += refused

    def _host(self, group: str) -> str:
        """The label of a group's host; the learning cabinet is one host."""
        if self._environment == "demo":
            return "demo"
        host = group.removeprefix("ping.").removeprefix("test.")
        label = _HOSTS.get(group, host)
        return f"{label}-sandbox" if self._environment == "test" else label


class CountedClient(WBClient):
    """A client whose requests are counted, and written when it is closed; arguments as ``WBClient``."""

    def __init__(
        self, token: str, facts: TokenFacts, *, environment: Environment, quota: Quota, **options: Any
    ) -> None:
        self._counted = CountingQuota(quota, environment)
        super().__init__(token, facts, environment=environment, quota=self._counted, **options)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        super().__exit__(kind, error, trace)
        self._counted.flush()
