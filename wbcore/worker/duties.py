"""What a worker does beside the imports: schedules, alerts, checks of health, news, thinning.

Each duty is claimed in the database, so any number of workers do it once. What talks to nobody runs in one
thread, what waits for WB in another, what waits for a mail server or a messenger in a third: a slow host
delays no schedule. Files are made in a fourth.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import wraps
from typing import Final

from sqlmodel import Session

from wbcore import __version__
from wbcore import log as logs
from wbcore.alerts import alerting, daily, dayposts, mailing, outbox
from wbcore.guidance import checklist
from wbcore.health import checkups, news
from wbcore.imports import runs, schedules
from wbcore.orders import buyers, parcel, recount, vocabulary, writing
from wbcore.people import takeaway
from wbcore.store import chores, clock, db, moments, workers
from wbcore.store.patience import apart
from wbcore.worker import thinning

log = logging.getLogger(__name__)

LOOK_S: Final = 4.0
ASK_S: Final = 1.5
"""Somebody looks at a button's progress."""
SWEEP_S: Final = 600.0
GOODBYE_S: Final = 5.0
AGAIN: Final = timedelta(minutes=15)
"""After so long a chore that was begun and not done is due again."""
BEGINNING: Final = datetime(2000, 1, 1, tzinfo=UTC)
OVERLAP: Final = timedelta(minutes=2)
"""Clocks of several machines differ; a failure is looked for this much further back."""


def look_around(now: datetime) -> None:
    """The duties that talk to nobody."""
    _each((schedules.work, _do_chores), now)


def tell_around(now: datetime) -> None:
    """The duties that wait for mail servers and messengers."""
    _each((alerting.work, dayposts.send, mailing.work), now)


def ask_around(now: datetime) -> None:
    """The duties that wait for WB."""
    # A handful at a time, and no more often than there can be wishes: what comes in meanwhile waits a second.
    _each((checkups.work, news.work), now)


def _each(duties: Iterable[Callable[[datetime], object]], now: datetime) -> None:
    for duty in duties:
        with apart(log, f"{duty.__module__}.{duty.__name__}"):
            duty(now)


@contextmanager
def beside(stopping: threading.Event) -> Iterator[None]:
    """While it is open, this process does the chores in threads of its own."""
    ended = threading.Event()
    swept = -SWEEP_S

    def look() -> None:
        look_around(_now())

    @when_changed
    def ask() -> None:
        ask_around(_now())

    def tell() -> None:
        tell_around(_now())

    @when_changed
    def make() -> None:
        takeaway.work(MAKERS, stopping)

    def make_files() -> None:
        nonlocal swept
        make()
        if time.monotonic() - swept >= SWEEP_S:  # by each worker: each has its own data folder
            swept = time.monotonic()
            takeaway.sweep(_now())
            logs.forget_old()

    duties = ((look, LOOK_S), (ask, ASK_S), (tell, LOOK_S), (make_files, ASK_S))
    threads = [
        threading.Thread(
            target=_repeat, args=(duty, every_s, stopping, ended), name=duty.__name__, daemon=True
        )
        for duty, every_s in duties
    ]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        ended.set()
        until = time.monotonic() + GOODBYE_S
        for thread in threads:
            thread.join(max(0.0, until - time.monotonic()))


def when_changed(duty: Callable[[], None]) -> Callable[[], None]:
    """A duty that is left out while nobody has written anything: what somebody wishes for is written. What
    comes with time comes a little later: each process' heartbeat is written, too."""
    seen: Hashable = None

    @wraps(duty)
    def look() -> None:
        nonlocal seen
        found = db.version()  # before the look: what is written during it is looked at the next time
        if found is None or found != seen:
            seen = found
            duty()

    return look


def _repeat(
    duty: Callable[[], None], every_s: float, stopping: threading.Event, ended: threading.Event
) -> None:
    while not stopping.is_set() and not ended.wait(every_s):
        with apart(log, duty.__name__):  # a worker goes on whatever one look has met
            duty()


def _now() -> datetime:
    """By the database's clock: workers of several machines see the same thing due."""
    with db.session() as session:
        return clock.now(session)


# --- Duties of everybody, done by one ---------------------------------------------------------


