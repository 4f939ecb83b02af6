"""This process as one that takes imports from the queue: a worker until it is stopped, or the command line
until its own import has ended.

dbos is launched while there is something to do, and only then: launched, it costs 3 % of a core for nothing
(measured with dbos 3.4.0 on SQLite: 3.1 % at a polling interval of 0.2 s, 1.1 % at 1 s, 0.6 % without our
queue). An idle worker looks at the runs instead, with one statement that an index answers; a launch
takes some 40 ms.
"""

from __future__ import annotations

import contextlib
import gc
import logging
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import uuid4

from dbos import DBOS
from sqlalchemy import Connection, select
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import col

from wbcore.api.client import Quota
from wbcore.imports import engine, queue, runs
from wbcore.settings import settings
from wbcore.store import bell, db, sealed, workers
from wbcore.store.models import ACTIVE_STATUSES, IS_ACTIVE, Run
from wbcore.store.patience import patiently
from wbcore.store.presence import presence
from wbcore.store.problems import SecretKeyError

log = logging.getLogger(__name__)

LOOK_S: Final = 0.06
SERVER_LOOK_S: Final = 0.25
"""How often an idle process looks whether there is work: in a file (0.1 ms of the processor each), and at a
server, which tells it besides."""
WAITING_LOOK_S: Final = 0.25
"""The same while runs wait for WB's quota, or are in good hands elsewhere: to see that takes more."""
RECOVER_S: Final = 1.0
"""How often a process looks whether another one has died and left its work."""
HEAD_START_S: Final = 0.05
"""What was pressed is begun before this process looks what others have left."""
REST_S: Final = 10.0
"""dbos stays launched for so long after the last work: the next press often comes soon."""
YOUNG: Final = 20_000
"""Objects between two looks of the garbage collector: a page has some five thousand, which go without it."""
TURN_S: Final = 0.0005
"""So long one of its threads computes while another one is ready to; Python's own are ten times as long."""
GOODBYE_S: Final = 20.0
"""How long a stopping process gives its imports to reach the end of their pages."""
NOTED_S: Final = 2.0
"""So long dbos may take to write down that an import has ended."""


@dataclass(slots=True)
class Hands:
    """This process at work.

    Attributes:
        id: its name in dbos, in ``Run.worker`` and among the heartbeats.
        stopping: set when it is to end: imports are given back after the page at hand.
        in_hand: ids of the runs that it works on.
        loose: what is this process' and it did not work on at the last look (see ``queue.recover``).
        quota: the sellers' buckets; for benches and tests.
        on_page: called with a run's id after each of its pages, and during waits.
        moved: set when an import has ended or was given back.
        busy_s: how often dbos looks for the next import while one is worked on.
        free_s: the same while it is launched and free.
        looks_every_s: how often it does now.
    """

    id: str
    stopping: threading.Event = field(default_factory=threading.Event)
    in_hand: set[str] = field(default_factory=set)
    loose: set[str] = field(default_factory=set)
    quota: Quota | None = None
    on_page: Callable[[str], object] = lambda run_id: None
    moved: threading.Event = field(default_factory=threading.Event)
    busy_s: float = queue.BUSY_S
    free_s: float = queue.ATTENTIVE_S
    looks_every_s: float = queue.EAGER_S


_hands: Hands | None = None
"""dbos calls a workflow by its name: here it finds whose hands these are."""


def new_id(kind: str) -> str:
    """A process' name in the queue and in ``Run.worker``; ``kind`` is ``worker`` or ``cli``."""
    return f"{kind}-{uuid4().hex[:12]}"


def settle() -> None:
    """For a process that does nothing but work.

    What it has loaded stays: the garbage collector need not go through it again for every few pages of
    orders, which was a third of an import's time. And whoever comes back from PostgreSQL with a part of a
    page does not wait for long until the thread that reads the next one lets go of the interpreter. SQLite
    works in this process: there so many turns cost a tenth more than they save.
    """
    gc.freeze()
    gc.set_threshold(YOUNG, 10, 10)
    if not settings().database.startswith("sqlite"):
        sys.setswitchinterval(TURN_S)


