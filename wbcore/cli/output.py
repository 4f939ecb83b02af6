"""Where a command's result goes: one JSON document on stdout, or people's output drawn by rich."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, NoReturn

import typer

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

DONE = 0
FAILED = 1
"""The command ended with a diagnosis of severity ``error``, which is in its output."""
WRONG_USAGE = 2


class WrongUsageError(Exception):
    """The command can't be done as it was asked for. The message is in the operator's language."""


class Output:
    """The output of this process. ``json`` is set once, before the command starts."""

    json = False

    @cached_property
    def lang(self) -> str:
        """``ru`` or ``en``; a wrong ``WB_LANG`` is told by whatever reads the settings next, not here."""
        from wbcore.settings import language

        return language()

    @cached_property
    def console(self) -> Console:
        return _console(stderr=False)

    @cached_property
    def errors(self) -> Console:
        return _console(stderr=True)

    def text(self, key: str, /, **params: Any) -> str:
        """A text of the section "Command line" in the operator's language."""
        from wbcore.guidance.texts import t

        return t(self.lang, f"cli-{key}", **params)

    def result(self, document: object, *drawings: Callable[[], RenderableType]) -> None:
        """Shows what a command found: the document for machines, or the drawings for people.

        Args:
            document: JSON-able, in the shape of the contract.
            drawings: made only where they are shown.
        """
        if self.json:
            write_stdout(
                json.dumps(document, ensure_ascii=False, indent=2).encode("utf-8", "replace") + b"\n"
            )
            return
        for draw in drawings:
            self.console.print(draw())

    def note(self, key: str, /, **params: Any) -> None:
        """One line for people on stderr, so that it never mixes with a result."""
        from rich.text import Text

        self.errors.print(Text(self.text(key, **params)))


out = Output()


def finish(diagnoses: Iterable[Mapping[str, Any]]) -> NoReturn:
    """Ends the command with the exit code that its diagnoses ask for."""
    raise typer.Exit(FAILED if any(d["severity"] == "error" for d in diagnoses) else DONE)


def write_stdout(data: bytes) -> None:
    """Bytes to stdout, whatever the terminal's encoding is."""
    sys.stdout.flush()
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def _console(*, stderr: bool) -> Console:
    from rich.console import Console

    class PipeConsole(Console):
        """A reader that has seen enough (``| head``) is no failure: ``main`` handles it."""

        def on_broken_pipe(self) -> None:
            raise BrokenPipeError

    # A pipe has no width: there a table is drawn wide enough to be searched with grep.
    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() or "COLUMNS" in os.environ else 160
    return PipeConsole(stderr=stderr, width=width, highlight=False, markup=False, emoji=False)
