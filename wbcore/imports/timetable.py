"""Imports that repeat, as they are remembered: made, switched, found due, claimed once."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any, Final
from uuid import uuid4
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import sqlalchemy
from sqlalchemy import case, func, or_
from sqlmodel import Session, col, select, update

from wbcore.guidance import checklist
from wbcore.store import days, lease
from wbcore.store.models import ACTIVE_STATUSES, IS_ACTIVE, Key, Run, Schedule

LEAST_MINUTES: Final = 5
MOST_MINUTES: Final = 7 * 24 * 60
LATE: Final = timedelta(minutes=2)
"""What is due is begun within seconds by whoever works; after so long it is told as late."""


class ScheduleRefused(ValueError):
    """A schedule that can't be kept. ``code``: too_often, too_rare, not_a_time, not_a_zone, one_of_both."""

    def __init__(self, code: str, least_minutes: int = LEAST_MINUTES) -> None:
        self.code = code
        self.least_minutes = least_minutes
        super().__init__(code)


def read_time(text: str) -> time:
    """``hh:mm`` as a time. Raises ScheduleRefused("not_a_time")."""
    match = re.fullmatch(r"([01]?[0-9]|2[0-3]):([0-5][0-9])", text.strip(), re.ASCII)
    if match is None:
        raise ScheduleRefused("not_a_time")
    return time(int(match[1]), int(match[2]))


def read_zone(name: str) -> ZoneInfo:
    """A zone by its IANA name. Raises ScheduleRefused("not_a_zone")."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ScheduleRefused("not_a_zone") from None


def next_time(schedule: Schedule, now: datetime) -> datetime:
    """The next instant (UTC) after ``now`` at which the import is due.

    What was missed while nobody worked is done once, not once for each miss; the rhythm is kept.
    """
    if schedule.daily_at is not None:
        return next_daily(read_time(schedule.daily_at), read_zone(schedule.tz), now)
    assert schedule.every_minutes is not None
    step = timedelta(minutes=schedule.every_minutes)
    missed = max(0, (now - schedule.next_at) // step)
    return schedule.next_at + (missed + 1) * step


def furthest(schedule: Schedule, now: datetime, back_off: timedelta) -> datetime:
    """When a schedule is due at the latest. ``back_off``: the longest after a failure."""
    if schedule.daily_at is not None:
        usual = next_daily(read_time(schedule.daily_at), read_zone(schedule.tz), now)
    else:
        usual = now + timedelta(minutes=schedule.every_minutes or MOST_MINUTES)
    return max(usual, now + back_off) if schedule.failures else usual


def next_daily(at: time, zone: ZoneInfo, now: datetime) -> datetime:
    """The next instant (UTC) at which clocks of the zone show ``at``; once a day, whatever they do."""
    day = now.astimezone(zone).date()
    moments = (datetime.combine(day + timedelta(days=n), at, zone).astimezone(UTC) for n in range(3))
    return next(moment for moment in moments if moment > now)


_OF_DAYS: Final = frozenset({"date_from", "date_to", "zone"})
"""What of a run's parameters is about days: an import that repeats finds its own beginning."""


def save(
    session: Session,
    key_id: int,
    source: str,
    *,
    every_minutes: int | None = None,
    daily_at: str | None = None,
    tz: str | None = None,
    params: dict[str, Any] | None = None,
    least_minutes: int = LEAST_MINUTES,
    now: datetime | None = None,
) -> Schedule:
    """Makes the schedule of a key and source, or changes it; it is on then. The caller commits.

    Args:
        every_minutes: either this, its first import now, or ``daily_at`` (``hh:mm`` in ``tz``).
        tz: a zone's name; by default ``WB_ZONE``.
        least_minutes: what WB's quota for this source and token allows.

    Raises:
        ScheduleRefused: the numbers make no schedule.
    """
    moment = now or datetime.now(UTC)
    if (every_minutes is None) == (daily_at is None):
        raise ScheduleRefused("one_of_both")
    if every_minutes is not None and every_minutes < max(least_minutes, LEAST_MINUTES):
        raise ScheduleRefused("too_often", max(least_minutes, LEAST_MINUTES))
    if every_minutes is not None and every_minutes > MOST_MINUTES:
        raise ScheduleRefused("too_rare")
    tz = tz or days.zone().key
    zone = read_zone(tz)
    found = of_key(session, key_id, source) or Schedule(key_id=key_id, source=source, next_at=moment)
    found.params = {name: value for name, value in (params or {}).items() if name not in _OF_DAYS}
    found.every_minutes = every_minutes
    found.daily_at = None if daily_at is None else read_time(daily_at).strftime("%H:%M")
    found.tz = tz
    found.next_at = moment if daily_at is None else next_daily(read_time(daily_at), zone, moment)
    _go_on(found)
    found.enabled = True
    session.add(found)
    session.flush()
    return found


