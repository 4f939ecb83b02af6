"""An operator's list: found by a part, kept, sent to another window, saved as a file."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Dashboard, Unheard, serve, still
from tests.conftest import copy_sqlite
from tests.orders.samples import make_seller, order, write
from tests.people.house import make_files
from wbcore.orders import writing
from wbcore.settings import settings
from wbcore.store import db

pytestmark = pytest.mark.browser


@pytest.fixture
def shop(tmp_path: Path, sqlite_template: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Dashboard]:
    """A dashboard with 120 orders of one seller, whose key is gone; the even ones are dresses."""
    data = tmp_path / "shop"
    copy_sqlite(sqlite_template, data)
    monkeypatch.setenv("WB_DATA_DIR", str(data))
    settings.cache_clear()
    with db.session() as session:
        seller = make_seller(session)
        rows = [
            order(
                n,
                id=5_400_000_000 + n,
                article=f"Кеды {n % 4}" if n % 2 else "Платье синее",
                offices=["Казань" if n < 60 else "Коледино"],
                requiredMeta=["sgtin"] if n % 2 else [],
            )
            for n in range(120)
        ]
        write(session, seller, rows, source="new")
        said = [{"id": 5_400_000_000, "supplierStatus": "cancel", "wbStatus": "canceled"}]
        writing.write_statuses(session, seller, said, run_id="run")
        session.commit()
    db.dispose()
    yield from serve(data, None, WB_WORKER="off")


def cells(page: Page, text: str) -> None:
    """A cell of the table has this text: the grid's own accessible table is read."""
    table = page.get_by_test_id("stDataFrame").first
    expect(table.locator("td", has_text=text).first).to_be_attached()


def test_found_chosen_sent_and_saved(page: Page, browser: Browser, shop: Dashboard) -> None:
    page.goto(shop.address("orders"))
    cells(page, "ООО Ромашка")
    expect(page.get_by_text("Страница 1 · заказы 1–50 из 120")).to_be_visible()
    page.get_by_role("button", name="Дальше").click()
    expect(page.get_by_text("Страница 2 · заказы 51–100 из 120")).to_be_visible()

    # A part of an article, whatever the case.
    page.get_by_role("textbox", name="Поиск").fill("ПЛАТЬЕ СИН")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Найдено: 60 на сумму")).to_be_visible()
    page.get_by_role("button", name="Фильтры").click()
    page.get_by_label("Офис приёмки").click()
    page.get_by_role("option", name="Казань").click()
    expect(page.get_by_text("Найдено: 30 на сумму")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page).to_have_url(re.compile("office="))

    # Columns stay chosen, without a word of them in the address.
    page.get_by_role("button", name="Колонки").click()
    head = page.get_by_test_id("stDataFrame").first.locator("th")
    expect(head.filter(has_text="Статус Wildberries")).to_be_attached()
    page.get_by_test_id("stPopoverBody").get_by_label("Убрать: Статус Wildberries").click()
    expect(head.filter(has_text="Статус Wildberries")).to_have_count(0)
    page.keyboard.press("Escape")
    page.reload()
    expect(page.get_by_text("Найдено: 30 на сумму")).to_be_visible()
    expect(head.filter(has_text="Статус продавца")).to_be_attached()
    expect(head.filter(has_text="Статус Wildberries")).to_have_count(0)

    # A view is kept; its address opens the same list in another window.
    page.get_by_role("button", name="Мои виды").click()
    page.get_by_label("Имя вида").fill("Платья в Казань")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Сохранить вид").click()
    expect(page.get_by_text("Вид сохранён.")).to_be_visible()
    address = page.get_by_test_id("stCode").inner_text().replace("\n", "").strip()
    other = browser.new_context(locale="ru-RU").new_page()
    other.goto(address)
    expect(other.get_by_text("Найдено: 30 на сумму")).to_be_visible()
    expect(other.get_by_role("textbox", name="Поиск")).to_have_value("ПЛАТЬЕ СИН")
    other.goto(shop.address("orders"))
    other.get_by_role("button", name="Мои виды").click()
    other.get_by_role("button", name="Платья в Казань", exact=True).click()
    expect(other.get_by_text("Найдено: 30 на сумму")).to_be_visible()
    other.context.close()

    # What is seen is what the file has.
    page.keyboard.press("Escape")
    page.get_by_text("Скачать файлом").click()
    page.get_by_role("button", name="Подготовить файл").click()
    expect(page.get_by_text("ждёт очереди")).to_be_visible()
    make_files(shop.data)
    with page.expect_download() as got:
        page.get_by_role("link", name="Скачать", exact=True).click()
    sheet = openpyxl.load_workbook(io.BytesIO(got.value.path().read_bytes()))["Заказы"]
    assert sheet.max_row == 31
    heads = [cell.value for cell in sheet[1]]
    assert {row[heads.index("Артикул")].value for row in sheet.iter_rows(min_row=2)} == {"Платье синее"}
    assert {row[heads.index("Офис приёмки")].value for row in sheet.iter_rows(min_row=2)} == {"Казань"}


def test_an_orders_card_stays_with_its_order(page: Page, shop: Dashboard) -> None:
    page.goto(shop.address("orders?q=540000000&status=cancelled"))
    cells(page, "отменён")
    page.get_by_test_id("stDataFrame").first.click(position={"x": 17, "y": 55}, force=True)
    card = page.locator(".st-key-order-card")
    expect(card.get_by_role("heading", name="Заказ 5400000000")).to_be_visible()
    expect(card.get_by_text("отменён продавцом").first).to_be_visible()
    expect(card.get_by_text("Продавец: ООО Ромашка")).to_be_visible()
    expect(card.get_by_text(re.compile("5400000001 · Кеды 1"))).to_be_visible()
    link = card.get_by_role("link", name="Товар 500 на Wildberries")
    expect(link).to_have_attribute("href", "https://www.wildberries.ru/catalog/500/detail.aspx")


def test_on_a_phone_the_answer_comes_before_the_filters(browser: Browser, shop: Dashboard) -> None:
    phone = browser.new_context(viewport={"width": 390, "height": 844}, locale="ru-RU").new_page()
    phone.goto(shop.address("orders"))
    table = phone.get_by_test_id("stDataFrame").first
    expect(table).to_be_visible()
    expect(phone.get_by_label("Офис приёмки")).to_have_count(0)
    box = table.bounding_box()
    assert box is not None
    assert box["y"] < 600
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
    phone.context.close()


def test_what_is_typed_before_the_browser_has_the_new_address_stays(own_page: Page, shop: Dashboard) -> None:
    page, connection = own_page, Unheard(own_page)
    page.goto(shop.address("orders"))
    expect(page.get_by_text("Страница 1 · заказы 1–50 из 120")).to_be_visible()
    still(page)
    connection.hold()
    search = page.get_by_role("textbox", name="Поиск")
    search.fill("540000")
    page.keyboard.press("Enter")
    connection.until_sent("q=540000")
    search.fill("5400000002")
    page.keyboard.press("Enter")
    connection.until_sent("q=5400000002")
    connection.let_in()
    expect(page.get_by_text("Найдено: 1 на сумму")).to_be_visible()
    still(page)
    expect(search).to_have_value("5400000002")
    expect(page).to_have_url(re.compile(r"\?q=5400000002$"))
    page.go_back()
    expect(search).to_have_value("540000")
