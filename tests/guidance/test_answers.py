"""Real answers of WB, each with where it is from -> the diagnosis that an operator reads.

Each goes over real HTTP. What a gateway says comes from each family of gateways, as 401 and as 403: WB moves
its hosts from one to the other, and only the words stay.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest

from tests.api.server import Reply, Server
from wbcore.api.catalog import METHOD_BY_ID, Environment
from wbcore.api.client import Unlimited, WBClient
from wbcore.api.errors import WBError
from wbcore.api.token import read
from wbcore.guidance import diagnosis, texts
from wbcore.guidance.diagnosis import Diagnosis, Evidence
from wbcore.sandbox.tokens import mint

SECTION_4 = "section 4 of the project's facts about WB's API (WB's documentation of errors, retold)"
SEED = "the user's own document; also github.com/ImMrNile/AUTO: auth-formats-results.json, 6 November 2025"
SDK = "WB's OpenAPI files: github.com/eslazarev/wildberries-sdk: specs/*.yaml (PyPI: wildberries-sdk 0.1.177)"
HELP = "dev.wildberries.ru, knowledge base: authorization errors and their solution"
API_INFORMATION = "dev.wildberries.ru/openapi/api-information; the same in WB's OpenAPI files"
# Public reports: a repository and the file in it that quotes the answer word for word.
PAPYRUS = "github.com/papyrussolution/OpenPapyrus: Src/PPLib/marketplace.cpp, answer of 9 March 2025"
DATAPULSE = "github.com/leslychao/datapulse: docs/provider-api-specs/write-contracts.md, 31 March 2026"
ZOITEN = "github.com/safyodorov/zoiten-pro: .planning/phases/14-stock/14-03-SUMMARY.md, 22 April 2026"
WB_CLI = "github.com/teocci/py-wb-cli: docs/phases/F-10-seller-global-limiter.md, 24 April 2026"
AUTO = "github.com/ImMrNile/AUTO: WB_API_FIXES_SUMMARY.md, 2025"
OPENAPI_COPY = (
    "WB's OpenAPI file of 10 September 2026: github.com/makstoychubek-arch/Nurconsulting.com: "
    "docs/wb-openapi-promotion.md, Response403TokenCategory"
)
APISTEND = (
    "github.com/darkClaw921/apistend: apps/web/src/content/docs/mok-api/avtorizaciya.md, 9 September 2026"
)
PROXIMA = (
    "github.com/mihailzhamba-bot/proxima-ai: its notes API-FACTS of 30 August 2026, answers word for word"
)
NOT_NOTED = "quoted by a seller's program in a public repository whose address was not noted, "

GATEWAYS = ("s2s-api-auth-marketplace", "s2sauth-ca", "ag-marketplace")
MALFORMED = (
    "token problem; token is malformed: could not base64 decode signature: illegal base64 data at input"
)
EXPIRED = "token expired; Manage tokens at https://seller.wildberries.ru/supplier-settings/access-to-api"
NOTICE = "https://dev.wildberries.ru/release-notes?id=494"
DEPRECATED = f"This method is deprecated. Link: {NOTICE}"
CONSULT = "Please consult the https://dev.wildberries.ru/openapi/api-information"
WEEK_AGO = datetime.now(UTC) - timedelta(days=7)

FULL = mint(bits=[4, 5])
STATISTICS = mint(bits=[5])
BASIC = mint(bits=[4, 5], acc=1)
TEST = mint(bits=[4, 5], acc=2, test=True)
ENDED = mint(bits=[4, 5], expires=datetime.now(UTC) - timedelta(days=1))
NO_TYPE = mint(bits=[4, 5], acc=None)


@dataclass(frozen=True)
class Case:
    """One answer.

    Attributes:
        source: where it was seen or is documented.
        gateway: WB's gateways say it, any of them, with 401 or 403; else it comes as it stands here.
        worked: the token has worked before.
    """

    source: str
    status: int
    body: Any
    code: str
    cause: str = ""
    token: str = FULL
    method: str = "orders.new"
    headers: dict[str, str] = field(default_factory=dict)
    environment: Environment = "production"
    gateway: bool = False
    worked: bool = False


def said(detail: str, code: str, cause: str = "", source: str = SECTION_4, **more: Any) -> Case:
    """Words of the gateway about the token."""
    return Case(source, 401, {"title": "unauthorized", "detail": detail}, code, cause, gateway=True, **more)


def answer(status: int, body: Any, code: str, cause: str = "", source: str = SECTION_4, **more: Any) -> Case:
    return Case(source, status, body, code, cause, **more)


SCOPE, NEW_SCOPE = "token scope not allowed", "scope is not allowed for this resource"
LEFT_OUT = "token does not satisfy additional requirements"
NO_SECRET = "base token without secret is not allowed"
CASES = [
    # The category
    said(SCOPE, "scope_missing", "category_missing", SEED, token=STATISTICS),
    said(SCOPE, "scope_missing", "bits_say_yes", SEED),
    said(SCOPE, "scope_missing", "used_to_work", worked=True),
    said(SCOPE, "wrong_environment", "test_on_production", token=TEST),
    said(SCOPE, "wrong_environment", "production_on_test", environment="test"),
    said(NEW_SCOPE, "scope_missing", "category_missing", token=STATISTICS),
    said(NEW_SCOPE, "scope_missing", "bits_say_yes", OPENAPI_COPY),
    # Its end
    said(EXPIRED, "token_expired", "expired_since", token=ENDED),
    said(EXPIRED, "token_expired", "before_its_end"),
    said(EXPIRED, "token_expired", "before_its_end", PAPYRUS, token=NO_TYPE),
    said("token expired", "token_expired", "before_its_end", HELP),
    said("access token expired", "token_expired", "before_its_end"),
    # Cut, changed, lost on its way
    said(f"{MALFORMED} byte 84", "token_malformed", "said_by_wb", SDK),
    said(
        "token problem; token is malformed: token contains an invalid number of segments",
        "token_malformed",
        "said_by_wb",
    ),
    said("invalid API access token: empty main token", "token_malformed", "arrived_empty"),
    said(
        "invalid API access token: empty main token",
        "token_malformed",
        "arrived_empty",
        APISTEND,
    ),
    said("empty Authorization header", "token_malformed", "header_lost"),
    said("Authorization header is missing", "token_malformed", "header_lost", "the same in other words"),
    # Deleted, read only
    said("token withdrawn", "token_withdrawn"),
    said("access token has been withdrawn", "token_withdrawn", "used_to_work", worked=True),
    said("read-only token scope not allowed for this route", "token_read_only", source=DATAPULSE),
    # The type
    said("base token is not allowed", "token_type_not_allowed", "closed", token=BASIC),
    said("base token is not allowed", "token_type_not_allowed", "closed", ZOITEN, token=NO_TYPE),
    said(NO_SECRET, "token_type_not_allowed", "closed", token=BASIC),
    said(
        f"{NO_SECRET} for this path", "token_type_not_allowed", "closed", NOT_NOTED + "July 2026", token=BASIC
    ),
    said(LEFT_OUT, "token_type_not_allowed", "closed", NOT_NOTED + "September 2026", token=BASIC),
    said(LEFT_OUT, "token_type_not_allowed", "personal"),
    said(LEFT_OUT, "wrong_environment", "test_on_production", token=TEST),
    said("token type is not allowed", "token_type_not_allowed", "closed", token=BASIC),
    # No words that are known
    answer(401, {"title": "unauthorized", "detail": "try later"}, "unknown", "refused"),
    answer(401, b"", "unknown", "refused"),
    # Bare words in place of JSON
    answer(401, SCOPE.encode(), "scope_missing", "category_missing", token=STATISTICS),
    answer(403, b" token withdrawn\r\n", "token_withdrawn"),
    answer(401, {"detail": "no"}, "unknown", "used_to_work", worked=True),
    answer(403, {"title": "forbidden", "detail": "Authorization error"}, "access_denied", source=SDK),
    answer(
        403, {"detail": "Available only in a Jam subscription"}, "access_denied", source=NOT_NOTED + "2026"
    ),
    answer(403, {"code": "AccessDenied", "message": "Доступ запрещён"}, "access_denied"),
    answer(403, {"code": "AccessDenied", "message": "нет"}, "access_denied", "used_to_work", worked=True),
    answer(
        402, {"title": "payment required", "detail": "top up"}, "payment_required", "personal", source=SDK
    ),
    answer(
        402, {"title": "payment required", "detail": "top up"}, "payment_required", token=BASIC, source=SDK
    ),
    # The method
    answer(404, {"title": "path not found", "detail": CONSULT}, "endpoint_retired", source=AUTO),
    answer(
        404,
        {"title": "path not found", "detail": CONSULT, "origin": "ag-statistics"},
        "endpoint_retired",
        source=PROXIMA,
        method="statistics.orders",
    ),
    answer(404, {"title": "Not Found", "detail": DEPRECATED}, "endpoint_retired", "deprecated"),
    answer(
        404,
        {"status": 404, "title": "Not Found", "detail": DEPRECATED, "origin": "ag-statistics"},
        "endpoint_retired",
        "deprecated",
        PROXIMA,
        method="statistics.orders",
    ),
    answer(
        404,
        {"detail": "not found", "origin": "api-statistics", "title": "Not Found"},
        "endpoint_retired",
        source=SDK,
        method="statistics.orders",
    ),
    answer(
        404,
        {"title": "path not found", "detail": CONSULT},
        "wrong_environment",
        "no_test_environment",
        token=TEST,
        environment="test",
    ),
    answer(404, DEPRECATED.encode(), "endpoint_retired", "deprecated"),
    answer(404, {"detail": "the method is temporarily disabled"}, "method_disabled"),
    answer(404, {"code": "NotFound", "message": "Order does not exist"}, "unknown", "answer"),
    # The request
    answer(400, {"code": "IncorrectParameter", "message": "limit", "data": None}, "bad_request"),
    answer(400, {"errors": ["dateFrom: bad"]}, "bad_request", method="statistics.orders"),
    answer(409, {"code": "StatusMismatch", "message": "no"}, "bad_request", source=SDK),
    answer(413, b"", "bad_request"),
    answer(422, {"code": "PriceNotCalculated", "message": "no"}, "bad_request", source=SDK),
    # The limits
    answer(
        429,
        {"title": "too many requests", "detail": "limited by c122a060-a7fb-4bb4-abb0-32fd4e18d489"},
        "rate_limited",
        "burst",
        API_INFORMATION,
        headers={"X-Ratelimit-Retry": "2", "X-Ratelimit-Limit": "10", "X-Ratelimit-Reset": "7"},
    ),
    answer(
        429,
        {"detail": "rate limit exceeded, retry after 5h"},
        "rate_limited",
        "burst",
        headers={"x-ratelimit-retry": "18000"},
    ),
    answer(
        429,
        {"detail": "Limited by global limiter, per seller 493a"},
        "rate_limited",
        "untold",
        WB_CLI,
    ),
    answer(
        429, {"detail": "limited"}, "rate_limited", "basic_quota", token=BASIC, method="statistics.orders"
    ),
    # Of orders every type of token has the same quota: a Personal one would be limited, too.
    answer(429, {"detail": "limited"}, "rate_limited", "untold", token=BASIC),
    answer(
        429, {"detail": "limited"}, "rate_limited", "burst", token=BASIC, headers={"X-Ratelimit-Retry": "2"}
    ),
    # WB itself, and what stands between
    answer(500, b"", "wb_unavailable"),
    answer(502, b"<html><h1>502 Bad Gateway</h1></html>", "wb_unavailable"),
    answer(503, {"title": "service unavailable"}, "wb_unavailable"),
    answer(200, b"<!DOCTYPE html><html>Wi-Fi</html>", "unexpected_response", "html"),
    answer(200, b'{"orders": [{"id": 1}, {"i', "unexpected_response", "truncated"),
    answer(200, b"OK", "unexpected_response", "not_json"),
    answer(302, b"", "unexpected_response", "redirect", headers={"Location": "https://example.org/login"}),
    answer(418, {"detail": "teapot"}, "unknown", "answer", "made up: no rule knows it"),
]
SENT = [
    (case, status, origin)
    for case in CASES
    for status, origin in (
        [(status, origin) for status in (401, 403) for origin in GATEWAYS]
        if case.gateway
        else [(case.status, "")]
    )
]


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server() as running:
        yield running


def ask(server: Server, case: Case, status: int, origin: str) -> Diagnosis:
    """One real request, sent although a preflight might not; its diagnosis."""
    body = case.body
    if origin:
        body = {**body, "origin": origin, "status": status, "requestId": "243ee504c388f7a20d9d79a0bb5347f9"}
    raw = body if isinstance(body, bytes) else orjson.dumps(body)
    server.replies(Reply(status, raw, dict(case.headers)))
    facts = read(case.token)
    evidence = Evidence(
        key_name="Магазин",
        facts=facts,
        environment=case.environment,
        worked_until=WEEK_AGO if case.worked else None,
    )
    options: dict[str, Any] = {"gateway": server.gateway, "quota": Unlimited(), "attempts": 1}
    with WBClient(case.token, facts, environment=case.environment, **options) as client:
        method = METHOD_BY_ID["orders.new" if case.environment == "test" else case.method]
        with pytest.raises(WBError) as caught:
            client.orders_new() if method.id == "orders.new" else client.call(method)
    return diagnosis.from_error(caught.value, evidence)


DOCUMENTS = (SECTION_4, HELP, API_INFORMATION)
PLACE = re.compile(r"github\.com/[\w.-]+/[\w.-]+: \S+")
UNPLACED = 5
"""Answers whose report can't be looked up: they are kept, and no more of them are added."""


