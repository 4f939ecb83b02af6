"""Backups: made while others write, read back, put back into either database, never half."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from wbcore.people import audit, sessions, users
from wbcore.people.actor import Actor
from wbcore.settings import settings
from wbcore.store import backup, crypto, db, sealed
from wbcore.store.migrations import HEAD
from wbcore.store.models import Key, Order, Run, Seller, utc_now
from wbcore.store.problems import DatabaseTooNew


def fill(orders: int = 300) -> None:
    with db.session() as session:
        seller = Seller(sid="s", environment="production", name="ООО Ромашка")
        session.add(seller)
        session.flush()
        assert seller.id is not None
        session.add(
            Key(
                name="main",
                seller_id=seller.id,
                environment="production",
                token_encrypted=crypto.vault().encrypt("a token"),
                fingerprint="f",
                facts={"categories": ["marketplace"]},
                verified_at=utc_now(),
            )
        )
        session.add(
            Run(id="r1", key_name="main", seller_id=seller.id, source="new", params={"clients": False})
        )
        for number in range(orders):
            session.add(Order(seller_id=seller.id, id=10**12 + number, digest=-number, raw=b'{"id": 1}'))
        audit.record(session, Actor.machine("test"), "key_added", "main")
        session.commit()


def state() -> dict[str, Any]:
    """What an operator would miss."""
    with db.session() as session:
        (key,) = session.exec(select(Key)).all()
        (run,) = session.exec(select(Run)).all()
        return {
            "orders": sorted(session.exec(select(Order.id, Order.digest)).all()),
            "sellers": [s.name for s in session.exec(select(Seller)).all()],
            "key": (key.name, key.facts, key.verified_at, key.token_encrypted),
            "run": (run.id, run.params, run.created_at, run.cancel_requested),
            "audit": audit.verify(session),
        }


@pytest.fixture
def filled(database: str) -> dict[str, Any]:
    sealed.check()
    fill()
    return state()


def test_what_was_copied_comes_back(filled: dict[str, Any], tmp_path: Path) -> None:
    file = tmp_path / "copy"
    made = backup.make(file)
    assert made.revision == HEAD
    assert (made.rows["wb_order"], made.rows["wb_key"]) == (300, 1)
    if os.name == "posix":
        assert file.stat().st_mode & 0o777 == 0o600
    with db.session() as session:
        for order in session.exec(select(Order)).all():
            session.delete(order)
        session.add(Seller(sid="later", environment="production"))
        session.commit()
    assert backup.restore(file).rows == made.rows
    assert state() == filled
    with db.session() as session:  # numbers go on
        session.add(Seller(sid="next", environment="production"))
        audit.record(session, Actor.machine("test"), "key_added", "next")
        session.commit()
        assert audit.verify(session).broken_at is None
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".copy")] == []


@pytest.mark.postgres
def test_a_copy_of_one_database_goes_into_the_other(
    data_dir: Path, prepared_postgres: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    db.prepare()
    sealed.check()
    fill()
    before = state()
    backup.make(tmp_path / "from-sqlite")
    monkeypatch.setenv("WB_DATABASE_URL", prepared_postgres)
    settings.cache_clear()
    backup.restore(tmp_path / "from-sqlite")
    assert db.engine().dialect.name == "postgresql"
    assert state() == before
    backup.make(tmp_path / "from-postgres")
    monkeypatch.delenv("WB_DATABASE_URL")
    settings.cache_clear()
    with db.session() as session:
        session.add(Seller(sid="later", environment="production"))
        session.commit()
    backup.restore(tmp_path / "from-postgres")
    assert state() == before


def test_a_copy_made_under_load_is_of_one_moment(filled: dict[str, Any], tmp_path: Path) -> None:
    """A writer moves two tables together; no copy has one without the other."""
    begun, ending = threading.Event(), threading.Event()

    def write() -> None:
        number = 0
        while not ending.is_set():
            number += 1
            with db.writing() as session:
                session.add(Seller(sid=f"w{number}", environment="production"))
                session.add(Order(seller_id=99, id=number, digest=1, raw=b"{}"))
                session.commit()
            begun.set()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        assert begun.wait(120)
        copies = [backup.make(tmp_path / f"copy-{n}").rows for n in range(2)]
    finally:
        ending.set()
        writer.join()
    assert [rows["wb_order"] - rows["seller"] for rows in copies] == [299] * 2
    assert copies[-1]["seller"] > 1


def test_without_the_key_orders_are_there_and_tokens_stay_shut(
    filled: dict[str, Any], data_dir: Path, tmp_path: Path
) -> None:
    backup.make(tmp_path / "copy")
    key = (data_dir / "secret.key").read_bytes()
    (data_dir / "secret.key").unlink()
    backup.restore(tmp_path / "copy")
    assert state() == filled
    with pytest.raises(sealed.SecretKeyMissing):
        sealed.check()
    crypto.make_key_file()
    with pytest.raises(crypto.SecretKeyError):
        sealed.check()
    (data_dir / "secret.key").write_bytes(key)
    sealed.check()
    assert crypto.vault().decrypt(state()["key"][3]) == "a token"


def test_a_newer_copy_is_refused_and_nothing_touched(filled: dict[str, Any], tmp_path: Path) -> None:
    backup.make(tmp_path / "copy")
    with sqlite3.connect(tmp_path / "copy") as copy:
        copy.execute("UPDATE alembic_version SET version_num = '9999'")
    copy.close()
    with pytest.raises(DatabaseTooNew):
        backup.restore(tmp_path / "copy")
    assert state() == filled


@pytest.mark.parametrize(
    ("content", "code"),
    [(None, "unreadable"), (b"my shopping list", "foreign"), (backup.HEADER + b"\xff" * 5000, "damaged")],
)
def test_what_is_no_copy_is_refused(content: bytes | None, code: str, data_dir: Path, tmp_path: Path) -> None:
    db.prepare()
    sealed.check()
    fill(3)
    before = state()
    if content is not None:
        (tmp_path / "copy").write_bytes(content)
    with pytest.raises(backup.BackupRefused) as caught:
        backup.restore(tmp_path / "copy")
    assert caught.value.code == code
    assert state() == before


def test_another_file_is_not_overwritten(data_dir: Path, tmp_path: Path) -> None:
    db.prepare()
    (tmp_path / "letter").write_text("dear all")
    with pytest.raises(backup.BackupRefused):
        backup.make(tmp_path / "letter")
    assert (tmp_path / "letter").read_text() == "dear all"
    with contextlib.closing(sqlite3.connect(tmp_path / "diary")) as other, other:
        other.execute("CREATE TABLE entry (words)")
    with pytest.raises(backup.BackupRefused):
        backup.make(tmp_path / "diary")
    with contextlib.closing(sqlite3.connect(tmp_path / "diary")) as other:
        assert other.execute("SELECT count(*) FROM entry").fetchone() == (0,)
    backup.make(tmp_path / "copy")
    backup.make(tmp_path / "copy")  # a former copy is


@pytest.mark.skipif(os.name != "posix", reason="pipes of POSIX")
def test_a_pipe_or_a_device_is_not_overwritten(data_dir: Path, tmp_path: Path) -> None:
    """``backup /dev/null`` by an administrator, to see whether it works, left the machine without one."""
    db.prepare()
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(backup.BackupRefused, match="exists"):
        backup.make(tmp_path / "pipe")
    assert (tmp_path / "pipe").is_fifo()


def test_who_was_signed_out_since_is_not_signed_in_by_a_copy(database: str, tmp_path: Path) -> None:
    with db.session() as session:
        user = users.add(session, "Анна", "owner", "long enough")
        secret, _ = sessions.begin(session, user.id or 0)
        session.commit()
    backup.make(tmp_path / "copy")
    with db.session() as session:
        sessions.end_all(session, user.id or 0)
        session.commit()
    backup.restore(tmp_path / "copy")
    with db.session() as session:
        assert users.find(session, "Анна") is not None
        assert sessions.find(session, secret) is None


@pytest.mark.parametrize("act", [backup.make, backup.restore])
def test_the_database_is_no_copy_of_itself(
    act: Callable[[Path], object], data_dir: Path, tmp_path: Path
) -> None:
    """Put in its own place under a worker's hands it would be damaged."""
    db.prepare()
    sealed.check()
    fill(3)
    before, file = state(), data_dir / "wb-desk.sqlite"
    number = file.stat().st_ino
    (tmp_path / "link").symlink_to(file)
    for name in (file, tmp_path / "link"):
        with pytest.raises(backup.BackupRefused) as caught:
            act(name)
        assert caught.value.code == "itself"
    assert (state(), file.stat().st_ino) == (before, number)


