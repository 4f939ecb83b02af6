"""What an operator has chosen for themselves: language, zone. Kept by user; without sign-in for all."""

from __future__ import annotations

from typing import Final, Literal

from sqlmodel import Session, select

from wbcore.people.actor import Actor
from wbcore.store import db
from wbcore.store.models import Preference

Name = Literal["lang", "zone"]
NOBODY: Final = 0
"""The user id where nobody signs in."""


def of(session: Session, actor: Actor) -> dict[str, str]:
    """All that an actor has chosen: name -> value. One statement."""
    mine = select(Preference).where(Preference.user_id == _id(actor))
    return {row.name: row.value for row in session.exec(mine)}


def keep(session: Session, actor: Actor, name: Name, value: str) -> None:
    """Keeps a choice in place of the one before. The caller commits."""
    statement = db.insert(session, Preference).values(user_id=_id(actor), name=name, value=value)
    kept = {"value": statement.excluded.value}
    session.connection().execute(
        statement.on_conflict_do_update(index_elements=["user_id", "name"], set_=kept)
    )


def _id(actor: Actor) -> int:
    return actor.user_id or NOBODY
