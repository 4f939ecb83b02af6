"""What the imitation sells: paging with its refusals, profiles, sellers, and the same rows every time."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.sandbox.conftest import ANCHOR, Ask, asker, walk
from wbcore.sandbox.server import Sandbox, embedded
from wbcore.sandbox.tokens import mint

PERIOD = "marketplace-api/api/v3/orders"
NEW = "marketplace-api/api/v3/orders/new"
STATUS = "marketplace-api/api/v3/orders/status"
CLIENT = "marketplace-api/api/v3/orders/client"
ARCHIVE = "marketplace-api/api/marketplace/v3/fbs/orders/archive"
STATISTICS = "statistics-api/api/v1/supplier/orders"
DAY = 86_400
NOW = int(ANCHOR.timestamp())
SOON = datetime.now(UTC) + timedelta(days=1)
SECOND_SELLER = "22222222-0000-4000-8000-000000000000"


@pytest.mark.parametrize("orders", [0, 1, 999, 1000, 2345])
def test_new_and_period_give_exactly_n(orders: int) -> None:
    with Sandbox(orders=orders, limits=False) as sandbox:
        ask = asker(sandbox)
        new = ask(NEW).json()["orders"]
        period = walk(ask)
        assert len(new) == len({row["id"] for row in new}) == orders
        assert [row["id"] for row in new] == [row["id"] for row in period]
        assert [row["createdAt"] for row in period] == sorted(row["createdAt"] for row in period)


@pytest.mark.parametrize(
    "params",
    [
        {"next": 0},
        {"limit": 1000},
        {"limit": 0, "next": 0},
        {"limit": 1001, "next": 0},
        {"limit": -1, "next": 0},
        {"limit": "1e3", "next": 0},
        {"limit": "10.0", "next": 0},
        {"limit": "١٠", "next": 0},
        {"limit": 10, "next": ""},
        {"limit": 10, "next": -1},
        {"limit": 10, "next": "null"},
        {"limit": 10, "next": 2**63},
        {"limit": 10, "next": 0, "dateFrom": "2026-11-01"},
        {"limit": 10, "next": 0, "dateFrom": f"{NOW}.5"},
        {"limit": 10, "next": 0, "dateTo": "now"},
        {"limit": 10, "next": 0, "dateFrom": NOW, "dateTo": NOW - 1},
        {"limit": 10, "next": 0, "dateFrom": NOW - 30 * DAY - 1, "dateTo": NOW},
        {"limit": 10, "next": 0, "dateFrom": NOW - 31 * DAY},
    ],
)
def test_what_the_period_refuses(ask: Ask, params: dict[str, Any]) -> None:
    answer = ask(PERIOD, params=params)
    assert answer.status_code == 400
    body = answer.json()
    assert body["code"] == "IncorrectParameter"
    assert body["message"]
    assert body["data"] is None


def test_windows_of_thirty_days_cover_three_months(sandbox: Sandbox, ask: Ask) -> None:
    found: list[int] = []
    for age in (0, 30, 60):
        window = {"dateFrom": NOW - (age + 30) * DAY, "dateTo": NOW - age * DAY - 1}
        rows = walk(ask, **window)
        for row in rows:
            created = datetime.fromisoformat(row["createdAt"]).timestamp()
            assert window["dateFrom"] <= created <= window["dateTo"]
        found += [row["id"] for row in rows]
    shop = sandbox.world.shop()
    assert sorted(found) == [shop.order_id(i) for i in range(2500)]


def test_without_dates_the_last_thirty_days(ask: Ask) -> None:
    asked = datetime.now(UTC).replace(microsecond=0)
    oldest = datetime.fromisoformat(walk(ask)[0]["createdAt"])
    assert timedelta(days=29) < asked - oldest <= timedelta(days=30)


def test_bounds_belong_to_the_window(ask: Ask) -> None:
    row = walk(ask)[700]
    moment = int(datetime.fromisoformat(row["createdAt"]).timestamp())
    same = walk(ask, dateFrom=moment, dateTo=moment)
    assert row["id"] in {other["id"] for other in same}
    assert {other["createdAt"] for other in same} == {row["createdAt"]}


def test_orders_of_before_three_months_are_in_the_archive_alone(sandbox: Sandbox, ask: Ask) -> None:
    assert walk(ask, dateFrom=NOW - 120 * DAY, dateTo=NOW - 95 * DAY) == []
    moment = datetime.fromtimestamp(sandbox.world.shop().created(-450), UTC)
    query = {"year": moment.year, "month": moment.month, "next": 0, "limit": 100}
    row = ask(ARCHIVE, params=query).json()["orders"][0]
    assert row["id"] == sandbox.world.shop().order_id(-450)
    assert row["createdAt"] == moment.date().isoformat()
    assert set(row["status"]) == {"supplierStatus", "wbStatus"}
    assert {"rid", "priceInfo", "product", "cargoType"} <= set(row)


@pytest.mark.parametrize(
    "change", [{"limit": 99}, {"limit": 1001}, {"month": 13}, {"month": 0}, {"year": "x"}, {"next": ""}]
)
def test_what_the_archive_refuses(ask: Ask, change: dict[str, Any]) -> None:
    answer = ask(ARCHIVE, params={"year": 2026, "month": 1, "next": 0, "limit": 100} | change)
    assert answer.status_code == 400
    assert answer.json()["detail"]


def test_an_empty_month_of_the_archive(ask: Ask) -> None:
    page = ask(ARCHIVE, params={"year": 2001, "month": 1, "next": 0, "limit": 100}).json()
    assert page == {"next": None, "orders": []}


@pytest.mark.parametrize("place", [STATUS, CLIENT])
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b"[1]",
        b"{}",
        b'{"orders":null}',
        b'{"orders":[]}',
        b'{"orders":{"1":1}}',
        b'{"orders":["1"]}',
        b'{"orders":[1.0]}',
        b'{"orders":[true]}',
        b'{"orders":[null]}',
        b'{"orders":[9223372036854775808]}',
        b'{"orders":[' + b",".join(b"%d" % n for n in range(1001)) + b"]}",
    ],
    ids=lambda body: body[:24].decode(),
)
def test_what_batches_refuse(ask: Ask, place: str, body: bytes) -> None:
    answer = ask(place, verb="POST", data=body)
    assert (answer.status_code, answer.json()["code"]) == (400, "IncorrectParameter")


def test_batches_leave_out_what_the_seller_does_not_have(sandbox: Sandbox, ask: Ask) -> None:
    own = sandbox.world.shop().order_id(5)
    others = sandbox.world.shop(SECOND_SELLER).order_id(5)
    rows = ask(STATUS, verb="POST", json={"orders": [own, own, others, own + 1, 0, -5]}).json()["orders"]
    assert [row["id"] for row in rows] == [own]


def test_any_number_of_sellers(ask: Ask) -> None:
    seen: set[int] = set()
    rids: set[str] = set()
    for n in range(20):
        token = mint(sid=f"3333333{n:03d}-0000-4000-8000-000000000000", expires=SOON)
        rows = ask(NEW, token).json()["orders"]
        assert len(rows) == 750
        assert not seen & {row["id"] for row in rows}
        seen |= {row["id"] for row in rows}
        rids |= {row["rid"] for row in rows}
        assert ask("common-api/api/v1/seller-info", token).json()["sid"].startswith(f"3333333{n:03d}")
    assert len(rids) == len(seen) == 20 * 750
    assert all(2**31 < n < 10**15 for n in seen)


def test_the_same_anchor_gives_the_same_rows() -> None:
    bodies = []
    for _ in range(2):
        with Sandbox(orders=300, profile="demo", anchor=ANCHOR, limits=False) as sandbox:
            ask = asker(sandbox)
            rows = walk(ask, dateFrom=NOW - 25 * DAY, dateTo=NOW)
            statuses = ask(STATUS, verb="POST", json={"orders": [row["id"] for row in rows]}).json()
            other = ask(NEW, mint(sid=SECOND_SELLER, expires=SOON)).json()
            places = (NEW, f"{STATISTICS}?dateFrom=2026-01-01", "marketplace-api/api/v3/dbw/orders/new")
            bodies.append([rows, statuses, other, sandbox.tokens, *(ask(place).json() for place in places)])
    assert bodies[0] == bodies[1]


def test_another_seed_sells_other_things() -> None:
    firsts = []
    for seed in (1, 2):
        with Sandbox(orders=40, seed=seed, anchor=ANCHOR, limits=False) as sandbox:
            firsts.append([row["article"] for row in asker(sandbox)(NEW).json()["orders"]])
    assert firsts[0] != firsts[1]


def test_the_demo_is_lifelike(sandbox: Sandbox, ask: Ask) -> None:
    shop = sandbox.world.shop()
    statuses = [shop.status(i) for i in range(2500)]
    new = sum(supplier == "new" for supplier, _ in statuses)
    assert 0.25 < new / 2500 < 0.35
    assert len(set(statuses)) > 8
    rows = walk(ask)
    assert len({row["article"] for row in rows}) > 15
    assert {row["cargoType"] for row in rows} == {1, 2, 3}
    assert {row["currencyCode"] for row in rows} >= {643, 933, 949}
    by_id = {row["id"]: row for row in rows}
    in_work = [row for row in rows if shop.status(shop.index(row["id"]) or 0)[0] != "new"]
    assert all("supplyId" in row for row in in_work)
    assert all("supplyId" not in by_id[row["id"]] for row in ask(NEW).json()["orders"])


def test_the_learning_cabinet_is_one_a_process() -> None:
    with ThreadPoolExecutor(8) as threads:
        cabinets = set(threads.map(embedded, [ANCHOR] * 8))
    (cabinet,) = cabinets
    assert 40 <= len(asker(cabinet)(NEW).json()["orders"]) <= 80


# Things change


def test_orders_go_their_way_step_by_step(sandbox: Sandbox, ask: Ask) -> None:
    order = ask(NEW).json()["orders"][0]["id"]
    seen = []
    for _ in range(6):
        row = ask(STATUS, verb="POST", json={"orders": [order]}).json()["orders"][0]
        seen.append((row["supplierStatus"], row["wbStatus"]))
        sandbox.world.advance()
    assert seen == [
        ("new", "waiting"),
        ("confirm", "waiting"),
        ("complete", "waiting"),
        ("complete", "sorted"),
        ("complete", "ready_for_pickup"),
        ("complete", "sold"),
    ]
    assert ask(NEW).json()["orders"] == []


def test_new_orders_come_in(sandbox: Sandbox, ask: Ask) -> None:
    before = walk(ask)
    ids = sandbox.world.add_orders(3)
    assert [row["id"] for row in walk(ask)][-3:] == ids
    assert len(walk(ask)) == len(before) + 3
    assert [row["id"] for row in ask(NEW).json()["orders"]][-3:] == ids


def test_a_status_that_nobody_has_seen_yet(sandbox: Sandbox, ask: Ask) -> None:
    order = ask(NEW).json()["orders"][0]["id"]
    sandbox.world.set_status(order, "cancel_carrier", "eaten_by_bears")
    row = ask(STATUS, verb="POST", json={"orders": [order]}).json()["orders"][0]
    assert (row["supplierStatus"], row["wbStatus"]) == ("cancel_carrier", "eaten_by_bears")
    with pytest.raises(KeyError):
        sandbox.world.set_status(1, "new", "waiting")


# Statistics


def statistics(ask: Ask, since: str) -> list[list[dict[str, Any]]]:
    """All pages, each asked with the last row's ``lastChangeDate``."""
    pages: list[list[dict[str, Any]]] = []
    while page := ask(STATISTICS, params={"dateFrom": since}).json():
        pages.append(page)
        since = page[-1]["lastChangeDate"]
    return pages


