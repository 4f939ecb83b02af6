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

import contextlib
import logging
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any, Final

from sqlmodel import Session

from wbcore.api.catalog import METHOD_BY_ID, group_limit
from wbcore.api.errors import traits_of
from wbcore.guidance import cards, checklist
from wbcore.guidance.diagnosis import title_of
from wbcore.guidance.texts import format_datetime, format_duration, format_zone, t
from wbcore.imports import plan, queue, timetable
from wbcore.imports.runs import AlreadyRunning
from wbcore.imports.sources import SOURCES
from wbcore.imports.timetable import ScheduleRefused
from wbcore.keys import keyring
from wbcore.keys.clients import environment_of, facts_of
from wbcore.people import audit
from wbcore.people.actor import Actor, Right, require
from wbcore.store import db, workers
from wbcore.store.clock import SLACK
from wbcore.store.models import Key, Run, Schedule
from wbcore.store.patience import apart

log = logging.getLogger(__name__)

FAILURES: Final = 3
BACK_OFF: Final = (timedelta(minutes=15), timedelta(minutes=45))
"""The pause after the first failure in a row, after the second."""
RETRY: Final = timedelta(hours=6)
UNKNOWN_ZONE: Final = "not_a_zone"
"""Why a schedule is paused beside the codes of diagnoses: the code of ``ScheduleRefused``."""


def least_minutes(key: Key, source: str) -> int:
    """How often WB's quota lets this source be imported with this token.

    Raises:
        KeyError: no such source.
    """
    method = METHOD_BY_ID[SOURCES[source].main.method]
    interval = group_limit(method.group, facts_of(key).kind, environment_of(key)).interval_s
    return max(timetable.LEAST_MINUTES, math.ceil(interval / 60))


