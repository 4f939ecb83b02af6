"""A page that is kept open all day costs no more in the evening than it did in the morning."""

from __future__ import annotations

import gc
import threading

from streamlit.runtime.state.common import WidgetMetadata
from streamlit.testing.v1 import AppTest

from pages import _order_filters
from tests import agency
from tests.pages.test_pages import Screen, screen
from tests.work import until

__all__ = ["screen"]


def remembered() -> int:
    """Widgets that Streamlit knows of: what has been drawn once in a session, it keeps until that ends."""
    until(lambda: "set-up" not in {one.name for one in threading.enumerate()}, what="the dashboard's set-up")
    gc.unfreeze()  # it hides from collections what it has loaded
    gc.collect()
    return sum(type(one) is WidgetMetadata for one in gc.get_objects())


def go_there_and_back(app: AppTest, times: int) -> None:
    for _ in range(times):
        app.switch_page("pages/overview.py").run()
        app.switch_page("pages/orders.py").run()


def test_who_comes_back_to_the_orders_again_and_again_is_not_remembered_each_time(screen: Screen) -> None:
    agency.fill(1)
    app = screen("orders", "ru")
    go_there_and_back(app, _order_filters.NAMES)
    before = remembered()
    assert before > 0
    go_there_and_back(app, 3)
    assert remembered() == before
