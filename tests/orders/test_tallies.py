"""Sums of orders are what a count of the orders gives, whatever has been imported, again, and half."""

from __future__ import annotations

import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import Session, select

from tests.orders.samples import START, archived, make_seller, order, write
from wbcore.orders import tallies, writing
from wbcore.store.models import Order, OrderDay, OrderHour, OrderStatusChange, OrderWait

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
STATUSES = (
    ("new", "waiting"),
    ("confirm", "waiting"),
    ("complete", "sorted"),
    ("receive", "sold"),
    ("cancel", "canceled"),
    ("new", "declined_by_client"),
    ("prepare", None),
)
Sums = dict[tuple[Any, ...], tuple[int, ...]]


def kept(session: Session) -> tuple[Sums, Sums]:
    """The sums as they are kept; what has come to nothing is not there."""
    session.expire_all()
    hours = {
        (r.seller_id, r.hour, r.model, r.stage, r.currency): (r.count, r.amount)
        for r in session.exec(select(OrderHour))
        if (r.count, r.amount) != (0, 0)
    }
    days = {
        (r.seller_id, r.day, r.kind, r.name, r.currency): (r.count, r.amount, r.cancelled)
        for r in session.exec(select(OrderDay))
        if (r.count, r.amount, r.cancelled) != (0, 0, 0)
    }
    return hours, days


def counted(session: Session) -> tuple[Sums, Sums]:
    """The same by a look at every order."""
    session.expire_all()
    hours: dict[tuple[Any, ...], list[int]] = {}
    days: dict[tuple[Any, ...], list[int]] = {}
    for one in session.exec(select(Order)):
        gone = {one.supplier_status, one.wb_status} & {"cancel", "canceled", "declined_by_client"}
        words = {"new": "new", "confirm": "assembly", "prepare": "moving", "complete": "moving"}
        stage = "cancelled" if gone else "sold" if one.wb_status == "sold" else ""
        stage = stage or words.get(one.supplier_status or "", "")
        money, price = one.currency_code or 0, one.price or 0
        at = datetime.fromtimestamp(one.created_at, UTC)
        since = datetime(1970, 1, 1, tzinfo=UTC)
        hour = (at - since) // timedelta(hours=1)
        found = hours.setdefault((one.seller_id, hour, one.model, stage, money), [0, 0])
        found[0] += 1
        found[1] += price
        day = (at + timedelta(hours=3) - since).days
        for kind, name in (("article", one.article or ""), ("warehouse", str(one.warehouse_id or ""))):
            found = days.setdefault((one.seller_id, day, kind, name, money), [0, 0, 0])
            found[0] += 1
            found[1] += price
            found[2] += bool(gone)
    return {k: tuple(v) for k, v in hours.items()}, {k: tuple(v) for k, v in days.items()}


