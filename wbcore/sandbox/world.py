"""The state of one imitation: sellers, quotas, withdrawn tokens, switches and faults.

Tests change it directly in their own process, or over HTTP through ``/_sandbox/...`` (see ``control``).
"""

from __future__ import annotations

import random
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final, Literal

from wbcore.api.catalog import Limit, TokenKind
from wbcore.sandbox.limits import Bucket
from wbcore.sandbox.shop import CHAIN, DAY, Profile, Shop
from wbcore.sandbox.tokens import SELLER_SID, WITHDRAWN_ID, contract_tokens

FaultKind = Literal["drop", "truncate", "delay", "500", "503", "429", "html", "repeat"]
FAULT_KINDS: Final[tuple[FaultKind, ...]] = (
    "drop",
    "truncate",
    "delay",
    "500",
    "503",
    "429",
    "html",
    "repeat",
)
_SPAN_DAYS: Final[Mapping[Profile, int]] = {"new": 28, "demo": 75}
_LOG_LENGTH: Final = 100_000


@dataclass(slots=True)
class Faults:
    """Seeded chaos.

    Attributes:
        seed: the same seed and requests give the same faults.
        rate: share of the requests that go wrong, 0 to 1.
        kinds: what goes wrong; ``repeat`` gives the page before once more.
        delay_s: how long a ``delay`` takes.
        in_a_row: so many faults of one seller and method at most, then one answer comes through.
        methods: ids of the methods that it happens to; empty: all.
        most: faults altogether; None: no end.
    """

    seed: int = 0
    rate: float = 0.0
    kinds: tuple[FaultKind, ...] = FAULT_KINDS
    delay_s: float = 0.2
    in_a_row: int = 3
    methods: frozenset[str] = frozenset()
    most: int | None = None
    given: Counter[str] = field(default_factory=Counter)
    _rng: random.Random = field(init=False)
    _row: Counter[tuple[str, str]] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        unknown = set(self.kinds) - set(FAULT_KINDS)
        if unknown:
            raise ValueError(f"no such faults: {', '.join(sorted(unknown))}")
        self._rng = random.Random(self.seed)  # noqa: S311 (chaos for tests, not a secret)

    def draw(self, sid: str, method_id: str) -> FaultKind | None:
        """What happens to this request."""
        if not self.rate or (self.methods and method_id not in self.methods):
            return None
        place = (sid, method_id)
        over = self.most is not None and self.given.total() >= self.most
        if self._rng.random() >= self.rate or over or self._row[place] >= self.in_a_row:
            self._row[place] = 0
            return None
        self._row[place] += 1
        kind = self._rng.choice(self.kinds)
        self.given[kind] += 1
        return kind


