"""Files of orders: no text of others is run as a formula, whatever stands before its sign."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest
from sqlmodel import Session

from tests.orders.samples import make_seller, order
from wbcore.orders import export, writing
from wbcore.orders.filters import OrderFilters
from wbcore.store import db

BAD = (
    *('=HYPERLINK("http://x")', "+1", "-1+1", "@SUM(1)", "\t=1", "\r=1", "\n=1"),
    *("  =1", "\u00a0=1", "\ufeff=1", "\u200b=1", " \n =1", "\uff1d1", "\uff0b1", "\uff0d1", "\uff201"),
    *("A;=1", "A; =1", "A\n=cmd|' /C calc'!A0", "A\t@x", "A;\uff1d1"),
)
GOOD = ("A-1", "a=b", "x+y", "me@example", "синий; красный", "10-20")


@pytest.fixture
def session(sqlite: str) -> Iterator[Session]:
    with db.session() as opened:
        yield opened


def written(session: Session, form: Any) -> bytes:
    seller = make_seller(session)
    rows = [order(number, article=text) for number, text in enumerate((*BAD, *GOOD))]
    writing.write_orders(session, seller, rows, run_id="run", source="period")
    session.commit()
    file = io.BytesIO()
    export.export(session, OrderFilters(), form, file)
    return file.getvalue()


def cells(text: str, delimiter: str) -> list[str]:
    """As a spreadsheet with this separator reads the file."""
    whole = csv.reader(io.StringIO(text, newline=""))
    lines = re.split(r"[\r\n]+", text)  # a quoted line break does not hold where the quote begins no cell
    rows = whole if delimiter == "," else csv.reader(lines, delimiter=delimiter)
    return [cell for line in rows for cell in line]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_no_cell_of_a_csv_is_a_formula(delimiter: str, session: Session) -> None:
    text = written(session, "csv").decode("utf-8-sig")
    numbers = re.compile(r"-?\d+")
    bad = [
        cell
        for cell in cells(text, delimiter)
        if re.match(r"[\s\u200b\ufeff]*[=+\-@\uff1d\uff0b\uff0d\uff20]", cell) and not numbers.fullmatch(cell)
    ]
    assert bad == []
    found = cells(text, ",")
    assert all(word in found for word in GOOD)


def test_a_workbook_has_no_formula_and_no_link(session: Session) -> None:
    with zipfile.ZipFile(io.BytesIO(written(session, "xlsx"))) as book:
        names = book.namelist()
        sheets = "".join(book.read(name).decode() for name in names if "sheet" in name)
    assert "<f>" not in sheets
    assert "hyperlink" not in sheets.lower().replace("=hyperlink(", "")
    assert not [name for name in names if "externalLink" in name]
