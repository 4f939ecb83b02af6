"""What repeats itself waits in a tab that nobody sees, and is done as soon as it is seen again."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Dashboard

pytestmark = pytest.mark.browser
COUNT = """() => {
  window.times = 0;
  window.turned = (hidden) => {
    Object.defineProperty(document, "hidden", { configurable: true, get: () => hidden });
    document.dispatchEvent(new Event("visibilitychange"));
  };
  window.repeated = setInterval(() => { window.times += 1; }, 500);
}"""


def times(page: Page) -> int:
    found: int = page.evaluate("() => window.times")
    return found


def test_it_waits_while_the_tab_is_hidden(page: Page, lonely_dashboard: Dashboard) -> None:
    page.goto(lonely_dashboard.address())
    page.evaluate(COUNT)
    page.wait_for_function("() => window.times >= 1")
    page.evaluate("() => turned(true)")
    before = times(page)
    page.wait_for_timeout(1600)
    assert times(page) == before
    page.evaluate("() => turned(false)")
    assert times(page) == before + 1, "once for all the times that were left out"
    page.wait_for_function(f"() => window.times > {before + 1}")
    page.evaluate("() => { turned(true); }")
    page.wait_for_timeout(700)
    page.evaluate("() => clearInterval(window.repeated)")
    ended = times(page)
    page.evaluate("() => turned(false)")
    page.wait_for_timeout(700)
    assert times(page) == ended, "what was ended is not done afterwards"
