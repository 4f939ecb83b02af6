"""Three processes on one PostgreSQL: a dashboard without a worker of its own, two workers; one is killed."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import serve as dashboard_on
from tests.work import Processes, add_key, only_run, processes, run_of, serve, until, until_ended, workers
from wbcore.imports import queue
from wbcore.sandbox.server import Sandbox
from wbcore.sandbox.tokens import mint
from wbcore.store import db

__all__ = ["processes", "serve"]
pytestmark = [pytest.mark.browser, pytest.mark.postgres]

SELLERS = 4
ORDERS = 10_000


def test_a_worker_dies_and_all_imports_end(
    page: Page,
    postgres_database: str,
    data_dir: Path,
    serve: Callable[..., Sandbox],
    processes: Processes,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("WB_DATABASE_URL", postgres_database)
    sandbox = serve(orders=ORDERS, limits=False)
    db.prepare()
    tokens = [mint(sid=f"0a1e0000-0000-4000-8000-00000000000{n}") for n in range(SELLERS)]
    keys = [add_key(sandbox, f"Магазин {n}", token) for n, token in enumerate(tokens)]
    by_pid = {process.pid: process for process in (processes.worker(), processes.worker())}
    until(lambda: len(workers()) == 2, 60, "two workers")
    sandbox.world.latency = 0.3
    with contextmanager(dashboard_on)(
        data_dir, sandbox, WB_DATABASE_URL=postgres_database, WB_WORKER="off"
    ) as dashboard:
        page.goto(dashboard.address("order_import"))
        page.get_by_role("button", name="Импортировать заказы").first.click()
        expect(page.get_by_role("button", name="Остановить").first).to_be_visible()
        pressed = only_run()
        others = [queue.enqueue_import(key.id or 0, "period", {"statuses": False}) for key in keys[1:]]
        until(lambda: all(run_of(run.id).pages > 0 for run in others), 60, "all at work")
        pid = next(row.pid for row in workers() if row.id == run_of(others[0].id).worker)
        processes.kill(by_pid[pid])
        assert [until_ended(run.id).status for run in (pressed, *others)] == ["done"] * SELLERS
        assert [run_of(run.id).fetched for run in others] == [ORDERS] * (SELLERS - 1)
        expect(page.get_by_role("link", name="Посмотреть заказы")).to_be_visible()
        page.goto(dashboard.address("orders"))
        expect(page.get_by_text(re.compile(r"Всего загружено: 40\s000")).first).to_be_visible()
