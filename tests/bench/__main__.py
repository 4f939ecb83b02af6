"""``make bench``: speed and memory as ratios inside one run, beside what the issue asks for. Never a verdict.

``python -m tests.bench [case ...] [--orders N] [--big N]``; without cases: all of them.
"""

from __future__ import annotations

import argparse
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

from tests.bench import baselines
from tests.bench.report import figure, heading, rate, ratio, timed

MERGED = 10_000
SELLERS = 20
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
    orders: int
    small: int
    big: int


@contextmanager
def imitation(orders: int, latency_s: float = 0.0) -> Iterator[WB]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.child", "serve", str(orders), str(latency_s)],
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
    environment |= {"WB_DATA_DIR": str(data), "WB_GATEWAY_URL": wb.gateway, "WB_LOG_LEVEL": "ERROR"}
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
    with imitation(sizes.orders) as wb, folder() as place:
        with timed() as timer:
            rows = baselines.raw_sqlite(wb.gateway, wb.token, place / "raw.sqlite")
        raw = rate("bare sqlite3, executemany upsert", rows, timer.seconds)
        with timed() as timer:
            rows = baselines.session_merge(wb.gateway, wb.token, place / "merge.sqlite", MERGED)
        merge = rate(f"SQLModel session.merge, {MERGED:,} rows", rows, timer.seconds)
        first = child(place / "data", wb, "import", "period")
        ours = rate("WB Desk, first import", first["fetched"], first["seconds"])
        again = child(place / "data", wb, "import", "new")
        same = child(place / "data", wb, "import", "new")
    ratio("ours / bare sqlite3", ours / raw, ">= 0.7")
    ratio("ours / session.merge", ours / merge, ">= 10")
    figure("peak memory of the import", first["peak_mb"], "MB")
    figure("rows written when nothing changed", same["created"] + same["updated"])
    rate("WB Desk, the same import again", same["fetched"], same["seconds"])
    ratio("again / first", ours and (same["fetched"] / same["seconds"]) / ours, ">= 1")
    del again


def import_postgres(sizes: Sizes) -> None:
    heading(f"{sizes.orders:,} orders by period into PostgreSQL")
    if not postgres_is_here():
        return
    with imitation(sizes.orders) as wb, folder() as place, cluster() as server:
        database = server.create_database()
        with timed() as timer:
            rows = baselines.raw_postgres(wb.gateway, wb.token, server.dsn(database))
        raw = rate("bare psycopg, COPY and upsert", rows, timer.seconds)
        first = child(place, wb, "import", "period", database=server.url(database))
        ours = rate("WB Desk, first import", first["fetched"], first["seconds"])
    ratio("ours / bare psycopg", ours / raw, ">= 0.6")


@contextmanager
def cluster() -> Iterator[Any]:
    from tests import conftest

    made = conftest.postgres.__wrapped__()  # type: ignore[attr-defined]  # the fixture's own generator
    try:
        yield next(made)
    finally:
        next(made, None)


def sellers(sizes: Sizes) -> None:
    heading(f"{SELLERS} sellers at once beside one, {sizes.orders:,} orders in all, SQLite")
    ratios = []
    for _ in range(ROUNDS):
        rates = []
        for count in (1, SELLERS):
            with imitation(sizes.orders // count) as wb, folder() as place:
                done = child(place, wb, "sellers", str(count))
                rates.append(rate(f"{count} sellers", done["fetched"], done["seconds"]))
        ratios.append(rates[1] / rates[0])
    ratio(f"together / one, the median of {ROUNDS}", median(ratios), ">= 0.9")


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
            done = child(place, wb, "import", "period")
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


CASES: dict[str, Callable[[Sizes], None]] = {
    "import_sqlite": import_sqlite,
    "import_postgres": import_postgres,
    "sellers": sellers,
    "workers": workers,
    "growth": growth,
    "health": health,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("cases", nargs="*", choices=[[], *CASES], help="all of them by default")
    parser.add_argument("--orders", type=int, default=100_000)
    parser.add_argument("--small", type=int, default=10_000)
    parser.add_argument("--big", type=int, default=1_000_000)
    chosen = parser.parse_args()
    sizes = Sizes(chosen.orders, chosen.small, chosen.big)
    print(f"{platform.python_implementation()} {platform.python_version()}, {os.cpu_count()} cores")
    for name in chosen.cases or CASES:
        CASES[name](sizes)


if __name__ == "__main__":
    main()
