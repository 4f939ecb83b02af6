"""Real faults of a dashboard that runs: a folder that can't be written to, a damaged file, a server away.

Each is told calmly, with a way out, and the way leads on without another start.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests import forked
from tests.conftest import free_port, new_cluster, start_postgres
from tests.people.house import PASSWORD, PATIENCE_S, ROOT, dashboard, furnish, inside, mortal, serve
from tests.people.tab import Tab
from wbcore.guidance import texts
from wbcore.keys import saving
from wbcore.people import users, visitor
from wbcore.people.places import SETUP
from wbcore.sandbox.server import Sandbox
from wbcore.store import backup, db, seen

SOON_S = PATIENCE_S / 2
"""Nobody waits so long for what will not come by itself (``store.patience``)."""

started = contextlib.contextmanager(dashboard)
by_command = contextlib.contextmanager(serve)


def t(key: str) -> str:
    return texts.t("ru", key)


def is_calm(tab: Tab, key: str) -> bool:
    """Whether the screen tells of it in words, with a button to try again, and of nothing from inside."""
    tab.open("orders")
    return t(key) in tab.text and t("page-try-again") in tab.text and "Traceback" not in tab.text


def is_well(tab: Tab) -> bool:
    tab.open("orders")
    return t("page-orders-title") in tab.text and t("page-try-again") not in tab.text


@dataclass(frozen=True)
class Ended:
    code: int
    stdout: str
    stderr: str


def command(data: Path, *arguments: str, address: str = "") -> Ended:
    """A command in a process of its own."""
    folder = Path(tempfile.mkdtemp(dir=data.parent))
    ended = forked.run(arguments, _environment(data, address), b"", folder, 120)
    assert ended is not None, "it did not end"
    return Ended(ended.code, ended.stdout.decode(), ended.stderr.decode())


def command_of_a_mortal(data: Path, *arguments: str, **more: str) -> Ended:
    """The same, by somebody who may not write everywhere."""
    done = subprocess.run(
        [sys.executable, "-m", "wbcore", *arguments],
        cwd=ROOT,
        env=_environment(data) | more,
        capture_output=True,
        text=True,
        check=False,
        timeout=SOON_S,
        preexec_fn=mortal,
    )
    return Ended(done.returncode, done.stdout, done.stderr)


def _environment(data: Path, address: str = "") -> dict[str, str]:
    plain = {k: v for k, v in os.environ.items() if not k.startswith("WB_")} | {"WB_DATA_DIR": str(data)}
    return plain | ({"WB_DATABASE_URL": address} if address else {})


@contextlib.contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """A folder, and all in it, that nobody may write to."""
    paths = [folder, *folder.rglob("*")]
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in paths}
    for path in reversed(paths):
        path.chmod(modes[path] & ~0o222)
    yield
    for path in paths:
        path.chmod(modes[path])


@pytest.mark.skipif(sys.platform != "linux", reason="root is kept from writing by a call of Linux")
def test_a_data_folder_that_can_only_be_read(tmp_path: Path) -> None:
    """At the start, in the middle, and on the command line."""
    data = tmp_path / "data"
    furnish(data)
    with contextlib.ExitStack() as stack:
        with read_only(data):
            house = stack.enter_context(by_command(data, by_a_mortal=True))
            with Tab(house, "") as tab:
                assert is_calm(tab, "page-failure-database-read-only")
            told = command_of_a_mortal(data, "key", "list")
            assert told.code == 1
            assert t("cli-database-read-only-title") in told.stdout
            assert "Traceback" not in told.stdout + told.stderr
        with Tab(house, "") as tab:
            assert is_well(tab)
            with read_only(data):
                tab.open("orders")
                assert "Traceback" not in tab.text  # reading goes on, or it is told
            assert is_well(tab)


@pytest.mark.skipif(sys.platform != "linux", reason="root is kept from writing by a call of Linux")
@pytest.mark.parametrize("sign_in", ["0", "1"])
def test_a_data_folder_that_can_not_be_made_yet(tmp_path: Path, sign_in: str) -> None:
    """As on a disk that is not there at the start: with sign-in the dashboard ended with a traceback."""
    disk = tmp_path / "disk"
    disk.mkdir(mode=0o500)
    data = disk / "desk"
    with by_command(tmp_path / "own", by_a_mortal=True, WB_DATA_DIR=str(data), WB_SIGN_IN=sign_in) as house:
        if sign_in == "1":
            away = house.ask("/orders", headers={"Accept": "text/html"})
            assert (away.status_code, away.text) == (503, t("page-failure-data-folder-out-of-reach"))
        else:
            with Tab(house, "") as tab:
                assert is_calm(tab, "page-failure-data-folder-out-of-reach")
        told = command_of_a_mortal(data, "key", "list")
        assert told.code == 1
        assert t("cli-data-folder-out-of-reach-title") in told.stdout
        disk.chmod(0o700)
        there = house.ask("/orders", headers={"Accept": "text/html"})
        assert there.status_code == (303 if sign_in == "1" else 200)
        assert there.headers.get("Location", "").startswith(SETUP if sign_in == "1" else "")
        code = t("people-console-code").partition(":")[0]
        assert (code in house.output.read_text()) == (sign_in == "1"), "else nobody could become the owner"
        assert command_of_a_mortal(data, "key", "list").code == 0


@pytest.mark.skipif(sys.platform != "linux", reason="root is kept from writing by a call of Linux")
def test_a_folder_that_is_read_but_not_written_says_so_and_can_be_copied(tmp_path: Path) -> None:
    """Beside a database that is in use reading goes on, so that it is a command's own writing that fails."""
    data, copy = tmp_path / "data", tmp_path / "copy"
    furnish(data)
    command(data, "user", "list")  # makes the key file
    with contextlib.closing(sqlite3.connect(data / "wb-desk.sqlite")) as used:
        used.execute("SELECT count(*) FROM alembic_version").fetchone()
        with read_only(data):
            worker = command_of_a_mortal(data, "worker")
            copied = command_of_a_mortal(data, "backup", str(copy))
            rotated = command_of_a_mortal(data, "secret", "rotate")
    assert (worker.code, rotated.code) == (1, 1)
    assert t("cli-database-read-only-title") in worker.stdout
    assert copied.code == 0, copied.stdout + copied.stderr
    assert copy.stat().st_size > 0
    assert t("cli-backup-not-in-audit").split(":", maxsplit=1)[0] in copied.stdout
    assert t("cli-secret-key-out-of-reach-title") in rotated.stdout
    assert "Traceback" not in worker.stderr + copied.stderr + rotated.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="root is kept from writing by a call of Linux")
