"""What stands around each screen: set-up, language, navigation. A screen is a file in ``pages``."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from pages import _checklists, _me, _settings, _shared, _start
from wbcore.guidance import look, turns, views
from wbcore.guidance.views import t
from wbcore.people.actor import Right
from wbcore.settings import settings

FOLDER = Path(__file__).parent
SCREENS = (
    ("overview", ":material/home:"),
    ("api_keys", ":material/key:"),
    ("order_import", ":material/download:"),
    ("orders", ":material/list_alt:"),
    ("picking", ":material/checklist:"),
    ("pictures", ":material/bar_chart:"),
    ("token_health", ":material/monitor_heart:"),
    ("learning", ":material/school:"),
    ("users", ":material/group:"),
)


def _screens(with_users: bool) -> dict[str, st.Page]:
    """File -> screen."""
    return {
        f"pages/{name}.py": st.Page(
            FOLDER / f"{name}.py",
            title=t(f"page-{name.replace('_', '-')}-title"),
            icon=icon,
            url_path="" if name == "overview" else name,
            default=name == "overview",
        )
        for name, icon in SCREENS
        if name != "users" or with_users
    }


def _count_open() -> None:
    count = _checklists.count_open()
    look.count_open(count, t("page-open-problems", count=count))


def draw() -> None:
    """One run of a page; Streamlit asks for each."""
    with turns.turn():
        _draw()


def _draw() -> None:
    st.set_page_config(page_title="WB Desk", layout="wide")
    with views.guard():
        _settings.begin()
        views.begin()
        views.follow_language()
        _me.draw()
        with_users = _shared.actor().may(Right.USERS)
        screens = views.screens((views.lang(), with_users), lambda: _screens(with_users))
        chosen = st.navigation(list(screens.values()))
        _start.set_up_in_sight()
        _count_open()
        _settings.draw()
        if settings().gateway_url:
            st.sidebar.info(
                t("page-gateway", url=views.plain(settings().gateway_url)), icon=":material/alt_route:"
            )
        try:
            chosen.run()
            _shared.forget_said()
        finally:
            views.end()
            _start.set_up_the_rest()
