"""From a failure to a diagnosis: WB's error or a token's facts, weighed against what else is known.

A Diagnosis carries no sentence: a code, a cause and parameters, so that it can be stored, compared and read
in any language. The same words of WB have several causes; ``Evidence`` tells them apart.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any, Final

from wbcore.api.catalog import CATEGORY_BY_ID, METHOD_BY_ID, Environment, Method
from wbcore.api.errors import (
    NetworkError,
    RateLimitedError,
    ScopeError,
    TokenTypeError,
    UnexpectedResponseError,
    WBError,
)
from wbcore.api.token import TokenFacts, TokenUnreadable, can_call
from wbcore.guidance import texts
from wbcore.guidance.catalog import CODES, Severity, VerifiedBy

EXPIRING_DAYS: Final = 30
"""From this many days before a token's end it is warned of."""

Record = dict[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """One step of the way out; its text is ``step-<id>``."""

    id: str
    verified_by: VerifiedBy
    url: str | None = None
    done: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Diagnosis:
    """What happened, why, and what leads out, without language.

    Attributes:
        cause: which of the code's causes; "" when it has only one.
        params: values of the texts' placeholders, JSON-able; instants in ISO 8601, durations in seconds.
        details: WB's answer: endpoint, http_status, detail, origin, wb_code, request_id, timestamp.
    """

    code: str
    severity: Severity
    cause: str = ""
    params: Record = field(default_factory=dict)
    required_category: str | None = None
    present_categories: tuple[str, ...] = ()
    steps: tuple[Step, ...] = ()
    details: Record = field(default_factory=dict)

    def title(self, lang: str) -> str:
        return texts.t(lang, f"diag-{self.code}-title", **self.words(lang))

    def summary(self, lang: str) -> str:
        variant = f"diag-{self.code}-{self.cause}"
        key = variant if self.cause and texts.has(lang, variant) else f"diag-{self.code}-summary"
        return texts.t(lang, key, **self.words(lang))

    def step_text(self, lang: str, step_id: str) -> str:
        return texts.t(lang, f"step-{step_id}", **self.words(lang))

    def words(self, lang: str) -> dict[str, Any]:
        """The parameters as people read them."""
        known: Record = {
            "category": self.required_category,
            "present": self.present_categories,
            "method": self.details.get("endpoint"),
            "detail": self.details.get("detail") or "",
            "status": self.details.get("http_status") or "",
            **self.params,
        }
        # Fluent chooses by words: whether there is a key's name, a category's, to be put into the sentence.
        known["named"] = "yes" if known.get("key") else "no"
        known["scoped"] = "yes" if known["category"] else "no"
        return {name: _READERS.get(name, _as_it_is)(lang, value) for name, value in known.items()}

    def to_json(self, lang: str) -> Record:
        """The contract's shape, in a language."""
        return {
            "code": self.code,
            "severity": self.severity,
            "cause": self.cause,
            "title": self.title(lang),
            "summary": self.summary(lang),
            "required_category": self.required_category,
            "present_categories": list(self.present_categories),
            "steps": [
                {
                    "id": step.id,
                    "text": self.step_text(lang, step.id),
                    "url": step.url,
                    "done": step.done,
                    "verified_by": step.verified_by,
                }
                for step in self.steps
            ],
            "details": dict(self.details),
        }

    def to_record(self) -> Record:
        """For the database; ``from_record`` reads it back."""
        record = asdict(self)
        record["present_categories"] = list(self.present_categories)
        record["steps"] = [asdict(step) for step in self.steps]
        return record

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Diagnosis:
        """Raises KeyError or TypeError on what ``to_record`` has not written."""
        return cls(
            **{
                **record,
                "present_categories": tuple(record["present_categories"]),
                "steps": tuple(Step(**step) for step in record["steps"]),
            }
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Evidence:
    """What is known beside the failure.

    Attributes:
        facts: of the token that was used; None when it could not be read.
        key_saved_at: when the token was stored under its key.
        worked_until: the last success of this method, or of this key.
        other_key: name of another key of the same seller that has the category.
        stopped: how many imports of this key have failed since.
    """

    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    key_name: str = ""
    facts: TokenFacts | None = None
    environment: Environment = "production"
    key_saved_at: datetime | None = None
    worked_until: datetime | None = None
    other_key: str | None = None
    seller_name: str = ""
    stopped: int = 0


# --- From an error ------------------------------------------------------------------------------------------


def from_error(error: WBError, evidence: Evidence) -> Diagnosis:
    """The diagnosis of an answer of WB, or of no answer. Never fails, whatever WB has sent."""
    code, cause = _code_of(error, evidence)
    method = METHOD_BY_ID.get(error.method_id)
    return _diagnosis(
        code,
        cause,
        evidence,
        category=_category_of(error.method_id, method),
        params=_params_of(error, evidence),
        details=_details_of(error),
    )


def _code_of(error: WBError, evidence: Evidence) -> tuple[str, str]:
    """WB's words and the evidence, as a code and a cause."""
    facts = evidence.facts
    if isinstance(error, (ScopeError, TokenTypeError)) and facts is not None:
        wrong_place = _wrong_environment(facts, evidence, error)
        if wrong_place:
            return "wrong_environment", wrong_place
    if isinstance(error, ScopeError):
        return "scope_missing", _scope_cause(error, evidence)
    finder = _CAUSES.get(error.code)
    return error.code, finder(error, evidence) if finder else ""


def _wrong_environment(facts: TokenFacts, evidence: Evidence, error: WBError) -> str:
    """A token of the other environment meets the same words: the claim ``t`` tells them apart."""
    sent_to_test = evidence.environment == "test" and error.http_status is not None
    if facts.test and not sent_to_test:
        return "test_on_production"
    if not facts.test and sent_to_test:
        return "production_on_test"
    return ""


def _scope_cause(error: WBError, evidence: Evidence) -> str:
    method = METHOD_BY_ID.get(error.method_id)
    category = _category_of(error.method_id, method)
    has_it = evidence.facts is not None and category is not None and evidence.facts.allows(category)
    if evidence.worked_until is not None and has_it:
        return "used_to_work"
    if has_it:
        return "bits_say_yes"
    return "other_key_has_it" if evidence.other_key else "category_missing"


def _network_cause(error: WBError, _evidence: Evidence) -> str:
    return error.reason if isinstance(error, NetworkError) else "other"


def _unexpected_cause(error: WBError, _evidence: Evidence) -> str:
    return error.reason if isinstance(error, UnexpectedResponseError) else "not_json"


def _quota_cause(_error: WBError, evidence: Evidence) -> str:
    return "basic_quota" if evidence.facts is not None and evidence.facts.kind == "basic" else "burst"


def _expiry_cause(_error: WBError, evidence: Evidence) -> str:
    return "expired_since" if evidence.facts is not None and evidence.facts.expires_at else "said_by_wb"


_CAUSES: Final[Mapping[str, Callable[[WBError, Evidence], str]]] = MappingProxyType(
    {
        "network_unreachable": _network_cause,
        "unexpected_response": _unexpected_cause,
        "rate_limited": _quota_cause,
        "token_expired": _expiry_cause,
        "token_malformed": lambda error, evidence: "said_by_wb",
        "token_type_not_allowed": lambda error, evidence: "closed",
        "unknown": lambda error, evidence: "answer",
    }
)


def _params_of(error: WBError, evidence: Evidence) -> Record:
    params: Record = {"excerpt": error.excerpt or error.detail or error.title}
    if isinstance(error, RateLimitedError):
        params["wait"] = error.retry_after_s
        params["until"] = _iso(evidence.now + timedelta(seconds=min(error.retry_after_s, 10**8)))
    return params


_NO_ANSWER: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "endpoint": None,
        "http_status": None,
        "title": "",
        "detail": "",
        "origin": "",
        "wb_code": "",
        "request_id": "",
        "timestamp": "",
    }
)
"""The details of a diagnosis that no answer of WB has led to."""


