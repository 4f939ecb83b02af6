"""WB's gateway: who may ask what, how often. The order of its questions is WB's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from wbcore.api.catalog import (
    CATEGORY_BY_ID,
    GROUPS,
    HOSTS,
    PING,
    READ_ONLY_BIT,
    SANDBOX_HOSTS,
    Environment,
    Limit,
    Method,
    group_limit,
    ping_method,
)
from wbcore.sandbox.answers import Answer, path_not_found, problem, refusal, too_many
from wbcore.sandbox.limits import Bucket
from wbcore.sandbox.methods import Refused, Request, find
from wbcore.sandbox.tokens import Claims, MalformedToken, read
from wbcore.sandbox.world import Seen, World

MAX_BODY: Final = 1_000_000
"""Bytes of a request's body; more is answered by 413."""
SCOPE: Final = "token scope not allowed"
_MANAGE: Final = "Manage tokens at https://seller.wildberries.ru/supplier-settings/access-to-api"
"""WB's own words: they name the cabinet's older address."""
_NOTHING_SENT: Final[Mapping[str, str]] = {
    "": "empty Authorization header",
    "Bearer": "invalid API access token: empty main token",
}
"""What WB says where the header has no token at all: a proxy that takes it away is told by that."""
_UNCOUNTED: Final = Limit(60, 60.0, 10)
"""What the headers say where no quota is known: an unreadable token, a path that is not there."""
_PRODUCTION: Final = {test_host: host for host, test_host in SANDBOX_HOSTS.items()}


@dataclass(frozen=True, slots=True)
class Call:
    """What came in. ``host`` is the label of the address; ``test``: it is one of WB's sandbox hosts."""

    verb: str
    host: str
    path: str
    query: Mapping[str, str]
    query_text: str
    authorization: str
    body: bytes

    @property
    def test(self) -> bool:
        return self.host in _PRODUCTION

    @property
    def production_host(self) -> str:
        return _PRODUCTION.get(self.host, self.host)


def _expired(world: World, claims: Claims, call: Call, method: Method) -> str:
    gone = claims.expires <= world.clock()
    return f"token expired; {_MANAGE}" if gone else ""


def _withdrawn(world: World, claims: Claims, call: Call, method: Method) -> str:
    return "token withdrawn" if claims.id in world.withdrawn else ""


def _environment(world: World, claims: Claims, call: Call, method: Method) -> str:
    return SCOPE if claims.test != call.test else ""


def _category(world: World, claims: Claims, call: Call, method: Method) -> str:
    needed = CATEGORY_BY_ID[method.category].bit if method.category else None
    allowed = claims.any_category if needed is None else claims.has(needed)
    return "" if allowed else SCOPE


def _read_only(world: World, claims: Claims, call: Call, method: Method) -> str:
    return "read-only token: writing is not allowed" if method.writes and claims.has(READ_ONLY_BIT) else ""


def _kind(world: World, claims: Claims, call: Call, method: Method) -> str:
    closed = claims.kind in world.switches.closed.get(method.id, set())
    name = "base" if claims.kind == "basic" else claims.kind
    return f"{name} token is not allowed for this method" if closed else ""


Question = Callable[[World, Claims, Call, Method], str]
QUESTIONS: Final[tuple[Question, ...]] = (
    _expired,
    _withdrawn,
    _environment,
    _category,
    _read_only,
    _kind,
)
"""What the gateway asks of a token, in this order; an answer that is not "" is the refusal's detail."""


class Visit:
    """One request on its way through the gateway.

    Attributes:
        sid: the seller, "" when the token can't be read.
        method_id: id of the method, or verb and path when there is none.
    """

    def __init__(self, world: World, call: Call) -> None:
        self.world = world
        self.call = call
        found = find(call.production_host, call.verb, call.path) if call.production_host in HOSTS else None
        if found and call.test and not found[0].method.works_in("test"):
            found = None
        self._served = found[0] if found else None
        self._path_ids = found[1] if found else ()
        self._claims: Claims | None = None
        self._unreadable = ""
        header = call.authorization.strip()
        try:
            self._claims = read(header.removeprefix("Bearer ").strip())
        except MalformedToken as e:
            self._unreadable = _NOTHING_SENT.get(header, f"token problem; token is malformed: {e}")
        self._bucket = self._find_bucket()
        self.sid = self._claims.sid if self._claims else ""
        self.method_id = self._served.method.id if self._served else f"{call.verb} {call.path}"

    def answer(self) -> Answer:
        """The answer, with WB's headers. A refusal costs what it costs at WB."""
        refused = self._authorize()
        taken = refused is None and self.world.limits
        if taken and not self._bucket.take(self.world.clock()):
            answer = too_many(self.call.host, self._group, self.world.clock())
        else:
            answer = refused or self._call()
            self._pay(answer.status, already=int(taken))
        limits = self._bucket.headers(blocked=answer.status == 429)
        return replace(answer, headers=limits | dict(answer.headers))

    def note(self, status: int) -> None:
        """Counts the request for the tests."""
        seen = Seen(
            self.world.clock(), self.method_id, self.call.host, self.sid, status, self.call.query_text
        )
        self.world.note(seen)

    @property
    def _group(self) -> str:
        group = self._served.method.group if self._served else ""
        shared = self.call.test and not group.startswith(PING)
        return f"test.{self.call.host}" if shared else group

    def _find_bucket(self) -> Bucket:
        now = self.world.clock()
        if self._claims is None or self._served is None:
            return Bucket.full(_UNCOUNTED, now)
        environment: Environment = "test" if self.call.test else "production"
        limit = group_limit(self._served.method.group, self._claims.kind, environment)
        return self.world.bucket(self._claims.sid, self._group, limit)

    def _pay(self, status: int, already: int) -> None:
        group = GROUPS.get(self._served.method.group) if self._served else None
        if self.world.limits and group and 400 <= status < 500:
            self._bucket.charge(group.error_cost - already)

    def _authorize(self) -> Answer | None:
        call, world = self.call, self.world
        if call.production_host not in HOSTS:
            return path_not_found(call.host, world.clock())
        if self._claims is None:
            return self._unauthorized(self._unreadable)
        method = self._served.method if self._served else ping_method(call.production_host)
        details = (question(world, self._claims, call, method) for question in QUESTIONS)
        detail = next(filter(None, details), "")
        if detail:
            return self._unauthorized(detail)
        if self._served is None or method.id in world.switches.retired:
            return path_not_found(call.host, world.clock())
        return None

    def _unauthorized(self, detail: str) -> Answer:
        return problem(self.call.host, 401, "unauthorized", detail, self.world.clock())

    def _call(self) -> Answer:
        assert self._served is not None
        switches, method_id, now = self.world.switches, self.method_id, self.world.clock()
        if self.sid in switches.unpaid:
            return problem(self.call.host, 402, "payment required", "top up the balance to go on", now)
        if len(self.call.body) > MAX_BODY:
            return refusal(413, "TooLarge", "Слишком большой запрос")
        if method_id in switches.denied:
            return refusal(403, "AccessDenied", "Доступ запрещён")
        if method_id in switches.disabled:
            return problem(self.call.host, 404, "not found", "the method is temporarily disabled", now)
        request = Request(
            self.world, self.world.shop(self.sid), self.call.query, self.call.body, self._path_ids
        )
        try:
            return self._served.handler(request)
        except Refused as e:
            return e.answer
