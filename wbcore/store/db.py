"""The database of keys, orders and runs: its engine, its sessions, its schema. SQLite or PostgreSQL."""

from __future__ import annotations

import logging
import re
import sqlite3
import time
from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import closing, contextmanager, nullcontext, suppress
from itertools import count
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from sqlalchemy import Connection, Engine, Table, create_engine, event, make_url
from sqlalchemy.engine import URL
from sqlalchemy.engine.interfaces import ExceptionContext
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError, NoSuchModuleError
from sqlmodel import Session, SQLModel

from wbcore.settings import DataFolderExposed, close_to_others, settings
from wbcore.store import replaced, visibility
from wbcore.store.migrations import HEAD
from wbcore.store.patience import is_passing
from wbcore.store.problems import (
    DatabaseDamaged,
    DatabaseFull,
    DatabaseReadOnly,
    DatabaseTooNew,
    DatabaseUnavailable,
    DataFolderOutOfReach,
    ServerReadOnly,
)

if TYPE_CHECKING:
    from alembic.config import Config

__all__ = [
    "DatabaseTooNew",
    "DatabaseUnavailable",
    "begin",
    "bound",
    "cursor",
    "dispose",
    "driver",
    "engine",
    "insert",
    "is_sqlite",
    "migration_config",
    "prepare",
    "session",
    "trouble",
    "unlimited_session",
    "use_wal",
    "version",
    "wipe",
    "writing",
]

log = logging.getLogger(__name__)

APPLICATION = "wb-desk"
"""What our connections are called in PostgreSQL."""
READ_ONLY = "25006"
"""PostgreSQL's code for a change where only reading is allowed."""
LOCK_WAIT_S = 60
WATCH_WAIT_S = 2
WIPE_WAIT_MS = 2000
_MIGRATION_LOCK = 7_262_461_001
"""PostgreSQL advisory lock: any number that nobody else uses."""

_engines: dict[str, Engine] = {}
_engines_lock = Lock()
_watchers: dict[str, tuple[int, Any, str, str]] = {}
"""Address -> a number of its own, a connection that never writes, what it is asked, SQLite's file or ""."""
_numbers = count()
NAMES = re.compile(r"(?<!:):(\w+)")
"""Where a statement names a value; two colons are a cast."""


def engine() -> Engine:
    """The engine of ``settings().database``, one a process.

    Raises:
        DatabaseUnavailable: the address can't be read, or the data folder can't be made.
        DataFolderExposed: others can read the data folder.
    """
    address = _address()
    known = _engines.get(address)  # mostly it is there, and nobody need wait for anybody
    if known is not None:
        return known
    with _engines_lock:
        if address not in _engines:
            _engines[address] = _make_engine(_read_address(address))
        return _engines[address]


def _address() -> str:
    try:
        return settings().database
    except DataFolderExposed:
        raise
    except OSError as error:
        raise DataFolderOutOfReach(f"{error.filename}: {error.strerror}") from None


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
    """A session that the caller commits; what is not committed is rolled back at the end.

    It sees what whoever is present may see (``visibility``).
    """
    with unlimited_session() as opened:
        sight = visibility.current()
        visibility.limit(opened, sight.sellers, read_only=sight.read_only)
        yield opened


@contextmanager
def unlimited_session() -> Iterator[Session]:
    """As ``session``, for what is nobody's to see: who is signed in, what the program itself keeps."""
    with Session(engine(), expire_on_commit=False) as opened:
        yield opened


def version() -> Hashable:
    """Something that is another after each commit of anybody, in whichever process; None: it can't be told.

    It costs some microseconds on SQLite, which looks at the head of its write-ahead log, and one way to the
    server and back on PostgreSQL, which says what transactions are over.
    """
    address = settings().database
    with _engines_lock:
        try:
            number, watcher, question, file = _watchers.get(address) or _watch(address)
            replaced.check(file)
            return number, watcher.execute(question).fetchone()[0]
        except Exception:  # noqa: BLE001 (two drivers' own; whoever reads will tell what is the matter)
            if address in _watchers:
                _watchers.pop(address)[1].close()
            return None


