"""What a worker does beside the imports: schedules, alerts, checks of health, news, thinning.

Each duty is claimed in the database, so any number of workers do it once. What talks to nobody runs in one
thread, what waits for WB in another: a slow host delays no schedule.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session

from wbcore import __version__
from wbcore.guidance import checklist
from wbcore.jobs import alerts, checkups, news, schedules
from wbcore.store import alerts as stored_alerts
from wbcore.store import chores, db, history, orders
from wbcore.store.health import HISTORY_DAYS

log = logging.getLogger(__name__)

LOOK_S: Final = 1.0
GOODBYE_S: Final = 5.0
BEGINNING: Final = datetime(2000, 1, 1, tzinfo=UTC)
TOKENS: Final = ("tokens", timedelta(hours=1))
CHECKLISTS: Final = ("checklists", timedelta(minutes=1))
FAILURES: Final = ("failures", timedelta(seconds=15))
THINNING: Final = ("thinning", timedelta(days=1))
QUARANTINE: Final = (f"quarantine {__version__}", timedelta(days=10_000))
"""Once for each version of the program: a newer one may be able to read what an older one could not."""
OVERLAP: Final = timedelta(minutes=2)
"""Clocks of several machines differ; a failure is looked for this much further back."""


def run_chores(now: datetime | None = None) -> None:
    """Everything that is due at ``now``, once."""
    moment = now or datetime.now(UTC)
    look_around(moment)
    ask_around(moment)


def look_around(now: datetime) -> None:
    """The duties that send nothing to WB."""
    schedules.work(now)
    with db.session() as session:
        _refresh_checklists(session, now)
        _watch_tokens(session, now)
        _wish_for_checks(session, now)
        _thin(session, now)
        _read_quarantine_again(session, now)
    alerts.work(now)


def ask_around(now: datetime) -> None:
    """The duties that wait for WB."""
    while checkups.work(now):
        pass
    news.work(now)


@contextmanager
def beside(stopping: threading.Event) -> Iterator[None]:
    """While it is open, this process does the chores in threads of its own."""
    ended = threading.Event()
    duties = (look_around, ask_around)
    threads = [
        threading.Thread(target=_repeat, args=(duty, stopping, ended), name=duty.__name__, daemon=True)
        for duty in duties
    ]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        ended.set()
        for thread in threads:
            thread.join(GOODBYE_S)


def _repeat(duty: Callable[[datetime], None], stopping: threading.Event, ended: threading.Event) -> None:
    while not stopping.is_set() and not ended.wait(LOOK_S):
        try:
            duty(datetime.now(UTC))
        except Exception as error:  # a worker goes on whatever one look has met
            level = logging.WARNING if isinstance(error, SQLAlchemyError) else logging.ERROR
            log.log(level, "%s failed: %s", duty.__name__, type(error).__name__, exc_info=error)


# --- Duties of everybody, done by one ---------------------------------------------------------


def _mine(session: Session, chore: tuple[str, timedelta], now: datetime) -> datetime | None:
    """When a chore was done before, if it is due and this worker has claimed it; else None."""
    name, every = chore
    known = chores.get(session, name)
    if known is None:
        chores.ensure(session, name, now)
        known = chores.get(session, name)
        assert known is not None
    elif known.due_at > now:
        return None
    before = known.done_at or BEGINNING
    mine = chores.claim(session, name, now, now + every)
    session.commit()
    return before if mine else None


def _refresh_checklists(session: Session, now: datetime) -> None:
    """Steps that time itself does ("wait for the quota") have nobody else to look at them."""
    if _mine(session, CHECKLISTS, now):
        checklist.refresh(session, now=now)
        session.commit()


def _watch_tokens(session: Session, now: datetime) -> None:
    if _mine(session, TOKENS, now):
        alerts.watch_tokens(session, now)
        checklist.refresh(session, now=now)
        session.commit()


def _wish_for_checks(session: Session, now: datetime) -> None:
    before = _mine(session, FAILURES, now)
    if before is not None:
        since = before - OVERLAP if before > BEGINNING else now
        checkups.wish_after_failures(session, since, now)
        checkups.wish_scheduled(session, now)
        session.commit()


def _thin(session: Session, now: datetime) -> None:
    if _mine(session, THINNING, now):
        gone = history.thin(session, now) + stored_alerts.forget_old(session, HISTORY_DAYS, now)
        session.commit()
        log.info("history thinned", extra={"data": {"rows": gone}})


def _read_quarantine_again(session: Session, now: datetime) -> None:
    if _mine(session, QUARANTINE, now):
        resolved = orders.retry_rejected(session, now)
        session.commit()
        log.info("quarantine read again", extra={"data": {"rows": resolved}})
