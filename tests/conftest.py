"""Shared by all tests: a data folder of one's own, and a real PostgreSQL beside SQLite."""

from __future__ import annotations

import contextlib
import getpass
import itertools
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn
from uuid import uuid4

import hypothesis
import psycopg
import pytest

from tests import forked
from tests.washed import Washed
from wbcore.api import client
from wbcore.imports import queue
from wbcore.orders import vocabulary
from wbcore.people import passwords
from wbcore.settings import settings
from wbcore.store import db

# How long an example takes, or is thought out, depends on what else the machine does. They are the same ones
# each time: whether a change is right is no matter of luck.
hypothesis.settings.register_profile(
    "any-machine",
    deadline=None,
    derandomize=True,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("any-machine")


# A hash costs nothing here; a stored one says its own cost, also to other processes.
# ``test_signing`` takes the real one.
passwords._cost = passwords.Cost(64, 1)
client.BACKOFF_S = forked.BACKOFF_S


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long ones first: no process is left with a browser's journey when the other has ended."""
    items.sort(key=lambda item: not (item.get_closest_marker("browser") or item.get_closest_marker("slow")))


MIDNIGHTS_S = (21 * 3600, 24 * 3600)
"""Where a day ends in Moscow, which is the usual zone, and in UTC: seconds of UTC's day."""


@pytest.fixture(autouse=True)
def _within_a_day() -> None:
    """No test begins in a day's last minute: it would mean another "today" than the program a moment later.

    What happens at midnight is the matter of tests that set their own clock.
    """
    stay_within_a_day(60)


def stay_within_a_day(seconds: float) -> None:
    """Waits for the next day if this one ends sooner than in so many seconds."""
    left = min((end - time.time()) % 86_400 for end in MIDNIGHTS_S)
    if left < seconds:
        time.sleep(left + 0.1)


@pytest.fixture(autouse=True)
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """No test sees the developer's settings, and none touches the user's data."""
    for name in [name for name in os.environ if name.startswith("WB_")]:
        monkeypatch.delenv(name)
    folder = tmp_path / "data"
    monkeypatch.setenv("WB_DATA_DIR", str(folder))
    settings.cache_clear()
    yield folder
    db.dispose()
    settings.cache_clear()


def missing(program: str) -> NoReturn:
    """A program that tests need is not there: one's own machine may do without, CI may not."""
    told = f"{program} is not on this machine: `sh tests/setup-system.sh` installs it"
    if os.environ.get("CI"):
        pytest.fail(told)
    pytest.skip(told)


@dataclass(frozen=True)
class Postgres:
    """A running cluster of this test process, with nobody else in it."""

    port: int
    folder: Path
    pid: int

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://postgres@127.0.0.1:{self.port}/{database}"

    def dsn(self, database: str = "postgres") -> str:
        return f"host=127.0.0.1 port={self.port} user=postgres dbname={database}"

    def run(self, statement: str) -> None:
        with psycopg.connect(self.dsn(), autocommit=True) as connection:
            connection.execute(statement.encode())

    def create_database(self, template: str = "template1") -> str:
        """A copy of another database, by default of an empty one; its name."""
        name = f"t{uuid4().hex}"
        self.run(f"CREATE DATABASE {name} TEMPLATE {template}")
        return name

    def drop_database(self, name: str) -> None:
        self.run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def postgres_program(name: str) -> str | None:
    """A program of PostgreSQL's server; Debian keeps them out of the PATH."""
    versions = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), reverse=True)
    return str(versions[0]) if versions else shutil.which(name)


_OWN_PORTS = 2_000
_ports = itertools.count(os.getpid())


def free_port() -> int:
    """A port that nobody has, and that nobody gets before it is used.

    It is none of those that systems give to whoever asks for any, as each connection does; another one each
    time; and each process of one run of the tests has its own.
    """
    process = int("".join(filter(str.isdigit, os.environ.get("PYTEST_XDIST_WORKER", ""))) or 0)
    first = 10_000 + process % 10 * _OWN_PORTS
    for number in itertools.islice(_ports, _OWN_PORTS):
        port = first + number % _OWN_PORTS
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    pytest.fail("no port is free")


def _server_user() -> str | None:
    """PostgreSQL refuses to run as root; None: run it as ourselves."""
    return "nobody" if getpass.getuser() == "root" or os.getuid() == 0 else None


