"""Workers as processes of their own: killed, stopped, taken over from. Nothing is lost or comes twice."""

from __future__ import annotations

import random
import signal
import time
from collections.abc import Callable

import pytest
from sqlmodel import select

from tests.work import (
    Processes,
    add_key,
    all_ids,
    assert_all_here,
    only_run,
    order_ids,
    run_of,
    until,
    until_ended,
    workers,
)
from wbcore.imports import foreground, queue
from wbcore.keys import keyring
from wbcore.sandbox.server import Sandbox
from wbcore.sandbox.tokens import mint
from wbcore.settings import settings
from wbcore.store import db
from wbcore.store.models import Key, Run
from wbcore.worker import supervisor

pytestmark = pytest.mark.flaky(reruns=0)  # an order that is lost once in a while is lost

Serve = Callable[..., Sandbox]
SLOW_S = 0.5
"""Of each answer: thirty pages take so long that this process may stand still for seconds, and whatever is to
happen in the middle does."""
AT_ONCE_S = 20.0
"""Some 0.2 s on an idle machine. A press that only a worker's next start would find waited for ever."""


@pytest.fixture
def slow_shop(database: str, serve: Serve) -> Sandbox:
    """So many pages, each so slow, that an import can be met at work; with a key."""
    return slow(serve)


@pytest.fixture
def slow_sqlite_shop(sqlite: str, serve: Serve) -> Sandbox:
    """The same where the kind of database makes no difference."""
    return slow(serve)


def slow(serve: Serve) -> Sandbox:
    sandbox = serve(orders=30_000, limits=False)
    add_key(sandbox)
    sandbox.world.latency = SLOW_S
    return sandbox


def only_key() -> Key:
    with db.session() as session:
        (key,) = keyring.list_keys(session)
    return key


def enqueue(key: Key, source: str = "period") -> Run:
    assert key.id is not None
    return queue.enqueue_import(key.id, source, {"statuses": False})


def has_begun(run: Run) -> bool:
    return run_of(run.id).pages > 0


def test_a_press_starts_at_once(sqlite: str, sandbox: Sandbox, processes: Processes) -> None:
    key = add_key(sandbox)
    processes.worker()
    until(workers, what="the worker's first heartbeat")
    starts = []
    for source in ("new", "period", "statuses"):
        run = enqueue(key, source)
        pressed = run.created_at
        ended = until_ended(run.id)
        assert (ended.status, ended.trigger) == ("done", "button")
        assert ended.started_at is not None
        starts.append((ended.started_at - pressed).total_seconds())
    assert min(starts) < AT_ONCE_S, starts
    assert_all_here(sandbox)


def test_a_press_without_a_worker_waits_for_one(sqlite: str, sandbox: Sandbox, processes: Processes) -> None:
    run = enqueue(add_key(sandbox))
    assert run_of(run.id).status == "queued"
    processes.worker()
    assert until_ended(run.id).status == "done"


@pytest.mark.parametrize("seed", [1])
def test_killed_again_and_again_it_ends_with_the_right_rows(
    slow_shop: Sandbox, processes: Processes, seed: int
) -> None:
    rng = random.Random(seed)
    run = enqueue(only_key())
    for _ in range(3):
        worker = processes.worker()
        before = run_of(run.id).pages
        until(lambda pages=before: run_of(run.id).pages > pages, what=f"seed {seed}")
        time.sleep(rng.uniform(0, 0.3))
        processes.kill(worker)
    slow_shop.world.latency = 0.0
    processes.worker()
    ended = until_ended(run.id)
    assert ended.status == "done", ended.diagnoses
    assert (ended.fetched, ended.created, ended.unchanged) == (30_000, 30_000, 0), f"seed {seed}"
    assert_all_here(slow_shop)


def test_the_run_of_a_dead_worker_is_taken_over(slow_shop: Sandbox, processes: Processes) -> None:
    key = only_key()
    by_pid = {process.pid: process for process in (processes.worker(), processes.worker())}
    until(lambda: len(workers()) == 2, what="two workers")
    run = enqueue(key)
    until(lambda: has_begun(run))
    owner = run_of(run.id).worker
    pid = next(row.pid for row in workers() if row.id == owner)
    processes.kill(by_pid[pid])
    until(lambda: run_of(run.id).worker not in ("", owner), what="the take-over")
    slow_shop.world.latency = 0.0
    assert until_ended(run.id).created == 30_000
    assert_all_here(slow_shop)


def test_a_stopped_worker_leaves_its_run_to_the_next(slow_sqlite_shop: Sandbox, processes: Processes) -> None:
    key = only_key()
    first = processes.worker()
    run = enqueue(key)
    until(lambda: has_begun(run))
    first.send_signal(signal.SIGTERM)
    assert first.wait(120) == 0
    slow_sqlite_shop.world.latency = 0.0
    left = run_of(run.id)
    assert (left.status, left.worker) == ("queued", "")
    assert 0 < left.fetched < 30_000
    assert workers() == []
    processes.worker()
    assert until_ended(run.id).fetched == 30_000
    assert_all_here(slow_sqlite_shop)


