"""Wildberries' answers as one small tree of exceptions. Callers catch by meaning, never by status.

Matching is by meaning, not by whole strings: WB changes the wording. What matches no row of RULES is an
``UnknownError`` that carries the answer as it came.
"""

from __future__ import annotations

from typing import Literal


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
