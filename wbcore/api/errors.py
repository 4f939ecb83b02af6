"""Wildberries' answers as one small tree of exceptions. Callers catch by meaning, never by status.

Matching is by meaning, not by whole strings: WB changes the wording. What matches no row of RULES is an
``UnknownError`` that carries the answer as it came.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, Literal
from urllib.parse import urlsplit

import orjson

from wbcore.api.bucket import FIRST_GUESS_S


class WBError(Exception):
    """An answer of WB that is not a success, or no answer at all.

    Never carries the token, the request's headers or a whole body. What follows from an error is told by its
    class: ``code`` and ``cause`` name the diagnosis it leads to (see ``guidance``), the other attributes of
    the class are those of ``Traits``.

    Attributes:
        method_id: id of the catalogue's method, for example ``orders.new``.
        http_status: None when no answer came.
        title, detail, origin, wb_code, request_id, timestamp: WB's own fields; "" when missing.
        excerpt: the start of a body that could not be read, at most 300 characters.
    """

    code: str = "unknown"
    cause: str = ""
    """Which of the code's causes; "" where more must be known than the answer."""
    should_retry: bool = False
    """The same request may be sent again after a pause of seconds."""
    passes: bool = False
    """It may be gone in minutes or hours without anybody doing anything."""
    whole_token: bool = False
    """WB does not take this token at all: no other method or host will say anything else."""
    unheard: bool = False
    """It says nothing of the token or the method: what was known before is still so."""
    denies: bool = False
    """The method is closed to this token or seller, until somebody does something about it."""

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
    """WB does not take this token, and does not say why."""

    cause = "refused"
    whole_token = True
    denies = True


class ScopeError(AuthError):
    """``token scope not allowed``: the category is missing, or the token is of the other environment."""

    code = "scope_missing"
    cause = ""
    whole_token = False


class TokenExpiredError(AuthError):
    code = "token_expired"
    cause = ""


class TokenMalformedError(AuthError):
    """WB can't read the token: it was cut or changed."""

    code = "token_malformed"
    cause = "said_by_wb"


class TokenEmptyError(TokenMalformedError):
    """``empty main token``: nothing arrived where the token should be, or too little of it."""

    cause = "arrived_empty"


class HeaderLostError(AuthError):
    """``empty Authorization header``: something between us and WB has taken the header away."""

    code = "token_malformed"
    cause = "header_lost"
    whole_token = False
    unheard = True
    denies = False


class TokenWithdrawnError(AuthError):
    code = "token_withdrawn"
    cause = ""


class TokenReadOnlyError(AuthError):
    """A method that changes data, and a token that may only read."""

    code = "token_read_only"
    cause = ""
    whole_token = False


class TokenTypeError(AuthError):
    """The method is closed to tokens of this type."""

    code = "token_type_not_allowed"
    cause = "closed"
    whole_token = False


class NoTestEnvironmentError(WBError):
    """The method is not in WB's test environment; nothing was sent."""

    code = "wrong_environment"
    cause = "no_test_environment"
    denies = True


class PaymentRequiredError(WBError):
    code = "payment_required"
    denies = True


class AccessDeniedError(WBError):
    """403: the category is right, the seller or user has no access to the method."""

    code = "access_denied"
    denies = True


class EndpointRetiredError(WBError):
    """404: WB removed or moved the method.

    Attributes:
        link: WB's own page about it, always ``https://dev.wildberries.ru/...``; "" when it names none.
    """

    code = "endpoint_retired"

    @property
    def link(self) -> str:
        return next(_wb_links(self.detail), "")


class MethodDisabledError(WBError):
    """404 ``temporarily disabled``."""

    code = "method_disabled"
    passes = True


class BadRequestError(WBError):
    """400, 409, 413, 422: our request is wrong for WB."""

    code = "bad_request"


