"""The bench's own processes: the imitation of WB without limits, and one measured piece of work each.

``python -m tests.bench.child serve ORDERS LATENCY`` | ``tape ORDERS`` | ``import [again]`` | ``statuses`` |
 ``sellers N`` | ``press`` | ``fleet WORKERS SELLERS`` | ``read`` | ``check KEYS`` | ``fill KEYS ORDERS`` |
 ``importing`` | ``shop ORDERS`` | ``day``.
"""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from functools import partial
from statistics import median
from typing import Any

from sqlmodel import Session

from tests import agency
from tests.bench import tape
from tests.bench.report import say
from tests.memory import peak_mb
from tests.orders import samples
from wbcore.api.catalog import METHOD_BY_ID
from wbcore.api.client import Unlimited
from wbcore.imports import engine, foreground, plan, queue, runs, working
from wbcore.keys import keyring, saving
from wbcore.orders import browse, figures, totals, writing
from wbcore.orders.filters import OrderFilters, meant
from wbcore.sandbox.server import Sandbox
from wbcore.sandbox.tokens import mint
from wbcore.store import days, db, workers
from wbcore.store.models import ACTIVE_STATUSES, Run
from wbcore.store.presence import presence

KEY = "bench"
PRESSES = 5
FILLED_AT_ONCE = 2000


def serve(orders: str, latency_s: str) -> None:
    with Sandbox(orders=int(orders), limits=False) as sandbox:
        sandbox.world.latency = float(latency_s)
        say({"gateway": sandbox.gateway, "token": sandbox.tokens["full"]})
        sys.stdin.read()  # until the bench ends


def import_orders(again: str = "") -> None:
    """One import of a period, as the command line makes it; seconds from the press to the end.

    The tables of both databases are there: they are made once in their life.
    """
    db.prepare()
    queue.prepare()
    with db.session() as session:
        known = keyring.get_key(session, KEY)
    if known is None:
        saving.add_key(KEY, sys.stdin.readline())
    working.settle()
    started = time.perf_counter()
    # Without a day it goes on from where the last one was.
    first = date.today() - timedelta(days=29) if again else None
    before = time.process_time()
    run = foreground.run_import(KEY, "period", statuses=False, date_from=first, quota=Unlimited())
    seconds, cpu_s = time.perf_counter() - started, time.process_time() - before
    assert run.status == "done", run.diagnoses
    counts = {n: getattr(run, n) for n in ("fetched", "created", "updated", "unchanged", "requests")}
    say({"seconds": seconds, "cpu_s": cpu_s, "peak_mb": peak_mb(), **counts})


def statuses() -> None:
    """The same list without and with the statuses of all that is open: what the statuses alone take."""
    db.prepare()
    saving.add_key(KEY, sys.stdin.readline())
    working.settle()
    for source in ("period", "new"):  # once for the orders, once for what the list says of them
        foreground.run_import(KEY, source, statuses=False, quota=Unlimited())
    took = []
    for wanted in (False, True):
        started = time.perf_counter()
        run = foreground.run_import(KEY, "new", statuses=wanted, quota=Unlimited())
        took.append(time.perf_counter() - started)
        assert run.status == "done", run.diagnoses
    with db.session() as session:
        orders = browse.counters(session).total
    say({"seconds": took[1] - took[0], "orders": orders})


def add_keys(count: str, bits: Sequence[int] = (4,)) -> list[int]:
    """So many keys, each of its own seller; their ids."""
    db.prepare()
    ids = []
    for number in range(int(count)):
        token = mint(bits=bits, sid=f"5a1e0000-0000-4000-8000-{number:012x}")
        key = saving.add_key(f"{KEY} {number}", token).key
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
    worker = working.new_id("bench")
    working.settle()
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


def press() -> None:
    """Seconds from the press to the first page that is written, by a worker that has rested, and by one that
    has just worked."""
    db.prepare()
    key = saving.add_key(KEY, sys.stdin.readline()).key
    assert key is not None
    assert key.id is not None
    queue.prepare()
    process = subprocess.Popen([sys.executable, "-m", "wbcore", "worker"], stdin=subprocess.DEVNULL)
    took: dict[str, list[float]] = {"rested": [], "just worked": []}
    try:
        while not workers_alive():
            time.sleep(0.1)
        for _ in range(PRESSES):
            for name, pause_s in (("rested", working.REST_S + 3), ("just worked", 1.0)):
                time.sleep(pause_s)
                took[name].append(_first_page_s(key.id))
    finally:
        process.terminate()
        process.wait(60)
    say({name: median(times) for name, times in took.items()})


