"""The learning cabinet: WB's «Интеграции по API» to try on, with the same window that the checklists draw."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal

import streamlit as st

from pages import _shared
from wbcore.api.catalog import CATEGORIES, TOKEN_LIFETIME_DAYS
from wbcore.guidance import look, views, window
from wbcore.guidance.diagnosis import category_name
from wbcore.guidance.views import t
from wbcore.guidance.window import Choice
from wbcore.keys import cabinet, learning
from wbcore.keys.cabinet import LearningToken
from wbcore.people.actor import Right
from wbcore.store import db

OPEN, MADE, PASTE, LIFE = "cabinet-window", "cabinet-made", "cabinet-paste", "learning-life"
LIVES = (TOKEN_LIFETIME_DAYS, 5, -1)  # days: as at WB, soon at an end, over already
COLUMNS = 3


def begin() -> None:
    """Nobody learns here yet: what it is, and one press."""
    st.markdown(t("page-learning-begin"))
    locked = not _shared.actor().may(Right.KEYS)
    if st.button(t("page-overview-try-demo"), type="primary", icon=":material/school:", disabled=locked):
        with st.spinner(t("page-overview-demo-starting")):
            learning.ensure_demo(views.lang(), by=_shared.actor())
        st.rerun()
    if locked:
        st.caption(t("people-keys-are-owners"))


def section(tokens: list[LearningToken]) -> None:
    """The section of the cabinet: its head, the window when it is open, the list."""
    now = datetime.now(UTC)
    with st.container(border=True, key="learning-section"):
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            st.subheader(t("window-section"), anchor=False)
            locked = not _shared.actor().may(Right.KEYS)
            busy = any(one in st.session_state for one in (OPEN, MADE, PASTE))  # another press comes next
            kind: Literal["primary", "secondary"] = "secondary" if busy else "primary"
            if st.button(t("window-create-token"), type=kind, key="learning-create", disabled=locked):
                st.session_state[OPEN] = True
                st.session_state.pop(MADE, None)
                st.session_state.pop(PASTE, None)
                st.rerun()
        with st.container():
            if MADE in st.session_state:
                shown_once(st.session_state[MADE])
            elif st.session_state.get(OPEN):
                form()
        if st.session_state.get(PASTE):
            what_next()
        st.caption(
            t("page-learning-count", count=sum(one.active(now) for one in tokens), most=window.MAX_ACTIVE)
        )
        for one in tokens:
            line(one, now)


def form() -> None:
    """WB's window, alive: the same words in the same order."""
    with st.container(border=True, key="learning-window"):
        tab = st.segmented_control(
            t("page-learning-tab"),
            ["catalogue", "manual"],
            format_func=lambda one: t(f"window-{one}"),
            default="catalogue",
            required=True,
            label_visibility="collapsed",
            key="learning-tab",
        )
        if tab == "catalogue":
            st.info(t("page-learning-catalogue"), icon=views.ICONS["info"])
        else:
            _fields()
        if st.button(t("page-cancel"), key="learning-cancel"):
            st.session_state.pop(OPEN, None)
            st.rerun()
    if tab == "manual":
        st.selectbox(
            t("page-learning-life"),
            LIVES,
            format_func=lambda one: t(f"page-learning-life-{'over' if one < 0 else one}"),
            help=t("page-learning-life-help"),
            key=views.retold(LIFE),
        )


def _fields() -> None:
    kind = st.radio(
        t("window-type"),
        window.KINDS,
        index=None,
        format_func=lambda one: t(f"kind-{one}"),
        horizontal=True,
        key="learning-kind",
    )
    name = st.text_input(t("window-name"), max_chars=cabinet.NAME_LENGTH, key="learning-name")
    ticked = _boxes()
    access = st.radio(
        t("window-access"),
        window.ACCESSES,
        index=None,
        format_func=lambda one: t(f"window-access-{one}"),
        horizontal=True,
        key="learning-access",
    )
    st.text_input(t("window-comment"), max_chars=200, key="learning-comment")
    promised = kind != "personal" or st.checkbox(t("window-third-parties"), key="learning-promise")
    if not st.button(t("window-create"), type="primary", key="learning-make"):
        return
    days = st.session_state.get(LIFE, TOKEN_LIFETIME_DAYS)
    missing = [
        word
        for word, given in (
            ("type", kind),
            ("name", name.strip()),
            ("categories", ticked),
            ("access", access),
            ("third-parties", promised),
        )
        if not given
    ]
    if missing or kind is None or access is None:
        names = ", ".join(t("window-quoted", text=t(f"window-{word}")) for word in missing)
        st.error(t("page-learning-missing", names=names), icon=views.ICONS["error"])
        return
    _make(" ".join(name.split()), Choice(kind=kind, categories=ticked, access=access), days)


