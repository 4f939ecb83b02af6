"""The health of keys: what each can do now, found out with as few requests as possible.

What the token denies needs no request. What has been proven a short while ago needs none either: a proof
holds for a time that follows from what another one would cost of the seller's quota. Only the rest is probed.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from wbcore.api import token as tokens
from wbcore.api.catalog import (
    CAPABILITIES,
    CATEGORIES,
    METHOD_BY_ID,
    PING,
    SANDBOX_HOSTS,
    Method,
    group_limit,
    ping_method,
)
from wbcore.api.errors import (
    HeaderLostError,
    NetworkError,
    RateLimitedError,
    ScopeError,
    WBError,
    WBUnavailableError,
)
from wbcore.api.token import TokenFacts
from wbcore.guidance import checklist, clocks, diagnosis
from wbcore.guidance.diagnosis import Diagnosis
from wbcore.imports import usage
from wbcore.keys import acquaintance, capabilities, keyring
from wbcore.keys.clients import client_for, environment_of, facts_of
from wbcore.keys.evidence import evidence_for
from wbcore.keys.proofs import forget_what_is_over, is_whole_refusal, status_of
from wbcore.settings import settings
from wbcore.store import db, timekeeping
from wbcore.store.models import CapabilityState, Key
from wbcore.store.problems import SecretKeyError
from wbcore.store.states import CapabilityStatus, Severity, worst_severity

if TYPE_CHECKING:
    from wbcore.api.client import WBClient

log = logging.getLogger(__name__)

PROOF_INTERVALS: Final = 60
"""A proof holds for so many intervals of its quota: an hour where one request a minute may go, a week where
one may in three hours."""
SLOW_S: Final = 600.0
"""A quota of one request in so many seconds is never spent on a probe: it is the imports'."""
HEAVY_PROOF_S: Final = 86_400.0
LEAST_PROOF_S: Final = 900.0
"""No proof is worth less: a second check a few minutes later asks only whether the tokens still live."""
HEAVY: Final = frozenset({"orders.new"})
"""Probes whose answer may have megabytes: WB gives all new orders at once. Their proofs hold for a day."""
UNUSED_KEY: Final = frozenset({"orders.new", "orders.status"})
GATES: Final = frozenset({"seller.info", "orders.status", "statistics.orders"})
"""The cheapest method of each host: whether a token is let in there is asked of every seller. Whether another
method works at all (it may be retired or switched off) is the same for all of them and asked of one key."""
LIFE: Final = ("seller.info", "orders.status")
"""The first of them that a token opens, and that has quota left, is asked whether it lives: neither brings
orders. A refusal of the second one costs ten requests."""
FOLLOWS: Final = {"orders.client": "orders.status"}
"""Never probed, as its answers are buyers' data: it shares host, category and quota with another method."""
PATIENCE_S: Final = 2.0
ATTEMPTS: Final = 2
AT_ONCE: Final = 32
"""Keys and hosts that are asked side by side: nearly all of the time is spent waiting for WB."""
ANSWER_S: Final = 60.0
"""Probes bring little, but for all new orders at once."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What is known of one capability now.

    Attributes:
        probed: this check has found it out; else it is known from the token, or from before.
    """

    status: str
    evidence: str
    latency_ms: int | None = None
    at: datetime | None = None
    found: Diagnosis | None = None
    probed: bool = False


@dataclass(slots=True)
class Plan:
    """What a check of one key will do.

    Attributes:
        known: capabilities that need no request.
        refused: ids of the methods that the token denies, no request either.
        probes: methods by host.
        shared: methods that another key of the seller is asked for in the same check -> that key's id.
        dead: WB has refused this token as a whole before.
        life: where nothing is probed, what may be asked whether the token still lives: ids of methods, or a
            ping's.
        failed: methods that WB has not answered well when this key asked last, and when that was.
    """

    key: Key
    facts: TokenFacts
    now: datetime
    refused: list[str] = field(default_factory=list)
    known: dict[str, Finding] = field(default_factory=dict)
    probes: dict[str, list[Method]] = field(default_factory=dict)
    shared: dict[Method, int] = field(default_factory=dict)
    failed: dict[str, datetime] = field(default_factory=dict)
    dead: bool = False
    life: tuple[str, ...] = ()
    sealed: bool = False
    """The stored token can't be decrypted, so nothing can be asked."""

    @property
    def requests(self) -> int:
        return sum(map(len, self.probes.values())) + bool(self.life)


