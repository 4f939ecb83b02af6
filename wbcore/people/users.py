"""Users: who may sign in, as what, and whose sellers they know. Each change is told to the audit."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final

from sqlalchemy import func
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, delete, select

from wbcore.people import audit, passwords, sessions
from wbcore.people.actor import ROLES, Actor, Right, require
from wbcore.store import db
from wbcore.store.models import Preference, Seller, User, UserSeller
from wbcore.store.problems import StoreError

NAME_LENGTH: Final = 100


class UserRefused(StoreError):
    """A change of users that can't be done as it was asked for.

    Attributes:
        code: user_exists, user_missing, last_owner, password_short, name_empty, role_unknown, owner_limited,
            password_wrong, identity_taken; ``people-refused-<code>`` is its text.
    """

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


def list_users(session: Session, by: Actor | None = None) -> list[User]:
    """All users by name. Raises NotAllowed."""
    require(by, Right.USERS)
    return list(session.exec(select(User).order_by(col(User.name))).all())


def find(session: Session, name: str) -> User | None:
    """Who is meant by a name: whoever is called exactly so, else the only one whose name has these letters,
    be they capital or small: phones begin a word with a capital one."""
    alike = _alike(session, name)
    exactly = next((user for user in alike if user.name == name), None)
    return exactly or (alike[0] if len(alike) == 1 else None)


def _alike(session: Session, name: str) -> list[User]:
    """Users whose names have these letters, capital or small; former versions let there be several. Databases
    know of small letters in some languages alone, so they are not asked."""
    letters = name.casefold()
    return [user for user in session.exec(select(User)) if user.name.casefold() == letters]


def still(session: Session, user: User) -> User | None:
    """Somebody who was read before, as they are now. None: they are gone, be there another one by now with
    their name or with their number, which SQLite gives anew."""
    made = user.created_at  # read in this very session, it is told anew, too
    row = session.get(User, _id(user), populate_existing=True)
    return row if row is not None and row.created_at == made else None


def has_owner(session: Session) -> bool:
    return session.exec(select(func.count()).select_from(User).where(User.role == "owner")).one() > 0


def sellers_of_users(session: Session) -> Mapping[int, frozenset[int]]:
    """User id -> the sellers that a limited user knows; in one query for all users."""
    known: dict[int, set[int]] = {}
    for user_id, seller_id in session.exec(select(UserSeller.user_id, UserSeller.seller_id)):
        known.setdefault(user_id, set()).add(seller_id)
    return {user_id: frozenset(sellers) for user_id, sellers in known.items()}


def add(
    session: Session,
    name: str,
    role: str,
    password: str | None,
    *,
    by: Actor | None = None,
    sees_buyers: bool = False,
    sellers: Collection[int] | None = None,
    identity: tuple[str, str] | None = None,
) -> User:
    """Adds a user; the caller commits.

    Args:
        password: None: signs in by ``identity`` alone.
        sellers: ids of the only sellers that the user knows; None: all.
        identity: issuer and subject at the OpenID provider.

    Raises:
        NotAllowed: ``by`` is no owner.
        UserRefused: it can't be done like this.
    """
    acting = require(by, Right.USERS)
    name = " ".join(name.split())
    if not name or len(name) > NAME_LENGTH or not name.isprintable():
        raise UserRefused("name_empty")
    if _alike(session, name):
        raise UserRefused("user_exists")
    _check(role, sellers)
    if password is None and identity is None:
        raise UserRefused("password_short")
    issuer, subject = _free_identity(session, identity)
    user = User(
        name=name,
        role=role,
        sees_buyers=sees_buyers,
        limited=sellers is not None,
        password_hash=None if password is None else _hashed(password),
        oidc_issuer=issuer,
        oidc_subject=subject,
        created_by=acting.name,
    )
    if not db.add_first(session, user):
        raise UserRefused("user_exists")
    _limit(session, user, sellers)
    audit.record(session, acting, "user_added", name, role=role, **_told(user, sellers))
    return user


def change(
    session: Session,
    user: User,
    *,
    role: str,
    sees_buyers: bool,
    sellers: Collection[int] | None,
    by: Actor | None = None,
) -> None:
    """Another role, or other sellers; the user's sessions end, and what was on the screens with them.

    Raises:
        NotAllowed: ``by`` is no owner.
        UserRefused: it can't be done like this.
    """
    acting = require(by, Right.USERS)
    _check(role, sellers)
    if user.role == "owner" and role != "owner":
        _keep_an_owner(session, user)
    user.role, user.sees_buyers, user.limited = role, sees_buyers, sellers is not None
    session.add(user)
    _limit(session, user, sellers)
    sessions.end_all(session, _id(user))
    audit.record(session, acting, "user_changed", user.name, role=role, **_told(user, sellers))


def set_password(session: Session, user: User, password: str, *, by: Actor | None = None) -> None:
    """Another password; all sessions of the user end, but the one in which it was changed.

    Raises:
        NotAllowed: it is somebody else's, and ``by`` is no owner.
        UserRefused: it is too short.
    """
    acting = require(by, Right.SEE)
    if acting.user_id != user.id:
        require(acting, Right.USERS)
    user.password_hash = _hashed(password)
    session.add(user)
    sessions.end_all(session, _id(user), but=acting.session_id if acting.user_id == user.id else None)
    audit.record(session, acting, "password_changed", user.name)


def set_identity(
    session: Session, user: User, identity: tuple[str, str] | None, *, by: Actor | None = None
) -> None:
    """Who a user is at the OpenID provider, who may have made them anew; all their sessions end.

    Args:
        identity: issuer and subject; None: signs in by the password alone.

    Raises:
        NotAllowed: ``by`` is no owner.
        UserRefused: another user has it, or nothing to sign in by would be left. What else the session has
            changed is undone where somebody else was quicker.
    """
    acting = require(by, Right.USERS)
    if identity is None and user.password_hash is None:
        raise UserRefused("password_short")
    user.oidc_issuer, user.oidc_subject = _free_identity(session, identity, but=user)
    session.add(user)
    try:
        session.flush()
    except IntegrityError:
        session.rollback()
        raise UserRefused("identity_taken") from None
    sessions.end_all(session, _id(user))
    audit.record(session, acting, "identity_changed", user.name)


def change_own_password(session: Session, by: Actor, old: str, new: str) -> None:
    """As ``set_password``, for whoever knows the present one. Raises UserRefused."""
    user = None if by.user_id is None else session.get(User, by.user_id)
    if user is None:
        raise UserRefused("user_missing")
    if not passwords.fits(old, user.password_hash):
        raise UserRefused("password_wrong")
    set_password(session, user, new, by=by)


def remove(session: Session, user: User, *, by: Actor | None = None) -> None:
    """Removes a user with their sessions. What they did stays in the audit, under their name.

    Raises:
        NotAllowed: ``by`` is no owner.
        UserRefused: it is the last owner.
    """
    acting = require(by, Right.USERS)
    _keep_an_owner(session, user)
    sessions.end_all(session, _id(user))
    for table in (UserSeller, Preference):
        session.exec(delete(table).where(col(table.user_id) == user.id))
    session.delete(user)
    session.flush()
    audit.record(session, acting, "user_removed", user.name)


def sign_out_everywhere(session: Session, user: User, *, by: Actor | None = None) -> int:
    """Ends all sessions of a user; returns how many. Raises NotAllowed."""
    acting = require(by, Right.SEE)
    if acting.user_id != user.id:
        require(acting, Right.USERS)
    count = sessions.end_all(session, _id(user))
    audit.record(session, acting, "sessions_ended", user.name, count=count)
    return count


def _check(role: str, sellers: Collection[int] | None) -> None:
    if role not in ROLES:
        raise UserRefused("role_unknown")
    if role == "owner" and sellers is not None:
        raise UserRefused("owner_limited")


def _free_identity(
    session: Session, identity: tuple[str, str] | None, but: User | None = None
) -> tuple[str | None, str | None]:
    if identity is None:
        return None, None
    issuer, subject = identity
    query = select(User).where(User.oidc_issuer == issuer, User.oidc_subject == subject)
    if session.exec(query).first() not in (None, but):
        raise UserRefused("identity_taken")
    return issuer, subject


def _hashed(password: str) -> str:
    if not passwords.SHORTEST <= len(password) <= passwords.LONGEST:
        raise UserRefused("password_short")
    return passwords.hash_of(password)


def _limit(session: Session, user: User, sellers: Collection[int] | None) -> None:
    session.exec(delete(UserSeller).where(col(UserSeller.user_id) == user.id))
    for seller_id in sorted(set(sellers or ())):
        if session.get(Seller, seller_id) is not None:
            session.add(UserSeller(user_id=_id(user), seller_id=seller_id))
    session.flush()


def _keep_an_owner(session: Session, user: User) -> None:
    """Of two that take each other's role at once the second one is refused: it waits for the first."""
    if user.role != "owner":
        return
    db.begin(session)
    owners = select(User.id).where(User.role == "owner").order_by(col(User.id)).with_for_update()
    if not set(session.exec(owners)) - {user.id}:
        raise UserRefused("last_owner")


def _told(user: User, sellers: Collection[int] | None) -> dict[str, Any]:
    return {"sees_buyers": user.sees_buyers, "sellers": None if sellers is None else sorted(sellers)}


def _id(user: User) -> int:
    if user.id is None:
        raise ValueError("the user has to be stored first")
    return user.id
