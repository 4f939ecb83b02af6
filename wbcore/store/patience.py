"""The database may be locked for a while, or restart: what was to be written is tried again."""

from __future__ import annotations

import logging
import random
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, TypeVar

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, SQLAlchemyError

T = TypeVar("T")

_LIMITS: Final = "54"
"""Class of SQLSTATE: https://www.postgresql.org/docs/current/errcodes-appendix.html"""

log = logging.getLogger(__name__)

PATIENCE_S: Final = 120.0
READ_ONLY_PATIENCE_S: Final = 5.0
"""A file that may not be written to stays so until somebody changes it, who wants to be told."""
FIRST_PAUSE_S: Final = 0.1
LONGEST_PAUSE_S: Final = 5.0


def patiently(work: Callable[[], T], patience_s: float = PATIENCE_S) -> T:
    """Does ``work`` (a whole transaction) again while the database can't take it.

    Raises:
        DBAPIError: it still can't after ``patience_s`` seconds, SQLite's file stays read-only for some, or
            the failure is of another kind.
    """
    began = time.monotonic()
    pause = FIRST_PAUSE_S
    while True:
        try:
            return work()
        except DBAPIError as error:
            longest = min(patience_s, READ_ONLY_PATIENCE_S) if _is_read_only(error.orig) else patience_s
            if not is_passing(error) or time.monotonic() + pause > began + longest:
                raise
            log.warning(
                "the database can't be written to (%s), next try in %.1f s", type(error.orig).__name__, pause
            )
        time.sleep(pause * random.uniform(0.7, 1.3))  # noqa: S311
        pause = min(LONGEST_PAUSE_S, pause * 2)


@contextmanager
def apart(log: logging.Logger, what: str) -> Iterator[None]:
    """One of several duties: what fails in it is logged, and the others are done."""
    try:
        yield
    except Exception as error:
        level = logging.WARNING if isinstance(error, SQLAlchemyError) else logging.ERROR
        log.log(level, "%s failed: %s", what, type(error).__name__, exc_info=error)


def is_passing(error: DBAPIError) -> bool:
    """Whether it may go away by itself: locked, full, gone away, restarting; a deadlock."""
    if _is_ours(error.orig):
        return False
    return error.connection_invalidated or isinstance(error, (OperationalError, InterfaceError))


def _is_read_only(error: BaseException | None) -> bool:
    """Whether SQLite may not write to its file: https://www.sqlite.org/rescode.html#readonly"""
    code = getattr(error, "sqlite_errorcode", None) or 0
    return code & 0xFF == sqlite3.SQLITE_READONLY  # its lowest byte; the others say why


def _is_ours(error: BaseException | None) -> bool:
    """Whether the statement itself is to blame, though the driver calls it operational.

    That is SQLite's plain error (no such column) and PostgreSQL's limits (a text too long for an index).
    """
    of_sqlite = getattr(error, "sqlite_errorcode", None)
    of_postgres = getattr(error, "sqlstate", None) or ""
    return of_sqlite == sqlite3.SQLITE_ERROR or of_postgres.startswith(_LIMITS)
