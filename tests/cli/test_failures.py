"""What happens when the installation, the network or patience fails: words, never a traceback."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time

import pytest
from cryptography.fernet import Fernet

from tests.cli.conftest import ORDERS, ROOT, Cli, RunningSandbox
from tests.cli.shapes import Diagnosis, Import
from tests.forked import Running
from tests.older import make_older

OTHER_KEY = Fernet.generate_key().decode()


def told_plainly(cli: Cli, *arguments: str, mentions: str, **extra: str) -> None:
    """The failure is one diagnosis for scripts and one panel for people, both with exit code 1."""
    document = cli.json(*arguments, code=1, **extra)
    (diagnosis,) = [Diagnosis.model_validate(d) for d in document["diagnoses"]]
    assert (diagnosis.code, diagnosis.severity) == ("unknown", "error")
    assert mentions in diagnosis.title + diagnosis.summary
    people = cli.run(*arguments, **extra)
    assert people.code == 1
    assert diagnosis.title in people.text
    assert b"Traceback" not in people.stderr


@pytest.mark.parametrize(
    ("name", "value"),
    [("WB_LANG", "fr"), ("WB_GATEWAY_URL", "ftp://x"), ("WB_LOG_LEVEL", "LOUD"), ("WB_WORKER", "perhaps")],
)
def test_a_wrong_setting_is_named(offline: Cli, name: str, value: str) -> None:
    told_plainly(offline, "key", "list", mentions=name, **{name: value})


def test_what_a_setting_takes_is_told_in_the_language_that_is_set(offline: Cli) -> None:
    said = {
        lang: offline.json("key", "list", code=1, WB_LANG=lang, WB_ZONE="Moscow")["diagnoses"][0]["summary"]
        for lang in ("ru", "en")
    }
    assert "WB_ZONE: the name of a time zone, such as Europe/Moscow" in said["en"]
    assert "WB_ZONE: название часового пояса, например Europe/Moscow" in said["ru"]


def test_a_dashboard_with_a_wrong_setting_ends_with_words(offline: Cli) -> None:
    told_plainly(offline, "serve", mentions="WB_PUBLIC: 1 or 0", WB_PUBLIC="perhaps")
    ended = subprocess.run(
        [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", "0"],
        env=offline.environment(WB_PUBLIC="perhaps"),
        check=False,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert ended.returncode == 1
    assert "WB_PUBLIC: 1 or 0" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_another_encryption_key(cli: Cli, sandbox: RunningSandbox) -> None:
    cli.json("key", "add", "k", stdin=sandbox.tokens["full"])
    for file in cli.data.iterdir():
        if file.is_file() and "sqlite" not in file.name:
            file.unlink()
    told_plainly(cli, "import", "--key", "k", mentions="secret.key")
    told_plainly(cli, "import", "--key", "k", mentions="encryption key", WB_SECRET_KEY=OTHER_KEY)


def test_a_wrong_secret_key_is_not_repeated(offline: Cli, sandbox: RunningSandbox) -> None:
    result = offline.run(
        "key", "add", "k", "--json", stdin=sandbox.tokens["full"], WB_SECRET_KEY="hunter2hunter2"
    )
    assert result.code == 1
    assert b"hunter2" not in result.stdout + result.stderr


def test_a_database_of_a_newer_program_is_left_alone(offline: Cli) -> None:
    offline.json("key", "list")
    (file,) = [f for f in offline.data.glob("*.sqlite") if "jobs" not in f.name]
    with sqlite3.connect(file) as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    database.close()
    told_plainly(offline, "key", "list", mentions="newer")


def test_a_database_of_an_earlier_program_is_changed_in_sight(offline: Cli) -> None:
    offline.json("key", "list")
    file = offline.data / "wb-desk.sqlite"
    make_older(file)
    assert "of an earlier version of WB Desk" in offline.run("key", "list").stderr.decode()
    assert b"WB Desk" not in offline.run("key", "list").stderr, "only once"
    make_older(file)
    assert offline.json("key", "list") == {"keys": []}


def test_a_database_that_is_not_there(offline: Cli) -> None:
    address = "postgresql+psycopg://wb:hunter2@127.0.0.1:9/wb"
    told_plainly(offline, "runs", mentions="database", WB_DATABASE_URL=address)
    result = offline.run("runs", WB_DATABASE_URL=address)
    assert b"hunter2" not in result.stdout + result.stderr


@pytest.mark.parametrize(
    "kind", ["mysql", "mysql+pymysql", "postgresql+psycopg2", "postgresql+asyncpg", "oracle"]
)
def test_a_database_of_a_kind_that_is_not_ours(offline: Cli, kind: str) -> None:
    address = f"{kind}://wb:hunter2@127.0.0.1/wb"
    told_plainly(offline, "runs", mentions="postgresql+psycopg://", WB_DATABASE_URL=address)


@pytest.mark.parametrize("address", ["sqlite:", "postgres", "postgresql+psycopg:"])
def test_the_beginning_of_an_address_leaves_the_example_readable(offline: Cli, address: str) -> None:
    """It was taken for a secret, and "[redacted]" told how an address is to begin."""
    said = offline.run("runs", WB_DATABASE_URL=address).stdout.decode()
    assert "postgresql+psycopg://..." in said
    assert "sqlite:////..." in said


def test_a_data_folder_that_can_not_be_made(offline: Cli) -> None:
    shutil.rmtree(offline.data)
    offline.data.write_text("a file where the folder should be")
    told_plainly(offline, "key", "list", mentions="WB_DATA_DIR")


def test_no_network_is_a_diagnosis(cli: Cli, sandbox: RunningSandbox) -> None:
    cli.json("key", "add", "k", stdin=sandbox.tokens["full"])
    failed = Import.model_validate(
        cli.json("import", "--key", "k", code=1, WB_GATEWAY_URL="http://127.0.0.1:9", timeout=200)
    )
    assert (failed.status, [d.code for d in failed.diagnoses]) == ("failed", ["network_unreachable"])


@pytest.mark.parametrize("options", [["--json"], []], ids=["json", "people"])
def test_ctrl_c_stops_an_import_kindly(cli: Cli, sandbox: RunningSandbox, options: list[str]) -> None:
    cli.json("key", "add", "k", stdin=sandbox.tokens["full"])
    sandbox.control("latency", {"seconds": 1.0})  # of five pages, so that it is met at work
    process = cli.start("import", "--key", "k", "--source", "period", *options)
    wait_for_rows(cli, process)
    process.send_signal(signal.SIGINT)
    stdout, stderr = process.communicate(timeout=120)
    assert process.returncode == 1
    assert b"Traceback" not in stdout + stderr
    run = cli.json("runs")["runs"][0]
    assert run["status"] == "cancelled"
    # What was read before is kept, and counted right.
    assert ORDERS > len(cli.json("orders")) == run["created"] > 0
    if options:
        assert Import.model_validate_json(stdout).status == "cancelled"


def wait_for_rows(cli: Cli, process: Running) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and process.poll() is None:
        for file in cli.data.glob("wb-desk.sqlite"):
            with sqlite3.connect(f"file:{file}?mode=ro", uri=True) as database:
                if database.execute("SELECT count(*) FROM import_run WHERE created > 0").fetchone()[0]:
                    return
        time.sleep(0.02)
    pytest.fail(f"no rows came: {process.communicate()}")


def test_a_reader_that_has_seen_enough(cli: Cli, sandbox: RunningSandbox) -> None:
    cli.json("key", "add", "k", stdin=sandbox.tokens["full"])
    cli.json("import", "--key", "k", "--no-statuses")
    for options in (["--format", "csv"], ["--json"], ["--limit", "1000"]):  # each more than a pipe holds
        read, write = os.pipe()
        process = subprocess.Popen(
            [sys.executable, "-m", "wbcore", "orders", *options],
            stdout=write,
            stderr=subprocess.PIPE,
            cwd=ROOT,
            env=cli.environment(),
        )
        os.close(write)
        os.read(read, 10)
        os.close(read)
        _, stderr = process.communicate(timeout=120)
        assert (process.returncode, stderr) == (0, b"")
