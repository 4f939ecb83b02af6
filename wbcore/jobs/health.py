"""The health of keys: what each can do now, found out with as few requests as possible.

What the token denies needs no request. What has been proven a short while ago needs none either: a proof
holds for a time that follows from what another one would cost of the seller's quota. Only the rest is probed.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlmodel import Session

from wbcore.api import token as tokens
from wbcore.api.catalog import CAPABILITIES, CATEGORIES, SANDBOX_HOSTS, Method, group_limit
from wbcore.api.client import WBClient
from wbcore.api.errors import AuthError, NetworkError, RateLimitedError, ScopeError, TokenTypeError, WBError
from wbcore.api.token import TokenFacts
from wbcore.guidance import checklist, diagnosis
from wbcore.guidance.diagnosis import Diagnosis
from wbcore.jobs.capabilities import STATUS_OF_CODE, UNHEARD, WHOLE_TOKEN
from wbcore.jobs.clients import client_for, environment_of, facts_of
from wbcore.jobs.evidence import evidence_for
from wbcore.settings import settings
from wbcore.store import db, health, keys
from wbcore.store.models import CapabilityState, Key

log = logging.getLogger(__name__)

PROOF_INTERVALS: Final = 60
"""A proof holds for so many intervals of its quota: 12 s where 300 requests a minute may go, an hour where
one may, a week where it is one in three hours."""
SLOW_S: Final = 600.0
"""A quota of one request in so many seconds is never spent on a probe: it is the imports'."""
HEAVY_PROOF_S: Final = 86_400.0
HEAVY: Final = frozenset({"orders.new"})
"""Probes whose answer may have megabytes: WB gives all new orders at once. Their proofs hold for a day."""
FOLLOWS: Final = {"orders.client": "orders.status"}
"""Never probed, as its answers are buyers' data: it shares host, category and quota with another method."""
PATIENCE_S: Final = 2.0
ATTEMPTS: Final = 2
AT_ONCE: Final = 32
"""Keys and hosts that are asked side by side: nearly all of the time is spent waiting for WB."""
RANK: Final = {"ok": 0, "info": 0, "unknown": 1, "warning": 1, "denied": 1, "error": 2}


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
        ping: a host to ask whether the token still lives, where nothing is probed.
    """

    key: Key
    facts: TokenFacts
    now: datetime
    refused: list[str] = field(default_factory=list)
    known: dict[str, Finding] = field(default_factory=dict)
    probes: dict[str, list[Method]] = field(default_factory=dict)
    ping: str | None = None

    @property
    def requests(self) -> int:
        return sum(map(len, self.probes.values())) + (self.ping is not None)


def planned_requests(key_ids: Iterable[int] | None = None) -> int:
    """How many requests ``check`` would send now for these keys; None: for all."""
    return sum(plan.requests for plan in _plans(key_ids))


def check(key_ids: Iterable[int] | None = None, lang: str | None = None) -> dict[str, Any]:
    """Checks keys (None: all), keeps what was found, and reports it.

    Returns:
        The document of ``doctor``, with texts in ``lang`` (default: the installation's).
    """
    plans = _plans(key_ids)
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="health") as pool:
        found = list(pool.map(lambda job: _ask(*job), _jobs(plans)))
    by_key: dict[int, list[_Asked]] = {}
    for asked in found:
        by_key.setdefault(asked.key_id, []).append(asked)
    rows = [_conclude(plan, by_key.get(_id(plan.key), []), lang or settings().lang) for plan in plans]
    worst = max((row["status"] for row in rows), key=RANK.__getitem__, default="ok")
    log.info("health checked", extra={"data": {"keys": len(rows), "status": worst}})
    return {"checked_at": _iso(datetime.now(UTC)), "status": worst, "keys": rows}


# --- What is to be asked -----------------------------------------------------------------------------------


def _plans(key_ids: Iterable[int] | None) -> list[Plan]:
    """Two queries for any number of keys."""
    wanted = None if key_ids is None else set(key_ids)
    now = datetime.now(UTC)
    with db.session() as session:
        rows = [k for k in keys.list_keys(session) if wanted is None or k.id in wanted]
        states = health.states(session, wanted)
    return [_plan(key, states.get(_id(key), {}), now) for key in rows]


def _plan(key: Key, states: dict[str, CapabilityState], now: datetime) -> Plan:
    plan = Plan(key, facts_of(key), now)
    for method in CAPABILITIES:
        if tokens.can_call(plan.facts, environment_of(key), method, now):
            plan.refused.append(method.id)
        elif method.id not in FOLLOWS:
            proof = _proof(plan, method, states.get(method.id))
            if proof is not None:
                plan.known[method.id] = proof
            else:
                plan.probes.setdefault(method.host, []).append(method)
    if _is_dead(plan, states):
        _ask_once(plan, states)
    if not plan.probes:
        plan.ping = _host_to_ping(plan)
    return plan


def _is_dead(plan: Plan, states: dict[str, CapabilityState]) -> bool:
    """Whether WB has refused this very token as a whole, wherever it was asked since."""
    probed = [m.id for methods in plan.probes.values() for m in methods]
    since = plan.key.token_saved_at
    return bool(probed) and all(
        name in states
        and states[name].checked_at >= since
        and (states[name].diagnosis or {}).get("code") in WHOLE_TOKEN
        for name in probed
    )


def _ask_once(plan: Plan, states: dict[str, CapabilityState]) -> None:
    """A refusal costs ten requests of the quota, and the second one says nothing new."""
    (host, (method, *others)), *rest = plan.probes.items()
    for one in (*others, *(m for _, methods in rest for m in methods)):
        plan.known[one.id] = Finding("denied", "probe", at=states[one.id].checked_at)
    plan.probes = {host: [method]}


def _proof(plan: Plan, method: Method, state: CapabilityState | None) -> Finding | None:
    """What makes a probe needless."""
    interval = group_limit(method.group, plan.facts.kind, environment_of(plan.key)).interval_s
    holds = timedelta(seconds=max(interval * PROOF_INTERVALS, HEAVY_PROOF_S if method.id in HEAVY else 0))
    if (
        state is not None
        and state.status == "ok"
        and state.evidence == "probe"
        and plan.now - state.checked_at < holds
    ):
        return Finding("ok", "probe", state.latency_ms, state.checked_at)
    return Finding("ok", "token") if interval >= SLOW_S else None


def _host_to_ping(plan: Plan) -> str | None:
    """Any host that the token opens, so that a withdrawn token is noticed."""
    hosts = [c.host for c in CATEGORIES if c.id in plan.facts.categories]
    if plan.key.environment == "test":
        hosts = [h for h in hosts if h in SANDBOX_HOSTS]
    return hosts[0] if hosts and not plan.facts.expired(plan.now) else None


# --- Asking ------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Asked:
    """What one host has said of one key: method id -> milliseconds, or the error."""

    key_id: int
    answers: dict[str, int | WBError] = field(default_factory=dict)
    pinged: WBError | None = None


def _jobs(plans: Sequence[Plan]) -> list[tuple[Plan, str, list[Method]]]:
    jobs = [(plan, host, methods) for plan in plans for host, methods in plan.probes.items()]
    return jobs + [(plan, plan.ping, []) for plan in plans if plan.ping]


def _ask(plan: Plan, host: str, methods: list[Method]) -> _Asked:
    """One key at one host. What the host says of the whole token is not asked twice."""
    asked = _Asked(_id(plan.key))
    with client_for(plan.key, max_wait_s=PATIENCE_S, attempts=ATTEMPTS) as client:
        if not methods:
            asked.pinged = _error_of(client, host)
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


def _error_of(client: WBClient, host: str) -> WBError | None:
    try:
        client.ping(host)
    except WBError as error:
        return error
    return None


def _is_final(error: WBError) -> bool:
    """Whether the other methods of this host would say the same."""
    if isinstance(error, NetworkError):
        return True
    return isinstance(error, AuthError) and not isinstance(error, TokenTypeError)


# --- What follows ------------------------------------------------------------------------------------------


def _conclude(plan: Plan, asked: Sequence[_Asked], lang: str) -> dict[str, Any]:
    """Keeps what was found of one key, and its part of the report."""
    key = plan.key
    with db.session() as session:
        row = session.get(Key, key.id)
        if row is None:  # removed while we asked
            return _report(plan, plan.known, (), lang)
        findings = _findings(session, plan, asked)
        for name, finding in findings.items():
            _record(session, row, name, finding, plan.now)
        if any(f.probed and f.status == "ok" for f in findings.values()) or _ping_worked(plan, asked):
            row.verified_at = plan.now
            session.add(row)
        found = _each_once([*diagnosis.token_diagnoses(evidence_for(session, key)), *_failures(findings)])
        for one in found:
            if one.severity == "error":
                checklist.open_or_update(session, one, row, None)
        session.flush()
        checklist.refresh(session, row.id)
        session.commit()
    return _report(plan, findings, found, lang)


def _findings(session: Session, plan: Plan, asked: Sequence[_Asked]) -> dict[str, Finding]:
    findings = dict(plan.known)
    for name in plan.refused:
        refusal = diagnosis.preflight(name, evidence_for(session, plan.key, name))
        findings[name] = Finding("denied", "token", found=refusal)
    states = health.states(session, [_id(plan.key)]).get(_id(plan.key), {})
    for one in asked:
        for method_id, answer in one.answers.items():
            findings[method_id] = _finding(session, plan, method_id, answer, states.get(method_id))
    dead = _whole_refusal(asked)
    if dead is not None:
        found = diagnosis.from_error(dead, evidence_for(session, plan.key, dead.method_id))
        for name, known in findings.items():
            if known.status == "ok" or known.probed:
                findings[name] = Finding("denied", "probe", found=found, probed=True)
    for method_id, like in FOLLOWS.items():
        if method_id not in findings and like in findings:
            model = findings[like]
            evidence = "token" if model.status == "ok" else model.evidence
            findings[method_id] = Finding(model.status, evidence, None, model.at, None, model.probed)
    return findings


def _finding(
    session: Session, plan: Plan, method_id: str, answer: int | WBError, state: CapabilityState | None
) -> Finding:
    if isinstance(answer, int):
        return Finding("ok", "probe", answer, plan.now, probed=True)
    found = diagnosis.from_error(answer, evidence_for(session, plan.key, method_id))
    if found.code not in UNHEARD:
        status = STATUS_OF_CODE.get(found.code, "error")
        return Finding(status, "probe", None, plan.now, found, probed=True)
    if isinstance(answer, RateLimitedError):
        # Our own bucket is empty: nothing is wrong, and what was known before is still so.
        known = state is not None and state.status == "ok"
        return Finding("ok" if known else "unknown", state.evidence if state and known else "token")
    return Finding("unknown", "probe", found=found)


def _whole_refusal(asked: Sequence[_Asked]) -> WBError | None:
    """An answer that is about the token and not about one method."""
    answers = [a for one in asked for a in (*one.answers.values(), one.pinged) if isinstance(a, AuthError)]
    return next((a for a in answers if not isinstance(a, (ScopeError, TokenTypeError))), None)


def _ping_worked(plan: Plan, asked: Sequence[_Asked]) -> bool:
    return plan.ping is not None and any(not one.answers and one.pinged is None for one in asked)


def _record(session: Session, key: Key, capability: str, finding: Finding, now: datetime) -> None:
    """Only news: an older proof keeps its time."""
    if not finding.probed and finding.evidence == "probe":
        return
    health.record(
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


def _each_once(found: Iterable[Diagnosis]) -> list[Diagnosis]:
    return list({(d.code, d.cause, d.required_category): d for d in reversed(list(found))}.values())[::-1]


def _report(
    plan: Plan, findings: dict[str, Finding], found: Sequence[Diagnosis], lang: str
) -> dict[str, Any]:
    worst = max((d.severity for d in found), key=RANK.__getitem__, default="ok")
    return {
        "name": plan.key.name,
        "status": "ok" if worst == "info" else worst,
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
