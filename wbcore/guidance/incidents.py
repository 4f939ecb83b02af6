"""One outage, one checklist: failures that are not one key's, with the keys and methods that met them.

An incident is a checklist without a key. Its ``members`` say whom it concerns: key, method, failed import.
"""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from sqlmodel import Session, col, delete, select

from wbcore.api.catalog import METHOD_BY_ID
from wbcore.guidance.diagnosis import Diagnosis
from wbcore.store import visibility
from wbcore.store.models import CapabilityState, Checklist, ChecklistKey, Key

EVERYWHERE: Final = frozenset({"network_unreachable"})
"""The way to WB is cut, whichever host was asked: any answer shows that it is open again."""
OF_A_HOST: Final = frozenset({"wb_unavailable", "unexpected_response"})
"""An answer of another method of the same host shows that it works again."""
OF_A_METHOD: Final = frozenset({"method_disabled", "endpoint_retired"})
SHARED: Final = EVERYWHERE | OF_A_HOST | OF_A_METHOD
"""Failures in which no key and no token has a part."""
SHAPES: Final = frozenset({"wrong_shape", "too_large"})
"""Causes of a host's failure that are one method's."""
DENIALS: Final = frozenset(
    {
        ("access_denied", ""),
        ("access_denied", "used_to_work"),
        ("scope_missing", "used_to_work"),
        ("scope_missing", "bits_say_yes"),
    }
)
"""Refusals that are a key's, unless many keys meet the same one at once."""
_OF_ALL: Final = ("http_status", "title")
_OF_ONE: Final = frozenset({"key", "seller", "of_seller", "other_key", "other_seller", "excerpt", "link"})
MANY: Final = 3
TOGETHER: Final = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Member:
    """A key whose method fails in an incident.

    Attributes:
        last: when it was met last.
        run_id: the import that failed; None: a check has met it.
    """

    key_id: int
    method: str
    since: datetime
    last: datetime
    run_id: str | None = None

    def to_record(self) -> dict[str, Any]:
        return {
            "key_id": self.key_id,
            "method": self.method,
            "since": self.since.isoformat(),
            "last": self.last.isoformat(),
            "run_id": self.run_id,
        }


def members(row: Checklist) -> list[Member]:
    return [
        Member(
            key_id=int(one["key_id"]),
            method=str(one["method"]),
            since=datetime.fromisoformat(one["since"]),
            last=datetime.fromisoformat(one["last"]),
            run_id=one.get("run_id"),
        )
        for one in row.members
    ]


def subject_of(diagnosis: Diagnosis, environment: str) -> str | None:
    """What an outage is about, so that one outage has one checklist; None: the failure is a key's own."""
    endpoint = str(diagnosis.details.get("endpoint") or "")
    if diagnosis.code in EVERYWHERE:
        return environment
    if diagnosis.code in OF_A_METHOD or diagnosis.cause in SHAPES:
        return f"{environment}:{endpoint}"
    if diagnosis.code in OF_A_HOST:
        return f"{environment}:{diagnosis.cause}"
    return None


def is_outage(row: Checklist) -> bool:
    """Whether it is Wildberries' or the way's to it, and no key has a part in it."""
    return row.key_id is None and row.code in SHARED


def is_whole(code: str, cause: str) -> bool:
    """Whether an outage is met whichever method is asked."""
    return code in EVERYWHERE | OF_A_HOST and cause not in SHAPES


def is_denial(diagnosis: Diagnosis) -> bool:
    return (diagnosis.code, diagnosis.cause) in DENIALS


def same_denials(
    session: Session, diagnosis: Diagnosis, subject: str, key: Key, now: datetime
) -> list[Checklist]:
    """Open checklists of other keys of this environment that tell of the same refusal, met just now."""
    query = (
        select(Checklist)
        .join(Key, col(Key.id) == col(Checklist.key_id))
        .where(
            Checklist.code == diagnosis.code,
            Checklist.subject == subject,
            Key.environment == key.environment,
            Key.id != key.id,
            Checklist.severity == "error",
            col(Checklist.closed_at).is_(None),
            col(Checklist.updated_at) > now - TOGETHER,
        )
    )
    return [row for row in session.exec(query) if row.diagnosis.get("cause", "") == diagnosis.cause]


def with_member(
    row: Checklist, key_id: int, method: str, run_id: str | None, now: datetime
) -> list[dict[str, Any]]:
    """The members with one more, or with the news of one that is there."""
    known = {(m.key_id, m.method): m for m in members(row)}
    before = known.get((key_id, method))
    known[key_id, method] = Member(
        key_id=key_id,
        method=method,
        since=before.since if before else now,
        last=now,
        run_id=run_id or (before.run_id if before else None),
    )
    return [member.to_record() for member in known.values()]


