"""The columns of orders as people read them: on the page, and in the files that are made for people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from wbcore.orders.filters import Kind

Sort = Literal[
    "number",
    "text",
    "money",
    "currency",
    "instant",
    "age",
    "flag",
    "status",
    "feed_status",
    "model",
    "marks",
    "product",
    "seller",
    "delivery",
    "one",
    "order",
]
"""How a value is told."""

PRODUCT: Final = "https://www.wildberries.ru/catalog/{nm}/detail.aspx"


@dataclass(frozen=True, slots=True)
class Shown:
    """A column.

    Attributes:
        name: ours, as addresses and profiles have it; its heading is the text ``order-column-<name>``.
        of: the field of the row that it tells.
        page_only: files do without it.
    """

    name: str
    of: str
    sort: Sort = "text"
    page_only: bool = False


_GOODS: Final = (
    Shown("article", "article"),
    Shown("nm", "nm_id", "product"),
    Shown("barcode", "barcode"),
)
_WHOSE: Final = (Shown("seller", "seller_id", "seller"), Shown("key", "key"))

COLUMNS: Final[Mapping[Kind, tuple[Shown, ...]]] = MappingProxyType(
    {
        "orders": (
            Shown("number", "id", "number"),
            Shown("created", "created_at", "instant"),
            Shown("age", "created_at", "age", page_only=True),
            *_GOODS,
            Shown("price", "price", "money"),
            Shown("currency", "currency_code", "currency"),
            Shown("supplier_status", "supplier_status", "status"),
            Shown("wb_status", "wb_status", "status"),
            Shown("status_at", "status_at", "instant"),
            Shown("model", "model", "model"),
            Shown("delivery", "delivery_date", "delivery"),
            Shown("office", "office"),
            Shown("warehouse", "warehouse_id", "number"),
            Shown("supply", "supply_id"),
            Shown("marking", "required_meta", "marks"),
            Shown("zero", "is_zero", "flag"),
            Shown("b2b", "is_b2b", "flag"),
            Shown("basket", "order_uid"),
            Shown("rid", "rid"),
            Shown("chrt", "chrt_id", "number"),
            Shown("buyer_price", "statistics", "money", page_only=True),
            *_WHOSE,
        ),
        "statistics": (
            Shown("created", "date", "instant"),
            *_GOODS,
            Shown("warehouse_name", "warehouse_name"),
            Shown("region", "region_name"),
            Shown("full_price", "total_price", "money"),
            Shown("buyer_price", "finished_price", "money"),
            Shown("currency", "", "currency"),
            Shown("cancelled", "is_cancel", "flag"),
            Shown("cancelled_at", "cancel_date", "instant"),
            Shown("rid", "srid"),
            Shown("number", "order", "order", page_only=True),
            *_WHOSE,
        ),
        "order_feed": (
            Shown("created", "created_at", "instant"),
            Shown("feed_status", "status", "feed_status"),
            Shown("status_since", "updated_at", "instant"),
            Shown("nm", "nm_id", "product"),
            Shown("price", "seller_price", "money"),
            Shown("currency", "currency"),
            Shown("warehouse_name", "warehouse_name"),
            Shown("city", "city"),
            Shown("own_warehouse", "is_mp", "flag"),
            Shown("b2b", "is_b2b", "flag"),
            Shown("rid", "srid"),
            Shown("number", "order", "order", page_only=True),
            *_WHOSE,
        ),
    }
)

DEFAULTS: Final[Mapping[Kind, tuple[str, ...]]] = MappingProxyType(
    {
        "orders": (
            *("number", "created", "article", "price", "supplier_status", "wb_status", "model", "age"),
            *("seller", "office", "marking", "nm", "buyer_price", "delivery", "key"),
        ),
        "statistics": (
            *("created", "article", "warehouse_name", "region", "full_price", "buyer_price"),
            *("cancelled", "number", "seller", "key"),
        ),
        "order_feed": (
            *("created", "feed_status", "status_since", "nm", "price", "warehouse_name", "city"),
            *("number", "seller", "key"),
        ),
    }
)
"""What is shown to whoever has chosen nothing."""


def chosen(kind: Kind, names: tuple[str, ...], model: str = "") -> tuple[Shown, ...]:
    """The columns of these names, in their order; the usual ones where none of them is known.

    Args:
        model: the model of sale that is looked at alone; "": all.
    """
    known = {one.name: one for one in COLUMNS[kind]}
    found = tuple(known[name] for name in dict.fromkeys(names) if name in known)
    if found:
        return found
    usual = list(DEFAULTS[kind])
    if model in ("dbs", "dbw"):  # the seller brings it: when, is what matters
        usual.remove("delivery")
        usual.insert(2, "delivery")
    return tuple(known[name] for name in usual)


def state_of(status: str) -> str:
    """How a status looks: a name of ``guidance.look.LOOKS``."""
    if status in ("new", "waiting"):
        return "new"
    if status in ("confirm", "prepare"):
        return "assembly"
    if status in ("sold", "receive", "buyout"):
        return "sold"
    if status.startswith(("cancel", "declined", "reject", "defect", "return")):
        return "cancelled_order"
    return "moving"
