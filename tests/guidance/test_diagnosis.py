"""From an answer of WB and what else is known to a diagnosis: the same words, told apart by evidence."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wbcore.api import catalog as wb
from wbcore.api.errors import NetworkError, UnexpectedResponseError, WBError, error_from_response
from wbcore.api.token import TokenFacts, TokenUnreadable
from wbcore.guidance import diagnosis, support
from wbcore.guidance.codes import CODES
from wbcore.guidance.diagnosis import Diagnosis, Evidence

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
SEED = {
    "title": "unauthorized",
    "detail": "token scope not allowed",
    "code": "461a0b83d6bd a53a3d31f8b003bce 8d7a4aaab17a",
    "requestId": "243ee504c388f7a20d9d79a0bb5347f9",
    "origin": "s2s-api-auth-marketplace",
    "status": 401,
    "statusText": "Unauthorized",
    "timestamp": "2025-10-22T06:35:00Z",
}


def facts(
    *categories: str, kind: wb.TokenKind = "personal", test: bool = False, days: int = 179
) -> TokenFacts:
    return TokenFacts(
        kind, test, False, "sid", categories, (), (), NOW + timedelta(days=days), "abcdef012345"
    )


STATISTICS = Evidence(now=NOW, key_name="Магазин", facts=facts("statistics"))
FULL = Evidence(now=NOW, key_name="Магазин", facts=facts("marketplace", "statistics"))
BASIC = Evidence(now=NOW, facts=facts("marketplace", kind="basic"))
TEST_TOKEN = Evidence(now=NOW, facts=facts("marketplace", test=True, kind="test"))


@dataclass(frozen=True)
class Answer:
    status: int
    body: Any
    evidence: Evidence
    code: str
    cause: str
    first_step: str
    headers: dict[str, str] | None = None
    method: str = "orders.new"


def scope(**changes: Any) -> dict[str, Any]:
    return {**SEED, **changes}


ANSWERS = [
    # token scope not allowed: five causes
    Answer(401, SEED, STATISTICS, "scope_missing", "category_missing", "create_token"),
    Answer(
        401,
        scope(detail="Token Scope is not allowed for this method"),
        STATISTICS,
        "scope_missing",
        "category_missing",
        "create_token",
    ),
    Answer(401, SEED, FULL, "scope_missing", "bits_say_yes", "check_decoder"),
    Answer(
        401,
        SEED,
        replace(FULL, worked_until=NOW - timedelta(days=1)),
        "scope_missing",
        "used_to_work",
        "look_in_cabinet",
    ),
    Answer(
        401,
        SEED,
        replace(STATISTICS, other_key="Второй"),
        "scope_missing",
        "other_key_has_it",
        "use_other_key",
    ),
    Answer(401, SEED, TEST_TOKEN, "wrong_environment", "test_on_production", "create_production_token"),
    Answer(
        401,
        SEED,
        replace(FULL, environment="test"),
        "wrong_environment",
        "production_on_test",
        "create_production_token",
    ),
    Answer(401, SEED, replace(FULL, facts=None), "scope_missing", "category_missing", "create_token"),
    Answer(
        401,
        SEED,
        Evidence(now=NOW, facts=facts("marketplace")),
        "scope_missing",
        "category_missing",
        "create_token",
        method="statistics.orders",
    ),
    # the token as a whole
    Answer(
        401,
        scope(
            detail="token expired; Manage tokens at "
            "https://seller.wildberries.ru/supplier-settings/access-to-api"
        ),
        FULL,
        "token_expired",
        "before_its_end",
        "check_clock",
    ),
    Answer(
        401,
        scope(detail="access token expired"),
        replace(FULL, facts=None),
        "token_expired",
        "said_by_wb",
        "create_token",
    ),
    Answer(401, scope(detail="token expired"), FULL, "token_expired", "before_its_end", "check_clock"),
    Answer(
        401,
        scope(detail="token problem; token is malformed: could not base64 decode"),
        FULL,
        "token_malformed",
        "said_by_wb",
        "copy_again",
    ),
    Answer(401, scope(detail="token withdrawn"), FULL, "token_withdrawn", "", "create_token"),
    Answer(
        401,
        scope(detail="The token was WITHDRAWN by the seller"),
        FULL,
        "token_withdrawn",
        "",
        "create_token",
    ),
    Answer(
        401,
        scope(detail="read-only token scope not allowed"),
        FULL,
        "token_read_only",
        "",
        "create_writing_token",
    ),
    Answer(
        401,
        scope(detail="base token is not allowed for this route"),
        BASIC,
        "token_type_not_allowed",
        "closed",
        "create_personal_token",
    ),
    Answer(401, scope(detail="совсем новые слова"), FULL, "unknown", "refused", "look_in_cabinet"),
    Answer(401, {}, FULL, "unknown", "refused", "look_in_cabinet"),
    # the seller, the method
    Answer(402, {"title": "payment required"}, FULL, "payment_required", "personal", "contact_support"),
    Answer(402, {"title": "payment required"}, BASIC, "payment_required", "", "create_personal_token"),
    Answer(403, {"code": "AccessDenied", "message": "no access"}, FULL, "access_denied", "", "check_role"),
    Answer(
        404,
        {
            "title": "path not found",
            "detail": "Please consult the https://dev.wildberries.ru/openapi/api-information",
        },
        FULL,
        "endpoint_retired",
        "",
        "update_program",
    ),
    Answer(
        404,
        {"title": "not found", "detail": "method is temporarily disabled"},
        FULL,
        "method_disabled",
        "",
        "wait_for_wb",
    ),
    # our request
    Answer(
        400,
        {"code": "IncorrectParameter", "message": "wrong dateFrom", "data": None},
        FULL,
        "bad_request",
        "",
        "check_period",
    ),
    Answer(
        400,
        {"errors": ["dateFrom is required"]},
        FULL,
        "bad_request",
        "",
        "check_period",
        method="statistics.orders",
    ),
    Answer(409, {"code": "Conflict", "message": "x"}, FULL, "bad_request", "", "check_period"),
    Answer(413, {}, FULL, "bad_request", "", "check_period"),
    Answer(422, {"code": "X", "message": "y"}, FULL, "bad_request", "", "check_period"),
    # the quota
    Answer(
        429,
        {"title": "too many requests", "detail": "limited by c122a060"},
        FULL,
        "rate_limited",
        "burst",
        "wait_for_quota",
        {"X-Ratelimit-Retry": "12"},
    ),
    Answer(
        429,
        {"title": "too many requests"},
        BASIC,
        "rate_limited",
        "basic_quota",
        "wait_for_quota",
        {"X-Ratelimit-Retry": "10800"},
        method="statistics.orders",
    ),
    Answer(429, "", FULL, "rate_limited", "untold", "wait_for_quota"),
    Answer(429, {}, FULL, "rate_limited", "untold", "wait_for_quota", {"X-Ratelimit-Retry": "soon"}),
    # WB is down, or something stands between us and WB
    *(
        Answer(status, body, FULL, "wb_unavailable", "", "check_wb_status")
        for status in (500, 502, 503, 504)
        for body in ("", "<html>Bad gateway</html>", {"title": "internal"})
    ),
]
SCOPE_WORDS = [
    "token scope not allowed",
    "TOKEN SCOPE NOT ALLOWED",
    " token  scope not allowed ",
    "token scope not allowed; see docs",
]
ANSWERS += [
    Answer(401, scope(detail=w), STATISTICS, "scope_missing", "category_missing", "create_token")
    for w in SCOPE_WORDS
]
ANSWERS += [
    Answer(401, scope(detail=d, status="401"), FULL, "unknown", "refused", "look_in_cabinet")
    for d in (None, 7, [], {}, "", "Ошибка авторизации")
]
ANSWERS += [
    Answer(status, body, FULL, "unknown", "answer", "contact_support")
    for status in (418, 451, 499)
    for body in ("", [], "<html></html>", "текст")
]


def raised(answer: Answer) -> WBError:
    body = answer.body.encode() if isinstance(answer.body, str) else orjson.dumps(answer.body)
    return error_from_response(answer.method, answer.status, answer.headers or {}, body)


def test_there_are_at_least_sixty_rows() -> None:
    assert len(ANSWERS) + len(NETWORK) + len(UNREADABLE) >= 60


@pytest.mark.parametrize("answer", ANSWERS, ids=lambda a: f"{a.status}-{a.code}-{a.cause}")
def test_an_answer_leads_to_its_diagnosis_and_first_step(answer: Answer) -> None:
    found = diagnosis.from_error(raised(answer), answer.evidence)
    assert (found.code, found.cause) == (answer.code, answer.cause)
    first = next(
        step.id for step in found.steps if step.id not in ("ask_owner", "owner_changed", "free_place")
    )
    assert first == answer.first_step
    assert found.details["endpoint"] == answer.method
    assert found.details["http_status"] == answer.status
    shape(found)


NETWORK: list[tuple[WBError, str, str]] = [
    *(
        (NetworkError("orders.new", reason=reason), "network_unreachable", reason)  # type: ignore[arg-type]
        for reason in ("dns", "refused", "tls", "timeout", "dropped", "other")
    ),
    *(
        (UnexpectedResponseError("orders.new", reason=reason), "unexpected_response", reason)  # type: ignore[arg-type]
        for reason in ("html", "not_json", "wrong_shape", "truncated", "redirect")
    ),
]


@pytest.mark.parametrize(("error", "code", "cause"), NETWORK, ids=lambda x: str(x)[:30])
def test_no_answer_or_a_strange_one_is_told_apart(error: WBError, code: str, cause: str) -> None:
    found = diagnosis.from_error(error, FULL)
    assert (found.code, found.cause) == (code, cause)
    shape(found)


UNREADABLE = ["empty", "cut", "foreign", "two_tokens", "not_wb", "garbage", "too_long"]


@pytest.mark.parametrize("reason", UNREADABLE)
def test_an_unreadable_paste_says_what_is_wrong_with_it(reason: Any) -> None:
    found = diagnosis.from_unreadable(TokenUnreadable(reason, 312))
    assert (found.code, found.cause, found.severity) == ("token_malformed", reason, "error")
    shape(found)


def shape(found: Diagnosis) -> None:
    """The contract's JSON in both languages, and the record that the database keeps."""
    for lang in ("ru", "en"):
        document = found.to_json(lang)
        assert document["code"] in CODES
        assert document["severity"] in ("error", "warning", "info")
        assert document["title"]
        assert document["summary"]
        for step in document["steps"]:
            assert step["verified_by"] in ("system", "operator")
            assert step["text"]
            assert step["done"] is False
        wanted = {"endpoint", "http_status", "detail", "origin", "wb_code", "request_id", "timestamp"}
        assert wanted <= set(document["details"])
        orjson.dumps(document)
    assert Diagnosis.from_record(orjson.loads(orjson.dumps(found.to_record()))) == found


