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
from email.utils import parsedate_to_datetime
from http.client import HTTPException
from http.cookiejar import DefaultCookiePolicy
from types import TracebackType
from typing import Any, Final, NamedTuple, Protocol, Self, cast
from urllib.parse import urlsplit

import orjson
import requests
import urllib3.exceptions
from requests.auth import AuthBase

from wbcore.api.bounds import MAX_ERROR_BODY, Body, Bounded, read_body
from wbcore.api.bucket import MemoryQuota, Quota, Unlimited
from wbcore.api.catalog import (
    ANSWER_S,
    BATCH_LIMIT,
    FEED_LIMIT,
    GROUPS,
    HOSTS,
    METHOD_BY_ID,
    MOSCOW,
    PAGE_LIMIT,
    PING_PATH,
    SANDBOX_HOSTS,
    STICKER_LIMIT,
    WB_DOMAIN,
    Environment,
    Limit,
    Method,
    bucket_name,
    group_limit,
    ping_method,
)
from wbcore.api.errors import (
    NetworkError,
    NetworkReason,
    NoTestEnvironmentError,
    RateLimitedError,
    UnexpectedResponseError,
    WBError,
    error_from_response,
    error_from_success,
    error_within,
)
from wbcore.api.longlist import LongList, parse_long
from wbcore.api.parsing import TooLarge, parse
from wbcore.api.token import TokenFacts, TokenUnreadable, clean

__all__ = ["MemoryQuota", "Observer", "Quota", "Sent", "Unlimited", "WBClient"]

log = logging.getLogger(__name__)

SLICE_S: Final = 0.5
"""A wait is slept in pieces this long, so that it can be shown and cancelled."""
BACKOFF_S: Final = 0.5
MAX_BACKOFF_S: Final = 30.0
MIN_RETRY_S: Final = 0.1
SELLER_NAME: Final = 300
"""Characters of a seller's name that are kept."""
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
    body: Body


@dataclass(frozen=True, slots=True)
class Sent:
    """One request that has gone to WB, for those who count and watch.

    Attributes:
        host: label of the host; ``demo`` in the learning cabinet.
        status: None when no answer came.
        ahead_s: how many seconds this machine's clock is before WB's; None where WB has not said.
    """

    host: str
    status: int | None
    ahead_s: float | None = None


class Observer(Protocol):
    """Told of each request. Called by whichever thread sends."""

    def sent(self, sent: Sent) -> None: ...

    def close(self) -> None:
        """The client is done."""
        ...


class FeedPage(NamedTuple):
    """Rows of the order feed, the snapshot that they belong to (for the next page), their currency."""

    rows: Sequence[object]
    snapshot: str | None
    currency: str | None