def of_key(session: Session, key_id: int, source: str) -> Schedule | None:
    query = select(Schedule).where(Schedule.key_id == key_id, Schedule.source == source)
    return session.exec(query.execution_options(populate_existing=True)).first()


def list_schedules(session: Session) -> Sequence[Schedule]:
    """Paused ones first, then the next one due first."""
    query = select(Schedule).order_by(col(Schedule.paused_reason).desc(), col(Schedule.next_at))
    return session.exec(query.execution_options(populate_existing=True)).all()


@dataclass(frozen=True, slots=True)
class TimetableRow:
    """A schedule with the key it is of, and the import that it has led to last."""

    schedule: Schedule
    key: Key
    last: Run | None


@dataclass(frozen=True, slots=True)
class TimetablePage:
    """``total``: how many schedules there are on all pages; ``running``: how many of them are switched on and
    not paused by a failure."""

    rows: Sequence[TimetableRow]
    total: int = 0
    running: int = 0


def page(session: Session, limit: int, offset: int = 0) -> TimetablePage:
    """Schedules of all keys: paused ones first, then the next one due first, what is switched off last; one
    query for any number.

    A page behind the last one is the first one: schedules may have been deleted while somebody looked.
    """
    going = col(Schedule.enabled) & (col(Schedule.paused_reason) == "")
    on = func.sum(case((going, 1), else_=0)).over()
    query = (
        sqlalchemy.select(Schedule, Key, Run, func.count().over(), on)
        .join(Key, col(Key.id) == col(Schedule.key_id))
        .outerjoin(Run, col(Run.id) == col(Schedule.last_run_id))
        .order_by(
            col(Schedule.enabled).desc(),  # what is switched off is not due
            col(Schedule.paused_reason).desc(),
            col(Schedule.next_at),
            col(Schedule.id),
        )
        .limit(limit)
        .offset(offset)
    )
    found = session.execute(query.execution_options(populate_existing=True)).all()
    if not found:
        return page(session, limit) if offset else TimetablePage(())
    rows = [TimetableRow(schedule, key, last) for schedule, key, last, _, _ in found]
    return TimetablePage(rows, found[0][3], int(found[0][4]))


def delete(session: Session, schedule_id: int) -> Schedule:
    """Deletes a schedule; what it has imported stays. The caller commits.

    Raises:
        KeyError: no such schedule.
    """
    found = session.get(Schedule, schedule_id, populate_existing=True)
    if found is None:
        raise KeyError(schedule_id)
    session.delete(found)
    session.flush()
    return found


def switch(session: Session, schedule_id: int, on: bool, now: datetime | None = None) -> Schedule:
    """Switches a schedule on or off. On also ends a pause. The caller commits.

    Raises:
        KeyError: no such schedule.
    """
    found = session.get(Schedule, schedule_id, populate_existing=True)
    if found is None:
        raise KeyError(schedule_id)
    if on and (found.paused_reason or not found.enabled):
        moment = now or datetime.now(UTC)
        _go_on(found)
        found.next_at = moment if found.daily_at is None else next_time(found, moment)
    found.enabled = on
    session.add(found)
    session.flush()
    return found


# --- What a worker asks -----------------------------------------------------------------------


def due(session: Session, now: datetime, limit: int = 100) -> Sequence[Schedule]:
    """Schedules whose time has come, the longest waiting first. Who has an import running waits its turn."""
    busy = select(Run.id).where(col(Run.key_id) == col(Schedule.key_id), IS_ACTIVE)
    query = (
        select(Schedule)
        .where(Schedule.enabled, Schedule.paused_reason == "", col(Schedule.next_at) <= now, ~busy.exists())
        .order_by(col(Schedule.next_at))
        .limit(limit)
    )
    return session.exec(query.execution_options(populate_existing=True)).all()


def begin(session: Session, schedule: Schedule, now: datetime) -> bool:
    """Moves a due schedule to its next time. Of all workers that try, one succeeds: the schedule's lease is
    taken in the transaction that also makes the import. The caller commits, or rolls back."""
    name, holder = f"schedule {schedule.id}", uuid4().hex
    if not lease.take(session, name, holder):
        return False
    found = session.get(Schedule, schedule.id, populate_existing=True)
    mine = found is not None and found.enabled and not found.paused_reason and found.next_at <= now
    if mine:
        assert found is not None
        found.skipped = missed(found, now)
        found.skipped_at = found.next_at if found.skipped else None
        found.next_at = next_time(found, now)
        session.add(found)
        session.flush()
    lease.give_back(session, name, holder)
    return mine


