# ruff: noqa: S608 (names of tables and columns are ours; values are always bound)
"""Orders by a part of their number: all numbers of six hours stand in one text, eleven bytes for each.

A million of them are looked through in the time of a few hundred rows, whatever the database, and an import
adds a few texts a page: no index of parts would be as cheap to keep.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from sqlmodel import Session

from wbcore.orders.bulk import Bulk
from wbcore.store import db, visibility
from wbcore.store.db import is_sqlite


@dataclass(frozen=True, slots=True)
class Found:
    """Numbers that have a part.

    Attributes:
        ids: seller -> slot -> numbers; of all slots above ``until``.
        until: the newest slot that was not looked at; None: all were.
    """

    ids: dict[int, dict[int, list[int]]] = field(default_factory=dict)
    until: int | None = None


def note(bulk: Bulk, slots: Iterable[int], ids: Iterable[int]) -> None:
    """Adds orders that are new in their slots, in the caller's transaction."""
    texts: dict[int, list[str]] = {}
    for slot, number in zip(slots, ids, strict=True):
        texts.setdefault(slot, []).append(f"{number} ")
    bulk.append_numbers([(slot, bulk.seller_id, "".join(some)) for slot, some in sorted(texts.items())])


def find(session: Session, sellers: Sequence[int], part: str, slots: tuple[int, int], most: int) -> Found:
    """Numbers with these digits in them, newest slots first.

    Args:
        slots: the first and the last slot to look at.
        most: when so many are found, no further slot is begun.
    """
    found: dict[int, dict[int, list[int]]] = {}
    count, current = 0, None
    for slot, seller, text in _blocks(session, sellers, part, slots):
        if count >= most and slot != current:
            return Found(found, slot)
        current = slot
        if some := list(_having(part, text)):
            found.setdefault(seller, {})[slot] = some
            count += len(some)
    return Found(found)


def _blocks(
    session: Session, sellers: Sequence[int], part: str, slots: tuple[int, int]
) -> Iterator[tuple[int, int, str]]:
    """(Slot, seller, numbers) of those that may have it."""
    ids = visibility.only_seen(session, sellers)
    if not ids:
        return
    connection = session.connection()
    # SQLite hands a text over as quickly as it looks into it; PostgreSQL need not send it.
    having = "" if is_sqlite(connection) else "AND strpos(numbers, :part) > 0 "
    query = (
        "SELECT slot, seller_id, numbers FROM order_number WHERE slot >= :first AND slot <= :last "
        f"AND seller_id IN ({', '.join(f'{seller:d}' for seller in ids)}) {having}"
        "ORDER BY slot DESC, seller_id DESC"
    )
    values = {"first": slots[0], "last": slots[1], "part": part}
    with db.cursor(connection, query, values) as rows:
        while some := rows.fetchmany(_AT_ONCE):
            yield from some


_AT_ONCE: Final = 50
"""Texts that are read at once."""


def _having(part: str, text: str) -> Iterator[int]:
    place = text.find(part)
    while place >= 0:
        end = text.index(" ", place)
        yield int(text[text.rfind(" ", 0, place) + 1 : end])
        place = text.find(part, end)
