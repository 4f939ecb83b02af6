"""``make bench``: speed and memory as ratios inside one run, beside what the issue asks for. Never a verdict.

``python -m tests.bench [case ...] [--orders N] [--big N] [--minutes N]``; without cases: all of them. Parts
of a case by ``--rounds``, ``--forms``, ``--sellers``; ``WB_BENCH_DATA=folder`` keeps filled databases.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from tests.bench import baselines, dashboards, operators
from tests.bench.report import aim, figure, heading, rate, ratio, timed

MERGED = 10_000
SELLERS = 20
DATABASES = ("sqlite", "postgres")
OPEN_ORDERS = 20_000
"""WB lists what is open in one answer, and ours takes no answer of a million values."""
ROUNDS = 3
HEALTH_KEYS = (1, 20, 500)
ANSWER_S = 0.15
"""Some time for WB to answer in, so that a check is measured and not the imitation's speed."""
NAIVE_PINGS = 13
"""Hosts that a "ping everything" panel asks for each key."""


@dataclass(frozen=True)
class WB:
    """The imitation in a process of its own."""

    gateway: str
    token: str


@dataclass(frozen=True)
class Sizes:
    """How much is measured: orders of an import, of the small and the big one; minutes of the operators."""

    orders: int
    small: int
    big: int
    minutes: float
    rounds: tuple[str, ...] = operators.ROUNDS
    forms: tuple[str, ...] = tuple(operators.FORMS)
    sellers: tuple[int, ...] = (1, operators.KEYS)
    databases: tuple[str, ...] = DATABASES


@contextmanager
def imitation(orders: int, latency_s: float = 0.0) -> Iterator[WB]:
    with _served("serve", str(orders), str(latency_s)) as wb:
        yield wb


@contextmanager
def tape(orders: int) -> Iterator[WB]:
    """The same answers from bytes made beforehand: it holds nobody back."""
    with _served("tape", str(orders)) as wb:
        yield wb


@contextmanager
def _served(*words: str) -> Iterator[WB]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.child", *words],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdin is not None
    try:
        told = json.loads(process.stdout.readline())
        yield WB(told["gateway"], told["token"])
    finally:
        process.stdin.close()
        process.wait(20)


@contextmanager
def folder() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="wbbench"))
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


