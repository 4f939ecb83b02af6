"""What makes a step done, and a problem gone: evidence about this key, token and method since it failed.

Nothing here writes. A rule looks at what is stored: tokens, runs, capabilities.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from types import MappingProxyType
from typing import Any, Final

from sqlmodel import Session, col, select

from wbcore.api.catalog import METHOD_BY_ID
from wbcore.api.token import TokenFacts
from wbcore.guidance import incidents
from wbcore.guidance.codes import FOR_THE_IMPORT, OF_THE_TOKEN, STEPS
from wbcore.guidance.diagnosis import Diagnosis, Evidence, Step, token_diagnoses
from wbcore.store.models import CapabilityState, Checklist, Key, Run, Seller

SINCE_LOOKED_AT: Final = 20
"""So many imports since the failure are looked through for the method."""


@dataclass(frozen=True)
class Case:
    """One open checklist with what its rules look at."""

    session: Session
    checklist: Checklist
    diagnosis: Diagnosis
    key: Key | None
    now: datetime

    @property
    def category(self) -> str | None:
        return self.diagnosis.required_category

    @property
    def endpoint(self) -> str:
        return str(self.diagnosis.details.get("endpoint") or "")

    @property
    def since(self) -> datetime:
        """When the problem was last met."""
        return self.checklist.updated_at

    @cached_property
    def members(self) -> list[incidents.Member]:
        """Whom an outage concerns, of those whose key is still there."""
        return incidents.existing(self.session, incidents.members(self.checklist))

    @cached_property
    def import_ran(self) -> bool:
        """As ``_import_ran``: two steps and the problem itself are asked the same."""
        return _import_ran(self)


# --- The token ----------------------------------------------------------------------------------------------


def replaced(diagnosis: Diagnosis, key: Key | None, since: datetime) -> bool:
    """Whether the key has another token now than the one that failed. Where nobody knows which that was, one
    that was saved later is another one; where what was stored of it is damaged, the same one will do.

    Args:
        since: when the problem was last met.
    """
    if key is None:
        return False
    failed = diagnosis.params.get("fingerprint")
    if failed and diagnosis.cause != "sealed":
        return bool(key.fingerprint != failed)
    return key.token_saved_at > since


def good(case: Case, key: Key) -> bool:
    """Whether a stored token is another one than failed, and free of the problem, as far as it says."""
    facts = TokenFacts.from_record(key.facts)
    return replaced(case.diagnosis, key, case.since) and not unfit(case.diagnosis, facts, case.now)


def unfit(diagnosis: Diagnosis, facts: TokenFacts, now: datetime) -> str:
    """Why a token can't be the one that is asked for, as far as it says; "": nothing speaks against it."""
    if facts.expired(now):
        return "expired"
    known = _FITS.get(diagnosis.code)
    if known is not None and not known[1](diagnosis, facts, now):
        return known[0]
    return "" if facts.allows(diagnosis.required_category) else CATEGORY


def _lives_long(_diagnosis: Diagnosis, facts: TokenFacts, now: datetime) -> bool:
    found = token_diagnoses(Evidence(now=now, facts=facts), needed=())
    return all(d.code not in ("token_expiring", "token_expired") for d in found)


def _of_environment(diagnosis: Diagnosis, facts: TokenFacts, _now: datetime) -> bool:
    return facts.test == (diagnosis.cause == "production_on_test")


def _may_write(_diagnosis: Diagnosis, facts: TokenFacts, _now: datetime) -> bool:
    return not facts.read_only


def _is_personal(_diagnosis: Diagnosis, facts: TokenFacts, _now: datetime) -> bool:
    """A token from before October 2025 does not say what it is."""
    return facts.kind not in ("service", "basic", "test")


CATEGORY: Final = "category"
_FITS: Final[Mapping[str, tuple[str, Callable[[Diagnosis, TokenFacts, datetime], bool]]]] = MappingProxyType(
    {
        "wrong_environment": ("environment", _of_environment),
        "token_expiring": ("ends", _lives_long),
        "token_read_only": ("access", _may_write),
        "token_type_not_allowed": ("type", _is_personal),
        "payment_required": ("type", _is_personal),
    }
)
"""Code -> what another token may have wrong all the same, beside its end and its categories; and whether it
has not. What it is called ends ``diag-replaced-still-``."""


def _token_saved(case: Case) -> bool:
    if case.checklist.key_id is None:
        return _tokens_of_incident_saved(case)
    return case.key is not None and good(case, case.key)


