"""The learning cabinet: a token made in it as at WB, pasted, and the checklist is solved."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Dashboard, choose

pytestmark = pytest.mark.browser


def make_token(page: Page, *, kind: str, boxes: tuple[str, ...], access: str, life: str = "") -> str:
    """Does in the learning cabinet what the picture says; gives what is shown once."""
    page.get_by_role("button", name="+ Создать токен").click()
    page.get_by_role("button", name="Для интеграции вручную").or_(
        page.get_by_role("radio", name="Для интеграции вручную")
    ).click()
    if life:  # first: it is the one thing that WB's own window does not have
        choose(page, re.compile("Срок"), life)
    page.get_by_role("radiogroup", name="Тип токена").get_by_text(kind, exact=True).click()
    page.get_by_label("Название токена", exact=True).fill("WB Desk")
    page.get_by_label("Название токена", exact=True).press("Tab")
    window = page.locator(".st-key-learning-window")
    for box in boxes:
        window.get_by_text(box, exact=True).click()
    page.get_by_role("radiogroup", name="Доступ").get_by_text(access, exact=True).click()
    if kind == "Персональный":
        window.get_by_text("Я понимаю, что не следует передавать токен третьим лицам").click()
        expect(window.get_by_role("checkbox", name=re.compile("Я понимаю"))).to_be_checked()
    for box in boxes:
        expect(window.get_by_role("checkbox", name=box, exact=True)).to_be_checked()
    page.get_by_role("button", name="Создать", exact=True).click()
    token = page.locator(".st-key-learning-token").get_by_test_id("stCode").inner_text().strip()
    page.get_by_role("button", name="Скопировать и закрыть").click()
    expect(page.get_by_text("Теперь вставьте его").first).to_be_visible()
    expect(page.locator(".st-key-learning-token")).to_have_count(0)
    assert token not in page.locator("body").inner_text()
    return token


def test_a_token_made_here_solves_the_checklist(page: Page, lonely_dashboard: Dashboard) -> None:
    page.goto(lonely_dashboard.address("learning"))
    page.get_by_role("button", name="Попробовать на учебном кабинете").click()
    expect(page.get_by_text("Действующих токенов: 2 из 20")).to_be_visible()

    page.get_by_role("button", name="+ Создать токен").click()
    expect(page.get_by_text("На этой вкладке выбирают сервис из каталога")).to_be_visible()
    page.get_by_role("button", name="Отмена").click()
    page.get_by_role("button", name="+ Создать токен").click()
    page.get_by_role("radio", name="Для интеграции вручную").click()
    page.get_by_role("button", name="Создать", exact=True).click()
    expect(page.get_by_text("Ещё не заполнено: «Тип токена», «Название токена»")).to_be_visible()
    page.get_by_role("button", name="Отмена").click()

    page.get_by_role("link", name="Импорт заказов").first.click()
    choose(page, "Ключ", re.compile("только статистика"))
    expect(page.get_by_text("С этим токеном импорт не пройдёт")).to_be_visible()
    page.get_by_role("button", name="Импортировать заказы").first.click()
    expect(page.get_by_role("heading", name=re.compile("не хватает категории «Маркетплейс»"))).to_be_visible()

    page.goto(lonely_dashboard.address("learning"))
    token = make_token(
        page, kind="Персональный", boxes=("Маркетплейс", "Статистика"), access="Чтение и запись"
    )
    expect(page.get_by_text("Действующих токенов: 3 из 20")).to_be_visible()
    page.get_by_role("link", name="Вставить в «Ключи API»").click()
    card = page.locator("[class*=st-key-key-]").filter(has_text="только статистика").last
    card.get_by_role("button", name="Заменить токен").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Токен", exact=True).fill(token)
    dialog.get_by_role("button", name="Проверить и сохранить").click()
    expect(page.get_by_role("dialog")).to_have_count(0)

    page.get_by_role("link", name="Обзор").first.click()
    expect(page.get_by_role("checkbox", name=re.compile("создайте новый персональный")).first).to_be_checked()
    page.get_by_role("button", name="Повторить импорт").first.click()
    expect(page.get_by_text("Посмотреть заказы").first).to_be_visible()
    page.get_by_role("link", name="Обзор").first.click()
    expect(page.get_by_text("Всё в порядке: открытых проблем нет.").first).to_be_visible()


def test_wrong_choices_lead_where_they_lead_at_wb(page: Page, lonely_dashboard: Dashboard) -> None:
    page.goto(lonely_dashboard.address("learning"))
    page.get_by_role("button", name="Попробовать на учебном кабинете").click()
    expect(page.get_by_text("Действующих токенов: 2 из 20")).to_be_visible()
    test = make_token(page, kind="Тестовый", boxes=("Маркетплейс",), access="Только чтение")
    over = make_token(
        page, kind="Персональный", boxes=("Маркетплейс",), access="Только чтение", life="Уже истёк"
    )
    good = make_token(page, kind="Персональный", boxes=("Маркетплейс",), access="Только чтение")
    expect(page.get_by_text("Действующих токенов: 4 из 20")).to_be_visible()
    page.get_by_role("button", name="Удалить").first.click()
    page.get_by_role("dialog").get_by_role("button", name="Да, удалить").click()
    expect(page.get_by_text("Действующих токенов: 3 из 20")).to_be_visible()

    page.get_by_role("link", name="Ключи API").first.click()
    for token, told in (
        (test, "Тестовый токен в рабочей среде"),
        (over, "Срок действия токена истёк"),
        (good, re.compile("Токен удалён|удалили|отозван")),
    ):
        page.get_by_label("Название", exact=True).fill("Проба")
        page.get_by_label("Токен", exact=True).fill(token)
        page.get_by_role("button", name="Проверить и сохранить").first.click()
        expect(page.get_by_text("Ключ не сохранён").first).to_be_visible()
        expect(page.get_by_text(told).first).to_be_visible()