def test_a_running_import_stops_on_request(slow_sqlite_shop: Sandbox, processes: Processes) -> None:
    key = only_key()
    processes.worker()
    run = enqueue(key)
    until(lambda: has_begun(run))
    queue.cancel(run.id)
    ended = until_ended(run.id)
    slow_sqlite_shop.world.latency = 0.0
    assert (ended.status, ended.worker) == ("cancelled", "")
    assert 0 < ended.fetched < 30_000
    again = enqueue(key)
    assert until_ended(again.id).status == "done"
    assert order_ids() == all_ids(slow_sqlite_shop)


def test_sellers_run_beside_each_other_and_one_seller_after_itself(
    database: str, serve: Serve, processes: Processes
) -> None:
    sandbox = serve(orders=3000, limits=False)
    others = [mint(sid=f"0a1e0000-0000-4000-8000-00000000000{n}") for n in range(3)]
    keys = [add_key(sandbox), add_key(sandbox, "same seller", mint(bits=[4]))]
    keys += [add_key(sandbox, f"shop {n}", token) for n, token in enumerate(others)]
    sandbox.world.latency = 3.0  # each has an import that lasts: they meet
    processes.worker()
    runs = [enqueue(key) for key in keys]
    until(lambda: [bool(run_of(run.id).started_at) for run in runs].count(True) >= 4, what="four sellers")
    sandbox.world.latency = 0.0
    ended = [until_ended(run.id) for run in runs]
    assert [run.status for run in ended] == ["done"] * 5
    assert len(order_ids()) == 4 * 3000
    first, second = sorted(ended[:2], key=lambda run: run.started_at or run.created_at)
    assert first.finished_at is not None
    assert second.started_at is not None
    assert second.started_at >= first.finished_at
    at_once = [run for run in ended[2:] if run.started_at and run.started_at < first.finished_at]
    assert len(at_once) == 3


def test_a_killed_command_line_is_gone_on_with(slow_sqlite_shop: Sandbox, processes: Processes) -> None:
    command = ("import", "--key", "shop", "--source", "period", "--no-statuses", "--json")
    process = processes.start(*command)
    until(lambda: count_runs() and only_run().pages > 0)
    processes.kill(process)
    interrupted = only_run()
    assert interrupted.status in ("running", "waiting")
    slow_sqlite_shop.world.latency = 0.0
    run = foreground.run_import("shop", "period", statuses=False)
    assert run.id == interrupted.id
    assert (run.status, run.fetched, run.created) == ("done", 30_000, 30_000)
    assert_all_here(slow_sqlite_shop)


def test_a_worker_goes_on_with_a_killed_command_line(slow_sqlite_shop: Sandbox, processes: Processes) -> None:
    process = processes.start("import", "--key", "shop", "--source", "period", "--no-statuses")
    until(lambda: count_runs() and only_run().pages > 0)
    processes.kill(process)
    slow_sqlite_shop.world.latency = 0.0
    processes.worker()
    assert until_ended(only_run().id).status == "done"
    assert_all_here(slow_sqlite_shop)


def test_another_import_takes_the_place_of_a_killed_one(
    slow_sqlite_shop: Sandbox, processes: Processes
) -> None:
    process = processes.start("import", "--key", "shop", "--source", "period")
    until(lambda: count_runs() and only_run().pages > 0)
    processes.kill(process)
    slow_sqlite_shop.world.latency = 0.0
    interrupted = only_run()
    assert foreground.run_import("shop", "dbs").status == "done"
    assert run_of(interrupted.id).status == "cancelled"


def test_ctrl_c_stops_the_command_line_after_the_page(
    slow_sqlite_shop: Sandbox, processes: Processes
) -> None:
    process = processes.start("import", "--key", "shop", "--source", "period")
    until(lambda: count_runs() and only_run().pages > 0)
    process.send_signal(signal.SIGINT)
    assert process.wait(120) == 1
    assert only_run().status == "cancelled"
    assert workers() == []


def test_the_dashboard_keeps_one_worker_alive(
    sqlite: str, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "FIRST_PAUSE_S", 0.05)
    keeper = supervisor.Keeper()
    keeper.start()
    try:
        until(workers, what="the first worker")
        first = keeper.pid
        assert first is not None
        supervisor.os.kill(first, signal.SIGKILL)
        until(lambda: keeper.pid not in (None, first), what="the next worker")
        run = enqueue(add_key(sandbox))
        assert until_ended(run.id).status == "done"
    finally:
        keeper.stop()
    assert keeper.pid is None
    assert [w for w in workers() if w.pid != first] == []


def test_a_worker_ends_with_its_dashboard(sqlite: str, processes: Processes) -> None:
    child = supervisor.start_worker()
    processes.started.append(child)
    until(workers, what="the worker")
    assert child.stdin is not None
    child.stdin.close()
    child.stdin = None
    assert child.wait(120) == 0
    assert workers() == []


def test_no_worker_where_it_is_switched_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WB_WORKER", "off")
    settings.cache_clear()
    assert supervisor.ensure_worker() is None


def count_runs() -> int:
    with db.session() as session:
        return len(session.exec(select(Run.id)).all())
