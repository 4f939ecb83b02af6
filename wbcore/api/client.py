"""The client: one token's requests to Wildberries. Auth, limits, retries, addresses; no database.

The token travels in the header ``Authorization`` alone, to the hosts of the catalogue or to the gateway,
never along a redirect. Errors are raised without a chain: the library's own exceptions hold the request with
its headers.
"""

from __future__ import annotations

import logging
import random
import re
import socket
import ssl
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from http.client import HTTPException
from http.cookiejar import DefaultCookiePolicy
from types import TracebackType
from typing import Any, Final, Self, cast
from urllib.parse import urlsplit

import orjson
import requests
import urllib3.exceptions
from requests.auth import AuthBase

from wbcore.api.catalog import (
    BATCH_LIMIT,
    GROUPS,
    HOSTS,
    METHOD_BY_ID,
    PAGE_LIMIT,
    PING_PATH,
    SANDBOX_HOSTS,
    WB_DOMAIN,
    Environment,
    Limit,
    Method,
    group_limit,
    ping_method,
)
from wbcore.api.errors import (
    NetworkError,
    NetworkReason,
    RateLimitedError,
    ScopeError,
    UnexpectedResponseError,
    WBError,
    WBUnavailableError,
    error_from_response,
    error_from_success,
)
from wbcore.api.quota import MemoryQuota, Quota, Unlimited
from wbcore.api.token import TokenFacts, TokenUnreadable, clean

__all__ = ["MAX_BODY", "MemoryQuota", "Quota", "Unlimited", "WBClient"]

log = logging.getLogger(__name__)

MAX_BODY: Final = 512 * 1024 * 1024
"""Bytes of one answer, unpacked. WB's largest, 80,000 rows of statistics, has some 60 MB."""
MAX_ERROR_BODY: Final = 65_536
CHUNK: Final = 262_144
SLICE_S: Final = 0.5
"""A wait is slept in pieces this long, so that it can be shown and cancelled."""
BACKOFF_S: Final = 0.5
MAX_BACKOFF_S: Final = 30.0
MIN_RETRY_S: Final = 0.1
TLS_TRIES: Final = 2
"""A certificate that is wrong stays wrong; a handshake that broke off may not."""

Params = Mapping[str, str | int]
JSONBody = Mapping[str, object]


