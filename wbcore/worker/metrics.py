"""The installation in numbers, as Prometheus reads them. Nothing secret: names of keys, counts, times."""

from __future__ import annotations

from collections import Counter as Counts
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import func
from sqlalchemy import select as columns
from sqlmodel import Session, col, select

from wbcore.alerts import outbox
from wbcore.guidance import checklist
from wbcore.imports import runs, timetable
from wbcore.imports.sources import SOURCES
from wbcore.keys import capabilities, keyring
from wbcore.keys.clients import facts_of
from wbcore.store import counters, db, workers
from wbcore.store.models import ACTIVE_STATUSES, IS_ACTIVE, CapabilityState, Key, Run
from wbcore.store.states import CapabilityStatus, Severity, worst_status

EXPIRED: Final = "expired"
STATUSES: Final = (*(str(s) for s in CapabilityStatus if s != CapabilityStatus.BROKEN), EXPIRED)
"""Of a key: the worst of its capabilities. Whether something that is denied is needed, the operator knows."""


def text(now: datetime) -> str:
    """Prometheus' text format."""
    registry = CollectorRegistry()
    with db.session() as session:
        registry.register(_Once(_families(session, now)))
    return generate_latest(registry).decode()


class _Once(Collector):
    """Metrics that were read a moment ago; the registry gives them their form."""

    def __init__(self, families: Iterable[Metric]) -> None:
        self._families = list(families)

    def collect(self) -> Iterable[Metric]:
        return self._families


def _families(session: Session, now: datetime) -> list[Metric]:
    rows = keyring.list_keys(session)
    return [
        *_of_keys(session, rows, now),
        *_of_runs(session, rows, now),
        *_of_hosts(session),
        *_of_work(session, now),
    ]


def _of_keys(session: Session, rows: Sequence[Key], now: datetime) -> list[Metric]:
    states = capabilities.states(session)
    by_status = Counts(_status(key, states.get(key.id or 0, {}).values(), now) for key in rows)
    status = GaugeMetricFamily("wb_keys", "Keys by the worst state of their capabilities", labels=["status"])
    for name in STATUSES:
        status.add_metric([name], by_status[name])
    left = GaugeMetricFamily("wb_token_days_left", "Days until the key's token ends", labels=["key"])
    for key in rows:
        days = facts_of(key).days_left(now)
        if days is not None:
            left.add_metric([key.name], days)
    return [status, left]


def _status(key: Key, states: Iterable[CapabilityState], now: datetime) -> str:
    if facts_of(key).expired(now):
        return EXPIRED
    return worst_status(state.status for state in states)


def _of_runs(session: Session, rows: Sequence[Key], now: datetime) -> list[Metric]:
    names = {key.id: key.name for key in rows}
    age = GaugeMetricFamily(
        "wb_last_import_age_seconds", "Seconds since the last import that went well", labels=["key", "source"]
    )
    for key_id, *ends in session.connection().execute(_last_ends()):
        for source, ended in zip(SOURCES, ends, strict=True):
            if key_id in names and ended is not None:
                age.add_metric([names[key_id], source], (now - ended).total_seconds())
    active = select(Run.status, func.count()).where(IS_ACTIVE)
    counted = dict(session.exec(active.group_by(col(Run.status))).all())
    running = GaugeMetricFamily("wb_imports_active", "Imports that wait or run", labels=["status"])
    for name in ACTIVE_STATUSES:
        running.add_metric([name], counted.get(name, 0))
    return [age, running]


def _last_ends() -> Any:
    """By key and source the end of the last import that went well."""
    ends = (runs.newest(Run.finished_at, Run.status == "done", Run.source == source) for source in SOURCES)
    return columns(col(Key.id), *ends)


def _of_hosts(session: Session) -> list[Metric]:
    sent = CounterMetricFamily("wb_requests", "Requests sent to WB", labels=["host"])
    refused = CounterMetricFamily("wb_rate_limited", "Answers 429 of WB", labels=["host"])
    for row in counters.read(session):
        sent.add_metric([row.host], row.sent)
        refused.add_metric([row.host], row.refused)
    return [sent, refused]


def _of_work(session: Session, now: datetime) -> list[Metric]:
    counted = checklist.count_by_severity(session)
    problems = GaugeMetricFamily("wb_checklists_open", "Problems that are not solved", labels=["severity"])
    for severity in Severity:
        problems.add_metric([severity], counted.get(severity, 0))
    modes = Counts(
        "off" if not row.enabled else "paused" if row.paused_reason else "on"
        for row in timetable.list_schedules(session)
    )
    repeated = GaugeMetricFamily("wb_schedules", "Imports that repeat", labels=["state"])
    for mode in ("on", "off", "paused"):
        repeated.add_metric([mode], modes[mode])
    alive = GaugeMetricFamily("wb_workers", "Workers alive", value=len(workers.alive(session)))
    waiting = GaugeMetricFamily("wb_alerts_waiting", "Alerts not sent yet", value=outbox.pending(session))
    return [problems, repeated, alive, waiting]
