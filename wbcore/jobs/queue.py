"""The durable queue: dbos, one queue for all imports, partitioned by seller, one at a time in a partition.

The dashboard speaks to it through a client; only a worker launches dbos. What an import has done and where it
is stands in the run's own row (see ``engine``), so the queue only has to see that somebody works on it.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final
from uuid import uuid4

from dbos import DBOS, DBOSClient, EnqueueOptions
from dbos import error as dbos_errors
from sqlalchemy.exc import SQLAlchemyError

from wbcore.jobs import claims, plan
from wbcore.jobs.patience import patiently
from wbcore.settings import settings
from wbcore.store import db, runs
from wbcore.store.models import Run
from wbcore.store.runs import AlreadyRunning

__all__ = ["AlreadyRunning", "cancel", "enqueue_import", "prepare", "repeat"]

log = logging.getLogger(__name__)
logging.getLogger("dbos").setLevel(logging.WARNING)  # it tells the address of its database at each start

APPLICATION: Final = "wb-desk"
VERSION: Final = "1"
"""dbos gives a workflow back only to its own version. A run lives in its row, not in dbos' steps, so any
version of this program can go on with it: this number never changes."""
QUEUE: Final = "imports"
WORKFLOW: Final = "import"
POLLING_S: Final = 0.2
LIVE: Final = ["ENQUEUED", "PENDING", "DELAYED"]


def prepare() -> None:
    """Brings dbos' own database to its schema and registers the queue; any number of processes may."""
    _client(settings().jobs_database)


@lru_cache(maxsize=4)
def _client(address: str) -> DBOSClient:
    patiently(lambda: DBOS.migrate(address))
    client = DBOSClient(system_database_url=address, application_name=APPLICATION)
    # Before any worker launches: a queue that is registered later is found by its once-a-second look.
    client.register_queue(QUEUE, partition_concurrency=1, polling_interval_sec=POLLING_S)
    return client


def client() -> DBOSClient:
    return _client(settings().jobs_database)


def close() -> None:
    """Ends the connections of this process to dbos' database, for tests and before a fork."""
    if _client.cache_info().currsize:
        client().destroy()
    _client.cache_clear()


def enqueue_import(
    key_id: int, source: str, params: Mapping[str, Any] | None = None, trigger: str = "button"
) -> Run:
    """Puts an import into the queue.

    Args:
        params: ``date_from``, ``date_to`` (ISO dates or None), ``statuses``, ``clients`` (bool).

    Raises:
        AlreadyRunning: an import of this key is queued or runs; it carries that run.
        KeyError: no such key, no such source.
    """
    with db.session() as session:
        run = plan.create(session, key_id, source, dict(params or {}), trigger)
        session.commit()
    submit(run)
    return run


def repeat(run_id: str, trigger: str = "checklist") -> Run:
    """The same import once more, with what the key's token is now.

    Raises:
        AlreadyRunning: as ``enqueue_import``.
        KeyError: the run or its key is gone.
    """
    with db.session() as session:
        before = runs.get(session, run_id)
    if before is None or before.key_id is None:
        raise KeyError(run_id)
    return enqueue_import(before.key_id, before.source, before.params, trigger)


def cancel(run_id: str) -> None:
    """Stops an import: at once where it only waits, else after the page at hand. What is imported stays."""
    patiently(lambda: claims.cancel(run_id))


def submit(run: Run) -> None:
    """Sees that somebody takes the run up; a second call changes nothing. Never fails: workers look after
    runs that nobody has submitted."""
    delay = 0.0 if run.wait_until is None else (run.wait_until - datetime.now(UTC)).total_seconds()
    options: EnqueueOptions = {
        "workflow_name": WORKFLOW,
        "queue_name": QUEUE,
        "workflow_id": f"{run.id}.{uuid4().hex[:8]}",
        # While one is queued or runs, another one for the same run is refused.
        "deduplication_id": run.id,
        "queue_partition_key": str(run.seller_id),
    }
    if delay > 0:
        options["delay_seconds"] = delay
    try:
        client().enqueue(options, run.id)
    except dbos_errors.DBOSQueueDeduplicatedError:
        return
    except (SQLAlchemyError, dbos_errors.DBOSException) as error:
        log.warning("import %s is not in the queue yet: %s", run.id, type(error).__name__)


def live_runs(queue: DBOSClient) -> set[str]:
    """Ids of the runs that have a workflow in the queue."""
    found = queue.list_workflows(queue_name=QUEUE, status=LIVE, load_input=False, load_output=False)
    return {w.workflow_id.partition(".")[0] for w in found}


def executors(queue: DBOSClient) -> set[str]:
    """The processes that the queue thinks are working."""
    found = queue.list_workflows(queue_name=QUEUE, status="PENDING", load_input=False, load_output=False)
    return {w.executor_id for w in found if w.executor_id}


def orphans(active: Iterable[Run], alive: set[str], queued: set[str]) -> list[Run]:
    """Active runs that nobody has in hand and no workflow will take up."""
    return [run for run in active if run.worker not in alive and run.id not in queued]
