"""Files of orders for people: headings and statuses in words, money as numbers, real dates; by profiles.

The machines' files are in ``export``; both read the rows in parts, so that memory does not grow with them.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from itertools import chain, islice
from types import MappingProxyType
from typing import Any, BinaryIO, Final, Literal
from zoneinfo import ZoneInfo

from sqlmodel import Session

from wbcore.guidance import sellers, texts
from wbcore.keys import keyring
from wbcore.orders import columns, export, wording
from wbcore.orders.browse import Columns, count, iter_columns
from wbcore.orders.columns import Shown
from wbcore.orders.filters import Kind, OrderFilters
from wbcore.people import audit
from wbcore.people.actor import Actor, Right, require

Form = Literal["xlsx", "csv_ru", "csv"]
FORMS: Final[tuple[Form, ...]] = ("xlsx", "csv_ru", "csv")
"""Excel's own; CSV as the Russian Excel reads it (``;``, decimal comma); CSV as everybody else does."""
ENDINGS: Final[Mapping[str, str]] = MappingProxyType({"xlsx": "xlsx", "csv_ru": "csv", "csv": "csv"})
MIME_TYPES: Final[Mapping[str, str]] = MappingProxyType(
    {"xlsx": export.XLSX, "csv_ru": "text/csv", "csv": "text/csv"}
)
LONGEST_HEADING: Final = 60
_WIDTHS: Final[Mapping[str, float]] = MappingProxyType(
    {"instant": 17, "money": 12, "number": 13, "currency": 8, "flag": 12, "product": 46, "article": 28}
)


@dataclass(frozen=True, slots=True)
class Profile:
    """How a file looks.

    Attributes:
        columns: names of columns, in their order.
        headings: by column; where there is none, the column's own in the reader's language.
        form: a name of ``FORMS``.
        raw: codes and minor units as WB sends them, under WB's own names.
    """

    columns: tuple[str, ...]
    headings: Mapping[str, str] = field(default_factory=dict)
    form: Form = "xlsx"
    raw: bool = False

    def record(self) -> dict[str, Any]:
        named = {"columns": list(self.columns), "headings": dict(self.headings), "form": self.form}
        return {**named, "raw": self.raw}

    @staticmethod
    def of_record(data: Mapping[str, Any]) -> Profile:
        """What was kept; what can't be read of it is left out."""
        headings = data.get("headings")
        form = data.get("form")
        return Profile(
            tuple(map(str, data.get("columns") or ())),
            {str(k): str(v)[:LONGEST_HEADING] for k, v in headings.items()}
            if isinstance(headings, dict)
            else {},
            form if form in FORMS else "xlsx",
            bool(data.get("raw")),
        )


AS_WB: Final[Mapping[str, str]] = MappingProxyType(
    {
        "number": "id",
        "rid": "rid",
        "created": "createdAt",
        "article": "article",
        "nm": "nmId",
        "chrt": "chrtId",
        "barcode": "skus",
        "price": "price",
        "currency": "currencyCode",
        "supplier_status": "supplierStatus",
        "wb_status": "wbStatus",
        "warehouse": "warehouseId",
        "office": "offices",
        "supply": "supplyId",
        "basket": "orderUid",
        "model": "deliveryType",
        "marking": "requiredMeta",
        "zero": "isZeroOrder",
        "b2b": "isB2B",
    }
)
READY: Final[Mapping[str, Profile]] = MappingProxyType(
    {
        "moysklad": Profile(
            ("number", "created", "seller", "article", "barcode", "quantity", "price", "currency", "office"),
            {
                "number": "Номер",
                "created": "Дата",
                "seller": "Организация",
                "article": "Артикул",
                "barcode": "Штрихкод",
                "quantity": "Количество",
                "price": "Цена",
                "currency": "Валюта",
                "office": "Склад",
            },
        ),
        "onec": Profile(
            ("created", "number", "seller", "article", "barcode", "quantity", "price", "amount", "currency"),
            {
                "created": "Дата",
                "number": "НомерЗаказа",
                "seller": "Организация",
                "article": "Артикул",
                "barcode": "Штрихкод",
                "quantity": "Количество",
                "price": "Цена",
                "amount": "Сумма",
                "currency": "Валюта",
            },
            "csv_ru",
        ),
        "as_wb": Profile(tuple(AS_WB), AS_WB, "csv", raw=True),
    }
)
"""Profiles of assembly orders that are there from the beginning."""
_ONLY_IN_FILES: Final = (Shown("quantity", "", "one"), Shown("amount", "price", "money"))


