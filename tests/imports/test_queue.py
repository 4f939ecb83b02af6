"""The queue's client, of which a process has one."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from wbcore.imports import queue


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
