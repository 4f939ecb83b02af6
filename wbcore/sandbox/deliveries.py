"""Orders of DBS, DBW and pick-up: few of a seller, each with a life from new to its end.

An order's number ``n`` counts from 0, the newest first, then come those that a test has added.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from wbcore.sandbox.goods import NAMES, REGIONS, Variant

Status = tuple[str, str]
"""``supplierStatus`` and ``wbStatus``."""
Row = dict[str, object]

CHAINS: Final[Mapping[str, tuple[Status, ...]]] = {
    "dbs": (("new", "waiting"), ("confirm", "waiting"), ("deliver", "waiting"), ("receive", "sold")),
    "dbw": (("new", "waiting"), ("confirm", "waiting"), ("complete", "waiting"), ("receive", "sold")),
    "click_collect": (
        ("new", "waiting"),
        ("confirm", "waiting"),
        ("prepare", "ready_for_pickup"),
        ("receive", "sold"),
    ),
}
"""The way of an order that nothing happens to."""
_OTHER_ENDS: Final[Mapping[str, tuple[Status, Status]]] = {
    "dbs": (("reject", "canceled_by_client"), ("cancel_missed_call", "canceled_by_missed_call")),
    "dbw": (("reject", "canceled_by_client"), ("cancel_missed_call", "canceled_by_missed_call")),
    "click_collect": (("reject", "canceled_by_client"), ("cancel_shelf_life", "canceled")),
}
"""How every tenth and every fourteenth order of the learning cabinet ends."""
ENDED_SUPPLIER: Final = frozenset(
    {"receive", "reject", "cancel", "cancel_missed_call", "cancel_shelf_life", "cancel_carrier"}
)
ENDED_WB: Final = frozenset(
    {
        *("sold", "canceled", "canceled_by_client", "declined_by_client", "defect"),
        *("canceled_by_missed_call", "canceled_by_carrier"),
    }
)
LIFE_STEP_S: Final = 1800
"""Learning cabinet: an order goes a step on its way every half hour."""
OFFSETS: Final[Mapping[str, int]] = {"dbs": 70_000_000, "dbw": 72_000_000, "click_collect": 74_000_000}
"""Where the ids of each model start in a seller's room."""
_GAP: Final = 7
_HALF_DAY_S: Final = 43_200
_FBS_ONLY: Final = (
    *("crossBorderType", "ddate", "deliveryType", "isPickupPointShipmentAllowed", "officeId", "offices"),
    *("optionalMeta", "scanPrice", "sellerDate"),
)
_NEW_ONLY: Final = ("salePrice", "requiredMeta", "ddate")
"""Fields that the list of the ended does not have."""


