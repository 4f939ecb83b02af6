# ruff: noqa: S608 (names of tables and columns are ours; values are always bound)
"""Which articles, barcodes, warehouses, ... a seller's orders have: a few thousand values.

What an operator types in part is looked for among these; the orders are then found by the whole values. A
value's slots say where in time its orders lie, so that nothing is looked for where it can't be.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any, Final

import orjson
from sqlalchemy import event, text
from sqlmodel import Session

from wbcore.orders.bulk import Bulk
from wbcore.orders.rows import ORDER_COLUMNS, Column, first_texts
from wbcore.store import db, values, visibility

OF_ARTICLE: Final = ("barcode", "nm_id")
"""Fields that a search finds the article by."""
SEARCHED: Final = ("article", *OF_ARTICLE)
MOST: Final = 100
"""Values that one search takes; a part that more of them have says too little."""
CHOICES: Final = 300
"""Values that a filter offers of a field."""
LONGEST: Final = 300
"""Characters of a value that is kept here: PostgreSQL's indexes take no pages."""
FILLED: Final = "orders.filled"
"""Name of the stored place up to which orders of older versions have got their columns; True: all."""
FILLED_AT_ONCE: Final = 2000

WEEK: Final = 28
"""Slots of a week."""
REMEMBERED_S: Final = 300.0
REMEMBERED: Final = 200_000
"""Values that are remembered at most, some 50 MB."""

_GROUPS: Final = ((("article", *OF_ARTICLE), WEEK), (("office", "warehouse_id"), WEEK), (("supply_id",), 1))
"""Fields whose values come together again and again; to how many slots their spans are rounded.

A supply is filled within hours: all orders of a week would be looked through for it.
"""

_Key = tuple[str, str, str]
_Group = tuple[int, tuple[str, ...], tuple[Any, ...]]
"""Seller, fields, their values."""


def note(bulk: Bulk, read: Mapping[str, Sequence[Any]], session: Session | None = None) -> None:
    """Keeps which values a page's rows have, and where in time, in the page's transaction.

    Spans are those of whole pages, mostly rounded to weeks: wider than need be, hardly ever written again.

    Args:
        read: columns of the page, ``slot`` among them.
        session: whose commit says that the values are there for good, so that this process need not write
            them again for a while; None: they are written whatever is remembered.
    """
    slots = read["slot"]
    known = _remembered() if session is not None else {}
    news: dict[_Group, tuple[int, int]] = {}
    for fields, size in _GROUPS:
        first, last = min(slots) // size * size, max(slots) // size * size + size - 1
        nothing = [None] * len(slots)
        for group in set(zip(*(read.get(field, nothing) for field in fields), strict=True)):
            name = (bulk.seller_id, fields, group)
            if not _covers(known.get(name), first, last):
                news[name] = (first, last)
    spans = {
        key: span
        for (_, fields, group), span in news.items()
        for key in _values(dict(zip(fields, group, strict=True)))
    }
    bulk.widen([(bulk.seller_id, *key, key[1].lower(), *spans[key]) for key in sorted(spans)])
    if session is not None and news:
        # What is rolled back is not there, whatever the session commits later.
        event.listen(session, "after_soft_rollback", lambda *_: news.clear(), once=True)
        event.listen(session, "after_commit", lambda _: known.update(news), once=True)


def _values(row: Mapping[str, Any]) -> Iterator[_Key]:
    """(field, value, article) of what a row has; of an order without an article that is ""."""
    article = str(row.get("article") or "")
    for field, value in row.items():
        if value is None or value == "":
            continue
        if field not in OF_ARTICLE:
            yield field, str(value)[:LONGEST], ""
        elif len(article) <= LONGEST:
            yield field, str(value)[:LONGEST], article


def _covers(span: tuple[int, int] | None, first: int, last: int) -> bool:
    return span is not None and span[0] <= first and span[1] >= last


_SpanOf = dict[_Group, tuple[int, int]]
_memory: dict[str, tuple[float, _SpanOf]] = {}


def forget() -> None:
    """What stands at an address is another database than before: nothing is known to be in it."""
    _memory.clear()


