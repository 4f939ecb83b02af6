"""Wildberries' answers as one small tree of exceptions. Callers catch by meaning, never by status.

Matching is by meaning, not by whole strings: WB changes the wording. What matches no row of RULES is an
``UnknownError`` that carries the answer as it came.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

import orjson


class WBError(Exception):
    """An answer of WB that is not a success, or no answer at all.

    Never carries the token, the request's headers or a whole body.

    Attributes:
        method_id: id of the catalogue's method, for example ``orders.new``.
        http_status: None when no answer came.
        title, detail, origin, wb_code, request_id, timestamp: WB's own fields; "" when missing.
        excerpt: the start of a body that could not be read, at most 300 characters.
    """

    code = "unknown"
    """Code of the diagnosis that this error leads to (see ``guidance``)."""

    def __init__(
        self,
        method_id: str,
        *,
        http_status: int | None = None,
        title: str = "",
        detail: str = "",
        origin: str = "",
        wb_code: str = "",
        request_id: str = "",
        timestamp: str = "",
        excerpt: str = "",
    ) -> None:
        self.method_id = method_id
        self.http_status = http_status
        self.title = title
        self.detail = detail
        self.origin = origin
        self.wb_code = wb_code
        self.request_id = request_id
        self.timestamp = timestamp
        self.excerpt = excerpt
        super().__init__(f"{method_id}: {http_status or 'no answer'} {detail or title or excerpt}".strip())


class AuthError(WBError):
    """401: WB does not take this token here."""


class ScopeError(AuthError):
    """``token scope not allowed``: the category is missing, or the token is of the other environment."""

    code = "scope_missing"


class TokenExpiredError(AuthError):
    code = "token_expired"


class TokenMalformedError(AuthError):
    code = "token_malformed"


class TokenWithdrawnError(AuthError):
    code = "token_withdrawn"


class TokenReadOnlyError(AuthError):
    code = "token_read_only"


class TokenTypeError(AuthError):
    """The method is closed to tokens of this type."""

    code = "token_type_not_allowed"


class PaymentRequiredError(WBError):
    code = "payment_required"


class AccessDeniedError(WBError):
    """403: the category is right, the seller or user has no access to the method."""

    code = "access_denied"


class EndpointRetiredError(WBError):
    """404 ``path not found``: WB removed or moved the method."""

    code = "endpoint_retired"


class MethodDisabledError(WBError):
    """404 ``temporarily disabled``."""

    code = "method_disabled"


class BadRequestError(WBError):
    """400, 409, 413, 422: our request is wrong for WB."""

    code = "bad_request"


class RateLimitedError(WBError):
    """429, or our own bucket is empty for longer than the caller wants to wait.

    Attributes:
        retry_after_s: seconds until the next try may go.
        burst: WB's ``X-Ratelimit-Limit``.
        reset_s: seconds until the burst is full again.
    """

    code = "rate_limited"

    def __init__(
        self,
        method_id: str,
        *,
        retry_after_s: float,
        burst: int | None = None,
        reset_s: float | None = None,
        http_status: int | None = None,
        title: str = "",
        detail: str = "",
        origin: str = "",
        wb_code: str = "",
        request_id: str = "",
        timestamp: str = "",
        excerpt: str = "",
    ) -> None:
        self.retry_after_s = retry_after_s
        self.burst = burst
        self.reset_s = reset_s
        super().__init__(
            method_id,
            http_status=http_status,
            title=title,
            detail=detail,
            origin=origin,
            wb_code=wb_code,
            request_id=request_id,
            timestamp=timestamp,
            excerpt=excerpt,
        )


class WBUnavailableError(WBError):
    """5xx, after all retries."""

    code = "wb_unavailable"


NetworkReason = Literal["dns", "refused", "tls", "timeout", "dropped", "other"]


class NetworkError(WBError):
    """No answer came, after all retries.

    Attributes:
        reason: what the network did; it decides the advice.
    """

    code = "network_unreachable"

    def __init__(self, method_id: str, *, reason: NetworkReason, detail: str = "") -> None:
        self.reason = reason
        super().__init__(method_id, detail=detail)


UnexpectedReason = Literal["html", "not_json", "wrong_shape", "truncated", "redirect"]


class UnexpectedResponseError(WBError):
    """A success by its status that is not what WB documents.

    Attributes:
        reason: in what way. ``html`` is often a captive portal or a proxy between us and WB.
    """

    code = "unexpected_response"

    def __init__(
        self,
        method_id: str,
        *,
        reason: UnexpectedReason,
        http_status: int | None = None,
        detail: str = "",
        excerpt: str = "",
    ) -> None:
        self.reason = reason
        super().__init__(method_id, http_status=http_status, detail=detail, excerpt=excerpt)


class UnknownError(WBError):
    """Anything that no rule knows; shown as it came."""


# --- From an answer to an error ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Rule:
    """An answer with one of ``statuses`` whose words match ``words`` means ``error``. First match wins."""

    error: type[WBError]
    statuses: frozenset[int]
    words: re.Pattern[str] | None = None


def _words(*alternatives: str) -> re.Pattern[str]:
    return re.compile("|".join(alternatives), re.IGNORECASE)


_401: Final = frozenset({401})
_403: Final = frozenset({403})
_404: Final = frozenset({404, 410})

RULES: Final[tuple[Rule, ...]] = (
    Rule(TokenWithdrawnError, _401, _words(r"withdrawn", r"revoked", r"deleted", r"отозван", r"удал[её]н")),
    Rule(TokenExpiredError, _401, _words(r"expired?\b", r"ист[её]к", r"просрочен", r"срок действия")),
    Rule(TokenReadOnlyError, _401, _words(r"read[\s_-]?only", r"только (?:на|для) чтени")),
    Rule(
        TokenTypeError,
        _401,
        _words(
            r"\b(?:base|basic|personal|service|test)[\s_-]tokens?\b",
            r"\btoken[\s_-]types?\b",
            r"\btypes? of (?:the |this )?token",
            r"\bтип\w*\s+токен",
            r"(?:базов|персональн|сервисн|тестов)\w*\s+токен",
        ),
    ),
    Rule(ScopeError, _401 | _403, _words(r"scope", r"категори\w* токен", r"токен\w* .*категори")),
    Rule(
        TokenMalformedError,
        _401,
        _words(
            r"malformed",
            r"token problem",
            r"(?:invalid|wrong|bad|empty|no) (?:\w+ )?(?:token|signature)",
            r"(?:token|signature) (?:is )?(?:invalid|wrong|empty|missing)",
            r"токен\w* (?:повреж|некоррект|невер|недействит)",
            r"(?:поврежд[её]н|некорректн|неверн|недействительн)\w* (?:\w+ )?токен",
        ),
    ),
    Rule(AuthError, _401),
    Rule(PaymentRequiredError, frozenset({402})),
    Rule(AccessDeniedError, _403),
    Rule(
        MethodDisabledError,
        _404,
        _words(
            r"temporar\w+ (?:\w+ )?(?:disabled|unavailable|switched off)", r"временно (?:отключ|недоступ)"
        ),
    ),
    Rule(
        EndpointRetiredError,
        _404,
        _words(
            r"(?:path|page|method|route|endpoint|url)\b.{0,40}\bnot found",
            r"openapi/api-information",
            r"(?:путь|метод|адрес|страница)\b.{0,40} не найден",
            r"no longer (?:available|supported)",
        ),
    ),
    Rule(EndpointRetiredError, frozenset({410})),
    Rule(BadRequestError, frozenset({400, 405, 406, 409, 411, 413, 414, 415, 422, 431})),
    Rule(RateLimitedError, frozenset({429})),
    Rule(WBUnavailableError, frozenset(range(500, 600))),
)

DEFAULT_RETRY_S: Final = 10.0
"""How long a 429 without (readable) headers is waited for."""
MAX_RETRY_S: Final = 7 * 86400.0
DETAIL_LENGTH: Final = 1000
FIELD_LENGTH: Final = 200
EXCERPT_LENGTH: Final = 300
_BODY_READ: Final = 65_536
_DETAIL_KEYS: Final = ("detail", "message", "errortext", "error", "errors", "additionalerrors", "description")


def error_from_response(
    method_id: str, status: int, headers: Mapping[str, str], body: bytes, *, secret: str = ""
) -> WBError:
    """The exception for an answer that is not a success. Returns it, never raises.

    Args:
        method_id: id of the catalogue's method.
        headers: of the answer; names in any case.
        body: decoded of gzip; anything: JSON of any shape, HTML, nothing.
        secret: the token; should WB's text repeat a piece of it, the piece is replaced.
    """
    lowered = {str(name).lower(): str(value) for name, value in headers.items()}
    if status < 400:
        return error_from_success(method_id, status, lowered, body, secret=secret)
    body = body[:_BODY_READ]
    fields = _fields(_parsed(body), secret)
    fields["request_id"] = fields["request_id"] or _line(
        lowered.get("x-request-id", ""), secret, FIELD_LENGTH
    )
    if not (fields["detail"] or fields["title"]):
        fields["excerpt"] = excerpt(body, secret)
    rule = _rule(status, f"{fields['title']} {fields['detail']} {fields['wb_code']}")
    if rule is RateLimitedError:
        return RateLimitedError(method_id, http_status=status, **_rate_limit(lowered), **fields)
    return rule(method_id, http_status=status, **fields)


def error_from_success(
    method_id: str, status: int, headers: Mapping[str, str], body: bytes, *, secret: str = ""
) -> UnexpectedResponseError:
    """The exception for a 2xx that can't be read as JSON, or for a redirect. ``headers`` in lower case."""
    detail = ""
    if 300 <= status < 400:
        reason: UnexpectedReason = "redirect"
        detail = _line(_host(headers.get("location", "")), secret, FIELD_LENGTH)
    else:
        reason = _unreadable_reason(headers.get("content-type", ""), body)
    return UnexpectedResponseError(
        method_id, reason=reason, http_status=status, detail=detail, excerpt=excerpt(body, secret)
    )


