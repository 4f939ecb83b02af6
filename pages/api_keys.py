"""API keys: a token is pasted, checked at once, and kept encrypted under a name."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import Literal

import streamlit as st

from pages import _keys, _shared
from wbcore.api.catalog import CABINET_TOKENS_URL
from wbcore.guidance import drawing, views, window
from wbcore.guidance.views import t
from wbcore.keys import keyring, learning, saving
from wbcore.orders import buyers
from wbcore.people.actor import Right
from wbcore.store import db

NO_KEY = 0


def which_token(rows: Sequence[_shared.KeyRow]) -> None:
    """WB's window with what to choose in it, in its own order and words."""
    views.folded(t("page-token-which"), lambda: _choose_token(rows), key="token-which")


def _choose_token(rows: Sequence[_shared.KeyRow]) -> None:
    goals = st.pills(
        t("page-token-goal"),
        list(window.GOALS),
        format_func=lambda g: t(f"goal-{g}"),
        selection_mode="multi",
        default=[next(iter(window.GOALS))],
        key="token-goals",
    )
    chosen = _former_key(rows)
    if chosen is not None and chosen.key.environment == "demo":
        views.page_link(views.LEARNING_PAGE, label=t("page-learning-open"), icon=":material/school:")
        return
    former = chosen.facts if chosen else None
    if not goals and former is None:
        st.info(t("page-token-no-goal"), icon=views.ICONS["info"])
        return
    kept = former.categories if former else ()
    access: window.Access = "read_write" if former and not former.read_only else "read_only"
    st.markdown(t("page-token-where"))
    st.link_button(t("page-link-tokens"), CABINET_TOKENS_URL, icon=":material/open_in_new:")
    kind: window.Kind = "test" if former and former.test else "personal"
    drawing.draw_window(window.for_goals(goals, kept, access, kind))
    told = "page-token-kind" if kind == "personal" else "page-token-kind-test"
    st.caption(t(told, kind=t(f"kind-{kind}")))
    st.caption(t("page-token-read-only" if access == "read_only" else "page-token-writes"))
    st.caption(f"{t('window-owner')} {t('window-limits')}")


def _former_key(rows: Sequence[_shared.KeyRow]) -> _shared.KeyRow | None:
    """The key whose token the new one is to replace, so that nothing is lost; None: there is none."""
    if not rows:
        return None
    labels = {row.key.id: row.label for row in rows}
    chosen = st.selectbox(
        t("page-token-instead"),
        [NO_KEY, *labels],
        format_func=lambda i: labels.get(i) or t("page-token-instead-none"),
        key=views.retold("token-instead"),
    )
    return next((row for row in rows if row.key.id == chosen), None)


NAME, TOKEN, TWICE, SAVED = "new-key-name", "new-key-token", "new-key-twice", "new-key-saved"
ADDED = "new-key-added"


def add_form(*, first: bool) -> None:
    """A token under a new name. WB shows a token once: what is refused stays in the form to be mended.

    Args:
        first: nothing on the page is more urgent.
    """
    if not _shared.actor().may(Right.KEYS):
        st.caption(t("people-keys-are-owners"))
        return
    is_fresh = SAVED in st.session_state
    if is_fresh:
        st.session_state[NAME] = st.session_state[TOKEN] = ""
    with st.form("add-key"):
        name = st.text_input(
            t("page-key-name"),
            placeholder=t("page-key-name-example"),
            max_chars=100,
            autocomplete="off",
            key=NAME,
        )
        token = st.text_input(
            t("page-key-token"), type="password", help=t("page-key-token-help"), autocomplete="off", key=TOKEN
        )
        kind: Literal["primary", "secondary"] = "primary" if first else "secondary"
        pressed = st.form_submit_button(t("page-key-check"), type=kind, key="key-check") and not is_fresh
    st.session_state.pop(SAVED, None)
    name = " ".join(name.split())
    with st.container():
        if pressed and _is_added(name, token):
            _tell_added()
        if pressed and not name:
            st.error(t("page-key-name-empty"), icon=views.ICONS["error"])
            return
        if pressed:
            st.session_state[TWICE] = bool(saving.same_token(token))
        if st.session_state.get(TWICE):
            pressed = _once_more(token)
        if pressed:
            _add(name, token)


