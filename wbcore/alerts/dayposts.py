"""Sends the messages of the day, each once, in the channel's language; the words are in ``day.ftl``."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from uuid import uuid4
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select, update

from wbcore.alerts import channels, daily, outbox
from wbcore.alerts.alerting import AGAIN
from wbcore.guidance import sellers
from wbcore.guidance.texts import format_date, format_datetime, format_money, t
from wbcore.orders.paper import seen
from wbcore.settings import settings
from wbcore.store import days, db, lease
from wbcore.store.crypto import SecretKeyError
from wbcore.store.models import AlertChannel, DayMessage, DayRule, Seller

log = logging.getLogger(__name__)

TOGETHER: Final = 20
"""Messages that go in one; more wait for the next."""
_LENGTH: Final = 60
"""Characters of an article or a name that are told."""
_PAGES: Final = {"cancelled": "picking", "waiting": "picking", "news": "picking", "silence": "order_import"}
"""Where a message leads to; elsewhere to the overview."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Messages of one channel that go together, while ``holder`` has the lease."""

    channel: AlertChannel
    rows: tuple[DayMessage, ...]
    holder: str


def send(now: datetime) -> int:
    """Sends what is due; how many messages went out."""
    with db.session() as session:
        due = select(DayMessage.channel_id).where(
            DayMessage.status == "pending", col(DayMessage.due_at) <= now
        )
        waiting = session.exec(due.distinct()).all()
    return sum(_tell(channel_id, now) for channel_id in waiting)


def _tell(channel_id: int, now: datetime) -> bool:
    with db.session() as session:
        batch = _take(session, channel_id, uuid4().hex, now)
        session.commit()
        if batch is None:
            return False
        title, body = message(session, batch.channel.lang, batch.rows, now)
    error = _sent(batch, title, body)
    with db.session() as session:
        _end(session, batch, error, now)
        session.commit()
    data = {"channel": batch.channel.name, "messages": len(batch.rows), "error": error}
    log.log(logging.WARNING if error else logging.INFO, "message of the day", extra={"data": data})
    return not error


def _take(session: Session, channel_id: int, holder: str, now: datetime) -> Batch | None:
    """What is due for a channel; None: nothing, or another one sends. In its quiet hours all is held."""
    channel = outbox.get_channel(session, channel_id)
    if channel is None or not channel.enabled or not lease.take(session, _lease_of(channel_id), holder):
        return None
    due = (
        col(DayMessage.channel_id) == channel_id,
        col(DayMessage.status) == "pending",
        col(DayMessage.due_at) <= now,
    )
    held = outbox.quiet_until(channel, now)
    if held is not None:
        session.connection().execute(update(DayMessage).where(*due).values(due_at=held))
        lease.give_back(session, _lease_of(channel_id), holder)
        return None
    query = select(DayMessage).where(*due).order_by(col(DayMessage.id))
    found = session.exec(query.limit(TOGETHER).execution_options(populate_existing=True)).all()
    rows = tuple(row for row in found if _is_still_so(session, row, now))
    if not rows:
        session.flush()
        lease.give_back(session, _lease_of(channel_id), holder)
        return None
    for row in rows:
        row.attempts += 1
    session.flush()
    return Batch(channel, rows, holder)


def _is_still_so(session: Session, row: DayMessage, now: datetime) -> bool:
    """Whether a message has something to tell yet; it tells it as it is now."""
    facts = daily.still_so(session, row, now)
    if facts is None:
        row.status = "void"
    elif facts != row.facts:
        row.facts = facts
    session.add(row)
    return facts is not None


def _sent(batch: Batch, title: str, body: str) -> str:
    try:
        url = outbox.url_of(batch.channel)
    except SecretKeyError:
        return "secret_key"
    since = batch.channel.created_at.isoformat()  # numbers of rows begin anew in each database
    rows = [f"{since} {row.id}" for row in batch.rows]
    return channels.send(url, title, body, about=rows, name=" ".join(rows))


def _end(session: Session, batch: Batch, error: str, now: datetime) -> None:
    ids = [row.id for row in batch.rows]
    mine = update(DayMessage).where(col(DayMessage.id).in_(ids), col(DayMessage.status) == "pending")
    tries = min(row.attempts for row in batch.rows)
    if not error:
        values: dict[str, Any] = {"status": "sent", "sent_at": now}
    elif tries <= len(AGAIN):
        values = {"due_at": now + AGAIN[tries - 1]}
    else:
        values = {"status": "failed"}
    session.connection().execute(mine.values(**values))
    told: dict[str, Any] = (
        {"error": error, "error_at": now} if error else {"error": "", "error_at": None, "sent_at": now}
    )
    channel = update(AlertChannel).where(col(AlertChannel.id) == batch.channel.id)
    session.connection().execute(channel.values(**told))
    lease.give_back(session, _lease_of(batch.channel.id), batch.holder)


