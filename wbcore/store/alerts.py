"""Channels of alerts, and the alerts themselves: which message goes where, sent exactly once.

A row is made for each problem, channel and event; the table's unique key is what "once" rests on. A row
is claimed before its message is sent, so two workers never send it both. A worker that dies while it sends
leaves its claim behind; after ``LOST_S`` another one sends: rather twice after a crash than never.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import and_, or_
from sqlmodel import Session, col, select, update

from wbcore.store.chores import insert
from wbcore.store.crypto import vault
from wbcore.store.errors import StoreError
from wbcore.store.models import Alert, AlertChannel, Checklist, Key, utc_now
from wbcore.store.schedules import next_daily, read_time, read_zone

LOST_S: Final = 600.0
OPENED: Final = "opened"
SOLVED: Final = "solved"


class ChannelExists(StoreError):
    """Another channel has this name."""

    code = "channel_exists"


# --- Channels ---------------------------------------------------------------------------------


def add_channel(
    session: Session,
    name: str,
    url: str,
    shown: str,
    *,
    lang: str = "ru",
    quiet: tuple[str, str] | None = None,
    tz: str = "Europe/Moscow",
    now: datetime | None = None,
) -> AlertChannel:
    """Stores a channel, its address encrypted. The caller commits and has looked at the address before.

    Args:
        shown: what may be shown of the address.
        quiet: begin and end of the quiet hours, ``hh:mm`` in ``tz``.

    Raises:
        ChannelExists: the name is taken.
        ScheduleRefused: a time or the zone can't be read.
        SecretKeyError: the secret key can't be read.
    """
    if session.exec(select(AlertChannel.id).where(AlertChannel.name == name)).first() is not None:
        raise ChannelExists(name)
    channel = AlertChannel(
        name=name,
        url_encrypted=vault().encrypt(url),
        shown=shown,
        lang=lang,
        created_at=now or utc_now(),
    )
    set_quiet_hours(channel, quiet, tz)
    session.add(channel)
    session.flush()
    return channel


def set_quiet_hours(channel: AlertChannel, quiet: tuple[str, str] | None, tz: str) -> None:
    """Raises ScheduleRefused: a time or the zone can't be read."""
    read_zone(tz)
    begin, end = quiet or (None, None)
    channel.quiet_from = None if begin is None else read_time(begin).strftime("%H:%M")
    channel.quiet_to = None if end is None else read_time(end).strftime("%H:%M")
    channel.tz = tz


def url_of(channel: AlertChannel) -> str:
    """The address: a secret. Raises SecretKeyError."""
    return vault().decrypt(channel.url_encrypted)


def list_channels(session: Session) -> Sequence[AlertChannel]:
    query = select(AlertChannel).order_by(col(AlertChannel.name))
    return session.exec(query.execution_options(populate_existing=True)).all()


def get_channel(session: Session, channel_id: int) -> AlertChannel | None:
    return session.get(AlertChannel, channel_id, populate_existing=True)


def switch_channel(session: Session, channel_id: int, on: bool) -> None:
    """Switches a channel on or off. What waits for one that is off is not sent. The caller commits."""
    change = update(AlertChannel).where(col(AlertChannel.id) == channel_id)
    session.connection().execute(change.values(enabled=on))
    if not on:
        waits = update(Alert).where(col(Alert.channel_id) == channel_id, col(Alert.status) == "pending")
        session.connection().execute(waits.values(status="void"))


def remove_channel(session: Session, channel_id: int) -> None:
    """The caller commits."""
    channel = session.get(AlertChannel, channel_id)
    if channel is not None:
        session.delete(channel)
        session.flush()


def quiet_until(channel: AlertChannel, now: datetime) -> datetime | None:
    """The end of the quiet hours that ``now`` lies in; None: it may be loud."""
    if channel.quiet_from is None or channel.quiet_to is None:
        return None
    begin, end, zone = read_time(channel.quiet_from), read_time(channel.quiet_to), ZoneInfo(channel.tz)
    clock = now.astimezone(zone).time().replace(tzinfo=None)
    return next_daily(end, zone, now) if _between(begin, clock, end) else None


def _between(begin: time, clock: time, end: time) -> bool:
    """Whether a clock stands between two times of day, over midnight too."""
    return begin <= clock < end if begin <= end else clock >= begin or clock < end


# --- What is to be told -----------------------------------------------------------------------


def plan(session: Session, now: datetime, grace: Mapping[str, timedelta], silent: Sequence[str] = ()) -> None:
    """Makes the alerts that follow from the checklists. Any number of workers may do it at once.

    A problem that is solved before it was told is never told. The caller commits.

    Args:
        grace: how long problems of a code may pass by themselves before they are told.
        silent: environments whose keys nobody is told of.
    """
    channels = [c for c in list_channels(session) if c.enabled]
    rows = [row for channel in channels for row in _opened(session, channel, now, grace, silent)]
    rows += _solved(session, now)
    if rows:
        session.connection().execute(insert(session, Alert).on_conflict_do_nothing(), rows)
    untold = (col(Alert.event) == OPENED, col(Alert.status) == "pending")
    closed = col(Checklist.closed_at).is_not(None)
    query = select(Alert.id).join(Checklist, col(Checklist.id) == col(Alert.checklist_id))
    if needless := session.exec(query.where(*untold, closed)).all():
        drop = update(Alert).where(col(Alert.id).in_(needless), *untold)
        session.connection().execute(drop.values(status="void"))


