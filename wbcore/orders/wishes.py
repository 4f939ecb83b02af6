"""What an operator looks for, as a page's address has it: kept, sent, opened elsewhere as the same list."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from typing import Any, Final
from zoneinfo import ZoneInfo

from wbcore.api.catalog import MODELS
from wbcore.orders.filters import WITHOUT, Kind, Narrowing, OrderFilters
from wbcore.orders.tallies import LONGER, WAITS_H
from wbcore.store import days

DATA: Final[dict[str, tuple[Kind, str]]] = {
    "orders": ("orders", ""),
    **{model: ("orders", model) for model in MODELS},
    "statistics": ("statistics", ""),
    "order_feed": ("order_feed", ""),
}
"""What can be looked at: kind of rows, model of sale."""
SORTS: Final = ("date", "sum")
TEXTS: Final = ("q", "status", "article", "warehouse", "office", "supply", "barcode", "nm", "basket")
TAKEN: Final = (*WAITS_H, LONGER)
LONGEST: Final = 300
"""Characters of a value in an address that are read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish(Narrowing):
    """A list of orders. Attributes are the address' parameters; what is at its default stands in no address.

    Attributes:
        data: a name of ``DATA``.
        seller: id; None: all.
        q: the text searched for.
        start, end: first and last day, both included, in the reader's zone.
        sort: a name of ``SORTS``.
        hours: of each day these hours alone, the first included, the second not; for one day.
        moscow: the days are Moscow's, as Wildberries counts them, whatever the reader's zone.
        lost: the day on which they were seen cancelled.
        taken: within so many hours they were seen to go into assembly (``tallies.WAITS_H``); 0: later.
        cols: names of columns in their order; (): those that the reader has chosen.
    """

    data: str = "orders"
    seller: int | None = None
    q: str = ""
    start: date | None = None
    end: date | None = None
    hours: tuple[int, int] | None = None
    moscow: bool = False
    lost: date | None = None
    taken: int | None = None
    sort: str = "date"
    cols: tuple[str, ...] = ()


def read(address: Mapping[str, str]) -> Wish:
    """Any address: what can't be read is left out."""
    given = {name: str(value)[:LONGEST] for name, value in address.items()}
    values: dict[str, Any] = {name: given[name] for name in TEXTS if name in given}
    values |= {name: values[name].strip() for name in ("q", "status") if name in values}
    return Wish(
        **values,
        data=given["data"] if given.get("data") in DATA else "orders",
        seller=_number(given.get("seller", "")),
        start=_day(given.get("from")),
        end=_day(given.get("to")),
        marking=given["marking"] if given.get("marking") in ("yes", "no") else "",
        zero=given.get("zero") == "1",
        b2b=given.get("b2b") == "1",
        without=given["without"] if given.get("without") in WITHOUT else "",
        currency=_number(given.get("currency", "")),
        hours=_hours(given.get("hours", "")),
        moscow=given.get("moscow") == "1",
        lost=_day(given.get("lost")),
        taken=taken if (taken := _number(given.get("taken", ""))) in TAKEN else None,
        sort=given["sort"] if given.get("sort") in SORTS else "date",
        cols=tuple(filter(None, str(address.get("cols", "")).split(",")))[:40],
    )


def written(wish: Wish) -> dict[str, str]:
    """The address of a list; ``read`` takes it back."""
    told = {
        "data": "" if wish.data == "orders" else wish.data,
        "seller": "" if wish.seller is None else str(wish.seller),
        **{name: getattr(wish, name) for name in TEXTS},
        "from": wish.start.isoformat() if wish.start else "",
        "to": wish.end.isoformat() if wish.end else "",
        "marking": wish.marking,
        "zero": "1" if wish.zero else "",
        "b2b": "1" if wish.b2b else "",
        "without": wish.without,
        "currency": "" if wish.currency is None else str(wish.currency),
        "hours": "" if wish.hours is None else f"{wish.hours[0]}-{wish.hours[1]}",
        "moscow": "1" if wish.moscow else "",
        "lost": wish.lost.isoformat() if wish.lost else "",
        "taken": "" if wish.taken is None else str(wish.taken),
        "sort": "" if wish.sort == "date" else wish.sort,
        "cols": ",".join(wish.cols),
    }
    return {name: value for name, value in told.items() if value}


def filters(wish: Wish, zone: ZoneInfo) -> OrderFilters:
    """What is asked of the database."""
    kind, model = DATA[wish.data]
    begin, end = _span(wish, days.MOSCOW if wish.moscow else zone)
    lost_from, lost_to = days.seconds(wish.lost, wish.lost, zone)
    return OrderFilters(
        kind=kind,
        model=model,
        seller_ids=None if wish.seller is None else (wish.seller,),
        text=wish.q,
        date_from=begin,
        date_to=end,
        lost_from=lost_from,
        lost_to=lost_to,
        taken=wish.taken,
        **{one.name: getattr(wish, one.name) for one in fields(Narrowing)},
    )


def _span(wish: Wish, zone: ZoneInfo) -> tuple[int | None, int | None]:
    """Unix seconds from which on, and below which, orders are meant."""
    if wish.start is None:
        return days.seconds(None, wish.end, zone)
    last = wish.end or wish.start
    begin, end = days.seconds(wish.start, last, zone)
    if wish.hours is None or last != wish.start or begin is None or end is None:
        return begin, end
    first, second = (int(days.at_hour(wish.start, hour, zone).timestamp()) for hour in wish.hours)
    return max(begin, first), min(end, second)


def narrower(wish: Wish) -> int:
    """How many filters are set, beside the text and what is looked at."""
    plain = ("seller", "marking", *(name for name in TEXTS if name != "q"))
    flags = sum((wish.zero, wish.b2b, wish.start is not None or wish.end is not None))
    return flags + sum(bool(getattr(wish, name)) for name in plain) + len(beside(wish))


BESIDE: Final = ("without", "currency", "hours", "moscow", "lost", "taken")


def beside(wish: Wish) -> list[str]:
    """Which filters are set that have no field: a figure that was followed has set them."""
    plain = Wish()
    return [name for name in BESIDE if getattr(wish, name) != getattr(plain, name)]


def _number(value: str) -> int | None:
    return int(value) if value.isdecimal() and len(value) < 10 else None


def _hours(value: str) -> tuple[int, int] | None:
    first, _, second = value.partition("-")
    pair = (_number(first), _number(second))
    if pair[0] is None or pair[1] is None or not 0 <= pair[0] <= pair[1] <= 24:
        return None
    return pair[0], pair[1]


def _day(value: str | None) -> date | None:
    try:
        return date.fromisoformat(value or "")
    except ValueError:
        return None
