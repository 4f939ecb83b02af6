"""A running imitation for the tests of this folder, over real HTTP."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import requests

from wbcore.sandbox.server import Sandbox

ANCHOR = datetime.now(UTC).replace(microsecond=0)

Ask = Callable[..., requests.Response]


def asker(sandbox: Sandbox) -> Ask:
    """Sends a request to ``{host}{path}`` with a token: a name of the contract's, a text, or None."""

    def ask(place: str, token: str | None = "full", verb: str = "GET", **options: Any) -> requests.Response:
        headers = {} if token is None else {"Authorization": sandbox.tokens.get(token, token)}
        return requests.request(verb, f"{sandbox.gateway}/{place}", headers=headers, timeout=120, **options)

    return ask


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(orders=2500, profile="demo", anchor=ANCHOR, limits=False, archived=450) as running:
        yield running


@pytest.fixture
def ask(sandbox: Sandbox) -> Iterator[Ask]:
    sandbox.world.reset()
    yield asker(sandbox)
    sandbox.world.reset()


def walk(ask: Ask, **params: Any) -> list[dict[str, Any]]:
    """All pages of ``orders.period``."""
    rows: list[dict[str, Any]] = []
    after = 0
    while True:
        query = {"limit": 1000, "next": after, **params}
        page = ask("marketplace-api/api/v3/orders", params=query).json()
        if not page["orders"]:
            return rows
        rows += page["orders"]
        after = page["next"]