class WBClient:
    """Requests with one token, for one run; a context manager, used by one thread.

    Args:
        token: as stored; cleaned here.
        facts: what ``token.read`` said of it; the quota and the addresses depend on it.
        environment: ``production``: WB's hosts; ``test``: WB's sandbox hosts; ``demo``: the built-in sandbox.
        gateway: base address that stands for all hosts, ``{gateway}/{host label}{path}``.
        quota: the seller's buckets; default: this client's own.
        observer: told of each request.
        on_wait: called with the seconds left, before a wait and twice a second during it. May sleep itself,
            and may raise to give up.
        max_wait_s: the longest that one call waits for the quota, all in all.
        timeout: seconds to connect, and to the next byte; the head of an answer has to be there within them.
        answer_s: seconds for a whole answer, however steadily it drips.
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
        observer: Observer | None = None,
        on_wait: Callable[[float], None] | None = None,
        max_wait_s: float = 60.0,
        timeout: tuple[float, float] = (5.0, 30.0),
        answer_s: float = ANSWER_S,
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
        self._ahead_s = 0.0
        self._quota: Quota = quota if quota is not None else MemoryQuota()
        self._observer = observer
        self._on_wait = on_wait
        self._token = _header_safe(token)
        self._session = _session(self._token, self.gateway, answer_s)
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
        if self._observer is not None:
            self._observer.close()

    # --- One call ------------------------------------------------------------------------------------------

    def address(self, method: Method) -> str:
        """Where a method's request goes: a host of the catalogue, or the gateway.

        Raises:
            NoTestEnvironmentError: WB's test environment does not have it; nothing was sent.
        """
        if method.host not in HOSTS or not method.path.startswith("/"):
            raise ValueError(f"{method.id} is not on a host of the catalogue")
        if not method.works_in(self.environment):
            raise NoTestEnvironmentError(method.id)
        label = self._label(method)
        base = f"{self.gateway}/{label}" if self.gateway else f"https://{label}.{WB_DOMAIN}"
        return base + method.path

    def _label(self, method: Method) -> str:
        return SANDBOX_HOSTS[method.host] if self.environment == "test" else method.host

    def call(self, method: Method, *, params: Params | None = None, body: JSONBody | None = None) -> object:
        """Sends one request, again where that can help, and returns the parsed JSON.

        5xx, 408, 425, lost connections, timeouts and damaged answers are tried again with backoff and full
        jitter; 429 when WB says; other 4XX never.

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
                if isinstance(outcome, RateLimitedError):
                    self._disbelieve(method, outcome)
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
        self._tell(method, answer)
        if isinstance(answer, WBError):
            return answer
        size = len(answer.body.data)
        log.debug("%s %d %d ms %d bytes", method.id, answer.status, self.last_latency_ms, size)
        self._count(method, answer)
        if not 200 <= answer.status < 300:
            return self._refusal(method, answer)
        return self._parse(method, answer)

    def _tell(self, method: Method, answer: _Answer | WBError) -> None:
        ahead_s = None if isinstance(answer, WBError) else _ahead_s(answer.headers)
        if ahead_s is not None:
            self._ahead_s = ahead_s
        if self._observer is None:
            return
        host = "demo" if self.environment == "demo" else self._label(method)
        status = answer.http_status if isinstance(answer, WBError) else answer.status
        self._observer.sent(Sent(host, status, ahead_s))

    def their_now(self) -> datetime:
        """What time it is by WB's clock; by this machine's own where WB has not said."""
        return datetime.now(UTC) - timedelta(seconds=self._ahead_s)

    def _refusal(self, method: Method, answer: _Answer) -> WBError:
        return self._heeded(
            method,
            error_from_response(
                method.id, answer.status, answer.headers, bytes(answer.body.data), secret=self._token
            ),
        )

    def _heeded(self, method: Method, error: WBError) -> WBError:
        """An error of WB's, and what it asks of the quota."""
        if isinstance(error, RateLimitedError):
            if error.reset_only:
                error.retry_after_s = self._until_one(method, error)
            told = error.retry_after_s if error.told else None
            blocked = self._quota.blocked(self._seller, self._group(method), told)
            error.retry_after_s = error.retry_after_s if error.told else blocked
        return error

    def _until_one(self, method: Method, error: RateLimitedError) -> float:
        """Seconds until the bucket has one request, where WB has only said when all of the burst is back."""
        limit = self._limit(method)
        others = (error.burst or limit.burst) - 1
        full = error.retry_after_s
        return min(full, max(limit.interval_s, full - others * limit.interval_s))

    def _disbelieve(self, method: Method, error: RateLimitedError) -> None:
        """WB says again and again that the next try may go at once: then it is as if it had not said when."""
        blocked = self._quota.blocked(self._seller, self._group(method), None)
        error.retry_after_s = max(error.retry_after_s, blocked)

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
                return _read(method, response)
        except _LIBRARY_ERRORS as error:
            return NetworkError(
                method.id, reason=network_reason(error), detail=urlsplit(url).hostname or "the gateway"
            )

    def _parse(self, method: Method, answer: _Answer) -> object | WBError:
        if not answer.body.whole:
            return UnexpectedResponseError(method.id, reason="truncated", http_status=answer.status)
        try:
            read = parse_long if method.size.long else parse
            document: object = read(answer.body.data, method.size.values)
        except TooLarge:
            return _too_large(method, answer.status)
        except ValueError:
            start = bytes(answer.body.data)
            return error_from_success(method.id, answer.status, answer.headers, start, secret=self._token)
        error = error_within(method.id, answer.status, answer.headers, document, secret=self._token)
        return document if error is None else self._heeded(method, error)

    # --- Limits and retries --------------------------------------------------------------------------------

    def _pause(self, method: Method, error: WBError, failures: int) -> float | None:
        """Seconds until the request may be sent again; None: it is not to be."""
        tries = 1 if method.writes else self.attempts
        if isinstance(error, RateLimitedError):
            return max(error.retry_after_s, MIN_RETRY_S) if failures < self.attempts else None
        if isinstance(error, NetworkError) and error.reason == "tls":
            tries = min(tries, TLS_TRIES)
        if not error.should_retry or failures >= tries:
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
        return bucket_name(method.group, self.facts.kind, self.environment)

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
        """``name``, ``sid``, ``tradeMark`` of the token's seller: on one line, "" where there is none."""
        said = self._of_a_seller(self.call(METHOD_BY_ID["seller.info"]))
        return {**said, **{name: _on_one_line(said.get(name)) for name in _OF_A_SELLER}}

    def ping(self, host: str) -> None:
        """Whether the token is valid and fits a host (its production label). At most 3 in 30 s a host."""
        method = ping_method(host)
        self._dict(method.id, self.call(method))

    def news(self, from_date: date | str) -> list[dict[str, Any]]:
        """The seller portal's news since a date. ``content`` is HTML of WB's: never to be shown as such."""
        answer = self.call(METHOD_BY_ID["seller.news"], params={"from": str(from_date)[:10]})
        return [row for row in self._rows("seller.news", answer, "data") if isinstance(row, dict)]

    def orders_new(self, method_id: str = "orders.new") -> Sequence[object]:
        """All new orders of one delivery model, as WB sent them."""
        return self._rows(method_id, self.call(METHOD_BY_ID[method_id]), "orders")

    def orders_page(
        self,
        next_: int,
        date_from: int | None,
        date_to: int | None,
        limit: int = PAGE_LIMIT,
        method_id: str = "orders.period",
    ) -> tuple[Sequence[object], int]:
        """A page of orders of a window of at most 30 days (Unix seconds), and the next page's cursor.

        The end is an empty page; one that is shorter than ``limit`` is not. A cursor of 0 means that WB named
        none: there is nothing more.

        Args:
            method_id: ``orders.period``, or the list of the ended of another model (``orders.dbs.ended``).
        """
        params = _params(limit=limit, next=next_, dateFrom=date_from, dateTo=date_to)
        answer = self.call(METHOD_BY_ID[method_id], params=params)
        return self._rows(method_id, answer, "orders"), self._cursor(method_id, answer) or 0

    def archive_page(
        self, year: int, month: int, next_: int, limit: int = PAGE_LIMIT
    ) -> tuple[Sequence[object], int | None]:
        """A page of the archive of one month; the cursor is None on the last one."""
        params = _params(year=year, month=month, next=next_, limit=limit)
        answer = self.call(METHOD_BY_ID["orders.archive"], params=params)
        return self._rows("orders.archive", answer, "orders"), self._cursor("orders.archive", answer)

    def by_ids(self, method_id: str, ids: Sequence[int]) -> Sequence[object]:
        """Statuses, delivery times or buyers (personal data) of up to 1000 orders, as the method says.

        Raises:
            ValueError: more ids than WB takes in one request.
        """
        if len(ids) > BATCH_LIMIT:
            raise ValueError(f"{len(ids)} ids in one request, WB takes {BATCH_LIMIT}")
        if not ids:
            return []
        field = "ordersIds" if method_id in _IDS_NAMED_SO else "orders"
        answer = self.call(METHOD_BY_ID[method_id], body={field: list(ids)})
        return self._rows(method_id, answer, "orders")

    def statuses(self, ids: Sequence[int]) -> Sequence[object]:
        """``id``, ``supplierStatus``, ``wbStatus`` of up to 1000 FBS orders."""
        return self.by_ids("orders.status", ids)

    def stickers(self, ids: Sequence[int], width: int = 58, height: int = 40) -> Sequence[object]:
        """Stickers of up to 100 FBS orders: ``orderId``, and in ``file`` a PNG, base64.

        WB leaves out orders that have none: they are not in assembly or delivery.

        Args:
            width, height: millimetres: 58 and 40, or 40 and 30.

        Raises:
            ValueError: more ids than WB takes in one request.
        """
        if len(ids) > STICKER_LIMIT:
            raise ValueError(f"{len(ids)} ids in one request, WB takes {STICKER_LIMIT}")
        if not ids:
            return []
        params = _params(type="png", width=width, height=height)
        answer = self.call(METHOD_BY_ID["orders.stickers"], params=params, body={"orders": list(ids)})
        return self._rows("orders.stickers", answer, "stickers")

    def feed_page(
        self, start: str, end: str, offset: int, snapshot: str | None, limit: int = FEED_LIMIT
    ) -> FeedPage:
        """A page of the order feed: orders that came into their status within a time of at most 31 days.

        Args:
            start, end: RFC 3339 instants.
            snapshot: ``snapshotTime`` of the first page; None asks for that first page.
        """
        pagination: dict[str, object] = {"offset": offset, "limit": limit}
        if snapshot is not None:
            pagination["snapshotTime"] = snapshot
        body = {"selectedPeriod": {"start": start, "end": end}, "pagination": pagination}
        answer = self._dict("order_feed", self.call(METHOD_BY_ID["order_feed"], body=body))
        data = self._dict("order_feed", answer.get("data", answer))
        taken, currency = data.get("snapshotTime"), data.get("currency")
        return FeedPage(
            self._rows("order_feed", data, "orders"),
            taken if isinstance(taken, str) else snapshot,
            currency if isinstance(currency, str) else None,
        )

    def statistics_page(self, date_from: str) -> Sequence[object]:
        """Statistics rows changed after ``date_from`` (Moscow time), about 80,000 at once; [] is the end."""
        params = _params(dateFrom=date_from, flag=0)
        answer = self.call(METHOD_BY_ID["statistics.orders"], params=params)
        return self._rows("statistics.orders", answer)

    def probe(self, method_id: str) -> int:
        """Proves a capability with the cheapest harmless request; returns its latency in milliseconds.

        Raises:
            WBError: it does not work, and why.
        """
        row = PROBES[method_id]
        answer = self.call(METHOD_BY_ID[method_id], params=row.params(), body=row.body())
        if method_id == "seller.info":
            self._of_a_seller(answer)
        elif row.shape is dict:
            self._dict(method_id, answer)
        else:
            self._rows(method_id, answer, row.field)
        return self.last_latency_ms

    # --- Shapes --------------------------------------------------------------------------------------------

    def _rows(self, method_id: str, answer: object, field: str | None = None) -> Sequence[object]:
        """The list in an answer. Its rows are not looked at: what can't be read is the store's to keep.

        WB writes ``null`` for a list that has nothing in it; a field that is missing is another matter.
        """
        rows = answer if field is None else self._dict(method_id, answer).get(field, ...)
        if rows is None:
            return []
        if not isinstance(rows, list | LongList):
            raise _wrong_shape(method_id, f"{field or 'the answer'} is not a list")
        return rows

    def _dict(self, method_id: str, answer: object) -> dict[str, Any]:
        if not isinstance(answer, dict):
            raise _wrong_shape(method_id, "the answer is not an object")
        return answer

    def _of_a_seller(self, answer: object) -> dict[str, Any]:
        """What says nothing of a seller is another's answer: a proxy has a word for all that comes by."""
        said = self._dict("seller.info", answer)
        if not any(isinstance(said.get(name), str) for name in _OF_A_SELLER):
            raise _wrong_shape("seller.info", "the answer names no seller")
        return said

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
    body: Callable[[], JSONBody | None] = lambda: None
    field: str | None = "orders"
    shape: type = list


