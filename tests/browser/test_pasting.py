"""What is pasted is treated with care: kept while it is refused, weighed before it replaces anything."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Dashboard
from tests.browser.test_seed_story import add_key
from wbcore.sandbox.tokens import mint

pytestmark = pytest.mark.browser
OTHER = "0a1e0000-0000-4000-8000-000000000007"


def replace(page: Page, token: str) -> None:
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Токен", exact=True).fill(token)
    dialog.get_by_role("button", name="Проверить и сохранить").click()


def test_a_refused_form_keeps_what_was_typed(page: Page, small_dashboard: Dashboard) -> None:
    assert small_dashboard.sandbox is not None
    token, another = small_dashboard.sandbox.tokens["full"], mint(bits=[4])
    add_key(page, small_dashboard, "", token)
    expect(page.get_by_text("Дайте ключу название").first).to_be_visible()
    expect(page.get_by_label("Токен", exact=True)).to_have_value(token)
    page.get_by_label("Название", exact=True).fill("Лавка")
    page.get_by_role("button", name="Проверить и сохранить").click()
    expect(page.get_by_text("проверен и сохранён").first).to_be_visible()
    expect(page.get_by_label("Токен", exact=True)).to_have_value("")
    expect(page.get_by_label("Название", exact=True)).to_have_value("")

    # A name that is taken, then a token that is stored already.
    page.get_by_label("Название", exact=True).fill("Лавка")
    page.get_by_label("Токен", exact=True).fill(another)
    page.get_by_role("button", name="Проверить и сохранить").click()
    expect(page.get_by_text("уже есть").first).to_be_visible()
    expect(page.get_by_label("Название", exact=True)).to_have_value("Лавка")
    expect(page.get_by_label("Токен", exact=True)).to_have_value(another)
    page.get_by_label("Название", exact=True).fill("Вторая")
    page.get_by_label("Токен", exact=True).fill(token)
    page.get_by_role("button", name="Проверить и сохранить").click()
    expect(page.get_by_text("Этот токен уже сохранён под названием «Лавка»").first).to_be_visible()
    expect(page.get_by_text("Сохранённые ключи: 1").first).to_be_visible()
    page.get_by_role("button", name="Всё равно сохранить").click()
    expect(page.get_by_text("Сохранённые ключи: 2").first).to_be_visible()


def test_older_poorer_and_foreign_tokens_are_said_before_anything_is_saved(
    page: Page, small_dashboard: Dashboard
) -> None:
    long, short = (datetime.now(UTC) + timedelta(days=days) for days in (170, 90))
    add_key(page, small_dashboard, "Лавка", mint(bits=[4, 5, 13], expires=long))
    expect(page.get_by_text("проверен и сохранён").first).to_be_visible()
    page.get_by_role("button", name="Заменить токен").first.click()
    replace(page, mint(bits=[4, 5], expires=short))
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("Новый токен может меньше прежнего")).to_be_visible()
    expect(dialog.get_by_text(re.compile("нет: Финансы"))).to_be_visible()
    expect(dialog.get_by_text("Новый токен старше прежнего")).to_be_visible()
    dialog.get_by_role("button", name="Отмена").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_text(re.compile("Категории: Маркетплейс, Статистика, Финансы")).first).to_be_visible()

    page.get_by_role("button", name="Заменить токен").first.click()
    replace(page, mint(sid=OTHER))
    expect(dialog.get_by_text("Токен другого продавца")).to_be_visible()
    assert OTHER not in dialog.inner_text()
    replace(page, mint(bits=[4, 5], expires=short))
    dialog.get_by_role("button", name="Всё равно заменить").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_text("проверен и сохранён").first).to_be_visible()
    expect(page.get_by_text(re.compile(r"Категории: Маркетплейс, Статистика ·")).first).to_be_visible()
