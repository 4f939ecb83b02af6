"""What is known of each capability of each key, and every change of it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import delete, func
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from wbcore.keys import latency
from wbcore.store import db
from wbcore.store.models import CapabilityChange, CapabilityState, utc_now

HISTORY_DAYS: Final = 400
"""How long changes are kept."""


def record(
    session: Session,
    key_id: int,
    capability: str,
    status: str,
    evidence: str,
    *,
    latency_ms: int | None = None,
    diagnosis: dict[str, Any] | None = None,
    now: datetime | None = None,
) -> bool:
    """Keeps the newest state of a capability, and a line of history when its status changed.

    Args:
        status: ok, denied, error, unknown.
        evidence: token or probe.
        diagnosis: ``Diagnosis.to_record()`` of what is wrong; its code goes to the history.

    Returns:
        Whether the status changed (the first one counts). The caller commits.
    """
    moment = now or utc_now()
    place = (key_id, capability)
    state = session.get(CapabilityState, place, populate_existing=True)
    is_first = False
    if state is None:
        is_first = _begin(session, key_id, capability, status, evidence)
        state = session.get_one(CapabilityState, place)
    changed = is_first or state.status != status
    if changed:
        state.since = moment
        session.add(
            CapabilityChange(
                key_id=key_id,
                capability=capability,
                status=status,
                evidence=evidence,
                latency_ms=latency_ms,
                code=str((diagnosis or {}).get("code", "")),
                at=moment,
            )
        )
    state.status = status
    state.evidence = evidence
    state.latency_ms = latency_ms
    state.checked_at = moment
    if (status, evidence) == ("ok", "probe"):
        state.worked_at = moment
    state.diagnosis = diagnosis
    session.add(state)
    session.flush()
    if latency_ms is not None and evidence == "probe":
        latency.sample(session, key_id, capability, latency_ms, moment)
    return changed


def _begin(session: Session, key_id: int, capability: str, status: str, evidence: str) -> bool:
    """Makes the row of what was never looked at; whether no other process was quicker."""
    fresh = CapabilityState(key_id=key_id, capability=capability, status=status, evidence=evidence)
    statement = db.insert(session, CapabilityState).values(**fresh.model_dump()).on_conflict_do_nothing()
    return session.connection().execute(statement.returning(CapabilityState.key_id)).first() is not None


def states(session: Session, key_ids: Iterable[int] | None = None) -> dict[int, dict[str, CapabilityState]]:
    """Key id -> capability -> state, in one query. ``None``: of all keys."""
    query = select(CapabilityState)
    if key_ids is not None:
        query = query.where(col(CapabilityState.key_id).in_(list(key_ids)))
    found: dict[int, dict[str, CapabilityState]] = {}
    for state in session.exec(query.execution_options(populate_existing=True)):
        found.setdefault(state.key_id, {})[state.capability] = state
    return found


def stopped_at() -> Any:
    """A column beside those of ``CapabilityState``: when it stopped working; None: it works, or never did."""
    worked, later = aliased(CapabilityChange), aliased(CapabilityChange)

    def same(change: Any) -> Any:
        return (col(change.key_id) == col(CapabilityState.key_id)) & (
            col(change.capability) == col(CapabilityState.capability)
        )

    last_ok = select(func.max(col(worked.id))).where(same(worked), col(worked.status) == "ok")
    since = select(func.min(col(later.at))).where(
        same(later),
        col(later.status) != "unknown",
        col(later.id) > last_ok.correlate(CapabilityState).scalar_subquery(),
    )
    return since.correlate(CapabilityState).scalar_subquery()


def forget_old(session: Session, now: datetime | None = None) -> int:
    """Deletes changes older than HISTORY_DAYS, but for the last of each capability: so it has been since. How
    many; the caller commits."""
    before = col(CapabilityChange.at) < (now or utc_now()) - timedelta(days=HISTORY_DAYS)
    place = (col(CapabilityChange.key_id), col(CapabilityChange.capability))
    last = select(func.max(CapabilityChange.id)).where(before).group_by(*place)
    statement = delete(CapabilityChange).where(before, col(CapabilityChange.id).not_in(last))
    return session.connection().execute(statement).rowcount
