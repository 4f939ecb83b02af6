"""Who looks at the page that this thread draws: read from the cookie of its socket, and from the database.

A socket lives on after its handshake: the session is looked up anew for each run of a page, so that what has
been revoked, or has another role, is known at the next press of a button whatever the socket still says.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final, ParamSpec, TypeVar

import streamlit as st
from sqlalchemy.exc import SQLAlchemyError
from streamlit.runtime.scriptrunner import get_script_run_ctx

from wbcore.people import actor, audit, exposure, sessions
from wbcore.people.actor import Actor, NotSignedIn, Right
from wbcore.people.places import COOKIE, SECURE_COOKIE
from wbcore.store import db, visibility
from wbcore.store.models import UserSession
from wbcore.store.problems import StoreError
from wbcore.store.visibility import Sight

log = logging.getLogger(__name__)

NEIGHBOUR: Final = Actor.machine("dashboard")
"""Whoever opens a dashboard that only this machine can reach."""
P = ParamSpec("P")
T = TypeVar("T")

_FRESH_S: Final = 0.5
"""A run of a page asks the database once, not with each of its questions."""
_REMEMBERED: Final = 500


def present() -> Actor | None:
    """Who looks at the page that this thread draws; None: this thread draws none.

    Raises:
        NotSignedIn: nobody who is signed in, where that is needed.
    """
    acting = _acting.get()
    if acting is not None:
        return acting
    if get_script_run_ctx(suppress_warning=True) is None:
        return None
    return look_up(cookie_in(st.context.cookies)) if exposure.is_sign_in_needed() else NEIGHBOUR


def cookie_in(cookies: Mapping[str, str]) -> str:
    """The secret of a session, "" where there is none."""
    found = cookies.get(SECURE_COOKIE) or cookies.get(COOKIE)
    return found if isinstance(found, str) else ""


_acting: ContextVar[Actor | None] = ContextVar("acting", default=None)


def later(work: Callable[P, T]) -> Callable[P, T]:
    """The same work, as whoever is present now: a download's data is made in a thread that draws no page."""
    acting = present()

    def done(*args: P.args, **kwargs: P.kwargs) -> T:
        if acting is not None and not acting.is_machine:
            _still_there(acting)
        before = _acting.set(acting)
        try:
            return work(*args, **kwargs)
        finally:
            _acting.reset(before)

    return done


@contextmanager
def as_the_program() -> Iterator[None]:
    """What is done once a process, in the page of whoever comes first, is not that visitor's doing."""
    before = _acting.set(NEIGHBOUR)
    try:
        yield
    finally:
        _acting.reset(before)


def _still_there(acting: Actor) -> None:
    with db.unlimited_session() as session:
        if acting.session_id is None or session.get(UserSession, acting.session_id) is None:
            raise NotSignedIn


_known: dict[str, tuple[float, Actor]] = {}
"""Cookie -> when it was looked up last, and whose it is."""


def remembered(secret: str) -> Actor | None:
    """Who was found by this cookie a moment ago; None: that has to be looked up."""
    at, known = _known.get(secret, (0.0, None))
    return known if time.monotonic() - at < _FRESH_S else None


def forget(session_id: int) -> None:
    """A session has ended: who comes with its cookie is looked up."""
    for secret, (_, acting) in list(_known.items()):
        if acting.session_id == session_id:
            _known.pop(secret, None)


def look_up(secret: str) -> Actor:
    """Whose session a cookie stands for. Raises NotSignedIn."""
    known = remembered(secret)
    if known is not None:
        return known
    now = time.monotonic()
    with db.unlimited_session() as session:
        found = sessions.find(session, secret) if secret else None
        if found is None:
            raise NotSignedIn
        acting = sessions.actor_of(session, *found)
    if len(_known) > _REMEMBERED:
        _known.clear()
    _known[secret] = (now, acting)
    return acting


def _sight() -> Sight:
    found = present()
    if found is None or found.is_machine:
        return Sight()
    return Sight(found.sellers, read_only=not found.may(Right.TICK))


_notes: Final = ThreadPoolExecutor(1, "refusal")
"""Whoever was refused may be in the middle of a transaction. What waits here is written before the end."""
_noted: dict[tuple[int | None, str, Right], float] = {}
"""Who was refused what -> when that was noted last: a page that looks again by itself is one refusal."""
_ONCE_IN_S: Final = 60.0


def _note_refusal(acting: Actor, right: Right) -> None:
    if acting.is_machine:
        return
    now, what = time.monotonic(), (acting.user_id, acting.origin, right)
    if now - _noted.get(what, -_ONCE_IN_S) < _ONCE_IN_S:
        return
    if len(_noted) > _REMEMBERED:
        _noted.clear()
    _noted[what] = now
    _notes.submit(_note, acting, right)


def _note(acting: Actor, right: Right) -> None:
    try:
        with db.unlimited_session() as session:
            audit.record_refusal(session, acting, "act_refused", right.value)
            session.commit()
    except (SQLAlchemyError, StoreError) as error:
        log.warning("a refusal could not be noted: %s", type(error).__name__)


actor.find_present_by(present)
actor.tell_refusals_to(_note_refusal)
visibility.limit_by(_sight)
