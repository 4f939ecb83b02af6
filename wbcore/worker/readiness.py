"""What every program does before it works with the database."""

from __future__ import annotations

from collections.abc import Callable

from wbcore.store import db, sealed, values


def make_ready(told: Callable[[], None] = lambda: None) -> None:
    """The schema of this program, the right secret key, no buyer's data where older versions kept it.

    Any number of processes may do it at once.

    Args:
        told: as ``store.db.prepare``.

    Raises:
        DatabaseUnavailable, DatabaseTooNew: as ``store.db.prepare``.
        SecretKeyError: as ``store.sealed.check``.
    """
    db.prepare(told)
    sealed.check()
    with db.unlimited_session() as session:
        moved = values.get(session, values.BUYERS_MOVED)
    if moved is not True:
        from wbcore.orders import buyers  # noqa: PLC0415 (once a database; it brings all that reads orders)

        buyers.move_old_rows()
