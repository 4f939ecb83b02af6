"""A worker: takes queued imports until it is stopped. Any number of them, on any number of machines.

Beside its own work each worker looks after the others': runs of a worker that has died, and runs that nobody
has taken up, go back into the queue.
"""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import sys
import threading
import time
from typing import Any, Final

from dbos import DBOS
from sqlalchemy.exc import SQLAlchemyError

from wbcore import log as logs
from wbcore.jobs import chores, claims, engine, queue
from wbcore.jobs.presence import presence
from wbcore.settings import settings
from wbcore.store import db, runs, workers
from wbcore.store.models import Run

log = logging.getLogger(__name__)

PARENT_PIPE: Final = "WB_PARENT_PIPE"
"""Set by the dashboard for its own worker: the worker ends when its standard input does."""

LOOK_S: Final = 1.0
GOODBYE_S: Final = 20.0
"""How long a stopping worker gives its imports to reach the end of their pages."""
ENDED: Final = 0


class _State:
    """This process as a worker."""

    def __init__(self) -> None:
        self.id = claims.new_id("worker")
        self.stopping = threading.Event()
        self.in_hand: set[str] = set()


_state = _State()


@DBOS.workflow(name=queue.WORKFLOW, max_recovery_attempts=None)
def run_import(run_id: str) -> str:
    """One take-up of an import. What is left undone is found in the run's row by ``_look_after``."""
    state = _state
    if state.stopping.is_set():
        return "later"
    state.in_hand.add(run_id)
    try:
        return engine.run(run_id, state.id, stopping=state.stopping)
    except Exception:
        # The database was away for minutes: the run is as it was, and somebody will take it up again.
        log.exception("import interrupted", extra={"data": {"run_id": run_id}})
        return "later"
    finally:
        state.in_hand.discard(run_id)


def serve(stop: threading.Event | None = None) -> None:
    """Takes queued imports until SIGTERM, SIGINT, ``stop``, or the end of the dashboard that started it.

    Raises:
        DatabaseUnavailable, DatabaseTooNew: as ``store.db.prepare``.
    """
    global _state  # noqa: PLW0603 (dbos calls a function by its name; it has to find this process' state)
    _state = state = _State()
    if stop is not None:
        state.stopping = stop
    logs.setup()
    db.prepare()
    queue.prepare()
    _listen_for_the_end(state.stopping)
    with presence(state.id):
        _launch(state.id)
        log.info("worker started", extra={"data": {"worker": state.id}})
        try:
            with chores.beside(state.stopping):
                _work(state)
        finally:
            _say_goodbye(state)
    log.info("worker stopped", extra={"data": {"worker": state.id}})
    if stop is None and state.in_hand:
        # A request that does not come back would hold the process; what it works on is kept and taken over.
        logging.shutdown()
        os._exit(ENDED)


def _launch(worker: str) -> None:
    DBOS(
        config={
            "name": queue.APPLICATION,
            "system_database_url": settings().jobs_database,
            "application_version": queue.VERSION,
            "executor_id": worker,
            "run_migrations": True,
            "log_level": "WARNING",
        }
    )
    # Its own handler writes another format than ours.
    library = logging.getLogger("dbos")
    library.handlers.clear()
    library.propagate = True
    DBOS.launch()


def _work(state: _State) -> None:
    while not state.stopping.is_set():
        try:
            _look_after(state)
        except Exception as error:  # a worker goes on whatever one look has met
            level = logging.WARNING if isinstance(error, SQLAlchemyError) else logging.ERROR
            log.log(level, "looking after the queue failed: %s", type(error).__name__, exc_info=error)
        state.stopping.wait(LOOK_S)


def _look_after(state: _State) -> None:
    """Gives the work of dead processes, and what nobody has taken up, back to the queue."""
    client = queue.client()
    with db.session() as session:
        alive = claims.alive(session) | {state.id}
        active = runs.active_runs(session)
        gone = [row.id for row in workers.silent(session, within_s=86_400)]
        for worker in gone:
            workers.remove(session, worker)
        if gone:
            session.commit()
    dead = queue.executors(client) - alive
    if dead:
        log.warning("taking over from dead workers", extra={"data": {"workers": sorted(dead)}})
        DBOS._recover_pending_workflows(sorted(dead))
    waiting = [run for run in active if not _in_good_hands(run, alive, state)]
    if not waiting:
        return
    queued = queue.live_runs(client)
    for run in waiting:
        if run.id not in queued:
            queue.submit(run)


def _in_good_hands(run: Run, alive: set[str], state: _State) -> bool:
    return run.id in state.in_hand if run.worker == state.id else run.worker in alive


def _say_goodbye(state: _State) -> None:
    """Lets the imports at hand finish their pages; others go on with them."""
    deadline = time.monotonic() + GOODBYE_S
    while state.in_hand and time.monotonic() < deadline:
        time.sleep(0.05)
    with contextlib.suppress(Exception):
        DBOS.destroy()


def _listen_for_the_end(stopping: threading.Event) -> None:
    def stop(*_: Any) -> None:
        stopping.set()

    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, stop)
    if os.environ.get(PARENT_PIPE):
        threading.Thread(target=_until_parent_ends, args=(stopping,), name="parent", daemon=True).start()


def _until_parent_ends(stopping: threading.Event) -> None:
    with contextlib.suppress(OSError):
        while os.read(sys.stdin.fileno(), 1024):
            pass
    stopping.set()
