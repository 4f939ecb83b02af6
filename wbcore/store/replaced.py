"""A copy of SQLite's file put by hand into the place of the one that is in use.

Whoever has the former one open would go on with it, and what is written there is gone with the process; who
opens the new one reads the former one's write-ahead log into it. So neither is done.
"""

from __future__ import annotations

import os
from typing import Any, Final

from sqlalchemy import Engine, event

from wbcore.store.problems import DatabaseReplaced

_in_use: Final[dict[str, tuple[int, int]]] = {}
"""Path -> which file it is, since it was opened: one that can't be opened may be replaced."""


def check(path: str) -> None:
    """Costs a microsecond. A file that is away is no other one: it may come back.

    Raises:
        DatabaseReplaced: another file stands there than is open.
    """
    now = _identity(path)
    if now is not None and _in_use.get(path, now) != now:
        raise DatabaseReplaced(path)


def follow(engine: Engine, path: str) -> None:
    """From now on each use of the engine, and each connection that it makes, is checked."""

    def before_it_is_opened(*_: Any) -> None:
        check(path)

    def before_it_is_used(*_: Any) -> None:
        if path not in _in_use and (now := _identity(path)) is not None:
            _in_use[path] = now
        check(path)

    event.listen(engine, "do_connect", before_it_is_opened)
    event.listen(engine, "checkout", before_it_is_used)


def forget() -> None:
    """Nothing is open any more."""
    _in_use.clear()


def _identity(path: str) -> tuple[int, int] | None:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino
