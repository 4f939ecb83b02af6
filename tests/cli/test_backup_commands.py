"""``backup``, ``restore``, ``buyers erase`` as a user has them."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import orjson

from tests.cli.conftest import Cli, RunningSandbox


def test_a_copy_comes_back_with_and_without_the_key(cli: Cli, sandbox: RunningSandbox) -> None:
    cli.json("key", "add", "main", stdin=sandbox.tokens["full"])
    imported = cli.json("import", "--key", "main", "--no-statuses")
    file = cli.data.parent / "copy.backup"
    made = cli.json("backup", str(file))
    assert made["rows"]["wb_order"] == imported["created"]
    assert made["bytes"] == file.stat().st_size
    assert sandbox.tokens["full"].encode() not in file.read_bytes()
    cli.json("key", "remove", "main", "--yes")
    assert cli.run("restore", str(file), "--json").code == 2  # nothing without --yes
    assert cli.json("restore", str(file), "--yes")["secret_key"] == "ok"
    assert cli.json("doctor")["keys"][0]["name"] == "main"
    elsewhere = Cli(cli.data.parent / "elsewhere", cli.gateway)
    assert elsewhere.json("restore", str(file), "--yes")["secret_key"] == "missing"
    assert len(elsewhere.json("orders", "--limit", "7")) == 7
    (told,) = elsewhere.json("doctor", code=1)["diagnoses"]
    assert told["details"]["cause"] == "secret-key-missing"
    assert elsewhere.run("restore", "nowhere", "--yes", "--json").code == 2


def test_a_copy_made_right_after_an_upgrade_names_no_buyer(cli: Cli, sandbox: RunningSandbox) -> None:
    """The first version kept comments and addresses in the clear. Who is careful copies before all else."""
    cli.json("key", "add", "main", stdin=sandbox.tokens["full"])
    cli.json("import", "--key", "main", "--no-statuses")
    with closing(sqlite3.connect(cli.data / "wb-desk.sqlite")) as old, old:
        (raw,) = old.execute("SELECT raw FROM wb_order LIMIT 1").fetchone()
        whole = orjson.dumps({**orjson.loads(raw), "comment": "Код домофона 4711"})
        old.execute("UPDATE wb_order SET raw = ? WHERE raw = ?", (whole, raw))
        old.execute("DELETE FROM setting WHERE name = 'buyers.moved'")
    file = cli.data.parent / "first.backup"
    cli.json("backup", str(file))
    assert "Код домофона".encode() not in file.read_bytes()
    assert cli.json("restore", str(file), "--yes")["secret_key"] == "ok"


def test_buyers_are_erased_at_once(cli: Cli, sandbox: RunningSandbox) -> None:
    cli.json("key", "add", "main", stdin=sandbox.tokens["full"])
    cli.json("import", "--key", "main", "--no-statuses", "--clients")
    sid = cli.json("key", "list")["keys"][0]["seller"]["sid"]
    assert cli.run("buyers", "erase", "--json").code == 2
    assert cli.run("buyers", "erase", "--seller", "nobody", "--yes", "--json").code == 2
    assert cli.json("buyers", "erase", "--seller", sid, "--yes")["erased"] > 0
    assert cli.json("buyers", "erase", "--older-than", "0", "--yes")["erased"] == 0
    assert cli.json("orders", "--limit", "1") != []
