"""What is known exactly is not replaced by what is said less exactly, or was said earlier."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import orjson
import pytest
from sqlmodel import Session, select

from tests.orders.samples import START, archived, order, statistics
from tests.orders.test_tallies import counted, kept
from wbcore.keys import keyring
from wbcore.orders import figures, finder, rows, writing
from wbcore.orders.filters import OrderFilters, meant
from wbcore.orders.finder import Finder
from wbcore.orders.rows import MAX_ROW, reject
from wbcore.orders.tables import SHAPES
from wbcore.store.models import Order, OrderCounter, StatisticsOrder


def seller(session: Session, sid: str = "s1") -> int:
    made = keyring.upsert_seller(session, sid, "production", sid)
    assert made.id is not None
    return made.id


def write(session: Session, one: int, *found: dict[str, Any], **more: Any) -> None:
    writing.write_orders(session, one, found, run_id="r", **{"source": "new", **more})


def created(session: Session) -> list[tuple[int, int]]:
    return [(at, slot) for at, slot in session.exec(select(Order.created_at, Order.slot).order_by(Order.id))]


def test_the_archive_and_a_row_without_an_instant_leave_the_one_that_is_known(session: Session) -> None:
    one = seller(session)
    write(session, one, order(1), order(2))
    known = created(session)
    writing.write_archive(session, one, [archived(1)], run_id="r")
    write(session, one, {**order(2, price=5), "createdAt": None})
    assert created(session) == known
    assert session.exec(select(Order.price).order_by(Order.id)).all() == [150_000, 5]
    assert kept(session) == counted(session)


def test_an_order_of_the_archive_gets_its_exact_instant_later(session: Session) -> None:
    one = seller(session)
    writing.write_archive(session, one, [archived(1)], run_id="r")
    write(session, one, order(1))
    assert created(session)[0][0] == int((START + timedelta(minutes=1)).timestamp())
    assert kept(session) == counted(session)


def counters(session: Session) -> dict[tuple[str, str], int]:
    found = session.exec(select(OrderCounter).where(OrderCounter.count != 0))
    return {(row.kind, row.supplier_status): row.count for row in found}


def test_an_order_is_counted_under_its_own_model_whichever_list_brings_it(session: Session) -> None:
    one = seller(session)
    write(session, one, order(1), source="dbs", model="dbs")
    assert counters(session) == {("dbs", "new"): 1}
    writing.write_archive(session, one, [archived(1)], run_id="r")
    session.expire_all()
    assert counters(session) == {("dbs", "complete"): 1}
    said = {"id": 1001, "supplierStatus": "cancel", "wbStatus": "canceled"}
    writing.write_statuses(session, one, [said], run_id="r")
    session.expire_all()
    assert counters(session) == {("dbs", "cancel"): 1}


def test_an_old_row_of_the_quarantine_is_not_put_over_a_newer_one(session: Session) -> None:
    one = seller(session)
    old, new = statistics(1, isCancel=False), statistics(1, isCancel=True)
    writing.quarantine(session, one, [reject(old, "bad_id")], "r", "statistics")
    writing.write_statistics(session, one, [new], run_id="r")
    assert writing.retry_rejected(session) == 1
    assert session.exec(select(StatisticsOrder.is_cancel)).all() == [True]


def test_an_order_before_the_week_is_not_todays_where_days_begin_at_half_past(session: Session) -> None:
    one = seller(session)
    zone = ZoneInfo("Asia/Kolkata")
    now = datetime(2026, 11, 24, 15, 0, tzinfo=zone)
    week = datetime(2026, 11, 24, tzinfo=zone) - timedelta(days=figures.BACK_DAYS - 1)
    at = (week - timedelta(minutes=20)).astimezone(START.tzinfo)
    write(session, one, order(1, createdAt=at.strftime("%Y-%m-%dT%H:%M:%SZ")))
    assert figures.of_day(session, now, zone).days == [0] * figures.BACK_DAYS


def test_the_hundred_and_first_seller_is_asked_for_its_edge_too(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who looks for a basket is told where the looking ended, of all sellers."""
    monkeypatch.setattr(finder, "LOOKED", 1)
    monkeypatch.setattr(finder, "_LEAST", 1)
    monkeypatch.setattr(finder, "SEARCHES_AT_ONCE", 1)
    first, second = seller(session, "s1"), seller(session, "s2")
    write(session, first, order(1))
    write(session, second, order(2), order(3))
    filters = OrderFilters(basket="uid-9", seller_ids=(first, second))
    sellers = meant(session, filters)
    find = Finder(session, SHAPES[filters.kind], filters, None, 50, sellers)
    edge = find.edge()
    assert edge is not None
    assert edge[2] == second


# --- Buyers ------------------------------------------------------------------------------------------------


def test_a_row_that_was_cut_says_nothing_in_clear(session: Session) -> None:
    from wbcore.orders import buyers

    long = {"id": None, "phone": "79001112233", "pieces": ["x" * 100] * (MAX_ROW // 100)}
    for row in (long, ["79001112233"], "Айше, 79001112233", [{"phone": "79001112233"}]):
        raw = buyers.seal(rows.reject(row, "bad").raw)
        assert b"79001112233" not in raw
        assert b"79001112233" not in buyers.shown(raw)
        assert orjson.loads(buyers.shown(raw))["bytes"] > 10
    assert buyers.shown(buyers.seal(b"5")) == b"5"
