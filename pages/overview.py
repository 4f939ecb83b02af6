"""Overview: what needs attention first, then what is there. With no key: two ways to begin."""

from __future__ import annotations

import streamlit as st

from pages import _shared
from wbcore.guidance import checklist, views
from wbcore.guidance.views import t
from wbcore.jobs import demo
from wbcore.store import browse, db, runs


def shared_checklist(checklist_id: str) -> None:
    """What a link to a checklist shows to whoever was sent it."""
    with db.session() as session:
        row = checklist.get(session, checklist_id)
    if row is None:
        st.warning(t("page-checklist-gone"), icon=views.ICONS["warning"])
    else:
        views.draw_shared_checklist(checklist.view(row, views.lang()))
    if st.button(t("page-overview-open"), icon=":material/home:"):
        del st.query_params["checklist"]
        st.rerun()


def first_run() -> None:
    st.markdown(t("page-overview-welcome"))
    left, right = st.columns(2, border=True)
    with left:
        st.subheader(t("page-overview-own-title"), anchor=False)
        st.markdown(t("page-overview-own"))
        if st.button(t("page-overview-add-key"), type="primary", icon=":material/key:"):
            st.switch_page(_shared.KEYS_PAGE)
    with right:
        st.subheader(t("page-overview-demo-title"), anchor=False)
        st.markdown(t("page-overview-demo"))
        if st.button(t("page-overview-try-demo"), icon=":material/school:"):
            with st.spinner(t("page-overview-demo-starting")):
                demo.ensure_demo(views.lang())
            st.rerun()


def counters() -> None:
    with db.session() as session:
        orders = browse.counters(session)
        statistics = browse.counters(session, kind="statistics")
    columns = st.columns(4)
    columns[0].metric(t("page-overview-orders"), views.number(orders.total))
    columns[1].metric(t("page-overview-new"), views.number(orders.supplier_status.get("new", 0)))
    columns[2].metric(t("page-overview-sold"), views.number(orders.wb_status.get("sold", 0)))
    columns[3].metric(t("page-overview-statistics"), views.number(statistics.total))


def last_imports() -> None:
    with db.session() as session:
        rows = runs.list_runs(session, limit=5)
    st.subheader(t("page-overview-last-imports"), anchor=False)
    if not rows:
        st.info(t("page-overview-next"), icon=views.ICONS["info"])
        st.page_link(_shared.IMPORT_PAGE, label=t("page-order-import-title"), icon=":material/download:")
        return
    st.dataframe(
        [
            {
                t("page-column-when"): views.moment(row.created_at),
                t("page-column-key"): row.key_name,
                t("page-column-source"): t(f"source-{row.source}"),
                t("page-column-status"): t(f"status-{row.status}"),
                t("page-column-fetched"): views.number(row.fetched),
            }
            for row in rows
        ],
        hide_index=True,
    )


def page() -> None:
    if shared := st.query_params.get("checklist"):
        shared_checklist(shared)
        return
    st.title(t("page-overview-title"), anchor=False)
    rows = _shared.key_rows()
    if not rows:
        first_run()
        return
    _shared.draw_remembered()
    _shared.warn_of_expiry(rows)
    opened = _shared.open_checklists()
    with db.session() as session:
        solved = checklist.closed_checklists(session, 10)
    st.subheader(t("page-overview-attention"), anchor=False)
    if opened:
        _shared.draw_open_checklists(opened)
    else:
        st.success(t("page-overview-all-well"), icon=views.ICONS["done"])
    counters()
    with st.container(horizontal=True):
        st.page_link(_shared.IMPORT_PAGE, label=t("page-order-import-title"), icon=":material/download:")
        st.page_link("pages/orders.py", label=t("page-orders-title"), icon=":material/list_alt:")
        st.page_link(
            "pages/token_health.py", label=t("page-token-health-title"), icon=":material/monitor_heart:"
        )
    last_imports()
    if solved:
        with st.expander(t("page-overview-solved", count=len(solved))):
            _shared.draw_checklists(solved, place="-solved")


views.screen(page)
