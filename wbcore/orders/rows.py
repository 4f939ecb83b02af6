"""WB's rows as typed columns. Any field may be missing, null or of a wrong kind: the row is kept anyway.

Works on whole columns: a page's prices are looked at together, and only a page with something strange in it
is read value by value. That makes reading cheaper than writing.
"""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timezone
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from itertools import repeat
from typing import Any, Final, cast

import orjson

from wbcore.api.catalog import CARGO_TYPES, MOSCOW

INT64_MAX: Final = 2**63 - 1
INT64_MIN: Final = -(2**63)
EXACT_FLOAT: Final = 2**53
"""Whole floats above this may already have lost digits: not an id, not a price."""

Reader = Callable[[list[Any], bool], list[Any]]
"""Values of one field of a page -> the column. The flag: texts of this page may need cleaning."""

_INTEGERS: Final = ({int}, {int, type(None)}, {type(None)})
_TEXTS: Final = ({str}, {str, type(None)}, {type(None)})


@dataclass(frozen=True, slots=True)
class Column:
    """A typed column and where WB has it.

    Attributes:
        path: names from the row inwards, for example ("priceInfo", "price").
    """

    name: str
    path: tuple[str, ...]
    read: Reader


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row that can't be stored as what it should be.

    Attributes:
        reason: not_an_object, no_id, bad_id, too_deep, too_long, and what the writers add.
        raw: the whole row as JSON; of one longer than MAX_ROW its start and how long it is.
    """

    reason: str
    raw: bytes
    digest: int


@dataclass(frozen=True, slots=True)
class Page:
    """A page's rows that have a key, each key once (the last row of a key wins), and those that have none."""

    keys: list[Any]
    rows: list[dict[str, Any]]
    raws: list[bytes]
    digests: list[int]
    rejected: list[Rejected]
    dirty: bool
    """Some text holds what a database refuses: NUL, half of a surrogate pair."""

    def columns(self, columns: Sequence[Column], places: Sequence[int]) -> list[list[Any]]:
        """The typed columns of some of the rows."""
        whole = len(places) == len(self.rows)
        rows = self.rows if whole else [self.rows[place] for place in places]
        inner: dict[tuple[str, ...], list[dict[str, Any]]] = {(): rows}
        read = []
        for column in columns:
            parent = column.path[:-1]
            if parent not in inner:
                inner[parent] = _inside(rows, parent)
            read.append(column.read(_values(inner[parent], column.path[-1]), self.dirty))
        return read

    def said(self, name: str) -> list[Any]:
        """What each row has in a field, as WB sent it."""
        return _values(self.rows, name)


def _values(rows: Sequence[dict[str, Any]], name: str) -> list[Any]:
    return list(map(dict.get, rows, repeat(name)))


def _inside(rows: list[dict[str, Any]], path: tuple[str, ...]) -> list[dict[str, Any]]:
    """What each row has at a path; nothing where that is no object."""
    for name in path:
        rows = [value if type(value) is dict else {} for value in _values(rows, name)]
    return rows


def read_page(rows: Sequence[object], key: str, read_key: Callable[[object], Any]) -> Page:
    """Sorts a page: what has a key, what has none.

    Args:
        key: WB's name of the field that identifies a row.
        read_key: its value as our key; None when it can't be one.
    """
    rejected: list[Rejected] = []
    by_key = _by_plain_ids(rows, key) if read_key is read_id else None
    if by_key is None:
        by_key = {}
        for row in rows:
            if type(row) is not dict:
                rejected.append(reject(row, "not_an_object"))
                continue
            value = row.get(key)
            identity = read_key(value)
            if identity is None:
                rejected.append(reject(row, "no_id" if value is None else "bad_id"))
            else:
                by_key[identity] = row
    keys, kept = list(by_key), list(by_key.values())
    raws, dirty = _as_json(kept)
    if dirty and _TOO_DEEP in raws:
        _reject_deep(keys, kept, raws, rejected)
    if raws and max(map(len, raws)) > LONG_ROW:
        _bound(keys, kept, raws, rejected)
    return Page(keys, kept, raws, _digests(raws), rejected, dirty)


