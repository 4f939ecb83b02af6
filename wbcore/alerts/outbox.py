"""Channels of alerts, and the alerts themselves: which message goes where, and that it went.

A row is made for each problem, channel and event; the table's unique key is what "once" rests on. Who sends
has the channel's lease, so two workers never send a row both. A worker that dies while it sends leaves its
lease behind; when that is over another one sends: rather twice after a crash than never. It comes twice only
if the service had taken it and the worker died before that was written down; of letters both stand in one
conversation then, and a program tells them by their header (``channels.send``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any, Final

from sqlalchemy import and_, func, or_
from sqlmodel import Session, col, select, update

from wbcore.guidance import checklist
from wbcore.imports.timetable import ScheduleRefused, next_daily, read_time, read_zone
from wbcore.store import days, db, lease, sealed
from wbcore.store.clock import SLACK
from wbcore.store.crypto import vault
from wbcore.store.models import Alert, AlertChannel, Checklist, Key, utc_now
from wbcore.store.problems import StoreError

OPENED: Final = "opened"
SOLVED: Final = "solved"
REMINDER: Final = "reminder"
LONGEST_HELD: Final = timedelta(hours=26)
"""No quiet hours and no pause before another try last longer."""


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
    tz: str | None = None,
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
        url_encrypted=sealed.vault_for(session).encrypt(url),
        shown=shown,
        lang=lang,
        created_at=now or utc_now(),
    )
    set_quiet_hours(channel, quiet, tz or days.zone().key)
    if not db.add_first(session, channel):
        raise ChannelExists(name)
    return channel


def set_quiet_hours(channel: AlertChannel, quiet: tuple[str, str] | None, tz: str) -> None:
    """Raises ScheduleRefused: a time or the zone can't be read, or the hours end when they begin."""
    read_zone(tz)
    begin, end = quiet or (None, None)
    if quiet and read_time(quiet[0]) == read_time(quiet[1]):
        raise ScheduleRefused("not_a_time")
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


def remove_channel(session: Session, channel_id: int) -> None:
    """The caller commits."""
    channel = session.get(AlertChannel, channel_id)
    if channel is not None:
        session.delete(channel)
        session.flush()


def quiet_until(channel: AlertChannel, now: datetime) -> datetime | None:
    """The end of the quiet hours that ``now`` lies in; None: it may be loud."""
    return end_of_quiet(channel.quiet_from, channel.quiet_to, channel.tz, now)


def end_of_quiet(begin: str | None, end: str | None, tz: str, now: datetime) -> datetime | None:
    """When quiet hours end that ``now`` lies in; None: it may be loud.

    Where clocks are set back they show an end in that hour twice: what comes between the two is held until
    the second one, not for another day.
    """
    if begin is None or end is None:
        return None
    until, zone = read_time(end), days.named(tz)
    there = now.astimezone(zone)
    if not is_between(read_time(begin), there.time().replace(tzinfo=None), until):
        return None
    again = datetime.combine(there.date(), until.replace(fold=1), zone).astimezone(UTC)
    if again > now and again.astimezone(zone).fold and there.fold:
        return again
    return next_daily(until, zone, now)


def is_between(begin: time, clock: time, end: time) -> bool:
    """Whether a clock stands between two times of day, over midnight too."""
    return begin <= clock < end if begin <= end else clock >= begin or clock < end


# --- What is to be told -----------------------------------------------------------------------


def plan(session: Session, now: datetime, grace: Mapping[str, timedelta], silent: Sequence[str] = ()) -> None:
    """Makes the alerts that follow from the checklists. Any number of workers may do it at once.

    A problem that is solved before it was told is never told, nor is anybody reminded of one that is solved,
    or put off, before the reminder could go out. The caller commits.

    Args:
        grace: how long problems of a code may pass by themselves before they are told.
        silent: environments whose keys nobody is told of.
    """
    channels = [c for c in list_channels(session) if c.enabled]
    rows = [row for channel in channels for row in _opened(session, channel, now, grace, silent)]
    rows += _solved(session, now)
    if rows:
        session.connection().execute(db.insert(session, Alert).on_conflict_do_nothing(), rows)
    untold = col(Alert.status) == "pending"
    is_over = and_(col(Alert.event) == OPENED, checklist.is_closed(Alert.checklist_id))
    is_calm = and_(col(Alert.event).like(f"{REMINDER}-%"), checklist.is_quiet(Alert.checklist_id, now))
    if needless := session.exec(select(Alert.id).where(untold, or_(is_over, is_calm))).all():
        drop = update(Alert).where(col(Alert.id).in_(needless), untold)
        session.connection().execute(drop.values(status="void"))


def _opened(
    session: Session,
    channel: AlertChannel,
    now: datetime,
    grace: Mapping[str, timedelta],
    silent: Sequence[str],
) -> list[dict[str, Any]]:
    """Open problems since the channel is there, that it does not know of."""
    problems = checklist.to_tell(session, now, channel.created_at, silent)
    ids = [problem.id for problem in problems]
    of_these = (Alert.channel_id == channel.id, Alert.event == OPENED, col(Alert.checklist_id).in_(ids))
    known = set(session.exec(select(Alert.checklist_id).where(*of_these))) if ids else set()
    return [
        _row(channel.id, problem.id, OPENED, problem.opened_at + grace.get(problem.code, timedelta()))
        for problem in problems
        if problem.id not in known
    ]


