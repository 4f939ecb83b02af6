"""Another token for a key: in a window of its own, or beside the step that asks for it."""

from __future__ import annotations

from typing import Literal

import streamlit as st

from pages import _shared
from wbcore.guidance import drawing, views
from wbcore.guidance.views import t
from wbcore.keys import keyring, saving
from wbcore.store import db
from wbcore.store.models import Key


def window(key: Key) -> None:
    """Another token for a key, in a window of its own."""

    @views.dialog(t("page-key-replace"))
    @views.calm
    def opened() -> None:
        st.markdown(t("page-key-replace-for", name=views.plain(key.name)))
        form(key.id or 0)

    # Opened anew, it asks anew.
    st.session_state.pop(f"weighed-{key.id}", None)
    opened()


def form(key_id: int, *, place: str = "", label: str = "") -> None:
    """Takes another token for a key; what would be lost with it is said before it is saved.

    Args:
        place: keeps the widgets apart where the form of one key stands twice on a page; "" in its own window.
        label: of the field.
    """
    weighed = f"weighed-{key_id}{place}"
    kind: Literal["primary", "secondary"] = "secondary" if place else "primary"
    with st.form(f"replace-{key_id}{place}", border=False):
        token = st.text_input(
            label or t("page-key-token"), type="password", autocomplete="off", key=f"token-{key_id}{place}"
        )
        pressed = st.form_submit_button(
            t("page-key-check"), type=kind, on_click=views.calm(key_there), args=(key_id,)
        )
    try:
        if pressed:
            st.session_state[weighed] = bool(saving.losses_of(key_id, token))
        if st.session_state.get(weighed):
            pressed = _consent(key_id, token, place, kind)
        if pressed:
            _replace_with(key_id, token)
    except KeyError:  # in a window of its own, which is still there
        st.session_state.pop("notice", None)
        st.warning(t("page-key-gone"), icon=views.ICONS["warning"])


def _consent(key_id: int, token: str, place: str, kind: Literal["primary", "secondary"]) -> bool:
    """What would be lost, and whether it is wanted all the same."""
    for found in saving.losses_of(key_id, token):
        drawing.draw_diagnosis(found, steps=False)
    st.markdown(t("page-key-replace-sure"))
    with st.container(horizontal=True):
        wanted = st.button(t("page-key-replace-anyway"), key=f"anyway-{key_id}{place}", type=kind)
        if st.button(t("page-cancel"), key=f"keep-{key_id}{place}"):
            st.rerun()
    return wanted


def _replace_with(key_id: int, token: str) -> None:
    with st.spinner(t("page-key-checking")):
        outcome = saving.replace_token(key_id, token, by=_shared.actor())
    if outcome.saved and outcome.key is not None:
        _shared.remember(outcome, outcome.key.name)
        st.rerun()
    _shared.draw_outcome(outcome, "")


def key_there(key_id: int) -> None:
    """At a press: of a key that a colleague has removed nothing is drawn any more, so it is said."""
    with db.session() as session:
        key = keyring.get_key(session, key_id)
    if key is None:
        st.session_state["notice"] = t("page-key-gone-meanwhile")
