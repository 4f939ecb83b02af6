"""DBS, DBW and pick-up from new to their end, whichever moment an import meets them at; the order feed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import col, select

from tests.work import add_key, codes, run_of
from wbcore.api.bucket import Unlimited
from wbcore.guidance import checklist
from wbcore.imports import engine, foreground, plan
from wbcore.orders import browse, buyers, writing
from wbcore.orders.filters import OrderFilters
from wbcore.sandbox.server import Sandbox
from wbcore.store import days, db
from wbcore.store.models import FeedOrder, Order, OrderStatusChange, Run
from wbcore.store.presence import presence

Serve = Callable[..., Sandbox]
MODELS = ["dbs", "dbw", "click_collect"]
WAYS = {"dbs": "deliver", "dbw": "complete", "click_collect": "prepare"}


@pytest.fixture
def sandbox(serve: Serve) -> Sandbox:
    """200 FBS orders, ten of each other model; no quotas."""
    return serve(orders=200, limits=False)


def run(source: str, **options: object) -> Run:
    done = foreground.run_import("shop", source, quota=Unlimited(), **options)  # type: ignore[arg-type]
    assert done.status == "done", done.diagnoses
    return done


def stored(model: str) -> list[Order]:
    with db.session() as session:
        return list(session.exec(select(Order).where(Order.model == model).order_by(col(Order.id))))


def statuses(model: str) -> set[tuple[str | None, str | None, bool]]:
    return {(order.supplier_status, order.wb_status, order.is_open) for order in stored(model)}


@pytest.mark.parametrize("model", MODELS)
def test_an_order_is_followed_from_new_to_its_end(database: str, sandbox: Sandbox, model: str) -> None:
    add_key(sandbox)
    first = run(model)
    assert (first.created, first.rejected) == (10, 0)
    assert statuses(model) == {("new", "waiting", True)}
    sandbox.world.advance(2, model=model)
    run(model)
    assert {status for status, *_ in statuses(model)} == {WAYS[model]}
    sandbox.world.advance(1, model=model)
    run(model)
    assert statuses(model) == {("receive", "sold", False)}
    asked = sandbox.world.count(f"orders.{model}.status")
    run(model)
    assert sandbox.world.count(f"orders.{model}.status") == asked, "nobody asks for what has ended"
    with db.session() as session:
        history = browse.status_history(session, first.seller_id, stored(model)[0].id)
        counted = browse.counters(session, first.seller_id, model=model)
    assert [change.supplier_status for change in history] == ["new", WAYS[model], "receive"]
    assert counted.supplier_status == {"receive": 10}


@pytest.mark.parametrize("model", MODELS)
def test_an_order_that_was_missed_while_it_was_new_still_comes(
    sqlite: str, sandbox: Sandbox, model: str
) -> None:
    add_key(sandbox)
    sandbox.world.advance(3, model=model)
    run(model)
    assert len(stored(model)) == 10
    assert statuses(model) == {("receive", "sold", False)}


def test_the_list_of_the_ended_is_read_to_its_empty_page(sqlite: str, serve: Serve) -> None:
    """Its pages are shorter than asked for: every second order has not ended."""
    sandbox = serve(orders=100, others=2500, limits=False)
    add_key(sandbox)
    orders = sandbox.world.shop().deliveries["dbs"]
    ended = [
        n for n in range(0, 2500, 2) if orders.created(n) > sandbox.world.anchor.timestamp() - 80 * 86_400
    ]
    for n in ended:
        sandbox.world.set_status(orders.order_id(n), "receive", "sold")
    done = run("dbs", statuses=False)
    known = {order.id for order in stored("dbs")}
    assert {orders.order_id(n) for n in ended} <= known
    assert done.created == len(known)


def test_one_press_brings_what_is_new_in_every_model(database: str, sandbox: Sandbox) -> None:
    add_key(sandbox)
    done = run("all")
    assert (done.source, done.created) == ("all", 200 + 3 * 10)
    assert {order.model for model in MODELS for order in stored(model)} == set(MODELS)
    sandbox.world.advance(6)
    sandbox.world.add_orders(2, model="dbw")
    again = run("all")
    assert again.created == 2
    with db.session() as session:
        still_open = session.exec(select(Order.id).where(col(Order.is_open))).all()
    assert len(still_open) == 2
    assert statuses("click_collect") == {("receive", "sold", False)}


def test_a_model_that_wb_refuses_does_not_keep_the_others_away(database: str, sandbox: Sandbox) -> None:
    """Said at the end, with its own checklist; the same goes for the statuses of one model."""
    add_key(sandbox)
    sandbox.world.switches.denied.add("orders.dbs.new")
    done = foreground.run_import("shop", "all", quota=Unlimited())
    assert (done.status, codes(done)) == ("failed", ["access_denied"])
    assert done.diagnoses[0]["details"]["endpoint"] == "orders.dbs.new"
    assert (len(stored("fbs")), len(stored("dbs")), len(stored("dbw")), len(stored("click_collect"))) == (
        *(200, 0),
        *(10, 10),
    )
    assert statuses("dbw") == {("new", "waiting", True)}


def test_a_model_that_wb_refuses_is_asked_no_more_in_this_import(sqlite: str, sandbox: Sandbox) -> None:
    """A refusal costs ten requests of the quota: what is known of its orders is left for another time."""
    add_key(sandbox)
    foreground.run_import("shop", "all", quota=Unlimited())
    sandbox.world.switches.denied.add("orders.dbs.new")
    before = sandbox.world.count(), sandbox.world.count("orders.dbs.status")
    assert before[1], "there are orders whose statuses would be asked"
    refused = foreground.run_import("shop", "all", quota=Unlimited())
    assert sandbox.world.count("orders.dbs.status") == before[1]
    assert refused.requests == sandbox.world.count() - before[0], "the refused one is counted, too"


def test_the_last_request_of_an_import_is_counted_also_where_it_is_refused(
    sqlite: str, sandbox: Sandbox
) -> None:
    add_key(sandbox)
    foreground.run_import("shop", "all", quota=Unlimited())
    sandbox.world.switches.denied.add("orders.click_collect.status")
    before = sandbox.world.count()
    done = foreground.run_import("shop", "statuses", quota=Unlimited())
    assert codes(done) == ["access_denied"]
    assert done.requests == sandbox.world.count() - before


def test_what_wb_has_refused_is_told_by_who_goes_on_with_the_import(sqlite: str, sandbox: Sandbox) -> None:
    """The process that heard it is thought dead; the method is not asked again."""
    key = add_key(sandbox)
    sandbox.world.switches.denied.add("orders.dbs.new")
    with db.session() as session:
        started = plan.create(session, key.id or 0, "all", {}, "button")
        session.commit()

    def robbed_after_the_refusal() -> None:
        with db.session() as session:
            row = session.get(Run, started.id)
            assert row is not None
            if row.pages == 2:  # of the model after the refused one
                row.worker = "worker-2"
                session.add(row)
                session.commit()

    with presence("worker-1"), presence("worker-2"):
        ending = engine.run(started.id, "worker-1", on_page=robbed_after_the_refusal, quota=Unlimited())
        assert ending == "lost"
        asked = sandbox.world.count("orders.dbs.new")
        assert engine.run(started.id, "worker-2", quota=Unlimited()) == "over"
    done = run_of(started.id)
    assert (done.status, codes(done)) == ("failed", ["access_denied"])
    assert [len(stored(model)) for model in ("fbs", *MODELS)] == [200, 0, 10, 10]
    assert sandbox.world.count("orders.dbs.new") == asked == 1


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (418, b'{"detail":"no tea"}', "unknown"),
        (200, b'{"data":null,"error":true,"errorText":"no tea"}', "unknown"),
        (403, b"<html>no tea", "unexpected_response"),
    ],
)
def test_an_answer_that_nobody_knows_does_not_keep_the_others_away(
    sqlite: str, sandbox: Sandbox, status: int, body: bytes, code: str
) -> None:
    add_key(sandbox)
    sandbox.world.answer_next("orders.dbs.new", status, body, {"content-type": "application/json"})
    done = foreground.run_import("shop", "all", quota=Unlimited())
    assert (done.status, codes(done)) == ("failed", [code])
    assert [len(stored(model)) for model in ("fbs", *MODELS)] == [200, 0, 10, 10]


def test_what_the_test_environment_does_not_have_is_left_out(sqlite: str, sandbox: Sandbox) -> None:
    """There is no DBW: a press for all models brings the others, and asks for none of it."""
    add_key(sandbox, token="test")
    done = run("all")
    assert done.created == 200 + 2 * 10
    assert stored("dbw") == []
    assert not any(seen.method_id.startswith("orders.dbw") for seen in sandbox.world.log)
    alone = foreground.run_import("shop", "dbw", quota=Unlimited())
    assert (alone.status, codes(alone)) == ("failed", ["wrong_environment"])


def test_what_another_model_has_open_is_asked_with_any_statuses(sqlite: str, sandbox: Sandbox) -> None:
    add_key(sandbox)
    run("dbs")
    sandbox.world.advance(3, model="dbs")
    run("new")
    assert statuses("dbs") == {("receive", "sold", False)}


@pytest.mark.parametrize("model", ["dbs", "dbw"])
def test_delivery_dates_are_kept(database: str, sandbox: Sandbox, model: str) -> None:
    add_key(sandbox)
    run(model)
    order = stored(model)[0]
    two_days_later = datetime.fromtimestamp(order.created_at, UTC) + timedelta(days=2)
    assert order.delivery_date == two_days_later.date().isoformat()
    assert (order.delivery_from, order.delivery_to) == ("10:00", "14:00")
    moved = {"id": order.id, "dDate": "2026-12-31", "dTimeFrom": "18:00", "dTimeTo": ""}
    with db.session() as session:
        writing.write_deliveries(session, order.seller_id, [moved], run_id="r")
        session.commit()
        (row,) = browse.page(session, OrderFilters(text=str(order.id))).rows
    assert (row.delivery_date, row.delivery_from, row.delivery_to) == ("2026-12-31", "18:00", None)


@pytest.mark.parametrize("model", MODELS)
def test_buyers_come_only_when_they_are_asked_for(sqlite: str, sandbox: Sandbox, model: str) -> None:
    add_key(sandbox)
    sandbox.world.advance(1, model=model)
    sandbox.world.add_orders(1, model=model)
    done = run(model)
    assert sandbox.world.count(f"orders.{model}.client") == 0
    orders = sandbox.world.shop().deliveries[model]
    for n in range(10):  # they have left the list of the new: known from before
        orders.changed[n] = (("new", "waiting"), orders.created(n))
    run(model)
    orders.changed.clear()
    run(model, clients=True)
    ids = [order.id for order in stored(model)]
    with db.session() as session:
        told = [buyers.reveal(session, done.seller_id, order_id) for order_id in ids]
    found = [buyer for buyer in told if "phone" in buyer]
    assert len(found) == (11 if model != "click_collect" else 10)  # pick-up: not before it is assembled
    assert all(buyer["phone"].startswith("7000") and buyer["firstName"] for buyer in found)


def test_a_period_of_the_ended(sqlite: str, serve: Serve) -> None:
    """Days that the operator names are those of the zone; the windows reach from midnight to midnight."""
    sandbox = serve(orders=10, others=200, limits=False)
    add_key(sandbox)
    sandbox.world.advance(3)
    day = days.today() - timedelta(days=3)
    run("dbs", date_from=day, date_to=day)
    asked = [seen.query for seen in sandbox.world.log if seen.method_id == "orders.dbs.ended"]
    query = dict(part.split("=") for part in asked[0].split("&"))
    begin = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=3)
    assert int(query["dateFrom"]) == begin.timestamp()
    assert int(query["dateTo"]) == begin.timestamp() + 86_400 - 1
    assert {order.created_at // 3600 for order in stored("dbs")} <= {
        (int(begin.timestamp()) // 3600) + hour for hour in range(24)
    }


# --- The order feed ----------------------------------------------------------------------------------------


def test_the_feed_brings_every_model_and_the_unpaid(database: str, sandbox: Sandbox) -> None:
    add_key(sandbox)
    run("all")
    done = run("order_feed")
    shop = sandbox.world.shop()
    assert (done.created, done.requests) == (200 + 3 * 10 + shop.unpaid, 1)
    with db.session() as session:
        rows = browse.page(session, OrderFilters(kind="order_feed"), limit=300).rows
        counted = browse.counters(session, kind="order_feed")
    joined = {row.order.model for row in rows if row.order is not None}
    assert joined == {"fbs", *MODELS}
    assert sum(row.order is None for row in rows) == shop.unpaid
    assert counted.supplier_status == {"created": done.created}
    assert {row.currency for row in rows} == {"RUB"}
    assert all(row.seller_price > 100 for row in rows)


def test_the_next_feed_asks_from_where_the_last_one_ended(sqlite: str, sandbox: Sandbox) -> None:
    add_key(sandbox)
    first = run("order_feed")
    dbs = sandbox.world.shop().deliveries["dbs"]
    sandbox.world.set_status(dbs.order_id(4), "receive", "sold")
    again = run("order_feed")
    assert again.fetched < first.fetched
    assert again.updated == 1
    with db.session() as session:
        row = session.get(FeedOrder, (again.seller_id, dbs.rid(4)))
    assert row is not None
    assert row.status == "buyout"


def test_the_feed_turns_pages_within_one_snapshot(
    sqlite: str, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    from wbcore.imports import sources

    monkeypatch.setattr(sources, "FEED_LIMIT", 100)
    sandbox = serve(orders=250, limits=False)
    monkeypatch.setattr("wbcore.api.client.WBClient.feed_page.__defaults__", (100,))
    add_key(sandbox)
    done = run("order_feed")
    assert done.created == 250 + 3 * 12 + sandbox.world.shop().unpaid
    assert done.requests == 3


def test_a_key_without_analytics_is_told_before_anything_is_sent(sqlite: str, sandbox: Sandbox) -> None:
    add_key(sandbox, token="statistics_only")
    done = foreground.run_import("shop", "order_feed")
    assert (done.status, codes(done), done.requests) == ("failed", ["scope_missing"], 0)
    assert done.diagnoses[0]["required_category"] == "analytics"
    assert sandbox.world.count("order_feed") == 0


def test_an_import_of_orders_does_not_solve_what_the_feed_lacks(sqlite: str, sandbox: Sandbox) -> None:
    add_key(sandbox, token="statistics_only")
    failed = foreground.run_import("shop", "order_feed")
    assert foreground.run_import("shop", "statistics", quota=Unlimited()).status == "done"
    with db.session() as session:
        (row,) = checklist.for_run(session, failed.id)
    assert row.closed_at is None


# --- A row that can't be read -------------------------------------------------------------------------------


def test_the_same_bad_row_is_listed_in_each_of_its_imports(database: str, sandbox: Sandbox) -> None:
    add_key(sandbox)
    bad = b'{"orders": [{"article": "no id"}, {"id": "not a number"}]}'
    runs = []
    for _ in range(2):
        sandbox.world.answer_next("orders.new", 200, bad, {"Content-Type": "application/json"})
        runs.append(run("new"))
    assert [one.rejected for one in runs] == [2, 2]
    with db.session() as session:
        listed = [{row.id for row in writing.list_rejected(session, run_id=one.id)} for one in runs]
        assert len(listed[0]) == 2
        assert listed[0] == listed[1], "the second import shows them, too"
        assert len(writing.list_rejected(session)) == 2, "each is kept once"
        history = session.exec(select(OrderStatusChange)).all()
    assert history == []
