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
from sqlalchemy import Table, text
from sqlmodel import Session, col, select

from wbcore.store.keys import names_by_seller
from wbcore.store.models import Order, OrderCounter, OrderStatusChange, Seller, StatisticsOrder
from wbcore.store.rows import INT64_MAX, read_name

Kind = Literal["fbs", "statistics"]

EXPORT_CHUNK: Final = 2000
_SEARCHES_AT_ONCE: Final = 100
"""Searches in one statement; SQLite takes 500."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFilters:
    """What an operator may ask for.

    Attributes:
        kind: fbs (assembly orders of every delivery) or statistics.
        seller_ids: None: of all sellers.
        text: exactly an order's id, its article or its rid (srid).
        status: a supplierStatus or a wbStatus; of statistics "cancel" alone.
        date_from, date_to: Unix seconds of the order's creation; the first is included, the second is not.
    """

    kind: Kind = "fbs"
    seller_ids: tuple[int, ...] | None = None
    text: str = ""
    status: str = ""
    date_from: int | None = None
    date_to: int | None = None


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
    rows = _as_rows(kind, found[:limit], names_by_seller(session))
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
    conditions, values = _conditions(kind, filters)
    values["limit"] = limit
    searches: list[str] = []
    for seller_id in _sellers(session, filters):
        place = _after_cursor(kind, before, seller_id)
        for alternative in conditions:
            where = " AND ".join((f"seller_id = {seller_id:d}", *alternative, *place))
            searches.append(
                f"SELECT * FROM (SELECT {', '.join(kind.columns)} FROM {kind.table} WHERE {where} "
                f"ORDER BY {kind.instant} DESC, {kind.key} DESC LIMIT :limit) AS s{len(searches)}"
            )
    if before is not None:
        values |= {"instant": before.instant, "key": before.key}
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for some in _in_parts(searches, _SEARCHES_AT_ONCE):
        statement = text(" UNION ALL ".join(some))
        for row in session.connection().execute(statement, values).mappings():
            found[row[kind.instant], row[kind.key], row["seller_id"]] = dict(row)
    return [found[place] for place in sorted(found, reverse=True)[:limit]]


def _conditions(kind: _Kind, filters: OrderFilters) -> tuple[list[tuple[str, ...]], dict[str, Any]]:
    """Alternatives, each a search of its own, and the values in them."""
    values: dict[str, Any] = {}
    every: list[str] = []
    if filters.date_from is not None:
        every.append(f"{kind.instant} >= :date_from")
        values["date_from"] = filters.date_from
    if filters.date_to is not None:
        every.append(f"{kind.instant} < :date_to")
        values["date_to"] = filters.date_to
    choices: list[tuple[str, ...]] = []
    if wanted := read_name(filters.text):
        number = int(wanted) if wanted.isdecimal() and len(wanted) < 20 else -1
        values |= {"text": wanted, "number": number if number <= INT64_MAX else -1}
        choices.append(kind.texts)
    if status := read_name(filters.status):
        values["status"] = status
        choices.append(kind.statuses)
    used = [(*every, *choice) for choice in product(*choices)]
    names = " ".join(part for one in used for part in one)
    return used, {name: value for name, value in values.items() if f":{name}" in names}


def _sellers(session: Session, filters: OrderFilters) -> Sequence[int]:
    if filters.seller_ids is not None:
        return filters.seller_ids
    return [seller_id for seller_id in session.exec(select(Seller.id)).all() if seller_id is not None]


def _after_cursor(kind: _Kind, before: Cursor | None, seller_id: int) -> tuple[str, ...]:
    if before is None:
        return ()
    # Rows of two sellers at the same place are ordered by seller.
    than = "<=" if seller_id < before.seller_id else "<"
    return (f"({kind.instant}, {kind.key}) {than} (:instant, :key)",)


def _in_parts(items: Sequence[str], size: int) -> Iterator[list[str]]:
    rest = iter(items)
    while part := list(islice(rest, size)):
        yield part


def _as_rows(kind: _Kind, found: Sequence[dict[str, Any]], names: dict[int, str]) -> list[Any]:
    for values in found:
        for name in kind.instants:
            seconds = values[name]
            values[name] = datetime.fromtimestamp(seconds, UTC) if seconds else None
    return [kind.row(**{**values, "key": names.get(values["seller_id"], "")}) for values in found]


def _join(session: Session, name: str, rows: Sequence[Any]) -> None:
    """Gives each row its counterpart, one query a seller on the page."""
    kind, other = (_KINDS["fbs"], _KINDS["statistics"])
    here, there = "rid", "srid"
    model: type[StatisticsOrder] | type[Order] = StatisticsOrder
    if name == "statistics":
        kind, other, here, there, model = other, kind, there, here, Order
    table: Table = model.__table__  # type: ignore[union-attr]
    wanted: dict[int, list[str]] = {}
    for row in rows:
        if getattr(row, here):
            wanted.setdefault(row.seller_id, []).append(getattr(row, here))
    for seller_id, ids in wanted.items():
        query = select(*(table.c[column] for column in other.columns)).where(
            table.c.seller_id == seller_id, table.c[there].in_(ids)
        )
        found = [dict(row) for row in session.connection().execute(query).mappings()]
        by_id = {getattr(row, there): row for row in _as_rows(other, found, {})}
        for row in rows:
            if row.seller_id == seller_id:
                setattr(row, kind.other, by_id.get(getattr(row, here)))


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