def test_there_are_forty_answers_and_each_says_where_it_is_from() -> None:
    """A document of WB's that section 4 tells again, or a public report by its repository and file."""
    placed = [case for case in CASES if case.source in DOCUMENTS or PLACE.search(case.source)]
    assert len(placed) >= 40
    assert len(CASES) - len(placed) <= UNPLACED


@pytest.mark.parametrize(("case", "status", "origin"), SENT, ids=lambda v: getattr(v, "code", str(v)))
def test_an_answer_leads_to_its_diagnosis(server: Server, case: Case, status: int, origin: str) -> None:
    found = ask(server, case, status, origin)
    assert (found.code, found.cause) == (case.code, case.cause)
    assert found.details["http_status"] == status
    assert found.details["origin"] == (origin or found.details["origin"])
    for lang in ("ru", "en"):
        told = [found.title(lang), found.summary(lang), *(found.step_text(lang, s.id) for s in found.steps)]
        assert all(text.strip() and "{" not in text for text in told)
    assert found.steps


def test_a_refusal_where_any_category_is_enough_names_none(server: Server) -> None:
    found = ask(server, said(SCOPE, "", method="seller.info"), 401, "s2s-api-auth-common")
    assert (found.code, found.cause) == ("scope_missing", "bits_say_yes")
    assert found.title("ru") == "Wildberries отказывает, хотя здесь подходит любая категория: ключ «Магазин»"
    none = mint(bits=[])
    found = ask(server, said(SCOPE, "", method="seller.info", token=none), 401, "s2s-api-auth-common")
    assert found.title("ru") == "У токена нет ни одной категории: ключ «Магазин»"