def keep_keys(session: Session, row: Checklist) -> None:
    """Keeps by key whom an incident concerns, as the limits of sellers ask for it."""
    of_row = select(ChecklistKey.key_id).where(ChecklistKey.checklist_id == row.id)
    kept, now = set(session.exec(of_row)), {m.key_id for m in existing(session, members(row))}
    for key_id in now - kept:
        session.add(ChecklistKey(checklist_id=row.id, key_id=key_id))
    if kept - now:
        gone = col(ChecklistKey.key_id).in_(kept - now)
        session.exec(delete(ChecklistKey).where(col(ChecklistKey.checklist_id) == row.id, gone))


def concerns_others(session: Session, row: Checklist) -> bool:
    """Whether an incident is also about keys that this session does not see."""
    if row.key_id is not None or not visibility.is_limited(session):
        return False
    return bool(_unseen(session, [row.id]))


def _unseen(session: Session, ids: Collection[str]) -> set[str]:
    """Those of some incidents that also concern a key which is there, and which this session does not see."""
    of_rows = select(ChecklistKey.checklist_id, ChecklistKey.key_id)
    listed = session.connection().execute(of_rows.where(col(ChecklistKey.checklist_id).in_(ids))).all()
    seen = set(session.exec(select(Key.id).where(col(Key.id).in_({key_id for _, key_id in listed}))))
    return {checklist_id for checklist_id, key_id in listed if key_id not in seen}


def with_unseen(session: Session, rows: Iterable[Checklist]) -> set[str]:
    """As ``concerns_others``, of many: the checklists' ids."""
    ids = [row.id for row in rows if row.key_id is None]
    return _unseen(session, ids) if ids and visibility.is_limited(session) else set()


def within_sight(row: Checklist, keys: Container[int]) -> Checklist:
    """An incident for whoever knows only some of its keys: nothing in it is of the others.

    What WB has said may have been said to another seller: the method, the answer's number, the import.
    """
    seen = [m for m in members(row) if m.key_id in keys]
    told = Diagnosis.from_record(row.diagnosis)
    own = next((m for m in seen if m.method == told.details.get("endpoint")), seen[-1] if seen else None)
    details: dict[str, Any] = {name: told.details[name] for name in _OF_ALL if name in told.details}
    details["endpoint"] = own.method if own else ""
    params = {name: "" if name in _OF_ONE else value for name, value in told.params.items()}
    return Checklist(
        **{
            **row.model_dump(),
            "members": [m.to_record() for m in seen],
            "diagnosis": replace(told, details=details, params=params).to_record(),
            "run_id": own.run_id if own else None,
            "past": [{**one, "word": ""} for one in row.past],
        }
    )


def met_last(row: Checklist, key_id: int) -> datetime:
    """When a key met a problem last: of an outage not when the others did."""
    return max((m.last for m in members(row) if m.key_id == key_id), default=row.updated_at)


def existing(session: Session, found: Iterable[Member]) -> list[Member]:
    """Those whose key has not been removed."""
    listed = list(found)
    ids = {m.key_id for m in listed}
    there = set(session.exec(select(Key.id).where(col(Key.id).in_(ids))).all()) if ids else set()
    return [m for m in listed if m.key_id in there]


def answered_since(session: Session, row: Checklist, member: Member) -> bool:
    """Whether WB has answered since, as far as this kind of outage is concerned."""
    query = (
        select(CapabilityState)
        .join(Key, col(Key.id) == col(CapabilityState.key_id))
        .where(
            Key.environment == row.environment,
            CapabilityState.status == "ok",
            CapabilityState.evidence == "probe",
            col(CapabilityState.checked_at) > member.last,
        )
    )
    if row.code not in SHARED:
        query = query.where(CapabilityState.key_id == member.key_id)
    cause = str(row.diagnosis.get("cause") or "")
    return any(
        ends(row.code, cause, member.method, answered=state.capability)
        for state in session.exec(query.execution_options(populate_existing=True))
    )


def ends(code: str, cause: str, failed: str, *, answered: str) -> bool:
    """Whether WB's answer to a method shows that a failure of one, which is no single key's, is over.

    Args:
        failed: id of the method that failed.
    """
    if code in EVERYWHERE or answered == failed:
        return True
    one, other = METHOD_BY_ID.get(failed), METHOD_BY_ID.get(answered)
    same_host = one is not None and other is not None and one.host == other.host
    return code in OF_A_HOST and cause not in SHAPES and same_host