@DBOS.workflow(name=queue.WORKFLOW, max_recovery_attempts=None)
def take_up(run_id: str) -> str:
    """One take-up of an import: to its end, or until the next link of its chain."""
    hands = _hands
    assert hands is not None
    if run_id in hands.in_hand:
        return "lost"  # dbos was launched anew, and gives out once more what still waits for the database
    hands.in_hand.add(run_id)
    try:
        _look(hands, hands.busy_s)  # so many looks as before would take a third of the first page's time
        ending = _work_on(hands, run_id)
        if ending == "later":
            _pass_on(run_id)
        return ending
    finally:
        hands.in_hand.discard(run_id)
        hands.moved.set()
        if not hands.in_hand:
            _look(hands, hands.free_s)


def _look(hands: Hands, every_s: float) -> None:
    """Sets how often dbos looks, which is two small writes: when the first import is taken up, and after the
    last one's end for whoever presses next."""
    if hands.looks_every_s != every_s:
        hands.looks_every_s = every_s
        queue.look_every(every_s)


def _work_on(hands: Hands, run_id: str) -> engine.Ending:
    if hands.stopping.is_set():
        return "later"
    try:
        sealed.check()  # whoever has another secret key takes nothing: others can do it
        return engine.run(
            run_id,
            hands.id,
            stopping=hands.stopping,
            on_page=lambda: hands.on_page(run_id),
            quota=hands.quota,
        )
    except SecretKeyError as error:
        log.error("this process has another secret key than the database and ends: %s", error)  # noqa: TRY400
        hands.stopping.set()
        return "later"
    except Exception:
        # The database was away for minutes: the run is as it was, and goes on.
        log.exception("import interrupted", extra={"data": {"run_id": run_id}})
        return "later"


def _pass_on(run_id: str) -> None:
    """Killed before this, the workflow is still this process', and comes back when it is found dead."""
    workflow_id = DBOS.workflow_id

    def read() -> Run | None:
        with db.session() as session:
            return runs.get(session, run_id)

    run = patiently(read)
    if run is not None and run.status in ACTIVE_STATUSES and workflow_id is not None:
        queue.submit_again(run, workflow_id)


@contextmanager
def at_work(hands: Hands) -> Iterator[None]:
    """While it is open, this process takes imports; at its end they are given back after the page at hand."""
    global _hands  # noqa: PLW0603 (as above)
    queue.prepare()
    _hands = hands
    with presence(hands.id):
        thread = threading.Thread(target=_take, args=(hands,), name="imports", daemon=True)
        thread.start()
        try:
            yield
        finally:
            hands.stopping.set()
            thread.join(GOODBYE_S + 5)


def _take(hands: Hands) -> None:
    """Until the process stops: looks for work, and works while there is some."""
    hands.looks_every_s = 0.0  # what one that was killed has set
    _be_eager(hands)
    while not hands.stopping.is_set():
        try:
            _until_work(hands)
            if not hands.stopping.is_set():
                _launched(hands)
        except Exception as error:  # who works goes on whatever one look has met
            level = logging.WARNING if isinstance(error, SQLAlchemyError) else logging.ERROR
            log.log(level, "looking for imports failed: %s", type(error).__name__, exc_info=error)
            hands.stopping.wait(1.0)


def _until_work(hands: Hands) -> None:
    """Looks until there is something to do. While nothing is active a look is one short statement on a
    connection that is kept."""
    kept = db.engine().connect().execution_options(isolation_level="AUTOCOMMIT")
    with kept as connection, bell.heard(connection) as rest:
        sqlite = db.is_sqlite(connection)
        pause, seen = (LOOK_S if sqlite else SERVER_LOOK_S), None
        while not hands.stopping.is_set():
            found = db.version() if sqlite else None  # a server is asked the one as quickly as the other
            if (found is not None and found == seen) or not _is_any_active(connection):
                seen = found
                rest(pause)  # short, and cheaper than to wait for the event
                continue
            active = _active()
            if _is_due(active) or _is_left(active, hands):
                return
            hands.stopping.wait(WAITING_LOOK_S)


