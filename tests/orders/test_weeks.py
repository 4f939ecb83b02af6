"""Sums of many days are read by weeks and days, and are those of the days, wherever clocks change."""

from __future__ import annotations

import random
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import Session, select

from tests.orders.samples import make_seller, order, write
from tests.orders.test_tallies import some_page
from wbcore.orders import browse, figures, tallies, totals
from wbcore.orders.filters import OrderFilters, meant
from wbcore.store import days, db
from wbcore.store.models import OrderDay, OrderWeek

ZONES = ("Europe/Moscow", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Asia/Kathmandu", "UTC")


@given(st.integers(0, 40_000), st.integers(0, 400))
def test_weeks_and_days_are_the_span(first: int, length: int) -> None:
    some = tallies.parts(first, first + length)
    counted = Counter(day for week in some.weeks for day in range(week * 7, week * 7 + 7))
    counted.update(some.more)
    counted.subtract(some.less)
    assert {day for day, times in counted.items() if times} == set(range(first, first + length + 1))
    assert set(counted.values()) <= {0, 1}
    assert len(some.more) + len(some.less) <= 7


@pytest.mark.parametrize("seed", range(2))
def test_a_week_is_its_days_after_any_imports(session: Session, seed: int) -> None:
    chance = random.Random(seed)
    sellers = [make_seller(session, "s1"), make_seller(session, "s2")]
    for _ in range(25):
        some_page(session, chance.choice(sellers), chance)
    sums: dict[tuple[object, ...], list[int]] = {}
    for row in session.exec(select(OrderDay)):
        found = sums.setdefault((row.seller_id, row.day // 7, row.kind, row.name, row.currency), [0, 0, 0])
        found[:] = [found[0] + row.count, found[1] + row.amount, found[2] + row.cancelled]
    weeks = {
        (row.seller_id, row.week, row.kind, row.name, row.currency): [row.count, row.amount, row.cancelled]
        for row in session.exec(select(OrderWeek))
    }
    assert {k: v for k, v in weeks.items() if any(v)} == {k: v for k, v in sums.items() if any(v)} != {}


def spread(session: Session, chance: random.Random, first: date, count: int) -> None:
    for name in ("s1", "s2"):
        seller = make_seller(session, name)
        rows = []
        for number in range(400):
            at = datetime.combine(first, datetime.min.time(), UTC) + timedelta(
                hours=chance.random() * 24 * count
            )
            rows.append(
                order(
                    number,
                    createdAt=at.strftime("%Y-%m-%dT%H:%M:%SZ"),
                    article=f"Платье {number % 7}" if number % 5 else f"Кеды {number % 3}",
                    currencyCode=chance.choice((643, 933)),
                )
            )
        write(session, seller, [*rows, order(900, createdAt="?", article="Платье 3")])


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("first", [date(2026, 3, 1), date(2026, 10, 20)])
def test_days_of_a_chart_are_the_hours_of_these_days(sqlite: str, zone: str, first: date) -> None:
    of, last = ZoneInfo(zone), first + timedelta(days=34)
    with db.session() as session:
        spread(session, random.Random(1), first - timedelta(days=2), 40)
        wanted: dict[tuple[date, int], int] = {}
        for one in figures.by_hour(session, days.start(first, of), days.end(last, of)):
            key = (days.of_instant(one.at, of), one.currency)
            wanted[key] = wanted.get(key, 0) + one.count
        found: dict[tuple[date, int], int] = {}
        for one in figures.by_day(session, first, last, of):
            key = (days.of_instant(one.at, of), one.currency)
            found[key] = found.get(key, 0) + one.count
    assert found == wanted
    assert {day for day, _ in found} == {first + timedelta(days=n) for n in range(35)}


def test_articles_of_a_text_are_summed_up_as_their_orders_are(session: Session) -> None:
    spread(session, random.Random(2), date(2026, 9, 1), 80)
    ids = meant(session, OrderFilters())
    ends = [
        None,
        *(int(datetime(2026, *day, 21, tzinfo=UTC).timestamp()) for day in ((9, 3), (9, 30), (11, 2))),
    ]
    for text in ("платье", "ЕДЫ", "а", "нет такого"):
        for begin in ends:
            for end in ends:
                asked = OrderFilters(text=text, date_from=begin, date_to=end)
                known, counted = totals.summary(session, asked, ids), browse.summary(session, asked, ids)
                assert known is not None
                assert (known.count, known.amounts, counted.more) == (counted.count, counted.amounts, False)
    assert totals.summary(session, OrderFilters(text="кеды"), ids).count > 100  # type: ignore[union-attr]


def test_a_text_that_may_be_something_else_is_counted_by_rows(session: Session) -> None:
    seller = make_seller(session)
    write(session, seller, [order(0, article="rid-7"), order(7, article="x", skus=["barcode-8"])])
    for text in ("rid-7", "code-8", "100"):
        assert totals.summary(session, OrderFilters(text=text), [seller]) is None
        assert browse.summary(session, OrderFilters(text=text), [seller]).count > 0
