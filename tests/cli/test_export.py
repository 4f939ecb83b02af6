"""``orders``: the same rows in every format, to a file or to a pipe."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import time
import zipfile
from pathlib import Path

import pyarrow.parquet
import pytest

from tests.cli.conftest import Cli, RunningSandbox
from wbcore.cli.orders_command import DEAD_S, _written

ROWS = 300


@pytest.fixture(scope="module")
def imported(
    prepared: Path, shared_sandbox: RunningSandbox, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The data folder after an import, for tests that copy it."""
    cli = Cli(tmp_path_factory.mktemp("imported") / "data", shared_sandbox.gateway)
    shutil.copytree(prepared, cli.data)
    shared_sandbox.control("reset")
    shared_sandbox.control("latency", {"seconds": 0})
    cli.json("key", "add", "k", stdin=shared_sandbox.tokens["full"])
    cli.json("import", "--key", "k", "--no-statuses")
    return cli.data


@pytest.fixture
def filled(imported: Path, tmp_path: Path) -> Cli:
    shutil.copytree(imported, tmp_path / "data")
    return Cli(tmp_path / "data")


def test_that_nothing_fits_is_not_told_as_if_nothing_were_there(filled: Cli, tmp_path: Path) -> None:
    for options in (
        ("--status", "nonsense"),
        ("--from", "2999-01-01"),
        ("--source", "dbs"),
        ("--limit", "0"),
    ):
        told = filled.run("orders", *options, WB_LANG="en").text
        assert told.strip() == "No orders fit these options. All that were imported: python -m wbcore orders"
    nothing = Cli(tmp_path / "nothing").run("orders", WB_LANG="en").text
    assert nothing.startswith("There are no orders yet.")


def ids_of(form: str, data: bytes) -> list[int]:
    """The orders' ids in a file of this format."""
    if form == "json":
        return [row["id"] for row in json.loads(data)]
    if form == "csv":
        return [int(row["id"]) for row in csv.DictReader(io.StringIO(data.decode("utf-8-sig")))]
    if form == "parquet":
        ids: list[int] = pyarrow.parquet.read_table(io.BytesIO(data)).column("id").to_pylist()
        return ids
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    return list(range(sheet.count("<row ") - 1))


@pytest.mark.parametrize("form", ["json", "csv", "xlsx", "parquet"])
def test_the_same_rows_in_a_file_and_in_a_pipe(filled: Cli, tmp_path: Path, form: str) -> None:
    limit = ("--limit", str(ROWS))
    expected = [row["id"] for row in filled.json("orders", *limit)]
    assert len(expected) == ROWS

    piped = ids_of(form, filled.run("orders", "--format", form, *limit).stdout)
    file = tmp_path / f"заказы.{form}"
    told = filled.json("orders", "--format", form, "--out", str(file), *limit)
    written = ids_of(form, file.read_bytes())
    assert told["rows"] == ROWS
    assert told["file"] == str(file)
    if form == "xlsx":
        assert len(piped) == len(written) == ROWS
    else:
        assert piped == written == expected


@pytest.mark.skipif(os.name != "posix", reason="pipes of POSIX")
def test_what_is_there_and_is_no_file_stays_what_it_is(filled: Cli, tmp_path: Path) -> None:
    """``--out /dev/null`` by an administrator left the machine without one."""
    pipe = tmp_path / "out" / "pipe"
    pipe.parent.mkdir()
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    told = filled.json("orders", "--format", "csv", "--out", str(pipe), "--limit", "5")
    assert pipe.is_fifo()
    assert told["rows"] == len(ids_of("csv", os.read(reader, 65_536))) == 5
    assert [one.name for one in pipe.parent.iterdir()] == ["pipe"]
    os.close(reader)


def test_two_who_write_the_same_file_at_once_leave_one_of_the_two(tmp_path: Path) -> None:
    file = tmp_path / "orders.csv"
    with _written(file) as first:
        first.write(b"of the first")
        with _written(file) as second:
            second.write(b"of the second")
            first.write(b", whole")
    assert file.read_bytes() == b"of the first, whole"
    assert [one.name for one in tmp_path.iterdir()] == ["orders.csv"]


def test_what_a_killed_command_has_left_goes_with_the_next_one(tmp_path: Path) -> None:
    """Each one that was killed left a hidden file as large as the orders, for ever."""
    drafts = [tmp_path / f".{name}.0123abcd.part" for name in ("a[1].csv", "b.csv")]
    fresh = tmp_path / ".a[1].csv.89abcdef.part"
    for draft in (*drafts, fresh):
        draft.write_bytes(b"orders")
    for draft in drafts:
        os.utime(draft, (time.time() - DEAD_S - 60,) * 2)
    with _written(tmp_path / "a[1].csv") as target:
        target.write(b"whole")
    assert {one.name for one in tmp_path.iterdir()} == {"a[1].csv", drafts[1].name, fresh.name}


def test_the_table_says_that_there_is_more(filled: Cli) -> None:
    table = filled.run("orders")
    first = filled.json("orders", "--limit", "50")
    assert all(str(row["id"]) in table.text for row in first)
    assert b"50" in table.stderr


def test_a_format_by_the_files_name(filled: Cli, tmp_path: Path) -> None:
    file = tmp_path / "orders.csv"
    filled.run("orders", "--out", str(file), "--limit", "3")
    assert len(ids_of("csv", file.read_bytes())) == 3


def test_a_folder_that_is_not_there(filled: Cli, tmp_path: Path) -> None:
    missing = tmp_path / "missing" / "orders.csv"
    document = filled.json("orders", "--format", "csv", "--out", str(missing), code=1)
    assert str(missing) in document["diagnoses"][0]["summary"]


def test_json_and_another_format_do_not_go_together(filled: Cli) -> None:
    assert filled.run("orders", "--json", "--format", "csv").code == 2