def test_an_answer_without_words_is_told_by_its_number(server: Server) -> None:
    found = ask(server, answer(413, b"", "bad_request"), 413, "")
    assert found.summary("ru").endswith("Его ответ: 413 ")


def test_what_still_lives_by_its_own_words_is_not_said_to_have_ended_at_a_day_to_come(server: Server) -> None:
    found = ask(server, said(EXPIRED, ""), 401, "s2s-api-auth-marketplace")
    ends = found.words("ru")["expires_at"]
    assert f"по самому токену он действует до {ends}" in found.summary("ru")
    assert found.steps[0].id == "check_clock"


def test_wbs_own_link_is_shown_and_no_other(server: Server) -> None:
    links = {
        NOTICE: NOTICE,
        f"{NOTICE}.": NOTICE,
        "http://dev.wildberries.ru/x": None,
        "https://dev.wildberries.ru.evil.example/x": None,
        "https://dev.wildberries.ru@evil.example/x": None,
        "https://evil.example/https://dev.wildberries.ru/x": None,
        "javascript:alert(1)": None,
        "https://dev.wildberries.ru:8443/x": None,
    }
    for sent, shown in links.items():
        detail = f"This method is deprecated. Link: {sent}"
        found = ask(server, answer(404, {"detail": detail}, "endpoint_retired"), 404, "")
        notices = [step.url for step in found.steps if step.id == "read_notice"]
        assert notices == ([shown] if shown else []), sent


