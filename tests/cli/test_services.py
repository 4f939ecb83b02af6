"""``sandbox`` and ``worker``: they start, they say where they are, they end when asked. And PostgreSQL."""

from __future__ import annotations

import json
import signal

import pytest

from tests.cli.conftest import ORDERS, Cli, RunningSandbox
from tests.forked import Running

TOKENS = {"full", "statistics_only", "expired", "read_only", "test", "withdrawn", "basic"}


def first_document(process: Running) -> dict[str, object]:
    assert process.stdout is not None
    document: dict[str, object] = json.loads(process.stdout.readline())
    return document


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_sandbox_says_where_it_is_and_ends_when_asked(offline: Cli, number: signal.Signals) -> None:
    process = offline.start("sandbox", "--port", "0", "--orders", "3")
    document = first_document(process)
    assert set(document) >= {"gateway", "tokens"}
    assert str(document["gateway"]).startswith("http://127.0.0.1:")
    assert isinstance(document["tokens"], dict)
    assert set(document["tokens"]) >= TOKENS
    process.send_signal(number)
    stdout, stderr = process.communicate(timeout=120)
    assert (process.returncode, stdout) == (0, b"")
    assert b"Traceback" not in stderr


def test_a_second_sandbox_takes_another_port(offline: Cli) -> None:
    both = [offline.start("sandbox", "--orders", "3") for _ in range(2)]
    try:
        assert len({first_document(process)["gateway"] for process in both}) == 2
    finally:
        for process in both:
            process.terminate()
            process.communicate(timeout=120)


def test_a_port_that_is_asked_for_and_taken_is_told(offline: Cli, sandbox: RunningSandbox) -> None:
    port = sandbox.gateway.rpartition(":")[2]
    assert port in offline.json("sandbox", "--port", port, code=2)["error"]["message"]


def test_a_worker_starts_and_ends_when_asked(offline: Cli) -> None:
    process = offline.start("worker")
    assert process.stderr is not None
    assert any(b"worker started" in line for line in iter(process.stderr.readline, b""))
    process.terminate()
    stdout, stderr = process.communicate(timeout=120)
    assert (process.returncode, stdout) == (0, b"")
    assert b"worker stopped" in stderr


@pytest.mark.postgres
def test_the_story_on_postgresql(cli: Cli, sandbox: RunningSandbox, postgres_database: str) -> None:
    cli.settings["WB_DATABASE_URL"] = postgres_database
    cli.json("key", "add", "k", stdin=sandbox.tokens["full"])
    assert cli.json("import", "--key", "k")["created"] == ORDERS
    assert cli.json("import", "--key", "k")["unchanged"] == ORDERS
    assert len({order["id"] for order in cli.json("orders")}) == ORDERS
    assert [run["created"] for run in cli.json("runs")["runs"]] == [0, ORDERS]
