"""What WB sends of orders is written here (``browse`` and ``export`` read it).

Every write compares digests first: an unchanged row costs a look, not a write. The caller commits, so that a
page's rows, its counters and the import's cursor are one transaction.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, NamedTuple

import orjson
from sqlalchemy import text
from sqlmodel import Session, col, select

from wbcore.api.catalog import FINAL_SUPPLIER_STATUSES, FINAL_WB_STATUSES, MODELS, Model
from wbcore.orders import buyers, numbers, tallies, vocabulary
from wbcore.orders.bulk import Bulk, Target, open_bulk
from wbcore.orders.rows import (
    ARCHIVE_COLUMNS,
    ARCHIVE_STATUS,
    DELIVERY_COLUMNS,
    FEED_COLUMNS,
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
from wbcore.store import db
from wbcore.store.crypto import vault
from wbcore.store.models import (
    SLOT_S,
    FeedOrder,
    Order,
    OrderClient,
    OrderStatusChange,
    RejectedRow,
    RejectedRowRun,
    StatisticsOrder,
    utc_now,
)
from wbcore.store.problems import SecretKeyError

LISTS_NEW: Final = frozenset({"new", "dbs", "dbw", "click_collect"})
"""Lists of orders with supplierStatus ``new``, which WB does not say in the row."""

_ORDERS: Final = Target.of(
    Order,
    "id",
    state=("digest", "supplier_status", "wb_status", "model", "created_at"),
    always=("digest", "raw", "supplier_status", "wb_status", "is_open", "created_at", "slot"),
    others=tuple(column.name for column in DELIVERY_COLUMNS),
)
_STATISTICS: Final = Target.of(
    StatisticsOrder,
    "srid",
    state=("digest", "is_cancel"),
    always=("digest", "raw", "is_cancel", "cancel_date"),
)
_FEED: Final = Target.of(
    FeedOrder, "srid", state=("digest", "status"), always=("digest", "raw", "status", "cancel_type")
)

_CLIENT: Final = Target.of(OrderClient, "order_id", state=(), always=())

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


@dataclass(frozen=True, slots=True)
class Read:
    """Rows of orders, read: that needs no database, and is done while the page before is written."""

    page: Page


def read_orders(rows: Sequence[object]) -> Read:
    """Reads rows for ``write_orders`` and ``write_archive``."""
    return Read(read_page(rows, "id", read_id))


def _batch(rows: Sequence[object] | Read) -> Page:
    """A page to write, which changes its ``raws``: it may have to be written again."""
    page_ = (rows if isinstance(rows, Read) else read_orders(rows)).page
    return replace(page_, raws=list(page_.raws))


def write_orders(
    session: Session,
    seller_id: int,
    rows: Sequence[object] | Read,
    *,
    run_id: str,
    source: str,
    model: Model = "fbs",
    now: datetime | None = None,
) -> WriteResult:
    """Rows of ``orders.new``, ``orders.period``, and of the lists of DBS, DBW and pick-up.

    They carry no status: the one that an order has is kept. An order that a list of new orders brings first
    is ``new``; of one that the list of the ended brings first the status is asked for.

    Args:
        source: the list, for the quarantine of rows that can't be read: new, period, dbs, dbs_ended, ...
        model: the list's model of sale.
    """
    said = "new" if source in LISTS_NEW else None

    def statuses(_page: Page, places: Sequence[int], known: Sequence[Statuses]) -> list[Statuses]:
        return [(supplier or said, wb) for supplier, wb in known] if known else [(said, None)] * len(places)

    batch = _batch(rows)
    return _write_orders(session, seller_id, batch, ORDER_COLUMNS, statuses, run_id, source, model, now)


def write_archive(
    session: Session,
    seller_id: int,
    rows: Sequence[object] | Read,
    *,
    run_id: str,
    now: datetime | None = None,
) -> WriteResult:
    """Rows of ``orders.archive``: the same orders under other names, with their last statuses."""

    def statuses(page_: Page, places: Sequence[int], known: Sequence[Statuses]) -> list[Statuses]:
        said = zip(*page_.columns(ARCHIVE_STATUS, places), strict=True)
        if not known:
            return list(said)
        return [(s or k[0], w or k[1]) for (s, w), k in zip(said, known, strict=True)]

    batch = _batch(rows)
    return _write_orders(session, seller_id, batch, ARCHIVE_COLUMNS, statuses, run_id, "archive", "fbs", now)


def _write_orders(  # noqa: PLR0917 (two callers, each names all of it)
    session: Session,
    seller_id: int,
    batch: Page,
    columns: Sequence[Column],
    statuses: Callable[[Page, Sequence[int], Sequence[Statuses]], list[Statuses]],
    run_id: str,
    source: str,
    model: Model,
    now: datetime | None,
) -> WriteResult:
    at = _seconds(now)
    bulk = open_bulk(session, seller_id)
    known = bulk.known(_ORDERS, batch.keys, _ORDERS.state)
    fresh, changed = _compare(batch, known)
    taken = buyers.take_out(batch, [*fresh, *changed])
    told_of_buyer = buyers.keep(session, bulk, batch, taken, columns[0], now)
    counts: Counts = defaultdict(Counter)
    sums = tallies.Deltas()
    changes: list[Change] = []
    if fresh:
        after = statuses(batch, fresh, ())
        told = [at if status != (None, None) else None for status in after]
        models = [model] * len(fresh)
        read = _order_columns(batch, fresh, columns, after, told, models)
        vocabulary.note(bulk, read, session)
        bulk.insert(_ORDERS, _as_rows(_ORDERS, seller_id, batch, fresh, read))
        numbers.note(bulk, read["slot"], read["id"])
        sums.add(zip(*(read[name] for name in _SEEN), strict=True))
        counts[model].update((s or "", w or "") for s, w in after)
    if changed:
        before = [_statuses(known[batch.keys[place]]) for place in changed]
        after = statuses(batch, changed, before)
        more = _put_together(bulk, batch, changed)
        news = [
            i for i, place in enumerate(changed) if more[i] or before[i] != after[i] or place in told_of_buyer
        ]
        changed = [changed[i] for i in news]
        before = [before[i] for i in news]
        after = [after[i] for i in news]
    if changed:
        moved = [i for i in range(len(changed)) if before[i] != after[i]]
        told = [at if one != other else None for one, other in zip(before, after, strict=True)]
        models = [known[batch.keys[place]][3] for place in changed]
        kept = [known[batch.keys[place]][4] for place in changed]
        read = _order_columns(batch, changed, columns, after, told, models, kept)
        vocabulary.note(bulk, read, session)
        _sum_up(bulk, sums, batch, changed, read, before)
        bulk.update(_ORDERS, list(_as_rows(_ORDERS, seller_id, batch, changed, read)))
        made = read["created_at"]
        changes = [Change(batch.keys[changed[i]], before[i], after[i], made[i], models[i]) for i in moved]
        _move(counts, [(models[i], before[i], after[i]) for i in moved])
    with bulk.together():
        _write_history(bulk, sums, changes, at)
        _count(bulk, counts)
        sums.write(bulk)
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


def _order_columns(  # noqa: PLR0917
    batch: Page,
    places: Sequence[int],
    columns: Sequence[Column],
    statuses: Sequence[Statuses],
    told: list[int | None],
    models: Sequence[str],
    kept: Sequence[int] = (),
) -> dict[str, list[Any]]:
    """The columns that rows of orders have, but for those that every table has.

    Args:
        kept: of known orders when they were made; 0: it is not known. It stays where the row says it less
            exactly, as the archive with its bare dates, or not at all.
    """
    count = len(places)
    read = _columns(batch, columns, places)
    if kept:
        vague = columns is ARCHIVE_COLUMNS
        said = read["created_at"]
        read["created_at"] = [
            old if old and (vague or not new) else new for old, new in zip(kept, said, strict=True)
        ]
    read["slot"] = [created_at // SLOT_S for created_at in read["created_at"]]
    read["delivery_type"] = [v or m for v, m in zip(read["delivery_type"], models, strict=True)]
    read["model"] = list(models)
    one_status = len(set(statuses)) == 1  # as in every list of new orders
    read["supplier_status"] = [status[0] for status in statuses]
    read["wb_status"] = [status[1] for status in statuses]
    read["is_open"] = [_is_open(*statuses[0])] * count if one_status else [_is_open(*s) for s in statuses]
    read["status_at"] = told
    return read


def _seen(read: dict[str, list[Any]]) -> Iterator[tallies.Seen]:
    return map(tallies.Seen._make, zip(*(read[name] for name in _SEEN), strict=True))


_SEEN: Final = (*tallies.COLUMNS, "supplier_status", "wb_status", "model")


def _sum_up(  # noqa: PLR0917
    bulk: Bulk,
    sums: tallies.Deltas,
    batch: Page,
    changed: Sequence[int],
    read: dict[str, list[Any]],
    before: Sequence[Statuses],
) -> None:
    """What known orders were goes out of the sums, and what they will be comes in."""
    keys = [batch.keys[place] for place in changed]
    kept = bulk.known(_ORDERS, keys, tallies.COLUMNS)
    strayed = [
        (slot, key) for slot, key in zip(read["slot"], keys, strict=True) if slot != kept[key][0] // SLOT_S
    ]
    if strayed:
        numbers.note(bulk, *zip(*strayed, strict=True))
    for key, was, now in zip(keys, before, _seen(read), strict=True):
        old = tallies.Seen.of(kept[key], was, now.model)
        # What WB's row leaves out stays as it was, but for its instant (``_ORDERS.always``).
        said = [new if new is not None else known for new, known in zip(now[1:5], old[1:5], strict=True)]
        _replace(sums, old, tallies.Seen.of((now.created_at, *said), now[5:7], now.model))


def _replace(sums: tallies.Deltas, old: tallies.Seen, new: tallies.Seen) -> None:
    if old != new:
        sums.remove([old])
        sums.add([new])


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


Counts = defaultdict[str, Counter[tuple[str, str]]]
"""Model of sale, as the order is stored -> statuses -> how many orders came (or went)."""


def _move(counts: Counts, moved: Iterable[tuple[str, Statuses, Statuses]]) -> None:
    for model, before, after in moved:
        counts[model][before[0] or "", before[1] or ""] -= 1
        counts[model][after[0] or "", after[1] or ""] += 1


def _count(bulk: Bulk, counts: Counts) -> None:
    for model in sorted(counts):
        bulk.count(model, counts[model])


class Change(NamedTuple):
    """A status that was seen to change, of an order made at ``made`` (Unix seconds)."""

    order_id: int
    before: Statuses
    after: Statuses
    made: int
    model: str


def _write_history(bulk: Bulk, sums: tallies.Deltas, changes: Sequence[Change], at: int) -> None:
    """Keeps what has changed, and how soon an order went into assembly."""
    _take_back(bulk, sums, [one for one in changes if one.after[0] == "new" and one.before[0]])
    rows = []
    for one in changes:
        within = tallies.wait(one.before[0], one.after[0], one.made, at)
        made = None if within is None else one.made
        lost = tallies.is_lost(one.before, one.after)
        rows.append((bulk.seller_id, one.order_id, *one.after, at, lost, within, made))
        if within is not None:
            sums.took(one.made, one.model, within)
    bulk.add_rows("order_status_change", _CHANGE_KINDS, rows)


def _take_back(bulk: Bulk, sums: tallies.Deltas, changes: Sequence[Change]) -> None:
    """Orders that are new again: when they are taken once more, that will be what counts."""
    models = {one.order_id: one.model for one in changes}
    taken = bulk.known(_HISTORY, list(models), ("made", "taken"), "AND taken IS NOT NULL")
    for order_id, (made, within) in taken.items():
        sums.took(made, models[order_id], within, -1)
    bulk.run_many(
        "UPDATE order_status_change SET taken = NULL, made = NULL "
        "WHERE seller_id = ? AND order_id = ? AND taken IS NOT NULL",
        [(bulk.seller_id, order_id) for order_id in taken],
    )


_HISTORY: Final = Target.of(OrderStatusChange, "order_id", state=(), always=())

_CHANGE_KINDS: Final = {
    "seller_id": "bigint",
    "order_id": "bigint",
    "supplier_status": "text",
    "wb_status": "text",
    "at": "bigint",
    "is_lost": "boolean",
    "taken": "bigint",
    "made": "bigint",
}


def _seconds(now: datetime | None) -> int:
    return int((now or utc_now()).timestamp())


# --- Statuses ----------------------------------------------------------------------------------------------


_OPEN: Final = text("wb_order.is_open")
_CROSS_BORDER: Final = text("wb_order.cross_border_type = 1")
"""In the very words of their indexes: a bound value or ``= 1`` would keep SQLite from taking them."""


def ids_to_check(
    session: Session, seller_id: int, after_id: int, limit: int, model: Model = "fbs"
) -> Sequence[int]:
    """Ids of a model's orders whose status can still change, above ``after_id``, rising."""
    query = (
        select(Order.id)
        .where(Order.seller_id == seller_id, _OPEN, Order.model == model, Order.id > after_id)
        .order_by(col(Order.id))
        .limit(limit)
    )
    return session.exec(query).all()


