"""How many orders a filter finds and for how much, where the sums that the writers keep say it.

They are exact, cost the same with a thousand orders as with a million, and are what the overview and the
pictures show: a figure and the list behind it can't differ.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, Literal

from sqlalchemy import union_all
from sqlmodel import Session, col, func, select

from wbcore.api.catalog import MOSCOW_S
from wbcore.orders import tallies
from wbcore.orders.browse import Summary
from wbcore.orders.filters import GROUPS, OrderFilters
from wbcore.orders.known import Known, has_rid
from wbcore.orders.rows import as_kept, read_name
from wbcore.orders.tallies import DAY_S, HOUR_S
from wbcore.store.models import OrderDay, OrderHour, OrderWeek

Kind = Literal["article", "warehouse"]
OF_HOURS = ("kind", "model", "seller_ids", "status", "date_from", "date_to", "currency", "key")
"""What the sums by hour know of a filter."""
OF_DAYS = ("kind", "seller_ids", "date_from", "date_to", "currency", "key")
"""What the sums by day know, beside one article or one warehouse."""
MOST_LOOKS = 40_000
"""Looks into an index; who would need more has it counted."""


def summary(
    session: Session, filters: OrderFilters, sellers: Sequence[int], known: Known | None = None
) -> Summary | None:
    """How many rows fit and what they are worth; None: no sum knows, they have to be counted.

    Args:
        known: what the same question has found out before.
    """
    known = known or Known()
    if filters.kind != "orders":
        return None
    if _only(filters, OF_HOURS) and _begin_and_end(filters, HOUR_S, 0):
        return _of_hours(session, filters, sellers)
    if not _begin_and_end(filters, DAY_S, MOSCOW_S):
        return None
    named = _named(filters)
    if named is not None:
        return _of_days(session, filters, sellers, (named[0], [named[1]]), known)
    articles = _searched(session, filters, sellers, known)
    return None if articles is None else _of_days(session, filters, sellers, ("article", articles), known)


def _only(filters: OrderFilters, known: Iterable[str]) -> bool:
    """Whether nothing else is asked for."""
    plain = OrderFilters(**{name: getattr(filters, name) for name in known})
    wanted = read_name(filters.status)
    return filters == plain and (not wanted or wanted in GROUPS)


def _begin_and_end(filters: OrderFilters, size: int, shift: int) -> bool:
    """Whether the filter begins and ends where the sums do."""
    return all((at + shift) % size == 0 for at in (filters.date_from, filters.date_to) if at is not None)


def _named(filters: OrderFilters) -> tuple[Kind, str] | None:
    """The one article or warehouse that is asked for: kind of the sum, name."""
    value = as_kept(filters.article) or as_kept(filters.warehouse)
    kind: Kind = "article" if filters.article or filters.without == "article" else "warehouse"
    rest = replace(filters, article="", warehouse="", without="")
    named = sum(map(bool, (filters.article, filters.warehouse, filters.without)))
    return (kind, value) if named == 1 and _only(rest, OF_DAYS) else None


def _searched(
    session: Session, filters: OrderFilters, sellers: Sequence[int], known: Known
) -> Sequence[str] | None:
    """The articles that a text is a part of; None: it can be something else, or more is asked for."""
    wanted = read_name(filters.text)
    if not wanted or wanted.isdecimal() or not _only(replace(filters, text=""), OF_DAYS):
        return None
    found = known.found(session, sellers, wanted).values()
    if any(one.too_many or one.owners for one in found) or has_rid(session, sellers, wanted, known):
        return None
    return list(dict.fromkeys(article for one in found for article in one.articles))


def _of_hours(session: Session, filters: OrderFilters, sellers: Sequence[int]) -> Summary:
    query = select(OrderHour.currency, func.sum(OrderHour.count), func.sum(OrderHour.amount))
    query = query.where(col(OrderHour.seller_id).in_(sellers), *_span(filters))
    if filters.model:
        query = query.where(OrderHour.model == filters.model)
    if wanted := read_name(filters.status):
        query = query.where(col(OrderHour.stage).in_(GROUPS[wanted]))
    return _told(session, query, OrderHour.currency, filters)


def _of_days(
    session: Session,
    filters: OrderFilters,
    sellers: Sequence[int],
    of: tuple[Kind, Sequence[str]],
    known: Known,
) -> Summary | None:
    kind, names = of
    days = _days(filters, known.edges(session, sellers)) if sellers else None
    if days is None:
        return Summary(0, more=False, amounts={})
    some = tallies.parts(*days)
    if filters.date_from is None:
        some.more.append(0)  # orders whose instant can't be read
    looks = sum(map(len, some)) * len(names) * len(sellers)
    if not looks:
        return Summary(0, more=False, amounts={})
    if looks > MOST_LOOKS:
        return None
    rows = of_names(kind, some, sellers, names).subquery()
    query = select(rows.c.currency, func.sum(rows.c.count), func.sum(rows.c.amount))
    return _told(session, query, rows.c.currency, filters)


def of_names(kind: Kind, some: tallies.Parts, sellers: Any, names: Sequence[str] | None = None) -> Any:
    """(name, currency, count, amount, cancelled) of articles or warehouses, to be summed up.

    Week by week and day by day: each is one look into the index, where a span would read the other kind, too.

    Args:
        sellers: ids, or a query of them.
        names: of these alone.
    """
    arms = []
    for table, at, numbers, sign in (
        (OrderWeek, OrderWeek.week, some.weeks, 1),
        (OrderDay, OrderDay.day, some.more, 1),
        (OrderDay, OrderDay.day, some.less, -1),
    ):
        sums = ((sign * col(getattr(table, name))).label(name) for name in ("count", "amount", "cancelled"))
        arm = select(col(table.name), col(table.currency), *sums)
        arm = arm.where(col(table.seller_id).in_(sellers), col(at).in_(numbers), table.kind == kind)
        if names is not None:
            arm = arm.where(col(table.name).in_(names))
        if numbers:
            arms.append(arm)
    return union_all(*arms)


def _days(filters: OrderFilters, edges: tuple[int, int]) -> tuple[int, int]:
    """The first and the last day of Moscow that are meant and can have orders."""
    newest, oldest = ((at + MOSCOW_S) // DAY_S if at else 1 for at in edges)
    begin, end = filters.date_from, filters.date_to
    first = max(oldest, 0 if begin is None else (begin + MOSCOW_S) // DAY_S)
    last = newest if end is None else min(newest, (end + MOSCOW_S) // DAY_S - 1)
    return first, last


def _span(filters: OrderFilters) -> list[Any]:
    """Orders without an instant that can be read stand at 0, and are before any other."""
    begin, end = filters.date_from, filters.date_to
    found: list[Any] = [] if begin is None else [OrderHour.hour >= begin // HOUR_S]
    return found if end is None else [*found, OrderHour.hour < end // HOUR_S]


def _told(session: Session, query: Any, currency: Any, filters: OrderFilters) -> Summary:
    if filters.currency is not None:
        query = query.where(currency == filters.currency)
    rows = [row for row in session.exec(query.group_by(currency)) if row[1]]
    amounts = {money or None: int(amount) for money, _, amount in rows}
    return Summary(sum(int(count) for _, count, _ in rows), more=False, amounts=amounts)
