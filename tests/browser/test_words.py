"""Every page speaks one language: texts, hints, what is read aloud; Streamlit's own words, too."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import PATIENCE_MS, Dashboard, choose, open_choices, open_list, serve
from tests.browser.showcase import settle
from wbcore.guidance import texts
from wbcore.imports import foreground
from wbcore.keys import saving
from wbcore.sandbox.server import Sandbox
from wbcore.sandbox.tokens import mint
from wbcore.settings import settings

pytestmark = pytest.mark.browser

SELLER = "0a1e0000-0000-4000-8000-000000000001"
PAGES = (
    "",
    "api_keys",
    "order_import",
    "orders",
    "token_health",
    "learning",
    "picking",
    "pictures",
    "nowhere",
)
LOADED = ("", "nowhere")
"""What has no link beside a page, and the first one; it costs less to go on from there."""
FOREIGN = {"ru": r"[A-Za-z]{3,}", "en": r"[А-Яа-яЁё]{2,}"}
"""Words of the other language; two Latin letters stand for WB, MB and the like everywhere."""
MARKUP = re.compile(r"\\[^\w\s]|:[a-z-]+\[")
"""What tells Streamlit how a text looks is neither shown nor read aloud."""
GATHER = """() => {
  const found = [];
  const seen = (element) => element.checkVisibility({ visibilityProperty: true });
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const parent = node.parentElement;
    if (!parent || parent.closest("script, style, noscript, code, pre, canvas")) continue;
    if (getComputedStyle(parent).fontFamily.includes("Material")) continue;  // the name of a picture
    if (node.data.trim() && seen(parent)) found.push(["text", node.data.trim()]);
  }
  for (const name of ["placeholder", "title", "aria-label", "alt", "aria-valuetext"])
    for (const element of document.body.querySelectorAll(`[${name}]`))
      if (seen(element)) found.push([name, element.getAttribute(name)]);
  return found;
}"""


@pytest.fixture
def desk(sqlite: str, data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Dashboard]:
    """Keys that work and that do not, orders, an open checklist and a solved one."""
    with Sandbox(orders=40, limits=False) as sandbox:
        monkeypatch.setenv("WB_GATEWAY_URL", sandbox.gateway)
        settings.cache_clear()
        assert saving.add_key("1", mint(sid=SELLER)).saved
        assert saving.add_key("Search", mint(sid=SELLER, bits=[4])).saved
        assert saving.add_key("2", mint(sid=SELLER, bits=[5])).saved
        assert foreground.run_import("1").status == "done"
        assert foreground.run_import("2").status == "failed"
        yield from serve(data_dir, sandbox, WB_WORKER="off")


def ours(lang: str) -> set[str]:
    """Words in the other letters that our texts of this language use on purpose: names of formats, say."""
    folder = Path(texts.__file__).parent / "locales" / lang
    written = "\n".join(file.read_text(encoding="utf-8") for file in folder.glob("*.ftl"))
    values = re.sub(r"^[a-z][\w-]* =|\{[^{}]*\}", "", written, flags=re.MULTILINE)
    return set(re.findall(FOREIGN[lang], values))


GIVEN = {"http", "BYN", "TRY", "Search", "XLSX", "UTC", "English", "Русский", "ООО", "Пример", "сыновья"}
"""What an address, a key and a seller are called here, a format, and what a language calls itself."""


def foreign(page: Page, lang: str, known: set[str]) -> list[str]:
    # Articles are the seller's own words; a picture reads them aloud.
    return sorted(
        {
            f"{place}: {text}"
            for place, text in page.evaluate(GATHER)
            if not (lang == "en" and re.search(r"[а-яё]+-[а-яё]+-\d", text))
            if MARKUP.search(text) or not set(re.findall(FOREIGN[lang], text)) <= known | GIVEN
        }
    )


def unfold(page: Page) -> None:
    """The page, drawn to its end, with all that is folded; the page's script has looked at it, too."""
    expect(page.locator("h1").first).to_be_visible()  # before it begins, a page is at rest, too
    settle(page)
    page.evaluate("document.querySelectorAll('details:not([open]) > summary').forEach((one) => one.click())")
    settle(page)


def first_list(page: Page) -> None:
    open_list(page.get_by_role("combobox").first)
    expect(page.get_by_role("listbox")).to_be_visible()


