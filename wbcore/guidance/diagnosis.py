"""From a failure to a diagnosis: WB's error or a token's facts, weighed against what else is known.

A Diagnosis carries no sentence: a code, a cause and parameters, so that it can be stored, compared and read
in any language. The same words of WB have several causes; ``Evidence`` tells them apart.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any, Final

from wbcore.api.catalog import CATEGORY_BY_ID, GROUPS, METHOD_BY_ID, PING, Environment, Method
from wbcore.api.errors import (
    AccessDeniedError,
    AuthError,
    EndpointRetiredError,
    PaymentRequiredError,
    RateLimitedError,
    ScopeError,
    TokenExpiredError,
    TokenTypeError,
    TokenWithdrawnError,
    Traits,
    UnknownError,
    WBError,
    traits_of,
)
from wbcore.api.token import TokenFacts, TokenUnreadable, can_call
from wbcore.guidance import texts, window
from wbcore.guidance.codes import AGAIN, CODES, STEPS, StepRow, VerifiedBy
from wbcore.store.states import Severity

EXPIRING_DAYS: Final = 30
"""From this many days before a token's end it is warned of."""

Record = dict[str, Any]
VERSION: Final = 2
"""Of the stored records. 1: without routes."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """One step of the way out; its text is ``step-<id>``.

    Attributes:
        route: which of several ways out it belongs to; "" where there is one.
        not_needed: another way was taken, or the problem went away by itself. Never ``done`` for that.
    """

    id: str
    verified_by: VerifiedBy
    url: str | None = None
    done: bool = False
    route: str = ""
    not_needed: bool = False


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

    @property
    def traits(self) -> Traits:
        """What follows from it; see ``api.errors``."""
        return traits_of(self.code, self.cause)

    def title(self, lang: str, problem: str = "") -> str:
        """What is wrong and with which key; with more than one seller, whose key it is.

        Args:
            problem: in other words than its own.
        """
        problem, key = problem or self.problem(lang), self.params.get("key")
        if not key or self.params.get("unsaved"):
            return problem
        seller = str(self.params.get("of_seller") or "")
        if not seller:
            return texts.t(lang, "diag-title-key", problem=problem, key=key)
        return texts.t(lang, "diag-title-key-seller", problem=problem, key=key, seller=seller)

    def problem(self, lang: str) -> str:
        """The title without the key, for places that name it beside."""
        variant = f"diag-{self.code}-{self.cause}-title"
        key = variant if self.cause and texts.has(lang, variant) else f"diag-{self.code}-title"
        # A code that another version has stored is told as what it is for this one.
        return texts.t(lang, key if texts.has(lang, key) else "diag-unknown-title", **self.words(lang))

    def summary(self, lang: str) -> str:
        variant = f"diag-{self.code}-{self.cause}"
        key = variant if self.cause and texts.has(lang, variant) else f"diag-{self.code}-summary"
        return texts.t(lang, key if texts.has(lang, key) else "diag-unknown-summary", **self.words(lang))

    def step_text(self, lang: str, step_id: str) -> str:
        chosen = self.window(step_id)
        pressed = window.sentence(chosen, lang) if chosen else ""
        made = texts.t(lang, f"window-made-{chosen.kind}") if chosen else ""
        key = AGAIN.get(str(self.details.get("endpoint"))) if step_id == "check_import" else None
        return texts.t(lang, key or f"step-{step_id}", **self.words(lang), window=pressed, made=made)

    def window(self, step_id: str) -> window.Choice | None:
        """What to choose in WB's window at a step that makes a token; None: the step is another one."""
        return window.for_step(
            step_id,
            required=self.required_category,
            present=self.present_categories,
            params=self.params,
            cause=self.cause,
        )

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
        # A key that was refused has a name and is not there.
        known["named"] = "yes" if known.get("key") and not known.get("unsaved") else "no"
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
            "key": self.params.get("key") or "",
            "other_key": self.params.get("other_key") or "",
            "required_category": self.required_category,
            "present_categories": list(self.present_categories),
            "steps": [
                {
                    "id": step.id,
                    "text": self.step_text(lang, step.id),
                    "url": step.url,
                    "done": step.done,
                    "verified_by": step.verified_by,
                    "route": step.route,
                    "not_needed": step.not_needed,
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
        return {**record, "version": VERSION}

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Diagnosis:
        """Also of another version: what this one does not know is left out, what it misses is as at first.

        Raises KeyError or TypeError on what ``to_record`` has never written.
        """
        code, cause = str(record["code"]), str(record.get("cause") or "")
        known = {name: value for name, value in record.items() if name in _FIELDS}
        return cls(
            **{
                **known,
                "severity": Severity(record["severity"]),
                "present_categories": tuple(record["present_categories"]),
                "steps": tuple(_step_of(code, cause, s) for s in record["steps"] if s["id"] in STEPS),
            }
        )


_FIELDS: Final = frozenset(one.name for one in fields(Diagnosis))
_STEP_FIELDS: Final = frozenset(one.name for one in fields(Step))


def _step_of(code: str, cause: str, record: Mapping[str, Any]) -> Step:
    """A stored step; records of the first version know no routes, and lead to the cabinet's older address."""
    known = {name: value for name, value in record.items() if name in _STEP_FIELDS}
    catalogued = STEPS[str(record["id"])]
    if not catalogued.link:
        known["url"] = catalogued.url
    row = CODES.get(code)
    route = row.route_of(cause, str(record["id"])) if row is not None else ""
    return Step(**{"route": route, **known})


@dataclass(frozen=True, kw_only=True, slots=True)
class Evidence:
    """What is known beside the failure.

    Attributes:
        facts: of the token that was used; None when it could not be read.
        worked_until: the last success of this method, or of this key, with this very token.
        other_key: name of another key of the same seller that has the category.
        stopped: how many imports of this key have failed since.
        sellers: how many sellers there are; with several of them a title says whose key it is.
    """

    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    key_name: str = ""
    facts: TokenFacts | None = None
    environment: Environment = "production"
    worked_until: datetime | None = None
    other_key: str | None = None
    seller_name: str = ""
    stopped: int = 0
    sellers: int = 1


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
    """WB's words and the evidence, as a code and a cause. First what only the evidence tells."""
    facts = evidence.facts
    if isinstance(error, (ScopeError, TokenTypeError)) and facts is not None:
        wrong_place = _wrong_environment(facts, evidence, error)
        if wrong_place:
            return "wrong_environment", wrong_place
    if isinstance(error, EndpointRetiredError) and evidence.environment == "test":
        return "wrong_environment", "no_test_environment"
    if type(error) is AuthError:
        return error.code, _cause_if_it_worked(error, evidence)
    finder = next((find for kind, find in _CAUSES if isinstance(error, kind)), None)
    return error.code, finder(error, evidence) if finder else error.cause


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
    has_it = evidence.facts is not None and evidence.facts.allows(category)
    if evidence.worked_until is not None and has_it:
        return "used_to_work"
    if has_it:
        return "bits_say_yes"
    return "other_key_has_it" if evidence.other_key else "category_missing"


def _quota_cause(error: WBError, evidence: Evidence) -> str:
    """A Basic token is the reason only where another type has a larger quota."""
    method = METHOD_BY_ID.get(error.method_id)
    basic = evidence.facts is not None and evidence.facts.kind == "basic"
    if basic and method is not None and GROUPS[method.group].is_less_for_basic:
        return "basic_quota"
    return "burst" if isinstance(error, RateLimitedError) and error.told else "untold"


def _type_cause(error: WBError, evidence: Evidence) -> str:
    """A Personal token is the way out, unless it is one already."""
    return "personal" if evidence.facts is not None and evidence.facts.kind == "personal" else error.cause


def _expiry_cause(_error: WBError, evidence: Evidence) -> str:
    """A token that lives on by its own words did not expire at a day to come: a clock is wrong, or WB."""
    facts = evidence.facts
    if facts is None or facts.expires_at is None:
        return "said_by_wb"
    return "expired_since" if facts.expired(evidence.now) else "before_its_end"


def _cause_if_it_worked(error: WBError, evidence: Evidence) -> str:
    """A token that worked and is refused: deleted, or the cabinet has another owner now."""
    return error.cause if evidence.worked_until is None else "used_to_work"


Finder = Callable[[WBError, Evidence], str]

_CAUSES: Final[tuple[tuple[type[WBError] | tuple[type[WBError], ...], Finder], ...]] = (
    (ScopeError, _scope_cause),
    ((TokenTypeError, PaymentRequiredError), _type_cause),
    (RateLimitedError, _quota_cause),
    (TokenExpiredError, _expiry_cause),
    ((TokenWithdrawnError, AccessDeniedError), _cause_if_it_worked),
    (EndpointRetiredError, lambda error, evidence: "deprecated" if _link_of(error) else ""),
    (UnknownError, lambda error, evidence: "answer"),
)
"""Where the answer alone does not say which cause it is; elsewhere the error's class does."""


def _link_of(error: WBError) -> str:
    return (
        error.link if isinstance(error, EndpointRetiredError) and "deprecated" in error.detail.lower() else ""
    )


def _params_of(error: WBError, evidence: Evidence) -> Record:
    params: Record = {"excerpt": error.excerpt or error.detail or error.title}
    if link := _link_of(error):
        params["link"] = link
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
        if evidence.facts and evidence.facts.test == (evidence.environment == "test"):
            return "no_test_environment"
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
            severity=Severity.WARNING,
        )
        for c in needed
        if not facts.allows(c)
    ]
    days = facts.days_left(evidence.now)
    if days is not None and days <= EXPIRING_DAYS:
        found.append(_diagnosis("token_expiring", "", evidence))
    if facts.kind in ("service", "basic"):
        found.append(_diagnosis("token_type_not_allowed", facts.kind, evidence, severity=Severity.WARNING))
    return found


