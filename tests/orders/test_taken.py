"""How soon orders were taken into assembly, and which: each bar's list has exactly the bar's orders."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import Session, select

from tests.orders.samples import make_seller, order
from wbcore.keys import joining
from wbcore.orders import browse, figures, finder, recount, tallies, writing
from wbcore.orders.filters import OrderFilters
from wbcore.store import values
from wbcore.store.models import OrderStatusChange

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
BEGIN, END = NOW - timedelta(days=20), NOW + timedelta(days=1)
ASKED = {"date_from": int(BEGIN.timestamp()), "date_to": int(END.timestamp())}


def fill(session: Session, chance: random.Random, name: str) -> int:
    """A seller's orders of thirty days, looked at now and then as they go on, and some back again."""
    seller = make_seller(session, name)
    ages = {number: chance.random() * 30 * 24 for number in range(120)}
    rows = [
        order(n, createdAt=(NOW - timedelta(hours=age)).strftime("%Y-%m-%dT%H:%M:%SZ"), article=f"a{n % 3}")
        for n, age in ages.items()
    ]
    writing.write_orders(session, seller, rows, run_id="r", source="new", now=NOW)
    for _ in range(6):
        said = [
            {"id": 1000 + n, "supplierStatus": chance.choice(("new", "confirm", "complete"))}
            for n in chance.sample(sorted(ages), 40)
        ]
        at = NOW - timedelta(hours=chance.random() * 500)
        writing.write_statuses(session, seller, said, run_id="r", now=at)
    session.commit()
    return seller


def listed(session: Session, **asked: Any) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    before = None
    while True:
        page = browse.page(session, OrderFilters(**ASKED, **asked), before, 10)
        found += [(row.seller_id, row.id) for row in page.rows]
        before = page.next
        if before is None:
            return found


def test_each_bar_has_its_list_page_by_page(session: Session) -> None:
    chance = random.Random(2)
    sellers = [fill(session, chance, name) for name in ("s1", "s2")]
    for seller in (None, *sellers):
        bars = figures.waits(session, BEGIN, END, seller)
        for within, count in bars.items():
            of = {} if seller is None else {"seller_ids": (seller,)}
            found = listed(session, taken=within, **of)
            assert len(found) == len(set(found)) == count, (seller, within)
            told = browse.summary(session, OrderFilters(**ASKED, taken=within, **of))
            assert (told.count, told.more) == (count, False)
            times = [
                row.created_at
                for row in browse.page(session, OrderFilters(**ASKED, taken=within, **of), limit=200).rows
            ]
            assert times == sorted(times, reverse=True)
        assert sum(bars.values()) > 20
    asked = OrderFilters(**ASKED, taken=1)
    in_file = [one for part in browse.iter_columns(session, asked) for one in part.values["id"]]
    assert len(in_file) == figures.waits(session, BEGIN, END)[1]


def test_other_filters_go_with_it(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finder, "LOOKED", 6)
    monkeypatch.setattr(finder, "_LEAST", 3)
    seller = fill(session, random.Random(3), "s1")
    every = listed(session, taken=1)
    done = {(seller, row.id) for row in browse.page(session, OrderFilters(status="complete"), limit=500).rows}
    assert listed(session, taken=1, status="complete") == [one for one in every if one in done] != []
    of_a1 = {(seller, row.id) for row in browse.page(session, OrderFilters(article="a1"), limit=500).rows}
    assert listed(session, taken=1, article="a1") == [one for one in every if one in of_a1] != []


def test_an_order_that_goes_back_is_not_taken_until_it_is_taken_again(session: Session) -> None:
    seller = make_seller(session)
    rows = [order(0, createdAt=NOW.strftime("%Y-%m-%dT%H:%M:%SZ"))]
    writing.write_orders(session, seller, rows, run_id="r", source="new", now=NOW)
    counted = []
    for hours, status in ((3, "confirm"), (5, "new"), (30, "confirm"), (40, "complete")):
        said = [{"id": 1000, "supplierStatus": status}]
        writing.write_statuses(session, seller, said, run_id="r", now=NOW + timedelta(hours=hours))
        counted.append({within: n for within, n in figures.waits(session, BEGIN, END).items() if n})
    assert counted == [{4: 1}, {}, {48: 1}, {48: 1}]
    marks = [row.taken for row in session.exec(select(OrderStatusChange).order_by("id"))]
    assert marks == [None, None, 48, None]


def test_two_sellers_that_turn_out_to_be_one_have_taken_an_order_once(session: Session) -> None:
    chance = random.Random(5)
    known, unknown = (fill(session, chance, name) for name in ("s1", "s2"))
    joining.join(session, unknown, known)
    assert values.get(session, joining.RECOUNT) == [known]
    session.commit()
    recount.work()
    bars = figures.waits(session, BEGIN, END)
    assert sum(bars.values()) > 10
    for within in (*tallies.WAITS_H, tallies.LONGER):
        assert len(listed(session, taken=within)) == bars[within]
