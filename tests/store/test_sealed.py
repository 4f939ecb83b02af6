"""Secrets at rest: the right key or none, no trace of what was replaced, nothing that others can read."""

from __future__ import annotations

import contextlib
import logging
import os
import stat
import subprocess
import sys
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path
from threading import Barrier, BrokenBarrierError, Event
from typing import Any
from urllib.parse import unquote

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import LargeBinary
from sqlmodel import Session, select

from tests.locks import ON_POSTGRES, waited_for
from tests.store.rotations import interrupted_rotation
from wbcore import log
from wbcore.alerts import outbox
from wbcore.keys import keyring
from wbcore.settings import DataFolderExposed, settings
from wbcore.store import crypto, db, sealed, values
from wbcore.store.models import AlertChannel, Key, OrderClient, Seller
from wbcore.store.problems import DatabaseUnavailable, SecretKeyError, SecretKeyExposed, SecretKeyMissing

ROOT = Path(__file__).resolve().parents[2]
TOKEN = "eyJhbGciOiJFUzI1NiJ9.a-token-that-nobody-may-find.signature"
posix = pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")


def fill(tokens: int = 3, buyers: int = 5) -> None:
    """Keys, a channel and buyers, all encrypted with the key of now."""
    vault = crypto.vault()
    with db.session() as session:
        seller = Seller(sid="s", environment="production")
        session.add(seller)
        session.flush()
        assert seller.id is not None
        for number in range(tokens):
            session.add(
                Key(
                    name=f"key {number}",
                    seller_id=seller.id,
                    environment="production",
                    token_encrypted=vault.encrypt(f"{TOKEN}{number}"),
                    fingerprint="f",
                    facts={},
                )
            )
        session.add(AlertChannel(name="chat", url_encrypted=vault.encrypt("tgram://x"), shown="tgram://•••"))
        for order in range(buyers):
            data = vault.encrypt('{"phone": "900"}')
            session.add(OrderClient(seller_id=seller.id, order_id=order, data_encrypted=data))
        session.commit()


def opened() -> list[str]:
    """All tokens, as they can be read now."""
    with db.session() as session:
        rows = session.exec(select(Key).order_by(Key.name)).all()
    return [crypto.vault().decrypt(row.token_encrypted) for row in rows]


def use(monkeypatch: pytest.MonkeyPatch, *keys: str) -> None:
    monkeypatch.setenv("WB_SECRET_KEY", ",".join(keys))
    settings.cache_clear()


# --- The right key -----------------------------------------------------------------------------------------


def test_a_new_installation_gets_a_key_that_only_its_user_can_read(database: str, data_dir: Path) -> None:
    sealed.check()
    fill()
    assert (data_dir / "secret.key").stat().st_mode & 0o777 == 0o600
    sealed.check()
    assert opened()[0] == f"{TOKEN}0"


def test_a_missing_key_file_is_never_replaced_beside_a_filled_database(database: str, data_dir: Path) -> None:
    sealed.check()
    fill()
    (data_dir / "secret.key").unlink()
    with pytest.raises(SecretKeyMissing) as caught:
        sealed.check()
    assert caught.value.code == "secret_key_missing"
    with pytest.raises(SecretKeyMissing):
        crypto.vault()
    assert not (data_dir / "secret.key").exists()


def test_a_database_from_before_the_check_value_is_looked_at_too(database: str, data_dir: Path) -> None:
    crypto.make_key_file()
    fill()
    (data_dir / "secret.key").unlink()
    with pytest.raises(SecretKeyMissing):
        sealed.check()
    crypto.make_key_file()
    with pytest.raises(SecretKeyError, match="opens nothing"):
        sealed.check()
    with db.session() as session:
        assert values.get(session, sealed.CHECK) is None


