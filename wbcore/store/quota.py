"""The buckets of all sellers in the database, so that all processes of all machines share them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any, Final

from sqlalchemy import Engine, TextClause, text
from sqlalchemy.exc import OperationalError

from wbcore.api.bucket import FIRST_GUESS_S, LONGEST_BLOCK_S, LONGEST_GUESS_S
from wbcore.api.catalog import Limit
from wbcore.store import db
from wbcore.store.clock import SLACK, shared
from wbcore.store.patience import PATIENCE_S, patiently

BUSY_WAIT_S: Final = 0.2
"""When the database is busy with somebody's page: nothing is taken, ask again after so long."""

_PATIENCE_MS: Final = 1000
_SLACK_S: Final = SLACK.total_seconds()
"""What is further ahead has been written by a clock that was set back since."""
_TOLERANCE_S: Final = 1e-6
"""Less than this to wait is rounding."""


class DatabaseQuota:
    """GCRA (generic cell rate algorithm): a bucket is the instant at which it would be full again (``tat``).

    Each call is one statement of its own transaction: two processes never take the same request twice. To be
    called outside of a transaction that writes, as SQLite has one writer.

    Args:
        engine: where the table ``quota`` is; the installation's database by default.
        clock: Unix seconds; those that all who share the buckets tell alike by default. A bucket that is
            further ahead than it can be was written before a clock was set back.
        patience_s: how long a database that is away is waited for.
    """

    def __init__(
        self,
        engine: Engine | None = None,
        clock: Callable[[], float] | None = None,
        patience_s: float = PATIENCE_S,
    ) -> None:
        self._engine = engine or db.engine()
        self._clock = clock or shared(self._engine)
        self._patience_s = patience_s
        self._owed: deque[tuple[str, dict[str, Any]]] = deque()
        sqlite = self._engine.dialect.name == "sqlite"
        self._statements = _statements(*(("max", "min") if sqlite else ("greatest", "least")))

    def reserve(self, seller: str, group: str, limit: Limit, cost: float = 1) -> float:
        """0.0: go now, ``cost`` is taken. More: seconds to wait; nothing is taken."""
        return patiently(lambda: self._reserve(seller, group, limit, cost), self._patience_s)

    def _reserve(self, seller: str, group: str, limit: Limit, cost: float) -> float:
        now = self._clock()
        more = min(cost, limit.burst) * limit.interval_s
        most = limit.burst * limit.interval_s
        values = {"seller": seller, "group": group, "now": now, "more": more, "span": most}
        try:
            self._pay_owed()
            if self._change("reserve", values):
                return 0.0
        except OperationalError as error:
            _raise_unless_busy(error)
            return BUSY_WAIT_S
        tat, span_s, blocked_until, block_s = self._read(seller, group)
        if tat > now + 2 * span_s + _SLACK_S or blocked_until > now + block_s + _SLACK_S:
            tat, blocked_until = min(tat, now + span_s), min(blocked_until, now + block_s)
            cap = {"seller": seller, "group": group, "tat": tat, "blocked": blocked_until}
            self._correct("cap", cap)
        return max(max(tat, now) + more - most - now, blocked_until - now, 0.001)

    def charge(self, seller: str, group: str, limit: Limit, cost: float) -> None:
        """Takes ``cost`` more after the fact: WB counts a 4XX as several requests."""
        span = limit.burst * limit.interval_s
        values = {"now": self._clock(), "more": cost * limit.interval_s, "span": span}
        self._correct("charge", {"seller": seller, "group": group, **values})

    def observed(self, seller: str, group: str, limit: Limit, remaining: int) -> None:
        """Believes WB when it says that less is left of the burst than we think."""
        # One request of tolerance: the answer was on its way while the bucket refilled.
        missing = limit.burst - min(max(remaining, 0), limit.burst) - 1
        tat = self._clock() + missing * limit.interval_s
        if (
            missing > 0
            and patiently(lambda: self._read(seller, group), self._patience_s)[0] < tat - _TOLERANCE_S
        ):
            span = limit.burst * limit.interval_s
            place = {"seller": seller, "group": group, "now": self._clock()}
            self._correct("raise", {**place, "tat": tat, "span": span})

    def blocked(self, seller: str, group: str, seconds: float | None) -> float:
        """Nobody sends for so long; None: WB has not said how long, see ``Quota``."""
        now = self._clock()
        place = {"seller": seller, "group": group, "now": now}
        if seconds is None:
            self._correct("guess", place)
            until = patiently(lambda: self._read(seller, group), self._patience_s)[2]
            return until - now if until > now else FIRST_GUESS_S
        seconds = min(seconds, LONGEST_BLOCK_S)
        self._correct("block", {**place, "until": now + seconds, "block_s": seconds})
        return seconds

    def _correct(self, statement: str, values: dict[str, Any]) -> None:
        """Now, or before the next request when the database is busy."""
        try:
            patiently(lambda: self._unless_busy(statement, values), self._patience_s)
        except _Busy:
            self._owed.append((statement, values))

    def _unless_busy(self, statement: str, values: dict[str, Any]) -> bool:
        try:
            return self._change(statement, values)
        except OperationalError as error:
            _raise_unless_busy(error)
            raise _Busy from None

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
                    connection.rollback()  # of what could not be committed: else this would be the failure
                    connection.exec_driver_sql(f"PRAGMA busy_timeout = {db.LOCK_WAIT_S * 1000}")
            return changed

    def _read(self, seller: str, group: str) -> tuple[float, float, float, float]:
        with self._engine.connect() as connection:
            row = connection.execute(self._statements["read"], {"seller": seller, "group": group}).first()
        return (0.0, 0.0, 0.0, 0.0) if row is None else (row[0], row[1], row[2], row[3])


