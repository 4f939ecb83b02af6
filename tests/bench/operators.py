"""The dashboard under operators: how soon pages come, what one costs, what it costs when nobody looks."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from functools import partial
from pathlib import Path
from statistics import median, quantiles

from playwright.sync_api import Browser
from sqlalchemy import event

from tests.bench import dashboards, wire
from tests.bench.report import aim, figure, heading
from tests.bench.wire import LONGEST_S, Lost, Tab
from tests.browser.conftest import chromium

KEYS = 100
OPERATORS = 50
EVERY_S = 3.0
SCREENS = ("", "api_keys", "order_import", "orders", "token_health")
RERUNS = 40
TABS = 10
ROUNDS = ("empty", "idle", "importing")
SETTLE_S = 75.0
"""A worker that starts does first what has become due meanwhile: the checks of all keys, the checklists."""
FORMS = {"csv": 100_000, "parquet": 100_000, "xlsx": 20_000}
"""Form of a file -> rows a second that are wanted."""
FORMS_FOR_PEOPLE = ("csv_ru", "xlsx")


# --- An agency's database -----------------------------------------------------------------------------------


KEPT = "WB_BENCH_DATA"
"""A folder for filled databases, so that they are made once; without it each case makes its own."""


@contextmanager
def agency(orders: int, keys: int = KEYS, database: str = "") -> Iterator[Path]:
    """A place with the folder ``data``.

    Args:
        database: address of an empty one in PostgreSQL, to be filled; "": SQLite in that folder.
    """
    with tempfile.TemporaryDirectory(prefix="wbbench") as name:
        kept = None if database else os.environ.get(KEPT)
        data = Path(kept) / f"{keys}-{orders}" if kept else Path(name) / "data"
        if not data.exists():
            told = _child(data, "fill", str(keys), str(orders), database=database)
            print(f"  filled: {keys} keys, {told['orders']:,} orders in {told['seconds']:.0f} s", flush=True)
        if kept:
            shutil.copytree(data, Path(name) / "data")
        yield Path(name)


def _child(
    data: Path, *words: str, module: str = "tests.bench.child", database: str = ""
) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, "-m", module, *words],
        env=_environment(data, database=database),
        cwd=dashboards.ROOT,
        text=True,
        stdout=subprocess.PIPE,
        check=True,
    )
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def _environment(data: Path, gateway: str = "", database: str = "") -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("WB_")}
    more = {"WB_GATEWAY_URL": gateway, "WB_DATABASE_URL": database}
    known = {name: value for name, value in more.items() if value}
    return inherited | {"WB_DATA_DIR": str(data), "WB_LOG_LEVEL": "ERROR", **known}


@contextmanager
def importing(data: Path, gateway: str, database: str) -> Iterator[dict[str, float]]:
    """An import at full speed in a process of its own; the dict says afterwards how much it has brought."""
    told: dict[str, float] = {}
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.child", "importing"],
        env=_environment(data, gateway, database),
        cwd=dashboards.ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        time.sleep(3)
        yield told
    finally:
        out, _ = process.communicate(timeout=120)
        told.update(json.loads(out.splitlines()[-1]))


# --- Fifty operators ----------------------------------------------------------------------------------------


async def _operator(port: int, pages: Sequence[str], until: float, number: int) -> tuple[list[float], Tab]:
    tab, choice, times = Tab(port), random.Random(number), []
    await tab.open()
    await asyncio.sleep(EVERY_S * number / OPERATORS)
    try:
        while (now := time.perf_counter()) < until:
            times.append(await tab.visit(choice.choice(pages)))
            await asyncio.sleep(max(0.0, now + EVERY_S - time.perf_counter()))
    except Lost:
        tab.lost = True
    finally:
        lost = tab.lost
        await tab.close()
        tab.lost = lost
    return times, tab


async def _operators(port: int, pages: Sequence[str], seconds: float) -> tuple[list[float], list[Tab]]:
    until = time.perf_counter() + seconds
    found = await asyncio.gather(*(_operator(port, pages, until, n) for n in range(OPERATORS)))
    return [one for times, _ in found for one in times], [tab for _, tab in found]


async def _watched(
    server: dashboards.Server, pages: Sequence[str], seconds: float
) -> tuple[tuple[list[float], list[Tab]], list[float]]:
    """As ``_operators``, and the server's memory after a tenth, a half and all of the time, MB."""

    async def memory(part: float) -> float:
        await asyncio.sleep(part * seconds)
        return server.memory_mb

    watched = asyncio.gather(*(memory(part) for part in (0.1, 0.5, 0.99)))
    return await _operators(server.port, pages, seconds), await watched


