"""The database of keys, orders and runs: its engine, its sessions, its schema. SQLite or PostgreSQL."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from sqlmodel import Session

from wbcore.settings import settings
from wbcore.store.errors import DatabaseTooNew, DatabaseUnavailable
from wbcore.store.migrations import HEAD

if TYPE_CHECKING:
    from alembic.config import Config

__all__ = [
    "DatabaseTooNew",
    "DatabaseUnavailable",
    "dispose",
    "engine",
    "is_sqlite",
    "migration_config",
    "prepare",
    "session",
    "writing",
]

LOCK_WAIT_S = 60
_MIGRATION_LOCK = 7_262_461_001
"""PostgreSQL advisory lock: any number that nobody else uses."""

_engines: dict[str, Engine] = {}
_engines_lock = Lock()


def engine() -> Engine:
    """The engine of ``settings().database``, one a process.

    Raises:
        DatabaseUnavailable: the address can't be read.
    """
    address = settings().database
    with _engines_lock:
        if address not in _engines:
            _engines[address] = _make_engine(_read_address(address))
        return _engines[address]


_one_writer = Lock()


@contextmanager
def writing() -> Iterator[Session]:
    """A session for an import's transaction.

    SQLite lets one writer in, and who meets another one sleeps and looks again. Threads of this process queue
    here instead: twenty sellers at once lose a fifth of their speed without it (``make bench``, ``sellers``).
    """
    with _one_writer if settings().database.startswith("sqlite") else nullcontext(), session() as made:
        yield made


@contextmanager
def session() -> Iterator[Session]:
    """A session that the caller commits; what is not committed is rolled back at the end."""
    with Session(engine(), expire_on_commit=False) as opened:
        yield opened


def dispose() -> None:
    """Closes all connections of this process, for tests and before a fork."""
    with _engines_lock:
        for one in _engines.values():
            one.dispose()
        _engines.clear()


def is_sqlite(connection: Connection) -> bool:
    return connection.dialect.name == "sqlite"


def _read_address(address: str) -> URL:
    try:
        url = make_url(address)
        if url.drivername in ("postgres", "postgresql"):
            url = url.set(drivername="postgresql+psycopg")
        url.get_dialect()
    except (ArgumentError, NoSuchModuleError, ValueError):
        # No cause: its text quotes the address, password and all.
        raise DatabaseUnavailable("WB_DATABASE_URL is not an address of SQLite or PostgreSQL") from None
    return url


def _make_engine(url: URL) -> Engine:
    if url.get_backend_name() == "sqlite":
        # A transaction that writes takes the lock at its start: it never fails half-way because somebody else
        # wrote after it had read. What only reads opens no transaction at all and waits for nobody.
        made = create_engine(
            url,
            hide_parameters=True,  # rows and tokens stay out of tracebacks
            connect_args={"timeout": LOCK_WAIT_S, "isolation_level": "IMMEDIATE", "check_same_thread": False},
            pool_size=10,
            max_overflow=40,
            # The connection that wrote last knows the file's pages; any other has to read them again.
            pool_use_lifo=True,
        )
        event.listen(made, "connect", _set_up_sqlite)
        return made
    return create_engine(
        url,
        hide_parameters=True,
        connect_args={"connect_timeout": 10, "application_name": "wb-desk"},
        pool_pre_ping=True,  # a restarted server is noticed before the work, not in it
        pool_size=10,
        max_overflow=40,
    )


def _set_up_sqlite(connection: Any, _record: object) -> None:
    # SQLite's own knows only the letters of ASCII, and our operators search in Russian.
    connection.create_function("lower", 1, lambda text: text and text.lower(), deterministic=True)
    for pragma in (
        "synchronous=NORMAL",
        "foreign_keys=ON",
        "temp_store=MEMORY",
        "cache_size=-16384",  # 16 MiB: the pages of the indexes that an import touches at random
        "wal_autocheckpoint=2000",
        "journal_size_limit=67108864",
    ):
        connection.execute(f"PRAGMA {pragma}")


def migration_config(connection: Connection) -> Config:
    """alembic's settings, made here so that no ini file has to be found."""
    from alembic.config import Config  # noqa: PLC0415 (slow to import, and needed once a version)

    config = Config()
    location = Path(__file__).parent / "migrations"
    config.set_main_option("script_location", str(location).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def prepare() -> None:
    """Brings the database to this program's schema. Any number of processes may call it at once.

    Raises:
        DatabaseUnavailable: it can't be reached or opened. The text carries no password.
        DatabaseTooNew: a newer version of the program has changed it; nothing is touched.
    """
    try:
        _prepare(engine())
    except DBAPIError as error:
        raise DatabaseUnavailable(_describe(engine().url, error)) from None


def _prepare(target: Engine) -> None:
    if target.dialect.name == "sqlite":
        _use_wal(target)
    with target.connect() as connection:
        if _revision(connection) == HEAD:
            return
        connection.rollback()
        _lock(connection)
        revision = _revision(connection)
        if revision == HEAD:  # another process was first
            return
        _upgrade(connection, revision)
        connection.commit()


def _use_wal(target: Engine) -> None:
    """Readers and a writer at once. Kept in the file; waits by hand, as SQLite itself does not wait here."""
    deadline = time.monotonic() + LOCK_WAIT_S
    while True:
        try:
            with target.connect() as connection:
                connection.exec_driver_sql("PRAGMA journal_mode=WAL")
        except DBAPIError as error:
            if "locked" not in str(error.orig) or time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return


def _lock(connection: Connection) -> None:
    """Until the end of the transaction nobody else migrates."""
    if is_sqlite(connection):
        connection.exec_driver_sql("BEGIN EXCLUSIVE")
    else:
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_MIGRATION_LOCK})")


def _revision(connection: Connection) -> str | None:
    """The revision that the database is at; None: it is empty."""
    if not connection.dialect.has_table(connection, "alembic_version"):
        return None
    return connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()


def _upgrade(connection: Connection, revision: str | None) -> None:
    from alembic import command  # noqa: PLC0415
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    config = migration_config(connection)
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if revision is not None and revision not in known:
        raise DatabaseTooNew(
            f"the database is at revision {revision!r}, this program knows up to {HEAD!r}: "
            "install the newer program"
        )
    command.upgrade(config, "head")


def _describe(url: URL, error: DBAPIError) -> str:
    """Which database and why, without user, password and options."""
    host = "" if url.host is None else f" on {url.host}:{url.port or 5432}"
    reason = str(error.orig).strip() or type(error.orig).__name__
    for secret in (url.password, *(str(value) for value in url.query.values())):
        if secret:
            reason = reason.replace(str(secret), "***")
    return f"{url.get_backend_name()} database {url.database!r}{host}: {reason}"
