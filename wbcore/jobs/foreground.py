"""An import in this very process, for the command line: no queue, no start-up of anything.

It holds the run as a worker does, so workers and other command lines keep away from it; and what a killed one
has left is taken up here, or by a worker, where it was.
"""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any, Final

from wbcore.api.client import Quota
from wbcore.jobs import claims, engine, plan
from wbcore.jobs.patience import patiently
from wbcore.jobs.presence import presence
from wbcore.store import db, keys, runs
from wbcore.store.models import ACTIVE_STATUSES, Run
from wbcore.store.runs import AlreadyRunning

PATIENCE_S: Final = 600.0
"""Somebody waits at a terminal: a longer wait for WB's quota ends the import and says why."""
LOOK_S: Final = 0.2

Progress = Callable[[Run], None]


def run_import(
    key_name: str,
    source: str = "new",
    *,
    date_from: date | None = None,
    date_to: date | None = None,
    statuses: bool = True,
    clients: bool = False,
    on_progress: Progress | None = None,
    quota: Quota | None = None,
) -> Run:
    """Imports until done, failed or cancelled (Ctrl+C: after the page at hand).

    An import that was interrupted is gone on with when it is asked for again. The same import that runs
    elsewhere at this moment is followed to its end.

    Args:
        quota: the seller's buckets; for benches.

    Returns:
        The run as it ended; its ``diagnoses`` say why if it failed.

    Raises:
        KeyError: no such key, no such source.
        AlreadyRunning: another import of this key runs, or waits for a worker.
    """
    params: dict[str, Any] = {
        "date_from": date_from.isoformat() if date_from else None,
        "date_to": date_to.isoformat() if date_to else None,
        "statuses": statuses,
        "clients": clients,
    }
    worker = claims.new_id("cli")
    with presence(worker), _interrupts() as interrupted:
        run = patiently(lambda: _take(key_name, source, params, worker))
        try:
            return _to_the_end(run.id, worker, interrupted, on_progress or (lambda run: None), quota)
        finally:
            claims.release(run.id, worker)


def _take(key_name: str, source: str, params: dict[str, Any], worker: str) -> Run:
    """The run to work on: a new one, or the same one that was interrupted."""
    while True:
        with db.session() as session:
            key = keys.get_key(session, key_name)
            if key is None or key.id is None:
                raise KeyError(key_name)
            try:
                run = plan.create(session, key.id, source, params, "cli")
                session.commit()
                return run
            except AlreadyRunning as error:
                other, alive = error.run, claims.alive(session)
        if (other.source, other.params) == (source, params):
            return other
        if other.worker in alive or not other.worker:
            raise AlreadyRunning(other)
        # Left behind by a process that was killed, and not what is wanted now.
        claims.cancel(other.id)


def _to_the_end(
    run_id: str, worker: str, interrupted: threading.Event, show: Progress, quota: Quota | None
) -> Run:
    def look() -> Run:
        with db.session() as session:
            run = runs.get(session, run_id)
        assert run is not None
        show(run)
        if interrupted.is_set() and not run.cancel_requested:
            claims.cancel(run_id)
        return run

    while True:
        engine.run(
            run_id,
            worker,
            long_wait_s=PATIENCE_S,
            longest_wait_s=PATIENCE_S,
            on_page=look,
            quota=quota,
        )
        run = patiently(look)
        if run.status not in ACTIVE_STATUSES:
            return run
        # In somebody else's hands, or waiting: we look on until it ends or can be taken.
        _pause(run)


def _pause(run: Run) -> None:
    left = 0.0 if run.wait_until is None else (run.wait_until - datetime.now(UTC)).total_seconds()
    time.sleep(min(LOOK_S, max(0.05, left)))


@contextmanager
def _interrupts() -> Iterator[threading.Event]:
    """Ctrl+C and SIGTERM, noticed after the page at hand; the second one ends at once."""
    interrupted = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield interrupted
        return

    def stop(number: int, _frame: object) -> None:
        if interrupted.is_set():
            raise KeyboardInterrupt
        interrupted.set()

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield interrupted
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