def _remembered() -> _SpanOf:
    """What this process has lately put into this database; forgotten in time: it may have been restored."""
    address, now = str(db.engine().url), time.monotonic()
    at, known = _memory.get(address, (0.0, {}))
    if now - at > REMEMBERED_S or len(known) > REMEMBERED:
        known = {}
        _memory[address] = (now, known)
    return known


@dataclass(frozen=True, slots=True)
class Found:
    """What a part of a text stands for among one seller's values.

    Attributes:
        articles: those that have it.
        owners: articles that have it in a barcode or in WB's article: ``barcodes``, ``nm_ids``; "": orders
            without an article do.
        first_slot, last_slot: where their orders lie.
        too_many: more than ``MOST`` values have it.
    """

    articles: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()
    nm_ids: tuple[int, ...] = ()
    barcodes: tuple[str, ...] = ()
    first_slot: int = 0
    last_slot: int = 0
    too_many: bool = False


def find(session: Session, seller_ids: Sequence[int], part: str) -> dict[int, Found]:
    """Sellers that have values with this part, whatever the case; one statement."""
    wanted, ids = part.lower(), visibility.only_seen(session, seller_ids)
    if not wanted or not ids:
        return {}
    marks = ", ".join(f"{seller:d}" for seller in ids)
    fields = ", ".join(f"'{field}'" for field in SEARCHED)
    fits = f"field IN ({fields}) AND folded LIKE :part ESCAPE '!'"
    # Where there are too many, the orders of all sellers that have any are looked through: who else has one
    # is asked for then, and then alone.
    query = text(
        "WITH fitting AS (SELECT seller_id, field, value, article, first_slot, last_slot FROM order_value "
        f"WHERE seller_id IN ({marks}) AND {fits} LIMIT {MOST + 1}) SELECT * FROM fitting UNION ALL "
        "SELECT id, '', '', '', 0, 0 FROM seller "
        f"WHERE (SELECT count(*) FROM fitting) > {MOST} AND id IN ({marks}) "
        "AND id NOT IN (SELECT seller_id FROM fitting) "
        f"AND EXISTS (SELECT 1 FROM order_value WHERE seller_id = seller.id AND {fits})"
    )
    rows = session.connection().execute(query, {"part": f"%{escaped(wanted)}%"}).all()
    too_many = len(rows) > MOST
    return {seller: _found(some, too_many=too_many) for seller, some in _by_seller(rows)}


def _by_seller(rows: Sequence[Any]) -> Iterator[tuple[int, list[Any]]]:
    """Rows of each seller, which is their first column."""
    first = itemgetter(0)
    for seller, some in groupby(sorted(rows, key=first), first):
        yield seller, list(some)


def escaped(part: str) -> str:
    """A text for LIKE ... ESCAPE '!' that stands for itself."""
    return part.replace("!", "!!").replace("%", "!%").replace("_", "!_")


def _found(rows: Sequence[Any], *, too_many: bool) -> Found:
    return Found(
        articles=tuple(dict.fromkeys(row[2] for row in rows if row[1] == "article")),
        owners=tuple(dict.fromkeys(row[3] for row in rows if row[1] in OF_ARTICLE)),
        nm_ids=tuple(dict.fromkeys(int(row[2]) for row in rows if row[1] == "nm_id")),
        barcodes=tuple(dict.fromkeys(row[2] for row in rows if row[1] == "barcode")),
        first_slot=min(row[4] for row in rows),
        last_slot=max(row[5] for row in rows),
        too_many=too_many,
    )


def owners(session: Session, seller_ids: Sequence[int], field: str, value: str) -> dict[int, Found]:
    """Sellers whose orders have this very value in a field: in which slots, and of which articles.

    An article "": orders without one have it, too, or nobody knows of which articles they are.
    """
    ids = visibility.only_seen(session, seller_ids)
    if not ids:
        return {}
    marks = ", ".join(f"{seller:d}" for seller in ids)
    # Whatever one seller has: of each so many articles, and when all of them were ordered.
    query = text(
        "SELECT seller_id, article, first, last FROM (SELECT seller_id, article, "
        "min(first_slot) OVER of_seller AS first, max(last_slot) OVER of_seller AS last, "
        "row_number() OVER of_seller AS nth FROM order_value "
        f"WHERE seller_id IN ({marks}) AND field = :field AND value = :value "
        f"WINDOW of_seller AS (PARTITION BY seller_id)) AS fitting WHERE nth <= {MOST + 1}"
    )
    rows = session.connection().execute(query, {"field": field, "value": value[:LONGEST]}).all()
    return {
        seller: Found(articles=tuple(row[1] for row in some), first_slot=some[0][2], last_slot=some[0][3])
        for seller, some in _by_seller(rows)
    }