@pytest.mark.postgres
def test_what_others_keep_in_the_same_database_stays_theirs(
    prepared_postgres: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("WB_DATABASE_URL", prepared_postgres)
    settings.cache_clear()
    sealed.check()
    fill(3)
    before = state()

    def ask(statement: str) -> list[Any]:
        with db.engine().begin() as connection:
            found = connection.exec_driver_sql(statement)
            return list(found) if found.returns_rows else []

    ask("CREATE TABLE diary AS SELECT 'dear diary' AS words")
    backup.make(tmp_path / "copy")
    backup.restore(tmp_path / "copy")
    assert state() == before
    assert ask("SELECT words FROM diary") == [("dear diary",)]


def test_a_damaged_database_is_moved_aside_and_replaced(data_dir: Path, tmp_path: Path) -> None:
    db.prepare()
    sealed.check()
    fill(3)
    before = state()
    backup.make(tmp_path / "copy")
    db.dispose()
    file = data_dir / "wb-desk.sqlite"
    for name in ("-wal", "-shm"):
        Path(f"{file}{name}").unlink(missing_ok=True)
    file.write_bytes(b"\xff" * file.stat().st_size)
    with pytest.raises(db.DatabaseUnavailable):
        db.prepare()
    done = backup.restore(tmp_path / "copy")
    assert done.moved_aside is not None
    assert done.moved_aside.exists()
    assert state() == before
