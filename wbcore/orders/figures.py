"""What the sums of orders say: of a day, of a period, by seller, article, warehouse. No order is counted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any, Final

from sqlalchemy import text
from sqlmodel import Session, case, col, func, select

from wbcore.orders import tallies, totals
from wbcore.orders.filters import together
from wbcore.orders.tallies import HOUR_S
from wbcore.orders.totals import Kind
from wbcore.store import days
from wbcore.store.models import Order, OrderHour, OrderStatusChange, OrderWait

BACK_DAYS: Final = 7
"""A day is looked at beside so many days, itself among them."""
SHOWN: Final = 10
LOST_SHOWN: Final = 50
LONGEST_DAY: Final = timedelta(hours=25)
"""What is later was written by a clock that was ahead: it would be of each day until then."""
_WAITING: Final = "order_hour.count > 0 AND order_hour.stage IN ('new', 'assembly')"
"""In the very words of its index: else SQLite does not see that the index has all such rows."""


@dataclass(slots=True)
class Sum:
    """So many orders, for so much: minor units by currency (ISO 4217 numeric; 0: none named)."""

    count: int = 0
    amounts: dict[int, int] = field(default_factory=dict)

    def add(self, count: int, currency: int, amount: int) -> None:
        self.count += count
        self.amounts[currency] = self.amounts.get(currency, 0) + amount


@dataclass(frozen=True, slots=True)
class Bucket:
    """Orders of one hour that stand alike, in one currency.

    Attributes:
        at: when the hour begins (UTC).
    """

    at: datetime
    stage: str
    currency: int
    count: int
    amount: int


@dataclass(slots=True, kw_only=True)
class Day:
    """A day as it goes.

    Attributes:
        hours: today's orders by its hours so far.
        days: orders by each day of ``week``.
        yesterday: yesterday's orders up to the hour of the clock that today has come to.
        week: the last BACK_DAYS days, today among them.
        sellers: today's orders by seller id.
    """

    hours: list[int]
    days: list[int]
    today: Sum = field(default_factory=Sum)
    yesterday: Sum = field(default_factory=Sum)
    week: Sum = field(default_factory=Sum)
    sellers: dict[int, Sum] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Waiting:
    """Orders to assemble now.

    Attributes:
        oldest: the hour in which the oldest of them was made; None: there is none.
        lost: orders that were alive and have been seen cancelled since some instant.
    """

    new: int = 0
    assembly: int = 0
    oldest: datetime | None = None
    lost: int = 0


@dataclass(slots=True)
class Top:
    """An article or a warehouse."""

    name: str
    sold: Sum = field(default_factory=Sum)
    cancelled: int = 0


@dataclass(frozen=True, slots=True)
class Lost:
    """An order that was alive until ``at``."""

    seller_id: int
    order_id: int
    at: datetime
    article: str
    supplier_status: str | None
    wb_status: str | None
    warehouse_id: int | None


def _hour(moment: datetime) -> int:
    return int(moment.timestamp()) // HOUR_S


def _at(hour: int) -> datetime:
    return datetime.fromtimestamp(hour * HOUR_S, UTC)


def _sellers(seller_id: int | None) -> Any:
    """Whose orders are meant: one seller's, or all that are counted together."""
    return together() if seller_id is None else (seller_id,)


def by_hour(session: Session, begin: datetime, end: datetime, seller_id: int | None = None) -> list[Bucket]:
    """Orders made from ``begin`` on and before ``end``, oldest first."""
    amounts = (func.sum(OrderHour.count), func.sum(OrderHour.amount))
    place = (col(OrderHour.hour), col(OrderHour.stage), col(OrderHour.currency))
    query = (
        select(*place, *amounts)  # type: ignore[call-overload]
        .where(col(OrderHour.seller_id).in_(_sellers(seller_id)))
        .where(OrderHour.hour >= _next(begin), OrderHour.hour < _next(end))
        .group_by(*place)
        .order_by(col(OrderHour.hour))
    )
    return [
        Bucket(_at(hour), stage, currency, int(count), int(amount))
        for hour, stage, currency, count, amount in session.exec(query)
        if count
    ]