def _lease_of(channel_id: int | None) -> str:
    return f"day {channel_id}"


# --- Words --------------------------------------------------------------------------------------------------


def message(session: Session, lang: str, rows: Sequence[DayMessage], now: datetime) -> tuple[str, str]:
    """Subject and text of one message about some things of the day. Plain text; nothing of buyers."""
    ids = {row.seller_id for row in rows}
    known = {one.id: one for one in session.exec(select(Seller).where(col(Seller.id).in_(ids)))}
    called = {seller_id: sellers.name_of(session, one) for seller_id, one in known.items()}
    rules = session.exec(select(DayRule).where(col(DayRule.seller_id).in_(ids)))
    zones = {rule.seller_id: rule.tz for rule in rules}
    told = [
        _part(
            lang,
            row,
            seller_words(lang, known[row.seller_id], called[row.seller_id]),
            days.named(zones.get(row.seller_id, "UTC")),
            now,
        )
        for row in rows
        if row.seller_id in known
    ]
    heads = [lines[0] for lines in told]
    title = heads[0] if len(heads) == 1 else t(lang, "day-several", count=len(heads))
    return title, "\n\n".join("\n".join(lines) for lines in told)


def seller_words(lang: str, seller: Seller, called: str) -> str:
    """A seller where its day is told; ``called`` as ``sellers.names`` has it."""
    name = seen(called or t(lang, "day-seller", id=str(seller.id)))[:_LENGTH]
    return name if seller.environment == "production" else t(lang, "day-test-seller", name=name)


def _part(lang: str, row: DayMessage, seller: str, zone: ZoneInfo, now: datetime) -> list[str]:
    facts = row.facts
    count = facts.get("count", 0)
    day = format_date(lang, datetime.fromisoformat(row.event)) if row.kind == "summary" else ""
    lines = [t(lang, f"day-{row.kind}", seller=seller, count=count, hours=facts.get("hours", 0), day=day)]
    lines += _WORDS[row.kind](lang, facts, zone)
    base = settings().public_url
    if base:
        lines.append(f"{base.rstrip('/')}/{_PAGES.get(row.kind, '')}")
    return lines


def _money(lang: str, facts: dict[str, Any]) -> list[str]:
    sums = [format_money(lang, amount, currency) for amount, currency in facts.get("sums", ())]
    return [t(lang, "day-sum", sum=", ".join(sums))] if sums else []


def _orders(lang: str, facts: dict[str, Any]) -> list[str]:
    named = facts.get("orders", ())
    lines = []
    for order_id, article, *place in named:
        words = f"{order_id} {seen(article)[:_LENGTH]}".rstrip()
        if place:
            words = t(lang, "day-on-list", order=words, sheet=str(place[0]), line=place[1])
        lines.append(f"- {words}")
    more = facts.get("count", 0) - len(lines)
    return [*lines, t(lang, "day-more", count=more)] if more > 0 else lines


def _oldest(lang: str, facts: dict[str, Any], zone: ZoneInfo) -> list[str]:
    at = facts.get("oldest_at")
    if not at:
        return []
    return [t(lang, "day-oldest", at=format_datetime(lang, datetime.fromtimestamp(at, UTC), zone))]


def _of_news(lang: str, facts: dict[str, Any], _zone: ZoneInfo) -> list[str]:
    return _money(lang, facts)


def _of_waiting(lang: str, facts: dict[str, Any], zone: ZoneInfo) -> list[str]:
    return [*_oldest(lang, facts, zone), *_orders(lang, facts)]


def _of_cancelled(lang: str, facts: dict[str, Any], _zone: ZoneInfo) -> list[str]:
    return [t(lang, "day-not-to-ship"), *_orders(lang, facts)]


def _of_summary(lang: str, facts: dict[str, Any], zone: ZoneInfo) -> list[str]:
    return [
        t(lang, "day-orders", count=facts.get("count", 0)),
        *_money(lang, facts),
        t(lang, "day-cancelled-today", count=facts.get("cancelled", 0)),
        t(lang, "day-to-assemble", new=facts.get("new", 0), assembly=facts.get("assembly", 0)),
        *_oldest(lang, facts, zone),
    ]


def _of_silence(lang: str, facts: dict[str, Any], zone: ZoneInfo) -> list[str]:
    at = facts.get("last_at")
    if not at:
        return [t(lang, "day-no-import")]
    return [t(lang, "day-last-import", at=format_datetime(lang, datetime.fromtimestamp(at, UTC), zone))]


_WORDS: Final[dict[str, Any]] = {
    "news": _of_news,
    "waiting": _of_waiting,
    "cancelled": _of_cancelled,
    "summary": _of_summary,
    "silence": _of_silence,
}
