"""``key add``, ``key list``, ``key remove``."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import Annotated

import typer

from wbcore.cli.options import Json, read_token
from wbcore.cli.output import DONE, WrongUsageError, finish, out

NAME_LENGTH = 100

group = typer.Typer(help=out.text("help-keys"), no_args_is_help=True)

Name = Annotated[str, typer.Argument(help=out.text("help-key-name"), metavar="NAME", show_default=False)]


@group.callback()
def _key(_json: Json = False) -> None:
    """Holds the commands of keys."""


@group.command(help=out.text("help-key-add"))
def add(
    name: Name,
    replace: Annotated[bool, typer.Option("--replace", help=out.text("help-replace"))] = False,
    _json: Json = False,
) -> None:
    """Checks a token, offline and then live, and stores it under a name."""
    name = _checked_name(name)
    from wbcore.cli import database, documents
    from wbcore.guidance import terminal
    from wbcore.keys import saving

    database.prepare()
    if not replace and database.has_key(name):
        raise WrongUsageError(out.text("key-exists", name=name))
    try:
        outcome = saving.add_key(name, read_token(), replace=replace)
    except saving.KeyExists:  # while Wildberries was asked
        raise WrongUsageError(out.text("key-exists", name=name)) from None
    except KeyError:
        raise WrongUsageError(out.text("key-missing", name=name)) from None
    now = datetime.now(UTC)
    found = [d.to_json(out.lang) for d in outcome.diagnoses]
    document = {
        "saved": outcome.saved,
        "name": name,
        "unverified": outcome.unverified,
        "seller": None if outcome.seller is None else database.seller_document(outcome.seller),
        "token": documents.unreadable_token(found)
        if outcome.facts is None
        else documents.token(outcome.facts, now, found),
        "same_token_as": list(outcome.same_as),
        "diagnoses": found,
    }
    out.result(
        document,
        lambda: terminal.saved_key(document, out.lang),
        lambda: terminal.diagnoses(found, out.lang, key=name),
    )
    finish(found)


def _checked_name(name: str) -> str:
    name = name.strip()
    if not name or len(name) > NAME_LENGTH or not name.isprintable():
        raise WrongUsageError(out.text("bad-name", longest=NAME_LENGTH))
    return name


@group.command("list", help=out.text("help-key-list"))
def list_keys(_json: Json = False) -> None:
    """Lists the stored keys with what their tokens can do; sends nothing."""
    from wbcore.cli import database
    from wbcore.guidance import terminal

    database.prepare()
    found = database.key_documents(out.lang)
    out.result({"keys": found}, lambda: terminal.keys(found, out.lang))


@group.command(help=out.text("help-key-remove"))
def remove(
    name: Name,
    yes: Annotated[bool, typer.Option("--yes", "-y", help=out.text("help-yes"))] = False,
    _json: Json = False,
) -> None:
    """Removes a key with its token. Its orders and the import history stay."""
    from rich.text import Text

    from wbcore.cli import database
    from wbcore.keys import saving

    database.prepare()
    database.require_key(name)
    if not yes:
        if out.json or not sys.stdin.isatty():
            raise WrongUsageError(out.text("say-yes", name=name))
        if not typer.confirm(out.text("confirm-remove", name=name), err=True):
            raise typer.Exit(DONE)
    try:
        saving.remove_key(name)
    except KeyError:  # while the question was answered
        raise WrongUsageError(out.text("key-missing", name=name)) from None
    out.result({"removed": True, "name": name}, lambda: Text(out.text("key-removed", name=name)))
