"""Many sorted streams of rows as one, in blocks.

The driver's own loops read them and Python's own sort joins them: a row costs no turn of the interpreter.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

Row = tuple[Any, ...]
Fetch = Callable[[int], list[Row]]
"""The next rows of a stream, at most so many; fewer: there are no more."""

_LEAST: Final = 50
"""Rows of one stream that are fetched at once, however many streams there are."""


def blocks(streams: Sequence[Fetch], place: Callable[[Row], Any], size: int) -> Iterator[list[Row]]:
    """The rows of all streams, the greatest place first, those of one place once.

    Args:
        streams: each in falling order of ``place``.
        size: about so many rows are in memory, or ``_LEAST`` of each stream.
    """
    if len(streams) == 1:
        yield from _one(streams[0], size)
        return
    each = max(size // max(len(streams), 1), _LEAST)
    waiting: list[list[Row]] = [[] for _ in streams]  # rising, so that what is next is at the end
    still = set(range(len(streams)))
    while still or any(waiting):
        for one in list(still):
            if len(waiting[one]) < each:
                more = streams[one](each)
                if len(more) < each:
                    still.discard(one)
                waiting[one][:0] = reversed(more)
        # What a stream has not told yet comes behind its last row: down to the greatest of these all is here.
        known = max((place(waiting[one][0]) for one in still), default=None)
        found: dict[Any, Row] = {}
        for rows in waiting:
            first = 0 if known is None else bisect_left(rows, known, key=place)
            some = rows[first:]
            del rows[first:]
            found.update(zip(map(place, some), some, strict=True))
        if found:
            yield [found[one] for one in sorted(found, reverse=True)]


def _one(stream: Fetch, size: int) -> Iterator[list[Row]]:
    while rows := stream(size):
        yield rows


def cut(parts: Iterator[list[Row]], size: int, limit: int | None = None) -> Iterator[list[Row]]:
    """The same rows in parts of one size; at most ``limit`` of them."""
    left = limit
    waiting: list[Row] = []
    for part in parts:
        waiting += part
        while len(waiting) >= size or (left is not None and len(waiting) >= left):
            count = size if left is None else min(size, left)
            if not count:
                return
            yield waiting[:count]
            del waiting[:count]
            left = None if left is None else left - count
    if waiting:
        yield waiting
