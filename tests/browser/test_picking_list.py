"""From the import to the printed list, its files, its stickers; and what is cancelled since."""

from __future__ import annotations

import io
import re

import pypdf
import pytest
from openpyxl import load_workbook
from playwright.sync_api import Page, expect

from tests.browser.conftest import Dashboard, still
from tests.browser.test_waiting import press, ready

pytestmark = pytest.mark.browser


def imported(page: Page) -> None:
    press(page)
    expect(page.get_by_role("link", name="Посмотреть заказы").first).to_be_visible()


def saved(page: Page, button: str) -> bytes:
    with page.expect_download() as download:
        page.get_by_role("button", name=button).first.click()
    return download.value.path().read_bytes()


def to_import(page: Page) -> None:
    page.get_by_role("link", name="Импорт заказов").first.click()
    expect(page.get_by_role("button", name="Импортировать заказы").first).to_be_enabled()


def test_from_the_import_to_a_list_that_tells_what_has_changed(
    page: Page, small_dashboard: Dashboard
) -> None:
    sandbox = ready(page, small_dashboard)
    imported(page)
    # Three presses from the import: the list, "make", the file.
    page.get_by_test_id("stMain").get_by_role("link", name="Лист подбора").first.click()
    page.get_by_role("button", name="Составить лист").click()
    expect(page.get_by_role("heading", name="Лист подбора № 1")).to_be_visible()
    expect(page.get_by_text("С печати ничего не изменилось.")).to_be_visible()
    told = "\n".join(
        sheet.extract_text() for sheet in pypdf.PdfReader(io.BytesIO(saved(page, "PDF для печати"))).pages
    )
    assert "Лист подбора № 1" in told
    assert "Штрихкод" in told
    book = load_workbook(io.BytesIO(saved(page, "Excel")))
    assert book.sheetnames == ["Лист подбора", "Заказы"]
    assert len(list(book["Заказы"].iter_rows(min_row=2))) == 60

    cancelled = sandbox.world.shop().order_id(7)
    sandbox.world.set_status(cancelled, "cancel", "canceled")
    sandbox.world.add_orders(2)
    to_import(page)
    press(page)
    expect(page.locator(".st-key-running-import")).to_be_visible()  # not the end of the import before
    expect(page.get_by_role("heading", name=re.compile("готово"))).to_be_visible()
    page.get_by_role("link", name="Лист подбора").first.click()
    expect(page.get_by_text("Не отгружать: 1 заказ отменён")).to_be_visible()
    expect(page.get_by_text(str(cancelled)).first).to_be_visible()
    expect(page.get_by_text("Ещё 2 заказа, которых нет ни в одном листе")).to_be_visible()
    told = "\n".join(
        sheet.extract_text() for sheet in pypdf.PdfReader(io.BytesIO(saved(page, "PDF для печати"))).pages
    )
    assert f"Не отгружать: {cancelled}" in told
    page.get_by_role("button", name="Лист из них").click()
    expect(page.get_by_role("heading", name="Лист подбора № 2")).to_be_visible()
    expect(page.get_by_text("2 заказа", exact=False).first).to_be_visible()


def test_the_page_prints_the_list_alone(page: Page, small_dashboard: Dashboard) -> None:
    ready(page, small_dashboard)
    imported(page)
    page.get_by_role("link", name="Лист подбора").first.click()
    page.get_by_role("button", name="Составить лист").click()
    page.get_by_text("Для печати", exact=True).click()
    paper = page.locator(".wb-paper")
    expect(paper.get_by_role("heading", name="Лист подбора № 1")).to_be_visible()
    page.evaluate("window.print = () => { document.title = 'printed' }")
    page.get_by_role("button", name="Напечатать").click()
    expect(page).to_have_title("printed")
    printed = pypdf.PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True)))
    told = "\n".join(sheet.extract_text() for sheet in printed.pages)
    words = "".join(told.split())  # where a letter is moved a little, a file's reader sees a space
    assert "Листподбора№1" in words
    assert "Составитьлист" not in words
    assert "Обзор" not in words
    rows = paper.locator("tbody tr:has(td)").count()
    assert rows > 10
    assert len(re.findall(r"\b20\d{11}\b", told)) == rows, "all lines are printed, not the part that is seen"
    assert round(printed.pages[0].mediabox.width) == 595


def test_stickers_come_as_one_file_and_a_new_order_says_why_not(
    page: Page, small_dashboard: Dashboard
) -> None:
    sandbox = ready(page, small_dashboard)
    imported(page)
    page.get_by_role("link", name="Лист подбора").first.click()
    page.get_by_role("button", name="Составить лист").click()
    expect(page.get_by_role("heading", name="Лист подбора № 1")).to_be_visible()
    shop = sandbox.world.shop()
    for i in range(3):
        sandbox.world.set_status(shop.order_id(i), "confirm", "waiting")
    still(page)  # the page is drawn once more after a list is made, and the part with it
    page.get_by_text("Стикеры заказов этого листа").click()
    page.get_by_role("button", name="Получить стикеры").click()
    expect(page.get_by_text("Готовы 3 стикера.")).to_be_visible()
    expect(page.get_by_text("Без стикера осталось 57 заказов")).to_be_visible()
    assert len(pypdf.PdfReader(io.BytesIO(saved(page, "Скачать стикеры"))).pages) == 3


BELOW_EACH_OTHER = """(chosen) => {
  const tops = chosen.map((one) => document.querySelector(one)?.getBoundingClientRect().top);
  return tops.every((top, place) => top !== undefined && (place === 0 || tops[place - 1] < top));
}"""


def test_on_a_phone_what_to_pick_comes_before_what_makes_a_list(
    page: Page, small_dashboard: Dashboard
) -> None:
    ready(page, small_dashboard)
    imported(page)
    page.get_by_test_id("stMain").get_by_role("link", name="Лист подбора").first.click()
    page.get_by_role("button", name="Составить лист").click()
    expect(page.get_by_role("heading", name="Лист подбора № 1")).to_be_visible()
    heads = page.get_by_test_id("stDataFrame").first.locator("th")
    expect(heads.filter(has_text="Кол-во")).to_be_attached()
    page.set_viewport_size({"width": 390, "height": 844})
    shown = [".st-key-no-print-sheet", "[data-testid=stDataFrame]", ".st-key-picking-pdf"]
    page.wait_for_function(BELOW_EACH_OTHER, arg=[*shown, ".st-key-no-print-make"])
    names = [one for one in heads.all_inner_texts() if one]
    assert names[:3] == ["№", "Артикул", "Кол-во"], "a phone shows no more of a row"
