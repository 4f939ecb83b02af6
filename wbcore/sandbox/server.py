"""Serves the imitation: in a thread for tests and the learning cabinet, or for the command line."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
import sys
import threading
from datetime import datetime
from types import TracebackType
from typing import Any, Final, Self

import orjson
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from wbcore.sandbox.app import create_app
from wbcore.sandbox.shop import Profile
from wbcore.sandbox.world import World

ADDRESS: Final = "127.0.0.1"
_EMBEDDED_ORDERS: Final = 200
TICK_S: Final = 0.1
"""uvicorn counts ten of them to a second."""


class OpenConnection(H11Protocol):
    """Lets an answer close its own connection, as networks do: ASGI has no word for that."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.app_state = {**self.app_state, "connection": transport}


def _listen(port: int) -> socket.socket:
    # TCP is named because asyncio switches Nagle off (40 ms an answer) only for sockets that say so.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((ADDRESS, port))
    listener.listen(256)
    return listener


class PromptServer(uvicorn.Server):
    """uvicorn that ends when it is told to.

    By itself it looks ten times a second whether it is to end, and waits for whoever is connected: a fifth
    of a second for each test with an imitation, a whole one where an answer is on its way.
    """

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._told = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    def end(self) -> None:
        """From any thread. Connections are cut, as by a host that goes away."""
        self.should_exit = self.force_exit = True
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # it has ended by itself
                self._loop.call_soon_threadsafe(self._told.set)

    async def main_loop(self) -> None:
        self._loop = asyncio.get_running_loop()
        ticks = 0
        while not await self.on_tick(ticks):
            ticks += 1
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._told.wait(), TICK_S)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        if not self.force_exit:
            await super().shutdown(sockets)
            return
        for server in self.servers:
            server.close()
        for one in sockets or []:
            one.close()
        for connection in list(self.server_state.connections):
            connection.transport.close()


def _server(world: World) -> PromptServer:
    config = uvicorn.Config(
        create_app(world),
        http=OpenConnection,
        loop="asyncio",
        ws="none",
        lifespan="off",
        log_level="critical",
        access_log=False,
        proxy_headers=False,
        timeout_graceful_shutdown=1,
    )
    return PromptServer(config)


class Sandbox:
    """The imitation in a thread of this process; a context manager.

    Attributes:
        gateway: the address to set as ``WB_GATEWAY_URL``.
        tokens: the contract's tokens by name.
        world: the state, to be changed by tests.

    Args:
        port: 0 takes a free one.
        options: the rest of ``World``'s arguments.

    Raises:
        OSError: the port is taken.
    """

    def __init__(
        self,
        orders: int = 200,
        profile: Profile = "new",
        anchor: datetime | None = None,
        limits: bool = True,
        port: int = 0,
        **options: Any,
    ) -> None:
        self.world = World(orders=orders, profile=profile, anchor=anchor, limits=limits, **options)
        self.tokens = self.world.tokens
        self._port = port
        self._server: PromptServer | None = None
        self._thread: threading.Thread | None = None
        self.gateway = ""

    def start(self) -> Self:
        """Serves; returns when requests are answered."""
        listener = _listen(self._port)
        self.gateway = f"http://{ADDRESS}:{listener.getsockname()[1]}"
        self._server = _server(self.world)
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [listener]}, name="sandbox", daemon=True
        )
        self._thread.start()
        # The socket listens already: what comes before the loop runs waits in its queue.
        return self

    def stop(self) -> None:
        if self._server is None or self._thread is None:
            return
        self._server.end()
        self._thread.join(10)
        self._server = self._thread = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()


def serve_forever(port: int = 0, orders: int = 200) -> None:
    """Serves until SIGINT or SIGTERM. Prints the contract's JSON document as the first line of stdout.

    Raises:
        OSError: the port is taken.
    """
    listener = _listen(port)
    world = World(orders=orders)
    document = {"gateway": f"http://{ADDRESS}:{listener.getsockname()[1]}", "tokens": world.tokens}
    server = _server(world)

    def stop(*_: object) -> None:
        server.should_exit = True

    # uvicorn has handlers of its own while it serves and repeats the signal to these when it has ended:
    # without them a stop would end in a traceback or a code that is not 0.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    sys.stdout.write(orjson.dumps(document).decode() + "\n")
    sys.stdout.flush()
    server.run(sockets=[listener])


_cabinets: dict[datetime, Sandbox] = {}
_cabinets_lock = threading.Lock()


def embedded(anchor: datetime) -> Sandbox:
    """The learning cabinet of this process: lifelike orders, the same ones for the same anchor.

    Started at the first call, by whichever thread comes first; it ends with the process.
    """
    with _cabinets_lock:
        if anchor not in _cabinets:
            _cabinets[anchor] = Sandbox(orders=_EMBEDDED_ORDERS, profile="demo", anchor=anchor).start()
        return _cabinets[anchor]