@pytest.mark.parametrize("repeat", [False, True])
def test_statistics_pages_lose_nothing(repeat: bool) -> None:
    options = {"statistics_page": 70, "statistics_repeat_edge": repeat, "span_days": 0.005}
    with Sandbox(orders=1000, limits=False, **options) as sandbox:
        ask = asker(sandbox)
        sandbox.world.add_orders(200)  # all at one moment: more than a page of the same lastChangeDate
        pages = statistics(ask, "2020-01-01")
        srids = [row["srid"] for page in pages for row in page]
        fbs = {row["rid"] for row in walk(ask)}
        assert set(srids) == fbs
        assert len(fbs) == 1200
        assert len(pages) > 3
        assert (len(srids) > 1200) is repeat


def test_statistics_tell_moscow_time_and_changes(sandbox: Sandbox, ask: Ask) -> None:
    rows = {row["srid"]: row for row in ask(STATISTICS, params={"dateFrom": "2020-01-01"}).json()}
    order = walk(ask)[-1]
    row = rows[order["rid"]]
    moscow = datetime.fromisoformat(order["createdAt"]).replace(tzinfo=None) + timedelta(hours=3)
    assert row["date"] == moscow.isoformat()
    assert (row["isCancel"], row["cancelDate"]) == (False, "0001-01-01T00:00:00")
    last = max(row["lastChangeDate"] for row in rows.values())
    sandbox.world.clock = lambda: time.time() + 3600
    try:
        sandbox.world.set_status(order["id"], "cancel", "canceled")
        changed = ask(STATISTICS, params={"dateFrom": last}).json()
    finally:
        sandbox.world.clock = time.time
    assert [row["srid"] for row in changed] == [order["rid"]]
    assert changed[0]["isCancel"] is True
    assert changed[0]["cancelDate"].startswith(changed[0]["lastChangeDate"][:10])


def test_statistics_of_one_day(ask: Ask) -> None:
    day = (ANCHOR - timedelta(days=10)).date().isoformat()
    rows = ask(STATISTICS, params={"dateFrom": f"{day}T15:00:00", "flag": 1}).json()
    assert rows
    assert {row["date"][:10] for row in rows} == {day}


@pytest.mark.parametrize(
    "params", [{}, {"dateFrom": ""}, {"dateFrom": "01.11.2026"}, {"dateFrom": "2026-11-01", "flag": "2"}]
)
def test_what_the_statistics_refuse(ask: Ask, params: dict[str, Any]) -> None:
    answer = ask(STATISTICS, params=params)
    assert answer.status_code == 400
    assert list(answer.json()) == ["errors"]


@pytest.mark.parametrize("params", [{}, {"from": "yesterday"}, {"fromID": "x"}])
def test_what_the_news_refuse(ask: Ask, params: dict[str, Any]) -> None:
    assert ask("common-api/api/communications/v2/news", params=params).status_code == 400