_STATUS_KINDS: Final = {
    "supplier_status": "text",
    "wb_status": "text",
    "is_open": "boolean",
    "status_at": "bigint",
    "id": "bigint",
}
_STATUS_ID: Final = {"dbs": "orderId", "click_collect": "orderId"}
"""What WB calls the order's id in the answers of its newer status methods; elsewhere ``id``."""


def write_statuses(
    session: Session,
    seller_id: int,
    rows: Sequence[object],
    *,
    run_id: str,
    model: Model = "fbs",
    now: datetime | None = None,
) -> WriteResult:
    """Rows of a model's status method. A status that changed goes to the history, with this answer's time.

    An order is new since it is that for its seller: a list says it without WB's own status, which comes with
    a later answer and makes the order no newer.
    """
    at = _seconds(now)
    batch = read_page(rows, _STATUS_ID.get(model, "id"), read_id)
    bulk = open_bulk(session, seller_id)
    known = bulk.known(
        _ORDERS, batch.keys, ("supplier_status", "wb_status", "model", "status_at", *tallies.COLUMNS)
    )
    said = zip(*batch.columns(STATUS_COLUMNS, range(len(batch.keys))), strict=True)
    moved: list[tuple[int, Statuses, Statuses]] = []
    rejected = list(batch.rejected)
    for place, (key, (supplier, wb)) in enumerate(zip(batch.keys, said, strict=True)):
        before = known.get(key)
        if before is None:
            rejected.append(reject(batch.rows[place], "unknown_order"))
        elif supplier is None and wb is None:
            rejected.append(reject(batch.rows[place], "no_status"))
        elif before[:2] != (after := (supplier or before[0], wb or before[1])):
            moved.append((key, (before[0], before[1]), after))
    sums = tallies.Deltas()
    changes = []
    counts: Counts = defaultdict(Counter)
    with bulk.together():
        since = {key: known[key][3] for key, was, now_is in moved if was[0] == now_is[0] == "new"}
        news = [(*after, _is_open(*after), since.get(key) or at, key) for key, _, after in moved]
        bulk.change(_ORDERS, _STATUS_KINDS, news)
        for key, was, now_is in moved:  # while the server is at work
            model_of, _, *columns = known[key][2:]
            old, new = (tallies.Seen.of(columns, one, model_of) for one in (was, now_is))
            _replace(sums, old, new)
            changes.append(Change(key, was, now_is, old.created_at, model_of))
        _write_history(bulk, sums, changes, at)
        sums.write(bulk)
        _move(counts, [(known[key][2], before, after) for key, before, after in moved])
        _count(bulk, counts)
    quarantine(session, seller_id, rejected, run_id, "statuses", now)
    unchanged = len(batch.keys) - len(moved) - (len(rejected) - len(batch.rejected))
    return WriteResult(0, len(moved), unchanged, len(rejected))


