"""What "a day" is: from midnight to midnight of one zone, which is 23 or 25 hours long where clocks change.

The zone is ``WB_ZONE``; in the dashboard an operator's own choice comes first (``guidance.views.zone``). Who
turns a day into instants, or an instant into a day, asks here.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Final
from zoneinfo import ZoneInfo

from wbcore.settings import settings

MOSCOW: Final = ZoneInfo("Europe/Moscow")
"""Whose days Wildberries counts by."""
_FIRST, _LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


def zone() -> ZoneInfo:
    """The zone of the installation."""
    return ZoneInfo(settings().zone)


def named(name: object) -> ZoneInfo:
    """A zone by its IANA name; the installation's where there is none of this name."""
    try:
        return ZoneInfo(str(name)) if name else zone()
    except (KeyError, ValueError, OSError):  # ZoneInfoNotFoundError is a KeyError
        return zone()


def start(day: date, of: tzinfo | None = None) -> datetime:
    """The instant (UTC) at which a day begins; where its midnight is left out, the first one after it."""
    return at_hour(day, 0, of)


def end(day: date, of: tzinfo | None = None) -> datetime:
    """The instant (UTC) at which the next day begins: the day's own end is not part of it."""
    return _LAST if day == date.max else start(day + timedelta(days=1), of)


def at_hour(day: date, hour: int, of: tzinfo | None = None) -> datetime:
    """The instant (UTC) at which a day's clock first shows an hour; 24 is its end."""
    if hour >= 24:
        return end(day, of)
    try:
        return datetime.combine(day, time(hour), of or zone()).astimezone(UTC)
    except OverflowError:
        return _FIRST if day.year == 1 else _LAST


def offsets(begin: datetime, end: datetime, of: tzinfo) -> list[tuple[int, datetime]]:
    """How far a zone's clocks are ahead of UTC, in seconds, and until when; the last one until ``end``."""
    found: list[tuple[int, datetime]] = []
    moment = begin
    while True:
        now = ahead(moment, of)
        following = min(moment + timedelta(days=1), end)
        if ahead(following, of) != now:
            while ahead(moment, of) == now:
                moment += timedelta(minutes=15)
            found.append((now, moment))
        elif following == end:
            return [*found, (now, end)]
        else:
            moment = following


def ahead(moment: datetime, of: tzinfo) -> int:
    """How far a zone's clocks are ahead of UTC at an instant, in seconds."""
    return int((moment.astimezone(of).utcoffset() or timedelta()).total_seconds())


def of_instant(moment: datetime, of: tzinfo | None = None) -> date:
    """The day that an instant belongs to."""
    return moment.astimezone(of or zone()).date()


def today(of: tzinfo | None = None, now: datetime | None = None) -> date:
    return of_instant(now or datetime.now(UTC), of)


def seconds(first: date | None, last: date | None, of: tzinfo | None = None) -> tuple[int | None, int | None]:
    """Two days, both included, as Unix seconds: from the first one on, below the second. None: no bound."""
    return (
        None if first is None else int(start(first, of).timestamp()),
        None if last is None else int(end(last, of).timestamp()),
    )
