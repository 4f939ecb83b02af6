"""Commands in processes of their own that start in a moment: each is forked from one that has imported all.

Only what reads no setting when it is imported is there beforehand; ``wbcore.cli`` itself is imported anew by
each command, in its own environment, as ``python -m wbcore`` does.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

LIBRARIES = (
    "alembic.command",
    "dbos",
    "orjson",
    "pydantic_settings",
    "requests",
    "rich.table",
    "sqlmodel",
    "typer.main",
    "wbcore.guidance.terminal",
    "wbcore.health.checks",
    "wbcore.imports.queue",
    "wbcore.keys.saving",
    "wbcore.orders.export",
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
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(LIBRARIES))
    files = [folder / name for name in ("stdin", "stdout", "stderr")]
    files[0].write_bytes(stdin)
    process = context.Process(target=_command, args=(list(arguments), dict(environment), files))
    process.start()
    process.join(timeout_s)
    if process.exitcode is None:
        process.kill()
        process.join()
        return None
    return Ended(process.exitcode, files[1].read_bytes(), files[2].read_bytes())


def _command(arguments: list[str], environment: dict[str, str], files: list[Path]) -> None:
    """In the forked process: the command line as a shell would have started it."""
    os.environ.clear()
    os.environ.update(environment)
    writing = os.O_WRONLY | os.O_CREAT
    for number, flags in enumerate((os.O_RDONLY, writing, writing)):
        os.dup2(os.open(files[number], flags, 0o600), number)
    sys.stdin, sys.stdout, sys.stderr = (
        open(number, mode, closefd=False)  # noqa: SIM115 (they are this process' own, until it ends)
        for number, mode in enumerate("rww")
    )
    sys.argv = ["wbcore", *arguments]
    from wbcore.cli import main

    code = main()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
