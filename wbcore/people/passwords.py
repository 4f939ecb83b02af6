"""Passwords: argon2id, salted, as PHC strings. Whether a name is known can't be told by the time it takes."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import lru_cache
from threading import Semaphore
from typing import Final

from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

SHORTEST: Final = 8
LONGEST: Final = 1000


@dataclass(frozen=True, slots=True)
class Cost:
    """What one hash takes: memory, passes over it, lanes."""

    memory_kib: int
    passes: int
    lanes: int = 1


COST: Final = Cost(64 * 1024, 3)
"""The second choice of RFC 9106: 64 MiB, three passes; one lane, as the machine has other things to do."""
_cost = COST
_at_once = Semaphore(2)
"""Each hash takes 64 MB: however many try at once, no more than two are computed."""


def hash_of(password: str) -> str:
    with _at_once:
        return _kdf(os.urandom(16)).derive_phc_encoded(password.encode())


def fits(password: str, stored: str | None) -> bool:
    """Whether it is this password; without a stored one the same work is done, and it is not."""
    text = password[:LONGEST].encode("utf-8", "surrogatepass")
    with _at_once:
        try:
            Argon2id.verify_phc_encoded(text, stored or _nobodys())
        except InvalidKey:
            return False
    return stored is not None


def _kdf(salt: bytes) -> Argon2id:
    return Argon2id(
        salt=salt, length=32, iterations=_cost.passes, lanes=_cost.lanes, memory_cost=_cost.memory_kib
    )


@lru_cache(maxsize=1)
def _nobodys() -> str:
    return _kdf(os.urandom(16)).derive_phc_encoded(os.urandom(32))
