"""A worker with another secret key takes no import that a right one can do."""

from __future__ import annotations

from collections.abc import Callable

from cryptography.fernet import Fernet

from tests.work import Processes, add_key, until_ended
from wbcore.imports import queue
from wbcore.sandbox.server import Sandbox
from wbcore.store import db, sealed


def test_the_import_is_done_by_the_worker_that_can(
    sqlite: str, serve: Callable[..., Sandbox], processes: Processes
) -> None:
    sealed.check()
    key = add_key(serve(orders=50))
    queue.prepare()
    wrong = processes.start("worker", WB_SECRET_KEY=Fernet.generate_key().decode())
    assert wrong.wait(120) == 1  # it ends and says why, instead of failing imports
    assert key.id is not None
    run = queue.enqueue_import(key.id, "new")
    processes.worker()
    assert until_ended(run.id).status == "done"
    db.dispose()
