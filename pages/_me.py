"""Who is signed in, in the sidebar: another password, and the way out."""

from __future__ import annotations

import streamlit as st

from pages import _shared
from wbcore.guidance import views
from wbcore.guidance.views import t
from wbcore.people import signing, users
from wbcore.people.actor import Actor
from wbcore.people.users import UserRefused
from wbcore.store import db


def draw() -> None:
    """Nothing where nobody signs in."""
    acting = _shared.actor()
    if acting.is_machine:
        return
    with st.sidebar.popover(t("people-me"), icon=":material/account_circle:", width="stretch"):
        st.markdown(f"**{views.plain(acting.name)}** · {t(f'people-role-{acting.role}')}")
        if st.button(t("people-sign-out"), icon=":material/logout:", type="primary", width="stretch"):
            signing.sign_out(acting)
            st.rerun()
        _password(acting)


def _password(acting: Actor) -> None:
    with st.form("own-password", border=False, clear_on_submit=True):
        st.caption(t("people-password-other"))
        old = st.text_input(t("people-password-old"), type="password", autocomplete="current-password")
        new = st.text_input(t("people-password-new"), type="password", autocomplete="new-password")
        pressed = st.form_submit_button(t("page-save"))
    if not pressed:
        return
    try:
        with db.session() as session:
            users.change_own_password(session, acting, old, new)
            session.commit()
    except UserRefused as error:
        st.error(refusal(error), icon=views.ICONS["error"])
    else:
        st.success(t("people-password-changed"), icon=views.ICONS["done"])


def refusal(error: UserRefused) -> str:
    """Why a change of users can't be done, in words."""
    return t(f"people-refused-{error.code.replace('_', '-')}", wait="")