def missed(schedule: Schedule, now: datetime) -> int:
    """How many of its times have passed beside the one that is due."""
    if schedule.daily_at is None:
        return max(0, (now - schedule.next_at) // timedelta(minutes=schedule.every_minutes or MOST_MINUTES))
    # Counted by the zone's days: one of them may have an hour less, and a failure puts off by minutes.
    at, zone = read_time(schedule.daily_at), read_zone(schedule.tz)
    following, coming_up = (
        next_daily(at, zone, moment).astimezone(zone).date() for moment in (schedule.next_at, now)
    )
    return max(0, (coming_up - following).days)


def coming(session: Session, after: datetime) -> Sequence[Schedule]:
    """Schedules that are switched on and due later than that."""
    on = (Schedule.enabled, Schedule.paused_reason == "")
    query = select(Schedule).where(*on, col(Schedule.next_at) > after)
    return session.exec(query.execution_options(populate_existing=True)).all()


def move(session: Session, schedule: Schedule, next_at: datetime) -> bool:
    """Whether it was still due when it was read to be. The caller commits."""
    still = (col(Schedule.id) == schedule.id, col(Schedule.next_at) == schedule.next_at)
    return session.connection().execute(update(Schedule).where(*still).values(next_at=next_at)).rowcount == 1


def try_sooner(session: Session, latest: datetime) -> None:
    """No paused schedule is tried later than that. The caller commits."""
    late = update(Schedule).where(col(Schedule.retry_at) > latest)
    session.connection().execute(late.values(retry_at=latest))


def busy_keys(session: Session, key_ids: Collection[int]) -> set[int]:
    """Of these keys those that have an import queued, running or waiting."""
    query = select(Run.key_id).where(col(Run.key_id).in_(key_ids), IS_ACTIVE)
    return {key_id for key_id in session.exec(query) if key_id is not None}


def started(session: Session, schedule: Schedule, run_id: str) -> None:
    """Remembers the import that a schedule has led to, so that its end is looked at."""
    statement = update(Schedule).where(col(Schedule.id) == schedule.id)
    session.connection().execute(statement.values(last_run_id=run_id, settled=False))


def to_settle(session: Session) -> Sequence[tuple[Schedule, Run]]:
    """Schedules whose import has ended and was not looked at yet."""
    query = (
        select(Schedule, Run)
        .join(Run, col(Run.id) == col(Schedule.last_run_id))
        .where(col(Schedule.settled).is_(False), col(Run.status).not_in(ACTIVE_STATUSES))
    )
    return session.exec(query.execution_options(populate_existing=True)).all()


def settle(session: Session, schedule: Schedule, **values: Any) -> bool:
    """Writes what follows from an import's end, if no other worker has."""
    statement = (
        update(Schedule)
        .where(
            col(Schedule.id) == schedule.id,
            col(Schedule.last_run_id) == schedule.last_run_id,
            col(Schedule.settled).is_(False),
        )
        .values(settled=True, **values)
    )
    return session.connection().execute(statement).rowcount == 1


def pause(session: Session, schedule: Schedule, reason: str, now: datetime, retry_at: datetime) -> bool:
    """Pauses one that is due as it was read to be; whether it was. The caller commits."""
    still = (col(Schedule.id) == schedule.id, col(Schedule.next_at) == schedule.next_at)
    values = {"paused_reason": reason, "paused_at": now, "retry_at": retry_at, "checklist_id": None}
    return session.connection().execute(update(Schedule).where(*still).values(**values)).rowcount == 1


def any_paused(session: Session) -> bool:
    return session.exec(select(Schedule.id).where(Schedule.paused_reason != "").limit(1)).first() is not None


def resume_healed(session: Session, now: datetime) -> int:
    """Lets paused schedules go on: their checklist is solved, or an import of their kind has gone well since.

    Returns:
        How many. The caller commits.
    """
    solved = checklist.is_closed(Schedule.checklist_id, checklist.DISMISSED)
    worked = (
        select(Run.id)
        .where(
            col(Run.key_id) == col(Schedule.key_id),
            col(Run.source) == col(Schedule.source),
            col(Run.status) == "done",
            col(Run.created_at) > col(Schedule.paused_at),
        )
        .exists()
    )
    paused = update(Schedule).where(col(Schedule.paused_reason) != "")
    healed = paused.where(or_(solved, worked)).values(failures=0, **_GOING_ON, next_at=now)
    # What may have passed by itself is tried once; the next failure pauses it again at once.
    again = paused.where(col(Schedule.retry_at) <= now).values(**_GOING_ON, next_at=now)
    connection = session.connection()
    return connection.execute(healed).rowcount + connection.execute(again).rowcount


_GOING_ON: Final[dict[str, Any]] = {
    "paused_reason": "",
    "paused_at": None,
    "retry_at": None,
    "checklist_id": None,
}


def _go_on(schedule: Schedule) -> None:
    schedule.failures = 0
    for name, value in _GOING_ON.items():
        setattr(schedule, name, value)
