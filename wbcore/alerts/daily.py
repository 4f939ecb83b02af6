"""Messages of the day: new orders, those that wait too long, cancelled ones, the evening, no import.

What a seller's people want stands in ``day_rule``; here is found out what there is to tell. A message is a
row for each channel, and its unique key is what "once" rests on; of single orders ``day_told`` knows whether
they have been told, whichever worker looks first. ``dayposts`` sends them. Of buyers nothing is told.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final, Literal
from uuid import uuid4

from sqlalchemy import and_, delete, func, literal_column, or_
from sqlmodel import Session, col, select, update

from wbcore.alerts import outbox
from wbcore.guidance import sellers
from wbcore.imports.timetable import ScheduleRefused, read_time, read_zone
from wbcore.orders import picking, tallies
from wbcore.people import audit
from wbcore.people.actor import Actor, Right, require
from wbcore.store import days, db
from wbcore.store.clock import SLACK
from wbcore.store.models import (
    DayMessage,
    DayRule,
    DayTold,
    Key,
    Order,
    OrderHour,
    PickingOrder,
    PickingSheet,
    Run,
    Seller,
)

Kind = Literal["news", "waiting", "cancelled", "summary", "silence"]
ENDED: Final = ("done", "failed", "cancelled")
"""Runs of which something may have come."""
SILENT: Final = "demo"
"""Nobody is told of the learning cabinet."""
NAMED: Final = 20
"""Orders of one message that are named; the others are counted."""
AT_ONCE: Final = 1000
"""Orders that one look tells of; more wait for the next look."""
LISTS_OF: Final = timedelta(days=14)
"""A list that is older has been walked."""
KEPT_DAYS: Final = 120
LONGEST_H: Final = 720
LONGEST_M: Final = 1440


@dataclass(frozen=True, slots=True)
class Wishes:
    """What is wanted for one seller; as in ``DayRule``."""

    news_minutes: int | None = None
    waiting_hours: int | None = None
    cancelled: bool = False
    summary_at: str | None = None
    silent_hours: int | None = None
    quiet: tuple[str, str] | None = None
    tz: str = ""


# --- Wishes -------------------------------------------------------------------------------------------------


def rule_of(session: Session, seller_id: int) -> DayRule | None:
    query = select(DayRule).where(DayRule.seller_id == seller_id)
    return session.exec(query.execution_options(populate_existing=True)).first()


def wish(
    session: Session, seller_id: int, wishes: Wishes, *, by: Actor | None = None, now: datetime
) -> DayRule:
    """Keeps what is wanted for a seller. The caller commits.

    Raises:
        ScheduleRefused: a time, a zone or a number can't be taken.
        NotAllowed: ``by`` is no owner.
    """
    acting = require(by, Right.ALERTS, seller_id=seller_id)
    zone = wishes.tz or days.zone().key
    read_zone(zone)
    _within(wishes.news_minutes, 0, LONGEST_M)
    _within(wishes.waiting_hours, 1, LONGEST_H)
    _within(wishes.silent_hours, 1, LONGEST_H)
    begin, end = wishes.quiet or (None, None)
    if wishes.quiet and begin == end:
        raise ScheduleRefused("not_a_time")
    rule = rule_of(session, seller_id)
    if rule is None:
        rule = DayRule(seller_id=seller_id, since=now, news_to=now)
    if rule.news_minutes is None:
        rule.news_to = now  # switched on again: what came in meanwhile is no news
    rule.news_minutes = wishes.news_minutes
    rule.waiting_hours = wishes.waiting_hours
    rule.cancelled = wishes.cancelled
    evening = rule.summary_at, rule.tz
    rule.summary_at = _clock(wishes.summary_at)
    rule.silent_hours = wishes.silent_hours
    rule.quiet_from, rule.quiet_to, rule.tz = _clock(begin), _clock(end), zone
    session.add(rule)
    session.flush()
    if rule.summary_at is not None and (rule.summary_at, rule.tz) != evening:
        _leave_out_a_past_evening(session, rule, now)
    seller = session.get(Seller, seller_id)
    subject = str(seller_id) if seller is None else sellers.given(seller) or seller.sid
    audit.record(session, acting, "day_messages_set", subject, seller=seller_id)
    return rule


def _leave_out_a_past_evening(session: Session, rule: DayRule, now: datetime) -> None:
    """A summary that is wished after its hour begins with the next day's."""
    day, due = _evening(rule, now)
    if due <= now:
        channels = [c.id for c in outbox.list_channels(session) if c.id is not None]
        _put(session, channels, rule, "summary", day.isoformat(), {}, now, status="void")