def usual(kind: Kind) -> Profile:
    """All columns that a file can have."""
    return Profile(tuple(one.name for one in columns.COLUMNS[kind] if not one.page_only))


def possible(kind: Kind) -> dict[str, Shown]:
    """Columns of files by name."""
    more = _ONLY_IN_FILES if kind == "orders" else ()
    return {one.name: one for one in (*columns.COLUMNS[kind], *more) if not one.page_only}


@dataclass(frozen=True, slots=True)
class _Reader:
    """For whom a file is made."""

    lang: str
    zone: ZoneInfo
    sellers: Mapping[int, str]


def write(  # noqa: PLR0917 (what, how, where to, for whom)
    session: Session,
    asked: OrderFilters,
    profile: Profile,
    file: BinaryIO,
    lang: str,
    zone: ZoneInfo,
    *,
    on_rows: Callable[[int], object] | None = None,
    by: Actor | None = None,
) -> int:
    """Writes all rows of a filter, newest first; how many.

    Args:
        file: opened for binary writing; it is not closed.
        zone: whose hours the dates are in.
        on_rows: told how many rows there are so far; what it raises ends the writing.

    Raises:
        NotAllowed: ``by`` may take nothing along.
    """
    acting = require(by, Right.EXPORT)
    audit.record(session, acting, "orders_exported", asked.kind, form=profile.form, key=asked.key)
    session.commit()
    known = possible(asked.kind)
    shown = [known[name] for name in dict.fromkeys(profile.columns) if name in known]
    shown = shown or [known[name] for name in usual(asked.kind).columns]
    listed = keyring.list_sellers(session)
    called = sellers.names(listed)
    names = {s.id: called[s.id] or s.sid for s in listed if s.id is not None}
    reader = _Reader(lang, zone, names)
    headings = [profile.headings.get(one.name) or _heading(lang, one.name) for one in shown]
    shape = _SHAPES[profile.form]
    cells = [_Cells(one, reader, shape, raw=profile.raw) for one in shown]
    parts = _told_of(iter_columns(session, asked), on_rows)
    filled = (zip(*(one.of(part) for one in cells), strict=True) for part in parts)
    if profile.form == "xlsx":
        rows = chain.from_iterable(filled)
        begun = list(islice(rows, 1))
        # Counted after the reading has begun: no row that is read is later than this.
        most = count(session, asked) if begun else 0
        book = _Book(shown, headings, _sheet_name(lang, asked.kind), raw=profile.raw)
        return book.write(chain(begun, rows), most, file)
    return _csv(headings, filled, file, _DELIMITERS[profile.form])


def _told_of(parts: Iterator[Columns], on_rows: Callable[[int], object] | None) -> Iterator[Columns]:
    rows = 0
    for part in parts:
        yield part
        rows += part.count
        if on_rows is not None:
            on_rows(rows)


def _heading(lang: str, name: str) -> str:
    return wording.heading(lang, name)


def _sheet_name(lang: str, kind: Kind) -> str:
    return texts.t(lang, f"orders-sheet-{kind}")[:31]


# --- Values -------------------------------------------------------------------------------------------------


class _Cells(dict[Any, Any]):
    """A column's cells by what the database has: most values come again and again, and are told once."""

    def __init__(self, column: Shown, reader: _Reader, shape: Callable[[Any], Any], *, raw: bool) -> None:
        super().__init__()
        self._fields = _fields(column, raw=raw)
        self._tell = _raw(column) if raw and column.of else _told(column)
        self._reader, self._shape = reader, shape

    def of(self, part: Columns) -> list[Any]:
        if not self._fields:
            return [self[None]] * part.count
        values = [part.values[name] for name in self._fields]
        return list(map(self.__getitem__, values[0] if len(values) == 1 else zip(*values, strict=True)))

    def __missing__(self, value: Any) -> Any:
        if len(self) >= _REMEMBERED:
            self.clear()
        cell = self[value] = self._shape(self._tell(value, self._reader))
        return cell


