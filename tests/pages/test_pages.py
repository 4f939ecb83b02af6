"""Each screen without a browser: it draws in both languages, without keys and with them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from tests import agency
from wbcore.guidance import texts
from wbcore.imports import foreground, queue
from wbcore.keys import saving
from wbcore.sandbox.server import Sandbox
from wbcore.settings import settings
from wbcore.store import db

APP = Path(__file__).resolve().parents[2] / "app.py"
SCREENS = ["overview", "api_keys", "order_import", "orders", "picking", "token_health"]

Screen = Callable[[str, str], AppTest]


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch, sqlite: str) -> Screen:
    """Opens a screen in a language."""
    monkeypatch.setenv("WB_WORKER", "off")
    st.cache_resource.clear()  # what app.py sets up once a process is of the test before

    def opened(name: str, lang: str) -> AppTest:
        monkeypatch.setenv("WB_LANG", lang)
        settings.cache_clear()
        app = AppTest.from_file(str(APP), default_timeout=180).run()
        if name != "overview":
            app.switch_page(f"pages/{name}.py").run()
        return app

    yield opened
    queue.close()


def told(app: AppTest) -> str:
    boxes = [*app.error, *app.warning, *app.info, *app.success, *app.caption, *app.markdown]
    return "\n".join(str(box.value) for box in boxes)


@pytest.mark.parametrize("lang", texts.LANGUAGES)
@pytest.mark.parametrize("name", SCREENS)
def test_a_screen_without_keys_draws_and_leads_on(screen: Screen, name: str, lang: str) -> None:
    app = screen(name, lang)
    assert not app.exception
    assert not app.error
    assert app.title[0].value == texts.t(lang, f"page-{name.replace('_', '-')}-title")


def test_what_is_said_once_is_said_again_where_its_run_was_broken_off(screen: Screen) -> None:
    """A second press on what was being saved took away what had come of it, before anybody had seen it."""
    app = screen("overview", "ru")
    app.session_state["notice"] = "Сделано"
    (demo,) = (one for one in app.button if one.label == texts.t("ru", "page-overview-try-demo"))
    demo.click().run()  # it is drawn, and the press has the page drawn anew
    assert "Сделано" in told(app)
    assert "Сделано" not in told(app.run())


@pytest.mark.parametrize("name", SCREENS)
def test_a_screen_with_orders_and_a_checklist_draws(
    screen: Screen, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Sandbox(orders=120, limits=False) as sandbox:
        monkeypatch.setenv("WB_GATEWAY_URL", sandbox.gateway)
        settings.cache_clear()
        assert saving.add_key("Полный", sandbox.tokens["full"]).saved
        assert saving.add_key("Без Маркетплейса", sandbox.tokens["statistics_only"]).saved
        assert foreground.run_import("Полный").status == "done"
        assert foreground.run_import("Без Маркетплейса").status == "failed"
        app = screen(name, "ru")
    assert not app.exception
    assert not app.error
    if name in ("overview", "api_keys", "token_health"):
        assert any("Маркетплейс" in heading.value for heading in app.subheader)


def test_a_database_of_a_newer_program_is_told_plainly(screen: Screen) -> None:
    with db.engine().begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    db.dispose()
    app = screen("overview", "ru")
    assert not app.exception
    assert "более новой версией" in app.error[0].value


def test_a_wrong_setting_is_told_by_its_name(screen: Screen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WB_GATEWAY_URL", "not-an-address")
    app = screen("overview", "ru")
    assert not app.exception
    assert "WB_GATEWAY_URL" in app.error[0].value


def test_a_token_that_ends_soon_leads_to_the_keys_from_everywhere_else(screen: Screen) -> None:
    """On the page of keys it led to where one was: a link that did nothing and looked as if pressed."""
    agency.fill(1)
    replace = texts.t("ru", "page-key-replace")
    for name in ("overview", "orders", "api_keys"):
        app = screen(name, "ru")
        assert not app.exception
        links = [link.proto.label for link in app.get("page_link")]
        assert (replace in links) == (name != "api_keys"), name
        assert "перестанет работать" in told(app)