def child(data: Path, wb: WB, *words: str, database: str = "") -> dict[str, Any]:
    """One piece of work in a process of its own, so that memory is its own, too."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("WB_")}
    environment |= {"WB_DATA_DIR": str(data), "WB_LOG_LEVEL": "ERROR"}
    if wb.gateway:
        environment["WB_GATEWAY_URL"] = wb.gateway
    if database:
        environment["WB_DATABASE_URL"] = database
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.child", *words],
        input=wb.token + "\n",
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        check=True,
    )
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def import_sqlite(sizes: Sizes) -> None:
    heading(f"{sizes.orders:,} orders by period into SQLite")
    with tape(sizes.orders) as wb, folder() as place:
        with timed() as timer:
            rows = baselines.raw_sqlite(wb.gateway, wb.token, place / "raw.sqlite")
        raw = rate("bare sqlite3, executemany upsert", rows, timer.seconds)
        with timed() as timer:
            rows = baselines.session_merge(wb.gateway, wb.token, place / "merge.sqlite", MERGED)
        merge = rate(f"SQLModel session.merge, {MERGED:,} rows", rows, timer.seconds)
        first = child(place / "data", wb, "import")
        ours = rate("WB Desk, first import", first["fetched"], first["seconds"])
        same = child(place / "data", wb, "import", "again")
    ratio("ours / bare sqlite3", ours / raw, ">= 0.7")
    ratio("ours / session.merge", ours / merge, ">= 10")
    figure("peak memory of the import", first["peak_mb"], "MB")
    figure("processor's time of it, beside the wall's", first["cpu_s"], "s")
    figure("rows written when nothing changed", same["created"] + same["updated"])
    rate("WB Desk, the same import again", same["fetched"], same["seconds"])
    ratio("again / first", ours and (same["fetched"] / same["seconds"]) / ours, ">= 1")


def import_postgres(sizes: Sizes) -> None:
    heading(f"{sizes.orders:,} orders by period into PostgreSQL")
    if not postgres_is_here():
        return
    with tape(sizes.orders) as wb, folder() as place, cluster() as server:
        database = server.create_database()
        with timed() as timer:
            rows = baselines.raw_postgres(wb.gateway, wb.token, server.dsn(database))
        raw = rate("bare psycopg, COPY and upsert", rows, timer.seconds)
        first = child(place, wb, "import", database=server.url(database))
        ours = rate("WB Desk, first import", first["fetched"], first["seconds"])
    ratio("ours / bare psycopg", ours / raw, ">= 0.6")


def statuses(sizes: Sizes) -> None:
    orders = min(sizes.orders, OPEN_ORDERS)
    heading(f"Statuses of {orders:,} open orders, SQLite beside PostgreSQL")
    if not postgres_is_here():
        return
    with tape(orders) as wb, folder() as place, cluster() as server:
        child(place / "first", wb, "statuses")  # makes the answers
        ours = child(place / "data", wb, "statuses")
        lite = rate("SQLite", ours["orders"], ours["seconds"])
        database = server.url(server.create_database())
        theirs = child(place / "postgres", wb, "statuses", database=database)
        post = rate("PostgreSQL", theirs["orders"], theirs["seconds"])
    ratio("PostgreSQL / SQLite", post / lite, ">= 0.5")


@contextmanager
def cluster() -> Iterator[Any]:
    from tests import conftest

    made = conftest.postgres.__wrapped__()  # type: ignore[attr-defined]  # the fixture's own generator
    try:
        yield next(made)
    finally:
        next(made, None)


def sellers(sizes: Sizes) -> None:
    """A few days of each seller, of which the fixed part of an import is much, and what one seller has."""
    for orders in (sizes.orders, sizes.big):
        heading(f"{SELLERS} sellers at once beside one, {orders:,} orders in all, SQLite")
        ratios = []
        for _ in range(ROUNDS):
            rates = []
            for count in (1, SELLERS):
                with tape(orders // count) as wb, folder() as place:
                    done = child(place, wb, "sellers", str(count))
                    rates.append(rate(f"{count} sellers", done["fetched"], done["seconds"]))
            ratios.append(rates[1] / rates[0])
        ratio(f"together / one, the median of {ROUNDS}", median(ratios), ">= 0.9")


def press(_sizes: Sizes) -> None:
    heading("From the press to the first page of 1,000 orders, a worker in a process of its own")
    for name in ("SQLite", "PostgreSQL"):
        with tape(1000) as wb, folder() as place, contextlib.ExitStack() as stack:
            database = ""
            if name == "PostgreSQL":
                if not postgres_is_here():
                    return
                server = stack.enter_context(cluster())
                database = server.url(server.create_database())
            for worker, seconds in child(place, wb, "press", database=database).items():
                figure(f"{name}, a worker that has {worker}", seconds, "s")


def commands(_sizes: Sizes) -> None:
    """``key list`` beside what it was, if ``git worktree`` has that at hand: ``BASE=folder make bench``."""
    heading("python -m wbcore key list, its start included")
    with folder() as place:
        now = _command(Path.cwd(), place / "data")
        figure("now", now, "s")
        if base := os.environ.get("BASE"):
            before = _command(Path(base), place / "before")
            figure("before", before, "s")
            ratio("now / before", now / before, "<= 0.8")


def _command(root: Path, data: Path) -> float:
    left_out = ("WB_", dashboards.NO_BYTECODE)
    environment = {k: v for k, v in os.environ.items() if not k.startswith(left_out)} | {
        "WB_DATA_DIR": str(data)
    }
    command = [sys.executable, "-m", "wbcore", "key", "list"]
    times = []
    for _ in range(2 + 2 * ROUNDS):
        with timed() as timer:
            subprocess.run(command, env=environment, cwd=root, check=True, stdout=subprocess.DEVNULL)
        times.append(timer.seconds)
    return min(times[1:])


def workers(sizes: Sizes) -> None:
    heading(f"Two workers beside one, {SELLERS} sellers, {sizes.orders:,} orders in all, PostgreSQL")
    if not postgres_is_here():
        return
    ratios = []
    for _ in range(ROUNDS):
        rates = []
        for count in (1, 2):
            with imitation(sizes.orders // SELLERS) as wb, folder() as place, cluster() as server:
                database = server.url(server.create_database())
                done = child(place, wb, "fleet", str(count), str(SELLERS), database=database)
                rates.append(rate(f"{count} workers", done["fetched"], done["seconds"]))
                assert not done["waited"], "the quota is not what is measured here"
        ratios.append(rates[1] / rates[0])
    ratio(f"two / one, the median of {ROUNDS}", median(ratios), ">= 0.9")


def postgres_is_here() -> bool:
    from tests import conftest

    if conftest.postgres_program("initdb") is not None:
        return True
    print("  PostgreSQL is not installed on this machine")
    return False


def growth(sizes: Sizes) -> None:
    """Memory, time and the pages' reads at two sizes."""
    heading(f"{sizes.small:,} orders beside {sizes.big:,}")
    found = {}
    for orders in (sizes.small, sizes.big):
        with imitation(orders) as wb, folder() as place:
            done = child(place, wb, "import")
            found[orders] = (done, child(place, wb, "read"))
            rate(f"import of {orders:,}", done["fetched"], done["seconds"])
    (small, small_reads), (big, big_reads) = found[sizes.small], found[sizes.big]
    figure("peak memory of the small one", small["peak_mb"], "MB")
    ratio("memory that the big one takes more, MB", big["peak_mb"] - small["peak_mb"], "<= 60")
    factor = sizes.big // sizes.small
    ratio("time of the big one / the small one", big["seconds"] / small["seconds"], f"{factor} +- 15 %")
    for name, ms in big_reads.items():
        figure(f"read: {name}, at {sizes.big:,}", ms, "ms (aim: < 50)")
        ratio(f"read: {name}, big / small", ms / small_reads[name], "<= 1.5")


