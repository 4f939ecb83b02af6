"""What a request or an import has proven of a key's capabilities, written to its health."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Final

from sqlmodel import Session

from wbcore.api.catalog import CAPABILITIES, METHOD_BY_ID
from wbcore.guidance.diagnosis import Diagnosis
from wbcore.store import health
from wbcore.store.models import Key

STATUS_OF_CODE: Final[Mapping[str, str]] = MappingProxyType(
    {
        "scope_missing": "denied",
        "token_expired": "denied",
        "token_malformed": "denied",
        "token_withdrawn": "denied",
        "token_read_only": "denied",
        "wrong_environment": "denied",
        "token_type_not_allowed": "denied",
        "access_denied": "denied",
        "payment_required": "denied",
        "endpoint_retired": "error",
        "method_disabled": "error",
        "bad_request": "error",
        "wb_unavailable": "error",
        "unexpected_response": "error",
        "network_unreachable": "unknown",
        "rate_limited": "unknown",
        "unknown": "error",
    }
)
"""What a failure of each code says of the capability."""

WHOLE_TOKEN: Final = frozenset({"token_expired", "token_malformed", "token_withdrawn"})
"""Failures that are the token's, so they hold for all its capabilities."""

UNHEARD: Final = frozenset({"network_unreachable", "rate_limited"})
"""Failures after which we know no more than before: an earlier proof stands."""


def record_success(
    session: Session, key: Key, method_id: str, now: datetime, latency_ms: int | None = None
) -> None:
    """WB has answered a method of this key."""
    assert key.id is not None
    if METHOD_BY_ID[method_id].capability:
        health.record(session, key.id, method_id, "ok", "probe", latency_ms=latency_ms, now=now)


def record_failure(session: Session, key: Key, found: Diagnosis, now: datetime, *, asked: bool) -> None:
    """What a failed request, or a request that was not sent, says of its method, or of all of them.

    Args:
        asked: WB has said so; otherwise the token says so.
    """
    assert key.id is not None
    if found.code in UNHEARD:
        return
    endpoint = str(found.details.get("endpoint") or "")
    every = found.code in WHOLE_TOKEN
    for method in CAPABILITIES:
        if every or method.id == endpoint:
            status = STATUS_OF_CODE.get(found.code, "error")
            evidence = "probe" if asked else "token"
            health.record(session, key.id, method.id, status, evidence, diagnosis=found.to_record(), now=now)
