# ruff: noqa: S608 (names of tables and columns are ours; values are always bound)
"""Orders as pages and files read them: newest first, by keyset, so that no question grows with the orders.

``filters`` says what may be asked, ``ways`` which searches answer it, ``finder`` runs them, ``tables``
has the rows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from operator import itemgetter
from typing import Any, Final

import orjson
from sqlmodel import Session, col, select

from wbcore.api.catalog import MODELS
from wbcore.keys.keyring import names_by_seller
from wbcore.orders import merge
from wbcore.orders.filters import Cursor, Kind, OrderFilters, meant, together
from wbcore.orders.finder import COUNTED, Finder
from wbcore.orders.known import SEARCHES_AT_ONCE, Known, in_parts
from wbcore.orders.tables import (
    SHAPES,
    FeedRow,
    OrderRow,
    Shape,
    add_counterparts,
    as_rows,
    counterparts,
    rows_at,
)
from wbcore.orders.tallies import priced
from wbcore.store.models import Order, OrderCounter, OrderStatusChange

EXPORT_CHUNK: Final = 2000


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
    kind = SHAPES[filters.kind]
    ids = meant(session, filters) if sellers is None else sellers
    find = Finder(session, kind, filters, before, limit + 1, ids, known=known, likely=likely)
    found = {kind.place(row): row for row in find.newest()}
    shown, following, looked_until = _cut(list(found), find.edge(), limit)
    named = _key_names(session, filters) if names is None else names
    rows = as_rows(kind, [found[place] for place in shown], named)
    if joined:
        add_counterparts(session, filters.kind, rows)
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
    kind = SHAPES[filters.kind]
    places = [(instant, key, seller) for _, instant, key, seller, _ in found.places]
    shown, following, looked_until = _cut(places, found.edge, limit)
    rows = rows_at(session, kind, [(seller, key) for _, key, seller in shown], names)
    return OrderPage(rows, following, looked_until)


def summary(
    session: Session,
    filters: OrderFilters,
    sellers: Sequence[int] | None = None,
    known: Known | None = None,
) -> Summary:
    """How many rows fit and what they are worth, of the newest ``COUNTED``: it never costs more."""
    kind = SHAPES[filters.kind]
    ids = meant(session, filters) if sellers is None else sellers
    find = Finder(session, kind, filters, None, COUNTED + 1, ids, only=_counted(kind), known=known)
    found = find.newest()
    amounts: dict[Any, int] = {}
    for row in found[:COUNTED]:
        amounts[row["currency"]] = amounts.get(row["currency"], 0) + priced(row["amount"])
    same = {currency: currency for currency in amounts}  # one object for each, not for each row
    places = tuple(
        (row["amount"] or 0, row[kind.instant], row[kind.key], row["seller_id"], same[row["currency"]])
        for row in found[:COUNTED]
    )
    edge = find.edge()
    more = len(found) > COUNTED or find.was_cut or edge is not None
    return Summary(len(places), more, amounts, places, edge)


def _counted(kind: Shape) -> tuple[str, ...]:
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
    kind = SHAPES[filters.kind]
    rows = Counter(currency for *_, currency in found.places)
    turn = {one: place for place, one in enumerate(sorted(rows, key=lambda one: (-rows[one], str(one))))}
    there = sorted(found.places, key=itemgetter(0, 1, 2, 3), reverse=True)
    there.sort(key=lambda place: turn[place[4]])
    if before is not None:
        last = (before.amount, before.instant, before.key, before.seller_id)
        at = turn.get(before.currency, -1)
        there = [one for one in there if turn[one[4]] > at or (turn[one[4]] == at and one[:4] < last)]
    some = there[:limit]
    shown = rows_at(session, kind, [(seller, key) for _, _, key, seller, _ in some], names or {})
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
    kind = SHAPES[filters.kind]
    names = _key_names(session, filters)
    order = (kind.instant, kind.key, "seller_id")
    columns = [one for one in kind.columns if only is None or one in only or one in order]
    find = Finder(session, kind, filters, None, -1, meant(session, filters), only=columns)
    with ExitStack() as opened:
        streams = [find.stream(one, opened) for one in find.searches()]
        place = itemgetter(*map(columns.index, order))
        for part in merge.cut(merge.blocks(streams, place, chunk), chunk, limit):
            values: dict[str, Sequence[Any]] = dict(zip(columns, zip(*part, strict=True), strict=True))
            values["key"] = [names.get(seller, "") for seller in values["seller_id"]]
            yield Columns(values, len(part))


def count(session: Session, filters: OrderFilters) -> int:
    """How many rows a filter has, at most: a row that fits in two ways counts twice."""
    find = Finder(session, SHAPES[filters.kind], filters, None, -1, meant(session, filters))
    counted = 0
    for some in in_parts(find.searches(), SEARCHES_AT_ONCE):
        whole = " UNION ALL ".join(f"SELECT count(*) AS n FROM ({one}) AS s{i}" for i, one in enumerate(some))
        counted += sum(row[0] for row in find.execute(whole))
    return counted


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
    found = counterparts(session, SHAPES["orders"], "id", wanted, ("seller_id", "id"))
    add_counterparts(session, "orders", list(found.values()))
    return next(iter(found.values()), None)


def feed_of(session: Session, seller_id: int, rid: str | None) -> FeedRow | None:
    """What the order feed says of an order."""
    if not rid:
        return None
    found = counterparts(session, SHAPES["order_feed"], "srid", [(seller_id, rid)], ("seller_id", "srid"))
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
