"""``orders``: what has been imported, as a table or a file."""

from __future__ import annotations

import contextlib
import glob
import secrets
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO

import typer

from wbcore.cli.options import FirstDay, Json, LastDay, OptionalKeyName, parse_days
from wbcore.cli.output import WrongUsageError, out

if TYPE_CHECKING:
    from wbcore.orders.filters import OrderFilters

TABLE_ROWS = 50
DEAD_S = 12 * 3600


class OrderSource(StrEnum):
    fbs = "fbs"
    dbs = "dbs"
    dbw = "dbw"
    click_collect = "click_collect"
    statistics = "statistics"
    order_feed = "order_feed"


class Format(StrEnum):
    json = "json"
    csv = "csv"
    xlsx = "xlsx"
    parquet = "parquet"


BINARY = frozenset({Format.xlsx, Format.parquet})


def orders(
    key: OptionalKeyName = None,
    source: Annotated[
        OrderSource | None, typer.Option(help=out.text("help-orders-source"), show_default=False)
    ] = None,
    since: FirstDay = None,
    until: LastDay = None,
    status: Annotated[str | None, typer.Option(help=out.text("help-status"), show_default=False)] = None,
    limit: Annotated[int | None, typer.Option(min=0, help=out.text("help-limit"), show_default=False)] = None,
    form: Annotated[
        Format | None, typer.Option("--format", help=out.text("help-format"), show_default=False)
    ] = None,
    file: Annotated[Path | None, typer.Option("--out", help=out.text("help-out"), show_default=False)] = None,
    _json: Json = False,
) -> None:
    """Reads what has been imported; sends nothing."""
    days = parse_days(since, until)
    form = _format(form, file)
    from wbcore.cli import database
    from wbcore.orders import export

    database.prepare(secret=False)
    filters = database.order_filters(key, source, days, status)
    if form is None:
        narrowed = any(one is not None for one in (key, source, since, until, status, limit))
        _show_table(filters, limit, narrowed=narrowed)
    elif file is not None:
        with database.reading() as session, _written(file) as target:
            rows = export.export(session, filters, form.value, target, limit)
        _tell_written(form, file, rows)
    else:
        with database.reading() as session, _stdout() as target:
            export.export(session, filters, form.value, target, limit)


def _format(form: Format | None, file: Path | None) -> Format | None:
    """The format that is meant; None: a table for people.

    Raises:
        WrongUsageError: the options contradict each other.
    """
    if form is None and file is not None:
        by_name = file.suffix.lstrip(".").lower()
        form = Format(by_name) if by_name in Format.__members__ else None
        if form is None and not out.json:
            raise WrongUsageError(out.text("format-unknown", file=str(file)))
    if form is None:
        return Format.json if out.json else None
    if file is None and out.json and form is not Format.json:
        raise WrongUsageError(out.text("json-and-format", format=form.value))
    if file is None and form in BINARY and sys.stdout.isatty():
        raise WrongUsageError(out.text("needs-out", format=form.value))
    return form


def _show_table(filters: OrderFilters, limit: int | None, *, narrowed: bool) -> None:
    from wbcore.cli import database
    from wbcore.guidance import terminal

    shown = TABLE_ROWS if limit is None else limit
    rows, more = database.order_documents(filters, shown)
    out.result(rows, lambda: terminal.orders(rows, filters.kind, out.lang, narrowed=narrowed))
    if more and limit is None:
        out.note("orders-shown", count=shown)


@contextlib.contextmanager
def _written(file: Path) -> Iterator[BinaryIO]:
    """A file that is whole or not there: what fails half-way leaves the old one as it was.

    What is there and is no file, a pipe or a device, is written to and stays what it is.
    """
    if file.exists() and not file.is_file():
        with _named(file), _copied(lambda: file.open("wb")) as target:
            yield target
        return
    _remove_dead_drafts(file)
    draft = file.with_name(f".{file.name}.{secrets.token_hex(4)}.part")
    try:
        with _named(file):
            with draft.open("xb") as target:
                yield target
            draft.replace(file)
    finally:
        draft.unlink(missing_ok=True)


def _remove_dead_drafts(file: Path) -> None:
    """What commands that were killed have left of this very file: none writes for so long."""
    with contextlib.suppress(OSError):
        for draft in file.parent.glob(f".{glob.escape(file.name)}.{'[0-9a-f]' * 8}.part"):
            if draft.lstat().st_mtime < time.time() - DEAD_S:
                draft.unlink()


@contextlib.contextmanager
def _named(file: Path) -> Iterator[None]:
    """A failure is told with the name that the operator gave."""
    try:
        yield
    except OSError as error:
        error.filename = str(file)
        raise


@contextlib.contextmanager
def _copied(opened: Callable[[], AbstractContextManager[BinaryIO]]) -> Iterator[BinaryIO]:
    """A pipe can't be wound back, which parquet and xlsx want: they go by a file."""
    with tempfile.TemporaryFile() as draft:
        yield draft
        draft.seek(0)
        with opened() as target:
            shutil.copyfileobj(draft, target)
            target.flush()


def _stdout() -> AbstractContextManager[BinaryIO]:
    """stdout for bytes."""
    return _copied(lambda: contextlib.nullcontext(sys.stdout.buffer))


def _tell_written(form: Format, file: Path, rows: int) -> None:
    from rich.text import Text

    document = {"file": str(file), "format": form.value, "rows": rows}
    out.result(document, lambda: Text(out.text("orders-written", rows=rows, file=str(file))))
