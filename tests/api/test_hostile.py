"""Answers that mean harm, or come from somebody else on the way: slow without end, huge, bottomless."""

from __future__ import annotations

import gzip
import io
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import orjson
import pytest
from urllib3 import HTTPResponse

from tests.api.conftest import ClientMaker
from tests.api.server import Reply, Server, json_reply
from wbcore.api import bounds, errors
from wbcore.api.parsing import MAX_DEPTH, TooLarge

MB = 1024 * 1024


class Dripping:
    """Gives an answer byte by byte: each one well within the patience for the next.

    ``asked`` is set once somebody has asked.
    """

    def __init__(self, answer: bytes, pause_s: float) -> None:
        self._answer, self._pause_s = answer, pause_s
        self.asked = threading.Event()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.gateway = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            with connection:
                try:
                    connection.recv(65_536)
                    self.asked.set()
                    for byte in self._answer:
                        connection.sendall(bytes([byte]))
                        time.sleep(self._pause_s)
                except OSError:
                    pass

    def close(self) -> None:
        self._socket.close()


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 5000\r\n\r\n"


@pytest.mark.parametrize(
    ("answer", "where"),
    [(HEAD + b'{"orders": [' + b" " * 5000, "body"), (b"HTTP/1.1 200 OK\r\nX: " + b"x" * 5000, "head")],
    ids=["body", "head"],
)
def test_a_drip_ends_at_the_deadline_of_the_whole_answer(
    answer: bytes, where: str, make_client: ClientMaker
) -> None:
    dripping = Dripping(answer, 0.02)
    try:
        client = make_client(gateway=dripping.gateway, timeout=(5.0, 5.0), answer_s=0.5, attempts=1)
        with pytest.raises(errors.NetworkError) as caught:
            client.orders_new()
    finally:
        dripping.close()
    assert caught.value.reason == "timeout"
    # 5000 bytes would have taken 100 s.
    assert client.last_latency_ms < 20_000


def test_a_slow_answer_within_its_time_is_read(make_client: ClientMaker) -> None:
    body = b'{"orders": []}'
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body)
    dripping = Dripping(head + body, 0.002)
    try:
        assert make_client(gateway=dripping.gateway, answer_s=30.0).orders_new() == []
    finally:
        dripping.close()


def test_a_connection_is_kept_over_the_bounds(server: Server, make_client: ClientMaker) -> None:
    server.replies(json_reply({"orders": [{"id": 1}]}))
    client = make_client(answer_s=1.5)
    for _ in range(6):
        client.orders_new()
        time.sleep(0.4)  # the deadline is an answer's, not the connection's
    assert len({seen.connection for seen in server.seen}) == 1


PROGRAM = """
import sys
from tests.memory import peak_mb
from wbcore.api import token as tokens
from wbcore.api.client import Unlimited, WBClient
from wbcore.api.errors import WBError
from wbcore.api.catalog import METHOD_BY_ID
text, gateway, method = sys.argv[1:]
client = WBClient(text, tokens.read(text), environment="production", gateway=gateway, quota=Unlimited())
before = peak_mb()
try:
    client.call(METHOD_BY_ID[method])
except WBError as error:
    print(error.code, getattr(error, "reason", ""), end=" ")
print(round(peak_mb() - before))
"""


def growth(server: Server, token: str, method: str) -> tuple[str, int]:
    """How many MB a process grows that asks once, and what it says."""
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, token, server.gateway, method],
        cwd=root,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    *words, grown = done.stdout.split()
    print(f"a hostile answer of {method}: {grown} MB more")
    return " ".join(words), int(grown)


