"""What is told when a command can't do its work: a diagnosis, never a traceback."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Mapping
from typing import Any, Final

from wbcore.cli import logs
from wbcore.cli.output import out
from wbcore.log import redact

INSTALLATION: Final[Mapping[str, str]] = {
    "ValidationError": "settings",
    "SecretKeyMissing": "secret-key-missing",
    "SecretKeyExposed": "secret-key-exposed",
    "SecretKeyOutOfReach": "secret-key-out-of-reach",
    "SecretKeyError": "secret-key",
    "DataFolderExposed": "data-folder-exposed",
    "DatabaseTooNew": "database-too-new",
    "DataFolderOutOfReach": "data-folder-out-of-reach",
    "DatabaseDamaged": "database-damaged",
    "DatabaseReadOnly": "database-read-only",
    "DatabaseReplaced": "database-replaced",
    "DatabaseFull": "disk",
    "ServerReadOnly": "server-read-only",
    "DatabaseUnavailable": "database-unavailable",
    "OperationalError": "database-unavailable",
    "PermissionError": "no-permission",
    "OSError": "disk",
}
"""Exception -> the text that tells it. By name: nothing heavy is imported to say that it is broken."""


def installation_diagnosis(error: Exception) -> dict[str, Any]:
    """A failure of this installation in the contract's shape; code ``unknown``, none of WB's doing."""
    error = _of_the_database(error)
    kind = next((c.__name__ for c in type(error).__mro__ if c.__name__ in INSTALLATION), None)
    cause = "unexpected" if kind is None else INSTALLATION[kind]
    if cause == "unexpected":
        # The message may carry anything; the log redacts tokens and has the traceback for a developer.
        with contextlib.suppress(Exception):
            logs.start()
        logging.getLogger(__name__).error("unexpected failure", exc_info=error)
    return {
        "code": "unknown",
        "severity": "error",
        "title": out.text(f"{cause}-title"),
        "summary": out.text(f"{cause}-summary", detail=_detail(error)),
        "required_category": None,
        "present_categories": [],
        "steps": [],
        "details": {"cause": cause, "exception": type(error).__name__},
    }


def _of_the_database(error: Exception) -> Exception:
    """What fails in the middle of work has a class of SQLAlchemy: the database's words tell what it means."""
    if all(c.__name__ != "DBAPIError" for c in type(error).__mro__):
        return error
    from wbcore.store import db

    trouble = db.trouble(error)  # type: ignore[arg-type]
    return error if type(trouble) is db.DatabaseUnavailable else trouble


def _detail(error: Exception) -> str:
    if type(error).__name__ == "ValidationError":
        from wbcore.guidance.texts import slips

        return slips(out.lang, error)  # type: ignore[arg-type]
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror}"
    text = redact(str(error)).strip().splitlines()
    return text[0][:300] if text else type(error).__name__
