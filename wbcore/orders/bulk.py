# ruff: noqa: S608 (names of tables and columns are ours; values are always bound)
"""Many rows at once, below the ORM: what has changed is told by digests, and only that is written.

SQLite gets many rows with each statement; PostgreSQL gets COPY, or arrays. All of it runs in the caller's
transaction, with the seller's rows locked against other writers, so that what was read still holds when we
write.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache, wraps
from itertools import chain, islice
from typing import Any, Final, TypeVar

import orjson
from sqlalchemy import BigInteger, Boolean, Connection, Integer, LargeBinary, Table
from sqlalchemy.exc import DBAPIError
from sqlalchemy.types import TypeEngine
from sqlmodel import Session, SQLModel

from wbcore.store import conflicts
from wbcore.store.db import is_sqlite

T = TypeVar("T")


def _speaks_sqlalchemy(method: Callable[..., T]) -> Callable[..., T]:
    """Turns a driver's errors into SQLAlchemy's, as everywhere else; no values of rows in their texts."""

    @wraps(method)
    def translated(self: Bulk, *args: Any) -> T:
        try:
            return method(self, *args)
        except self.failures as error:
            raise _translated(self, method.__name__, error) from error

    return translated


def _translated(bulk: Bulk, name: str, error: Exception) -> Any:
    return DBAPIError.instance(name, None, error, bulk.failures, hide_parameters=True, dialect=bulk.dialect)


@dataclass(frozen=True, slots=True)
class Target:
    """A table of rows that WB sends, with the key (seller_id, ``key``).

    Attributes:
        columns: all columns that are written, in their order; seller_id and key are the first two.
        kinds: their PostgreSQL types, in this order.
        state: columns that are read beside the digest, to know what a change means.
        always: columns that an update sets even to null; the others keep what they have then, as WB's
            methods send different parts of the same order.
        needed: columns behind the key that no row can be without.
    """

    table: str
    key: str
    columns: tuple[str, ...]
    kinds: tuple[str, ...]
    state: tuple[str, ...]
    always: frozenset[str]
    needed: tuple[str, ...]

    @classmethod
    def of(
        cls,
        model: type[SQLModel],
        key: str,
        state: tuple[str, ...],
        always: tuple[str, ...],
        others: tuple[str, ...] = (),
    ) -> Target:
        """The target of a table; ``others`` are columns that other statements write."""
        table: Table = model.__table__  # type: ignore[attr-defined]
        columns = [column for column in table.columns if column.name not in others]
        names, kinds = (
            tuple(column.name for column in columns),
            tuple(_kind(column.type) for column in columns),
        )
        needed = tuple(column.name for column in columns[2:] if not column.nullable)
        return cls(table.name, key, names, kinds, state, frozenset(always), needed)


def _kind(of: TypeEngine[Any]) -> str:
    """What PostgreSQL calls a type."""
    return next((name for kind, name in _KINDS if isinstance(of, kind)), "text")


_KINDS: Final[tuple[tuple[type[TypeEngine[Any]], str], ...]] = (
    (Boolean, "bool"),
    (BigInteger, "int8"),
    (Integer, "int4"),
    (LargeBinary, "bytea"),
)


class Bulk:
    """Reads and writes rows of one seller on the driver's own connection.

    Making one takes the seller's lock until the transaction ends.
    """

    def __init__(self, connection: Connection, seller_id: int) -> None:
        self.seller_id = seller_id
        self.sqlite = is_sqlite(connection)
        self.dialect = connection.dialect
        self.failures: type[Exception] = self.dialect.loaded_dbapi.Error
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
        self, target: Target, keys: Sequence[Any], columns: Sequence[str], also: str = ""
    ) -> dict[Any, tuple[Any, ...]]:
        """Key -> these columns, of the rows that are there; ``also``: one more condition."""
        if not keys:
            return {}
        asked = f"SELECT {target.key}, {', '.join(columns)} FROM {target.table} WHERE seller_id = "
        if self.sqlite:
            query = f"{asked}? AND {target.key} IN (SELECT value FROM json_each(?)) {also}"
            rows = self._driver.execute(query, (self.seller_id, orjson.dumps(keys).decode()))
        else:
            kind = "bigint" if isinstance(keys[0], int) else "text"
            # OFFSET 0 has each key looked up in its index. Left free, and before it has been told what is in
            # the table, PostgreSQL reads all of the seller's rows for each page: a minute's import is slow.
            query = (
                f"SELECT found.* FROM unnest(%s::{kind}[]) AS asked (key) CROSS JOIN LATERAL "
                f"({asked}%s AND {target.key} = asked.key {also} OFFSET 0) AS found"
            )
            rows = self._driver.execute(query, (_array(keys), self.seller_id))
        return {row[0]: row[1:] for row in rows}

    @_speaks_sqlalchemy
    def insert(self, target: Target, rows: Iterable[tuple[Any, ...]]) -> None:
        """Rows that are not there. The lock holds that nobody else has put them there meanwhile."""
        if not rows:
            return
        names = ", ".join(target.columns)
        if self.sqlite:
            self._in_groups(f"INSERT INTO {target.table} ({names})", len(target.columns), rows)
            return
        with self._driver.cursor() as cursor:
            _copy(cursor, target.table, target, rows)

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
        # As text: SQLAlchemy would bind each value of each row, which takes longer than the database does.
        upsert = f"ON CONFLICT (seller_id, {target.key}) DO UPDATE SET {changes}"
        if self.sqlite:
            self._in_groups(f"INSERT INTO {target.table} ({names})", len(target.columns), rows, upsert)
            return
        with self._driver.cursor() as cursor:
            stage = f"changed_{target.table}"
            cursor.execute(f"CREATE TEMP TABLE {stage} (LIKE {target.table}) ON COMMIT DROP")
            _copy(cursor, stage, target, rows)
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

    @_speaks_sqlalchemy
    def add(
        self,
        table: str,
        keys: Mapping[str, str],
        values: Sequence[str],
        rows: Sequence[tuple[Any, ...]],
    ) -> None:
        """Moves the numbers of a table of sums; what has no row yet begins at nothing.

        Args:
            keys: the columns that, with seller_id, say which sum it is, and their PostgreSQL types.
            rows: keys and what comes to each value.
        """
        if not rows:
            return
        names = {"seller_id": "bigint", **keys, **dict.fromkeys(values, "bigint")}
        self._put(
            table,
            names,
            [(self.seller_id, *row) for row in rows],
            conflicts.adding(table, keys, values),
        )

    @_speaks_sqlalchemy
    def add_rows(self, table: str, columns: Mapping[str, str], rows: Sequence[tuple[Any, ...]]) -> None:
        """Rows that are not there, of a small table; ``columns`` are names and PostgreSQL types."""
        self._put(table, columns, rows)

    @_speaks_sqlalchemy
    def change(self, target: Target, columns: Mapping[str, str], rows: Sequence[tuple[Any, ...]]) -> None:
        """Some columns of rows that are there.

        Args:
            columns: names and PostgreSQL types, the key's at the end.
        """
        if not rows:
            return
        *names, key = columns
        if self.sqlite:
            changes = ", ".join(f"{name} = ?" for name in names)
            which = f"WHERE seller_id = {self.seller_id:d} AND {key} = ?"
            self._driver.executemany(f"UPDATE {target.table} SET {changes} {which}", rows)
            return
        # Each row is looked up by its key (see ``known``), and found again by it: an UPDATE that is joined to
        # its rows may read all of the seller's.
        own = [*target.columns[:2], *(name for name in target.needed if name not in names)]
        values = [*(f"old.{name}" for name in own), *(f"new.{name}" for name in names)]
        changes = ", ".join(f"{name} = excluded.{name}" for name in names)
        self._driver.execute(
            f"INSERT INTO {target.table} ({', '.join((*own, *names))}) SELECT {', '.join(values)} "
            f"FROM unnest({_arrays(columns)}) AS new ({', '.join(columns)}) CROSS JOIN LATERAL "
            f"(SELECT {', '.join(own)} FROM {target.table} "
            f"WHERE seller_id = {self.seller_id:d} AND {key} = new.{key} OFFSET 0) AS old "
            f"ON CONFLICT (seller_id, {key}) DO UPDATE SET {changes}",
            _turned(rows),
        )

    @_speaks_sqlalchemy
    def widen(self, rows: Sequence[tuple[Any, ...]]) -> None:
        """Values that orders have, with their slots: a value that is there keeps the wider span."""
        if not rows:
            return
        self._put("order_value", _VALUES, rows, conflicts.WIDER_SPAN)

    @contextmanager
    def together(self) -> Iterator[None]:
        """Statements without an answer go to PostgreSQL at once: it is waited for once, not for each."""
        if self.sqlite:
            yield
            return
        try:
            with self._driver.pipeline():
                yield
        except self.failures as error:
            raise _translated(self, "together", error) from error

    @_speaks_sqlalchemy
    def append_numbers(self, rows: Sequence[tuple[Any, ...]]) -> None:
        """Numbers of orders behind those that their slots have."""
        self._put("order_number", _NUMBERS, rows, conflicts.LONGER_NUMBERS)

    def count(self, kind: str, deltas: Mapping[tuple[str, str], int]) -> None:
        """Moves the counters of orders by (supplier_status, wb_status)."""
        rows = [(kind, *statuses, delta) for statuses, delta in sorted(deltas.items()) if delta]
        self.add("order_counter", _COUNTED_BY, ("count",), rows)

    def _put(
        self, table: str, columns: Mapping[str, str], rows: Sequence[tuple[Any, ...]], then: str = ""
    ) -> None:
        if not rows:
            return
        into = f"INSERT INTO {table} ({', '.join(columns)})"
        if self.sqlite:
            self._in_groups(into, len(columns), rows, then)
        else:
            self._driver.execute(f"{into} SELECT * FROM unnest({_arrays(columns)}) {then}", _turned(rows))

    def _in_groups(self, into: str, width: int, rows: Iterable[tuple[Any, ...]], then: str = "") -> None:
        """Many rows with each statement: that takes a sixth less time than a statement for each, and leaves
        the interpreter to the process' other threads while it is at work."""
        size = VALUES_AT_ONCE // width
        whole, left = _statement(into, width, size, then), iter(rows)
        while len(group := list(islice(left, size))) == size:
            self._driver.execute(whole, list(chain.from_iterable(group)))
        self._driver.executemany(_statement(into, width, 1, then), group)


