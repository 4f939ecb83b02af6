"""What wakes a process that waits for work: PostgreSQL tells it (NOTIFY), SQLite is looked at."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from selectors import EVENT_READ, DefaultSelector
from typing import Final

from sqlalchemy import Connection, text
from sqlmodel import Session

from wbcore.store import db

WORK: Final = "wb_desk_work"
"""The channel's name."""


def ring(session: Session) -> None:
    """Wakes whoever waits, when the session commits."""
    connection = session.connection()
    if not db.is_sqlite(connection):
        connection.execute(text(f"NOTIFY {WORK}"))


@contextmanager
def heard(connection: Connection) -> Iterator[Callable[[float], None]]:
    """While it is open: waits for so many seconds, or until somebody rings.

    Who waits looks after that time, too: a pooler on the way to the server may keep the bell to itself.

    Args:
        connection: commits by itself (AUTOCOMMIT).

    Raises:
        DBAPIError: the server is away.
    """
    if db.is_sqlite(connection):
        yield time.sleep
        return
    connection.execute(text(f"LISTEN {WORK}"))

    def wait(seconds: float) -> None:
        with db.driver(connection) as server:
            if not list(server.notifies(timeout=0)):  # what has come with the answer to something else
                with DefaultSelector() as waiting:  # the driver's own way to wait wakes ten times a second
                    waiting.register(server, EVENT_READ)
                    waiting.select(seconds)

    yield wait
    connection.execute(text(f"UNLISTEN {WORK}"))