def _details_of(error: WBError) -> Record:
    return {
        "endpoint": error.method_id,
        "http_status": error.http_status,
        "title": error.title,
        "detail": error.detail,
        "origin": error.origin,
        "wb_code": error.wb_code,
        "request_id": error.request_id,
        "timestamp": error.timestamp,
    }


# --- From a token -------------------------------------------------------------------------------------------


def from_unreadable(error: TokenUnreadable) -> Diagnosis:
    """The diagnosis of a text that is no token. It knows the text's length, never the text."""
    return _diagnosis("token_malformed", error.reason, Evidence(), params={"length": error.length})


def preflight(method_id: str, evidence: Evidence) -> Diagnosis | None:
    """What this token can't do, known before anything is sent; None: nothing is known against it."""
    method = METHOD_BY_ID[method_id]
    if evidence.facts is None:
        return None
    code = can_call(evidence.facts, evidence.environment, method, evidence.now)
    if code is None:
        return None
    return _diagnosis(
        code,
        _offline_cause(code, evidence),
        evidence,
        category=method.category,
        details={"endpoint": method_id},
    )


_OFFLINE_CAUSES: Final = {"token_expired": "expired_since", "token_type_not_allowed": "closed"}


def _offline_cause(code: str, evidence: Evidence) -> str:
    if code == "scope_missing":
        return "other_key_has_it" if evidence.other_key else "category_missing"
    if code == "wrong_environment":
        return "test_on_production" if evidence.facts and evidence.facts.test else "production_on_test"
    return _OFFLINE_CAUSES.get(code, "")


