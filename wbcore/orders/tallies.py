"""How many orders and for how much, by hour and by day: what the overview and the pictures are made of.

The writers keep it in the transaction of the page that brings the orders, so it is exact whenever it is read,
and reading it costs the same with a thousand orders as with a million. Nothing here is counted again.

Money is the sum of the orders' prices in minor units, apart for each currency (``NO_CURRENCY``: WB named
none).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any, Final, Literal, NamedTuple

from wbcore.api.catalog import FINAL_SUPPLIER_STATUSES, FINAL_WB_STATUSES, MOSCOW_S
from wbcore.orders.bulk import Bulk

Stage = Literal["", "new", "assembly", "moving", "sold", "cancelled"]
STAGES: Final[tuple[Stage, ...]] = ("new", "assembly", "moving", "sold", "cancelled", "")
"""Where an order stands, for people; "": WB has not said yet."""
HOUR_S: Final = 3_600
DAY_S: Final = 86_400
WEEK_DAYS: Final = 7
"""Days whose sums are kept together, too."""
NO_CURRENCY: Final = 0
DEAREST: Final = 10**13
"""A price above this (a hundred milliards of roubles) is a mistake: the order counts, its price does not."""
WAITS_H: Final = (1, 2, 4, 8, 12, 24, 48, 72)
"""How soon an order was taken into assembly: within so many hours."""
LONGER: Final = 0
"""Longer than the last of these."""
CANCELLED_SUPPLIER: Final = FINAL_SUPPLIER_STATUSES - {"receive"}
CANCELLED_WB: Final = FINAL_WB_STATUSES - {"sold"}
_EPOCH_ORDINAL: Final = date(1970, 1, 1).toordinal()

Amounts = dict[tuple[Any, ...], list[int]]


class Seen(NamedTuple):
    """What of an order is counted."""

    created_at: int
    price: int | None
    currency: int | None
    article: str | None
    warehouse: int | None
    supplier_status: str | None
    wb_status: str | None
    model: str

    @classmethod
    def of(cls, columns: Sequence[Any], statuses: Sequence[str | None], model: str) -> Seen:
        """An order by its ``COLUMNS``, its two statuses and its model."""
        return cls._make((*columns, *statuses, model))


COLUMNS: Final = ("created_at", "price", "currency_code", "article", "warehouse_id")
"""Those of an order's columns, beside its statuses and model, that ``Seen`` begins with."""


@lru_cache(maxsize=1024)
def stage(supplier: str | None, wb: str | None) -> Stage:
    """Where an order stands by its two statuses. A cancellation by either side is one."""
    if supplier in CANCELLED_SUPPLIER or wb in CANCELLED_WB:
        return "cancelled"
    if wb == "sold" or supplier == "receive":
        return "sold"
    if supplier == "new":
        return "new"
    if supplier == "confirm":
        return "assembly"
    return "moving" if supplier else ""


def is_lost(before: tuple[str | None, str | None], after: tuple[str | None, str | None]) -> bool:
    """Whether an order that was alive when it was looked at last is cancelled now."""
    return stage(*after) == "cancelled" and stage(*before) not in ("cancelled", "")


def priced(price: int | None) -> int:
    """What an order adds to a sum of money."""
    return price if price and -DEAREST <= price <= DEAREST else 0


def priced_in(column: str) -> str:
    """The same in SQL, of a column: SQLite's own sum fails where it no longer fits."""
    return f"CASE WHEN {column} BETWEEN -{DEAREST:d} AND {DEAREST:d} THEN {column} ELSE 0 END"


def hour_of(created_at: int) -> int:
    """Hours since 1970 (UTC); 0: WB sent no instant that can be read."""
    return created_at // HOUR_S if created_at > 0 else 0


def day_number(day: date) -> int:
    """A day as its number since 1970."""
    return day.toordinal() - _EPOCH_ORDINAL


def day_of(number: int) -> date:
    """The day with such a number."""
    return date.fromordinal(number + _EPOCH_ORDINAL)


class Parts(NamedTuple):
    """Days as whole weeks, days beside them, and days of these weeks that are not meant."""

    weeks: list[int]
    more: list[int]
    less: list[int]


def parts(first: int, last: int) -> Parts:
    """How to sum up days, both included, with the fewest rows: at most three days apart at either end."""
    if last - first < WEEK_DAYS:
        return Parts([], list(range(first, last + 1)), [])
    begin, before = divmod(first, WEEK_DAYS)
    end, place = divmod(last, WEEK_DAYS)
    after = WEEK_DAYS - 1 - place
    more: list[int] = []
    less: list[int] = []
    if before <= WEEK_DAYS // 2:
        less += range(begin * WEEK_DAYS, first)
    else:
        begin += 1
        more += range(first, begin * WEEK_DAYS)
    if after <= WEEK_DAYS // 2:
        less += range(last + 1, last + 1 + after)
    else:
        more += range(end * WEEK_DAYS, last + 1)
        end -= 1
    return Parts(list(range(begin, end + 1)), more, less)


