"""Encryption of tokens and personal data; the key is beside the data or in ``WB_SECRET_KEY``.

There are two kinds, and a vault tells them apart by how they begin. A single value (a token, an address) is a
Fernet token. Of rows that come by the thousand each is sealed with AES-256-GCM, under a key that HKDF makes
of the Fernet key: in a sixth of Fernet's time (1.3 µs and 7.8), and in two thirds of its length.

Whether the key is the one of this database is looked at by ``sealed.check``.
"""

from __future__ import annotations

import base64
import contextlib
import os
import secrets
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from wbcore.settings import OTHERS, settings
from wbcore.store.problems import SecretKeyError, SecretKeyExposed, SecretKeyMissing, SecretKeyOutOfReach

__all__ = ["KEY_FILE", "SecretKeyError", "Vault", "key_file", "keys", "make_key_file", "vault", "write_keys"]

KEY_FILE: Final = "secret.key"
ROW: Final = b"\x01"
"""How a sealed row begins; no Fernet token does, and no JSON."""
_NAME_BYTES: Final = 8
_NONCE_BYTES: Final = 12
"""Random for each row: under one key that is safe for 2**32 rows, which is more than a database has."""


class _RowCipher:
    """One secret key's cipher for rows. A sealed row: ``ROW``, the cipher's name, the nonce, the ciphertext.

    Its beginning is authenticated, too. The name tells which of several keys opens it; it tells nothing of
    the key.
    """

    def __init__(self, secret: str) -> None:
        made = HKDF(SHA256(), 32 + _NAME_BYTES, salt=None, info=b"wb-desk rows")
        derived = made.derive(base64.urlsafe_b64decode(secret))
        self.head = ROW + derived[32:]
        self._cipher = AESGCM(derived[:32])

    def seal(self, data: bytes) -> bytes:
        nonce = os.urandom(_NONCE_BYTES)
        return self.head + nonce + self._cipher.encrypt(nonce, data, self.head)

    def seal_all(self, rows: Sequence[bytes]) -> list[bytes]:
        """The same for many, each with a nonce of its own; the system is asked for chance once."""
        head, encrypt, chance = self.head, self._cipher.encrypt, os.urandom(_NONCE_BYTES * len(rows))
        nonces = [chance[at : at + _NONCE_BYTES] for at in range(0, len(chance), _NONCE_BYTES)]
        return [head + nonce + encrypt(nonce, data, head) for nonce, data in zip(nonces, rows, strict=True)]

    def open(self, sealed: bytes) -> bytes:
        """Raises SecretKeyError when it was sealed with another key, or changed since."""
        start = len(self.head)
        nonce = sealed[start : start + _NONCE_BYTES]
        try:
            return self._cipher.decrypt(nonce, sealed[start + _NONCE_BYTES :], sealed[:start])
        except (InvalidTag, ValueError):  # a piece of one has no whole nonce
            raise _wrong_key() from None


class Vault:
    """Encrypts with the first key and decrypts with any of them.

    Raises:
        SecretKeyError: a key is not 32 url-safe base64-encoded bytes.
    """

    def __init__(self, keys: list[str]) -> None:
        try:
            self._fernets = [Fernet(key) for key in keys]
        except ValueError:  # its text could quote the key
            raise SecretKeyError(
                "the secret key is not a Fernet key (32 url-safe base64-encoded bytes)"
            ) from None
        self._all = MultiFernet(self._fernets)
        self._rows = [_RowCipher(key) for key in keys]

    def __repr__(self) -> str:
        return "Vault()"

    def encrypt(self, text: str) -> bytes:
        """A single value, as text: a Fernet token."""
        return self._all.encrypt(text.encode())

    def encrypt_row(self, data: bytes) -> bytes:
        """One of many rows, as bytes."""
        return self._rows[0].seal(data)

    def encrypt_rows(self, rows: Sequence[bytes]) -> list[bytes]:
        """Many rows, each by itself."""
        return self._rows[0].seal_all(rows)

    def decrypt(self, data: bytes) -> str:
        """Either kind. Raises SecretKeyError when none of the keys fits, or when it was changed."""
        if data.startswith(ROW):
            return self._row_cipher(data).open(data).decode()
        try:
            return self._all.decrypt(data).decode()
        except InvalidToken:
            raise _wrong_key() from None

    def renew(self, data: bytes) -> bytes:
        """The same content under the first key; raises as ``decrypt``."""
        if data.startswith(ROW):
            return self._rows[0].seal(self._row_cipher(data).open(data))
        try:
            return self._all.rotate(data)
        except InvalidToken:
            raise _wrong_key() from None

    def is_current(self, data: bytes) -> bool:
        """Whether the first key alone opens it."""
        try:
            if data.startswith(ROW):
                self._rows[0].open(data)
            else:
                self._fernets[0].decrypt(data)
        except (InvalidToken, SecretKeyError):
            return False
        return True

    def _row_cipher(self, data: bytes) -> _RowCipher:
        for cipher in self._rows:
            if data.startswith(cipher.head):
                return cipher
        raise _wrong_key()


