"""The bench's own processes: the imitation of WB without limits, and one measured piece of work each.

``python -m tests.bench.child serve ORDERS LATENCY`` | ``import SOURCE`` | ``sellers N`` |
 ``fleet WORKERS SELLERS`` | ``read`` | ``check KEYS``.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

from wbcore.api.catalog import METHOD_BY_ID
from wbcore.api.client import Unlimited
from wbcore.jobs import claims, engine, foreground, keys, plan, queue
from wbcore.jobs.presence import presence
from wbcore.sandbox.server import Sandbox
from wbcore.sandbox.tokens import mint
from wbcore.store import browse, db, runs
from wbcore.store.browse import OrderFilters
from wbcore.store.models import ACTIVE_STATUSES, Run

KEY = "bench"


def serve(orders: str, latency_s: str) -> None:
    with Sandbox(orders=int(orders), limits=False) as sandbox:
        sandbox.world.latency = float(latency_s)
        say({"gateway": sandbox.gateway, "token": sandbox.tokens["full"]})
        sys.stdin.read()  # until the bench ends


def import_orders(source: str) -> None:
    """One import, as the command line makes it; seconds from the press to the end."""
    db.prepare()
    with db.session() as session:
        known = keys.keys.get_key(session, KEY)
    if known is None:
        keys.add_key(KEY, sys.stdin.readline())
    started = time.perf_counter()
    run = foreground.run_import(KEY, source, statuses=False, quota=Unlimited())
    seconds = time.perf_counter() - started
    assert run.status == "done", run.diagnoses
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    counts = {n: getattr(run, n) for n in ("fetched", "created", "updated", "unchanged", "requests")}
    say({"seconds": seconds, "peak_mb": peak_mb, **counts})


def add_keys(count: str, bits: Sequence[int] = (4,)) -> list[int]:
    """So many keys, each of its own seller; their ids."""
    db.prepare()
    ids = []
    for number in range(int(count)):
        token = mint(bits=bits, sid=f"5a1e0000-0000-4000-8000-{number:012x}")
        key = keys.add_key(f"{KEY} {number}", token).key
        assert key is not None
        assert key.id is not None
        ids.append(key.id)
    return ids


def sellers(count: str) -> None:
    """Imports of so many sellers at once, in the threads of one process, as a worker has them."""
    ids = []
    for key_id in add_keys(count):
        with db.session() as session:
            run = plan.create(session, key_id, "period", {"statuses": False}, "cli")
            session.commit()
        ids.append(run.id)
    worker = claims.new_id("bench")
    started = time.perf_counter()
    with presence(worker), ThreadPoolExecutor(len(ids)) as pool:
        ends = list(pool.map(lambda run_id: engine.run(run_id, worker, quota=Unlimited()), ids))
    seconds = time.perf_counter() - started
    assert set(ends) == {"over"}
    with db.session() as session:
        found = [runs.get(session, run_id) for run_id in ids]
    assert all(run is not None and run.status == "done" for run in found)
    say({"seconds": seconds, "fetched": sum(run.fetched for run in found if run is not None)})


def fleet(processes: str, count: str) -> None:
    """The same through the queue, by so many workers, each a process of its own."""
    key_ids = add_keys(count)
    queue.prepare()
    command = [sys.executable, "-m", "wbcore", "worker"]
    started = [subprocess.Popen(command, stdin=subprocess.DEVNULL) for _ in range(int(processes))]
    try:
        while workers_alive() < len(started):
            time.sleep(0.1)
        time.sleep(2)  # they have launched and are idle
        ids = [queue.enqueue_import(key_id, "period", {"statuses": False}).id for key_id in key_ids]
        found = ended(ids)
    finally:
        for process in started:
            process.terminate()
        for process in started:
            process.wait(60)
    begun = min(run.started_at for run in found if run.started_at is not None)
    end = max(run.finished_at for run in found if run.finished_at is not None)
    assert all(run.status == "done" for run in found), [run.diagnoses for run in found]
    waited = max(run.waited_s for run in found)
    fetched = sum(run.fetched for run in found)
    say({"seconds": (end - begun).total_seconds(), "fetched": fetched, "waited": waited})


def workers_alive() -> int:
    with db.session() as session:
        return len(claims.alive(session))


def ended(ids: list[str]) -> list[Run]:
    while True:
        with db.session() as session:
            found = [run for run_id in ids if (run := runs.get(session, run_id)) is not None]
        if all(run.status not in ACTIVE_STATUSES for run in found):
            return found
        time.sleep(0.2)


def read() -> None:
    """Milliseconds in the database of what the pages read: the best of several, as pages are read warm."""
    db.prepare()
    now = int(datetime.now(UTC).timestamp())
    week = int((datetime.now(UTC) - timedelta(days=7)).timestamp())
    with db.session() as session:
        first = browse.page(session, OrderFilters(), limit=50)
        row = first.rows[25]
        questions: dict[str, Callable[[], Any]] = {
            "first page": lambda: browse.page(session, OrderFilters(), limit=50),
            "second page": lambda: browse.page(session, OrderFilters(), first.next, limit=50),
            "by status": lambda: browse.page(session, OrderFilters(status="new"), limit=50),
            "by days": lambda: browse.page(session, OrderFilters(date_from=week, date_to=now), limit=50),
            "by number": lambda: browse.page(session, OrderFilters(text=str(row.id)), limit=50),
            "by article": lambda: browse.page(session, OrderFilters(text=row.article), limit=50),
            "by rid": lambda: browse.page(session, OrderFilters(text=row.rid), limit=50),
            "counters": lambda: browse.counters(session),
            "run history": lambda: runs.list_runs(session, limit=20),
        }
        say({name: best_ms(question) for name, question in questions.items()})


def best_ms(question: Callable[[], Any]) -> float:
    best = float("inf")
    for _ in range(7):
        started = time.perf_counter()
        question()
        best = min(best, (time.perf_counter() - started) * 1000)
    return best


def check(count: str) -> None:
    """A full check of health of so many keys, each of its own seller; and what the next one would ask."""
    from wbcore.jobs import health

    add_keys(count, (4, 5))
    planned = health.planned_requests()
    started = time.perf_counter()
    report = health.check()
    seconds = time.perf_counter() - started
    say(
        {
            "seconds": seconds,
            "requests": planned,
            "slowest_s": max(slowest_host_s(row["capabilities"]) for row in report["keys"]),
            "status": report["status"],
            "again": health.planned_requests(),
        }
    )


def slowest_host_s(capabilities: list[dict[str, Any]]) -> float:
    """How long the host of one key that answered last was asked: its requests follow each other."""
    hosts: dict[str, float] = {}
    for one in capabilities:
        host = METHOD_BY_ID[one["id"]].host
        hosts[host] = hosts.get(host, 0.0) + (one["latency_ms"] or 0) / 1000
    return max(hosts.values())


def say(document: dict[str, Any]) -> None:
    print(json.dumps(document), flush=True)


if __name__ == "__main__":
    WORK = {
        "serve": serve,
        "import": import_orders,
        "sellers": sellers,
        "fleet": fleet,
        "read": read,
        "check": check,
    }
    WORK[sys.argv[1]](*sys.argv[2:])
