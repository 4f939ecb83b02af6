# ruff: noqa: S608 (names of tables and columns are ours; values are always bound)
"""Buyers' data: taken out of WB's rows, kept encrypted, shown to who may see it, erased in time.

What names a buyer stands in no other place: neither in an order's ``raw`` nor, readable, in the quarantine.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import repeat
from typing import Any, Final

import orjson
from sqlalchemy import text
from sqlmodel import Session, col, select

from wbcore.orders.bulk import Bulk, Target
from wbcore.orders.rows import CUT, Column, Page, to_json
from wbcore.people import audit
from wbcore.people.actor import Actor, Right, require
from wbcore.settings import settings
from wbcore.store import db, ownership, sealed, values
from wbcore.store.crypto import Vault, vault
from wbcore.store.models import OrderClient, OrderPrivate, Seller, utc_now
from wbcore.store.problems import SecretKeyError

log = logging.getLogger(__name__)

NAMING: Final = (
    *("firstName", "lastName", "middleName", "fullName", "phone", "phoneCode"),
    *("replacementPhone", "additionalPhones", "additionalPhoneCodes"),
)
"""WB's fields that name a buyer; all that is kept of the answers that tell of buyers alone."""
PERSONAL: Final = frozenset({"address", "fullAddress", "longitude", "latitude", "comment", *NAMING})
"""WB's fields that say who the buyer is or where; whatever the row's method and however deep they stand."""
_NAMED: Final = re.compile(f'"(?:{"|".join(NAMING)})"'.encode())
"""Lists of orders have none of these today: a page is searched for them as one text."""

MOVED: Final = values.BUYERS_MOVED
"""Name of the stored place up to which rows of older versions have been looked through; True: all."""
ERASED_BEFORE: Final = "buyers.erased"
"""Seller id ("": all) -> Unix seconds: of older orders nothing is kept, also if WB sends it again."""
MOVED_AT_ONCE: Final = 2000
ERASED_AT_ONCE: Final = 5000
_TABLES: Final = ("order_private", "order_client")

_PRIVATE: Final = Target.of(OrderPrivate, "order_id", state=(), always=())


# --- Out of WB's rows --------------------------------------------------------------------------------------


_SEARCHED: Final = 100
"""Levels of a row that are looked through; what lies deeper is left out, whoever it may name."""


def split(row: Mapping[str, Any], levels: int = _SEARCHED) -> tuple[dict[str, Any], dict[str, Any]]:
    """A row without what names its buyer, and that: by name, of deeper ones by path.

    A path has names and places in lists: ``delivery.phone``, ``items.0.phone``.
    """
    rest = dict(row)
    private = {name: rest.pop(name) for name in sorted(PERSONAL.intersection(row)) if row[name]}
    for name, value in rest.items():
        if type(value) in _NESTED:
            rest[name], inner = _split_inside(value, levels)
            private |= {f"{name}.{path}": found for path, found in inner.items()}
    return rest, private


_NESTED: Final = (dict, list)


def _split_inside(value: Any, levels: int) -> tuple[Any, dict[str, Any]]:
    if not levels:
        return "…", {}
    if type(value) is dict:
        return split(value, levels - 1)
    rest, private = list(value), dict[str, Any]()
    for place, item in enumerate(value):
        if type(item) in _NESTED:
            rest[place], inner = _split_inside(item, levels - 1)
            private |= {f"{place}.{path}": found for path, found in inner.items()}
    return rest, private


def take_out(page: Page, places: Sequence[int]) -> dict[int, dict[str, Any]]:
    """Takes buyers' data out of a page's ``raws``; place -> what was taken. Most rows cost two look-ups."""
    addresses, comments = page.said("address"), page.said("comment")
    deep = _is_deep(page, addresses)
    take = split if deep else _split_top
    taken = {}
    for place in places:
        if deep or addresses[place] or comments[place]:
            rest, private = take(page.rows[place])
            if private:
                page.raws[place] = to_json(rest)
                taken[place] = private
    return taken


def _is_deep(page: Page, addresses: Sequence[object]) -> bool:
    """Whether some row says more of its buyer than an address and a comment at its top."""
    whole = b"".join(page.raws)
    if _names_somebody(whole):
        return True
    known = [address for address in addresses if type(address) is dict]
    # "address" and "fullAddress", "longitude" and "latitude": each search takes a third of a millisecond.
    if whole.count(b'ddress"') > _having(page.rows, "address") + _having(known, "fullAddress"):
        return True
    if whole.count(b'itude"') > _having(known, "longitude") + _having(known, "latitude"):
        return True
    return whole.count(b'"comment"') > _having(page.rows, "comment")


