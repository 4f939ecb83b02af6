"""Checks of health in the background, by a worker: on a schedule, after a failure, or because somebody asked.

A wish is one row a key, so any number of tabs and operators cost no more requests than one.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import uuid4

from sqlmodel import Session, col, select

from wbcore.api.errors import traits_of
from wbcore.health import checks
from wbcore.imports.timetable import ScheduleRefused
from wbcore.people import audit
from wbcore.people.actor import Actor, Right, require
from wbcore.store import chores, db, values
from wbcore.store.models import Checkup, Run

EVERY: Final = "health.every_minutes"
CHORE: Final = "health"
DONE, FAILED = "done", "failed"
LEAST_MINUTES: Final = 15
MOST_MINUTES: Final = 7 * 24 * 60
AT_ONCE: Final = 50
"""Keys that one worker takes at once; others may take the rest."""
AFTER_FAILURE: Final = timedelta(minutes=10)
"""A failing import asks for no other check so soon after one."""


def every_minutes(session: Session) -> int | None:
    """How often all keys are checked; None: only on demand and after a failure."""
    value = values.get(session, EVERY)
    return value if isinstance(value, int) else None


def set_every(session: Session, minutes: int | None, now: datetime, *, by: Actor | None = None) -> None:
    """Sets how often all keys are checked. The caller commits.

    Raises:
        NotAllowed: ``by`` may set no schedules.
        ScheduleRefused: more often than LEAST_MINUTES, or more rarely than once a week.
    """
    acting = require(by, Right.SCHEDULE)
    if minutes is not None and minutes < LEAST_MINUTES:
        raise ScheduleRefused("too_often", LEAST_MINUTES)
    if minutes is not None and minutes > MOST_MINUTES:
        raise ScheduleRefused("too_rare")
    audit.record(session, acting, "checks_scheduled", every_minutes=minutes)
    values.put(session, EVERY, minutes)
    chores.put_off(session, CHORE, chores.NEVER if minutes is None else now)


def ask(
    key_ids: Iterable[int] | None, now: datetime, reason: str = "button", *, by: Actor | None = None
) -> None:
    """Wishes for a check of keys (None: of all). A wish that waits or runs is shared. Raises NotAllowed."""
    require(by, Right.CHECK)
    with db.session() as session:
        chores.wish(session, key_ids, reason, now)
        session.commit()


def waiting(session: Session) -> set[int]:
    """Ids of the keys whose check waits or runs."""
    return {row.key_id for row in chores.waiting(session)}


def wish_scheduled(session: Session, now: datetime) -> None:
    """Wishes for the checks that the operator's schedule is due for. The caller commits."""
    minutes = every_minutes(session)
    if not minutes:
        return
    step = timedelta(minutes=minutes)
    chores.pull_back(session, CHORE, now, step)
    if chores.begin(session, CHORE, now, now + step):
        chores.wish(session, None, "schedule", now)


def wish_after_failures(session: Session, since: datetime, now: datetime) -> None:
    """Wishes for checks of keys whose imports have failed. The caller commits.

    Where a failure says all there is to know, or WB was not reached, a check would only cost requests.
    """
    query = select(Run).where(
        Run.status == "failed",
        col(Run.created_at) > since - timedelta(days=2),
        col(Run.finished_at) > since,
        col(Run.key_id).is_not(None),
    )
    failed = {run.key_id for run in session.exec(query) if _is_worth_it(run.diagnoses)}
    ids = [key_id for key_id in failed if key_id is not None]
    last = chores.last_checks(session, ids)
    fresh = [k for k in ids if k not in last or _is_long_ago(last[k], now)]
    chores.wish(session, fresh, "failure", now)


def _is_long_ago(row: Checkup, now: datetime) -> bool:
    """Either way: a clock that was set back has left ends that are still to come."""
    return row.finished_at is None or abs(now - row.finished_at) > AFTER_FAILURE


def _is_worth_it(diagnoses: list[dict[str, Any]]) -> bool:
    traits = (traits_of(str(d.get("code", "")), str(d.get("cause", ""))) for d in diagnoses)
    return any(not (one.whole_token or one.unheard) for one in traits)


def failed(session: Session, key_ids: Iterable[int]) -> set[int]:
    """Ids of the keys whose last check failed on our side: nothing new is known of them."""
    return {key_id for key_id, row in chores.last_checks(session, key_ids).items() if row.state == FAILED}


def work(now: datetime) -> int:
    """Checks keys that wait for it, a handful; how many.

    Each key by itself: one that can't be checked takes no answers of others along, and is not tried for ever.
    """
    holder = uuid4().hex
    with db.session() as session:
        if not chores.waiting(session):
            return 0
        ids = chores.take_checks(session, holder, AT_ONCE)
        session.commit()
    broken = set(ids)
    try:
        broken = checks.check_all(ids)
    finally:
        with db.session() as session:
            chores.finish_checks(session, holder, set(ids) - broken, DONE, now)
            chores.finish_checks(session, holder, broken, FAILED, now)
            session.commit()
    return len(ids)