def planned_for(keys: Iterable[tuple[Key, dict[str, CapabilityState]]]) -> int:
    """How many requests ``check`` would send now for keys that have been read, with what is known of each."""
    now = datetime.now(UTC)
    return sum(plan.requests for plan in _shared(_plan(key, states, now) for key, states in keys))


def check(key_ids: Iterable[int] | None = None, lang: str | None = None) -> dict[str, Any]:
    """Checks keys (None: all), keeps what was found, and reports it.

    Returns:
        The document of ``doctor``, with texts in ``lang`` (default: the installation's).

    Raises:
        DBAPIError: the database can't be written to.
    """
    found, broken = _check(_plans(key_ids), lang or settings().lang)
    for trouble in broken.values():
        if isinstance(trouble, DBAPIError):  # it is no key's fault, and who runs the command can mend it
            raise trouble
    rows = list(found.values())
    with db.session() as session:
        warnings = [clocks.warning(one, lang or settings().lang) for one in timekeeping.wrong(session)]
    worst = worst_severity([*(row["status"] for row in rows), *(Severity.WARNING for _ in warnings)])
    log.info("health checked", extra={"data": {"keys": len(rows), "status": worst}})
    return {"checked_at": _iso(datetime.now(UTC)), "status": worst, "warnings": warnings, "keys": rows}


def check_all(key_ids: Iterable[int]) -> set[int]:
    """Checks keys in the background; ids of those that could not be checked, for a reason of ours."""
    _, broken = _check(_plans(key_ids), settings().lang)
    return set(broken)


def _check(plans: Sequence[Plan], lang: str) -> tuple[dict[int, dict[str, Any]], dict[int, Exception | None]]:
    """The report's rows by key, and the keys that could not be checked, with what was in the way (None: the
    secret key, which each row tells): each by itself.

    Whose token was replaced meanwhile is checked anew: what WB has said is about the former one.
    """
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="health") as pool:
        found = list(pool.map(lambda job: _asked(*job), _jobs(plans)))
        found += pool.map(lambda job: _asked(*job), _left_by_others(plans, found))
    by_key: dict[int, list[_Asked]] = {}
    for asked in found:
        by_key.setdefault(asked.key_id, []).append(asked)
    rows: dict[int, dict[str, Any]] = {}
    broken: dict[int, Exception | None] = {}
    anew = set()
    for plan in plans:
        answers = by_key.get(_id(plan.key), [])
        trouble = next((one.trouble for one in answers if one.trouble is not None), None)
        if trouble is not None:
            broken[_id(plan.key)] = trouble
            rows[_id(plan.key)] = _unchecked(plan, trouble, lang)
        elif (row := _conclude(plan, answers, lang)) is None:
            anew.add(_id(plan.key))
        else:
            rows[_id(plan.key)] = row
            if plan.sealed:
                broken[_id(plan.key)] = None
    answered = {one.key_id for one in found if any(isinstance(a, int) for a in one.answers.values())}
    acquaintance.learn_sellers(plan.key for plan in plans if plan.key.id in answered)
    if anew:
        rows_anew, broken_anew = _check(_plans(anew), lang)
        rows, broken = rows | rows_anew, broken | broken_anew
    return {key_id: rows[key_id] for plan in plans if (key_id := _id(plan.key)) in rows}, broken


# --- What is to be asked -----------------------------------------------------------------------------------


def _plans(key_ids: Iterable[int] | None) -> list[Plan]:
    """Two queries for any number of keys."""
    wanted = None if key_ids is None else set(key_ids)
    now = datetime.now(UTC)
    with db.session() as session:
        rows = [k for k in keyring.list_keys(session) if wanted is None or k.id in wanted]
        states = capabilities.states(session, wanted)
    return _shared(_plan(key, states.get(_id(key), {}), now) for key in rows)