def excerpt(body: bytes, secret: str = "") -> str:
    """The start of a body as one line of text, at most 300 characters, without pieces of the token."""
    return _line(body[:_BODY_READ].decode("utf-8", "replace"), secret, EXCERPT_LENGTH)


def redact(text: str, secret: str, piece: int = 8) -> str:
    """``text`` with each stretch that shares ``piece`` or more characters with ``secret`` replaced."""
    pieces = {secret[i : i + piece] for i in range(len(secret) - piece + 1)}
    spans = [i for i in range(len(text) - piece + 1) if text[i : i + piece] in pieces]
    kept, end = [], 0
    for start in spans:
        if start >= end:
            kept += [text[end:start], "***"]
        end = start + piece
    return "".join(kept) + text[end:]


def _rule(status: int, text: str) -> type[WBError]:
    for rule in RULES:
        if status in rule.statuses and (rule.words is None or rule.words.search(text)):
            return rule.error
    return UnknownError


def _parsed(body: bytes) -> object:
    try:
        return orjson.loads(body)
    except ValueError:
        return None


def _fields(document: object, secret: str) -> dict[str, Any]:
    """WB's own fields from an error's body, whatever it is. Names are read in any case and spelling."""
    found: dict[str, object] = {}
    if isinstance(document, dict):
        found = {str(k).lower().replace("_", "").replace("-", ""): v for k, v in document.items()}
        detail = _detail(found)
    else:
        detail = _text(document)

    def field(name: str) -> str:
        return _line(_text(found.get(name)), secret, FIELD_LENGTH)

    return {
        "title": field("title"),
        "detail": _line(detail, secret, DETAIL_LENGTH),
        "origin": field("origin"),
        "wb_code": field("code"),
        "request_id": field("requestid"),
        "timestamp": field("timestamp"),
        "excerpt": "",
    }


