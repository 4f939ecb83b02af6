"""The commands' names, as in the contract."""

from __future__ import annotations

import importlib
from typing import Final

import typer

from wbcore.cli.options import Json
from wbcore.cli.output import out

GROUPS: Final = {
    "token": ("token_command", "group"),
    "key": ("key_command", "group"),
    "buyers": ("buyers_command", "group"),
    "user": ("user_command", "group"),
    "audit": ("user_command", "audit_group"),
    "secret": ("secret_command", "group"),
}
"""Name -> the module and what in it holds the group's commands."""
COMMANDS: Final = {
    "serve": ("serve_command", "serve"),
    "backup": ("backup_command", "backup"),
    "restore": ("backup_command", "restore"),
    "doctor": ("doctor_command", "doctor"),
    "import": ("import_command", "import_orders"),
    "orders": ("orders_command", "orders"),
    "sales": ("sales_command", "sales"),
    "runs": ("import_command", "runs"),
    "sandbox": ("serve_command", "sandbox"),
    "metrics": ("metrics_command", "metrics"),
    "worker": ("serve_command", "worker"),
}


def make(wanted: str = "") -> typer.Typer:
    """The command line.

    Args:
        wanted: the name of the only command, or group, that is needed now; another word: all of them, as a
            list of commands or a mistake in their names needs.
    """
    app = typer.Typer(
        help=out.text("help"),
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["--help", "-h"]},
    )
    app.callback()(_main)
    alone = {wanted} if wanted in {*GROUPS, *COMMANDS} else {*GROUPS, *COMMANDS}
    for name, place in GROUPS.items():
        if name in alone:
            app.add_typer(_loaded(*place), name=name)
    for name, place in COMMANDS.items():
        if name in alone:
            app.command(name, help=out.text(f"help-{name}"))(_loaded(*place))
    return app


def _main(_json: Json = False) -> None:
    """Holds the commands."""


def _loaded(module: str, name: str) -> typer.Typer:
    found: typer.Typer = getattr(importlib.import_module(f"wbcore.cli.{module}"), name)
    return found