def _today() -> date:
    return datetime.now(UTC).date()


def _archived_month() -> Params:
    """A month that the archive is certain to serve."""
    day = _today() - timedelta(days=150)
    return {"year": day.year, "month": day.month, "next": 0, "limit": 100}


_IDS_NAMED_SO: Final = frozenset({"orders.dbs.status", "orders.click_collect.status"})
"""WB's newer methods call the list of ids ``ordersIds``, the others ``orders``."""


def _no_order() -> JSONBody:
    """An order id that no seller has: WB answers with an empty list, and no buyer's data travel."""
    return {"orders": [1]}


def _of_a_sticker() -> Params:
    return {"type": "png", "width": 58, "height": 40}


def _none_of_these() -> JSONBody:
    return {"ordersIds": [1]}


def _last_day() -> Params:
    now = int(time.time())
    return {"limit": 1, "next": 0, "dateFrom": now - 86_400, "dateTo": now}


def _last_hour() -> JSONBody:
    now = datetime.now(UTC).replace(microsecond=0)
    period = {"start": (now - timedelta(hours=1)).isoformat(), "end": now.isoformat()}
    return {"selectedPeriod": period, "pagination": {"offset": 0, "limit": 1}}


PROBES: Final[Mapping[str, Probe]] = {
    "seller.info": Probe(field=None, shape=dict),
    "seller.news": Probe(lambda: {"from": _today().isoformat()}, field="data"),
    "orders.new": Probe(),
    "orders.period": Probe(lambda: {"limit": 1, "next": 0}),
    "orders.status": Probe(body=_no_order),
    "orders.client": Probe(body=_no_order),
    "orders.archive": Probe(_archived_month),
    "statistics.orders": Probe(lambda: {"dateFrom": _moscow_now(), "flag": 0}, field=None),
    "orders.dbs.new": Probe(),
    "orders.dbw.new": Probe(),
    "orders.click_collect.new": Probe(),
    **{f"orders.{model}.ended": Probe(_last_day) for model in ("dbs", "dbw", "click_collect")},
    "orders.dbs.status": Probe(body=_none_of_these),
    "orders.dbs.delivery": Probe(body=_no_order),
    "orders.dbs.client": Probe(body=_no_order),
    "orders.dbw.status": Probe(body=_no_order),
    "orders.dbw.delivery": Probe(body=_no_order),
    "orders.dbw.client": Probe(body=_no_order),
    "orders.click_collect.status": Probe(body=_none_of_these),
    "orders.click_collect.client": Probe(body=_no_order),
    "orders.stickers": Probe(_of_a_sticker, _no_order, field="stickers"),
    "order_feed": Probe(body=_last_hour, field=None, shape=dict),
}


