"""Waits, stops, second presses and strange answers, as an operator meets them."""

from __future__ import annotations

import re

import orjson
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Dashboard
from tests.browser.test_seed_story import add_key
from wbcore.sandbox.server import Sandbox

pytestmark = pytest.mark.browser


def ready(page: Page, dashboard: Dashboard) -> Sandbox:
    """A key that can do everything, and the import page."""
    assert dashboard.sandbox is not None
    add_key(page, dashboard, "Магазин", dashboard.sandbox.tokens["full"])
    expect(page.get_by_text("проверен и сохранён").first).to_be_visible()
    page.get_by_role("link", name="Импорт заказов").first.click()
    expect(page.get_by_role("button", name="Импортировать заказы").first).to_be_visible()
    return dashboard.sandbox


def press(page: Page) -> None:
    page.get_by_role("button", name="Импортировать заказы").first.click()


def test_wbs_limit_counts_down_and_the_import_goes_on_by_itself(
    page: Page, small_dashboard: Dashboard
) -> None:
    sandbox = ready(page, small_dashboard)
    sandbox.world.answer_next(
        "orders.new", 429, b'{"title": "too many requests"}', {"X-Ratelimit-Retry": "6"}
    )
    press(page)
    expect(page.get_by_text(re.compile("Ждём лимит WB")).first).to_be_visible()
    expect(page.get_by_text("Посмотреть заказы").first).to_be_visible()


def test_a_second_press_is_refused_kindly_and_the_import_can_be_left_and_stopped(
    page: Page, dashboard: Dashboard
) -> None:
    sandbox = ready(page, dashboard)
    sandbox.world.latency = 4.0
    press(page)
    expect(page.get_by_role("button", name="Остановить").first).to_be_visible()
    press(page)
    expect(page.get_by_text("второй не нужен").first).to_be_visible()
    page.get_by_role("link", name="Обзор").first.click()
    expect(page.get_by_text("Требует внимания").first).to_be_visible()
    page.get_by_role("link", name="Импорт заказов").first.click()
    page.get_by_role("button", name="Остановить").first.click()
    expect(page.get_by_role("heading", name=re.compile("остановлен"))).to_be_visible()


def test_a_web_page_instead_of_data_has_its_checklist(page: Page, small_dashboard: Dashboard) -> None:
    sandbox = ready(page, small_dashboard)
    html = b"<!DOCTYPE html><html><body><b>Wi-Fi</b></body></html>"
    sandbox.world.answer_next("orders.new", 200, html, {"Content-Type": "text/html"}, times=5)
    press(page)
    expect(page.get_by_role("heading", name="Вместо данных приходит веб-страница")).to_be_visible()
    expect(page.get_by_text("Вместо данных пришла веб-страница").first).to_be_visible()
    page.get_by_role("button", name="Повторить импорт").first.click()
    expect(page.get_by_role("heading", name=re.compile("готово"))).to_be_visible()
    # A worker looks after a failure by itself: it may have seen that before the import did.
    page.get_by_role("link", name="Обзор").first.click()
    page.get_by_text("Решённое", exact=True).click()
    expect(page.get_by_text("Вместо данных приходит веб-страница").first).to_be_visible()
    expect(page.get_by_test_id("stSidebar").get_by_text(re.compile("открыт.* проблем"))).to_have_count(0)


def test_rows_without_a_number_are_kept_and_shown(page: Page, small_dashboard: Dashboard) -> None:
    sandbox = ready(page, small_dashboard)
    rows = {"orders": [{"id": 1, "article": "есть"}, {"article": "без номера"}, None]}
    sandbox.world.answer_next("orders.new", 200, orjson.dumps(rows))
    press(page)
    page.get_by_text("Строки, которые не удалось прочитать: 2").click()
    expect(page.get_by_text(re.compile("без номера")).first).to_be_visible()


@pytest.mark.parametrize(
    ("token", "told"),
    [("expired", "Срок действия токена истёк"), ("withdrawn", "Токен удалён в личном кабинете")],
)
def test_a_dead_token_is_not_saved_and_says_why(
    page: Page, small_dashboard: Dashboard, token: str, told: str
) -> None:
    assert small_dashboard.sandbox is not None
    add_key(page, small_dashboard, "Магазин", small_dashboard.sandbox.tokens[token])
    expect(page.get_by_text("Ключ не сохранён").first).to_be_visible()
    expect(page.get_by_text(told).first).to_be_visible()


def test_a_token_that_stops_working_is_told_apart_and_solved(page: Page, small_dashboard: Dashboard) -> None:
    sandbox = ready(page, small_dashboard)
    press(page)
    expect(page.get_by_text("Посмотреть заказы").first).to_be_visible()
    refusal = {"title": "unauthorized", "detail": "token scope not allowed", "status": 401}
    sandbox.world.answer_next("orders.new", 401, orjson.dumps(refusal))
    press(page)
    expect(page.get_by_text("Раньше этот токен работал").first).to_be_visible()
    looked = page.get_by_role("checkbox", name=re.compile("есть ли ещё этот токен")).first
    expect(looked).to_be_enabled()
    page.get_by_text("Посмотрите в личном кабинете, есть ли ещё этот токен").first.click()
    expect(looked).to_be_checked()
    expect(page.get_by_text(re.compile("отметил")).first).to_be_visible()

    page.get_by_role("button", name="Заменить токен").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Токен", exact=True).fill(sandbox.tokens["read_only"])
    dialog.get_by_role("button", name="Проверить и сохранить").click()
    expect(dialog.get_by_text("Новый токен только на чтение")).to_be_visible()
    dialog.get_by_role("button", name="Всё равно заменить").click()
    expect(page.get_by_role("checkbox", name=re.compile("вставьте его в разделе")).first).to_be_checked()
    page.get_by_role("button", name="Повторить импорт").first.click()
    solved = re.compile("Решено: Токен перестал открывать «Новые заказы»")
    expect(page.get_by_text(solved).first).to_be_visible()