def seller_mismatch(evidence: Evidence, old_seller: str, new_seller: str) -> Diagnosis:
    """Another seller's token for a key: two sellers' orders are never mixed."""
    return _diagnosis(
        "seller_mismatch", "", evidence, params={"seller": old_seller, "other_seller": new_seller}
    )


def named_another(evidence: Evidence, sid: str, told: str) -> Diagnosis:
    """WB's answer names another seller than the token itself.

    Args:
        sid: the token's seller.
        told: the other one's name, or id.
    """
    params = {"own": sid, "other_seller": told}
    return _diagnosis("seller_mismatch", "named_another", evidence, params=params, severity=Severity.WARNING)


# --- A token in another's place -----------------------------------------------------------------------------


def wrong_place(evidence: Evidence, of_the_key: Environment) -> Diagnosis:
    """A token of one environment for a key of another one.

    Args:
        evidence: with the new token's facts and environment.
        of_the_key: where the key works.
    """
    token = evidence.environment
    causes = {"demo": "learning_for_a_key", "test": "test_for_a_key", "production": "production_for_a_key"}
    cause = "real_for_a_learning_key" if of_the_key == "demo" else causes[token]
    return _diagnosis("wrong_environment", cause, evidence)


def poorer_scope(evidence: Evidence, gone: Sequence[str]) -> Diagnosis:
    """The new token opens less than the former one.

    Args:
        gone: ids of the categories that are lost.
    """
    required = gone[0] if len(gone) == 1 else None
    return _diagnosis(
        "scope_missing",
        "poorer",
        evidence,
        category=required,
        params={"gone": list(gone)},
        severity=Severity.WARNING,
    )