def _within(value: int | None, least: int, most: int) -> None:
    if value is not None and not least <= value <= most:
        raise ScheduleRefused("not_a_time")


def _clock(text: str | None) -> str | None:
    return None if text is None else read_time(text).strftime("%H:%M")


# --- What there is to tell ----------------------------------------------------------------------------------


def plan(session: Session, now: datetime) -> None:
    """Makes the messages that are due. Any number of workers may do it at once; the caller commits."""
    channels = [c.id for c in outbox.list_channels(session) if c.enabled and c.id is not None]
    if not channels:
        return
    query = select(DayRule).join(Seller, col(Seller.id) == col(DayRule.seller_id))
    query = query.where(Seller.environment != SILENT).order_by(col(DayRule.seller_id))
    for rule in session.exec(query.execution_options(populate_existing=True)).all():
        for kind, find in _FINDERS.items():
            found = find(session, rule, now)
            if found is not None:
                event, facts = found
                _put(session, channels, rule, kind, event, facts, now)


Found = tuple[str, dict[str, Any]] | None
"""What a message is about, and what it says."""


def _put(  # noqa: PLR0917
    session: Session,
    channels: list[int],
    rule: DayRule,
    kind: Kind,
    event: str,
    facts: Mapping[str, Any],
    now: datetime,
    status: str = "pending",
) -> None:
    rows = [
        {
            "channel_id": channel,
            "seller_id": rule.seller_id,
            "kind": kind,
            "event": event,
            "facts": dict(facts),
            "status": status,
            "due_at": quiet_until(rule, now) or now,
            "attempts": 0,
        }
        for channel in channels
    ]
    if rows:
        session.connection().execute(db.insert(session, DayMessage).on_conflict_do_nothing(), rows)


def quiet_until(rule: DayRule, now: datetime) -> datetime | None:
    """The end of a seller's quiet hours that ``now`` lies in; None: it may be loud."""
    return outbox.end_of_quiet(rule.quiet_from, rule.quiet_to, rule.tz, now)


def _news(session: Session, rule: DayRule, now: datetime) -> Found:
    """Orders that imports have brought since, and that are still new.

    Imports of a seller come one after the other: those that ended after the last told one are all there are.
    """
    if rule.news_minutes is None:
        return None
    if rule.news_at is not None and now < rule.news_at + timedelta(minutes=rule.news_minutes):
        return None
    query = select(Run.started_at, Run.finished_at).where(
        Run.seller_id == rule.seller_id,
        col(Run.finished_at) > rule.news_to,
        col(Run.finished_at) <= now + SLACK,
        col(Run.status).in_(ENDED),
        Run.created > 0,
    )
    runs = session.exec(query.order_by(col(Run.finished_at)).limit(200)).all()
    told_to = runs[-1][1] if runs else None
    if told_to is None:
        return None
    mine = update(DayRule).where(
        col(DayRule.seller_id) == rule.seller_id, col(DayRule.news_to) == rule.news_to
    )
    moved = session.connection().execute(mine.values(news_to=told_to))
    if moved.rowcount != 1:  # another worker tells of these
        return None
    sums = _fresh(session, rule.seller_id, [(begun, ended) for begun, ended in runs if begun and ended], now)
    count = sum(found for found, _ in sums.values())
    if not count:
        return None
    last = update(DayRule).where(col(DayRule.seller_id) == rule.seller_id)
    session.connection().execute(last.values(news_at=now))
    return told_to.isoformat(), {"count": count, "sums": _sums(sums)}


