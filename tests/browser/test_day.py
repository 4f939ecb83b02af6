"""An operator's glance: what the overview and the pictures say is what the lists behind them have."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from tests import agency
from tests.browser.conftest import Dashboard, serve
from tests.browser.showcase import settle
from tests.conftest import stay_within_a_day
from tests.orders.samples import order
from tests.people.house import inside
from wbcore.orders import writing
from wbcore.store import days, db
from wbcore.store.models import Key

NEW, CONFIRMED, LOST = 7, 3, 2


def fill() -> None:
    """Twelve orders of this hour: seven new, three in assembly, two that buyers have cancelled."""
    now = datetime.now(UTC)
    with db.session() as session:
        key = session.get(Key, agency.fill(1)[0])
        assert key is not None
        made = max(now - timedelta(minutes=10), days.start(days.today()))
        at = made.strftime("%Y-%m-%dT%H:%M:%SZ")
        rows = [
            order(n, createdAt=at, price=100_000, article="КУРТКА-1" if n < 8 else "ШАПКА-2", warehouseId=42)
            for n in range(NEW + CONFIRMED + LOST)
        ]
        writing.write_orders(session, key.seller_id, rows, run_id="r", source="new", now=now)
        said = {
            **dict.fromkeys(range(NEW, NEW + CONFIRMED), ("confirm", "waiting")),
            **dict.fromkeys(range(NEW + CONFIRMED, len(rows)), ("new", "declined_by_client")),
        }
        statuses = [{"id": 1000 + n, "supplierStatus": s, "wbStatus": w} for n, (s, w) in said.items()]
        writing.write_statuses(session, key.seller_id, statuses, run_id="r", now=now)
        session.commit()


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dashboard]:
    """One for all tests of a day: they look, and change nothing."""
    stay_within_a_day(300)
    place = tmp_path_factory.mktemp("day")
    with inside(place):
        fill()
    yield from serve(place, None, WB_WORKER="off")


def metric(page: Page, name: str) -> str:
    shown = page.get_by_test_id("stMetric").filter(has_text=name)
    expect(shown).to_be_visible()
    return shown.get_by_test_id("stMetricValue").inner_text()


def test_the_day_at_a_glance(shop: Dashboard, page: Page) -> None:
    page.goto(shop.url)
    assert metric(page, "Заказы сегодня") == "12"
    assert metric(page, "К сборке сейчас") == "10"
    assert metric(page, "Отмену увидели сегодня") == "2"
    expect(page.get_by_text("12 000 ₽").first).to_be_visible()
    for part, status in (("новых 7", "stage_new"), ("на сборке 3", "stage_assembly")):
        link = page.get_by_role("link", name=part, exact=True)
        expect(link).to_have_attribute("href", re.compile(rf"orders\?status={status}$"))
    row = page.get_by_role("row").filter(has_text="Продавец 0")
    expect(row).to_contain_text("12")
    expect(row).to_contain_text("не удалось")

    page.get_by_role("link", name="К сборке списком").click()
    expect(page).to_have_url(re.compile(r"/orders\?status=to_assemble"))
    expect(page.get_by_text("Найдено: 10 на сумму 10 000 ₽")).to_be_visible()


def test_what_was_cancelled_today_is_named(shop: Dashboard, page: Page) -> None:
    page.goto(shop.url)
    page.get_by_test_id("stExpander").filter(has_text="Отмену увидели сегодня").locator("summary").click()
    expect(page.get_by_text("Не отгружайте их")).to_be_visible()
    for number in (1010, 1011):
        link = page.get_by_role("link", name=str(number))
        expect(link).to_have_attribute("href", re.compile(rf"orders\?q={number}$"))


def test_pictures_tell_the_same_in_numbers_and_each_has_its_list(shop: Dashboard, page: Page) -> None:
    page.goto(shop.address("pictures"))
    expect(page.get_by_text("Артикулы: больше всего заказов")).to_be_visible()
    expect(page.get_by_test_id("stVegaLiteChart").first).to_be_visible()
    page.get_by_text("Числами", exact=True).click()
    jackets = page.get_by_role("row").filter(has_text="КУРТКА-1")
    expect(jackets).to_contain_text("8 · 8 000 ₽ · отмен: 0")
    expect(page.get_by_role("row").filter(has_text="ШАПКА-2")).to_contain_text("отмен: 2")
    expect(page.get_by_role("row").filter(has_text="Отменены")).to_contain_text("2")
    expect(jackets.get_by_role("link")).to_have_attribute("href", re.compile(r"orders\?article=.*from=.*to="))


def test_a_bar_that_is_clicked_opens_its_list(shop: Dashboard, page: Page) -> None:
    page.goto(shop.address("pictures"))
    page.get_by_text("Сегодня", exact=True).click()
    place = page.get_by_text("Склады: больше всего заказов").locator(
        "xpath=ancestor::*[@data-testid='stVerticalBlock'][1]"
    )
    bars = place.get_by_test_id("stVegaLiteChart")
    expect(bars.locator("canvas, svg").first).to_be_visible()  # the chart is drawn after its box is there
    settle(page)
    box = bars.bounding_box()
    assert box is not None
    bars.click(position={"x": box["width"] * 0.4, "y": 22})
    expect(page).to_have_url(re.compile(r"/orders\?.*warehouse=42"))
    expect(page.get_by_text("Найдено: 12 на сумму 12 000 ₽")).to_be_visible()


def test_with_no_key_there_are_two_ways_to_begin(lonely_dashboard: Dashboard, page: Page) -> None:
    page.goto(lonely_dashboard.url)
    expect(page.get_by_role("button", name="Добавить ключ")).to_be_visible()
    expect(page.get_by_role("button", name="Попробовать на учебном кабинете")).to_be_visible()
    page.goto(lonely_dashboard.address("pictures"))
    expect(page.get_by_text("Показывать пока нечего")).to_be_visible()
