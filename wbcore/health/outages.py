"""Broken at WB: failures that are not one token's problem."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlmodel import Session, col, select

from wbcore.api.catalog import METHOD_BY_ID
from wbcore.store.models import CapabilityState, Key

WINDOW: Final = timedelta(minutes=30)
AT_WB: Final = frozenset({"wb_unavailable", "unexpected_response", "method_disabled", "endpoint_retired"})
"""Failures that are WB's when several sellers meet them."""
ALONE: Final = frozenset({"wb_unavailable"})
"""Failures that are WB's whoever meets them: 5xx."""
SELLERS: Final = 2


@dataclass(frozen=True, slots=True)
class Incident:
    """One host that fails in one way.

    Attributes:
        code: of the diagnosis.
        methods: ids of the catalogue's methods that fail.
        since: the earliest of the failures that still last; ``last``: when it was met last.
    """

    host: str
    environment: str
    code: str
    methods: tuple[str, ...]
    sellers: int
    key_ids: tuple[int, ...]
    since: datetime
    last: datetime

    def explains(self, key_id: int, capability: str) -> bool:
        """Whether a cell of the panel is broken at WB."""
        return key_id in self.key_ids and capability in self.methods


@dataclass(frozen=True, slots=True)
class Troubles:
    """What is wrong at WB now.

    Attributes:
        incidents: met in the last 30 minutes, the newest first.
        retired: ids of methods of which WB says that there is no such path: the program is to be updated.
    """

    incidents: Sequence[Incident]
    retired: Sequence[str]


def troubles(session: Session, now: datetime) -> Troubles:
    """One query, of what fails only."""
    query = (
        select(CapabilityState, Key)
        .join(Key, col(Key.id) == col(CapabilityState.key_id))
        .where(CapabilityState.status == "error")
    )
    rows = session.exec(query.execution_options(populate_existing=True)).all()
    retired = {state.capability for state, _ in rows if _code(state) == "endpoint_retired"}
    fresh = [(state, key) for state, key in rows if abs(now - state.checked_at) <= WINDOW]
    return Troubles(_incidents(fresh), sorted(retired))


def _code(state: CapabilityState) -> str:
    return str((state.diagnosis or {}).get("code", ""))


def _incidents(rows: Sequence[tuple[CapabilityState, Key]]) -> list[Incident]:
    groups: dict[tuple[str, str, str], list[tuple[CapabilityState, Key]]] = {}
    for state, key in rows:
        method, code = METHOD_BY_ID.get(state.capability), _code(state)
        if method is not None and code in AT_WB:
            groups.setdefault((method.host, key.environment, code), []).append((state, key))
    found = [_incident(place, rows) for place, rows in groups.items()]
    wide = [one for one in found if one.sellers >= SELLERS or one.code in ALONE]
    return sorted(wide, key=lambda one: one.last, reverse=True)


def _incident(place: tuple[str, str, str], rows: Sequence[tuple[CapabilityState, Key]]) -> Incident:
    host, environment, code = place
    return Incident(
        host=host,
        environment=environment,
        code=code,
        methods=tuple(sorted({state.capability for state, _ in rows})),
        sellers=len({key.seller_id for _, key in rows}),
        key_ids=tuple(sorted({state.key_id for state, _ in rows})),
        since=min(state.since for state, _ in rows),
        last=max(state.checked_at for state, _ in rows),
    )
