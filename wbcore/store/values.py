"""Small settings of the installation that all its processes share. Not for secrets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from sqlalchemy import delete
from sqlmodel import Session, col, select

from wbcore.store import db
from wbcore.store.models import Value

BUYERS_MOVED: Final = "buyers.moved"
"""How far buyers' data was taken out of older versions' rows (``orders.buyers``); True: it is done."""


def get(session: Session, name: str) -> Any:
    """What was put under this name; None: nothing was."""
    found = session.get(Value, name, populate_existing=True)
    return None if found is None else found.value


def put(session: Session, name: str, value: Any) -> None:
    """Keeps a JSON-able value under a name, in place of the one before. The caller commits.

    One statement: several processes may start at once on a new database, and each writes the same value.
    """
    statement = db.insert(session, Value).values(name=name, value=value)
    session.connection().execute(
        statement.on_conflict_do_update(index_elements=["name"], set_={"value": statement.excluded.value})
    )


def change(session: Session, name: str, how: Callable[[Any], Any]) -> None:
    """Puts in place of a value (None: there is none) what is made of it; nobody changes it in between.

    The caller commits, soon: until then others who change this value wait.
    """
    db.begin(session)
    first = db.insert(session, Value).values(name=name, value=None)  # something there is to be locked
    session.connection().execute(first.on_conflict_do_nothing())
    session.connection().execute(select(Value.name).where(Value.name == name).with_for_update())
    put(session, name, how(get(session, name)))


def drop(session: Session, name: str) -> None:
    """Keeps nothing under this name. The caller commits."""
    session.connection().execute(delete(Value).where(col(Value.name) == name))
