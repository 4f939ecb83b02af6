"""The queue's client, of which a process has one."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text

from tests.work import add_key, until, until_ended
from wbcore.imports import queue, working
from wbcore.sandbox.server import Sandbox
from wbcore.store import db


def test_presses_at_once_share_one_connection_to_the_queue(
    sqlite: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[object] = []
    real = queue._connected

    def slowly(address: str) -> object:
        time.sleep(0.05)  # as over a network: everybody is here before the first one has it
        made.append(real(address))
        return made[-1]

    monkeypatch.setattr(queue, "_connected", slowly)
    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(lambda _: queue.client(), range(8)))
    assert found == set(made)
    assert len(made) == 1


@pytest.mark.postgres
@pytest.mark.parametrize("database", ["postgres"], indirect=True)
def test_a_worker_that_rests_is_told_of_a_press(
    database: str, serve: Callable[..., Sandbox], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(working, "SERVER_LOOK_S", 600.0)  # it is not because it looks
    key = add_key(serve(orders=5))
    with working.at_work(working.Hands("worker-1")):
        until(is_resting, 10)
        run = queue.enqueue_import(key.id or 0, "new")
        assert until_ended(run.id, 20).status == "done"


def is_resting() -> bool:
    """Some connection's last question was whether there is work."""
    looks = (
        "SELECT count(*) FROM pg_stat_activity WHERE state = 'idle'"
        " AND query LIKE 'SELECT 1 FROM import_run%'"
    )
    with db.engine().connect() as connection:
        return bool(connection.execute(text(looks)).scalar_one())
