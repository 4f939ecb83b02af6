"""A server that answers what a test tells it and remembers what it was asked. Real sockets and threads."""

from __future__ import annotations

import contextlib
import gzip
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import orjson


@dataclass
class Seen:
    """One request, as it arrived."""

    verb: str
    target: str
    headers: dict[str, str]
    body: bytes
    connection: int
    at: float

    @property
    def json(self) -> Any:
        return orjson.loads(self.body)


@dataclass
class Reply:
    status: int = 200
    body: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=dict)
    fault: str = ""
    """drop: close without an answer; cut: half the body; stall: no answer for ``delay`` seconds."""
    delay: float = 0.0


def json_reply(document: object, status: int = 200, **headers: str) -> Reply:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status, orjson.dumps(document), {"Content-Type": "application/json", **named})


def gzipped(document: object, *, cut: int = 0) -> Reply:
    packed = gzip.compress(orjson.dumps(document))
    body = packed[: len(packed) - cut] if cut else packed
    return Reply(200, body, {"Content-Type": "application/json", "Content-Encoding": "gzip"})


Answer = Callable[[Seen], Reply]


class Server:
    """Answers with the scripted replies in turn; the last one for good. Or with a function of the request."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.seen: list[Seen] = []
        self._replies: list[Reply] = [json_reply({})]
        self._answer: Answer | None = None
        self._lock = threading.Lock()
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._http.daemon_threads = True
        if tls is not None:
            self._http.socket = tls.wrap_socket(
                self._http.socket, server_side=True, do_handshake_on_connect=False
            )
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True)
        self.port = self._http.server_address[1]
        self.gateway = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}"

    def __enter__(self) -> Server:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._http.shutdown()
        self._http.server_close()

    def replies(self, *replies: Reply) -> None:
        self._answer, self._replies = None, list(replies)

    def answers(self, answer: Answer) -> None:
        self._answer = answer

    def _next(self, seen: Seen) -> Reply:
        with self._lock:
            self.seen.append(seen)
            if self._answer is not None:
                return self._answer(seen)
            return self._replies.pop(0) if len(self._replies) > 1 else self._replies[0]

    def _handler(server: Server) -> type[BaseHTTPRequestHandler]:
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def answer(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                seen = Seen(
                    self.command,
                    self.path,
                    {k.lower(): v for k, v in self.headers.items()},
                    self.rfile.read(length),
                    self.client_address[1],
                    time.monotonic(),
                )
                self.give(server._next(seen))

            def give(self, reply: Reply) -> None:
                time.sleep(reply.delay)
                if reply.fault == "drop":
                    self.close_connection = True
                    return
                body = reply.body
                head = [f"HTTP/1.1 {reply.status} X", *(f"{k}: {v}" for k, v in reply.headers.items())]
                if "Content-Length" not in reply.headers and "Transfer-Encoding" not in reply.headers:
                    head.append(f"Content-Length: {len(body)}")
                if reply.fault == "cut":
                    body = body[: len(body) // 2]
                    self.close_connection = True
                self.wfile.write("\r\n".join([*head, "", ""]).encode("latin-1") + body)
                self.close_connection = self.close_connection or "Transfer-Encoding" in reply.headers

            def handle(self) -> None:
                with contextlib.suppress(OSError):
                    super().handle()

            do_GET = do_POST = answer

            def log_message(self, *args: object) -> None:
                pass

        return Handler


class RawServer:
    """Writes the given bytes to whoever connects, whatever is asked, then closes."""

    def __init__(self, answers: Iterable[bytes]) -> None:
        self._answers = iter(answers)
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.gateway = f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    def __enter__(self) -> RawServer:
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        self._socket.close()

    def _serve(self) -> None:
        for answer in self._answers:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            with connection:
                try:
                    connection.recv(65_536)
                    connection.sendall(answer)
                    connection.shutdown(socket.SHUT_WR)
                    connection.recv(1)
                except OSError:
                    pass