def by_day(
    session: Session, first: date, last: date, zone: tzinfo, seller_id: int | None = None
) -> list[Bucket]:
    """The same by day of a zone, both days included: each bucket is at its day's begin."""
    begin, end = days.start(first, zone), days.end(last, zone)
    day = _day_of(begin, end, zone).label("day")
    stage, currency = col(OrderHour.stage), col(OrderHour.currency)
    query = (
        select(day, stage, currency, func.sum(OrderHour.count), func.sum(OrderHour.amount))  # type: ignore[call-overload]
        .where(col(OrderHour.seller_id).in_(_sellers(seller_id)))
        .where(OrderHour.hour >= _next(begin), OrderHour.hour < _next(end))
        .group_by(day, stage, currency)
        .order_by(day)
    )
    return [
        Bucket(days.start(tallies.day_of(number), zone), stands, money, int(count), int(amount))
        for number, stands, money, count, amount in session.exec(query)
        if count
    ]


def _day_of(begin: datetime, end: datetime, zone: tzinfo) -> Any:
    """The day's number, for the database to tell from an hour: clocks may change on the way."""
    hour = col(OrderHour.hour)
    changes = days.offsets(begin, end, zone)
    told = [((hour + offset // HOUR_S) // 24, until) for offset, until in changes]
    *before, (at_last, _) = told
    return (
        case(*((hour < _next(until), number) for number, until in before), else_=at_last)
        if before
        else at_last
    )


def _next(moment: datetime) -> int:
    """The first whole hour that begins then or later: an hour belongs to the day in which it begins."""
    return -(-int(moment.timestamp()) // HOUR_S)


def of_day(session: Session, now: datetime, zone: tzinfo) -> Day:
    """How the day goes that ``now`` is in: of all sellers that are counted together, in one statement."""
    today = days.today(zone, now)
    first = today - timedelta(days=BACK_DAYS - 1)
    yesterday = today - timedelta(days=1)
    begin, before = _next(days.start(today, zone)), _next(days.start(yesterday, zone))
    until = _next(days.at_hour(yesterday, now.astimezone(zone).hour, zone))
    found = Day(hours=[0] * max(_hour(now) - begin + 1, 1), days=[0] * BACK_DAYS)
    for seller, hour, currency, count, amount in _of_sellers(session, days.start(first, zone), now, begin):
        day = (days.of_instant(_at(hour), zone) - first).days
        if day < 0:  # the hour in which the week begins, where a zone's days begin at half past
            continue
        found.week.add(count, currency, amount)
        found.days[day] += count
        if hour >= begin:
            found.today.add(count, currency, amount)
            found.hours[hour - begin] += count
            found.sellers.setdefault(seller, Sum()).add(count, currency, amount)
        elif before <= hour < until:
            found.yesterday.add(count, currency, amount)
    return found


def _of_sellers(
    session: Session, begin: datetime, now: datetime, today: int
) -> Iterable[tuple[int, int, int, int, int]]:
    """(Seller, hour, currency, orders, amount); of the days before today all sellers are one, 0."""
    hour = col(OrderHour.hour)
    seller = case((hour >= today, col(OrderHour.seller_id)), else_=0)
    query = (
        select(seller, hour, col(OrderHour.currency), func.sum(OrderHour.count), func.sum(OrderHour.amount))  # type: ignore[call-overload]
        .where(col(OrderHour.seller_id).in_(_sellers(None)))
        .where(hour >= _next(begin), hour <= _hour(now))
        .group_by(seller, hour, col(OrderHour.currency))
    )
    for who, at, currency, count, amount in session.exec(query):
        if count:
            yield who, at, currency, int(count), int(amount)


def waiting(session: Session, lost_since: datetime, seller_id: int | None = None) -> Waiting:
    """What is to be assembled now, and what was cancelled since ``lost_since``: two small indexes tell it."""
    stage, count = col(OrderHour.stage), col(OrderHour.count)
    # The sums keep SQLite from going through the whole history in the order of its other index.
    change = (col(OrderStatusChange.seller_id) + 0, col(OrderStatusChange.order_id) + 0)
    each = select(*change).where(*_lost_since(lost_since, seller_id)).distinct().subquery()
    gone = select(func.count()).select_from(each)
    query = (
        select(
            func.sum(case((stage == "new", count), else_=0)),
            func.sum(case((stage == "assembly", count), else_=0)),
            func.min(case((col(OrderHour.hour) > 0, col(OrderHour.hour)))),
            gone.scalar_subquery(),
        )
        .where(col(OrderHour.seller_id).in_(_sellers(seller_id)))
        .where(text(_WAITING))
    )
    new, assembly, oldest, lost_now = session.exec(query).one()
    return Waiting(int(new or 0), int(assembly or 0), _at(oldest) if oldest else None, lost_now)


def _lost_since(since: datetime, seller_id: int | None) -> tuple[Any, ...]:
    return (
        col(OrderStatusChange.seller_id).in_(_sellers(seller_id)),
        text("order_status_change.is_lost"),
        col(OrderStatusChange.at).between(int(since.timestamp()), int((since + LONGEST_DAY).timestamp())),
    )


def lost(session: Session, since: datetime, seller_id: int | None = None) -> list[Lost]:
    """Orders that were alive and have been seen cancelled since then, the last first; at most LOST_SHOWN."""
    change = OrderStatusChange
    query = (
        select(change, Order.article, Order.warehouse_id)
        .join(Order, (col(Order.seller_id) == change.seller_id) & (col(Order.id) == change.order_id))
        .where(*_lost_since(since, seller_id))
        .order_by(col(change.at).desc(), col(change.id).desc())
        .limit(LOST_SHOWN)
    )
    return [
        Lost(
            row.seller_id,
            row.order_id,
            datetime.fromtimestamp(row.at, UTC),
            article or "",
            row.supplier_status,
            row.wb_status,
            warehouse,
        )
        for row, article, warehouse in session.exec(query)
    ]


def by_seller(session: Session, begin: datetime, end: datetime) -> dict[int, Sum]:
    """Seller id -> what was ordered from ``begin`` on and before ``end``."""
    place = (col(OrderHour.seller_id), col(OrderHour.currency))
    query = (
        select(*place, func.sum(OrderHour.count), func.sum(OrderHour.amount))
        .where(col(OrderHour.seller_id).in_(_sellers(None)))
        .where(OrderHour.hour >= _next(begin), OrderHour.hour < _next(end))
        .group_by(*place)
    )
    found: dict[int, Sum] = {}
    for seller_id, currency, count, amount in session.exec(query):
        if count:
            found.setdefault(seller_id, Sum()).add(int(count), currency, int(amount))
    return found


def top(session: Session, kind: Kind, first: date, last: date, seller_id: int | None = None) -> list[Top]:
    """The articles (or warehouses) with the most orders on these days of Moscow, both included."""
    some = tallies.parts(tallies.day_number(first), tallies.day_number(last))
    rows = totals.of_names(kind, some, _sellers(seller_id)).subquery()
    count = func.sum(rows.c.count)
    names = select(rows.c.name).group_by(rows.c.name).having(count > 0)
    largest = session.exec(names.order_by(count.desc(), rows.c.name).limit(SHOWN)).all()
    rows = totals.of_names(kind, some, _sellers(seller_id), largest).subquery()
    sums = (func.sum(rows.c[name]) for name in ("count", "amount", "cancelled"))
    query = select(rows.c.name, rows.c.currency, *sums).group_by(rows.c.name, rows.c.currency)
    found: dict[str, Top] = {}
    for one, money, orders, amount, cancelled in session.exec(query):
        row = found.setdefault(one, Top(one))
        row.sold.add(int(orders), money, int(amount))
        row.cancelled += int(cancelled)
    return sorted(found.values(), key=lambda row: (-row.sold.count, row.name))


def waits(session: Session, begin: datetime, end: datetime, seller_id: int | None = None) -> dict[int, int]:
    """Within so many hours (``tallies.WAITS_H``, LONGER) -> orders that were taken into assembly."""
    hours = col(OrderWait.hours)
    query = (
        select(hours, func.sum(OrderWait.count))
        .where(col(OrderWait.seller_id).in_(_sellers(seller_id)))
        .where(OrderWait.hour >= _next(begin), OrderWait.hour < _next(end))
        .group_by(hours)
    )
    found = {name: int(count) for name, count in session.exec(query)}
    return {name: found.get(name, 0) for name in (*tallies.WAITS_H, tallies.LONGER)}
