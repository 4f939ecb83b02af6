"""Alerts: each problem is told once on every channel when it is found, and once when it is solved.

What is a problem, and when it is solved, the checklists say. Which message goes where stands in the table
``alert`` (see ``store.alerts``); here are the words, and when they are sent.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import uuid4

from sqlmodel import Session, col, select

from wbcore.guidance import checklist, support
from wbcore.guidance.checklist import ChecklistView
from wbcore.guidance.diagnosis import token_diagnoses
from wbcore.guidance.texts import t
from wbcore.jobs import channels
from wbcore.jobs.channels import ChannelRefused
from wbcore.jobs.evidence import evidence_for
from wbcore.jobs.schedules import PASSING
from wbcore.store import alerts, db, keys, values
from wbcore.store.alerts import OPENED, Batch, ChannelExists
from wbcore.store.crypto import SecretKeyError
from wbcore.store.models import AlertChannel, Checklist, Key, Schedule
from wbcore.store.schedules import ScheduleRefused

__all__ = ["ChannelExists", "ChannelRefused", "ScheduleRefused", "add_channel", "error_text", "test_channel"]

log = logging.getLogger(__name__)

BASE_URL: Final = "base_url"
"""Name of the stored address under which the operators open the dashboard; their messages link to it."""
GRACE: Final = {code: timedelta(minutes=10) for code in PASSING}
"""What may pass by itself is told when it has lasted so long."""
SILENT: Final = ("demo",)
"""Nobody is woken up by the learning cabinet."""
AGAIN: Final = tuple(timedelta(minutes=m) for m in (1, 5, 15, 60, 180, 360, 720))
"""Pauses before each further try; after the last one a message is given up."""
LISTED: Final = 20
"""More problems than these in one message are only counted."""
TOLD_OFFLINE: Final = frozenset({"token_expired", "token_expiring"})


# --- Channels ---------------------------------------------------------------------------------


def add_channel(
    name: str,
    url: str,
    *,
    lang: str = "ru",
    quiet: tuple[str, str] | None = None,
    tz: str = "Europe/Moscow",
    now: datetime | None = None,
) -> AlertChannel:
    """Keeps a channel, its address encrypted.

    Args:
        url: an apprise address, or what the service itself shows (``https://hooks...``).
        quiet: begin and end of the hours in which alerts are held, ``hh:mm`` in ``tz``.

    Raises:
        ChannelRefused: not an address that we send to; ``code`` says why.
        ChannelExists: the name is taken.
        ScheduleRefused: the quiet hours can't be read.
    """
    shown = channels.check(url)
    with db.session() as session:
        made = alerts.add_channel(
            session, name, url.strip(), shown, lang=lang, quiet=quiet, tz=tz, now=now or datetime.now(UTC)
        )
        session.commit()
        return made


def test_channel(channel_id: int) -> str:
    """Sends a test message now. "" when it was taken, else a code for ``error_text``.

    Raises:
        KeyError: no such channel.
        SecretKeyError: the secret key is another one than when the address was stored.
    """
    with db.session() as session:
        channel = alerts.get_channel(session, channel_id)
    if channel is None:
        raise KeyError(channel_id)
    return test_address(alerts.url_of(channel), channel.lang)


test_channel.__test__ = False  # type: ignore[attr-defined]


def test_address(url: str, lang: str) -> str:
    """As ``test_channel``, for an address that is not stored yet."""
    return channels.send(url, t(lang, "alert-test-title"), t(lang, "alert-test-text"))


test_address.__test__ = False  # type: ignore[attr-defined]


def error_text(lang: str, code: str) -> str:
    """What is wrong with a channel, in words."""
    if code.startswith("http_"):
        return t(lang, "alert-error-http", status=code.removeprefix("http_"))
    return t(lang, f"alert-error-{code}")


# --- What a worker does -----------------------------------------------------------------------


def work(now: datetime) -> int:
    """Tells what is to be told; how many messages were sent."""
    with db.session() as session:
        if not alerts.list_channels(session):
            return 0
        alerts.plan(session, now, GRACE, SILENT)
        session.commit()
        waiting = alerts.due_channels(session, now)
    return sum(_tell(channel_id, now) for channel_id in waiting)


def _tell(channel_id: int, now: datetime) -> bool:
    with db.session() as session:
        batch = alerts.take(session, channel_id, uuid4().hex, now)
        session.commit()
        if batch is None:
            return False
        title, body = message(session, batch)
    error = _sent(batch, title, body)
    with db.session() as session:
        if error:
            alerts.not_sent(session, batch, error, now, _again_at(batch, now))
        else:
            alerts.sent(session, batch, now)
        session.commit()
    data = {"channel": batch.channel.name, "alerts": len(batch.alerts), "error": error}
    log.log(logging.WARNING if error else logging.INFO, "alert", extra={"data": data})
    return not error


def _sent(batch: Batch, title: str, body: str) -> str:
    try:
        url = alerts.url_of(batch.channel)
    except SecretKeyError:
        return "secret_key"
    return channels.send(url, title, body)


def _again_at(batch: Batch, now: datetime) -> datetime | None:
    tries = min(alert.attempts for alert, _, _ in batch.alerts)
    return now + AGAIN[tries - 1] if tries <= len(AGAIN) else None


def watch_tokens(session: Session, now: datetime) -> int:
    """Opens checklists for tokens that end soon or have ended; asks nobody. The caller commits.

    Returns:
        How many tokens these are.
    """
    found = 0
    for key in keys.list_keys(session):
        known = replace(evidence_for(session, key), now=now)
        for one in token_diagnoses(known, needed=()):
            if one.code in TOLD_OFFLINE:
                checklist.open_or_update(session, one, key)
                found += 1
    return found


# --- Words ------------------------------------------------------------------------------------


def message(session: Session, batch: Batch) -> tuple[str, str]:
    """Subject and text of one message about all alerts of a batch, in the channel's language."""
    lang = batch.channel.lang
    base = str(values.get(session, BASE_URL) or "")
    told = [(alert.event == OPENED, problem, key) for alert, problem, key in batch.alerts]
    parts = [
        _part(session, opened, checklist.view(problem, lang, key), lang)
        for opened, problem, key in told[:LISTED]
    ]
    if base:
        links = [support.link(problem.id, base) for _, problem, _ in told]
        parts = [f"{part}\n{link}" for part, link in zip(parts, links, strict=False)]
    if len(told) > LISTED:
        parts.append(t(lang, "alert-more", count=len(told) - LISTED))
    return _subject(told, lang), "\n\n".join(parts)


def _subject(told: Sequence[tuple[bool, Checklist, Key | None]], lang: str) -> str:
    if len(told) == 1:
        opened, problem, key = told[0]
        event = "alert-opened" if opened else "alert-solved"
        return t(lang, event, title=checklist.view(problem, lang, key).title)
    opened_count = sum(opened for opened, _, _ in told)
    return t(lang, "alert-several", opened=opened_count, solved=len(told) - opened_count)


def _part(session: Session, opened: bool, view: ChecklistView, lang: str) -> str:
    lines = [t(lang, "alert-opened" if opened else "alert-solved", title=view.title)]
    if view.key_name:
        lines.append(t(lang, "alert-key", name=view.key_name))
    if opened:
        lines.append(view.summary)
        sources = [t(lang, f"source-{source}") for source in _paused(session, view.id)]
        lines += [t(lang, "alert-paused", source=source) for source in sources]
    return "\n".join(lines)


def _paused(session: Session, checklist_id: str) -> Sequence[str]:
    """Sources whose schedules this problem has stopped."""
    query = select(Schedule.source).where(
        Schedule.checklist_id == checklist_id, col(Schedule.paused_reason) != ""
    )
    return session.exec(query.order_by(col(Schedule.source))).all()
