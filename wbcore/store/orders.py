"""Orders: what WB sends is written here, and read back for pages and files (see ``browse``).

Every write compares digests first: an unchanged row costs a look, not a write. The caller commits, so that a
page's rows, its counters and the import's cursor are one transaction.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import orjson
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, select

from wbcore.api.catalog import FINAL_SUPPLIER_STATUSES, FINAL_WB_STATUSES
from wbcore.store.browse import (
    OrderFilters,
    OrderPage,
    OrderRow,
    StatisticsRow,
    counters,
    iter_export,
    page,
    status_history,
)
from wbcore.store.bulk import Bulk, Target, open_bulk
from wbcore.store.crypto import vault
from wbcore.store.models import SLOT_S, Order, OrderClient, RejectedRow, StatisticsOrder, utc_now
from wbcore.store.rows import (
    ARCHIVE_COLUMNS,
    ARCHIVE_STATUS,
    ORDER_COLUMNS,
    STATISTICS_COLUMNS,
    STATUS_COLUMNS,
    Column,
    Page,
    Rejected,
    read_id,
    read_name,
    read_page,
    reject,
)

__all__ = [
    "OrderFilters",
    "OrderPage",
    "OrderRow",
    "StatisticsRow",
    "WriteResult",
    "clients_of",
    "counters",
    "cross_border_ids",
    "ids_to_check",
    "iter_export",
    "list_rejected",
    "page",
    "retry_rejected",
    "status_history",
    "write_archive",
    "write_clients",
    "write_orders",
    "write_statistics",
    "write_statuses",
]

LISTS_NEW: Final = frozenset({"new", "dbs", "dbw", "click_collect"})
"""Sources whose method gives only orders with supplierStatus ``new``, without saying it in the row."""

_ORDERS: Final = Target.of(
    Order,
    "id",
    state=("digest", "supplier_status", "wb_status"),
    always=("digest", "raw", "supplier_status", "wb_status", "is_open", "created_at", "slot"),
)
_STATISTICS: Final = Target.of(
    StatisticsOrder,
    "srid",
    state=("digest", "is_cancel"),
    always=("digest", "raw", "is_cancel", "cancel_date"),
)

Statuses = tuple[str | None, str | None]
"""supplier_status, wb_status."""


@dataclass(frozen=True, slots=True)
class WriteResult:
    """What became of a page's rows. A row that came twice in it counts once."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0

    def __add__(self, other: WriteResult) -> WriteResult:
        return WriteResult(
            self.created + other.created,
            self.updated + other.updated,
            self.unchanged + other.unchanged,
            self.rejected + other.rejected,
        )


def write_orders(
    session: Session,
    seller_id: int,
    rows: Sequence[object],
    *,
    run_id: str,
    source: str,
    delivery: str = "fbs",
    now: datetime | None = None,
) -> WriteResult:
    """Rows of ``orders.new``, ``orders.period`` and the new orders of DBS, DBW and pick-up.

    They carry no status: the one that an order has is kept. An order that a list of new orders brings first
    is ``new``.

    Args:
        source: the import's source, for the quarantine of rows that can't be read.
        delivery: what an order is whose row does not say its ``deliveryType``.
    """
    said = "new" if source in LISTS_NEW else None

    def statuses(_page: Page, places: Sequence[int], known: Sequence[Statuses]) -> list[Statuses]:
        return [(supplier or said, wb) for supplier, wb in known] if known else [(said, None)] * len(places)

    batch = read_page(rows, "id", read_id)
    return _write_orders(session, seller_id, batch, ORDER_COLUMNS, statuses, run_id, source, delivery, now)


