"""A worker ends with the dashboard that started it, however that died and whatever the worker waits for."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from tests.work import ROOT, add_key, until, workers
from wbcore.health import checkups
from wbcore.sandbox.server import Sandbox

DASHBOARD = "from wbcore.worker.supervisor import start_worker; start_worker().wait()"
SOON_S = 100
"""A silent host would hold the worker for minutes."""


class Silent:
    """A host that takes connections and never says a word."""

    def __init__(self) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.asked: list[socket.socket] = []
        threading.Thread(target=self._take, daemon=True).start()

    def _take(self) -> None:
        try:
            while True:
                self.asked.append(self.socket.accept()[0])
        except OSError:
            pass

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.socket.getsockname()[1]}"

    def close(self) -> None:
        for one in (self.socket, *self.asked):
            one.close()


@pytest.fixture
def silent() -> Iterator[Silent]:
    host = Silent()
    yield host
    host.close()


@pytest.fixture
def dashboard(sqlite: str, sandbox: Sandbox, silent: Silent) -> Iterator[subprocess.Popen[bytes]]:
    """A process with a worker that checks a key at the silent host; one of both has its stderr open."""
    checkups.ask([add_key(sandbox).id or 0], datetime.now(UTC))
    parent = subprocess.Popen(
        [sys.executable, "-c", DASHBOARD],
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        cwd=ROOT,
        env={**os.environ, "WB_GATEWAY_URL": silent.address},
    )
    yield parent
    parent.kill()
    silent.close()  # whatever waits for it ends now
    parent.communicate()


def test_a_worker_that_waits_for_a_silent_host_ends_with_its_killed_dashboard(
    dashboard: subprocess.Popen[bytes], silent: Silent
) -> None:
    until(lambda: silent.asked, what="the check")
    dashboard.kill()
    dashboard.communicate(timeout=SOON_S)
    assert workers() == []
