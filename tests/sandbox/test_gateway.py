"""Who may ask what, how often: each refusal with WB's own words."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
import requests

from tests.sandbox.conftest import Ask, asker
from wbcore.api.catalog import CATEGORIES, HOSTS, SANDBOX_HOSTS
from wbcore.api.errors import error_from_response
from wbcore.sandbox.server import Sandbox
from wbcore.sandbox.tokens import ALL_BITS, BASIC, SELLER_SID, SERVICE, TEST, TOY_KEY, mint, read

NEW = "marketplace-api/api/v3/orders/new"
STATISTICS = "statistics-api/api/v1/supplier/orders?dateFrom=2026-01-01"
SCOPE = "token scope not allowed"
SOON = datetime.now(UTC) + timedelta(days=1)


def assert_problem(answer: requests.Response, status: int, title: str, detail: str) -> dict[str, Any]:
    """The body of section 4 of WB's facts, with all its fields and their kinds."""
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert list(body) == [
        "title",
        "detail",
        "code",
        "requestId",
        "origin",
        "status",
        "statusText",
        "timestamp",
    ]
    assert (body["title"], body["status"]) == (title, status)
    assert detail in body["detail"]
    assert [len(part) for part in body["code"].split(" ")] == [12, 17, 12]
    assert len(bytes.fromhex(body["requestId"])) == 16
    sent = datetime.fromisoformat(body["timestamp"])
    assert abs((datetime.now(UTC) - sent).total_seconds()) < 60
    return body


def foreign() -> str:
    """A token that is whole, but signed by somebody else."""
    from cryptography.hazmat.primitives.asymmetric import ec

    return jwt.encode(
        {"id": "1", "s": 2, "sid": "x", "exp": 1}, ec.generate_private_key(ec.SECP256R1()), "ES256"
    )


def test_the_body_of_the_seed(ask: Ask) -> None:
    body = assert_problem(ask(NEW, "statistics_only"), 401, "unauthorized", SCOPE)
    assert body["detail"] == SCOPE
    assert body["statusText"] == "Unauthorized"
    assert body["origin"] == "s2s-api-auth-marketplace"
    again = ask(NEW, "statistics_only").json()
    assert again["requestId"] != body["requestId"]


