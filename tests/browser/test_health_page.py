"""Token health as an operator reads it: problems in their rows, how all is known, what a check will cost."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import jwt
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Dashboard, serve
from tests.browser.showcase import FIRST, SECOND
from wbcore.health import checks
from wbcore.keys import saving
from wbcore.sandbox.server import Sandbox
from wbcore.sandbox.tokens import mint
from wbcore.settings import settings

pytestmark = pytest.mark.browser


@pytest.fixture
def desk(sqlite: str, data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Dashboard]:
    """Nobody works, so that nothing happens but what the test does."""
    with Sandbox(orders=40, limits=False) as sandbox:
        monkeypatch.setenv("WB_GATEWAY_URL", sandbox.gateway)
        settings.cache_clear()
        yield from serve(data_dir, sandbox, WB_WORKER="off")


def height(part: Locator) -> float:
    """Where on the page it begins."""
    place = part.bounding_box()
    assert place is not None
    return place["y"]


def test_a_key_that_stopped_working_is_told_with_its_history(page: Page, desk: Dashboard) -> None:
    assert desk.sandbox is not None
    dying = mint(sid=SECOND)
    assert saving.add_key("Рабочий", mint(sid=FIRST)).saved
    assert saving.add_key("Умерший", dying).saved
    checks.check()
    desk.sandbox.world.withdraw(jwt.decode(dying, options={"verify_signature": False})["id"])
    checks.check()
    page.goto(desk.address("token_health"))
    problem = page.get_by_role("row", name=re.compile("^Проблема"))
    expect(problem).to_contain_text("Токен отозван")
    statistics = page.get_by_role("row", name=re.compile("^Статистика заказов"))
    expect(statistics).to_contain_text("работает")
    expect(statistics).to_contain_text(re.compile(r"нет доступа · работал до \d\d\.\d\d\.\d{4}"))
    hint = statistics.locator("time").first
    expect(hint).to_have_attribute("title", re.compile(r"Wildberries ответил так \d\d\.\d\d\.\d{4}"))
    expect(page.get_by_text(re.compile("Проверим ключей: 2; .* обычно нужно: 2"))).to_be_visible()

    page.get_by_text("Только проблемные").click()
    expect(page.get_by_role("columnheader", name=re.compile("Рабочий"))).to_have_count(0)
    expect(page.get_by_role("columnheader", name=re.compile("Умерший"))).to_be_visible()
    expect(page.get_by_role("heading", name=re.compile("Токен отозван"))).to_be_visible()


def test_what_never_worked_is_not_said_to_have_worked(page: Page, desk: Dashboard) -> None:
    assert saving.add_key("Статистика", mint(sid=FIRST, bits=[5])).saved
    checks.check()
    page.goto(desk.address("token_health"))
    orders = page.get_by_role("row", name=re.compile("^Новые заказы"))
    expect(orders).to_contain_text("нет доступа · по токену")
    expect(page.get_by_test_id("stMain")).not_to_contain_text("работал до")


def test_the_problem_stands_in_its_row_and_such_rows_can_be_left_alone(page: Page, desk: Dashboard) -> None:
    for n in range(5):
        assert saving.add_key(f"Ключ {n}", mint(sid=FIRST if n % 2 else SECOND)).saved
    assert saving.add_key("Без заказов", mint(sid=FIRST, bits=[5])).saved
    checks.check()
    page.goto(desk.address("token_health"))
    wanting = page.get_by_role("row", name=re.compile("^Без заказов"))
    expect(wanting).to_contain_text("не хватает категории")
    expect(wanting.locator("time").first).to_have_attribute("title", re.compile("."))
    steps = wanting.get_by_role("link", name=re.compile("не хватает категории"))
    expect(steps).to_have_attribute("href", re.compile(r"token_health\?key=\d+"))
    expect(page.get_by_role("row", name=re.compile("^Ключ 0"))).to_contain_text("работает")
    told = page.get_by_role("heading", name=re.compile("не хватает категории"))
    assert height(told) > height(wanting)
    page.set_viewport_size({"width": 400, "height": 800})
    assert height(told) < height(wanting), "on a phone what is to be done comes before all keys"
    page.set_viewport_size({"width": 1280, "height": 500})
    steps.click()
    expect(page.get_by_role("heading", name=re.compile("^Без заказов"))).to_be_in_viewport()
    page.set_viewport_size({"width": 1280, "height": 1000})
    page.get_by_text("Только проблемные").click()
    expect(page.get_by_role("row", name=re.compile("^Проблема"))).to_contain_text("не хватает категории")
    page.get_by_role("textbox", name="Найти ключ или продавца").fill("Ключ 0")
    page.get_by_role("textbox", name="Найти ключ или продавца").press("Enter")
    expect(page.get_by_text("По этому запросу ключей нет", exact=False)).to_be_visible()
