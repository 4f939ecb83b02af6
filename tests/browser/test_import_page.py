"""The import page as an operator has it: all at one press, what repeats by itself, who started what."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Dashboard, serve, still
from tests.browser.showcase import FIRST, SECOND
from wbcore.imports import schedules
from wbcore.keys import saving
from wbcore.sandbox.server import Sandbox
from wbcore.sandbox.tokens import mint
from wbcore.settings import settings
from wbcore.store import db
from wbcore.store.models import Run

pytestmark = pytest.mark.browser


@pytest.fixture
def desk(sqlite: str, data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Dashboard]:
    """Two sellers with a full key each, and one that can't import orders; a worker is at work."""
    with Sandbox(orders=60, limits=False) as sandbox:
        monkeypatch.setenv("WB_GATEWAY_URL", sandbox.gateway)
        settings.cache_clear()
        assert saving.add_key("Первый", mint(sid=FIRST)).saved
        assert saving.add_key("Второй", mint(sid=SECOND)).saved
        assert saving.add_key("Статистика", mint(sid=FIRST, bits=[5])).saved
        yield from serve(data_dir, sandbox)


def history(page: Page) -> Locator:
    """The table of runs: what it tells readers of screens, in view (it draws what is seen only)."""
    table = page.get_by_test_id("stDataFrame").last
    table.scroll_into_view_if_needed()
    return table


def cells(table: Locator, told: str) -> Locator:
    return table.locator("td", has_text=told)


def test_everything_is_one_press_and_each_run_tells_its_story(page: Page, desk: Dashboard) -> None:
    page.goto(desk.address("order_import"))
    page.get_by_role("button", name="Импортировать всё").click()
    expect(page.get_by_text("Импортов поставлено в очередь: 2", exact=False)).to_be_visible()
    expect(page.get_by_text(re.compile("вместо «Статистика» работает «Первый»"))).to_be_visible()
    expect(page.get_by_role("heading", name=re.compile("Все новые заказы.*готово"))).to_be_visible()
    expect(page.get_by_text("Кто запустил: с этого компьютера", exact=False)).to_be_visible()
    table = history(page)
    expect(cells(table, "Все новые заказы")).to_have_count(2)
    expect(cells(table, "готово")).to_have_count(2)
    expect(cells(table, "с этого компьютера")).to_have_count(2)
    new = page.get_by_test_id("stMetric").filter(has_text="Новых")
    expect(new).to_have_text(re.compile(r"Новых\s*[1-9]"))


def test_what_repeats_is_made_edited_paused_and_deleted(page: Page, desk: Dashboard) -> None:
    schedules.save(1, "statistics", daily_at="07:00")
    page.goto(desk.address("order_import?key=2&source=new"))
    expect(page.get_by_text("Расписаний: 1, включено: 1")).to_be_visible()
    page.get_by_text("Повторять «Новые заказы (FBS)» этого ключа").click()
    page.get_by_role("button", name="Включить расписание").click()
    expect(page.get_by_text("Расписаний: 2, включено: 2")).to_be_visible()
    mine = page.locator(".st-key-repeat-2")
    expect(mine).to_contain_text(re.compile("Второй.*Новые заказы.*раз в 1 ч"))
    expect(mine).to_contain_text("следующий запуск")

    mine.get_by_role("button", name="Изменить").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Промежуток, минут").fill("1")
    dialog.get_by_label("Промежуток, минут").press("Tab")
    dialog.get_by_label("Промежуток, минут").fill("90")
    dialog.get_by_role("button", name="Сохранить").click()
    expect(mine).to_contain_text("раз в 1 ч 30 мин")

    mine.get_by_role("button", name="Выключить").click()
    expect(mine).to_contain_text("выключено")
    expect(page.get_by_text("Расписаний: 2, включено: 1")).to_be_visible()
    # An import that has begun by itself is drawn above: what moves while it is pressed is missed by any hand.
    still(page)
    mine.get_by_role("button", name="Включить").click()
    expect(mine).to_contain_text("включено")

    mine.get_by_role("button", name="Удалить").click()
    expect(dialog).to_contain_text("больше не будет загружаться само")
    dialog.get_by_role("button", name="Отмена").click()
    expect(mine).to_be_visible()
    mine.get_by_role("button", name="Удалить").click()
    dialog.get_by_role("button", name="Удалить расписание").click()
    expect(mine).to_have_count(0)
    expect(page.get_by_text("Расписаний: 1, включено: 1")).to_be_visible()

    page.locator(".st-key-repeat-1").get_by_role("button", name="Изменить").click()
    expect(dialog).to_be_visible()
    schedules.delete(1)  # a colleague, meanwhile
    dialog.get_by_role("button", name="Сохранить").click()
    expect(dialog).to_contain_text("Этого расписания больше нет")


def test_the_history_is_turned_page_by_page_and_names_who_started(page: Page, desk: Dashboard) -> None:
    began = datetime.now(UTC) - timedelta(days=3)
    who = [("button", "Анна"), ("schedule", ""), ("checklist", "Анна"), ("cli", "")]
    with db.session() as session:
        for n in range(23):
            at = began + timedelta(hours=n)
            trigger, name = who[n % 4]
            session.add(
                Run(
                    id=f"run-{n}",
                    key_id=1,
                    key_name="Первый",
                    seller_id=1,
                    source="new",
                    status="done",
                    created=n,
                    duration_s=65.0,
                    trigger=trigger,
                    started_by=name,
                    created_at=at,
                    started_at=at,
                    finished_at=at,
                )
            )
        session.commit()
    page.goto(desk.address("order_import"))
    table = history(page)
    for told in ("Анна", "расписание", "Анна, повтор по списку шагов", "командная строка", "1 мин 5 с"):
        expect(cells(table, told).first).to_be_attached()
    expect(cells(table, "дн").first).to_be_attached()
    expect(page.get_by_text("Импорты 1–20, новые сверху")).to_be_visible()
    page.get_by_role("button", name="Старее").click()
    expect(page.get_by_text("Импорты 21–23, новые сверху")).to_be_visible()
    expect(page.get_by_role("button", name="Старее")).to_be_disabled()
    page.get_by_role("button", name="Новее").click()
    expect(page.get_by_text("Импорты 1–20, новые сверху")).to_be_visible()