def _first_page_s(key_id: int) -> float:
    started = time.perf_counter()
    run = queue.enqueue_import(key_id, "period", {"statuses": False})
    while True:
        with db.session() as session:
            found = runs.get(session, run.id)
        if found is not None and found.pages:
            took = time.perf_counter() - started
            ended([run.id])
            return took
        time.sleep(0.005)


def workers_alive() -> int:
    with db.session() as session:
        return len(workers.alive(session))


def ended(ids: list[str]) -> list[Run]:
    while True:
        with db.session() as session:
            found = [run for run_id in ids if (run := runs.get(session, run_id)) is not None]
        if all(run.status not in ACTIVE_STATUSES for run in found):
            return found
        time.sleep(0.2)


def fill(keys: str, orders: str) -> None:
    """An agency's database: so many keys, and orders of their sellers in equal parts."""
    ids = agency.fill(int(keys))
    each = int(orders) // len(ids)
    started = time.perf_counter()
    for key_id in ids:
        with db.session() as session:
            key = keyring.get_key(session, key_id)
        assert key is not None
        for start in range(0, each, FILLED_AT_ONCE):
            rows = [samples.order(n) for n in range(start, min(start + FILLED_AT_ONCE, each))]
            with db.writing() as session:
                writing.write_orders(session, key.seller_id, rows, run_id="bench", source="new")
                session.commit()
    say({"seconds": time.perf_counter() - started, "orders": each * len(ids)})
    settle()


def settle() -> None:
    """What PostgreSQL does by itself within minutes, where tests have not told it not to."""
    with db.engine().connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if not db.is_sqlite(connection):
            connection.exec_driver_sql("VACUUM ANALYZE")


SHOP_DAYS, SHOP_ARTICLES, OPEN = 90, 3_000, 5_000


