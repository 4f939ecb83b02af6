"""What an import leaves behind, source by source, on both databases."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlmodel import select

from tests.work import (
    add_key,
    all_ids,
    assert_all_here,
    codes,
    count_orders,
    counted,
    only_run,
    order_ids,
)
from wbcore.api import longlist
from wbcore.api.bucket import Unlimited
from wbcore.imports import foreground, plan
from wbcore.keys import keyring
from wbcore.orders import buyers, writing
from wbcore.sandbox.server import Sandbox
from wbcore.sandbox.tokens import mint
from wbcore.store import days, db
from wbcore.store.models import CapabilityState, Order, OrderStatusChange, StatisticsOrder

Serve = Callable[..., Sandbox]


def test_new_orders_come_whole_with_their_statuses(database: str, sandbox: Sandbox) -> None:
    add_key(sandbox)
    run = foreground.run_import("shop")
    assert (run.status, run.diagnoses, run.source) == ("done", [], "new")
    assert (run.fetched, run.created, run.updated, run.unchanged, run.rejected) == (2500, 2500, 0, 0, 0)
    assert run.requests == 1 + 3 == sandbox.world.count() - 2  # adding the key has asked twice
    assert run.started_at is not None
    assert run.finished_at is not None
    assert run.duration_s > 0
    assert_all_here(sandbox)
    with db.session() as session:
        order = session.exec(select(Order)).first()
    assert order is not None
    assert (order.supplier_status, order.wb_status) == ("new", "waiting")


def test_the_second_import_changes_nothing(database: str, sandbox: Sandbox) -> None:
    add_key(sandbox)
    first = foreground.run_import("shop")
    again = foreground.run_import("shop")
    assert again.id != first.id
    assert (again.fetched, again.created, again.updated, again.unchanged) == (2500, 0, 0, 2500)
    assert_all_here(sandbox)


def test_new_orders_of_a_long_answer_are_written_piece_by_piece(
    database: str, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A large seller has tens of thousands of them, and WB gives them all at once."""
    for name in ("WHOLE", "PIECE"):
        monkeypatch.setattr(longlist, name, 200_000)
    add_key(sandbox)
    run = foreground.run_import("shop", statuses=False)
    assert (run.status, run.fetched, run.created, run.rejected) == ("done", 2500, 2500, 0)
    assert_all_here(sandbox)
    again = foreground.run_import("shop", statuses=False)
    assert (again.fetched, again.unchanged) == (2500, 2500)


def test_a_period_is_read_to_its_last_page(sqlite: str, sandbox: Sandbox) -> None:
    add_key(sandbox)
    run = foreground.run_import("shop", "period", statuses=False)
    assert (run.status, run.fetched, run.created) == ("done", 2500, 2500)
    assert_all_here(sandbox)


def test_a_long_period_is_read_in_windows_newest_first(database: str, serve: Serve) -> None:
    sandbox = serve(orders=300, span_days=85, limits=False)
    add_key(sandbox)
    first_day = days.today() - timedelta(days=89)
    run = foreground.run_import("shop", "period", date_from=first_day, quota=Unlimited())
    assert run.status == "done"
    assert run.fetched >= 300  # an order on the border of two windows comes twice
    assert_all_here(sandbox)
    asked = [seen.query for seen in sandbox.world.log if seen.method_id == "orders.period"]
    starts = [dict(part.split("=") for part in query.split("&"))["dateFrom"] for query in asked]
    assert starts == sorted(starts, reverse=True)
    assert len(set(starts)) == 3


def test_the_next_period_asks_only_for_what_can_have_changed(sqlite: str, serve: Serve) -> None:
    sandbox = serve(orders=1000, limits=False)
    add_key(sandbox)
    foreground.run_import("shop", "period", statuses=False, quota=Unlimited())
    sandbox.world.add_orders(30)
    again = foreground.run_import("shop", "period", statuses=False, quota=Unlimited())
    assert (again.created, again.updated) == (30, 0)
    assert again.fetched < 400
    assert_all_here(sandbox)


def test_statuses_are_asked_only_for_orders_that_can_change(database: str, sandbox: Sandbox) -> None:
    add_key(sandbox)
    foreground.run_import("shop")
    sold = sorted(all_ids(sandbox))[:1000]
    for order_id in sold:
        sandbox.world.set_status(order_id, "complete", "sold")
    changed = foreground.run_import("shop", "statuses")
    assert (changed.fetched, changed.updated, changed.unchanged) == (2500, 1000, 1500)
    again = foreground.run_import("shop", "statuses")
    assert (again.fetched, again.requests) == (1500, 2)
    with db.session() as session:
        history = session.exec(select(OrderStatusChange).where(OrderStatusChange.order_id == sold[0])).all()
    assert ("complete", "sold") in {(row.supplier_status, row.wb_status) for row in history}


