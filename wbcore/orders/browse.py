# ruff: noqa: S608 (names of tables and columns are ours; values are always bound)
"""Orders as pages and files read them: newest first, by keyset, so that no question grows with the orders.

Each filter is a search in one index. Alternatives (several sellers, a text that may be an article or an id)
are searched apart, each up to one page, and merged: no database has to sort what it could read in order.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime
from functools import cached_property, partial
from itertools import accumulate, islice, product
from operator import itemgetter
from typing import Any, Final, Literal, NamedTuple, TypeVar

import orjson
from sqlalchemy import case, text
from sqlmodel import Session, col, select

from wbcore.api.catalog import MODELS
from wbcore.keys.keyring import names_by_seller
from wbcore.orders import merge, numbers, tallies, vocabulary
from wbcore.orders.rows import INT64_MAX, INT64_MIN, read_name
from wbcore.orders.tallies import Stage
from wbcore.store import db, visibility
from wbcore.store.db import is_sqlite
from wbcore.store.models import SLOT_S, Order, OrderCounter, OrderStatusChange, Seller

T = TypeVar("T")
Kind = Literal["orders", "statistics", "order_feed"]
"""Assembly orders of every model of sale, rows of the statistics report, rows of the order feed."""

ENVIRONMENTS: Final = ("production", "test", "demo")
EXPORT_CHUNK: Final = 2000
_SEARCHES_AT_ONCE: Final = 400
"""Searches in one statement; SQLite takes 500."""
_SLOTS_AT_ONCE: Final = 2048
COUNTED: Final = 10_000
"""Rows that are counted and summed up; of more it is said that there are more."""
LOOKED: Final = 20_000
"""Rows that one page looks through for what no index answers; the next page goes on from there."""
_LEAST: Final = 500
"""Rows of one seller, however many sellers there are."""
SHORTEST_NUMBER: Final = 3
NUMBERED: Final = 4_000
"""Orders with a part of a number that one page looks up at most; the next page goes on from there."""
_WIDER: Final = 32
"""Where some slots hold nothing, so many times as many are looked into next."""
_JOINED_AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Narrowing:
    """What a list of orders may be narrowed to, in an address as in the database.

    Attributes:
        status: a supplierStatus, a wbStatus, or a name of ``GROUPS``; of statistics "cancel" alone; of the
            feed its one status.
        article, warehouse, office, supply, barcode, nm, basket: of assembly orders, the whole value; "": any.
        without: a name of ``WITHOUT``: orders that have no such value.
        currency: ISO 4217 numeric; 0: WB named none; None: any.
        marking: "yes": something has to be told of it before delivery; "no": nothing has to.
        zero: zero orders alone.
        b2b: orders of companies alone.
    """

    status: str = ""
    article: str = ""
    warehouse: str = ""
    office: str = ""
    supply: str = ""
    barcode: str = ""
    nm: str = ""
    basket: str = ""
    marking: str = ""
    zero: bool = False
    b2b: bool = False
    without: str = ""
    currency: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFilters(Narrowing):
    """What an operator may ask for.

    Attributes:
        kind: which table is meant.
        model: of assembly orders those of one model of sale; "": all.
        seller_ids: None: of all real sellers; where there is none, of those of the test environment,
            else of the learning cabinet.
        text: an order's whole rid (srid), or a part of its number, article, barcode or of WB's article,
            whatever the case.
        date_from, date_to: Unix seconds of the order's creation; the first is included, the second is not.
        key: the name of the key that was asked by: the rows carry it instead of their seller's oldest key.
        lost_from, lost_to: Unix seconds: alive orders that were seen cancelled then.
        taken: orders that were seen to go into assembly within so many hours (``tallies.WAITS_H``, LONGER).
    """

    kind: Kind = "orders"
    model: str = ""
    seller_ids: tuple[int, ...] | None = None
    text: str = ""
    date_from: int | None = None
    date_to: int | None = None
    key: str = ""
    lost_from: int | None = None
    lost_to: int | None = None
    taken: int | None = None


class Cursor(NamedTuple):
    """The place of the last row of a page.

    Attributes:
        amount, currency: what it costs, where the dearest come first.
    """

    instant: int
    key: Any
    seller_id: int
    amount: int = 0
    currency: Any = None


@dataclass(slots=True)
class OrderRow:
    """An assembly order. Money in minor units of ``currency_code`` (ISO 4217 numeric), instants in UTC.

    Attributes:
        key: name of the seller's (oldest) key, "" when it has none any more.
        statistics: the row of the statistics report with srid = rid, where a page asked for it.
        model: fbs, dbs, dbw or click_collect.
        delivery_date, delivery_from, delivery_to: DBS and DBW: day and hours as the buyer chose them.
    """

    seller_id: int
    id: int
    created_at: datetime | None
    rid: str | None
    order_uid: str | None
    article: str | None
    nm_id: int | None
    chrt_id: int | None
    price: int | None
    sale_price: int | None
    converted_price: int | None
    currency_code: int | None
    warehouse_id: int | None
    supply_id: str | None
    delivery_type: str | None
    cargo_type: int | None
    cross_border_type: int | None
    supplier_status: str | None
    wb_status: str | None
    status_at: datetime | None
    model: str
    delivery_date: str | None
    delivery_from: str | None
    delivery_to: str | None
    barcode: str | None
    office: str | None
    required_meta: str | None
    is_zero: bool | None
    is_b2b: bool | None
    key: str = ""
    statistics: StatisticsRow | None = None


@dataclass(slots=True)
class StatisticsRow:
    """A row of the statistics report. Money in kopecks, instants in UTC.

    Attributes:
        order: the assembly order with rid = srid, where a page asked for it.
    """

    seller_id: int
    srid: str
    date: datetime | None
    last_change_date: datetime | None
    article: str | None
    nm_id: int | None
    barcode: str | None
    warehouse_name: str | None
    region_name: str | None
    total_price: int | None
    price_with_disc: int | None
    finished_price: int | None
    is_cancel: bool
    cancel_date: datetime | None
    key: str = ""
    order: OrderRow | None = None


@dataclass(slots=True)
class FeedRow:
    """A row of WB's order feed. The price in 1/100 of ``currency`` (as WB names it: RUB), instants in UTC.

    Attributes:
        order: the assembly order with rid = srid, where a page asked for it.
    """

    seller_id: int
    srid: str
    created_at: datetime | None
    updated_at: datetime | None
    status: str | None
    cancel_type: str | None
    nm_id: int | None
    chrt_id: int | None
    seller_price: int | None
    currency: str | None
    warehouse_name: str | None
    warehouse_region: str | None
    city: str | None
    district: str | None
    is_mp: bool
    is_b2b: bool
    key: str = ""
    order: OrderRow | None = None


@dataclass(frozen=True, slots=True)
class OrderPage:
    """Rows, newest first, and where the next page goes on; None: there is none."""

    rows: list[Any]
    """OrderRow, StatisticsRow or FeedRow, as the filter's ``kind`` says."""
    next: Cursor | None
    looked_until: int | None = None
    """Unix seconds of the oldest order that was looked at, where not all of them were: ``next`` goes on."""


