"""While the server draws a first page, the browser reads the scripts of what will stand on it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
import streamlit
from playwright.sync_api import Page

from tests import agency
from tests.browser.conftest import Dashboard, serve
from tests.browser.showcase import settle
from tests.people.house import inside

SCREENS = ("", "api_keys", "order_import", "orders", "picking", "pictures", "token_health", "users")
SCRIPTS = Path(streamlit.__file__).parent / "static" / "static" / "js"
ELEMENTS = {
    name
    for index in SCRIPTS.glob("index.*.js")
    for name in re.findall(r"import\(`\./([^`]+\.js)`\)", index.read_text("utf-8"))
}
"""Scripts that Streamlit's first one asks for when an element of their kind comes."""
ASKED = "() => performance.getEntriesByType('resource').map((one) => one.name.split('/').pop())"


def elements_asked_for(page: Page) -> set[str]:
    page.wait_for_load_state("networkidle")
    return ELEMENTS.intersection(page.evaluate(ASKED))


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dashboard]:
    place = tmp_path_factory.mktemp("office")
    with inside(place):
        agency.fill(2)
        agency.take_orders(5)
    yield from serve(place, None, WB_WORKER="off")


@pytest.mark.browser
@pytest.mark.parametrize("screen", SCREENS)
def test_nothing_is_asked_for_late(screen: str, office: Dashboard, own_page: Page) -> None:
    page = own_page
    page.goto(office.address(screen))
    settle(page)
    needed = elements_asked_for(page)
    assert needed
    page.route_web_socket(re.compile("/_stcore/stream"), lambda _: None)  # a server that is still at it
    page.reload()
    assert elements_asked_for(page) >= needed


def test_streamlits_files_are_as_it_has_them(office: Dashboard) -> None:
    kinds = {"css/*.css": "text/css", "js/Button.*.js": "text/javascript", "media/*.woff2": "font/woff2"}
    for pattern, kind in kinds.items():
        file = next(SCRIPTS.parent.glob(pattern))
        answer = requests.get(office.address(f"static/{file.parent.name}/{file.name}"), timeout=10)
        assert answer.content == file.read_bytes()
        assert answer.headers["cache-control"] == "public, immutable, max-age=31536000"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["content-type"].partition(";")[0] == kind
    part = requests.get(answer.url, headers={"Range": "bytes=1-3"}, timeout=10)
    assert (part.status_code, part.content) == (206, file.read_bytes()[1:4])
    assert requests.head(answer.url, timeout=10).headers["content-length"] == str(len(file.read_bytes()))
