"""What the overview tells of a day, from orders that are known one by one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import event
from sqlmodel import Session, select

from tests.orders.samples import order
from wbcore.keys import keyring
from wbcore.orders import browse, figures, writing
from wbcore.orders.filters import OrderFilters
from wbcore.store import db, visibility
from wbcore.store.models import Seller

MOSCOW = ZoneInfo("Europe/Moscow")
NOW = datetime(2026, 11, 24, 11, 20, tzinfo=UTC)
"""14:20 in Moscow."""


def seller(session: Session, name: str = "s1", environment: str = "production") -> int:
    made = keyring.upsert_seller(session, name, environment, name)
    session.flush()
    assert made.id is not None
    return made.id


def brought(session: Session, seller_id: int, *rows: dict[str, Any]) -> None:
    writing.write_orders(session, seller_id, rows, run_id="r", source="new", now=NOW)


def made(number: int, at: datetime, **fields: Any) -> dict[str, Any]:
    return order(number, createdAt=at.strftime("%Y-%m-%dT%H:%M:%SZ"), **fields)


def status(session: Session, seller_id: int, number: int, supplier: str, wb: str, at: datetime) -> None:
    row = {"id": 1000 + number, "supplierStatus": supplier, "wbStatus": wb}
    writing.write_statuses(session, seller_id, [row], run_id="r", now=at)


def moscow(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=MOSCOW).astimezone(UTC)


def test_a_day_begins_at_the_readers_midnight_and_yesterday_ends_at_this_hour(session: Session) -> None:
    one = seller(session)
    brought(
        session,
        one,
        made(0, moscow(23, 13, 59), price=100),
        made(1, moscow(23, 14, 1), price=1_000),
        made(2, moscow(23, 23, 59), price=10_000),
        made(3, moscow(24, 0, 0), price=3),
        made(4, moscow(24, 14, 10), price=4),
        made(5, moscow(17, 23, 0), price=5),
        made(6, moscow(18, 0, 0), price=6),
    )
    found = figures.of_day(session, NOW, MOSCOW)
    assert (found.today.count, found.today.amounts) == (2, {643: 7})
    assert (found.yesterday.count, found.yesterday.amounts) == (1, {643: 100})
    assert (found.week.count, found.days) == (6, [1, 0, 0, 0, 0, 3, 2])
    assert (found.hours[0], found.hours[-1], len(found.hours)) == (1, 1, 15)


def test_currencies_are_never_added_together(session: Session) -> None:
    one = seller(session)
    brought(session, one, made(0, NOW, price=100), made(1, NOW, price=7, currencyCode=933))
    assert figures.of_day(session, NOW, MOSCOW).today.amounts == {643: 100, 933: 7}


def test_learning_and_test_sellers_count_for_nothing_beside_real_ones(session: Session) -> None:
    for number, environment in enumerate(("production", "test", "demo")):
        brought(session, seller(session, environment, environment), made(number, NOW))
    found = figures.of_day(session, NOW, MOSCOW)
    assert found.today.count == 1
    assert len(found.sellers) == 1
    assert figures.waiting(session, NOW).new == 1


def test_what_waits_is_what_the_list_behind_it_has(session: Session) -> None:
    one = seller(session)
    brought(session, one, *(made(n, NOW - timedelta(hours=n)) for n in range(6)))
    status(session, one, 0, "new", "declined_by_client", NOW)
    status(session, one, 5, "complete", "sorted", NOW)
    status(session, one, 4, "confirm", "waiting", NOW)
    found = figures.waiting(session, moscow(24, 0))
    assert (found.new, found.assembly, found.lost) == (3, 1, 1)
    assert found.oldest == datetime(2026, 11, 24, 7, tzinfo=UTC)
    listed = browse.page(session, OrderFilters(status="to_assemble")).rows
    assert sorted(row.id for row in listed) == [1001, 1002, 1003, 1004]
    assert [one.order_id for one in figures.lost(session, moscow(24, 0))] == [1000]


def plan_of(session: Session, ask: Callable[[], object]) -> str:
    """How SQLite goes about the last statement of a question."""
    sent: list[tuple[str, Any]] = []
    event.listen(db.engine(), "before_cursor_execute", lambda *said: sent.append(said[2:4]), named=False)
    ask()
    asked, values = sent[-1]
    plan = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {asked}", values)
    return " ".join(str(row) for row in plan.all())


def test_two_small_indexes_tell_what_waits_and_what_was_lost(sqlite: str) -> None:
    """With a million orders the history has as many rows: it is not gone through."""
    with db.session() as opened:
        told = plan_of(opened, lambda: figures.waiting(opened, NOW))
    assert "ix_order_hour_waiting" in told
    assert "ix_order_status_change_lost" in told


@pytest.mark.parametrize(
    ("ask", "index"),
    [
        (lambda opened: writing.ids_to_check(opened, 1, 5, 1000), "ix_wb_order_open"),
        (lambda opened: writing.buyers_to_ask(opened, 1, 5, 1000), "ix_wb_order_cross_border"),
        (lambda opened: writing.buyers_to_ask(opened, 1, 5, 1000, "dbs"), "ix_wb_order_open"),
    ],
)
def test_what_an_import_asks_again_is_found_by_an_index_of_that_alone(
    sqlite: str, ask: Any, index: str
) -> None:
    with db.session() as opened:
        assert index in plan_of(opened, lambda: ask(opened))


def test_what_a_clock_that_was_ahead_has_seen_cancelled_is_not_of_each_day_until_then(
    session: Session,
) -> None:
    one = seller(session)
    brought(session, one, made(0, moscow(22, 10)), made(1, moscow(22, 10)))
    status(session, one, 0, "cancel", "canceled", NOW + timedelta(days=100))
    status(session, one, 1, "cancel", "canceled", moscow(24, 23, 59))
    assert figures.waiting(session, moscow(24, 0)).lost == 1
    assert [found.order_id for found in figures.lost(session, moscow(24, 0))] == [1001]


def test_what_was_cancelled_yesterday_is_not_told_today(session: Session) -> None:
    one = seller(session)
    brought(session, one, made(0, moscow(22, 10)), made(1, moscow(22, 10)))
    status(session, one, 0, "cancel", "canceled", moscow(23, 23, 59))
    status(session, one, 1, "cancel", "canceled", moscow(24, 0, 1))
    assert figures.waiting(session, moscow(24, 0)).lost == 1
    assert [found.order_id for found in figures.lost(session, moscow(24, 0))] == [1001]


def test_nothing_at_all_is_no_failure(session: Session) -> None:
    found = figures.of_day(session, NOW, MOSCOW)
    assert (found.today.count, found.week.count, sum(found.hours)) == (0, 0, 0)
    assert figures.waiting(session, NOW) == figures.Waiting()
    assert figures.top(session, "article", date(2026, 11, 1), date(2026, 11, 24)) == []


def test_tops_are_of_these_days_with_their_cancellations(session: Session) -> None:
    one = seller(session)
    brought(
        session,
        one,
        *(made(n, moscow(24, 12), article="a", warehouseId=7) for n in range(3)),
        made(3, moscow(24, 12), article="b"),
        made(4, moscow(20, 12), article="b"),
    )
    status(session, one, 0, "cancel", "canceled", NOW)
    day = date(2026, 11, 24)
    found = figures.top(session, "article", day, day)
    assert [(row.name, row.sold.count, row.cancelled) for row in found] == [("a", 3, 1), ("b", 1, 0)]
    assert [(row.name, row.sold.count) for row in figures.top(session, "warehouse", day, day)] == [
        ("7", 3),
        ("42", 1),
    ]


def test_who_is_limited_to_a_seller_sees_its_figures_alone(session: Session) -> None:
    mine, other = seller(session, "mine"), seller(session, "other")
    brought(session, mine, made(0, NOW))
    brought(session, other, made(1, NOW), made(2, NOW))
    status(session, other, 2, "cancel", "canceled", NOW)
    session.commit()
    visibility.limit(session, frozenset({mine}))
    assert [one.id for one in session.exec(select(Seller))] == [mine]
    found = figures.of_day(session, NOW, MOSCOW)
    assert (found.today.count, list(found.sellers)) == (1, [mine])
    waiting = figures.waiting(session, moscow(24, 0))
    assert (waiting.new, waiting.lost) == (1, 0)
    assert figures.lost(session, moscow(24, 0)) == []
    assert sum(row.sold.count for row in figures.top(session, "article", NOW.date(), NOW.date())) == 1
