"""A list of tens of thousands of rows, parsed piece by piece each time that it is gone through.

As objects an answer takes many times its bytes: 80,000 rows of statistics, 43 MB, are 150 MB more, and an
answer that means harm takes a gigabyte. So the bytes are kept, and of the rows a piece at a time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, Final, overload

import orjson

from wbcore.api.catalog import LIST
from wbcore.api.parsing import MAX_MENDED, TooLarge, parse, repaired

WHOLE: Final = 4 * 1024 * 1024
"""Bytes of an answer that is parsed at once."""
PIECE: Final = 2 * 1024 * 1024
LONGEST: Final = 8 * 1024 * 1024
"""Bytes of a piece, which is longer than ``PIECE`` where a row is. No seller has written such a row."""
TRIES: Final = 16
_NAMED: Final = re.compile(rb'\s*\{\s*"(\w+)"\s*:\s*(?=\[)')
"""How an object begins that may have nothing but a list: ``{"orders": [``."""
_BETWEEN: Final = re.compile(rb"\}\s*,\s*\{")
"""What may be the border between two rows. Within a text or a row it is none: what is before is no JSON."""

Place = tuple[int, int, int]
"""Where a piece begins and ends, and how many rows are before it."""


class LongList(Sequence[object]):
    """The rows of an answer. ``pieces`` is the way to go through them; single rows cost a piece."""

    def __init__(self, data: bytearray, begin: int = 0, end: int | None = None) -> None:
        """The list between two places of an answer.

        Raises:
            ValueError: there is no list of JSON.
            TooLarge: a row has no end.
        """
        self._data = data
        self._places, self._count = _cut(data, begin, len(data) if end is None else end)
        self._kept: tuple[int, list[object]] = (-1, [])

    def pieces(self) -> Iterator[list[object]]:
        return map(self._piece, range(len(self._places)))

    def _piece(self, number: int) -> list[object]:
        if self._kept[0] != number:
            begin, end, _ = self._places[number]
            self._kept = (-1, [])  # one at a time
            self._kept = (number, _parsed(self._data, begin, end))
        return self._kept[1]

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[object]:
        for piece in self.pieces():
            yield from piece

    def __reversed__(self) -> Iterator[object]:
        for number in reversed(range(len(self._places))):
            yield from reversed(self._piece(number))

    @overload
    def __getitem__(self, place: int) -> object: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[object]: ...
    def __getitem__(self, place: Any) -> Any:
        if isinstance(place, slice):
            return [self[one] for one in range(*place.indices(self._count))]
        wanted = place if place >= 0 else self._count + place
        if not 0 <= wanted < self._count:
            raise IndexError(place)
        number = next(n for n in reversed(range(len(self._places))) if self._places[n][2] <= wanted)
        return self._piece(number)[wanted - self._places[number][2]]


def pieces(rows: Sequence[object]) -> Iterator[Sequence[object]]:
    """Rows in parts that are small enough to be worked on at once."""
    return rows.pieces() if isinstance(rows, LongList) else iter((rows,))


def parse_long(data: bytearray, most: int) -> object:
    """As ``parsing.parse``; a long list comes as a ``LongList``, also as the only thing in an object.

    Raises:
        TooLarge, ValueError: as ``parsing.parse``.
    """
    if len(data) <= WHOLE:
        return parse(data, most)
    if sum(map(data.count, (b",", b"[", b"{"))) > most:
        raise TooLarge
    is_named = _NAMED.match(data) is not None
    try:
        return _long(data)
    except TooLarge:
        if not is_named:
            raise
    except ValueError:
        pass
    if is_named or len(data) <= MAX_MENDED:  # one row of new orders that is endless costs no other order
        return parse(data, min(most, LIST.values))
    return _long(bytearray(repaired(bytes(data))))


def _long(data: bytearray) -> object:
    named = _NAMED.match(data)
    if named is None:
        return LongList(data)
    end = data.rfind(b"}")
    if data[end + 1 :].strip():
        raise ValueError("no object")
    return {named[1].decode(): LongList(data, named.end(), end)}


def _cut(data: bytearray, first: int, last: int) -> tuple[list[Place], int]:
    begin, end = data.find(b"[", first, last) + 1, data.rfind(b"]", first, last)
    if begin == 0 or end < begin or data[first : begin - 1].strip() or data[end + 1 : last].strip():
        raise ValueError("no list")
    places: list[Place] = []
    count = 0
    while begin < end:
        border, following, rows = _next(data, begin, end)
        places.append((begin, border, count))
        count += rows
        begin = following
    return places, count


def _next(data: bytearray, begin: int, end: int) -> tuple[int, int, int]:
    """Where the piece ends that begins here, where the next one begins, and how many rows it has."""
    start = begin + PIECE
    for _ in range(TRIES):
        between = _BETWEEN.search(data, start, end) if start < end else None
        border = end if between is None else between.start() + 1
        if border - begin > LONGEST:
            raise TooLarge
        try:
            rows = len(_parsed(data, begin, border))
        except ValueError:
            if between is None:
                raise
            start = between.end()
            continue
        return border, end if between is None else between.end() - 1, rows
    raise ValueError("no borders between rows")


def _parsed(data: bytearray, begin: int, end: int) -> list[object]:
    piece = bytearray(b"[")
    piece += memoryview(data)[begin:end]
    piece += b"]"
    found: list[object] = orjson.loads(piece)
    return found