DAY_AIM_MS, PART_AIM_MS = 50, 200


def day(sizes: Sizes) -> None:
    """What an operator's day reads, with all columns and filters, at two sizes, in both databases."""
    if postgres_is_here():
        with cluster() as server:
            _day("PostgreSQL", sizes, lambda: server.url(server.create_database()))
    _day("SQLite", sizes, lambda: "")


def _day(name: str, sizes: Sizes, database: Callable[[], str]) -> None:
    heading(f"An operator's day in {name}: {sizes.small:,} orders beside {sizes.big:,}")
    found = []
    nobody = WB("", "")
    for orders in (sizes.small, sizes.big):
        with folder() as place:
            where = database()
            made = child(place, nobody, "shop", str(orders), database=where)
            rate(f"filling {orders:,}", made["orders"], made["seconds"])
            found.append(child(place, nobody, "day", database=where))
    small, big = found
    for question, ms in big.items():
        wanted = PART_AIM_MS if "part of" in question else DAY_AIM_MS
        aim(f"{question}", ms, f"< {wanted}; {small[question]:.1f} at {sizes.small:,}", "ms")


def health(_sizes: Sizes) -> None:
    heading(f"A full check of health, WB answering in {ANSWER_S:.2f} s")
    for count in HEALTH_KEYS:
        with imitation(10, ANSWER_S) as wb, folder() as place:
            done = child(place, wb, "check", str(count))
            figure(f"{count} keys: wall time", done["seconds"], "s")
            if count == 1:
                ratio("1 key: wall time / its slowest host", done["seconds"] / done["slowest_s"], "<= 1.2")
            figure(f"{count} keys: requests", done["requests"])
            figure(f"{count} keys: requests of a check right after", done["again"])
            figure(f"{count} keys: a naive panel would ping", count * NAIVE_PINGS)


def fifty_operators(sizes: Sizes) -> None:
    for name in sizes.databases:
        with contextlib.ExitStack() as stack:
            database = ""
            if name == "postgres":
                if not postgres_is_here():
                    return
                server = stack.enter_context(cluster())
                database = server.url(server.create_database())
            wb = stack.enter_context(tape(sizes.orders)) if "importing" in sizes.rounds else None
            operators.operators(sizes.big, sizes.minutes * 60, wb, sizes.rounds, database)


CASES: dict[str, Callable[[Sizes], None]] = {
    "import_sqlite": import_sqlite,
    "import_postgres": import_postgres,
    "statuses": statuses,
    "sellers": sellers,
    "press": press,
    "commands": commands,
    "workers": workers,
    "growth": growth,
    "day": day,
    "health": health,
    "operators": fifty_operators,
    "pages": lambda sizes: operators.pages(sizes.big),
    "first_paint": lambda _sizes: operators.first_paint(),
    "files": lambda sizes: operators.files(sizes.big, sizes.forms, sizes.sellers),
    "idle": lambda sizes: operators.idle(sizes.small, sizes.minutes * 60),
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("cases", nargs="*", choices=[[], *CASES], help="all of them by default")
    parser.add_argument("--orders", type=int, default=100_000)
    parser.add_argument("--small", type=int, default=10_000)
    parser.add_argument("--big", type=int, default=1_000_000)
    parser.add_argument(
        "--minutes", type=float, default=1, help="of the operators and of idleness (30: long)"
    )
    parser.add_argument("--rounds", nargs="*", default=operators.ROUNDS, choices=operators.ROUNDS)
    parser.add_argument("--forms", nargs="*", default=tuple(operators.FORMS), choices=operators.FORMS)
    parser.add_argument("--sellers", nargs="*", type=int, default=(1, operators.KEYS), help="of the files")
    parser.add_argument("--databases", nargs="*", default=DATABASES, choices=DATABASES, help="of operators")
    chosen = parser.parse_args()
    sizes = Sizes(
        *(chosen.orders, chosen.small, chosen.big, chosen.minutes),
        *(tuple(chosen.rounds), tuple(chosen.forms), tuple(chosen.sellers), tuple(chosen.databases)),
    )
    print(f"{platform.python_implementation()} {platform.python_version()}, {os.cpu_count()} cores")
    for name in chosen.cases or CASES:
        CASES[name](sizes)


if __name__ == "__main__":
    main()