def _opened(
    session: Session,
    channel: AlertChannel,
    now: datetime,
    grace: Mapping[str, timedelta],
    silent: Sequence[str],
) -> list[dict[str, Any]]:
    """Open problems since the channel is there, that it does not know of."""
    known = and_(
        col(Alert.channel_id) == channel.id,
        col(Alert.checklist_id) == col(Checklist.id),
        col(Alert.event) == OPENED,
    )
    query = (
        select(Checklist)
        .outerjoin(Alert, known)
        .outerjoin(Key, col(Key.id) == col(Checklist.key_id))
        .where(
            col(Alert.id).is_(None),
            col(Checklist.closed_at).is_(None),
            col(Checklist.severity) != "info",
            col(Checklist.created_at) >= channel.created_at,
            or_(col(Key.id).is_(None), col(Key.environment).not_in(silent)),
        )
    )
    return [
        _row(channel.id, problem.id, OPENED, problem.created_at + grace.get(problem.code, timedelta()))
        for problem in session.exec(query)
    ]


def _solved(session: Session, now: datetime) -> list[dict[str, Any]]:
    """Solved problems of which a channel was told, and not yet of their end."""
    told = (
        select(Alert.channel_id, Alert.checklist_id)
        .join(Checklist, col(Checklist.id) == col(Alert.checklist_id))
        .join(AlertChannel, col(AlertChannel.id) == col(Alert.channel_id))
        .where(
            Alert.event == OPENED,
            Alert.status == "sent",
            col(Checklist.closed_at).is_not(None),
            col(AlertChannel.enabled),
        )
    )
    done = select(Alert.channel_id, Alert.checklist_id).where(Alert.event == SOLVED)
    return [_row(channel, problem, SOLVED, now) for channel, problem in session.exec(told.except_(done))]  # type: ignore[call-overload]


def _row(channel_id: int | None, checklist_id: str, event: str, due_at: datetime) -> dict[str, Any]:
    return {
        "channel_id": channel_id,
        "checklist_id": checklist_id,
        "event": event,
        "due_at": due_at,
        "status": "pending",
        "attempts": 0,
        "claim": "",
    }


# --- Sending ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Batch:
    """Alerts of one channel that one worker has claimed: they go in one message."""

    channel: AlertChannel
    alerts: tuple[tuple[Alert, Checklist, Key | None], ...]
    claim: str


def due_channels(session: Session, now: datetime) -> list[int]:
    """Channels with something to send."""
    query = select(Alert.channel_id).where(_free(now), col(Alert.due_at) <= now).distinct()
    return list(session.exec(query).all())


def take(session: Session, channel_id: int, claim: str, now: datetime, limit: int = 500) -> Batch | None:
    """Claims what is due for a channel; None: nothing, or others were faster. In quiet hours all is held.

    The caller commits before anything is sent.
    """
    channel = get_channel(session, channel_id)
    if channel is None:
        return None
    due = and_(col(Alert.channel_id) == channel_id, _free(now), col(Alert.due_at) <= now)
    held = quiet_until(channel, now)
    if held is not None:
        hold = update(Alert).where(due).values(due_at=held, status="pending", claim="")
        session.connection().execute(hold)
        return None
    ids = session.exec(select(Alert.id).where(due).order_by(col(Alert.id)).limit(limit)).all()
    mine = update(Alert).where(col(Alert.id).in_(ids), due)
    session.connection().execute(
        mine.values(status="sending", claim=claim, claimed_at=now, attempts=Alert.attempts + 1)
    )
    query = (
        select(Alert, Checklist, Key)
        .join(Checklist, col(Checklist.id) == col(Alert.checklist_id))
        .outerjoin(Key, col(Key.id) == col(Checklist.key_id))
        .where(Alert.channel_id == channel_id, Alert.claim == claim)
        .order_by(col(Alert.id))
        .execution_options(populate_existing=True)
    )
    rows = tuple((alert, problem, key) for alert, problem, key in session.exec(query))
    return Batch(channel, rows, claim) if rows else None


def sent(session: Session, batch: Batch, now: datetime) -> None:
    """The message has been taken by the service. The caller commits."""
    _end(session, batch, status="sent", sent_at=now)
    _tell_channel(session, batch, error="", error_at=None, sent_at=now)


def not_sent(session: Session, batch: Batch, error: str, now: datetime, again_at: datetime | None) -> None:
    """It has not. ``again_at`` None: it is given up. ``error`` is a code. The caller commits."""
    if again_at is None:
        _end(session, batch, status="failed")
    else:
        _end(session, batch, status="pending", due_at=again_at)
    _tell_channel(session, batch, error=error, error_at=now)


def _end(session: Session, batch: Batch, **values: Any) -> None:
    mine = update(Alert).where(col(Alert.claim) == batch.claim, col(Alert.status) == "sending")
    session.connection().execute(mine.values(claim="", **values))


def _tell_channel(session: Session, batch: Batch, **values: Any) -> None:
    change = update(AlertChannel).where(col(AlertChannel.id) == batch.channel.id)
    session.connection().execute(change.values(**values))


def _free(now: datetime) -> Any:
    """Nobody is sending it, or who did has died."""
    lost = col(Alert.claimed_at) < now - timedelta(seconds=LOST_S)
    return or_(col(Alert.status) == "pending", and_(col(Alert.status) == "sending", lost))


def pending(session: Session) -> int:
    """How many alerts wait."""
    return len(session.exec(select(Alert.id).where(col(Alert.status).in_(("pending", "sending")))).all())


def forget_old(session: Session, days: int, now: datetime | None = None) -> int:
    """Deletes alerts of problems solved so long ago. The caller commits."""
    before = (now or datetime.now(UTC)) - timedelta(days=days)
    old = select(Checklist.id).where(col(Checklist.closed_at) < before).scalar_subquery()
    rows = session.exec(select(Alert).where(col(Alert.checklist_id).in_(old))).all()
    for row in rows:
        session.delete(row)
    session.flush()
    return len(rows)
