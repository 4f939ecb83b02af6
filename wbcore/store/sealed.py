"""Everything that is stored encrypted: whether this key opens it, and how it gets another key.

What is encrypted is known by its column: the name ends in ``_encrypted``. A row in quarantine is encrypted
where it may name a buyer (``ENCRYPTED`` tells).
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from cryptography.fernet import Fernet
from sqlalchemy import Column, Table, delete, select, tuple_, update
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, SQLModel, col

from wbcore.settings import settings
from wbcore.store import crypto, db, ownership, values
from wbcore.store.crypto import Vault
from wbcore.store.models import AlertChannel, Key, OrderClient, OrderPrivate, RejectedRow, Value
from wbcore.store.problems import SecretKeyError, SecretKeyMissing

log = logging.getLogger(__name__)

CHECK: Final = "secret.check"
"""Name of the stored check value: a known text, encrypted."""
KNOWN_TEXT: Final = "WB Desk"
ENCRYPTED: Final = b"gAAAA"
"""How every Fernet token begins, and no JSON."""
NOTHING: Final = b""
"""Stands for a token that has to be pasted again."""
ERASED: Final = b'{"erased": true}'
"""Stands for a row in quarantine whose text is gone."""
BATCH: Final = 1000


@dataclass(frozen=True, slots=True)
class Rotated:
    """What came of a rotation.

    Attributes:
        renewed: values that were encrypted anew.
        unreadable: values that none of the keys opens; they stay as they are.
        old_keys: how many old keys were thrown away; of ``WB_SECRET_KEY`` none, that is the operator's.
    """

    renewed: int
    unreadable: int
    old_keys: int


class NothingToRotateTo(ValueError):
    """``WB_SECRET_KEY`` holds one key alone: the new one has to stand before it."""


def check() -> None:
    """Sees that the secret key is the one of this database; a new installation gets one.

    To be called after ``db.prepare``.

    Raises:
        SecretKeyMissing: there is no key file, and the database holds what it opens.
        SecretKeyExposed: others can read it.
        SecretKeyError: it is another key, or none.
    """
    vault = crypto.vault()
    with db.unlimited_session() as session:
        known = values.get(session, CHECK)
        samples = [] if known else list(_samples(session))
    if not known:
        _confirm(vault, samples)
        known = _keep_check_value(vault)
    vault.decrypt(known.encode())


def is_filled() -> bool:
    """Whether the database holds what only one key opens, so that no other one may be made."""
    with db.unlimited_session() as session:
        connection = session.connection()
        if not connection.dialect.has_table(connection, Value.__tablename__):
            return False
        return bool(values.get(session, CHECK) or any(_samples(session)))


def _samples(session: Session) -> Iterator[bytes]:
    """An encrypted value of each kind."""
    for table, column in columns():
        found = session.connection().execute(select(column).where(is_encrypted(table, column)).limit(5))
        yield from (row[0] for row in found)


def _confirm(vault: Vault, samples: list[bytes]) -> None:
    """A database from before there was a check value: one value that opens is proof enough."""
    for sample in samples:
        try:
            vault.decrypt(sample)
        except SecretKeyError:
            continue
        return
    if samples:
        raise SecretKeyError("the secret key opens nothing of what is stored")


def _keep_check_value(vault: Vault) -> str:
    """Writes it unless another process was quicker; what is stored."""
    with db.unlimited_session() as session:
        row = {"name": CHECK, "value": vault.encrypt(KNOWN_TEXT).decode()}
        session.connection().execute(db.insert(session, Value).values(row).on_conflict_do_nothing())
        session.commit()
        return str(values.get(session, CHECK))


def columns() -> list[tuple[Table, Column[Any]]]:
    """The columns with encrypted values."""
    found = [
        (table, column)
        for table in SQLModel.metadata.sorted_tables
        for column in table.columns
        if column.name.endswith("_encrypted")
    ]
    return [*found, (quarantine(), quarantine().c.raw)]


def quarantine() -> Table:
    """The table of rows that could not be read: encrypted where they may name a buyer."""
    table: Table = RejectedRow.__table__  # type: ignore[attr-defined]
    return table


def is_encrypted(table: Table, column: Column[Any]) -> Any:
    """The condition for a row whose column holds an encrypted value."""
    if column.name.endswith("_encrypted"):
        return column.is_not(None)
    # Fernet's own beginning, compared as bytes: the same on both databases.
    return (column >= ENCRYPTED) & (column < ENCRYPTED + b"\xff")


# --- Rotation ----------------------------------------------------------------------------------------------


def rotate() -> Rotated:
    """A new key for everything that is stored. Can be interrupted anywhere, and called again.

    The key file holds the new key and the old one until nothing needs the old one: at each moment
    everything can be read, by other processes, too.

    Raises:
        NothingToRotateTo: the key is in ``WB_SECRET_KEY``, alone.
        SecretKeyError: as ``check``; nothing is changed then.
    """
    check()
    in_file = settings().secret_key is None
    keys = _begin(in_file)
    renewed, unreadable = _renew_all(crypto.vault())
    with db.writing() as session:  # what was begun with the old key is to be seen by what follows
        _hold(session, alone=True)
        session.commit()
        ownership.pass_by(session)
    more, _ = _renew_all(crypto.vault())  # what was written with the old key meanwhile
    if in_file:
        _throw_away(keys)
    db.wipe(everything=True)
    log.info("secret key rotated", extra={"data": {"renewed": renewed + more, "unreadable": unreadable}})
    return Rotated(renewed + more, unreadable, len(keys) - 1 if in_file else 0)


def _begin(in_file: bool) -> list[str]:
    """The new key and the old ones. Who begins while another one rotates goes on with that one's: a key file
    that is written twice would be without the key that the first one has used."""
    with db.writing() as session:
        _hold(session, alone=True)
        keys = list(crypto.keys())
        if len(keys) == 1:
            if not in_file:
                raise NothingToRotateTo
            keys.insert(0, Fernet.generate_key().decode())
            crypto.write_keys(keys)
    return keys


def _throw_away(keys: list[str]) -> None:
    """Leaves the new key alone in the file, unless another one has begun to rotate anew since."""
    with db.writing() as session:
        _hold(session, alone=True)
        if list(crypto.keys()) == keys:
            crypto.write_keys(keys[:1])


def vault_for(session: Session) -> Vault:
    """The vault for what this transaction stores: a rotation goes on when that has ended, and finds it.

    Pages of orders need it not: their sellers are locked, and waited for.

    Raises:
        SecretKeyError: as ``crypto.vault``.
    """
    _hold(session)
    return crypto.vault()


def _hold(session: Session, *, alone: bool = False) -> None:
    """Until the transaction ends a rotation waits for it; of ``alone`` there is one, which waits for others.

    The key file is to be read after this: who reads it before may write with a key that is thrown away.
    """
    db.begin(session)  # SQLite has one writer: it needs no more
    check = select(col(Value.name)).where(col(Value.name) == CHECK).with_for_update(read=not alone)
    session.connection().execute(check)


def _renew_all(vault: Vault) -> tuple[int, int]:
    renewed = unreadable = 0
    for table, column in columns():
        after: tuple[Any, ...] = ()
        while True:
            with db.writing() as session:
                rows = _batch(session, table, column, after)
                good, bad = _renew(session, table, column, rows, vault)
                session.commit()
            renewed, unreadable = renewed + good, unreadable + bad
            if len(rows) < BATCH:
                break
            after = tuple(rows[-1][:-1])
    with db.writing() as session:
        known = values.get(session, CHECK)
        if known and not vault.is_current(known.encode()):
            values.put(session, CHECK, vault.renew(known.encode()).decode())
            session.commit()
    return renewed, unreadable


def _batch(session: Session, table: Table, column: Column[Any], after: tuple[Any, ...]) -> list[Any]:
    keys = list(table.primary_key.columns)
    query = select(*keys, column).where(is_encrypted(table, column)).order_by(*keys).limit(BATCH)
    if after:
        query = query.where(tuple_(*keys) > tuple_(*after))
    return list(session.connection().execute(query).all())


def _renew(
    session: Session, table: Table, column: Column[Any], rows: list[Any], vault: Vault
) -> tuple[int, int]:
    """Each only if it is still what was read: somebody may have put another one in its place."""
    renewed = unreadable = 0
    keys = list(table.primary_key.columns)
    for *place, data in rows:
        if vault.is_current(data):
            continue
        try:
            again = vault.renew(data)
        except SecretKeyError:
            unreadable += 1
            continue
        there = [key == value for key, value in zip(keys, place, strict=True)]
        changed = update(table).where(*there, column == data).values({column: again})
        renewed += session.connection().execute(changed).rowcount
    return renewed, unreadable


def reset() -> dict[str, int]:
    """For a lost key: drops what only it would open, and begins anew. Orders, runs and history stay.

    Returns:
        How many ``tokens`` have to be pasted again, and how many ``channels`` and ``buyers`` are gone.
    """
    with contextlib.suppress(SecretKeyMissing):
        crypto.vault()
    if settings().secret_key is None:
        crypto.make_key_file()
    vault = crypto.vault()
    with db.writing() as session:
        _hold(session, alone=True)
        connection = session.connection()
        tokens = connection.execute(update(Key).values(token_encrypted=NOTHING)).rowcount
        channels = connection.execute(delete(AlertChannel)).rowcount
        buyers = connection.execute(delete(OrderClient)).rowcount
        rows = quarantine()
        lost = update(rows).where(is_encrypted(rows, rows.c.raw)).values(raw=ERASED)
        buyers += connection.execute(delete(OrderPrivate)).rowcount
        buyers += connection.execute(lost).rowcount
        values.put(session, CHECK, vault.encrypt(KNOWN_TEXT).decode())
        session.commit()
    wipe()
    log.warning("what the lost secret key would open was dropped", extra={"data": {"tokens": tokens}})
    return {"tokens": tokens, "channels": channels, "buyers": buyers}


def wipe() -> None:
    """What was replaced or removed leaves SQLite's log: now, or, where a reader holds it, by a worker."""
    try:
        db.wipe()
    except DBAPIError as error:
        log.warning("the database's log could not be emptied: %s", type(error).__name__)
