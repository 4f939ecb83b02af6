"""The JSON documents of the contract ("JSON shapes"), made of what is stored and found."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wbcore.api.token import TokenFacts
    from wbcore.guidance.cards import ChecklistView
    from wbcore.store.models import Key, Run, Seller

Document = dict[str, Any]


def instant(moment: datetime | None) -> str | None:
    """ISO 8601 in UTC with a ``Z``, to the second."""
    return None if moment is None else moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def status(diagnoses: Sequence[Mapping[str, Any]]) -> str:
    """``ok``, ``warning`` or ``error``: the worst of the diagnoses."""
    from wbcore.store.states import worst_severity

    return worst_severity(d["severity"] for d in diagnoses)


def token(facts: TokenFacts, now: datetime, diagnoses: Sequence[Mapping[str, Any]]) -> Document:
    return {"valid": True, **facts.to_json(now), "diagnoses": list(diagnoses)}


def unreadable_token(diagnoses: Sequence[Mapping[str, Any]]) -> Document:
    return {"valid": False, "diagnoses": list(diagnoses)}


def seller(row: Seller, called: str) -> Document:
    """``label``: what is shown; it tells apart those of one name."""
    return {"name": row.name, "trade_mark": row.trade_mark, "sid": row.sid, "label": called or row.sid}


def key(
    row: Key, owner: Document, facts: TokenFacts, now: datetime, diagnoses: Sequence[Mapping[str, Any]]
) -> Document:
    return {
        "name": row.name,
        "environment": row.environment,
        "seller": owner,
        "token": token(facts, now, diagnoses),
        "status": status(diagnoses),
        "verified_at": instant(row.verified_at),
        "token_saved_at": instant(row.token_saved_at),
        "diagnoses": list(diagnoses),
    }


def incident(card: ChecklistView) -> Document:
    """An outage: what is told of it once, and whom it concerns; ``whole``: whichever method is asked."""
    from wbcore.guidance.incidents import is_whole

    return {
        "id": card.id,
        "code": card.code,
        "severity": card.severity,
        "title": card.title,
        "summary": card.summary,
        "since": instant(card.opened_at),
        "whole": is_whole(card.code, card.cause),
        "keys": [
            {"key": one.key, "seller": one.seller, "methods": list(one.methods)} for one in card.concerned
        ],
        "steps": _steps(card),
    }


def _steps(card: ChecklistView) -> list[Document]:
    return [
        {
            "id": step.id,
            "text": step.text,
            "url": step.url,
            "done": step.done,
            "verified_by": step.verified_by,
            "route": step.route,
            "not_needed": step.not_needed,
        }
        for step in card.steps
    ]


def told_as(diagnoses: Iterable[Document], card: ChecklistView) -> None:
    """Tells those failures that a key's open checklist is about as it does, with the ways that were gone."""
    for one in diagnoses:
        subject = one["required_category"] or one["details"].get("endpoint") or ""
        if one["code"] == card.code and card.row.subject in ("", subject):
            one.update(title=card.title, summary=_summary(card), steps=_steps(card), other_key=card.other_key)


def _summary(card: ChecklistView) -> str:
    """As the dashboard tells it, but for its button: there is none in a terminal."""
    if card.state != "import_done":
        return card.summary
    from wbcore.guidance.texts import t

    return t(card.lang, "cli-import-done", **card.diagnosis.words(card.lang))


def in_incidents(
    diagnoses: Iterable[Document], name: str, incidents: Sequence[Document]
) -> Iterator[Document]:
    """Marks those of a key's failures that an outage tells of, by its id; gives these outages."""
    for diagnosis in diagnoses:
        met = next((one for one in incidents if _is_part(diagnosis, name, one)), None)
        diagnosis["incident"] = None if met is None else met["id"]
        if met is not None:
            yield met


def _is_part(diagnosis: Document, name: str, incident: Document) -> bool:
    member = next((one for one in incident["keys"] if one["key"] == name), None)
    if member is None or diagnosis["code"] != incident["code"]:
        return False
    endpoint = diagnosis["details"].get("endpoint")
    return incident["whole"] or not endpoint or endpoint in member["methods"]


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
