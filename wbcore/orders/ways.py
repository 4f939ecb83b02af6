# ruff: noqa: S608 (names of tables and columns are ours; values are always bound)
"""The ways in which rows can fit what is asked: each is a search in one index."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Any, Final

from sqlmodel import Session, col, select

from wbcore.api.catalog import MODELS
from wbcore.orders import numbers, tallies, vocabulary
from wbcore.orders.filters import GROUPS, WITHOUT, OrderFilters
from wbcore.orders.known import Known
from wbcore.orders.rows import INT64_MAX, as_kept, read_name
from wbcore.orders.tables import Shape
from wbcore.store.models import SLOT_S, OrderCounter

SHORTEST_NUMBER: Final = 3


@dataclass(frozen=True, slots=True)
class Way:
    """One way in which a seller's rows can fit; each is a search of its own.

    Attributes:
        where: conditions that an index answers.
        looked: conditions that rows are looked through for, the newest first and not all of them at once.
        slots: it is searched slot by slot, between these.
        values: what stands for the names in the conditions.
        ids: slot -> the only orders that can fit.
        source: a table with the conditions that name its rows, in whose order (``made``, ``order_id``) the
            orders are looked up.
    """

    where: tuple[str, ...] = ()
    looked: tuple[str, ...] = ()
    slots: tuple[int, int] | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    ids: Mapping[int, Sequence[int]] | None = None
    source: str = ""

    def with_(self, other: Way) -> Way:
        """Both at once."""
        return Way(
            self.where + other.where,
            self.looked + other.looked,
            self.slots or other.slots,
            {**self.values, **other.values},
            self.ids or other.ids,
            self.source or other.source,
        )

    def among(self, slots: Sequence[int]) -> list[Way]:
        """The same for some slots; [] where there is nothing in them."""
        if self.ids is None:
            return [self]
        some = [number for slot in slots for number in self.ids.get(slot, ())]
        return [replace(self, values={**self.values, "ids": some})] if some else []


EVER: Final = (0, INT64_MAX // SLOT_S)


def ways_of(
    session: Session,
    kind: Shape,
    filters: OrderFilters,
    sellers: Sequence[int],
    numbered: numbers.Found | None,
    *,
    known: Known,
) -> dict[int, list[Way]]:
    """How the rows of each seller can fit; [] for one that has none.

    Args:
        numbered: orders that have the text in their number; None: they are told by each row.
    """
    ways = _by_status(session, kind, filters, sellers)
    if kind.table == "wb_order":
        for narrower in _narrowed(session, filters, sellers):
            ways = {s: [one.with_(narrower[s]) for one in ways[s]] if s in narrower else [] for s in sellers}
    if read_name(filters.text):
        texts = _texts(
            kind,
            read_name(filters.text) or "",
            numbered,
            sellers,
            known.found(session, sellers, read_name(filters.text) or ""),
        )
        ways = {s: [one.with_(other) for one, other in product(ways[s], texts[s])] for s in sellers}
    return ways


def _by_status(
    session: Session, kind: Shape, filters: OrderFilters, sellers: Sequence[int]
) -> dict[int, list[Way]]:
    """One way for each status, or pair of statuses, that will do."""
    wanted = read_name(filters.status)
    if not wanted:
        return {seller: [Way()] for seller in sellers}
    if kind.table != "wb_order" or wanted not in GROUPS:
        return {seller: [Way((one,)) for one in kind.statuses] for seller in sellers}
    there = select(OrderCounter.seller_id, OrderCounter.supplier_status, OrderCounter.wb_status).distinct()
    there = there.where(
        col(OrderCounter.seller_id).in_(sellers),
        col(OrderCounter.kind).in_([filters.model] if filters.model else list(MODELS)),
        col(OrderCounter.count) > 0,
    )
    ways: dict[int, list[Way]] = {seller: [] for seller in sellers}
    for seller, supplier, wb in session.exec(there):
        if tallies.stage(supplier, wb) in GROUPS[wanted]:
            ways[seller].append(_of_pair(supplier, wb))
    return ways


def _of_pair(supplier: str, wb: str) -> Way:
    """Both statuses as they are: read in the index of WB's, which says more of an order's end than ours."""
    values = {"supplier": supplier, "wb": wb}
    if wb:
        return Way(("coalesce(supplier_status, '') = :supplier", "wb_status = :wb"), values=values)
    first = "supplier_status = :supplier" if supplier else "supplier_status IS NULL"
    return Way((first, "coalesce(wb_status, '') = :wb"), values=values)


_VALUES: Final = {
    "warehouse": "warehouse_id",
    "office": "office",
    "supply": "supply_id",
    "barcode": "barcode",
    "nm": "nm_id",
}
"""Filter -> column, and name in the vocabulary."""


def _narrowed(session: Session, filters: OrderFilters, sellers: Sequence[int]) -> Iterator[dict[int, Way]]:
    """What each filter of one column asks for, by seller; a seller that is left out has no such row."""
    for name, column in _VALUES.items():
        value = as_kept(getattr(filters, name))
        if value:
            yield _of_value(session, sellers, name, column, value)
    if article := as_kept(filters.article):
        yield _of_article(session, sellers, article)
    if basket := as_kept(filters.basket):
        way = Way(looked=("order_uid = :basket",), values={"basket": basket})
        yield dict.fromkeys(sellers, way)
    looked = {
        "required_meta <> ''": filters.marking == "yes",
        "required_meta = ''": filters.marking == "no",
        "is_zero": filters.zero,
        "is_b2b": filters.b2b,
        **{condition: filters.without == name for name, condition in WITHOUT.items()},
    }
    for condition, wished in looked.items():
        if wished:
            yield dict.fromkeys(sellers, Way(looked=(condition,)))
    if filters.currency is not None:
        way = Way(looked=("coalesce(currency_code, 0) = :currency",), values={"currency": filters.currency})
        yield dict.fromkeys(sellers, way)
    if filters.lost_from is not None:
        yield {seller: _of_lost(seller, filters) for seller in sellers}
    if filters.taken is not None:
        yield {seller: _of_taken(seller, filters.taken) for seller in sellers}


def _of_article(session: Session, sellers: Sequence[int], article: str) -> dict[int, Way]:
    known = vocabulary.owners(session, sellers, "article", article)
    values = {"article_is": article}
    return {
        seller: Way(("article = :article_is",), slots=(found.first_slot, found.last_slot), values=values)
        for seller, found in known.items()
    }


def _of_lost(seller: int, filters: OrderFilters) -> Way:
    """Orders that the history knows as lost in a span: an index of these alone."""
    gone = (
        f"id IN (SELECT order_id FROM order_status_change WHERE seller_id = {seller:d} AND is_lost "
        "AND at >= :lost_from AND at < :lost_to)"
    )
    return Way((gone,), values={"lost_from": filters.lost_from, "lost_to": filters.lost_to or INT64_MAX})


def _of_taken(seller: int, within: int) -> Way:
    """Orders that the history saw go into assembly so soon: in an index of these alone, the newest first."""
    source = f"order_status_change WHERE seller_id = {seller:d} AND taken = :taken AND taken IS NOT NULL"
    return Way(source=source, values={"taken": within})


def _of_value(session: Session, sellers: Sequence[int], name: str, column: str, value: str) -> dict[int, Way]:
    known = vocabulary.owners(session, sellers, column, value)
    ways = {}
    for seller, found in known.items():
        # A number is compared as one: PostgreSQL takes no index, nor any text, for a column of numbers.
        values: dict[str, Any] = {name: int(value) if column.endswith("_id") and value.isdecimal() else value}
        if column == "supply_id":
            values = {name: value}
        span = (found.first_slot, found.last_slot)
        if "" not in found.articles and len(found.articles) <= vocabulary.MOST:
            articles = _listed(f"{name}_of", found.articles)
            where = (f"article IN ({', '.join(f':{one}' for one in articles)})", f"{column} = :{name}")
            ways[seller] = Way(where, slots=span, values={**values, **articles})
        else:
            times = (f"created_at >= {span[0] * SLOT_S}", f"created_at < {(span[1] + 1) * SLOT_S}")
            ways[seller] = Way(times, (f"{column} = :{name}",), values=values)
    return ways


def _listed(name: str, values: Iterable[Any]) -> dict[str, Any]:
    return {f"{name}{number}": value for number, value in enumerate(values)}


def _texts(
    kind: Shape,
    wanted: str,
    numbered: numbers.Found | None,
    sellers: Sequence[int],
    found: Mapping[int, vocabulary.Found],
) -> dict[int, list[Way]]:
    """What a text can be, for each seller."""
    exact = [Way((one,)) for one in kind.texts if ":number" not in one or wanted.isdecimal()]
    ways: dict[int, list[Way]] = {}
    for seller in sellers:
        ways[seller] = list(exact)
        if kind.table == "wb_order":
            ways[seller].append(Way(("rid = :text",), slots=EVER))
            ways[seller] += _of_number(wanted, numbered, seller)
        if seller in found:
            ways[seller] += _of_found(kind, found[seller], wanted)
    return ways


def may_be_number(wanted: str) -> bool:
    return _is_digits(wanted) and len(wanted) >= SHORTEST_NUMBER


def is_short_of_a_number(wanted: str) -> bool:
    """Whether it would be looked for in the orders' numbers, were it longer."""
    return _is_digits(wanted) and len(wanted) < SHORTEST_NUMBER