# --- Delivery ----------------------------------------------------------------------------------------------


def write_deliveries(
    session: Session, seller_id: int, rows: Sequence[object], *, run_id: str, now: datetime | None = None
) -> WriteResult:
    """Rows of ``orders.dbs.delivery`` and ``orders.dbw.delivery``: the day and hours that the buyer wants."""
    names = tuple(column.name for column in DELIVERY_COLUMNS)
    batch = read_page(rows, "id", read_id)
    bulk = open_bulk(session, seller_id)
    known = bulk.known(_ORDERS, batch.keys, names)
    said = zip(*batch.columns(DELIVERY_COLUMNS, range(len(batch.keys))), strict=True)
    news = [
        (*values, key)
        for key, row in zip(batch.keys, said, strict=True)
        if key in known and known[key] != (values := tuple(text or None for text in row))
    ]
    bulk.change(_ORDERS, {**dict.fromkeys(names, "text"), "id": "bigint"}, news)
    quarantine(session, seller_id, batch.rejected, run_id, "deliveries", now)
    return WriteResult(0, len(news), len(batch.keys) - len(news), len(batch.rejected))


# --- Buyers ------------------------------------------------------------------------------------------------

_CLIENT_ID: Final = {"dbw": "orderId"}
"""What WB calls the order's id in a buyer's row; elsewhere ``orderID``."""
_HAS_BUYER: Final[dict[str, tuple[Any, ...]]] = {
    "fbs": (_CROSS_BORDER,),
    "dbs": (_OPEN,),
    "dbw": (_OPEN,),
    "click_collect": (_OPEN, col(Order.supplier_status).in_(("confirm", "prepare"))),
}
"""Of which of a model's orders WB tells the buyer."""


