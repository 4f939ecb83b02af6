"""A page of the panel of token health: keys, worst first, with all that is known of their capabilities."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import case, func, or_, select
from sqlmodel import Session, col

from wbcore.store.models import CapabilityState, Key, Seller

SOON: Final = timedelta(days=7)
"""A token that expires so soon stands before those that are only well."""


@dataclass(slots=True)
class PanelRow:
    """A key, its seller, and the states of its capabilities by id."""

    key: Key
    seller: Seller
    states: dict[str, CapabilityState] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PanelPage:
    """``total``: how many keys fit the search, on all pages."""

    rows: Sequence[PanelRow]
    total: int


def page(
    session: Session,
    now: datetime,
    *,
    text: str = "",
    seller_id: int | None = None,
    limit: int = 25,
    offset: int = 0,
) -> PanelPage:
    """Keys whose name or seller contains ``text``, worst first, then by name; one query for any number.

    A page behind the last one is the first one: keys may have been removed while somebody looked.
    """
    places = _places(now, text.strip().lower(), seller_id).limit(limit).offset(offset).subquery()
    query = (
        select(Key, Seller, CapabilityState, places.c.total)
        .join(places, places.c.id == col(Key.id))
        .join(Seller, col(Seller.id) == col(Key.seller_id))
        .outerjoin(CapabilityState, col(CapabilityState.key_id) == col(Key.id))
        .order_by(places.c.urgency.desc(), places.c.name, col(Key.id))
    )
    rows: dict[int | None, PanelRow] = {}
    total = 0
    for key, seller, state, count in session.execute(query.execution_options(populate_existing=True)):
        row, total = rows.setdefault(key.id, PanelRow(key, seller)), count
        if state is not None:
            row.states[state.capability] = state
    if not rows and offset:
        return page(session, now, text=text, seller_id=seller_id, limit=limit)
    return PanelPage([*rows.values()], total)


def _places(now: datetime, text: str, seller_id: int | None) -> Any:
    """Keys that are looked for, in the panel's order: id, urgency, name, total."""
    worst = (
        select(col(CapabilityState.key_id), func.max(_rank()).label("rank"))
        .group_by(col(CapabilityState.key_id))
        .subquery()
    )
    name = func.lower(Key.name).label("name")
    urgency = _urgency(now, func.coalesce(worst.c.rank, 1)).label("urgency")
    query = (
        select(col(Key.id), urgency, name, func.count().over().label("total"))
        .join(Seller, col(Seller.id) == col(Key.seller_id))
        .outerjoin(worst, worst.c.key_id == col(Key.id))
        .order_by(urgency.desc(), name, col(Key.id))
    )
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
        (refused, 4),
        (col(CapabilityState.status) == "error", 3),
        (col(CapabilityState.status) == "unknown", 1),
        else_=0,
    )


def _urgency(now: datetime, rank: Any) -> Any:
    """The rank of a key: 5 where the token has expired, at least 2 where it soon will."""
    ends = col(Key.facts)["expires_at"].as_string()
    return case((ends <= _iso(now), 5), ((ends <= _iso(now + SOON)) & (rank < 2), 2), else_=rank)


def _iso(moment: datetime) -> str:
    """As ``api.token.TokenFacts`` keeps it, so that texts compare as instants do."""
    return moment.astimezone(UTC).replace(microsecond=0).isoformat().replace("+00:00", "Z")