_REMEMBERED: Final = 10_000
"""Cells of one column."""
_Tell = Callable[[Any, _Reader], Any]


def _fields(column: Shown, *, raw: bool) -> tuple[str, ...]:
    """What a column is made of; (): it is the same in all rows."""
    if column.sort == "delivery" and not raw:
        return ("delivery_date", "delivery_from", "delivery_to")
    return (column.of,) if column.of else ()


def _raw(column: Shown) -> _Tell:
    """As WB sends it: codes, minor units; instants in ISO 8601 and UTC."""
    if column.sort == "instant":
        return lambda value, _: _moment(value, UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if value else None
    if column.sort == "flag":
        return lambda value, _: None if value is None else bool(value)
    return lambda value, _: value


def _told(column: Shown) -> _Tell:
    """As people read it."""
    if column.sort == "one":
        return lambda _, __: 1
    if column.sort == "delivery":
        return lambda wished, _: wording.delivery(*wished)
    if not column.of:
        return lambda _, __: "RUB"  # statistics are in roubles
    tell = _WORDS.get(column.sort)
    return lambda value, reader: value if value is None or tell is None else tell(value, reader)


def _moment(seconds: int, zone: Any) -> datetime:
    return datetime.fromtimestamp(seconds, zone)


def _instant(seconds: int, reader: _Reader) -> datetime | None:
    """Without its zone: Excel knows none. 0 is: WB sent none that can be read."""
    return _moment(seconds, reader.zone).replace(tzinfo=None) if seconds else None


_WORDS: Final[Mapping[str, Callable[[Any, _Reader], Any]]] = MappingProxyType(
    {
        "instant": _instant,
        "money": lambda minor, _: Decimal(minor) / 100,
        "currency": lambda value, _: texts.currency(value) if isinstance(value, int) else value,
        "flag": lambda value, reader: texts.t(reader.lang, "page-yes" if value else "orders-no"),
        "status": lambda value, reader: wording.status(reader.lang, value),
        "feed_status": lambda value, reader: wording.status(reader.lang, value, "feed"),
        "model": lambda value, reader: texts.t(reader.lang, f"model-{value}"),
        "marks": lambda value, reader: wording.marks(reader.lang, value),
        "product": lambda nm, _: nm,
        "seller": lambda seller, reader: reader.sellers.get(seller, ""),
    }
)


# --- Files --------------------------------------------------------------------------------------------------


def _csv(
    headings: Sequence[str], parts: Iterator[Iterator[tuple[str, ...]]], file: BinaryIO, delimiter: str
) -> int:
    """UTF-8 with a byte order mark: without it Excel takes Russian for another code page.

    Args:
        parts: rows of cells as they stand in the file (``_cell``): most come again and again, and are quoted
            once.
    """
    first = tuple(_cell(export.harmless(heading), delimiter) for heading in headings)
    file.write(codecs.BOM_UTF8)
    written = -1  # the headings are no row
    for part in chain([iter([first])], parts):
        lines = list(map(delimiter.join, part))
        if len(headings) == 1:
            lines = [line or '""' for line in lines]  # an empty line would be no row
        file.write("".join(f"{line}\r\n" for line in lines).encode())
        written += len(lines)
    return written


_DELIMITERS: Final[Mapping[Form, str]] = MappingProxyType({"csv_ru": ";", "csv": ","})


def _cell(value: Any, delimiter: str) -> str:
    """A cell of a CSV file, in quotes where it would be read as something else (RFC 4180)."""
    text = "" if value is None else str(value)
    if delimiter in text or '"' in text or "\n" in text or "\r" in text:
        return '"' + text.replace('"', '""') + '"'
    return text


def _text(value: Any) -> Any:
    if isinstance(value, Decimal):
        return f"{value:.2f}"
    return f"{value:%Y-%m-%d %H:%M:%S}" if isinstance(value, datetime) else export.harmless(value)


def _russian_text(value: Any) -> Any:
    if isinstance(value, Decimal):
        return f"{value:.2f}".replace(".", ",")
    return f"{value:%d.%m.%Y %H:%M:%S}" if isinstance(value, datetime) else export.harmless(value)


@dataclass(frozen=True, slots=True)
class _Book:
    """A book of Excel's.

    Cells are texts, numbers and dates: whatever a text begins with, it is never a formula nor a link.

    Attributes:
        raw: the cells are as WB sends them.
    """

    shown: Sequence[Shown]
    headings: Sequence[str]
    name: str
    raw: bool

    def write(self, rows: Iterator[Sequence[Any]], most: int, file: BinaryIO) -> int:
        """How many rows there were; ``most``: there are no more than these."""
        import rustpy_xlsxwriter as excel  # noqa: PLC0415 (slow to import, needed for one format)

        names, written = _apart(self.headings), 0

        def lines() -> Iterator[dict[str, Any]]:
            nonlocal written
            for row in rows:
                written += 1
                yield dict(zip(names, row, strict=True))

        all_lines = lines()
        sheets: list[tuple[str, Any]] = [
            (self._title(n), islice(all_lines, export.SHEET_ROWS))
            for n in range(-(-most // export.SHEET_ROWS))
        ] or [(self.name, export.nothing(names))]
        titles = [title for title, _ in sheets]
        with export.book_beside(file) as book:
            excel.write_worksheets(
                sheets,
                book,
                freeze_panes={"general": {"row": 1, "col": 0}},
                autofilter=dict.fromkeys(titles, True),
                header_format=dict.fromkeys(titles, _heading_look(excel)),
                column_formats=dict.fromkeys(titles, self._formats(excel, names)),
                column_widths=dict.fromkeys(titles, self._widths(names)),
            )
        return written

    def _title(self, number: int) -> str:
        return f"{self.name[:27]} {number + 1}" if number else self.name

    def _formats(self, excel: Any, names: Sequence[str]) -> dict[str, Any]:
        looks = {} if self.raw else {sort: excel.Format().set_num_format(f) for sort, f in _LOOKS.items()}
        columns = zip(names, self.shown, strict=True)
        return {name: looks[one.sort] for name, one in columns if one.sort in looks}

    def _widths(self, names: Sequence[str]) -> dict[str, float]:
        columns = zip(names, self.shown, strict=True)
        widths = {name: _WIDTHS.get(one.name) or _WIDTHS.get(one.sort) or 18 for name, one in columns}
        return {name: float(max(width, min(len(name) + 4, 30))) for name, width in widths.items()}


_LOOKS: Final[Mapping[str, str]] = MappingProxyType({"instant": "dd.mm.yyyy hh:mm", "money": "#,##0.00"})


def _heading_look(excel: Any) -> Any:
    return excel.Format().set_bold().set_border_bottom("thin").set_text_wrap().set_align("top")


def _apart(headings: Sequence[str]) -> list[str]:
    """Two columns of one name would be one."""
    found: dict[str, None] = {}
    for heading in headings:
        name, number = heading, 1
        while name in found:
            number += 1
            name = f"{heading} ({number})"
        found[name] = None
    return list(found)


def _excel(value: Any) -> Any:
    """A cell of Excel's; nothing is no empty text."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, int) and abs(value) >= export.EXCEL_DIGITS:
        return str(value)
    return (value[: export.CELL_CHARACTERS] or None) if isinstance(value, str) else value


_SHAPES: Final[Mapping[Form, Callable[[Any], Any]]] = MappingProxyType(
    {
        "xlsx": _excel,
        "csv_ru": lambda value: _cell(_russian_text(value), _DELIMITERS["csv_ru"]),
        "csv": lambda value: _cell(_text(value), _DELIMITERS["csv"]),
    }
)
