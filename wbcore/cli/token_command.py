"""``token inspect``: a token read offline."""

from __future__ import annotations

from datetime import UTC, datetime

import typer

from wbcore.cli.options import Json, read_token
from wbcore.cli.output import finish, out

group = typer.Typer(help=out.text("help-token"), no_args_is_help=True)


@group.callback()
def _token(_json: Json = False) -> None:
    """Holds the commands of tokens."""


@group.command(help=out.text("help-token-inspect"))
def inspect(_json: Json = False) -> None:
    """Reads the token on stdin; sends nothing and keeps nothing."""
    from wbcore.api import token
    from wbcore.cli import documents
    from wbcore.guidance import diagnosis, terminal

    now = datetime.now(UTC)
    try:
        facts = token.read(read_token())
    except token.TokenUnreadable as error:
        unreadable = [diagnosis.from_unreadable(error).to_json(out.lang)]
        out.result(
            documents.unreadable_token(unreadable),
            lambda: terminal.diagnoses(unreadable, out.lang),
        )
        finish(unreadable)
    found = [d.to_json(out.lang) for d in diagnosis.token_diagnoses(diagnosis.Evidence(now=now, facts=facts))]
    document = documents.token(facts, now, found)
    out.result(
        document,
        lambda: terminal.token_facts(document, out.lang),
        lambda: terminal.diagnoses(found, out.lang),
    )
    finish(found)