class Deltas:
    """What a page changes; put down in one statement for each table."""

    def __init__(self) -> None:
        self._hours: Amounts = {}
        self._days: Amounts = {}
        self._waits: Amounts = {}

    def add(self, orders: Iterable[tuple[Any, ...]]) -> None:
        """Orders that are there now, each a ``Seen`` or a tuple like it."""
        self._count(orders, 1)

    def remove(self, orders: Iterable[tuple[Any, ...]]) -> None:
        """Orders as they were before."""
        self._count(orders, -1)

    def _count(self, orders: Iterable[tuple[Any, ...]], sign: int) -> None:
        """Each order of each page comes through here: plain tuples and as few calls as can be."""
        hours, days = self._hours, self._days
        for created_at, price, currency, article, warehouse, supplier, wb, model in orders:
            stands, money = stage(supplier, wb), currency or NO_CURRENCY
            worth = sign * price if price and -DEAREST <= price <= DEAREST else 0  # as ``priced`` does
            lost = sign if stands == "cancelled" else 0
            known = created_at > 0
            # Articles and warehouses by Moscow's days: by hours they would be as many rows as orders.
            day = (created_at + MOSCOW_S) // DAY_S if known else 0
            key: tuple[Any, ...] = (created_at // HOUR_S if known else 0, model, stands, money)
            if (found := hours.get(key)) is None:
                hours[key] = [sign, worth]
            else:
                found[0] += sign
                found[1] += worth
            for key in ((day, "article", article or "", money), (day, "warehouse", warehouse or 0, money)):
                if (found := days.get(key)) is None:
                    days[key] = [sign, worth, lost]
                else:
                    found[0] += sign
                    found[1] += worth
                    found[2] += lost

    def took(self, created_at: int, model: str, within: int, sign: int = 1) -> None:
        """An order that was seen to go into assembly, within so many hours (``wait``); -1: it went back."""
        self._waits.setdefault((hour_of(created_at), model, within), [0])[0] += sign

    def write(self, bulk: Bulk) -> None:
        days = _changes(_names(self._days))
        for table, keys, values, rows in (
            ("order_hour", _HOUR_KEYS, ("count", "amount"), _changes(self._hours)),
            ("order_day", _DAY_KEYS, _OF_NAMES, days),
            ("order_week", _WEEK_KEYS, _OF_NAMES, _changes(_weeks(days))),
            ("order_wait", _WAIT_KEYS, ("count",), _changes(self._waits)),
        ):
            bulk.add(table, keys, values, rows)


def _names(days: Amounts) -> Amounts:
    """Warehouses have numbers; the table has names."""
    named: Amounts = {}
    for (day, kind, name, currency), values in days.items():
        named[day, kind, name if kind == "article" else str(name or ""), currency] = values
    return named


def _weeks(days: Iterable[tuple[Any, ...]]) -> Amounts:
    """What the days' changes are to their weeks."""
    weeks: Amounts = {}
    for day, kind, name, currency, count, amount, cancelled in days:
        key = (day // WEEK_DAYS, kind, name, currency)
        if (found := weeks.get(key)) is None:
            weeks[key] = [count, amount, cancelled]
        else:
            found[0] += count
            found[1] += amount
            found[2] += cancelled
    return weeks


_OF_NAMES: Final = ("count", "amount", "cancelled")
_HOUR_KEYS: Final[Mapping[str, str]] = {
    "hour": "bigint",
    "model": "text",
    "stage": "text",
    "currency": "bigint",
}
_NAME_KEYS: Final[Mapping[str, str]] = {"kind": "text", "name": "text", "currency": "bigint"}
_DAY_KEYS: Final[Mapping[str, str]] = {"day": "bigint", **_NAME_KEYS}
_WEEK_KEYS: Final[Mapping[str, str]] = {"week": "bigint", **_NAME_KEYS}
_WAIT_KEYS: Final[Mapping[str, str]] = {"hour": "bigint", "model": "text", "hours": "bigint"}


def _changes(rows: Amounts) -> list[tuple[Any, ...]]:
    return [(*key, *values) for key, values in sorted(rows.items()) if any(values)]


def wait(before: str | None, after: str | None, created_at: int, at: int) -> int | None:
    """Within how many hours an order was taken into assembly, as its supplier's status was seen to change.

    None: it was not, or when it was made is not known.
    """
    if before != "new" or after != "confirm" or created_at <= 0:
        return None
    return next((hours for hours in WAITS_H if at - created_at <= hours * HOUR_S), LONGER)