@dataclass(slots=True)
class Switches:
    """What WB has closed: ids of methods, or ids of sellers.

    Attributes:
        disabled: methods that are switched off for a while (404).
        retired: methods that are gone (404 path not found).
        denied: methods to which nobody has access (403).
        unpaid: sellers that owe money (402).
        closed: methods closed to token kinds, beside those of the catalogue (401).
    """

    disabled: set[str] = field(default_factory=set)
    retired: set[str] = field(default_factory=set)
    denied: set[str] = field(default_factory=set)
    unpaid: set[str] = field(default_factory=set)
    closed: dict[str, set[TokenKind]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Canned:
    """An answer to be given as it is, whatever was asked."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Seen:
    """One request that came in. ``sid`` is "" when the token could not be read."""

    at: float
    method_id: str
    host: str
    sid: str
    status: int
    query: str


class World:
    """All that the imitation knows.

    Args:
        seed: decides goods, prices and places.
        orders: orders of the last three months, for each seller.
        profile: ``new``: all wait for the seller; ``demo``: a lifelike mix, about 30 % of them new.
        anchor: the moment of the newest order, by default now. The same anchor gives the same rows.
        limits: whether quotas are kept.
        latency: seconds that each answer takes at least.
        archived: orders in the archive, by default a tenth of ``orders``.
        others: orders of each other model of sale, by default a twentieth, 3 to 50.
        span_days: over how many days the orders are spread, 28 or, for ``demo``, 75.
        statistics_page: rows of one answer of the statistics.
        statistics_repeat_edge: the statistics give the rows of ``dateFrom`` itself once more.
        clock: Unix seconds.
    """

    def __init__(
        self,
        *,
        seed: int = 1,
        orders: int = 200,
        profile: Profile = "new",
        anchor: datetime | None = None,
        limits: bool = True,
        latency: float = 0.0,
        archived: int | None = None,
        others: int | None = None,
        span_days: float | None = None,
        statistics_page: int = 80_000,
        statistics_repeat_edge: bool = False,
        clock: Callable[[], float] = time.time,
    ) -> None:
        if profile not in _SPAN_DAYS:
            raise ValueError(f"no such profile: {profile}")
        self.seed = seed
        self.orders = orders
        self.profile: Profile = profile
        self.clock = clock
        self.anchor = (anchor or datetime.fromtimestamp(clock(), UTC)).replace(microsecond=0)
        self.limits = limits
        self.latency = latency
        self.archived = orders // 10 if archived is None else archived
        self.others = min(50, max(3, orders // 20)) if others is None else others
        self.span_s = int((span_days or _SPAN_DAYS[profile]) * DAY)
        self.statistics_page = statistics_page
        self.statistics_repeat_edge = statistics_repeat_edge
        self.tokens = contract_tokens(self.anchor)
        self._lock = threading.RLock()
        self._start()

    def _start(self) -> None:
        self.withdrawn = {WITHDRAWN_ID}
        self.switches = Switches()
        self.faults = Faults()
        self.log: deque[Seen] = deque(maxlen=_LOG_LENGTH)
        self.counts: Counter[tuple[str, str, int]] = Counter()
        self.last_pages: dict[tuple[str, str], tuple[str, bytes]] = {}
        self._canned: dict[str, deque[Canned]] = {}
        self._shops: dict[str, Shop] = {}
        self._buckets: dict[tuple[str, str, Limit], Bucket] = {}

    def reset(self) -> None:
        """Back to the start: no withdrawn tokens but the contract's, no faults, full quotas, first rows."""
        with self._lock:
            self._start()

    # Sellers and their orders

    def shop(self, sid: str = SELLER_SID) -> Shop:
        """The orders of a seller; any seller has some."""
        with self._lock:
            if sid not in self._shops:
                self._shops[sid] = Shop(
                    sid=sid,
                    seed=self.seed,
                    count=self.orders,
                    archived=self.archived,
                    others=self.others,
                    profile=self.profile,
                    anchor=int(self.anchor.timestamp()),
                    span=self.span_s,
                )
            return self._shops[sid]

    def add_orders(self, count: int, sid: str = SELLER_SID, model: str = "fbs") -> list[int]:
        """New orders of a model of sale that come in now; gives their ids."""
        with self._lock:
            shop = self.shop(sid)
            now = max(int(self.clock()), int(self.anchor.timestamp()))
            if model != "fbs":
                orders = shop.deliveries[model]
                begin = len(orders)
                orders.added.extend([(now, orders.advanced)] * count)
                return [orders.order_id(n) for n in range(begin, len(orders))]
            first = shop.end
            shop.added.extend([now] * count)
            shop.touch()
            return [shop.order_id(i) for i in range(first, shop.end)]

    def set_status(self, order_id: int, supplier: str, wb: str, sid: str = SELLER_SID) -> None:
        """Gives an order of any model any statuses; its row in the statistics and the feed changes now.

        Raises:
            KeyError: the seller has no such order.
        """
        with self._lock:
            shop = self.shop(sid)
            for orders in shop.deliveries.values():
                n = orders.index(order_id)
                if n is not None:
                    orders.changed[n] = ((supplier, wb), max(int(self.clock()), orders.created(n)))
                    return
            i = shop.index(order_id)
            if i is None:
                raise KeyError(order_id)
            shop.changed[i] = ((supplier, wb), max(int(self.clock()), shop.created(i)))
            shop.touch()

    def advance(self, steps: int = 1, sid: str = SELLER_SID, model: str = "") -> None:
        """All orders that are on their way go on by so many steps: new, confirm, ..., sold or received.

        Args:
            model: of one model of sale alone; "": of all.
        """
        with self._lock:
            shop = self.shop(sid)
            if model in ("", "fbs"):
                shop.advanced = min(shop.advanced + steps, len(CHAIN))
                shop.touch()
            for orders in shop.deliveries.values():
                if model in ("", orders.model):
                    orders.advanced += steps
                    orders.advanced_at = int(self.clock())

    def withdraw(self, token_id: str) -> None:
        """Deletes a token in the cabinet, by its claim ``id``."""
        self.withdrawn.add(token_id)

    # Answers and quotas

    def answer_next(
        self,
        method_id: str,
        status: int,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
        times: int = 1,
    ) -> None:
        """The next requests of a method (``*``: of any) get this answer instead of their own."""
        with self._lock:
            queue = self._canned.setdefault(method_id, deque())
            queue.extend([Canned(status, body, dict(headers or {}))] * times)

    def canned(self, method_id: str) -> Canned | None:
        with self._lock:
            queue = self._canned.get(method_id) or self._canned.get("*")
            return queue.popleft() if queue else None

    def bucket(self, sid: str, group: str, limit: Limit) -> Bucket:
        """The quota of a seller for a group; a Basic token's is another than a Personal one's."""
        with self._lock:
            key = (sid, group, limit)
            if key not in self._buckets:
                self._buckets[key] = Bucket.full(limit, self.clock())
            return self._buckets[key]

    def quotas(self) -> list[dict[str, object]]:
        """All quotas in use, for the control endpoints."""
        with self._lock:
            return [
                {"sid": sid, "group": group, "burst": limit.burst, "level": round(bucket.level, 3)}
                for (sid, group, limit), bucket in self._buckets.items()
            ]

    def note(self, seen: Seen) -> None:
        """Keeps a request for the tests to count."""
        with self._lock:
            self.log.append(seen)
            self.counts[seen.sid, seen.method_id, seen.status] += 1

    def count(
        self, method_id: str | None = None, *, sid: str | None = None, status: int | None = None
    ) -> int:
        """How many requests came in, altogether or of one method, seller or status."""
        with self._lock:
            return sum(
                n
                for (of_sid, of_method, of_status), n in self.counts.items()
                if method_id in (None, of_method) and sid in (None, of_sid) and status in (None, of_status)
            )