def wrong_number(page: Page) -> None:
    """A number that the field does not take, and what it says of that."""
    field = page.get_by_test_id("stNumberInput").locator("input").first
    field.fill("1")
    field.press("Tab")
    expect(field).to_have_attribute("aria-invalid", "true")


OPENED: dict[str, Callable[[Page], None]] = {"token_health": first_list, "order_import": wrong_number}


def go(page: Page, title: str) -> None:
    page.get_by_test_id("stSidebarNav").get_by_role("link", name=title, exact=True).click()
    expect(page.get_by_role("heading", name=title, level=1)).to_be_visible()


def walk(page: Page, desk: Dashboard, lang: str) -> dict[str, list[str]]:
    """What each page has in words of the other language, or in markup."""
    strange: dict[str, list[str]] = {}
    known = ours(lang)
    for path in PAGES:
        if path in LOADED:
            page.goto(desk.address(f"{path}?lang={lang}"))
        else:
            go(page, texts.t(lang, f"page-{path.replace('_', '-')}-title"))
        unfold(page)
        strange[path] = foreign(page, lang, known)
        if path in OPENED:
            OPENED[path](page)
            settle(page)
            strange[f"{path}, opened"] = foreign(page, lang, known)
            page.keyboard.press("Escape")
    return {path: found for path, found in strange.items() if found}


def test_no_page_has_words_of_the_other_language(browser: Browser, page: Page, desk: Dashboard) -> None:
    """The browser's own language is the other one each time: it decides nothing."""
    assert walk(page, desk, "en") == {}
    english = browser.new_context(locale="en-US", viewport={"width": 1280, "height": 1000})
    english.set_default_timeout(PATIENCE_MS)
    assert walk(english.new_page(), desk, "ru") == {}
    english.close()


def test_the_chosen_language_is_kept_and_the_widgets_follow_it(page: Page, desk: Dashboard) -> None:
    page.goto(desk.address("orders"))
    page.get_by_text(texts.t("ru", "page-sales-title")).click()
    day = page.get_by_test_id("stDateInput").last
    expect(day.get_by_role("spinbutton").first).to_have_attribute("aria-label", re.compile("день"))
    open_choices(page)
    page.get_by_text("English", exact=True).click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.get_by_role("heading", name="Orders").first).to_be_visible()
    page.goto(desk.address("orders"))  # no "?lang=en"
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.get_by_role("heading", name="Orders").first).to_be_visible()
    page.get_by_text(texts.t("en", "page-sales-title")).click()
    expect(day.get_by_role("spinbutton").first).to_have_attribute("aria-label", re.compile("day"))

    # A key may be called like one of Streamlit's words: what somebody has typed is never translated.
    page.goto(desk.address("order_import?lang=ru"))
    open_list(page.get_by_role("combobox", name="Ключ"))
    expect(page.get_by_role("option", name="Search").first).to_be_visible()


def test_what_is_chosen_and_typed_outlives_another_language(page: Page, desk: Dashboard) -> None:
    """Lists went on in the former language, and a viewer who was half typed in became an operator."""

    def switch(to: str) -> None:
        open_choices(page)
        page.get_by_text(to, exact=True).click()
        settle(page)
        open_choices(page)

    page.goto(desk.address("order_import?lang=ru"))
    choose(page, "Что загрузить", "Статистика заказов")
    switch("English")
    expect(page.get_by_role("combobox", name="What to import")).to_have_value("Order statistics")
    expect(page).to_have_url(re.compile(r"\blang=en\b"))  # loaded anew it would be Russian again
    go(page, "Charts")
    expect(page.get_by_role("combobox", name="Seller")).to_have_value("All sellers")
    switch("Русский")
    expect(page.get_by_role("combobox", name="Продавец")).to_have_value("Все продавцы")

    go(page, "Пользователи")
    page.get_by_text("Наблюдатель", exact=True).click()
    page.get_by_label("Имя", exact=True).fill("vera")
    page.get_by_label("Пароль", exact=True).fill("long enough")
    switch("English")
    expect(page.get_by_label("Name", exact=True)).to_have_value("vera")
    page.get_by_role("button", name="Add user").click()
    expect(page.get_by_text("Viewer · All sellers")).to_be_visible()

    go(page, "Token health")
    page.locator("summary", has_text="Alerts").click()
    choose(page, "New orders", "together, every 3 h")
    switch("Русский")
    page.get_by_role("button", name="Сохранить", exact=True).click()
    settle(page)
    expect(page.get_by_role("combobox", name="Новые заказы")).to_have_value("сводкой, раз в 3 ч")