def _fresh(
    session: Session, seller_id: int, runs: Sequence[tuple[datetime, datetime]], now: datetime
) -> dict[int | None, tuple[int, int | None]]:
    """Currency -> how many orders are new since some imports, and what they cost.

    One import may begin in the second in which another ends: whose the orders of that second are is not
    known, so these are told by their numbers. The others are counted where they are, however many.
    """
    spans = [(int(begun.timestamp()), int(ended.timestamp())) for begun, ended in runs]
    edges = {second for span in spans for second in span}
    since = col(Order.status_at)
    new = (Order.seller_id == seller_id, Order.supplier_status == "new", col(Order.is_open))
    inside = or_(*(and_(since > begun, since < ended) for begun, ended in spans))
    price: Any = literal_column(tallies.priced_in("price"))
    counted = select(Order.currency_code, func.count(), func.sum(price)).where(
        *new, inside, since.not_in(edges)
    )
    found = {
        currency: (count, int(amount or 0))
        for currency, count, amount in session.exec(counted.group_by(col(Order.currency_code)))
    }
    at_an_edge = select(Order.id, Order.currency_code, Order.price).where(*new, since.in_(edges))
    rows = session.exec(at_an_edge).all()
    for start in range(0, len(rows), AT_ONCE):
        part = rows[start : start + AT_ONCE]
        mine = _tell_once(session, seller_id, "news", [order_id for order_id, _, _ in part], now)
        for order_id, currency, cost in part:
            if order_id in mine:
                count, amount = found.get(currency, (0, 0))
                found[currency] = (count + 1, amount + tallies.priced(cost))
    return dict(found)


def _sums(sums: Mapping[int | None, tuple[int, int | None]]) -> list[list[int]]:
    """[amount in minor units, currency], the largest first; orders without a price say nothing."""
    found = [[int(amount), int(currency)] for currency, (_, amount) in sums.items() if amount and currency]
    return sorted(found, reverse=True)


def _waiting(session: Session, rule: DayRule, now: datetime) -> Found:
    """Orders that are still new after so many hours, each once."""
    if rule.waiting_hours is None:
        return None
    before = int((now - timedelta(hours=rule.waiting_hours)).timestamp())
    query = (
        select(Order.id, Order.article, Order.created_at)
        .where(
            Order.seller_id == rule.seller_id,
            Order.supplier_status == "new",
            col(Order.is_open),
            col(Order.created_at).between(1, before),
            ~_told("waiting").exists(),
        )
        .order_by(col(Order.created_at), col(Order.id))
        .limit(AT_ONCE)
    )
    rows = session.exec(query).all()
    mine = _tell_once(session, rule.seller_id, "waiting", [row[0] for row in rows], now)
    told = [row for row in rows if row[0] in mine]
    if not told:
        return None
    facts = {
        "hours": rule.waiting_hours,
        "ids": [order_id for order_id, _, _ in told],
        **_named(told),
    }
    return uuid4().hex, facts


def _named(rows: Sequence[Any]) -> dict[str, Any]:
    """What is told of orders that wait: (number, article, made at) of each, the oldest first."""
    orders = [[order_id, article or ""] for order_id, article, _ in rows[:NAMED]]
    return {"count": len(rows), "orders": orders, "oldest_at": rows[0][2]}


