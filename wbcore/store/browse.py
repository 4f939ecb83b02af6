# ruff: noqa: S608 (names of tables and columns are ours; values are always bound)
"""Orders as pages and files read them: newest first, by keyset, so that no question grows with the orders.

Each filter is a search in one index. Alternatives (several sellers, a text that may be an article or an id)
are searched apart, each up to one page, and merged: no database has to sort what it could read in order.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from itertools import islice, product
from typing import Any, Final, Literal, NamedTuple

import orjson
from sqlalchemy import text
from sqlmodel import Session, col, select

from wbcore.store.keys import names_by_seller
from wbcore.store.models import SLOT_S, Order, OrderCounter, OrderStatusChange, Seller
from wbcore.store.rows import INT64_MAX, read_name

Kind = Literal["fbs", "statistics"]

EXPORT_CHUNK: Final = 2000
_SEARCHES_AT_ONCE: Final = 100
"""Searches in one statement; SQLite takes 500."""
_SLOTS_AT_ONCE: Final = 1024
_JOINED_AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFilters:
    """What an operator may ask for.

    Attributes:
        kind: fbs (assembly orders of every delivery) or statistics.
        seller_ids: None: of all sellers.
        text: exactly an order's id, its article or its rid (srid).
        status: a supplierStatus or a wbStatus; of statistics "cancel" alone.
        date_from, date_to: Unix seconds of the order's creation; the first is included, the second is not.
        key: the name of the key that was asked by: the rows carry it instead of their seller's oldest key.
    """

    kind: Kind = "fbs"
    seller_ids: tuple[int, ...] | None = None
    text: str = ""
    status: str = ""
    date_from: int | None = None
    date_to: int | None = None
    key: str = ""


class Cursor(NamedTuple):
    """The place of the last row of a page."""

    instant: int
    key: Any
    seller_id: int


@dataclass(slots=True)
class OrderRow:
    """An assembly order. Money in minor units of ``currency_code`` (ISO 4217 numeric), instants in UTC.

    Attributes:
        key: name of the seller's (oldest) key, "" when it has none any more.
        statistics: the row of the statistics report with srid = rid, where a page asked for it.
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


@dataclass(frozen=True, slots=True)
class OrderPage:
    """Rows, newest first, and where the next page goes on; None: there is none."""

    rows: list[Any]
    """OrderRow or StatisticsRow, as the filter's ``kind`` says."""
    next: Cursor | None


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
    row: type[OrderRow] | type[StatisticsRow]
    instants: frozenset[str]
    other: str
    """Field of the row that its counterpart goes to."""
    texts: tuple[str, ...]
    statuses: tuple[str, ...]
    slotted: tuple[str, ...] = ()
    """Of ``texts``, those whose index begins with the slot."""

    @property
    def columns(self) -> list[str]:
        return [field.name for field in fields(self.row) if field.name not in ("key", self.other)]


_KINDS: Final[dict[str, _Kind]] = {
    "fbs": _Kind(
        "wb_order",
        "created_at",
        "id",
        OrderRow,
        frozenset({"created_at", "status_at"}),
        "statistics",
        texts=("id = :number", "article = :text", "rid = :text"),
        statuses=("supplier_status = :status", "wb_status = :status"),
        slotted=("article = :text", "rid = :text"),
    ),
    "statistics": _Kind(
        "statistics_order",
        "date",
        "srid",
        StatisticsRow,
        frozenset({"date", "last_change_date", "cancel_date"}),
        "order",
        texts=("srid = :text", "article = :text"),
        statuses=("is_cancel AND :status = 'cancel'",),
    ),
}


def page(
    session: Session,
    filters: OrderFilters,
    before: Cursor | None = None,
    limit: int = 100,
    *,
    joined: bool = True,
) -> OrderPage:
    """One page of orders.

    Args:
        before: ``next`` of the page before.
        joined: look up each row's counterpart (order and statistics) too.
    """
    kind = _KINDS[filters.kind]
    found = _search(session, kind, filters, before, limit + 1)
    last = found[limit - 1] if len(found) > limit else None
    following = Cursor(last[kind.instant], last[kind.key], last["seller_id"]) if last else None
    rows = _as_rows(kind, found[:limit], _key_names(session, filters))
    if joined:
        _join(session, filters.kind, rows)
    return OrderPage(rows, following)


