"""One seller's orders. Order ``i`` can be computed from ``i``, so a million of them take no memory.

The axis of orders: ``i`` from 0 are the orders of the last three months, oldest first, then those that a
test has added; ``i`` below 0 are in the archive.
"""

from __future__ import annotations

import hashlib
import random
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache
from heapq import merge
from typing import Any, Final, Literal, TypeVar

import orjson

from wbcore.api.catalog import MOSCOW_S
from wbcore.sandbox.deliveries import CHAINS as DELIVERY_CHAINS
from wbcore.sandbox.deliveries import OFFSETS, Deliveries
from wbcore.sandbox.goods import NAMES, Variant, variant

Profile = Literal["new", "demo"]
Status = tuple[str, str]
"""``supplierStatus`` and ``wbStatus``."""

DAY: Final = 86_400
VARIANTS: Final = 1000
CHAIN: Final[tuple[Status, ...]] = (
    ("new", "waiting"),
    ("confirm", "waiting"),
    ("complete", "waiting"),
    ("complete", "sorted"),
    ("complete", "ready_for_pickup"),
    ("complete", "sold"),
)
"""The way of an order that nothing happens to."""
_DEMO_AGES: Final = ((0.70, 0), (0.60, 1), (0.52, 2), (0.42, 3), (0.30, 4))
"""Learning cabinet: from which part of the time line on an order has got how far."""
_DEMO_ENDS: Final[tuple[tuple[int, Status], ...]] = (
    (5, ("cancel", "canceled")),
    (10, ("complete", "declined_by_client")),
    (13, ("complete", "canceled_by_client")),
    (14, ("complete", "defect")),
)
"""Learning cabinet: of 100 finished orders, the rows up to this number end so."""
CANCELLED: Final = frozenset({"canceled", "canceled_by_client", "declined_by_client", "canceled_by_carrier"})
NOT_CANCELLED_DATE: Final = "0001-01-01T00:00:00"

_ARCHIVE_NEWEST: Final = 100 * DAY
_ARCHIVE_OLDEST: Final = 190 * DAY
_CHANGE_DELAY: Final = 300
"""Seconds from an order to its row in the statistics."""
_KEPT: Final = 4
"""Pages and windows that a seller's shop remembers."""
_GAP: Final = 7
"""Distance of the order ids of one seller."""
_FIRST_ID: Final = 4_500_000_000
_ROOM: Final = 100_000_000
_TIMES: Final = tuple(f"{s // 3600:02d}:{s // 60 % 60:02d}:{s % 60:02d}" for s in range(DAY))


@dataclass(frozen=True, slots=True)
class Forms:
    """The constant part of each kind of order as JSON text without the opening brace, by method."""

    new: tuple[bytes, ...]
    period: tuple[bytes, ...]
    archive: tuple[bytes, ...]
    statistics: tuple[bytes, ...]
    variants: tuple[Variant, ...]


@lru_cache(maxsize=4)
def forms(seed: int) -> Forms:
    """The kinds of order of one world, serialised once."""
    rng = random.Random(seed)  # noqa: S311 (data for tests, not a secret)
    variants = tuple(variant(rng, number) for number in range(VARIANTS))
    return Forms(
        new=tuple(orjson.dumps(v.new)[1:] for v in variants),
        period=tuple(orjson.dumps(v.period)[1:] for v in variants),
        archive=tuple(orjson.dumps(v.archive)[1:] for v in variants),
        statistics=tuple(orjson.dumps(v.statistics)[1:] for v in variants),
        variants=variants,
    )


@lru_cache(maxsize=512)
def _day(number: int) -> str:
    year, month, day = civil(number)
    return f"{year:04d}-{month:02d}-{day:02d}T"


def civil(number: int) -> tuple[int, int, int]:
    """Year, month and day of a day counted from 1970-01-01 (UTC)."""
    day = date(1970, 1, 1) + timedelta(days=number)
    return day.year, day.month, day.day