def _copy(cursor: Any, table: str, target: Target, rows: Iterable[tuple[Any, ...]]) -> None:
    """As PostgreSQL keeps them, not as text: half of our time for it, and a quarter of the server's less."""
    names = ", ".join(target.columns)
    with cursor.copy(f"COPY {table} ({names}) FROM STDIN (FORMAT BINARY)") as copy:
        copy.set_types(target.kinds)
        for row in rows:
            copy.write_row(row)


VALUES_AT_ONCE: Final = 3000
"""Of one statement for SQLite, whose own bound is 32,766."""
_VALUES: Final[Mapping[str, str]] = {
    "seller_id": "bigint",
    "field": "text",
    "value": "text",
    "article": "text",
    "folded": "text",
    "first_slot": "bigint",
    "last_slot": "bigint",
}
_NUMBERS: Final[Mapping[str, str]] = {"slot": "bigint", "seller_id": "bigint", "numbers": "text"}
_COUNTED_BY: Final[Mapping[str, str]] = {"kind": "text", "supplier_status": "text", "wb_status": "text"}


@lru_cache(maxsize=64)
def _statement(into: str, width: int, rows: int, then: str) -> str:
    marks = f"({', '.join('?' * width)})"
    return f"{into} VALUES {', '.join([marks] * rows)} {then}"


def _arrays(columns: Mapping[str, str]) -> str:
    return ", ".join(f"%s::{kind}[]" for kind in columns.values())


def _turned(rows: Sequence[tuple[Any, ...]]) -> list[str]:
    """Rows as columns, each an array."""
    return [_array(column) for column in zip(*rows, strict=True)]


def _array(values: Sequence[Any]) -> str:
    """An array in PostgreSQL's own words: the driver takes ten times as long to find them."""
    return f"{{{','.join(map(_item, values))}}}"


def _item(value: Any) -> str:
    if value is None:
        return "NULL"
    if type(value) is str:
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return str(value)


def open_bulk(session: Session, seller_id: int) -> Bulk:
    """What the session still holds is sent first, so that both see the same rows."""
    session.flush()
    return Bulk(session.connection(), seller_id)
