"""Who waits for whom: on PostgreSQL alone several transactions write at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from sqlalchemy import text

from tests.conftest import KINDS
from tests.work import until
from wbcore.store import db

ON_POSTGRES = pytest.mark.parametrize("database", KINDS[1:], indirect=True)
_WAITING = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")


@contextmanager
def waited_for(work: Callable[[], object]) -> Iterator[None]:
    """Inside, ``work`` has begun and waits for a lock of this thread's transaction, which is to be committed
    there; afterwards the work is done."""
    pool = ThreadPoolExecutor(1)
    try:
        done = pool.submit(work)
        until(_somebody_waits, what="somebody waits for a lock")
        assert not done.done()
        yield
        done.result(120)
    finally:
        pool.shutdown(wait=False)  # a test that fails still holds what is waited for


def _somebody_waits() -> bool:
    with db.unlimited_session() as session:
        return int(session.connection().execute(_WAITING).scalar_one()) > 0
