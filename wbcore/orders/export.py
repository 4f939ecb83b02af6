"""Orders as files: CSV, Excel, Parquet, JSON. Rows stream through, so memory does not grow with them."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from itertools import chain, islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO, Final, Literal

import orjson
from sqlmodel import Session

from wbcore.orders.browse import Columns, count, iter_columns
from wbcore.orders.filters import OrderFilters
from wbcore.orders.tables import FeedRow, OrderRow, StatisticsRow
from wbcore.people import audit
from wbcore.people.actor import Actor, Right, require

Format = Literal["json", "csv", "xlsx", "parquet"]
Parts = Iterable[Columns]
AnyRow = OrderRow | StatisticsRow | FeedRow

XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
"""What browsers call a book of Excel's."""
SHEET_ROWS: Final = 1_048_575
"""Rows below the heading that Excel takes; what is more goes to a further sheet."""
CELL_CHARACTERS: Final = 32_767
EXCEL_DIGITS: Final = 10**15
"""Excel keeps 15 digits: a longer number is written as text, an id must stay what it is."""
_FORMULA: Final = re.compile(
    r"(^|[;\t\r\n])"  # where a spreadsheet begins a cell: a Russian one parts the columns with semicolons
    r"([\s\x00-\x1f\u200b-\u200f\u2060\ufeff]*)"  # what it passes over
    r"([=+\-@\uff1d\uff0b\uff0d\uff20])"  # also the wide signs of an Asian keyboard
)
_CONTROLS: Final = ("\t", "\r", "\n")
_SUSPICIOUS: Final = (
    r"(^|[;\t\r\n])[\s\x00-\x1f\x{200b}-\x{200f}\x{2060}\x{feff}]*"
    r"[=+\-@\x{ff1d}\x{ff0b}\x{ff0d}\x{ff20}]|^[\t\r\n]"
)
"""What ``harmless`` changes, in the words of Arrow's regular expressions."""
COLUMN_WIDTH: Final = 18.0
GROUP_ROWS: Final = 20_000
"""Rows of a row group in Parquet."""


@dataclass(frozen=True, slots=True)
class ExportColumn:
    name: str
    kind: Literal["text", "number", "flag", "instant"]


_FOR_PEOPLE: Final = ("barcode", "office", "required_meta", "is_zero", "is_b2b")
"""Columns of orders that came later: the machines' format stays what it was."""


def _columns(
    row: type[AnyRow], first: tuple[str, ...], without: tuple[str, ...] = ()
) -> tuple[ExportColumn, ...]:
    kinds: dict[str, Literal["text", "number", "flag", "instant"]] = {
        "int": "number",
        "int | None": "number",
        "bool": "flag",
        "datetime | None": "instant",
    }
    found = {
        field.name: ExportColumn(field.name, kinds.get(str(field.type), "text"))
        for field in fields(row)
        if field.name not in ("seller_id", "statistics", "order", *without)
    }
    return (*(found.pop(name) for name in first), *found.values())


COLUMNS: Final[dict[str, tuple[ExportColumn, ...]]] = {
    "orders": _columns(
        OrderRow,
        (
            *("id", "rid", "created_at", "article", "nm_id", "price", "currency_code"),
            *("supplier_status", "wb_status", "key", "model"),
        ),
        _FOR_PEOPLE,
    ),
    "statistics": _columns(StatisticsRow, ("srid", "date", "article", "nm_id", "key")),
    "order_feed": _columns(
        FeedRow, ("srid", "created_at", "nm_id", "seller_price", "currency", "status", "key")
    ),
}
"""Columns of the files by kind of rows; the contract's come first."""


_KIND_OF: Final[dict[type[Any], str]] = {
    OrderRow: "orders",
    StatisticsRow: "statistics",
    FeedRow: "order_feed",
}


def as_dict(row: AnyRow) -> dict[str, Any]:
    """A row as the JSON output has it: instants ISO 8601 in UTC, money in minor units."""
    return {column.name: _plain(getattr(row, column.name)) for column in COLUMNS[_KIND_OF[type(row)]]}


