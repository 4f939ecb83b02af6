"""Commands in processes of their own that start in a moment: each is forked from one that has imported all.

Only what reads no setting when it is imported is there beforehand; ``wbcore.cli`` itself, and the dashboard's
pages, are imported anew by each command, in its own environment, as ``python -m wbcore`` does.
"""

from __future__ import annotations

import atexit
import multiprocessing
import os
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path

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
    "wbcore.guidance.views",
    "wbcore.health.checks",
    "wbcore.health.checkups",
    "wbcore.imports.queue",
    "wbcore.keys.saving",
    "wbcore.orders.export",
    "wbcore.people.entrance",
    "wbcore.worker.readiness",
    "wbcore.worker.supervisor",
)


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
    files = [folder / name for name in ("stdin", "stdout", "stderr")]
    files[0].write_bytes(stdin)
    process = start("wbcore", arguments, environment, files)
    process.join(timeout_s)
    if process.exitcode is None:
        process.kill()
        process.join()
        return None
    return Ended(process.exitcode, files[1].read_bytes(), files[2].read_bytes())


def start(
    program: str, arguments: Sequence[str], environment: Mapping[str, str], files: Sequence[Path]
) -> BaseProcess:
    """Starts ``python -m wbcore`` or ``python -m streamlit``; ``files``: stdin, stdout and stderr."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(LIBRARIES))
    process = context.Process(
        target=_command, args=(program, list(arguments), dict(environment), list(files))
    )
    process.start()
    return process


def _command(program: str, arguments: list[str], environment: dict[str, str], files: list[Path]) -> None:
    """In the forked process: the program as a shell would have started it."""
    os.environ.clear()
    os.environ.update(environment)
    writing = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    for number, flags in enumerate((os.O_RDONLY, writing, writing)):
        os.dup2(os.open(files[number], flags, 0o600), number)
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
    from wbcore.cli import main

    return main()


def _streamlit() -> int:
    from streamlit.web.cli import main

    try:
        main(prog_name="streamlit")
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0


_PROGRAMS = {"wbcore": _wbcore, "streamlit": _streamlit}