def stamp(seconds: int) -> str:
    """``2026-11-23T10:00:00`` of Unix seconds, without a zone."""
    day, rest = divmod(seconds, DAY)
    return _day(day) + _TIMES[rest]


@dataclass(slots=True)
class Shop:
    """The orders of one seller.

    Attributes:
        sid: the seller.
        count, archived, others: orders of three months, in the archive, of each other model of sale.
        anchor: Unix seconds of the newest order.
        span: seconds over which the ``count`` orders are spread.
        advanced: steps of CHAIN that all orders have gone since the start.
        added: moments of orders that a test has added.
        changed: statuses that a test has set, with the moment.
    """

    sid: str
    seed: int
    count: int
    archived: int
    others: int
    profile: Profile
    anchor: int
    span: int
    advanced: int = 0
    added: list[int] = field(default_factory=list)
    changed: dict[int, tuple[Status, int]] = field(default_factory=dict)
    deliveries: dict[str, Deliveries] = field(init=False)
    """The orders of DBS, DBW and pick-up."""
    snapshots: dict[float, list[Any]] = field(default_factory=dict)
    """The order feed as it was when its first page was asked for."""
    _pages: dict[tuple[int, int], bytes] = field(default_factory=dict)
    _bounds: dict[tuple[int, int, int], tuple[int, int]] = field(default_factory=dict)
    _digest: bytes = b""
    _base: int = 0
    _shift: int = 0
    _rid: str = ""

    def __post_init__(self) -> None:
        self._digest = hashlib.sha256(f"{self.seed}.{self.sid}".encode()).digest()
        slot = int.from_bytes(self._digest[:3]) >> 1
        # Far above 32 bits, so that nobody keeps an id in them, and of 15 digits at most, so that
        # spreadsheets keep it whole. A room of ids for each seller.
        self._base = _FIRST_ID + slot * _ROOM + _ROOM // 5
        self._shift = self._digest[3]
        self._rid = self._digest[4:12].hex()
        self.deliveries = {
            model: Deliveries(
                model=model,
                sid=self.sid,
                first_id=self._base + OFFSETS[model],
                rid_start=self._rid,
                count=self.others,
                anchor=self.anchor,
                variants=forms(self.seed).variants,
                shift=self._shift,
                lives=self.profile == "demo",
            )
            for model in DELIVERY_CHAINS
        }

    # Numbers, moments, statuses

    @property
    def unpaid(self) -> int:
        """Orders whose payment is not confirmed: the order feed alone has them."""
        return max(1, self.others // 5)

    def variant(self, i: int) -> Variant:
        return forms(self.seed).variants[(i + self._shift) % VARIANTS]

    @property
    def end(self) -> int:
        return self.count + len(self.added)

    def order_id(self, i: int) -> int:
        return self._base + _GAP * i + i % 5

    def index(self, order_id: int) -> int | None:
        """The number of an order, None when the seller has no such order."""
        i = (order_id - self._base) // _GAP
        known = -self.archived <= i < self.end
        return i if known and self.order_id(i) == order_id else None

    def first_after(self, order_id: int) -> int:
        """The number of the first order with a greater id."""
        i = (order_id - self._base) // _GAP
        return i if self.order_id(i) > order_id else i + 1

    def created(self, i: int) -> int:
        """Unix seconds of the order; never falls with ``i``."""
        if i >= self.count:
            return self.added[i - self.count]
        if i >= 0:
            return self.anchor - 60 - self.span + (self._spread(i, self.span) // self.count)
        oldest = self.anchor - _ARCHIVE_OLDEST
        return oldest + self._spread(i + self.archived, _ARCHIVE_OLDEST - _ARCHIVE_NEWEST) // self.archived

    def _spread(self, i: int, span: int) -> int:
        # Some disorder inside an order's own share of the time keeps the moments rising.
        return i * span + i * 7_919 % 1009 * span // 1009

    def status(self, i: int) -> Status:
        own = self.changed.get(i)
        if own is not None:
            return own[0]
        if i < 0:
            return _DEMO_ENDS[0][1] if i % 20 == 0 else CHAIN[-1]
        start = 0 if self.profile == "new" or i >= self.count else self._demo_start(i)
        if isinstance(start, tuple):
            return start
        return CHAIN[min(start + self.advanced, len(CHAIN) - 1)]

    def _demo_start(self, i: int) -> int | Status:
        place = i / self.count
        for since, step in _DEMO_AGES:
            if place >= since:
                return step
        luck = (i * 37 + self._shift) % 100
        return next((status for upto, status in _DEMO_ENDS if luck < upto), len(CHAIN) - 1)

    def range_created(self, since: int, until: int) -> tuple[int, int]:
        """Numbers of the orders created from ``since`` to ``until``, both included; without the archive."""
        key = (since, until, self.end)
        if key not in self._bounds:
            numbers = range(self.end)
            first = bisect_left(numbers, since, key=self.created)
            keep(self._bounds, key, (first, bisect_right(numbers, until, key=self.created)))
        return self._bounds[key]

    def touch(self) -> None:
        """To be called after a change: pages made before are stale."""
        self._pages.clear()

    def new_orders(self) -> Iterator[int]:
        """Numbers of the orders that wait for the seller."""
        if self.profile == "new" and not self.advanced:
            return (i for i in range(self.end) if i not in self.changed or self.changed[i][0][0] == "new")
        return (i for i in range(self.end) if self.status(i)[0] == "new")

    # Rows

    def period_page(self, first: int, end: int) -> bytes:
        """The rows of some numbers with commas between; kept, since ``orders.period`` asks ahead of need."""
        page = self._pages.get((first, end))
        if page is None:
            page = b",".join(self.period_rows(range(first, end)))
            keep(self._pages, (first, end), page)
        return page

    def period_rows(self, numbers: Sequence[int]) -> list[bytes]:
        """Rows of ``orders.period``, each a JSON text."""
        kinds = forms(self.seed).period
        all_new = self.profile == "new" and not self.advanced and not self.changed
        head = self._head if all_new else self._head_with_supply
        return [head(i) + kinds[(i + self._shift) % VARIANTS] for i in numbers]

    def new_rows(self, numbers: Sequence[int]) -> list[bytes]:
        """Rows of ``orders.new``."""
        kinds = forms(self.seed).new
        return [self._head(i) + kinds[(i + self._shift) % VARIANTS] for i in numbers]

    def archive_rows(self, numbers: Sequence[int]) -> list[bytes]:
        """Rows of the archive: other names and types, the date without a time, both statuses."""
        return [self._archive_row(i) for i in numbers]

    def _head(self, i: int) -> bytes:
        # The hot path of a million orders: one formatting an order.
        uid, created = self._rid, stamp(self.created(i))
        return (
            f'{{"id":{self._base + _GAP * i + i % 5},"rid":"{uid}{i:016x}",'
            f'"orderUid":"{165_000_000 + i // 3}_{uid}","createdAt":"{created}Z",'
        ).encode()

    def _head_with_supply(self, i: int) -> bytes:
        supply = b"" if self.status(i)[0] == "new" else b'"supplyId":"WB-GI-%d",' % (90_000_000 + i // 25)
        return self._head(i) + supply

    def rid(self, i: int) -> str:
        return f"{self._rid}{i & 0xFFFFFFFFFFFFFFFF:016x}"

    def _archive_row(self, i: int) -> bytes:
        supplier, wb = self.status(i)
        head = {
            "id": self.order_id(i),
            "rid": self.rid(i),
            "orderUid": f"{165_000_000 + i // 3}_{self._rid}",
            "createdAt": stamp(self.created(i))[:10],
            "stickerId": 33_000_000_000 + abs(i),
            "supplyId": None if supplier == "cancel" else f"WB-GI-{80_000_000 + i // 25}",
            "status": {"supplierStatus": supplier, "wbStatus": wb},
        }
        return _joined(head, forms(self.seed).archive[(i + self._shift) % VARIANTS])

    def archive_range(self, year: int, month: int) -> tuple[int, int]:
        """Numbers of the archived orders created in a month (UTC)."""
        numbers = range(-self.archived, 0)

        def month_of(i: int) -> tuple[int, int]:
            return civil(self.created(i) // DAY)[:2]

        first = bisect_left(numbers, (year, month), key=month_of)
        return first - self.archived, bisect_right(numbers, (year, month), key=month_of) - self.archived

    def status_rows(self, numbers: Sequence[int]) -> list[dict[str, object]]:
        """Rows of ``orders.status``."""
        rows: list[dict[str, object]] = []
        for i in numbers:
            supplier, wb = self.status(i)
            rows.append(
                {
                    "id": self.order_id(i),
                    "supplierStatus": supplier,
                    "wbStatus": wb,
                    "isCancellable": supplier in ("new", "confirm"),
                    "isTransferable": supplier == "confirm",
                }
            )
        return rows

    def client_rows(self, numbers: Sequence[int]) -> list[dict[str, object]]:
        """Rows of ``orders.client``: invented buyers, of cross-border orders only."""
        rows: list[dict[str, object]] = []
        for i in numbers:
            if not forms(self.seed).variants[(i + self._shift) % VARIANTS].cross_border:
                continue
            first, last, middle = NAMES[i % len(NAMES)]
            rows.append(
                {
                    "firstName": first,
                    "lastName": last,
                    "middleName": middle,
                    "fullName": " ".join(filter(None, (last, first, middle))),
                    "orderID": self.order_id(i),
                    "phone": f"7000{i % 10_000_000:07d}",
                    "phoneCode": "0",
                }
            )
        return rows

    # Statistics

    def last_change(self, i: int) -> int:
        own = self.changed.get(i)
        return own[1] if own is not None else self.created(i) + _CHANGE_DELAY

    def changed_after(self, moment: int, oldest: int) -> Iterator[int]:
        """Numbers of the orders whose row changed after ``moment``, in the order of the change.

        Args:
            moment, oldest: Unix seconds; orders created before ``oldest`` have left the statistics.
        """
        kept = bisect_left(range(self.end), oldest, key=self.created)
        first = bisect_right(range(self.end), moment, key=lambda i: self.created(i) + _CHANGE_DELAY)
        touched = sorted((at, i) for i, (_, at) in list(self.changed.items()) if at > moment and i >= kept)
        return _merged(
            (i for i in range(max(first, kept), self.end) if i not in self.changed),
            [i for _, i in touched],
            self.last_change,
        )

    def ordered_on(self, day: int, oldest: int) -> Iterator[int]:
        """Numbers of the orders of one Moscow day, counted from 1970-01-01."""
        start = day * DAY - MOSCOW_S
        return iter(range(*self.range_created(max(start, oldest), start + DAY - 1)))

    def statistics_row(self, i: int) -> bytes:
        status = self.status(i)[1]
        changed = stamp(self.last_change(i) + MOSCOW_S)
        cancelled = status in CANCELLED
        head = {
            "date": stamp(self.created(i) + MOSCOW_S),
            "lastChangeDate": changed,
            "isCancel": cancelled,
            "cancelDate": changed[:10] + "T00:00:00" if cancelled else NOT_CANCELLED_DATE,
            "gNumber": f"{165_000_000 + i // 3}{self._shift:03d}",
            "srid": self.rid(i),
        }
        return _joined(head, forms(self.seed).statistics[(i + self._shift) % VARIANTS])


_K = TypeVar("_K")
_V = TypeVar("_V")


def keep(kept: dict[_K, _V], key: _K, value: _V) -> None:
    """Remembers a few values, the latest ones."""
    while len(kept) >= _KEPT:
        del kept[next(iter(kept))]
    kept[key] = value


def _joined(head: dict[str, object], rest: bytes) -> bytes:
    return orjson.dumps(head)[:-1] + b"," + rest


def _merged(untouched: Iterator[int], touched: list[int], key: Callable[[int], int]) -> Iterator[int]:
    return merge(untouched, touched, key=key) if touched else untouched