def buyers_to_ask(
    session: Session, seller_id: int, after_id: int, limit: int, model: Model = "fbs"
) -> Sequence[int]:
    """Ids of a model's orders whose buyer WB tells and we don't know yet, above ``after_id``, rising."""
    known = select(OrderClient.order_id).where(
        OrderClient.seller_id == Order.seller_id, OrderClient.order_id == Order.id
    )
    query = (
        select(Order.id)
        .where(Order.seller_id == seller_id, Order.model == model, Order.id > after_id)
        .where(*_HAS_BUYER[model], ~known.exists())
        .where(Order.created_at >= buyers.cutoff(session, seller_id, utc_now()))
        .order_by(col(Order.id))
        .limit(limit)
    )
    return session.exec(query).all()


def write_clients(
    session: Session,
    seller_id: int,
    rows: Sequence[object],
    *,
    run_id: str,
    model: Model = "fbs",
    now: datetime | None = None,
) -> WriteResult:
    """Buyers' rows: personal data, kept encrypted. Of rows without an id nothing is kept."""
    batch = read_page(rows, _CLIENT_ID.get(model, "orderID"), read_id)
    bulk = open_bulk(session, seller_id)
    safe = vault()
    known = {c.order_id: c for c in _clients(session, seller_id, batch.keys)}
    ages = bulk.known(_ORDERS, batch.keys, ("created_at",))
    since = buyers.cutoff(session, seller_id, now or utc_now())
    created, updated = [], 0
    for key, row in zip(batch.keys, batch.rows, strict=True):
        if key in ages and ages[key][0] < since:  # would be erased today
            continue
        data = orjson.dumps(
            {name: row[name] for name in buyers.NAMING if isinstance(row.get(name), str | int | list)}
        )
        found = known.get(key)
        if found is None:
            created.append((seller_id, key, safe.encrypt_row(data)))
        elif safe.decrypt(found.data_encrypted).encode() != data:
            found.data_encrypted = safe.encrypt_row(data)
            updated += 1
    bulk.insert(_CLIENT, created)
    session.flush()
    # No order is known that it could be shown with or erased with: the quarantine keeps the reason alone.
    nameless = [reject({"reason": r.reason, "row": r.digest}, r.reason) for r in batch.rejected]
    quarantine(session, seller_id, nameless, run_id, "clients", now)
    unchanged = len(batch.keys) - len(created) - updated
    return WriteResult(len(created), updated, unchanged, len(nameless))