def _by_plain_ids(rows: Sequence[object], key: str) -> dict[Any, dict[str, Any]] | None:
    """Rows by their ids, where nothing is strange with any of them; None: each has to be looked at."""
    if set(map(type, rows)) != {dict}:
        return None
    found = cast(Sequence[dict[str, Any]], rows)
    ids = _values(found, key)
    if set(map(type, ids)) != {int} or max(ids) > INT64_MAX or min(ids) < INT64_MIN:
        return None
    return dict(zip(ids, found, strict=True))


def _as_json(rows: list[dict[str, Any]]) -> tuple[list[bytes], bool]:
    try:
        raws = [orjson.dumps(row) for row in rows]
    except (TypeError, orjson.JSONEncodeError):
        return [_shallow_json(row) for row in rows], True
    return raws, b"\\u0000" in b"".join(raws)


# --- Rows that no seller has written -----------------------------------------------------------------------

LONG_ROW: Final = 16_384
"""Bytes of a row from which on its texts are looked at. WB's have one to three thousand."""
TEXT_LENGTH: Final = 4_000
"""Characters of one text of such a row that are kept: in its columns, in the stored row, on every screen."""
MAX_ROW: Final = 262_144
"""Bytes of a row, its texts shortened; a larger one goes to the quarantine."""
MAX_DEPTH: Final = 250
"""Levels; orjson writes 254. A row that is deeper goes to the quarantine."""
_TOO_DEEP: Final = b""


def _shallow_json(row: dict[str, Any]) -> bytes:
    """A row as JSON; nothing for one that is nested too deep to be handled like any other."""
    try:
        return orjson.dumps(row)
    except (TypeError, orjson.JSONEncodeError):
        return _TOO_DEEP if _is_deep(row) else json.dumps(row, default=str).encode()


def _is_deep(row: object) -> bool:
    todo = [(row, 1)]
    while todo:
        value, depth = todo.pop()
        if depth > MAX_DEPTH:
            return True
        inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        todo += [(item, depth + 1) for item in inner]
    return False


def _reject_deep(
    keys: list[Any], rows: list[dict[str, Any]], raws: list[bytes], rejected: list[Rejected]
) -> None:
    for place in reversed(range(len(rows))):
        if raws[place] == _TOO_DEEP:
            rejected.append(reject(rows[place], "too_deep"))
            del keys[place], rows[place], raws[place]


def _bound(keys: list[Any], rows: list[dict[str, Any]], raws: list[bytes], rejected: list[Rejected]) -> None:
    """Shortens the texts of long rows; rows that are too long all the same are rejected."""
    for place in reversed(range(len(rows))):
        if len(raws[place]) > LONG_ROW:
            rows[place] = cast(dict[str, Any], _shortened(rows[place]))
            raws[place] = to_json(rows[place])
        if len(raws[place]) > MAX_ROW:
            rejected.append(reject(rows[place], "too_long"))
            del keys[place], rows[place], raws[place]


def _shortened(value: object) -> object:
    """The same with long texts cut. Never called for what is nested deeper than orjson writes."""
    if isinstance(value, str):
        return value if len(value) <= TEXT_LENGTH else value[:TEXT_LENGTH] + "…"
    if isinstance(value, list):
        return [_shortened(item) for item in value]
    if isinstance(value, dict):
        return {name[:TEXT_LENGTH]: _shortened(item) for name, item in value.items()}
    return value


def to_json(row: object) -> bytes:
    """Any row as JSON, whatever is in it and however deep: it is kept whole."""
    try:
        return orjson.dumps(row)
    except (TypeError, orjson.JSONEncodeError):
        return "".join(_written(row)).encode()


