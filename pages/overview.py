"""Overview: what needs attention first, then what is there. With no key: two ways to begin."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import streamlit as st

from pages import _checklists, _day, _shared
from wbcore.guidance import cards, checklist, drawing, views
from wbcore.guidance.views import t
from wbcore.imports import glance
from wbcore.keys import learning
from wbcore.people.actor import Right
from wbcore.store import db, seen

SHOWN = 10
FAILED_SHOWN = 5
FIRST = 3  # checklists that are drawn at once: the day stands below them


def shared_checklist(checklist_id: str) -> None:
    """What a link to a checklist shows to whoever was sent it."""
    with db.session() as session:
        row = checklist.get(session, checklist_id)
        card = None if row is None else cards.card(session, row, views.lang())
    if card is None:
        st.warning(t("page-checklist-gone"), icon=views.ICONS["warning"])
    else:
        drawing.draw_shared_checklist(card)
    if st.button(t("page-overview-open"), icon=":material/home:"):
        del st.query_params["checklist"]
        st.rerun()


def first_run() -> None:
    if not _shared.actor().may(Right.KEYS):
        st.info(t("people-nothing-yet"), icon=views.ICONS["info"])
        return
    st.markdown(t("page-overview-welcome"))
    left, right = st.columns(2, border=True)
    with left:
        st.subheader(t("page-overview-own-title"), anchor=False)
        st.markdown(t("page-overview-own"))
        if st.button(t("page-overview-add-key"), type="primary", icon=":material/key:"):
            views.go(_shared.KEYS_PAGE)
    with right:
        st.subheader(t("page-overview-demo-title"), anchor=False)
        st.markdown(t("page-overview-demo"))
        if st.button(t("page-overview-try-demo"), icon=":material/school:"):
            with st.spinner(t("page-overview-demo-starting")):
                learning.ensure_demo(views.lang(), by=_shared.actor())
            st.rerun()


def nothing_open(rows: Sequence[_shared.KeyRow]) -> None:
    """All is well only where nothing was put off and no key's last import has failed."""
    now = datetime.now(UTC)
    later, keys = seen.read(
        lambda session: (checklist.count_put_off(session, now), glance.of_keys(session, now)),
        *("nothing-open", seen.at(now)),
    )
    failed = {key.key_id for key in keys if key.status == "failed"}
    if not later and not failed:
        st.success(t("page-overview-all-well"), icon=views.ICONS["done"])
        return
    told = [t("page-overview-nothing-open"), t("page-overview-put-off-some", count=later) if later else ""]
    st.info(" ".join(filter(None, told)), icon=views.ICONS["info"])
    mine = [row for row in rows if row.key.id in failed]
    for row in mine[:FAILED_SHOWN]:
        with st.container(horizontal=True, vertical_alignment="center"):
            told_of = t("page-overview-last-failed", key=views.plain(row.label))
            st.warning(told_of, icon=views.ICONS["warning"])
            views.page_link(
                _shared.IMPORT_PAGE,
                label=t("page-overview-see-import"),
                icon=":material/download:",
                params={"key": str(row.key.id)},
            )
    if len(mine) > FAILED_SHOWN:
        st.caption(t("page-overview-failed-more", count=len(mine) - FAILED_SHOWN))


def put_off() -> None:
    """What was put off, the next to come back first."""
    with db.session() as session:
        rows = checklist.snoozed(session, SHOWN)
        count = checklist.count_put_off(session) if len(rows) == SHOWN else len(rows)
    if rows:
        _checklists.draw(rows, place="-later", first_opened=False)
        if count > len(rows):
            st.caption(t("page-overview-put-off-more", shown=len(rows), all=count))
    else:
        st.caption(t("page-checklist-none-put-off"))


def solved() -> None:
    """What was solved, passed by itself, or was taken off the list, the last first."""
    with db.session() as session:
        rows = checklist.closed_checklists(session, SHOWN + 1)
    if rows:
        _checklists.draw(rows[:SHOWN], place="-solved", first_opened=False)
        if len(rows) > SHOWN:
            st.caption(t("page-overview-solved-more", shown=SHOWN))
    else:
        st.caption(t("page-checklist-none-solved"))


def page() -> None:
    if shared := st.query_params.get("checklist"):
        shared_checklist(shared)
        return
    st.title(t("page-overview-title"), anchor=False)
    rows = _shared.key_rows()
    _shared.draw_remembered()
    if not rows:
        first_run()
        return
    _shared.warn_of_clocks()
    _shared.warn_of_expiry()
    opened = _checklists.open_now()
    st.subheader(t("page-overview-attention"), anchor=False)
    if opened:
        _checklists.draw_open(opened, FIRST)
    else:
        nothing_open(rows)
    views.folded(t("page-checklist-put-off"), put_off, key="put-off", icon=":material/snooze:")
    _shared.mark_invented()
    _day.draw()
    views.folded(t("page-overview-solved"), solved, key="solved", icon=views.ICONS["done"])


views.screen(page)
