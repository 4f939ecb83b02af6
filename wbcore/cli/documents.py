"""The JSON documents of the contract ("JSON shapes"), made of what is stored and found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wbcore.api.token import TokenFacts
    from wbcore.store.models import Key, Run, Seller

Document = dict[str, Any]

SEVERITIES = ("ok", "info", "warning", "error")


def instant(moment: datetime | None) -> str | None:
    """ISO 8601 in UTC with a ``Z``, to the second."""
    return None if moment is None else moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def status(diagnoses: Sequence[Mapping[str, Any]]) -> str:
    """``ok``, ``warning`` or ``error``: the worst of the diagnoses."""
    worst = max((SEVERITIES.index(d["severity"]) for d in diagnoses), default=0)
    return "ok" if SEVERITIES[worst] == "info" else SEVERITIES[worst]


def token(facts: TokenFacts, now: datetime, diagnoses: Sequence[Mapping[str, Any]]) -> Document:
    return {"valid": True, **facts.to_json(now), "diagnoses": list(diagnoses)}


def unreadable_token(diagnoses: Sequence[Mapping[str, Any]]) -> Document:
    return {"valid": False, "diagnoses": list(diagnoses)}


def seller(row: Seller) -> Document:
    return {"name": row.name, "trade_mark": row.trade_mark, "sid": row.sid}


def key(
    row: Key, owner: Seller, facts: TokenFacts, now: datetime, diagnoses: Sequence[Mapping[str, Any]]
) -> Document:
    return {
        "name": row.name,
        "environment": row.environment,
        "seller": seller(owner),
        "token": token(facts, now, diagnoses),
        "status": status(diagnoses),
        "verified_at": instant(row.verified_at),
        "token_saved_at": instant(row.token_saved_at),
        "diagnoses": list(diagnoses),
    }


def run(row: Run, diagnoses: Sequence[Mapping[str, Any]]) -> Document:
    return {
        "run_id": row.id,
        "key": row.key_name,
        "status": row.status,
        "source": row.source,
        "started_at": instant(row.started_at or row.created_at),
        "finished_at": instant(row.finished_at),
        "fetched": row.fetched,
        "created": row.created,
        "updated": row.updated,
        "unchanged": row.unchanged,
        "rejected": row.rejected,
        "requests": row.requests,
        "waited_s": round(row.waited_s, 3),
        "duration_s": round(row.duration_s, 3),
        "diagnoses": list(diagnoses),
    }