def test_statistics_are_read_page_by_page_without_loss(database: str, serve: Serve) -> None:
    sandbox = serve(orders=900, statistics_page=100, statistics_repeat_edge=True, limits=False)
    add_key(sandbox)
    run = foreground.run_import("shop", "statistics", quota=Unlimited())
    assert (run.status, run.created) == ("done", 900)
    with db.session() as session:
        rows = session.exec(select(StatisticsOrder)).all()
    shop = sandbox.world.shop()
    assert {row.srid for row in rows} == {shop.rid(i) for i in range(900)}
    sandbox.world.set_status(shop.order_id(5), "complete", "canceled_by_client")
    again = foreground.run_import("shop", "statistics", quota=Unlimited())
    assert (again.created, again.updated) == (0, 1)
    assert again.fetched <= 2


def test_the_archive_is_read_month_by_month(database: str, serve: Serve) -> None:
    sandbox = serve(orders=10, archived=2300, limits=False)
    add_key(sandbox)
    run = foreground.run_import("shop", "archive", quota=Unlimited())
    assert (run.status, run.created, count_orders()) == ("done", 2300, 2300)
    again = foreground.run_import("shop", "archive", quota=Unlimited())
    assert (again.created, again.updated) == (0, 0)
    assert again.requests < run.requests


def test_buyers_are_asked_for_only_when_wanted_and_only_across_the_border(
    database: str, sandbox: Sandbox
) -> None:
    add_key(sandbox)
    foreground.run_import("shop")
    assert sandbox.world.count("orders.client") == 0
    run = foreground.run_import("shop", clients=True)
    assert run.status == "done"
    with db.session() as session:
        abroad = session.exec(select(Order.id).where(Order.cross_border_type == 1)).all()
        assert abroad
        assert all(buyers.reveal(session, run.seller_id, one).get("phone") for one in abroad)


def test_what_the_token_cant_do_is_not_sent(sqlite: str, sandbox: Sandbox) -> None:
    add_key(sandbox, token="statistics_only")
    before = sandbox.world.count()
    run = foreground.run_import("shop")
    assert (run.status, codes(run), run.requests) == ("failed", ["scope_missing"], 0)
    assert sandbox.world.count() == before
    assert foreground.run_import("shop", "statistics").status == "done"


def test_a_run_is_a_proof_of_what_the_key_can_do(sqlite: str, sandbox: Sandbox) -> None:
    key = add_key(sandbox)
    foreground.run_import("shop", "statistics")
    with db.session() as session:
        state = session.get(CapabilityState, (key.id, "statistics.orders"))
    assert state is not None
    assert (state.status, state.evidence) == ("ok", "probe")


def test_two_keys_of_one_seller_share_its_orders(sqlite: str, sandbox: Sandbox) -> None:
    add_key(sandbox)
    add_key(sandbox, "second", mint(bits=[4]))
    foreground.run_import("shop")
    again = foreground.run_import("second")
    assert (again.created, again.unchanged) == (0, 2500)
    assert_all_here(sandbox)


def test_two_sellers_are_never_mixed(sqlite: str, sandbox: Sandbox) -> None:
    other = "0a1e0000-0000-4000-8000-000000000007"
    add_key(sandbox)
    add_key(sandbox, "other", mint(sid=other))
    assert foreground.run_import("shop").created == 2500
    assert foreground.run_import("other").created == 2500
    assert len(order_ids()) == 5000 == counted()


def test_rows_that_cant_be_read_are_kept_and_counted(database: str, sandbox: Sandbox) -> None:
    add_key(sandbox)
    body = b'{"orders":[{"id":1,"rid":"a"},{"rid":"no id"},null,7,{"id":"x"},{"id":2,"rid":"b","news":1}]}'
    sandbox.world.answer_next("orders.new", 200, body)
    run = foreground.run_import("shop", statuses=False)
    assert (run.status, run.fetched, run.created, run.rejected) == ("done", 6, 2, 4)
    with db.session() as session:
        kept = writing.list_rejected(session, run_id=run.id)
    assert len(kept) == 4


@pytest.mark.parametrize(
    ("source", "days_back"),
    [("new", None), ("period", 59), ("dbs", None), ("archive", 200), ("statistics", 10), ("all", None)],
)
def test_an_import_says_beforehand_how_many_requests_it_takes_at_least(
    sqlite: str, serve: Serve, source: str, days_back: int | None
) -> None:
    """Where there is nothing to read it takes no more."""
    add_key(serve(orders=0, limits=False))
    began = None if days_back is None else days.today() - timedelta(days=days_back)
    run = foreground.run_import("shop", source, date_from=began)
    assert run.status == "done"
    with db.session() as session:
        key = keyring.get_key(session, "shop")
        assert key is not None
        planned = plan.planned_requests(session, key, run.source, run.params)
    assert 0 < planned <= run.requests
    assert run.fetched or planned == run.requests


def test_an_empty_range_asks_for_nothing(sqlite: str, sandbox: Sandbox) -> None:
    add_key(sandbox)
    tomorrow = days.today() + timedelta(days=1)
    run = foreground.run_import("shop", "period", date_from=tomorrow, date_to=tomorrow, statuses=False)
    assert (run.status, run.requests, run.fetched) == ("done", 0, 0)
    assert only_run().id == run.id
