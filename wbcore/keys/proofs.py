"""What a request or an import has proven of a key's capabilities, written to its health."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from wbcore.api.catalog import CAPABILITIES, METHOD_BY_ID
from wbcore.guidance.diagnosis import Diagnosis
from wbcore.keys import capabilities
from wbcore.store.models import Key
from wbcore.store.states import CapabilityStatus


def status_of(found: Diagnosis) -> CapabilityStatus:
    """What a failure says of the capability."""
    if found.traits.unheard:
        return CapabilityStatus.UNKNOWN
    return CapabilityStatus.DENIED if found.traits.denies else CapabilityStatus.ERROR


def record_success(
    session: Session, key: Key, method_id: str, now: datetime, latency_ms: int | None = None
) -> None:
    """WB has answered a method of this key."""
    assert key.id is not None
    if METHOD_BY_ID[method_id].capability:
        capabilities.record(
            session, key.id, method_id, CapabilityStatus.OK, "probe", latency_ms=latency_ms, now=now
        )


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
