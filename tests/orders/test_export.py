"""Orders as files that Excel and other programs open as they should."""

from __future__ import annotations

import csv
import io
import subprocess
import sys
import tracemalloc
import zipfile
from datetime import UTC, datetime
from typing import Any

import orjson
import pyarrow.parquet as pq
import pytest
from sqlmodel import Session

from tests.keys.test_keyring import save
from tests.orders.samples import START, make_seller, order, statistics, write
from wbcore.keys import keyring
from wbcore.orders import export, writing
from wbcore.orders.browse import iter_columns, page
from wbcore.orders.filters import OrderFilters
from wbcore.store import db

DANGEROUS = ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx"]


@pytest.fixture
def seller(session: Session) -> int:
    seller_id = make_seller(session)
    save(session, "магазин", seller=keyring.get_seller(session, seller_id))
    write(session, seller_id, [order(n, article=f"Платье {n}") for n in range(30)])
    return seller_id


def exported(session: Session, form: Any, filters: OrderFilters | None = None, **options: Any) -> bytes:
    file = io.BytesIO()
    export.export(session, filters or OrderFilters(), form, file, **options)
    return file.getvalue()


def sheet_of(book: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(book)) as archive:
        return archive.read("xl/worksheets/sheet1.xml").decode()


def test_json_has_the_contracts_fields(session: Session, seller: int) -> None:
    rows = orjson.loads(exported(session, "json"))
    assert len(rows) == 30
    assert rows[-1] == rows[-1] | {
        "id": 1000,
        "rid": "rid-0",
        "created_at": "2026-11-01T00:00:00Z",
        "article": "Платье 0",
        "nm_id": 500,
        "price": 150_000,
        "currency_code": 643,
        "supplier_status": None,
        "wb_status": None,
        "key": "магазин",
    }
    assert rows == [export.as_dict(row) for row in page(session, OrderFilters()).rows]


def test_csv_opens_in_excel_in_russian(session: Session, seller: int) -> None:
    data = exported(session, "csv")
    assert data.startswith(b"\xef\xbb\xbf")
    assert data.count(b"\xef\xbb\xbf") == 1
    rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))
    assert len(rows) == 30
    assert rows[0]["article"] == "Платье 29"
    assert rows[0]["price"] == "150029"


@pytest.mark.parametrize("text", DANGEROUS)
def test_no_text_of_wb_runs_as_a_formula(session: Session, seller: int, text: str) -> None:
    write(session, seller, [order(99, article=text)])
    data = exported(session, "csv")
    rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    assert rows[0]["article"] == f"'{text}"
    assert "<f>" not in sheet_of(exported(session, "xlsx"))


def test_excel_keeps_long_ids_whole(session: Session, seller: int) -> None:
    write(session, seller, [order(99, id=9_007_199_254_740_993)])
    sheet = sheet_of(exported(session, "xlsx"))
    assert "9007199254740993" in sheet
    assert "Платье 29" in sheet
    assert sheet.count("<row ") == 32


def test_excel_gets_a_further_sheet_when_one_is_full(
    session: Session, seller: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "SHEET_ROWS", 20)
    with zipfile.ZipFile(io.BytesIO(exported(session, "xlsx"))) as archive:
        sheets = [name for name in archive.namelist() if "worksheets/sheet" in name]
        assert len(sheets) == 2
        assert archive.read("xl/worksheets/sheet2.xml").count(b"<row ") == 11


def test_parquet_has_types(session: Session, seller: int) -> None:
    table = pq.read_table(io.BytesIO(exported(session, "parquet")))
    assert table.num_rows == 30
    first = table.slice(29, 1).to_pylist()[0]
    assert (first["id"], first["created_at"], first["supplier_status"]) == (1000, START, None)


@pytest.mark.parametrize("form", ["json", "csv", "xlsx", "parquet"])
def test_nothing_found_is_a_valid_file(session: Session, seller: int, form: str) -> None:
    data = exported(session, form, OrderFilters(text="nothing"))
    if form == "json":
        assert orjson.loads(data) == []
    elif form == "parquet":
        assert pq.read_table(io.BytesIO(data)).num_rows == 0
    elif form == "csv":
        assert data.decode("utf-8-sig").startswith("id,rid,created_at")
    else:
        assert sheet_of(data).count("<row ") == 1


