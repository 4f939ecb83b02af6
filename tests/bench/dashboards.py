"""Dashboards to be measured: ours, and an untouched empty Streamlit app, each a server of its own."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.request import ProxyHandler, build_opener

from tests.conftest import free_port

ROOT = Path(__file__).resolve().parents[2]
EMPTY = 'import streamlit as st\n\nst.title("Empty")\nst.write("Nothing else.")\n'
NOT_INSTALLED = "raise ModuleNotFoundError\n"
START_S = 90.0
NO_BYTECODE = "PYTHONDONTWRITEBYTECODE"
"""With it our own files would be compiled at each start, and Streamlit's, once installed, would not."""
TICKS = os.sysconf("SC_CLK_TCK")
_opener = build_opener(ProxyHandler({}))


@dataclass
class Server:
    """A running server.

    Attributes:
        started: when its process was, on ``time.perf_counter``'s clock.
    """

    port: int
    pid: int
    started: float

    @property
    def cpu_s(self) -> float:
        """Seconds of processor time that it has used; its children's are not among them."""
        return cpu_s(self.pid)

    @property
    def memory_mb(self) -> float:
        """What it holds in memory now."""
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS"):
                return int(line.split()[1]) / 1024
        return 0.0

    @property
    def children(self) -> list[int]:
        threads = Path(f"/proc/{self.pid}/task").glob("*/children")
        return [int(pid) for thread in threads for pid in thread.read_text().split()]


def cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


@contextmanager
def ours(data: Path, *, worker: bool = False, database: str = "") -> Iterator[Server]:
    """The dashboard as ``make run`` starts it."""
    environment = {
        "WB_DATA_DIR": str(data),
        "WB_LOG_LEVEL": "ERROR",
        "WB_WORKER": "on" if worker else "off",
        **({"WB_DATABASE_URL": database} if database else {}),
    }
    with _server(ROOT / "app.py", ROOT, environment) as server:
        yield server


@contextmanager
def empty(folder: Path) -> Iterator[Server]:
    """An app of two lines with Streamlit's own settings, without the loop that it does not bring along."""
    folder.mkdir(exist_ok=True)
    (folder / "uvloop.py").write_text(NOT_INSTALLED)
    script = folder / "empty.py"
    script.write_text(EMPTY)
    with _server(script, folder, {}) as server:
        yield server


@contextmanager
def _server(script: Path, folder: Path, more: dict[str, str]) -> Iterator[Server]:
    port = free_port()
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("WB_", NO_BYTECODE))
    }
    started = time.perf_counter()
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "streamlit", "run", str(script), "--server.address", "127.0.0.1"),
            *("--server.port", str(port), "--server.headless", "true"),
            *("--browser.gatherUsageStats", "false", "--server.fileWatcherType", "none"),
        ],
        cwd=folder,
        env=environment | more,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _until_it_answers(port, process)
        yield Server(port, process.pid, started)
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _until_it_answers(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        assert process.poll() is None, "the server has ended"
        with contextlib.suppress(OSError), _opener.open(f"http://127.0.0.1:{port}/_stcore/health", timeout=2):
            return
        time.sleep(0.01)
    raise TimeoutError("the server does not answer")
