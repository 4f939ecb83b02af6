"""Alerts: each problem is told once on every channel when it is found, and once when it is solved.

What is a problem, and when it is solved, the checklists say. Which message goes where stands in the table
``alert`` (see ``outbox``); here are the words, and when they are sent.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import uuid4

from sqlmodel import Session, col, select

from wbcore.alerts import channels, outbox
from wbcore.alerts.channels import ChannelRefused
from wbcore.alerts.outbox import OPENED, REMINDER, SOLVED, Batch, ChannelExists
from wbcore.api.errors import PASSING
from wbcore.guidance import cards, checklist, support
from wbcore.guidance.cards import ChecklistView
from wbcore.guidance.diagnosis import token_diagnoses
from wbcore.guidance.texts import READERS_ZONE, format_datetime, t
from wbcore.imports.timetable import ScheduleRefused
from wbcore.keys import keyring
from wbcore.keys.evidence import evidence_for
from wbcore.people import audit
from wbcore.people.actor import Actor, Right, require
from wbcore.settings import settings
from wbcore.store import days, db, values
from wbcore.store.crypto import SecretKeyError
from wbcore.store.models import AlertChannel, Schedule

__all__ = ["ChannelExists", "ChannelRefused", "ScheduleRefused", "add_channel", "error_text", "test_channel"]

log = logging.getLogger(__name__)

REMIND_HOURS: Final = "alerts.remind_hours"
"""Name of the setting: after so many hours what is still unsolved is told again; none: never."""
GRACE: Final = {code: timedelta(minutes=10) for code in PASSING}
"""What may pass by itself is told when it has lasted so long."""
SILENT: Final = ("demo",)
"""Nobody is woken up by the learning cabinet."""
AGAIN: Final = tuple(timedelta(minutes=m) for m in (1, 5, 15, 60, 180, 360, 720))
"""Pauses before each further try; after the last one a message is given up."""
LISTED: Final = 20
"""More problems than these in one message are only counted."""
TOLD_OFFLINE: Final = frozenset({"token_expired", "token_expiring", "scope_missing"})


# --- Channels ---------------------------------------------------------------------------------


def add_channel(
    name: str,
    url: str,
    *,
    lang: str = "ru",
    quiet: tuple[str, str] | None = None,
    tz: str | None = None,
    now: datetime | None = None,
    by: Actor | None = None,
) -> AlertChannel:
    """Keeps a channel, its address encrypted.

    Args:
        url: an apprise address, or what the service itself shows (``https://hooks...``).
        quiet: begin and end of the hours in which alerts are held, ``hh:mm`` in ``tz``.

    Raises:
        ChannelRefused: not an address that we send to; ``code`` says why.
        ChannelExists: the name is taken.
        ScheduleRefused: the quiet hours can't be read.
        NotAllowed: ``by`` is no owner.
    """
    acting = require(by, Right.ALERTS)
    shown = channels.check(url)
    with db.session() as session:
        made = outbox.add_channel(
            session, name, url.strip(), shown, lang=lang, quiet=quiet, tz=tz, now=now or datetime.now(UTC)
        )
        audit.record(session, acting, "channel_added", name, shown=shown)
        session.commit()
        return made


def remove_channel(channel_id: int, *, by: Actor | None = None) -> None:
    """Removes a channel; one that is gone already is no failure. Raises NotAllowed."""
    acting = require(by, Right.ALERTS)
    with db.session() as session:
        channel = outbox.get_channel(session, channel_id)
        if channel is not None:
            audit.record(session, acting, "channel_removed", channel.name)
            outbox.remove_channel(session, channel_id)
        session.commit()


def test_channel(channel_id: int, *, by: Actor | None = None) -> str:  # noqa: PT028 (no test)
    """Sends a test message now. "" when it was taken, else a code for ``error_text``.

    Raises:
        NotAllowed: ``by`` is no owner.
        KeyError: no such channel.
        SecretKeyError: the secret key is another one than when the address was stored.
    """
    require(by, Right.ALERTS)
    with db.session() as session:
        channel = outbox.get_channel(session, channel_id)
    if channel is None:
        raise KeyError(channel_id)
    return test_address(outbox.url_of(channel), channel.lang)


test_channel.__test__ = False  # type: ignore[attr-defined]


def test_address(url: str, lang: str) -> str:
    """As ``test_channel``, for an address that is not stored yet."""
    return channels.send(url, t(lang, "alert-test-title"), t(lang, "alert-test-text"))


test_address.__test__ = False  # type: ignore[attr-defined]


def error_text(lang: str, code: str) -> str:
    """What is wrong with a channel, in words."""
    if code == "auth" or code.startswith("http_"):  # kept by an earlier version of the program
        code = "failed"
    if code.startswith("parameter_"):
        return t(lang, "alert-error-parameter", name=code.removeprefix("parameter_"))
    return t(lang, f"alert-error-{code}")


# --- What a worker does -----------------------------------------------------------------------


def work(now: datetime) -> int:
    """Tells what is to be told; how many messages were sent."""
    with db.session() as session:
        if not outbox.list_channels(session):
            return 0
        outbox.plan(session, now, GRACE, SILENT)
        _remind(session, now)
        session.commit()
        waiting = outbox.due_channels(session, now)
    return sum(_tell(channel_id, now) for channel_id in waiting)


def remind_every(session: Session) -> timedelta | None:
    """How often the operators want to be told of what is still unsolved; None: not at all."""
    hours = values.get(session, REMIND_HOURS)
    return timedelta(hours=hours) if isinstance(hours, int) and hours > 0 else None


def set_reminders(session: Session, hours: int | None, *, by: Actor | None = None) -> None:
    """The caller commits. Raises NotAllowed."""
    acting = require(by, Right.ALERTS)
    audit.record(session, acting, "reminders_set", hours=hours)
    values.put(session, REMIND_HOURS, hours)


def _remind(session: Session, now: datetime) -> None:
    """Tells again what has stood unsolved for so long; what was put off stays quiet."""
    every = remind_every(session)
    if every is None:
        return
    for problem in checklist.due_reminders(session, now, every):
        outbox.remind(session, problem, now)
        checklist.reminded(session, problem, now)


def _tell(channel_id: int, now: datetime) -> bool:
    with db.session() as session:
        batch = outbox.take(session, channel_id, uuid4().hex, now)
        session.commit()
        if batch is None:
            return False
        title, body = message(session, batch)
    error = _sent(batch, title, body)
    with db.session() as session:
        if error:
            outbox.not_sent(session, batch, error, now, _again_at(batch, now))
        else:
            outbox.sent(session, batch, now)
        session.commit()
    data = {"channel": batch.channel.name, "alerts": len(batch.alerts), "error": error}
    log.log(logging.WARNING if error else logging.INFO, "alert", extra={"data": data})
    return not error


def _sent(batch: Batch, title: str, body: str) -> str:
    try:
        url = outbox.url_of(batch.channel)
    except SecretKeyError:
        return "secret_key"
    told = " ".join(f"{alert.checklist_id}-{alert.event}" for alert, _, _ in batch.alerts)
    return channels.send(url, title, body, about=[problem.id for _, problem, _ in batch.alerts], name=told)


def _again_at(batch: Batch, now: datetime) -> datetime | None:
    tries = min(alert.attempts for alert, _, _ in batch.alerts)
    return now + AGAIN[tries - 1] if tries <= len(AGAIN) else None


def watch_tokens(session: Session, now: datetime) -> None:
    """Opens checklists for tokens that end soon, have ended or lack a category; asks nobody.

    The caller commits.
    """
    for key in keyring.list_keys(session):
        known = replace(evidence_for(session, key), now=now)
        for one in token_diagnoses(known):
            if one.code in TOLD_OFFLINE:
                checklist.open_or_update(session, one, key)


# --- Words ------------------------------------------------------------------------------------


def message(session: Session, batch: Batch) -> tuple[str, str]:
    """Subject and text of one message about all alerts of a batch, in the channel's language and zone."""
    before = READERS_ZONE.set(days.named(batch.channel.tz))
    try:
        return _message(session, batch)
    finally:
        READERS_ZONE.reset(before)


def _message(session: Session, batch: Batch) -> tuple[str, str]:
    lang = batch.channel.lang
    told = [
        (alert.event.partition("-")[0], card)
        for (alert, _, _), card in zip(
            batch.alerts, cards.cards(session, [row for _, row, _ in batch.alerts], lang), strict=True
        )
    ]
    parts = [_part(session, event, card, lang) for event, card in told[:LISTED]]
    if len(told) > LISTED:
        parts.append(t(lang, "alert-more", count=len(told) - LISTED))
    return _subject(told, lang), "\n\n".join(parts)


def _subject(told: Sequence[tuple[str, ChecklistView]], lang: str) -> str:
    if len(told) == 1:
        event, card = told[0]
        return t(lang, f"alert-{event}", title=card.title)
    counts = {event: sum(one == event for one, _ in told) for event in (OPENED, REMINDER, SOLVED)}
    if counts[REMINDER] == len(told):
        return t(lang, "alert-several-reminders", count=len(told))
    key = "alert-several-mixed" if counts[REMINDER] else "alert-several"
    return t(lang, key, opened=counts[OPENED], reminded=counts[REMINDER], solved=counts[SOLVED])


def _part(session: Session, event: str, view: ChecklistView, lang: str) -> str:
    lines = [t(lang, f"alert-{event}", title=view.title)]
    if view.key_name:
        lines.append(t(lang, "alert-key", name=view.key_name))
    if event == SOLVED:
        lines.append(view.ending)
    else:
        lines += [view.summary, t(lang, "alert-since", at=format_datetime(lang, view.opened_at))]
        sources = [t(lang, f"source-{source}") for source in _paused(session, view.id)]
        lines += [t(lang, "alert-paused", source=source) for source in sources]
    return "\n".join([*lines, *filter(None, [support.link(view.id, settings().public_url)])])


def _paused(session: Session, checklist_id: str) -> Sequence[str]:
    """Sources whose schedules this problem has stopped."""
    query = select(Schedule.source).where(
        Schedule.checklist_id == checklist_id, col(Schedule.paused_reason) != ""
    )
    return session.exec(query.order_by(col(Schedule.source))).all()
