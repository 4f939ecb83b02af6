"""What a cell of the panel of token health says: the token's own word first, then WB's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from wbcore.api.catalog import CAPABILITIES, Method
from wbcore.api.token import TokenFacts, can_call
from wbcore.health.outages import AT_WB, Incident
from wbcore.health.panel import PanelRow
from wbcore.keys.clients import environment_of, facts_of
from wbcore.store.models import CapabilityState
from wbcore.store.states import CapabilityStatus, worst_status

SHOWN: Final = sorted(CAPABILITIES, key=lambda method: method.category is None)
"""As in the catalogue, but what any token can do stands last: a panel is looked at for orders."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One capability of one key.

    Attributes:
        status: ok, denied, broken (at WB, whoever asks), error (WB's answer to this key alone), unknown.
        evidence: ``token``: known without a request; ``probe``: WB has answered so.
        at: when WB answered; None where nothing was asked.
        latency_ms: how long WB took, where that was measured.
        worked_until: when it stopped working; None: it works, or it never did.
    """

    status: str
    evidence: str
    at: datetime | None = None
    latency_ms: int | None = None
    worked_until: datetime | None = None


def cells(row: PanelRow, incidents: Sequence[Incident], now: datetime) -> dict[str, Cell]:
    """Method id -> cell, for all capabilities as they are shown."""
    facts = facts_of(row.key)
    return {
        method.id: _cell(row, facts, method, row.states.get(method.id), incidents, now) for method in SHOWN
    }


def _cell(  # noqa: PLR0917
    row: PanelRow,
    facts: TokenFacts,
    method: Method,
    state: CapabilityState | None,
    incidents: Sequence[Incident],
    now: datetime,
) -> Cell:
    if can_call(facts, environment_of(row.key), method, now):
        return Cell(CapabilityStatus.DENIED, "token")
    if state is None or (state.status == CapabilityStatus.DENIED and state.evidence == "token"):
        return Cell(CapabilityStatus.UNKNOWN, "token")  # a token that could not do it has been replaced
    at = state.checked_at if state.evidence == "probe" else None
    status = state.status
    if status == CapabilityStatus.ERROR and _is_wbs(row, state, incidents):
        status = CapabilityStatus.BROKEN
    until = None if status == CapabilityStatus.OK else row.worked_until.get(method.id)
    return Cell(status, state.evidence, at, state.latency_ms, until)


def _is_wbs(row: PanelRow, state: CapabilityState, incidents: Sequence[Incident]) -> bool:
    """Whether a failure is WB's own: 5xx, a method taken away, or the same at several sellers."""
    code = str((state.diagnosis or {}).get("code", ""))
    if code in AT_WB - {"unexpected_response"}:
        return True
    return any(one.explains(row.key.id or 0, state.capability) for one in incidents)


def worst(found: Mapping[str, Cell]) -> str:
    """The status that stands for a key. What its token was never made for is no trouble."""
    told = (c.status for c in found.values() if c.status != CapabilityStatus.DENIED or c.evidence == "probe")
    return worst_status(told, default=CapabilityStatus.DENIED)


def checked_at(found: Mapping[str, Cell]) -> datetime | None:
    """When WB was last heard about this key."""
    return max((cell.at for cell in found.values() if cell.at is not None), default=None)