class _Busy(Exception):
    """Somebody's page is being written."""


def _raise_unless_busy(error: OperationalError) -> None:
    """SQLite has one writer; anything else is a database that does not work."""
    if "locked" not in str(error.orig):
        raise error


def _statements(greatest: str, least: str) -> dict[str, TextClause]:
    """Our SQL, with the database's words for the greater and the lesser of two. `group` is a reserved one.

    As text and not by ``db.insert``: it is asked before each request, and its sums read better so.
    """
    upsert = (
        'INSERT INTO quota (seller, "group", tat, span_s, blocked_until, block_s) '
        "VALUES (:seller, :group, {tat}, {span}, {until}, {block}) "
        'ON CONFLICT (seller, "group") DO UPDATE SET {change} {condition} RETURNING 1'
    )

    def row(change: str, condition: str = "", **first: str) -> TextClause:
        new = {"tat": "0", "span": "0", "until": "0", "block": "0", **first}
        return text(upsert.format(change=change, condition=condition, **new))

    def debt(tat: str, first: str, condition: str = "") -> TextClause:
        """The bucket is full again at another time; how far ahead that may be, the largest burst says."""
        span = f"CASE WHEN quota.tat > :now THEN {greatest}(quota.span_s, :span) ELSE :span END"
        return row(f"tat = {tat}, span_s = {span}", condition, tat=first, span=":span")

    cap = (
        "UPDATE quota SET tat = {tat}, blocked_until = {blocked} "
        'WHERE seller = :seller AND "group" = :group RETURNING 1'
    )
    later = f"{greatest}(quota.tat, :now) + :more"
    # Longer each time, unless as long as the last wait has gone well since; see ``bucket``.
    doubled = f"{greatest}({FIRST_GUESS_S}, {least}(2 * quota.block_s, {LONGEST_GUESS_S}))"
    again = "quota.block_s > 0 AND :now < quota.blocked_until + quota.block_s"
    guess = f"CASE WHEN {again} THEN {doubled} ELSE {FIRST_GUESS_S} END"
    return {
        "reserve": debt(
            later,
            ":now + :more",
            f"WHERE {later} - :now <= :span + {_TOLERANCE_S} AND quota.blocked_until <= :now",
        ),
        "charge": debt(later, ":now + :more"),
        "raise": debt(f"{greatest}(quota.tat, :tat)", ":tat"),
        "block": row(
            "blocked_until = excluded.blocked_until, block_s = excluded.block_s",
            until=":until",
            block=":block_s",
            condition="WHERE quota.blocked_until < excluded.blocked_until",
        ),
        "guess": row(
            f"blocked_until = :now + {guess}, block_s = {guess}",
            until=f":now + {FIRST_GUESS_S}",
            block=f"{FIRST_GUESS_S}",
            condition="WHERE quota.blocked_until <= :now",
        ),
        "cap": text(cap.format(tat=f"{least}(tat, :tat)", blocked=f"{least}(blocked_until, :blocked)")),
        "read": text(
            "SELECT tat, span_s, blocked_until, block_s FROM quota "
            'WHERE seller = :seller AND "group" = :group'
        ),
    }