def _percentiles(times: Sequence[float]) -> tuple[float, float]:
    cuts = quantiles(times, n=100)
    return cuts[49], cuts[94]


def operators(
    orders: int, seconds: float, wb: object, rounds: Collection[str] = ROUNDS, database: str = ""
) -> None:
    """p50 and p95 of a page: an empty app, ours while nothing happens, ours while an import runs.

    Args:
        rounds: which of them.
        database: address of an empty one in PostgreSQL; "": SQLite.
    """
    where = "PostgreSQL" if database else "SQLite"
    told = f"{OPERATORS} operators, a page every {EVERY_S:.0f} s, {KEYS} keys, {orders:,} orders, {where}"
    heading(told)
    with agency(orders, database=database) as place:
        data = place / "data"
        if "empty" in rounds:
            with dashboards.empty(place / "empty") as server:
                _round("an empty app", server, ("",), min(seconds, 60.0), "")
        if "idle" in rounds:
            with dashboards.ours(data, database=database) as server:
                _round("ours, nothing is imported", server, SCREENS, seconds, "< 0.5")
        if "importing" not in rounds:
            return
        with (
            dashboards.ours(data, database=database) as server,
            importing(data, getattr(wb, "gateway", ""), database) if wb else nullcontext({}) as brought,
        ):
            _round("ours, an import at full speed", server, SCREENS, min(seconds, 60.0), "< 1")
        if brought:
            figure("that import meanwhile", brought["fetched"] / brought["seconds"], "orders/s")


def _round(name: str, server: dashboards.Server, pages: Sequence[str], seconds: float, limit: str) -> None:
    wire.run(_operators(server.port, pages, 2 * EVERY_S))  # warm, as any server of a working day is
    before, cpu, begun = server.memory_mb, server.cpu_s, time.perf_counter()
    (times, tabs), (early, half, late) = wire.run(_watched(server, pages, seconds))
    took = time.perf_counter() - begun
    p50, p95 = _percentiles(times)
    print(f"  {name}: {len(times)} pages in {took:.0f} s  (load {os.getloadavg()[0]:.1f})", flush=True)
    figure("  p50", p50, "s")
    aim("  p95", p95, limit, "s")
    aim("  sessions lost, pages failed", sum(t.lost for t in tabs) + sum(t.failed for t in tabs), "0")
    figure("  CPU of the server, of one core", 100 * (server.cpu_s - cpu) / took, "%")
    figure("  memory before", before, "MB")
    figure("  memory grown in the first tenth", early - before, "MB")
    figure("  then, to the half", half - early, "MB")
    aim("  and in the second half", late - half, "flat", "MB")


# --- One page -----------------------------------------------------------------------------------------------


async def _reruns(server: dashboards.Server, page: str, count: int) -> float:
    """Milliseconds of CPU for one visit."""
    tab = Tab(server.port)
    await tab.open()
    for _ in range(5):
        await tab.visit(page)
    before = server.cpu_s
    for _ in range(count):
        await tab.visit(page)
    spent = server.cpu_s - before
    assert not tab.failed, f"/{page} failed"
    await tab.close()
    return 1000 * spent / count


