"""The secret key on the command line: told when it is missing, wrong or open; rotated; given up."""

from __future__ import annotations

import os
import sqlite3

import pytest
from cryptography.fernet import Fernet

from tests.cli.conftest import Cli, RunningSandbox


@pytest.fixture
def filled(cli: Cli, sandbox: RunningSandbox) -> Cli:
    """Two keys of one seller."""
    for name in ("first", "second"):
        cli.json("key", "add", name, stdin=sandbox.tokens["full"])
    return cli


def test_a_missing_key_is_told_and_not_replaced(filled: Cli) -> None:
    (filled.data / "secret.key").unlink()
    for command in (("key", "list"), ("doctor",), ("import", "--key", "first")):
        (told,) = filled.json(*command, code=1)["diagnoses"]
        assert told["details"]["cause"] == "secret-key-missing"
        assert "secret.key" in told["summary"]
    assert not (filled.data / "secret.key").exists()
    assert filled.json("orders") == []  # what needs no secret goes on


def test_a_wrong_key_is_told_and_an_open_file_is_refused(filled: Cli) -> None:
    (told,) = filled.json("doctor", code=1, WB_SECRET_KEY=Fernet.generate_key().decode())["diagnoses"]
    assert told["details"]["cause"] == "secret-key"
    if os.name == "posix":
        (filled.data / "secret.key").chmod(0o644)
        (told,) = filled.json("key", "list", code=1)["diagnoses"]
        assert told["details"]["cause"] == "secret-key-exposed"
        assert f"chmod 600 {filled.data / 'secret.key'}" in told["summary"]


def test_one_unreadable_token_stops_neither_the_doctor_nor_is_it_told_as_a_wrong_key(filled: Cli) -> None:
    with sqlite3.connect(filled.data / "wb-desk.sqlite") as database:
        broken = Fernet(Fernet.generate_key()).encrypt(b"x")
        database.execute("UPDATE wb_key SET token_encrypted = ? WHERE name = 'first'", (broken,))
    database.close()
    ended = filled.json("import", "--key", "first", code=1)
    assert ended["status"] == "failed"
    assert [d["code"] for d in ended["diagnoses"]] == ["token_malformed"], "no word of a wrong secret key"
    report = filled.json("doctor", code=1)
    first, second = report["keys"]
    assert (first["status"], second["status"]) == ("error", "ok")
    (told,) = first["diagnoses"]
    assert told["code"] == "token_malformed"
    assert "again" in told["summary"]


def test_rotation_and_reset_from_the_command_line(filled: Cli, sandbox: RunningSandbox) -> None:
    old = (filled.data / "secret.key").read_text()
    assert filled.json("secret", "rotate") == {
        "rotated": True,
        "renewed": 2,
        "unreadable": 0,
        "old_keys_removed": 1,
    }
    assert (filled.data / "secret.key").read_text() != old
    assert filled.json("doctor")["status"] == "ok"
    refused = filled.json("secret", "reset", "--yes", code=2)
    assert "nothing is lost" in refused["error"]["message"]
    assert filled.json("doctor")["status"] == "ok"
    (filled.data / "secret.key").write_text(Fernet.generate_key().decode())
    assert filled.run("secret", "reset", "--json").code == 2  # nothing without --yes
    assert filled.json("secret", "reset", "--yes")["tokens"] == 2
    assert {row["status"] for row in filled.json("doctor", code=1)["keys"]} == {"error"}
    filled.json("key", "add", "first", "--replace", stdin=sandbox.tokens["full"])
    assert filled.json("doctor", "--key", "first")["status"] == "ok"
    noted = [one["action"] for one in filled.json("audit", "export")["entries"]]
    assert [one for one in noted if "secret" in one] == ["secret_rotated", "secret_reset"]
    assert noted[-1] == "audit_exported"
