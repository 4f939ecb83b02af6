"""The list by which orders are picked: what to fetch from where, kept with who made it and when.

A list is made once and stays as it was printed; what has happened to its orders since is told beside it. It
is of one seller, so learning and test orders never stand with real ones.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, Literal

import orjson
from sqlalchemy import and_, func, insert, or_
from sqlalchemy import select as columns_of
from sqlmodel import Session, col, select

from wbcore.api.catalog import FINAL_WB_STATUSES
from wbcore.orders.rows import as_kept
from wbcore.orders.tallies import CANCELLED_SUPPLIER, CANCELLED_WB
from wbcore.people import audit
from wbcore.people.actor import Actor, Right, require
from wbcore.store import ownership
from wbcore.store.crypto import vault
from wbcore.store.models import (
    Key,
    Order,
    OrderCounter,
    OrderPrivate,
    PickingLine,
    PickingOrder,
    PickingSheet,
    Seller,
    StatisticsOrder,
    utc_now,
)

Choice = Literal["new", "assembly", "both"]
CHOICES: Final[Mapping[Choice, tuple[str, ...]]] = {
    "new": ("new",),
    "assembly": ("confirm",),
    "both": ("new", "confirm"),
}
"""Which orders go into a list -> the seller's statuses that they have."""
MOST_ORDERS: Final = 5000
"""Orders of one list, the oldest ones: nobody walks with more."""
LATEST: Final = 100
"""Lists to choose from: those of two weeks, where seven are made a day."""
TOLD: Final = 100
"""Orders that have changed since, which are named one by one."""
HURRY_H: Final = (48, 24)
"""Hours that an order has waited: from the first on it is very urgent, from the second on urgent."""
_AT_ONCE: Final = 500
_DASHES: Final = "-\u2010-\u2015\u2212"
"""What people and their keyboards write for "to": the hyphen, the dashes, the minus sign; for a pattern."""
_NO_SIZE: Final = frozenset({"", "0", "ONE SIZE"})


_FIELDS: Final[tuple[Any, ...]] = (
    *(Order.id, Order.created_at, Order.article, Order.nm_id, Order.chrt_id, Order.rid),
    *(Order.model, Order.warehouse_id, Order.raw),
)


class NothingToPick(Exception):
    """No order is in the statuses that were asked for."""