class _Bearer(AuthBase):
    """Puts the token into the request. As ``session.auth`` it also keeps requests from reading ~/.netrc."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = self._token
        return request

    def __repr__(self) -> str:
        return "<token>"


class _Session(requests.Session):
    """A session that knows no redirects: not even their addresses are read."""

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        return None


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes
    whole: bool = True


class WBClient:
    """Requests with one token, for one run; a context manager, used by one thread.

    Args:
        token: as stored; cleaned here.
        facts: what ``token.read`` said of it; the quota and the addresses depend on it.
        environment: ``production``: WB's hosts; ``test``: WB's sandbox hosts; ``demo``: the built-in sandbox.
        gateway: base address that stands for all hosts, ``{gateway}/{host label}{path}``.
        quota: the seller's buckets; default: this client's own.
        on_wait: called with the seconds left, before a wait and twice a second during it. May sleep itself,
            and may raise to give up.
        max_wait_s: the longest that one call waits for the quota, all in all.
        timeout: seconds to connect, and to the next byte.
        attempts: of one request, the first included.

    Raises:
        ValueError: ``demo`` without a gateway; a gateway that is no http(s) address.
        TokenUnreadable: the token has characters that no header can carry.
    """

    def __init__(
        self,
        token: str,
        facts: TokenFacts,
        *,
        environment: Environment,
        gateway: str | None = None,
        quota: Quota | None = None,
        on_wait: Callable[[float], None] | None = None,
        max_wait_s: float = 60.0,
        timeout: tuple[float, float] = (5.0, 30.0),
        attempts: int = 5,
    ) -> None:
        if environment == "demo" and not gateway:
            raise ValueError("the learning cabinet has no address of its own: a gateway is needed")
        if gateway is not None and not re.match(r"https?://[^/]", gateway):
            raise ValueError("a gateway is an http:// or https:// address")
        self.facts = facts
        self.environment: Environment = environment
        self.gateway = gateway.rstrip("/") if gateway else None
        self.max_wait_s = max_wait_s
        self.timeout = timeout
        self.attempts = max(1, attempts)
        self.requests_sent = 0
        self.waited_s = 0.0
        self.last_latency_ms = 0
        self._quota: Quota = quota if quota is not None else MemoryQuota()
        self._on_wait = on_wait
        self._token = _header_safe(token)
        self._session = _session(self._token, self.gateway)
        owner = facts.seller_sid or facts.fingerprint
        self._seller = owner if environment == "production" else f"{environment}:{owner}"

    def __repr__(self) -> str:
        return f"<WBClient {self.facts.fingerprint} {self.environment}>"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._session.close()

    # --- One call ------------------------------------------------------------------------------------------

    def address(self, method: Method) -> str:
        """Where a method's request goes: a host of the catalogue, or the gateway.

        Raises:
            ScopeError: WB has no sandbox host for it; nothing was sent.
        """
        if method.host not in HOSTS or not method.path.startswith("/"):
            raise ValueError(f"{method.id} is not on a host of the catalogue")
        label = SANDBOX_HOSTS.get(method.host) if self.environment == "test" else method.host
        if label is None:
            raise ScopeError(method.id, detail=f"{method.host} has no sandbox host")
        base = f"{self.gateway}/{label}" if self.gateway else f"https://{label}.{WB_DOMAIN}"
        return base + method.path

    def call(self, method: Method, *, params: Params | None = None, body: JSONBody | None = None) -> object:
        """Sends one request, again where that can help, and returns the parsed JSON.

        5xx, lost connections, timeouts and damaged answers are tried again with backoff and full jitter; 429
        when WB says; other 4XX never.

        Raises:
            WBError: one of its tree; never another library's exception.
        """
        url = self.address(method)
        patience = self.max_wait_s
        failures = 0
        while True:
            patience -= self._reserve(method, patience)
            outcome = self._attempt(method, url, params, body)
            if not isinstance(outcome, WBError):
                return outcome
            failures += 1
            pause = self._pause(method, outcome, failures)
            if pause is None:
                raise outcome
            if isinstance(outcome, RateLimitedError):
                if pause > patience:
                    raise outcome
                patience -= pause
            log.warning("%s: try %d failed (%s), next in %.1f s", method.id, failures, outcome, pause)
            self._wait(pause)

    def _attempt(
        self, method: Method, url: str, params: Params | None, body: JSONBody | None
    ) -> object | WBError:
        """One request. Errors are returned: raised here they would carry the library's as their context."""
        self.requests_sent += 1
        started = time.perf_counter()
        answer = self._send(method, url, params, body)
        self.last_latency_ms = round((time.perf_counter() - started) * 1000)
        if isinstance(answer, WBError):
            return answer
        log.debug("%s %d %d ms %d bytes", method.id, answer.status, self.last_latency_ms, len(answer.body))
        self._count(method, answer)
        if not 200 <= answer.status < 300:
            error = error_from_response(
                method.id, answer.status, answer.headers, answer.body, secret=self._token
            )
            if isinstance(error, RateLimitedError):
                self._quota.blocked(self._seller, self._group(method), error.retry_after_s)
            return error
        return self._parse(method, answer)

    def _send(
        self, method: Method, url: str, params: Params | None, body: JSONBody | None
    ) -> _Answer | WBError:
        data = None if body is None else orjson.dumps(body)
        headers = {} if data is None else {"Content-Type": "application/json"}
        try:
            response = self._session.request(
                method.verb,
                url,
                params=params,
                data=data,
                headers=headers,
                timeout=self.timeout,
                allow_redirects=False,
                stream=True,
            )
            with response:
                return _read(method.id, response)
        except _LIBRARY_ERRORS as error:
            return NetworkError(
                method.id, reason=network_reason(error), detail=urlsplit(url).hostname or "the gateway"
            )

    def _parse(self, method: Method, answer: _Answer) -> object | WBError:
        if not answer.whole:
            return UnexpectedResponseError(method.id, reason="truncated", http_status=answer.status)
        for readable in (_as_sent, _repaired):
            try:
                document: object = orjson.loads(readable(answer.body))
            except ValueError:
                continue
            return document
        return error_from_success(method.id, answer.status, answer.headers, answer.body, secret=self._token)

    # --- Limits and retries --------------------------------------------------------------------------------

    def _pause(self, method: Method, error: WBError, failures: int) -> float | None:
        """Seconds until the request may be sent again; None: it is not to be."""
        tries = 1 if method.writes else self.attempts
        if isinstance(error, RateLimitedError):
            return max(error.retry_after_s, MIN_RETRY_S) if failures < self.attempts else None
        if isinstance(error, NetworkError) and error.reason == "tls":
            tries = min(tries, TLS_TRIES)
        again = isinstance(error, (WBUnavailableError, NetworkError)) or (
            isinstance(error, UnexpectedResponseError) and error.reason in ("truncated", "html", "not_json")
        )
        if not again or failures >= tries:
            return None
        return random.uniform(0, min(MAX_BACKOFF_S, BACKOFF_S * 2 ** (failures - 1)))  # noqa: S311

    def _reserve(self, method: Method, patience: float) -> float:
        """Waits for the quota, and returns how long.

        Raises:
            RateLimitedError: it would take longer than ``patience`` seconds; nothing was sent.
        """
        waited = 0.0
        group, limit = self._group(method), self._limit(method)
        while (wait := self._quota.reserve(self._seller, group, limit)) > 0:
            if waited + wait > patience:
                raise RateLimitedError(method.id, retry_after_s=wait, burst=limit.burst)
            waited += wait
            self._wait(wait)
        return waited

    def _count(self, method: Method, answer: _Answer) -> None:
        """Tells the quota what the answer cost and what WB says is left."""
        group, limit = self._group(method), self._limit(method)
        remaining = answer.headers.get("x-ratelimit-remaining", "").strip()
        if re.fullmatch(r"[0-9]{1,9}", remaining):
            self._quota.observed(self._seller, group, limit, int(remaining))
        if 400 <= answer.status < 500 and answer.status != 429:
            extra = _error_cost(method) - 1  # one was reserved
            if extra > 0:
                self._quota.charge(self._seller, group, limit, extra)

    def _group(self, method: Method) -> str:
        """WB's sandbox hosts have one bucket each, whatever the method; ``/ping`` has its own everywhere."""
        if self.environment == "test" and method.path != PING_PATH:
            return f"test.{method.host}"
        return method.group

    def _limit(self, method: Method) -> Limit:
        return group_limit(method.group, self.facts.kind, self.environment)

    def _wait(self, seconds: float) -> None:
        started = time.monotonic()
        try:
            while (left := started + seconds - time.monotonic()) > 0:
                if self._on_wait is not None:
                    self._on_wait(left)
                    left = started + seconds - time.monotonic()
                time.sleep(max(0.0, min(left, SLICE_S)))
        finally:
            self.waited_s += time.monotonic() - started

    # --- WB's methods --------------------------------------------------------------------------------------

    def seller_info(self) -> dict[str, Any]:
        """``name``, ``sid``, ``tradeMark`` of the token's seller."""
        return self._dict("seller.info", self.call(METHOD_BY_ID["seller.info"]))

    def ping(self, host: str) -> None:
        """Whether the token is valid and fits a host (its production label). At most 3 in 30 s a host."""
        method = ping_method(host)
        self._dict(method.id, self.call(method))

    def news(self, from_date: date | str) -> list[dict[str, Any]]:
        """The seller portal's news since a date. ``content`` is HTML of WB's: never to be shown as such."""
        answer = self.call(METHOD_BY_ID["seller.news"], params={"from": str(from_date)[:10]})
        return [row for row in self._rows("seller.news", answer, "data") if isinstance(row, dict)]

    def orders_new(self, method_id: str = "orders.new") -> list[object]:
        """All new orders of one delivery model, as WB sent them."""
        return self._rows(method_id, self.call(METHOD_BY_ID[method_id]), "orders")

    def orders_page(
        self, next_: int, date_from: int | None, date_to: int | None, limit: int = PAGE_LIMIT
    ) -> tuple[list[object], int]:
        """A page of orders created in a window of at most 30 days (Unix seconds), and the next page's cursor.

        The end is an empty page. A cursor of 0 means that WB named none: there is nothing more.
        """
        params = _params(limit=limit, next=next_, dateFrom=date_from, dateTo=date_to)
        answer = self.call(METHOD_BY_ID["orders.period"], params=params)
        return self._rows("orders.period", answer, "orders"), self._cursor("orders.period", answer) or 0

    def archive_page(
        self, year: int, month: int, next_: int, limit: int = PAGE_LIMIT
    ) -> tuple[list[object], int | None]:
        """A page of the archive of one month; the cursor is None on the last one."""
        params = _params(year=year, month=month, next=next_, limit=limit)
        answer = self.call(METHOD_BY_ID["orders.archive"], params=params)
        return self._rows("orders.archive", answer, "orders"), self._cursor("orders.archive", answer)

    def statuses(self, ids: Sequence[int]) -> list[object]:
        """``id``, ``supplierStatus``, ``wbStatus`` of up to 1000 orders."""
        return self._by_ids("orders.status", ids)

    def clients(self, ids: Sequence[int]) -> list[object]:
        """Buyers (personal data) of up to 1000 cross-border orders."""
        return self._by_ids("orders.client", ids)

    def statistics_page(self, date_from: str, flag: int = 0) -> list[object]:
        """Statistics rows changed after ``date_from`` (Moscow time), about 80,000 at once; [] is the end."""
        params = _params(dateFrom=date_from, flag=flag)
        answer = self.call(METHOD_BY_ID["statistics.orders"], params=params)
        return self._rows("statistics.orders", answer)

    def probe(self, method_id: str) -> int:
        """Proves a capability with the cheapest harmless request; returns its latency in milliseconds.

        Raises:
            WBError: it does not work, and why.
        """
        row = PROBES[method_id]
        answer = self.call(METHOD_BY_ID[method_id], params=row.params(), body=row.body)
        if row.shape is dict:
            self._dict(method_id, answer)
        else:
            self._rows(method_id, answer, row.field)
        return self.last_latency_ms

    def _by_ids(self, method_id: str, ids: Sequence[int]) -> list[object]:
        if len(ids) > BATCH_LIMIT:
            raise ValueError(f"{len(ids)} ids in one request, WB takes {BATCH_LIMIT}")
        if not ids:
            return []
        answer = self.call(METHOD_BY_ID[method_id], body={"orders": list(ids)})
        return self._rows(method_id, answer, "orders")

    # --- Shapes --------------------------------------------------------------------------------------------

    def _rows(self, method_id: str, answer: object, field: str | None = None) -> list[object]:
        """The list in an answer. Its rows are not looked at: what can't be read is the store's to keep."""
        rows = answer if field is None else self._dict(method_id, answer).get(field)
        if not isinstance(rows, list):
            raise _wrong_shape(method_id, f"{field or 'the answer'} is not a list")
        return rows

    def _dict(self, method_id: str, answer: object) -> dict[str, Any]:
        if not isinstance(answer, dict):
            raise _wrong_shape(method_id, "the answer is not an object")
        return answer

    def _cursor(self, method_id: str, answer: object) -> int | None:
        value = cast(dict[str, object], answer).get("next")
        if isinstance(value, str) and re.fullmatch(r"[0-9]{1,19}", value):
            value = int(value)
        if value is None or (isinstance(value, int) and not isinstance(value, bool)):
            return value
        raise _wrong_shape(method_id, "next is not a number")