@dataclass(frozen=True, slots=True)
class Summary:
    """How many rows fit, and what they are worth.

    Attributes:
        count: at most ``COUNTED``.
        more: there are, or may be, more of them: only the newest were counted.
        amounts: minor units by currency (ISO 4217 numeric; of the feed as WB names it).
        places: (amount, instant, key, seller id, currency) of each, newest first; () where sums were kept.
        edge: the place of the last row that was looked at, where there are rows behind it.
    """

    count: int
    more: bool
    amounts: dict[Any, int]
    places: tuple[tuple[int, int, Any, int, Any], ...] = ()
    edge: tuple[int, Any, int] | None = None


@dataclass(frozen=True, slots=True)
class Counters:
    """How many orders there are, by status; "" is: not known yet."""

    total: int
    supplier_status: dict[str, int]
    wb_status: dict[str, int]


@dataclass(frozen=True, slots=True)
class StatusChange:
    at: datetime
    supplier_status: str | None
    wb_status: str | None


@dataclass(frozen=True, slots=True)
class _Kind:
    """How one kind of rows is searched."""

    table: str
    instant: str
    key: str
    row: type[OrderRow] | type[StatisticsRow] | type[FeedRow]
    instants: frozenset[str]
    other: str
    """Field of the row that its counterpart goes to."""
    texts: tuple[str, ...]
    statuses: tuple[str, ...]
    amount: tuple[str, str] = ("NULL", "NULL")
    """Columns of what it costs, and in which currency."""
    flags: tuple[str, ...] = ()
    """Columns that are numbers on SQLite."""

    @property
    def columns(self) -> list[str]:
        return [one.name for one in fields(self.row) if one.name not in ("key", self.other)]


_KINDS: Final[dict[str, _Kind]] = {
    "orders": _Kind(
        "wb_order",
        "created_at",
        "id",
        OrderRow,
        frozenset({"created_at", "status_at"}),
        "statistics",
        texts=("id = :number",),
        statuses=("supplier_status = :status", "wb_status = :status"),
        amount=("price", "currency_code"),
        flags=("is_zero", "is_b2b"),
    ),
    "statistics": _Kind(
        "statistics_order",
        "date",
        "srid",
        StatisticsRow,
        frozenset({"date", "last_change_date", "cancel_date"}),
        "order",
        texts=("srid = :text",),
        statuses=("is_cancel AND :status = 'cancel'",),
        amount=("finished_price", "643"),
        flags=("is_cancel",),
    ),
    "order_feed": _Kind(
        "feed_order",
        "created_at",
        "srid",
        FeedRow,
        frozenset({"created_at", "updated_at"}),
        "order",
        texts=("srid = :text", "nm_id = :number"),
        statuses=("status = :status",),
        amount=("seller_price", "currency"),
        flags=("is_mp", "is_b2b"),
    ),
}


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


def page(
    session: Session,
    filters: OrderFilters,
    before: Cursor | None = None,
    limit: int = 100,
    *,
    joined: bool = True,
    sellers: Sequence[int] | None = None,
    names: Mapping[int, str] | None = None,
    known: Known | None = None,
    likely: int = 0,
) -> OrderPage:
    """One page of orders.

    Args:
        before: ``next`` of the page before.
        joined: look up each row's counterpart (order and statistics) too.
        sellers: what ``meant`` says, where the caller knows it already.
        names: the names of sellers' keys, where the caller knows them already.
        known: what the same question has found out before.
        likely: how many rows there are, where that is known: as many slots are looked into as hold a page.
    """
    kind = _KINDS[filters.kind]
    ids = meant(session, filters) if sellers is None else sellers
    find = _Finder(session, kind, filters, before, limit + 1, ids, known=known, likely=likely)
    found = {_place(kind, row): row for row in find.newest()}
    shown, following, looked_until = _cut(list(found), find.edge(), limit)
    named = _key_names(session, filters) if names is None else names
    rows = _as_rows(kind, [found[place] for place in shown], named)
    if joined:
        _join(session, filters.kind, rows)
    return OrderPage(rows, following, looked_until)


_Place = tuple[int, Any, int]


def _cut(
    places: Sequence[_Place], edge: _Place | None, limit: int
) -> tuple[Sequence[_Place], Cursor | None, int | None]:
    """What of the rows that were found is the page, where the next one goes on, and how far was looked."""
    if edge is not None and (len(places) <= limit or places[limit - 1] < edge):
        return [place for place in places if place >= edge][:limit], Cursor(*edge), edge[0]
    return places[:limit], Cursor(*places[limit - 1]) if len(places) > limit else None, None


def first_page(
    session: Session, filters: OrderFilters, found: Summary, limit: int, names: Mapping[int, str]
) -> OrderPage:
    """The first page of what ``summary`` has just counted: nothing is searched for again."""
    kind = _KINDS[filters.kind]
    places = [(instant, key, seller) for _, instant, key, seller, _ in found.places]
    shown, following, looked_until = _cut(places, found.edge, limit)
    rows = _rows_at(session, kind, [(seller, key) for _, key, seller in shown], names)
    return OrderPage(rows, following, looked_until)


def _rows_at(
    session: Session, kind: _Kind, wanted: Sequence[tuple[int, Any]], names: Mapping[int, str]
) -> list[Any]:
    """Rows by seller and key, with their counterparts; of assembly orders with one statement."""
    by_place: Mapping[tuple[int, Any], Any]
    if kind.table == "wb_order":
        by_place = _orders_at(session, wanted)
    else:
        by_place = _counterparts(session, kind, kind.key, wanted, ("seller_id", kind.key))
        _join(session, next(name for name, one in _KINDS.items() if one is kind), list(by_place.values()))
    rows = [by_place[place] for place in wanted if place in by_place]
    for row in rows:
        row.key = names.get(row.seller_id, "")
    return rows