def poorer_access(evidence: Evidence) -> Diagnosis:
    """The former token could write, the new one only reads."""
    return _diagnosis("token_read_only", "poorer", evidence, severity=Severity.WARNING)


def poorer_type(evidence: Evidence, former: str) -> Diagnosis:
    """The new token is of a type that may less than the former one's."""
    return _diagnosis(
        "token_type_not_allowed",
        "poorer",
        evidence,
        params={"former_kind": former},
        severity=Severity.WARNING,
    )


def older(evidence: Evidence, former_ends: datetime) -> Diagnosis:
    """The new token ends before the former one: most likely an older one was pasted."""
    return _diagnosis("token_expiring", "older", evidence, params={"former_expires_at": _iso(former_ends)})


def unknown_failure(error: BaseException) -> Diagnosis:
    """A failure of this program. Only the kind of it is told: its text may hold anything."""
    return _diagnosis(
        "unknown",
        "internal",
        Evidence(),
        params={"excerpt": type(error).__name__},
        details={"http_status": None},
    )


def sealed_token(evidence: Evidence) -> Diagnosis:
    """A stored token that the secret key does not open, while it opens others: it has to be pasted again."""
    return _diagnosis("token_malformed", "sealed", evidence)


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
    said = {**_known(evidence), **(params or {})}
    steps = tuple(
        _step(one, row.route_of(cause, one.id), said)
        for one in row.steps_for(cause)
        if not one.link or said.get(one.link)
    )
    return Diagnosis(
        code=code,
        severity=severity or row.severity,
        cause=cause,
        params=said,
        required_category=category,
        present_categories=facts.categories if facts else (),
        steps=steps,
        details={**_NO_ANSWER, **(details or {})},
    )