def _shared(plans: Iterable[Plan]) -> list[Plan]:
    """What WB lets a seller do is asked of one of the seller's keys; of the others, whether they live.

    What is so for every seller is asked of one key of them all.
    """
    made = list(plans)
    living = [plan for plan in made if not (plan.dead or plan.sealed)]
    failed = _newest(living, lambda plan: plan.failed.items())
    proofs = _newest(living, _proofs)
    proven = {place for place, at in proofs.items() if place not in failed or failed[place] < at}
    asked: dict[tuple[object, ...], int] = {}
    for plan in living:
        for method in [one for methods in plan.probes.values() for one in methods]:
            place = _place(plan, method.id)
            if place in proven:
                plan.known[method.id] = Finding(CapabilityStatus.OK, "token")
            elif asked.setdefault(place, _id(plan.key)) != _id(plan.key):
                plan.shared[method] = asked[place]
        plan.probes = _without(plan.probes, {*plan.known, *(one.id for one in plan.shared)})
        if not plan.probes:
            plan.life = _signs_of_life(plan)
    return made


def _newest(
    plans: Iterable[Plan], moments: Callable[[Plan], Iterable[tuple[str, datetime]]]
) -> dict[tuple[object, ...], datetime]:
    """The newest of some moments, by place."""
    found: dict[tuple[object, ...], datetime] = {}
    for plan in plans:
        for name, at in moments(plan):
            place = _place(plan, name)
            found[place] = max(at, found.get(place, at))
    return found


def _proofs(plan: Plan) -> Iterator[tuple[str, datetime]]:
    for name, one in plan.known.items():
        if one.status == "ok" and one.evidence == "probe" and one.at is not None:
            yield name, one.at


def _place(plan: Plan, method_id: str) -> tuple[object, ...]:
    """Keys for which WB has the same to say of a method that their tokens open have the same place."""
    alike = (plan.key.environment, plan.facts.kind, method_id)
    return (plan.key.seller_id, *alike) if method_id in GATES else alike


def _without(probes: Mapping[str, Sequence[Method]], names: set[str]) -> dict[str, list[Method]]:
    left = {host: [one for one in methods if one.id not in names] for host, methods in probes.items()}
    return {host: methods for host, methods in left.items() if methods}


def _plan(key: Key, states: dict[str, CapabilityState], now: datetime) -> Plan:
    said = (state for state in states.values() if state.evidence == "probe" and state.status != "ok")
    plan = Plan(key, facts_of(key), now, failed={state.capability: state.checked_at for state in said})
    try:
        keyring.token_of(key)
    except SecretKeyError:
        plan.sealed = True
        plan.known = {method.id: Finding("unknown", "token") for method in CAPABILITIES}
        return plan
    for method in CAPABILITIES:
        if tokens.can_call(plan.facts, environment_of(key), method, now):
            plan.refused.append(method.id)
        elif method.id not in FOLLOWS:
            proof = _proof(plan, method, states.get(method.id))
            if proof is not None:
                plan.known[method.id] = proof
            else:
                plan.probes.setdefault(method.host, []).append(method)
    plan.dead = _is_dead(plan, states)
    if plan.dead:
        _ask_once(plan, states)
    if not plan.probes:
        plan.life = _signs_of_life(plan)
    return plan


def _is_dead(plan: Plan, states: dict[str, CapabilityState]) -> bool:
    """Whether WB has refused this very token as a whole, wherever it was asked since."""
    probed = [m.id for methods in plan.probes.values() for m in methods]
    since = plan.key.token_saved_at
    return bool(probed) and all(
        name in states and states[name].checked_at >= since and is_whole_refusal(states[name].diagnosis)
        for name in probed
    )


def _ask_once(plan: Plan, states: dict[str, CapabilityState]) -> None:
    """A refusal costs ten requests of the quota, and the second one says nothing new."""
    (host, (method, *others)), *rest = plan.probes.items()
    for one in (*others, *(m for _, methods in rest for m in methods)):
        plan.known[one.id] = Finding(CapabilityStatus.DENIED, "probe", at=states[one.id].checked_at)
    plan.probes = {host: [method]}


def _proof(plan: Plan, method: Method, state: CapabilityState | None) -> Finding | None:
    """What makes a probe needless. One that is still to come, by a clock that was set back since, is none for
    ever."""
    interval = group_limit(method.group, plan.facts.kind, environment_of(plan.key)).interval_s
    holds = timedelta(
        seconds=max(interval * PROOF_INTERVALS, HEAVY_PROOF_S if method.id in HEAVY else LEAST_PROOF_S)
    )
    if (
        state is not None
        and state.status == "ok"
        and state.evidence == "probe"
        and abs(plan.now - state.checked_at) < holds
    ):
        return Finding(CapabilityStatus.OK, "probe", state.latency_ms, state.checked_at)
    return Finding(CapabilityStatus.OK, "token") if interval >= SLOW_S else None


