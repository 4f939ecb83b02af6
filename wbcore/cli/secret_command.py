"""``secret rotate`` and ``secret reset``: the key that opens what is stored encrypted."""

from __future__ import annotations

from typing import Annotated

import typer

from wbcore.cli.options import Json, sure
from wbcore.cli.output import WrongUsageError, out

group = typer.Typer(help=out.text("help-secret"), no_args_is_help=True)

Yes = Annotated[bool, typer.Option("--yes", "-y", help=out.text("help-secret-yes"))]


@group.callback()
def _secret(_json: Json = False) -> None:
    """Holds the commands of the secret key."""


@group.command(help=out.text("help-secret-rotate"))
def rotate(_json: Json = False) -> None:
    """Encrypts everything stored with a new key; the old one is kept until all is done."""
    from rich.text import Text

    from wbcore.cli import database
    from wbcore.store import sealed

    database.prepare()
    try:
        done = sealed.rotate()
    except sealed.NothingToRotateTo:
        raise WrongUsageError(out.text("secret-one-key")) from None
    database.note_in_audit("secret_rotated", "")
    document = {
        "rotated": True,
        "renewed": done.renewed,
        "unreadable": done.unreadable,
        "old_keys_removed": done.old_keys,
    }
    text = "secret-rotated" if done.old_keys else "secret-rotated-variable"
    out.result(document, lambda: Text(out.text(text, renewed=done.renewed, unreadable=done.unreadable)))


@group.command(help=out.text("help-secret-reset"))
def reset(yes: Yes = False, _json: Json = False) -> None:
    """Gives up what a lost key would open: tokens are pasted again, orders and history stay."""
    from rich.text import Text

    from wbcore.cli import database
    from wbcore.store import sealed

    database.prepare(secret=False)
    if database.state_of_secret() == "ok":
        raise WrongUsageError(out.text("secret-not-lost"))
    sure(yes, out.text("confirm-secret-reset"))
    lost = sealed.reset()
    database.note_in_audit("secret_reset", "")
    out.result({"reset": True, **lost}, lambda: Text(out.text("secret-reset", **lost)))
