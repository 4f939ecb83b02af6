"""Sales and returns of a day, as the feed and the statistics say them, in anybody's zone."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import Session

from wbcore.keys import keyring
from wbcore.orders import sales, writing
from wbcore.orders.sales import Sum

MOSCOW, NEW_YORK = ZoneInfo("Europe/Moscow"), ZoneInfo("America/New_York")
DAY = date(2026, 11, 20)


def entry(
    srid: str,
    created: str,
    status: str = "created",
    updated: str = "",
    price: float = 10.5,
    currency: str | None = "RUB",
) -> object:
    return {
        "srid": srid,
        "createdAt": created,
        "updatedAt": updated or created,
        "status": status,
        "sellerPrice": price,
        "currency": currency,
    }


@pytest.mark.usefixtures("seller")
def test_a_day_is_counted_by_what_happened_on_it(session: Session, seller: int) -> None:
    rows = [
        entry("a", "2026-11-20T00:00:00+03:00"),
        entry("b", "2026-11-20T23:59:59+03:00"),
        entry("before", "2026-11-19T23:59:59+03:00"),
        entry("after", "2026-11-21T00:00:00+03:00"),
        entry("sold", "2026-11-01T10:00:00+03:00", "buyout", "2026-11-20T23:59:00+03:00", 99.99),
        entry("back", "2026-11-02T10:00:00+03:00", "return", "2026-11-20T12:00:00+03:00"),
        entry("broken", "2026-11-02T10:00:00+03:00", "returnDefective", "2026-11-20T12:00:00+03:00"),
        entry("off", "2026-11-20T01:00:00+03:00", "cancel", "2026-11-20T02:00:00+03:00"),
    ]
    writing.write_feed(session, seller, rows, run_id="run")
    (found,) = sales.of_day(session, DAY, MOSCOW, (seller,))
    assert (found.source, found.day) == ("order_feed", DAY)
    assert found.ordered == Sum(3, {"RUB": 3150})
    assert (found.sold, found.returned, found.cancelled) == (
        Sum(1, {"RUB": 9999}),
        Sum(2, {"RUB": 2100}),
        Sum(1, {"RUB": 1050}),
    )
    assert sales.of_day(session, date(2026, 10, 1), MOSCOW, (seller,)) == []
    (elsewhere,) = sales.of_day(session, DAY, NEW_YORK, (seller,))
    assert elsewhere.ordered == Sum(2, {"RUB": 2100}), "the end of Moscow's day and the beginning of its next"


def test_the_statistics_know_orders_and_cancellations(session: Session, seller: int) -> None:
    rows = [
        {"srid": "x", "date": "2026-11-20T23:59:59", "priceWithDisc": 100.5, "isCancel": False},
        {
            "srid": "y",
            "date": "2026-11-19T12:00:00",
            "priceWithDisc": 7,
            "isCancel": True,
            "cancelDate": "2026-11-20T00:00:00",
        },
    ]
    writing.write_statistics(session, seller, rows, run_id="run")
    (found,) = sales.of_day(session, DAY, MOSCOW, (seller,))
    assert (found.source, found.ordered, found.cancelled) == (
        "statistics",
        Sum(1, {"RUB": 10_050}),
        Sum(1, {"RUB": 700}),
    )
    assert (found.sold, found.returned) == (None, None)


def test_the_last_days_come_newest_first(session: Session, seller: int) -> None:
    rows = [entry(str(n), datetime(2026, 11, n, 9, tzinfo=UTC).isoformat()) for n in range(1, 21)]
    writing.write_feed(session, seller, rows, run_id="run")
    found = sales.of_days(session, date(2026, 11, 18), DAY, MOSCOW, (seller,))
    assert [one.day.day for one in found] == [20, 19, 18]
    assert len(sales.of_days(session, date(2026, 1, 1), DAY, MOSCOW, (seller,))) == 20
    long_ago = entry("old", "2026-01-15T09:00:00Z")
    writing.write_feed(session, seller, [long_ago], run_id="run")
    assert len(sales.of_days(session, date(2026, 1, 1), DAY, MOSCOW, (seller,))) == 21, "none is left out"


@pytest.mark.usefixtures("seller")
def test_invented_sales_are_not_counted_with_real_ones(session: Session, seller: int) -> None:
    for environment in ("test", "demo"):
        invented = keyring.upsert_seller(session, environment, environment, environment)
        assert invented.id is not None
        writing.write_feed(
            session, invented.id, [entry(environment, "2026-11-20T12:00:00+03:00")], run_id="run"
        )
        assert [one.ordered.count for one in sales.of_day(session, DAY, MOSCOW, (invented.id,))] == [1]
    assert sales.of_day(session, DAY, MOSCOW) == []
    writing.write_feed(session, seller, [entry("real", "2026-11-20T12:00:00+03:00", price=5)], run_id="run")
    (found,) = sales.of_day(session, DAY, MOSCOW)
    assert found.ordered == Sum(1, {"RUB": 500})


def test_each_currency_is_summed_up_apart(session: Session, seller: int) -> None:
    at = "2026-11-20T12:00:00+03:00"
    rows = [
        entry("a", at, price=10),
        entry("b", at, price=10_000, currency="KZT"),
        entry("c", at, price=1, currency=None),
        entry("d", "2026-11-01T12:00:00+03:00", "return", at, 7, "KZT"),
        entry("e", "2026-11-01T12:00:00+03:00", "returnDefective", at, 8, "KZT"),
        entry("f", "2026-11-01T12:00:00+03:00", "return", at, 9),
    ]
    writing.write_feed(session, seller, rows, run_id="run")
    (found,) = sales.of_day(session, DAY, MOSCOW)
    assert found.ordered == Sum(3, {"RUB": 1000, "KZT": 1_000_000, "": 100})
    assert (found.sold, found.returned) == (Sum(), Sum(3, {"KZT": 1500, "RUB": 900}))
