"""Checklists: a diagnosis that somebody has to solve, kept in the database until it is.

Created when a problem is found, updated when it comes again, closed by whoever sees it solved. Steps that
the program can see done tick themselves from what is stored: tokens, runs, capabilities. The operators' ticks
are kept with who and when. A checklist closes itself when all that the program verifies is done: what an
operator could still tick by hand matters no more. Where nothing is verified, all ticks together close it.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Final, cast

from sqlalchemy import case, func
from sqlmodel import Session, col, select

from wbcore.api.catalog import Environment
from wbcore.api.token import TokenFacts
from wbcore.guidance import support, texts
from wbcore.guidance.catalog import HELP, STEPS
from wbcore.guidance.diagnosis import Diagnosis, Evidence, token_diagnoses
from wbcore.store.models import CapabilityState, Checklist, Key, Run

SYSTEM: Final = "system"
OF_THE_TOKEN: Final = frozenset({"token_expired", "token_expiring", "token_malformed", "token_withdrawn"})
"""Problems of the whole token: one checklist, whichever method has met them."""
_WORST_FIRST: Final = {"error": 0, "warning": 1, "info": 2}


# --- Opening ------------------------------------------------------------------------------------------------


def subject_of(diagnosis: Diagnosis) -> str:
    """What a diagnosis is about: one category or one method, so that one problem has one checklist."""
    if diagnosis.code in OF_THE_TOKEN:
        return ""
    return diagnosis.required_category or str(diagnosis.details.get("endpoint") or "")


def open_or_update(
    session: Session, diagnosis: Diagnosis, key: Key | None, run_id: str | None = None
) -> Checklist:
    """The checklist of a problem of a key: the open one, told that it has come again, or a new one.

    The caller commits.
    """
    now = datetime.now(UTC)
    key_id = key.id if key is not None else None
    found = session.exec(
        select(Checklist).where(
            Checklist.key_id == key_id,
            Checklist.code == diagnosis.code,
            Checklist.subject == subject_of(diagnosis),
            col(Checklist.closed_at).is_(None),
        )
    ).first()
    if found is None:
        found = Checklist(
            id=secrets.token_urlsafe(9),
            key_id=key_id,
            code=diagnosis.code,
            subject=subject_of(diagnosis),
            severity=diagnosis.severity,
            diagnosis=diagnosis.to_record(),
            created_at=now,
        )
    if not _only_a_warning_again(found, diagnosis):
        found.severity = diagnosis.severity
        found.diagnosis = diagnosis.to_record()
    found.updated_at = now if run_id or found.run_id is None else found.updated_at
    found.run_id = run_id or found.run_id
    session.add(found)
    return found


def _only_a_warning_again(found: Checklist, diagnosis: Diagnosis) -> bool:
    """A warning about the token says less than the failure that is already here."""
    return found.severity == "error" and diagnosis.severity != "error"


# --- Steps that verify themselves ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Case:
    """One open checklist with what its checks look at."""

    session: Session
    checklist: Checklist
    diagnosis: Diagnosis
    key: Key | None
    now: datetime

    @property
    def category(self) -> str | None:
        return self.diagnosis.required_category

    @property
    def since(self) -> datetime:
        """When the problem was last met."""
        return self.checklist.updated_at


def _good(case: _Case, key: Key) -> bool:
    """Whether a stored token is free of this checklist's problem, as far as the token itself says."""
    facts = TokenFacts.from_record(key.facts)
    return not facts.expired(case.now) and _GOOD.get(case.checklist.code, _another_token)(case, facts)


def _has_category(case: _Case, facts: TokenFacts) -> bool:
    return facts.allows(case.category) and _another_token(case, facts, unless_missing=True)


def _another_token(case: _Case, facts: TokenFacts, *, unless_missing: bool = False) -> bool:
    """Another token than the one that failed; where the category was missing, having it is proof enough."""
    if unless_missing and case.category not in case.diagnosis.present_categories:
        return True
    return facts.fingerprint != case.diagnosis.params.get("fingerprint")


