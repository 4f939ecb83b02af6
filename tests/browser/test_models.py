"""A DBS order from new to received, and the order feed, as an operator sees them."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Dashboard, choose
from tests.browser.test_waiting import press, ready
from wbcore.sandbox.server import Sandbox

pytestmark = pytest.mark.browser


def load(page: Page, source: str) -> None:
    """Imports from a source and waits for the end of that import."""
    page.get_by_role("link", name="Импорт заказов").first.click()
    choose(page, "Что загрузить", source)
    expect(page.get_by_role("button", name="Импортировать заказы").first).to_be_enabled()
    press(page)
    expect(page.locator(".st-key-running-import")).to_be_visible()  # not the end of the import before
    expect(page.get_by_role("heading", name=re.compile(f"{re.escape(source)}: готово"))).to_be_visible()


def look_at(page: Page, order_id: int) -> None:
    """The page of orders, narrowed to one."""
    page.get_by_role("link", name="Заказы", exact=True).first.click()
    choose(page, "Данные", "Сборочные задания DBS")
    page.get_by_role("textbox", name="Поиск").fill(str(order_id))
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("stDataFrame")).to_be_visible()


def shown(page: Page, text: str) -> None:
    """A cell of the table has this text: the grid's own accessible table is read."""
    expect(page.get_by_test_id("stDataFrame").locator("td", has_text=text).first).to_be_attached()


def test_a_dbs_order_lives_from_new_to_received(page: Page, dashboard: Dashboard) -> None:
    sandbox: Sandbox = ready(page, dashboard)
    (order_id,) = sandbox.world.add_orders(1, model="dbs")
    load(page, "Все новые заказы")
    look_at(page, order_id)
    shown(page, str(order_id))
    shown(page, "DBS")
    shown(page, "новый")
    shown(page, "18:00–22:00")
    sandbox.world.set_status(order_id, "deliver", "waiting")
    load(page, "Все новые заказы")
    look_at(page, order_id)
    shown(page, "в доставке")
    sandbox.world.set_status(order_id, "receive", "sold")
    load(page, "DBS: новые, статусы, завершённые")
    look_at(page, order_id)
    shown(page, "получен покупателем")
    shown(page, "выкуплен")


def test_the_feed_and_a_days_sales(page: Page, dashboard: Dashboard) -> None:
    sandbox: Sandbox = ready(page, dashboard)
    shop = sandbox.world.shop()
    for n in range(4, 7):
        sandbox.world.set_status(shop.deliveries["dbs"].order_id(n), "receive", "sold")
    load(page, "Лента заказов (все модели, и неоплаченные)")
    page.get_by_role("link", name="Заказы", exact=True).first.click()
    choose(page, "Данные", "Лента заказов")
    expect(page.get_by_text("Всего загружено:").first).to_be_visible()
    shown(page, "оформлен")
    page.get_by_text("Продажи и возвраты за день").click()
    expect(page.get_by_text("По ленте заказов")).to_be_visible()
    sold = page.get_by_test_id("stMetric").filter(has_text="Продано")
    expect(sold.get_by_test_id("stMetricValue")).to_have_text("3")
    expect(page.get_by_text("Часовой пояс дня: Москва")).to_be_visible()
    page.get_by_text("Часовой пояс дня: Москва").scroll_into_view_if_needed()