def test_the_seeds_error_keeps_what_support_asks_for() -> None:
    found = diagnosis.from_error(raised(ANSWERS[0]), STATISTICS)
    assert found.required_category == "marketplace"
    assert found.present_categories == ("statistics",)
    assert [s.id for s in found.steps] == [
        "ask_owner",
        "free_place",
        "create_token",
        "save_token",
        "check_import",
        "no_error_since",
    ]
    assert found.problem("ru") == "Токену не хватает категории «Маркетплейс»"
    assert found.title("ru") == f"{found.problem('ru')}: ключ «{STATISTICS.key_name}»"
    text = support.support_text(found, "ru")
    for value in (SEED["requestId"], SEED["origin"], SEED["code"], SEED["timestamp"]):
        assert str(value) in text
    assert "GET https://marketplace-api.wildberries.ru/api/v3/orders/new" in text


def test_a_checklist_of_an_older_version_leads_to_where_tokens_are_made_today() -> None:
    """WB has moved the page since; what WB itself names in an answer stays as it was named."""
    record = diagnosis.from_error(raised(ANSWERS[0]), STATISTICS).to_record()
    for step in record["steps"]:
        step["url"] = step["url"] and "https://seller.wildberries.ru/supplier-settings/access-to-api"
    again = Diagnosis.from_record(record)
    assert {step.url for step in again.steps} == {None, "https://seller.wildberries.ru/api-integrations"}
    notice = "https://dev.wildberries.ru/release-notes?id=494"
    body = json.dumps({"detail": f"This method is deprecated. Link: {notice}"}).encode()
    retired = diagnosis.from_error(error_from_response("orders.new", 404, {}, body), FULL)
    stored = Diagnosis.from_record(retired.to_record())
    assert next(step.url for step in stored.steps if step.id == "read_notice") == notice