def _lives_long(case: _Case, facts: TokenFacts) -> bool:
    evidence = Evidence(now=case.now, facts=facts)
    return all(
        d.code not in ("token_expiring", "token_expired") for d in token_diagnoses(evidence, needed=())
    )


_GOOD: Final[Mapping[str, Callable[[_Case, TokenFacts], bool]]] = MappingProxyType(
    {
        "scope_missing": _has_category,
        "wrong_environment": lambda case, facts: facts.test == (case.diagnosis.cause == "production_on_test"),
        "token_expired": lambda case, facts: True,
        "token_expiring": _lives_long,
        "token_read_only": lambda case, facts: not facts.read_only,
        "token_type_not_allowed": lambda case, facts: facts.kind not in ("service", "basic", "test"),
        "payment_required": lambda case, facts: facts.kind != "service",
    }
)


def _token_exists(case: _Case) -> bool:
    """A good token of this seller is stored, under whatever key."""
    if case.key is None:
        return False
    keys = case.session.exec(
        select(Key).where(Key.seller_id == case.key.seller_id, Key.environment == case.key.environment)
    )
    return any(_good(case, key) for key in keys)


def _token_saved(case: _Case) -> bool:
    return (case.key is not None and _good(case, case.key)) or _solved_by_other_key(case)


def _runs_since(case: _Case, *conditions: Any) -> Any:
    """Imports that ended after the problem was last met, of the kind that the problem is about."""
    statistics = case.category == "statistics"
    kind = Run.source == "statistics" if statistics else Run.source != "statistics"
    return select(Run.id).where(col(Run.finished_at) > case.since, kind, *conditions).limit(1)


def _import_ran(case: _Case) -> bool:
    """An import of this key has ended well since. Where none had failed, a probe of the method will do."""
    if case.key is None:
        return False
    done = _runs_since(case, Run.key_id == case.key.id, Run.status == "done")
    if case.session.exec(done).first() is not None or _solved_by_other_key(case):
        return True
    return case.checklist.run_id is None and _proven(case)


def _proven(case: _Case) -> bool:
    endpoint = str(case.diagnosis.details.get("endpoint") or "")
    state = case.session.get(CapabilityState, (case.checklist.key_id, endpoint)) if endpoint else None
    return (
        state is not None
        and state.status == "ok"
        and state.evidence == "probe"
        and state.checked_at > case.since
    )


def _no_error_since(case: _Case) -> bool:
    """The log since: something went well, and the last import did not fail again."""
    last = case.session.exec(
        select(Run.status)
        .where(Run.key_id == case.checklist.key_id, col(Run.finished_at) > case.since)
        .order_by(col(Run.finished_at).desc())
        .limit(1)
    ).first()
    return _import_ran(case) and last != "failed"


def _solved_by_other_key(case: _Case) -> bool:
    """Another key was offered and taken: then this one's token need not be a new one."""
    return case.diagnosis.cause == "other_key_has_it" and _other_key_ran(case)


def _other_key_ran(case: _Case) -> bool:
    """The seller's orders have come in since, through whichever key."""
    if case.key is None:
        return False
    done = _runs_since(case, Run.seller_id == case.key.seller_id, Run.status == "done")
    return case.session.exec(done).first() is not None


def _waited(case: _Case) -> bool:
    until = case.diagnosis.params.get("until")
    return not until or datetime.fromisoformat(until) <= case.now


CHECKS: Final[Mapping[str, Callable[[_Case], bool]]] = MappingProxyType(
    {
        "token_exists": _token_exists,
        "token_saved": _token_saved,
        "import_ran": _import_ran,
        "no_error_since": _no_error_since,
        "other_key_ran": _other_key_ran,
        "waited": _waited,
    }
)


def refresh(
    session: Session, key_id: int | None = None, now: datetime | None = None, limit: int | None = None
) -> list[Checklist]:
    """Verifies the steps of open checklists, of all keys or one, against the database; closes what is solved.

    The caller commits.

    Args:
        limit: only so many, worst first.

    Returns:
        Those that were closed by this call.
    """
    rows = open_checklists(session, key_id, limit)
    return [row for row in rows if _verify(session, row, now or datetime.now(UTC))]


