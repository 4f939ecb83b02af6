"""A page of the panel of token health: keys, worst first, with all that is known of their capabilities."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import case, func, or_, select
from sqlmodel import Session, col

from wbcore.guidance import checklist
from wbcore.imports.runs import newest
from wbcore.keys import capabilities
from wbcore.store.models import CapabilityState, Checklist, Key, Run, Schedule, Seller
from wbcore.store.states import SEVERITY_RANK, Severity

IDLE: Final = timedelta(days=30)
"""A token that no import and no schedule has needed for so long is unused."""
SOON: Final = timedelta(days=7)
"""A token that expires so soon stands before those that are only well."""
REMARK, FAILED, REFUSED, EXPIRED = 2, 3, 4, 5
"""Places in the panel, the first the last; with less a key is well, or not known."""


@dataclass(slots=True)
class PanelRow:
    """A key, its seller, and the states of its capabilities by id."""

    key: Key
    seller: Seller
    states: dict[str, CapabilityState] = field(default_factory=dict)
    last_import: datetime | None = None
    schedules: int = 0
    worked_until: dict[str, datetime] = field(default_factory=dict)
    """Capability -> when it stopped working; what works, or never did, is left out."""
    problems: list[Checklist] = field(default_factory=list)
    """Open checklists of this key, the worst first."""

    def idle_since(self, now: datetime) -> datetime | None:
        """Since when nothing has needed this key's token; None: something does, or it is too new to say.

        Checks don't count: they ask about every key, needed or not.
        """
        since = max(self.last_import or self.key.token_saved_at, self.key.token_saved_at)
        return None if self.schedules or now - since < IDLE else since


@dataclass(frozen=True, slots=True)
class PanelPage:
    """``total``: how many keys fit the search, on all pages."""

    rows: Sequence[PanelRow]
    total: int

    @property
    def key_ids(self) -> list[int]:
        return [row.key.id for row in self.rows if row.key.id is not None]


def page(
    session: Session,
    now: datetime,
    *,
    text: str = "",
    seller_id: int | None = None,
    troubled: bool = False,
    limit: int = 25,
    offset: int = 0,
) -> PanelPage:
    """Keys whose name or seller contains ``text``, worst first, then by name; two queries for any number.

    Args:
        troubled: only keys that something is wrong with: an open checklist, a failure, an end that is near.

    A page behind the last one is the first one: keys may have been removed while somebody looked.
    """
    places = _places(now, text.strip().lower(), seller_id, troubled).limit(limit).offset(offset).subquery()
    query = (
        select(
            Key,
            Seller,
            CapabilityState,
            places.c.total,
            newest(Run.created_at),
            _schedules(),
            capabilities.stopped_at(),
        )
        .join(places, places.c.id == col(Key.id))
        .join(Seller, col(Seller.id) == col(Key.seller_id))
        .outerjoin(CapabilityState, col(CapabilityState.key_id) == col(Key.id))
        .order_by(places.c.urgency.desc(), places.c.name, col(Key.id))
    )
    rows: dict[int | None, PanelRow] = {}
    total = 0
    found = session.execute(query.execution_options(populate_existing=True))
    for key, seller, state, count, last_import, schedules, stopped in found:
        known = PanelRow(key, seller, last_import=last_import, schedules=schedules)
        row, total = rows.setdefault(key.id, known), count
        if state is not None:
            row.states[state.capability] = state
            if stopped is not None:
                row.worked_until[state.capability] = stopped
    if not rows and offset:
        return page(session, now, text=text, seller_id=seller_id, troubled=troubled, limit=limit)
    shown = {key_id: row for key_id, row in rows.items() if key_id is not None}
    for problem in checklist.open_of_keys(session, shown):
        for key_id in checklist.concerned(problem):
            if key_id in shown:
                shown[key_id].problems.append(problem)
    return PanelPage([*rows.values()], total)


def _schedules() -> Any:
    """How many schedules of the key are switched on."""
    count = select(func.count()).where(col(Schedule.key_id) == col(Key.id), col(Schedule.enabled))
    return count.correlate(Key).scalar_subquery()


def _places(now: datetime, text: str, seller_id: int | None, troubled: bool) -> Any:
    """Keys that are looked for, in the panel's order: id, urgency, name, total."""
    worst = (
        select(col(CapabilityState.key_id), func.max(_rank()).label("rank"))
        .group_by(col(CapabilityState.key_id))
        .subquery()
    )
    name = func.lower(Key.name).label("name")
    worst_open = checklist.worst_open(Key.id, now)
    urgency = _urgency(now, func.coalesce(worst.c.rank, 1), worst_open).label("urgency")
    query = (
        select(col(Key.id), urgency, name, func.count().over().label("total"))
        .join(Seller, col(Seller.id) == col(Key.seller_id))
        .outerjoin(worst, worst.c.key_id == col(Key.id))
        .order_by(urgency.desc(), name, col(Key.id))
    )
    if troubled:
        query = query.where(urgency.element >= REMARK)
    if seller_id is not None:
        query = query.where(col(Key.seller_id) == seller_id)
    if text:
        looked_in = (Key.name, Seller.name, Seller.trade_mark)
        query = query.where(or_(*(func.lower(one).contains(text, autoescape=True) for one in looked_in)))
    return query


def _rank() -> Any:
    """How bad a state is. What a token was never made for is no trouble."""
    refused = (col(CapabilityState.status) == "denied") & (col(CapabilityState.evidence) == "probe")
    return case(
        (refused, REFUSED),
        (col(CapabilityState.status) == "error", FAILED),
        (col(CapabilityState.status) == "unknown", 1),
        else_=0,
    )


def _urgency(now: datetime, rank: Any, worst_open: Any) -> Any:
    """The rank of a key: of its state, of what is open in its checklists, of the end of its token."""
    ends = col(Key.facts)["expires_at"].as_string()
    return case(
        (ends <= _iso(now), EXPIRED),
        (rank >= FAILED, rank),
        (worst_open >= SEVERITY_RANK[Severity.ERROR], FAILED),
        (or_(worst_open.is_not(None), ends <= _iso(now + SOON)), REMARK),
        else_=rank,
    )


def _iso(moment: datetime) -> str:
    """As ``api.token.TokenFacts`` keeps it, so that texts compare as instants do."""
    return moment.astimezone(UTC).replace(microsecond=0).isoformat().replace("+00:00", "Z")
