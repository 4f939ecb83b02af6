"""The durable queue: dbos, one queue for all imports, partitioned by seller, one at a time in a partition.

dbos decides who runs an import, and when: its queue, its delay (a long wait for WB's quota), its recovery.
Everybody speaks to it through a client; only a process that works launches it (see ``working``). The run's
row is what people see, and the fence of its pages (see ``record``).

An import is a chain of workflows, ``<run id>.1``, ``.2``, ...: one for each time that it is taken up. A
workflow's id is its idempotency key: whoever asks for the same link, and how often, makes one. A second press
is refused by the run's row, whose index lets one import of a key be active: dbos' own deduplication id is
cleared when a workflow is resumed, and a chain's next link is made while the last one still has it.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable, Mapping, Set
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import create_engine
from sqlalchemy.exc import SQLAlchemyError

from wbcore.imports import plan, runs
from wbcore.imports.runs import AlreadyRunning
from wbcore.people import audit
from wbcore.people.actor import Actor, Right, require
from wbcore.settings import settings
from wbcore.store import db, workers
from wbcore.store.models import Run
from wbcore.store.patience import patiently

if TYPE_CHECKING:
    from dbos import DBOSClient, EnqueueOptions

__all__ = ["AlreadyRunning", "cancel", "enqueue_import", "prepare", "repeat"]

log = logging.getLogger(__name__)
_DBOS_LOG: Final = logging.getLogger("dbos")
_DBOS_LOG.addHandler(logging.NullHandler())  # with a handler it makes none of its own: its lines come to ours
_DBOS_LOG.setLevel(logging.WARNING)  # it tells the address of its database at each start

APPLICATION: Final = "wb-desk"
VERSION: Final = "1"
"""dbos gives a workflow back only to its own version, by default a hash of its code. A run lives in its row,
not in dbos' steps, so any version of this program can go on with it: all are one version to dbos."""
QUEUE: Final = "imports"
WORKFLOW: Final = "import"
EAGER_S: Final = 0.01
ATTENTIVE_S: Final = 0.05
BUSY_S: Final = 0.4
ALONE_S: Final = 1.0
"""How often dbos looks for the next import (each look costs about 3 ms of the processor): just launched, as
there is one; launched and free; while an import is worked on; and while a process works that wants no other
one. All processes share the number; the last one to set it rules, and all of them work."""
LIVE: Final = ["ENQUEUED", "PENDING", "DELAYED"]
ENDED: Final = ["SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"]
KEEP_DAYS: Final = 30
"""Ended workflows are of no use to anybody; what people read is the run's row."""
BATCH: Final = 500


def _unreachable() -> tuple[type[Exception], ...]:
    from dbos import error  # noqa: PLC0415 (dbos is slow to import, and most pages ask nothing of it)

    return SQLAlchemyError, error.DBOSException


def prepare() -> None:
    """Brings dbos' own database to its schema and registers the queue; any number of processes may."""
    client()


_clients: Final[dict[str, DBOSClient]] = {}
_making: Final = threading.Lock()


def client() -> DBOSClient:
    """This process' one client of the queue's database, made when it is first asked for."""
    address = settings().jobs_database
    with _making:
        if address not in _clients:
            _clients[address] = _connected(address)
        return _clients[address]


def _connected(address: str) -> DBOSClient:
    from dbos import DBOS, DBOSClient  # noqa: PLC0415

    if address.startswith("sqlite"):
        # With a log beside the file a change costs one wait for the disk instead of four.
        target = create_engine(address)
        db.use_wal(target)
        target.dispose()
    patiently(lambda: DBOS.migrate(address))
    made = DBOSClient(system_database_url=address, application_name=APPLICATION)
    # How often somebody looks who works at this moment is not for us to change.
    made.register_queue(
        QUEUE, partition_concurrency=1, polling_interval_sec=EAGER_S, on_conflict="never_update"
    )
    return made


def close() -> None:
    """Ends the connections of this process to dbos' database, for tests and before a fork."""
    with _making:
        while _clients:
            _clients.popitem()[1].destroy()


def enqueue_import(
    key_id: int,
    source: str,
    params: Mapping[str, Any] | None = None,
    trigger: str = "button",
    *,
    by: Actor | None = None,
) -> Run:
    """Puts an import into the queue.

    Args:
        params: ``date_from``, ``date_to`` (ISO dates or None), ``statuses``, ``clients`` (bool).
        by: who wants it; None: whoever is present.

    Raises:
        AlreadyRunning: an import of this key is queued or runs; it carries that run.
        KeyError: no such key, no such source.
        NotAllowed: they may not import.
    """
    acting = require(by, Right.IMPORT)
    with db.session() as session:
        run = plan.create(session, key_id, source, dict(params or {}), trigger, started_by=acting.name)
        require(acting, Right.IMPORT, seller_id=run.seller_id)
        audit.record(session, acting, "import_started", run.key_name, run=run.id, source=source)
        session.commit()
    submit(run)
    return run


def repeat(run_id: str, trigger: str = "checklist", *, by: Actor | None = None) -> Run:
    """The same import once more, with what the key's token is now.

    Raises:
        AlreadyRunning: as ``enqueue_import``.
        KeyError: the run or its key is gone.
    """
    with db.session() as session:
        before = runs.get(session, run_id)
    if before is None or before.key_id is None:
        raise KeyError(run_id)
    return enqueue_import(before.key_id, before.source, before.params, trigger, by=by)