def token_diagnoses(evidence: Evidence, needed: Sequence[str] = ("marketplace",)) -> list[Diagnosis]:
    """What is to be said of a token offline, worst first: expired, a category missing, expiring, its type.

    Args:
        needed: ids of the categories that the operations of this program ask for.
    """
    facts = evidence.facts
    if facts is None:
        return []
    if facts.expired(evidence.now):
        return [_diagnosis("token_expired", "expired_since", evidence)]
    found = [
        _diagnosis(
            "scope_missing",
            _offline_cause("scope_missing", evidence),
            evidence,
            category=c,
            severity="warning",
        )
        for c in needed
        if not facts.allows(c)
    ]
    days = facts.days_left(evidence.now)
    if days is not None and days <= EXPIRING_DAYS:
        found.append(_diagnosis("token_expiring", "", evidence))
    if facts.kind in ("service", "basic"):
        found.append(_diagnosis("token_type_not_allowed", facts.kind, evidence, severity="warning"))
    return found


def seller_mismatch(evidence: Evidence, old_seller: str, new_seller: str) -> Diagnosis:
    """Another seller's token for a key: two sellers' orders are never mixed."""
    return _diagnosis(
        "seller_mismatch", "", evidence, params={"seller": old_seller, "other_seller": new_seller}
    )


def unknown_failure(error: BaseException) -> Diagnosis:
    """A failure of this program. Only the kind of it is told: its text may hold anything."""
    return _diagnosis(
        "unknown",
        "internal",
        Evidence(),
        params={"excerpt": type(error).__name__},
        details={"http_status": None},
    )


# --- Putting one together -----------------------------------------------------------------------------------


def _diagnosis(
    code: str,
    cause: str,
    evidence: Evidence,
    *,
    category: str | None = None,
    params: Record | None = None,
    details: Record | None = None,
    severity: Severity | None = None,
) -> Diagnosis:
    row = CODES[code]
    facts = evidence.facts
    steps = tuple(Step(id=s.id, verified_by=s.verified_by, url=s.url) for s in row.steps_for(cause))
    return Diagnosis(
        code=code,
        severity=severity or row.severity,
        cause=cause,
        params={**_known(evidence), **(params or {})},
        required_category=category,
        present_categories=facts.categories if facts else (),
        steps=steps,
        details={**_NO_ANSWER, **(details or {})},
    )


def _known(evidence: Evidence) -> Record:
    """What the texts may say of the key and its token."""
    facts = evidence.facts
    return {
        "key": evidence.key_name,
        "seller": evidence.seller_name,
        "other_key": evidence.other_key or "",
        "worked_until": _iso(evidence.worked_until),
        "expires_at": _iso(facts.expires_at) if facts else None,
        "days": facts.days_left(evidence.now) if facts else None,
        "kind": facts.kind if facts else "unknown",
        "fingerprint": facts.fingerprint if facts else "",
        "stopped": evidence.stopped,
    }


def _category_of(method_id: str, method: Method | None) -> str | None:
    if method is not None:
        return method.category
    host = method_id.removeprefix("ping.")
    return next((c.id for c in CATEGORY_BY_ID.values() if c.host == host), None)


def _iso(moment: datetime | None) -> str | None:
    return (
        None
        if moment is None
        else moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    )


# --- Reading the parameters ---------------------------------------------------------------------------------


def category_name(lang: str, category: str | None) -> str:
    """WB's own name of a category: what stands beside the box in the cabinet."""
    row = CATEGORY_BY_ID.get(category or "")
    if row is None:
        return texts.t(lang, "category-any")
    return row.ru if lang == "ru" else row.en


def _names(lang: str, categories: Sequence[str]) -> str:
    return ", ".join(category_name(lang, c) for c in categories) or texts.t(lang, "category-none")


def _method_name(lang: str, method_id: str | None) -> str:
    key = f"method-{(method_id or '').replace('.', '-')}"
    return texts.t(lang, key) if texts.has(lang, key) else method_id or texts.t(lang, "method-token")


def _moment(lang: str, value: str | None) -> str:
    return (
        texts.format_datetime(lang, datetime.fromisoformat(value))
        if value
        else texts.t(lang, "moment-unknown")
    )


def _duration(lang: str, seconds: float) -> str:
    return texts.format_duration(lang, seconds)


def _kind(lang: str, kind: str) -> str:
    return texts.t(lang, f"kind-{kind}")


def _as_it_is(_lang: str, value: Any) -> Any:
    return value


_READERS: Final[Mapping[str, Callable[[str, Any], Any]]] = MappingProxyType(
    {
        "category": category_name,
        "present": _names,
        "method": _method_name,
        "worked_until": _moment,
        "expires_at": _moment,
        "until": _moment,
        "wait": _duration,
        "kind": _kind,
    }
)