def _tokens_of_incident_saved(case: Case) -> bool:
    """Whoever of those that an incident concerns is not answered again has another token that will do; one of
    them at least."""
    last = {m.key_id: incidents.met_last(case.checklist, m.key_id) for m in case.members}
    keys = case.session.exec(select(Key).where(col(Key.id).in_(last)))
    mended = {
        key.id
        for key in keys.all()
        if key.id is not None
        and key.token_saved_at > last[key.id]
        and not unfit(case.diagnosis, TokenFacts.from_record(key.facts), case.now)
    }
    return bool(mended) and all(m.key_id in mended or _member_healed(case, m) for m in case.members)


def _token_exists(case: Case) -> bool:
    return _other_key_added(case) if case.diagnosis.cause == "no_test_environment" else _token_saved(case)


def _other_key_added(case: Case) -> bool:
    """A working key of this very seller that can do it was saved, or has done it, since."""
    whose = (
        select(Seller.sid)
        .join(Key, col(Key.seller_id) == col(Seller.id))
        .where(Key.id == case.checklist.key_id)
        .scalar_subquery()
    )
    same = select(Seller.id).where(col(Seller.sid) == whose)
    working = select(Key).where(Key.environment == "production", col(Key.seller_id).in_(same))
    keys = case.session.exec(working.execution_options(populate_existing=True)).all()
    able = [key for key in keys if TokenFacts.from_record(key.facts).allows(case.category)]
    if any(key.token_saved_at > case.since for key in able):
        return True
    used = col(Run.key_id).in_([key.id for key in able])
    return _imported(case.session, case.endpoint, case.checklist.run_id, case.since, used)


# --- The method ---------------------------------------------------------------------------------------------


def _answered(case: Case) -> bool:
    """WB has answered this method, asked with this key, since the failure."""
    return _proven(case.session, case.checklist.key_id, case.endpoint, case.since)


def _proven(session: Session, key_id: int | None, method: str, since: datetime) -> bool:
    if key_id is None or not method:
        return False
    state = session.get(CapabilityState, (key_id, method), populate_existing=True)
    return (
        state is not None and state.status == "ok" and state.evidence == "probe" and state.checked_at > since
    )


def _imports_since(session: Session, since: datetime, *of: Any) -> Iterable[Run]:
    query = select(Run).where(col(Run.finished_at) > since, Run.status == "done", *of)
    newest_first = query.order_by(col(Run.finished_at).desc()).limit(SINCE_LOOKED_AT)
    return session.exec(newest_first.execution_options(populate_existing=True))


def _imported(session: Session, method: str, run_id: str | None, since: datetime, *of: Any) -> bool:
    """Whether one ended well since, as ``_good_import`` has it."""
    return _good_import(session, method, run_id, since, *of) is not None


def _good_import(session: Session, method: str, run_id: str | None, since: datetime, *of: Any) -> Run | None:
    """One of the same source as the failed one, or one that has asked the method, that ended well since."""
    failed = session.get(Run, run_id) if run_id else None
    sources = {failed.source} if failed is not None else set()
    good = (
        run
        for run in _imports_since(session, since, *of)
        if run.source in sources or method in (run.cursor.get("used") or ()) or not (sources or method)
    )
    return next(good, None)


def _import_ran(case: Case) -> bool:
    """An import of this key has ended well since. Where none had failed, an answer of the method will do."""
    if case.checklist.key_id is None:
        return _imports_of_incident_ran(case)
    row = case.checklist
    if row.run_id is None:
        return _answered(case) if case.endpoint else _any_method_answered(case)
    of_this_key = Run.key_id == row.key_id
    return _imported(case.session, case.endpoint, row.run_id, case.since, of_this_key)


def _any_method_answered(case: Case) -> bool:
    """WB has answered anything since the failure; where a category is missing, a method of that category."""
    query = select(CapabilityState.capability).where(
        CapabilityState.key_id == case.checklist.key_id,
        CapabilityState.status == "ok",
        CapabilityState.evidence == "probe",
        col(CapabilityState.checked_at) > case.since,
    )
    answered = [METHOD_BY_ID[one] for one in case.session.exec(query) if one in METHOD_BY_ID]
    return any(case.category in (None, method.category) for method in answered)


def _no_error_since(case: Case) -> bool:
    """The log since: something went well, and the last import did not fail again."""
    last = case.session.exec(
        select(Run.status)
        .where(Run.key_id == case.checklist.key_id, col(Run.finished_at) > case.since)
        .order_by(col(Run.finished_at).desc())
        .limit(1)
    ).first()
    return case.import_ran and last != "failed"


