# ruff: noqa: S608 (names of tables and columns are ours; values are always bound)
"""Many rows at once, below the ORM: what has changed is told by digests, and only that is written.

SQLite gets one ``executemany``; PostgreSQL gets COPY. All of it runs in the caller's transaction, with the
seller's rows locked against other writers, so that what was read still holds when we write.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any, TypeVar

import orjson
import psycopg
from sqlalchemy import Connection, Table
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, SQLModel

from wbcore.store.db import is_sqlite

T = TypeVar("T")


def _speaks_sqlalchemy(method: Callable[..., T]) -> Callable[..., T]:
    """Turns a driver's errors into SQLAlchemy's, as everywhere else; no values of rows in their texts."""

    @wraps(method)
    def translated(self: Bulk, *args: Any) -> T:
        try:
            return method(self, *args)
        except (sqlite3.Error, psycopg.Error) as error:
            base = sqlite3.Error if isinstance(error, sqlite3.Error) else psycopg.Error
            raise DBAPIError.instance(
                method.__name__, None, error, base, hide_parameters=True, dialect=self.dialect
            ) from error

    return translated


@dataclass(frozen=True, slots=True)
class Target:
    """A table of rows that WB sends, with the key (seller_id, ``key``).

    Attributes:
        columns: all columns that are written, in their order; seller_id and key are the first two.
        state: columns that are read beside the digest, to know what a change means.
        always: columns that an update sets even to null; the others keep what they have then, as WB's
            methods send different parts of the same order.
    """

    table: str
    key: str
    columns: tuple[str, ...]
    state: tuple[str, ...]
    always: frozenset[str]

    @classmethod
    def of(cls, model: type[SQLModel], key: str, state: tuple[str, ...], always: tuple[str, ...]) -> Target:
        table: Table = model.__table__  # type: ignore[attr-defined]
        return cls(table.name, key, tuple(column.name for column in table.columns), state, frozenset(always))


class Bulk:
    """Reads and writes rows of one seller on the driver's own connection.

    Making one takes the seller's lock until the transaction ends.
    """

    def __init__(self, connection: Connection, seller_id: int) -> None:
        self.seller_id = seller_id
        self.sqlite = is_sqlite(connection)
        self.dialect = connection.dialect
        self._driver: Any = connection.connection.driver_connection
        self._lock()

    @_speaks_sqlalchemy
    def _lock(self) -> None:
        if not self.sqlite:
            self._driver.execute("SELECT 1 FROM seller WHERE id = %s FOR NO KEY UPDATE", (self.seller_id,))
        elif not self._driver.in_transaction:
            self._driver.execute("BEGIN IMMEDIATE")

    @_speaks_sqlalchemy
    def known(
        self, target: Target, keys: Sequence[Any], columns: Sequence[str]
    ) -> dict[Any, tuple[Any, ...]]:
        """Key -> these columns, of the rows that are there."""
        if not keys:
            return {}
        asked = f"SELECT {target.key}, {', '.join(columns)} FROM {target.table} WHERE seller_id = "
        if self.sqlite:
            query = f"{asked}? AND {target.key} IN (SELECT value FROM json_each(?))"
            rows = self._driver.execute(query, (self.seller_id, orjson.dumps(keys).decode()))
        else:
            array = "bigint[]" if isinstance(keys[0], int) else "text[]"
            query = f"{asked}%s AND {target.key} = ANY(%s::{array})"
            rows = self._driver.execute(query, (self.seller_id, list(keys)))
        return {row[0]: row[1:] for row in rows}

    @_speaks_sqlalchemy
    def insert(self, target: Target, rows: Iterable[tuple[Any, ...]]) -> None:
        """Rows that are not there. The lock holds that nobody else has put them there meanwhile."""
        names = ", ".join(target.columns)
        if self.sqlite:
            marks = ", ".join("?" * len(target.columns))
            self._driver.executemany(f"INSERT INTO {target.table} ({names}) VALUES ({marks})", rows)
            return
        with (
            self._driver.cursor() as cursor,
            cursor.copy(f"COPY {target.table} ({names}) FROM STDIN") as copy,
        ):
            for row in rows:
                copy.write_row(row)

    @_speaks_sqlalchemy
    def update(self, target: Target, rows: Sequence[tuple[Any, ...]]) -> None:
        """Rows that are there, with all their columns."""
        if not rows:
            return
        names = ", ".join(target.columns)
        changes = ", ".join(
            f"{name} = excluded.{name}"
            if name in target.always
            else f"{name} = coalesce(excluded.{name}, {target.table}.{name})"
            for name in target.columns[2:]
        )
        upsert = f"ON CONFLICT (seller_id, {target.key}) DO UPDATE SET {changes}"
        if self.sqlite:
            marks = ", ".join("?" * len(target.columns))
            self._driver.executemany(f"INSERT INTO {target.table} ({names}) VALUES ({marks}) {upsert}", rows)
            return
        with self._driver.cursor() as cursor:
            stage = f"changed_{target.table}"
            cursor.execute(f"CREATE TEMP TABLE {stage} (LIKE {target.table}) ON COMMIT DROP")
            with cursor.copy(f"COPY {stage} ({names}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
            cursor.execute(f"INSERT INTO {target.table} ({names}) SELECT {names} FROM {stage} {upsert}")
            cursor.execute(f"DROP TABLE {stage}")

    @_speaks_sqlalchemy
    def run_many(self, statement: str, rows: Sequence[tuple[Any, ...]]) -> None:
        """One statement for many rows; ``?`` stands for a value."""
        if not rows:
            return
        cursor = self._driver.cursor()
        cursor.executemany(statement if self.sqlite else statement.replace("?", "%s"), rows)
        cursor.close()

    def count(self, kind: str, deltas: Mapping[tuple[str, str], int]) -> None:
        """Moves the counters of orders by (supplier_status, wb_status)."""
        rows = [
            (self.seller_id, kind, *statuses, delta) for statuses, delta in sorted(deltas.items()) if delta
        ]
        self.run_many(
            "INSERT INTO order_counter (seller_id, kind, supplier_status, wb_status, count) "
            "VALUES (?, ?, ?, ?, ?) ON CONFLICT (seller_id, kind, supplier_status, wb_status) "
            "DO UPDATE SET count = order_counter.count + excluded.count",
            rows,
        )


def open_bulk(session: Session, seller_id: int) -> Bulk:
    """What the session still holds is sent first, so that both see the same rows."""
    session.flush()
    return Bulk(session.connection(), seller_id)