def test_a_wrong_key_is_told_at_start(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    sealed.check()  # an empty database already knows its key
    use(monkeypatch, Fernet.generate_key().decode())
    with pytest.raises(SecretKeyError) as caught:
        sealed.check()
    assert caught.value.code == "secret_key_wrong"


@posix
def test_a_key_file_that_others_can_read_is_refused_with_the_way_out(data_dir: Path) -> None:
    crypto.make_key_file()
    (data_dir / "secret.key").chmod(0o640)
    with pytest.raises(SecretKeyExposed, match=r"chmod 600 .*secret\.key"):
        crypto.vault()
    (data_dir / "secret.key").chmod(0o600)
    assert crypto.vault()


# --- Another key -------------------------------------------------------------------------------------------


def test_every_encrypted_column_is_known_to_rotation() -> None:
    known = {f"{table.name}.{column.name}" for table, column in sealed.columns()}
    assert {"wb_key.token_encrypted", "alert_channel.url_encrypted", "order_client.data_encrypted"} <= known
    assert all(isinstance(column.type, LargeBinary) for _, column in sealed.columns())


def test_rotation_encrypts_all_anew_and_throws_the_old_key_away(
    database: str, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealed, "BATCH", 2)
    sealed.check()
    fill()
    old = crypto.keys()
    done = sealed.rotate()
    assert (done.renewed, done.unreadable, done.old_keys) == (9, 0, 1)
    (new,) = crypto.keys()
    assert new not in old
    assert (data_dir / "secret.key").stat().st_mode & 0o777 == 0o600
    assert opened() == [f"{TOKEN}{number}" for number in range(3)]
    sealed.check()
    use(monkeypatch, *old)
    with pytest.raises(SecretKeyError):
        opened()
    with pytest.raises(SecretKeyError):
        sealed.check()


@pytest.mark.parametrize("after", [0, 1, 4])
def test_an_interrupted_rotation_loses_nothing_and_is_gone_on_with(
    after: int, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealed, "BATCH", 2)
    sealed.check()
    fill()
    interrupted_rotation(after)
    sealed.check()
    new, old = crypto.keys()
    assert opened() == [f"{TOKEN}{number}" for number in range(3)]
    sealed.rotate()
    assert crypto.keys() == (new,)
    assert opened() == [f"{TOKEN}{number}" for number in range(3)]
    assert old != new


def test_two_who_rotate_at_once_lose_nothing(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each would make a key of its own, and the file would be without one of them."""
    sealed.check()
    fill()
    real, both, one_is_done = Fernet.generate_key, Barrier(2), Event()

    def meets() -> bytes:
        """Both have looked at the key file; the second one writes to it when the first has done its work."""
        with contextlib.suppress(BrokenBarrierError):
            if both.wait(1) == 0:
                one_is_done.wait(10)
        return real()

    def rotate() -> sealed.Rotated:
        try:
            return sealed.rotate()
        finally:
            one_is_done.set()

    monkeypatch.setattr(Fernet, "generate_key", meets)
    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(rotate) for _ in range(2)]:
            assert done.result(60).unreadable == 0
    assert len(crypto.keys()) == 1
    assert opened() == [f"{TOKEN}{number}" for number in range(3)]
    sealed.check()


def test_who_ends_a_rotation_late_throws_no_key_of_the_next_one_away(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sealed.check()
    fill()
    real, calls = sealed._renew_all, 0

    def overtaken(vault: crypto.Vault) -> tuple[int, int]:
        """Before it ends, a second one goes on with it and ends it; a third one begins and is cut off."""
        nonlocal calls
        done = real(vault)
        calls += 1
        if calls == 2:
            sealed.rotate()
            interrupted_rotation(4)
        return done

    monkeypatch.setattr(sealed, "_renew_all", overtaken)
    sealed.rotate()
    assert opened() == [f"{TOKEN}{number}" for number in range(3)]
    sealed.check()


def test_an_unreadable_value_stops_no_rotation(database: str) -> None:
    sealed.check()
    fill()
    with db.session() as session:
        session.exec(select(Key)).first().token_encrypted = Fernet(Fernet.generate_key()).encrypt(b"x")
        session.commit()
    done = sealed.rotate()
    assert (done.renewed, done.unreadable) == (8, 1)


def test_a_key_of_the_environment_is_the_operators_to_change(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    use(monkeypatch, old)
    sealed.check()
    fill()
    with pytest.raises(sealed.NothingToRotateTo):
        sealed.rotate()
    use(monkeypatch, new, old)
    assert sealed.rotate().old_keys == 0
    use(monkeypatch, new)
    sealed.check()
    assert len(opened()) == 3


def test_a_lost_key_costs_what_it_opened_and_no_more(database: str, data_dir: Path) -> None:
    sealed.check()
    fill()
    (data_dir / "secret.key").unlink()
    assert sealed.reset() == {"tokens": 3, "channels": 1, "buyers": 5}
    sealed.check()
    with db.session() as session:
        assert len(session.exec(select(Key)).all()) == 3
        assert session.exec(select(OrderClient)).all() == []


def test_a_lost_key_is_not_replaced_beside_the_one_that_is_set(
    sqlite: str, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor is the file of another key, which may open another database."""
    sealed.check()
    fill()
    file = data_dir / "secret.key"
    crypto.write_keys([Fernet.generate_key().decode()])
    other = file.read_bytes()
    sealed.reset()
    assert file.read_bytes() == other
    file.unlink()
    monkeypatch.setenv("WB_SECRET_KEY", Fernet.generate_key().decode())
    settings.cache_clear()
    sealed.reset()
    sealed.check()
    assert not file.exists()


class AtTheSameMoment:
    """What a token says, asked for while it is saved: a rotation begins then, and is given its time."""

    def __init__(self, pool: ThreadPoolExecutor) -> None:
        self.fingerprint = "f"
        self.pool, self.rotation = pool, Future[sealed.Rotated]()

    def to_record(self) -> dict[str, Any]:
        self.rotation = self.pool.submit(sealed.rotate)
        wait([self.rotation], 1)  # it is done by now unless it waits for the one who saves
        return {}


def save_a_key(session: Session, facts: Any) -> None:
    seller = keyring.upsert_seller(session, "s", "production")
    session.commit()
    keyring.save(session, "shop", TOKEN, facts, seller, "production", None)


def test_a_token_that_is_saved_at_the_moment_of_a_rotation_can_be_read_after_it(database: str) -> None:
    sealed.check()
    with ThreadPoolExecutor(1) as pool:
        facts = AtTheSameMoment(pool)
        with db.session() as session:
            save_a_key(session, facts)
            session.commit()
        facts.rotation.result(60)
    assert len(crypto.keys()) == 1, "the old key is gone"
    assert opened() == [TOKEN]


def test_a_token_that_is_replaced_at_the_moment_of_a_rotation_can_be_read_after_it(database: str) -> None:
    sealed.check()
    fill(tokens=1)
    with ThreadPoolExecutor(1) as pool:
        facts = AtTheSameMoment(pool)
        with db.session() as session:
            key = session.exec(select(Key)).one()
            seller = keyring.get_seller(session, key.seller_id)
            keyring.save(session, "", "the next one", facts, seller, "production", None, into=key.id)
            session.commit()
        facts.rotation.result(60)
    assert opened() == ["the next one"]


@ON_POSTGRES
def test_a_rotation_waits_for_an_address_on_its_way(database: str) -> None:
    sealed.check()
    with db.session() as session:
        outbox.add_channel(session, "chat", "tgram://secret", "tgram://•••")
        with waited_for(sealed.rotate):
            session.commit()
        channel = session.exec(select(AlertChannel)).one()
        session.refresh(channel)
        assert outbox.url_of(channel) == "tgram://secret"


# --- No trace ----------------------------------------------------------------------------------------------


def bytes_of_the_database() -> bytes:
    found = sorted(settings().folder.glob("wb-desk.sqlite*"))
    assert found
    return b"".join(path.read_bytes() for path in found)


def test_what_was_replaced_or_removed_leaves_no_bytes(data_dir: Path) -> None:
    """In the file, in its log, in its free pages."""
    db.prepare()
    sealed.check()
    fill(tokens=40, buyers=400)
    with db.session() as session:
        rows = session.exec(select(Key)).all()
        before = [row.token_encrypted for row in rows]
        for row in rows[:20]:
            row.token_encrypted = crypto.vault().encrypt("the next one")
        for row in rows[20:]:
            session.delete(row)
        for client in session.exec(select(OrderClient)).all():
            before.append(client.data_encrypted)
            session.delete(client)
        session.commit()
    sealed.wipe()
    kept = bytes_of_the_database()
    assert [data for data in before if data[20:60] in kept] == []


def test_a_rotation_leaves_nothing_that_the_old_key_opens(data_dir: Path) -> None:
    db.prepare()
    sealed.check()
    fill(buyers=200)
    with db.session() as session:
        before = [row.token_encrypted for row in session.exec(select(Key)).all()]
        before += [row.data_encrypted for row in session.exec(select(OrderClient)).all()]
    assert before[0][20:60] in bytes_of_the_database()
    sealed.rotate()
    kept = bytes_of_the_database()
    assert [data for data in before if data[20:60] in kept] == []


# --- Nothing that others can read ---------------------------------------------------------------------------

PROGRAMS = {
    "the command line": ("-m", "wbcore", "key", "list", "--json"),
    "the dashboard": (
        "-c",
        "from streamlit.testing.v1 import AppTest; AppTest.from_file('app.py').run(timeout=300)",
    ),
}


@posix
@pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS)
def test_an_open_folder_is_mended_and_new_files_are_private(program: tuple[str, ...], data_dir: Path) -> None:
    data_dir.mkdir(mode=0o755)
    data_dir.chmod(0o755)
    (data_dir / "wb-desk.sqlite").touch(0o644)
    environment = {**os.environ, "WB_WORKER": "off"}
    old = os.umask(0o022)
    try:
        subprocess.run([sys.executable, *program], cwd=ROOT, env=environment, check=True, capture_output=True)
    finally:
        os.umask(old)
    assert data_dir.stat().st_mode & 0o777 == 0o700
    found = [path for path in data_dir.rglob("*") if path.is_file()]
    assert {path.name for path in found} >= {"wb-desk.sqlite", "secret.key"}
    assert [path.name for path in found if path.stat().st_mode & 0o077] == []


@posix
def test_a_place_that_others_need_is_refused_and_stays_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o1777)  # as /tmp
    monkeypatch.setenv("WB_DATA_DIR", str(shared))
    settings.cache_clear()
    with pytest.raises(DataFolderExposed):
        _ = settings().folder
    assert stat.S_IMODE(shared.stat().st_mode) == 0o1777
    assert list(shared.iterdir()) == []


