# ruff: noqa: S608 (names of tables and columns are ours; values are always bound)
"""A copy of the database in one file, made while it is in use, and put back.

The file is a SQLite database, whatever the copied one is: what was made of the one can be put back into the
other. The secret key is not in it, and neither is the queue: what was under way is taken up again from its
runs.
"""

from __future__ import annotations

import contextlib
import logging
import secrets
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, MetaData, create_engine, func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool
from sqlmodel import SQLModel, delete

from wbcore.settings import address_of
from wbcore.store import db
from wbcore.store.models import UserSession

log = logging.getLogger(__name__)

BATCH: Final = 5000
HEADER: Final = b"SQLite format 3\0"
REVISION: Final = "alembic_version"
OURS: Final = frozenset({REVISION, "wb_key", "import_run"})
"""Tables by which a backup is known, whatever version has made it."""
AUDIT: Final = "audit"
"""Empty in a new schema, and nobody has the right to delete from it."""
_OTHERS: Final = """SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name = %s"""


class BackupRefused(Exception):
    """A file that is not made, or not put back.

    ``code``: exists, unreadable, damaged, foreign, incomplete, in_use, itself.
    """

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


@dataclass(frozen=True, slots=True)
class Copied:
    """What a copy holds.

    Attributes:
        rows: table -> how many.
        moved_aside: where the damaged database went that stood in the way; None: none did.
    """

    revision: str
    rows: dict[str, int] = field(default_factory=dict)
    moved_aside: Path | None = None


def make(file: Path) -> Copied:
    """Copies the database as it is at one moment, while others go on working, and reads the copy back.

    A former backup of this name is replaced; anything else is not. The file is its user's alone.

    Raises:
        BackupRefused: exists (another file), itself (the database's own), incomplete (the copy is not what
            was copied).
        OSError: the place can't be written to.
        DBAPIError: the database can't be read.
    """
    source = db.engine()
    _see_that_it_is_another(file, source)
    if file.exists() and not _is_former(file):
        raise BackupRefused("exists")
    draft = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    try:
        try:
            draft.touch(0o600, exist_ok=False)
        except OSError as error:
            error.filename = str(file)  # the name that the operator gave
            raise
        expected = None
        if source.dialect.name == "sqlite":
            _copy_pages(source, draft)
        else:
            expected = _copy_out(source, draft)
        found = _look_into(draft)
        if found.rows != (expected or found.rows):
            raise BackupRefused("incomplete")
        draft.replace(file)
    finally:
        draft.unlink(missing_ok=True)
    log.info("backup made", extra={"data": {"rows": sum(found.rows.values())}})
    return found


def restore(file: Path) -> Copied:
    """Puts a backup in place of the database, whole or not at all, and brings it to this program's schema.

    Everybody has to sign in again: what was ended since the copy was made would be open once more.

    Raises:
        BackupRefused: unreadable (no such file), itself (the database's own), foreign (no backup of this
            program), damaged, in_use (a dashboard or a worker has the database open: it would go on with what
            it has read before).
        DatabaseTooNew: it was made by a newer program; nothing is touched.
        DatabaseUnavailable, DBAPIError: the database can't be written to.
    """
    if not file.is_file():
        raise BackupRefused("unreadable")
    _see_that_it_is_another(file, db.engine())
    found = _look_into(file)
    db.require_known(found.revision)
    db.dispose()  # what this process itself has open is nobody else's
    target = db.engine()
    if _is_in_use(target):
        raise BackupRefused("in_use")
    aside = None
    if target.dialect.name == "sqlite":
        aside = _put_back_pages(target, file)
    else:
        _put_back_rows(target, file, found.revision)
    db.dispose()
    db.prepare()
    with db.unlimited_session() as session:
        session.exec(delete(UserSession))
        session.commit()
    log.warning("backup restored", extra={"data": {"rows": sum(found.rows.values())}})
    return Copied(found.revision, found.rows, aside)


def _is_in_use(target: Engine) -> bool:
    """Whether another process has the database open: asked of the database, as nobody may have said so."""
    if target.dialect.name != "sqlite":
        with target.connect() as connection:
            return bool(connection.exec_driver_sql(_OTHERS, (db.APPLICATION,)).scalar_one())
    try:  # SQLite gives up its write-ahead log for nobody but the only one who has the file
        with target.connect() as connection:
            return connection.exec_driver_sql("PRAGMA journal_mode=DELETE").scalar() == "wal"
    except DBAPIError as error:  # of a damaged file there is nothing that somebody could go on with
        return "locked" in str(error.orig)


def _see_that_it_is_another(file: Path, database: Engine) -> None:
    """A database that is put in its own place under those who work with it is damaged, and so is its copy."""
    if database.dialect.name != "sqlite" or not file.exists():
        return
    own = Path(str(database.url.database))
    if own.exists() and file.samefile(own):
        raise BackupRefused("itself")


# --- What is in a file -------------------------------------------------------------------------------------


def _is_sqlite_file(file: Path) -> bool:
    with file.open("rb") as opened:
        start = opened.read(len(HEADER))
    return start in (b"", HEADER)


def _is_former(file: Path) -> bool:
    """Whether a file is a backup of this program, or has nothing in it: no other program's database is, no
    device and no pipe."""
    if not file.is_file():
        return False
    if file.stat().st_size == 0:
        return True
    if not _is_sqlite_file(file):
        return False
    opened = _open(file)
    try:
        with opened.connect() as connection:
            return set(connection.dialect.get_table_names(connection)) >= OURS
    except DBAPIError:
        return False
    finally:
        opened.dispose()


