"""Keys: kept encrypted, found by name, replaced, renamed, removed."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from sqlmodel import Session

from wbcore.keys import keyring
from wbcore.settings import settings
from wbcore.store import crypto, db
from wbcore.store.models import Key, Seller
from wbcore.store.problems import KeyExists, SecretKeyError

TOKEN = "a-token-in-clear"


@dataclass(frozen=True)
class Facts:
    fingerprint: str = "0123456789ab"
    categories: tuple[str, ...] = ("marketplace",)
    expires_at: str | None = None

    def to_record(self) -> dict[str, Any]:
        return {
            "categories": list(self.categories),
            "fingerprint": self.fingerprint,
            "expires_at": self.expires_at,
        }


def seller_of(session: Session, sid: str = "s1", environment: str = "production") -> Seller:
    return keyring.upsert_seller(session, sid, environment, "ООО Ромашка", "Ромашка")


def save(session: Session, name: str, token: str = TOKEN, **options: Any) -> Key:
    facts = options.pop("facts", Facts())
    seller = options.pop("seller", None) or seller_of(session)
    return keyring.save(session, name, token, facts, seller, "production", None, **options)


def use_secret(monkeypatch: pytest.MonkeyPatch, *secret_keys: bytes) -> None:
    monkeypatch.setenv("WB_SECRET_KEY", ", ".join(key.decode() for key in secret_keys))
    settings.cache_clear()


def test_a_token_is_kept_encrypted_and_comes_back_whole(database: str) -> None:
    with db.session() as session:
        save(session, "main")
        session.commit()
    with db.session() as session:
        key = keyring.get_key(session, "main")
        assert key is not None
        assert TOKEN.encode() not in key.token_encrypted
        assert TOKEN not in repr(key)
        assert keyring.token_of(key) == TOKEN
        assert key.facts["categories"] == ["marketplace"]
        assert keyring.get_key(session, key.id or 0) is key


def test_a_taken_name_is_refused_and_a_key_takes_another_token(database: str) -> None:
    with db.session() as session:
        first = save(session, "main")
        saved_at = first.token_saved_at
        with pytest.raises(KeyExists):
            save(session, "main", "another")
        assert keyring.token_of(first) == TOKEN
        second = save(session, "", "another", into=first.id)
        assert second.id == first.id
        assert keyring.token_of(second) == "another"
        assert second.token_saved_at > saved_at


def test_a_key_is_renamed_but_not_onto_another(database: str) -> None:
    with db.session() as session:
        key = save(session, "old")
        save(session, "other")
        keyring.rename(session, key, "new")
        assert [k.name for k in keyring.list_keys(session)] == ["new", "other"]
        with pytest.raises(KeyExists):
            keyring.rename(session, key, "other")


def test_a_removed_key_takes_its_token_along_and_leaves_its_seller(database: str) -> None:
    with db.session() as session:
        keyring.remove(session, save(session, "main"))
        session.commit()
    with db.session() as session:
        assert keyring.list_keys(session) == []
        assert [s.name for s in keyring.list_sellers(session)] == ["ООО Ромашка"]


def test_one_seller_in_two_environments_is_two(database: str) -> None:
    with db.session() as session:
        first, again = seller_of(session), keyring.upsert_seller(session, "s1", "production")
        assert first.id == again.id
        assert (again.name, again.trade_mark) == ("ООО Ромашка", "Ромашка")  # what is empty replaces nothing
        assert seller_of(session, environment="demo").id != first.id


def test_the_other_key_of_the_seller_that_has_the_category_is_found(database: str) -> None:
    with db.session() as session:
        narrow = save(session, "narrow", facts=Facts(categories=("statistics",)))
        wide = save(session, "wide", facts=Facts(categories=("marketplace", "statistics")))
        save(session, "foreign", seller=seller_of(session, "s2"))
        save(session, "expired", facts=Facts(expires_at="2026-01-01T00:00:00+00:00"))
        found = keyring.other_key_with(session, narrow.seller_id, "marketplace", narrow.id)
        assert found is not None
        assert found.name == "wide"
        assert keyring.other_key_with(session, wide.seller_id, "marketplace", wide.id) is None


def test_the_key_file_is_private(data_dir: Path) -> None:
    crypto.vault()
    assert (data_dir / "secret.key").stat().st_mode & 0o777 == 0o600


def test_no_second_copy_of_the_key_stays_beside_it(data_dir: Path) -> None:
    crypto.vault()
    assert [file.name for file in data_dir.glob("*key*")] == ["secret.key"]
    crypto.write_keys([Fernet.generate_key().decode()])
    assert [file.name for file in data_dir.glob("*key*")] == ["secret.key"]


def test_a_key_file_that_can_not_be_written_is_told(data_dir: Path) -> None:
    crypto.vault()
    (data_dir / "secret.key").unlink()
    (data_dir / "secret.key").mkdir()
    with pytest.raises(SecretKeyError, match="can't be written"):
        crypto.write_keys([Fernet.generate_key().decode()])


def test_the_first_secret_key_encrypts_and_all_decrypt(monkeypatch: pytest.MonkeyPatch) -> None:
    old, new = Fernet.generate_key(), Fernet.generate_key()
    use_secret(monkeypatch, old)
    written = crypto.vault().encrypt("x")
    use_secret(monkeypatch, new, old)
    assert crypto.vault().decrypt(written) == "x"
    assert Fernet(new).decrypt(crypto.vault().encrypt("y")) == b"y"


def test_a_wrong_secret_key_says_so_and_shows_neither(monkeypatch: pytest.MonkeyPatch) -> None:
    written = crypto.vault().encrypt(TOKEN)
    use_secret(monkeypatch, Fernet.generate_key())
    with pytest.raises(SecretKeyError) as caught:
        crypto.vault().decrypt(written)
    assert caught.value.code == "secret_key_wrong"
    monkeypatch.setenv("WB_SECRET_KEY", "not-a-fernet-key")
    settings.cache_clear()
    with pytest.raises(SecretKeyError) as caught:
        crypto.vault()
    assert "not-a-fernet-key" not in str(caught.value)


def test_processes_that_start_at_once_share_one_key_file(data_dir: Path) -> None:
    program = "from wbcore.store.crypto import vault; print(vault().encrypt('x').decode())"
    started = [
        subprocess.Popen(
            [sys.executable, "-c", program],
            stdout=subprocess.PIPE,
            env=os.environ.copy(),
            cwd=Path(__file__).resolve().parents[2],
        )
        for _ in range(6)
    ]
    written = [process.communicate(timeout=120)[0].strip() for process in started]
    assert [crypto.vault().decrypt(one) for one in written] == ["x"] * 6


def test_the_name_for_a_seller_is_that_of_its_oldest_key(database: str) -> None:
    with db.session() as session:
        key = save(session, "zero")
        save(session, "later")
        assert keyring.names_by_seller(session) == {key.seller_id: "zero"}


def test_verified_at_is_in_utc(database: str) -> None:
    now = datetime(2026, 11, 23, 12, tzinfo=UTC)
    with db.session() as session:
        keyring.save(session, "main", TOKEN, Facts(), seller_of(session), "production", now)
        session.commit()
    with db.session() as session:
        key = keyring.get_key(session, "main")
        assert key is not None
        assert key.verified_at == now


def test_the_number_of_a_removed_key_is_given_to_no_other(database: str) -> None:
    """What is open somewhere names a key by its number."""
    with db.session() as session:
        first, second = save(session, "first"), save(session, "second")
        numbers = {first.id, second.id}
        keyring.remove(session, second)
        session.commit()
        third = save(session, "third")
        keyring.remove(session, first)
        keyring.remove(session, third)
        session.commit()
        assert save(session, "fourth").id not in {*numbers, third.id}
