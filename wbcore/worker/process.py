"""A worker: takes queued imports and does the duties of everybody until it is stopped. Any number of them, on
any number of machines.
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

from wbcore import log as logs
from wbcore.imports import working
from wbcore.imports.working import Hands
from wbcore.worker import duties
from wbcore.worker.readiness import make_ready
from wbcore.worker.supervisor import PARENT_PIPE

log = logging.getLogger(__name__)

LOOK_S: Final = 1.0
ENDED: Final = 0
LAST_S: Final = 60.0
"""A worker whose dashboard has died is gone after so long, also where the database does not answer."""


def serve(stop: threading.Event | None = None) -> None:
    """Takes queued imports until SIGTERM, SIGINT, ``stop``, or the end of the dashboard that started it.

    Raises:
        DatabaseUnavailable, DatabaseTooNew: as ``store.db.prepare``.
        SecretKeyError: as ``store.sealed.check``.
    """
    hands = Hands(working.new_id("worker"), stop or threading.Event())
    logs.setup()
    make_ready()
    if stop is None:
        working.settle()
    _listen_for_the_end(hands.stopping)
    with working.at_work(hands):
        log.info("worker started", extra={"data": {"worker": hands.id}})
        with duties.beside(hands.stopping):
            while not hands.stopping.wait(LOOK_S):  # without an end no signal comes through on Windows
                pass
    log.info("worker stopped", extra={"data": {"worker": hands.id}})
    if stop is None:
        # Python waits for the threads of pools: a host that says nothing would hold the process for minutes.
        # What was in hand is kept and taken over.
        logging.shutdown()
        os._exit(ENDED)


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
    time.sleep(LAST_S)
    os._exit(ENDED)