def bomb(size: int) -> bytes:
    """A gzip of so many zeros; 4 MB of it are 4 GB."""
    packed = gzip.compress(b" " * (64 * MB), 9)
    return packed * (size // (64 * MB))


@pytest.mark.parametrize("method", ["seller.info", "orders.new", "statistics.orders"])
def test_four_megabytes_of_gzip_are_not_unpacked_to_gigabytes(
    method: str, server: Server, token: str
) -> None:
    packed = bomb(4096 * MB)
    assert len(packed) >= 3.9 * MB
    server.replies(Reply(200, packed, {"Content-Type": "application/json", "Content-Encoding": "gzip"}))
    said, grown = growth(server, token, method)
    assert said == "unexpected_response too_large"
    assert grown < 150
    assert len(server.seen) == 1, "what is too large is not asked for again"


@pytest.mark.parametrize("piece", [b"[],", b"1,", b'{"a":1},'])
def test_millions_of_tiny_values_are_refused_before_they_are_objects(
    piece: bytes, server: Server, token: str
) -> None:
    body = b'{"orders": [' + piece * (48 * MB // len(piece)) + b"1]}"
    server.replies(Reply(200, gzip.compress(body, 1), {"Content-Encoding": "gzip"}))
    said, grown = growth(server, token, "orders.new")
    assert said == "unexpected_response too_large"
    assert grown < 150


def test_gzip_in_several_pieces_and_gzip_of_an_error_are_read(
    server: Server, make_client: ClientMaker
) -> None:
    half = [gzip.compress(part) for part in (b'{"orders": [{"id"', b": 7}]}")]
    server.replies(
        Reply(200, b"".join(half), {"Content-Encoding": "gzip"}),
        Reply(400, gzip.compress(orjson.dumps({"message": "no"})), {"Content-Encoding": "gzip"}),
    )
    client = make_client()
    assert client.orders_new() == [{"id": 7}]
    with pytest.raises(errors.BadRequestError) as caught:
        client.orders_new()
    assert caught.value.detail == "no"


def test_a_refusal_of_any_length_is_one_and_its_start_is_told(
    server: Server, make_client: ClientMaker
) -> None:
    server.replies(Reply(401, b"token is unknown here" + b" " * MB, {"Content-Type": "text/plain"}))
    with pytest.raises(errors.AuthError) as caught:
        make_client().orders_new()
    assert caught.value.detail == "token is unknown here"


def test_an_answer_of_just_the_size_that_is_taken_is_read() -> None:
    def read(size: int) -> int:
        raw = HTTPResponse(io.BytesIO(b"x" * size), preload_content=False)
        return len(bounds.read_body(raw, "", 100_000).data)

    assert read(100_000) == 100_000
    with pytest.raises(TooLarge):
        read(100_001)


class Endless(io.RawIOBase):
    """What never ends of itself; after a hundred MB the test has seen enough."""

    given = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        size = len(buffer) if self.given < 100 * MB else 0
        buffer[:size] = b"x" * size
        self.given += size
        return size


def test_no_more_is_asked_for_of_an_answer_that_is_too_large() -> None:
    """It may have no end: it is left where the bound is passed, not where the patience ends."""
    endless = Endless()
    with pytest.raises(TooLarge):
        bounds.read_body(HTTPResponse(endless, preload_content=False), "", 3 * MB)
    assert endless.given < 4 * MB


@pytest.mark.parametrize("levels", [300, 1_000, 5_000, 100_000])
def test_one_bottomless_row_costs_no_other_row(levels: int, server: Server, make_client: ClientMaker) -> None:
    deep = b'{"id": 2, "x": ' + b"[" * levels + b'"]"' + b"]" * levels + b"}"
    server.replies(Reply(body=b'{"orders": [{"id": 1}, ' + deep + b', {"id": 3}]}'))
    rows = make_client().orders_new()
    assert [row["id"] for row in rows] == [1, 2, 3]  # type: ignore[index]
    assert rows[0] == {"id": 1}
    inside, depth = rows[1]["x"], 0  # type: ignore[index]
    while isinstance(inside, list) and inside:
        inside, depth = inside[0], depth + 1
    assert depth >= min(levels, MAX_DEPTH - 4)


def test_brackets_without_an_end_are_no_answer(server: Server, make_client: ClientMaker) -> None:
    for body in (b"[" * 200_000, b'{"orders": ' + b'{"a":' * 100_000):
        server.replies(Reply(body=body))
        with pytest.raises(errors.UnexpectedResponseError):
            make_client(attempts=1).orders_new()
