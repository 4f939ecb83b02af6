"""Each way WB says no -> one exception, by meaning: the exact words, changed words, no words at all."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from wbcore.api import errors as e
from wbcore.api.errors import WBError, error_from_response

PROBLEM = "application/problem+json"
EXPIRED = "token expired; Manage tokens at https://seller.wildberries.ru/supplier-settings/access-to-api"
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
SEED_FIELDS = {
    "title": "unauthorized",
    "detail": "token scope not allowed",
    "wb_code": "461a0b83d6bd a53a3d31f8b003bce 8d7a4aaab17a",
    "request_id": "243ee504c388f7a20d9d79a0bb5347f9",
    "origin": "s2s-api-auth-marketplace",
    "timestamp": "2025-10-22T06:35:00Z",
    "http_status": 401,
    "excerpt": "",
}


def said(detail: str) -> dict[str, Any]:
    return {**SEED, "detail": detail}


RETRY = {"X-Ratelimit-Retry": "12", "X-Ratelimit-Limit": "20", "X-Ratelimit-Reset": "30"}
WAIT_12 = {"retry_after_s": 12.0, "burst": 20, "reset_s": 30.0}
UNHEADED = {"retry_after_s": 60.0, "burst": None, "reset_s": None, "told": False}
PAGE = {"code": "unexpected_response", "reason": "html", "should_retry": False, "whole_token": False}
LONG = "очень " * 5000

# (status, headers, body: bytes as they are, anything else as JSON) -> (class, its fields)
Row = tuple[int, dict[str, str], object, type[WBError], dict[str, Any]]
TABLE: list[Row] = [
    # 401: scope
    (401, {"Content-Type": PROBLEM}, SEED, e.ScopeError, SEED_FIELDS),
    (401, {"Content-Type": "text/plain"}, SEED, e.ScopeError, SEED_FIELDS),
    (401, {}, said("Token Scope Not Allowed."), e.ScopeError, {"detail": "Token Scope Not Allowed."}),
    (401, {}, said("the scope is insufficient for this resource"), e.ScopeError, {}),
    (401, {}, said("access denied: invalid token scope"), e.ScopeError, {}),
    (
        401,
        {},
        said("у токена нет нужной категории"),
        e.ScopeError,
        {"detail": "у токена нет нужной категории"},
    ),
    (401, {}, said("категория токена не подходит"), e.ScopeError, {}),
    (401, {}, {"message": "token scope not allowed"}, e.ScopeError, {"detail": "token scope not allowed"}),
    (401, {}, {"errors": ["token scope not allowed"]}, e.ScopeError, {"detail": "token scope not allowed"}),
    (401, {}, ["token scope not allowed"], e.ScopeError, {"detail": "token scope not allowed"}),
    (401, {}, "token scope not allowed", e.ScopeError, {"detail": "token scope not allowed"}),
    (401, {}, {"Title": "x", "DETAIL": "scope", "request_id": "r1"}, e.ScopeError, {"request_id": "r1"}),
    (403, {}, said("token scope not allowed"), e.ScopeError, {"http_status": 403}),
    # 401: expired
    (401, {"Content-Type": PROBLEM}, said(EXPIRED), e.TokenExpiredError, {"detail": EXPIRED}),
    (401, {}, said("token expired"), e.TokenExpiredError, {}),
    (401, {}, said("access token expired"), e.TokenExpiredError, {}),
    (401, {}, said("ACCESS TOKEN HAS EXPIRED"), e.TokenExpiredError, {}),
    (401, {}, said("token is expired by 3h2m"), e.TokenExpiredError, {}),
    (401, {}, said("срок действия токена истёк"), e.TokenExpiredError, {}),
    (401, {}, said("Токен просрочен"), e.TokenExpiredError, {}),
    # 401: malformed
    (
        401,
        {},
        said("token problem; token is malformed: token contains an invalid number of segments"),
        e.TokenMalformedError,
        {},
    ),
    (401, {}, said("token problem; token is malformed: could not base64 decode"), e.TokenMalformedError, {}),
    (401, {}, said("token is malformed"), e.TokenMalformedError, {}),
    (401, {}, said("invalid token signature"), e.TokenMalformedError, {}),
    (401, {}, said("token signature is invalid"), e.TokenMalformedError, {}),
    (401, {}, said("Токен повреждён"), e.TokenMalformedError, {}),
    # 401: withdrawn, read only, type
    (401, {}, said("token withdrawn"), e.TokenWithdrawnError, {}),
    (401, {}, said("this token was WITHDRAWN by its owner"), e.TokenWithdrawnError, {}),
    (401, {}, said("token has been revoked"), e.TokenWithdrawnError, {}),
    (401, {}, said("токен отозван"), e.TokenWithdrawnError, {}),
    (401, {}, said("read-only token scope not allowed"), e.TokenReadOnlyError, {}),
    (401, {}, said("token is read only"), e.TokenReadOnlyError, {}),
    (401, {}, said("токен только на чтение"), e.TokenReadOnlyError, {}),
    (401, {}, said("base token is not allowed for this method"), e.TokenTypeError, {}),
    (401, {}, said("token type not allowed"), e.TokenTypeError, {}),
    (401, {}, said("the method is closed to personal tokens"), e.TokenTypeError, {}),
    (401, {}, said("метод недоступен для базового токена"), e.TokenTypeError, {}),
    # 401: no words that we know
    (401, {}, b"", e.AuthError, {"detail": "", "excerpt": "", "code": "unknown"}),
    (401, {}, {}, e.AuthError, {"excerpt": "{}"}),
    (401, {}, {"detail": None, "title": None}, e.AuthError, {"detail": "", "title": ""}),
    (401, {}, said(""), e.AuthError, {"detail": "", "title": "unauthorized"}),
    (401, {}, said("звёзды не сошлись"), e.AuthError, {"detail": "звёзды не сошлись"}),
    # the header lost, the token empty
    (401, {}, said("empty Authorization header"), e.HeaderLostError, {"cause": "header_lost"}),
    (403, {}, said("Authorization header is missing"), e.HeaderLostError, {}),
    (401, {}, said("invalid API access token: empty main token"), e.TokenEmptyError, {}),
    # 402, 403
    (402, {}, {"title": "payment required", "detail": "x"}, e.PaymentRequiredError, {"detail": "x"}),
    (402, {}, b"", e.PaymentRequiredError, {}),
    (
        403,
        {},
        {"code": "AccessDenied", "message": "Доступ запрещён"},
        e.AccessDeniedError,
        {"wb_code": "AccessDenied", "detail": "Доступ запрещён"},
    ),
    # a page is a proxy's or a portal's: it says nothing of the token
    (403, {"Content-Type": "text/html"}, b"<h1>Forbidden</h1>", e.UnexpectedResponseError, PAGE),
    (403, {}, b"\n<html><title>Access denied</title>", e.UnexpectedResponseError, PAGE),
    (401, {"Content-Type": "text/html"}, b"Log in", e.UnexpectedResponseError, PAGE),
    (407, {"Content-Type": "text/html"}, b"<h1>Proxy</h1>", e.UnexpectedResponseError, PAGE),
    (404, {}, b"<html>The page is not here", e.UnexpectedResponseError, PAGE),
    (413, {}, b"<html>Request Entity Too Large", e.BadRequestError, {}),
    (403, {}, b"Forbidden", e.AccessDeniedError, {"detail": "Forbidden"}),
    # 404
    (
        404,
        {"Content-Type": PROBLEM},
        {
            "title": "path not found",
            "detail": "Please consult the https://dev.wildberries.ru/openapi/api-information",
        },
        e.EndpointRetiredError,
        {"title": "path not found"},
    ),
    (404, {}, {"title": "Path was not found"}, e.EndpointRetiredError, {}),
    (404, {}, {"message": "метод больше не найден"}, e.EndpointRetiredError, {}),
    (404, {}, said("method temporarily disabled"), e.MethodDisabledError, {}),
    (404, {}, {"title": "path not found", "detail": "temporarily disabled"}, e.MethodDisabledError, {}),
    (404, {}, said("метод временно отключён"), e.MethodDisabledError, {}),
    (404, {}, b"", e.UnknownError, {"http_status": 404}),
    # Of a host that knows orders it may be one of these that is not found.
    (404, {}, {"detail": "not found", "origin": "api-marketplace"}, e.UnknownError, {}),
    (
        404,
        {},
        {"code": "NotFound", "message": "Order does not exist"},
        e.UnknownError,
        {"wb_code": "NotFound"},
    ),
    (410, {}, b"", e.EndpointRetiredError, {}),
    # our request is wrong
    (
        400,
        {},
        {"code": "IncorrectParameter", "message": "Некорректный параметр limit", "data": None},
        e.BadRequestError,
        {"wb_code": "IncorrectParameter", "detail": "Некорректный параметр limit"},
    ),
    (
        400,
        {},
        {"errors": ["dateFrom: bad", "flag: bad"]},
        e.BadRequestError,
        {"detail": "dateFrom: bad; flag: bad"},
    ),
    (400, {}, {"errors": [{"message": "m1"}, {"detail": "m2"}]}, e.BadRequestError, {"detail": "m1; m2"}),
    (400, {}, {"error": {"message": "deep"}}, e.BadRequestError, {"detail": "deep"}),
    (
        400,
        {},
        {"detail": 17, "code": 400, "requestId": 1.5},
        e.BadRequestError,
        {"detail": "17", "wb_code": "400"},
    ),
    (400, {}, None, e.BadRequestError, {"detail": "", "excerpt": "null"}),
    (400, {}, b"not json", e.BadRequestError, {"detail": "not json"}),
    (400, {}, said(LONG), e.BadRequestError, {}),
    (
        409,
        {},
        {"code": "Conflict", "message": "no"},
        e.BadRequestError,
        {"wb_code": "Conflict", "http_status": 409},
    ),
    (413, {}, b"", e.BadRequestError, {}),
    (422, {}, {"code": "X", "message": "contradictory"}, e.BadRequestError, {}),
    # 429
    (
        429,
        {**RETRY, "Content-Type": PROBLEM},
        {"title": "too many requests", "detail": "limited by c122a060-a7fb", "origin": "s2s-api-gateway"},
        e.RateLimitedError,
        {**WAIT_12, "detail": "limited by c122a060-a7fb", "origin": "s2s-api-gateway"},
    ),
    (429, {k.lower(): v for k, v in RETRY.items()}, b"", e.RateLimitedError, WAIT_12),
    (429, {}, b"", e.RateLimitedError, UNHEADED),
    (429, {"X-Ratelimit-Retry": "0.25"}, b"", e.RateLimitedError, {"retry_after_s": 0.25}),
    (429, {"X-Ratelimit-Reset": "5"}, b"", e.RateLimitedError, {"retry_after_s": 5.0, "told": True}),
    (429, {"X-Ratelimit-Retry": "soon", "X-Ratelimit-Limit": "-1"}, b"<html>", e.RateLimitedError, UNHEADED),
    (429, {"X-Ratelimit-Retry": "inf"}, b"", e.RateLimitedError, UNHEADED),
    (
        429,
        {"X-Ratelimit-Retry": "676358"},
        b"",
        e.RateLimitedError,
        {"retry_after_s": 676358.0, "told": True},
    ),
    (429, {"X-Ratelimit-Retry": "9" * 15}, b"", e.RateLimitedError, {"retry_after_s": e.MAX_RETRY_S}),
    # WB is down
    (500, {}, b"", e.WBUnavailableError, {"http_status": 500}),
    (502, {"Content-Type": "text/html"}, b"<html><h1>Bad Gateway</h1>", e.WBUnavailableError, {}),
    (503, {}, {"title": "internal", "detail": "token scope not allowed"}, e.WBUnavailableError, {}),
    (504, {}, b'{"title": "gat', e.WBUnavailableError, {"excerpt": '{"title": "gat'}),
    (408, {}, b"", e.WBUnavailableError, {"http_status": 408}),
    (425, {}, {"title": "too early"}, e.WBUnavailableError, {"title": "too early"}),
    (599, {}, b"\xff\xfe\x00", e.WBUnavailableError, {}),
    # neither success nor error
    (
        301,
        {"Location": "https://example.org/x?y=1"},
        b"",
        e.UnexpectedResponseError,
        {"detail": "example.org"},
    ),
    (302, {"Location": "/login"}, b"<html>", e.UnexpectedResponseError, {"reason": "redirect"}),
    (304, {}, b"", e.UnexpectedResponseError, {"reason": "redirect"}),
    (
        200,
        {"Content-Type": "text/html"},
        b"<html>hi",
        e.UnexpectedResponseError,
        {"reason": "html", "excerpt": "<html>hi"},
    ),
    (200, {}, b'{"orders": [{"id": 1}, {"i', e.UnexpectedResponseError, {"reason": "truncated"}),
    (200, {}, b'{"orders": [{"id": 1}', e.UnexpectedResponseError, {"reason": "truncated"}),
    (200, {}, b"OK", e.UnexpectedResponseError, {"reason": "not_json", "excerpt": "(2 B)"}),
    (418, {}, {"title": "I'm a teapot"}, e.UnknownError, {"title": "I'm a teapot"}),
    (461, {}, b"\x00\x01", e.UnknownError, {}),
    (999, {}, b"", e.UnknownError, {"http_status": 999}),
]


def test_the_table_has_at_least_sixty_rows() -> None:
    assert len(TABLE) >= 60


@pytest.mark.parametrize(
    ("status", "headers", "body", "kind", "fields"),
    TABLE,
    ids=[f"{n}-{row[0]}-{row[3].__name__}" for n, row in enumerate(TABLE)],
)
def test_an_answer_becomes_the_error_that_it_means(
    status: int, headers: dict[str, str], body: object, kind: type[WBError], fields: dict[str, Any]
) -> None:
    raw = body if isinstance(body, bytes) else orjson.dumps(body)
    error = error_from_response("orders.new", status, headers, raw)
    assert type(error) is kind
    assert error.method_id == "orders.new"
    assert {name: getattr(error, name) for name in fields} == fields
    assert len(str(error)) < 1200
    assert "\n" not in str(error)


def test_every_rule_is_met_by_a_row_of_the_table() -> None:
    assert {rule.error for rule in e.RULES} <= {row[3] for row in TABLE}


def test_wbs_request_id_is_also_taken_from_the_headers() -> None:
    assert error_from_response("orders.new", 503, {"x-request-id": "abc"}, b"").request_id == "abc"


def test_long_texts_are_cut_and_control_characters_removed() -> None:
    error = error_from_response("orders.new", 400, {}, orjson.dumps(said("a\x1b[31m\x00b\n" + LONG)))
    assert len(error.detail) <= e.DETAIL_LENGTH
    assert error.detail.startswith("a [31m b очень")
    html = error_from_response("orders.new", 502, {}, b"<html>\n" + b"x" * 5_000_000)
    assert len(html.excerpt) == e.EXCERPT_LENGTH


def test_a_token_that_wb_repeats_is_taken_out_of_every_field(token: str) -> None:
    body = orjson.dumps(dict.fromkeys(SEED, f"bad {token[10:90]} here"))
    error = error_from_response("orders.new", 401, {}, body, secret=token)
    for text in (error.title, error.detail, error.origin, error.wb_code, error.request_id, error.timestamp):
        assert text == "bad *** here"
    assert "***" in error_from_response("orders.new", 500, {}, f"<p>{token}".encode(), secret=token).excerpt


# --- What follows from a failure ---------------------------------------------------------------------------


def failures(trait: str) -> set[str]:
    """Codes, with the cause where a code has several, of the failures from which that follows."""
    kinds = [kind for kind in vars(e).values() if isinstance(kind, type) and issubclass(kind, WBError)]
    return {f"{kind.code} {kind.cause}".strip() for kind in kinds if getattr(kind, trait)}


def test_what_may_pass_by_itself_is_tried_again_and_nothing_else_is() -> None:
    """A schedule that meets another failure pauses at once; of these nobody is told in the first minutes."""
    assert failures("passes") == {
        "rate_limited",
        "wb_unavailable",
        "network_unreachable",
        "method_disabled",
        "unexpected_response",
        "unknown",
    }


def test_what_no_other_method_would_say_otherwise() -> None:
    assert failures("whole_token") == {
        "unknown refused",
        "token_expired",
        "token_withdrawn",
        "token_malformed said_by_wb",
        "token_malformed arrived_empty",
    }


def test_what_says_nothing_of_the_token_or_the_method() -> None:
    """What was known before is still so: a key does not turn red because a line was down."""
    assert failures("unheard") == {"rate_limited", "network_unreachable", "token_malformed header_lost"}


def test_a_stored_failure_has_the_traits_of_its_cause_and_else_of_its_code() -> None:
    assert e.traits_of("network_unreachable", "dns").unheard
    assert e.traits_of("token_malformed", "cut").whole_token
    assert not e.traits_of("token_malformed", "header_lost").whole_token
    assert e.traits_of("of another version") == e.Traits()
    assert not any(getattr(e.Traits(), name) for name in ("passes", "whole_token", "unheard", "denies"))
