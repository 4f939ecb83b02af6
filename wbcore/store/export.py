"""Orders as files: CSV, Excel, Parquet, JSON. Rows stream through, so memory does not grow with them."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, BinaryIO, Final, Literal

import orjson
from sqlmodel import Session

from wbcore.store.browse import OrderFilters, OrderRow, StatisticsRow, iter_export

Format = Literal["json", "csv", "xlsx", "parquet"]
Rows = Iterable[list[dict[str, Any]]]

MIME_TYPES: Final[dict[str, str]] = {
    "json": "application/json",
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "parquet": "application/vnd.apache.parquet",
}
SHEET_ROWS: Final = 1_048_575
"""Rows below the heading that Excel takes; what is more goes to a further sheet."""
_CELL_CHARACTERS: Final = 32_767
_EXCEL_DIGITS: Final = 10**15
"""Excel keeps 15 digits: a longer number is written as text, an id must stay what it is."""
_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class ExportColumn:
    name: str
    kind: Literal["text", "number", "flag", "instant"]


def _columns(row: type[OrderRow] | type[StatisticsRow], first: tuple[str, ...]) -> tuple[ExportColumn, ...]:
    kinds: dict[str, Literal["text", "number", "flag", "instant"]] = {
        "int": "number",
        "int | None": "number",
        "bool": "flag",
        "datetime | None": "instant",
    }
    found = {
        field.name: ExportColumn(field.name, kinds.get(str(field.type), "text"))
        for field in fields(row)
        if field.name not in ("seller_id", "statistics", "order")
    }
    return (*(found.pop(name) for name in first), *found.values())


COLUMNS: Final[dict[str, tuple[ExportColumn, ...]]] = {
    "fbs": _columns(
        OrderRow,
        (
            *("id", "rid", "created_at", "article", "nm_id", "price", "currency_code"),
            *("supplier_status", "wb_status", "key"),
        ),
    ),
    "statistics": _columns(StatisticsRow, ("srid", "date", "article", "nm_id", "key")),
}
"""Columns of the files by kind of rows; the contract's come first."""


def as_dict(row: OrderRow | StatisticsRow) -> dict[str, Any]:
    """A row as the JSON output has it: instants ISO 8601 in UTC, money in minor units."""
    kind = "fbs" if isinstance(row, OrderRow) else "statistics"
    return {column.name: _plain(getattr(row, column.name)) for column in COLUMNS[kind]}


def export(
    session: Session, filters: OrderFilters, form: Format, file: BinaryIO, limit: int | None = None
) -> int:
    """Writes all rows of a filter, newest first; how many.

    Args:
        file: opened for binary writing; it is not closed.
    """
    columns = COLUMNS[filters.kind]
    written = 0

    def rows() -> Iterable[list[dict[str, Any]]]:
        nonlocal written
        for chunk in iter_export(session, filters, limit):
            written += len(chunk)
            yield [{column.name: getattr(row, column.name) for column in columns} for row in chunk]

    _WRITERS[form](columns, rows(), file)
    return written


def _plain(value: Any) -> Any:
    return value.strftime("%Y-%m-%dT%H:%M:%SZ") if isinstance(value, datetime) else value


def _json(columns: tuple[ExportColumn, ...], rows: Rows, file: BinaryIO) -> None:
    between = b"["
    for chunk in rows:
        for row in chunk:
            file.write(between + orjson.dumps({name: _plain(value) for name, value in row.items()}))
            between = b",\n"
    file.write(b"[]\n" if between == b"[" else b"]\n")


def _csv(columns: tuple[ExportColumn, ...], rows: Rows, file: BinaryIO) -> None:
    """UTF-8 with a byte order mark: without it Excel takes Russian for another code page."""
    lines = io.TextIOWrapper(file, encoding="utf-8-sig", newline="", write_through=True)
    writer = csv.writer(lines)
    writer.writerow(column.name for column in columns)
    for chunk in rows:
        writer.writerows([_harmless(_plain(value)) for value in row.values()] for row in chunk)
    lines.flush()
    lines.detach()


def _harmless(value: Any) -> Any:
    """A text that a spreadsheet would run as a formula gets an apostrophe before it."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA_STARTS) else value


def _xlsx(columns: tuple[ExportColumn, ...], rows: Rows, file: BinaryIO) -> None:
    import xlsxwriter  # noqa: PLC0415 (slow to import, needed for one format)

    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(file, options) as book:
        heading = book.add_format({"bold": True})
        sheet, line = None, SHEET_ROWS + 1
        for chunk in rows:
            for row in chunk:
                if line > SHEET_ROWS:
                    sheet, line = _add_sheet(book, columns, heading), 1
                _write_line(sheet, line, row.values())
                line += 1
        if sheet is None:
            _add_sheet(book, columns, heading)


def _add_sheet(book: Any, columns: tuple[ExportColumn, ...], heading: Any) -> Any:
    sheet = book.add_worksheet()
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, len(columns) - 1, 18)
    for place, column in enumerate(columns):
        sheet.write_string(0, place, column.name, heading)
    return sheet


def _write_line(sheet: Any, line: int, values: Iterable[Any]) -> None:
    for place, value in enumerate(values):
        if value is None:
            continue
        if isinstance(value, bool):
            sheet.write_boolean(line, place, value)
        elif isinstance(value, int) and abs(value) < _EXCEL_DIGITS:
            sheet.write_number(line, place, value)
        else:
            sheet.write_string(line, place, str(_plain(value))[:_CELL_CHARACTERS])


def _parquet(columns: tuple[ExportColumn, ...], rows: Rows, file: BinaryIO) -> None:
    import pyarrow as pa  # noqa: PLC0415 (slow to import, needed for one format)
    import pyarrow.parquet as pq  # noqa: PLC0415

    types = {
        "text": pa.string(),
        "number": pa.int64(),
        "flag": pa.bool_(),
        "instant": pa.timestamp("s", tz="UTC"),
    }
    schema = pa.schema([(column.name, types[column.kind]) for column in columns])
    with pq.ParquetWriter(file, schema, compression="zstd") as writer:
        for chunk in rows:
            writer.write_table(pa.Table.from_pylist(chunk, schema=schema))


_WRITERS: Final[dict[str, Callable[[tuple[ExportColumn, ...], Rows, BinaryIO], None]]] = {
    "json": _json,
    "csv": _csv,
    "xlsx": _xlsx,
    "parquet": _parquet,
}