@dataclass(frozen=True, slots=True)
class Probe:
    """The request that proves a capability: it changes nothing and brings as little as WB allows."""

    params: Callable[[], Params | None] = lambda: None
    body: JSONBody | None = None
    field: str | None = "orders"
    shape: type = list


def _today() -> date:
    return datetime.now(UTC).date()


def _archived_month() -> Params:
    """A month that the archive is certain to serve."""
    day = _today() - timedelta(days=150)
    return {"year": day.year, "month": day.month, "next": 0, "limit": 100}


_NO_ORDER: Final[JSONBody] = {"orders": [1]}
"""An order id that no seller has: WB answers with an empty list, and no buyer's data travel."""

PROBES: Final[Mapping[str, Probe]] = {
    "seller.info": Probe(field=None, shape=dict),
    "seller.news": Probe(lambda: {"from": _today().isoformat()}, field="data"),
    "orders.new": Probe(),
    "orders.period": Probe(lambda: {"limit": 1, "next": 0}),
    "orders.status": Probe(body=_NO_ORDER),
    "orders.client": Probe(body=_NO_ORDER),
    "orders.archive": Probe(_archived_month),
    "statistics.orders": Probe(lambda: {"dateFrom": _moscow_now(), "flag": 0}, field=None),
    "orders.dbs.new": Probe(),
    "orders.dbw.new": Probe(),
    "orders.click_collect.new": Probe(),
}


