# ruff: noqa: S608 (names of columns are ours; values are always bound)
"""What a day has brought: orders, sales, cancellations and returns, as the order feed and the statistics say.

Two witnesses, never added up. The feed has the orders of every model, paid or not, and of each its last
status: what was sold and came back is a return there, no sale. The statistics have orders and cancellations;
sales and returns are not in them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta, tzinfo
from typing import Any, Final

from sqlalchemy import bindparam, text
from sqlmodel import Session

from wbcore.orders.filters import OrderFilters, meant
from wbcore.orders.tallies import priced_in
from wbcore.store import days, visibility

MOST_DAYS: Final = 366
"""Days that are told at once: each is four questions."""


@dataclass(frozen=True, slots=True)
class Sum:
    """So many orders, for so much.

    Attributes:
        amounts: in 1/100 of each currency, by its letters (the statistics are in roubles); "": none named.
    """

    count: int = 0
    amounts: Mapping[str, int] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return self.count > 0


@dataclass(frozen=True, slots=True)
class DaySales:
    """One day by one witness; None: it does not know.

    Attributes:
        source: order_feed or statistics.
        ordered: by the time of the order; the others by the time of what happened.
    """

    day: date
    source: str
    ordered: Sum
    cancelled: Sum
    sold: Sum | None = None
    returned: Sum | None = None


_FEED_WORTH: Final = f"coalesce(sum({priced_in('seller_price')}), 0)"
_STATISTICS_WORTH: Final = f"coalesce(sum({priced_in('price_with_disc')}), 0)"
_FEED_ORDERED: Final = (
    f"SELECT coalesce(currency, ''), count(*), {_FEED_WORTH} FROM feed_order "
    "WHERE seller_id IN :sellers AND created_at >= :begin AND created_at < :end GROUP BY 1"
)
_FEED_ENDED: Final = (
    f"SELECT coalesce(currency, ''), count(*), {_FEED_WORTH}, status FROM feed_order "
    "WHERE seller_id IN :sellers AND updated_at >= :begin AND updated_at < :end "
    "AND status IN ('buyout', 'cancel', 'return', 'returnDefective') GROUP BY 1, 4"
)
_STATISTICS_ORDERED: Final = (
    f"SELECT 'RUB', count(*), {_STATISTICS_WORTH} FROM statistics_order "
    "WHERE seller_id IN :sellers AND date >= :begin AND date < :end"
)
_STATISTICS_CANCELLED: Final = (
    f"SELECT 'RUB', count(*), {_STATISTICS_WORTH} FROM statistics_order "
    "WHERE seller_id IN :sellers AND is_cancel AND cancel_date >= :begin AND cancel_date < :end "
    # An order is cancelled within the time that the report goes back: no more of the index is looked at.
    "AND date >= :begin - 7776000"
)


def of_day(
    session: Session, day: date, zone: tzinfo, seller_ids: Sequence[int] | None = None
) -> list[DaySales]:
    """A day by each witness that has anything of it. Its cost grows with that day's orders alone.

    Args:
        zone: whose day it is.
        seller_ids: None: all that are counted together (``filters.together``).
    """
    begin, end = days.seconds(day, day, zone)
    sellers = meant(session, OrderFilters(seller_ids=None)) if seller_ids is None else seller_ids
    ask = _Questions(session, sellers, {"begin": begin, "end": end})
    feed, statistics = _feed(day, ask), _statistics(day, ask)
    return [one for one in (feed, statistics) if any((one.ordered, one.cancelled, one.sold, one.returned))]


def of_days(
    session: Session, first: date, last: date, zone: tzinfo, seller_ids: Sequence[int] | None = None
) -> list[DaySales]:
    """The same for each of some days, both included, newest first."""
    return [
        one
        for back in range((last - first).days + 1)
        for one in of_day(session, last - timedelta(days=back), zone, seller_ids)
    ]


@dataclass(frozen=True, slots=True)
class _Questions:
    """Questions about some sellers' day: one statement each, however many sellers there are."""

    session: Session
    sellers: Sequence[int]
    values: dict[str, Any]

    def _ask(self, statement: str) -> Any:
        asked = text(statement).bindparams(bindparam("sellers", expanding=True))
        seen = {"sellers": visibility.only_seen(self.session, self.sellers)}
        return self.session.connection().execute(asked, self.values | seen)

    def one(self, statement: str) -> Sum:
        return _sum(self._ask(statement))

    def by_status(self, statement: str) -> dict[str, list[Any]]:
        found: dict[str, list[Any]] = {}
        for *row, status in self._ask(statement):
            found.setdefault(status, []).append(row)
        return found


def _sum(rows: Iterable[Any]) -> Sum:
    """Of (currency, orders, amount)."""
    there = [(currency, count, int(amount)) for currency, count, amount in rows if count]
    amounts: dict[str, int] = {}
    for currency, _, amount in there:
        amounts[currency] = amounts.get(currency, 0) + amount
    return Sum(sum(count for _, count, _ in there), amounts)


def _feed(day: date, ask: _Questions) -> DaySales:
    ended = ask.by_status(_FEED_ENDED)
    return DaySales(
        day,
        "order_feed",
        ordered=ask.one(_FEED_ORDERED),
        cancelled=_sum(ended.get("cancel", ())),
        sold=_sum(ended.get("buyout", ())),
        returned=_sum(row for status in ("return", "returnDefective") for row in ended.get(status, ())),
    )


def _statistics(day: date, ask: _Questions) -> DaySales:
    return DaySales(day, "statistics", ask.one(_STATISTICS_ORDERED), ask.one(_STATISTICS_CANCELLED))