@pytest.mark.parametrize(
    "token",
    [
        "abc",
        "Bearer abc",
        "sk-proj-not-a-wb-token",
        "a.b.c",
        "é.b.ç",
        "cut",
        "changed",
        "foreign",
        "incomplete",
    ],
)
def test_what_is_no_token(sandbox: Sandbox, ask: Ask, token: str | None) -> None:
    full = sandbox.tokens["full"]
    texts = {
        "cut": full[: len(full) // 2],
        "changed": full[:60] + ("A" if full[60] != "A" else "B") + full[61:],
        "foreign": foreign(),
        "incomplete": jwt.encode({"id": "1"}, TOY_KEY, "ES256"),
    }
    answer = ask(NEW, texts.get(token, token) if token else token)
    assert_problem(answer, 401, "unauthorized", "token problem; token is malformed: ")


@pytest.mark.parametrize(
    ("header", "detail", "cause"),
    [
        (None, "empty Authorization header", "header_lost"),
        ("", "empty Authorization header", "header_lost"),
        ("Bearer", "invalid API access token: empty main token", "arrived_empty"),
        ("Bearer ", "invalid API access token: empty main token", "arrived_empty"),
    ],
)
def test_a_token_that_was_lost_on_its_way(ask: Ask, header: str | None, detail: str, cause: str) -> None:
    """A proxy that strips the header is no token that was cut: what to do about it is something else."""
    answer = ask(NEW, header)
    assert_problem(answer, 401, "unauthorized", detail)
    error = error_from_response("orders.new", answer.status_code, answer.headers, answer.content)
    assert (error.code, error.cause) == ("token_malformed", cause)


def test_bare_or_after_bearer(sandbox: Sandbox, ask: Ask) -> None:
    assert ask(NEW).status_code == 200
    assert ask(NEW, f"Bearer {sandbox.tokens['full']}").status_code == 200


@pytest.mark.parametrize(
    ("place", "token", "detail"),
    [
        (NEW, "expired", "token expired; Manage tokens at https://seller.wildberries.ru/supplier-settings/"),
        (NEW, "withdrawn", "withdrawn"),
        (NEW, "test", SCOPE),
        (STATISTICS, "test", SCOPE),
        ("common-api/api/v1/seller-info", "test", SCOPE),
        ("common-api/ping", "test", SCOPE),
        ("marketplace-api-sandbox/api/v3/orders/new", "full", SCOPE),
        (NEW, "statistics_only", SCOPE),
        ("marketplace-api/ping", "statistics_only", SCOPE),
        ("content-api/ping", "statistics_only", SCOPE),
    ],
)
def test_contract_tokens_are_refused(ask: Ask, place: str, token: str, detail: str) -> None:
    assert_problem(ask(place, token), 401, "unauthorized", detail)


def test_statistics_needs_its_category_although_the_seed_says_any(ask: Ask) -> None:
    marketplace_only = mint(bits=[4], expires=SOON)
    assert_problem(ask(STATISTICS, marketplace_only), 401, "unauthorized", SCOPE)
    assert ask(STATISTICS, "statistics_only").status_code == 200


def test_common_takes_any_category_but_not_none(ask: Ask) -> None:
    assert ask("common-api/api/v1/seller-info", "statistics_only").status_code == 200
    assert ask("common-api/ping", mint(bits=[16], expires=SOON)).status_code == 200
    assert_problem(
        ask("common-api/api/v1/seller-info", mint(bits=[30], expires=SOON)), 401, "unauthorized", SCOPE
    )


@pytest.mark.parametrize("category", CATEGORIES, ids=lambda c: c.id)
def test_each_category_opens_its_host_only(ask: Ask, category: Any) -> None:
    token = mint(bits=[category.bit], expires=SOON)
    opened = {host for host in HOSTS if ask(f"{host}/ping", token).status_code == 200}
    assert opened == {category.host, "common-api"}


@pytest.mark.parametrize("host", SANDBOX_HOSTS.values())
def test_sandbox_hosts_take_test_tokens(ask: Ask, host: str) -> None:
    assert ask(f"{host}/ping", "test").status_code == 200
    assert_problem(ask(f"{host}/ping", "full"), 401, "unauthorized", SCOPE)


def test_common_has_no_sandbox_host(ask: Ask) -> None:
    assert_problem(ask("common-api-sandbox/ping", "test"), 404, "path not found", "Please consult")


def test_expired_comes_before_withdrawn_and_both_before_the_category(sandbox: Sandbox, ask: Ask) -> None:
    past = datetime.now(UTC) - timedelta(seconds=1)
    token = mint(bits=[5], test=True, acc=TEST, expires=past)
    sandbox.world.withdraw(read(token).id)
    assert "expired" in ask(NEW, token).json()["detail"]
    token = mint(bits=[5], expires=SOON)
    sandbox.world.withdraw(read(token).id)
    assert "withdrawn" in ask(NEW, token).json()["detail"]


def test_a_read_only_token_reads_and_never_writes(sandbox: Sandbox, ask: Ask) -> None:
    order = ask(NEW, "read_only").json()["orders"][0]["id"]
    statuses = ask("marketplace-api/api/v3/orders/status", "read_only", "POST", json={"orders": [order]})
    assert statuses.json()["orders"][0]["supplierStatus"] == "new"
    place = f"marketplace-api/api/v3/orders/{order}/cancel"
    assert_problem(ask(place, "read_only", "PATCH"), 401, "unauthorized", "read-only")
    assert ask(place, "full", "PATCH").status_code == 204
    assert ask(place, "full", "PATCH").json()["code"] == "StatusMismatch"
    assert ask("marketplace-api/api/v3/orders/1/cancel", "full", "PATCH").json()["code"] == "NotFound"
    assert order not in {row["id"] for row in ask(NEW).json()["orders"]}


def test_a_method_closed_to_a_token_type(sandbox: Sandbox, ask: Ask) -> None:
    assert ask(NEW, "basic").status_code == 200
    sandbox.world.switches.closed["orders.new"] = {"basic", "service"}
    assert_problem(ask(NEW, "basic"), 401, "unauthorized", "base token")
    assert_problem(ask(NEW, mint(acc=SERVICE, expires=SOON)), 401, "unauthorized", "service token")
    assert ask(NEW).status_code == 200


def test_tokens_of_before_october_2025_and_unknown_bits_work(ask: Ask) -> None:
    assert ask(NEW, mint(acc=None, expires=SOON)).status_code == 200
    assert ask(NEW, mint(bits=[4, 14, 21], extra={"zz": 1}, expires=SOON)).status_code == 200


@pytest.mark.parametrize(
    ("place", "verb"),
    [
        ("statistics-api/api/v1/supplier/incomes?dateFrom=2026-01-01", "GET"),
        ("statistics-api/api/v1/supplier/stocks?dateFrom=2026-01-01", "GET"),
        (NEW, "POST"),
        ("marketplace-api/api/v3/orders/status", "GET"),
        ("marketplace-api/api/v3/orders/new/", "GET"),
        ("marketplace-api", "GET"),
        ("nowhere-api/ping", "GET"),
        ("statistics-api/api/v3/orders/new", "GET"),
    ],
)
def test_path_not_found(ask: Ask, place: str, verb: str) -> None:
    answer = ask(place, "full", verb)
    assert_problem(
        answer,
        404,
        "path not found",
        "Please consult the https://dev.wildberries.ru/openapi/api-information",
    )


def test_what_wb_has_closed(sandbox: Sandbox, ask: Ask) -> None:
    switches = sandbox.world.switches
    switches.retired.add("orders.new")
    assert_problem(ask(NEW), 404, "path not found", "Please consult")
    switches.retired.clear()
    switches.disabled.add("orders.new")
    assert_problem(ask(NEW), 404, "not found", "temporarily disabled")
    switches.denied.add("orders.new")
    denied = ask(NEW)
    assert (denied.status_code, denied.json()["code"]) == (403, "AccessDenied")
    assert set(denied.json()) == {"code", "message", "data"}
    switches.unpaid.add(sandbox.world.shop().sid)
    assert_problem(ask(NEW), 402, "payment required", "")


def test_a_body_that_is_too_large(ask: Ask) -> None:
    answer = ask("marketplace-api/api/v3/orders/status", "full", "POST", data=b"1" * 1_000_001)
    assert answer.status_code == 413
    assert answer.json()["code"]
    assert "X-Ratelimit-Remaining" in answer.headers, "as each answer"
    stranger = ask("marketplace-api/api/v3/orders/status", None, "POST", data=b"1" * 1_000_001)
    assert stranger.status_code == 401, "the gateway's own questions come first"


# Quotas


def running(**options: Any) -> Sandbox:
    return Sandbox(orders=50, **options)


def drain(ask: Ask, place: str, token: str = "full", most: int = 200, **options: Any) -> int:
    """How many requests go before the first 429."""
    for n in range(most):
        if ask(place, token, **options).status_code == 429:
            return n
    raise AssertionError("never limited")


class Clock:
    """A clock that stands still until a test moves it."""

    def __init__(self) -> None:
        self.now = time.time()

    def __call__(self) -> float:
        return self.now


def test_burst_headers_and_the_block() -> None:
    clock = Clock()
    with running(clock=clock) as sandbox:
        ask = asker(sandbox)
        left = [int(ask(NEW).headers["X-Ratelimit-Remaining"]) for _ in range(20)]
        assert left == list(range(19, -1, -1))
        clock.now += 0.15
        blocked = ask(NEW)
        assert_problem(blocked, 429, "too many requests", "limited by ")
        assert blocked.headers["X-Ratelimit-Remaining"] == "0"
        assert blocked.headers["X-Ratelimit-Retry"] == "1"
        assert blocked.headers["X-Ratelimit-Limit"] == "20"
        assert int(blocked.headers["X-Ratelimit-Reset"]) in (4, 5)
        assert "Retry-After" not in blocked.headers
        clock.now += int(blocked.headers["X-Ratelimit-Retry"])
        assert ask(NEW).status_code == 200


def test_sending_before_the_time_prolongs_the_block() -> None:
    clock = Clock()
    with running(clock=clock) as sandbox:
        ask = asker(sandbox)
        assert drain(ask, STATISTICS) == 10
        waits = [int(ask(STATISTICS).headers["X-Ratelimit-Retry"]) for _ in range(3)]
        assert waits == [180, 240, 300]
        clock.now += 299
        assert ask(STATISTICS).status_code == 429
        clock.now += 61
        assert ask(STATISTICS).status_code == 200


def test_one_quota_for_all_fbs_methods_and_all_tokens_of_a_seller() -> None:
    with running(clock=Clock()) as sandbox:
        ask = asker(sandbox)
        other = mint(bits=[4], expires=SOON)
        for n in range(10):
            assert ask(NEW, other if n % 2 else "full").status_code == 200
            assert ask("marketplace-api/api/v3/orders?limit=1&next=0").status_code == 200
        assert ask("marketplace-api/api/v3/orders/status", verb="POST", json={}).status_code == 429
        assert ask(NEW, mint(sid="11111111-0000-4000-8000-000000000000", expires=SOON)).status_code == 200
        assert ask("marketplace-api/api/v3/dbs/orders/new").status_code == 200
        assert ask(STATISTICS).status_code == 200


@pytest.mark.parametrize(
    ("place", "token", "verb"),
    [
        (NEW, "statistics_only", "GET"),
        ("marketplace-api/api/v3/orders?limit=0&next=0", "full", "GET"),
        ("marketplace-api/api/v3/orders/status", "full", "POST"),
    ],
)
def test_a_refusal_of_an_fbs_method_costs_ten(place: str, token: str, verb: str) -> None:
    with running(clock=Clock()) as sandbox:
        ask = asker(sandbox)
        answer = ask(place, token, verb)
        assert answer.status_code in (400, 401)
        assert answer.headers["X-Ratelimit-Remaining"] == "10"
        assert ask(NEW).headers["X-Ratelimit-Remaining"] == "9"


def test_a_refusal_elsewhere_costs_one() -> None:
    with running(clock=Clock()) as sandbox:
        ask = asker(sandbox)
        answer = ask("statistics-api/api/v1/supplier/orders?dateFrom=never")
        assert (answer.status_code, answer.headers["X-Ratelimit-Remaining"]) == (400, "9")


def test_basic_tokens_have_little() -> None:
    clock = Clock()
    with running(clock=clock) as sandbox:
        ask = asker(sandbox)
        assert ask(STATISTICS, "basic").status_code == 200
        clock.now += 10_000
        blocked = ask(STATISTICS, "basic")
        assert (blocked.status_code, blocked.headers["X-Ratelimit-Limit"]) == (429, "1")
        assert int(blocked.headers["X-Ratelimit-Retry"]) > 800
        assert drain(ask, "common-api/api/v1/seller-info", "basic") == 1
        assert drain(ask, "common-api/api/communications/v2/news?fromID=1", "basic") == 1
        assert drain(ask, NEW, "basic") == 20
        assert ask(STATISTICS).status_code == 200


def test_three_pings_in_thirty_seconds_for_each_host() -> None:
    clock = Clock()
    with running(clock=clock) as sandbox:
        ask = asker(sandbox)
        assert drain(ask, "marketplace-api/ping") == 3
        assert drain(ask, "content-api/ping") == 3
        assert ask(NEW).headers["X-Ratelimit-Remaining"] == "19"


def test_one_request_a_second_at_a_sandbox_host() -> None:
    clock = Clock()
    with running(clock=clock) as sandbox:
        ask = asker(sandbox)
        host = "marketplace-api-sandbox"
        assert ask(f"{host}/api/v3/orders/new", "test").status_code == 200
        assert ask(f"{host}/api/v3/orders?limit=1&next=0", "test").status_code == 429
        clock.now += 2.1
        assert ask(f"{host}/api/v3/orders?limit=1&next=0", "test").status_code == 200


def test_every_answer_says_what_is_left(ask: Ask) -> None:
    for place, token in ((NEW, "full"), (NEW, None), (NEW, "expired"), ("marketplace-api/none", "full")):
        assert int(ask(place, token).headers["X-Ratelimit-Remaining"]) >= 0


def test_at_the_documented_rate_nothing_is_refused() -> None:
    clock = Clock()
    with running(clock=clock) as sandbox:
        ask = asker(sandbox)
        for _ in range(60):
            assert ask(NEW).status_code == 200
            clock.now += 0.2


def test_tokens_look_like_those_of_wb(sandbox: Sandbox) -> None:
    for name, token in sandbox.tokens.items():
        assert jwt.get_unverified_header(token)["alg"] == "ES256"
        claims = jwt.decode(token, TOY_KEY.public_key(), algorithms=["ES256"], options={"verify_exp": False})
        expected = {"id", "s", "sid", "oid", "uid", "iid", "ent", "exp", "t", "acc"}
        kinds = {"basic": BASIC, "test": TEST}
        assert set(claims) - {"for"} == expected
        assert claims["acc"] == kinds.get(name, 3)
        assert claims.get("for") == (None if name in kinds else "self")
        assert claims["t"] is (name == "test")
    masks = {name: read(token).mask for name, token in sandbox.tokens.items()}
    everything = sum(1 << bit for bit in ALL_BITS)
    assert masks["full"] == everything
    assert masks["statistics_only"] == 1 << 5
    assert masks["read_only"] == everything + (1 << 30)
    sellers = {name: read(token).sid for name, token in sandbox.tokens.items()}
    other = sellers.pop("other_seller")
    assert set(sellers.values()) == {SELLER_SID}
    assert other != SELLER_SID
