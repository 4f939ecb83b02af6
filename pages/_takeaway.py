"""Files that whoever looks has asked for: a button that asks for one, and the list of theirs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta

import streamlit as st
from sqlmodel import Session

from pages import _shared
from wbcore.guidance import views
from wbcore.guidance.views import t
from wbcore.people import takeaway
from wbcore.people.places import FILE
from wbcore.people.takeaway import TooManyFiles
from wbcore.store import db, seen, workers
from wbcore.store.models import UserFile, utc_now

SLOW = timedelta(seconds=15)
"""So long a worker may take to begin."""
ASKED, REFUSED = "takeaway-asked", "takeaway-refused"


def ask_for_file(ask: Callable[[Session], UserFile | None]) -> None:
    """The button that has a file made: what it is to hold is put into the database, and nothing else.

    Args:
        ask: None: what the file is to be made by is gone.

    It is another one after each press: a second press on what has not been drawn anew is not meant twice.
    """
    times = views.times(ASKED)
    key = f"takeaway-make-{times}"
    st.button(t("takeaway-make"), on_click=_ask, args=(ask, times), icon=":material/save:", key=key)


@views.calm
def _ask(ask: Callable[[Session], UserFile | None], times: int) -> None:
    if times != views.times(ASKED):
        return
    views.done(ASKED)
    try:
        with db.session() as session:
            ask(session)
            session.commit()
    except TooManyFiles:
        st.session_state[REFUSED] = True


def yours() -> None:
    """The files of whoever looks; it looks again by itself as long as one of them is not ready."""
    if st.session_state.pop(REFUSED, False):
        st.warning(t("takeaway-too-many", most=takeaway.WAITING), icon=views.ICONS["warning"])
    rows = _rows()
    if _waiting(rows):
        _watch()
    elif rows:
        _list(rows)


def _rows() -> Sequence[UserFile]:
    acting = _shared.actor()
    about = (acting.user_id, acting.role, seen.at(utc_now()))
    return seen.read(lambda session: takeaway.of(session, acting), "takeaway", *about)


def _waiting(rows: Sequence[UserFile]) -> list[str]:
    return [row.id for row in rows if row.state not in takeaway.ENDED]


@st.fragment(run_every=1.0)
@views.calm
def _watch() -> None:
    rows = _rows()
    if not _waiting(rows):
        st.rerun(scope="app")
    _list(rows)


def _list(rows: Sequence[UserFile]) -> None:
    st.markdown(f"**{t('takeaway-yours')}**")
    for row in rows:
        with st.container(horizontal=True, vertical_alignment="center", key=f"takeaway-{row.id}"):
            st.text(f"{row.name}  ·  {_told(row)}")
            if row.state == "ready":
                st.link_button(t("takeaway-take"), f"{FILE}{row.id}", icon=":material/download:")
            word = "takeaway-erase" if row.state in takeaway.ENDED else "takeaway-cancel"
            st.button(t(word), key=f"takeaway-drop-{row.id}", on_click=_drop, args=(row.id,), type="tertiary")
    if _is_forgotten(rows):
        st.info(t("takeaway-nobody-works"), icon=views.ICONS["info"])
    note = t("takeaway-note", hours=takeaway.KEPT // timedelta(hours=1), most=takeaway.MOST)
    own = t("takeaway-note-own") if _shared.actor().user_id is not None else ""
    st.caption(f"{note} {own}".strip())


def _told(row: UserFile) -> str:
    if row.state == "failed":
        return t(f"takeaway-failed-{row.problem.replace('_', '-')}")
    until = views.moment(row.expires_at)
    return t(f"takeaway-{row.state}", rows=views.number(row.rows), size=_size(row.size), until=until)


def _size(count: int) -> str:
    megabytes = count / 1_000_000
    return t("takeaway-size-mb", n=views.number(round(megabytes, 1) if megabytes >= 0.1 else 0.1))


def _is_forgotten(rows: Sequence[UserFile]) -> bool:
    """Whether one waits although nobody is there who would make it."""
    if not any(row.state == "queued" and utc_now() - row.asked_at > SLOW for row in rows):
        return False
    with db.session() as session:
        return not workers.alive(session)


@views.calm
def _drop(file_id: str) -> None:
    with db.session() as session:
        takeaway.drop(session, _shared.actor(), file_id)
        session.commit()
