"""The first start after an upgrade: a large database takes minutes, and nobody looks at an empty page."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import serve
from tests.conftest import copy_sqlite
from tests.older import make_older
from wbcore.guidance import texts

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("lang", texts.LANGUAGES)
def test_who_waits_for_the_database_is_told_so(
    page: Page, tmp_path: Path, sqlite_template: Path, lang: str
) -> None:
    copy_sqlite(sqlite_template, tmp_path / "desk")
    file = tmp_path / "desk" / "wb-desk.sqlite"
    make_older(file)
    waits = page.get_by_text(texts.t(lang, "page-preparing"))
    with closing(sqlite3.connect(file, isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")  # it can't be changed yet, as if there were much to change
        for dashboard in serve(tmp_path / "desk", None):
            page.goto(dashboard.address(f"?lang={lang}"))
            expect(waits).to_be_visible()
            holder.execute("ROLLBACK")
            expect(page.get_by_role("heading", name=texts.t(lang, "page-overview-title"))).to_be_visible()
            expect(waits).to_have_count(0)
