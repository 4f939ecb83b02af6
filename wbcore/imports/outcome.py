"""What follows from an import's end: its diagnosis, what it proves of its key, checklists, a line of log."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from wbcore.api.catalog import METHOD_BY_ID
from wbcore.api.errors import WBError
from wbcore.api.token import can_call
from wbcore.guidance import checklist, diagnosis
from wbcore.guidance.diagnosis import Diagnosis
from wbcore.imports.record import LostRun, Record
from wbcore.imports.sources import Stream
from wbcore.keys import acquaintance
from wbcore.keys.clients import environment_of, facts_of
from wbcore.keys.evidence import evidence_for
from wbcore.keys.proofs import record_failure, record_success
from wbcore.store import db
from wbcore.store.models import Key, Run
from wbcore.store.patience import is_passing, patiently


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an import ends: what is stored of it. ``asked``: WB's own answers say so."""

    status: Literal["done", "failed", "cancelled"]
    found: tuple[Diagnosis, ...] = ()
    asked: bool = False


def look_ahead(key: Key, streams: Sequence[Stream]) -> tuple[list[Stream], Outcome | None]:
    """What there is to read, and what this token can't: known before anything is sent, as a refusal costs ten
    requests. A further model that WB's test environment does not have is left out."""

    def look() -> list[tuple[Stream, Diagnosis | None]]:
        with db.session() as session:
            return [(stream, _refusal(session, key, stream.method)) for stream in streams]

    first = streams[0]
    kept = [
        (stream, refusal)
        for stream, refusal in patiently(look)
        if refusal is None or refusal.code != "wrong_environment" or stream.model == first.model
    ]
    refusal = next((refusal for _, refusal in kept if refusal), None)
    return [stream for stream, _ in kept], Outcome("failed", (refusal,)) if refusal else None


def _refusal(session: Session, key: Key, method: str) -> Diagnosis | None:
    """Mostly there is none, and nothing has to be read to know that: each stream would ask five questions."""
    if can_call(facts_of(key), environment_of(key), METHOD_BY_ID[method], datetime.now(UTC)) is None:
        return None
    return diagnosis.preflight(method, evidence_for(session, key, method))


def failed_at_wb(key: Key, error: WBError) -> Outcome:
    """The diagnosis of WB's answer, with all that is known of the key."""
    return Outcome("failed", (diagnosed(key, error),), asked=True)


def diagnosed(key: Key, error: WBError) -> Diagnosis:
    def diagnose() -> Diagnosis:
        with db.session() as session:
            about = None if error.whole_token else error.method_id
            return diagnosis.from_error(error, evidence_for(session, key, about))

    return patiently(diagnose)


def of_all_models(refusals: Mapping[str, Mapping[str, Any]]) -> Outcome:
    """The end of an import that was read to its end but for what WB refused of single models of sale."""
    found = tuple(Diagnosis.from_record(dict(record)) for record in refusals.values())
    return Outcome("failed", found, asked=True) if found else Outcome("done")


def sealed(key: Key) -> Outcome:
    """The secret key is another one than when the token was stored."""
    with db.session() as session:
        return Outcome("failed", (diagnosis.sealed_token(evidence_for(session, key)),))


def failed_here(error: Exception) -> Outcome:
    """Whatever it is: the operator gets a diagnosis, never a run that stays "running"."""
    return Outcome("failed", (diagnosis.unknown_failure(error),))


def conclude(record: Record, key: Key | None, outcome: Outcome, log: logging.Logger) -> None:
    """Ends the run, also where what follows from it fails: it would be taken up again and again.

    Args:
        key: with the token that WB was asked with; None: it was removed before.

    Raises:
        LostRun: another process has taken it over.
        DBAPIError: the database has been away for minutes.
    """
    records = [found.to_record() for found in outcome.found]
    try:
        record.end(outcome.status, records, lambda session, now: _follow(session, now, record, key, outcome))
    except LostRun:
        raise
    except Exception as error:
        if isinstance(error, DBAPIError) and is_passing(error):
            raise
        log.exception("what follows from an import's end failed", extra=about(record.row))
        record.end(outcome.status, records, lambda _session, _now: None)
    _log_end(record.row, outcome, log)
    if record.row.status == "done" and record.row.key_id is not None:
        acquaintance.learn_seller(record.row.key_id)


def _follow(
    session: Session, now: datetime, record: Record, asked_with: Key | None, outcome: Outcome
) -> None:
    """An import is a proof of what its key can do, unless the key has another token by now."""
    key = session.get(Key, record.row.key_id) if record.row.key_id else None
    if key is None:
        return
    if asked_with is not None and asked_with.fingerprint == key.fingerprint:
        _prove(session, now, key, record, outcome)
    for found in outcome.found:
        checklist.open_or_update(session, found, key, record.row.id)
    session.flush()
    checklist.refresh(session, key.id)


def _prove(session: Session, now: datetime, key: Key, record: Record, outcome: Outcome) -> None:
    refused = {found.details.get("endpoint") for found in outcome.found} if outcome.asked else set()
    record_success(session, key, (method for method in record.used if method not in refused), now)
    if record.used:
        key.verified_at = now
        session.add(key)
    for found in outcome.found:
        record_failure(session, key, found, now, asked=outcome.asked)


def _log_end(row: Run, outcome: Outcome, log: logging.Logger) -> None:
    """One line with the counts when it went well; the full diagnosis when it did not."""
    names = ("status", "fetched", "created", "updated", "unchanged", "rejected", "requests")
    counts = {name: getattr(row, name) for name in names}
    counts |= {"waited_s": round(row.waited_s, 3), "duration_s": round(row.duration_s, 3)}
    if outcome.found:
        found = [one.to_json("en") for one in outcome.found]
        log.error("import failed", extra=about(row, **counts, diagnoses=found))
    else:
        log.info("import %s", row.status, extra=about(row, **counts))


def about(row: Run, **facts: Any) -> dict[str, Any]:
    """The ``extra`` of a log line about an import."""
    return {"data": {"run_id": row.id, "key": row.key_name, "source": row.source, **facts}}
