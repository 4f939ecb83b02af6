"""``orders``: what has been imported, as a table or a file."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from wbcore.cli.options import FirstDay, Json, LastDay, OptionalKeyName, parse_days
from wbcore.cli.output import WrongUsageError, out

TABLE_ROWS = 50


class OrderSource(StrEnum):
    fbs = "fbs"
    statistics = "statistics"


class Format(StrEnum):
    json = "json"
    csv = "csv"
    xlsx = "xlsx"
    parquet = "parquet"


BINARY = frozenset({Format.xlsx, Format.parquet})


def orders(
    key: OptionalKeyName = None,
    source: Annotated[OrderSource, typer.Option(help=out.text("help-orders-source"))] = OrderSource.fbs,
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

    database.prepare()
    filters = database.order_filters(key, source.value, days, status)