def _moscow_now() -> str:
    return datetime.now(MOSCOW).strftime("%Y-%m-%dT%H:%M:%S")


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


def _session(token: str, gateway: str | None, answer_s: float) -> requests.Session:
    session = _Session()
    for scheme in ("https://", "http://"):
        session.mount(scheme, Bounded(answer_s))
    session.auth = _Bearer(token)
    session.headers.update({"Accept": "application/json", "Accept-Encoding": "gzip", "User-Agent": "wb-desk"})
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    # A gateway on this machine is never behind a proxy, whatever the environment says.
    session.trust_env = not (gateway and _is_loopback(urlsplit(gateway).hostname))
    return session


def _is_loopback(host: str | None) -> bool:
    return host is not None and (host in ("localhost", "::1") or host.startswith("127."))


def _read(method: Method, response: requests.Response) -> _Answer | WBError:
    """An answer, bounded. A body that broke off is marked: with an error status what came is still of use."""
    headers = {name.lower(): value for name, value in response.headers.items()}
    status = response.status_code
    bound = method.size.body if status < 300 else MAX_ERROR_BODY
    try:
        body = read_body(response.raw, headers.get("content-encoding", ""), bound, cut=status >= 300)
    except TooLarge:
        return _too_large(method, status)
    return _Answer(status, headers, body)