def start_postgres(folder: Path, port: int) -> subprocess.Popen[bytes]:
    """Starts the server of a cluster and waits until it answers."""
    program = postgres_program("postgres")
    assert program is not None
    off = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum=off")
    options = (*off, "listen_addresses=127.0.0.1", "max_connections=200", "shared_buffers=64MB")
    with (folder / "server.log").open("ab") as log:
        process = subprocess.Popen(
            [program, "-D", folder / "cluster", "-p", str(port), "-k", folder, *_as_options(options)],
            user=_server_user(),
            cwd=folder,
            stdout=log,
            stderr=log,
        )
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        try:
            psycopg.connect(f"host=127.0.0.1 port={port} user=postgres dbname=postgres").close()
        except psycopg.OperationalError:
            assert process.poll() is None, (folder / "server.log").read_text()
            time.sleep(0.05)
        else:
            return process
    process.kill()
    raise AssertionError("PostgreSQL did not start in two minutes")


def _as_options(options: tuple[str, ...]) -> list[str]:
    return [part for option in options for part in ("-c", option)]


@contextmanager
def new_cluster() -> Iterator[Path]:
    """The folder of a new PostgreSQL cluster that nobody has started yet; gone afterwards."""
    initdb = postgres_program("initdb")
    if initdb is None:
        missing("PostgreSQL")
    user = _server_user()
    with tempfile.TemporaryDirectory(prefix="wbpg", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        if user is not None:
            shutil.chown(folder, user)
        options = ["-U", "postgres", "-A", "trust", "-E", "UTF8", "-N", "--locale=C.UTF-8"]
        subprocess.run(
            [initdb, "-D", folder / "cluster", *options],
            check=True,
            stdout=subprocess.DEVNULL,
            user=user,
            cwd=folder,
        )
        yield folder


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A cluster of its own for each test process."""
    with new_cluster() as folder:
        port = free_port()
        process = start_postgres(folder, port)
        yield Postgres(port, folder, process.pid)
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@pytest.fixture
def postgres_database(postgres: Postgres) -> Iterator[str]:
    """SQLAlchemy address of an empty PostgreSQL database."""
    name = postgres.create_database()
    yield postgres.url(name)
    db.dispose()
    postgres.drop_database(name)


@pytest.fixture(scope="session")
def postgres_template(postgres: Postgres) -> str:
    """A database with our schema and dbos' that tests copy: quicker than to migrate for each."""
    name = postgres.create_database()
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("WB_DATABASE_URL", postgres.url(name))
        settings.cache_clear()
        db.prepare()
        db.dispose()
        queue.prepare()
        queue.close()
    settings.cache_clear()
    return name


@pytest.fixture(scope="session")
def washed(postgres: Postgres, postgres_template: str) -> Iterator[Washed]:
    def connect(name: str) -> psycopg.Connection[tuple[Any, ...]]:
        return psycopg.connect(postgres.dsn(name), options="-c lock_timeout=2s")

    made = Washed(connect, postgres.create_database, postgres.drop_database, postgres_template)
    yield made
    made.close()


@pytest.fixture
def prepared_postgres(postgres: Postgres, washed: Washed) -> Iterator[str]:
    """SQLAlchemy address of a PostgreSQL database with our schema, as the first start leaves it."""
    yield postgres.url(washed.take())
    db.dispose()
    vocabulary.forget()
    washed.give_back()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with our schema and dbos' that tests copy: quicker than to migrate for each."""
    folder = tmp_path_factory.mktemp("sqlite-template")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("WB_DATA_DIR", str(folder))
        settings.cache_clear()
        db.prepare()
        queue.prepare()
        db.dispose()
        queue.close()
    settings.cache_clear()
    return folder


@pytest.fixture
def sqlite(data_dir: Path, sqlite_template: Path) -> str:
    """A fresh database where the kind of database makes no difference; its address."""
    copy_sqlite(sqlite_template, data_dir)
    db.prepare()
    return settings().database


def copy_sqlite(template: Path, data_dir: Path) -> None:
    """A fresh database, as the first start of the program makes it."""
    data_dir.mkdir(mode=0o700)
    for file in template.glob("*.sqlite*"):
        shutil.copy(file, data_dir / file.name)


KINDS = ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]


@pytest.fixture(params=KINDS)
def empty_database(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Settings that point at an empty database, once of each kind; its address."""
    return _point_at(request, "postgres_database", monkeypatch)


@pytest.fixture(params=KINDS)
def database(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Settings that point at a fresh database with our schema, once of each kind; its address."""
    address = _point_at(request, "prepared_postgres", monkeypatch)
    db.prepare()
    return address


def _point_at(request: pytest.FixtureRequest, postgres: str, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "postgres":
        monkeypatch.setenv("WB_DATABASE_URL", request.getfixturevalue(postgres))
    elif postgres == "prepared_postgres":
        copy_sqlite(request.getfixturevalue("sqlite_template"), request.getfixturevalue("data_dir"))
    settings.cache_clear()
    return settings().database