@pytest.mark.parametrize("lang", ["ru", "en"])
def test_what_a_key_is_checked_with_has_a_name_and_an_address(lang: str) -> None:
    """A check of a token is no method of the catalogue; people and WB's support read of it all the same."""
    body = json.dumps({"detail": "base token is not allowed"}).encode()
    found = diagnosis.from_error(error_from_response("ping.marketplace-api", 403, {}, body), BASIC)
    told = [found.title(lang), found.summary(lang), support.support_text(found, lang)]
    assert diagnosis.method_name(lang, None) in found.summary(lang)
    assert "GET https://marketplace-api.wildberries.ru/ping" in told[-1]
    assert not any("ping." in one for one in told)


@pytest.mark.parametrize(
    ("method", "address"),
    [
        ("orders.status", "POST https://marketplace-api-sandbox.wildberries.ru/api/v3/orders/status"),
        ("ping.content-api", "GET https://content-api-sandbox.wildberries.ru/ping"),
        (
            "orders.archive",
            "GET https://marketplace-api.wildberries.ru/api/marketplace/v3/fbs/orders/archive",
        ),
    ],
)
def test_support_is_told_the_address_that_was_asked(method: str, address: str) -> None:
    """A test token's requests go to WB's sandbox hosts; what these do not have was never sent there."""
    in_test = replace(FULL, environment="test")
    refusal = error_from_response(method, 403, {}, b'{"code": "AccessDenied", "message": "no"}')
    stored = diagnosis.from_error(refusal, in_test).to_record()
    assert address in support.support_text(Diagnosis.from_record(stored), "ru")


