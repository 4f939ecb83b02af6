"""Keys on a slow line: what is pressed and typed before an answer is seen is what happens, no more."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlmodel import select

from tests.browser.conftest import Dashboard, Unheard, choose, open_choices, serve, still
from tests.browser.showcase import FIRST, SECOND
from wbcore.health import checkups
from wbcore.keys import saving
from wbcore.sandbox.server import Sandbox
from wbcore.sandbox.tokens import mint
from wbcore.settings import settings
from wbcore.store import chores, db
from wbcore.store.models import Key

pytestmark = pytest.mark.browser


@pytest.fixture
def desk(sqlite: str, data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Dashboard]:
    """Two sellers with a key each; no worker is at work."""
    with Sandbox(orders=1, limits=False) as sandbox:
        monkeypatch.setenv("WB_GATEWAY_URL", sandbox.gateway)
        settings.cache_clear()
        assert saving.add_key("Второй", mint(sid=SECOND)).saved
        assert saving.add_key("Первый", mint(sid=FIRST)).saved
        yield from serve(data_dir, sandbox, WB_WORKER="off")


def names() -> list[str]:
    with db.session() as session:
        return sorted(session.exec(select(Key.name)).all())


def test_a_window_does_what_it_says_of_the_key_it_names(own_page: Page, desk: Dashboard) -> None:
    page, connection = own_page, Unheard(own_page)
    page.goto(desk.address("api_keys"))
    window, remove = page.get_by_role("dialog"), page.get_by_role("button", name="Удалить")
    still(page)

    # What is ticked for one key is not ticked for another.
    remove.nth(0).click()
    window.get_by_text("данные покупателей").click()
    expect(window.get_by_role("checkbox")).to_be_checked()
    still(page)
    page.keyboard.press("Escape")
    remove.nth(1).click()
    expect(window).to_contain_text("Первый")
    expect(window.get_by_role("checkbox")).not_to_be_checked()
    still(page)
    page.keyboard.press("Escape")
    still(page)

    # The window of one key is still shown when the server has drawn the one of another.
    connection.hold()
    remove.nth(0).click()
    connection.until_sent("Да, удалить")
    seen = len(connection.held or ())
    remove.nth(1).click()
    connection.until_sent("Удалить ключ «Первый»")
    connection.let_in(seen)
    expect(window).to_contain_text("Удалить ключ «Второй»")
    window.get_by_role("button", name="Да, удалить").click()
    page.wait_for_timeout(500)  # that nothing happens has no sign
    connection.let_in()
    expect(window).to_contain_text("Удалить ключ «Первый»")
    still(page)
    assert names() == ["Второй", "Первый"]
    page.keyboard.press("Escape")

    # A check ends while a window is open: what is typed in it stays.
    with db.session() as session:
        checkups.ask(session.exec(select(Key.id)).all(), datetime.now(UTC))
    page.reload()
    expect(page.get_by_text("Проверяем…").first).to_be_visible()
    page.get_by_role("button", name="Переименовать").nth(0).click()
    window.get_by_role("textbox").fill("Третий")
    with db.session() as session:
        for wish in chores.waiting(session):
            session.delete(wish)
        session.commit()
    page.wait_for_timeout(2_500)  # the page has looked again by then
    window.get_by_role("button", name="Сохранить").click()
    expect(page.get_by_text("Третий").first).to_be_visible()
    assert names() == ["Первый", "Третий"]


def test_what_is_pressed_before_the_answer_to_the_press_before(own_page: Page, desk: Dashboard) -> None:
    page, connection = own_page, Unheard(own_page)
    page.goto(desk.address("api_keys"))
    expect(page.get_by_text("Сохранённые ключи: 2")).to_be_visible()
    still(page)

    # A second press on what is being saved.
    page.get_by_label("Название", exact=True).fill("Третий")
    page.get_by_label("Токен", exact=True).fill(mint(sid=FIRST, bits=[4, 5]))
    save = page.get_by_role("button", name="Проверить и сохранить")
    connection.hold()
    save.click()
    connection.until_sent("Сохранённые ключи: 3")
    save.click()
    page.wait_for_timeout(1_000)
    connection.let_in()
    expect(page.get_by_text("Ключ «Третий» проверен и сохранён.")).to_be_visible()
    expect(page.get_by_label("Название", exact=True)).to_have_value("")
    still(page)
    expect(page.get_by_text("Этот токен уже сохранён")).to_have_count(0)

    # A zone, by its name in the language before.
    open_choices(page)
    expect(page.get_by_text("English", exact=True)).to_be_visible()
    still(page)
    connection.hold()
    page.get_by_text("English", exact=True).click()
    connection.until_sent("API keys")
    choose(page, "Часовой пояс", re.compile("Магадан"))
    page.wait_for_timeout(500)
    connection.let_in()
    expect(page.get_by_test_id("stSidebar").get_by_role("combobox")).to_have_value(re.compile("Magadan"))
    page.goto(desk.address("order_import"))
    expect(page.get_by_test_id("stSidebar").locator("summary")).to_contain_text("Magadan")
