"""``doctor``: the health of all keys, or of one."""

from __future__ import annotations

from wbcore.cli.options import Json, OptionalKeyName
from wbcore.cli.output import finish, out


def doctor(key: OptionalKeyName = None, _json: Json = False) -> None:
    """Checks what the keys can do now, with as few requests as possible."""
    from wbcore.cli import database
    from wbcore.guidance import terminal
    from wbcore.health import checks

    database.prepare()
    ids = None if key is None else [database.require_key(key)]
    report = checks.check(ids)
    database.with_checklists(report["keys"])
    database.with_incidents(report, report["keys"])
    out.result(report, lambda: terminal.health(report, out.lang))
    finish(d for row in report["keys"] for d in row["diagnoses"])