def _solved(session: Session, now: datetime) -> list[dict[str, Any]]:
    """Solved problems of which a channel was told, and not yet of their end."""
    told = (
        select(Alert.channel_id, Alert.checklist_id)
        .join(AlertChannel, col(AlertChannel.id) == col(Alert.channel_id))
        .where(
            Alert.event == OPENED,
            Alert.status == "sent",
            checklist.is_closed(Alert.checklist_id, checklist.DISMISSED, *checklist.QUIET),
            col(AlertChannel.enabled),
        )
    )
    done = select(Alert.channel_id, Alert.checklist_id).where(Alert.event == SOLVED)
    return [_row(channel, problem, SOLVED, now) for channel, problem in session.exec(told.except_(done))]  # type: ignore[call-overload]


def remind(session: Session, problem: Checklist, now: datetime) -> None:
    """A reminder of a problem on each channel that was told of it. The caller commits."""
    told = select(Alert.channel_id).join(AlertChannel, col(AlertChannel.id) == col(Alert.channel_id))
    told = told.where(
        Alert.checklist_id == problem.id,
        Alert.event == OPENED,
        Alert.status == "sent",
        col(AlertChannel.enabled),
    )
    event = f"{REMINDER}-{now.astimezone(UTC):%Y%m%dT%H%M%S}"
    rows = [_row(channel, problem.id, event, now) for channel in session.exec(told)]
    if rows:
        session.connection().execute(db.insert(session, Alert).on_conflict_do_nothing(), rows)


def _row(channel_id: int | None, checklist_id: str, event: str, due_at: datetime) -> dict[str, Any]:
    return {
        "channel_id": channel_id,
        "checklist_id": checklist_id,
        "event": event,
        "due_at": due_at,
        "status": "pending",
        "attempts": 0,
    }


# --- Sending ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Batch:
    """Alerts of one channel that go in one message, while ``holder`` has the channel's lease."""

    channel: AlertChannel
    alerts: tuple[tuple[Alert, Checklist, Key | None], ...]
    holder: str


def due_channels(session: Session, now: datetime) -> list[int]:
    """Channels with something to send."""
    query = select(Alert.channel_id).where(Alert.status == "pending", col(Alert.due_at) <= now).distinct()
    return list(session.exec(query).all())


def take(session: Session, channel_id: int, holder: str, now: datetime, limit: int = 500) -> Batch | None:
    """Takes what is due for a channel; None: nothing, or another one sends. In quiet hours all is held.

    The caller commits before anything is sent.
    """
    channel = get_channel(session, channel_id)
    if channel is None or not lease.take(session, _lease_of(channel_id), holder):
        return None
    batch = _batch(session, channel, holder, now, limit)
    if batch is None:
        lease.give_back(session, _lease_of(channel_id), holder)
    return batch


def _batch(session: Session, channel: AlertChannel, holder: str, now: datetime, limit: int) -> Batch | None:
    due = and_(col(Alert.channel_id) == channel.id, col(Alert.status) == "pending", col(Alert.due_at) <= now)
    held = quiet_until(channel, now)
    if held is not None:
        session.connection().execute(update(Alert).where(due).values(due_at=held))
        return None
    query = select(Alert).where(due).order_by(col(Alert.id)).limit(limit)
    alerts = session.exec(query.execution_options(populate_existing=True)).all()
    problems = checklist.by_ids(session, (alert.checklist_id for alert in alerts))
    keys = _keys(session, problems.values())
    told = ((alert, problems[alert.checklist_id]) for alert in alerts if alert.checklist_id in problems)
    rows = tuple((alert, problem, keys.get(problem.key_id)) for alert, problem in told)
    if not rows:
        return None
    for alert, _, _ in rows:
        alert.attempts += 1
        session.add(alert)
    session.flush()
    return Batch(channel, rows, holder)


def _keys(session: Session, problems: Iterable[Checklist]) -> dict[int | None, Key]:
    wanted = {problem.key_id for problem in problems} - {None}
    found = session.exec(select(Key).where(col(Key.id).in_(wanted))).all() if wanted else ()
    return {key.id: key for key in found}


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
    ids = [alert.id for alert, _, _ in batch.alerts]
    mine = update(Alert).where(col(Alert.id).in_(ids), col(Alert.status) == "pending")
    session.connection().execute(mine.values(**values))
    lease.give_back(session, _lease_of(batch.channel.id), batch.holder)


def _lease_of(channel_id: int | None) -> str:
    return f"alerts {channel_id}"


def _tell_channel(session: Session, batch: Batch, **values: Any) -> None:
    change = update(AlertChannel).where(col(AlertChannel.id) == batch.channel.id)
    session.connection().execute(change.values(**values))


def pending(session: Session) -> int:
    """How many alerts wait."""
    waiting = select(func.count()).select_from(Alert).where(Alert.status == "pending")
    return session.exec(waiting).one()


def pull_back(session: Session, now: datetime) -> None:
    """What a clock has written that was ahead, and was set right since, holds nothing back: neither a message
    nor a channel, which is told what was found since it is there. The caller commits."""
    held = update(Alert).where(col(Alert.status) == "pending", col(Alert.due_at) > now + LONGEST_HELD)
    session.connection().execute(held.values(due_at=now))
    made = update(AlertChannel).where(col(AlertChannel.created_at) > now + SLACK)
    session.connection().execute(made.values(created_at=now))