def _is_digits(wanted: str) -> bool:
    return wanted.isdecimal() and wanted.isascii()


def _of_number(wanted: str, numbered: numbers.Found | None, seller: int) -> list[Way]:
    """A part of a number."""
    if not may_be_number(wanted):
        return []
    if numbered is None:
        return [Way(("CAST(id AS TEXT) LIKE :digits", "id <> :number"), values={"digits": f"%{wanted}%"})]
    ids = numbered.ids.get(seller)
    return [Way(slots=(min(ids), max(ids)), ids=ids)] if ids else []


def _of_found(kind: Shape, found: vocabulary.Found, wanted: str) -> list[Way]:
    """Rows of the articles that have the text in them, or in their barcode, or in WB's article."""
    of_feed = kind.table == "feed_order"  # which knows WB's article alone
    if found.too_many:
        if of_feed and not wanted.isdecimal():
            return []
        part = {"part": f"%{vocabulary.escaped(wanted.lower())}%"}
        ours = () if of_feed else ("article", "coalesce(barcode, '')")
        fits = " OR ".join(
            f"lower({column}) LIKE :part ESCAPE '!'" for column in (*ours, "CAST(nm_id AS TEXT)")
        )
        return [Way(looked=(f"({fits})",), values=part)]
    if of_feed:
        listed = ", ".join(map(str, found.nm_ids))
        return [Way(looked=(f"nm_id IN ({listed})",))] if listed else []
    barcodes = _listed("barcode", found.barcodes)
    numbers: dict[str, Any] = _listed("nm", found.nm_ids)
    either = " OR ".join(
        f"{column} IN ({_marks(some)})"
        for column, some in (("barcode", barcodes), ("nm_id", numbers))
        if some
    )
    goods = {**barcodes, **numbers}
    owned = tuple(filter(None, found.owners))
    nameless = ("article IS NULL", "article = ''") if len(owned) < len(found.owners) else ()
    if kind.table == "statistics_order":  # its index has the articles first: each is read in order
        named = enumerate((*found.articles, *owned))
        return [
            *(Way((f"article = :article{n}",), values={f"article{n}": one}) for n, one in named),
            *(Way((none,), (f"({either})",), values=goods) for none in nameless),
        ]
    span = (found.first_slot, found.last_slot)
    ways = []
    if found.articles:
        names = _listed("article", found.articles)
        ways.append(Way((f"article IN ({_marks(names)})",), slots=span, values=names))
    if owned:
        owners = _listed("owner", owned)
        of_these = f"article IN ({_marks(owners)})"
        ways.append(Way((of_these, f"({either})"), slots=span, values={**owners, **goods}))
    ways += [Way((none, f"({either})"), slots=span, values=goods) for none in nameless]
    return ways


def _marks(names: Iterable[str]) -> str:
    return ", ".join(f":{name}" for name in names)