def write_archive(
    session: Session, seller_id: int, rows: Sequence[object], *, run_id: str, now: datetime | None = None
) -> WriteResult:
    """Rows of ``orders.archive``: the same orders under other names, with their last statuses."""

    def statuses(page_: Page, places: Sequence[int], known: Sequence[Statuses]) -> list[Statuses]:
        said = zip(*page_.columns(ARCHIVE_STATUS, places), strict=True)
        if not known:
            return list(said)
        return [(s or k[0], w or k[1]) for (s, w), k in zip(said, known, strict=True)]

    batch = read_page(rows, "id", read_id)
    return _write_orders(session, seller_id, batch, ARCHIVE_COLUMNS, statuses, run_id, "archive", "fbs", now)


def _write_orders(  # noqa: PLR0917 (two callers, each names all of it)
    session: Session,
    seller_id: int,
    batch: Page,
    columns: Sequence[Column],
    statuses: Callable[[Page, Sequence[int], Sequence[Statuses]], list[Statuses]],
    run_id: str,
    source: str,
    delivery: str,
    now: datetime | None,
) -> WriteResult:
    at = _seconds(now)
    bulk = open_bulk(session, seller_id)
    known = bulk.known(_ORDERS, batch.keys, _ORDERS.state)
    fresh, changed = _compare(batch, known)
    deltas: Counter[tuple[str, str]] = Counter()
    history = []
    if fresh:
        after = statuses(batch, fresh, ())
        told = [at if status != (None, None) else None for status in after]
        bulk.insert(_ORDERS, _order_rows(seller_id, batch, fresh, columns, after, told, delivery))
        deltas.update((s or "", w or "") for s, w in after)
    if changed:
        before = [_statuses(known[batch.keys[place]]) for place in changed]
        after = statuses(batch, changed, before)
        more = _put_together(bulk, batch, changed)
        news = [i for i in range(len(changed)) if more[i] or before[i] != after[i]]
        changed = [changed[i] for i in news]
        before = [before[i] for i in news]
        after = [after[i] for i in news]
    if changed:
        moved = [i for i in range(len(changed)) if before[i] != after[i]]
        told = [at if one != other else None for one, other in zip(before, after, strict=True)]
        bulk.update(_ORDERS, list(_order_rows(seller_id, batch, changed, columns, after, told, delivery)))
        history += [(seller_id, batch.keys[changed[i]], *after[i], at) for i in moved]
        _move(deltas, [before[i] for i in moved], [after[i] for i in moved])
    _write_history(bulk, history)
    bulk.count("fbs", deltas)
    quarantine(session, seller_id, batch.rejected, run_id, source, now)
    return _result(batch, fresh, changed)


def _put_together(bulk: Bulk, batch: Page, changed: Sequence[int]) -> list[bool]:
    """Joins each row to what is kept of it, as WB's methods send different parts of the same order.

    Returns:
        For each place whether the row says anything that was not known.
    """
    kept = bulk.known(_ORDERS, [batch.keys[place] for place in changed], ("raw",))
    more = []
    for place in changed:
        before = orjson.loads(kept[batch.keys[place]][0])
        whole = before | orjson.loads(batch.raws[place])
        more.append(whole != before)
        batch.raws[place] = orjson.dumps(whole)
    return more


def _statuses(state: tuple[Any, ...]) -> Statuses:
    return state[1], state[2]