def _signs_of_life(plan: Plan) -> tuple[str, ...]:
    """What any living token is answered, so that a withdrawn one is noticed.

    A ping where there is nothing else: WB asks that programs send none by themselves, and blocks who does.
    """
    if plan.facts.expired(plan.now):
        return ()
    environment = environment_of(plan.key)
    found = tuple(
        method.id
        for method in map(METHOD_BY_ID.__getitem__, LIFE)
        if group_limit(method.group, plan.facts.kind, environment).interval_s < SLOW_S
        and tokens.can_call(plan.facts, environment, method, plan.now) is None
    )
    hosts = [c.host for c in CATEGORIES if c.id in plan.facts.categories]
    if environment == "test":
        hosts = [h for h in hosts if h in SANDBOX_HOSTS]
    return found or tuple(ping_method(host).id for host in hosts[:1])


# --- Asking ------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Asked:
    """What one host has said of one key.

    Attributes:
        answers: method id -> milliseconds, or the error.
        lifeless: what was said when the key was only asked whether it lives, and that was no yes.
        trouble: why nothing could be asked, on our side.
    """

    key_id: int
    answers: dict[str, int | WBError] = field(default_factory=dict)
    lifeless: WBError | None = None
    trouble: Exception | None = None


Job = tuple[Plan, list[Method]]
"""A key and what it is asked at one host; nothing: only whether it lives."""


def _jobs(plans: Sequence[Plan]) -> list[Job]:
    jobs = [(plan, methods) for plan in plans for methods in plan.probes.values()]
    return jobs + [(plan, []) for plan in plans if plan.life]


def _left_by_others(plans: Sequence[Plan], found: Sequence[_Asked]) -> list[Job]:
    """What another key was asked: where WB said yes, it is known; else the key is asked itself.

    A key that was refused at the gate of a host would get no further with its other methods (``_findings``).
    Of what nobody could be asked nothing is known.
    """
    worked = {
        (a.key_id, name) for a in found for name, answer in a.answers.items() if isinstance(answer, int)
    }
    refused = {a.key_id for a in found if a.lifeless is not None or a.trouble or _whole_refusal([a])}
    shut = {(one.key_id, host) for one in found for host in _shut_gates([one])}
    left: dict[tuple[int, str], Job] = {}
    for plan in plans:
        for method, leader in plan.shared.items():
            if (leader, method.id) in worked or (_id(plan.key), method.host) in shut:
                plan.known[method.id] = Finding(CapabilityStatus.OK, "token")
            elif _id(plan.key) not in refused:
                job = left.setdefault((_id(plan.key), method.host), (plan, []))
                job[1].append(method)
            else:
                plan.known[method.id] = Finding(CapabilityStatus.UNKNOWN, "token")
    return list(left.values())


def _asked(plan: Plan, methods: list[Method]) -> _Asked:
    """As ``_ask``; a failure of ours with one key spoils no other's answers."""
    try:
        return _ask(plan, methods)
    except DBAPIError as error:  # no fault of the program's: whoever has asked is told in words
        data = {"key": plan.key.name, "reason": str(error.orig)}
        log.warning("a key could not be checked", extra={"data": data})
        return _Asked(_id(plan.key), trouble=error)
    except Exception as error:
        log.exception("a key could not be checked", extra={"data": {"key": plan.key.name}})
        return _Asked(_id(plan.key), trouble=error)


def _ask(plan: Plan, methods: list[Method]) -> _Asked:
    """One key at one host. What the host says of the whole token is not asked twice."""
    asked = _Asked(_id(plan.key))
    with client_for(plan.key, max_wait_s=PATIENCE_S, answer_s=ANSWER_S, attempts=ATTEMPTS) as client:
        if not methods:
            asked.lifeless = _no_life(client, plan.life)
        for method in methods:
            try:
                asked.answers[method.id] = client.probe(method.id)
            except WBError as error:
                asked.answers[method.id] = error
                if _is_final(error):
                    rest = methods[methods.index(method) + 1 :]
                    asked.answers.update(dict.fromkeys((m.id for m in rest), error))
                    break
    return asked