@dataclass(slots=True)
class _Line:
    quantity: int = 0
    comments: int = 0
    oldest_at: int = 0
    nm_id: int | None = None
    marking: set[str] = field(default_factory=set)
    orders: list[tuple[int, bool]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Changed:
    """An order that is otherwise than when its list was made. ``line``: its line in the list, 0: none."""

    order_id: int
    article: str
    line: int = 0


@dataclass(frozen=True, slots=True)
class Changes:
    """What has happened since a list was made.

    Attributes:
        cancelled: orders of the list that must not be shipped any more.
        new: orders that would be in it today and are in no list: as many as a list takes, the newest.
        more_new: there are more of these.
    """

    cancelled: tuple[Changed, ...]
    new: tuple[Changed, ...]
    more_new: bool = False


# --- Made ---------------------------------------------------------------------------------------------------


def make(
    session: Session,
    seller_id: int,
    choice: Choice,
    *,
    only_unlisted: bool = False,
    by: Actor | None = None,
    now: datetime | None = None,
) -> PickingSheet:
    """Makes a list of a seller's orders that are to be assembled. The caller commits.

    One after the other: of two that are made in the same moment the second knows what stands in the first.

    Args:
        only_unlisted: without those that stand in an earlier list.

    Raises:
        NothingToPick: there is no such order, or the seller is gone.
        NotAllowed: ``by`` may only look.
        SecretKeyError: the secret key is another one than when the buyers' comments were stored.
    """
    acting = require(by, Right.IMPORT, seller_id=seller_id)
    there = ownership.lock(session, [seller_id])
    found = _waiting(session, seller_id, CHOICES[choice], MOST_ORDERS + 1, only_unlisted)
    if not found or not there:
        raise NothingToPick
    rows = found[:MOST_ORDERS]
    lines = _lines(session, seller_id, rows)
    sheet = PickingSheet(
        seller_id=seller_id,
        choice=choice,
        orders=len(rows),
        lines=len(lines),
        left_out=len(found) > MOST_ORDERS,
        made_by=acting.name,
        made_at=now or utc_now(),
    )
    session.add(sheet)
    session.flush()
    _keep(session, sheet, lines)
    audit.record(session, acting, "picking_made", str(sheet.id), seller=seller_id, orders=len(rows))
    return sheet


def _waiting(
    session: Session, seller_id: int, statuses: Iterable[str], limit: int, only_unlisted: bool
) -> list[Any]:
    """Open orders in some statuses, oldest first: each status is one search in the index."""
    found: list[Any] = []
    for status in statuses:
        query = columns_of(*_FIELDS).where(
            col(Order.seller_id) == seller_id, col(Order.supplier_status) == status, col(Order.is_open)
        )
        if only_unlisted:
            query = query.where(~_listed().exists())
        query = query.order_by(col(Order.created_at), col(Order.id)).limit(limit)
        found += session.execute(query).all()
    return sorted(found, key=lambda row: (row.created_at, row.id))[:limit]


def _listed() -> Any:
    """Where an order stands in some list."""
    return select(PickingOrder.order_id).where(
        PickingOrder.seller_id == Order.seller_id, PickingOrder.order_id == Order.id
    )


def _lines(session: Session, seller_id: int, rows: Sequence[Any]) -> list[tuple[tuple[Any, ...], _Line]]:
    """The orders of a list by what is fetched together, in the order of a walk."""
    commented = _commented(session, seller_id, [row.id for row in rows])
    sizes = _sizes(session, seller_id, rows)
    lines: dict[tuple[Any, ...], _Line] = {}
    for row in rows:
        raw = orjson.loads(row.raw)
        place = (row.model, row.warehouse_id, _first(raw.get("offices")))
        key = (*place, row.article or "", sizes.get(row.chrt_id, ""), _first(_skus(raw)))
        line = lines.setdefault(key, _Line())
        line.quantity += 1
        line.comments += row.id in commented
        line.oldest_at = min(filter(None, (line.oldest_at, row.created_at)), default=0)
        line.nm_id = line.nm_id or row.nm_id
        line.marking |= {code[:40] for code in _texts(raw.get("requiredMeta"))}
        line.orders.append((row.id, row.id in commented))
    return sorted(lines.items(), key=lambda item: _walk(item[0]))


def _walk(key: tuple[Any, ...]) -> tuple[Any, ...]:
    model, warehouse, office, article, size, barcode = key
    return model != "fbs", model, warehouse or 0, office.casefold(), *map(_natural, (article, size, barcode))


def _natural(text: str) -> list[tuple[int, int, str]]:
    """Sizes 8, 9, 10 and articles 2-red, 10-red in the order that people count in."""
    parts = re.split(r"([0-9]{1,18})", text.casefold())
    return [(0, int(part), "") if n % 2 else (1, 0, part) for n, part in enumerate(parts) if part]


def _skus(raw: Mapping[str, Any]) -> Any:
    product = raw.get("product")
    return raw.get("skus") or (product.get("skus") if isinstance(product, dict) else None)


def _first(values: Any) -> str:
    """The first text of a list of WB's, "" where it is none."""
    if isinstance(values, list) and values and isinstance(values[0], str | int):
        return " ".join(as_kept(str(values[0])).split())[:200]
    return ""


def _texts(values: Any) -> Iterable[str]:
    """The texts of a list of WB's; none where it is no list."""
    listed = values if isinstance(values, list) else ()
    return [text for one in listed if isinstance(one, str) and (text := as_kept(one))]


def _commented(session: Session, seller_id: int, ids: Sequence[int]) -> set[int]:
    """Which orders have a buyer's comment; the comments themselves are not looked at."""
    return {order_id for order_id, private in _private(session, seller_id, ids) if private.get("comment")}


def _private(session: Session, seller_id: int, ids: Sequence[int]) -> Iterable[tuple[int, dict[str, Any]]]:
    safe = vault()
    for start in range(0, len(ids), _AT_ONCE):
        query = select(OrderPrivate.order_id, OrderPrivate.data_encrypted).where(
            OrderPrivate.seller_id == seller_id, col(OrderPrivate.order_id).in_(ids[start : start + _AT_ONCE])
        )
        for order_id, data in session.exec(query):
            yield order_id, orjson.loads(safe.decrypt(data))


def _sizes(session: Session, seller_id: int, rows: Sequence[Any]) -> dict[int, str]:
    """WB's id of a size -> how the statistics name it: rows of assembly orders have the id alone."""
    sizes: dict[int, str] = {}
    by_rid = {row.rid: row.chrt_id for row in rows if row.rid and row.chrt_id}
    rids = list(by_rid)
    for start in range(0, len(rids), _AT_ONCE):
        query = select(StatisticsOrder.srid, StatisticsOrder.raw).where(
            StatisticsOrder.seller_id == seller_id,
            col(StatisticsOrder.srid).in_(rids[start : start + _AT_ONCE]),
        )
        for srid, raw in session.exec(query):
            size = as_kept(str(orjson.loads(raw).get("techSize") or "")).strip()[:40]
            if size.upper() not in _NO_SIZE:
                sizes[by_rid[srid]] = size
    return sizes


def _keep(session: Session, sheet: PickingSheet, lines: Sequence[tuple[tuple[Any, ...], _Line]]) -> None:
    assert sheet.id is not None
    kept, orders = [], []
    for number, (key, line) in enumerate(lines, 1):
        model, warehouse_id, office, article, size, barcode = key
        kept.append(
            {
                "sheet_id": sheet.id,
                "number": number,
                "seller_id": sheet.seller_id,
                "model": model,
                "warehouse_id": warehouse_id,
                "office": office,
                "article": article,
                "size": size,
                "barcode": barcode,
                "nm_id": line.nm_id,
                "quantity": line.quantity,
                "marking": ", ".join(sorted(line.marking)),
                "comments": line.comments,
                "oldest_at": line.oldest_at,
            }
        )
        orders += [
            {
                "sheet_id": sheet.id,
                "order_id": order_id,
                "seller_id": sheet.seller_id,
                "line": number,
                "has_comment": commented,
            }
            for order_id, commented in line.orders
        ]
    session.connection().execute(insert(PickingLine), kept)
    session.connection().execute(insert(PickingOrder), orders)


# --- Read ---------------------------------------------------------------------------------------------------


def sheets(session: Session, seller_id: int, limit: int = LATEST) -> Sequence[PickingSheet]:
    """A seller's lists, the newest first."""
    mine = select(PickingSheet).where(PickingSheet.seller_id == seller_id)
    return session.exec(mine.order_by(col(PickingSheet.id).desc()).limit(limit)).all()


def keyless_with_lists(session: Session) -> Sequence[int]:
    """Sellers whose last key is gone, and whose lists are still there, by their ids."""
    keys = select(Key.id).where(Key.seller_id == Seller.id).exists()
    lists = select(PickingSheet.id).where(PickingSheet.seller_id == Seller.id).exists()
    found = session.exec(select(Seller.id).where(~keys, lists).order_by(col(Seller.id)))
    return [one for one in found if one is not None]


def lines(
    session: Session, sheet_id: int, *, after: int = 0, limit: int | None = None
) -> Sequence[PickingLine]:
    """Lines of a list in its order, below the line ``after``."""
    query = select(PickingLine).where(PickingLine.sheet_id == sheet_id, col(PickingLine.number) > after)
    return session.exec(query.order_by(col(PickingLine.number)).limit(limit)).all()


def order_ids(session: Session, sheet_id: int, of_lines: Sequence[int] | None = None) -> dict[int, list[int]]:
    """Line -> ids of its orders.

    Args:
        of_lines: None: of all lines.
    """
    query = select(PickingOrder.line, PickingOrder.order_id).where(PickingOrder.sheet_id == sheet_id)
    if of_lines is not None:
        query = query.where(col(PickingOrder.line).in_(of_lines))
    found: dict[int, list[int]] = {}
    for line, order_id in session.exec(query.order_by(col(PickingOrder.line), col(PickingOrder.order_id))):
        found.setdefault(line, []).append(order_id)
    return found


def numbers(text: str, most: int) -> list[int] | None:
    """Numbers of lines as people write them: ``1-5, 8``; what is no line of the list is left out.

    Returns:
        None: nothing is written, so all are meant.
    """
    if not text.strip():
        return None
    found: set[int] = set()
    for first, last in re.findall(rf"([0-9]+)(?:\s*[{_DASHES}]\s*([0-9]+))?", text):
        least, greatest = sorted((int(first), int(last or first)))
        found |= set(range(max(1, least), min(most, greatest) + 1))
    return sorted(found)


def waiting(session: Session, seller_id: int) -> dict[str, int]:
    """How many orders a seller has in the statuses of CHOICES. Counts nothing: the writers keep it."""
    wanted = CHOICES["both"]
    query = (
        select(OrderCounter.supplier_status, func.sum(OrderCounter.count))
        .where(OrderCounter.seller_id == seller_id, col(OrderCounter.supplier_status).in_(wanted))
        .where(col(OrderCounter.kind).not_in(("statistics", "order_feed")))
        .where(col(OrderCounter.wb_status).not_in(FINAL_WB_STATUSES))
        .group_by(col(OrderCounter.supplier_status))
    )
    counted = {str(status): int(count) for status, count in session.exec(query)}
    return {status: counted.get(status, 0) for status in wanted}


def is_cancelled() -> Any:
    """The condition that an order was cancelled, by whomever."""
    return or_(
        col(Order.supplier_status).in_(CANCELLED_SUPPLIER),
        col(Order.wb_status).in_(CANCELLED_WB),
    )


def changes(session: Session, sheet: PickingSheet, limit: int = MOST_ORDERS) -> Changes:
    """What has happened to a list's orders, and which others of its kind no list has. Two statements."""
    same = and_(col(Order.seller_id) == PickingOrder.seller_id, col(Order.id) == PickingOrder.order_id)
    gone = (
        select(Order.id, Order.article, PickingOrder.line)
        .join(PickingOrder, same)
        .where(PickingOrder.sheet_id == sheet.id, is_cancelled())
        .order_by(col(PickingOrder.line), col(Order.id))
        .limit(limit)
    )
    # Each status is a search in the index; those who come last are new.
    fresh = (
        select(Order.id, Order.article)
        .where(
            Order.seller_id == sheet.seller_id,
            col(Order.supplier_status).in_(CHOICES[choice_of(sheet)]),
            col(Order.is_open),
            ~_listed().exists(),
        )
        .order_by(col(Order.created_at).desc(), col(Order.id).desc())
        .limit(limit + 1)
    )
    cancelled = tuple(
        Changed(order_id, article or "", line) for order_id, article, line in session.exec(gone)
    )
    new = [Changed(order_id, article or "") for order_id, article in session.exec(fresh)]
    return Changes(cancelled, tuple(new[:limit]), len(new) > limit)


def choice_of(sheet: PickingSheet) -> Choice:
    """Which orders a list was made of."""
    return next((choice for choice in CHOICES if choice == sheet.choice), "new")


def count_comments(session: Session, sheet: PickingSheet) -> int:
    """How many orders of a list have a buyer's comment."""
    commented = select(func.count()).select_from(PickingOrder)
    return session.exec(
        commented.where(PickingOrder.sheet_id == sheet.id, col(PickingOrder.has_comment))
    ).one()


def comments(session: Session, sheet: PickingSheet, by: Actor | None = None) -> dict[int, str]:
    """Order -> its buyer's comment, of a whole list. Noted in the audit; the caller commits.

    Raises:
        NotAllowed: ``by`` may not see what buyers have written.
        SecretKeyError: the secret key is another one than when it was stored.
    """
    acting = require(by, Right.SEE_BUYERS, seller_id=sheet.seller_id)
    wanted = select(PickingOrder.order_id).where(
        PickingOrder.sheet_id == sheet.id, col(PickingOrder.has_comment)
    )
    ids = list(session.exec(wanted.order_by(col(PickingOrder.order_id))))
    found = {
        order_id: " ".join(str(private["comment"]).split())
        for order_id, private in _private(session, sheet.seller_id, ids)
        if private.get("comment")
    }
    if found:
        audit.record(session, acting, "comments_revealed", str(sheet.id), orders=len(found))
    return found


def hurry(oldest_at: int, now: datetime) -> int:
    """How urgent a line is: 2 very, 1 urgent, 0 not yet."""
    waited_h = (now.timestamp() - oldest_at) / 3600 if oldest_at else 0.0
    return next((len(HURRY_H) - n for n, hours in enumerate(HURRY_H) if waited_h >= hours), 0)


def since(line: PickingLine) -> datetime | None:
    """When a line's oldest order was made."""
    return datetime.fromtimestamp(line.oldest_at, UTC) if line.oldest_at else None
