"""Which processes are alive, by their heartbeats: the database's clock tells how old one is."""

from __future__ import annotations

import os
import socket
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Final
from uuid import getnode

from sqlalchemy import delete
from sqlmodel import Session, col, select

from wbcore.store import db
from wbcore.store.clock import is_near, moment
from wbcore.store.models import Worker

ALIVE_S: Final = 30.0
"""A process without a heartbeat for so long is taken for dead."""
FORGOTTEN_S: Final = 86_400.0


@lru_cache(maxsize=1)
def place() -> str:
    """Where this process' id means something: the machine by its name and boot, in a container its own space
    of process ids. Two containers may have one name; each has a "process 1"."""
    return "/".join((socket.gethostname(), *_marks()))


def _marks() -> tuple[str, ...]:
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
        return boot, str(os.readlink("/proc/self/ns/pid"))
    except OSError:  # not Linux
        return (f"{getnode():012x}",)


def heartbeat(session: Session, worker_id: str) -> None:
    """Says that this process lives; the first one registers it. The caller commits."""
    values = {"host": place(), "pid": os.getpid(), "started_at": moment(), "heartbeat_at": moment()}
    statement = db.insert(session, Worker).values(id=worker_id, **values)
    session.connection().execute(
        statement.on_conflict_do_update(index_elements=["id"], set_={"heartbeat_at": moment()})
    )


def alive(session: Session) -> Sequence[Worker]:
    """Processes that can be trusted to go on with what they have in hand, oldest first."""
    query = select(Worker).where(is_near(Worker.heartbeat_at, ALIVE_S)).order_by(col(Worker.started_at))
    found = session.exec(query.execution_options(populate_existing=True)).all()
    return [row for row in found if _is_running(row)]


def alive_ids(session: Session) -> set[str]:
    return {row.id for row in alive(session)}


def remove(session: Session, worker_id: str) -> None:
    """Forgets a process that has ended. The caller commits."""
    session.connection().execute(delete(Worker).where(col(Worker.id) == worker_id))


def forget_old(session: Session) -> int:
    """Forgets processes that have said nothing for a day; how many. The caller commits."""
    old = delete(Worker).where(~is_near(Worker.heartbeat_at, FORGOTTEN_S))
    return session.connection().execute(old).rowcount


def _is_running(row: Worker) -> bool:
    """Whether a process is there: at this place by its pid, elsewhere its heartbeat has to do."""
    if row.host != place() or os.name == "nt":  # there ``kill`` with 0 is no question: it ends the process
        return True
    try:
        os.kill(row.pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return not _is_zombie(row.pid)


def _is_zombie(pid: int) -> bool:
    """Dead, but its parent has not looked yet. Known on Linux alone; elsewhere the heartbeat tells."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return file.read().rpartition(b")")[2].split()[0] in (b"Z", b"X")
    except (OSError, IndexError):
        return False
