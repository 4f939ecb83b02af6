"""Options that several commands share, and how their values are read."""

from __future__ import annotations

import getpass
import os
import sys
from datetime import date
from typing import Annotated

import typer

from wbcore.cli.output import DONE, WrongUsageError, out

FIRST_YEAR = "2000"
"""No day of Wildberries' is before that: 0204 is a slip of the hand, and would be asked for year by year."""


def parse_date(text: str) -> date:
    """A day as ``YYYY-MM-DD``.

    Raises:
        WrongUsageError: it is something else.
    """
    try:
        # fromisoformat alone also takes 20261123 and 2026-W48-1.
        if len(text) == len("YYYY-MM-DD") and text >= FIRST_YEAR:
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise WrongUsageError(out.text("bad-date", value=text[:40]))


def parse_days(since: str | None, until: str | None) -> tuple[date | None, date | None]:
    """The options ``--from`` and ``--to``, both days included.

    Raises:
        WrongUsageError: not a date, or the first is after the last.
    """
    first = None if since is None else parse_date(since)
    last = None if until is None else parse_date(until)
    if first is not None and last is not None and first > last:
        raise WrongUsageError(out.text("dates-swapped", first=first.isoformat(), last=last.isoformat()))
    return first, last


def read_token() -> str:
    """The token's text from ``WB_TOKEN``, a hidden prompt, or stdin; as it was given, not cleaned."""
    text = os.environ.get("WB_TOKEN", "")
    if text:
        return text
    if sys.stdin is None or sys.stdin.closed:
        return ""
    if sys.stdin.isatty():
        return getpass.getpass(out.text("token-prompt") + " ", stream=sys.stderr)
    return sys.stdin.buffer.read().decode("utf-8", "replace")


def sure(yes: bool, question: str) -> None:
    """For what can't be undone: ``--yes``, or an answer at the terminal.

    Raises:
        WrongUsageError: nobody can be asked.
        typer.Exit: the answer was no.
    """
    if yes:
        return
    if out.json or not sys.stdin.isatty():
        raise WrongUsageError(out.text("needs-yes"))
    if not typer.confirm(question, err=True):
        raise typer.Exit(DONE)


Json = Annotated[bool, typer.Option("--json", help=out.text("help-json"), expose_value=False)]
KeyName = Annotated[str, typer.Option("--key", help=out.text("help-key"), metavar="NAME", show_default=False)]
OptionalKeyName = Annotated[
    str | None, typer.Option("--key", help=out.text("help-key"), metavar="NAME", show_default=False)
]
FirstDay = Annotated[
    str | None, typer.Option("--from", help=out.text("help-from"), metavar="YYYY-MM-DD", show_default=False)
]
LastDay = Annotated[
    str | None, typer.Option("--to", help=out.text("help-to"), metavar="YYYY-MM-DD", show_default=False)
]
