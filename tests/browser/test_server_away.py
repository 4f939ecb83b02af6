"""A dashboard that has stopped: the page says so in its own language and name, and goes on by itself."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, WebSocketRoute, expect

from tests.browser.conftest import Dashboard
from wbcore.guidance import texts

pytestmark = pytest.mark.browser

SOCKET = re.compile("_stcore/stream")
SERVER = re.compile("_stcore/")


@pytest.mark.parametrize("lang", texts.LANGUAGES)
@pytest.mark.parametrize(
    ("host", "told"),
    [("127.0.0.1", ["page-server-away"]), ("localhost", ["page-server-away-here", "page-server-start"])],
)
def test_what_has_stopped_is_told_as_wb_desk(
    own_page: Page, lonely_dashboard: Dashboard, host: str, told: list[str], lang: str
) -> None:
    """It said in English that a Streamlit does not respond, and to run "yourscript.py"."""
    opened: list[WebSocketRoute] = []

    def join(route: WebSocketRoute) -> None:
        opened.append(route)
        route.connect_to_server()

    own_page.route_web_socket(SOCKET, join)
    port = urlsplit(lonely_dashboard.url).port
    own_page.goto(f"http://{host}:{port}/orders?lang={lang}")
    expect(own_page.locator("html")).to_have_attribute("lang", lang)
    expect(own_page.get_by_role("heading", name=texts.t(lang, "page-orders-title")).first).to_be_visible()
    own_page.route(SERVER, lambda route: route.abort())
    opened[-1].close()
    dialog = own_page.get_by_role("dialog")
    for key in told:
        expect(dialog).to_contain_text(texts.t(lang, key))
    expect(dialog).not_to_contain_text("treamlit")
    own_page.unroute(SERVER)
    expect(dialog).to_have_count(0)