@pytest.mark.parametrize("form", ["json", "csv", "xlsx", "parquet"])
def test_statistics_have_files_too(session: Session, seller: int, form: str) -> None:
    writing.write_statistics(session, seller, [statistics(n) for n in range(3)], run_id="run")
    data = exported(session, form, OrderFilters(kind="statistics"))
    if form == "json":
        row = orjson.loads(data)[-1]
        assert (row["srid"], row["finished_price"]) == ("rid-0", 110_010)
        assert row["is_cancel"] is False
    if form == "parquet":
        assert pq.read_table(io.BytesIO(data)).column("date")[2].as_py() == datetime(2026, 11, 1, tzinfo=UTC)
    assert data


def test_files_for_programs_have_every_column_that_the_first_version_gave_them(
    session: Session, seller: int
) -> None:
    """Scripts read them by name, and CSV also by place."""
    writing.write_statistics(session, seller, [statistics(0)], run_id="run")
    told = exported(session, "csv", OrderFilters(kind="statistics")).decode("utf-8-sig")
    names = "srid,date,article,nm_id,key,last_change_date,barcode,warehouse_name,region_name,total_price"
    assert told.splitlines()[0].startswith(names)
    assert next(csv.DictReader(io.StringIO(told)))["barcode"] == "2000000000001"
    names = "id,rid,created_at,article,nm_id,price,currency_code,supplier_status,wb_status,key"
    assert exported(session, "csv").decode("utf-8-sig").startswith(names)


def test_limit_and_chunks_lose_nothing(session: Session, seller: int) -> None:
    assert len(orjson.loads(exported(session, "json", limit=7))) == 7
    chunks = list(iter_columns(session, OrderFilters(), chunk=8))
    assert [part.count for part in chunks] == [8, 8, 8, 6]
    assert len({one for part in chunks for one in part.values["id"]}) == 30
    assert [part.count for part in iter_columns(session, OrderFilters(), limit=10, chunk=8)] == [8, 2]
    assert list(iter_columns(session, OrderFilters(), limit=0)) == []


def test_memory_does_not_grow_with_the_rows(sqlite: str) -> None:
    class Nowhere(io.RawIOBase):
        def writable(self) -> bool:
            return True

        def write(self, data: Any) -> int:
            return len(data)

    with db.session() as session:
        seller_id = make_seller(session)
        peaks = []
        for thousands in (4, 16):
            for start in range(0, thousands * 1000, 1000):
                write(session, seller_id, [order(start + n) for n in range(1000)])
            tracemalloc.start()
            written = export.export(session, OrderFilters(), "csv", Nowhere())  # type: ignore[arg-type]
            peaks.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()
            assert written == thousands * 1000
    assert peaks[1] < peaks[0] * 1.3


_WITHOUT_PANDAS = """
import io, sys
from wbcore.orders import export
from wbcore.orders.browse import Columns
columns = export.COLUMNS["statistics"]
values = {c.name: [1, None] if c.kind in ("number", "instant", "flag") else ["=a", None] for c in columns}
for form in ("csv", "parquet"):
    export._WRITERS[form](columns, iter([Columns(values, 2)]), io.BytesIO())
print("pandas" in sys.modules)
import pandas, pyarrow
print(pyarrow.Table.from_pandas(pandas.DataFrame({"a": [1.0, None]})).to_pydict())
"""


def test_no_file_needs_pandas() -> None:
    """Arrow would import it at its first list, which takes more memory than the file; later it is welcome."""
    done = subprocess.run([sys.executable, "-c", _WITHOUT_PANDAS], check=True, capture_output=True, text=True)
    assert done.stdout.splitlines() == ["False", "{'a': [1.0, None]}"]


def test_instants_of_all_times_are_iso_8601(session: Session, seller: int) -> None:
    times = ["1999-12-31T23:59:59Z", "2026-10-25T00:30:00.999Z", "2028-02-29T12:00:00Z", "no time"]
    write(session, seller, [order(100 + n, createdAt=time) for n, time in enumerate(times)])
    rows = csv.DictReader(io.StringIO(exported(session, "csv").decode("utf-8-sig")))
    told = {int(row["id"]): row["created_at"] for row in rows}
    said = ["1999-12-31T23:59:59Z", "2026-10-25T00:30:00Z", "2028-02-29T12:00:00Z", ""]
    assert [told[1100 + n] for n in range(4)] == said
