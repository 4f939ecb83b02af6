"""Every screen for everybody: axe finds nothing, at a desk and on a phone, in both languages and themes."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser import showcase
from tests.browser.conftest import Dashboard

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(900)]

AXE = Axe().axe_script
ALL_RULES = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
COLOUR_RULES = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
"""Those of them that see colours: a theme has no other names, roles and orders than the one before."""
WIDTHS = (1440, 390)
DEPTH = 2
"""What is folded in what is folded."""
THEMES = {"light": ("rgb(255, 255, 255)", ALL_RULES), "dark": ("rgb(18, 18, 23)", COLOUR_RULES)}
"""Theme -> the background that tells it; what is asked in it."""
NOT_OURS: dict[str, tuple[str, ...]] = {
    # Empty layers that ``st.line_chart`` and ``st.metric`` lay over their lines, for tooltips of their own.
    "svg-img-alt": ("layer_2_marks", "_highlighted_points_marks"),
}
"""Rule of axe -> parts of selectors of what is Streamlit's own and can't be mended here, with why."""


def found_by_axe(page: Page, rules: dict[str, Any]) -> list[str]:
    """What axe has against a page as it is now: rule, element, why."""
    options: dict[str, Any] = {"runOnly": rules, "resultTypes": ["violations"]}
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    violations = page.evaluate("(options) => axe.run(options).then((found) => found.violations)", options)
    return [
        f"{one['id']}: {node['target']} {node['html'][:160]} {node['failureSummary'][:240]}"
        for one in violations
        for node in one["nodes"]
        if not any(part in str(node["target"]) for part in NOT_OURS.get(one["id"], ()))
    ]


def unfold(page: Page) -> None:
    """Opens all that is folded away."""
    for _ in range(DEPTH):
        page.evaluate(
            "document.querySelectorAll('[data-testid=stMain] details:not([open]) > summary')"
            ".forEach(one => one.click())"
        )
        showcase.settle(page)


def found_in_all_looks(page: Page) -> str:
    """What axe has against a page in both themes, at a desk and on a phone."""
    found: list[str] = []
    # From one look to the next either the theme changes or the width: each draws the page anew.
    for (theme, (background, rules)), widths in zip(THEMES.items(), (WIDTHS, WIDTHS[::-1]), strict=True):
        page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
        expect(page.get_by_test_id("stApp")).to_have_css("background-color", background)
        for width in widths:
            page.set_viewport_size({"width": width, "height": 1000})
            showcase.settle(page)
            overflow = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
            if overflow > 0:
                found.append(f"{theme} {width}: {overflow} px too wide")
            found += [f"{theme} {width}: {problem}" for problem in found_by_axe(page, rules)]
    return "\n".join(found)


@pytest.mark.parametrize("lang", ["ru", "en"])
@pytest.mark.parametrize("name", showcase.SCREENS)
def test_axe_finds_nothing(visitor: Page, shown: Dashboard, name: str, lang: str) -> None:
    visitor.set_viewport_size({"width": WIDTHS[0], "height": 1000})
    showcase.open_screen(visitor, shown, showcase.SCREENS[name], lang)
    assert visitor.locator("html").get_attribute("lang") == lang
    unfold(visitor)
    assert found_in_all_looks(visitor) == ""


OPENED = {
    "api_keys": ("Заменить токен", "Переименовать", "Удалить"),
    "orders": ("Фильтры", "Колонки", "Мои виды"),
    "order_import": ("Изменить",),
    "overview": ("Напомнить позже", "Неактуально"),
}
"""Screen -> what opens a window of it."""


@pytest.mark.parametrize("name", OPENED)
def test_axe_finds_nothing_in_what_a_press_opens(visitor: Page, shown: Dashboard, name: str) -> None:
    visitor.set_viewport_size({"width": WIDTHS[0], "height": 1000})
    showcase.open_screen(visitor, shown, showcase.SCREENS[name], "ru")
    window = visitor.locator("[role=dialog], [data-testid=stPopoverBody]")
    for button in OPENED[name]:
        visitor.get_by_test_id("stMain").get_by_role("button", name=button).first.click()
        expect(window.first).to_be_visible()
        assert found_in_all_looks(visitor) == "", button
        expect(window.first).to_be_visible()
        visitor.set_viewport_size({"width": WIDTHS[0], "height": 1000})
        visitor.keyboard.press("Escape")
        expect(window).to_have_count(0)
        showcase.settle(visitor)


UNREADABLE = "<p style='color: #777; background: #888'>Серое на сером</p><img src='data:,'>"


def test_axe_finds_what_nobody_could_read(visitor: Page, shown: Dashboard) -> None:
    showcase.open_screen(visitor, shown, showcase.SCREENS["learning"], "ru")
    visitor.get_by_test_id("stMain").evaluate(
        "(main, html) => main.insertAdjacentHTML('beforeend', html)", UNREADABLE
    )
    found = found_in_all_looks(visitor)
    assert found.count("color-contrast") == len(THEMES) * len(WIDTHS)
    assert found.count("image-alt") == len(WIDTHS)
