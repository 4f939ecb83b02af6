"""The day without a mouse: sign in, add a key, import, make the picking list. Where one is is seen."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import Dashboard, serve, still
from tests.browser.test_accessibility import ALL_RULES, WIDTHS, found_by_axe
from tests.conftest import copy_sqlite
from wbcore.people import users
from wbcore.sandbox.server import Sandbox
from wbcore.settings import settings
from wbcore.store import db

pytestmark = pytest.mark.browser

NAME, PASSWORD = "Анна", "длинная фраза для входа"
MOST_TABS = 70
SEEN = """one => {
  for (let e = one, n = 0; e && n < 4; e = e.parentElement, n++) {
    const s = getComputedStyle(e);
    if (s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) > 0 || s.boxShadow !== 'none') return true;
  }
  return false;
}"""
"""Whether something around a focused element tells that it is focused."""


@pytest.fixture
def office(tmp_path: Path, sqlite_template: Path) -> Iterator[Dashboard]:
    data = tmp_path / "desk"
    copy_sqlite(sqlite_template, data)
    with Sandbox(orders=60) as sandbox, pytest.MonkeyPatch.context() as environment:
        environment.setenv("WB_DATA_DIR", str(data))
        settings.cache_clear()
        db.dispose()
        with db.session() as session:
            users.add(session, NAME, "owner", PASSWORD)
            session.commit()
        db.dispose()
        settings.cache_clear()
        yield from serve(data, sandbox, WB_SIGN_IN="1")


def reach(page: Page, wanted: Locator) -> None:
    """Tabs on until it has the focus, which is seen."""
    expect(wanted).to_be_visible()
    expect(wanted).to_be_enabled()
    for _ in range(MOST_TABS):
        if wanted.evaluate("one => one === document.activeElement || one.contains(document.activeElement)"):
            assert page.locator(":focus").evaluate(SEEN), f"the focus is not seen: {wanted}"
            return
        page.keyboard.press("Tab")
    pytest.fail(f"not reached by the keyboard: {wanted}")


def press(page: Page, wanted: Locator) -> None:
    reach(page, wanted)
    page.keyboard.press("Enter")


def fill(page: Page, wanted: Locator, text: str) -> None:
    reach(page, wanted)
    page.keyboard.insert_text(text)


def test_from_sign_in_to_the_picking_list_by_keyboard_alone(page: Page, office: Dashboard) -> None:
    assert office.sandbox is not None
    page.goto(office.address("login"))
    fill(page, page.get_by_label("Имя"), NAME)
    fill(page, page.get_by_label("Пароль"), PASSWORD)
    page.keyboard.press("Enter")
    press(page, page.get_by_role("button", name="Добавить ключ"))
    fill(page, page.get_by_label("Название", exact=True), "Магазин")
    fill(page, page.get_by_label("Токен", exact=True), office.sandbox.tokens["full"])
    press(page, page.get_by_role("button", name="Проверить и сохранить"))
    expect(page.get_by_text("проверен и сохранён").first).to_be_visible()
    still(page)
    press(page, page.get_by_role("link", name="Импорт заказов").first)
    still(page)
    press(page, page.get_by_role("button", name="Импортировать заказы").first)
    expect(page.get_by_role("heading", name=re.compile("готово"))).to_be_visible()
    press(page, page.get_by_test_id("stMain").get_by_role("link", name="Лист подбора").first)
    press(page, page.get_by_role("button", name="Составить лист"))
    expect(page.get_by_role("heading", name="Лист подбора № 1")).to_be_visible()
    still(page)
    reach(page, page.get_by_role("button", name="PDF для печати").first)


@pytest.mark.slow
@pytest.mark.parametrize("lang", ["ru", "en"])
def test_axe_finds_nothing_where_people_sign_in(visitor: Page, office: Dashboard, lang: str) -> None:
    visitor.goto(office.address(f"login?lang={lang}"))
    expect(visitor.locator("html")).to_have_attribute("lang", lang)
    for theme in ("light", "dark"):
        visitor.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
        for width in WIDTHS:
            visitor.set_viewport_size({"width": width, "height": 900})
            assert visitor.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
            assert found_by_axe(visitor, ALL_RULES) == []


@pytest.mark.slow
def test_axe_finds_nothing_at_the_first_set_up(visitor: Page, browser: Browser, tmp_path: Path) -> None:
    for dashboard in serve(tmp_path, None, WB_SIGN_IN="1", WB_WORKER="off"):
        visitor.goto(dashboard.url)
        expect(visitor.locator("form")).to_be_visible()
        assert found_by_axe(visitor, ALL_RULES) == []