def save(
    key_id: int,
    source: str,
    *,
    every_minutes: int | None = None,
    daily_at: str | None = None,
    tz: str | None = None,
    params: dict[str, Any] | None = None,
    before: Schedule | None = None,
    now: datetime | None = None,
    by: Actor | None = None,
) -> Schedule:
    """Makes or changes the schedule of a key and source, and switches it on.

    Args:
        before: the one that is to be changed; None: it is made where it is not there.

    Raises:
        NotAllowed: ``by`` may set no schedules.
        ScheduleRefused: more often than the quota allows, or no time; its ``code`` says what.
        KeyError: no such key, no such source; ``before`` is gone.
    """
    acting = require(by, Right.SCHEDULE)
    with db.session() as session:
        key = keyring.get_key(session, key_id)
        if key is None:
            raise KeyError(key_id)
        require(acting, Right.SCHEDULE, seller_id=key.seller_id)
        if before is not None and timetable.of_key(session, key_id, source) is None:
            raise KeyError(before.id)
        found = timetable.save(
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
        rhythm = daily_at or every_minutes
        audit.record(session, acting, "schedule_saved", key.name, source=source, rhythm=rhythm)
        session.commit()
        return found


def switch(schedule_id: int, on: bool, *, by: Actor | None = None) -> None:
    """As ``timetable.switch``, in a transaction of its own. Raises NotAllowed."""
    acting = require(by, Right.SCHEDULE)
    with db.session() as session:
        kept = timetable.switch(session, schedule_id, on)
        key = keyring.get_key(session, kept.key_id)
        audit.record(session, acting, "schedule_switched", key.name if key else "", source=kept.source, on=on)
        session.commit()


def delete(schedule_id: int, *, by: Actor | None = None) -> None:
    """As ``timetable.delete``, in a transaction of its own. Raises NotAllowed."""
    acting = require(by, Right.SCHEDULE)
    with db.session() as session:
        gone = timetable.delete(session, schedule_id)
        key = keyring.get_key(session, gone.key_id)
        audit.record(session, acting, "schedule_deleted", key.name if key else "", source=gone.source)
        session.commit()


def work(now: datetime) -> list[Run]:
    """What a worker does for the schedules; the imports that it has started."""
    with apart(log, "settling schedules"):
        settle(now)
    return enqueue_due(now)


def enqueue_due(now: datetime) -> list[Run]:
    """Starts what is due. Where an import of the key runs already it waits its turn."""
    with db.session() as session:
        waiting = timetable.due(session, now)
    runs = []
    for schedule in waiting:
        with apart(log, f"schedule {schedule.id}"):
            run = _start(schedule, now)
            if run is not None:
                runs.append(run)
                queue.submit(run)
    return runs


def _start(schedule: Schedule, now: datetime) -> Run | None:
    with db.session() as session:
        try:
            if not timetable.begin(session, schedule, now):
                session.commit()
                return None
        except ScheduleRefused as error:
            session.rollback()
            _pause_unreadable(session, schedule, error.code, now)
            return None
        try:
            run = plan.create(session, schedule.key_id, schedule.source, dict(schedule.params), "schedule")
        except AlreadyRunning as error:
            log.debug("schedule %s waits its turn: import %s is active", schedule.id, error.run.id)
            return None  # nothing of this is kept: it stays due
        except KeyError:  # removed since it was read, or a source of another version
            session.commit()
            return None
        timetable.started(session, schedule, run.id)
        session.commit()
        return run


def _pause_unreadable(session: Session, schedule: Schedule, code: str, now: datetime) -> None:
    """A schedule whose time can't be told here: its zone is one that only another machine knows."""
    if timetable.pause(session, schedule, code, now, retry_at=now + RETRY):
        log.warning("schedule paused", extra={"data": {"schedule": schedule.id, "reason": code}})
    session.commit()


def settle(now: datetime) -> None:
    """Looks at the imports that have ended, and at what was paused."""
    with db.session() as session:
        ended = timetable.to_settle(session)
    for schedule, run in ended:
        with apart(log, f"schedule {schedule.id}"), db.session() as session:
            _settle(session, schedule, run, now)
            session.commit()
    with db.session() as session:
        if timetable.any_paused(session):
            timetable.resume_healed(session, now)
        session.commit()


def pull_back(session: Session, now: datetime) -> None:
    """A clock that was ahead, and was set right since, has left schedules due later than their rhythm allows:
    they would be silent for as long. The caller commits."""
    for schedule in timetable.coming(session, now + SLACK):
        with contextlib.suppress(ScheduleRefused):  # a zone that this machine does not know
            latest = timetable.furthest(schedule, now, BACK_OFF[-1])
            if schedule.next_at > latest + SLACK and timetable.move(session, schedule, latest):
                log.warning("schedule pulled back", extra={"data": {"schedule": schedule.id}})
    timetable.try_sooner(session, now + RETRY)


def _settle(session: Session, schedule: Schedule, run: Run, now: datetime) -> None:
    if run.status != "failed":
        failures = 0 if run.status == "done" else schedule.failures
        timetable.settle(session, schedule, failures=failures)
        return
    found = run.diagnoses[0] if run.diagnoses else {}
    code = str(found.get("code") or "unknown")
    passes = traits_of(code, str(found.get("cause") or "")).passes
    failures = schedule.failures + 1
    if passes and failures < FAILURES:
        later = now + BACK_OFF[failures - 1]
        next_at = later if schedule.daily_at else max(schedule.next_at, later)
        timetable.settle(session, schedule, failures=failures, next_at=next_at)
        return
    paused = timetable.settle(
        session,
        schedule,
        failures=failures,
        paused_reason=code,
        paused_at=run.finished_at or now,
        retry_at=now + RETRY if passes else None,
        checklist_id=_checklist_of(session, run, code),
    )
    if paused:
        data = {"key": run.key_name, "source": run.source, "reason": code, "run_id": run.id}
        log.warning("schedule paused", extra={"data": data})


def _checklist_of(session: Session, run: Run, code: str) -> str | None:
    """The way out: the checklist that the failure has opened."""
    problem = checklist.for_key(session, run.key_id, code)
    return problem.id if problem is not None else None


# --- Words -----------------------------------------------------------------------------------------


def rhythm(schedule: Schedule, lang: str) -> str:
    """In words: "every 30 min", or "daily at 07:00 (Moscow, UTC+03:00)"."""
    if schedule.daily_at is not None:
        return t(lang, "schedule-daily", time=schedule.daily_at, zone=format_zone(lang, schedule.tz))
    return t(lang, "schedule-every", duration=format_duration(lang, (schedule.every_minutes or 0) * 60))


@dataclass(frozen=True, slots=True)
class Standing:
    """How a schedule stands now.

    Attributes:
        state: on, paused (by a failure), off.
        told: in words: when it runs next, or why it does not.
        checklist_id: the way out of a pause; None: there is none.
        left_out: what was due and not done before the last import, in words; "": nothing.
    """

    state: str
    told: str
    checklist_id: str | None = None
    left_out: str = ""


def standings(
    session: Session, known: Sequence[Schedule], lang: str, zone: tzinfo | None = None
) -> list[Standing]:
    """How schedules stand, in their order: a few statements, however many they are."""
    wanted = {one.checklist_id for one in known if one.paused_reason and one.checklist_id}
    problems = list(checklist.by_ids(session, wanted).values())
    cards_of = {card.id: card.title for card in cards.cards(session, problems, lang)} if problems else {}
    now = datetime.now(UTC)
    waiting = [s for s in known if s.enabled and not s.paused_reason and s.next_at <= now]
    busy = timetable.busy_keys(session, {s.key_id for s in waiting}) if waiting else set()
    late = any(s.next_at <= now - timetable.LATE and s.key_id not in busy for s in waiting)
    why_late = "schedule-late" if late and workers.alive(session) else "schedule-late-nobody"
    return [_standing(one, cards_of, busy, why_late, now, lang, zone) for one in known]


def _standing(  # noqa: PLR0917
    schedule: Schedule,
    titles: Mapping[str, str],
    busy: set[int],
    why_late: str,
    now: datetime,
    lang: str,
    zone: tzinfo | None,
) -> Standing:
    if not schedule.enabled:
        return Standing("off", t(lang, "schedule-off"))
    if schedule.paused_reason:
        return Standing("paused", _paused(schedule, titles, lang, zone), schedule.checklist_id)
    if schedule.next_at <= now and schedule.key_id in busy:
        text = "schedule-waits"
    else:
        text = why_late if schedule.next_at <= now - timetable.LATE else "schedule-next"
    coming = t(lang, text, at=format_datetime(lang, schedule.next_at, zone))
    return Standing("on", coming, left_out=_left_out(schedule, lang, zone))


def _paused(schedule: Schedule, titles: Mapping[str, str], lang: str, zone: tzinfo | None) -> str:
    if schedule.paused_reason == UNKNOWN_ZONE:
        named = t(lang, "schedule-zone-unknown", zone=schedule.tz)
    else:
        named = title_of(lang, schedule.paused_reason, _category(schedule.source))
    reason = titles.get(schedule.checklist_id or "", named)
    if schedule.retry_at is None:
        return t(lang, "schedule-paused", reason=reason)
    return t(lang, "schedule-paused-retry", reason=reason, at=format_datetime(lang, schedule.retry_at, zone))


def _category(source: str) -> str | None:
    """The token category that a source needs; None: it is another version's."""
    known_one = SOURCES.get(source)
    return METHOD_BY_ID[known_one.main.method].category if known_one is not None else None


def _left_out(schedule: Schedule, lang: str, zone: tzinfo | None) -> str:
    if not schedule.skipped or schedule.skipped_at is None:
        return ""
    at = format_datetime(lang, schedule.skipped_at, zone)
    return t(lang, "schedule-skipped", count=schedule.skipped, at=at)


def refusal_text(error: ScheduleRefused, lang: str) -> str:
    """Why a schedule was not taken."""
    least = format_duration(lang, error.least_minutes * 60)
    return t(lang, f"schedule-refused-{error.code}", least=least)
