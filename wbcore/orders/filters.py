"""What may be asked of orders, and of whose."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, Literal, NamedTuple

from sqlalchemy import case
from sqlmodel import Session, col, select

from wbcore.orders.tallies import Stage
from wbcore.store.models import Seller

Kind = Literal["orders", "statistics", "order_feed"]
"""Assembly orders of every model of sale, rows of the statistics report, rows of the order feed."""
ENVIRONMENTS: Final = ("production", "test", "demo")


@dataclass(frozen=True, slots=True, kw_only=True)
class Narrowing:
    """What a list of orders may be narrowed to, in an address as in the database.

    Attributes:
        status: a supplierStatus, a wbStatus, or a name of ``GROUPS``; of statistics "cancel" alone; of the
            feed its one status.
        article, warehouse, office, supply, barcode, nm, basket: of assembly orders, the whole value, with its
            spaces; "": any.
        without: a name of ``WITHOUT``: orders that have no such value.
        currency: ISO 4217 numeric; 0: WB named none; None: any.
        marking: "yes": something has to be told of it before delivery; "no": nothing has to.
        zero: zero orders alone.
        b2b: orders of companies alone.
    """

    status: str = ""
    article: str = ""
    warehouse: str = ""
    office: str = ""
    supply: str = ""
    barcode: str = ""
    nm: str = ""
    basket: str = ""
    marking: str = ""
    zero: bool = False
    b2b: bool = False
    without: str = ""
    currency: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFilters(Narrowing):
    """What an operator may ask for.

    Attributes:
        kind: which table is meant.
        model: of assembly orders those of one model of sale; "": all.
        seller_ids: None: of all real sellers; where there is none, of those of the test environment,
            else of the learning cabinet.
        text: an order's whole rid (srid), or a part of its number, article, barcode or of WB's article,
            whatever the case.
        date_from, date_to: Unix seconds of the order's creation; the first is included, the second is not.
        key: the name of the key that was asked by: the rows carry it instead of their seller's oldest key.
        lost_from, lost_to: Unix seconds: alive orders that were seen cancelled then.
        taken: orders that were seen to go into assembly within so many hours (``tallies.WAITS_H``, LONGER).
    """

    kind: Kind = "orders"
    model: str = ""
    seller_ids: tuple[int, ...] | None = None
    text: str = ""
    date_from: int | None = None
    date_to: int | None = None
    key: str = ""
    lost_from: int | None = None
    lost_to: int | None = None
    taken: int | None = None


class Cursor(NamedTuple):
    """The place of the last row of a page.

    Attributes:
        amount, currency: what it costs, where the dearest come first.
    """

    instant: int
    key: Any
    seller_id: int
    amount: int = 0
    currency: Any = None


GROUPS: Final[dict[str, tuple[Stage, ...]]] = {
    "to_assemble": ("new", "assembly"),
    "stage_new": ("new",),
    "stage_assembly": ("assembly",),
    "stage_moving": ("moving",),
    "stage_sold": ("sold",),
    "cancelled": ("cancelled",),
    "stage_unknown": ("",),
}
"""Words that stand for several pairs of statuses: those that the sums of orders count as these stages."""
WITHOUT: Final = {
    "article": "coalesce(article, '') = ''",
    "warehouse": "coalesce(warehouse_id, 0) = 0",
}
"""What an order may have none of."""


def meant(session: Session, filters: OrderFilters) -> list[int]:
    """Ids of the sellers whose rows are asked for, of those that whoever asks may know of."""
    if filters.seller_ids is None:
        query = together()
    else:
        query = select(Seller.id).where(col(Seller.id).in_(filters.seller_ids))
    return [seller_id for seller_id in session.exec(query).all() if seller_id is not None]


def meant_among(sellers: Iterable[Seller], filters: OrderFilters) -> list[int]:
    """As ``meant``, where all sellers that whoever asks may know of have been read."""
    there = [(seller.id, seller.environment) for seller in sellers if seller.id is not None]
    if filters.seller_ids is not None:
        return [seller_id for seller_id, _ in there if seller_id in filters.seller_ids]
    first = min((name for _, name in there), key=ENVIRONMENTS.index, default="")
    return [seller_id for seller_id, name in there if name == first]


def together() -> Any:
    """Sellers that are meant by "all": real ones; else those of WB's test environment; else learning ones.

    Invented orders are never listed or counted together with real ones.
    """
    real_first = case({name: place for place, name in enumerate(ENVIRONMENTS)}, value=col(Seller.environment))
    first = select(Seller.environment).order_by(real_first).limit(1).scalar_subquery()
    return select(Seller.id).where(Seller.environment == first)