def cancel(run_id: str, *, by: Actor | None = None) -> None:
    """Stops an import: at once where nobody has it in hand, else after the page at hand. Its rows stay.

    Raises:
        NotAllowed: ``by`` may not import.
    """
    acting = require(by, Right.IMPORT)
    with db.session() as session:
        run = runs.get(session, run_id)
    if run is None:
        return
    require(acting, Right.IMPORT, seller_id=run.seller_id)

    def transaction() -> None:
        with db.writing() as session:
            if runs.request_cancel(session, run_id):
                runs.end_unless_held(session, run_id, workers.alive_ids(session))
                audit.record(session, acting, "import_stopped", run.key_name, run=run_id)
            session.commit()

    patiently(transaction)


def submit(run: Run) -> None:
    """Queues a new run. Never fails: who works looks after runs that are not in the queue."""
    try:
        _enqueue(run, 1)
    except _unreachable() as error:
        log.warning("import %s is not in the queue yet: %s", run.id, type(error).__name__)


def submit_again(run: Run, workflow_id: str) -> None:
    """The next link of a run's chain, after ``workflow_id``: later, where it waits for WB's quota."""
    _enqueue(run, _link(workflow_id) + 1)


def _enqueue(run: Run, link: int) -> None:
    options: EnqueueOptions = {
        "workflow_name": WORKFLOW,
        "queue_name": QUEUE,
        "workflow_id": f"{run.id}.{link}",
        "queue_partition_key": str(run.seller_id),
    }
    wait_s = 0.0 if run.wait_until is None else (run.wait_until - datetime.now(UTC)).total_seconds()
    if wait_s > 0:
        options["delay_seconds"] = wait_s
    client().enqueue(options, run.id)


def _link(workflow_id: str) -> int:
    return int(workflow_id.rpartition(".")[2])


def look_every(seconds: float) -> None:
    """Sets how often dbos looks for the next import. Never fails: the number before works, too."""
    try:
        found = client().retrieve_queue(QUEUE)
        if found is not None:
            found.set_polling_interval_sec(seconds)
    except _unreachable() as error:
        log.debug("the queue's interval stays: %s", type(error).__name__)


# --- Looking after it ----------------------------------------------------------------------------------


def recover(
    active: Iterable[Run],
    alive: Set[str],
    *,
    own: str = "",
    in_hand: Set[str] = frozenset(),
    loose: Set[str] = frozenset(),
) -> set[str]:
    """Puts back what a dead process has left, what a press was cut off before it could queue, and what this
    process itself has let fall while its database was away.

    Args:
        active: runs that are queued, run or wait.
        alive: ids of the processes that can be trusted to go on with what they have.
        own: this process' id.
        in_hand: ids of the runs that it works on.
        loose: what this has returned the last time.

    Returns:
        Workflows and runs that are this process' and that it does not work on. At one look that may be what
        has just begun or ended; at two it was let fall.
    """
    live = client().list_workflows(queue_name=QUEUE, status=LIVE, load_input=False, load_output=False)
    pending = [w for w in live if w.status == "PENDING"]
    idle = {
        w.workflow_id for w in pending if w.executor_id == own and _run_of(w.workflow_id) not in in_hand
    } | {run.id for run in active if run.worker == own and run.id not in in_hand}
    fallen = idle & loose
    left = [w for w in pending if w.executor_id not in alive or w.workflow_id in fallen]
    if left:
        before = sorted({str(w.executor_id) for w in left})
        log.warning("taking over what was left", extra={"data": {"workers": before}})
        client().resume_workflows([w.workflow_id for w in left], queue_name=QUEUE)
    queued = {_run_of(w.workflow_id) for w in live}
    for run in active:
        if run.id not in queued and (run.worker not in alive or run.id in fallen):
            _enqueue(run, _links(run.id) + 1)
    return idle


def has_in_hand(executor_id: str) -> bool:
    """Whether dbos counts something as being worked on by a process. Never fails: unknown is no."""
    try:
        at_work = client().list_workflows(
            queue_name=QUEUE,
            status="PENDING",
            executor_id=[executor_id],
            limit=1,
            load_input=False,
            load_output=False,
        )
    except _unreachable() as error:
        log.debug("what is in hand is not known: %s", type(error).__name__)
        return False
    return bool(at_work)


def forget_old(now: datetime, keep_days: int = KEEP_DAYS) -> int:
    """Deletes workflows that ended so long ago, a batch at a time; how many."""
    gone, before = 0, (now - timedelta(days=keep_days)).isoformat()
    while True:
        old = client().list_workflows(
            status=ENDED, end_time=before, limit=BATCH, load_input=False, load_output=False
        )
        if not old:
            return gone
        client().delete_workflows([w.workflow_id for w in old])
        gone += len(old)


def _links(run_id: str) -> int:
    """The last link of a run's chain; 0: it has none."""
    found = client().list_workflows(workflow_id_prefix=f"{run_id}.", load_input=False, load_output=False)
    return max((_link(w.workflow_id) for w in found), default=0)


def _run_of(workflow_id: str) -> str:
    return workflow_id.rpartition(".")[0]
