"""API keys: a token is pasted, checked at once, and kept encrypted under a name."""

from __future__ import annotations

import contextlib

import streamlit as st

from pages import _shared
from wbcore.api.catalog import CABINET_TOKENS_URL
from wbcore.guidance import support, views
from wbcore.guidance.views import t
from wbcore.jobs import demo
from wbcore.jobs import keys as key_jobs


def which_token() -> None:
    """The boxes to tick in WB's cabinet, in its own order and words."""
    with st.expander(t("page-token-which")):
        goal = st.radio(
            t("page-token-goal"), list(support.GOALS), format_func=lambda g: t(f"goal-{g}"), horizontal=True
        )
        recipe = support.token_recipe([goal])
        st.markdown(t("page-token-where"))
        st.link_button(t("page-link-tokens"), CABINET_TOKENS_URL, icon=":material/open_in_new:")
        st.markdown(t("page-token-kind", kind=t(f"kind-{recipe.kind}")))
        for category, ticked in recipe.boxes:
            name = category.ru if views.lang() == "ru" else category.en
            st.checkbox(name, ticked, disabled=True, key=f"box-{goal}-{category.id}")
        st.checkbox(t("page-key-read-only"), recipe.read_only, disabled=True, key=f"box-{goal}-read-only")
        st.caption(t("page-token-read-only"))


def add_form() -> None:
    with st.form("add-key", clear_on_submit=True):
        name = st.text_input(
            t("page-key-name"), placeholder=t("page-key-name-example"), max_chars=100, autocomplete="off"
        )
        token = st.text_input(
            t("page-key-token"), type="password", help=t("page-key-token-help"), autocomplete="off"
        )
        pressed = st.form_submit_button(t("page-key-check"), type="primary")
    if not pressed:
        return
    name = " ".join(name.split())
    if not name:
        st.error(t("page-key-name-empty"), icon=views.ICONS["error"])
        return
    try:
        with st.spinner(t("page-key-checking")):
            outcome = key_jobs.add_key(name, token)
    except key_jobs.KeyExists:
        st.error(t("page-key-name-taken", name=views.plain(name)), icon=views.ICONS["error"])
        return
    if outcome.saved:
        _shared.remember(outcome, name)
        st.rerun()
    _shared.draw_outcome(outcome, name)


def rename_dialog(row: _shared.KeyRow) -> None:
    @st.dialog(t("page-key-rename"))
    def window() -> None:
        with st.form(f"rename-{row.key.id}", border=False):
            name = st.text_input(t("page-key-name"), row.key.name, max_chars=100)
            pressed = st.form_submit_button(t("page-save"), type="primary")
        if not pressed:
            return
        name = " ".join(name.split())
        if not name:
            st.error(t("page-key-name-empty"), icon=views.ICONS["error"])
            return
        try:
            key_jobs.rename_key(row.key.id or 0, name)
        except key_jobs.KeyExists:
            st.error(t("page-key-name-taken", name=views.plain(name)), icon=views.ICONS["error"])
            return
        except KeyError:
            pass  # Somebody else has removed it: the list shows that.
        st.rerun()

    window()


def remove_dialog(row: _shared.KeyRow) -> None:
    @st.dialog(t("page-key-remove"))
    def window() -> None:
        st.markdown(t("page-key-remove-sure", name=views.plain(row.key.name)))
        if st.button(t("page-key-remove-yes"), type="primary", icon=":material/delete:"):
            with contextlib.suppress(KeyError):  # somebody else was quicker
                key_jobs.remove_key(row.key.id or 0)
            st.rerun()
        if st.button(t("page-cancel")):
            st.rerun()

    window()


def key_card(row: _shared.KeyRow) -> None:
    with st.container(border=True, key=f"key-{row.key.id}"):
        st.markdown(f"#### {views.plain(row.key.name)}")
        seller = row.seller.name or row.seller.trade_mark or t("page-key-seller-unknown")
        st.markdown(f"{views.plain(seller)} · {t(f'environment-{row.key.environment}')}")
        st.markdown(_shared.facts_line(row.facts))
        if row.facts.unknown_bits:
            st.caption(t("page-key-unknown-bits", bits=", ".join(map(str, row.facts.unknown_bits))))
        verified = t("page-key-verified", at=views.moment(row.key.verified_at)) if row.key.verified_at else ""
        st.caption(
            t("page-key-fingerprint", fingerprint=row.key.fingerprint)
            + " · "
            + (verified or t("page-key-unverified"))
        )
        with st.container(horizontal=True):
            if st.button(t("page-key-replace"), key=f"replace-key-{row.key.id}", icon=":material/key:"):
                _shared.replace_dialog(row.key)
            if st.button(t("page-key-rename"), key=f"rename-key-{row.key.id}", icon=":material/edit:"):
                rename_dialog(row)
            if st.button(t("page-key-remove"), key=f"remove-key-{row.key.id}", icon=":material/delete:"):
                remove_dialog(row)


def page() -> None:
    st.title(t("page-api-keys-title"), anchor=False)
    st.header("Wildberries", anchor=False)
    rows = _shared.key_rows()
    _shared.draw_remembered()
    _shared.warn_of_expiry(rows)
    add_form()
    which_token()
    _shared.draw_checklists(_shared.open_checklists())
    st.subheader(t("page-keys-saved", count=len(rows)), anchor=False)
    if not rows:
        st.caption(t("page-keys-none"))
    for row in rows:
        key_card(row)
    if any(row.key.environment == "demo" for row in rows) and st.button(t("page-demo-remove")):
        demo.remove_demo()
        st.rerun()


views.screen(page)
