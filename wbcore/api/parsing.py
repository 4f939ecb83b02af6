"""JSON read with a bound, so deep and so many values: an answer may come from anybody on the way to WB.

Who only asks what an import would do needs this, and no connection to WB.
"""

from __future__ import annotations

import re
from typing import Final

import orjson

MAX_DEPTH: Final = 250
"""Levels of an answer that are read; deeper ones are left out. WB's have 6. orjson reads 1024 levels and
writes 254: what is deeper than this can't be written down again, which sends its row into quarantine."""
MAX_MENDED: Final = 16 * 1024 * 1024
"""Bytes of an answer too deep for the parser that are gone through by hand."""


class TooLarge(Exception):
    """More bytes than the method's answers ever have."""


def parse(data: bytearray, most: int) -> object:
    """JSON, with what one broken text or one bottomless row may do to a whole answer put right.

    Args:
        most: how many values there may be: read, the smallest takes sixty times its bytes.

    Raises:
        TooLarge: there may be more.
        ValueError: it is none.
    """
    if sum(map(data.count, (b",", b"[", b"{"))) > most:
        raise TooLarge
    try:
        return orjson.loads(data)
    except ValueError:
        pass
    mended = repaired(bytes(data))
    try:
        return orjson.loads(mended)
    except ValueError:
        if len(mended) > MAX_MENDED:
            raise
    return orjson.loads(_flattened(mended))


_HALF_PAIR: Final = re.compile(
    rb"\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F][0-9a-fA-F]{2})"
    rb"|(?<!\\u[dD][89abAB][0-9a-fA-F]{2})\\u[dD][c-fC-F][0-9a-fA-F]{2}"
)


def repaired(body: bytes) -> bytes:
    """Half characters, wrong bytes, a byte order mark."""
    text = body.decode("utf-8-sig", "replace").encode()
    return _HALF_PAIR.sub(rb"\\ufffd", text)


_STEP: Final = re.compile(rb'"(?:[^"\\]|\\.)*+"|[\[{\]}]', re.DOTALL)


def _flattened(body: bytes) -> bytes:
    """The same without what lies deeper than MAX_DEPTH levels; null stands in its place."""
    kept, depth, start = [], 0, 0
    for step in _STEP.finditer(body):
        sign = step[0]
        if sign in (b"[", b"{"):
            depth += 1
            if depth == MAX_DEPTH + 1:
                kept.append(body[start : step.start()] + b"null")
        elif sign in (b"]", b"}"):
            if depth == MAX_DEPTH + 1:
                start = step.end()
            depth -= 1
    if depth > MAX_DEPTH:
        raise ValueError("an answer without an end")
    return b"".join(kept) + body[start:]
