"""The dashboard as an operator has it: Streamlit and its worker, WB's imitation, a real chromium."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import socket
import time
import urllib.request
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Error,
    Locator,
    Page,
    WebSocketRoute,
    expect,
    sync_playwright,
)

from tests import forked
from tests.browser import patience
from tests.conftest import copy_sqlite, free_port, missing
from tests.work import until
from wbcore.sandbox.server import Sandbox

PATIENCE_MS = 30_000
"""A busy machine may take its time; nobody waits so long where all is well."""
expect.set_options(timeout=PATIENCE_MS)
patience.begin(PATIENCE_MS / 1000)

ROOT = Path(__file__).resolve().parents[2]
ARTIFACTS = ROOT / "tests" / ".artifacts"
PROGRAMS = ("chromium-headless-shell", "chromium", "google-chrome")
"""The first that is there. They are one browser; the shell, which has no windows, takes a fifth less time."""
FLAGS = (
    "--disable-gpu",
    "--font-render-hinting=none",  # the shell would move letters apart by whole dots
    "--disable-background-networking",
    "--no-first-run",
    "--disable-component-update",
)
QUICKER = (
    # What has compiled Streamlit's scripts for one page draws the next one, too, and does not forget them.
    "--process-per-site",
    "--js-flags=--no-flush-bytecode,--no-opt,--no-maglev",  # no page lives so long that better code pays
)


@dataclass(frozen=True)
class Dashboard:
    """One that runs.

    Attributes:
        sandbox: the imitation it talks to; None: it has the built-in one only.
    """

    url: str
    data: Path
    sandbox: Sandbox | None

    def address(self, path: str = "") -> str:
        return f"{self.url}/{path}"


def serve(data: Path, sandbox: Sandbox | None, **settings: str) -> Iterator[Dashboard]:
    """Streamlit on a free port until the generator is closed; ``settings`` as in ``WB_DATABASE_URL=...``."""
    port = _port()
    environment = {k: v for k, v in os.environ.items() if not k.startswith("WB_")}
    environment |= {"WB_DATA_DIR": str(data), "WB_LANG": "ru", "WB_ALERTS_PRIVATE": "1", **settings}
    if sandbox is not None:
        environment["WB_GATEWAY_URL"] = sandbox.gateway
    process = forked.start(
        "streamlit",
        ["run", "app.py", "--server.port", str(port)],
        environment,
        [Path(os.devnull), data / "dashboard.out", data / "dashboard.out"],
    )
    try:
        _wait_for(f"http://127.0.0.1:{port}/_stcore/health")
        yield Dashboard(f"http://127.0.0.1:{port}", data, sandbox)
    finally:
        process.terminate()
        process.join(30)
        if process.exitcode is None:
            process.kill()
            process.join()


_ports: list[int] = []


def _port() -> int:
    """That of a dashboard that has ended, if there is one: a browser knows scripts by their addresses."""
    for port in _ports:
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as Streamlit does
            probe.bind(("127.0.0.1", port))
            return port
    _ports.append(free_port())
    return _ports[-1]


def _wait_for(url: str) -> None:
    for _ in range(300):
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except OSError:
            time.sleep(0.2)
    pytest.fail("the dashboard did not start")


def still(page: Page) -> None:
    """Nothing is being drawn: what is pressed now stays pressed."""
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")


class Unheard:
    """A connection whose answers can be held back, and let in."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.held: list[bytes] | None = None
        page.route_web_socket(re.compile("_stcore/stream"), self._join)

    def _join(self, browser_side: WebSocketRoute) -> None:
        self.browser_side = browser_side
        browser_side.connect_to_server().on_message(self._answer)

    def _answer(self, message: str | bytes) -> None:
        if self.held is None:
            self.browser_side.send(message)
        else:
            self.held.append(message if isinstance(message, bytes) else message.encode())

    def hold(self) -> None:
        self.held = []

    def until_sent(self, what: str) -> None:
        """Waits until the server has sent what the browser does not hear."""
        until(lambda: self.page.wait_for_timeout(50) or any(what.encode() in one for one in self.held or ()))

    def let_in(self, first: int | None = None) -> None:
        """All that was held back; or the first of it, and what comes after that is held back still."""
        held = self.held or []
        self.held = None if first is None else held[first:]
        for message in held[:first]:
            self.browser_side.send(message)


def open_choices(page: Page) -> None:
    """Of the language and the time zone: both are folded, on the left."""
    page.get_by_test_id("stSidebar").locator("summary", has_text="English").click()


def open_list(field: Locator) -> None:
    """One press on a list of choices. Such a list closes when the page scrolls.

    Playwright scrolls to what it presses, and the page hears of that a frame later: after a press in the same
    frame. A person presses when the page stands still, and so does this.
    """
    still(field.page)
    field.scroll_into_view_if_needed()
    field.evaluate("() => new Promise((told) => requestAnimationFrame(() => requestAnimationFrame(told)))")
    field.click()
    expect(field).to_have_attribute("aria-expanded", "true")


