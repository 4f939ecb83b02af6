"""Imports that repeat: found due, enqueued once, stopped when they fail.

Why this is no schedule of dbos (``DBOSClient.create_schedule``): dbos keeps a thread for each schedule in
each worker, knows cron alone ("every 45 minutes" is none), and on SQLite lives in another database than ours,
so a schedule and its pause could not change in one transaction with the run. Here a due schedule is one row:
a worker moves its ``next_at`` on and makes the run in the same transaction, so of any number of workers on
any number of machines exactly one import comes, and none is lost with a worker that dies in between. The
import itself goes through dbos' queue like any other.

A failure that only an operator can heal pauses the schedule; its reason is the checklist that the failure has
opened. A failure that may pass is tried again later and later; after FAILURES in a row the schedule is paused
and tried once in RETRY, until it works.
"""

from __future__ import annotations

import logging
import math
from datetime import datetime, timedelta, tzinfo
from typing import Any, Final

from sqlmodel import Session, col, select

from wbcore.api.catalog import METHOD_BY_ID, group_limit
from wbcore.guidance import checklist
from wbcore.guidance.texts import format_datetime, format_duration, t
from wbcore.jobs import plan, queue
from wbcore.jobs.clients import environment_of, facts_of
from wbcore.jobs.sources import SOURCES
from wbcore.store import db, keys, schedules
from wbcore.store.models import Checklist, Key, Run, Schedule
from wbcore.store.runs import AlreadyRunning
from wbcore.store.schedules import ScheduleRefused

log = logging.getLogger(__name__)

PASSING: Final = frozenset(
    {
        "rate_limited",
        "wb_unavailable",
        "network_unreachable",
        "unexpected_response",
        "method_disabled",
        "unknown",
    }
)
"""Failures that may be gone the next time, without anybody doing anything."""
FAILURES: Final = 3
BACK_OFF: Final = (timedelta(minutes=15), timedelta(minutes=45))
"""The pause after the first failure in a row, after the second."""
RETRY: Final = timedelta(hours=6)


def least_minutes(key: Key, source: str) -> int:
    """How often WB's quota lets this source be imported with this token.

    Raises:
        KeyError: no such source.
    """
    method = METHOD_BY_ID[SOURCES[source].main.method]
    interval = group_limit(method.group, facts_of(key).kind, environment_of(key)).interval_s
    return max(schedules.LEAST_MINUTES, math.ceil(interval / 60))


def save(
    key_id: int,
    source: str,
    *,
    every_minutes: int | None = None,
    daily_at: str | None = None,
    tz: str = "Europe/Moscow",
    params: dict[str, Any] | None = None,
    now: datetime | None = None,
) -> Schedule:
    """Makes or changes the schedule of a key and source, and switches it on.

    Raises:
        ScheduleRefused: more often than the quota allows, or no time; its ``code`` says what.
        KeyError: no such key, no such source.
    """
    with db.session() as session:
        key = keys.get_key(session, key_id)
        if key is None:
            raise KeyError(key_id)
        found = schedules.save(
            session,
            key_id,
            source,
            every_minutes=every_minutes,
            daily_at=daily_at,
            tz=tz,
            params=params,
            least_minutes=least_minutes(key, source),
            now=now,
        )
        session.commit()
        return found


def work(now: datetime) -> list[Run]:
    """What a worker does for the schedules; the imports that it has started."""
    settle(now)
    return enqueue_due(now)


def enqueue_due(now: datetime) -> list[Run]:
    """Starts what is due. A key whose import runs already is passed over until the next time."""
    with db.session() as session:
        waiting = schedules.due(session, now)
    runs = [run for schedule in waiting if (run := _start(schedule, now)) is not None]
    for run in runs:
        queue.submit(run)
    return runs


def _start(schedule: Schedule, now: datetime) -> Run | None:
    with db.session() as session:
        if not schedules.claim(session, schedule, now):
            return None
        try:
            run = plan.create(session, schedule.key_id, schedule.source, dict(schedule.params), "schedule")
        except AlreadyRunning as error:
            log.debug("schedule %s passed over: import %s is active", schedule.id, error.run.id)
            session.commit()
            return None
        except KeyError:  # removed since it was read, or a source of another version
            session.commit()
            return None
        schedules.started(session, schedule, run.id)
        session.commit()
        return run


def settle(now: datetime) -> None:
    """Looks at the imports that have ended, and at what was paused."""
    with db.session() as session:
        for schedule, run in schedules.to_settle(session):
            _settle(session, schedule, run, now)
        if schedules.any_paused(session):
            schedules.resume_healed(session, now)
        session.commit()


def _settle(session: Session, schedule: Schedule, run: Run, now: datetime) -> None:
    if run.status != "failed":
        failures = 0 if run.status == "done" else schedule.failures
        schedules.settle(session, schedule, failures=failures)
        return
    code = str(run.diagnoses[0]["code"]) if run.diagnoses else "unknown"
    failures = schedule.failures + 1
    if code in PASSING and failures < FAILURES:
        later = now + BACK_OFF[failures - 1]
        next_at = later if schedule.daily_at else max(schedule.next_at, later)
        schedules.settle(session, schedule, failures=failures, next_at=next_at)
        return
    paused = schedules.settle(
        session,
        schedule,
        failures=failures,
        paused_reason=code,
        paused_at=run.finished_at or now,
        retry_at=now + RETRY if code in PASSING else None,
        checklist_id=_checklist_of(session, run, code),
    )
    if paused:
        data = {"key": run.key_name, "source": run.source, "reason": code, "run_id": run.id}
        log.warning("schedule paused", extra={"data": data})


def _checklist_of(session: Session, run: Run, code: str) -> str | None:
    """The way out: the checklist that the failure has opened."""
    query = (
        select(Checklist.id)
        .where(Checklist.key_id == run.key_id, Checklist.code == code)
        .order_by(col(Checklist.closed_at).is_(None).desc(), col(Checklist.updated_at).desc())
        .limit(1)
    )
    return session.exec(query).first()


# --- Words -----------------------------------------------------------------------------------------


def rhythm(schedule: Schedule, lang: str) -> str:
    """In words: "every 30 min", or "daily at 07:00 (Europe/Moscow)"."""
    if schedule.daily_at is not None:
        return t(lang, "schedule-daily", time=schedule.daily_at, zone=schedule.tz)
    return t(lang, "schedule-every", duration=format_duration(lang, (schedule.every_minutes or 0) * 60))


def state(session: Session, schedule: Schedule, lang: str, zone: tzinfo | None = None) -> str:
    """When it runs next, or why it does not."""
    if not schedule.enabled:
        return t(lang, "schedule-off")
    if not schedule.paused_reason:
        return t(lang, "schedule-next", at=format_datetime(lang, schedule.next_at, zone))
    problem = session.get(Checklist, schedule.checklist_id) if schedule.checklist_id else None
    reason = checklist.view(problem, lang).title if problem else schedule.paused_reason
    if schedule.retry_at is None:
        return t(lang, "schedule-paused", reason=reason)
    return t(lang, "schedule-paused-retry", reason=reason, at=format_datetime(lang, schedule.retry_at, zone))


def refusal_text(error: ScheduleRefused, lang: str) -> str:
    """Why a schedule was not taken."""
    least = format_duration(lang, error.least_minutes * 60)
    return t(lang, f"schedule-refused-{error.code}", least=least)
