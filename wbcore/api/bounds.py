"""Answers read with bounds: so long, so large. An answer may come from anybody on the way to WB."""

from __future__ import annotations

import http.client
import io
import socket
import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final, cast

import requests.exceptions
import urllib3.exceptions
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.response import BaseHTTPResponse

from wbcore.api.parsing import TooLarge

CHUNK: Final = 65_536
MAX_ERROR_BODY: Final = 65_536


# --- So long -----------------------------------------------------------------------------------------------


class _TimedSocket(io.RawIOBase):
    """A socket's bytes until a deadline. A timeout of the socket alone starts anew with each byte."""

    def __init__(self, raw: socket.SocketIO, sock: socket.socket, deadline: float) -> None:
        self._raw = raw
        self._sock = sock
        self._patience_s = sock.gettimeout()
        self._deadline = deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("the answer took too long")
        self._sock.settimeout(left if self._patience_s is None else min(left, self._patience_s))
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _TimedResponse(http.client.HTTPResponse):
    """An answer whose bytes, the head's too, come out of a ``_TimedSocket``."""

    answer_s = 0.0

    def __init__(self, sock: socket.socket, *args: Any, **options: Any) -> None:
        super().__init__(sock, *args, **options)
        raw = cast(socket.SocketIO, self.fp.detach())
        self.fp = io.BufferedReader(_TimedSocket(raw, sock, time.monotonic() + self.answer_s))


class Bounded(HTTPAdapter):
    """Connections whose answers end ``answer_s`` seconds after the request, or not at all."""

    def __init__(self, answer_s: float) -> None:
        self._answer_s = answer_s
        super().__init__()

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        super().init_poolmanager(*args, **options)
        self._bound(self.poolmanager)

    def proxy_manager_for(self, *args: Any, **options: Any) -> Any:
        manager = super().proxy_manager_for(*args, **options)
        self._bound(manager)
        return manager

    def _bound(self, manager: Any) -> None:
        response = type("_Response", (_TimedResponse,), {"answer_s": self._answer_s})
        bound = {"response_class": response}
        plain = type("_HTTP", (HTTPConnection,), bound)
        secure = type("_HTTPS", (HTTPSConnection,), bound)
        manager.pool_classes_by_scheme = {
            "http": type("_HTTPPool", (HTTPConnectionPool,), {"ConnectionCls": plain}),
            "https": type("_HTTPSPool", (HTTPSConnectionPool,), {"ConnectionCls": secure}),
        }


# --- So large ----------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Body:
    """What came of an answer's body, unpacked.

    Attributes:
        whole: it came to its end.
    """

    data: bytearray = field(default_factory=bytearray)
    whole: bool = True


def read_body(raw: BaseHTTPResponse, encoding: str, bound: int, *, cut: bool = False) -> Body:
    """The body, unpacked piece by piece, never more than ``bound`` bytes of it.

    Args:
        encoding: the answer's ``Content-Encoding``; we ask for gzip alone.
        cut: take the first ``bound`` bytes of a longer one instead of refusing it.

    Raises:
        TooLarge: it has more.
        OSError: no more came in time.
    """
    body = Body()
    unpack = _Gunzip() if encoding.strip().lower() in ("gzip", "x-gzip") else _AsItIs()
    try:
        for packed in raw.stream(CHUNK, decode_content=False):
            for piece in unpack.pieces(packed):
                body.data += piece
                if len(body.data) > bound:
                    break
            if len(body.data) > bound:
                break
        body.whole = unpack.done
    except (TimeoutError, urllib3.exceptions.TimeoutError) as error:
        raise TimeoutError("no more of the answer in time") from error
    except (
        requests.exceptions.RequestException,
        urllib3.exceptions.HTTPError,
        http.client.HTTPException,
        OSError,
        ValueError,
        zlib.error,
    ):
        body.whole = False
    if len(body.data) > bound:
        if not cut:
            raise TooLarge
        del body.data[bound:]
    return body


class _AsItIs:
    done = True

    def pieces(self, packed: bytes) -> Iterator[bytes]:
        yield packed


class _Gunzip:
    """gzip, never more than a chunk of it at once: a few bytes may unpack to gigabytes."""

    def __init__(self) -> None:
        self._inflate = zlib.decompressobj(16 + zlib.MAX_WBITS)
        self._started = False

    @property
    def done(self) -> bool:
        return self._inflate.eof or not self._started

    def pieces(self, packed: bytes) -> Iterator[bytes]:
        while packed:
            if self._inflate.eof:  # one gzip file after the other is one file
                self._inflate = zlib.decompressobj(16 + zlib.MAX_WBITS)
            self._started = True
            yield self._inflate.decompress(packed, CHUNK)
            packed = self._inflate.unconsumed_tail or self._inflate.unused_data