# --- The database's password --------------------------------------------------------------------------------

PASSWORDS = [
    "Tr0ub@dor3",
    "Tr0ub@d:or3/x?y=z",
    "p@ss@w0rd#1",
    "100%sure@home",
    "пароль@слово",
    "two words@and\ttab",
    "q\"uote'd@sign",
    "%40already%2Fencoded",
]


@pytest.mark.parametrize("password", PASSWORDS)
def test_no_piece_of_the_password_is_in_a_message(
    password: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    address = f"postgresql://wb:{password}@127.0.0.1:1/desk"
    monkeypatch.setenv("WB_DATABASE_URL", address)
    settings.cache_clear()
    log.setup("DEBUG")
    with pytest.raises(DatabaseUnavailable) as caught:
        db.prepare()
    assert "127.0.0.1:1" in str(caught.value)  # the right host was asked: no piece of the password was it
    logger = logging.getLogger("somebody")
    logger.error("connect to %s failed", address)
    logger.error("connect failed", extra={"address": address, "password": password})
    failure = RuntimeError(f"could not reach {settings().database}")
    logger.error("failed", exc_info=failure)
    told = str(caught.value) + capsys.readouterr().err + settings().log_file.read_text()
    pieces = {piece for piece in unquote(password).split("@") if len(piece) > 2}
    assert [piece for piece in {password, *pieces} if piece in told] == []


@pytest.mark.postgres
def test_a_password_with_signs_opens_the_database(postgres: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """The address is understood, too: what the server gets is the password as it was written."""
    monkeypatch.setenv(
        "WB_DATABASE_URL", "postgresql://wb:Tr0ub@d:or3/x@db.example:5433/desk?sslmode=require"
    )
    settings.cache_clear()
    url = db.engine().url
    assert (url.username, url.password) == ("wb", "Tr0ub@d:or3/x")
    assert (url.host, url.port, url.database) == ("db.example", 5433, "desk")
