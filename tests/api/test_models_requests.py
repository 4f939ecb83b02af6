"""What the client sends for DBS, DBW, pick-up and the order feed, and what it makes of the answers."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from tests.api.conftest import ClientMaker
from tests.api.server import Server, json_reply
from wbcore.api import errors
from wbcore.api.catalog import GROUPS, METHOD_BY_ID, MODELS, group_limit
from wbcore.api.client import WBClient

OTHERS = MODELS[1:]


def sent(server: Server) -> Any:
    return orjson.loads(server.seen[-1].body)


@pytest.mark.parametrize(
    ("method", "field", "path"),
    [
        ("orders.status", "orders", "/api/v3/orders/status"),
        ("orders.dbs.status", "ordersIds", "/api/marketplace/v3/dbs/orders/status/info"),
        ("orders.dbw.status", "orders", "/api/v3/dbw/orders/status"),
        ("orders.click_collect.status", "ordersIds", "/api/marketplace/v3/click-collect/orders/status/info"),
        ("orders.dbs.delivery", "orders", "/api/v3/dbs/orders/delivery-date"),
        ("orders.dbw.delivery", "orders", "/api/v3/dbw/orders/delivery-date"),
        ("orders.dbs.client", "orders", "/api/v3/dbs/orders/client"),
        ("orders.dbw.client", "orders", "/api/marketplace/v3/dbw/orders/client"),
        ("orders.click_collect.client", "orders", "/api/v3/click-collect/orders/client"),
    ],
)
def test_ids_are_sent_under_the_methods_own_name(
    method: str, field: str, path: str, server: Server, client: WBClient
) -> None:
    server.replies(json_reply({"orders": [{"id": 1}]}))
    assert client.by_ids(method, [1, 2]) == [{"id": 1}]
    assert sent(server) == {field: [1, 2]}
    assert server.seen[-1].target == f"/marketplace-api{path}"
    with pytest.raises(ValueError, match="1001"):
        client.by_ids(method, range(1001))
    assert client.by_ids(method, []) == []
    assert len(server.seen) == 1


@pytest.mark.parametrize(
    ("model", "place"), [("dbs", "dbs"), ("dbw", "dbw"), ("click_collect", "click-collect")]
)
def test_the_list_of_the_ended(model: str, place: str, server: Server, client: WBClient) -> None:
    server.replies(json_reply({"next": 7, "orders": [{"id": 7}]}))
    rows = client.orders_page(3, 100, 200, method_id=f"orders.{model}.ended")
    assert rows == ([{"id": 7}], 7)
    assert server.seen[-1].target == (
        f"/marketplace-api/api/v3/{place}/orders?limit=1000&next=3&dateFrom=100&dateTo=200"
    )


def test_the_feed_names_its_snapshot_from_the_second_page_on(server: Server, client: WBClient) -> None:
    data = {"snapshotTime": "2026-11-24T10:00:00Z", "currency": "RUB", "orders": [{"srid": "a"}]}
    server.replies(json_reply({"data": data}))
    first = client.feed_page("2026-11-01T00:00:00+03:00", "2026-11-02T00:00:00+03:00", 0, None)
    assert first == ([{"srid": "a"}], "2026-11-24T10:00:00Z", "RUB")
    assert sent(server) == {
        "selectedPeriod": {"start": "2026-11-01T00:00:00+03:00", "end": "2026-11-02T00:00:00+03:00"},
        "pagination": {"offset": 0, "limit": 10_000},
    }
    client.feed_page("2026-11-01T00:00:00+03:00", "2026-11-02T00:00:00+03:00", 10_000, first.snapshot)
    assert sent(server)["pagination"] == {
        "offset": 10_000,
        "limit": 10_000,
        "snapshotTime": "2026-11-24T10:00:00Z",
    }
    assert server.seen[-1].target == "/seller-analytics-api/api/analytics/v1/order-feed"


@pytest.mark.parametrize("answer", [{"data": None}, {"data": {"orders": {}}}, [], {"data": []}])
def test_a_feed_of_another_shape_is_told(answer: object, server: Server, make_client: ClientMaker) -> None:
    server.replies(json_reply(answer))
    with pytest.raises(errors.UnexpectedResponseError):
        make_client(attempts=1).feed_page("2026-11-01T00:00:00Z", "2026-11-02T00:00:00Z", 0, None)


def test_limits_are_wbs() -> None:
    for model in OTHERS:
        limit = group_limit(METHOD_BY_ID[f"orders.{model}.ended"].group, "personal", "production")
        assert (limit.interval_s, limit.burst) == (0.2, 20)
        assert GROUPS[METHOD_BY_ID[f"orders.{model}.new"].group].error_cost == 10
    status = group_limit(METHOD_BY_ID["orders.click_collect.status"].group, "personal", "production")
    assert (status.interval_s, status.burst) == (1, 10)
    feed = METHOD_BY_ID["order_feed"]
    assert (feed.category, feed.capability) == ("analytics", False)
    assert group_limit(feed.group, "personal", "production").interval_s == 60
    assert group_limit(feed.group, "basic", "production").interval_s == 3 * 3600
    assert len({METHOD_BY_ID[f"orders.{model}.new"].group for model in OTHERS}) == 3, "each has its own quota"
