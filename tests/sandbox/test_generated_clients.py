"""Clients generated from WB's own OpenAPI files must not notice the difference."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest

from tests.sandbox.conftest import ANCHOR, Ask, asker
from wbcore.api.catalog import CATEGORIES, COMMON_HOST, METHODS
from wbcore.sandbox.server import Sandbox


def client(sandbox: Sandbox, package: str, host: str, token: str = "full") -> Any:
    """The generated client of one of WB's OpenAPI files, pointed at a host of the imitation."""
    module = import_module(f"wildberries_sdk.{package}")
    configuration = module.Configuration(
        host=f"{sandbox.gateway}/{host}",
        ignore_operation_servers=True,
        api_key={"HeaderApiKey": sandbox.tokens.get(token, token)},
    )
    return import_module(f"wildberries_sdk.{package}.api.default_api").DefaultApi(
        module.ApiClient(configuration)
    )


@pytest.fixture
def fbs(sandbox: Sandbox, ask: Ask) -> Any:
    return client(sandbox, "orders_fbs", "marketplace-api")


def ids(sandbox: Sandbox, count: int, *, first: int = 0) -> list[int]:
    return [sandbox.world.shop().order_id(i) for i in range(first, first + count)]


def model(package: str, name: str) -> Any:
    return getattr(import_module(f"wildberries_sdk.{package}.models"), name)


def request(package: str, name: str, orders: list[int]) -> Any:
    return model(package, name)(orders=orders)


def assert_whole(read: Any, sent: dict[str, Any]) -> None:
    """Every field that came was read into the model, and with the value that came."""
    understood = {name: value for name, value in read.to_dict().items() if value is not None}
    came = {name: value for name, value in sent.items() if value is not None}
    assert set(came) == set(understood)
    assert came["id"] == understood["id"]


def test_new_orders(sandbox: Sandbox, fbs: Any, ask: Ask) -> None:
    read = fbs.get_v3_orders_new().orders
    sent = ask("marketplace-api/api/v3/orders/new").json()["orders"]
    assert len(read) == len(sent) > 500
    for row, raw in zip(read, sent, strict=True):
        assert_whole(row, raw)
        assert row.created_at.tzinfo is not None


def test_orders_of_a_period(fbs: Any, ask: Ask) -> None:
    read, after = [], 0
    while page := fbs.get_v3_orders(limit=400, next=after):
        if not page.orders:
            break
        read += page.orders
        after = page.next
    assert len(read) == len({row.id for row in read}) > 900
    sent = ask("marketplace-api/api/v3/orders", params={"limit": 1000, "next": 0}).json()["orders"]
    for row, raw in zip(read, sent, strict=False):
        assert_whole(row, raw)


def test_statuses(sandbox: Sandbox, fbs: Any) -> None:
    wanted = ids(sandbox, 1000, first=620)
    rows = fbs.post_v3_orders_status(request("orders_fbs", "PostV3OrdersStatusRequest", wanted)).orders
    assert [row.id for row in rows] == wanted
    assert {row.supplier_status for row in rows} == {"confirm", "complete", "cancel"}
    assert {row.wb_status for row in rows} >= {"waiting", "sorted", "ready_for_pickup", "sold", "defect"}


def test_clients_of_cross_border_orders(sandbox: Sandbox, fbs: Any) -> None:
    orders = fbs.get_v3_orders_new().orders
    cross = {row.id for row in orders if row.cross_border_type == 1}
    asked = sorted(cross) + [row.id for row in orders if row.cross_border_type == 0][:100]
    rows = fbs.post_v3_orders_client(request("orders_fbs", "OrdersRequestAPI", asked)).orders
    assert {row.order_id for row in rows} == cross != set()
    assert all(row.full_name and row.phone.startswith("7000") for row in rows)


def test_archive(sandbox: Sandbox, fbs: Any) -> None:
    shop, found = sandbox.world.shop(), []
    months = {(y, m) for y in (ANCHOR.year - 1, ANCHOR.year) for m in range(1, 13)}
    for year, month in sorted(months):
        after: int | None = 0
        while after is not None:
            page = fbs.get_v3_fbs_orders_archive(year=year, month=month, next=after, limit=100)
            found += page.orders
            assert all(row.created_at.startswith(f"{year}-{month:02d}-") for row in page.orders)
            after = page.next
    assert [row.id for row in found] == [shop.order_id(i) for i in range(-450, 0)]
    assert {row.cargo_type for row in found} <= {"mgt", "sgt", "kgtPlus"}
    assert {row.status.wb_status for row in found} == {"sold", "canceled"}
    assert all(row.price_info.price > 0 and row.product.nm_id for row in found)


def test_statistics(sandbox: Sandbox, ask: Ask) -> None:
    reports = client(sandbox, "reports", "statistics-api")
    rows = reports.get_v1_supplier_orders(date_from="2020-01-01")
    assert len(rows) == 2500
    changes = [row.last_change_date for row in rows]
    assert changes == sorted(changes)
    for row, raw in zip(
        rows,
        ask("statistics-api/api/v1/supplier/orders", params={"dateFrom": "2020-01-01"}).json(),
        strict=True,
    ):
        assert row.to_dict() == raw
    day = rows[0].var_date[:10]
    of_day = reports.get_v1_supplier_orders(date_from=day, flag=1)
    assert [row.srid for row in of_day] == [row.srid for row in rows if row.var_date[:10] == day]
    assert reports.get_v1_supplier_orders(date_from=changes[-1]) == []


