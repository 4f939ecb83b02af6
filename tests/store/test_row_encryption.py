"""Rows that come by the thousand are sealed one by one: each with its own nonce, opened by its key alone."""

from __future__ import annotations

import base64
import os

import pytest
from cryptography.fernet import Fernet
from sqlmodel import col, select

from tests.store.rotations import interrupted_rotation
from wbcore.settings import settings
from wbcore.store import crypto, db, sealed
from wbcore.store.crypto import Vault
from wbcore.store.models import OrderClient, OrderPrivate, Seller
from wbcore.store.problems import SecretKeyError

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()
BUYER = '{"comment":"Позвоните за час"}'.encode()
ORDERS = range(7)


def fill() -> None:
    """Buyers of orders, the odd ones as older versions have stored them."""
    vault = crypto.vault()
    with db.session() as session:
        seller = Seller(sid="s", environment="production")
        session.add(seller)
        session.flush()
        assert seller.id is not None
        for order in ORDERS:
            data = vault.encrypt(BUYER.decode()) if order % 2 else vault.encrypt_row(BUYER)
            session.add(OrderPrivate(seller_id=seller.id, order_id=order, data_encrypted=data))
            session.add(OrderClient(seller_id=seller.id, order_id=order, data_encrypted=data))
        session.commit()


def stored() -> list[bytes]:
    with db.session() as session:
        return [
            data
            for model in (OrderPrivate, OrderClient)
            for data in session.exec(select(model.data_encrypted).order_by(col(model.order_id)))
        ]


def assert_all_can_be_read() -> None:
    assert [crypto.vault().decrypt(data) for data in stored()] == [BUYER.decode()] * (2 * len(ORDERS))


def use(monkeypatch: pytest.MonkeyPatch, *keys: str) -> None:
    monkeypatch.setenv("WB_SECRET_KEY", ",".join(keys))
    settings.cache_clear()


def test_what_an_earlier_version_has_sealed_is_opened() -> None:
    key = base64.urlsafe_b64encode(bytes(range(32))).decode()
    row = base64.b64decode("AUfVxoW8la/9/S7R10T3sZ1Y8xSVAvf2dwKvv/HKrAF+J/DESvgVwQCmIgde")
    assert Vault([key]).decrypt(row) == "Иван"


def test_a_secret_key_of_nothing_is_said_to_be_none(sqlite: str, monkeypatch: pytest.MonkeyPatch) -> None:
    crypto.vault()
    crypto.key_file().write_text(" \n")
    with pytest.raises(SecretKeyError, match=r"the key file .* holds no key"):
        crypto.vault()
    use(monkeypatch, " ", "")
    with pytest.raises(SecretKeyError, match="WB_SECRET_KEY holds no key"):
        crypto.vault()


def test_equal_rows_look_different_and_say_nothing_of_their_content() -> None:
    vault = Vault([OLD])
    sealed_rows = {vault.encrypt_row(BUYER) for _ in range(50)}
    assert len(sealed_rows) == 50
    assert all(vault.decrypt(data) == BUYER.decode() and BUYER[:8] not in data for data in sealed_rows)


def test_rows_that_are_sealed_together_have_a_nonce_each() -> None:
    """Two under one nonce would give away what is the same in them, and let others be forged."""
    vault = Vault([OLD])
    rows = [BUYER + bytes([48 + n]) for n in range(5)]
    sealed_rows = vault.encrypt_rows(rows)
    head = len(crypto.ROW) + crypto._NAME_BYTES
    assert len({data[head : head + crypto._NONCE_BYTES] for data in sealed_rows}) == 5
    assert [vault.decrypt(data).encode() for data in sealed_rows] == rows


@pytest.mark.parametrize("key", ["nonsense", "A" * 40, "пароль"])
def test_a_secret_key_that_is_none_is_told_and_not_shown(monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    use(monkeypatch, key)
    with pytest.raises(SecretKeyError, match="not a Fernet key") as caught:
        crypto.vault()
    assert key not in str(caught.value)


def test_both_kinds_are_opened_by_any_of_the_keys_and_by_no_other() -> None:
    for data in (Vault([OLD]).encrypt_row(BUYER), Vault([OLD]).encrypt(BUYER.decode())):
        assert Vault([NEW, OLD]).decrypt(data) == BUYER.decode()
        with pytest.raises(SecretKeyError):
            Vault([NEW]).decrypt(data)
        with pytest.raises(SecretKeyError):
            Vault([NEW]).renew(data)


def test_a_row_is_renewed_under_the_first_key_alone() -> None:
    both, old = Vault([NEW, OLD]), Vault([OLD]).encrypt_row(BUYER)
    assert not both.is_current(old)
    renewed = both.renew(old)
    assert both.is_current(renewed)
    assert Vault([NEW]).decrypt(renewed) == BUYER.decode()
    with pytest.raises(SecretKeyError):
        Vault([OLD]).decrypt(renewed)


def test_a_row_that_was_changed_anywhere_is_not_opened() -> None:
    vault = Vault([OLD])
    data = vault.encrypt_row(BUYER)
    for place in range(len(data)):
        changed = bytes([*data[:place], data[place] ^ 1, *data[place + 1 :]])
        assert not vault.is_current(changed)
        with pytest.raises(SecretKeyError):
            vault.decrypt(changed)
    for length in range(len(data)):
        with pytest.raises(SecretKeyError):
            vault.decrypt(data[:length])
    with pytest.raises(SecretKeyError):
        vault.decrypt(data + os.urandom(1))


@pytest.mark.parametrize("after", [0, 2, 5])
def test_an_interrupted_rotation_of_both_kinds_is_gone_on_with(
    after: int, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealed, "BATCH", 3)
    sealed.check()
    fill()
    before, (old,) = stored(), crypto.keys()
    interrupted_rotation(after)
    assert_all_can_be_read()
    assert sealed.rotate().unreadable == 0
    assert_all_can_be_read()
    assert not set(before) & set(stored())
    use(monkeypatch, old)
    for data in stored():
        with pytest.raises(SecretKeyError):
            crypto.vault().decrypt(data)


def test_a_damaged_row_stops_no_rotation_and_stays_as_it_is(database: str) -> None:
    sealed.check()
    fill()
    damaged = stored()[0][:-1]
    with db.session() as session:
        found = session.exec(select(OrderPrivate).order_by(col(OrderPrivate.order_id))).first()
        assert found is not None
        found.data_encrypted = damaged
        session.commit()
    done = sealed.rotate()
    assert (done.renewed, done.unreadable) == (2 * len(ORDERS) - 1, 1)
    assert stored()[0] == damaged