def some_order(chance: random.Random) -> dict[str, Any]:
    """A row that may be new, known, or known with other words, currencies and times than before."""
    number = chance.randrange(60)
    made = START + timedelta(minutes=chance.randrange(3000))
    changed: dict[str, Any] = {
        "price": chance.choice((None, 100, 2_500)),
        "currencyCode": chance.choice((643, 933, None)),
        "article": chance.choice(("a", "b", None)),
        "warehouseId": chance.choice((42, 43, None)),
        "createdAt": made.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    return order(number, **{k: v for k, v in changed.items() if chance.random() < 0.4})


def some_page(session: Session, seller: int, chance: random.Random) -> None:
    """One page of any of the writers."""
    kind = chance.choice(("orders", "orders", "dbs", "archive", "statuses", "statuses"))
    if kind == "statuses":
        rows = [
            {"id": 1000 + chance.randrange(70), "supplierStatus": supplier, "wbStatus": wb}
            for supplier, wb in chance.choices(STATUSES, k=20)
        ]
        writing.write_statuses(session, seller, rows, run_id="r", now=NOW)
    elif kind == "archive":
        rows = [archived(chance.randrange(60)) for _ in range(3)]
        writing.write_archive(session, seller, rows, run_id="r", now=NOW)
    else:
        rows = [some_order(chance) for _ in range(15)]
        source = "new" if chance.random() < 0.5 else "period"
        model: Any = "fbs" if kind == "orders" else "dbs"
        writing.write_orders(session, seller, rows, run_id="r", source=source, model=model, now=NOW)


@pytest.mark.parametrize("seed", range(6))
def test_sums_are_a_count_of_the_orders_after_any_imports(session: Session, seed: int) -> None:
    chance = random.Random(seed)
    sellers = [make_seller(session, "s1"), make_seller(session, "s2")]
    session.commit()
    for _ in range(40):
        some_page(session, chance.choice(sellers), chance)
        if chance.random() < 0.2:
            session.rollback()  # the import was killed before its page was committed
        else:
            session.commit()
    assert kept(session) == counted(session)
    assert sum(count for count, _ in kept(session)[0].values()) > 50


def test_the_same_import_again_moves_nothing(session: Session) -> None:
    seller = make_seller(session)
    rows = [order(n) for n in range(30)]
    write(session, seller, rows)
    before = kept(session)
    write(session, seller, rows)
    assert kept(session) == before == counted(session)


def test_a_price_that_no_sum_can_hold_is_left_out_and_the_order_counts(session: Session) -> None:
    seller = make_seller(session)
    write(session, seller, [order(0, price=2**63 - 1), order(1, price=2**63 - 1), order(2, price=100)])
    assert list(kept(session)[0].values()) == [(3, 100)]


def test_how_soon_an_order_is_taken_is_counted_once_and_only_where_it_was_seen_new(session: Session) -> None:
    seller = make_seller(session)
    writing.write_orders(session, seller, [order(0), order(1)], run_id="r", source="new", now=START)
    writing.write_orders(session, seller, [order(2)], run_id="r", source="period", now=START)
    writing.write_orders(session, seller, [order(3)], run_id="r", source="new", now=START)
    rows = [{"id": 1000 + n, "supplierStatus": "confirm", "wbStatus": "waiting"} for n in range(3)]
    rows.append({"id": 1003, "supplierStatus": "cancel", "wbStatus": "canceled"})  # it was not taken at all
    for hours in (3, 6):  # the second answer says nothing new
        writing.write_statuses(session, seller, rows, run_id="r", now=START + timedelta(hours=hours))
    found = {(row.hour - int(START.timestamp()) // 3600, row.hours): row.count for row in _waits(session)}
    assert found == {(0, 4): 2}


def _waits(session: Session) -> list[OrderWait]:
    return list(session.exec(select(OrderWait)))


@pytest.mark.parametrize(
    ("before", "after", "lost"),
    [
        (("new", "waiting"), ("cancel", "canceled"), True),
        (("confirm", "waiting"), ("confirm", "declined_by_client"), True),
        (("cancel", None), ("cancel", "canceled"), False),
        (("new", "waiting"), ("confirm", "waiting"), False),
    ],
)
def test_the_history_marks_a_cancellation_of_an_order_that_was_alive(
    session: Session, before: tuple[Any, Any], after: tuple[Any, Any], lost: bool
) -> None:
    seller = make_seller(session)
    write(session, seller, [order(0)])
    for supplier, wb in (before, after):
        row = {"id": 1000, "supplierStatus": supplier, "wbStatus": wb}
        writing.write_statuses(session, seller, [row], run_id="r", now=NOW)
    marks = [row.is_lost for row in session.exec(select(OrderStatusChange).order_by("id"))]
    assert marks == [False, lost]


def test_a_first_import_of_long_cancelled_orders_is_no_bad_day(session: Session) -> None:
    seller = make_seller(session)
    write(session, seller, [order(0)])
    row = {"id": 1000, "supplierStatus": "cancel", "wbStatus": "canceled"}
    writing.write_statuses(session, seller, [row], run_id="r", now=NOW)
    assert not any(row.is_lost for row in session.exec(select(OrderStatusChange)))


def test_stages_cover_every_status_of_the_catalogue() -> None:
    assert Counter(tallies.stage(*pair) for pair in STATUSES) == {
        "new": 1,
        "assembly": 1,
        "moving": 2,
        "sold": 1,
        "cancelled": 2,
    }
