"""Signing in and out, and the first owner: what the doors' forms do, without their HTML."""

from __future__ import annotations

import hmac
import secrets
import sys
import threading
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlmodel import Session, select

from wbcore.guidance import texts
from wbcore.people import attempts, audit, passwords, sessions, users
from wbcore.people.actor import Actor
from wbcore.people.attempts import Attempt
from wbcore.settings import settings
from wbcore.store import db
from wbcore.store.models import User, utc_now

CODE_LENGTH: Final = 10
_NOBODY: Final = "address:"
"""Without an address to count by, tries of the first owner's code are counted together."""
_ALPHABET: Final = "23456789abcdefghjkmnpqrstuvwxyz"
"""Without what is read for something else."""


@dataclass(frozen=True, slots=True)
class Visit:
    """Where somebody signs in from."""

    address: str = ""
    browser: str = ""
    is_shared: bool = False
    """The address is a proxy's, that others come through as well: no failures are counted by it."""

    def of_address(self) -> tuple[str, ...]:
        return () if self.is_shared else attempts.of_address(self.address)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of signing in.

    Attributes:
        secret: for the cookie; "": nobody was signed in.
        wait_until: until when no password is looked at.
        code: why not; ``people-refused-<code>`` is its text.
    """

    secret: str = ""
    wait_until: datetime | None = None
    code: str = ""


def by_password(name: str, password: str, visit: Visit) -> Answer:
    """Signs somebody in. Wrong name and wrong password take the same time and answer the same."""
    name = " ".join(name.split())[: users.NAME_LENGTH]
    now = utc_now()
    attempt = _count((attempts.of_account(name), *visit.of_address()), now)
    with db.unlimited_session() as session:
        user = users.find(session, name)
    fits = passwords.fits(password, None if user is None else user.password_hash)
    with db.unlimited_session() as session:
        if attempt.wait_until is None and user is not None and fits:
            there = session.get(User, user.id)
            if there is not None and there.password_hash == user.password_hash:  # changed while it was tried
                attempts.was_right(session, attempt, now)
                return Answer(_begin(session, there, visit, utc_now()))
        waiting = attempt.wait_until is not None
        _refused(session, user, visit, waiting=waiting)
        session.commit()
        return Answer(wait_until=attempt.wait_until, code="wait" if waiting else "sign_in_wrong")


def _count(counted: tuple[str, ...], now: datetime) -> Attempt:
    """In a transaction of its own: a password takes its time, and nobody waits for that."""
    with db.unlimited_session() as session:
        attempt = attempts.begin(session, counted, now)
        session.commit()
        return attempt


def by_identity(issuer: str, subject: str, visit: Visit) -> Answer:
    """Signs in whoever an OpenID provider vouches for, if they are a user of ours."""
    with db.unlimited_session() as session:
        query = select(User).where(User.oidc_issuer == issuer, User.oidc_subject == subject)
        user = session.exec(query).first()
        if user is None:
            _refused(session, None, visit, issuer=issuer, sub=subject[:100])
            session.commit()
            return Answer(code="identity_unknown")
        return Answer(_begin(session, user, visit, utc_now(), issuer=issuer))


def _begin(session: Session, user: User, visit: Visit, now: datetime, **details: str) -> str:
    assert user.id is not None
    sessions.forget_ended(session, now)
    attempts.forget_old(session, now)
    secret, _ = sessions.begin(session, user.id, address=visit.address, browser=visit.browser)
    _told(session, user, visit, audit.DONE, **details)
    session.commit()
    return secret


def _told(session: Session, user: User, visit: Visit, outcome: str, **details: object) -> None:
    who = _who(user, visit)
    audit.record(session, who, "sign_in", who.name, outcome=outcome, **details)


def _refused(session: Session, user: User | None, visit: Visit, **details: object) -> None:
    """The name of a stranger is not kept: people type passwords into the wrong field."""
    who = _who(user, visit)
    audit.record_refusal(session, who, "sign_in", who.name, **details)


def _who(user: User | None, visit: Visit) -> Actor:
    found = (None, "") if user is None else (user.id, user.name)
    return Actor(*found, "", origin=visit.address)


def sign_out(actor: Actor) -> None:
    """Ends the session of whoever acts, in all its tabs."""
    if actor.session_id is None:
        return
    with db.unlimited_session() as session:
        sessions.end(session, actor.session_id)
        audit.record(session, actor, "sign_out", actor.name)
        session.commit()


class FirstOwner:
    """The one-time code that the console prints while there is no owner."""

    def __init__(self) -> None:
        self.code = "".join(secrets.choice(_ALPHABET) for _ in range(CODE_LENGTH))
        self._used = False
        self._prepared = self._announced = False
        self._looking = threading.Lock()

    def is_missing(self) -> bool:
        """Whether there is no owner yet; the console has the code then.

        The first look at a database, which may have been away when the program started, makes its tables.

        Raises:
            StoreError, SQLAlchemyError: the database can't be asked.
        """
        with self._looking:
            if not self._prepared:
                db.prepare()
                self._prepared = True
            with db.unlimited_session() as session:
                missing = not users.has_owner(session)
            if missing and not self._announced:
                self._announced = True
                sys.stdout.write(f"\n{texts.t(settings().lang, 'people-console-code', code=self.code)}\n\n")
                sys.stdout.flush()
            return missing

    def make(self, code: str, name: str, password: str, visit: Visit) -> Answer:
        """Makes the first owner and signs them in.

        Raises:
            UserRefused: no such name or password.
        """
        now = utc_now()
        attempt = _count(visit.of_address() or (_NOBODY,), now)
        with db.unlimited_session() as session:
            fits = hmac.compare_digest(code.strip().lower().encode(), self.code.encode())
            if attempt.wait_until is not None or not fits or self._used:
                _refused(session, None, visit, first_owner=True)
                session.commit()
                waiting = attempt.wait_until is not None
                return Answer(wait_until=attempt.wait_until, code="wait" if waiting else "code_wrong")
            attempts.was_right(session, attempt, now)
            session.commit()
            by = Actor.machine(visit.address)
            owner = users.add(session, name, "owner", password, by=by, sees_buyers=True)
            session.flush()
            if session.exec(select(User).where(User.role == "owner")).all() != [owner]:
                return Answer(code="owner_exists")  # somebody was quicker; nothing is kept of this
            self._used = True
            return Answer(_begin(session, owner, visit, now))


FIRST_OWNER: Final = FirstOwner()
