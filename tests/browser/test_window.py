"""The window that tests share is each time as new."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, Route

from tests.browser.conftest import Window

pytestmark = pytest.mark.browser

LEAVES = "() => { localStorage.left = sessionStorage.left = 1; document.cookie = 'left=1'; }"
FINDS = """() => [localStorage.left, sessionStorage.left, document.cookie, innerWidth, innerHeight,
    matchMedia('(prefers-color-scheme: dark)').matches, matchMedia('(prefers-reduced-motion)').matches]"""


def at_an_address(page: Page) -> None:
    def answer(route: Route) -> None:
        route.fulfill(body="<p>", content_type="text/html")

    page.route("**/*", answer)
    page.goto("http://127.0.0.1/")


def test_nothing_of_a_visit_is_left_for_the_next(window: Window) -> None:
    page = window.page(720, "reduce")
    at_an_address(page)
    page.evaluate(LEAVES)
    page.set_viewport_size({"width": 390, "height": 844})
    page.emulate_media(color_scheme="dark")
    other = page.context.new_page()
    window.wash()
    assert other.is_closed()
    page = window.page(1000, "no-preference")
    assert page.url == "about:blank"
    at_an_address(page)
    assert page.evaluate(FINDS) == [None, None, "", 1280, 1000, False, False]