def _look_into(file: Path) -> Copied:
    """Reads all of a backup once: SQLite's own check, the revision, the rows."""
    if not _is_sqlite_file(file):
        raise BackupRefused("foreign")
    opened = _open(file)
    try:
        with opened.connect() as connection:
            if connection.exec_driver_sql("PRAGMA integrity_check").scalar() != "ok":
                raise BackupRefused("damaged")
            if not connection.dialect.has_table(connection, REVISION):
                raise BackupRefused("foreign")
            revision = connection.exec_driver_sql(f"SELECT version_num FROM {REVISION}").scalar()
            return Copied(str(revision), _count(connection))
    except DBAPIError:
        raise BackupRefused("damaged") from None
    finally:
        opened.dispose()


def _open(file: Path) -> Engine:
    return create_engine(address_of(file), poolclass=NullPool, hide_parameters=True)


def _tables(connection: Connection) -> MetaData:
    """Our tables, as they are there: a backup may be of an older schema than the program's. Other programs
    may keep theirs in the same database."""
    known = {REVISION, *SQLModel.metadata.tables}
    found = MetaData()
    found.reflect(connection, only=lambda name, _: name in known)
    return found


def _count(connection: Connection) -> dict[str, int]:
    return {
        table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
        for table in _tables(connection).sorted_tables
        if table.name != REVISION
    }


# --- SQLite: page by page ----------------------------------------------------------------------------------


def _copy_pages(source: Engine, draft: Path) -> None:
    """SQLite's own copy: one moment, whatever is written meanwhile."""
    with source.connect() as connection, contextlib.closing(sqlite3.connect(draft)) as copy:
        with db.driver(connection) as driver:
            driver.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")  # one file


def _put_back_pages(target: Engine, file: Path) -> Path | None:
    aside = None
    try:
        _pages_into(target, file)
    except DBAPIError as error:
        if isinstance(error.orig, sqlite3.OperationalError):
            raise  # locked, full, read-only: the file itself is well
        aside = _move_aside(Path(str(target.url.database)))
        db.dispose()
        _pages_into(db.engine(), file)
    return aside


def _pages_into(target: Engine, file: Path) -> None:
    with (
        contextlib.closing(sqlite3.connect(file)) as kept,
        target.connect() as connection,
        db.driver(connection) as driver,
    ):
        kept.backup(driver)


def _move_aside(file: Path) -> Path:
    """A damaged database is kept: somebody may be able to read some of it."""
    aside = file.with_name(f"{file.name}.damaged-{datetime.now(UTC):%Y%m%dT%H%M%S}")
    file.rename(aside)
    for name in ("-wal", "-shm"):
        Path(f"{file}{name}").unlink(missing_ok=True)
    return aside


# --- PostgreSQL: row by row --------------------------------------------------------------------------------


def _copy_out(source: Engine, draft: Path) -> dict[str, int]:
    made = _open(draft)
    try:
        with source.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
            connection.exec_driver_sql("SET TRANSACTION READ ONLY")
            with made.connect() as copy:
                db.build(copy, "head")
                _copy_rows(connection, copy)
                copy.commit()
            return _count(connection)
    finally:
        made.dispose()


def _put_back_rows(target: Engine, file: Path, revision: str) -> None:
    """One transaction: others see the database as it was, until it is as it was then."""
    kept = _open(file)
    try:
        with kept.connect() as copy, target.connect() as connection:
            db.lock(connection)
            for table in reversed(_tables(connection).sorted_tables):
                connection.exec_driver_sql(f'DROP TABLE "{table.name}" CASCADE')
            connection.exec_driver_sql("DROP FUNCTION IF EXISTS audit_is_append_only()")
            db.build(connection, revision)
            _copy_rows(copy, connection)
            _set_counters(connection)
            connection.commit()
    finally:
        kept.dispose()


def _copy_rows(source: Connection, target: Connection) -> None:
    theirs, ours = _tables(source), _tables(target)
    for table in reversed(ours.sorted_tables):  # what the schema itself has put in
        if table.name not in (REVISION, AUDIT):
            target.execute(table.delete())
    for table in ours.sorted_tables:
        if table.name == REVISION:
            continue
        for rows in _batches(source, theirs.tables[table.name]):
            target.execute(table.insert(), rows)


def _batches(source: Connection, table: Any) -> Iterator[list[dict[str, Any]]]:
    found = source.execution_options(yield_per=BATCH).execute(select(table)).mappings()
    for part in found.partitions(BATCH):
        yield [{name: _in_utc(value) for name, value in row.items()} for row in part]


def _in_utc(value: Any) -> Any:
    """SQLite's instants have no zone, and mean UTC."""
    if not isinstance(value, datetime):
        return value
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _set_counters(connection: Connection) -> None:
    """Numbers go on after the greatest one."""
    for table in _tables(connection).sorted_tables:
        key = list(table.primary_key.columns)
        if len(key) == 1 and key[0].server_default is not None:
            column = key[0].name
            start = f"coalesce(max({column}), 0) + 1"
            move = f"SELECT setval(pg_get_serial_sequence(:name, :column), {start}, false)"
            connection.execute(text(f"{move} FROM {table.name}"), {"name": table.name, "column": column})