def _is_any_active(connection: Connection) -> bool:
    """Asked several times a second, so of the driver itself: a quarter of what SQLAlchemy's way costs."""
    with db.driver(connection) as own:
        return own.execute(_ANY_ACTIVE).fetchone() is not None


def _launched(hands: Hands) -> None:
    """dbos at work, until there has been nothing to do for REST_S."""
    DBOS(
        config={
            "name": queue.APPLICATION,
            "system_database_url": settings().jobs_database,
            "application_version": queue.VERSION,
            "executor_id": hands.id,
            "run_migrations": False,  # ``queue.prepare`` has
            "log_level": "WARNING",
            "notification_listener_polling_interval_sec": 0.05,  # nothing is told: this is how fast it ends
        }
    )
    hands.looks_every_s = queue.EAGER_S  # or what another process has set meanwhile: it is set anew
    try:
        DBOS.launch()  # one that fails half-way counts as launched, and has to be destroyed, too
        hands.stopping.wait(HEAD_START_S)
        idle_since = time.monotonic()
        while not hands.stopping.is_set() and time.monotonic() - idle_since < REST_S:
            active = _active()
            if hands.in_hand or _is_due(active) or _is_left(active, hands):
                idle_since = time.monotonic()
            _look_after(hands)
            hands.stopping.wait(RECOVER_S)
            if not active and hands.looks_every_s == queue.EAGER_S:
                _look(hands, hands.free_s)
    finally:
        _say_goodbye(hands)


def _look_after(hands: Hands) -> None:
    with db.session() as session:
        alive = workers.alive_ids(session) | {hands.id}
        active = runs.active_runs(session)
    hands.loose = queue.recover(active, alive, own=hands.id, in_hand=hands.in_hand, loose=hands.loose)


def _say_goodbye(hands: Hands) -> None:
    """Lets the imports at hand finish their pages; others go on with them."""
    deadline = time.monotonic() + GOODBYE_S
    while hands.in_hand and time.monotonic() < deadline:
        time.sleep(0.02)
    deadline = time.monotonic() + NOTED_S
    while queue.has_in_hand(hands.id) and time.monotonic() < deadline:
        time.sleep(0.02)  # the work is done, dbos has yet to write that down
    _be_eager(hands)
    with contextlib.suppress(Exception):
        DBOS.destroy()


def _be_eager(hands: Hands) -> None:
    """Whoever launches next looks at once. While another one works nothing is changed: that one has no use
    for so many looks."""
    with contextlib.suppress(Exception):
        if not _others(_active(), hands) & _alive():
            _look(hands, queue.EAGER_S)


# --- Is there work? --------------------------------------------------------------------------------------

_ANY_ACTIVE: Final = f"SELECT 1 FROM import_run WHERE {IS_ACTIVE.text} LIMIT 1"  # noqa: S608 (our own words)
_ACTIVE: Final = select(col(Run.id), col(Run.worker), col(Run.wait_until)).where(IS_ACTIVE)
_Held = tuple[str, str, datetime | None]
"""An active run, who has it in hand, and until when it waits."""


def _active() -> Sequence[_Held]:
    with db.engine().connect() as connection:
        return [(run_id, worker, until) for run_id, worker, until in connection.execute(_ACTIVE)]


def _is_due(active: Sequence[_Held]) -> bool:
    """Whether a run is in nobody's hands and need not wait any more."""
    now = datetime.now(UTC) + timedelta(seconds=RECOVER_S)
    return any(not worker and (until is None or until <= now) for _, worker, until in active)


def _is_left(active: Sequence[_Held], hands: Hands) -> bool:
    """Whether a run is in the hands of somebody who has died, or was let fall by this process."""
    others = _others(active, hands)
    own = {run_id for run_id, worker, _ in active if worker == hands.id}
    return not own <= hands.in_hand or (bool(others) and not others <= _alive())


def _others(active: Sequence[_Held], hands: Hands) -> set[str]:
    """Ids of the other processes that have these runs in hand."""
    return {worker for _, worker, _ in active} - {"", hands.id}


def _alive() -> set[str]:
    with db.session() as session:
        return workers.alive_ids(session)
