"""The table of orders: cells as an operator reads them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import streamlit as st

from wbcore.guidance import look, texts, views
from wbcore.guidance.texts import ROUBLE
from wbcore.guidance.views import t
from wbcore.orders import wording
from wbcore.orders.columns import PRODUCT, Shown, state_of
from wbcore.orders.tables import FeedRow, OrderRow, StatisticsRow

Row = OrderRow | StatisticsRow | FeedRow


@dataclass(frozen=True, slots=True)
class Whose:
    """Of whom the list is: ids of the sellers that are meant, and how keys and sellers are called."""

    ids: Sequence[int]
    keys: Mapping[int, str]
    sellers: Mapping[int, str]


def heading(name: str) -> str:
    return wording.heading(views.lang(), name)


def status_name(status: str | None, kind: str = "order") -> str:
    """A status in words; one that WB has added since as it came."""
    return wording.status(views.lang(), status, kind)


def marks(value: str | None) -> str:
    """What has to be told of an order before delivery, in words."""
    return wording.marks(views.lang(), value)


def delivery(row: OrderRow) -> str:
    """When the buyer expects a DBS or DBW order, as WB wrote it."""
    return wording.delivery(row.delivery_date, row.delivery_from, row.delivery_to)


def currency_of(row: Row) -> texts.Currency:
    if isinstance(row, OrderRow):
        return row.currency_code
    return ROUBLE if isinstance(row, StatisticsRow) else row.currency


def cell(column: Shown, row: Row, sellers: Mapping[int, str], now: datetime) -> Any:
    """What stands in a column of a row."""
    value = getattr(row, column.of, None)
    if column.sort == "seller":
        return sellers.get(row.seller_id, "")
    if column.sort == "age":
        waits = isinstance(row, OrderRow) and row.supplier_status in ("new", "confirm")
        return age(value, now) if waits and value is not None else ""
    if column.sort in _OF_ROWS:
        return _OF_ROWS[column.sort](value, row)
    if value is None or value == "":
        return _NOTHING.get(column.sort, "")
    return _OF_VALUES.get(column.sort, str)(value)


_NOTHING: dict[str, Any] = {"status": [], "feed_status": [], "product": None}
_OF_VALUES: dict[str, Callable[[Any], Any]] = {
    "instant": views.moment,
    "flag": lambda value: t("page-yes") if value else "",
    "status": lambda value: look.chip(state_of(value), status_name(value)),
    "feed_status": lambda value: look.chip(state_of(value), status_name(value, "feed")),
    "model": lambda value: t(f"model-{value}"),
    "marks": marks,
    "product": lambda value: PRODUCT.format(nm=value),
    "order": lambda value: str(value.id),
}


def _money(value: Any, row: Row) -> str:
    if isinstance(value, StatisticsRow):
        return views.money(value.finished_price, ROUBLE)
    return views.money(value, currency_of(row)) if isinstance(value, int) else ""


_OF_ROWS: dict[str, Callable[[Any, Any], Any]] = {
    "money": _money,
    "currency": lambda _, row: texts.currency(currency_of(row)),
    "delivery": lambda _, row: delivery(row),
}


def age(since: datetime, now: datetime) -> str:
    """How old, in its largest unit."""
    seconds = max((now - since).total_seconds(), 0)
    size = next((size for size in (86_400, 3_600, 60) if seconds >= size), 1)
    return views.duration(seconds // size * size)


def config(columns: Sequence[Shown], rows: Sequence[Row]) -> dict[str, Any]:
    """How the columns look."""
    made: dict[str, Any] = {}
    for column in columns:
        label = heading(column.name)
        if column.sort in ("status", "feed_status"):
            kind = "feed" if column.sort == "feed_status" else "order"
            there = dict.fromkeys(filter(None, (getattr(row, column.of, None) for row in rows)))
            made[label] = look.states_column(
                label, [(state_of(status), status_name(status, kind)) for status in there]
            )
        elif column.sort == "product":
            made[label] = st.column_config.LinkColumn(label, display_text=r"/catalog/(\d+)/")
    return made


def lines(columns: Sequence[Shown], rows: Sequence[Row], sellers: Mapping[int, str]) -> list[dict[str, Any]]:
    now = datetime.now(UTC)
    named = [(heading(column.name), column) for column in columns]
    return [{name: cell(column, row, sellers, now) for name, column in named} for row in rows]