def _clients(session: Session, seller_id: int, order_ids: Sequence[int]) -> Sequence[OrderClient]:
    query = select(OrderClient).where(
        OrderClient.seller_id == seller_id, col(OrderClient.order_id).in_(order_ids)
    )
    return session.exec(query).all()


# --- Statistics and the order feed --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _BySrid:
    """Rows of a method that tells them apart by ``srid``.

    Attributes:
        source: what they are counted as, and what is unread of them is kept as.
        state: the column by whose value they are counted; the second of the target's ``state``, too.
        word: how such a value is counted.
        named: where in time the values of new rows stand is kept, for who looks for a part of one.
    """

    source: str
    target: Target
    columns: Sequence[Column]
    state: str
    word: Callable[[Any], str]
    named: bool = False


_BY_SRID: Final = {
    "statistics": _BySrid(
        source="statistics",
        target=_STATISTICS,
        columns=STATISTICS_COLUMNS,
        state="is_cancel",
        word=lambda is_cancel: "cancel" if is_cancel else "",
        named=True,
    ),
    "order_feed": _BySrid(
        source="order_feed",
        target=_FEED,
        columns=FEED_COLUMNS,
        state="status",
        word=lambda status: status or "",
    ),
}


def write_statistics(
    session: Session, seller_id: int, rows: Sequence[object], *, run_id: str, now: datetime | None = None
) -> WriteResult:
    """Rows of ``statistics.orders``, by ``srid``."""
    return _write_by_srid(session, seller_id, rows, _BY_SRID["statistics"], run_id, now)