def _boxes() -> tuple[str, ...]:
    st.markdown(t("window-categories"))
    chosen = []
    for start in range(0, len(CATEGORIES), COLUMNS):
        row = CATEGORIES[start : start + COLUMNS]
        for column, category in zip(st.columns(COLUMNS), row, strict=False):
            if column.checkbox(category.name(views.lang()), key=f"learning-box-{category.id}"):
                chosen.append(category.id)
    return tuple(chosen)


def _make(name: str, choice: Choice, days: int) -> None:
    try:
        with db.session() as session:
            token = cabinet.make(session, name, choice, days, by=_shared.actor())
            session.commit()
    except cabinet.TooManyTokens:
        st.error(t("page-learning-too-many", most=window.MAX_ACTIVE), icon=views.ICONS["error"])
        return
    st.session_state.pop(OPEN, None)
    st.session_state[MADE] = token
    st.rerun()


def shown_once(token: str) -> None:
    """The token, this once; closed, it is not to be had any more."""
    with st.container(border=True, key="learning-token"):
        st.markdown(f"**{t('window-once')}**")
        st.caption(t("page-learning-copy"))
        st.code(token, language=None, wrap_lines=True)
        if st.button(t("window-copy-close"), type="primary", key="learning-close"):
            del st.session_state[MADE]
            st.session_state[PASTE] = True
            st.rerun()


def what_next() -> None:
    st.success(t("page-learning-next"), icon=views.ICONS["done"])
    with st.container(horizontal=True):
        views.page_link(_shared.KEYS_PAGE, label=t("page-learning-to-keys"), icon=":material/key:")
        views.page_link(
            _shared.OVERVIEW_PAGE, label=t("page-learning-to-checklists"), icon=":material/checklist:"
        )


def line(one: LearningToken, now: datetime) -> None:
    """One token of the list, as WB lists it: never the token itself."""
    names = ", ".join(category_name(views.lang(), c) for c in one.categories) or t("category-none")
    access = t(f"window-access-{'read_only' if one.read_only else 'read_write'}")
    ends = t(
        "page-key-expired" if one.expires_at <= now else "page-learning-until", at=views.day(one.expires_at)
    )
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        with st.container(gap=None):
            st.markdown(f"**{views.plain(one.name)}** · {t(f'kind-{one.kind}')} · {access} · {ends}")
            st.caption(names)
        locked = not _shared.actor().may(Right.KEYS)
        if st.button(
            t("page-key-remove"), key=f"learning-delete-{one.id}", icon=":material/delete:", disabled=locked
        ):
            delete_dialog(one)


def delete_dialog(one: LearningToken) -> None:
    @views.dialog(t("page-learning-delete"))
    @views.calm
    def ask() -> None:
        st.markdown(t("page-learning-delete-sure", name=views.plain(one.name)))
        with st.container(horizontal=True):
            if st.button(t("page-key-remove-yes"), type="primary", icon=":material/delete:"):
                with db.session() as session:
                    cabinet.withdraw(session, one.id, by=_shared.actor())
                    session.commit()
                st.rerun()
            if st.button(t("page-cancel")):
                st.rerun()

    ask()


def page() -> None:
    st.title(t("page-learning-title"), anchor=False)
    look.badge("learning", t("environment-demo"))
    st.markdown(t("page-learning-intro"))
    with db.session() as session:
        there = bool(learning.demo_keys(session))
        tokens = cabinet.listed(session)
    if not there and not tokens:
        begin()
        return
    section(tokens)
    st.caption(t("page-learning-owner"))


views.screen(page)
