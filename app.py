"""The dashboard's door: set-up, language, navigation. Each screen is a file in ``pages``."""

from __future__ import annotations

import streamlit as st

from wbcore import log
from wbcore.guidance import views
from wbcore.guidance.views import t
from wbcore.jobs import queue, supervisor
from wbcore.settings import settings
from wbcore.store import crypto, db

SCREENS = (
    ("overview", ":material/home:"),
    ("api_keys", ":material/key:"),
    ("order_import", ":material/download:"),
    ("orders", ":material/list_alt:"),
    ("token_health", ":material/monitor_heart:"),
)


@st.cache_resource(show_spinner=False)
def _set_up() -> None:
    """Once a process: the log, the database, the queue, the worker. What fails is tried again at a reload."""
    log.setup()
    db.prepare()
    crypto.vault()
    queue.prepare()
    supervisor.ensure_worker()


def _screens() -> list[st.Page]:
    return [
        st.Page(
            f"pages/{name}.py",
            title=t(f"page-{name.replace('_', '-')}-title"),
            icon=icon,
            url_path="" if name == "overview" else name,
            default=name == "overview",
        )
        for name, icon in SCREENS
    ]


st.set_page_config(page_title="WB Desk", page_icon=":material/storefront:", layout="wide")
with views.guard():
    views.begin()
    views.language_switch()
    chosen = st.navigation(_screens())
    _set_up()
    if settings().gateway_url:
        st.sidebar.info(
            t("page-gateway", url=views.plain(settings().gateway_url)), icon=":material/alt_route:"
        )
    chosen.run()
