"""The buckets of all sellers in the database, so that all processes of all machines share them."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from typing import Any, Final

from sqlalchemy import Engine, TextClause, text
from sqlalchemy.exc import OperationalError

from wbcore.api.catalog import Limit
from wbcore.store import db

BUSY_WAIT_S: Final = 0.2
"""When the database is busy with somebody's page: nothing is taken, ask again after so long."""

_PATIENCE_MS: Final = 1000
_TOLERANCE_S: Final = 1e-6
"""Less than this to wait is rounding."""


class DatabaseQuota:
    """GCRA (generic cell rate algorithm): a bucket is the instant at which it would be full again (``tat``).

    Each call is one statement of its own transaction: two processes never take the same request twice. To be
    called outside of a transaction that writes, as SQLite has one writer.

    Args:
        engine: where the table ``quota`` is; the installation's database by default.
        clock: Unix seconds. Machines whose clocks differ share a bucket all the same: the fastest rules.
    """

    def __init__(self, engine: Engine | None = None, clock: Callable[[], float] = time.time) -> None:
        self._engine = engine or db.engine()
        self._clock = clock
        self._owed: deque[tuple[str, dict[str, Any]]] = deque()
        self._statements = _statements("max" if self._engine.dialect.name == "sqlite" else "greatest")

    def reserve(self, seller: str, group: str, limit: Limit, cost: float = 1) -> float:
        """0.0: go now, ``cost`` is taken. More: seconds to wait; nothing is taken."""
        now = self._clock()
        more = min(cost, limit.burst) * limit.interval_s
        most = limit.burst * limit.interval_s
        values = {"seller": seller, "group": group, "now": now, "more": more, "most": most + _TOLERANCE_S}
        try:
            self._pay_owed()
            if self._change("reserve", values):
                return 0.0
        except OperationalError as error:
            _raise_unless_busy(error)
            return BUSY_WAIT_S
        tat, blocked_until = self._read(seller, group)
        return max(max(tat, now) + more - most - now, blocked_until - now, 0.001)

    def charge(self, seller: str, group: str, limit: Limit, cost: float) -> None:
        """Takes ``cost`` more after the fact: WB counts a 4XX as several requests."""
        values = {"now": self._clock(), "more": cost * limit.interval_s}
        self._correct("charge", {"seller": seller, "group": group, **values})

    def observed(self, seller: str, group: str, limit: Limit, remaining: int) -> None:
        """Believes WB when it says that less is left of the burst than we think."""
        # One request of tolerance: the answer was on its way while the bucket refilled.
        missing = limit.burst - min(max(remaining, 0), limit.burst) - 1
        tat = self._clock() + missing * limit.interval_s
        if missing > 0 and self._read(seller, group)[0] < tat - _TOLERANCE_S:
            self._correct("raise", {"seller": seller, "group": group, "tat": tat, "blocked": 0.0})

    def blocked(self, seller: str, group: str, seconds: float) -> None:
        """Nobody sends for so long."""
        until = self._clock() + seconds
        self._correct("raise", {"seller": seller, "group": group, "tat": 0.0, "blocked": until})

    def _correct(self, statement: str, values: dict[str, Any]) -> None:
        """Now, or before the next request when the database is busy."""
        try:
            self._change(statement, values)
        except OperationalError as error:
            _raise_unless_busy(error)
            self._owed.append((statement, values))

    def _pay_owed(self) -> None:
        while self._owed:
            try:
                owed = self._owed.popleft()
            except IndexError:  # another thread has paid it
                return
            try:
                self._change(*owed)
            except OperationalError:
                self._owed.appendleft(owed)
                raise

    def _change(self, statement: str, values: dict[str, Any]) -> bool:
        with self._engine.connect() as connection:
            sqlite = db.is_sqlite(connection)
            if sqlite:
                connection.exec_driver_sql(f"PRAGMA busy_timeout = {_PATIENCE_MS}")
            try:
                changed = connection.execute(self._statements[statement], values).first() is not None
                connection.commit()
            finally:
                if sqlite:  # the connection goes back to those who rather wait than fail
                    connection.exec_driver_sql(f"PRAGMA busy_timeout = {db.LOCK_WAIT_S * 1000}")
            return changed

    def _read(self, seller: str, group: str) -> tuple[float, float]:
        with self._engine.connect() as connection:
            row = connection.execute(self._statements["read"], {"seller": seller, "group": group}).first()
        return (0.0, 0.0) if row is None else (row[0], row[1])


def _raise_unless_busy(error: OperationalError) -> None:
    """SQLite has one writer; anything else is a database that does not work."""
    if "locked" not in str(error.orig):
        raise error


def _statements(greatest: str) -> dict[str, TextClause]:
    """Our SQL; ``greatest`` is the database's word for the greater of two. `group` is a reserved one."""
    upsert = (
        'INSERT INTO quota (seller, "group", tat, blocked_until) VALUES (:seller, :group, {tat}, {blocked}) '
        'ON CONFLICT (seller, "group") DO UPDATE SET {change} {condition} RETURNING 1'
    )
    later = f"{greatest}(quota.tat, :now) + :more"
    return {
        "reserve": text(
            upsert.format(
                tat=":now + :more",
                blocked="0",
                change=f"tat = {later}",
                condition=f"WHERE {later} - :now <= :most AND quota.blocked_until <= :now",
            )
        ),
        "charge": text(upsert.format(tat=":now + :more", blocked="0", change=f"tat = {later}", condition="")),
        "raise": text(
            upsert.format(
                tat=":tat",
                blocked=":blocked",
                change=f"tat = {greatest}(quota.tat, excluded.tat), "
                f"blocked_until = {greatest}(quota.blocked_until, excluded.blocked_until)",
                condition="",
            )
        ),
        "read": text('SELECT tat, blocked_until FROM quota WHERE seller = :seller AND "group" = :group'),
    }