def test_seller_and_news(sandbox: Sandbox) -> None:
    general = client(sandbox, "general", "common-api")
    seller = general.get_v1_seller_info()
    assert seller.name
    assert seller.trade_mark
    assert len(seller.sid) == 36
    news = general.get_v2_news(from_id=1).data
    assert len(news) == 5
    assert news[0].types[0].name == "API"
    recent = general.get_v2_news(var_from=ANCHOR.date().replace(day=1)).data
    assert all(item.var_date.date() >= ANCHOR.date().replace(day=1) for item in recent)


@pytest.mark.parametrize("host", [COMMON_HOST, *(c.host for c in CATEGORIES)])
def test_ping_of_every_host(sandbox: Sandbox, host: str) -> None:
    assert client(sandbox, "general", host).get_ping().status == "OK"


@pytest.mark.parametrize(
    ("package", "name"),
    [
        ("orders_dbs", "get_v3_dbs_orders_new"),
        ("orders_dbw", "get_v3_dbw_orders_new"),
        ("in_store_pickup", "get_v3_click_collect_orders_new"),
    ],
)
def test_new_orders_of_other_deliveries(package: str, name: str) -> None:
    path = {method.id: method.path for method in METHODS}[
        {"orders_dbs": "orders.dbs.new", "orders_dbw": "orders.dbw.new"}.get(
            package, "orders.click_collect.new"
        )
    ]
    # One of its own: the others' orders are not new any more when the tests have run for an hour.
    with Sandbox(orders=200, profile="demo", limits=False) as fresh:
        rows = getattr(client(fresh, package, "marketplace-api"), name)().orders
        sent = asker(fresh)(f"marketplace-api{path}").json()["orders"]
    assert len(rows) == len(sent) > 0  # the others are on their way, or have ended
    for row, raw in zip(rows, sent, strict=True):
        assert_whole(row, raw)


def test_a_test_token_at_the_sandbox_hosts(sandbox: Sandbox) -> None:
    api = client(sandbox, "orders_fbs", "marketplace-api-sandbox", "test")
    assert api.get_v3_orders_new().orders


def test_the_test_environment_has_no_statistics(sandbox: Sandbox) -> None:
    from wildberries_sdk.reports.exceptions import NotFoundException

    with pytest.raises(NotFoundException):
        client(sandbox, "reports", "statistics-api-sandbox", "test").get_v1_supplier_orders("2020-01-01")


def test_refusals_are_read_into_the_error_models(sandbox: Sandbox, ask: Ask) -> None:
    from wildberries_sdk.orders_fbs.exceptions import ApiException

    cases: list[tuple[str, int, str, Any]] = [
        ("statistics_only", 401, "detail", lambda api: api.get_v3_orders_new()),
        ("full", 400, "code", lambda api: api.get_v3_orders(limit=1000, next=-1)),
        ("full", 400, "code", lambda api: api.get_v3_orders(limit=1, next=0, date_from=5, date_to=1)),
        (
            "full",
            400,
            "detail",
            lambda api: api.get_v3_fbs_orders_archive(year=1, month=1, next=0, limit=100),
        ),
    ]
    for token, status, field, call in cases:
        with pytest.raises(ApiException) as caught:
            call(client(sandbox, "orders_fbs", "marketplace-api", token))
        assert caught.value.status == status
        assert getattr(caught.value.data, field)
    for switch, status in (("denied", 403), ("unpaid", 402)):
        sandbox.world.reset()
        getattr(sandbox.world.switches, switch).update({"orders.new", sandbox.world.shop().sid})
        with pytest.raises(ApiException) as caught:
            client(sandbox, "orders_fbs", "marketplace-api").get_v3_orders_new()
        assert caught.value.status == status
        assert caught.value.data is not None
    sandbox.world.reset()
    reports = import_module("wildberries_sdk.reports.exceptions")
    with pytest.raises(reports.ApiException) as wrong:
        client(sandbox, "reports", "statistics-api").get_v1_supplier_orders("yesterday")
    assert wrong.value.status == 400
    assert wrong.value.data.actual_instance.errors[0].startswith("dateFrom")


@pytest.mark.parametrize(("width", "height"), [(58, 40), (40, 30)])
def test_stickers_of_what_is_assembled_or_delivered(
    sandbox: Sandbox, fbs: Any, width: int, height: int
) -> None:
    wanted = ids(sandbox, 100, first=1700)
    asked = request("orders_fbs", "PostV3OrdersStickersRequest", wanted)
    for form, begins in (("png", b"\x89PNG"), ("svg", b"<svg"), ("zplv", b"^XA"), ("zplh", b"^XA")):
        rows = fbs.post_v3_orders_stickers(form, width, height, asked).stickers
        shop = sandbox.world.shop()
        able = [n for n in wanted if shop.status(shop.index(n) or 0)[0] in ("confirm", "complete")]
        assert [row.order_id for row in rows] == able
        assert 0 < len(able) < 100
        for row in rows:
            assert_sticker(row, begins)


def assert_sticker(row: Any, begins: bytes) -> None:
    from base64 import b64decode

    assert b64decode(row.file).startswith(begins)
    assert row.part_a.isdigit()
    assert row.part_b.isdigit()
    assert row.barcode.startswith("!")


def test_stickers_of_other_sizes_and_of_too_many_orders_are_refused(sandbox: Sandbox, fbs: Any) -> None:
    from wildberries_sdk.orders_fbs.exceptions import ApiException

    for form, width, height, count in (("gif", 58, 40, 1), ("png", 58, 30, 1), ("png", 58, 40, 101)):
        # The generated client would itself refuse to send more than WB takes.
        sent = model("orders_fbs", "PostV3OrdersStickersRequest")
        asked = sent.model_construct(orders=ids(sandbox, count))
        with pytest.raises(ApiException) as caught:
            fbs.post_v3_orders_stickers(form, width, height, asked)
        assert caught.value.status == 400
