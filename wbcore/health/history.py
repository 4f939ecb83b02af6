"""What capabilities have been through: strips of days, since when, the ends of tokens; and its thinning."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from itertools import pairwise
from typing import Final

from sqlalchemy import case, delete, func
from sqlmodel import Session, col, select

from wbcore.api.token import TokenFacts
from wbcore.keys import capabilities, latency
from wbcore.store.days import of_instant, start
from wbcore.store.models import CapabilityChange, CapabilityState, Key, Seller
from wbcore.store.states import STATUS_RANK, worst_status

STRIP_DAYS: Final = 30
EVERY_CHANGE_DAYS: Final = 90
"""Older changes are thinned to two a day."""


# --- Strips ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Day:
    """One cell of a strip.

    Attributes:
        status: the worst of the day; "" when nothing was known yet.
        up: share of the known time in which it worked, 0 to 1; None: nothing known.
    """

    day: date
    status: str
    up: float | None


@dataclass(frozen=True, slots=True)
class Strip:
    """A capability's last days, oldest first.

    Attributes:
        up: share of the known time in which it worked.
    """

    days: tuple[Day, ...]
    up: float | None


def strips(
    session: Session,
    key_ids: Iterable[int],
    now: datetime,
    *,
    days: int = STRIP_DAYS,
    tz: tzinfo = UTC,
) -> dict[tuple[int, str], Strip]:
    """(Key id, capability) -> its strip; two queries for any number of keys."""
    ids = list(key_ids)
    first = of_instant(now, tz) - timedelta(days=days - 1)
    begin = start(first, tz)
    changes = _before(session, ids, begin)
    query = (
        select(CapabilityChange)
        .where(col(CapabilityChange.key_id).in_(ids), col(CapabilityChange.at) >= begin)
        .order_by(col(CapabilityChange.at), col(CapabilityChange.id))
    )
    for change in session.exec(query):
        place = (change.key_id, change.capability)
        changes.setdefault(place, []).append((change.at, change.status))
    return {place: _strip(known, first, days, tz, now) for place, known in changes.items()}


def _before(
    session: Session, ids: Sequence[int], begin: datetime
) -> dict[tuple[int, str], list[tuple[datetime, str]]]:
    """The state with which each capability came into the window."""
    newest = func.row_number().over(
        partition_by=(col(CapabilityChange.key_id), col(CapabilityChange.capability)),
        order_by=(col(CapabilityChange.at).desc(), col(CapabilityChange.id).desc()),
    )
    old = (
        select(
            CapabilityChange.key_id, CapabilityChange.capability, CapabilityChange.status, newest.label("n")
        )
        .where(col(CapabilityChange.key_id).in_(ids), col(CapabilityChange.at) < begin)
        .subquery()
    )
    rows = session.exec(select(old.c.key_id, old.c.capability, old.c.status).where(old.c.n == 1))
    return {(key_id, capability): [(begin, status)] for key_id, capability, status in rows}


def _strip(known: Sequence[tuple[datetime, str]], first: date, days: int, tz: tzinfo, now: datetime) -> Strip:
    edges = [start(first + timedelta(days=n), tz) for n in range(days + 1)]
    ends = [*(at for at, _ in known[1:]), now]
    spans = [(at, end, status) for (at, status), end in zip(known, ends, strict=True)]
    cells, total_up, total = [], 0.0, 0.0
    for number, (begin, end) in enumerate(pairwise(edges)):
        inside = [
            (status, (min(end, till) - max(begin, at)).total_seconds())
            for at, till, status in spans
            if at < end and (till > begin or at >= begin)
        ]
        up = sum(seconds for status, seconds in inside if status == "ok")
        seen = sum(seconds for status, seconds in inside if status != "unknown")
        worst = worst_status((status for status, _ in inside), default="")
        cells.append(Day(first + timedelta(days=number), worst, up / seen if seen else None))
        total_up, total = total_up + up, total + seen
    return Strip(tuple(cells), total_up / total if total else None)


# --- Since when ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Standing:
    """How a capability stands: "worked until 14:05, denied since".

    Attributes:
        worked_until: when it stopped working; None: it works, or it never did.
    """

    status: str
    since: datetime
    worked_until: datetime | None
    checked_at: datetime
    latency_ms: int | None


def standings(session: Session, key_id: int) -> dict[str, Standing]:
    """Capability -> how it stands, of all of which something is known."""
    query = select(CapabilityState, capabilities.stopped_at()).where(CapabilityState.key_id == key_id)
    found = session.exec(query.execution_options(populate_existing=True))
    return {
        state.capability: Standing(state.status, state.since, stopped, state.checked_at, state.latency_ms)
        for state, stopped in found
    }


# --- Ends of tokens --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Expiry:
    """When a key's token ends. ``days_left`` is negative when it has."""

    key_id: int
    key_name: str
    seller_name: str
    environment: str
    expires_at: datetime
    days_left: int


def expiries(session: Session, now: datetime) -> list[Expiry]:
    """The ends of all tokens, the first one first; tokens without an end are left out."""
    query = select(Key, Seller).join(Seller, col(Seller.id) == col(Key.seller_id))
    found = []
    for key, seller in session.exec(query):
        facts = TokenFacts.from_record(key.facts)
        if facts.expires_at is not None and key.id is not None:
            days = (facts.expires_at - now) // timedelta(days=1)
            found.append(Expiry(key.id, key.name, seller.name, key.environment, facts.expires_at, days))
    return sorted(found, key=lambda row: (row.expires_at, row.key_name))


# --- Thinning --------------------------------------------------------------------------------------


def thin(session: Session, now: datetime) -> int:
    """Thins what is old, and deletes what is older than HISTORY_DAYS. The caller commits.

    Of a day more than EVERY_CHANGE_DAYS ago each capability keeps the worst change and the last one, so that
    its strip stays what it was. Doing it twice changes nothing.

    Returns:
        How many rows went.
    """
    gone = capabilities.forget_old(session, now)
    gone += _thin_changes(session, now - timedelta(days=EVERY_CHANGE_DAYS))
    gone += latency.thin(session, now)
    return gone


def _thin_changes(session: Session, before: datetime) -> int:
    day = func.date(col(CapabilityChange.at))
    place = (col(CapabilityChange.key_id), col(CapabilityChange.capability), day)
    newest = (col(CapabilityChange.at).desc(), col(CapabilityChange.id).desc())
    badness = case(dict(STATUS_RANK), value=col(CapabilityChange.status), else_=1)
    numbered = (
        select(
            CapabilityChange.id,
            func.row_number().over(partition_by=place, order_by=newest).label("last"),
            func.row_number().over(partition_by=place, order_by=(badness.desc(), *newest)).label("worst"),
        )
        .where(col(CapabilityChange.at) < before)
        .subquery()
    )
    needless = select(numbered.c.id).where(numbered.c.last > 1, numbered.c.worst > 1)
    statement = delete(CapabilityChange).where(col(CapabilityChange.id).in_(needless))
    return session.connection().execute(statement).rowcount
