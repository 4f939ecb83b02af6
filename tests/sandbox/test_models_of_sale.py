"""DBS, DBW, pick-up and the order feed, as clients generated from WB's own OpenAPI files see them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import Any

import pytest

from tests.sandbox.conftest import Ask, asker
from tests.sandbox.test_generated_clients import assert_whole, client, model
from wbcore.sandbox.server import Sandbox


@dataclass(frozen=True)
class Model:
    """How the generated client of one model of sale names things."""

    id: str
    package: str
    place: str
    statuses: str
    request: str
    clients: str
    chain: tuple[str, ...]

    def list(self, api: Any, what: str, **options: Any) -> Any:
        return getattr(api, f"get_v3_{self.place}_orders{what}")(**options)

    def status(self, api: Any, ids: list[int]) -> dict[int, tuple[str, str]]:
        field = "orders" if self.id == "dbw" else "orders_ids"
        body = model(self.package, self.request)(**{field: ids})
        rows = getattr(api, f"post_v3_{self.place}_orders_{self.statuses}")(body).orders
        return {
            (row.id if self.id == "dbw" else row.order_id): (row.supplier_status, row.wb_status)
            for row in rows
        }


MODELS = [
    Model(
        *("dbs", "orders_dbs", "dbs", "status_info", "ApiOrdersRequestV2", "OrdersRequestAPI"),
        ("new", "confirm", "deliver", "receive"),
    ),
    Model(
        *("dbw", "orders_dbw", "dbw", "status", "PostV3DbwOrdersStatusRequest", "OrdersRequestAPI"),
        ("new", "confirm", "complete", "receive"),
    ),
    Model(
        *("click_collect", "in_store_pickup", "click_collect", "status_info", "ApiOrdersRequestV2"),
        "ApiOrdersRequest",
        ("new", "confirm", "prepare", "receive"),
    ),
]
EVERY = pytest.mark.parametrize("sold", MODELS, ids=lambda m: m.id)


@pytest.fixture
def living() -> Iterator[Sandbox]:
    """25 new orders of each model, none of them ended yet."""
    with Sandbox(orders=500, limits=False) as running:
        yield running


def window() -> dict[str, int]:
    now = int(time.time())
    return {"date_from": now - 29 * 86_400, "date_to": now}


def ended(sold: Model, api: Any, limit: int = 1000) -> list[Any]:
    """All pages: the end is an empty one."""
    found, after = [], 0
    while page := sold.list(api, "", limit=limit, next=after, **window()).orders:
        found += page
        after = sold.list(api, "", limit=limit, next=after, **window()).next
    return found


@EVERY
def test_an_order_lives_from_new_to_its_end(living: Sandbox, sold: Model) -> None:
    """It is in the list of the new only while it is new, and in that of the ended only after its end."""
    api = client(living, sold.package, "marketplace-api")
    ids = [row.id for row in sold.list(api, "_new").orders]
    assert len(ids) == 25
    for step, supplier in enumerate(sold.chain):
        assert {status for status, _ in sold.status(api, ids).values()} == {supplier}
        assert len(sold.list(api, "_new").orders) == (25 if step == 0 else 0)
        assert len(ended(sold, api)) == (25 if step == 3 else 0)
        living.world.advance(1, model=sold.id)
    assert sold.status(api, ids[:1])[ids[0]] == ("receive", "sold")


@EVERY
def test_the_list_of_the_ended_has_pages_shorter_than_asked_for(living: Sandbox, sold: Model) -> None:
    api = client(living, sold.package, "marketplace-api")
    ids = sorted(row.id for row in sold.list(api, "_new").orders)
    for order_id in ids[::2]:
        living.world.set_status(order_id, "cancel", "canceled")
    first = sold.list(api, "", limit=10, next=0, **window())
    assert [row.id for row in first.orders] == ids[:10:2]
    assert [row.id for row in ended(sold, api, limit=10)] == ids[::2]
    assert ended(sold, api, limit=1) == ended(sold, api)


@EVERY
def test_every_field_is_in_the_model(living: Sandbox, sold: Model) -> None:
    api = client(living, sold.package, "marketplace-api")
    place = f"marketplace-api/api/v3/{sold.place.replace('_', '-')}/orders"
    new = asker(living)(f"{place}/new").json()["orders"]
    for row, raw in zip(sold.list(api, "_new").orders, new, strict=True):
        assert_whole(row, raw)
    living.world.advance(3)
    since = window()
    query = {"limit": 1000, "next": 0, "dateFrom": since["date_from"], "dateTo": since["date_to"]}
    sent = asker(living)(place, params=query).json()["orders"]
    read = sold.list(api, "", limit=1000, next=0, **since).orders
    assert len(read) == len(sent) == 25
    for row, raw in zip(read, sent, strict=True):
        assert_whole(row, raw)


@EVERY
def test_buyers_are_told_in_the_models_own_fields(living: Sandbox, sold: Model) -> None:
    api = client(living, sold.package, "marketplace-api")
    ids = [row.id for row in sold.list(api, "_new").orders]
    body = model(sold.package, sold.clients)(orders=ids)
    ask = getattr(api, f"post_v3_{sold.place}_orders_client")
    if sold.id == "click_collect":
        assert not ask(body).orders  # not before the order is assembled
        living.world.advance(1)
    rows = ask(body).orders
    assert [row.order_id for row in rows] == ids
    assert all(row.first_name and row.phone.startswith("7000") and row.phone_code for row in rows)


@pytest.mark.parametrize("sold", MODELS[:2], ids=lambda m: m.id)
def test_delivery_dates(living: Sandbox, sold: Model) -> None:
    api = client(living, sold.package, "marketplace-api")
    ids = [row.id for row in sold.list(api, "_new").orders]
    body = model(sold.package, "DeliveryDatesRequest")(orders=ids)
    rows = getattr(api, f"post_v3_{sold.place}_orders_delivery_date")(body).orders
    assert [row.id for row in rows] == ids
    assert all(datetime.fromisoformat(row.d_date) and row.d_time_from < row.d_time_to for row in rows)


@EVERY
def test_refusals(living: Sandbox, sold: Model) -> None:
    exceptions = import_module(f"wildberries_sdk.{sold.package}.exceptions")
    api = client(living, sold.package, "marketplace-api")
    with pytest.raises(exceptions.ApiException) as caught:
        sold.list(api, "", limit=10, next=0, date_from=0, date_to=31 * 86_400)
    assert (caught.value.status, caught.value.data.code) == (400, "IncorrectParameter")
    with pytest.raises(exceptions.ApiException) as caught:
        sold.list(client(living, sold.package, "marketplace-api", "statistics_only"), "_new")
    assert caught.value.status == 401


def test_an_id_that_is_not_there_is_told_apart(living: Sandbox) -> None:
    rows = client(living, "orders_dbs", "marketplace-api").post_v3_dbs_orders_status_info(
        model("orders_dbs", "ApiOrdersRequestV2")(orders_ids=[1])
    )
    assert rows.orders[0].order_id == 1
    assert rows.orders[0].errors[0].detail


def test_orders_of_the_learning_cabinet_live_by_time() -> None:
    """Half an hour a step: some are new, some on their way, most have ended, in more than one way."""
    anchor = datetime.now(UTC).replace(microsecond=0)
    clock = [anchor.timestamp()]
    with Sandbox(orders=800, profile="demo", anchor=anchor, limits=False, clock=lambda: clock[0]) as cabinet:
        orders = cabinet.world.shop().deliveries["dbs"]
        first = {orders.status(n, clock[0])[0] for n in range(len(orders))}
        assert first == {"new", "confirm", "deliver", "receive", "reject", "cancel_missed_call"}
        newest = orders.order_id(0)
        api = client(cabinet, "orders_dbs", "marketplace-api")
        seen = []
        for _ in range(5):
            seen.append(MODELS[0].status(api, [newest])[newest][0])
            clock[0] += 1800
        assert seen == ["new", "confirm", "deliver", "receive", "receive"]
        assert newest not in {row.id for row in api.get_v3_dbs_orders_new().orders}


# --- The order feed ----------------------------------------------------------------------------------------


def feed(sandbox: Sandbox, days: int = 30, **pages: Any) -> Any:
    analytics = client(sandbox, "analytics", "seller-analytics-api")
    period = {"start": datetime.now(UTC) - timedelta(days=days), "end": datetime.now(UTC)}
    request = model("analytics", "OrderFeedRequest")(
        selected_period=model("analytics", "OrderFeedRequestSelectedPeriod")(**period),
        pagination=model("analytics", "OrderFeedRequestPagination")(**pages),
    )
    return analytics.post_v1_order_feed(request).data


def test_the_feed_has_every_model_and_what_is_not_paid(living: Sandbox) -> None:
    shop = living.world.shop()
    data = feed(living, limit=10_000)
    rids = {row.srid for row in data.orders}
    assert data.currency == "RUB"
    assert len(rids) == len(data.orders) == 500 + 3 * 25 + shop.unpaid
    assert {orders.rid(0) for orders in shop.deliveries.values()} | {shop.rid(499)} < rids
    times = [row.updated_at for row in data.orders]
    assert times == sorted(times, reverse=True)
    assert {row.status for row in data.orders} == {"created"}


def test_the_feed_tells_how_an_order_stands(living: Sandbox) -> None:
    shop = living.world.shop()
    dbs = shop.deliveries["dbs"]
    living.world.set_status(dbs.order_id(1), "receive", "sold")
    living.world.set_status(dbs.order_id(2), "reject", "canceled_by_client")
    living.world.set_status(shop.order_id(499), "complete", "defect")
    told = {row.srid: (row.status, row.cancel_type) for row in feed(living, limit=10_000).orders}
    assert told[dbs.rid(1)] == ("buyout", None)
    assert told[dbs.rid(2)] == ("cancel", "receipt")
    assert told[shop.rid(499)] == ("returnDefective", None)


def test_a_snapshot_does_not_change_between_its_pages(living: Sandbox) -> None:
    first = feed(living, limit=400, offset=0)
    living.world.add_orders(100)
    second = feed(living, limit=400, offset=400, snapshot_time=first.snapshot_time)
    rids = [row.srid for row in (*first.orders, *second.orders)]
    assert len(first.orders) == 400
    assert len(set(rids)) == len(rids) == 500 + 3 * 25 + living.world.shop().unpaid


def test_the_feed_goes_31_days_back(living: Sandbox, ask: Ask) -> None:
    exceptions = import_module("wildberries_sdk.analytics.exceptions")
    with pytest.raises(exceptions.ApiException) as caught:
        feed(living, days=40, limit=10)
    assert caught.value.status == 400
    assert "31" in caught.value.data.detail