def still_so(session: Session, message: DayMessage, now: datetime) -> dict[str, Any] | None:
    """What a message says now: it may have been held for a night, or not been taken. None: nothing any more.

    What has happened stays so; what is told to be so still is looked at anew. Of what nobody wishes to hear
    any more nothing is told.
    """
    rule = rule_of(session, message.seller_id)
    wished = None if rule is None else getattr(rule, _WISHED[message.kind])
    if rule is not None and (wished is None or wished is False):  # 0 minutes are "at once"
        return None
    if message.kind == "silence":
        query = select(Run.id).where(
            Run.seller_id == message.seller_id,
            Run.status == "done",
            col(Run.finished_at) > datetime.fromisoformat(message.event),
            col(Run.finished_at) <= now + SLACK,
        )
        return message.facts if session.exec(query.limit(1)).first() is None else None
    ids = message.facts.get("ids")
    if message.kind != "waiting" or ids is None:
        return message.facts
    waits = (
        select(Order.id, Order.article, Order.created_at)
        .where(
            Order.seller_id == message.seller_id,
            col(Order.id).in_(ids),
            Order.supplier_status == "new",
            col(Order.is_open),
        )
        .order_by(col(Order.created_at), col(Order.id))
    )
    rows = session.exec(waits).all()
    return message.facts | _named(rows) if rows else None


def _cancelled(session: Session, rule: DayRule, now: datetime) -> Found:
    """Orders of printed lists that must not be shipped any more, each once."""
    if not rule.cancelled:
        return None
    same = and_(col(Order.seller_id) == PickingOrder.seller_id, col(Order.id) == PickingOrder.order_id)
    query = (
        select(Order.id, Order.article, PickingSheet.id, PickingOrder.line)
        .join(PickingOrder, same)
        .join(PickingSheet, col(PickingSheet.id) == PickingOrder.sheet_id)
        .where(
            PickingSheet.seller_id == rule.seller_id,
            col(PickingSheet.made_at) >= max(now - LISTS_OF, rule.since),
            picking.is_cancelled(),
            ~_told("cancelled").exists(),
        )
        .order_by(col(PickingSheet.id).desc(), col(PickingOrder.line), col(Order.id))
        .limit(AT_ONCE)
    )
    rows = {row[0]: row for row in reversed(session.exec(query).all())}  # of several lists the newest
    mine = _tell_once(session, rule.seller_id, "cancelled", list(rows), now)
    told = sorted((row for order_id, row in rows.items() if order_id in mine), key=lambda row: row[2:])
    if not told:
        return None
    orders = [[order_id, article or "", sheet, line] for order_id, article, sheet, line in told[:NAMED]]
    return uuid4().hex, {"count": len(told), "orders": orders}


def _told(kind: str) -> Any:
    return select(DayTold.order_id).where(
        DayTold.seller_id == Order.seller_id, DayTold.kind == kind, DayTold.order_id == Order.id
    )


def _tell_once(session: Session, seller_id: int, kind: str, ids: list[int], now: datetime) -> set[int]:
    """Those of some orders of which nobody has told yet; from now on this has."""
    if not ids:
        return set()
    rows = [{"seller_id": seller_id, "kind": kind, "order_id": one, "at": now} for one in ids]
    made = db.insert(session, DayTold).values(rows).on_conflict_do_nothing()
    return {row[0] for row in session.connection().execute(made.returning(col(DayTold.order_id)))}


