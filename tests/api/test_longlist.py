"""A long list is read piece by piece: the same rows as all at once, in a small part of the memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
import pytest

from tests.api.server import Reply, Server
from tests.api.test_hostile import MB, growth
from wbcore.api import longlist
from wbcore.api.longlist import LongList, parse_long, pieces
from wbcore.api.parsing import TooLarge

MOST = 5_000_000
ROW: dict[str, Any] = {
    "date": "2026-11-23T10:00:00",
    "lastChangeDate": "2026-11-23T11:00:00",
    "warehouseName": "Коледино",
    "supplierArticle": 'платье "},{" \\',
    "nmId": 100500,
    "totalPrice": 1500.5,
    "more": [{"a": 1}, {"b": {"c": [{}, {}]}}],
}


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same with pieces that a test fills quickly."""
    for name, size in (("WHOLE", 100), ("PIECE", 700), ("LONGEST", 20_000)):
        monkeypatch.setattr(longlist, name, size)


def some(count: int) -> list[dict[str, Any]]:
    return [ROW | {"srid": f"{n:032x}", "text": "}, {" * (n % 7)} for n in range(count)]


@pytest.mark.parametrize("spaces", [False, True])
def test_rows_are_those_that_the_whole_answer_has(small: None, spaces: bool) -> None:
    rows: list[object] = [*some(200), 5, None, [], "},{", *some(3)]
    data = orjson.dumps(rows, option=orjson.OPT_INDENT_2 if spaces else None)
    found = parse_long(bytearray(b" " + data + b"\n"), MOST)
    assert isinstance(found, LongList)
    parts = list(found.pieces())
    assert len(parts) > 20
    assert [row for part in parts for row in part] == list(found) == rows
    assert list(reversed(found)) == rows[::-1]
    assert (len(found), found[0], found[-1], found[150]) == (len(rows), rows[0], rows[-1], rows[150])
    assert list(pieces(found)) == parts


@pytest.mark.parametrize("rest", [b"", b', "next": 7'])
def test_the_only_list_of_an_object_is_read_so_too(small: None, rest: bytes) -> None:
    """As new orders come; what has more beside its list is parsed at once."""
    rows = some(200)
    found = parse_long(bytearray(b' {"orders" : ' + orjson.dumps(rows) + rest + b"}\n"), MOST)
    assert isinstance(found, dict)
    assert isinstance(found["orders"], list if rest else LongList)
    assert list(found["orders"]) == rows


def test_a_half_character_in_one_row_costs_no_other(small: None) -> None:
    data = orjson.dumps(some(50)).replace(b"100500", b'"\\ud83d"', 1)
    found = parse_long(bytearray(data), MOST)
    assert len(found) == 50  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: data[:-1],
        lambda data: data[:-300],
        lambda data: data + b"[]",
        lambda data: b'{"errors":' + data + b"}",
        lambda data: data.replace(b',{"date"', b' {"date"', 1),
    ],
)
def test_what_is_no_list_is_none(small: None, spoil: Callable[[bytes], bytes]) -> None:
    try:
        found = parse_long(bytearray(spoil(orjson.dumps(some(50)))), MOST)
    except ValueError:
        return
    assert not isinstance(found, LongList | list), "an object is told from a list by whoever has asked"


def test_a_row_without_an_end_is_too_large(small: None) -> None:
    with pytest.raises(TooLarge):
        parse_long(bytearray(orjson.dumps([{"a": "x" * 30_000}, *some(5)])), MOST)


def test_tens_of_thousands_of_new_orders_are_read_in_little_memory(server: Server, token: str) -> None:
    """WB gives them all at once; 25,000 were the most that was taken."""
    order = {f"field{n}": n for n in range(35)} | ROW
    server.replies(Reply(200, orjson.dumps({"orders": [order | {"id": n} for n in range(60_000)]})))
    said, grown = growth(server, token, "orders.new")
    assert said == ""
    assert grown < 150, grown


@pytest.mark.parametrize("kind", ["real", "keys"])
def test_the_largest_answer_of_statistics_takes_little_memory(kind: str, server: Server, token: str) -> None:
    """80,000 rows as WB sends them; and just below the bound, rows that are as dear as can be."""
    if kind == "real":
        body = orjson.dumps([ROW | {"srid": f"{n:032x}", "brand": "Ромашка" * 20} for n in range(80_000)])
        assert len(body) > 40 * MB
    else:
        count = MOST // 2 - 10
        body = b"[" + b",".join(b'{"%030x":1.5}' % n for n in range(count)) + b"]"
        assert len(body) > 90 * MB
    server.replies(Reply(200, body))
    said, grown = growth(server, token, "statistics.orders")
    assert said == ""
    assert grown < 150, grown