def test_a_file_that_is_not_written_to_is_told_soon_by_what_asks_wildberries(tmp_path: Path) -> None:
    """After two minutes an import said so, and a check that WB Desk itself was at fault."""
    data = tmp_path / "data"
    furnish(data)
    with Sandbox(orders=3) as sandbox, contextlib.closing(sqlite3.connect(data / "wb-desk.sqlite")) as used:
        used.execute("SELECT count(*) FROM alembic_version").fetchone()  # what is written stays in the log
        with inside(data, WB_GATEWAY_URL=sandbox.gateway):
            assert saving.add_key("shop", sandbox.tokens["full"]).saved
        assert command(data, "key", "list").code == 0  # the first one notes which secret key fits
        with read_only(data):
            assert command_of_a_mortal(data, "key", "list").code == 0, "it can be read"
            for asked in (("doctor",), ("import", "--key", "shop")):
                told = command_of_a_mortal(data, *asked, WB_GATEWAY_URL=sandbox.gateway)
                assert told.code == 1
                assert t("cli-database-read-only-title") in told.stdout
                assert "Traceback" not in told.stdout + told.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="root is kept from writing by a call of Linux")
def test_nothing_is_put_back_into_a_file_that_is_not_written_to(tmp_path: Path) -> None:
    """It was told that the database does not answer."""
    data, copy = tmp_path / "data", tmp_path / "copy"
    furnish(data)
    assert command(data, "backup", str(copy)).code == 0
    (data / "wb-desk.sqlite").chmod(0o400)
    told = command_of_a_mortal(data, "restore", str(copy), "--yes")
    assert told.code == 1
    assert t("cli-database-read-only-title") in told.stdout
    assert "Traceback" not in told.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="root is kept from reading by a call of Linux")
def test_a_key_file_of_somebody_else_is_not_called_a_wrong_key(tmp_path: Path) -> None:
    """As a copy that an administrator has put back leaves it; the way out is not another key."""
    data = tmp_path / "data"
    furnish(data)
    command(data, "user", "list")
    (data / "secret.key").chmod(0)
    told = command_of_a_mortal(data, "key", "list")
    assert told.code == 1
    assert t("cli-secret-key-out-of-reach-title") in told.stdout
    with by_command(data, by_a_mortal=True) as house, Tab(house, "") as tab:
        assert is_calm(tab, "page-failure-secret-key-out-of-reach")
        (data / "secret.key").chmod(0o600)
        assert is_well(tab)


def test_a_file_that_is_damaged_in_the_middle_and_put_back(tmp_path: Path) -> None:
    """A copy is not put back while somebody works with the database; of a damaged one there is none left."""
    data, copy = tmp_path / "data", tmp_path / "copy"
    furnish(data)
    with inside(data):
        backup.make(copy)
    with started(data) as house, Tab(house, "") as tab:
        assert is_well(tab)
        refused = command(data, "restore", str(copy), "--yes")
        assert refused.code == 2
        assert t("cli-backup-in-use") in refused.stderr
        assert is_well(tab)
        file = data / "wb-desk.sqlite"
        file.write_bytes(b"\xff" * file.stat().st_size)
        for name in ("-wal", "-shm"):
            Path(f"{file}{name}").unlink(missing_ok=True)
        assert "Traceback" not in tab.open("orders").text  # what it has read before may still do
    with started(data) as house, Tab(house, "") as tab:
        assert is_calm(tab, "page-failure-database-damaged")
        told = command(data, "key", "list")
        assert t("cli-database-damaged-title") in told.stdout
        done = command(data, "restore", str(copy), "--yes")
        assert done.code == 0, done.stderr
        assert is_well(tab), tab.text
        assert list(data.glob("*.damaged-*")) != []


