"""What can go wrong where everything is kept. Each has a ``code`` that its texts are found by."""

from __future__ import annotations


class StoreError(Exception):
    """Carries no secret: neither a token, nor a key, nor a database's password."""

    code = "store_error"


class SecretKeyError(StoreError):
    """The secret key is unreadable, or is not the one that the stored tokens were encrypted with."""

    code = "secret_key_wrong"


class SecretKeyMissing(SecretKeyError):
    """There is no key file beside a database that has encrypted rows: another one would open none of them."""

    code = "secret_key_missing"


class SecretKeyExposed(SecretKeyError):
    """Others on this machine can read the key file."""

    code = "secret_key_exposed"


class SecretKeyOutOfReach(SecretKeyError):
    """The key file can't be read or written: it is somebody else's, or the disk is full."""

    code = "secret_key_out_of_reach"


class DatabaseUnavailable(StoreError):
    """The database can't be reached or opened."""

    code = "database_unavailable"


class DataFolderOutOfReach(DatabaseUnavailable):
    """The folder where the database lies can't be opened or made."""

    code = "data_folder_out_of_reach"


class DatabaseDamaged(DatabaseUnavailable):
    """The file is no database, or not all of it is one any more."""

    code = "database_damaged"


class DatabaseReadOnly(DatabaseUnavailable):
    """The file, or its folder, can't be written to."""

    code = "database_read_only"


class DatabaseReplaced(DatabaseUnavailable):
    """Another file was put in the place of the one that is open."""

    code = "database_replaced"


class ServerReadOnly(DatabaseUnavailable):
    """PostgreSQL takes no changes for now: its disk is almost full, or it stands in for another one."""

    code = "server_read_only"


class DatabaseFull(DatabaseUnavailable):
    """There is no space left where the database is."""

    code = "database_full"


class DatabaseTooNew(StoreError):
    """A newer version of the program has already changed this database."""

    code = "database_too_new"


class KeyExists(StoreError):
    """A key of this name is there already, and it was not asked to be replaced."""

    code = "key_exists"

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"a key named {name!r} exists")


class NotSignedIn(StoreError):
    """A page is drawn for somebody who is not signed in, or whose session has ended."""

    code = "not_signed_in"


class NotAllowed(StoreError):
    """Whoever acts may not do this."""

    code = "not_allowed"

    def __init__(self, right: str) -> None:
        self.right = right
        super().__init__(f"not allowed: {right}")