def write_feed(
    session: Session, seller_id: int, rows: Sequence[object], *, run_id: str, now: datetime | None = None
) -> WriteResult:
    """Rows of ``order_feed``, by ``srid``."""
    return _write_by_srid(session, seller_id, rows, _BY_SRID["order_feed"], run_id, now)


def _write_by_srid(  # noqa: PLR0917
    session: Session,
    seller_id: int,
    rows: Sequence[object],
    of: _BySrid,
    run_id: str,
    now: datetime | None,
) -> WriteResult:
    batch = read_page(rows, "srid", read_name)
    bulk = open_bulk(session, seller_id)
    known = bulk.known(of.target, batch.keys, of.target.state)
    fresh, changed = _compare(batch, known)
    counts: Counter[tuple[str, str]] = Counter()
    if fresh:
        read = _columns(batch, of.columns, fresh)
        if of.named:
            vocabulary.note(bulk, {**read, "slot": [date // SLOT_S for date in read["date"]]}, session)
        counts.update((of.word(value), "") for value in read[of.state])
        bulk.insert(of.target, _as_rows(of.target, seller_id, batch, fresh, read))
    if changed:
        read = _columns(batch, of.columns, changed)
        counts.subtract((of.word(known[batch.keys[place]][1]), "") for place in changed)
        counts.update((of.word(value), "") for value in read[of.state])
        bulk.update(of.target, list(_as_rows(of.target, seller_id, batch, changed, read)))
    bulk.count(of.source, counts)
    quarantine(session, seller_id, batch.rejected, run_id, of.source, now)
    return _result(batch, fresh, changed)


def _columns(batch: Page, columns: Sequence[Column], places: Sequence[int]) -> dict[str, list[Any]]:
    values = batch.columns(columns, places)
    return dict(zip((column.name for column in columns), values, strict=True))


# --- Rows that can't be read -------------------------------------------------------------------------------


def quarantine(  # noqa: PLR0917
    session: Session,
    seller_id: int,
    rejected: Sequence[Rejected],
    run_id: str,
    source: str,
    now: datetime | None = None,
) -> None:
    """Keeps rows whole, with the reason; the same row of the same source once, for all its imports."""
    if not rejected:
        return
    unique = {row.digest: row for row in rejected}
    rows = [
        {
            "seller_id": seller_id,
            "run_id": run_id,
            "source": source,
            "reason": row.reason,
            "digest": row.digest,
            "raw": buyers.seal(row.raw),
            "created_at": now or utc_now(),
        }
        for row in unique.values()
    ]
    new = db.insert(session, RejectedRow)
    # One that was resolved and comes again is not resolved.
    again = {"resolved_at": None, "reason": new.excluded.reason}
    session.connection().execute(new.on_conflict_do_update(index_elements=_SAME, set_=again), rows)
    _belongs_to(session, run_id, seller_id, source, list(unique))


def _belongs_to(session: Session, run_id: str, seller_id: int, source: str, digests: Sequence[int]) -> None:
    """Notes that these rows could not be read in this import, too."""
    for start in range(0, len(digests), _DIGESTS_AT_ONCE):
        found = select(RejectedRow.id).where(
            RejectedRow.seller_id == seller_id,
            RejectedRow.source == source,
            col(RejectedRow.digest).in_(digests[start : start + _DIGESTS_AT_ONCE]),
        )
        links = [{"run_id": run_id, "row_id": row_id} for row_id in session.exec(found)]
        new = db.insert(session, RejectedRowRun)
        session.connection().execute(new.on_conflict_do_nothing(), links)


def list_rejected(
    session: Session,
    *,
    run_id: str | None = None,
    after_id: int = 0,
    limit: int = 100,
) -> Sequence[RejectedRow]:
    """Rows in quarantine that nothing has resolved, oldest first, above ``after_id``.

    Args:
        run_id: those that came in this import, for the first time or not.
    """
    query = select(RejectedRow).where(col(RejectedRow.resolved_at).is_(None), col(RejectedRow.id) > after_id)
    if run_id is not None:
        came = select(RejectedRowRun.row_id).where(RejectedRowRun.run_id == run_id)
        query = query.where(col(RejectedRow.id).in_(came))
    return session.exec(query.order_by(col(RejectedRow.id)).limit(limit)).all()


_SAME: Final = ("seller_id", "source", "digest")
_DIGESTS_AT_ONCE: Final = 500
_ASKED_AGAIN: Final = frozenset({"clients", "statuses", "deliveries"})
"""The next import asks WB for these anew; an old answer must not replace a newer one."""


def retry_rejected(session: Session, now: datetime | None = None) -> int:
    """Reads the quarantine again, as a newer version may know better; how many rows were resolved.

    To be called once after an upgrade. Commits each thousand rows, so that nobody waits for all of them.
    """
    resolved, after = 0, 0
    while rows := list_rejected(session, after_id=after, limit=1000):
        after = rows[-1].id or 0
        for row in sorted(rows, key=lambda row: row.seller_id):  # whoever locks several does so in this order
            if row.source not in _ASKED_AGAIN and _is_written(session, row):
                row.resolved_at = now or utc_now()
                session.add(row)
                resolved += 1
        session.commit()
    return resolved


def _is_written(session: Session, row: RejectedRow) -> bool:
    try:
        return not _write_again(session, row).rejected
    except SecretKeyError:  # one that is damaged stops none of the others
        return False


def _write_again(session: Session, row: RejectedRow) -> WriteResult:
    again: dict[str, Callable[..., WriteResult]] = {
        "archive": write_archive,
        "statistics": write_statistics,
        "order_feed": write_feed,
    }
    rows = [orjson.loads(buyers.unseal(row.raw))]
    if _is_there(session, row, rows):
        return WriteResult(unchanged=1)
    if row.source in again:
        return again[row.source](session, row.seller_id, rows, run_id=row.run_id)
    model: Model = next((one for one in MODELS if row.source.removesuffix("_ended") == one), "fbs")
    return write_orders(session, row.seller_id, rows, run_id=row.run_id, source=row.source, model=model)


def _is_there(session: Session, row: RejectedRow, rows: Sequence[object]) -> bool:
    """Whether what the row is of came again and could be read: that is newer than the row."""
    by_srid = _BY_SRID.get(row.source)
    target, read = (by_srid.target, read_name) if by_srid else (_ORDERS, read_id)
    keys = read_page(rows, target.key, read).keys
    return bool(open_bulk(session, row.seller_id).known(target, keys, target.state))
