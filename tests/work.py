"""Imports against the real imitation of WB over HTTP, in this process and in workers of their own."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func
from sqlmodel import Session, col, select

from tests.forked import Running
from wbcore.health import checks
from wbcore.imports import queue, runs, schedules
from wbcore.keys import capabilities, keyring, saving
from wbcore.orders import browse
from wbcore.sandbox.server import Sandbox
from wbcore.settings import settings
from wbcore.store import db
from wbcore.store.models import (
    ACTIVE_STATUSES,
    CapabilityChange,
    Key,
    Order,
    Run,
    Schedule,
    Worker,
    utc_now,
)
from wbcore.worker import duties

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Sandbox]]:
    """Starts an imitation of WB and sends this process' requests there."""
    with contextlib.ExitStack() as stack:

        def start(**options: object) -> Sandbox:
            sandbox = stack.enter_context(Sandbox(**options))  # type: ignore[arg-type]
            monkeypatch.setenv("WB_GATEWAY_URL", sandbox.gateway)
            settings.cache_clear()
            return sandbox

        yield start


@pytest.fixture
def sandbox(serve: Callable[..., Sandbox]) -> Sandbox:
    """2,500 new orders, quotas as WB's."""
    return serve(orders=2500)


@pytest.fixture(autouse=True)
def closed_queue() -> Iterator[None]:
    yield
    queue.close()


def add_key(sandbox: Sandbox, name: str = "shop", token: str = "full") -> Key:
    outcome = saving.add_key(name, sandbox.tokens.get(token, token))
    assert outcome.saved, outcome.diagnoses
    assert outcome.key is not None
    return outcome.key


def run_of(run_id: str) -> Run:
    with db.session() as session:
        run = runs.get(session, run_id)
    assert run is not None
    return run


def only_run() -> Run:
    with db.session() as session:
        (run,) = runs.list_runs(session)
    return run


def set_status(session: Session, run: Run, status: str, **fields: Any) -> None:
    """As somebody who works on an import would leave it. The caller commits."""
    for name, value in {"status": status, **fields}.items():
        setattr(run, name, value)
    if status not in ACTIVE_STATUSES:
        run.finished_at = utc_now()
    session.add(run)
    session.flush()


def told_of(session: Session, schedule: Schedule, lang: str, zone: tzinfo | None = None) -> str:
    """When a schedule runs next, or why it does not, with what was left out."""
    (found,) = schedules.standings(session, [schedule], lang, zone)
    return " · ".join(filter(None, (found.told, found.left_out)))


def planned_requests() -> int:
    """How many requests a check of all keys would send now."""
    with db.session() as session:
        states = capabilities.states(session)
        return checks.planned_for((key, states.get(key.id or 0, {})) for key in keyring.list_keys(session))


def changes_of(session: Session, key_id: int, capability: str) -> Sequence[CapabilityChange]:
    """The history of a capability, newest first."""
    mine = (CapabilityChange.key_id == key_id, CapabilityChange.capability == capability)
    newest_first = (col(CapabilityChange.at).desc(), col(CapabilityChange.id).desc())
    return session.exec(select(CapabilityChange).where(*mine).order_by(*newest_first)).all()


def until(condition: Callable[[], object], seconds: float = 120.0, what: str = "") -> None:
    """Waits for it. So long nobody waits where all is well, and a machine may stand still for a while."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.02)


def until_ended(run_id: str, seconds: float = 120.0) -> Run:
    until(lambda: run_of(run_id).status not in ACTIVE_STATUSES, seconds, f"{run_of(run_id)}")
    return run_of(run_id)


def run_chores(now: datetime) -> None:
    """Everything that a worker does beside imports and is due at ``now``, once."""
    duties.look_around(now)
    duties.ask_around(now)
    duties.tell_around(now)


def workers() -> list[Worker]:
    with db.session() as session:
        return list(session.exec(select(Worker)).all())


def live_runs() -> set[str]:
    """Ids of the runs that have a workflow in the queue."""
    found = queue.client().list_workflows(queue_name=queue.QUEUE, status=queue.LIVE)
    return {workflow.workflow_id.rpartition(".")[0] for workflow in found}


def codes(run: Run) -> list[str]:
    return [d["code"] for d in run.diagnoses]


def order_ids() -> set[int]:
    with db.session() as session:
        return set(session.exec(select(Order.id)).all())


def count_orders() -> int:
    with db.session() as session:
        return session.exec(select(func.count()).select_from(Order)).one()


def counted() -> int:
    """How many orders the pages say there are."""
    with db.session() as session:
        return browse.counters(session).total


def all_ids(sandbox: Sandbox) -> set[int]:
    shop = sandbox.world.shop()
    return {shop.order_id(i) for i in range(shop.end)}


def assert_all_here(sandbox: Sandbox) -> None:
    """Nothing lost, nothing twice, and the counters say so too."""
    assert order_ids() == all_ids(sandbox)
    assert count_orders() == len(all_ids(sandbox)) == counted()


@dataclass
class Processes:
    """Processes of this project, ended with the test."""

    started: list[Running | subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self, *arguments: str, heard: bool = False, **environment: str) -> Running:
        """A command; ``heard``: what it says on stderr is kept."""
        stderr = None if heard else Path(os.devnull)
        process = Running(arguments, {**os.environ, **environment}, stderr=stderr)
        self.started.append(process)
        return process

    def worker(self) -> Running:
        return self.start("worker")

    def kill(self, process: Running) -> None:
        """As the power cut does."""
        process.send_signal(signal.SIGKILL)
        process.wait()


@pytest.fixture
def processes() -> Iterator[Processes]:
    own = Processes()
    yield own
    for process in own.started:
        if process.poll() is None:
            process.kill()
        process.communicate()
