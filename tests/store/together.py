"""Work done by several processes at once, each with the settings of the test: they start in a moment, as each
is forked from one that has imported what they need.
"""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from threading import BrokenBarrierError
from typing import Any, TypeVar

from tests.forked import LIBRARIES, nothing_first
from wbcore.api.catalog import Limit
from wbcore.settings import settings
from wbcore.store import crypto, db, lease
from wbcore.store.quota import BUSY_WAIT_S, DatabaseQuota

T = TypeVar("T")


def at_once(work: Callable[[Any], T], things: Sequence[Any]) -> list[T]:
    """What came of each, done by a process of its own; they begin together.

    Args:
        work: one of the functions below.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([*LIBRARIES, __name__])
    barrier = context.Barrier(len(things))
    options = {"mp_context": context, "initializer": _as_the_test, "initargs": (dict(os.environ), barrier)}
    with nothing_first(), ProcessPoolExecutor(len(things), **options) as pool:  # type: ignore[arg-type]
        return [one.result(120) for one in [pool.submit(work, thing) for thing in things]]


def _as_the_test(environment: dict[str, str], barrier: Any) -> None:
    os.environ.clear()
    os.environ.update(environment)
    settings.cache_clear()
    db.dispose()
    try:
        barrier.wait(110)
    except BrokenBarrierError:
        raise AssertionError("not all of them have started") from None


def prepare_and_encrypt(text: str) -> str:
    """As a program that starts: the schema, and the key file if there is none."""
    db.prepare()
    return crypto.vault().encrypt(text).decode()


def contend(holder: str) -> int:
    """How many of 100 leases this one gets."""
    taken = 0
    for number in range(100):
        with db.session() as session:
            taken += lease.take(session, f"work {number}", holder)
            session.commit()
    return taken


def reserve(tries: int) -> int:
    """How many requests of a bucket of 10 this one gets."""
    quota = DatabaseQuota()
    return sum(answered(quota, Limit(1, 3600, 10)) == 0 for _ in range(tries))


def answered(quota: DatabaseQuota, limit: Limit) -> float:
    """What the bucket says; asked again while somebody writes, as the client does."""
    while (wait := quota.reserve("s", "g", limit)) == BUSY_WAIT_S:
        time.sleep(wait)
    return wait
