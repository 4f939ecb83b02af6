"""The order feed: a seller's orders of every model in one list, with those that are not paid yet."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final, NamedTuple

from wbcore.api.catalog import MOSCOW
from wbcore.sandbox.deliveries import CHAINS
from wbcore.sandbox.goods import REGIONS, Variant
from wbcore.sandbox.shop import Shop

_UNPAID_START: Final = 76_000_000
_CANCELLED: Final = {
    "canceled": "other",
    "canceled_by_client": "receipt",
    "declined_by_client": "app",
    "canceled_by_carrier": "other",
    "canceled_by_missed_call": "other",
}
_CITIES: Final = {region: street.partition(",")[0].removeprefix("г. ") for _, region, street in REGIONS}
_CHANGE_S: Final = 300
"""An order's row in the statistics, and so its last change, is so much younger than the order at least."""


class Entry(NamedTuple):
    """One order of the feed, before it is written out. ``model`` is "unpaid" before the payment."""

    updated: int
    model: str
    n: int


def entries(shop: Shop, since: int, until: int, now: float) -> list[Entry]:
    """Orders that came into their status within a time, newest first."""
    found = [entry for entry in _all(shop, since, until, now) if since <= entry.updated <= until]
    return sorted(found, reverse=True)


def _all(shop: Shop, since: int, until: int, now: float) -> Iterator[Entry]:
    numbers = set(range(*shop.range_created(since - _CHANGE_S, until))) | {n for n in shop.changed if n >= 0}
    for n in numbers:
        created = _status(shop.status(n)[1], n)[0] == "created"
        yield Entry(shop.created(n) if created else shop.last_change(n), "fbs", n)
    for model in CHAINS:
        orders = shop.deliveries[model]
        for n in range(len(orders)):
            created = _status(orders.status(n, now)[1], n)[0] == "created"
            yield Entry(orders.created(n) if created else orders.since(n, now), model, n)
    for n in range(shop.unpaid):
        yield Entry(_unpaid_at(shop, n), "unpaid", n)


def _unpaid_at(shop: Shop, n: int) -> int:
    return shop.anchor - 60 - 300 * n


def _status(wb: str, n: int) -> tuple[str, str | None]:
    """The feed's status and kind of cancellation; every twenty-fifth sold order has come back."""
    if wb == "sold":
        return ("return" if n % 25 == 3 else "buyout"), None
    if wb == "defect":
        return "returnDefective", None
    return ("cancel", _CANCELLED[wb]) if wb in _CANCELLED else ("created", None)


def row(shop: Shop, entry: Entry, now: float) -> dict[str, object]:
    """An order as WB writes it."""
    n = entry.n
    if entry.model == "fbs":
        srid, created, variant, wb = shop.rid(n), shop.created(n), shop.variant(n), shop.status(n)[1]
    elif entry.model == "unpaid":
        srid, created = shop.rid(_UNPAID_START + n), _unpaid_at(shop, n)
        variant, wb = shop.variant(n * 7), "waiting"
    else:
        orders = shop.deliveries[entry.model]
        srid, created, variant, wb = (
            orders.rid(n),
            orders.created(n),
            orders.variant(n),
            orders.status(n, now)[1],
        )
    status, cancelled = _status(wb, n)
    times: dict[str, object] = {
        "srid": srid,
        "createdAt": _moscow(created),
        "updatedAt": _moscow(entry.updated),
        "status": status,
    }
    return times | _goods(variant) | ({"cancelType": cancelled} if cancelled else {})


def _goods(variant: Variant) -> dict[str, object]:
    goods, place = variant.new, variant.statistics
    return {
        "nmId": goods["nmId"],
        "chrtId": goods["chrtId"],
        "warehouseName": place["warehouseName"],
        "warehouseRegion": "Центральный федеральный округ",
        "isMp": True,
        "destinationCity": _CITIES[str(place["regionName"])],
        "destinationDistrict": place["oblastOkrugName"],
        "sellerPrice": place["priceWithDisc"],
        "isB2b": False,
    }


def _moscow(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, MOSCOW).isoformat()
