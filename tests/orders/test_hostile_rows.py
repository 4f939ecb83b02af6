"""Rows that no seller has written: bottomless, endless. They harm no other row and no page."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from tests.orders.samples import order
from wbcore.orders import buyers
from wbcore.orders.rows import MAX_ROW, TEXT_LENGTH, read_id, read_page


def nested(levels: int, kind: str) -> Any:
    value: Any = "x"
    for _ in range(levels):
        value = [value] if kind == "list" else {"a": value}
    return value


@pytest.mark.parametrize("kind", ["list", "object"])
@pytest.mark.parametrize("levels", [260, 1_000, 20_000])
def test_a_bottomless_row_goes_to_the_quarantine_whole(levels: int, kind: str) -> None:
    page = read_page([order(1), {**order(2), "x": nested(levels, kind)}, order(3)], "id", read_id)
    assert page.keys == [1001, 1003]
    (bad,) = page.rejected
    assert bad.reason == "too_deep"
    sign = b"[" if kind == "list" else b'{"a":'
    if len(bad.raw) < MAX_ROW:
        assert bad.raw.count(sign) >= levels
        assert bad.raw.startswith(b'{"id":1002,')
    assert buyers.shown(bad.raw), "it can be shown"


def test_what_is_not_deep_but_strange_stays_an_order() -> None:
    rows = [
        {**order(1), "big": 2**80},
        {**order(2), "comment": "\ud83d"},
        {**order(3), "x": nested(200, "list")},
    ]
    page = read_page(rows, "id", read_id)
    assert (page.keys, page.rejected) == ([1001, 1002, 1003], [])


def test_long_texts_are_cut_and_the_order_is_kept() -> None:
    page = read_page([{**order(7), "article": "а" * 30_000_000, "x": ["б" * 50_000]}], "id", read_id)
    assert page.keys == [1007]
    assert len(page.rows[0]["article"]) == TEXT_LENGTH + 1
    assert len(page.raws[0]) < 4 * MAX_ROW
    assert orjson.loads(page.raws[0])["article"].endswith("…")
    short = read_page([{**order(7), "article": "а" * 3_000}], "id", read_id)
    assert short.rows[0]["article"] == "а" * 3_000


def test_a_row_of_endless_lists_is_not_kept_whole() -> None:
    page = read_page([{**order(7), "x": ["abc"] * 500_000}, [1] * 500_000], "id", read_id)
    assert page.keys == []
    assert {bad.reason for bad in page.rejected} == {"too_long", "not_an_object"}
    for bad in page.rejected:
        kept = orjson.loads(bad.raw)
        assert kept["bytes"] > MAX_ROW
        assert len(bad.raw) < 3 * TEXT_LENGTH