def _having(rows: Iterable[dict[str, Any]], name: str) -> int:
    return sum(map(dict.__contains__, rows, repeat(name)))


_AT_TOP: Final = ("address", "comment")


def _split_top(row: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What ``split`` does, to a row of a page that is not deep: a sixth of its time."""
    rest = dict(row)
    return rest, {name: rest.pop(name) for name in _AT_TOP if row.get(name)}


def _names_somebody(raw: bytes) -> bool:
    """What all the names have in common is looked for first: that takes no time."""
    return (b"hone" in raw or b'Name"' in raw) and _NAMED.search(raw) is not None


def keep(  # noqa: PLR0917 (one caller, in one place)
    session: Session,
    bulk: Bulk,
    page: Page,
    taken: Mapping[int, Mapping[str, Any]],
    created_at: Column,
    now: datetime | None = None,
) -> set[int]:
    """Stores what ``take_out`` took, encrypted; of orders that are too old nothing.

    Returns:
        Places whose order says something of its buyer that was not known.
    """
    if not taken:
        return set()
    places = list(taken)
    (ages,) = page.columns((created_at,), places)
    since = cutoff(session, bulk.seller_id, now or utc_now())
    young = [place for place, age in zip(places, ages, strict=True) if age >= since]
    safe = vault()
    known = bulk.known(_PRIVATE, [page.keys[place] for place in young], ("data_encrypted",))
    fresh = {place: taken[place] for place in young if page.keys[place] not in known}
    changed: dict[int, Mapping[str, Any]] = {}
    for place in young if known else ():
        if place not in fresh:
            before = _opened(safe, known[page.keys[place]][0])
            whole = before | dict(taken[place])
            if whole != before:
                changed[place] = whole
    bulk.insert(_PRIVATE, _sealed(safe, bulk.seller_id, page, fresh))
    bulk.update(_PRIVATE, _sealed(safe, bulk.seller_id, page, changed))
    return {*fresh, *changed}


def _sealed(
    safe: Vault, seller_id: int, page: Page, wholes: Mapping[int, Mapping[str, Any]]
) -> list[tuple[int, Any, bytes]]:
    """Rows of ``order_private``: place -> all that is known of the buyer."""
    sealed_rows = safe.encrypt_rows([to_json(whole) for whole in wholes.values()])
    return [(seller_id, page.keys[place], data) for place, data in zip(wholes, sealed_rows, strict=True)]


def _opened(safe: Vault, data: bytes) -> dict[str, Any]:
    """What is unreadable is replaced by what WB sends now."""
    try:
        found: dict[str, Any] = orjson.loads(safe.decrypt(data))
    except SecretKeyError:
        return {}
    return found


# --- The quarantine ----------------------------------------------------------------------------------------


def seal(raw: bytes) -> bytes:
    """A row for the quarantine: encrypted where it may name a buyer, as it is kept whole.

    In what is no object, or was cut, no name of a field says whether it does.
    """
    names = (f'"{name}"'.encode() for name in PERSONAL)
    is_plain = raw.startswith(b"{") and not raw.startswith(CUT)
    return vault().encrypt(raw.decode()) if not is_plain or any(name in raw for name in names) else raw


def unseal(raw: bytes) -> bytes:
    """The whole row. Raises SecretKeyError."""
    return vault().decrypt(raw).encode() if raw.startswith(sealed.ENCRYPTED) else raw


def shown(raw: bytes) -> bytes:
    """A row for the screen: without what names a buyer."""
    try:
        row = orjson.loads(unseal(raw))
    except (SecretKeyError, orjson.JSONDecodeError):
        return sealed.ERASED
    if isinstance(row, dict):
        return to_json({"bytes": row["bytes"]} if set(row) == {"bytes", "start"} else split(row)[0])
    return to_json({"bytes": len(to_json(row))} if isinstance(row, str | list) else row)


# --- For who may see it ------------------------------------------------------------------------------------


def is_known(session: Session, seller_id: int, order_id: int) -> bool:
    """Whether there is anything to show of an order's buyer."""
    for model in (OrderPrivate, OrderClient):
        query = select(model.order_id).where(model.seller_id == seller_id, model.order_id == order_id)
        if session.exec(query).first() is not None:
            return True
    return False


def reveal(session: Session, seller_id: int, order_id: int, actor: Actor | None = None) -> dict[str, Any]:
    """What WB said of an order's buyer, by WB's names; {} when nothing is kept. Noted in the audit.

    The caller commits, so that the audit has it before anything is shown.

    Args:
        actor: who asks; None: whoever is present.

    Raises:
        NotAllowed: the actor may not see buyers, or not this seller's.
        SecretKeyError: the secret key is another one than when it was stored.
    """
    acting = require(actor, Right.SEE_BUYERS, seller_id=seller_id)
    found: dict[str, Any] = {}
    for model in (OrderPrivate, OrderClient):
        query = select(model.data_encrypted).where(model.seller_id == seller_id, model.order_id == order_id)
        for data in session.exec(query):
            found |= orjson.loads(vault().decrypt(data))
    if found:
        audit.record(session, acting, "buyer_revealed", str(order_id), seller=seller_id)
    return found


# --- Erased in time ----------------------------------------------------------------------------------------


def cutoff(session: Session, seller_id: int, now: datetime) -> int:
    """Of orders made before this (Unix seconds) nothing is kept of the buyer."""
    erased = values.get(session, ERASED_BEFORE) or {}
    by_age = int((now - timedelta(days=settings().buyers_days)).timestamp())
    return max(by_age, int(erased.get("", 0)), int(erased.get(str(seller_id), 0)))


def erase(
    older_than: int = 0,
    seller_ids: Sequence[int] | None = None,
    actor: Actor | None = None,
    now: datetime | None = None,
) -> int:
    """Erases buyers' data for good: also if WB sends it again, nothing of these orders is kept.

    Args:
        older_than: days since the order; 0: all.
        seller_ids: None: of all sellers.
        actor: who does it, for the audit; None: whoever is present.

    Returns:
        Of how many orders something was erased.
    """
    acting = require(actor, Right.KEYS)
    moment = now or utc_now()
    before = int((moment - timedelta(days=older_than)).timestamp())
    with db.writing() as session:
        _note(session, before, seller_ids)
        session.commit()
    count = sum(_erase(seller, None if older_than == 0 else before) for seller in _ids(seller_ids))
    with db.writing() as session:
        audit.record(session, acting, "buyers_erased", orders=count, older_than=older_than)
        session.commit()
    sealed.wipe()
    log.info("buyers' data erased", extra={"data": {"orders": count, "older_than_days": older_than}})
    return count


def expire(now: datetime) -> int:
    """What a worker does by itself: erases what has become too old; of how many orders."""
    before = int((now - timedelta(days=settings().buyers_days)).timestamp())
    count = sum(_erase(seller, before) for seller in _ids(None))
    if count:
        with db.writing() as session:
            actor = Actor.machine("worker")
            audit.record(session, actor, "buyers_erased", orders=count, older_than=settings().buyers_days)
            session.commit()
    sealed.wipe()
    return count


def _note(session: Session, before: int, seller_ids: Sequence[int] | None) -> None:
    names = [""] if seller_ids is None else list(map(str, seller_ids))

    def noted(kept: Any) -> dict[str, int]:
        erased = dict(kept or {})
        return erased | {name: max(before, int(erased.get(name, 0))) for name in names}

    values.change(session, ERASED_BEFORE, noted)


def _ids(seller_ids: Sequence[int] | None) -> list[int]:
    if seller_ids is not None:
        return list(seller_ids)
    with db.unlimited_session() as session:
        return [found for found in session.exec(select(Seller.id).order_by(col(Seller.id))) if found]


def _erase(seller_id: int, before: int | None) -> int:
    """Of one seller, in parts: nobody waits long for the database. None: all of it."""
    count = 0
    while True:
        with db.writing() as session:
            ownership.lock(session, [seller_id])  # a page on its way is waited for, the next knows better
            ids = _some(session, seller_id, before)
            for table in _TABLES:
                statement = text(f"DELETE FROM {table} WHERE seller_id = :seller AND order_id = :id")
                rows = [{"seller": seller_id, "id": found} for found in ids]
                if rows:
                    session.connection().execute(statement, rows)
            session.commit()
        count += len(ids)
        if len(ids) < ERASED_AT_ONCE:
            return count + _erase_quarantine(seller_id, before)


def _some(session: Session, seller_id: int, before: int | None) -> list[int]:
    """Orders that have something to be erased, a few thousand; one that is gone counts as old."""
    young = (
        ""
        if before is None
        else "AND NOT EXISTS (SELECT 1 FROM wb_order AS o WHERE o.seller_id = p.seller_id "
        "AND o.id = p.order_id AND o.created_at >= :before)"
    )
    parts = [f"SELECT order_id FROM {table} AS p WHERE p.seller_id = :seller {young}" for table in _TABLES]
    query = text(f"{' UNION '.join(parts)} LIMIT :most")
    known = {"seller": seller_id, "most": ERASED_AT_ONCE} | ({} if before is None else {"before": before})
    return [row[0] for row in session.connection().execute(query, known)]


def _erase_quarantine(seller_id: int, before: int | None) -> int:
    moment = datetime.now(UTC) + timedelta(days=1) if before is None else datetime.fromtimestamp(before, UTC)
    quarantine = sealed.quarantine()
    with db.writing() as session:
        ownership.lock(session, [seller_id])
        old = (quarantine.c.seller_id == seller_id) & (quarantine.c.created_at < moment)
        lost = quarantine.update().where(old, sealed.is_encrypted(quarantine, quarantine.c.raw))
        count = session.connection().execute(lost.values(raw=sealed.ERASED)).rowcount
        session.commit()
    return int(count)


# --- Rows of older versions --------------------------------------------------------------------------------


def move_old_rows() -> int:
    """Takes buyers' data out of the rows that older versions have kept whole; of how many orders.

    Once for a database: a batch is a transaction, and an interrupted move is gone on with. To be called
    after ``sealed.check``.
    """
    with db.unlimited_session() as session:
        place = values.get(session, MOVED)
    count = 0
    while place is not True:
        with db.writing() as session:
            moved, place = _move_batch(session, place or [0, -(2**63)])
            values.put(session, MOVED, place)
            session.commit()
        count += moved
    if count:
        log.info("buyers' data taken out of old rows", extra={"data": {"orders": count}})
        sealed.wipe()
    return count


def _move_batch(session: Session, after: list[int]) -> tuple[int, Any]:
    """Looks through some orders; how many it changed, and the place to go on from (True: the end)."""
    query = text(
        "SELECT seller_id, id, created_at, raw FROM wb_order WHERE (seller_id, id) > (:seller, :id) "
        "ORDER BY seller_id, id LIMIT :most"
    )
    known = {"seller": after[0], "id": after[1], "most": MOVED_AT_ONCE}
    rows = session.connection().execute(query, known).all()
    safe = sealed.vault_for(session)
    since = {seller: cutoff(session, seller, utc_now()) for seller in {row[0] for row in rows}}
    changed, kept = [], []
    for seller, order, created_at, raw in rows:
        if not _may_name(bytes(raw)):
            continue
        rest, private = split(orjson.loads(raw))
        if private:
            changed.append({"seller": seller, "id": order, "raw": to_json(rest)})
            if created_at >= since[seller]:
                data = safe.encrypt_row(to_json(private))
                kept.append({"seller_id": seller, "order_id": order, "data_encrypted": data})
    if changed:
        statement = text("UPDATE wb_order SET raw = :raw WHERE seller_id = :seller AND id = :id")
        session.connection().execute(statement, changed)
    if kept:
        there = db.insert(session, OrderPrivate).on_conflict_do_nothing()
        session.connection().execute(there, kept)
    if len(rows) < MOVED_AT_ONCE:
        return len(changed) + _seal_old_quarantine(session), True
    return len(changed), [rows[-1][0], rows[-1][1]]


def _may_name(raw: bytes) -> bool:
    if b'"address":{' in raw or _names_somebody(raw):
        return True
    return b'"comment":"' in raw and b'"comment":""' not in raw


def _seal_old_quarantine(session: Session) -> int:
    quarantine, count = sealed.quarantine(), 0
    for row_id, raw in session.connection().execute(select(quarantine.c.id, quarantine.c.raw)).all():
        data = seal(bytes(raw)) if not raw.startswith(sealed.ENCRYPTED) else raw
        if data != raw:
            change = quarantine.update().where(quarantine.c.id == row_id).values(raw=data)
            session.connection().execute(change)
            count += 1
    return count