@pytest.mark.parametrize(
    ("evidence", "codes"),
    [
        (FULL, []),
        (STATISTICS, ["scope_missing"]),
        (replace(FULL, facts=facts("marketplace", days=30)), ["token_expiring"]),
        (replace(FULL, facts=facts("marketplace", days=31)), []),
        (replace(FULL, facts=facts("statistics", days=-1)), ["token_expired"]),
        (BASIC, ["token_type_not_allowed"]),
        (
            replace(FULL, facts=facts("statistics", kind="service", days=3)),
            ["scope_missing", "token_expiring", "token_type_not_allowed"],
        ),
        (replace(FULL, facts=None), []),
    ],
)
def test_a_token_is_judged_offline(evidence: Evidence, codes: list[str]) -> None:
    found = diagnosis.token_diagnoses(evidence)
    assert [d.code for d in found] == codes
    assert all(d.severity == ("error" if d.code == "token_expired" else "warning") for d in found)


def test_preflight_knows_what_a_token_can_not_do_before_anything_is_sent() -> None:
    refused = diagnosis.preflight("orders.new", STATISTICS)
    assert refused is not None
    assert (refused.code, refused.severity) == ("scope_missing", "error")
    assert diagnosis.preflight("statistics.orders", STATISTICS) is None
    assert diagnosis.preflight("orders.new", FULL) is None
    other = diagnosis.preflight("orders.new", replace(STATISTICS, other_key="Второй"))
    assert other is not None
    assert other.cause == "other_key_has_it"


@pytest.mark.parametrize(
    ("method", "environment", "test", "cause"),
    [
        ("orders.new", "production", True, "test_on_production"),
        ("orders.new", "test", False, "production_on_test"),
        ("orders.archive", "test", True, "no_test_environment"),
        ("orders.new", "test", True, None),
    ],
)
def test_preflight_tells_a_token_in_the_wrong_place_from_a_method_that_is_not_there(
    method: str, environment: wb.Environment, test: bool, cause: str | None
) -> None:
    evidence = Evidence(now=NOW, facts=facts("marketplace", test=test), environment=environment)
    found = diagnosis.preflight(method, evidence)
    assert (found and (found.code, found.cause)) == (cause and ("wrong_environment", cause))


def test_a_test_token_without_the_category_is_not_said_to_be_a_real_one() -> None:
    evidence = Evidence(now=NOW, facts=facts("statistics", test=True, kind="test"), environment="test")
    refused = error_from_response("orders.new", 401, {}, orjson.dumps(SEED))
    found = diagnosis.from_error(refused, evidence)
    assert (found.code, found.cause) == ("scope_missing", "category_missing")


def test_how_much_came_of_a_token_is_said() -> None:
    found = diagnosis.from_unreadable(TokenUnreadable("cut", 121))
    assert "в нём 121 символ" in found.summary("ru")


@given(
    st.dictionaries(
        st.sampled_from(["title", "detail", "code", "requestId", "origin", "timestamp", "message"]),
        st.text() | st.integers() | st.none() | st.lists(st.text()),
    ),
    st.sampled_from([400, 401, 402, 403, 404, 409, 418, 429, 500, 503]),
)
def test_whatever_wb_writes_there_is_a_diagnosis_in_both_languages(body: dict[str, Any], status: int) -> None:
    error = error_from_response("orders.new", status, {}, json.dumps(body).encode())
    for evidence in (STATISTICS, FULL, BASIC):
        found = diagnosis.from_error(error, evidence)
        assert found.title("ru")
        assert found.summary("en")
        assert support.support_text(found, "ru")
