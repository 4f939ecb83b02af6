"""What can go wrong where everything is kept. Each has a ``code`` that its texts are found by."""

from __future__ import annotations


class StoreError(Exception):
    """Carries no secret: neither a token, nor a key, nor a database's password."""

    code = "store_error"


class SecretKeyError(StoreError):
    """The secret key is unreadable, or is not the one that the stored tokens were encrypted with."""

    code = "secret_key_wrong"


class DatabaseUnavailable(StoreError):
    """The database can't be reached or opened."""

    code = "database_unavailable"


class DatabaseTooNew(StoreError):
    """A newer version of the program has already changed this database."""

    code = "database_too_new"


class KeyExists(StoreError):
    """A key of this name is there already, and it was not asked to be replaced."""

    code = "key_exists"

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"a key named {name!r} exists")