def of_no_key(found: Diagnosis) -> Diagnosis:
    """The same, of a token that was refused for a new key: nothing is stored under its name, and there is no
    import to repeat; its way ends when a key is saved."""
    steps = tuple(step for step in found.steps if step.id not in _AFTER_AN_IMPORT)
    if len(steps) < len(found.steps) and all(step.id != _SAVE for step in steps):
        steps = (*steps, _step(STEPS[_SAVE], "", {}))
    return replace(found, params={**found.params, "unsaved": True}, steps=steps)


_SAVE: Final = "save_token"
_AFTER_AN_IMPORT: Final = frozenset({"check_import", "no_error_since"})


def _step(row: StepRow, route: str, params: Record) -> Step:
    url = params[row.link] if row.link else row.url
    return Step(id=row.id, verified_by=row.verified_by, url=url, route=route)


def _known(evidence: Evidence) -> Record:
    """What the texts may say of the key and its token."""
    facts = evidence.facts
    return {
        "key": evidence.key_name,
        "environment": evidence.environment,
        "seller": evidence.seller_name,
        "of_seller": evidence.seller_name if evidence.sellers > 1 else "",
        "other_key": evidence.other_key or "",
        "worked_until": _iso(evidence.worked_until),
        "expires_at": _iso(facts.expires_at) if facts else None,
        "days": facts.days_left(evidence.now) if facts else None,
        "kind": facts.kind if facts else "unknown",
        "read_only": facts.read_only if facts else True,
        "fingerprint": facts.fingerprint if facts else "",
        "stopped": evidence.stopped,
    }


def _category_of(method_id: str, method: Method | None) -> str | None:
    if method is not None:
        return method.category
    host = method_id.removeprefix(PING)
    return next((c.id for c in CATEGORY_BY_ID.values() if c.host == host), None)


def _iso(moment: datetime | None) -> str | None:
    return (
        None
        if moment is None
        else moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    )


# --- Reading the parameters ---------------------------------------------------------------------------------


def title_of(lang: str, code: str, category: str | None = None) -> str:
    """The title of a problem of which no more than its code is kept.

    Args:
        category: that the token lacks; None: it is not known, and left out.
    """
    words = {"scoped": "yes" if category else "", "category": category_name(lang, category)}
    return texts.known(lang, f"diag-{code}-title", code, **words)


def category_name(lang: str, category: str | None) -> str:
    """WB's own name of a category: what stands beside the box in the cabinet."""
    row = CATEGORY_BY_ID.get(category or "")
    if row is None:
        return texts.t(lang, "category-any")
    return row.name(lang)


def _names(lang: str, categories: Sequence[str]) -> str:
    return ", ".join(category_name(lang, c) for c in categories) or texts.t(lang, "category-none")


def method_name(lang: str, method_id: str | None) -> str:
    if not method_id or method_id.startswith(PING):
        return texts.t(lang, "method-token")
    return texts.known(lang, f"method-{method_id.replace('.', '-')}", method_id)


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


def _seller(lang: str, name: str) -> str:
    """A seller's name; never its id, which says nothing to anybody."""
    return name or texts.t(lang, "seller-unnamed")


def _as_it_is(_lang: str, value: Any) -> Any:
    return value


_READERS: Final[Mapping[str, Callable[[str, Any], Any]]] = MappingProxyType(
    {
        "category": category_name,
        "present": _names,
        "gone": _names,
        "method": method_name,
        "worked_until": _moment,
        "expires_at": _moment,
        "former_expires_at": _moment,
        "until": _moment,
        "wait": _duration,
        "seller": _seller,
        "other_seller": _seller,
        "kind": _kind,
        "former_kind": _kind,
    }
)
