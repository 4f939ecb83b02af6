"""Encryption of tokens and personal data: Fernet, its key beside the data or in ``WB_SECRET_KEY``."""

from __future__ import annotations

import contextlib
import os
import secrets
from functools import lru_cache
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from sqlmodel import Session, col, select, tuple_

from wbcore.settings import settings
from wbcore.store.errors import SecretKeyError
from wbcore.store.models import AlertChannel, Key, OrderClient

__all__ = ["KEY_FILE", "SecretKeyError", "Vault", "rotate", "vault"]

KEY_FILE = "secret.key"
_BATCH = 1000


class Vault:
    """Encrypts with the first key and decrypts with any of them.

    Raises:
        SecretKeyError: a key is not 32 url-safe base64-encoded bytes.
    """

    def __init__(self, keys: list[str]) -> None:
        try:
            self._fernet = MultiFernet([Fernet(key) for key in keys])
        except ValueError:  # its text could quote the key
            raise SecretKeyError(
                "the secret key is not a Fernet key (32 url-safe base64-encoded bytes)"
            ) from None

    def __repr__(self) -> str:
        return "Vault()"

    def encrypt(self, text: str) -> bytes:
        return self._fernet.encrypt(text.encode())

    def decrypt(self, data: bytes) -> str:
        """Raises SecretKeyError when none of the keys fits."""
        try:
            return self._fernet.decrypt(data).decode()
        except InvalidToken:
            raise _wrong_key() from None

    def renew(self, data: bytes) -> bytes:
        """The same content under the first key. Raises SecretKeyError when none of the keys fits."""
        try:
            return self._fernet.rotate(data)
        except InvalidToken:
            raise _wrong_key() from None


def _wrong_key() -> SecretKeyError:
    return SecretKeyError("the secret key is not the one that this was encrypted with (see WB_SECRET_KEY)")


def vault() -> Vault:
    """The vault of this installation; its key file is made at the first call.

    Raises:
        SecretKeyError: the key is unreadable or is none.
    """
    configured = settings().secret_key
    if configured is not None:
        keys = tuple(part.strip() for part in configured.get_secret_value().split(",") if part.strip())
    else:
        keys = (_key_of_file(settings().folder / KEY_FILE),)
    if not keys:
        raise SecretKeyError("WB_SECRET_KEY holds no key")
    return _vault(keys)


@lru_cache(maxsize=8)
def _vault(keys: tuple[str, ...]) -> Vault:
    return Vault(list(keys))


def _key_of_file(path: Path) -> str:
    try:
        if not path.exists():
            _make_key_file(path)
        return path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SecretKeyError(f"the key file {path} can't be read: {type(error).__name__}") from None


def _make_key_file(path: Path) -> None:
    """Writes a whole file aside, then links it in place: of two processes that start at once one wins.

    A reader never sees half a key, and the loser takes the winner's.
    """
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(Fernet.generate_key() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            _put_in_place(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def _put_in_place(draft: Path, path: Path) -> None:
    """Like ``rename``, but never over a file that is there."""
    try:
        os.link(draft, path)
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links; on Windows rename refuses to overwrite by itself
        if path.exists():
            raise FileExistsError(path) from None
        draft.rename(path)


def rotate(session: Session) -> int:
    """Re-encrypts everything with the first key, so that the others can be thrown away. The caller commits.

    Returns:
        How many values were encrypted anew.

    Raises:
        SecretKeyError: something is encrypted with a key that is not among ours; then nothing is changed.
    """
    safe = vault()
    keys = session.exec(select(Key)).all()
    channels = session.exec(select(AlertChannel)).all()
    renewed = [(key, safe.renew(key.token_encrypted)) for key in keys]
    addresses = [(channel, safe.renew(channel.url_encrypted)) for channel in channels]
    count = len(renewed) + len(addresses)
    after = (0, 0)
    while clients := _clients_after(session, after):
        for client in clients:
            client.data_encrypted = safe.renew(client.data_encrypted)
        session.flush()
        count += len(clients)
        after = (clients[-1].seller_id, clients[-1].order_id)
    for key, encrypted in renewed:
        key.token_encrypted = encrypted
    for channel, encrypted in addresses:
        channel.url_encrypted = encrypted
    session.flush()
    return count


def _clients_after(session: Session, after: tuple[int, int]) -> list[OrderClient]:
    seller, order = col(OrderClient.seller_id), col(OrderClient.order_id)
    query = select(OrderClient).where(tuple_(seller, order) > after).order_by(seller, order).limit(_BATCH)
    return list(session.exec(query).all())