def test_another_file_in_the_place_of_the_open_one_is_told_and_left_alone(tmp_path: Path) -> None:
    """An import was told as stopped then, and what was written was gone at the end of the program."""
    data, copy = tmp_path / "data", tmp_path / "copy"
    furnish(data)
    assert command(data, "backup", str(copy)).code == 0
    file = data / "wb-desk.sqlite"
    with started(data) as house, Tab(house, "") as tab:
        assert is_well(tab)
        shutil.copy(copy, data / "draft")
        (data / "draft").replace(file)
        time.sleep(seen.LATE_S)  # so long pages tell what they have read before
        assert is_calm(tab, "page-failure-database-replaced")
        assert is_calm(tab, "page-failure-database-replaced"), "it stays so"
        assert file.read_bytes() == copy.read_bytes()
    assert command(data, "restore", str(copy), "--yes").code == 0
    with started(data) as house, Tab(house, "") as tab:
        assert is_well(tab)


def test_a_newer_program_that_has_brought_the_database_on_while_a_page_was_open(tmp_path: Path) -> None:
    """The page said that the database does not answer, and to look at its address."""
    data = tmp_path / "data"
    furnish(data)
    with started(data) as house, Tab(house, "") as tab:
        assert is_well(tab)
        with contextlib.closing(sqlite3.connect(data / "wb-desk.sqlite", timeout=30)) as newer, newer:
            newer.execute("ALTER TABLE wb_key RENAME COLUMN name TO title")
            newer.execute("UPDATE alembic_version SET version_num = '9999'")
        time.sleep(seen.LATE_S)  # so long pages tell what they have read before
        assert is_calm(tab, "page-failure-database-too-new")


def test_two_dashboards_on_one_file(tmp_path: Path) -> None:
    """What is done in the one is seen in the other; who has signed in to the one is known to the other."""
    data = tmp_path / "data"
    furnish(data)
    with started(data, WB_SIGN_IN="1") as first, started(data, WB_SIGN_IN="1") as second:
        cookie = first.cookie("Анна")
        with Tab(first, cookie) as one, Tab(second, cookie) as other:
            assert is_well(one)
            assert is_well(other)
            with inside(data), db.session() as session:
                users.add(session, "Новый", "viewer", PASSWORD)
                session.commit()
            assert "Новый" in one.open("users").text
            assert "Новый" in other.open("users").text
            assert second.cookie("Новый")


@dataclass
class Cluster:
    """A PostgreSQL of one's own that is started and stopped."""

    folder: Path
    port: int
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"postgresql+psycopg://postgres@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        self.running.append(start_postgres(self.folder, self.port))

    def stop(self) -> None:
        """At once, as by its operator in a hurry: connections are cut."""
        for one in self.running:
            one.send_signal(signal.SIGINT)
            one.wait(PATIENCE_S)
        self.running.clear()


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    with new_cluster() as folder:
        made = Cluster(folder, free_port())
        yield made
        made.stop()


@pytest.mark.postgres
def test_a_server_that_is_away_at_the_start_and_stops_in_the_middle(cluster: Cluster, tmp_path: Path) -> None:
    data = tmp_path / "data"
    cluster.start()
    furnish(data, WB_DATABASE_URL=cluster.url)
    cluster.stop()
    with started(data, WB_SIGN_IN="1", WB_DATABASE_URL=cluster.url) as house:
        away = house.ask("/orders", headers={"Accept": "text/html", "Cookie": "wb-desk=x"})
        assert (away.status_code, away.text) == (503, t("people-gate-database"))
        cluster.start()
        cookie = house.cookie("Анна")
        with Tab(house, cookie) as tab:
            assert is_well(tab)
            cluster.stop()
            time.sleep(seen.LATE_S)  # so long pages tell what they have read before
            assert is_calm(tab, "page-failure-database-unavailable")
            time.sleep(visitor._FRESH_S)  # so long somebody is known without a look into the database
            headers = {"Accept": "text/html", "Cookie": f"wb-desk={cookie}"}
            assert house.ask("/orders", headers=headers).status_code == 503
            told = command(data, "key", "list", address=cluster.url)
            assert told.code == 1
            assert t("cli-database-unavailable-title") in told.stdout
            cluster.start()
            assert is_well(tab)
            assert house.ask("/orders", headers=headers).status_code == 200
            refused = command(
                data, "restore", str(backup_of(data, cluster.url)), "--yes", address=cluster.url
            )
            assert refused.code == 2
            assert t("cli-backup-in-use") in refused.stderr
        house.process.terminate()
        house.process.wait(PATIENCE_S)
        done = command(data, "restore", str(data.parent / "copy"), "--yes", address=cluster.url)
        assert done.code == 0, done.stderr


def backup_of(data: Path, address: str) -> Path:
    made = command(data, "backup", str(data.parent / "copy"), address=address)
    assert made.code == 0, made.stderr
    return data.parent / "copy"