def shop(orders: str) -> None:
    """Two sellers' orders of ninety days, with all that an operator looks for; the newest are still open."""
    sellers = []
    for key_id in agency.fill(2):
        with db.session() as session:
            key = keyring.get_key(session, key_id)
        assert key is not None
        sellers.append(key.seller_id)
    each, began = int(orders) // len(sellers), time.perf_counter()
    newest = datetime.now(UTC) - timedelta(minutes=1)
    step = timedelta(days=SHOP_DAYS) / each
    ends = ["canceled", "sorted", *["sold"] * 14]
    for seller in sellers:
        for start in range(0, each, FILLED_AT_ONCE):
            numbers = range(start, min(start + FILLED_AT_ONCE, each))
            with db.writing() as session:
                rows = [shop_order(n, newest - n * step) for n in numbers]
                writing.write_orders(session, seller, rows, run_id="bench", source="new")
                said = [
                    {"id": 1000 + n, "supplierStatus": "complete", "wbStatus": ends[n % 16]}
                    for n in numbers
                    if n >= min(OPEN, each // 10)
                ]
                # A day after they were made: what is cancelled is spread over the days, as in life.
                later = newest - start * step + timedelta(days=1)
                writing.write_statuses(session, seller, said, run_id="bench", now=min(later, newest))
                session.commit()
    say({"seconds": time.perf_counter() - began, "orders": each * len(sellers)})
    settle()


def shop_order(number: int, made: datetime) -> dict[str, Any]:
    article = number * 7919 % SHOP_ARTICLES
    # Every tenth is of the one article that sells best.
    name = "Футболка-1" if number % 10 == 0 else f"Артикул-{article}"
    return samples.order(
        number,
        createdAt=made.strftime("%Y-%m-%dT%H:%M:%SZ"),
        article=name,
        nmId=100_000 + article,
        skus=[f"46000{article:08}"],
        offices=[f"Офис {number % 12}"],
        warehouseId=500 + number % 6,
        supplyId=f"WB-GI-{number // 400}",
        requiredMeta=["sgtin"] if number % 5 == 0 else [],
        isZeroOrder=number % 1000 == 0,
        options={"isB2B": number % 50 == 0},
        currencyCode=933 if number % 20 == 0 else 643,
    )


def importing() -> None:
    """Imports at full speed, one after the other, each of a new seller, until standard input ends."""
    ended = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()
    db.prepare()
    worker = working.new_id("bench")
    number, fetched, started = 0, 0, time.perf_counter()
    with presence(worker):
        while not ended.is_set():
            number += 1
            token = mint(bits=(4,), sid=f"{int(time.time()):08x}-0000-4000-8000-{number:012x}")
            key = saving.add_key(f"{KEY} {time.time_ns()}", token).key
            assert key is not None
            assert key.id is not None
            with db.session() as session:
                run = plan.create(session, key.id, "period", {"statuses": False}, "cli")
                session.commit()
            engine.run(run.id, worker, stopping=ended, quota=Unlimited())
            with db.session() as session:
                row = runs.get(session, run.id)
            fetched += row.fetched if row is not None else 0
    say({"seconds": time.perf_counter() - started, "fetched": fetched})


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


def day() -> None:
    """Milliseconds in the database of what an operator's day reads."""
    db.prepare()
    now, zone = datetime.now(UTC), days.zone()
    today = days.today(zone, now)
    first = today - timedelta(days=29)
    month = (days.start(first, zone), days.end(today, zone))
    asked: dict[str, OrderFilters] = {
        "to assemble": OrderFilters(status="to_assemble"),
        "sold": OrderFilters(status="stage_sold"),
        "on the way": OrderFilters(status="stage_moving"),
        "cancelled": OrderFilters(status="cancelled"),
        "one article": OrderFilters(article="Футболка-1"),
        "one warehouse": OrderFilters(warehouse="503"),
        "one office": OrderFilters(office="Офис 3"),
        "one supply": OrderFilters(supply="WB-GI-3"),
        "one barcode": OrderFilters(barcode="4600000000017"),
        "one WB article": OrderFilters(nm="100017"),
        "marking needed": OrderFilters(marking="yes"),
        "zero orders": OrderFilters(zero=True),
        "of companies": OrderFilters(b2b=True),
        "part of an article": OrderFilters(text="утболк"),
        "part of a barcode": OrderFilters(text="000017"),
        "part of a number": OrderFilters(text="3141"),
    }
    with db.session() as session:
        questions: dict[str, Callable[[], Any]] = {}
        for name, one in asked.items():
            questions[f"page: {name}"] = partial(page_of, session, one)
            questions[f"sums: {name}"] = partial(sums_of, session, one)
        questions |= {
            "overview: the day": lambda: figures.of_day(session, now, zone),
            "overview: to assemble": lambda: figures.waiting(session, days.start(today, zone)),
            "charts: by hour, 30 days": lambda: figures.by_hour(session, *month),
            "charts: sellers": lambda: figures.by_seller(session, *month),
            "charts: articles": lambda: figures.top(session, "article", first, today),
            "charts: warehouses": lambda: figures.top(session, "warehouse", first, today),
        }
        say({name: best_ms(question) for name, question in questions.items()})


def page_of(session: Session, asked: OrderFilters) -> None:
    assert browse.page(session, asked, limit=50).rows, asked


def sums_of(session: Session, asked: OrderFilters) -> None:
    ids = meant(session, asked)
    assert (totals.summary(session, asked, ids) or browse.summary(session, asked, ids)).count, asked


def best_ms(question: Callable[[], Any]) -> float:
    best = float("inf")
    for _ in range(7):
        started = time.perf_counter()
        question()
        best = min(best, (time.perf_counter() - started) * 1000)
    return best


def check(count: str) -> None:
    """A full check of health of so many keys, each of its own seller; and what the next one would ask."""
    from tests.work import planned_requests
    from wbcore.health import checks

    add_keys(count, (4, 5))
    planned = planned_requests()
    started = time.perf_counter()
    report = checks.check()
    seconds = time.perf_counter() - started
    say(
        {
            "seconds": seconds,
            "requests": planned,
            "slowest_s": max(slowest_host_s(row["capabilities"]) for row in report["keys"]),
            "status": report["status"],
            "again": planned_requests(),
        }
    )


def slowest_host_s(capabilities: list[dict[str, Any]]) -> float:
    """How long the host of one key that answered last was asked: its requests follow each other."""
    hosts: dict[str, float] = {}
    for one in capabilities:
        host = METHOD_BY_ID[one["id"]].host
        hosts[host] = hosts.get(host, 0.0) + (one["latency_ms"] or 0) / 1000
    return max(hosts.values())


if __name__ == "__main__":
    WORK = {
        "serve": serve,
        "tape": tape.serve,
        "import": import_orders,
        "statuses": statuses,
        "fill": fill,
        "importing": importing,
        "sellers": sellers,
        "press": press,
        "fleet": fleet,
        "read": read,
        "shop": shop,
        "day": day,
        "check": check,
    }
    WORK[sys.argv[1]](*sys.argv[2:])
