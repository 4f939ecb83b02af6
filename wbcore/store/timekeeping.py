"""Whether this installation's clocks are right, by what WB's answers say of the time.

A clock that is wrong spoils what is reckoned with it: when a token ends, when WB's quota is free again, which
day is meant. It never blocks; it is told.
"""

from __future__ import annotations

import math
import platform
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlmodel import Session, col, select

from wbcore.store import values
from wbcore.store.models import Value, utc_now

WRONG_S: Final = 300.0
"""A clock that is wrong by more is told; answers are slow and proxies are late by less."""
FORGOTTEN: Final = timedelta(days=3)
"""A machine that has asked WB nothing for so long may be gone, as a container: nobody could set it right."""
_PREFIX: Final = "clock."
_NOTED_S: Final = 600.0
"""What is said already is not written again for so long, unless it has changed by a minute."""


@dataclass(frozen=True, slots=True)
class WrongClock:
    """One machine whose clock is wrong. ``ahead_s`` is negative when it is slow."""

    machine: str
    ahead_s: float
    at: datetime


_last: dict[str, tuple[float, float]] = {}
"""By database: what this process has written last, and when."""


def note(session: Session, ahead_s: float) -> None:
    """Keeps how far this machine's clock is before WB's, if that is news. The caller commits."""
    if not math.isfinite(ahead_s):
        return
    wrong = abs(ahead_s) > WRONG_S
    place = str(session.get_bind().engine.url.render_as_string(hide_password=True))
    known, at = _last.get(place, (math.inf, 0.0))
    same = abs(known - ahead_s) < 60.0 or (not wrong and abs(known) <= WRONG_S)
    if same and time.monotonic() - at < _NOTED_S:
        return
    _last[place] = (ahead_s, time.monotonic())
    name = (_PREFIX + platform.node())[:100]
    if wrong:
        values.put(session, name, {"ahead_s": round(ahead_s), "at": utc_now().isoformat(timespec="seconds")})
    else:
        values.drop(session, name)


def wrong(session: Session) -> list[WrongClock]:
    """The machines whose clocks are wrong, the worst first, without those that have long asked nothing. One
    query."""
    query = select(Value).where(col(Value.name).startswith(_PREFIX, autoescape=True))
    found = [
        WrongClock(
            row.name.removeprefix(_PREFIX), row.value["ahead_s"], datetime.fromisoformat(row.value["at"])
        )
        for row in session.exec(query)
        if isinstance(row.value, dict)
    ]
    return sorted(filter(_is_fresh, found), key=lambda one: -abs(one.ahead_s))


def _is_fresh(found: WrongClock) -> bool:
    """By a clock that is right, or by the wrong one itself: which of them this machine has is not known."""
    by_itself = abs((utc_now() - found.at).total_seconds())
    by_others = abs((utc_now() - found.at).total_seconds() + found.ahead_s)
    return min(by_itself, by_others) < FORGOTTEN.total_seconds()
