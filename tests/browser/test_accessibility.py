"""Every screen for everybody: axe finds nothing, at a desk and on a phone, in both languages and themes."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser import showcase
from tests.browser.conftest import Dashboard

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(900)]

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
WIDTHS = (1440, 390)
DEPTH = 2
"""What is folded in what is folded."""
THEMES = {"light": "rgb(255, 255, 255)", "dark": "rgb(18, 18, 23)"}
"""Theme -> the background that tells it."""
NOT_OURS: dict[str, tuple[str, ...]] = {
    # Empty layers that ``st.line_chart`` and ``st.metric`` lay over their lines, for tooltips of their own.
    "svg-img-alt": ("layer_2_marks", "_highlighted_points_marks"),
}
"""Rule of axe -> parts of selectors of what is Streamlit's own and can't be mended here, with why."""


def found_by_axe(page: Page) -> list[str]:
    """What axe has against a page as it is now: rule, element, why."""
    options: dict[str, Any] = {"runOnly": {"type": "tag", "values": TAGS}, "resultTypes": ["violations"]}
    violations = Axe().run(page, options=options).response["violations"]
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


@pytest.mark.parametrize("lang", ["ru", "en"])
@pytest.mark.parametrize("name", showcase.SCREENS)
def test_axe_finds_nothing(visitor: Page, shown: Dashboard, name: str, lang: str) -> None:
    found: dict[str, list[str]] = {}
    visitor.set_viewport_size({"width": WIDTHS[0], "height": 1000})
    showcase.open_screen(visitor, shown, showcase.SCREENS[name], lang)
    assert visitor.locator("html").get_attribute("lang") == lang
    unfold(visitor)
    for theme, background in THEMES.items():
        visitor.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
        expect(visitor.get_by_test_id("stApp")).to_have_css("background-color", background)
        for width in WIDTHS:
            visitor.set_viewport_size({"width": width, "height": 1000})
            showcase.settle(visitor)
            overflow = visitor.evaluate("document.documentElement.scrollWidth - window.innerWidth")
            assert overflow <= 0, f"{name} is {overflow} px too wide at {width}"
            if problems := found_by_axe(visitor):
                found[f"{theme} {width}"] = problems
    told = "\n".join(f"{place}\n  " + "\n  ".join(problems) for place, problems in found.items())
    assert not found, f"{name} {lang}\n{told}"


OPENED = {
    "api_keys": ("Заменить токен", "Переименовать", "Удалить"),
    "orders": ("Фильтры", "Колонки", "Мои виды"),
    "order_import": ("Изменить",),
    "overview": ("Напомнить позже", "Неактуально"),
}
"""Screen -> what opens a window of it."""


@pytest.mark.parametrize("name", OPENED)
def test_axe_finds_nothing_in_what_a_press_opens(visitor: Page, shown: Dashboard, name: str) -> None:
    found: dict[str, list[str]] = {}
    for width in WIDTHS:
        visitor.set_viewport_size({"width": width, "height": 1000})
        for button in OPENED[name]:
            visitor.emulate_media(color_scheme="light")
            showcase.open_screen(visitor, shown, showcase.SCREENS[name], "ru")
            visitor.get_by_test_id("stMain").get_by_role("button", name=button).first.click()
            window = visitor.locator("[role=dialog], [data-testid=stPopoverBody]").first
            expect(window).to_be_visible()
            for theme, background in THEMES.items():
                visitor.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
                expect(visitor.get_by_test_id("stApp")).to_have_css("background-color", background)
                showcase.settle(visitor)
                if problems := found_by_axe(visitor):
                    found[f"{button} {theme} {width}"] = problems
    told = "\n".join(f"{place}\n  " + "\n  ".join(problems) for place, problems in found.items())
    assert not found, f"{name}\n{told}"