def _orders_at(session: Session, wanted: Sequence[tuple[int, int]]) -> dict[tuple[int, int], OrderRow]:
    """Assembly orders by seller and number, each with its row of statistics."""
    seen = set(visibility.only_seen(session, {seller for seller, _ in wanted}))
    wanted = [one for one in wanted if one[0] in seen]
    if not wanted:
        return {}
    kind, other = _KINDS["orders"], _KINDS["statistics"]
    places = ", ".join(f"({seller:d}, {number:d})" for seller, number in wanted)
    selected = [f"wb_order.{name}" for name in kind.columns]
    selected += [f"statistics_order.{name} AS of_{name}" for name in other.columns]
    query = text(
        f"SELECT {', '.join(selected)} FROM (VALUES {places}) AS wanted CROSS JOIN wb_order "
        "LEFT JOIN statistics_order ON statistics_order.seller_id = wb_order.seller_id "
        "AND statistics_order.srid = wb_order.rid "
        "WHERE wb_order.seller_id = wanted.column1 AND wb_order.id = wanted.column2"
    )
    found: dict[tuple[int, int], OrderRow] = {}
    for row in session.connection().execute(query).mappings():
        (order,) = _as_rows(kind, [{name: row[name] for name in kind.columns}], {})
        if row["of_srid"] is not None:
            (order.statistics,) = _as_rows(other, [{name: row[f"of_{name}"] for name in other.columns}], {})
        found[order.seller_id, order.id] = order
    return found


def _place(kind: _Kind, row: dict[str, Any]) -> tuple[int, Any, int]:
    return row[kind.instant], row[kind.key], row["seller_id"]


def summary(
    session: Session,
    filters: OrderFilters,
    sellers: Sequence[int] | None = None,
    known: Known | None = None,
) -> Summary:
    """How many rows fit and what they are worth, of the newest ``COUNTED``: it never costs more."""
    kind = _KINDS[filters.kind]
    ids = meant(session, filters) if sellers is None else sellers
    find = _Finder(session, kind, filters, None, COUNTED + 1, ids, only=_counted(kind), known=known)
    found = find.newest()
    amounts: dict[Any, int] = {}
    for row in found[:COUNTED]:
        amounts[row["currency"]] = amounts.get(row["currency"], 0) + (row["amount"] or 0)
    same = {currency: currency for currency in amounts}  # one object for each, not for each row
    places = tuple(
        (row["amount"] or 0, row[kind.instant], row[kind.key], row["seller_id"], same[row["currency"]])
        for row in found[:COUNTED]
    )
    edge = find.edge()
    more = len(found) > COUNTED or find.was_cut or edge is not None
    return Summary(len(places), more, amounts, places, edge)


def _counted(kind: _Kind) -> tuple[str, ...]:
    amount, currency = kind.amount
    return (kind.instant, kind.key, "seller_id", f"{amount} AS amount", f"{currency} AS currency")


def page_by_amount(
    session: Session,
    filters: OrderFilters,
    found: Summary,
    before: Cursor | None,
    limit: int,
    *,
    names: Mapping[int, str] | None = None,
) -> OrderPage:
    """One page of what ``summary`` has counted, the dearest first.

    A currency comes after the other, that of most rows first: what is worth more of two can't be told.

    Args:
        before: ``next`` of the page before; a dearer row that has come since moves nothing.
    """
    kind = _KINDS[filters.kind]
    rows = Counter(currency for *_, currency in found.places)
    turn = {one: place for place, one in enumerate(sorted(rows, key=lambda one: (-rows[one], str(one))))}
    there = sorted(found.places, key=itemgetter(0, 1, 2, 3), reverse=True)
    there.sort(key=lambda place: turn[place[4]])
    if before is not None:
        last = (before.amount, before.instant, before.key, before.seller_id)
        at = turn.get(before.currency, -1)
        there = [one for one in there if turn[one[4]] > at or (turn[one[4]] == at and one[:4] < last)]
    some = there[:limit]
    shown = _rows_at(session, kind, [(seller, key) for _, _, key, seller, _ in some], names or {})
    if len(there) <= limit:
        return OrderPage(shown, None)
    amount, instant, key, seller, currency = some[-1]
    return OrderPage(shown, Cursor(instant, key, seller, amount, currency))


@dataclass(frozen=True, slots=True)
class Columns:
    """Rows as lists of values by column, as the database has them: instants are Unix seconds."""

    values: dict[str, Sequence[Any]]
    count: int


def iter_columns(
    session: Session,
    filters: OrderFilters,
    limit: int | None = None,
    chunk: int = EXPORT_CHUNK,
    only: Collection[str] | None = None,
) -> Iterator[Columns]:
    """All rows of a filter, newest first, in parts; memory holds one part at a time.

    Each seller's rows (and each alternative of a filter) come from one cursor in the order of its index, and
    the cursors are merged: no row is searched for twice, and nothing is sorted by the database.

    Args:
        only: names of columns that are enough; None: all of them.
    """
    kind = _KINDS[filters.kind]
    names = _key_names(session, filters)
    order = (kind.instant, kind.key, "seller_id")
    columns = [one for one in kind.columns if only is None or one in only or one in order]
    find = _Finder(session, kind, filters, None, -1, meant(session, filters), only=columns)
    with ExitStack() as opened:
        streams = [find.stream(one, opened) for one in find.searches()]
        place = itemgetter(*map(columns.index, order))
        for part in merge.cut(merge.blocks(streams, place, chunk), chunk, limit):
            values: dict[str, Sequence[Any]] = dict(zip(columns, zip(*part, strict=True), strict=True))
            values["key"] = [names.get(seller, "") for seller in values["seller_id"]]
            yield Columns(values, len(part))


def count(session: Session, filters: OrderFilters) -> int:
    """How many rows a filter has, at most: a row that fits in two ways counts twice."""
    find = _Finder(session, _KINDS[filters.kind], filters, None, -1, meant(session, filters))
    counted = 0
    for some in _in_parts(find.searches(), _SEARCHES_AT_ONCE):
        whole = " UNION ALL ".join(f"SELECT count(*) AS n FROM ({one}) AS s{i}" for i, one in enumerate(some))
        counted += sum(row[0] for row in find.execute(whole))
    return counted


# --- How it is searched -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Way:
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

    def with_(self, other: _Way) -> _Way:
        """Both at once."""
        return _Way(
            self.where + other.where,
            self.looked + other.looked,
            self.slots or other.slots,
            {**self.values, **other.values},
            self.ids or other.ids,
            self.source or other.source,
        )

    def among(self, slots: Sequence[int]) -> list[_Way]:
        """The same for some slots; [] where there is nothing in them."""
        if self.ids is None:
            return [self]
        some = [number for slot in slots for number in self.ids.get(slot, ())]
        return [replace(self, values={**self.values, "ids": some})] if some else []


