# ruff: noqa: S608 (names of tables and columns are ours; values are always bound)
"""What one question has found out of the sellers that it asks for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Final, TypeVar

from sqlalchemy import text
from sqlmodel import Session

from wbcore.orders import vocabulary
from wbcore.store import visibility
from wbcore.store.models import SLOT_S

T = TypeVar("T")
SEARCHES_AT_ONCE: Final = 400
"""Searches in one statement; SQLite takes 500."""


class Known:
    """What is found out of one question: its sum and its page ask the database for it once."""

    def __init__(self) -> None:
        self._found: dict[str, dict[int, vocabulary.Found]] = {}
        self._ends: dict[int, tuple[int, int]] = {}

    def found(self, session: Session, sellers: Sequence[int], part: str) -> dict[int, vocabulary.Found]:
        """What a part of a text stands for, see ``vocabulary.find``."""
        if part not in self._found:
            self._found[part] = vocabulary.find(session, sellers, part)
        return self._found[part]

    def edges(self, session: Session, sellers: Iterable[int]) -> tuple[int, int]:
        """The newest and the oldest instant of some sellers' orders; 0 when there is none."""
        wanted = set(sellers)
        if unknown := wanted - self._ends.keys():
            self._ends |= _ends(session, unknown)
        newest = max((self._ends[seller][0] for seller in wanted), default=0)
        oldest = min((last for seller in wanted if (last := self._ends[seller][1])), default=0)
        return newest, oldest


def _ends(session: Session, seller_ids: Iterable[int]) -> dict[int, tuple[int, int]]:
    """The newest and the oldest instant of each seller's orders; 0 when there is none. One statement."""
    ids = sorted(seller_ids)
    parts = [
        f"SELECT {seller:d}, "
        + ", ".join(
            f"(SELECT {end}(created_at) FROM wb_order WHERE seller_id = {seller:d} "
            f"AND created_at > 0) AS {end}"
            for end in ("max", "min")
        )
        for seller in visibility.only_seen(session, ids)
    ]
    found = dict.fromkeys(ids, (0, 0))
    for some in in_parts(parts, SEARCHES_AT_ONCE):
        rows = session.connection().execute(text(" UNION ALL ".join(some)))
        found |= {seller: (last or 0, first or 0) for seller, last, first in rows}
    return found


def has_rid(session: Session, sellers: Sequence[int], rid: str, known: Known) -> bool:
    """Whether an order of theirs has this very rid."""
    ids = visibility.only_seen(session, sellers)
    if not ids:
        return False
    newest, oldest = known.edges(session, ids)
    slots = [0, *range(oldest // SLOT_S, newest // SLOT_S + 1)]
    query = text(
        f"SELECT 1 FROM wb_order WHERE seller_id IN ({', '.join(f'{one:d}' for one in ids)}) "
        f"AND slot IN ({', '.join(map(str, slots))}) AND rid = :rid LIMIT 1"
    )
    return session.connection().execute(query, {"rid": rid}).first() is not None


def in_parts(items: Sequence[T], size: int) -> Iterator[list[T]]:
    rest = iter(items)
    while part := list(islice(rest, size)):
        yield part