def pages(orders: int, rounds_made: int = 3) -> None:
    """CPU and statements of a rerun of each page, beside an empty app's."""
    heading(f"A page's CPU and statements, {KEYS} keys, {orders:,} orders")
    with agency(orders) as place, dashboards.empty(place / "empty") as nothing:
        with dashboards.ours(place / "data") as server:
            rounds: dict[str, list[float]] = {}
            floor: list[float] = []
            for _ in range(rounds_made):
                floor.append(wire.run(_reruns(nothing, "", RERUNS)))
                for page in SCREENS:
                    cost = wire.run(_reruns(server, page, RERUNS))
                    rounds.setdefault(page, []).append(cost)
            base = median(floor)
            figure("an empty app's page", base, "ms of CPU")
            for page, costs in rounds.items():
                figure(f"/{page}", median(costs), "ms of CPU")
                aim(f"/{page} / the empty app's", median(costs) / base, "<= 1.0")
        counted = _statements(place / "data")
    for page, count in counted.items():
        aim(f"/{page or 'overview'}: statements of a rerun", count, "<= 10")


def _statements(data: Path) -> dict[str, int]:
    """Of each page, drawn in this process."""
    with _settings(data):
        import streamlit as st
        from streamlit.testing.v1 import AppTest

        from wbcore.store import db, seen

        counted = {}
        for page in SCREENS:
            st.cache_resource.clear()
            app = AppTest.from_file(str(dashboards.ROOT / "app.py"), default_timeout=60).run()
            if page:
                app.switch_page(f"pages/{page}.py").run()
            sent: list[object] = []

            def keep(*what: object, sent: list[object] = sent) -> None:
                sent.append(what)

            event.listen(db.engine(), "before_cursor_execute", keep)
            seen.forget()  # as if somebody had written since
            app.run()
            event.remove(db.engine(), "before_cursor_execute", keep)
            counted[page] = len(sent)
    return counted


@contextmanager
def _settings(data: Path) -> Iterator[None]:
    from wbcore.settings import settings
    from wbcore.store import db

    os.environ.update({"WB_DATA_DIR": str(data), "WB_WORKER": "off", "WB_LOG_LEVEL": "ERROR"})
    settings.cache_clear()
    logging.disable(logging.WARNING)  # AppTest warns 77 times that it is no browser
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)
        db.dispose()
        for name in ("WB_DATA_DIR", "WB_WORKER", "WB_LOG_LEVEL"):
            del os.environ[name]
        settings.cache_clear()


# --- The first paint ----------------------------------------------------------------------------------------


def first_paint() -> None:
    """From the start of the process to a page that is drawn, keys and orders already there.

    What a person waits for is seen in a browser, opened when the server answers: the page's title, and then
    all of the page. Over a bare socket the server's own part is left: nothing can be done there while a
    browser gets itself ready.
    """
    heading("First paint, the start of the process included")
    with tempfile.TemporaryDirectory(prefix="wbbench") as name:
        place = Path(name)
        _child(place / "data", "fill", "2", "2000")
        with dashboards.ours(place / "data"):
            pass  # what is compiled once is compiled
        with chromium(more=()) as browser:
            _firsts(place, partial(_seen, browser), {"its title": "<= 1.3", "all of it": "<= 1.3"})
        _firsts(place, _asked, {"over a socket": ""})


def _firsts(
    place: Path,
    look: Callable[[dashboards.Server, str], Sequence[float]],
    wanted: Mapping[str, str],
) -> None:
    """What is seen of each page, beside the same of an empty app.

    Args:
        look: seconds until each of what is ``wanted`` is there.
        wanted: what is looked for -> the aim of its ratio.
    """
    floor, found = [], {page: [] for page in SCREENS}
    for _ in range(3):
        with dashboards.empty(place / "empty") as server:
            floor.append(look(server, ""))
        for page, times in found.items():
            with dashboards.ours(place / "data") as server:
                times.append(look(server, page))
    for what, least, *seen in zip(wanted, *map(_medians, (floor, *found.values())), strict=True):
        figure(f"an empty app, {what}", least, "s")
        for page, seconds in zip(found, seen, strict=True):
            figure(f"/{page}, {what}", seconds, "s")
            aim(f"/{page} / the empty app, {what}", seconds / least, wanted[what])


def _medians(rounds: Sequence[Sequence[float]]) -> list[float]:
    return [median(times) for times in zip(*rounds, strict=True)]


