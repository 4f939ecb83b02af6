"""Each code of the contract is reached by a real answer: sandbox, HTTP, client, diagnosis."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from wbcore.api import token as tokens
from wbcore.api.catalog import METHOD_BY_ID, Method
from wbcore.api.client import Unlimited, WBClient
from wbcore.api.errors import WBError
from wbcore.guidance import diagnosis
from wbcore.guidance.codes import CODES
from wbcore.guidance.diagnosis import Diagnosis, Evidence
from wbcore.sandbox.server import Sandbox
from wbcore.sandbox.tokens import mint

CANCEL = Method(
    "orders.cancel",
    "PATCH",
    "marketplace-api",
    "/api/v3/orders/1/cancel",
    "marketplace",
    "fbs_orders",
    writes=True,  # type: ignore[arg-type]
)


def ask(sandbox: Sandbox, token: str, method: Method | str = "orders.new", gateway: str = "") -> Diagnosis:
    """The diagnosis of one real request. The token is sent even where preflight would not."""
    method = METHOD_BY_ID[method] if isinstance(method, str) else method
    try:
        facts = tokens.read(token)
    except tokens.TokenUnreadable as error:
        return diagnosis.from_unreadable(error)
    evidence = Evidence(key_name="Магазин", facts=facts, environment="production")
    with (
        WBClient(
            token,
            facts,
            environment="production",
            gateway=gateway or sandbox.gateway,
            quota=Unlimited(),
            attempts=1,
        ) as client,
        pytest.raises(WBError) as caught,
    ):
        client.call(method)
    return diagnosis.from_error(caught.value, evidence)


def canned(status: int, body: bytes, **headers: str) -> Callable[[Sandbox], Diagnosis]:
    def way(sandbox: Sandbox) -> Diagnosis:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        sandbox.world.answer_next("orders.new", status, body, named)
        return ask(sandbox, sandbox.tokens["full"])

    return way


def with_token(name: str, method: Method | str = "orders.new") -> Callable[[Sandbox], Diagnosis]:
    return lambda sandbox: ask(sandbox, sandbox.tokens[name], method)


def switched(switch: str, value: str) -> Callable[[Sandbox], Diagnosis]:
    def way(sandbox: Sandbox) -> Diagnosis:
        getattr(sandbox.world.switches, switch).add(value)
        return ask(sandbox, sandbox.tokens["full"])

    return way


def unpaid(sandbox: Sandbox) -> Diagnosis:
    sid = tokens.read(sandbox.tokens["full"]).seller_sid
    return switched("unpaid", sid)(sandbox)


def closed(sandbox: Sandbox) -> Diagnosis:
    sandbox.world.switches.closed["orders.new"] = {"basic"}
    return ask(sandbox, sandbox.tokens["basic"])


def malformed(sandbox: Sandbox) -> Diagnosis:
    head, payload, signature = sandbox.tokens["full"].split(".")
    changed = ("B" if signature[0] != "B" else "C") + signature[1:]
    return ask(sandbox, ".".join((head, payload, changed)))


def nobody_there(sandbox: Sandbox) -> Diagnosis:
    return ask(sandbox, sandbox.tokens["full"], gateway="http://127.0.0.1:9")


def expiring(_sandbox: Sandbox) -> Diagnosis:
    token = mint(bits=[4], acc=3, expires=datetime.now(UTC) + timedelta(days=6))
    (found,) = diagnosis.token_diagnoses(Evidence(facts=tokens.read(token)))
    return found


def other_seller(sandbox: Sandbox) -> Diagnosis:
    facts = tokens.read(sandbox.tokens["full"])
    return diagnosis.seller_mismatch(Evidence(key_name="Магазин", facts=facts), "A", "B")


@dataclass(frozen=True)
class Way:
    code: str
    walk: Callable[[Sandbox], Diagnosis]
    cause: str | None = None


WAYS = [
    Way("scope_missing", with_token("statistics_only"), "category_missing"),
    Way("wrong_environment", with_token("test"), "test_on_production"),
    Way("token_expired", with_token("expired"), "expired_since"),
    Way("token_expiring", expiring),
    Way("token_malformed", malformed, "said_by_wb"),
    Way("token_withdrawn", with_token("withdrawn")),
    Way("token_read_only", with_token("read_only", CANCEL)),
    Way("token_type_not_allowed", closed, "closed"),
    Way("seller_mismatch", other_seller),
    Way("access_denied", switched("denied", "orders.new")),
    Way("payment_required", unpaid),
    Way("rate_limited", canned(429, b'{"title": "too many requests"}', X_Ratelimit_Retry="7"), "burst"),
    Way("endpoint_retired", switched("retired", "orders.new")),
    Way("method_disabled", switched("disabled", "orders.new")),
    Way("bad_request", canned(400, b'{"code": "IncorrectParameter", "message": "x", "data": null}')),
    Way("wb_unavailable", canned(503, b"")),
    Way("network_unreachable", nobody_there, "refused"),
    Way("unexpected_response", canned(200, b"<!DOCTYPE html><html>Wi-Fi</html>"), "html"),
    Way("unexpected_response", canned(302, b"", Location="https://example.org/"), "redirect"),
    Way("unknown", canned(418, b'{"detail": "teapot"}'), "answer"),
]


@pytest.mark.parametrize("way", WAYS, ids=lambda way: f"{way.code}-{way.cause}")
def test_the_way_leads_to_its_code(way: Way) -> None:
    with Sandbox(orders=3, limits=False) as sandbox:
        found = way.walk(sandbox)
    assert found.code == way.code
    if way.cause is not None:
        assert found.cause == way.cause
    assert found.title("ru") != found.title("en")


def test_no_code_of_the_contract_is_out_of_reach() -> None:
    assert {way.code for way in WAYS} == set(CODES)