def export(
    session: Session,
    filters: OrderFilters,
    form: Format,
    file: BinaryIO,
    limit: int | None = None,
    *,
    on_rows: Callable[[int], object] | None = None,
    by: Actor | None = None,
) -> int:
    """Writes all rows of a filter, newest first; how many.

    Args:
        file: opened for binary writing; it is not closed.
        on_rows: told how many rows there are so far; what it raises ends the writing.

    Raises:
        NotAllowed: ``by`` may take nothing along.
    """
    acting = require(by, Right.EXPORT)
    # Told before it begins: what has left can't be taken back.
    audit.record(session, acting, "orders_exported", filters.kind, form=form, key=filters.key)
    session.commit()
    columns, written = COLUMNS[filters.kind], 0

    def parts() -> Iterator[Columns]:
        nonlocal written
        for part in iter_columns(session, filters, limit, only=[column.name for column in columns]):
            yield part
            written += part.count
            if on_rows is not None:
                on_rows(written)

    if form == "xlsx":
        every = parts()
        begun = list(islice(every, 1))
        # Counted after the reading has begun: no row that is read is later than this.
        rows = count(session, filters)
        sheets = -(-(rows if limit is None else min(rows, limit)) // SHEET_ROWS)
        _xlsx(columns, chain(begun, every), file, sheets)
    else:
        _WRITERS[form](columns, parts(), file)
    return written


def _plain(value: Any) -> Any:
    return value.strftime("%Y-%m-%dT%H:%M:%SZ") if isinstance(value, datetime) else value


def _texts(column: ExportColumn, part: Columns) -> Sequence[Any]:
    """A column's values as a text format has them: instants ISO 8601 in UTC."""
    values = part.values[column.name]
    if column.kind == "instant":
        return [_iso(seconds) if seconds else None for seconds in values]
    if column.kind == "flag":
        return [None if value is None else bool(value) for value in values]
    return values


def _iso(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _lines(columns: Sequence[ExportColumn], part: Columns) -> Iterator[dict[str, Any]]:
    names = [column.name for column in columns]
    for row in zip(*(_texts(column, part) for column in columns), strict=True):
        yield dict(zip(names, row, strict=True))


def _json(columns: tuple[ExportColumn, ...], parts: Parts, file: BinaryIO) -> None:
    between = b"["
    for part in parts:
        for row in _lines(columns, part):
            file.write(between + orjson.dumps(row))
            between = b",\n"
    file.write(b"[]\n" if between == b"[" else b"]\n")


# --- Arrow: Parquet and CSV ---------------------------------------------------------------------------------


def harmless(value: Any) -> Any:
    """A text that a spreadsheet would run as a formula gets an apostrophe before it."""
    if not isinstance(value, str):
        return value
    safe = _FORMULA.sub(r"\1\2'\3", value)
    return f"'{safe}" if safe.startswith(_CONTROLS) else safe


def _schema(columns: Sequence[ExportColumn]) -> Any:
    import pyarrow as pa  # noqa: PLC0415 (slow to import, needed for two formats)

    pa.set_memory_pool(pa.system_memory_pool())  # Arrow's own keeps what it has had: 50 MB more
    _without_pandas(pa)
    types = {
        "text": pa.string(),
        "number": pa.int64(),
        "flag": pa.bool_(),
        "instant": pa.timestamp("s", tz="UTC"),
    }
    return pa.schema([(column.name, types[column.kind]) for column in columns])


class _NoPandas:
    """An importer that has none."""

    def find_spec(self, name: str, *_: object) -> None:
        if name == "pandas":
            raise ModuleNotFoundError(name=name)


def _without_pandas(pa: Any) -> None:
    """Arrow imports pandas at its first list, to know whether that is one of its own: 40 MB, half a second.

    Nothing here is. Whoever hands Arrow a frame later in this process is served all the same.
    """
    if "pandas" not in sys.modules:
        none: Any = _NoPandas()
        sys.meta_path.insert(0, none)
        try:
            pa.array([], pa.int64())
        finally:
            sys.meta_path.remove(none)


def _batch(columns: Sequence[ExportColumn], schema: Any, part: Columns) -> Any:
    """A part as Arrow has it."""
    import pyarrow as pa  # noqa: PLC0415

    def array(column: ExportColumn) -> Any:
        values = part.values[column.name]
        if column.kind == "instant":
            values = [seconds or None for seconds in values]
        elif column.kind == "flag":
            values = _texts(column, part)
        return pa.array(values, schema.field(column.name).type)

    return pa.record_batch([array(column) for column in columns], schema=schema)


def _parquet(columns: tuple[ExportColumn, ...], parts: Parts, file: BinaryIO) -> None:
    import pyarrow as pa  # noqa: PLC0415
    import pyarrow.parquet as pq  # noqa: PLC0415

    schema = _schema(columns)
    with pq.ParquetWriter(file, schema, compression="zstd") as writer:
        waiting: list[Any] = []
        for part in parts:
            waiting.append(_batch(columns, schema, part))
            if sum(batch.num_rows for batch in waiting) >= GROUP_ROWS:
                writer.write_table(pa.Table.from_batches(waiting))
                waiting.clear()
        if waiting:
            writer.write_table(pa.Table.from_batches(waiting))


def _csv(columns: tuple[ExportColumn, ...], parts: Parts, file: BinaryIO) -> None:
    """UTF-8 with a byte order mark: without it Excel takes Russian for another code page."""
    import pyarrow as pa  # noqa: PLC0415
    from pyarrow import csv as arrow_csv  # noqa: PLC0415

    schema = _schema(columns)
    shown = pa.schema(
        [(c.name, pa.string() if c.kind == "instant" else schema.field(c.name).type) for c in columns]
    )
    file.write(b"\xef\xbb\xbf" + ",".join(column.name for column in columns).encode() + b"\r\n")
    options = arrow_csv.WriteOptions(include_header=False, quoting_style="needed")
    for part in parts:
        batch = _batch(columns, schema, part)
        texts = [_as_text(column, array) for column, array in zip(columns, batch.columns, strict=True)]
        lines = pa.BufferOutputStream()
        arrow_csv.write_csv(pa.record_batch(texts, schema=shown), lines, options)
        file.write(lines.getvalue())


def _as_text(column: ExportColumn, values: Any) -> Any:
    """Instants in ISO 8601; no text is a formula."""
    import pyarrow as pa  # noqa: PLC0415
    from pyarrow import compute  # noqa: PLC0415

    if column.kind == "instant":  # strftime, and a cast of what has a zone, take twenty times as long
        told = compute.utf8_replace_slice(values.view(pa.timestamp("s")).cast(pa.string()), 10, 11, "T")
        end, between = pa.scalar("Z", pa.string()), pa.scalar("", pa.string())
        return compute.binary_join_element_wise(told, end, between)
    if column.kind != "text" or values.null_count == len(values):
        return values
    told = values.dictionary_encode()  # most texts come again and again
    if not compute.any(compute.match_substring_regex(told.dictionary, _SUSPICIOUS)).as_py():
        return values
    safe = pa.array([harmless(value) for value in told.dictionary.to_pylist()], pa.string())
    return safe.take(told.indices)


# --- Excel --------------------------------------------------------------------------------------------------


def _xlsx(columns: tuple[ExportColumn, ...], parts: Parts, file: BinaryIO, sheets: int) -> None:
    """Cells are texts, numbers and flags: whatever a text begins with, it is never a formula nor a link.

    Rows stream into the book.
    """
    import rustpy_xlsxwriter as xlsx  # noqa: PLC0415 (slow to import, needed for one format)

    rows = (line for part in parts for line in _lines(columns, _for_excel(columns, part)))
    first = next(rows, None)
    with book_beside(file) as book:
        if first is None:
            headings = nothing([column.name for column in columns])
            xlsx.write_worksheet(headings, book, _sheet_name(0), freeze_row=1, bold_headers=True)
        else:
            rest = chain([first], rows)
            filled: list[Any] = [(_sheet_name(n), islice(rest, SHEET_ROWS)) for n in range(max(1, sheets))]
            widths = {name: COLUMN_WIDTH for name, _ in filled}
            frozen = {"general": {"row": 1, "col": 0}}
            xlsx.write_worksheets(filled, book, freeze_panes=frozen, bold_headers=True, column_width=widths)


def nothing(names: Sequence[str]) -> Any:
    """Columns without a row, as a book takes them."""
    import pyarrow as pa  # noqa: PLC0415

    return pa.schema([(name, pa.string()) for name in names]).empty_table()


@contextmanager
def book_beside(file: BinaryIO) -> Iterator[str]:
    """The path of a book that goes into ``file`` when it is made.

    An archive's writer goes back to what it has written: ``file`` may not let it.
    """
    with TemporaryDirectory(prefix="wb-desk") as folder:
        book = Path(folder) / "orders.xlsx"
        yield str(book)
        with book.open("rb") as made:
            shutil.copyfileobj(made, file, 1 << 20)


def _sheet_name(number: int) -> str:
    return f"Sheet{number + 1}"


def _for_excel(columns: Sequence[ExportColumn], part: Columns) -> Columns:
    """No number that is too long, and no text."""
    changed: dict[str, Sequence[Any]] = {}
    for column in columns:
        values = part.values[column.name]
        if column.kind == "number" and any(abs(value) >= EXCEL_DIGITS for value in values if value):
            changed[column.name] = [
                str(value) if value is not None and abs(value) >= EXCEL_DIGITS else value for value in values
            ]
        elif column.kind == "text" and any(len(value) > CELL_CHARACTERS for value in values if value):
            changed[column.name] = [value and value[:CELL_CHARACTERS] for value in values]
    return replace(part, values={**part.values, **changed}) if changed else part


_WRITERS: Final[dict[str, Callable[[tuple[ExportColumn, ...], Parts, BinaryIO], None]]] = {
    "json": _json,
    "csv": _csv,
    "parquet": _parquet,
}
