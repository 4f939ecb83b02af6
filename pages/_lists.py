"""The way to a list of orders, from whichever page."""

from __future__ import annotations

from typing import Final

from wbcore.guidance import views
from wbcore.guidance.views import t
from wbcore.orders import wishes
from wbcore.orders.tallies import LONGER
from wbcore.orders.wishes import Wish

ORDERS_PAGE: Final = "pages/orders.py"


def address(wish: Wish) -> str:
    """A list's address."""
    return views.address("orders", wishes.written(wish))


def within(hours: int) -> str:
    """How soon an order was taken into assembly (``tallies.WAITS_H``, LONGER), in words."""
    return t("page-pictures-longer") if hours == LONGER else t("page-pictures-up-to", hours=hours)
