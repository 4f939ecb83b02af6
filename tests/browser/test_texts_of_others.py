"""Texts of others are text: no link, no icon, no markup, wherever a page puts them."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.conftest import free_port

pytestmark = pytest.mark.browser
ROOT = Path(__file__).resolve().parents[2]

EVIL = (
    "see https://evil.example/x www.evil.example me@evil.example :material/home: :smile: :red[hot] "
    "**bold** <b>html</b> [link](https://evil.example) $x^2$ a -> b ~~gone~~ # head | cell | `code` &lt;"
)

PROGRAM = """
import streamlit as st
from wbcore.guidance.views import plain

evil = {evil!r}
st.markdown(plain(evil))
st.subheader(plain(evil), anchor=False)
st.caption(plain(evil))
st.error(plain(evil))
st.button(plain(evil), key="button")
st.checkbox(plain(evil), key="box")
st.selectbox(plain(evil), [evil], key="choice")
st.text_input(plain(evil))
st.expander(plain(evil)).text("inside")
st.text(evil)
st.dataframe([{{"name": evil}}])
st.toast(plain(evil))


@st.dialog(plain(evil))
def window():
    st.write("a window")


if st.button("open"):
    window()
"""


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    script = tmp_path / "texts.py"
    script.write_text(PROGRAM.format(evil=EVIL), encoding="utf-8")
    port = free_port()
    options = ("--server.headless=true", "--server.address=127.0.0.1", "--browser.gatherUsageStats=false")
    process = subprocess.Popen(
        [sys.executable, "-m", "streamlit", "run", str(script), f"--server.port={port}", *options],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=tmp_path,
    )
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=2).close()
            break
        except OSError:
            time.sleep(0.2)
    yield f"http://127.0.0.1:{port}"
    process.terminate()
    process.wait(20)


def test_no_place_makes_anything_of_it(address: str, page: Page) -> None:
    page.goto(address)
    page.get_by_role("button", name="open", exact=True).click()
    expect(page.get_by_text("a window")).to_be_visible(timeout=30_000)
    body = page.locator("body")
    links = body.locator("a[href*='evil']")
    assert [links.nth(n).evaluate("a => a.parentElement.outerHTML") for n in range(links.count())] == []
    assert body.locator("a[href^='mailto:']").count() == 0
    main = page.locator("[data-testid='stMain'], [role='dialog'], [data-testid='stToast']")
    made = "[data-testid='stMarkdownContainer'] :is(b, strong, em, del, code, .katex, .stMarkdownColoredText)"
    assert main.locator(made).count() == 0
    icons = main.locator(
        "[data-testid='stMarkdownContainer'] [data-testid='stIconMaterial'], .material-icons"
    )
    assert icons.count() == 0
    text = (page.locator("[data-testid='stMarkdown']").first.text_content() or "").replace("\u2060", "")
    assert text.strip() == EVIL
    for name in (":material/home:", ":smile:", ":red[hot]", "a -> b"):
        assert name in text
