"""The server of the command line and the one in a thread."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from tests.conftest import free_port
from wbcore.sandbox.server import Sandbox

ROOT = Path(__file__).parents[2]
SERVE = "from wbcore.sandbox.server import serve_forever; serve_forever({port}, {orders})"


def serve(port: int = 0, orders: int = 7) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", SERVE.format(port=port, orders=orders)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_first_line_and_stop(stop: signal.Signals) -> None:
    process = serve()
    assert process.stdout is not None
    document = json.loads(process.stdout.readline())
    assert list(document) == ["gateway", "tokens"]
    assert set(document["tokens"]) == {
        "full",
        "statistics_only",
        "expired",
        "read_only",
        "test",
        "withdrawn",
        "basic",
        "other_seller",
    }
    headers = {"Authorization": document["tokens"]["full"]}
    with requests.Session() as session:  # an open connection must not keep it from ending
        place = f"{document['gateway']}/marketplace-api/api/v3/orders/new"
        assert len(session.get(place, headers=headers, timeout=120).json()["orders"]) == 7
        process.send_signal(stop)
        out, err = process.communicate(timeout=120)
    assert process.returncode == 0
    assert (out, err) == ("", "")


def test_a_taken_port_is_said_at_once() -> None:
    with Sandbox() as sandbox, pytest.raises(OSError, match="in use"):
        Sandbox(port=int(sandbox.gateway.rsplit(":", 1)[1])).start()


def test_a_chosen_port_and_a_second_start() -> None:
    port = free_port()
    for _ in range(2):
        with Sandbox(port=port) as sandbox:
            assert sandbox.gateway == f"http://127.0.0.1:{port}"
            ping = f"{sandbox.gateway}/marketplace-api/ping"
            assert (
                requests.get(ping, headers={"Authorization": sandbox.tokens["full"]}, timeout=120).status_code
                == 200
            )
    with pytest.raises(requests.ConnectionError):
        requests.get(ping, timeout=2)


def test_a_large_answer_comes_in_pieces() -> None:
    with (
        Sandbox(orders=30_000, limits=False) as sandbox,
        requests.get(
            f"{sandbox.gateway}/marketplace-api/api/v3/orders/new",
            headers={"Authorization": sandbox.tokens["full"]},
            stream=True,
            timeout=120,
        ) as answer,
    ):
        assert answer.headers.get("transfer-encoding") == "chunked"
        assert len(answer.json()["orders"]) == 30_000
