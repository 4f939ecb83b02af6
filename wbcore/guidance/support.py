"""What an operator passes on: a text for WB's support, a message for the cabinet's owner, a developer's pack.

Redacted by construction: each is put together from a list of what may be said, never from everything less
something.
"""

from __future__ import annotations

import platform
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from wbcore import __version__
from wbcore.api.catalog import (
    CABINET_TOKENS_URL,
    METHOD_BY_ID,
    PING,
    SANDBOX_HOSTS,
    WB_DOMAIN,
    ping_method,
)
from wbcore.guidance import texts, window
from wbcore.guidance.diagnosis import Diagnosis
from wbcore.store.models import Checklist, Key, Run

Pack = dict[str, Any]


def _method_line(diagnosis: Diagnosis) -> str:
    """The method with the address that the request went to: a test token's goes to WB's sandbox hosts."""
    endpoint = str(diagnosis.details.get("endpoint") or "")
    is_ping = endpoint.startswith(PING)
    method = ping_method(endpoint.removeprefix(PING)) if is_ping else METHOD_BY_ID.get(endpoint)
    if method is None:
        return endpoint
    test = diagnosis.params.get("environment") == "test" and method.works_in("test")
    host = SANDBOX_HOSTS[method.host] if test else method.host
    return f"{method.verb} https://{host}.{WB_DOMAIN}{method.path}"


def support_text(diagnosis: Diagnosis, lang: str) -> str:
    """A text for a dialog with WB's support (category API): what has happened and nothing else, no token.

    "" where WB has nothing to do with it.
    """
    if diagnosis.cause == "internal":
        return ""
    details = diagnosis.details
    endpoint = _method_line(diagnosis)
    answered = details.get("http_status") is not None
    if not answered and diagnosis.code not in NO_ANSWER:
        if diagnosis.severity != "error":
            return ""  # nothing has failed yet
        # Nothing was sent: there is nothing that WB could look for in its logs.
        lines = [f"{texts.t(lang, 'support-method')}: {endpoint}"] if endpoint else []
        lines.append(texts.t(lang, "support-not-sent", problem=diagnosis.problem(lang)))
        return "\n".join(
            [texts.t(lang, "support-greeting-question"), *lines, _categories_line(diagnosis, lang)]
        )
    fields = (
        ("support-method", endpoint),
        ("support-status", details.get("http_status")),
        ("support-detail", details.get("detail")),
        ("support-request-id", details.get("request_id")),
        ("support-origin", details.get("origin")),
        ("support-code", details.get("wb_code")),
        ("support-time", details.get("timestamp")),
    )
    lines = [f"{texts.t(lang, key)}: {value}" for key, value in fields if value]
    if not answered:
        lines.append(texts.t(lang, "support-no-answer"))
    lines.append(_categories_line(diagnosis, lang))
    return "\n".join([texts.t(lang, "support-greeting"), *lines, texts.t(lang, "support-question")])


NO_ANSWER: Final = frozenset({"network_unreachable", "wb_unavailable", "unexpected_response"})
"""Failures without a status that all the same came after a request."""


def _categories_line(diagnosis: Diagnosis, lang: str) -> str:
    return f"{texts.t(lang, 'support-categories')}: {diagnosis.words(lang)['present']}"


def owner_text(diagnosis: Diagnosis, lang: str) -> str:
    """A message to the owner of the cabinet, complete in itself: the owner may have no WB Desk.

    What to press in the cabinet with the exact boxes, where a token is to be made; else what to look at; ""
    where the owner can do nothing about it.
    """
    made = next((c for s in diagnosis.steps if (c := diagnosis.window(s.id)) is not None), None)
    if made is not None:
        first, *presses = window.path(made, lang)
        steps = [f"{first}: {CABINET_TOKENS_URL}", *presses]
    else:
        theirs = [s for s in diagnosis.steps if s.id in OF_THE_OWNER]
        steps = [diagnosis.step_text(lang, s.id) + (f"\n   {s.url}" if s.url else "") for s in theirs]
    if not steps:
        return ""
    numbered = [f"{n}. {line}" for n, line in enumerate(steps, 1)] if len(steps) > 1 else steps
    parts = [
        texts.t(lang, "owner-greeting"),
        diagnosis.title(lang) + ".",
        texts.t(lang, "owner-do-token" if made is not None else "owner-do"),
        *numbered,
        *([texts.t(lang, "owner-no-chat")] if made is not None else []),
    ]
    return "\n".join(parts)


OF_THE_OWNER: Final = frozenset({"look_in_cabinet", "check_role", "check_seller_active", "check_seller"})
"""Steps that the owner of the cabinet can do, without WB Desk."""


def link(checklist_id: str, base: str | None) -> str:
    """The address of a checklist, to be sent on; "" where the dashboard has none that others can open."""
    return f"{base.rstrip('/')}/?checklist={checklist_id}" if base else ""


_DETAILS: Final = (
    "endpoint",
    "http_status",
    "title",
    "detail",
    "origin",
    "wb_code",
    "request_id",
    "timestamp",
)
_FACTS: Final = ("kind", "test", "read_only", "categories", "unknown_bits", "unknown_claims", "expires_at")
_RUN: Final = (
    "source",
    "status",
    "fetched",
    "created",
    "updated",
    "unchanged",
    "rejected",
    "requests",
    "waited_s",
)
_PARAMS: Final = ("worked_until", "expires_at", "days", "kind", "wait", "until", "length", "stopped")


def support_pack(row: Checklist, key: Key | None, runs: Iterable[Run]) -> Pack:
    """A JSON for a developer: the diagnosis, the token's facts, versions, the last runs."""
    diagnosis = Diagnosis.from_record(row.diagnosis)
    facts: Mapping[str, Any] = key.facts if key is not None else {}
    return {
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "versions": {
            "wb_desk": __version__,
            "python": platform.python_version(),
            "system": platform.system(),
        },
        "diagnosis": {
            "code": diagnosis.code,
            "cause": diagnosis.cause,
            "severity": diagnosis.severity,
            "required_category": diagnosis.required_category,
            "present_categories": list(diagnosis.present_categories),
            "params": _only(diagnosis.params, _PARAMS),
            "details": _only(diagnosis.details, _DETAILS),
            "steps": {s.id: bool((row.ticks.get(s.id) or {}).get("done")) for s in diagnosis.steps},
        },
        "token": {**_only(facts, _FACTS), "environment": key.environment if key is not None else None},
        "runs": [_only(run.model_dump(), _RUN) for run in runs],
    }


def _only(values: Mapping[str, Any], allowed: Iterable[str]) -> Pack:
    return {name: values[name] for name in allowed if name in values}