def _written(row: object) -> Iterator[str]:
    """JSON without recursion: what is still to be written lies on a stack, signs between the values."""
    todo: list[tuple[bool, Any]] = [(True, row)]
    while todo:
        is_value, item = todo.pop()
        if not is_value:
            yield item
        elif isinstance(item, dict):
            yield "{"
            todo.append((False, "}"))
            for place, (name, value) in reversed(list(enumerate(item.items()))):
                sign = "," if place else ""
                todo += [(True, value), (False, f"{sign}{json.dumps(str(name))}:")]
        elif isinstance(item, list):
            yield "["
            todo.append((False, "]"))
            for place, value in reversed(list(enumerate(item))):
                todo += [(True, value), (False, "," if place else "")]
        else:
            yield json.dumps(item, default=str)


def digest(raw: bytes) -> int:
    """A 64-bit signed hash: the same row has the same on every machine."""
    return _digests((raw,))[0]


def _digests(raws: Sequence[bytes]) -> list[int]:
    hashes = b"".join([_hash(raw, digest_size=8).digest() for raw in raws])
    return list(struct.unpack(f">{len(raws)}q", hashes))


_hash: Final = hashlib.blake2b


CUT: Final = b'{"bytes":'
"""How a row begins of which only the start is kept."""


def reject(row: object, reason: str) -> Rejected:
    raw = to_json(row)
    if len(raw) > MAX_ROW:
        start = raw[:TEXT_LENGTH].decode("utf-8", "replace")
        raw = orjson.dumps({"bytes": len(raw), "start": start})
    return Rejected(reason, raw, digest(raw))


# --- Keys --------------------------------------------------------------------------------------------------


def read_id(value: object) -> int | None:
    """An id of WB: an int64, also when it comes as digits."""
    if type(value) is int and INT64_MIN <= value <= INT64_MAX:
        return value
    return _integer(value)


def read_name(value: object) -> str | None:
    """An id that is a text: not empty, and what both databases take."""
    return (_clean(value).strip() or None) if isinstance(value, str) else None


def as_kept(value: str) -> str:
    """A whole value of a column as it is kept there, with the spaces that it begins and ends with."""
    return _clean(value)


# --- Columns -----------------------------------------------------------------------------------------------


def integers(values: list[Any], _dirty: bool) -> list[int | None]:
    """Whole numbers within int64; digits as text are taken too, anything else is None."""
    kinds = set(map(type, values))
    if kinds in _INTEGERS:
        numbers = values if kinds == {int} else [value for value in values if value is not None]
        if not numbers or (max(numbers) <= INT64_MAX and min(numbers) >= INT64_MIN):
            return values
    return [_integer(value) for value in values]


def _integer(value: object) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, float):
        value = int(value) if value.is_integer() and abs(value) < EXACT_FLOAT else None
    elif isinstance(value, str):
        text = value.strip()
        value = int(text) if len(text) <= 20 and text.lstrip("+-").isdecimal() and _one_sign(text) else None
    if isinstance(value, int) and INT64_MIN <= value <= INT64_MAX:
        return value
    return None


def _one_sign(text: str) -> bool:
    return text[:1].isdecimal() or text[1:2].isdecimal()


def texts(values: list[Any], dirty: bool) -> list[str | None]:
    """Texts; numbers as text; anything else is None."""
    if not dirty and set(map(type, values)) in _TEXTS:
        return values
    return [_text(value) for value in values]


def _text(value: object) -> str | None:
    if isinstance(value, str):
        return _clean(value)
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _clean(text: str) -> str:
    """Without what PostgreSQL or UTF-8 refuses: NUL, and halves of surrogate pairs."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()


def flags(values: list[Any], _dirty: bool) -> list[bool]:
    """True for true, 1 and "true"."""
    return [value is True or value in (1, "1", "true", "True") for value in values]


def flags_or_none(values: list[Any], dirty: bool) -> list[bool | None]:
    """The same; None where WB says nothing."""
    if set(map(type, values)) <= {bool, type(None)}:
        return values
    return [None if value is None else flags([value], dirty)[0] for value in values]


def first_texts(values: list[Any], dirty: bool) -> list[str | None]:
    """The first text of each list; None where there is none."""
    return texts([value[0] if isinstance(value, list) and value else None for value in values], dirty)


def joined_texts(values: list[Any], dirty: bool) -> list[str | None]:
    """The texts of each list side by side, with commas; None where there is no list."""
    words = [_joined(value) if isinstance(value, list) else None for value in values]
    return texts(words, dirty)


def _joined(words: list[Any]) -> str:
    if len(words) == 1 and type(words[0]) is str:  # as most of them are
        return words[0][:JOINED]
    return ",".join(word for word in words if isinstance(word, str))[:JOINED]


JOINED: Final = 200
"""Characters of a list's texts that are kept in its column; ``raw`` has all of them."""