_EVER: Final = (0, INT64_MAX // SLOT_S)


def _ways(
    session: Session,
    kind: _Kind,
    filters: OrderFilters,
    sellers: Sequence[int],
    numbered: numbers.Found | None,
    *,
    known: Known,
) -> dict[int, list[_Way]]:
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


GROUPS: Final[dict[str, tuple[Stage, ...]]] = {
    "to_assemble": ("new", "assembly"),
    "stage_new": ("new",),
    "stage_assembly": ("assembly",),
    "stage_moving": ("moving",),
    "stage_sold": ("sold",),
    "cancelled": ("cancelled",),
    "stage_unknown": ("",),
}
"""Words that stand for several pairs of statuses: those that the sums of orders count as these stages."""


def _by_status(
    session: Session, kind: _Kind, filters: OrderFilters, sellers: Sequence[int]
) -> dict[int, list[_Way]]:
    """One way for each status, or pair of statuses, that will do."""
    wanted = read_name(filters.status)
    if not wanted:
        return {seller: [_Way()] for seller in sellers}
    if kind.table != "wb_order" or wanted not in GROUPS:
        return {seller: [_Way((one,)) for one in kind.statuses] for seller in sellers}
    there = select(OrderCounter.seller_id, OrderCounter.supplier_status, OrderCounter.wb_status).distinct()
    there = there.where(
        col(OrderCounter.seller_id).in_(sellers),
        col(OrderCounter.kind).in_([filters.model] if filters.model else list(MODELS)),
        col(OrderCounter.count) > 0,
    )
    ways: dict[int, list[_Way]] = {seller: [] for seller in sellers}
    for seller, supplier, wb in session.exec(there):
        if tallies.stage(supplier, wb) in GROUPS[wanted]:
            ways[seller].append(_of_pair(supplier, wb))
    return ways


def _of_pair(supplier: str, wb: str) -> _Way:
    """Both statuses as they are: read in the index of WB's, which says more of an order's end than ours."""
    values = {"supplier": supplier, "wb": wb}
    if wb:
        return _Way(("coalesce(supplier_status, '') = :supplier", "wb_status = :wb"), values=values)
    first = "supplier_status = :supplier" if supplier else "supplier_status IS NULL"
    return _Way((first, "coalesce(wb_status, '') = :wb"), values=values)


_VALUES: Final = {
    "warehouse": "warehouse_id",
    "office": "office",
    "supply": "supply_id",
    "barcode": "barcode",
    "nm": "nm_id",
}
"""Filter -> column, and name in the vocabulary."""
WITHOUT: Final = {
    "article": "coalesce(article, '') = ''",
    "warehouse": "coalesce(warehouse_id, 0) = 0",
}
"""What an order may have none of."""


def _narrowed(session: Session, filters: OrderFilters, sellers: Sequence[int]) -> Iterator[dict[int, _Way]]:
    """What each filter of one column asks for, by seller; a seller that is left out has no such row."""
    for name, column in _VALUES.items():
        value = read_name(getattr(filters, name))
        if value:
            yield _of_value(session, sellers, name, column, value)
    if article := read_name(filters.article):
        yield _of_article(session, sellers, article)
    if basket := read_name(filters.basket):
        way = _Way(looked=("order_uid = :basket",), values={"basket": basket})
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
            yield dict.fromkeys(sellers, _Way(looked=(condition,)))
    if filters.currency is not None:
        way = _Way(looked=("coalesce(currency_code, 0) = :currency",), values={"currency": filters.currency})
        yield dict.fromkeys(sellers, way)
    if filters.lost_from is not None:
        yield {seller: _of_lost(seller, filters) for seller in sellers}
    if filters.taken is not None:
        yield {seller: _of_taken(seller, filters.taken) for seller in sellers}


def _of_article(session: Session, sellers: Sequence[int], article: str) -> dict[int, _Way]:
    known = vocabulary.owners(session, sellers, "article", article)
    values = {"article_is": article}
    return {
        seller: _Way(("article = :article_is",), slots=(found.first_slot, found.last_slot), values=values)
        for seller, found in known.items()
    }


def _of_lost(seller: int, filters: OrderFilters) -> _Way:
    """Orders that the history knows as lost in a span: an index of these alone."""
    gone = (
        f"id IN (SELECT order_id FROM order_status_change WHERE seller_id = {seller:d} AND is_lost "
        "AND at >= :lost_from AND at < :lost_to)"
    )
    return _Way((gone,), values={"lost_from": filters.lost_from, "lost_to": filters.lost_to or INT64_MAX})


def _of_taken(seller: int, within: int) -> _Way:
    """Orders that the history saw go into assembly so soon: in an index of these alone, the newest first."""
    source = f"order_status_change WHERE seller_id = {seller:d} AND taken = :taken AND taken IS NOT NULL"
    return _Way(source=source, values={"taken": within})


def _of_value(
    session: Session, sellers: Sequence[int], name: str, column: str, value: str
) -> dict[int, _Way]:
    known = vocabulary.owners(session, sellers, column, value)
    ways = {}
    for seller, found in known.items():
        # A number is compared as one: PostgreSQL takes no index, nor any text, for a column of numbers.
        values: dict[str, Any] = {name: int(value) if column.endswith("_id") and value.isdecimal() else value}
        if column == "supply_id":
            values = {name: value}
        span = (found.first_slot, found.last_slot)
        if found.articles and len(found.articles) <= vocabulary.MOST:
            articles = _listed(f"{name}_of", found.articles)
            where = (f"article IN ({', '.join(f':{one}' for one in articles)})", f"{column} = :{name}")
            ways[seller] = _Way(where, slots=span, values={**values, **articles})
        else:
            times = (f"created_at >= {span[0] * SLOT_S}", f"created_at < {(span[1] + 1) * SLOT_S}")
            ways[seller] = _Way(times, (f"{column} = :{name}",), values=values)
    return ways


def _listed(name: str, values: Iterable[Any]) -> dict[str, Any]:
    return {f"{name}{number}": value for number, value in enumerate(values)}


def _texts(
    kind: _Kind,
    wanted: str,
    numbered: numbers.Found | None,
    sellers: Sequence[int],
    found: Mapping[int, vocabulary.Found],
) -> dict[int, list[_Way]]:
    """What a text can be, for each seller."""
    exact = [_Way((one,)) for one in kind.texts if ":number" not in one or wanted.isdecimal()]
    ways: dict[int, list[_Way]] = {}
    for seller in sellers:
        ways[seller] = list(exact)
        if kind.table == "wb_order":
            ways[seller].append(_Way(("rid = :text",), slots=_EVER))
            ways[seller] += _of_number(wanted, numbered, seller)
        if seller in found:
            ways[seller] += _of_found(kind, found[seller], wanted)
    return ways


def _may_be_number(wanted: str) -> bool:
    return wanted.isdecimal() and wanted.isascii() and len(wanted) >= SHORTEST_NUMBER


def _of_number(wanted: str, numbered: numbers.Found | None, seller: int) -> list[_Way]:
    """A part of a number."""
    if not _may_be_number(wanted):
        return []
    if numbered is None:
        return [_Way(("CAST(id AS TEXT) LIKE :digits", "id <> :number"), values={"digits": f"%{wanted}%"})]
    ids = numbered.ids.get(seller)
    return [_Way(slots=(min(ids), max(ids)), ids=ids)] if ids else []


def _of_found(kind: _Kind, found: vocabulary.Found, wanted: str) -> list[_Way]:
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
        return [_Way(looked=(f"({fits})",), values=part)]
    if of_feed:
        listed = ", ".join(map(str, found.nm_ids))
        return [_Way(looked=(f"nm_id IN ({listed})",))] if listed else []
    if kind.table == "statistics_order":  # its index has the articles first: each is read in order
        return [
            _Way((f"article = :article{n}",), values={f"article{n}": one})
            for n, one in enumerate((*found.articles, *found.owners))
        ]
    span = (found.first_slot, found.last_slot)
    ways = []
    if found.articles:
        names = _listed("article", found.articles)
        ways.append(_Way((f"article IN ({_marks(names)})",), slots=span, values=names))
    if found.owners:
        owners = _listed("owner", found.owners)
        barcodes = _listed("barcode", found.barcodes)
        numbers: dict[str, Any] = _listed("nm", found.nm_ids)
        either = " OR ".join(
            f"{column} IN ({_marks(some)})"
            for column, some in (("barcode", barcodes), ("nm_id", numbers))
            if some
        )
        ways.append(
            _Way(
                (f"article IN ({_marks(owners)})", f"({either})"),
                slots=span,
                values={**owners, **barcodes, **numbers},
            )
        )
    return ways


def _marks(names: Iterable[str]) -> str:
    return ", ".join(f":{name}" for name in names)


_ASKED: Final = "asked"
_Seller = int | str
"""A seller's id, or ``_ASKED``: each of those that a statement lists."""


class _Finder:
    """Runs searches of one page: all sellers and ways of a question in few statements."""

    def __init__(  # noqa: PLR0917 (one question)
        self,
        session: Session,
        kind: _Kind,
        filters: OrderFilters,
        before: Cursor | None,
        limit: int,
        sellers: Sequence[int],
        only: Sequence[str] = (),
        known: Known | None = None,
        likely: int = 0,
    ) -> None:
        sellers = visibility.only_seen(session, sellers)
        self.known, self.likely = known or Known(), likely
        self.session, self.kind, self.filters = session, kind, filters
        self.lite = is_sqlite(session.connection())
        self.before, self.limit = before, limit
        self.selected = ", ".join(only or kind.columns)
        self.looked = max(LOOKED // max(len(sellers), 1), _LEAST)
        self.numbered = self._numbered(sellers) if limit >= 0 else None
        self.ways = _ways(session, kind, filters, sellers, self.numbered, known=self.known)
        self.was_cut = False
        """Some search has more rows than were asked for."""
        searches = sum(map(len, self.ways.values())) or 1
        self.each = limit if limit < COUNTED else max(limit // searches, _LEAST)

    def _numbered(self, sellers: Sequence[int]) -> numbers.Found:
        """Orders with the text in their number: as many as will do, and more where not all of them fit."""
        filters, wanted = self.filters, read_name(self.filters.text) or ""
        if self.kind.table != "wb_order" or not _may_be_number(wanted):
            return numbers.Found()
        ends = [one for one in (filters.date_to, self.before and self.before.instant) if one is not None]
        slots = (max(filters.date_from or 0, 0) // SLOT_S, max(min(ends, default=INT64_MAX), 0) // SLOT_S)
        plain = {name: getattr(filters, name) for name in ("kind", "seller_ids", "text", "key")}
        plain |= {name: getattr(filters, name) for name in ("date_from", "date_to")}
        all_fit = filters == OrderFilters(**plain)
        most = min(self.limit, NUMBERED) if all_fit else NUMBERED
        return numbers.find(self.session, sellers, wanted, slots, most)

    def newest(self) -> list[dict[str, Any]]:
        """The newest ``limit`` rows that fit, each once."""
        plain = [(s, way) for s, ways in self.ways.items() for way in ways if way.slots is None]
        slotted = [(s, way) for s, ways in self.ways.items() for way in ways if way.slots is not None]
        found = self._in_slots(slotted, plain) if slotted else self._rows(plain)
        return [found[place] for place in sorted(found, reverse=True)[: self.limit]]

    def _in_slots(
        self, asked: Sequence[tuple[int, _Way]], plain: Sequence[tuple[int, _Way]]
    ) -> dict[tuple[Any, ...], dict[str, Any]]:
        """Slots one after the other, newest first: as many at once as will do, by what was found so far.

        Args:
            plain: what is searched for once, wherever it is: with the first slots.
        """
        found: dict[tuple[Any, ...], dict[str, Any]] = {}
        edges = self.known.edges(self.session, {seller for seller, _ in asked})
        top, bottom = _reach(edges, self.filters, self.before, asked)
        looked, size, newer = 0, self._first_slots(asked, top, bottom), 0
        while newer < self.limit:  # what is in later slots is older
            last = max(top - size, bottom - 1)
            slots = [*range(top, last, -1)]
            if last < bottom:
                slots.append(0)  # orders whose instant could not be read
            found |= self._rows([*plain, *asked], slots)
            if last < bottom:
                break
            plain, looked, top = (), looked + size, last
            newer = sum(instant >= (last + 1) * SLOT_S for instant, *_ in found)
            likely = (self.limit - newer) * looked // newer * 5 // 4 + 1 if newer else INT64_MAX
            size = min(likely, looked * _WIDER, _SLOTS_AT_ONCE)
        return found

    def _first_slots(self, asked: Sequence[tuple[int, _Way]], top: int, bottom: int) -> int:
        """How many slots are looked into at first: where that is known, as many as hold a page."""
        if any(way.ids is None and way.slots != _EVER for _, way in asked):
            if not self.likely:
                return 1
            # Twice as many as hold a page on an average: some hours and days bring less.
            return min(2 * (top - bottom + 1) * self.limit // self.likely + 2, _SLOTS_AT_ONCE)
        held = [(slot, len(some)) for _, way in asked for slot, some in (way.ids or {}).items()]
        held.sort(reverse=True)
        sums = accumulate(count for _, count in held)
        enough = next((slot for (slot, _), sum_ in zip(held, sums, strict=True) if sum_ >= self.limit), 0)
        return min(max(top - enough + 1, 1), _SLOTS_AT_ONCE)

    def _rows(
        self, asked: Sequence[tuple[int, _Way]], slots: Sequence[int] | None = None
    ) -> dict[tuple[Any, ...], dict[str, Any]]:
        """(instant, key, seller) -> row, of the newest rows of each search."""
        found = {}
        if slots is not None:
            asked = [(seller, some) for seller, way in asked for some in way.among(slots)]
        merged = slots is None and self.each == self.limit and all(way == _Way() for _, way in asked)
        for some in _in_parts(asked, _SEARCHES_AT_ONCE):
            values = {**self._values()}
            for number, (_, way) in enumerate(some):
                values |= {f"{name}_{number}": self._told(value) for name, value in way.values.items()}
            counts: dict[int, int] = {}
            search = partial(self._search, slots=slots)
            statement = self._merged(some) if merged else self._beside(some, search)
            asked_for = self._execute(statement, values)
            names = tuple(asked_for.keys())
            for values_of_row in asked_for:
                row = dict(zip(names, values_of_row, strict=True))
                found[_place(self.kind, row)] = row
                counts[row["seller_id"]] = counts.get(row["seller_id"], 0) + 1
            if self.each < self.limit and max(counts.values(), default=0) >= self.each:
                self.was_cut = True
        return found

    def _beside(self, asked: Sequence[tuple[int, _Way]], search: Callable[[_Seller, _Way], str]) -> str:
        """What ``search`` finds for each, one after the other.

        PostgreSQL makes a plan for each search, which takes longer than the search: what is looked for alike
        with many sellers is one. SQLite knows no LATERAL, and its plans take no time.
        """
        alike: list[tuple[int, _Way, list[int]]] = []
        for number, (seller, way) in enumerate(asked):
            known = next((sellers for _, other, sellers in alike if other == way), None)
            if known is None or self.lite:
                alike.append((number, way, [seller]))
            else:
                known.append(seller)
        parts = []
        for number, way, sellers in alike:
            one = _renamed(search(sellers[0] if len(sellers) == 1 else _ASKED, way), way, number)
            ids = ", ".join(f"{seller:d}" for seller in sellers)
            each = f"unnest(ARRAY[{ids}]) AS {_ASKED} CROSS JOIN LATERAL " if len(sellers) > 1 else ""
            parts.append(f"SELECT s{number}.* FROM {each}({one}) AS s{number}")
        return " UNION ALL ".join(parts)

    def _merged(self, asked: Sequence[tuple[int, _Way]]) -> str:
        """The newest rows of all searches together, where nothing but a seller is looked for.

        SQLite reads the sellers' indexes side by side and stops at the limit: a page of a hundred sellers is
        fifty rows, not fifty of each. PostgreSQL sorts the newest of each.
        """
        kind = self.kind
        order = f"ORDER BY {kind.instant} DESC, {kind.key} DESC, seller_id DESC LIMIT :limit"
        if not self.lite:
            return f"SELECT * FROM ({self._beside(asked, self._search)}) AS newest {order}"
        arms = (
            f"SELECT {self.selected} FROM {kind.table} "
            f"WHERE {' AND '.join(self._where(seller, way, kind.instant))}"
            for seller, way in asked
        )
        return f"{' UNION ALL '.join(arms)} {order}"

    def edge(self) -> tuple[int, Any, int] | None:
        """The place of the last row that was looked at, where there are rows behind it; the newest such."""
        ended = [
            (s, w) for s, ways in self.ways.items() for w in ways if (w.looked or w.source) and not w.slots
        ]
        edges = [edge for some in _in_parts(ended, _SEARCHES_AT_ONCE) for edge in self._edges(some)]
        if self.numbered is not None and self.numbered.until is not None:
            edges.append(((self.numbered.until + 1) * SLOT_S, INT64_MIN, 0))
        return max(edges, default=None)

    def _edges(self, asked: Sequence[tuple[int, _Way]]) -> list[tuple[Any, ...]]:
        values = {**self._values()}
        for number, (_, way) in enumerate(asked):
            values |= {f"{name}_{number}": value for name, value in way.values.items()}
        return [tuple(row) for row in self._execute(self._beside(asked, self._last), values)]

    def _last(self, seller: _Seller, way: _Way) -> str:
        """The place of the last row that one search looks at."""
        kind = self.kind
        if way.source:
            return (
                f"SELECT made AS instant, order_id AS name, seller_id {self._from_source(seller, way)} "
                f"LIMIT 1 OFFSET {self._candidates(way) - 1}"
            )
        return (
            f"SELECT {kind.instant} AS instant, {kind.key} AS name, seller_id FROM {kind.table} "
            f"WHERE {' AND '.join(self._where(seller, way, kind.instant))} "
            f"ORDER BY {kind.instant} DESC, {kind.key} DESC LIMIT 1 OFFSET {self.looked - 1}"
        )

    def _from_source(self, seller: _Seller, way: _Way) -> str:
        """The source's rows that a page can have, newest first."""
        where = [way.source, *self._times(seller, "made", "order_id")]
        return f"FROM {' AND '.join(where)} ORDER BY made DESC, order_id DESC"

    def _candidates(self, way: _Way) -> int:
        """How many rows of the source are looked up; where nothing else is asked for, all of them fit."""
        return self.looked if way.where or way.looked or self.filters.model else self.each

    def searches(self) -> list[str]:
        """A statement for each seller and way, of all rows; their values are in ``bound``."""
        made: list[str] = []
        for seller, ways in self.ways.items():
            for way in ways:
                number = len(made)
                made.append(_renamed(self._search(seller, way), way, number))
                self._more |= {f"{name}_{number}": value for name, value in way.values.items()}
        return made

    def stream(self, statement: str, opened: ExitStack) -> merge.Fetch:
        """Rows in blocks; ``opened`` closes their cursor."""
        connection = self.session.connection()
        cursor = opened.enter_context(db.cursor(connection, statement, self._bound(statement)))
        fetch: merge.Fetch = cursor.fetchmany
        return fetch

    def execute(self, statement: str) -> Sequence[Any]:
        return self.session.connection().execute(text(statement), self._bound(statement)).all()

    def _execute(self, statement: str, values: Mapping[str, Any]) -> Any:
        return self.session.connection().execute(text(statement), db.bound(statement, values))

    def _bound(self, statement: str) -> dict[str, Any]:
        values = db.bound(statement, {**self._values(), **self._more})
        if self.limit < 0:  # all of them
            values["limit"] = -1 if self.lite else None
        return values

    @cached_property
    def _more(self) -> dict[str, Any]:
        return {}

    def _told(self, value: Any) -> Any:
        """A value as the database takes it: SQLite has no lists."""
        return orjson.dumps(value).decode() if isinstance(value, list) and self.lite else value

    def _where(self, seller: _Seller, way: _Way, instant: str) -> list[str]:
        """What an index answers."""
        where = [f"seller_id = {seller if isinstance(seller, str) else int(seller)}", *way.where]
        if self.filters.model and self.kind.table == "wb_order":
            where.append(_of_model(self.filters.model))
        return [*where, *self._times(seller, instant, self.kind.key)]

    def _times(self, seller: _Seller, instant: str, key: str) -> list[str]:
        """When the rows of a page were made."""
        where = []
        if self.filters.date_from is not None:
            where.append(f"{instant} >= :date_from")
        if self.filters.date_to is not None:
            where.append(f"{instant} < :date_to")
        if self.before is not None:
            # Rows of two sellers at the same place are ordered by seller.
            last = self.before.seller_id
            than = "<=" if isinstance(seller, str) or seller < last else "<"
            where.append(f"({instant}, {key}) {than} (:instant, :key)")
            if isinstance(seller, str):
                where.append(f"({instant}, {key}, {seller}) < (:instant, :key, {last:d})")
        return where

    def _search(self, seller: _Seller, way: _Way, slots: Sequence[int] | None = None) -> str:
        slots = None if way.slots is None else slots
        kind = self.kind
        # A plus keeps SQLite from reading all orders by time where it is to look elsewhere.
        instant = f"+{kind.instant}" if way.source or slots is not None else kind.instant
        where = self._where(seller, way, instant)
        order = f"ORDER BY {instant} DESC, {kind.key} DESC"
        if way.ids is not None:
            where.append("id IN (SELECT value FROM json_each(:ids))" if self.lite else "id = ANY(:ids)")
        if slots is not None:
            slot = "slot" if way.ids is None else "+slot"
            where.append(f"{slot} IN ({', '.join(map(str, slots))})")
        if way.source:
            where.append(self._in_source(seller, way, slots))
        elif way.looked and slots is None and self.limit >= 0:
            # Not all rows: an end that is reached, whether or not anything fits. Nor all columns: SQLite
            # would fetch WB's whole row of each.
            named = " ".join((self.selected, *way.looked))
            read = ", ".join(name for name in kind.columns if re.search(rf"\b{name}\b", named))
            inner = f"SELECT {read} FROM {kind.table} WHERE {' AND '.join(where)} {order} LIMIT {self.looked}"
            return (
                f"SELECT {self.selected} FROM ({inner}) AS newest WHERE {' AND '.join(way.looked)} "
                f"{order} LIMIT :limit"
            )
        conditions = " AND ".join((*where, *way.looked))
        return f"SELECT {self.selected} FROM {kind.table} WHERE {conditions} {order} LIMIT :limit"

    def _in_source(self, seller: _Seller, way: _Way, slots: Sequence[int] | None) -> str:
        if slots is not None:
            return f"EXISTS (SELECT 1 FROM {way.source} AND order_id = {self.kind.table}.id)"
        limit = f" LIMIT {self._candidates(way)}" if self.limit >= 0 else ""
        return f"id IN (SELECT order_id {self._from_source(seller, way)}{limit})"

    def _values(self) -> dict[str, Any]:
        wanted = read_name(self.filters.text) or ""
        number = int(wanted) if wanted.isdecimal() and len(wanted) < 20 else -1
        values = {
            "limit": self.each,
            "text": wanted,
            "number": number if number <= INT64_MAX else -1,
            "status": read_name(self.filters.status),
            "date_from": self.filters.date_from,
            "date_to": self.filters.date_to,
        }
        return (
            values
            if self.before is None
            else {**values, "instant": self.before.instant, "key": self.before.key}
        )


def _renamed(statement: str, way: _Way, number: int) -> str:
    """The statement with names of its own for its way's values: many searches are one statement."""
    if not way.values:
        return statement
    return db.NAMES.sub(lambda m: f":{m[1]}_{number}" if m[1] in way.values else m[0], statement)


def _of_model(model: str) -> str:
    """A condition in words that lets SQLite take the index of what is not FBS."""
    if model not in MODELS:
        raise ValueError(f"no such model of sale: {model[:40]}")
    return "model = 'fbs'" if model == "fbs" else f"model = '{model}' AND model <> 'fbs'"


def _reach(
    edges: tuple[int, int],
    filters: OrderFilters,
    before: Cursor | None,
    asked: Sequence[tuple[int, _Way]],
) -> tuple[int, int]:
    """The newest and the oldest slot that can hold what is asked for; none, where the newest is the older.

    Args:
        edges: of the orders of all sellers that are asked for.
    """
    spans = [way.slots for _, way in asked if way.slots is not None]
    newest, oldest = edges
    tops = (newest, filters.date_to, before and before.instant)
    top = min(min(value for value in tops if value is not None) // SLOT_S, max(span[1] for span in spans))
    bottom = max(oldest, filters.date_from or 0) // SLOT_S
    return top, max(bottom, min(span[0] for span in spans), 1)


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
    for some in _in_parts(parts, _SEARCHES_AT_ONCE):
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


def meant(session: Session, filters: OrderFilters) -> list[int]:
    """Ids of the sellers whose rows are asked for, of those that whoever asks may know of."""
    if filters.seller_ids is None:
        query = together()
    else:
        query = select(Seller.id).where(col(Seller.id).in_(filters.seller_ids))
    return [seller_id for seller_id in session.exec(query).all() if seller_id is not None]


def meant_among(sellers: Iterable[Seller], filters: OrderFilters) -> list[int]:
    """As ``meant``, where all sellers that whoever asks may know of have been read."""
    there = [(seller.id, seller.environment) for seller in sellers if seller.id is not None]
    if filters.seller_ids is not None:
        return [seller_id for seller_id, _ in there if seller_id in filters.seller_ids]
    first = min((name for _, name in there), key=ENVIRONMENTS.index, default="")
    return [seller_id for seller_id, name in there if name == first]


def together() -> Any:
    """Sellers that are meant by "all": real ones; else those of WB's test environment; else learning ones.

    Invented orders are never listed or counted together with real ones.
    """
    real_first = case({name: place for place, name in enumerate(ENVIRONMENTS)}, value=col(Seller.environment))
    first = select(Seller.environment).order_by(real_first).limit(1).scalar_subquery()
    return select(Seller.id).where(Seller.environment == first)


def _in_parts(items: Sequence[T], size: int) -> Iterator[list[T]]:
    rest = iter(items)
    while part := list(islice(rest, size)):
        yield part


def _as_rows(kind: _Kind, found: Sequence[dict[str, Any]], names: Mapping[int, str]) -> list[Any]:
    for values in found:
        for name in kind.instants:
            seconds = values[name]
            values[name] = datetime.fromtimestamp(seconds, UTC) if seconds else None
        for name in kind.flags:
            values[name] = None if values[name] is None else bool(values[name])
    return [kind.row(**{**values, "key": names.get(values["seller_id"], "")}) for values in found]


def _join(session: Session, name: str, rows: Sequence[Any]) -> None:
    """Gives each row its counterpart: order and statistics are one where rid = srid."""
    if name == "orders":
        wanted = [(row.seller_id, row.rid) for row in rows if row.rid]
        found = _counterparts(session, _KINDS["statistics"], "srid", wanted, ("seller_id", "srid"))
        for row in rows:
            row.statistics = found.get((row.seller_id, row.rid))
        return
    # Both say when the order was made; the neighbours are for edges between two slots.
    instant = _KINDS[name].instant
    near = [
        (row.seller_id, int(made.timestamp()) // SLOT_S + step, row.srid)
        for row in rows
        if (made := getattr(row, instant)) is not None
        for step in (-1, 0, 1)
    ]
    found = _counterparts(session, _KINDS["orders"], "rid", near, ("seller_id", "slot", "rid"))
    for row in rows:
        row.order = found.get((row.seller_id, row.srid))


def _counterparts(
    session: Session, kind: _Kind, key: str, wanted: Sequence[tuple[Any, ...]], columns: Sequence[str]
) -> dict[tuple[int, str], Any]:
    """Rows by seller and key.

    Args:
        wanted: of each seller's row what ``columns`` name, its seller first.
    """
    seen = set(visibility.only_seen(session, {one[0] for one in wanted}))
    wanted = [one for one in wanted if one[0] in seen]
    found: dict[tuple[int, str], Any] = {}
    for start in range(0, len(wanted), _JOINED_AT_ONCE):
        some = wanted[start : start + _JOINED_AT_ONCE]
        places = ", ".join(
            f"({', '.join(f'{number:d}' for number in one[:-1])}, :k{i})" for i, one in enumerate(some)
        )
        # SQLite takes an index to join the wanted rows, but reads the whole table for a row IN a list;
        # CROSS JOIN tells it to begin with them.
        same = " AND ".join(f"{kind.table}.{name} = wanted.column{n}" for n, name in enumerate(columns, 1))
        query = text(
            f"SELECT {', '.join(f'{kind.table}.{name}' for name in kind.columns)} "
            f"FROM (VALUES {places}) AS wanted CROSS JOIN {kind.table} WHERE {same}"
        )
        values = {f"k{i}": one[-1] for i, one in enumerate(some)}
        rows = [dict(row) for row in session.connection().execute(query, values).mappings()]
        found |= {(row.seller_id, getattr(row, key)): row for row in _as_rows(kind, rows, {})}
    return found


def _key_names(session: Session, filters: OrderFilters) -> dict[int, str]:
    if filters.key and filters.seller_ids:
        return dict.fromkeys(filters.seller_ids, filters.key)
    return names_by_seller(session)


def counters(
    session: Session, seller_id: int | None = None, kind: Kind = "orders", model: str = ""
) -> Counters:
    """How many rows a seller (or all sellers) has in each status. Counts nothing: the writers keep it.

    Args:
        model: of assembly orders those of one model of sale; "": all.
    """
    kinds = [kind] if kind != "orders" else [model] if model else list(MODELS)
    query = select(OrderCounter).where(col(OrderCounter.kind).in_(kinds), col(OrderCounter.count) > 0)
    chosen = together() if seller_id is None else [seller_id]
    query = query.where(col(OrderCounter.seller_id).in_(chosen))
    supplier: dict[str, int] = {}
    wb: dict[str, int] = {}
    for row in session.exec(query.execution_options(populate_existing=True)):
        supplier[row.supplier_status] = supplier.get(row.supplier_status, 0) + row.count
        wb[row.wb_status] = wb.get(row.wb_status, 0) + row.count
    return Counters(sum(supplier.values()), supplier, wb)


def status_history(session: Session, seller_id: int, order_id: int) -> list[StatusChange]:
    """When an order was first seen in each of its statuses, oldest first."""
    query = (
        select(OrderStatusChange)
        .where(OrderStatusChange.seller_id == seller_id, OrderStatusChange.order_id == order_id)
        .order_by(col(OrderStatusChange.at), col(OrderStatusChange.id))
    )
    return [
        StatusChange(datetime.fromtimestamp(row.at, UTC), row.supplier_status, row.wb_status)
        for row in session.exec(query)
    ]


def order_of(session: Session, seller_id: int, order_id: int) -> OrderRow | None:
    """One order with its row of statistics; None: there is none, or whoever asks may not know of it."""
    if not meant(session, OrderFilters(seller_ids=(seller_id,))):
        return None
    wanted = [(seller_id, order_id)]
    found = _counterparts(session, _KINDS["orders"], "id", wanted, ("seller_id", "id"))
    _join(session, "orders", list(found.values()))
    return next(iter(found.values()), None)


def feed_of(session: Session, seller_id: int, rid: str | None) -> FeedRow | None:
    """What the order feed says of an order."""
    if not rid:
        return None
    found = _counterparts(session, _KINDS["order_feed"], "srid", [(seller_id, rid)], ("seller_id", "srid"))
    return next(iter(found.values()), None)


BASKET_S: Final = 3600
"""Orders of one basket are made at once, give or take."""
BASKET: Final = 50


def basket(session: Session, order: OrderRow) -> list[OrderRow]:
    """The other orders of an order's basket."""
    if not order.order_uid or order.created_at is None:
        return []
    made = int(order.created_at.timestamp())
    near = OrderFilters(
        seller_ids=(order.seller_id,),
        basket=order.order_uid,
        date_from=made - BASKET_S,
        date_to=made + BASKET_S,
    )
    found = page(session, near, limit=BASKET, joined=False, sellers=[order.seller_id], names={})
    return [row for row in found.rows if row.id != order.id]


def raw_row(session: Session, seller_id: int, order_id: int) -> dict[str, Any] | None:
    """WB's own row of an order, also the fields that this program does not know yet, but for its buyer."""
    query = select(Order.raw).where(Order.seller_id == seller_id, Order.id == order_id)
    raw = session.exec(query).first()
    if raw is None:
        return None
    found: dict[str, Any] = orjson.loads(raw)
    return found