def import_by_other_key(case: Case) -> Run | None:
    """The import by which the seller's orders have come in since, through another key."""
    if case.key is None:
        return None
    row = case.checklist
    others = (Run.seller_id == case.key.seller_id, col(Run.key_id) != row.key_id)
    if row.run_id is not None:
        return _good_import(case.session, case.endpoint, row.run_id, case.since, *others)
    own = _OWN_SOURCE.get(case.category or "")
    kind = Run.source == own if own else col(Run.source).not_in(_OWN_SOURCE.values())
    return next(iter(_imports_since(case.session, case.since, *others, kind)), None)


_OWN_SOURCE: Final = {"statistics": "statistics", "analytics": "order_feed"}
"""Category -> the one source that needs it; the others need Marketplace."""


def _waited(case: Case) -> bool:
    until = case.diagnosis.params.get("until")
    return not until or datetime.fromisoformat(until) <= case.now


CHECKS: Final[Mapping[str, Callable[[Case], bool]]] = MappingProxyType(
    {
        # That a token was made is seen when it is stored: both steps are proven by the same thing.
        "token_exists": _token_exists,
        "token_saved": _token_saved,
        "import_ran": lambda case: case.import_ran,
        "no_error_since": _no_error_since,
        "other_key_added": _other_key_added,
        "other_key_ran": lambda case: import_by_other_key(case) is not None,
        "waited": _waited,
    }
)


def holds(case: Case, step: Step) -> bool:
    """Whether a step that the program verifies is done. A step of another version proves nothing."""
    known = STEPS.get(step.id)
    check = CHECKS.get(known.check) if known is not None else None
    return check is not None and check(case)


# --- The problem --------------------------------------------------------------------------------------------

_STAYS: Final = frozenset({"token_expiring", "seller_mismatch"})
"""Facts of a token: no answer of WB makes them untrue."""


def gone(case: Case) -> bool:
    """Whether the problem went away by itself: WB answers again, with the very token that failed."""
    row = case.checklist
    if row.key_id is None:
        return _incident_over(case)
    if row.code in _STAYS or row.severity != "error":
        return row.code in ("token_expiring", "scope_missing") and row.run_id is None and _token_saved(case)
    if row.run_id is not None and case.key is not None and replaced(case.diagnosis, case.key, case.since):
        return _gone_with_its_token(case, case.key)
    if row.code in OF_THE_TOKEN or not case.endpoint:
        return _any_method_answered(case)
    return _answered(case) or case.import_ran


def _gone_with_its_token(case: Case, key: Key) -> bool:
    """Mostly the way out is still being walked: its last step is the import. But a new token that lacks the
    category has another problem, with a checklist of its own; and one that is not what was asked for may have
    brought the import to its end all the same."""
    why = unfit(case.diagnosis, TokenFacts.from_record(key.facts), case.now)
    return bool(why) and ((why == CATEGORY and case.checklist.code != "scope_missing") or case.import_ran)


def _incident_over(case: Case) -> bool:
    """All that an outage concerned answers again, or is no longer there."""
    return all(_member_healed(case, member) for member in case.members)


def _imports_of_incident_ran(case: Case) -> bool:
    """An outage is over, and each import that it had stopped has ended well since: what WB answers to another
    key ends the outage, and brings this key's orders to nobody."""
    return all(
        _member_imported(case, member) if member.run_id else _member_healed(case, member)
        for member in case.members
    )


def _member_imported(case: Case, member: incidents.Member) -> bool:
    return _imported(case.session, member.method, member.run_id, member.last, Run.key_id == member.key_id)


def _member_healed(case: Case, member: incidents.Member) -> bool:
    return _member_imported(case, member) or incidents.answered_since(case.session, case.checklist, member)


# --- Routes -------------------------------------------------------------------------------------------------


def deciding(steps: Iterable[Step], route: str) -> list[Step]:
    """The steps that end a route: those that the program verifies; where there are none, all of them."""
    mine = [s for s in steps if s.route in ("", route)]
    return [s for s in mine if s.verified_by == "system"] or mine


def routes_of(steps: Iterable[Step]) -> list[str]:
    """The ways out, in their order; [""] where there is one."""
    return list(dict.fromkeys(s.route for s in steps if s.route)) or [""]


def taken(steps: Iterable[Step], chosen: str) -> str:
    """The way that was taken: by evidence, else by the operator; "" when that is open."""
    known = tuple(steps)
    ways = routes_of(known)
    ended = [way for way in ways if way and all(s.done for s in deciding(known, way))]
    begun = [way for way in ways if way and any(s.done for s in known if s.route == way)]
    proven = [
        way for way in begun if any(s.done and s.verified_by == "system" for s in known if s.route == way)
    ]
    # What is done for the key goes before what was done for one import.
    for_the_key = [way for way in (*ended, *proven) if way not in FOR_THE_IMPORT]
    order = [*for_the_key, *ended, *([chosen] if chosen in ways else []), *begun]
    return order[0] if order else ""