def _once_more(token: str) -> bool:
    """The token is stored already under another name: whether it is wanted twice."""
    names = ", ".join(t("window-quoted", text=views.plain(one)) for one in saving.same_token(token))
    st.warning(t("page-key-same", names=names), icon=views.ICONS["warning"])
    with st.container(horizontal=True):
        wanted = st.button(t("page-key-same-anyway"), key="same-anyway")
        if st.button(t("page-cancel"), key="same-cancel"):
            del st.session_state[TWICE]
            st.rerun()
    return wanted


def _add(name: str, token: str) -> None:
    added: list[tuple[saving.KeyOutcome, str]] = st.session_state.setdefault(ADDED, [])
    try:
        with st.spinner(t("page-key-checking")):
            outcome = saving.add_key(name, token, by=_shared.actor())
            # Not by a word to Streamlit: there a second press breaks this run off, and it would not be known.
            added[:] = [(outcome, name)] if outcome.saved else []
    except saving.KeyExists:
        st.error(t("page-key-name-taken", name=views.plain(name)), icon=views.ICONS["error"])
        return
    if outcome.saved:
        _tell_added()
    _shared.draw_outcome(outcome, name)


def _is_added(name: str, token: str) -> bool:
    """A second press, before the first one's answer was seen: it asks for what has been done."""
    added = [one for _, one in st.session_state.get(ADDED, ())]
    return added == [name] and name in saving.same_token(token)


def _tell_added() -> None:
    """The form is empty for the next key, and the page says what came of this one."""
    _shared.remember(*st.session_state[ADDED][0])
    st.session_state.pop(TWICE, None)
    st.session_state[SAVED] = True
    st.rerun()


def rename_dialog(row: _shared.KeyRow) -> None:
    @views.dialog(t("page-key-rename"))
    @views.calm
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
            saving.rename_key(row.key.id or 0, name, by=_shared.actor())
        except saving.KeyExists:
            st.error(t("page-key-name-taken", name=views.plain(name)), icon=views.ICONS["error"])
            return
        except KeyError:
            pass  # Somebody else has removed it: the list shows that.
        st.rerun()

    window()


def remove_dialog(row: _shared.KeyRow) -> None:
    with db.session() as session:
        others = [key for key in keyring.list_keys(session) if key.seller_id == row.seller.id]

    @views.dialog(t("page-key-remove"))
    @views.calm
    def window() -> None:
        st.markdown(t("page-key-remove-sure", name=views.plain(row.key.name)))
        # Each row's window has its own press and tick: those of another that is still shown do nothing here.
        erase = len(others) == 1 and st.checkbox(t("page-key-remove-buyers"), key=f"erase-{row.key.id}")
        if st.button(
            t("page-key-remove-yes"), type="primary", icon=":material/delete:", key=f"yes-{row.key.id}"
        ):
            with contextlib.suppress(KeyError):  # somebody else was quicker
                saving.remove_key(row.key.id or 0, by=_shared.actor())
            if erase and row.seller.id is not None:
                buyers.erase(seller_ids=[row.seller.id])
            st.rerun()
        if st.button(t("page-cancel")):
            st.rerun()

    window()


def page() -> None:
    st.title(t("page-api-keys-title"), anchor=False)
    st.header("Wildberries", anchor=False)
    rows = _shared.key_rows()
    _shared.draw_remembered()
    _shared.warn_of_expiry(at_the_keys=True)
    ailing = False
    if rows:
        ailing = _keys.draw(rows, _keys.Deeds(rename_dialog, remove_dialog))
        st.subheader(t("page-overview-add-key"), anchor=False)
    add_form(first=not ailing)
    which_token(rows)
    learning_here = any(row.key.environment == "demo" for row in rows)
    if learning_here and _shared.actor().may(Right.KEYS) and st.button(t("page-demo-remove")):
        learning.remove_demo(by=_shared.actor())
        st.rerun()


views.screen(page)
