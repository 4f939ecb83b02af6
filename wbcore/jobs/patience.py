"""The database may be locked for a while, or restart: what was to be written is tried again."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable
from typing import Final, TypeVar

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from wbcore.api.catalog import Limit
from wbcore.api.client import Quota

T = TypeVar("T")

log = logging.getLogger(__name__)

PATIENCE_S: Final = 120.0
FIRST_PAUSE_S: Final = 0.1
LONGEST_PAUSE_S: Final = 5.0


def patiently(work: Callable[[], T], patience_s: float = PATIENCE_S) -> T:
    """Does ``work`` (a whole transaction) again while the database can't take it.

    Raises:
        DBAPIError: it still can't after ``patience_s`` seconds, or the failure is of another kind.
    """
    deadline = time.monotonic() + patience_s
    pause = FIRST_PAUSE_S
    while True:
        try:
            return work()
        except DBAPIError as error:
            if not is_passing(error) or time.monotonic() + pause > deadline:
                raise
            log.warning(
                "the database can't be written to (%s), next try in %.1f s", type(error.orig).__name__, pause
            )
        time.sleep(pause * random.uniform(0.7, 1.3))  # noqa: S311
        pause = min(LONGEST_PAUSE_S, pause * 2)


def is_passing(error: DBAPIError) -> bool:
    """Whether it may go away by itself: locked, full, gone away, restarting; a deadlock."""
    return error.connection_invalidated or isinstance(error, (OperationalError, InterfaceError))


class PatientQuota:
    """A quota in a database that may be away for a while."""

    def __init__(self, quota: Quota) -> None:
        self._quota = quota

    def reserve(self, seller: str, group: str, limit: Limit, cost: float = 1) -> float:
        return patiently(lambda: self._quota.reserve(seller, group, limit, cost))

    def charge(self, seller: str, group: str, limit: Limit, cost: float) -> None:
        patiently(lambda: self._quota.charge(seller, group, limit, cost))

    def observed(self, seller: str, group: str, limit: Limit, remaining: int) -> None:
        patiently(lambda: self._quota.observed(seller, group, limit, remaining))

    def blocked(self, seller: str, group: str, seconds: float) -> None:
        patiently(lambda: self._quota.blocked(seller, group, seconds))