def _watch(address: str) -> tuple[int, Any, str, str]:
    url = _read_address(address)
    is_file = url.get_backend_name() == "sqlite"
    made, question = _watch_sqlite(url) if is_file else _watch_postgres(url)
    return _watchers.setdefault(address, (next(_numbers), made, question, _file_of(url) if is_file else ""))


def _watch_sqlite(url: URL) -> tuple[sqlite3.Connection, str]:
    """SQLite counts for a connection what others commit."""
    replaced.check(_file_of(url))
    file = f"file:{quote(_file_of(url))}?mode=rw"  # it makes no file
    made = sqlite3.connect(file, uri=True, check_same_thread=False, isolation_level=None)
    return made, "PRAGMA data_version"


def _file_of(url: URL) -> str:
    return str(Path(url.database or "").absolute())


def _watch_postgres(url: URL) -> tuple[Any, str]:
    """While no transaction that has written ends, a snapshot is the same, and so is what anybody reads."""
    import psycopg  # noqa: PLC0415 (slow to import, and no use on SQLite)

    _, options = url.get_dialect()().create_connect_args(url)
    patience = {"connect_timeout": WATCH_WAIT_S, "tcp_user_timeout": 1000 * WATCH_WAIT_S}
    usual = {**patience, "application_name": APPLICATION}
    made = psycopg.connect(**{**usual, **options}, autocommit=True)
    return made, "SELECT pg_current_snapshot()::text"


def dispose() -> None:
    """Closes all connections of this process, for tests and before a fork."""
    with _engines_lock:
        for one in _engines.values():
            one.dispose()
        _engines.clear()
        for _, watcher, _, _ in _watchers.values():
            watcher.close()
        _watchers.clear()
        replaced.forget()


def is_sqlite(connection: Connection) -> bool:
    return connection.dialect.name == "sqlite"


@contextmanager
def driver(connection: Connection) -> Iterator[Any]:
    """The driver's own connection, for what SQLAlchemy does not know, or does too slowly.

    Raises:
        DBAPIError: what the driver raises, as SQLAlchemy tells it.
    """
    failures = connection.dialect.loaded_dbapi.Error
    try:
        yield connection.connection.driver_connection
    except failures as error:
        raise DBAPIError.instance("", None, error, failures, dialect=connection.dialect) from error


@contextmanager
def cursor(connection: Connection, statement: str, values: Mapping[str, Any]) -> Iterator[Any]:
    """A cursor of the driver's own that has run a statement: quicker than SQLAlchemy's rows, read bit by bit.

    Args:
        statement: with ``:names`` of values; of ``values`` those that it names are bound.
    """
    own: Any = connection.connection.driver_connection
    if is_sqlite(connection):
        with closing(own.execute(statement, bound(statement, values))) as made:
            yield made
        return
    with own.cursor(name=f"rows_{next(_numbers)}") as made:  # the server keeps the rest
        made.execute(NAMES.sub(r"%(\1)s", statement.replace("%", "%%")), bound(statement, values))
        yield made


