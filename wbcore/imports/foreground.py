"""An import from the command line: queued as any other, and followed to its end.

Where no worker is alive this process is one until then, so there is one way for an import, not two.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import date
from typing import Any, Final

from wbcore.api.client import Quota
from wbcore.imports import queue, runs, working
from wbcore.imports.runs import AlreadyRunning
from wbcore.imports.working import Hands
from wbcore.keys import keyring
from wbcore.settings import settings
from wbcore.store import db, workers
from wbcore.store.models import ACTIVE_STATUSES, Run
from wbcore.store.patience import patiently
from wbcore.store.presence import leave

LOOK_S: Final = 0.2
INTERRUPTED: Final = 1

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
    on_left: Callable[[Run], object] | None = None,
    quota: Quota | None = None,
) -> Run:
    """Imports until done, failed or cancelled (Ctrl+C: after the page at hand; twice: at once).

    An import that was interrupted is gone on with when it is asked for again. The same import that somebody
    else has begun is followed to its end; Ctrl+C ends the looking on, not the import.

    Args:
        on_progress: called after each page, and while nothing happens; None: nobody looks on.
        on_left: called with the run as it is left when it is interrupted twice, as nothing returns then.
        quota: the seller's buckets; for benches.

    Returns:
        The run as it ended; its ``diagnoses`` say why if it failed. One that is still active is somebody
        else's, who is not followed any more.

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
    if date_from or date_to:
        params["zone"] = settings().zone  # the run may go on in a worker that lives by another
    hands = Hands(working.new_id("cli"), quota=quota, busy_s=queue.ALONE_S, free_s=queue.EAGER_S)
    with _interrupts() as interrupted:
        run, own = patiently(lambda: _queued(key_name, source, params))
        follower = _Follower(run.id, own, hands, interrupted, on_progress, on_left)
        return follower.to_the_end()


class _Follower:
    """Looks on until a run has ended, and works on it where nobody else does.

    Args:
        own: the run was begun by this command, which may stop it, too.
    """

    def __init__(  # noqa: PLR0917
        self,
        run_id: str,
        own: bool,
        hands: Hands,
        interrupted: threading.Event,
        show: Progress | None,
        on_left: Callable[[Run], object] | None,
    ) -> None:
        self.run_id = run_id
        self.own = own
        self.hands = hands
        self.interrupted = interrupted
        self.show = show
        self.on_left = on_left
        hands.on_page = self._on_page

    def to_the_end(self) -> Run:
        with ExitStack() as working_here:
            works = False
            try:
                while (run := self._look()).status in ACTIVE_STATUSES:
                    if self._lets_go():
                        self.hands.stopping.set()  # given back after the page at hand
                        if not self.hands.in_hand:
                            break
                    elif not works and not patiently(_anybody_works):
                        working_here.enter_context(working.at_work(self.hands))
                        works = True
                    self.hands.moved.wait(LOOK_S)
                    self.hands.moved.clear()
            except KeyboardInterrupt:
                self._leave_nothing()
                raise
            return run

    def _lets_go(self) -> bool:
        """Whether somebody who looked on at another's import has had enough."""
        return self.interrupted.is_set() and not self.own

    def _leave_nothing(self) -> None:
        """Interrupted twice: the own run is cancelled now, whatever this process' threads still do."""
        leave(self.hands.id)
        if self.own:
            queue.cancel(self.run_id)
        if self.on_left is not None:
            self.on_left(self._read())
        if self.hands.in_hand:
            # A request that does not come back would hold the process.
            logging.shutdown()
            sys.stdout.flush()
            os._exit(INTERRUPTED)

    def _on_page(self, run_id: str) -> None:
        if run_id == self.run_id and (self.show is not None or self.interrupted.is_set()):
            self._look()

    def _look(self) -> Run:
        run = patiently(self._read)
        if self.show is not None:
            self.show(run)
        if self.own and self.interrupted.is_set() and not run.cancel_requested:
            patiently(lambda: queue.cancel(run.id))
        return run

    def _read(self) -> Run:
        with db.session() as session:
            run = runs.get(session, self.run_id)
        assert run is not None
        return run


def _anybody_works() -> bool:
    with db.session() as session:
        return bool(workers.alive(session))


def _queued(key_name: str, source: str, params: dict[str, Any]) -> tuple[Run, bool]:
    """The run to follow, and whether it is this command's: a new one, or the same one that was interrupted;
    not the same one that somebody else has begun."""
    while True:
        with db.session() as session:
            key = keyring.get_key(session, key_name)
            alive = workers.alive_ids(session)
        if key is None or key.id is None:
            raise KeyError(key_name)
        try:
            return queue.enqueue_import(key.id, source, params, "cli"), True
        except AlreadyRunning as error:
            other = error.run
        left = bool(other.worker) and other.worker not in alive
        if (other.source, other.params) == (source, params):
            return other, left and other.trigger == "cli"
        if not left:
            raise AlreadyRunning(other)
        # Left behind by a process that was killed, and not what is wanted now.
        queue.cancel(other.id)


@contextmanager
def _interrupts() -> Iterator[threading.Event]:
    """Ctrl+C and SIGTERM, noticed after the page at hand; the second one ends at once."""
    interrupted = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield interrupted
        return

    def stop(_number: int, _frame: object) -> None:
        if interrupted.is_set():
            raise KeyboardInterrupt
        interrupted.set()

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield interrupted
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
