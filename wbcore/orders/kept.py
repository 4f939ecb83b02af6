"""What somebody has kept for themselves on the orders' page: views ("Мои виды"), columns, profiles of files.

It is each user's own: nobody sees another's, and also those may keep who only look.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

from sqlmodel import Session, col, select

from wbcore.people.actor import Actor
from wbcore.store.models import Kept

Kind = Literal["view", "columns", "profile"]
MOST: Final = 50
"""Of each kind for one user."""
LONGEST: Final = 60
"""Characters of a name."""


def of(session: Session, actor: Actor) -> Sequence[Kept]:
    """All that somebody has kept, by kind and name; one statement."""
    query = select(Kept).where(_own(actor)).order_by(col(Kept.kind), col(Kept.name), col(Kept.id))
    return session.exec(query.execution_options(populate_existing=True)).all()


def put(session: Session, actor: Actor, kind: Kind, name: str, data: Mapping[str, Any]) -> Kept | None:
    """Keeps something under a name, in place of what had it; None: there are too many already.

    A profile is one of orders, of statistics or of the feed: of one name there may be one of each. The caller
    commits.
    """
    short = " ".join(name.split())[:LONGEST]
    rows = session.exec(select(Kept).where(_own(actor), Kept.kind == kind)).all()
    same = (row for row in rows if row.name == short and row.data.get("kind") == data.get("kind"))
    found = next(same, None)
    if found is None:
        if len(rows) >= MOST:
            return None
        found = Kept(user_id=actor.user_id, kind=kind, name=short)
    found.data = dict(data)
    session.add(found)
    session.flush()
    return found


def remove(session: Session, actor: Actor, kept_id: int) -> None:
    """Removes one's own; what is another's, or gone, stays as it is. The caller commits."""
    row = session.exec(select(Kept).where(_own(actor), Kept.id == kept_id)).first()
    if row is not None:
        session.delete(row)
        session.flush()


def _own(actor: Actor) -> Any:
    return col(Kept.user_id).is_(None) if actor.user_id is None else Kept.user_id == actor.user_id
