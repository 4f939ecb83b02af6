"""What a request or an import has proven of a key's capabilities, written to its health."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from wbcore.api.catalog import CAPABILITIES, METHOD_BY_ID
from wbcore.api.errors import traits_of
from wbcore.guidance import incidents
from wbcore.guidance.diagnosis import Diagnosis
from wbcore.keys import capabilities
from wbcore.store.models import CapabilityState, Key
from wbcore.store.states import CapabilityStatus


def status_of(found: Diagnosis) -> CapabilityStatus:
    """What a failure says of the capability; one that was not heard says nothing, and is not asked here."""
    return CapabilityStatus.DENIED if found.traits.denies else CapabilityStatus.ERROR


def record_success(
    session: Session, key: Key, answered: Iterable[str], now: datetime, latency_ms: int | None = None
) -> None:
    """WB has answered methods of this key.

    Args:
        answered: their ids.
    """
    assert key.id is not None
    proven = [method_id for method_id in answered if METHOD_BY_ID[method_id].capability]
    for method_id in proven:
        capabilities.record(
            session, key.id, method_id, CapabilityStatus.OK, "probe", latency_ms=latency_ms, now=now
        )
    if proven:
        forget_what_is_over(session, key, proven, now)


def forget_what_is_over(session: Session, key: Key, answered: Collection[str], now: datetime) -> None:
    """What WB said before, and what its answers to a key show to be so no more: that it takes this token for
    nothing, that a host does not work for anybody. Of that nothing is known until it is asked again.

    Args:
        answered: ids of the methods.
    """
    own = select(CapabilityState).where(
        CapabilityState.key_id == key.id, CapabilityState.status == CapabilityStatus.DENIED
    )
    over = [state for state in _before(session, own, now) if is_whole_refusal(state.diagnosis)]
    for state in _before(session, _failures_of_others(key), now):
        said = state.diagnosis or {}
        code, cause = str(said.get("code", "")), str(said.get("cause", ""))
        if code in incidents.SHARED and any(
            incidents.ends(code, cause, state.capability, answered=one) for one in answered
        ):
            over.append(state)
    for state in over:
        capabilities.record(
            session, state.key_id, state.capability, CapabilityStatus.UNKNOWN, "token", now=now
        )


def _failures_of_others(key: Key) -> SelectOfScalar[CapabilityState]:
    """Who is just being told anew is left out: two imports that end at once would wait for each other."""
    return (
        select(CapabilityState)
        .join(Key, col(Key.id) == col(CapabilityState.key_id))
        .where(
            Key.environment == key.environment,
            CapabilityState.key_id != key.id,
            CapabilityState.status == CapabilityStatus.ERROR,
        )
        .with_for_update(skip_locked=True, of=CapabilityState)
    )


def _before(
    session: Session, states: SelectOfScalar[CapabilityState], now: datetime
) -> list[CapabilityState]:
    asked = states.where(col(CapabilityState.checked_at) < now, CapabilityState.evidence == "probe")
    return list(session.exec(asked.execution_options(populate_existing=True)))


def is_whole_refusal(record: Mapping[str, Any] | None) -> bool:
    """Whether a stored failure says that WB takes the whole token for nothing."""
    said = record or {}
    return traits_of(str(said.get("code", "")), str(said.get("cause", ""))).whole_token


def record_failure(session: Session, key: Key, found: Diagnosis, now: datetime, *, asked: bool) -> None:
    """What a failed request, or a request that was not sent, says of its method, or of all of them.

    Args:
        asked: WB has said so; otherwise the token says so.
    """
    assert key.id is not None
    if found.traits.unheard:
        return
    endpoint = str(found.details.get("endpoint") or "")
    for method in CAPABILITIES:
        if found.traits.whole_token or method.id == endpoint:
            evidence = "probe" if asked else "token"
            capabilities.record(
                session, key.id, method.id, status_of(found), evidence, diagnosis=found.to_record(), now=now
            )
