"""What an operator passes on: a text for WB's support, a message for the cabinet's owner, a developer's pack.

Redacted by construction: each is put together from a list of what may be said, never from everything less
something.
"""

from __future__ import annotations

import platform
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from wbcore import __version__
from wbcore.api.catalog import CATEGORIES, METHOD_BY_ID, WB_DOMAIN, Category
from wbcore.guidance import texts
from wbcore.guidance.diagnosis import Diagnosis
from wbcore.store.models import Checklist, Key, Run

Pack = dict[str, Any]


def _method_line(endpoint: str) -> str:
    method = METHOD_BY_ID.get(endpoint)
    return f"{method.verb} https://{method.host}.{WB_DOMAIN}{method.path}" if method else endpoint


def support_text(diagnosis: Diagnosis, lang: str) -> str:
    """A text for a dialog with WB's support (category API): what they ask for, never the token."""
    details = diagnosis.details
    fields = (
        ("support-method", _method_line(str(details.get("endpoint") or ""))),
        ("support-status", details.get("http_status")),
        ("support-detail", details.get("detail")),
        ("support-request-id", details.get("request_id")),
        ("support-origin", details.get("origin")),
        ("support-code", details.get("wb_code")),
        ("support-time", details.get("timestamp")),
        ("support-categories", diagnosis.words(lang)["present"]),
    )
    lines = [f"{texts.t(lang, key)}: {value}" for key, value in fields if value]
    return "\n".join([texts.t(lang, "support-greeting"), *lines, texts.t(lang, "support-question")])


def messenger_text(diagnosis: Diagnosis, lang: str, link: str = "") -> str:
    """A message to the owner of the cabinet, who may be the only one able to make tokens."""
    steps = [
        f"{n}. {diagnosis.step_text(lang, step.id)}" + (f"\n   {step.url}" if step.url else "")
        for n, step in enumerate(diagnosis.steps, 1)
    ]
    parts = [diagnosis.title(lang), diagnosis.summary(lang), *steps, texts.t(lang, "support-no-token"), link]
    return "\n".join(part for part in parts if part)


def link(checklist_id: str, base: str = "") -> str:
    """The address of a checklist, to be sent on."""
    return f"{base.rstrip('/')}/?checklist={checklist_id}"


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


# --- Which token do I need ----------------------------------------------------------------------------------

GOALS: Final[Mapping[str, tuple[str, ...]]] = {
    "orders": ("marketplace",),
    "statistics": ("statistics",),
    "both": ("marketplace", "statistics"),
}
"""What an operator wants to do -> ids of the categories that it takes."""


@dataclass(frozen=True, slots=True)
class TokenRecipe:
    """How a token is to be made in the cabinet.

    Attributes:
        boxes: all of the cabinet's boxes in its own order, and whether to tick each.
        kind: the type to choose.
        read_only: whether to tick "Только на чтение": this program only reads.
    """

    boxes: tuple[tuple[Category, bool], ...]
    kind: str = "personal"
    read_only: bool = True


def token_recipe(goals: Iterable[str]) -> TokenRecipe:
    """The boxes to tick for what an operator wants to do. Raises KeyError on an unknown goal."""
    needed = {category for goal in goals for category in GOALS[goal]}
    return TokenRecipe(tuple((category, category.id in needed) for category in CATEGORIES))
