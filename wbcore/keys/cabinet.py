"""The learning cabinet's own list of tokens: made, shown once, deleted, as at WB.

A learning token works in the built-in imitation of WB alone. What is kept of it is what WB's list shows; the
token itself can be copied only when it is made. Kept in the database, so that a deleted one stays deleted for
all processes and after a restart.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import uuid4

from sqlmodel import Session, col, delete, select

from wbcore.api import token as tokens
from wbcore.api.catalog import CATEGORIES, READ_ONLY_BIT, TOKEN_KINDS, TOKEN_LIFETIME_DAYS
from wbcore.guidance.window import MAX_ACTIVE, Choice
from wbcore.people.actor import Actor, Right, require
from wbcore.store import db
from wbcore.store.models import Value

_PREFIX: Final = "learning.token."
_ACC: Final = {kind: acc for acc, kind in TOKEN_KINDS.items()}
"""Kind -> the claim ``acc``."""
NAME_LENGTH: Final = 100
SELLER_SID: Final = "5a1e0000-0000-4000-8000-00000000000d"
"""Of the learning cabinet's seller, as ``sandbox.tokens`` has it."""


class TooManyTokens(Exception):
    """The store has as many active tokens as WB allows."""


@dataclass(frozen=True, slots=True)
class LearningToken:
    """A line of the list. ``id`` is the claim of that name; ``deleted_at``: None while it is there."""

    id: str
    name: str
    fingerprint: str
    kind: str
    categories: tuple[str, ...]
    read_only: bool
    expires_at: datetime
    created_at: datetime
    deleted_at: datetime | None = None

    def active(self, now: datetime) -> bool:
        return self.deleted_at is None and self.expires_at > now


def listed(session: Session) -> list[LearningToken]:
    """The tokens that are not deleted, newest first."""
    found = [one for one in _all(session) if one.deleted_at is None]
    return sorted(found, key=lambda one: one.created_at, reverse=True)


def make(
    session: Session,
    name: str,
    choice: Choice,
    days: int = TOKEN_LIFETIME_DAYS,
    *,
    by: Actor | None = None,
) -> str:
    """A new learning token, to be shown this once. The caller commits.

    Args:
        days: until it expires; 0 or less makes one that has expired, to see what then happens.

    Raises:
        TooManyTokens: there are MAX_ACTIVE active ones.
        NotAllowed: to this actor.
    """
    require(by, Right.KEYS)
    from wbcore.sandbox.tokens import mint  # noqa: PLC0415 (needed for the learning cabinet alone)

    now = datetime.now(UTC)
    if sum(one.active(now) for one in listed(session)) >= MAX_ACTIVE:
        raise TooManyTokens
    bits = [category.bit for category in choice.ticked()]
    token = mint(
        bits=[*bits, READ_ONLY_BIT] if choice.access == "read_only" else bits,
        acc=_ACC[choice.kind],
        test=choice.kind == "test",
        expires=now + timedelta(days=days),
        token_id=str(uuid4()),
    )
    register(session, token, name)
    return token


def register(session: Session, token: str, name: str) -> None:
    """Puts a token of the imitation on the list. The caller commits."""
    from wbcore.sandbox.tokens import read  # noqa: PLC0415

    facts, claims = tokens.read(token), read(token)
    row = {
        "name": name[:NAME_LENGTH],
        "fingerprint": facts.fingerprint,
        "kind": facts.kind,
        "categories": list(facts.categories),
        "read_only": facts.read_only,
        "expires_at": datetime.fromtimestamp(claims.expires, UTC).isoformat(),
        "created_at": datetime.now(UTC).isoformat(),
        "deleted_at": None,
    }
    _put(session, claims.id, row)


def withdraw(session: Session, token_id: str, *, by: Actor | None = None) -> None:
    """Deletes a token in the cabinet: WB's imitation takes it no more. Raises NotAllowed."""
    require(by, Right.KEYS)
    row = session.get(Value, _PREFIX + token_id)
    if row is not None and row.value["deleted_at"] is None:
        row.value = {**row.value, "deleted_at": datetime.now(UTC).isoformat()}
        session.add(row)
        session.flush()


def restore(session: Session, found: Iterable[str]) -> None:
    """Deleted tokens of the imitation are there once more: whoever begins anew gets the same ones. The caller
    commits."""
    from wbcore.sandbox.tokens import read  # noqa: PLC0415

    for token in found:
        row = session.get(Value, _PREFIX + read(token).id)
        if row is not None and row.value["deleted_at"] is not None:
            row.value = {**row.value, "deleted_at": None}
            session.add(row)
    session.flush()


def withdrawn_ids(session: Session) -> set[str]:
    return {one.id for one in _all(session) if one.deleted_at is not None}


def knows(session: Session, fingerprint: str) -> bool:
    """Whether a token was made here: such a one goes to the imitation and nowhere else."""
    return any(one.fingerprint == fingerprint for one in _all(session))


def forget(session: Session) -> None:
    """Empties the list, deleted ones too. The caller commits."""
    session.exec(delete(Value).where(col(Value.name).startswith(_PREFIX)))


def _all(session: Session) -> Iterable[LearningToken]:
    for row in session.exec(select(Value).where(col(Value.name).startswith(_PREFIX))):
        yield _read(row.name.removeprefix(_PREFIX), row.value)


def _read(token_id: str, kept: dict[str, Any]) -> LearningToken:
    deleted = kept["deleted_at"]
    return LearningToken(
        id=token_id,
        name=kept["name"],
        fingerprint=kept["fingerprint"],
        kind=kept["kind"],
        categories=tuple(c.id for c in CATEGORIES if c.id in kept["categories"]),
        read_only=kept["read_only"],
        expires_at=datetime.fromisoformat(kept["expires_at"]),
        created_at=datetime.fromisoformat(kept["created_at"]),
        deleted_at=datetime.fromisoformat(deleted) if deleted else None,
    )


def _put(session: Session, token_id: str, row: dict[str, Any]) -> None:
    name = _PREFIX + token_id
    if session.get(Value, name) is None:
        db.add_first(session, Value(name=name, value=row))