def _detail(found: Mapping[str, object]) -> str:
    return next((text for key in _DETAIL_KEYS if (text := _text(found.get(key)))), "")


def _text(value: object, depth: int = 3) -> str:
    """A value of any shape as words: WB writes strings, numbers, lists of strings, lists of objects."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(value)
    if depth and isinstance(value, list):
        return "; ".join(filter(None, (_text(item, depth - 1) for item in value[:20])))
    if depth and isinstance(value, dict):
        return "; ".join(filter(None, (_text(value.get(key), depth - 1) for key in _DETAIL_KEYS)))
    return ""


def _line(text: str, secret: str, length: int) -> str:
    """Printable text on one line, cut to ``length`` characters."""
    # Cut generously first: a body of megabytes is not to be walked through for its first line.
    visible = "".join(c if c.isprintable() else " " for c in text[: 4 * length])
    return redact(" ".join(visible.split()), secret)[:length]


def _rate_limit(headers: Mapping[str, str]) -> dict[str, Any]:
    retry = _seconds(headers.get("x-ratelimit-retry"))
    reset = _seconds(headers.get("x-ratelimit-reset"))
    burst = _seconds(headers.get("x-ratelimit-limit"))
    return {
        "retry_after_s": retry if retry is not None else reset if reset is not None else DEFAULT_RETRY_S,
        "reset_s": reset,
        "burst": None if burst is None else int(burst),
    }


def _seconds(value: str | None) -> float | None:
    """A header's number, 0 to a week; None when it is none."""
    match = re.fullmatch(r"\s*([0-9]{1,15}(?:\.[0-9]{1,15})?)\s*", value or "", re.ASCII)
    return None if match is None else min(float(match[1]), MAX_RETRY_S)


def _unreadable_reason(content_type: str, body: bytes) -> UnexpectedReason:
    start = body[:64].lstrip()[:1]
    if start == b"<" or "html" in content_type.lower():
        return "html"
    if start not in (b"{", b"["):
        return "not_json"
    try:
        orjson.loads(body.decode("utf-8", "replace"))
    except orjson.JSONDecodeError as error:
        return "truncated" if error.pos == len(error.doc) else "not_json"
    return "not_json"


def _host(location: str) -> str:
    """The host of a redirect's address: enough to recognise a proxy or a portal, without its parameters."""
    match = re.match(r"(?:[a-z]+:)?//(?:[^/?#@]*@)?([^/?#@]{1,100})", location, re.IGNORECASE)
    return match[1] if match else ""