def _moscow_now() -> str:
    return (datetime.now(UTC) + timedelta(hours=3)).strftime("%Y-%m-%dT%H:%M:%S")


# --- The network -------------------------------------------------------------------------------------------


def network_reason(error: BaseException) -> NetworkReason:
    """What the network did, from the innermost causes of a library's exception."""
    causes = list(_causes(error))
    for reason, kinds in _NETWORK_REASONS:
        if any(isinstance(cause, kinds) for cause in causes):
            return reason
    return "other"


_NETWORK_REASONS: Final[tuple[tuple[NetworkReason, tuple[type[BaseException], ...]], ...]] = (
    ("dns", (socket.gaierror, urllib3.exceptions.NameResolutionError)),
    ("refused", (ConnectionRefusedError,)),
    ("timeout", (TimeoutError, requests.Timeout, urllib3.exceptions.TimeoutError)),
    ("dropped", (ssl.SSLEOFError, ConnectionError, urllib3.exceptions.ProtocolError)),
    ("tls", (ssl.SSLError, requests.exceptions.SSLError, urllib3.exceptions.SSLError)),
)


_LIBRARY_ERRORS: Final = (
    requests.RequestException,
    urllib3.exceptions.HTTPError,
    HTTPException,
    OSError,
    ValueError,
)


