"""The command line as a user has it: real processes, a real imitation of WB, a data folder of their own."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import tempfile
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests import forked

ROOT = Path(__file__).resolve().parents[2]
ORDERS = 5000


def clean_environment(**settings: str) -> dict[str, str]:
    """This process' environment without the developer's own settings, and with those given."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("WB_")}
    return {**kept, "PYTHONUNBUFFERED": "1", **settings}


@dataclass
class Result:
    code: int
    stdout: bytes
    stderr: bytes

    @property
    def text(self) -> str:
        return self.stdout.decode()

    @property
    def document(self) -> Any:
        """The only JSON document on stdout; anything beside it is an error."""
        return json.loads(self.stdout)


@dataclass
class Cli:
    """``python -m wbcore`` with a data folder of its own; remembers all that was printed."""

    data: Path
    gateway: str | None = None
    settings: dict[str, str] = field(default_factory=dict)
    printed: list[bytes] = field(default_factory=list)

    def environment(self, **extra: str) -> dict[str, str]:
        gateway = {} if self.gateway is None else {"WB_GATEWAY_URL": self.gateway}
        settings = {"WB_DATA_DIR": str(self.data), "WB_LANG": "en", **gateway, **self.settings, **extra}
        return clean_environment(**settings)

    def start(self, *arguments: str) -> forked.Running:
        return forked.Running(arguments, self.environment())

    def run(self, *arguments: str, stdin: str | bytes = b"", timeout: float = 120, **extra: str) -> Result:
        text = stdin.encode() if isinstance(stdin, str) else stdin
        with tempfile.TemporaryDirectory(prefix="wbcli") as folder:
            ended = forked.run(arguments, self.environment(**extra), text, Path(folder), timeout)
        assert ended is not None, f"{arguments} took over {timeout} s"
        self.printed += [ended.stdout, ended.stderr]
        assert b"Traceback" not in ended.stdout, ended.stdout.decode()
        return Result(ended.code, ended.stdout, ended.stderr)

    def json(self, *arguments: str, code: int = 0, **extra: Any) -> Any:
        """The document of a command, which has to end with this exit code."""
        result = self.run(*arguments, "--json", **extra)
        assert result.code == code, f"{arguments}: {result.code}\n{result.text}\n{result.stderr.decode()}"
        return result.document


@dataclass
class RunningSandbox:
    gateway: str
    tokens: dict[str, str]

    def control(self, path: str, body: object = None) -> None:
        """Asks one of the control addresses of the imitation of WB."""
        request = urllib.request.Request(
            f"{self.gateway}/_sandbox/{path}",
            data=json.dumps(body or {}).encode(),
            headers={"Content-Type": "application/json"},
            method="POST",
        )
        urllib.request.urlopen(request, timeout=120).close()


@contextlib.contextmanager
def serve_sandbox(*arguments: str) -> Iterator[RunningSandbox]:
    process = forked.Running(("sandbox", *arguments), clean_environment(), stderr=Path(os.devnull))
    try:
        assert process.stdout is not None
        first = json.loads(process.stdout.readline())
        yield RunningSandbox(first["gateway"], first["tokens"])
    finally:
        process.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(15)
        if process.poll() is None:
            process.kill()
            process.wait()


@pytest.fixture(scope="session")
def shared_sandbox() -> Iterator[RunningSandbox]:
    with serve_sandbox("--port", "0", "--orders", str(ORDERS)) as running:
        yield running


@pytest.fixture
def sandbox(shared_sandbox: RunningSandbox) -> RunningSandbox:
    """The imitation of WB with fresh quotas and nothing switched on."""
    shared_sandbox.control("reset")
    shared_sandbox.control("latency", {"seconds": 0})
    return shared_sandbox


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder after its first start: made once, copied for each test."""
    made = Cli(tmp_path_factory.mktemp("prepared") / "data")
    assert made.json("key", "list") == {"keys": []}
    shutil.rmtree(made.data / "logs")
    return made.data


@pytest.fixture
def data(tmp_path: Path, prepared: Path) -> Path:
    shutil.copytree(prepared, tmp_path / "data")
    return tmp_path / "data"


@pytest.fixture
def cli(data: Path, sandbox: RunningSandbox) -> Cli:
    return Cli(data, sandbox.gateway)


@pytest.fixture
def offline(data: Path) -> Cli:
    """A command line whose WB is an address where nobody listens."""
    return Cli(data, "http://127.0.0.1:9")