def _verify(session: Session, row: Checklist, now: datetime) -> bool:
    diagnosis = Diagnosis.from_record(row.diagnosis)
    key = session.get(Key, row.key_id) if row.key_id is not None else None
    case = _Case(session, row, diagnosis, key, now)
    for step in diagnosis.steps:
        if step.verified_by == "system":
            _set(row, step.id, CHECKS[STEPS[step.id].check](case), SYSTEM, now)
    return _close_if_done(session, row, diagnosis, now)


def _set(row: Checklist, step_id: str, done: bool, who: str, now: datetime) -> None:
    """Keeps a step's state, with who and since when; a step that was done before remembers it."""
    before = row.ticks.get(step_id) or {}
    if bool(before.get("done")) == done:
        return
    state: dict[str, Any] = {"done": done, "who": who, "at": now.isoformat(timespec="seconds")}
    if not done:
        state["was_done"] = True
    row.ticks = {**row.ticks, step_id: state}


def _close_if_done(session: Session, row: Checklist, diagnosis: Diagnosis, now: datetime) -> bool:
    deciding = [s for s in diagnosis.steps if s.verified_by == "system"] or list(diagnosis.steps)
    if not deciding or not all((row.ticks.get(s.id) or {}).get("done") for s in deciding):
        session.add(row)
        return False
    row.closed_at = now
    row.solved_by = str((row.ticks.get(deciding[-1].id) or {}).get("who") or SYSTEM)
    session.add(row)
    return True


# --- The operators' part ------------------------------------------------------------------------------------


def tick(session: Session, checklist_id: str, step_id: str, done: bool, who: str) -> Checklist:
    """Ticks a step by hand, or takes the tick back. The caller commits.

    Raises:
        KeyError: no such checklist, no such step.
        ValueError: the step is verified by the program.
    """
    row = session.get(Checklist, checklist_id)
    if row is None:
        raise KeyError(checklist_id)
    diagnosis = Diagnosis.from_record(row.diagnosis)
    step = next((s for s in diagnosis.steps if s.id == step_id), None)
    if step is None:
        raise KeyError(step_id)
    if step.verified_by == "system":
        raise ValueError(step_id)
    now = datetime.now(UTC)
    _set(row, step_id, done, who, now)
    _close_if_done(session, row, diagnosis, now)
    return row


def reopen(session: Session, checklist_id: str) -> Checklist:
    """Opens a solved checklist again, from its history. Returns the open one of the same problem, if any.

    Raises:
        KeyError: no such checklist.
    """
    row = session.get(Checklist, checklist_id)
    if row is None:
        raise KeyError(checklist_id)
    key = session.get(Key, row.key_id) if row.key_id is not None else None
    if row.closed_at is None:
        return row
    return open_or_update(session, Diagnosis.from_record(row.diagnosis), key, row.run_id)


def open_checklists(session: Session, key_id: int | None = None, limit: int | None = 50) -> list[Checklist]:
    """Open checklists, worst first, then the newest."""
    wanted = select(Checklist).where(col(Checklist.closed_at).is_(None))
    if key_id is not None:
        wanted = wanted.where(Checklist.key_id == key_id)
    worst_first = case(_WORST_FIRST, value=col(Checklist.severity), else_=len(_WORST_FIRST))
    return list(
        session.exec(wanted.order_by(worst_first, col(Checklist.updated_at).desc()).limit(limit)).all()
    )


def count_open(session: Session) -> int:
    """How many problems there are now."""
    return session.exec(select(func.count()).where(col(Checklist.closed_at).is_(None))).one()


def closed_checklists(session: Session, limit: int = 20, key_id: int | None = None) -> list[Checklist]:
    """Solved checklists, of all keys or one, the last one first."""
    wanted = select(Checklist).where(col(Checklist.closed_at).is_not(None))
    if key_id is not None:
        wanted = wanted.where(Checklist.key_id == key_id)
    return list(session.exec(wanted.order_by(col(Checklist.closed_at).desc()).limit(limit)).all())


def get(session: Session, checklist_id: str) -> Checklist | None:
    return session.get(Checklist, checklist_id)