def _no_life(client: WBClient, signs: Sequence[str]) -> WBError | None:
    """What WB has said of a token that lives no more, or why it could not be asked; None: it lives."""
    said: WBError | None = None
    for one in signs:
        try:
            if one in METHOD_BY_ID:
                client.probe(one)
            else:
                client.ping(one.removeprefix(PING))
        except WBError as error:
            if error.whole_token or isinstance(error, (NetworkError, HeaderLostError, WBUnavailableError)):
                return error
            said = error  # it is about that method, or its quota
        else:
            return None
    return said


def _is_final(error: WBError) -> bool:
    """Whether the other methods of this host would say the same."""
    return error.whole_token or isinstance(error, (NetworkError, HeaderLostError, ScopeError))


# --- What follows ------------------------------------------------------------------------------------------


def _conclude(plan: Plan, asked: Sequence[_Asked], lang: str) -> dict[str, Any] | None:
    """Keeps what was found of one key, and its part of the report; None: the key has another token now."""
    key = plan.key
    with db.session() as session:
        row = session.get(Key, key.id)
        if row is None:  # removed while we asked
            return _report(plan, plan.known, (), lang)
        if row.fingerprint != key.fingerprint:
            return None
        findings = _findings(session, plan, asked)
        for name, finding in findings.items():
            _record(session, row, name, finding, plan.now)
        answered = [name for name, f in findings.items() if f.probed and f.status == "ok"]
        if answered:
            forget_what_is_over(session, row, answered, plan.now)
        if answered or _lives(plan, asked):
            row.verified_at = plan.now
            session.add(row)
        known = evidence_for(session, key)
        sealed = [diagnosis.sealed_token(known)] if plan.sealed else []
        found = [*sealed, *diagnosis.token_diagnoses(known), *_failures(findings)]
        used = _methods_in_use(session, _id(row), plan.now)
        for one in checklist.each_once(one for one in found if _concerns_somebody(one, used)):
            checklist.open_or_update(session, one, row)
        session.flush()
        checklist.refresh(session, row.id)
        session.commit()
    return _report(plan, findings, checklist.each_once(found), lang)


def _methods_in_use(session: Session, key_id: int, now: datetime) -> frozenset[str]:
    """What the key's imports and schedules ask; of a key that was never used, what keys are for here."""
    return usage.methods_in_use(usage.usage(session, [key_id], now)[key_id]) or UNUSED_KEY


def _concerns_somebody(found: Diagnosis, used: frozenset[str]) -> bool:
    """Whether a finding is somebody's problem: what a method that nobody asks answers is only shown."""
    endpoint = str(found.details.get("endpoint") or "")
    if found.severity != Severity.ERROR:
        return found.code == "scope_missing"
    return endpoint not in METHOD_BY_ID or found.traits.whole_token or endpoint in used


def _unchecked(plan: Plan, trouble: Exception, lang: str) -> dict[str, Any]:
    """Nothing new is known of a key, and why."""
    return _report(plan, plan.known, [diagnosis.unknown_failure(trouble)], lang)


def _findings(session: Session, plan: Plan, asked: Sequence[_Asked]) -> dict[str, Finding]:
    findings = dict(plan.known)
    for name in plan.refused:
        refusal = diagnosis.preflight(name, evidence_for(session, plan.key, name))
        findings[name] = Finding(CapabilityStatus.DENIED, "token", found=refusal)
    states = capabilities.states(session, [_id(plan.key)]).get(_id(plan.key), {})
    for one in asked:
        for method_id, answer in one.answers.items():
            findings[method_id] = _finding(session, plan, method_id, answer, states.get(method_id))
    for host, error in _shut_gates(asked).items():
        # What another key has proven holds for who is let in.
        for name, known in findings.items():
            if METHOD_BY_ID[name].host == host and (known.status, known.evidence) == ("ok", "token"):
                findings[name] = _finding(session, plan, name, error, None)
    _apply_to_all(session, plan, asked, findings)
    for method_id, like in FOLLOWS.items():
        if method_id not in findings and like in findings:
            model = findings[like]
            evidence = "token" if model.status == "ok" else model.evidence
            findings[method_id] = Finding(model.status, evidence, None, model.at, None, model.probed)
    return findings


