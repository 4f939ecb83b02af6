"""No piece of a token that could be used appears in any output, log or database file."""

from __future__ import annotations

import sqlite3

from tests.cli.conftest import Cli, RunningSandbox


def signature(token: str) -> bytes:
    """The part that makes a token usable; whoever has it can ask WB in the seller's name."""
    return token.rsplit(".", 1)[1].encode()


def test_no_token_in_any_output_log_or_file(cli: Cli, sandbox: RunningSandbox) -> None:
    cli.settings["WB_LOG_LEVEL"] = "DEBUG"
    for number, token in enumerate(sandbox.tokens.values()):
        cli.run("key", "add", f"k{number}", "--json", stdin=token)
    full = sandbox.tokens["full"]
    cli.run("key", "add", "changed", stdin=f"{full[:20]}{full[25:]}")
    cli.run("key", "add", "twice", stdin=full + full)
    cli.run("token", "inspect", stdin=full)
    cli.run("key", "list")
    cli.run("key", "list", "--json")
    cli.run("doctor")
    cli.run("import", "--key", "k0")
    cli.run("import", "--key", "k1", "--json")
    cli.run("import", "--key", "k0", "--json", WB_GATEWAY_URL=sandbox.gateway + "/wrong")
    cli.run("runs", "--json")

    checkpoint(cli)
    files = {path: path.read_bytes() for path in cli.data.rglob("*") if path.is_file()}
    assert [path for path in files if path.suffix == ".sqlite"], "the databases are among the files read"
    places = {**{str(path): data for path, data in files.items()}, "output": b"\n".join(cli.printed)}
    leaks = [
        (name, place)
        for name, token in sandbox.tokens.items()
        for place, data in places.items()
        if signature(token) in data or token.encode() in data
    ]
    assert leaks == []


def checkpoint(cli: Cli) -> None:
    """Moves what still sits in write-ahead logs into the databases, where it stays for years."""
    for file in cli.data.glob("*.sqlite"):
        with sqlite3.connect(file) as database:
            database.execute("PRAGMA wal_checkpoint(PASSIVE)")
        database.close()


def test_the_data_folder_is_the_operators_alone(cli: Cli, sandbox: RunningSandbox) -> None:
    cli.run("key", "add", "k", stdin=sandbox.tokens["full"])
    assert cli.data.stat().st_mode & 0o777 == 0o700
    for path in cli.data.rglob("*"):
        if path.is_file() and b"sqlite" not in path.name.encode() and path.suffix != ".jsonl":
            assert path.stat().st_mode & 0o077 == 0, f"{path} can be read by others"
