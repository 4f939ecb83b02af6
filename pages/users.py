"""Users: who may sign in, as what, whose sellers they know; where they are signed in; what was done."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

import orjson
import streamlit as st

from pages import _shared
from pages._me import refusal
from wbcore.guidance import views
from wbcore.guidance.diagnosis import title_of
from wbcore.guidance.views import t
from wbcore.people import audit, sessions, users, visitor
from wbcore.people.actor import ROLES, Right, require
from wbcore.people.users import UserRefused
from wbcore.settings import settings
from wbcore.store import db
from wbcore.store.models import AuditEntry, User, UserSession

AUDIT_PAGE = 50
OF_A_PROBLEM = ("step_", "checklist_")


def rights(
    names: Mapping[int, str], key: str, role: str, sees_buyers: bool, known: frozenset[int] | None
) -> tuple[str, bool, list[int] | None]:
    """The widgets of a role: role, buyers' data, the only sellers (None: all)."""
    roles = {one: t(f"people-role-{one}") for one in ROLES}
    _shared.chosen_in(f"role-{key}", roles)
    chosen = st.radio(
        t("people-role"),
        ROLES,
        index=ROLES.index(role),
        format_func=roles.__getitem__,
        captions=[t(f"people-role-{one}-may") for one in ROLES],
        key=f"role-{key}",
    )
    buyers = st.checkbox(t("people-sees-buyers"), sees_buyers, key=f"buyers-{key}")
    limited = st.checkbox(t("people-limited"), known is not None, key=f"limited-{key}")
    # A browser that has not heard yet of a seller's other name comes with the one before, which is left out.
    is_one_lost = any(one not in names for one in st.session_state.get(f"sellers-{key}") or ())
    sellers = st.multiselect(
        t("people-sellers"),
        list(names),
        [one for one in sorted(known or ()) if one in names],
        format_func=lambda one: names[one],
        key=f"sellers-{key}",
        placeholder=t("people-sellers-none"),
    )
    # Whoever names sellers means these, and would give away all by a box that was forgotten beside them.
    named = bool(sellers) and set(sellers) != set(known or ())
    return chosen, buyers, sellers if limited or named or is_one_lost else None


def add_form(names: Mapping[int, str]) -> None:
    form = f"add-user-{views.times('add-user')}"
    with st.form(form):
        st.subheader(t("people-add-title"), anchor=False)
        name = st.text_input(
            t("people-name"), max_chars=users.NAME_LENGTH, autocomplete="off", key=f"{form}-name"
        )
        password = st.text_input(
            t("people-password"),
            type="password",
            help=t("people-password-help"),
            autocomplete="new-password",
            key=f"{form}-password",
        )
        subject = ""
        if settings().has_provider:
            subject = st.text_input(t("people-subject"), autocomplete="off", key=f"{form}-subject")
        role, buyers, sellers = rights(names, form, "operator", False, None)
        pressed = st.form_submit_button(t("people-add"), type="primary")
    if not pressed:
        return
    try:
        with db.session() as session:
            users.add(
                session,
                name,
                role,
                (password or None) if subject else password,
                by=_shared.actor(),
                identity=(settings().oidc_issuer or "", subject.strip()) if subject.strip() else None,
                sees_buyers=buyers,
                sellers=sellers,
            )
            session.commit()
    except UserRefused as error:
        st.error(refusal(error), icon=views.ICONS["error"])
        return
    views.done("add-user")
    st.session_state["notice"] = t("people-added", name=views.plain(name))
    st.rerun()


def card(user: User, opened: list[UserSession], names: Mapping[int, str], known: frozenset[int]) -> None:
    # By more than the number: SQLite gives that of somebody who is gone to the next one.
    who = f"{user.id}-{user.created_at.timestamp():.6f}"
    with st.container(border=True, key=f"user-{user.id}"):
        st.markdown(f"#### {views.plain(user.name)}")
        sellers = ", ".join(names[one] for one in sorted(known) if one in names) or t("people-sellers-none")
        parts = [t(f"people-role-{user.role}"), sellers if user.limited else t("people-sellers-all")]
        if user.sees_buyers:
            parts.append(t("people-sees-buyers"))
        st.markdown(views.plain(" · ".join(parts)))
        for one in opened:
            st.caption(t("people-session", address=views.plain(one.address), at=views.moment(one.seen_at)))
        with st.container(horizontal=True):
            if st.button(t("people-change"), key=f"change-{who}", icon=":material/edit:"):
                change_dialog(user, names, known if user.limited else None)
            if opened and st.button(t("people-revoke"), key=f"revoke-{who}", icon=":material/logout:"):
                with db.session() as session:
                    if (row := users.still(session, user)) is not None:
                        users.sign_out_everywhere(session, row, by=_shared.actor())
                    session.commit()
                st.rerun()
            if st.button(t("page-key-remove"), key=f"remove-user-{who}", icon=":material/delete:"):
                remove_dialog(user)


