"""Streams of rows become one: in order, each place once, whatever the blocks."""

from __future__ import annotations

import random
from operator import itemgetter

import pytest

from wbcore.orders import merge
from wbcore.orders.merge import Fetch, Row

PLACE = itemgetter(0, 1)


class Stream:
    """Hands out its rows as a driver's cursor does; how many it still has."""

    def __init__(self, rows: list[Row]) -> None:
        self.rows = rows

    def __call__(self, most: int) -> list[Row]:
        some, self.rows = self.rows[:most], self.rows[most:]
        return some


def falling(places: list[tuple[int, int]], word: str = "") -> Stream:
    return Stream([(*place, word) for place in sorted(set(places), reverse=True)])


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("size", [1, 7, 120, 10_000])
def test_all_rows_come_in_order_and_once(seed: int, size: int) -> None:
    chance = random.Random(seed)
    # Streams of very different lengths, that partly have the same rows; two are empty.
    told = [
        [(chance.randrange(400), chance.randrange(3)) for _ in range(count)]
        for count in (0, 1, 49, 50, 51, 100, 700, 0)
    ]
    streams: list[Fetch] = [falling(one) for one in told]
    parts = list(merge.blocks(streams, PLACE, size))
    assert all(parts)
    came = [PLACE(row) for part in parts for row in part]
    assert came == sorted({place for one in told for place in one}, reverse=True)


def test_rows_of_one_place_need_not_be_alike() -> None:
    """Two cursors may have seen the same order before and after a change."""
    streams: list[Fetch] = [Stream([(2, 0, None)]), Stream([(2, 0, "new"), (1, 0, "new")])]
    (part,) = merge.blocks(streams, PLACE, 10)
    assert [PLACE(row) for row in part] == [(2, 0), (1, 0)]


def test_memory_holds_some_rows_of_each_stream_only() -> None:
    streams = [falling([(n, one) for n in range(1000)]) for one in range(4)]
    left = [*streams]
    blocks = merge.blocks(left, PLACE, 400)
    first = next(blocks)
    assert sum(1000 - len(one.rows) for one in streams) <= 800
    assert [PLACE(row) for row in first] == sorted(map(PLACE, first), reverse=True)


@pytest.mark.parametrize(
    ("limit", "sizes"), [(None, [4, 4, 4, 1]), (0, []), (3, [3]), (4, [4]), (5, [4, 1]), (13, [4, 4, 4, 1])]
)
def test_parts_are_cut_to_one_size(limit: int | None, sizes: list[int]) -> None:
    parts = iter([[(n,) for n in range(6)], [], [(6,)], [(n,) for n in range(7, 13)]])
    found = list(merge.cut(parts, 4, limit))
    assert [len(part) for part in found] == sizes
    assert [row[0] for part in found for row in part] == list(range(sum(sizes)))


def test_nothing_asked_for_nothing_found() -> None:
    assert list(merge.blocks([], PLACE, 10)) == []
    assert list(merge.cut(iter([]), 4, 2)) == []