def for_run(session: Session, run_id: str) -> list[Checklist]:
    """The checklists, open or solved, that a failed import has led to."""
    return list(session.exec(select(Checklist).where(Checklist.run_id == run_id)).all())


def diagnosis_of(row: Checklist) -> Diagnosis:
    """A checklist's diagnosis with the steps' present state."""
    diagnosis = Diagnosis.from_record(row.diagnosis)
    steps = tuple(replace(s, done=bool((row.ticks.get(s.id) or {}).get("done"))) for s in diagnosis.steps)
    return replace(diagnosis, steps=steps)


# --- Ready to draw ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class StepView:
    """A step as it is drawn.

    Attributes:
        note: who ticked it and when, or that it was done before and is not any more; "" otherwise.
    """

    id: str
    text: str
    url: str | None
    done: bool
    verified_by: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class ChecklistView:
    """A checklist as it is drawn, in one language.

    Attributes:
        help: "if it doesn't help", in the order of trying.
        repeat_run_id: the failed import that "Повторить импорт" repeats.
        wait_until: the end of a wait for WB's quota, for a countdown.
        other_key: name of another key of the seller that can do it.
        closed_at: None while it is open.
    """

    id: str
    code: str
    cause: str
    severity: str
    key_id: int | None
    key_name: str
    title: str
    summary: str
    steps: tuple[StepView, ...]
    help: tuple[str, ...]
    support_text: str
    messenger_text: str
    repeat_run_id: str | None
    wait_until: datetime | None
    other_key: str
    created_at: datetime
    closed_at: datetime | None
    details: Mapping[str, Any]
    required_category: str | None
    environment: Environment | None = None

    @property
    def done(self) -> int:
        return sum(step.done for step in self.steps)


def view(row: Checklist, lang: str, key: Key | None = None) -> ChecklistView:
    """A checklist in a language.

    Args:
        key: the key as it is now; the name in the diagnosis may be an older one.
    """
    diagnosis = diagnosis_of(row)
    if key is not None:
        diagnosis = replace(diagnosis, params={**diagnosis.params, "key": key.name})
    until = diagnosis.params.get("until")
    return ChecklistView(
        id=row.id,
        code=row.code,
        cause=diagnosis.cause,
        severity=row.severity,
        key_id=row.key_id,
        key_name=str(diagnosis.params.get("key") or ""),
        title=diagnosis.title(lang),
        summary=diagnosis.summary(lang),
        steps=tuple(_step_view(row, diagnosis, step.id, lang) for step in diagnosis.steps),
        help=tuple(texts.t(lang, f"diag-{item.replace('_', '-')}", **diagnosis.words(lang)) for item in HELP),
        support_text=support.support_text(diagnosis, lang),
        messenger_text=support.messenger_text(diagnosis, lang),
        repeat_run_id=row.run_id,
        wait_until=datetime.fromisoformat(until) if until else None,
        other_key=str(diagnosis.params.get("other_key") or ""),
        created_at=row.created_at,
        closed_at=row.closed_at,
        details=diagnosis.details,
        required_category=diagnosis.required_category,
        environment=cast(Environment, key.environment) if key is not None else None,
    )


def _step_view(row: Checklist, diagnosis: Diagnosis, step_id: str, lang: str) -> StepView:
    step = next(s for s in diagnosis.steps if s.id == step_id)
    state = row.ticks.get(step_id) or {}
    return StepView(
        id=step_id,
        text=diagnosis.step_text(lang, step_id),
        url=step.url,
        done=step.done,
        verified_by=step.verified_by,
        note=_note(state, lang),
    )


def _note(state: Mapping[str, Any], lang: str) -> str:
    if not state:
        return ""
    at = texts.format_datetime(lang, datetime.fromisoformat(str(state["at"])))
    if not state["done"]:
        return texts.t(lang, "step-note-undone", at=at) if state.get("was_done") else ""
    if state["who"] == SYSTEM:
        return texts.t(lang, "step-note-system", at=at)
    return texts.t(lang, "step-note-operator", at=at, who=state["who"])