def bound(statement: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Of these values those that a statement names."""
    named = set(NAMES.findall(statement))
    return {name: value for name, value in values.items() if name in named}


def insert(session: Session, model: type[SQLModel]) -> Any:
    """An INSERT that knows ON CONFLICT, in the words of the session's database."""
    table: Table = model.__table__  # type: ignore[attr-defined]
    if is_sqlite(session.connection()):
        from sqlalchemy.dialects import sqlite  # noqa: PLC0415

        return sqlite.insert(table)
    from sqlalchemy.dialects import postgresql  # noqa: PLC0415 (slow to import, and no use on SQLite)

    return postgresql.insert(table)


def begin(session: Session) -> None:
    """SQLite: takes the writer's place now, so that what is read from here on still holds when it is written.

    Without it a SAVEPOINT that comes first would be the transaction itself, and its RELEASE the commit.
    """
    connection = session.connection()
    driver: Any = connection.connection.driver_connection
    if is_sqlite(connection) and not driver.in_transaction:
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def add_first(session: Session, row: SQLModel) -> bool:
    """Adds a row, or what was changed of it; False: another process has taken its place in the same moment.

    Whoever makes what is not there yet asks first and adds then; this is for what happens between the two. A
    unique index tells. The caller commits.
    """
    begin(session)
    try:
        with session.begin_nested():
            session.add(row)
            session.flush()
    except IntegrityError:
        return False
    return True


def _read_address(address: str) -> URL:
    try:
        url = make_url(address)
        if url.drivername in ("postgres", "postgresql"):
            url = url.set(drivername="postgresql+psycopg")
        url.get_dialect().import_dbapi()  # its driver may not be installed
        known = url.get_backend_name() in ("sqlite", "postgresql") and not _is_in_memory(url)
    except (ArgumentError, NoSuchModuleError, ImportError, ValueError):
        known = False
    if not known:
        # Without the cause: its text quotes the address, password and all.
        raise DatabaseUnavailable(
            "WB_DATABASE_URL is not an address of SQLite (sqlite:////...) or PostgreSQL (postgresql+psycopg://...)"
        )
    return url


def _is_in_memory(url: URL) -> bool:
    """A database that is gone with each connection keeps nothing."""
    return url.get_backend_name() == "sqlite" and (url.database or ":memory:") == ":memory:"


def _make_engine(url: URL) -> Engine:
    if url.get_backend_name() == "sqlite":
        _close_to_others(url)
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
        replaced.follow(made, _file_of(url))
        return made
    made = create_engine(
        url,
        hide_parameters=True,
        connect_args={"connect_timeout": 10, "application_name": APPLICATION},
        pool_pre_ping=True,  # a restarted server is noticed before the work, not in it
        pool_size=10,
        max_overflow=40,
        # Who has written a page writes the next one where its statements are prepared.
        pool_use_lifo=True,
    )
    event.listen(made, "connect", _set_up_postgres)
    event.listen(made, "handle_error", _leave_if_read_only)
    return made


def _leave_if_read_only(context: ExceptionContext) -> None:
    """A server that takes no changes for now, as managed ones do whose disk is almost full, says so to each
    connection for good: it is as if they were lost, and what was to be written is tried again."""
    if getattr(context.original_exception, "sqlstate", None) == READ_ONLY:
        context.is_disconnect = True


def _set_up_postgres(connection: Any, _record: object) -> None:
    """Our questions are short: to compile one, or to start helpers for it, takes longer than it saves."""
    connection.autocommit = True
    connection.execute("SET jit = off")
    connection.execute("SET max_parallel_workers_per_gather = 0")
    connection.autocommit = False


def _close_to_others(url: URL) -> None:
    """A database that an earlier version has made may be there, readable for everybody."""
    for name in ("", "-wal", "-shm"):
        file = Path(f"{url.database or ''}{name}")
        if file.is_file():
            close_to_others(file)


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
        "secure_delete=ON",  # a token that was replaced or removed leaves no bytes in free pages
    ):
        connection.execute(f"PRAGMA {pragma}")


def wipe(*, everything: bool = False) -> bool:
    """Empties SQLite's write-ahead log, where the bytes of what was deleted still stand. Elsewhere: nothing.

    Args:
        everything: also what earlier versions of the program, which did not overwrite, have left in free
            pages. That writes the whole file anew.

    Returns:
        False: somebody is reading, so that some of it is still there.

    Raises:
        DBAPIError: the file can't be written.
    """
    target = engine()
    if target.dialect.name != "sqlite":
        return True
    with target.connect() as connection:
        if everything:
            connection.exec_driver_sql("VACUUM")
        connection.exec_driver_sql(f"PRAGMA busy_timeout={WIPE_WAIT_MS}")
        try:
            busy = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()[0]
        finally:
            connection.exec_driver_sql(f"PRAGMA busy_timeout={LOCK_WAIT_S * 1000}")
    return not busy


