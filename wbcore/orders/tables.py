# ruff: noqa: S608 (names of tables and columns are ours; values are always bound)
"""The tables of orders as pages and files read them: columns, rows, counterparts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import text
from sqlmodel import Session

from wbcore.store import visibility
from wbcore.store.models import SLOT_S

_JOINED_AT_ONCE: Final = 500


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
class Shape:
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

    def place(self, row: Mapping[str, Any]) -> tuple[int, Any, int]:
        """Where a row stands among the newest: its instant, its key, its seller."""
        return row[self.instant], row[self.key], row["seller_id"]


SHAPES: Final[dict[str, Shape]] = {
    "orders": Shape(
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
    "statistics": Shape(
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
    "order_feed": Shape(
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


def rows_at(
    session: Session, kind: Shape, wanted: Sequence[tuple[int, Any]], names: Mapping[int, str]
) -> list[Any]:
    """Rows by seller and key, with their counterparts; of assembly orders with one statement."""
    by_place: Mapping[tuple[int, Any], Any]
    if kind.table == "wb_order":
        by_place = _orders_at(session, wanted)
    else:
        by_place = counterparts(session, kind, kind.key, wanted, ("seller_id", kind.key))
        name = next(name for name, one in SHAPES.items() if one is kind)
        add_counterparts(session, name, list(by_place.values()))
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
    kind, other = SHAPES["orders"], SHAPES["statistics"]
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
        (order,) = as_rows(kind, [{name: row[name] for name in kind.columns}], {})
        if row["of_srid"] is not None:
            (order.statistics,) = as_rows(other, [{name: row[f"of_{name}"] for name in other.columns}], {})
        found[order.seller_id, order.id] = order
    return found


def as_rows(kind: Shape, found: Sequence[dict[str, Any]], names: Mapping[int, str]) -> list[Any]:
    for values in found:
        for name in kind.instants:
            seconds = values[name]
            values[name] = datetime.fromtimestamp(seconds, UTC) if seconds else None
        for name in kind.flags:
            values[name] = None if values[name] is None else bool(values[name])
    return [kind.row(**{**values, "key": names.get(values["seller_id"], "")}) for values in found]


def add_counterparts(session: Session, name: str, rows: Sequence[Any]) -> None:
    """Gives each row its counterpart: order and statistics are one where rid = srid."""
    if name == "orders":
        wanted = [(row.seller_id, row.rid) for row in rows if row.rid]
        found = counterparts(session, SHAPES["statistics"], "srid", wanted, ("seller_id", "srid"))
        for row in rows:
            row.statistics = found.get((row.seller_id, row.rid))
        return
    # Both say when the order was made; the neighbours are for edges between two slots.
    instant = SHAPES[name].instant
    near = [
        (row.seller_id, int(made.timestamp()) // SLOT_S + step, row.srid)
        for row in rows
        if (made := getattr(row, instant)) is not None
        for step in (-1, 0, 1)
    ]
    found = counterparts(session, SHAPES["orders"], "rid", near, ("seller_id", "slot", "rid"))
    for row in rows:
        row.order = found.get((row.seller_id, row.srid))


def counterparts(
    session: Session, kind: Shape, key: str, wanted: Sequence[tuple[Any, ...]], columns: Sequence[str]
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
        found |= {(row.seller_id, getattr(row, key)): row for row in as_rows(kind, rows, {})}
    return found