def _summary(session: Session, rule: DayRule, now: datetime) -> Found:
    """What the day has brought until the hour that is wished."""
    if rule.summary_at is None:
        return None
    zone = days.named(rule.tz)
    day, due = _evening(rule, now)
    if not rule.since <= due <= now or _is_made(session, rule, "summary", day.isoformat()):
        return None
    # An hour is of the day in which it begins, as on the overview: days of some zones begin at half past.
    first = -(-int(days.start(day, zone).timestamp()) // tallies.HOUR_S)
    query = (
        select(OrderHour.stage, OrderHour.currency, func.sum(OrderHour.count), func.sum(OrderHour.amount))
        .where(OrderHour.seller_id == rule.seller_id, col(OrderHour.hour) >= first)
        .group_by(col(OrderHour.stage), col(OrderHour.currency))
    )
    rows = session.exec(query).all()
    sums: dict[int | None, tuple[int, int | None]] = {}
    for _, currency, count, amount in rows:
        before = sums.get(currency, (0, 0))
        sums[currency] = (before[0] + int(count), (before[1] or 0) + int(amount))
    waiting = picking.waiting(session, rule.seller_id)
    facts = {
        "count": sum(int(count) for _, _, count, _ in rows),
        "cancelled": sum(int(count) for stage, _, count, _ in rows if stage == "cancelled"),
        "sums": _sums(sums),
        "new": waiting["new"],
        "assembly": waiting["confirm"],
        "oldest_at": _oldest(session, rule.seller_id),
    }
    return day.isoformat(), facts


def _evening(rule: DayRule, now: datetime) -> tuple[date, datetime]:
    """Today, and when its summary is due."""
    assert rule.summary_at is not None
    zone = days.named(rule.tz)
    day = days.today(zone, now)
    return day, datetime.combine(day, read_time(rule.summary_at), zone)


def _oldest(session: Session, seller_id: int) -> int | None:
    query = select(Order.created_at).where(
        Order.seller_id == seller_id,
        Order.supplier_status == "new",
        col(Order.created_at) > 0,
        col(Order.is_open),
    )
    return session.exec(query.order_by(col(Order.created_at)).limit(1)).first()


def _silence(session: Session, rule: DayRule, now: datetime) -> Found:
    """No import of the seller has ended well for so long."""
    if rule.silent_hours is None:
        return None
    if session.exec(select(Key.id).where(Key.seller_id == rule.seller_id).limit(1)).first() is None:
        return None
    query = select(func.max(Run.finished_at)).where(
        Run.seller_id == rule.seller_id, Run.status == "done", col(Run.finished_at) <= now + SLACK
    )
    last = session.exec(query).first()
    quiet_since = rule.since if last is None else max(last, rule.since)
    if now < quiet_since + timedelta(hours=rule.silent_hours):
        return None
    event = (last or rule.since).isoformat()
    if _is_made(session, rule, "silence", event):
        return None
    return event, {"hours": rule.silent_hours, "last_at": None if last is None else int(last.timestamp())}


def _is_made(session: Session, rule: DayRule, kind: Kind, event: str) -> bool:
    query = select(DayMessage.id).where(
        DayMessage.seller_id == rule.seller_id, DayMessage.kind == kind, DayMessage.event == event
    )
    return session.exec(query.limit(1)).first() is not None


_FINDERS: Final[Mapping[Kind, Any]] = {
    "news": _news,
    "waiting": _waiting,
    "cancelled": _cancelled,
    "summary": _summary,
    "silence": _silence,
}


_WISHED: Final[Mapping[str, str]] = {
    "news": "news_minutes",
    "waiting": "waiting_hours",
    "cancelled": "cancelled",
    "summary": "summary_at",
    "silence": "silent_hours",
}
"""Kind of a message -> where a rule says whether it is wished."""


def pull_back(session: Session, now: datetime) -> None:
    """What was written by a clock that was ahead, and was set right since, holds nothing back. The caller
    commits."""
    for written in (DayRule.since, DayRule.news_to, DayRule.news_at):
        ahead = update(DayRule).where(col(written) > now + SLACK)
        session.connection().execute(ahead.values({written: now}))
    held = update(DayMessage).where(
        col(DayMessage.status) == "pending", col(DayMessage.due_at) > now + outbox.LONGEST_HELD
    )
    session.connection().execute(held.values(due_at=now))


def forget_old(session: Session, now: datetime) -> int:
    """Deletes what has been told long ago. The caller commits."""
    before = now - timedelta(days=KEPT_DAYS)
    gone = session.connection().execute(delete(DayTold).where(col(DayTold.at) < before)).rowcount
    old = delete(DayMessage).where(col(DayMessage.due_at) < before, col(DayMessage.status) != "pending")
    return int(gone + session.connection().execute(old).rowcount)