def _causes(error: BaseException, depth: int = 8) -> Iterator[BaseException]:
    yield error
    inner = [error.__cause__, error.__context__, getattr(error, "reason", None), *error.args]
    for cause in inner if depth else ():
        if isinstance(cause, BaseException):
            yield from _causes(cause, depth - 1)


def _session(token: str, gateway: str | None) -> requests.Session:
    session = _Session()
    session.auth = _Bearer(token)
    session.headers.update({"Accept": "application/json", "Accept-Encoding": "gzip", "User-Agent": "wb-desk"})
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    # A gateway on this machine is never behind a proxy, whatever the environment says.
    session.trust_env = not (gateway and _is_loopback(urlsplit(gateway).hostname))
    return session


def _is_loopback(host: str | None) -> bool:
    return host is not None and (host in ("localhost", "::1") or host.startswith("127."))


def _read(method_id: str, response: requests.Response) -> _Answer | WBError:
    """The body, bounded. One that broke off is marked: with an error status what came is still of use."""
    headers = {name.lower(): value for name, value in response.headers.items()}
    status = response.status_code
    bound = MAX_BODY if status < 300 else MAX_ERROR_BODY
    chunks: list[bytes] = []
    size, whole = 0, True
    try:
        for chunk in response.iter_content(CHUNK):
            chunks.append(chunk)
            size += len(chunk)
            if size > bound:
                break
    except requests.ConnectionError as error:
        if network_reason(error) == "timeout":
            raise
        whole = False
    except _LIBRARY_ERRORS:
        whole = False
    if size > bound and status < 300:
        return _wrong_shape(method_id, f"the answer has more than {bound} bytes")
    return _Answer(status, headers, b"".join(chunks), whole)


_HALF_PAIR: Final = re.compile(
    rb"\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F][0-9a-fA-F]{2})"
    rb"|(?<!\\u[dD][89abAB][0-9a-fA-F]{2})\\u[dD][c-fC-F][0-9a-fA-F]{2}"
)


def _as_sent(body: bytes) -> bytes:
    return body


def _repaired(body: bytes) -> bytes:
    """JSON with what one broken comment may do to a page put right: half characters, wrong bytes, a BOM."""
    text = body.decode("utf-8-sig", "replace").encode()
    return _HALF_PAIR.sub(rb"\\ufffd", text)


def _header_safe(token: str) -> str:
    cleaned = clean(token)
    if not re.fullmatch(r"[!-~]+", cleaned):
        raise TokenUnreadable("garbage" if cleaned else "empty", len(cleaned))
    return cleaned


def _wrong_shape(method_id: str, detail: str) -> UnexpectedResponseError:
    return UnexpectedResponseError(method_id, reason="wrong_shape", http_status=200, detail=detail)


def _params(**values: str | int | None) -> dict[str, str | int]:
    return {name: value for name, value in values.items() if value is not None}


def _error_cost(method: Method) -> int:
    return GROUPS[method.group].error_cost if method.group in GROUPS else 1