def iter_export(
    session: Session, filters: OrderFilters, limit: int | None = None, chunk: int = EXPORT_CHUNK
) -> Iterator[list[Any]]:
    """All rows of a filter in pages, newest first; memory holds one page at a time."""
    before, left = None, limit
    while left is None or left > 0:
        size = chunk if left is None else min(chunk, left)
        found = page(session, filters, before, size, joined=False)
        if found.rows:
            yield found.rows
        if found.next is None:
            return
        before = found.next
        left = None if left is None else left - len(found.rows)


def _search(
    session: Session, kind: _Kind, filters: OrderFilters, before: Cursor | None, limit: int
) -> list[dict[str, Any]]:
    """The newest ``limit`` rows that fit, each once."""
    sellers = _sellers(session, filters)
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    plain: list[tuple[str, ...]] = []
    slotted: list[tuple[str, ...]] = []
    for alternative in _alternatives(kind, filters):
        (slotted if any(part in kind.slotted for part in alternative) else plain).append(alternative)
    find = _Finder(session, kind, filters, before, limit)
    found |= find.rows(sellers, plain)
    if slotted and sellers:
        in_slots: dict[tuple[Any, ...], dict[str, Any]] = {}
        for slots in _slots(session, filters, before, sellers):
            in_slots |= find.rows(sellers, slotted, slots)
            if len(in_slots) >= limit:  # what is in later slots is older
                break
        found |= in_slots
    return [found[place] for place in sorted(found, reverse=True)[:limit]]


def _alternatives(kind: _Kind, filters: OrderFilters) -> list[tuple[str, ...]]:
    """What a row has to fulfil: one of these, each a search of its own."""
    choices: list[tuple[str, ...]] = []
    if read_name(filters.text):
        choices.append(kind.texts)
    if read_name(filters.status):
        choices.append(kind.statuses)
    return list(product(*choices))