TELLS_WHEN = """(() => {
    const title = '[data-testid=stMain] h1';
    const drawn = `[data-testid=stApp][data-test-script-state=notRunning] ${title}`;
    const look = () => {
        const now = performance.timeOrigin + performance.now();
        if (document.querySelector(title)) window.begunAt ??= now;
        if (document.querySelector(drawn)) window.drawnAt = now;
        else requestAnimationFrame(look);
    };
    look();
})()"""
"""The page itself notes its times: whoever waits for it from outside looks twice a second."""


def _seen(browser: Browser, server: dashboards.Server, page: str) -> tuple[float, float]:
    context = browser.new_context()  # as on the first day: nothing is kept from a visit before
    tab = context.new_page()
    tab.add_init_script(TELLS_WHEN)
    started = time.time() - (time.perf_counter() - server.started)
    tab.goto(f"http://127.0.0.1:{server.port}/{page}", wait_until="commit")
    end = time.monotonic() + LONGEST_S
    while tab.evaluate("window.drawnAt") is None:
        assert time.monotonic() < end, "the page was not drawn"
        time.sleep(0.1)
    begun_at, drawn_at = tab.evaluate("[window.begunAt, window.drawnAt]")
    context.close()
    return begun_at / 1000 - started, drawn_at / 1000 - started


def _asked(server: dashboards.Server, page: str) -> tuple[float]:
    return (wire.run(_first(server, page)),)


async def _first(server: dashboards.Server, page: str) -> float:
    tab = Tab(server.port)
    await tab.open()
    await tab.visit(page)
    await tab.close()
    return time.perf_counter() - server.started


# --- Files --------------------------------------------------------------------------------------------------


def files(orders: int, forms: Collection[str] = tuple(FORMS), sellers: Sequence[int] = (1, KEYS)) -> None:
    """All orders as a file, of one seller and of many."""
    for keys in sellers:
        heading(f"{orders:,} orders of {keys} sellers as files")
        with agency(orders, keys) as place:
            for form, wanted in ((form, FORMS[form]) for form in forms):
                done = _child(place / "data", "machines", form, module="tests.bench.filing")
                aim(f"{form}", done["rows"] / done["seconds"], f">= {wanted:,}", "rows/s")
                aim(f"{form}: peak memory", done["peak_mb"], "< 200", "MB")
            for form in FORMS_FOR_PEOPLE:
                done = _child(place / "data", "people", form, module="tests.bench.filing")
                aim(f"{form} for people, by a worker", done["rows"] / done["seconds"], "", "rows/s")
                aim(f"{form} for people: peak memory of the worker", done["peak_mb"], "< 200", "MB")


# --- Nobody looks -------------------------------------------------------------------------------------------


def idle(orders: int, seconds: float) -> None:
    """What ten open tabs and a worker without work take of a core."""
    heading(f"Nothing happens: {TABS} open tabs and a worker, for {seconds:.0f} s")
    with agency(orders) as place, dashboards.ours(place / "data", worker=True) as server:
        wire.run(_idle(server, seconds))


async def _idle(server: dashboards.Server, seconds: float) -> None:
    tabs = [Tab(server.port) for _ in range(TABS)]
    for number, tab in enumerate(tabs):
        await tab.open()
        await tab.visit(SCREENS[number % len(SCREENS)])
    await asyncio.sleep(SETTLE_S)
    (worker, *_) = server.children
    before, worker_before, begun = server.cpu_s, dashboards.cpu_s(worker), time.perf_counter()
    await asyncio.sleep(seconds)
    took = time.perf_counter() - begun
    aim("the dashboard", 100 * (server.cpu_s - before) / took, "< 2", "% of a core")
    aim("the worker", 100 * (dashboards.cpu_s(worker) - worker_before) / took, "< 1", "% of a core")
    figure("fragments drawn again", sum(tab.fragments for tab in tabs))
    aim("sessions lost", sum(tab.lost for tab in tabs), "0")
    for tab in tabs:
        await tab.close()
