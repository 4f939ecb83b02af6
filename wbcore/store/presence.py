"""A process' heartbeat in the database, by which the others know that it works on what it has claimed."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from wbcore.store import db, workers
from wbcore.store.patience import patiently

log = logging.getLogger(__name__)

HEARTBEAT_S: Final = 5.0
LOGGED_S: Final = 60.0


@contextmanager
def presence(worker: str) -> Iterator[None]:
    """While it is open, this process counts as alive under the id ``worker``."""
    patiently(lambda: _beat(worker))
    ended = threading.Event()
    thread = threading.Thread(target=_keep_beating, args=(worker, ended), name="heartbeat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join(HEARTBEAT_S)
        leave(worker)


def _keep_beating(worker: str, ended: threading.Event) -> None:
    logged = time.monotonic()
    while not ended.wait(HEARTBEAT_S):
        try:
            _beat(worker)
        except SQLAlchemyError as error:
            log.warning("heartbeat could not be written: %s", type(error).__name__)
        if time.monotonic() - logged > LOGGED_S:
            logged = time.monotonic()
            log.info("heartbeat", extra={"data": {"worker": worker}})


def _beat(worker: str) -> None:
    with db.session() as session:
        workers.heartbeat(session, worker)
        session.commit()


def leave(worker: str) -> None:
    """This process does not count as alive any more."""
    try:
        with db.session() as session:
            workers.remove(session, worker)
            session.commit()
    except SQLAlchemyError as error:
        log.warning("could not sign off: %s", type(error).__name__)