def _do_chores(now: datetime) -> None:
    with db.session() as session:
        due = chores.due(session, {name: every for name, (every, _) in CHORES.items()}, now)
        session.commit()
    for name in due:
        with apart(log, name), db.session() as session:
            _do(session, name, now)


def _do(session: Session, name: str, now: datetime) -> None:
    """Does a chore if it is due and nobody else has begun it. One that fails, or whose worker dies, is due
    again soon, also where it comes once in years."""
    chore = chores.get(session, name)
    before = None if chore is None else chore.done_at
    every, work = CHORES[name]
    mine = chores.begin(session, name, now, now + min(every, AGAIN))
    session.commit()
    if not mine:
        return
    try:
        work(session, now, before or BEGINNING)
    except Exception:
        session.rollback()
        chores.undone(session, name, before)
        session.commit()
        raise
    if every > AGAIN:
        chores.put_off(session, name, now + every)
    session.commit()


def _refresh_unattended(session: Session, now: datetime, _before: datetime) -> None:
    checklist.refresh_unattended(session, now)


def _refresh_checklists(session: Session, now: datetime, _before: datetime) -> None:
    """What a key does is looked at when it does it; this finds what a process could not do before it died."""
    checklist.refresh(session, now=now)


def _end_keyless(session: Session, _now: datetime, _before: datetime) -> None:
    runs.end_keyless(session, workers.alive_ids(session))


def _watch_tokens(session: Session, now: datetime, _before: datetime) -> None:
    alerting.watch_tokens(session, now)


def _wish_for_checks(session: Session, now: datetime, before: datetime) -> None:
    since = min(before, now) - OVERLAP if before > BEGINNING else now
    checkups.wish_after_failures(session, since, now)
    checkups.wish_scheduled(session, now)


def _pull_back(session: Session, now: datetime, _before: datetime) -> None:
    """A clock that was ahead and was set right has left schedules, files and messages that are due in hours,
    or in years."""
    for feature in (schedules, outbox, daily, mailing):
        feature.pull_back(session, now)
    if moved := moments.pull_back(session, now):
        log.warning("a clock was set right: what it had written was moved", extra={"data": {"rows": moved}})


def _plan_day(session: Session, now: datetime, _before: datetime) -> None:
    daily.plan(session, now)


def _thin(_session: Session, now: datetime, _before: datetime) -> None:
    gone = thinning.thin(now)
    log.info("what is old was thinned", extra={"data": gone})


def _erase_buyers(_session: Session, now: datetime, _before: datetime) -> None:
    """What is older than ``WB_BUYERS_DAYS``; and the database's log is emptied of what was deleted."""
    buyers.expire(now)


def _fill_columns(_session: Session, _now: datetime, _before: datetime) -> None:
    """Orders that an older version has stored get the columns that this one filters by, bit by bit."""
    vocabulary.fill()


def _count_again(_session: Session, _now: datetime, _before: datetime) -> None:
    """Sums of sellers that have turned out to be one."""
    recount.work()


def _read_quarantine_again(session: Session, now: datetime, _before: datetime) -> None:
    resolved = writing.retry_rejected(session, now)
    log.info("quarantine read again", extra={"data": {"rows": resolved}})


MAKERS: Final[Mapping[str, takeaway.Maker]] = {parcel.KIND: parcel.make}
"""Kind of file -> who makes it."""
_Work = Callable[[Session, datetime, datetime], None]
CHORES: Final[Mapping[str, tuple[timedelta, _Work]]] = {
    "tokens": (timedelta(hours=1), _watch_tokens),
    "unattended": (timedelta(minutes=1), _refresh_unattended),
    "checklists": (timedelta(minutes=10), _refresh_checklists),
    "keyless": (timedelta(minutes=1), _end_keyless),
    "ahead": (timedelta(minutes=1), _pull_back),
    "failures": (timedelta(seconds=15), _wish_for_checks),
    "day": (timedelta(seconds=15), _plan_day),
    "buyers": (timedelta(hours=6), _erase_buyers),
    "columns": (timedelta(seconds=30), _fill_columns),
    "sums": (timedelta(seconds=30), _count_again),
    "thinning": (timedelta(days=1), _thin),
    # Once for each version of the program: a newer one may be able to read what an older one could not.
    f"quarantine {__version__}": (timedelta(days=10_000), _read_quarantine_again),
}
"""Name -> how often, and what: called with now and when it was done before."""
