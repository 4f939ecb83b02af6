"""Commands in processes of their own that start in a moment: each is forked from one that has imported all.

Only what reads no setting when it is imported is there beforehand; ``wbcore.cli`` itself, and the dashboard's
pages, are imported anew by each command, in its own environment, as ``python -m wbcore`` does.
"""

from __future__ import annotations

import atexit
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import reduction
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import ModuleType
from typing import IO, Any

LIBRARIES = (
    "alembic.command",
    "altair",
    "dbos",
    "orjson",
    "pandas",
    "pyarrow",
    "pydantic_settings",
    "requests",
    "rich.table",
    "sqlmodel",
    "streamlit.web.bootstrap",
    "streamlit.web.cli",
    "typer.main",
    "uvicorn",
    "wbcore.guidance.terminal",
    "wbcore.guidance.drawing",
    "wbcore.health.checks",
    "wbcore.health.checkups",
    "wbcore.imports.queue",
    "wbcore.keys.saving",
    "wbcore.orders.export",
    "wbcore.people.entrance",
    "wbcore.worker.duties",
    "wbcore.worker.readiness",
    "wbcore.worker.supervisor",
    "tests.preloaded",
)


BACKOFF_S = 0.004
"""A request that failed is really sent again, but soon; here and in the tests' own process (``conftest``)."""
DUTIES_EVERY_S = 0.3
"""A worker looks round for its duties more often than where nobody waits for that alone."""


@dataclass(frozen=True)
class Ended:
    """A command's exit code (negative: the signal that ended it) and what it wrote."""

    code: int
    stdout: bytes
    stderr: bytes


def run(
    arguments: Sequence[str], environment: Mapping[str, str], stdin: bytes, folder: Path, timeout_s: float
) -> Ended | None:
    """Runs ``python -m wbcore`` with these arguments; None: it took longer and was ended."""
    files: list[Path | int] = [folder / name for name in ("stdin", "stdout", "stderr")]
    (folder / "stdin").write_bytes(stdin)
    process = start("wbcore", arguments, environment, files)
    process.join(timeout_s)
    if process.exitcode is None:
        process.kill()
        process.join()
        return None
    return Ended(process.exitcode, (folder / "stdout").read_bytes(), (folder / "stderr").read_bytes())


class Running:
    """A command while it runs; it is dealt with as ``subprocess.Popen`` is.

    Attributes:
        stdout, stderr: what it says, to be read; None where that goes elsewhere.
        returncode: None until ``poll``, ``wait`` or ``communicate`` has seen its end.
    """

    def __init__(
        self,
        arguments: Sequence[str],
        environment: Mapping[str, str],
        *,
        program: str = "wbcore",
        stdout: Path | None = None,
        stderr: Path | None = None,
    ) -> None:
        """``program``: as for ``start``. ``stdout`` and ``stderr``: files for what it says; None: a pipe."""
        self.args = list(arguments)
        self.stdout, out = _writable(stdout)
        self.stderr, err = _writable(stderr)
        self._process = start(program, arguments, environment, [Path(os.devnull), out, err])
        for end in (out, err):
            if isinstance(end, int):
                os.close(end)  # only the command has it, so that it ends with the command
        pid = self._process.pid
        assert pid is not None
        self.pid: int = pid

    @property
    def returncode(self) -> int | None:
        return self._process.exitcode

    def poll(self) -> int | None:
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        self._process.join(timeout)
        code = self._process.exitcode
        if code is None:
            raise subprocess.TimeoutExpired(self.args, timeout or 0.0)
        return code

    def send_signal(self, number: signal.Signals) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def communicate(self, timeout: float | None = None) -> tuple[bytes, bytes]:
        """All that it still says, and its end."""
        with ThreadPoolExecutor(2) as pool:
            said = [pool.submit(pipe.read) for pipe in (self.stdout, self.stderr) if pipe is not None]
            try:
                self.wait(timeout)
            except subprocess.TimeoutExpired:
                self.kill()  # whoever reads would wait for ever
                raise
            read = iter([one.result() for one in said])
        stdout, stderr = (b"" if pipe is None else next(read) for pipe in (self.stdout, self.stderr))
        for pipe in (self.stdout, self.stderr):
            if pipe is not None:
                pipe.close()
        self.stdout = self.stderr = None
        return stdout, stderr


def _writable(file: Path | None) -> tuple[IO[bytes] | None, Path | int]:
    """What we read, and what the command writes to."""
    if file is not None:
        return None, file
    ours, theirs = os.pipe()
    return open(ours, "rb"), theirs


class _Passed:
    """A file that is open here, and is to be open in the command."""

    def __init__(self, number: int) -> None:
        self.number = number

    def __reduce__(self) -> tuple[Any, tuple[Any]]:
        return _receive, (reduction.DupFd(self.number),)


def _receive(passed: Any) -> int:
    number: int = passed.detach()
    return number


@contextmanager
def nothing_first() -> Iterator[None]:
    """What is forked meanwhile does not begin with our main module, as multiprocessing would have it.

    Streamlit leaves there whatever script it ran last. After a page was tested in this process, every command
    would import ``app.py``, and keep settings that were read before it got its own.
    """
    ours = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = ours


def start(
    program: str, arguments: Sequence[str], environment: Mapping[str, str], files: Sequence[Path | int]
) -> BaseProcess:
    """Starts ``python -m wbcore`` or ``python -m streamlit``; ``files``: stdin, stdout and stderr."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(LIBRARIES))
    passed = [_Passed(file) if isinstance(file, int) else file for file in files]
    process = context.Process(target=_command, args=(program, list(arguments), dict(environment), passed))
    with nothing_first():
        process.start()
    return process


def _command(
    program: str, arguments: list[str], environment: dict[str, str], files: list[Path | int]
) -> None:
    """In the forked process: the program as a shell would have started it."""
    os.environ.clear()
    os.environ.update(environment)
    writing = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    for number, flags in enumerate((os.O_RDONLY, writing, writing)):
        file = files[number]
        opened = file if isinstance(file, int) else os.open(file, flags, 0o600)
        os.dup2(opened, number)
        os.close(opened)
    sys.stdin, sys.stdout, sys.stderr = (
        open(number, mode, closefd=False)  # noqa: SIM115 (they are this process' own, until it ends)
        for number, mode in enumerate("rww")
    )
    sys.argv = [program, *arguments]
    code = _PROGRAMS[program]()
    threading._shutdown()
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _wbcore() -> int:
    from wbcore.api import client
    from wbcore.cli import main
    from wbcore.worker import duties

    client.BACKOFF_S = BACKOFF_S
    duties.LOOK_S = duties.ASK_S = DUTIES_EVERY_S
    return main()


def _streamlit() -> int:
    from streamlit.web.cli import main

    try:
        main(prog_name="streamlit")
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0


_PROGRAMS = {"wbcore": _wbcore, "streamlit": _streamlit}