def change_dialog(user: User, names: Mapping[int, str], known: frozenset[int] | None) -> None:
    @views.dialog(t("people-change"))
    @views.calm
    def window() -> None:
        st.markdown(f"**{views.plain(user.name)}**")
        with st.form(f"change-user-{user.id}", border=False):
            role, buyers, sellers = rights(names, str(user.id), user.role, user.sees_buyers, known)
            subject = _subject_field(user)
            password = st.text_input(
                t("people-password-new"),
                type="password",
                help=t("people-password-keep"),
                autocomplete="new-password",
            )
            st.caption(t("people-change-ends-sessions"))
            pressed = st.form_submit_button(t("page-save"), type="primary")
        if not pressed:
            return
        try:
            _change(user, role, buyers, sellers, password, subject)
        except UserRefused as error:
            st.error(refusal(error), icon=views.ICONS["error"])
            return
        st.rerun()

    window()


def _subject(user: User) -> str:
    """Who somebody is at the provider that is set up; "": nobody there."""
    return (user.oidc_subject or "") if user.oidc_issuer == settings().oidc_issuer else ""


def _subject_field(user: User) -> str:
    if not settings().has_provider:
        return _subject(user)
    return st.text_input(
        t("people-subject-other"), _subject(user), help=t("people-subject-help"), autocomplete="off"
    ).strip()


def _change(  # noqa: PLR0917
    user: User, role: str, buyers: bool, sellers: list[int] | None, password: str, subject: str
) -> None:
    acting = _shared.actor()
    with db.session() as session:
        row = users.still(session, user)
        if row is None:
            raise UserRefused("user_missing")
        users.change(session, row, role=role, sees_buyers=buyers, sellers=sellers, by=acting)
        if password:
            users.set_password(session, row, password, by=acting)
        if subject != _subject(row):
            identity = (settings().oidc_issuer or "", subject) if subject else None
            users.set_identity(session, row, identity, by=acting)
        session.commit()


def remove_dialog(user: User) -> None:
    @views.dialog(t("people-remove"))
    @views.calm
    def window() -> None:
        st.markdown(t("people-remove-sure", name=views.plain(user.name)))
        if st.button(
            t("people-remove-yes"), type="primary", icon=":material/delete:", key=f"yes-user-{user.id}"
        ):
            try:
                with db.session() as session:
                    if (row := users.still(session, user)) is not None:
                        users.remove(session, row, by=_shared.actor())
                    session.commit()
            except UserRefused as error:
                st.error(refusal(error), icon=views.ICONS["error"])
                return
            st.rerun()
        if st.button(t("page-cancel")):
            st.rerun()

    window()


def what_was_done() -> None:
    """The audit, newest first, a page at a time."""
    before = st.session_state.get("audit-before")
    with db.session() as session:
        rows = audit.latest(session, before=before, limit=AUDIT_PAGE + 1)
    st.dataframe([line(row) for row in rows[:AUDIT_PAGE]], hide_index=True)
    with st.container(horizontal=True):
        if before is not None and st.button(t("people-audit-newest")):
            del st.session_state["audit-before"]
            st.rerun()
        if len(rows) > AUDIT_PAGE and st.button(t("people-audit-older")):
            st.session_state["audit-before"] = rows[AUDIT_PAGE - 1].id
            st.rerun()
        st.download_button(
            t("people-audit-save"),
            visitor.later(_audit_file),
            f"wb-desk-audit-{datetime.now(UTC):%Y-%m-%d}.jsonl",
            "application/jsonl",
            icon=":material/save:",
            on_click="ignore",
        )


def line(entry: AuditEntry) -> dict[str, str]:
    return {
        t("page-column-when"): views.moment(entry.at),
        t("people-audit-who"): entry.who or t("people-audit-machine"),
        t("people-audit-origin"): views.known(f"people-audit-origin-{entry.origin}", entry.origin),
        t("people-audit-what"): views.known(f"audit-{entry.action}", entry.action),
        t("people-audit-subject"): subject(entry),
        t("people-audit-outcome"): t(f"people-audit-outcome-{entry.outcome}"),
    }


def subject(entry: AuditEntry) -> str:
    """What it was done to: a problem by its title, everything else by the name that somebody gave it."""
    if entry.action.startswith(OF_A_PROBLEM):
        return title_of(views.lang(), entry.subject)
    return entry.subject


def _audit_file() -> bytes:
    with db.session() as session:
        audit.record(session, require(None, Right.USERS), "audit_exported")
        session.commit()
        return b"".join(orjson.dumps(audit.document(entry)) + b"\n" for entry in audit.entries(session))


def page() -> None:
    acting = require(_shared.actor(), Right.USERS)
    st.title(t("page-users-title"), anchor=False)
    _shared.draw_remembered()
    if acting.is_machine:
        st.info(t("people-loopback-note"), icon=views.ICONS["info"])
    names = _shared.sellers_by_id()
    with db.session() as session:
        rows = users.list_users(session, acting)
        known = users.sellers_of_users(session)
        opened = sessions.of_everybody(session)
    for user in rows:
        card(user, opened.get(user.id or 0, []), names, known.get(user.id or 0, frozenset()))
    add_form(names)
    views.folded(t("people-audit-title"), what_was_done, key="audit", icon=":material/history:")


views.screen(page)