def test_a_personal_token_is_the_way_out_of_a_type_that_is_refused(server: Server) -> None:
    for detail in ("base token is not allowed", NO_SECRET, LEFT_OUT):
        found = ask(server, said(detail, "", token=BASIC), 403, "ag-contentanalytics")
        ids = [step.id for step in found.steps]
        assert "create_personal_token" in ids
        assert not {"check_role", "check_seller_active"} & set(ids)
        assert "ерсональный токен" in found.summary("ru")


def test_only_the_owner_makes_tokens_and_that_is_the_first_step(server: Server) -> None:
    for case, status, origin in SENT:
        ids = [step.id for step in ask(server, case, status, origin).steps]
        makes = [n for n, name in enumerate(ids) if name.startswith("create_")]
        if makes and "use_other_key" not in ids:
            assert next(one for one in ids if one != "check_clock") == "ask_owner", case
            assert "free_place" in ids[: makes[0]]
        if case.worked:
            assert "owner_changed" in ids


def test_a_wait_of_more_than_a_week_is_shown_as_it_is(server: Server) -> None:
    nearly_eight = answer(429, {}, "rate_limited", headers={"X-Ratelimit-Retry": "676358"})
    found = ask(server, nearly_eight, 429, "")
    assert found.params["wait"] == 676358
    until = datetime.fromisoformat(found.params["until"])
    assert until - datetime.now(UTC) > timedelta(days=7)
    assert texts.format_datetime("ru", until) in found.summary("ru")


def test_a_refusal_without_headers_is_a_minute_and_longer_each_time(server: Server) -> None:
    from wbcore.api.client import MemoryQuota

    class Clock:
        now = 1000.0

        def __call__(self) -> float:
            return self.now

    clock, waits = Clock(), []
    quota = MemoryQuota(clock)
    server.replies(Reply(429, b'{"detail": "Limited by global limiter, per seller"}'))
    for _ in range(4):
        client = WBClient(
            FULL,
            read(FULL),
            environment="production",
            gateway=server.gateway,
            quota=quota,
            max_wait_s=0,
            attempts=1,
        )
        with client, pytest.raises(WBError) as caught:
            client.orders_new()
        waits.append(getattr(caught.value, "retry_after_s", 0))
        clock.now += waits[-1]
    assert waits == [60, 120, 240, 480]
