"""Sessions: who is signed in, in which browser, until when. A row that is gone has ended, everywhere."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import and_
from sqlmodel import Session, col, delete, select

from wbcore.people.actor import Actor
from wbcore.store.models import User, UserSeller, UserSession, utc_now

IDLE: Final = timedelta(hours=12)
"""A session that nobody used for so long has ended."""
LONGEST: Final = timedelta(days=7)
TOUCH: Final = timedelta(minutes=5)
"""How exactly it is known when a session was used last: not each request writes."""


_NUMBERS: Final = 2**31 - 2
"""Of which each session has one by chance. SQLite would give the next session that of one that has ended: its
sockets, which are known by it, would stay open, as somebody else's."""


def digest_of(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def begin(session: Session, user_id: int, *, address: str = "", browser: str = "") -> tuple[str, UserSession]:
    """A new session of a user; the caller commits.

    Returns:
        What the cookie holds, which is kept nowhere, and the row.
    """
    secret = secrets.token_urlsafe(32)
    row = UserSession(
        id=1 + secrets.randbelow(_NUMBERS),
        digest=digest_of(secret),
        user_id=user_id,
        address=address,
        browser=browser[:200],
    )
    session.add(row)
    session.flush()
    return secret, row


def find(session: Session, secret: str, now: datetime | None = None) -> tuple[UserSession, User] | None:
    """The session that a cookie stands for, and whose it is; None: there is none, or it has ended."""
    now = utc_now() if now is None else now
    query = (
        select(UserSession, User)
        .join(User, col(User.id) == col(UserSession.user_id))
        .where(UserSession.digest == digest_of(secret), *lasts(now))
    )
    return session.exec(query).first()


def lasts(now: datetime) -> tuple[Any, ...]:
    """What is so of a session that has not ended. One that begins in the future was made by a clock that was
    ahead: it would last for as long."""
    seen, made = col(UserSession.seen_at), col(UserSession.created_at)
    return seen.between(now - IDLE, now + IDLE), made.between(now - LONGEST, now + IDLE)


def touch(session: Session, row: UserSession, now: datetime) -> bool:
    """Somebody uses it. Returns whether that was written; the caller commits."""
    if now - row.seen_at < TOUCH:
        return False
    row.seen_at = now
    session.add(row)
    return True


def actor_of(session: Session, row: UserSession, user: User) -> Actor:
    """Whoever uses a session, with today's role: that it is another one since is known at once."""
    sellers: frozenset[int] | None = None
    if user.limited:
        found = session.exec(select(UserSeller.seller_id).where(UserSeller.user_id == user.id))
        sellers = frozenset(found)
    return Actor(user.id, user.name, user.role, sellers, user.sees_buyers, row.address, row.id)


def end(session: Session, session_id: int) -> None:
    session.exec(delete(UserSession).where(col(UserSession.id) == session_id))


def end_all(session: Session, user_id: int, *, but: int | None = None) -> int:
    """Ends a user's sessions, except one if wished; returns how many."""
    query = delete(UserSession).where(col(UserSession.user_id) == user_id)
    if but is not None:
        query = query.where(col(UserSession.id) != but)
    return session.exec(query).rowcount


def forget_ended(session: Session, now: datetime) -> int:
    """Removes what has ended by itself; returns how many."""
    return session.exec(delete(UserSession).where(~and_(*lasts(now)))).rowcount


def of_everybody(session: Session, now: datetime | None = None) -> dict[int, list[UserSession]]:
    """User id -> the sessions that have not ended, the one used last first; in one query for all users."""
    now = utc_now() if now is None else now
    query = select(UserSession).where(*lasts(now)).order_by(col(UserSession.seen_at).desc())
    found: dict[int, list[UserSession]] = {}
    for row in session.exec(query):
        found.setdefault(row.user_id, []).append(row)
    return found