class RateLimitedError(WBError):
    """429, or our own bucket is empty for longer than the caller wants to wait.

    Attributes:
        retry_after_s: seconds until the next try may go.
        told: WB has said how long; otherwise it is a guess, longer each time (see ``bucket``).
        burst: WB's ``X-Ratelimit-Limit``.
        reset_s: seconds until the burst is full again.
        reset_only: WB has said nothing else; until it is known how fast its bucket fills, that is the wait.
    """

    code = "rate_limited"
    should_retry = True
    passes = True
    unheard = True

    def __init__(
        self,
        method_id: str,
        *,
        retry_after_s: float,
        told: bool = True,
        burst: int | None = None,
        reset_s: float | None = None,
        reset_only: bool = False,
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
        self.told = told
        self.burst = burst
        self.reset_s = reset_s
        self.reset_only = reset_only
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
    """5xx, 408 (the request came too slowly) or 425 (too early), after all retries."""

    code = "wb_unavailable"
    should_retry = True
    passes = True


NetworkReason = Literal["dns", "refused", "tls", "timeout", "dropped", "other"]


class NetworkError(WBError):
    """No answer came, after all retries.

    Attributes:
        reason: what the network did; it decides the advice.
    """

    code = "network_unreachable"
    should_retry = True
    passes = True
    unheard = True

    def __init__(self, method_id: str, *, reason: NetworkReason, detail: str = "") -> None:
        self.reason = reason
        self.cause = reason
        super().__init__(method_id, detail=detail)


UnexpectedReason = Literal["html", "not_json", "wrong_shape", "truncated", "redirect", "too_large"]
_DAMAGED: Final = frozenset({"html", "not_json", "truncated"})
"""What a second try may bring whole; another shape or a redirect would only come again."""


class UnexpectedResponseError(WBError):
    """A success by its status that is not what WB documents; or a refusal that is a web page, so not WB's.

    Attributes:
        reason: in what way. ``html`` is often a captive portal or a proxy between us and WB.
    """

    code = "unexpected_response"
    passes = True

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
        self.cause = reason
        self.should_retry = reason in _DAMAGED and (http_status is None or http_status < 400)
        super().__init__(method_id, http_status=http_status, detail=detail, excerpt=excerpt)


class UnknownError(WBError):
    """Anything that no rule knows; shown as it came."""

    passes = True


# --- What follows from a stored failure --------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Traits:
    """What follows from a failure of a kind: the attributes of the errors' classes, for stored diagnoses."""

    passes: bool = False
    whole_token: bool = False
    unheard: bool = False
    denies: bool = False


def _classes(root: type[WBError] = WBError) -> Iterator[type[WBError]]:
    for child in root.__subclasses__():
        yield child
        yield from _classes(child)


def _traits() -> Mapping[tuple[str, str], Traits]:
    """By code and cause; and by code alone, where a class of its own says what its other causes share."""
    found: dict[tuple[str, str], Traits] = {}
    for kind in sorted(_classes(), key=lambda one: one.cause != ""):
        found[kind.code, kind.cause] = Traits(kind.passes, kind.whole_token, kind.unheard, kind.denies)
        found.setdefault((kind.code, ""), found[kind.code, kind.cause])
    return MappingProxyType(found)


_TRAITS: Final = _traits()


def traits_of(code: str, cause: str = "") -> Traits:
    """What follows from a failure that is stored by its diagnosis' code and cause."""
    return _TRAITS.get((code, cause)) or _TRAITS.get((code, "")) or Traits()


PASSING: Final = frozenset(kind.code for kind in _classes() if kind.passes)
"""Codes of failures that may be gone the next time, without anybody doing anything."""


# --- From an answer to an error ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Rule:
    """An answer that means ``error``: its status, its words, who says it. The first rule that fits wins.

    Attributes:
        words: found in title, detail and code together; None: whatever it says.
        origin: found in WB's ``origin``, the name of the service that answered; None: whoever it is.
    """

    error: type[WBError]
    statuses: frozenset[int]
    words: re.Pattern[str] | None = None
    origin: re.Pattern[str] | None = None


def _words(*alternatives: str) -> re.Pattern[str]:
    return re.compile("|".join(alternatives), re.IGNORECASE)


_401: Final = frozenset({401})
_403: Final = frozenset({403})
_REFUSED: Final = _401 | _403
"""WB's gateways say the same with either: ``s2s-api-auth-*`` and ``s2sauth-*`` mostly 401, ``ag-*`` (since
September 2026) mostly 403."""
_404: Final = frozenset({404, 410})
_NO_PAGES: Final = _REFUSED | {404, 407}
"""WB never says these with a web page: proxies and portals do."""

RULES: Final[tuple[Rule, ...]] = (
    # A method's own answer, with a code of its own; what the others say is the gateway's.
    Rule(AccessDeniedError, _REFUSED, _words(r"\baccessdenied\b")),
    Rule(
        TokenWithdrawnError, _REFUSED, _words(r"withdrawn", r"revoked", r"deleted", r"отозван", r"удал[её]н")
    ),
    Rule(TokenExpiredError, _REFUSED, _words(r"expired?\b", r"ист[её]к", r"просрочен", r"срок действия")),
    Rule(TokenReadOnlyError, _REFUSED, _words(r"read[\s_-]?only", r"только (?:на|для) чтени")),
    Rule(
        TokenTypeError,
        _REFUSED,
        _words(
            r"\b(?:base|basic|personal|service|test)[\s_-]tokens?\b",
            r"\btoken[\s_-]types?\b",
            r"\btypes? of (?:the |this )?token",
            r"\bdoes(?: not|n't) satisfy\b",
            r"\bтип\w*\s+токен",
            r"(?:базов|персональн|сервисн|тестов)\w*\s+токен",
        ),
    ),
    Rule(ScopeError, _REFUSED, _words(r"scope", r"категори\w* токен", r"токен\w* .*категори")),
    Rule(
        HeaderLostError,
        _REFUSED,
        _words(
            r"(?:empty|missing|no|without)\W+(?:the\W+)?authori[sz]ation\W+header",
            r"authori[sz]ation\W+header\W+(?:is\W+|was\W+)?(?:empty|missing|required|not\b)",
        ),
    ),
    Rule(TokenEmptyError, _REFUSED, _words(r"empty (?:\w+ )?token\b", r"token (?:is )?empty\b")),
    Rule(
        TokenMalformedError,
        _REFUSED,
        _words(
            r"malformed",
            r"token problem",
            r"(?:invalid|wrong|bad|no) (?:\w+ ){0,3}(?:token|signature)",
            r"(?:token|signature) (?:is )?(?:invalid|wrong|missing)",
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
            r"\bdeprecated\b",
        ),
    ),
    # A host that knows no orders by their id: what is not found there is the path.
    Rule(EndpointRetiredError, _404, _words(r"\bnot found\b"), origin=_words(r"^api-statistics")),
    Rule(EndpointRetiredError, frozenset({410})),
    Rule(BadRequestError, frozenset({400, 405, 406, 409, 411, 413, 414, 415, 422, 431})),
    Rule(RateLimitedError, frozenset({429})),
    # Both ask for the same request once more (RFC 9110, 15.5.9; RFC 8470, 5.2).
    Rule(WBUnavailableError, frozenset({408, 425, *range(500, 600)})),
)

MAX_RETRY_S: Final = 1e9
"""Thirty years: a wait longer than that is no time any more. WB's own have been 7.8 days."""
DETAIL_LENGTH: Final = 1000
FIELD_LENGTH: Final = 200
EXCERPT_LENGTH: Final = 300
_BODY_READ: Final = 65_536
_PIECE: Final = 8
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
    body, kind = body[:_BODY_READ], lowered.get("content-type", "")
    fields = _fields(_parsed(body, kind), secret)
    fields["request_id"] = fields["request_id"] or _line(
        lowered.get("x-request-id", ""), secret, FIELD_LENGTH
    )
    if not (fields["detail"] or fields["title"]):
        fields["excerpt"] = excerpt(body, secret)
        if status in _NO_PAGES and _is_a_page(kind, body):
            # WB's gateways and methods answer in JSON: this says nothing of the token, nor of the method.
            return UnexpectedResponseError(
                method_id, reason="html", http_status=status, excerpt=fields["excerpt"]
            )
    return _by_rule(method_id, status, lowered, fields)


def _by_rule(method_id: str, status: int, headers: Mapping[str, str], fields: dict[str, Any]) -> WBError:
    rule = _rule(status, f"{fields['title']} {fields['detail']} {fields['wb_code']}", fields["origin"])
    if rule is RateLimitedError:
        return RateLimitedError(method_id, http_status=status, **_rate_limit(headers), **fields)
    return rule(method_id, http_status=status, **fields)


def error_within(
    method_id: str, status: int, headers: Mapping[str, str], document: object, *, secret: str = ""
) -> WBError | None:
    """The exception for an error that was sent as a success; None: the document tells of none.

    Args:
        headers: in lower case.
    """
    if not isinstance(document, dict):
        return None
    told = document.get("status")
    if type(told) is int and 400 <= told < 600 and (document.get("title") or document.get("detail")):
        return _by_rule(method_id, told, headers, _fields(document, secret))
    if document.get("error") or document.get("errorText"):
        return UnknownError(method_id, http_status=status, **_fields(document, secret))
    return None


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
    start = excerpt(body, secret)
    if 200 <= status < 300 and method_id.startswith(_WITH_BUYERS) and not start.startswith("<"):
        start = f"({len(body)} B)"  # a success that is damaged names buyers all the same
    return UnexpectedResponseError(method_id, reason=reason, http_status=status, detail=detail, excerpt=start)


_WITH_BUYERS: Final = ("orders.", "statistics.", "order_feed")
"""How the ids of the methods begin that answer with orders or buyers: what they bring is quoted nowhere."""


def excerpt(body: bytes, secret: str = "") -> str:
    """The start of a body as one line of text, at most 300 characters, without pieces of the token."""
    return _line(body[:_BODY_READ].decode("utf-8", "replace"), secret, EXCERPT_LENGTH)


def redact(text: str, secret: str) -> str:
    """``text`` with each stretch that shares ``_PIECE`` or more characters with ``secret`` replaced."""
    pieces = {secret[i : i + _PIECE] for i in range(len(secret) - _PIECE + 1)}
    spans = [i for i in range(len(text) - _PIECE + 1) if text[i : i + _PIECE] in pieces]
    kept, end = [], 0
    for start in spans:
        if start >= end:
            kept += [text[end:start], "***"]
        end = start + _PIECE
    return "".join(kept) + text[end:]


def _rule(status: int, text: str, origin: str) -> type[WBError]:
    for rule in RULES:
        fits = rule.words is None or rule.words.search(text)
        if status in rule.statuses and fits and (rule.origin is None or rule.origin.search(origin)):
            return rule.error
    return UnknownError


_WB_DOCS: Final = "dev.wildberries.ru"
_LINK: Final = re.compile(r"https://[A-Za-z0-9._~:/?#@!$&*+,;=%-]{1,300}")


def _wb_links(text: str) -> Iterator[str]:
    """Addresses of WB's developers' pages in its own words. Anything else in them is no link for us."""
    for found in _LINK.findall(text):
        link = found.rstrip(".,;:!?")
        try:
            place = urlsplit(link)
            named, port = place.hostname, place.port
        except ValueError:
            continue
        if place.netloc == named == _WB_DOCS and port is None:
            yield link


def _parsed(body: bytes, content_type: str) -> object:
    """A refusal's body: JSON, or bare words, which mean what they mean in JSON; None of a page or a piece."""
    try:
        return orjson.loads(body)
    except ValueError:
        bare = body[:64].lstrip()[:1] not in (b"{", b"[") and not _is_a_page(content_type, body)
        return body.decode("utf-8", "replace") if bare else None


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
        "retry_after_s": retry if retry is not None else reset if reset is not None else FIRST_GUESS_S,
        "told": retry is not None or reset is not None,
        "reset_s": reset,
        "reset_only": retry is None and reset is not None,
        "burst": None if burst is None else int(burst),
    }


def _seconds(value: str | None) -> float | None:
    """A header's number of seconds; None when it is none."""
    match = re.fullmatch(r"\s*([0-9]{1,15}(?:\.[0-9]{1,15})?)\s*", value or "", re.ASCII)
    return None if match is None else min(float(match[1]), MAX_RETRY_S)


def _unreadable_reason(content_type: str, body: bytes) -> UnexpectedReason:
    if _is_a_page(content_type, body):
        return "html"
    start = body[:64].lstrip()[:1]
    if start not in (b"{", b"["):
        return "not_json"
    try:
        orjson.loads(body.decode("utf-8", "replace"))
    except orjson.JSONDecodeError as error:
        return "truncated" if error.pos == len(error.doc) else "not_json"
    return "not_json"


def _is_a_page(content_type: str, body: bytes) -> bool:
    return body[:64].lstrip()[:1] == b"<" or "html" in content_type.lower()


def _host(location: str) -> str:
    """The host of a redirect's address: enough to recognise a proxy or a portal, without its parameters."""
    match = re.match(r"(?:[a-z]+:)?//(?:[^/?#@]*@)?([^/?#@]{1,100})", location, re.IGNORECASE)
    return match[1] if match else ""
