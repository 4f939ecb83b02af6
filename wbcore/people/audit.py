"""What was done, by whom, from where, with what outcome: an append-only chain of entries.

An entry is written in the transaction of what it tells, so that neither is there without the other. Each
holds the hash over itself and the one before; the table's triggers let no row be changed or removed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import func, update
from sqlmodel import Session, col, select

from wbcore.people.actor import Actor
from wbcore.store.models import AuditEntry, AuditHead, utc_now

DONE: Final = "done"
REFUSED: Final = "refused"
FAILED: Final = "failed"
_BATCH: Final = 1000
PERIOD: Final = timedelta(hours=1)
OF_ONE: Final = 50
"""Refusals of one person, or one address, and one kind that are noted in an hour; the last one says so."""
OF_ALL: Final = 1000
"""The same of everybody together: whoever has many addresses fills no disk."""


def record(
    session: Session,
    actor: Actor,
    action: str,
    subject: str = "",
    *,
    outcome: str = DONE,
    **details: Any,
) -> None:
    """Appends an entry; the caller commits it with what it tells of.

    Args:
        action: a word of ``audit-*`` in the texts, for example ``key_added``.
        subject: the name of what it was done to. Never a token, an address of alerts, or a buyer's data.
        details: JSON-able; no secrets here either.
    """
    # Before the end of the chain is read: from here on others wait, and entries come one by one.
    session.execute(update(AuditHead).values(id=AuditHead.id))
    head = session.exec(select(AuditHead).execution_options(populate_existing=True)).one()
    entry = AuditEntry(
        id=head.last_id + 1,
        at=utc_now(),
        user_id=actor.user_id,
        who=actor.name,
        origin=actor.origin,
        action=action,
        subject=subject,
        outcome=outcome,
        details=json.dumps(details, ensure_ascii=False, sort_keys=True, default=str),
        digest="",
    )
    entry.digest = _digest(head.digest, entry)
    head.last_id, head.digest = head.last_id + 1, entry.digest
    session.add(entry)
    session.add(head)
    session.flush()


def record_refusal(session: Session, actor: Actor, action: str, subject: str = "", **details: Any) -> None:
    """As ``record`` for what was tried in vain, so often as it says something; the caller commits."""
    now = utc_now()  # what is still to come was noted by a clock that was ahead
    since = (col(AuditEntry.at).between(now - PERIOD, now + PERIOD), AuditEntry.outcome == REFUSED)
    same = (
        AuditEntry.action == action,
        AuditEntry.subject == subject,
        AuditEntry.who == actor.name,
        AuditEntry.origin == actor.origin,
    )
    theirs, all_of_them = _count(session, *since, *same), _count(session, *since)
    if theirs >= OF_ONE or all_of_them >= OF_ALL:
        return
    if theirs + 1 == OF_ONE or all_of_them + 1 == OF_ALL:
        details["further_ones"] = "not noted"
    record(session, actor, action, subject, outcome=REFUSED, **details)


def _count(session: Session, *conditions: Any) -> int:
    return session.exec(select(func.count()).select_from(AuditEntry).where(*conditions)).one()


def _digest(before: str, entry: AuditEntry) -> str:
    told = (
        entry.id,
        entry.at.isoformat(timespec="microseconds"),
        entry.user_id,
        entry.who,
        entry.origin,
        entry.action,
        entry.subject,
        entry.outcome,
        entry.details,
    )
    return hashlib.sha256(f"{before}\n{json.dumps(told, ensure_ascii=False)}".encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the chain holds.

    Attributes:
        entries: how many were looked at.
        broken_at: id of the first entry that does not follow from the one before; None: all do.
    """

    entries: int
    broken_at: int | None = None


def verify(session: Session) -> Verdict:
    """Reads the whole chain and recomputes it."""
    before, expected = "", 1
    while True:
        last = expected
        for entry in entries(session, after=expected - 1):
            if entry.id != expected or entry.digest != _digest(before, entry):
                return Verdict(expected - 1, entry.id if entry.id == expected else expected)
            before, expected = entry.digest, expected + 1
        session.expire_all()
        head = session.exec(select(AuditHead)).one()
        if (head.last_id, head.digest) == (expected - 1, before):
            return Verdict(expected - 1)
        if expected == last:  # otherwise others have added to it meanwhile: what they did is read, too
            return Verdict(expected - 1, expected)


def entries(session: Session, after: int = 0) -> Iterator[AuditEntry]:
    """All entries behind an id, from the first one on, in batches."""
    while True:
        query = select(AuditEntry).where(col(AuditEntry.id) > after).order_by(col(AuditEntry.id))
        rows = session.exec(query.limit(_BATCH)).all()
        yield from rows
        if not rows or rows[-1].id is None:
            return
        after = rows[-1].id
        session.expunge_all()


def latest(session: Session, *, before: int | None = None, limit: int = 50) -> list[AuditEntry]:
    """The newest entries, or those before an id: a page at the cost of itself, however long the chain is."""
    query = select(AuditEntry).order_by(col(AuditEntry.id).desc()).limit(limit)
    if before is not None:
        query = query.where(col(AuditEntry.id) < before)
    return list(session.exec(query).all())


def document(entry: AuditEntry) -> Mapping[str, Any]:
    """An entry for an export."""
    return {
        "id": entry.id,
        "at": _iso(entry.at),
        "user_id": entry.user_id,
        "who": entry.who,
        "origin": entry.origin,
        "action": entry.action,
        "subject": entry.subject,
        "outcome": entry.outcome,
        "details": json.loads(entry.details),
        "digest": entry.digest,
    }


def _iso(at: datetime) -> str:
    return at.isoformat(timespec="microseconds").replace("+00:00", "Z")
