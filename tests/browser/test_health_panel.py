"""The panel that two operators leave open: one check serves both, and one message is sent."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing

import jwt
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PATIENCE_MS, Dashboard
from tests.browser.test_seed_story import add_key
from tests.smtp import Postbox, postbox
from tests.work import until
from wbcore.sandbox.tokens import mint

pytestmark = pytest.mark.browser

REFRESHED_MS = 60_000
"""A panel looks again every ten seconds; the machine may be busy."""


def add_mailbox(page: Page, box: Postbox) -> None:
    page.get_by_text("Оповещения (каналов: 0)").click()
    page.get_by_label("Название", exact=True).fill("Почта смены")
    page.get_by_role("textbox", name="Адрес канала").fill(box.url())
    page.get_by_role("button", name="Добавить канал").click()
    expect(page.get_by_text("Оповещения (каналов: 1)").first).to_be_visible()


def row(page: Page, name: str) -> str:
    """A line of the panel, as it reads."""
    return page.get_by_role("row", name=re.compile(name)).first.inner_text()


def sent(dashboard: Dashboard) -> list[str]:
    """What there is of alerts, sent or still to come."""
    with closing(sqlite3.connect(dashboard.data / "wb-desk.sqlite")) as database:
        rows = database.execute("SELECT event, status FROM alert ORDER BY id").fetchall()
    return [event if status == "sent" else f"{event}: {status}" for event, status in rows]


def test_two_operators_see_one_check_and_one_alert_is_sent(page: Page, small_dashboard: Dashboard) -> None:
    assert small_dashboard.sandbox is not None
    world, token = small_dashboard.sandbox.world, small_dashboard.sandbox.tokens["full"]
    with postbox() as box:
        add_key(page, small_dashboard, "Магазин", token)
        expect(page.get_by_text("проверен и сохранён").first).to_be_visible()
        page.goto(small_dashboard.address("token_health"))
        add_mailbox(page, box)
        page.get_by_role("button", name="Проверить сейчас").click()
        expect(page.get_by_text("Проверка закончена: всё, на что").first).to_be_visible()
        assert "✓ работает" in row(page, "Статистика заказов")
        assert "мс" in row(page, "Статистика заказов")

        assert page.context.browser is not None
        context = page.context.browser.new_context(locale="ru-RU", timezone_id="Europe/Moscow")
        other = context.new_page()
        other.set_default_timeout(PATIENCE_MS)
        other.goto(small_dashboard.address("token_health"))
        expect(other.get_by_role("row", name=re.compile("Статистика заказов"))).to_contain_text("работает")
        other.get_by_text("Все категории ключей").click()
        other.get_by_text("Оповещения (каналов: 1)").click()
        half_typed = other.get_by_label("Название", exact=True)
        half_typed.fill("недопис")

        world.withdraw(jwt.decode(token, options={"verify_signature": False})["id"])
        before = world.count()
        page.get_by_role("button", name="Проверить сейчас").click()
        solution = "Токен отозван: ключ «Магазин»"
        for one in (page, other):
            expect(one.get_by_role("row", name=re.compile("Статистика заказов"))).to_contain_text(
                "нет доступа", timeout=REFRESHED_MS
            )
            expect(one.get_by_role("heading", name=solution)).to_be_visible(timeout=REFRESHED_MS)
        assert world.count() - before <= 4, "a host is asked once of a token that is dead, for both operators"
        expect(half_typed).to_have_value("недопис")
        expect(half_typed).to_be_focused()
        until(lambda: box.mails, 90, "the alert")

        page.get_by_role("button", name="Заменить токен").first.click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_label("Токен", exact=True).fill(mint())
        dialog.get_by_role("button", name="Проверить и сохранить").click()
        expect(page.get_by_text("проверен и сохранён").first).to_be_visible()
        until(
            lambda: len(box.mails) == 2 and sent(small_dashboard) == ["opened", "solved"], 60, "both are told"
        )
        assert box.subjects() == [f"Проблема: {solution}", f"Решено: {solution}"]
        assert "Магазин" in box.mails[0].text
        assert token not in box.mails[0].text
        context.close()