@dataclass(slots=True)
class Deliveries:
    """One model's orders of one seller.

    Attributes:
        first_id: id of the order 0.
        lives: the orders go on by themselves, as in the learning cabinet.
        advanced: steps that all orders have gone since the start.
        added: moments of orders that a test has added, and the steps that others had gone then.
        changed: statuses that a test has set, with the moment.
    """

    model: str
    sid: str
    first_id: int
    rid_start: str
    count: int
    anchor: int
    variants: Sequence[Variant]
    shift: int
    lives: bool
    advanced: int = 0
    advanced_at: int = 0
    added: list[tuple[int, int]] = field(default_factory=list)
    changed: dict[int, tuple[Status, int]] = field(default_factory=dict)

    def __len__(self) -> int:
        return self.count + len(self.added)

    def order_id(self, n: int) -> int:
        return self.first_id + _GAP * n

    def index(self, order_id: int) -> int | None:
        """The number of an order; None: the seller has no such order of this model."""
        n, rest = divmod(order_id - self.first_id, _GAP)
        return n if rest == 0 and 0 <= n < len(self) else None

    def rid(self, n: int) -> str:
        return f"{self.rid_start}{OFFSETS[self.model] + n:016x}"

    def created(self, n: int) -> int:
        if n >= self.count:
            return self.added[n - self.count][0]
        return self.anchor - 600 - (600 if self.lives else 3600) * n

    def status(self, n: int, now: float) -> Status:
        own = self.changed.get(n)
        if own is not None:
            return own[0]
        steps, chain = self._steps(n, now), CHAINS[self.model]
        if steps >= len(chain) - 1 and self.lives:
            refused, unreached = _OTHER_ENDS[self.model]
            return refused if n % 10 == 9 else unreached if n % 14 == 13 else chain[-1]
        return chain[min(steps, len(chain) - 1)]

    def _steps(self, n: int, now: float) -> int:
        before = self.added[n - self.count][1] if n >= self.count else 0
        lived = max(0, int(now) - self.created(n)) // LIFE_STEP_S if self.lives else 0
        return self.advanced - before + lived

    def since(self, n: int, now: float) -> int:
        """When an order came into its status."""
        own = self.changed.get(n)
        if own is not None:
            return own[1]
        if self.lives:
            steps = min(self._steps(n, now), len(CHAINS[self.model]) - 1)
            return min(int(now), self.created(n) + steps * LIFE_STEP_S)
        return max(self.created(n), self.advanced_at)

    def ended(self, n: int, now: float) -> bool:
        supplier, wb = self.status(n, now)
        return supplier in ENDED_SUPPLIER or wb in ENDED_WB

    def new(self, now: float) -> Iterator[int]:
        return (n for n in range(len(self)) if self.status(n, now)[0] == "new")

    def known(self, ids: Sequence[int]) -> Iterator[tuple[int, int | None]]:
        """Each id once, with the order's number."""
        return ((order_id, self.index(order_id)) for order_id in dict.fromkeys(ids))

    def variant(self, n: int) -> Variant:
        return self.variants[(n * 13 + OFFSETS[self.model] + self.shift) % len(self.variants)]

    # Rows

    def new_row(self, n: int) -> Row:
        row = dict(self.variant(n).new)
        for name in _FBS_ONLY:
            del row[name]
        row |= {
            "id": self.order_id(n),
            "rid": self.rid(n),
            "createdAt": _utc(self.created(n)),
            "options": {"isB2b": n % 5 == 0},
        }
        return _SHAPES[self.model](self, row, n)

    def ended_row(self, n: int) -> Row:
        return _without(self.new_row(n), *_NEW_ONLY)

    def status_row(self, order_id: int, n: int | None, now: float) -> Row:
        """A row of DBS and pick-up, which answer for ids that are not there, too."""
        if n is None:
            return {"orderId": order_id, "errors": [{"code": 404, "detail": "order not found"}]}
        supplier, wb = self.status(n, now)
        return {"orderId": order_id, "supplierStatus": supplier, "wbStatus": wb}

    def delivery_row(self, n: int) -> Row:
        """The day and hours that the buyer has chosen, two days after the order."""
        day = datetime.fromtimestamp(self.created(n), UTC) + timedelta(days=2)
        hour = 10 + n % 3 * 4
        row: Row = {
            "id": self.order_id(n),
            "dDate": f"{day:%Y-%m-%d}",
            "dTimeFrom": f"{hour}:00",
            "dTimeTo": f"{hour + 4}:00",
            **dict.fromkeys(("dDateOld", "dTimeFromOld", "dTimeToOld"), ""),
        }
        return row | {"dDateFrom": "", "dDateTo": ""} if self.model == "dbs" else row

    def client_row(self, n: int) -> Row:
        """An invented buyer. The fields differ by model."""
        first, last, middle = NAMES[n % len(NAMES)]
        full = " ".join(filter(None, (last, first, middle)))
        phone, code = f"7000{n % 10_000_000:07d}", 1000 + n
        shared: Row = {"firstName": first, "phone": phone, "phoneCode": code}
        if self.model == "click_collect":
            return shared | {"orderID": self.order_id(n)}
        more = shared | {"fullName": full, "replacementPhone": f"7001{n:07d}"}
        if self.model == "dbs":
            return more | {"orderID": self.order_id(n), "additionalPhoneCodes": [str(code + 1)]}
        extra = {"additionalPhones": [f"7002{n:07d}"], "additionalPhoneCodes": [code + 1]}
        return more | {"orderId": self.order_id(n), **extra}


def _dbs(orders: Deliveries, row: Row, n: int) -> Row:
    kind = ("dbs", "edbs", "dbsPickupPoint")[n % 3]
    return (
        row
        | _grouped(orders, n)
        | {"deliveryType": kind, "wbStickerId": 51_000_000 + n, "address": _address(n)}
    )


def _dbw(orders: Deliveries, row: Row, n: int) -> Row:
    found = _without(row, "finalPrice", "convertedFinalPrice")
    return found | _grouped(orders, n) | {"address": _address(n)}


def _click_collect(orders: Deliveries, row: Row, n: int) -> Row:
    pick_up = datetime.fromtimestamp(orders.created(n) + 2 * _HALF_DAY_S, UTC)
    return _without(row, "address", "comment", "colorCode") | {
        "ddate": f"{pick_up:%d.%m.%Y}",
        "warehouseAddress": "Тестовая улица, д. 1",
        "orderCode": f"{170_000_000 + n}-{n % 10_000:04d}",
        "payMode": ("prepaid", "postpaid")[n % 2],
        "tireService": False,
    }


_SHAPES: Final[Mapping[str, Callable[[Deliveries, Row, int], Row]]] = {
    "dbs": _dbs,
    "dbw": _dbw,
    "click_collect": _click_collect,
}


def _address(n: int) -> Row:
    _, region, street = REGIONS[n % len(REGIONS)]
    return {
        "fullAddress": f"{region}, {street}, д. {n % 90 + 1}, кв. {n % 40 + 1}",
        "longitude": 37.5 + n % 7 / 10,
        "latitude": 55.5 + n % 9 / 10,
    }


def _grouped(orders: Deliveries, n: int) -> Row:
    group = uuid.uuid5(uuid.NAMESPACE_OID, f"{orders.sid}.{n // 2}")
    return {"orderUid": f"{166_000_000 + n // 2}_{group.hex}", "groupId": str(group)}


def _without(row: Row, *names: str) -> Row:
    return {name: value for name, value in row.items() if name not in names}


def _utc(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%SZ}"
