"""A browser's part of Streamlit's protocol, without the browser: one websocket, one session.

As Streamlit's own frontend does: ``rerun_script`` asks for a page, ``script_finished`` ends it, and a part
of it that repeats itself (``auto_rerun``) is asked for again and again until another page is drawn.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from dataclasses import dataclass, field
from typing import Any

import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

LONGEST_S = 120.0
ENDS = (ForwardMsg.FINISHED_SUCCESSFULLY, ForwardMsg.FINISHED_WITH_COMPILE_ERROR)


class Lost(Exception):
    """The server has closed the session."""


@dataclass
class Tab:
    """One open tab.

    Attributes:
        failed: pages that ended with an exception on the screen.
        fragments: how often fragments have asked to be drawn again.
    """

    port: int
    socket: ClientConnection = field(init=False)
    pages: dict[str, str] = field(default_factory=dict)
    page: str = ""
    failed: int = 0
    fragments: int = 0
    lost: bool = False
    _ended: asyncio.Queue[bool] = field(default_factory=asyncio.Queue)
    _tasks: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    _reader: asyncio.Task[None] | None = None

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def open(self) -> None:
        self.socket = await connect(
            f"ws://127.0.0.1:{self.port}/_stcore/stream",
            subprotocols=[Subprotocol("streamlit")],
            origin=Origin(self.origin),
            max_size=None,
            open_timeout=LONGEST_S,
            ping_interval=None,
            compression=None,
        )
        self._reader = asyncio.create_task(self._read())

    async def close(self) -> None:
        for task in (*self._tasks.values(), self._reader):
            if task is not None:
                task.cancel()
        await self.socket.close()

    async def visit(self, page: str) -> float:
        """Opens a page and waits until it is drawn; seconds.

        Raises:
            Lost: the session is gone.
        """
        self._stop_fragments()
        while not self._ended.empty():
            self._ended.get_nowait()
        self.page = page
        started = time.perf_counter()
        await self._rerun()
        try:
            ended = await asyncio.wait_for(self._ended.get(), LONGEST_S)
        except TimeoutError:
            ended = False
        if not ended:
            raise Lost
        return time.perf_counter() - started

    async def _rerun(self, fragment: str = "") -> None:
        message = BackMsg()
        message.rerun_script.page_name = "" if fragment else self.page
        message.rerun_script.page_script_hash = self.pages.get(self.page, "") if fragment else ""
        message.rerun_script.fragment_id = fragment
        message.rerun_script.is_auto_rerun = bool(fragment)
        context = message.rerun_script.context_info
        context.timezone, context.timezone_offset = "Europe/Moscow", -180
        context.locale, context.url = "ru-RU", f"{self.origin}/{self.page}"
        try:
            await self.socket.send(message.SerializeToString())
        except websockets.ConnectionClosed:
            raise Lost from None

    async def _read(self) -> None:
        try:
            async for data in self.socket:
                message = ForwardMsg()
                message.ParseFromString(data if isinstance(data, bytes) else data.encode())
                self._take(message)
        except websockets.ConnectionClosed:
            pass
        self.lost = True
        self._ended.put_nowait(False)

    def _take(self, message: ForwardMsg) -> None:
        kind = message.WhichOneof("type")
        if kind == "navigation":
            self.pages = {one.url_pathname: one.page_script_hash for one in message.navigation.app_pages}
        elif kind == "delta" and message.delta.new_element.WhichOneof("type") == "exception":
            self.failed += 1
        elif kind == "auto_rerun":
            self._repeat(message.auto_rerun.fragment_id, message.auto_rerun.interval)
        elif kind == "stop_auto_rerun":
            self._stop_fragments()
        elif kind == "script_finished" and message.script_finished in ENDS:
            self._ended.put_nowait(True)

    def _repeat(self, fragment: str, interval: float) -> None:
        if (known := self._tasks.pop(fragment, None)) is not None:
            known.cancel()

        async def again() -> None:
            with contextlib.suppress(Lost):
                while True:
                    await asyncio.sleep(interval)
                    self.fragments += 1
                    await self._rerun(fragment)

        self._tasks[fragment] = asyncio.create_task(again())

    def _stop_fragments(self) -> None:
        for task in self._tasks.values():
            task.cancel()
        self._tasks.clear()


def run(work: Any) -> Any:
    return asyncio.run(work)
