"""``backup`` and ``restore``: the database as one file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from wbcore.cli.options import Json, sure
from wbcore.cli.output import WrongUsageError, out

File = Annotated[Path, typer.Argument(help=out.text("help-backup-file"), metavar="FILE", show_default=False)]


def backup(file: File, _json: Json = False) -> None:
    """Copies the database into a file, also while it is in use. The secret key is not in it."""
    from rich.text import Text
    from sqlalchemy.exc import DBAPIError

    from wbcore.cli import database
    from wbcore.store import backup as copies
    from wbcore.worker.readiness import make_ready

    database.prepare(secret=False)
    if database.state_of_secret() == "ok":
        make_ready()  # a copy names no buyer in the clear, also where it is the first act after an upgrade
    with _refused_kindly(file):
        made = copies.make(file)
    try:
        database.note_in_audit("backup_made", file.name)
        noted = True
    except DBAPIError:  # a copy is the way out of a full disk: it is made, noted or not
        noted = False
    document = {
        "file": str(file),
        "bytes": file.stat().st_size,
        "revision": made.revision,
        "rows": made.rows,
        "in_audit": noted,
    }
    rows = sum(made.rows.values())
    out.result(
        document,
        lambda: Text(out.text("backup-made", file=str(file), rows=rows)),
        *([] if noted else [lambda: Text(out.text("backup-not-in-audit"))]),
    )


def restore(
    file: File,
    yes: Annotated[bool, typer.Option("--yes", "-y", help=out.text("help-secret-yes"))] = False,
    _json: Json = False,
) -> None:
    """Puts a backup in place of the database."""
    from rich.text import Text

    from wbcore.cli import database, logs
    from wbcore.store import backup as copies

    logs.start()
    sure(yes, out.text("confirm-restore"))
    with _refused_kindly(file):
        done = copies.restore(file)
    database.note_in_audit("restored", file.name)
    state = database.state_of_secret()
    document = {
        "restored": True,
        "file": str(file),
        "revision": done.revision,
        "rows": done.rows,
        "secret_key": state,
        "damaged_database": None if done.moved_aside is None else str(done.moved_aside),
    }
    rows = sum(done.rows.values())
    out.result(
        document,
        lambda: Text(out.text("restored", rows=rows)),
        *([] if state == "ok" else [lambda: Text(out.text("restored-without-key"))]),
    )


@contextmanager
def _refused_kindly(file: Path) -> Iterator[None]:
    from wbcore.store.backup import BackupRefused

    try:
        yield
    except BackupRefused as error:
        raise WrongUsageError(out.text(f"backup-{error.code.replace('_', '-')}", file=str(file))) from None