def _too_large(method: Method, status: int) -> UnexpectedResponseError:
    detail = f"the answer has more than {method.size.body} bytes or {method.size.values} values"
    return UnexpectedResponseError(method.id, reason="too_large", http_status=status, detail=detail)


def _ahead_s(headers: Mapping[str, str]) -> float | None:
    """How far this machine's clock is before the answer's ``Date``; an answer out of a cache says nothing."""
    if "age" in headers or "date" not in headers:
        return None
    try:
        there = parsedate_to_datetime(headers["date"])
    except (ValueError, OverflowError):
        return None
    there = there.replace(tzinfo=UTC) if there.tzinfo is None else there
    return (datetime.now(UTC) - there).total_seconds()


def _header_safe(token: str) -> str:
    cleaned = clean(token)
    if not re.fullmatch(r"[!-~]+", cleaned):
        raise TokenUnreadable("garbage" if cleaned else "empty", len(cleaned))
    return cleaned


_OF_A_SELLER: Final = ("sid", "name", "tradeMark")


def _on_one_line(value: object) -> str:
    """A name that stands in titles, lists and both databases: printable, and of a name's length."""
    text = value[:SELLER_NAME] if isinstance(value, str) else ""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _wrong_shape(method_id: str, detail: str) -> UnexpectedResponseError:
    return UnexpectedResponseError(method_id, reason="wrong_shape", http_status=200, detail=detail)


def _params(**values: str | int | None) -> dict[str, str | int]:
    return {name: value for name, value in values.items() if value is not None}


def _error_cost(method: Method) -> int:
    return GROUPS[method.group].error_cost if method.group in GROUPS else 1
