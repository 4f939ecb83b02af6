"""The seed's story in a browser: a scope error becomes a checklist that ticks itself; then orders come in."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Dashboard

pytestmark = pytest.mark.browser


def add_key(page: Page, dashboard: Dashboard, name: str, token: str) -> None:
    page.goto(dashboard.address("api_keys"))
    page.get_by_label("Название", exact=True).fill(name)
    page.get_by_label("Токен", exact=True).fill(token)
    page.get_by_role("button", name="Проверить и сохранить").click()


def test_from_token_scope_not_allowed_to_orders(page: Page, dashboard: Dashboard) -> None:
    assert dashboard.sandbox is not None
    tokens = dashboard.sandbox.tokens
    page.goto(dashboard.address())
    page.get_by_role("button", name="Добавить ключ").click()
    add_key(page, dashboard, "Мой магазин", tokens["statistics_only"])
    expect(page.get_by_text("проверен и сохранён").first).to_be_visible()

    page.get_by_role("link", name="Импорт заказов").first.click()
    page.get_by_role("button", name="Импортировать заказы").first.click()
    expect(page.get_by_role("heading", name="Токену не хватает категории «Маркетплейс»")).to_be_visible()
    assert dashboard.sandbox.world.count("orders.new") == 0, "what the token can't do is not sent"
    created = page.get_by_role("checkbox", name=re.compile("создайте новый персональный токен")).first
    saved = page.get_by_role("checkbox", name=re.compile("вставьте его в разделе")).first
    repeated = page.get_by_role("checkbox", name=re.compile("Повторите импорт")).first
    quiet = page.get_by_role("checkbox", name=re.compile("ошибка больше не появлялась")).first
    for step in (created, saved, repeated, quiet):
        expect(step).not_to_be_checked()
        expect(step).to_be_disabled()

    page.get_by_role("button", name="Заменить токен").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Токен", exact=True).fill(tokens["full"])
    dialog.get_by_role("button", name="Проверить и сохранить").click()
    expect(created).to_be_checked()
    expect(saved).to_be_checked()
    expect(repeated).not_to_be_checked()

    page.get_by_role("button", name="Повторить импорт").first.click()
    expect(page.get_by_text("Решено: Токену не хватает категории «Маркетплейс»").first).to_be_visible()
    page.get_by_role("link", name="Посмотреть заказы").click()
    expect(page.get_by_text(re.compile(r"Всего загружено: 2\s500")).first).to_be_visible()
    page.get_by_role("link", name="Обзор").first.click()
    expect(page.get_by_text("Всё в порядке: открытых вопросов нет.").first).to_be_visible()

    log = "".join(path.read_text() for path in (dashboard.data / "logs").glob("*.jsonl"))
    assert '"import done"' in log
    assert '"created": 2500' in log
    assert "token_scope" in log or "scope_missing" in log
    everything = b"".join(path.read_bytes() for path in dashboard.data.rglob("*") if path.is_file())
    for token in (tokens["full"], tokens["statistics_only"]):
        assert token.rsplit(".", 1)[1].encode() not in everything


def test_the_learning_cabinet_needs_no_account(page: Page, lonely_dashboard: Dashboard) -> None:
    page.goto(lonely_dashboard.address())
    page.get_by_role("button", name="Попробовать на учебном кабинете").click()
    expect(page.get_by_text("Требует внимания").first).to_be_visible()
    page.get_by_role("link", name="Импорт заказов").first.click()
    page.get_by_role("combobox", name="Ключ").click()
    page.get_by_role("option", name=re.compile("только статистика")).click()
    page.get_by_role("button", name="Импортировать заказы").first.click()
    expect(page.get_by_role("heading", name="Токену не хватает категории «Маркетплейс»")).to_be_visible()
    page.get_by_role("button", name=re.compile("Импортировать ключом")).click()
    expect(page.get_by_text("Посмотреть заказы").first).to_be_visible()
    page.get_by_role("link", name="Обзор").first.click()
    expect(page.get_by_text("Всё в порядке: открытых вопросов нет.").first).to_be_visible()


BAD = {
    "empty": ("", "пустое"),
    "spaces": ("   \n ", "пустое"),
    "quotes": ("'\"\"'", "пустое"),
    "bearer": ("Bearer ", "пустое"),
    "foreign": ("sk-" + "proj-" + "A1b2" * 12, "другого сервиса"),
    "long": ("ab" * 500_000, "слишком длинный"),
}


def test_bad_pastes_are_told_plainly(page: Page, dashboard: Dashboard) -> None:
    assert dashboard.sandbox is not None
    half = dashboard.sandbox.tokens["full"][:200]
    for text, told in [*BAD.values(), (half, "не целиком")]:
        add_key(page, dashboard, "Магазин", text)
        expect(page.get_by_text("Ключ не сохранён").first).to_be_visible()
        expect(page.get_by_text(re.compile(told)).first).to_be_visible()
        shown = page.locator("body").inner_text()
        assert "Traceback" not in shown
        assert not text.strip() or len(text) < 20 or text[:40] not in shown
    expect(page.get_by_text("Сохранённые ключи: 0").first).to_be_visible()


def test_a_shared_link_is_read_only(page: Page, dashboard: Dashboard) -> None:
    assert dashboard.sandbox is not None
    add_key(page, dashboard, "Магазин", dashboard.sandbox.tokens["statistics_only"])
    expect(page.get_by_text("проверен и сохранён").first).to_be_visible()
    page.get_by_role("link", name="Импорт заказов").first.click()
    page.get_by_role("button", name="Импортировать заказы").first.click()
    page.get_by_text("Переслать владельцу кабинета").click()
    message = page.get_by_test_id("stCode").last.inner_text()
    link = re.search(r"http://\S+\?checklist=[\w-]+", message)
    assert link is not None
    browser = page.context.browser
    assert browser is not None
    owner = browser.new_context(locale="ru-RU").new_page()
    owner.goto(link[0])
    expect(owner.get_by_role("heading", name="Токену не хватает категории «Маркетплейс»")).to_be_visible()
    for box in owner.get_by_role("checkbox").all():
        expect(box).to_be_disabled()
    expect(owner.get_by_role("button", name="Повторить импорт")).to_have_count(0)
    owner.context.close()


def test_every_screen_speaks_english(page: Page, dashboard: Dashboard) -> None:
    assert dashboard.sandbox is not None
    add_key(page, dashboard, "Shop", dashboard.sandbox.tokens["full"])
    expect(page.get_by_text("проверен и сохранён").first).to_be_visible()
    page.get_by_role("radio", name="English").click()
    titles = {
        "Overview": "Overview",
        "API keys": "API keys",
        "Order import": "Order import",
        "Orders": "Orders",
        "Token health": "Token health",
    }
    for link, title in titles.items():
        page.get_by_role("link", name=link, exact=True).first.click()
        expect(page.get_by_role("heading", name=title, exact=True, level=1)).to_be_visible()
        page.wait_for_timeout(500)
        shown = page.get_by_test_id("stMain").inner_text()
        foreign = re.findall(r"[а-яё]+", shown.replace("ООО «Песочница»", ""), re.IGNORECASE)
        assert not foreign, f"{title}: {foreign}"