def choices(session: Session, seller_ids: Iterable[int], fields: Sequence[str]) -> dict[str, list[str]]:
    """Values that filters offer, those of the newest orders first, in one statement."""
    ids = visibility.only_seen(session, seller_ids)
    found: dict[str, list[str]] = {field: [] for field in fields}
    if not ids:
        return found
    marks = ", ".join(f"{seller:d}" for seller in ids)
    # Each field has its own end: there are more supplies in a week than offices in years.
    arms = (
        f"SELECT * FROM (SELECT field, value, max(last_slot) AS last FROM order_value "
        f"WHERE seller_id IN ({marks}) AND field = '{field}' GROUP BY field, value "
        f"ORDER BY last DESC, value LIMIT {CHOICES}) AS of_{field}"
        for field in fields
    )
    query = text(f"{' UNION ALL '.join(arms)} ORDER BY last DESC, value")
    for field, value, _ in session.connection().execute(query):
        found[field].append(value)
    return found


# --- Orders of older versions -------------------------------------------------------------------------------

_NEW_COLUMNS: Final = tuple(
    column for column in ORDER_COLUMNS if column.name in ("office", "required_meta", "is_zero", "is_b2b")
)
_BARCODES: Final = (("skus",), ("product", "skus"))


def fill(batches: int = 20) -> bool:
    """Gives orders of older versions the columns that came later, from their ``raw``; whether all have them.

    A batch is a transaction; an interrupted filling is gone on with.
    """
    for _ in range(batches):
        with db.writing() as session:
            place = values.get(session, FILLED)
            if place is True:
                return True
            place = _fill_batch(session, place or [0, -(2**63)])
            values.put(session, FILLED, place)
            session.commit()
    return place is True


def _fill_batch(session: Session, after: list[int]) -> Any:
    """Looks at some orders; the place to go on from (True: the end)."""
    query = text(
        "SELECT seller_id, id, slot, article, nm_id, warehouse_id, supply_id, raw FROM wb_order "
        "WHERE (seller_id, id) > (:seller, :id) ORDER BY seller_id, id LIMIT :most"
    )
    known = {"seller": after[0], "id": after[1], "most": FILLED_AT_ONCE}
    rows = session.connection().execute(query, known).all()
    for seller in sorted({row[0] for row in rows}):
        _fill_seller(session, seller, [row for row in rows if row[0] == seller])
    return [rows[-1][0], rows[-1][1]] if len(rows) == FILLED_AT_ONCE else True


def _fill_seller(session: Session, seller_id: int, rows: Sequence[Any]) -> None:
    read = _read([orjson.loads(row[7]) for row in rows])
    bulk = Bulk(session.connection(), seller_id)
    names = list(read)
    bulk.run_many(
        f"UPDATE wb_order SET {', '.join(f'{name} = coalesce({name}, ?)' for name in names)} "
        "WHERE seller_id = ? AND id = ?",
        [
            (*values_of_row, seller_id, row[1])
            for row, values_of_row in zip(rows, zip(*read.values(), strict=True), strict=True)
        ],
    )
    columns = ("slot", "article", "nm_id", "warehouse_id", "supply_id")
    known = {name: [row[place] for row in rows] for place, name in enumerate(columns, 2)}
    note(bulk, {**known, **read})


def _read(found: list[Any]) -> dict[str, list[Any]]:
    rows = [row if isinstance(row, dict) else {} for row in found]
    read = {column.name: column.read([_at(row, column) for row in rows], True) for column in _NEW_COLUMNS}
    lists = [next((v for path in _BARCODES if (v := _inside(row, path))), None) for row in rows]
    return {"barcode": first_texts(lists, True), **read}


def _at(row: dict[str, Any], column: Column) -> Any:
    return _inside(row, column.path)


def _inside(row: Any, path: Sequence[str]) -> Any:
    for name in path:
        row = row.get(name) if isinstance(row, dict) else None
    return row
