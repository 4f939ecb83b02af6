"""The dashboard's own worker: a child process, watched, restarted when it dies, ended with the dashboard."""

from __future__ import annotations

import atexit
import contextlib
import logging
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Final

from wbcore.settings import settings

log = logging.getLogger(__name__)

PARENT_PIPE: Final = "WB_PARENT_PIPE"
"""Set for the dashboard's own worker: the worker ends when its standard input does."""
FIRST_PAUSE_S: Final = 0.5
LONGEST_PAUSE_S: Final = 30.0
HEALTHY_S: Final = 60.0
"""A worker that has lived so long was well: the next pause is a short one again."""
GOODBYE_S: Final = 25.0
ROOT: Final = Path(__file__).resolve().parents[2]


class Keeper:
    """Keeps one worker process running."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="worker-keeper", daemon=True)

    def start(self) -> None:
        self._thread.start()

    @property
    def pid(self) -> int | None:
        """The worker's process; None while there is none."""
        process = self._process
        return process.pid if process is not None and process.poll() is None else None

    def stop(self) -> None:
        """Ends the worker: it finishes the pages at hand."""
        self._ending.set()
        process = self._process
        if process is None:
            return
        _close_pipe(process)
        try:
            process.wait(GOODBYE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _keep(self) -> None:
        pause = FIRST_PAUSE_S
        while not self._ending.is_set():
            started = time.monotonic()
            try:
                self._process = start_worker()
                code: int | None = self._process.wait()
            except OSError as error:
                code = None
                log.error("the worker can't be started: %s", error)  # noqa: TRY400
            if self._ending.is_set():
                return
            if time.monotonic() - started > HEALTHY_S:
                pause = FIRST_PAUSE_S
            log.warning("the worker has ended", extra={"data": {"exit_code": code, "next_start_s": pause}})
            self._ending.wait(pause)
            pause = min(LONGEST_PAUSE_S, pause * 2)


def start_worker() -> subprocess.Popen[bytes]:
    """``python -m wbcore worker`` that ends when its standard input is closed, also by our own death."""
    path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    return subprocess.Popen(
        [sys.executable, "-m", "wbcore", "worker"],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        env={**os.environ, PARENT_PIPE: "1", "PYTHONPATH": path},
    )


def _close_pipe(process: subprocess.Popen[bytes]) -> None:
    if process.stdin is not None:
        with contextlib.suppress(OSError):
            process.stdin.close()


_lock = threading.Lock()
_keeper: Keeper | None = None


def ensure_worker() -> Keeper | None:
    """Starts this process' worker unless it has one; None where ``WB_WORKER=off`` leaves work to others."""
    global _keeper  # noqa: PLW0603 (one worker a process)
    if not settings().worker:
        return None
    with _lock:
        if _keeper is None:
            _keeper = Keeper()
            _keeper.start()
            atexit.register(_keeper.stop)
        return _keeper