@dataclass(slots=True)
class _Finder:
    """Runs searches of one page: all sellers and alternatives of a question in few statements."""

    session: Session
    kind: _Kind
    filters: OrderFilters
    before: Cursor | None
    limit: int

    def rows(
        self,
        sellers: Sequence[int],
        alternatives: Sequence[tuple[str, ...]],
        slots: Sequence[int] | None = None,
    ) -> dict[tuple[Any, ...], dict[str, Any]]:
        """(instant, key, seller) -> row, of the newest rows of each search."""
        searches = [
            self._search(seller, alternative, slots) for seller in sellers for alternative in alternatives
        ]
        found = {}
        for some in _in_parts(searches, _SEARCHES_AT_ONCE):
            union = " UNION ALL ".join(f"SELECT * FROM ({one}) AS s{i}" for i, one in enumerate(some))
            statement = text(union)
            values = {name: value for name, value in self._values().items() if f":{name}" in union}
            for row in self.session.connection().execute(statement, values).mappings():
                found[row[self.kind.instant], row[self.kind.key], row["seller_id"]] = dict(row)
        return found

    def _search(self, seller_id: int, alternative: tuple[str, ...], slots: Sequence[int] | None) -> str:
        kind = self.kind
        # A plus keeps SQLite from reading all orders by time where it is to look into slots.
        instant = kind.instant if slots is None else f"+{kind.instant}"
        where = [f"seller_id = {seller_id:d}", *alternative]
        if slots is not None:
            where.append(f"slot IN ({', '.join(map(str, slots))})")
        if self.filters.date_from is not None:
            where.append(f"{instant} >= :date_from")
        if self.filters.date_to is not None:
            where.append(f"{instant} < :date_to")
        if self.before is not None:
            # Rows of two sellers at the same place are ordered by seller.
            than = "<=" if seller_id < self.before.seller_id else "<"
            where.append(f"({instant}, {kind.key}) {than} (:instant, :key)")
        return (
            f"SELECT {', '.join(kind.columns)} FROM {kind.table} WHERE {' AND '.join(where)} "
            f"ORDER BY {instant} DESC, {kind.key} DESC LIMIT :limit"
        )

    def _values(self) -> dict[str, Any]:
        wanted = read_name(self.filters.text) or ""
        number = int(wanted) if wanted.isdecimal() and len(wanted) < 20 else -1
        values = {
            "limit": self.limit,
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


def _slots(
    session: Session, filters: OrderFilters, before: Cursor | None, sellers: Sequence[int]
) -> Iterator[Sequence[int]]:
    """Slots that can hold what is asked for, newest first: one, then two, then four, ..."""
    newest = max((_edge(session, seller, "max") for seller in sellers), default=0)
    oldest = min((edge for seller in sellers if (edge := _edge(session, seller, "min"))), default=0)
    tops = (newest, filters.date_to, before and before.instant)
    top = min(value for value in tops if value is not None) // SLOT_S
    bottom = max(oldest, filters.date_from or 0) // SLOT_S
    size = 1
    while top >= max(bottom, 1):
        yield range(top, max(top - size, bottom - 1, 0), -1)
        top, size = top - size, min(2 * size, _SLOTS_AT_ONCE)
    yield (0,)  # orders whose instant could not be read


def _edge(session: Session, seller_id: int, which: str) -> int:
    """The oldest (min) or newest (max) instant of a seller's orders; 0 when there is none."""
    query = text(f"SELECT {which}(created_at) FROM wb_order WHERE seller_id = :seller AND created_at > 0")
    return session.connection().execute(query, {"seller": seller_id}).scalar() or 0


def _sellers(session: Session, filters: OrderFilters) -> Sequence[int]:
    if filters.seller_ids is not None:
        return filters.seller_ids
    return [seller_id for seller_id in session.exec(select(Seller.id)).all() if seller_id is not None]


def _in_parts(items: Sequence[str], size: int) -> Iterator[list[str]]:
    rest = iter(items)
    while part := list(islice(rest, size)):
        yield part


def _as_rows(kind: _Kind, found: Sequence[dict[str, Any]], names: dict[int, str]) -> list[Any]:
    for values in found:
        for name in kind.instants:
            seconds = values[name]
            values[name] = datetime.fromtimestamp(seconds, UTC) if seconds else None
        if "is_cancel" in values:  # a number on SQLite
            values["is_cancel"] = bool(values["is_cancel"])
    return [kind.row(**{**values, "key": names.get(values["seller_id"], "")}) for values in found]


def _join(session: Session, name: str, rows: Sequence[Any]) -> None:
    """Gives each row its counterpart: order and statistics are one where rid = srid."""
    if name == "fbs":
        wanted = [(row.seller_id, row.rid) for row in rows if row.rid]
        found = _counterparts(session, _KINDS["statistics"], "srid", wanted, ("seller_id", "srid"))
        for row in rows:
            row.statistics = found.get((row.seller_id, row.rid))
        return
    # Both say when the order was made; the neighbours are for edges between two slots.
    near = [
        (row.seller_id, int(row.date.timestamp()) // SLOT_S + step, row.srid)
        for row in rows
        if row.date is not None
        for step in (-1, 0, 1)
    ]
    found = _counterparts(session, _KINDS["fbs"], "rid", near, ("seller_id", "slot", "rid"))
    for row in rows:
        row.order = found.get((row.seller_id, row.srid))


def _counterparts(
    session: Session, kind: _Kind, key: str, wanted: Sequence[tuple[Any, ...]], columns: Sequence[str]
) -> dict[tuple[int, str], Any]:
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


def counters(session: Session, seller_id: int | None = None, kind: Kind = "fbs") -> Counters:
    """How many orders a seller (or all sellers) has in each status. Counts nothing: the writers keep it."""
    query = select(OrderCounter).where(OrderCounter.kind == kind, col(OrderCounter.count) > 0)
    if seller_id is not None:
        query = query.where(OrderCounter.seller_id == seller_id)
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


def raw_row(session: Session, seller_id: int, order_id: int) -> dict[str, Any] | None:
    """WB's own row of an order, whole, also the fields that this program does not know yet."""
    query = select(Order.raw).where(Order.seller_id == seller_id, Order.id == order_id)
    raw = session.exec(query).first()
    if raw is None:
        return None
    found: dict[str, Any] = orjson.loads(raw)
    return found