def migration_config(connection: Connection | None) -> Config:
    """alembic's settings, made here so that no ini file has to be found."""
    from alembic.config import Config  # noqa: PLC0415 (slow to import, and needed once a version)

    config = Config()
    location = Path(__file__).parent / "migrations"
    config.set_main_option("script_location", str(location).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def prepare(told: Callable[[], None] = lambda: None) -> None:
    """Brings the database to this program's schema. Any number of processes may call it at once.

    Args:
        told: called before one of an earlier version is changed, which takes minutes where it is large (12 s
            of a processor for 300,000 orders of 0.1).

    Raises:
        DatabaseUnavailable: it can't be reached or opened. The text carries no password.
        DatabaseTooNew: a newer version of the program has changed it; nothing is touched.
    """
    try:
        _prepare(engine(), told)
    except DBAPIError as error:
        raise trouble(error) from None


def _prepare(target: Engine, told: Callable[[], None]) -> None:
    if target.dialect.name == "sqlite":
        use_wal(target)
    with target.connect() as connection:
        if _revision(connection) == HEAD:
            return
        connection.rollback()
        lock(connection)
        revision = _revision(connection)
        if revision == HEAD:  # another process was first
            return
        if revision is not None:
            require_known(revision, connection)
            told()
            log.info("the database is of an earlier version", extra={"data": {"revision": revision}})
        build(connection, HEAD)
        connection.commit()


def use_wal(target: Engine) -> None:
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


def lock(connection: Connection) -> None:
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


def build(connection: Connection, revision: str) -> None:
    """Brings a database to a revision, in the connection's transaction."""
    from alembic import command  # noqa: PLC0415

    command.upgrade(migration_config(connection), revision)


def require_known(revision: str, connection: Connection | None = None) -> None:
    """Raises DatabaseTooNew: a newer program has made this revision."""
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    scripts = ScriptDirectory.from_config(migration_config(connection))
    if revision not in {script.revision for script in scripts.walk_revisions()}:
        raise DatabaseTooNew(
            f"the database is at revision {revision!r}, this program knows up to {HEAD!r}: "
            "install the newer program"
        )


_TROUBLES: Mapping[str, type[DatabaseUnavailable]] = {
    "not a database": DatabaseDamaged,
    "malformed": DatabaseDamaged,
    "readonly database": DatabaseReadOnly,
    "read-only transaction": ServerReadOnly,
    "unable to open database file": DatabaseReadOnly,
    "disk is full": DatabaseFull,
    "disk I/O error": DatabaseFull,
    "no space left": DatabaseFull,
    "could not extend file": DatabaseFull,
}
"""Words of SQLite and PostgreSQL -> what they mean for whoever has to mend it."""


def trouble(error: DBAPIError) -> DatabaseUnavailable | DatabaseTooNew:
    """What is the matter with the database, in words without user, password and options."""
    said = str(error.orig)
    kind = next((kind for words, kind in _TROUBLES.items() if words in said), DatabaseUnavailable)
    if kind is DatabaseUnavailable and not is_passing(error):  # it does answer: our statement is wrong there
        with suppress(DBAPIError), engine().connect() as connection:
            try:
                require_known(_revision(connection) or HEAD, connection)
            except DatabaseTooNew as newer:
                return newer
    return kind(_describe(engine().url, error))


def _describe(url: URL, error: DBAPIError) -> str:
    """Which database and why, without user, password and options."""
    host = "" if url.host is None else f" on {url.host}:{url.port or 5432}"
    reason = str(error.orig).strip() or type(error.orig).__name__
    for secret in (url.password, *(str(value) for value in url.query.values())):
        if secret:
            reason = reason.replace(str(secret), "***")
    return f"{url.get_backend_name()} database {url.database!r}{host}: {reason}"
