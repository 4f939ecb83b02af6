"""What is known of each capability of each key, and every change of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import delete
from sqlmodel import Session, col, select

from wbcore.store import latency
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
    state = session.get(CapabilityState, (key_id, capability), populate_existing=True)
    changed = state is None or state.status != status
    if state is None:
        state = CapabilityState(key_id=key_id, capability=capability, status=status, evidence=evidence)
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
    state.diagnosis = diagnosis
    session.add(state)
    session.flush()
    if latency_ms is not None and evidence == "probe":
        latency.sample(session, key_id, capability, latency_ms, moment)
    return changed


def states(session: Session, key_ids: Iterable[int] | None = None) -> dict[int, dict[str, CapabilityState]]:
    """Key id -> capability -> state, in one query. ``None``: of all keys."""
    query = select(CapabilityState)
    if key_ids is not None:
        query = query.where(col(CapabilityState.key_id).in_(list(key_ids)))
    found: dict[int, dict[str, CapabilityState]] = {}
    for state in session.exec(query.execution_options(populate_existing=True)):
        found.setdefault(state.key_id, {})[state.capability] = state
    return found


def changes(
    session: Session,
    key_id: int,
    capability: str | None = None,
    since: datetime | None = None,
    limit: int = 500,
) -> Sequence[CapabilityChange]:
    """History of a key (of one capability), newest first."""
    query = select(CapabilityChange).where(CapabilityChange.key_id == key_id)
    if capability is not None:
        query = query.where(CapabilityChange.capability == capability)
    if since is not None:
        query = query.where(col(CapabilityChange.at) >= since)
    newest_first = (col(CapabilityChange.at).desc(), col(CapabilityChange.id).desc())
    return session.exec(query.order_by(*newest_first).limit(limit)).all()


def worked_until(session: Session, key_id: int, capability: str) -> datetime | None:
    """When a capability that worked stopped working; None: it works, or it never did."""
    history = changes(session, key_id, capability)
    if not history or history[0].status == "ok":
        return None
    later = [change for change in history if change.status != "unknown"]
    worked = next((place for place, change in enumerate(later) if change.status == "ok"), None)
    return None if not worked else later[worked - 1].at


def forget_old(session: Session, now: datetime | None = None) -> int:
    """Deletes changes older than HISTORY_DAYS; how many. The caller commits."""
    before = (now or utc_now()) - timedelta(days=HISTORY_DAYS)
    statement = delete(CapabilityChange).where(col(CapabilityChange.at) < before)
    return session.connection().execute(statement).rowcount
