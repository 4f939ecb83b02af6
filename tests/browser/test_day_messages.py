"""An owner wishes to hear of new orders; the next import's message arrives by mail."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Dashboard, choose
from tests.browser.test_waiting import press, ready
from tests.smtp import postbox
from tests.work import until

pytestmark = pytest.mark.browser


def test_new_orders_are_told_by_mail(page: Page, dashboard: Dashboard) -> None:
    sandbox = ready(page, dashboard)
    with postbox() as mail:
        page.get_by_role("link", name="Состояние токенов").first.click()
        page.get_by_text("Оповещения (каналов: 0)").click()
        name = page.get_by_label("Название", exact=True)
        url = page.get_by_role("textbox", name="Адрес канала")
        name.fill("Почта")
        url.fill("почта")
        page.get_by_role("button", name="Добавить канал").click()
        expect(page.get_by_role("alert").filter(has_text="адрес")).to_be_visible()
        expect(name).to_have_value("Почта")  # what is refused is mended, not typed again
        url.fill(mail.url())
        page.get_by_role("button", name="Добавить канал").click()
        expect(page.get_by_text("Оповещения (каналов: 1)")).to_be_visible()
        expect(name).to_have_value("")
        # The part stays open although its title is another one now, and the first press opens the list.
        choose(page, "Новые заказы", "сразу")
        expect(page.get_by_role("combobox", name="Новые заказы")).to_have_value("сразу")
        page.get_by_text("Заказ отменён, когда он уже в листе подбора").click()
        page.get_by_role("button", name="Сохранить", exact=True).click()
        expect(page.get_by_text("Сохранено.")).to_be_visible()
        page.get_by_role("link", name="Импорт заказов").first.click()
        press(page)
        expect(page.get_by_role("link", name="Посмотреть заказы").first).to_be_visible()
        until(lambda: mail.mails, 60, "a message by mail")
    (one,) = mail.mails
    assert one.subject == "ООО «Песочница»: 2 500 новых заказов"
    assert sandbox.tokens["full"] not in one.text


@pytest.mark.parametrize("press_on", ["Проверить канал", "Удалить"])
def test_a_channel_that_another_window_has_removed_is_said_to_be_gone(
    page: Page, small_dashboard: Dashboard, press_on: str
) -> None:
    ready(page, small_dashboard)
    page.get_by_role("link", name="Состояние токенов").first.click()
    page.get_by_text("Оповещения (каналов: 0)").click()
    page.get_by_label("Название", exact=True).fill("Почта")
    address = "mailto://127.0.0.1:9?from=desk@example.com&to=post@example.com"
    page.get_by_role("textbox", name="Адрес канала").fill(address)
    page.get_by_role("button", name="Добавить канал").click()
    expect(page.get_by_role("button", name="Проверить канал")).to_be_visible()
    other = page.context.new_page()
    other.goto(small_dashboard.address("token_health"))
    other.get_by_text("Оповещения (каналов: 1)").click()
    other.get_by_role("button", name="Удалить").click()
    expect(other.get_by_text("Оповещения (каналов: 0)")).to_be_visible()
    page.get_by_role("button", name=press_on).click()
    expect(page.get_by_text("Этого канала больше нет: его удалили.")).to_be_visible()
    expect(page.get_by_text("Оповещения (каналов: 0)")).to_be_visible()
    expect(page.get_by_role("button", name="Попробовать ещё раз")).to_have_count(0)