LATEST: Final = 4_102_444_800
"""The year 2100: an instant from then on is none of WB's. It may stand for "never", a reader's zone may have
no such day, and a search would go through all the hours up to it.
"""


def instants(values: list[Any], _dirty: bool) -> list[int]:
    """RFC 3339 (or a bare date) as Unix seconds; without zone it is UTC; 0 when it can't be read."""
    try:
        moments = list(map(datetime.fromisoformat, values))
    except (TypeError, ValueError):
        moments = []
    if {moment.tzinfo for moment in moments} == {UTC}:  # as WB's are, but for what is strange
        seconds = list(map(int, map(datetime.timestamp, moments)))
        if min(seconds) > 0 and max(seconds) < LATEST:
            return seconds
    return [_instant(value, UTC) or 0 for value in values]


def instants_or_none(values: list[Any], _dirty: bool) -> list[int | None]:
    """The same; None when it can't be read."""
    return [_instant(value, UTC) for value in values]


def moscow_instants(values: list[Any], _dirty: bool) -> list[int]:
    """Moscow time without zone, as statistics have it; 0 when it can't be read."""
    return [_instant(value, MOSCOW) or 0 for value in values]


def moscow_instants_or_none(values: list[Any], _dirty: bool) -> list[int | None]:
    """The same; None when it can't be read, and for WB's "never", 0001-01-01T00:00:00."""
    return [_instant(value, MOSCOW) for value in values]


def _instant(value: object, zone: timezone) -> int | None:
    if type(value) is not str:
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=zone)
    seconds = int(moment.timestamp())
    return seconds if 0 < seconds < LATEST else None


def kopecks(values: list[Any], _dirty: bool) -> list[int | None]:
    """Roubles with decimals as whole kopecks, half a kopeck up, by the digits that WB wrote."""
    return [_kopecks(value) for value in values]


def _kopecks(value: object) -> int | None:
    if type(value) is float:
        hundredths = value * 100
        whole = round(hundredths)
        if (
            abs(hundredths - whole) < 1e-5 and abs(hundredths) < 1e10
        ):  # two decimals, but for the float's noise
            return whole
    elif type(value) is int:
        return _integer(value * 100)
    elif not isinstance(value, str):
        return None
    try:
        exact = Decimal(str(value).strip()) * 100
        return _integer(int(exact.quantize(Decimal(1), ROUND_HALF_UP)))
    except (InvalidOperation, ValueError, OverflowError):
        return None


def coded(codes: Mapping[str, int]) -> Reader:
    """Words that stand for numbers (``mgt`` is 1); numbers stay."""

    def read(values: list[Any], dirty: bool) -> list[int | None]:
        return integers([codes.get(v, v) if isinstance(v, str) else v for v in values], dirty)

    return read


# --- WB's rows ---------------------------------------------------------------------------------------------

ORDER_COLUMNS: Final = (
    Column("created_at", ("createdAt",), instants),
    Column("rid", ("rid",), texts),
    Column("order_uid", ("orderUid",), texts),
    Column("article", ("article",), texts),
    Column("nm_id", ("nmId",), integers),
    Column("chrt_id", ("chrtId",), integers),
    Column("price", ("price",), integers),
    Column("sale_price", ("salePrice",), integers),
    Column("converted_price", ("convertedPrice",), integers),
    Column("currency_code", ("currencyCode",), integers),
    Column("warehouse_id", ("warehouseId",), integers),
    Column("supply_id", ("supplyId",), texts),
    Column("delivery_type", ("deliveryType",), texts),
    Column("cargo_type", ("cargoType",), integers),
    Column("cross_border_type", ("crossBorderType",), integers),
    Column("barcode", ("skus",), first_texts),
    Column("office", ("offices",), joined_texts),
    Column("required_meta", ("requiredMeta",), joined_texts),
    Column("is_zero", ("isZeroOrder",), flags_or_none),
    Column("is_b2b", ("options", "isB2B"), flags_or_none),
)
"""Of ``orders.new``, ``orders.period`` and the new orders of DBS, DBW and pick-up."""

