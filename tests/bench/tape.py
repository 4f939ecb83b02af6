"""WB's answers from bytes made beforehand: so that a bench measures the import and not the imitation.

Every answer is made by the real imitation once and kept as the bytes that go over the wire; the pages of
orders are made before anybody asks. Ranges of days are left out of what an answer is known by: all orders lie
in the last month, which is what an import asks for.
"""

from __future__ import annotations

import asyncio
import sys
import threading
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import requests

from tests.bench.report import say
from wbcore.sandbox.server import Sandbox

ORDERS = "/marketplace-api/api/v3/orders"
PAGE = 1000
KEPT_HEADERS = ("content-type", "x-ratelimit-remaining", "x-ratelimit-limit")

Question = tuple[str, str, bytes]


class Tape:
    """Answers as bytes, made by the imitation at the first question."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.origin, self.token = sandbox.gateway, sandbox.tokens["full"]
        self.kept: dict[Question, bytes] = {}
        self.session = requests.Session()

    def record_orders(self) -> int:
        """All pages of orders, one after the other, as an import reads them; how many rows."""
        cursor, rows = 0, 0
        while True:
            target = f"{ORDERS}?{urlencode({'limit': PAGE, 'next': cursor})}"
            found = self.answer("GET", target, b"", self.token)
            page: dict[str, Any] = _body(found)
            if not page["orders"]:
                return rows
            rows, cursor = rows + len(page["orders"]), page["next"]

    def answer(self, method: str, target: str, body: bytes, token: str) -> bytes:
        if not target.startswith(ORDERS):  # what a token is, say: that is another answer for each
            return self._ask(method, target, body, token)
        question = (method, _without_days(target), body)
        if question not in self.kept:
            self.kept[question] = self._ask(method, target, body, token)
        return self.kept[question]

    def _ask(self, method: str, target: str, body: bytes, token: str) -> bytes:
        headers = {"Authorization": token, "Content-Type": "application/json"}
        made = self.session.request(
            method, self.origin + target, data=body or None, headers=headers, timeout=120
        )
        return _as_bytes(made)


def _without_days(target: str) -> str:
    address = urlsplit(target)
    words = [(name, value) for name, value in parse_qsl(address.query) if not name.startswith("date")]
    return f"{address.path}?{urlencode(sorted(words))}"


def _as_bytes(made: requests.Response) -> bytes:
    lines = [f"HTTP/1.1 {made.status_code} {HTTPStatus(made.status_code).phrase}"]
    lines += [f"{name}: {made.headers[name]}" for name in KEPT_HEADERS if name in made.headers]
    lines.append(f"content-length: {len(made.content)}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + made.content


def _body(answer: bytes) -> Any:
    import orjson

    return orjson.loads(answer.split(b"\r\n\r\n", 1)[1])


class Connection(asyncio.Protocol):
    """As much HTTP/1.1 as a client of ours speaks: no chunks, connections stay open."""

    def __init__(self, tape: Tape) -> None:
        self.tape, self.data = tape, b""

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.data += data
        while (end := self.data.find(b"\r\n\r\n")) >= 0:
            first, *lines = self.data[:end].decode("latin-1").split("\r\n")
            headers = {name.lower(): value.strip() for name, _, value in (x.partition(":") for x in lines)}
            size = int(headers.get("content-length", 0))
            if len(self.data) < end + 4 + size:
                return
            body, self.data = self.data[end + 4 : end + 4 + size], self.data[end + 4 + size :]
            method, target, _ = first.split(" ")
            self.transport.write(self.tape.answer(method, target, body, headers.get("authorization", "")))


async def _listen(tape: Tape, told: dict[str, Any]) -> None:
    server = await asyncio.get_running_loop().create_server(lambda: Connection(tape), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    say({"gateway": f"http://127.0.0.1:{port}", **told})
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    threading.Thread(
        target=lambda: (sys.stdin.read(), loop.call_soon_threadsafe(ended.set)), daemon=True
    ).start()
    await ended.wait()
    server.close()


def serve(orders: str) -> None:
    """Until standard input ends. The first line says where, and with which token."""
    with Sandbox(orders=int(orders), limits=False) as sandbox:
        tape = Tape(sandbox)
        rows = tape.record_orders()
        asyncio.run(_listen(tape, {"token": tape.token, "rows": rows}))
