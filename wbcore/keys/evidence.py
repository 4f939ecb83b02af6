"""What the database knows of a key, as evidence for a diagnosis: the same words of WB have several causes."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import func
from sqlmodel import Session, col, select

from wbcore.api.catalog import METHOD_BY_ID
from wbcore.guidance import sellers
from wbcore.guidance.diagnosis import Evidence
from wbcore.keys import keyring
from wbcore.keys.clients import environment_of, facts_of
from wbcore.store.models import CapabilityState, Key, Run, Seller


def evidence_for(session: Session, key: Key, method_id: str | None = None) -> Evidence:
    """The evidence about one key, and about one method if a diagnosis is to be about that."""
    assert key.id is not None
    method = METHOD_BY_ID.get(method_id or "")
    category = method.category if method else None
    other = keyring.other_key_with(session, key.seller_id, category, key.id) if category else None
    return Evidence(
        now=datetime.now(UTC),
        key_name=key.name,
        facts=facts_of(key),
        environment=environment_of(key),
        worked_until=worked_until(session, key, method_id),
        other_key=other.name if other else None,
        seller_name=sellers.name_of(session, keyring.get_seller(session, key.seller_id)),
        stopped=_stopped(session, key),
        sellers=_sellers(session, key.environment),
    )


def _sellers(session: Session, environment: str) -> int:
    count = select(func.count()).select_from(Seller).where(Seller.environment == environment)
    return session.exec(count).one()


def _stopped(session: Session, key: Key) -> int:
    """How many imports have failed since the token expired."""
    facts, now = facts_of(key), datetime.now(UTC)
    if key.id is None or facts.expires_at is None or not facts.expired(now):
        return 0
    return _failed_since(session, key.id, facts.expires_at)


def _failed_since(session: Session, key_id: int, since: datetime) -> int:
    failed = select(func.count()).select_from(Run)
    failed = failed.where(Run.key_id == key_id, Run.status == "failed", col(Run.created_at) > since)
    return session.exec(failed).one()


def worked_until(session: Session, key: Key, method_id: str | None) -> datetime | None:
    """When this key's present token last did its work at WB.

    Args:
        method_id: that method; None: any of them.
    """
    worked = select(func.max(CapabilityState.worked_at)).where(
        CapabilityState.key_id == key.id, col(CapabilityState.worked_at) >= key.token_saved_at
    )
    if method_id is not None:
        worked = worked.where(CapabilityState.capability == method_id)
    return session.exec(worked).one()