def _order_rows(  # noqa: PLR0917
    seller_id: int,
    batch: Page,
    places: Sequence[int],
    columns: Sequence[Column],
    statuses: Sequence[Statuses],
    told: list[int | None],
    delivery: str,
) -> Any:
    """Tuples in the order of the table's columns."""
    count = len(places)
    read = dict(zip((column.name for column in columns), batch.columns(columns, places), strict=True))
    read["slot"] = [created_at // SLOT_S for created_at in read["created_at"]]
    read["delivery_type"] = [value or delivery for value in read["delivery_type"]]
    one_status = len(set(statuses)) == 1  # as in every list of new orders
    read["supplier_status"] = [status[0] for status in statuses]
    read["wb_status"] = [status[1] for status in statuses]
    read["is_open"] = [_is_open(*statuses[0])] * count if one_status else [_is_open(*s) for s in statuses]
    read["status_at"] = told
    return _as_rows(_ORDERS, seller_id, batch, places, read)


def _as_rows(
    target: Target, seller_id: int, batch: Page, places: Sequence[int], read: dict[str, list[Any]]
) -> Any:
    whole = len(places) == len(batch.keys)
    read["seller_id"] = [seller_id] * len(places)
    read[target.key] = batch.keys if whole else [batch.keys[place] for place in places]
    read["digest"] = batch.digests if whole else [batch.digests[place] for place in places]
    read["raw"] = batch.raws if whole else [batch.raws[place] for place in places]
    return zip(*(read[name] for name in target.columns), strict=True)


def _compare(batch: Page, known: dict[Any, tuple[Any, ...]]) -> tuple[Sequence[int], Sequence[int]]:
    """Places of rows that are new to us, and of rows that differ from what we have."""
    if not known:
        return range(len(batch.keys)), ()
    fresh, changed = [], []
    for place, (key, digest) in enumerate(zip(batch.keys, batch.digests, strict=True)):
        row = known.get(key)
        if row is None:
            fresh.append(place)
        elif row[0] != digest:
            changed.append(place)
    return fresh, changed


def _result(batch: Page, fresh: Sequence[int], changed: Sequence[int]) -> WriteResult:
    unchanged = len(batch.keys) - len(fresh) - len(changed)
    return WriteResult(len(fresh), len(changed), unchanged, len(batch.rejected))


def _is_open(supplier: str | None, wb: str | None) -> bool:
    return supplier not in FINAL_SUPPLIER_STATUSES and wb not in FINAL_WB_STATUSES


def _move(deltas: Counter[tuple[str, str]], before: Sequence[Statuses], after: Sequence[Statuses]) -> None:
    deltas.subtract((s or "", w or "") for s, w in before)
    deltas.update((s or "", w or "") for s, w in after)


def _write_history(bulk: Bulk, history: Sequence[tuple[Any, ...]]) -> None:
    bulk.run_many(
        "INSERT INTO order_status_change (seller_id, order_id, supplier_status, wb_status, at) "
        "VALUES (?, ?, ?, ?, ?)",
        history,
    )


def _seconds(now: datetime | None) -> int:
    return int((now or utc_now()).timestamp())


# --- Statuses ----------------------------------------------------------------------------------------------


def ids_to_check(session: Session, seller_id: int, after_id: int, limit: int) -> Sequence[int]:
    """Ids of FBS orders whose status can still change, above ``after_id``, rising."""
    query = (
        select(Order.id)
        .where(Order.seller_id == seller_id, col(Order.is_open), Order.id > after_id)
        .where(Order.delivery_type == "fbs")  # WB's method knows no others
        .order_by(col(Order.id))
        .limit(limit)
    )
    return session.exec(query).all()


def write_statuses(
    session: Session, seller_id: int, rows: Sequence[object], *, run_id: str, now: datetime | None = None
) -> WriteResult:
    """Rows of ``orders.status``. A status that changed goes to the history, with the time of this answer."""
    at = _seconds(now)
    batch = read_page(rows, "id", read_id)
    bulk = open_bulk(session, seller_id)
    known = bulk.known(_ORDERS, batch.keys, ("supplier_status", "wb_status"))
    said = zip(*batch.columns(STATUS_COLUMNS, range(len(batch.keys))), strict=True)
    moved: list[tuple[int, Statuses, Statuses]] = []
    rejected = list(batch.rejected)
    for place, (key, (supplier, wb)) in enumerate(zip(batch.keys, said, strict=True)):
        before = known.get(key)
        if before is None:
            rejected.append(reject(batch.rows[place], "unknown_order"))
        elif supplier is None and wb is None:
            rejected.append(reject(batch.rows[place], "no_status"))
        elif before != (after := (supplier or before[0], wb or before[1])):
            moved.append((key, (before[0], before[1]), after))
    bulk.run_many(
        "UPDATE wb_order SET supplier_status = ?, wb_status = ?, is_open = ?, status_at = ? "
        "WHERE seller_id = ? AND id = ?",
        [(*after, _is_open(*after), at, seller_id, key) for key, _, after in moved],
    )
    _write_history(bulk, [(seller_id, key, *after, at) for key, _, after in moved])
    deltas: Counter[tuple[str, str]] = Counter()
    _move(deltas, [before for _, before, _ in moved], [after for *_, after in moved])
    bulk.count("fbs", deltas)
    quarantine(session, seller_id, rejected, run_id, "statuses", now)
    unchanged = len(batch.keys) - len(moved) - (len(rejected) - len(batch.rejected))
    return WriteResult(0, len(moved), unchanged, len(rejected))


# --- Buyers ------------------------------------------------------------------------------------------------

CLIENT_FIELDS: Final = ("firstName", "lastName", "middleName", "fullName", "phone", "phoneCode")


def cross_border_ids(session: Session, seller_id: int, after_id: int, limit: int) -> Sequence[int]:
    """Ids of cross-border orders whose buyer is not known yet, above ``after_id``, rising."""
    known = select(OrderClient.order_id).where(
        OrderClient.seller_id == Order.seller_id, OrderClient.order_id == Order.id
    )
    query = (
        select(Order.id)
        .where(Order.seller_id == seller_id, Order.cross_border_type == 1, Order.id > after_id)
        .where(Order.delivery_type == "fbs", ~known.exists())
        .order_by(col(Order.id))
        .limit(limit)
    )
    return session.exec(query).all()


def write_clients(
    session: Session, seller_id: int, rows: Sequence[object], *, run_id: str, now: datetime | None = None
) -> WriteResult:
    """Rows of ``orders.client``: personal data, kept encrypted. Of rows without an id nothing is kept."""
    batch = read_page(rows, "orderID", read_id)
    bulk = open_bulk(session, seller_id)
    safe = vault()
    known = {c.order_id: c for c in _clients(session, seller_id, batch.keys)}
    created, updated = [], 0
    for key, row in zip(batch.keys, batch.rows, strict=True):
        data = orjson.dumps(
            {name: row[name] for name in CLIENT_FIELDS if isinstance(row.get(name), str | int)}
        )
        found = known.get(key)
        if found is None:
            created.append((seller_id, key, safe.encrypt(data.decode())))
        elif safe.decrypt(found.data_encrypted).encode() != data:
            found.data_encrypted = safe.encrypt(data.decode())
            updated += 1
    bulk.run_many("INSERT INTO order_client (seller_id, order_id, data_encrypted) VALUES (?, ?, ?)", created)
    session.flush()
    # The quarantine is not encrypted: of a buyer's row it keeps the reason alone.
    nameless = [reject({"reason": r.reason, "row": r.digest}, r.reason) for r in batch.rejected]
    quarantine(session, seller_id, nameless, run_id, "clients", now)
    unchanged = len(batch.keys) - len(created) - updated
    return WriteResult(len(created), updated, unchanged, len(nameless))


def clients_of(session: Session, seller_id: int, order_ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    """Order id -> the buyer as WB sent it. Personal data: for the eyes of an operator, never for a log."""
    safe = vault()
    found = _clients(session, seller_id, order_ids)
    return {client.order_id: orjson.loads(safe.decrypt(client.data_encrypted)) for client in found}


def _clients(session: Session, seller_id: int, order_ids: Sequence[int]) -> Sequence[OrderClient]:
    query = select(OrderClient).where(
        OrderClient.seller_id == seller_id, col(OrderClient.order_id).in_(order_ids)
    )
    return session.exec(query).all()


# --- Statistics --------------------------------------------------------------------------------------------


def write_statistics(
    session: Session, seller_id: int, rows: Sequence[object], *, run_id: str, now: datetime | None = None
) -> WriteResult:
    """Rows of ``statistics.orders``, by ``srid``."""
    batch = read_page(rows, "srid", read_name)
    bulk = open_bulk(session, seller_id)
    known = bulk.known(_STATISTICS, batch.keys, _STATISTICS.state)
    fresh, changed = _compare(batch, known)
    deltas: Counter[tuple[str, str]] = Counter()
    if fresh:
        read = _statistics(batch, fresh)
        deltas.update(map(_cancelled, read["is_cancel"]))
        bulk.insert(_STATISTICS, _as_rows(_STATISTICS, seller_id, batch, fresh, read))
    if changed:
        read = _statistics(batch, changed)
        deltas.subtract(_cancelled(bool(known[batch.keys[place]][1])) for place in changed)
        deltas.update(map(_cancelled, read["is_cancel"]))
        bulk.update(_STATISTICS, list(_as_rows(_STATISTICS, seller_id, batch, changed, read)))
    bulk.count("statistics", deltas)
    quarantine(session, seller_id, batch.rejected, run_id, "statistics", now)
    return _result(batch, fresh, changed)


def _statistics(batch: Page, places: Sequence[int]) -> dict[str, list[Any]]:
    values = batch.columns(STATISTICS_COLUMNS, places)
    return dict(zip((column.name for column in STATISTICS_COLUMNS), values, strict=True))


def _cancelled(is_cancel: bool) -> tuple[str, str]:
    return ("cancel" if is_cancel else "", "")


# --- Rows that can't be read -------------------------------------------------------------------------------


def quarantine(  # noqa: PLR0917
    session: Session,
    seller_id: int,
    rejected: Sequence[Rejected],
    run_id: str,
    source: str,
    now: datetime | None = None,
) -> None:
    """Keeps rows whole, with the reason. The same row of the same source is kept once."""
    if not rejected:
        return
    connection = session.connection()
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    table = RejectedRow.__table__  # type: ignore[attr-defined]
    rows = [
        {
            "seller_id": seller_id,
            "run_id": run_id,
            "source": source,
            "reason": row.reason,
            "digest": row.digest,
            "raw": row.raw,
            "created_at": now or utc_now(),
        }
        for row in {row.digest: row for row in rejected}.values()
    ]
    connection.execute(insert(table).on_conflict_do_nothing(), rows)


def list_rejected(
    session: Session,
    *,
    run_id: str | None = None,
    seller_id: int | None = None,
    after_id: int = 0,
    limit: int = 100,
) -> Sequence[RejectedRow]:
    """Rows in quarantine that nothing has resolved, oldest first, above ``after_id``."""
    query = select(RejectedRow).where(col(RejectedRow.resolved_at).is_(None), col(RejectedRow.id) > after_id)
    if run_id is not None:
        query = query.where(RejectedRow.run_id == run_id)
    if seller_id is not None:
        query = query.where(RejectedRow.seller_id == seller_id)
    return session.exec(query.order_by(col(RejectedRow.id)).limit(limit)).all()


_ASKED_AGAIN: Final = frozenset({"clients", "statuses"})
"""The next import asks WB for these anew; an old answer must not replace a newer one."""


def retry_rejected(session: Session, now: datetime | None = None) -> int:
    """Reads the quarantine again, as a newer version may know better; how many rows were resolved.

    To be called once after an upgrade. The caller commits.
    """
    resolved, after = 0, 0
    while rows := list_rejected(session, after_id=after, limit=1000):
        after = rows[-1].id or 0
        for row in rows:
            if row.source not in _ASKED_AGAIN and not _write_again(session, row).rejected:
                row.resolved_at = now or utc_now()
                session.add(row)
                resolved += 1
        session.flush()
    return resolved


def _write_again(session: Session, row: RejectedRow) -> WriteResult:
    again: dict[str, Callable[..., WriteResult]] = {
        "archive": write_archive,
        "statistics": write_statistics,
    }
    rows = [orjson.loads(row.raw)]
    if row.source in again:
        return again[row.source](session, row.seller_id, rows, run_id=row.run_id)
    delivery = row.source if row.source in LISTS_NEW - {"new"} else "fbs"
    return write_orders(session, row.seller_id, rows, run_id=row.run_id, source=row.source, delivery=delivery)