ARCHIVE_COLUMNS: Final = (
    Column("created_at", ("createdAt",), instants),
    Column("rid", ("rid",), texts),
    Column("order_uid", ("orderUid",), texts),
    Column("article", ("product", "article"), texts),
    Column("nm_id", ("product", "nmId"), integers),
    Column("chrt_id", ("product", "chrtId"), integers),
    Column("price", ("priceInfo", "price"), integers),
    Column("sale_price", ("priceInfo", "salePrice"), integers),
    Column("converted_price", ("priceInfo", "convertedPrice"), integers),
    Column("currency_code", ("priceInfo", "currencyCode"), integers),
    Column("warehouse_id", ("warehouseId",), integers),
    Column("supply_id", ("supplyId",), texts),
    Column("delivery_type", ("deliveryType",), texts),
    Column("cargo_type", ("cargoType",), coded(CARGO_TYPES)),
    Column("cross_border_type", ("crossBorderType",), coded({"local": 0, "crossBorder": 1})),
    Column("barcode", ("product", "skus"), first_texts),
    Column("office", ("offices",), joined_texts),
    Column("required_meta", ("requiredMeta",), joined_texts),
    Column("is_zero", ("isZeroOrder",), flags_or_none),
    Column("is_b2b", ("options", "isB2B"), flags_or_none),
)
"""The same columns of ``orders.archive``: WB names and nests them differently there."""

ARCHIVE_STATUS: Final = (
    Column("supplier_status", ("status", "supplierStatus"), texts),
    Column("wb_status", ("status", "wbStatus"), texts),
)
STATUS_COLUMNS: Final = (
    Column("supplier_status", ("supplierStatus",), texts),
    Column("wb_status", ("wbStatus",), texts),
)

STATISTICS_COLUMNS: Final = (
    Column("is_cancel", ("isCancel",), flags),
    Column("date", ("date",), moscow_instants),
    Column("last_change_date", ("lastChangeDate",), moscow_instants_or_none),
    Column("cancel_date", ("cancelDate",), moscow_instants_or_none),
    Column("article", ("supplierArticle",), texts),
    Column("nm_id", ("nmId",), integers),
    Column("barcode", ("barcode",), texts),
    Column("warehouse_name", ("warehouseName",), texts),
    Column("region_name", ("regionName",), texts),
    Column("total_price", ("totalPrice",), kopecks),
    Column("price_with_disc", ("priceWithDisc",), kopecks),
    Column("finished_price", ("finishedPrice",), kopecks),
)

DELIVERY_COLUMNS: Final = (
    Column("delivery_date", ("dDate",), texts),
    Column("delivery_from", ("dTimeFrom",), texts),
    Column("delivery_to", ("dTimeTo",), texts),
)
"""Of ``orders.dbs.delivery`` and ``orders.dbw.delivery``."""

FEED_COLUMNS: Final = (
    Column("created_at", ("createdAt",), instants),
    Column("updated_at", ("updatedAt",), instants_or_none),
    Column("nm_id", ("nmId",), integers),
    Column("chrt_id", ("chrtId",), integers),
    Column("status", ("status",), texts),
    Column("cancel_type", ("cancelType",), texts),
    Column("warehouse_name", ("warehouseName",), texts),
    Column("warehouse_region", ("warehouseRegion",), texts),
    Column("city", ("destinationCity",), texts),
    Column("district", ("destinationDistrict",), texts),
    Column("is_mp", ("isMp",), flags),
    Column("is_b2b", ("isB2b",), flags),
    Column("seller_price", ("sellerPrice",), kopecks),
    Column("currency", ("currency",), texts),
)
"""Of ``order_feed``; the page's currency has been put into each row."""