def _wrong_key() -> SecretKeyError:
    return SecretKeyError("the secret key is not the one that this was encrypted with (see WB_SECRET_KEY)")


def vault() -> Vault:
    """The vault of this installation; a new one gets its key here.

    Raises:
        SecretKeyError: the key is unreadable, is none, is missing, or can be read by others.
    """
    try:
        return _vault(keys())
    except SecretKeyMissing as error:
        from wbcore.store import sealed  # noqa: PLC0415 (it stands on this module; only a first start asks it)

        if sealed.is_filled():
            raise SecretKeyMissing(f"{error}, and the database holds what only that key opens") from None
        make_key_file()
        return _vault(keys())


def keys() -> tuple[str, ...]:
    """The secret keys, the one that encrypts first; raises as ``vault``."""
    configured = settings().secret_key
    found = _of_file(key_file()) if configured is None else configured.get_secret_value().split(",")
    stripped = tuple(part.strip() for part in found if part.strip())
    if not stripped:
        where = f"the key file {key_file()}" if configured is None else "WB_SECRET_KEY"
        raise SecretKeyError(f"{where} holds no key")
    return stripped


@lru_cache(maxsize=8)
def _vault(keys: tuple[str, ...]) -> Vault:
    return Vault(list(keys))


def key_file() -> Path:
    return settings().folder / KEY_FILE


def _of_file(path: Path) -> list[str]:
    try:
        if os.name == "posix" and path.stat().st_mode & OTHERS:
            raise SecretKeyExposed(f"others can read the key file, run: chmod 600 {path}")
        return path.read_text(encoding="ascii").split()
    except FileNotFoundError:
        raise SecretKeyMissing(f"there is no key file {path}") from None
    except OSError as error:
        raise SecretKeyOutOfReach(f"the key file {path} can't be read: {type(error).__name__}") from None
    except UnicodeDecodeError as error:
        raise SecretKeyError(f"the key file {path} can't be read: {type(error).__name__}") from None


def make_key_file() -> None:
    """Makes the key of a new installation; one that is there stays as it is.

    Of two processes that start at once one wins, a reader never sees half a key, and the loser takes the
    winner's.

    Raises:
        SecretKeyOutOfReach: the file can't be written.
    """
    with _draft([Fernet.generate_key().decode()]) as draft, contextlib.suppress(FileExistsError):
        _put_in_place(draft, key_file())


def write_keys(keys: list[str]) -> None:
    """Puts these keys into the key file, in one step: a reader sees the old ones or the new ones.

    Raises:
        SecretKeyOutOfReach: the file can't be written.
    """
    with _draft(keys) as draft:
        draft.replace(key_file())


@contextlib.contextmanager
def _draft(keys: list[str]) -> Iterator[Path]:
    """A whole file aside, on the disk before it is put in its place."""
    path = key_file()
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write("".join(f"{key}\n" for key in keys))
            file.flush()
            os.fsync(file.fileno())
        yield draft
    except OSError as error:
        raise SecretKeyOutOfReach(f"the key file {path} can't be written: {type(error).__name__}") from None
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