def _apply_to_all(
    session: Session, plan: Plan, asked: Sequence[_Asked], findings: dict[str, Finding]
) -> None:
    """What is meant for the whole token, or said instead of what a key could not be asked."""
    if dead := _whole_refusal(asked):
        found = diagnosis.from_error(dead, evidence_for(session, plan.key))
        for name, known in findings.items():
            if known.status in ("ok", "unknown") or known.probed:
                findings[name] = Finding(CapabilityStatus.DENIED, "probe", found=found, probed=True)
    elif plan.dead and any(known.probed and known.status == "ok" for known in findings.values()):
        for name, known in plan.known.items():
            if known.status == CapabilityStatus.DENIED:  # it lives again: the others are asked next time
                findings[name] = Finding(CapabilityStatus.UNKNOWN, "token")
    elif unheard := next((one.lifeless for one in asked if one.lifeless is not None), None):
        found = diagnosis.from_error(unheard, evidence_for(session, plan.key, unheard.method_id))
        for name, known in findings.items():
            if (known.status, known.evidence) == ("unknown", "token"):
                findings[name] = Finding(CapabilityStatus.UNKNOWN, "probe", found=found)


def _finding(
    session: Session, plan: Plan, method_id: str, answer: int | WBError, state: CapabilityState | None
) -> Finding:
    if isinstance(answer, int):
        return Finding(CapabilityStatus.OK, "probe", answer, plan.now, probed=True)
    found = diagnosis.from_error(answer, evidence_for(session, plan.key, method_id))
    if not found.traits.unheard:
        return Finding(status_of(found), "probe", None, plan.now, found, probed=True)
    if isinstance(answer, RateLimitedError):
        # Our own bucket is empty: nothing is wrong, and what was known before is still so.
        known = state is not None and state.status == "ok"
        return Finding(
            CapabilityStatus.OK if known else "unknown", state.evidence if state and known else "token"
        )
    return Finding(CapabilityStatus.UNKNOWN, "probe", found=found)


def _shut_gates(asked: Sequence[_Asked]) -> dict[str, WBError]:
    """Hosts that have not let a token in -> what they said."""
    answers = ((name, answer) for one in asked for name, answer in one.answers.items() if name in GATES)
    return {METHOD_BY_ID[n].host: a for n, a in answers if isinstance(a, WBError) and _is_final(a)}


def _whole_refusal(asked: Sequence[_Asked]) -> WBError | None:
    """An answer that is about the token and not about one method."""
    answers = (a for one in asked for a in (*one.answers.values(), one.lifeless))
    return next((a for a in answers if isinstance(a, WBError) and a.whole_token), None)


def _lives(plan: Plan, asked: Sequence[_Asked]) -> bool:
    return bool(plan.life) and any(not one.answers and one.lifeless is None for one in asked)


def _record(session: Session, key: Key, capability: str, finding: Finding, now: datetime) -> None:
    """Only news: an older proof keeps its time."""
    if not finding.probed and finding.evidence == "probe":
        return
    capabilities.record(
        session,
        _id(key),
        capability,
        finding.status,
        finding.evidence,
        latency_ms=finding.latency_ms,
        diagnosis=finding.found.to_record() if finding.found else None,
        now=now,
    )


def _failures(findings: dict[str, Finding]) -> list[Diagnosis]:
    """What went wrong at WB. What the token says offline is told by ``token_diagnoses`` in its own words."""
    return [f.found for f in findings.values() if f.found is not None and f.evidence == "probe"]


def _report(
    plan: Plan, findings: dict[str, Finding], found: Sequence[Diagnosis], lang: str
) -> dict[str, Any]:
    return {
        "name": plan.key.name,
        "status": worst_severity(d.severity for d in found),
        "capabilities": [
            {
                "id": method.id,
                "category": method.category,
                "status": findings[method.id].status,
                "evidence": findings[method.id].evidence,
                "latency_ms": findings[method.id].latency_ms,
                "checked_at": _iso(findings[method.id].at or plan.now),
            }
            for method in CAPABILITIES
            if method.id in findings
        ],
        "diagnoses": [d.to_json(lang) for d in found],
    }


def _id(key: Key) -> int:
    assert key.id is not None
    return key.id


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