def choose(page: Page, label: str | re.Pattern[str], option: str | re.Pattern[str]) -> None:
    """Takes one of a list's choices; a name that is no pattern is the whole name."""
    open_list(page.get_by_role("combobox", name=label))
    page.get_by_role("option", name=option, exact=isinstance(option, str) or None).click()


@pytest.fixture
def dashboard(tmp_path: Path, sqlite_template: Path) -> Iterator[Dashboard]:
    """A dashboard that nobody has used yet on the imitation of WB, with 2,500 orders."""
    copy_sqlite(sqlite_template, tmp_path / "desk")
    with Sandbox(orders=2500) as sandbox:
        yield from serve(tmp_path / "desk", sandbox)


@pytest.fixture
def small_dashboard(tmp_path: Path, sqlite_template: Path) -> Iterator[Dashboard]:
    """As ``dashboard``, with 60 new orders: where an import's length is not the matter."""
    copy_sqlite(sqlite_template, tmp_path / "desk")
    with Sandbox(orders=60) as sandbox:
        yield from serve(tmp_path / "desk", sandbox)


@pytest.fixture
def lonely_dashboard(tmp_path: Path, sqlite_template: Path) -> Iterator[Dashboard]:
    """A fresh dashboard without a gateway: only its learning cabinet can be used here."""
    copy_sqlite(sqlite_template, tmp_path / "desk")
    yield from serve(tmp_path / "desk", None)


@contextmanager
def chromium(more: Sequence[str] = QUICKER) -> Iterator[Browser]:
    """A browser; without ``more`` one that knows nothing of the page before, as a visitor's is."""
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        missing("chromium")
    flags = [*FLAGS, *more, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=program, args=flags)
        yield running
        running.close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


class Window:
    """The one that one test after the other uses, as if each had opened it.

    A page in a new window costs the machine three times as much as in one that goes on: Streamlit's scripts,
    two million characters, are compiled anew.
    """

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._page: Page | None = None

    @property
    def context(self) -> BrowserContext | None:
        return None if self._page is None else self._page.context

    def page(self, height: int, motion: Literal["no-preference", "reduce"]) -> Page:
        """An empty page of a visitor from Moscow who has never been here."""
        if self._page is None:
            self._page = moscow(self._browser).new_page()
        self._page.set_viewport_size({"width": 1280, "height": height})
        self._page.emulate_media(color_scheme="light", reduced_motion=motion)
        return self._page

    def wash(self) -> None:
        """Nothing of a visit is left: what can't be washed is thrown away."""
        if self._page is None:
            return
        try:
            for other in self._page.context.pages:
                if other is not self._page:
                    other.close()
            self._page.unroute_all(behavior="ignoreErrors")
            if self._page.url.startswith("http"):
                self._page.evaluate("() => { localStorage.clear(); sessionStorage.clear(); }")
            self._page.goto("about:blank")
            self._page.mouse.move(-1, -1)  # over nothing
            self._page.context.clear_cookies()
        except Error:
            self.close()

    def close(self) -> None:
        if self._page is not None:
            self._page.context.close()
        self._page = None


def moscow(browser: Browser) -> BrowserContext:
    context = browser.new_context(
        viewport={"width": 1280, "height": 1000}, timezone_id="Europe/Moscow", locale="ru-RU"
    )
    context.set_default_timeout(PATIENCE_MS)
    return context


@pytest.fixture(scope="session")
def window(browser: Browser) -> Iterator[Window]:
    kept = Window(browser)
    yield kept
    kept.close()


@pytest.fixture(autouse=True)
def _no_window_stays_open(request: pytest.FixtureRequest) -> Iterator[None]:
    """A page that nobody closes looks for its dashboard, which is gone, until the last test has ended."""
    if "browser" not in request.fixturenames:
        yield
        return
    running: Browser = request.getfixturevalue("browser")
    kept: Window = request.getfixturevalue("window")
    before = set(running.contexts)
    yield
    kept.wash()
    for context in set(running.contexts) - before - {kept.context}:
        context.close()


@pytest.fixture
def page(window: Window, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A fresh visitor from Moscow. What it saw when its test failed is kept in ``tests/.artifacts``."""
    visitor = window.page(1000, "no-preference")
    yield visitor
    picture(visitor, request)


@pytest.fixture
def own_page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """As ``page``, in a window of its own: for what can't be taken back, such as ``Unheard``."""
    visitor = moscow(browser).new_page()
    yield visitor
    picture(visitor, request)


def picture(page: Page, request: pytest.FixtureRequest) -> None:
    if request.node.stash.get(FAILED, False):
        ARTIFACTS.mkdir(exist_ok=True)
        page.screenshot(path=ARTIFACTS / f"{request.node.name}.png", full_page=True)


FAILED = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.when == "call":
        item.stash[FAILED] = report.failed
    return report


@pytest.fixture
def visitor(window: Window) -> Page:
    """A fresh visitor for whom nothing moves, so that what is measured and pictured stands still."""
    return window.page(720, "reduce")


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dashboard]:
    """A dashboard with something of everything."""
    from tests.browser import showcase  # it needs what stands here

    yield from showcase.dashboards(tmp_path_factory.mktemp("showcase"))
