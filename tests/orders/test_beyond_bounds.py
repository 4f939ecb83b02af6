"""Instants, prices and marks beyond what WB's can be: their orders stay, and harm nothing beside them."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import Session

from tests.orders.samples import order, statistics, write
from wbcore.orders import browse, export, picking, profiles, sales, totals, writing
from wbcore.orders.filters import OrderFilters
from wbcore.worker.readiness import make_ready

MOSCOW = ZoneInfo("Europe/Moscow")
DEAREST_OF_ALL = 2**63 - 1


@pytest.fixture(autouse=True)
def _ready(database: str) -> None:
    make_ready()


@pytest.mark.parametrize(
    "never",
    ["9999-12-31T23:59:59Z", "9999-12-31T23:59:59-12:00", "2100-01-01T00:00:00Z"],
)
def test_an_instant_that_stands_for_never_is_none(session: Session, seller: int, never: str) -> None:
    write(session, seller, [order(1), order(2, createdAt=never)])
    rows = browse.page(session, OrderFilters(text="art-")).rows
    assert [(row.id, row.created_at is None) for row in rows] == [(1001, False), (1002, True)]
    assert totals.summary(session, OrderFilters(text="art-"), [seller]) == browse.Summary(
        2, more=False, amounts={643: 300_003}
    )
    file = io.BytesIO()
    chosen = profiles.Profile(("number", "created"), form="csv")
    profiles.write(session, OrderFilters(), chosen, file, "ru", MOSCOW)
    lines = list(csv.reader(io.StringIO(file.getvalue().decode("utf-8-sig"))))
    assert lines[1:] == [["1001", "2026-11-01 03:01:00"], ["1002", ""]]
    machines = io.BytesIO()
    assert export.export(session, OrderFilters(), "json", machines) == 2


@pytest.mark.parametrize("when", ["1999-12-31T23:59:59Z", "2099-12-31T23:59:59Z"])
def test_an_instant_within_the_bounds_is_kept(session: Session, seller: int, when: str) -> None:
    write(session, seller, [order(1, createdAt=when), order(2)])
    made = {row.id: row.created_at for row in browse.page(session, OrderFilters()).rows}
    assert made[1001] == datetime.fromisoformat(when)


def test_prices_that_no_sum_can_hold_are_left_out_of_all_sums_alike(session: Session, seller: int) -> None:
    write(session, seller, [order(n, price=DEAREST_OF_ALL) for n in range(3)], source="new")
    write(session, seller, [order(3, price=700)], source="new")
    listed = browse.summary(session, OrderFilters())
    assert (listed.count, listed.amounts) == (4, {643: 700})
    summed = totals.summary(session, OrderFilters(), [seller])
    assert summed is not None
    assert (summed.count, summed.amounts) == (4, {643: 700}), "a figure and its list say the same"


def test_a_day_with_prices_that_no_sum_can_hold_is_told_all_the_same(session: Session, seller: int) -> None:
    feed: list[dict[str, Any]] = [
        {
            "srid": f"f{n}",
            "createdAt": "2026-11-20T09:00:00Z",
            "updatedAt": "2026-11-20T10:00:00Z",
            "status": "buyout",
            "sellerPrice": 9e16 if n else 10.5,
            "currency": "RUB",
        }
        for n in range(4)
    ]
    writing.write_feed(session, seller, feed, run_id="run")
    report = [statistics(n, date="2026-11-20T09:00:00", priceWithDisc=9e16 if n else 10.5) for n in range(4)]
    writing.write_statistics(session, seller, report, run_id="run")
    by_feed, by_report = sales.of_day(session, date(2026, 11, 20), MOSCOW)
    assert (by_feed.ordered, by_feed.sold) == (sales.Sum(4, {"RUB": 1050}), sales.Sum(4, {"RUB": 1050}))
    assert by_report.ordered == sales.Sum(4, {"RUB": 1050})


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (5, ""),
        (True, ""),
        ("sgtin", ""),
        ({"sgtin": 1}, ""),
        ([None, ["x"], 7, "sgtin"], "sgtin"),
    ],
)
def test_a_picking_list_is_made_whatever_stands_where_marks_stand(
    session: Session, seller: int, said: Any, told: str
) -> None:
    write(session, seller, [order(1, requiredMeta=said)], source="new")
    sheet = picking.make(session, seller, "new")
    assert [line.marking for line in picking.lines(session, sheet.id or 0)] == [told]


def test_a_picking_list_is_made_whatever_a_text_holds_that_a_database_refuses(
    session: Session, seller: int
) -> None:
    said = {"offices": ["Каз\0ань"], "skus": ["46\x000700"], "requiredMeta": ["sg\0tin"], "article": "ар\0т"}
    write(session, seller, [order(1, **said)], source="new")
    writing.write_statistics(session, seller, [statistics(1, techSize="4\x002")], run_id="run")
    sheet = picking.make(session, seller, "new")
    (line,) = picking.lines(session, sheet.id or 0)
    assert (line.office, line.barcode, line.marking, line.article) == ("Казань", "460700", "sgtin", "арт")
    assert line.size == "42"
