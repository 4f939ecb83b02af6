"""Keys and their sellers. A token is encrypted on its way in and decrypted by ``token_of`` alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final, Protocol

from sqlmodel import Session, col, func, select

from wbcore.keys import joining
from wbcore.store import db, ownership, sealed, values
from wbcore.store.crypto import vault
from wbcore.store.models import Key, Seller, utc_now
from wbcore.store.problems import KeyExists

__all__ = [
    "KeyExists",
    "by_id",
    "get_key",
    "get_seller",
    "identify",
    "is_named",
    "list_keys",
    "list_sellers",
    "names_by_seller",
    "names_with",
    "opens",
    "other_key_with",
    "remove",
    "rename",
    "save",
    "seller_of_sid",
    "sellers_and_keys",
    "sellers_of",
    "token_of",
    "upsert_seller",
]

REMOVED: Final = "keys.removed"
"""Under this name the largest id that a removed key had."""


class Facts(Protocol):
    """What is stored of a token (``api.token.TokenFacts``)."""

    @property
    def fingerprint(self) -> str: ...

    def to_record(self) -> dict[str, Any]: ...


def list_keys(session: Session) -> list[Key]:
    """All keys by name."""
    return list(session.exec(select(Key).order_by(col(Key.name))).all())


def get_key(session: Session, key: str | int) -> Key | None:
    """A key by its name (str) or id (int)."""
    if isinstance(key, int):
        return session.get(Key, key)
    return session.exec(select(Key).where(Key.name == key)).first()


def unchanged(session: Session, asked: Key) -> Key | None:
    """A key as it is stored, if it has the token that WB was asked with.

    None: it is gone, or has another token by now: what WB has said is not about that one.
    """
    row = session.get(Key, asked.id, populate_existing=True)
    return row if row is not None and row.fingerprint == asked.fingerprint else None


def by_id(session: Session, ids: Iterable[int]) -> dict[int, Key]:
    """Many keys by id, in one query; those that are gone are left out."""
    wanted = list(ids)
    if not wanted:
        return {}
    found = session.exec(select(Key).where(col(Key.id).in_(wanted))).all()
    return {key.id: key for key in found if key.id is not None}


def sellers_and_keys(session: Session) -> Sequence[tuple[Seller, Key | None]]:
    """All sellers, each with each of its keys (None: it has none), by the keys' names, in one query."""
    query = select(Seller, Key).join(Key, col(Key.seller_id) == col(Seller.id), isouter=True)
    return session.exec(query.order_by(col(Key.name), col(Seller.id))).all()


def get_seller(session: Session, seller_id: int) -> Seller:
    """Raises KeyError when there is none: a key always has one."""
    seller = session.get(Seller, seller_id)
    if seller is None:
        raise KeyError(seller_id)
    return seller


def list_sellers(session: Session) -> list[Seller]:
    return list(session.exec(select(Seller).order_by(col(Seller.name), col(Seller.id))).all())


def sellers_of(session: Session, keys: Sequence[Key]) -> dict[int, Seller]:
    """Sellers of many keys by seller id, in one query."""
    ids = {key.seller_id for key in keys}
    found = session.exec(select(Seller).where(col(Seller.id).in_(ids))).all()
    return {seller.id: seller for seller in found if seller.id is not None}


def names_by_seller(session: Session) -> dict[int, str]:
    """Seller id -> the name of its oldest key: how an order's seller is called where a key is asked for."""
    rows = session.exec(select(Key.seller_id, Key.name).order_by(col(Key.id).desc())).all()
    return dict(iter(rows))


UNKNOWN_SID: Final = "token:"
"""How the id begins that stands for a seller's until WB has said who it is."""


def is_named(seller: Seller) -> bool:
    """Whether WB has said who the seller is."""
    return bool(seller.name or seller.trade_mark) and not seller.sid.startswith(UNKNOWN_SID)


def seller_of_sid(session: Session, sid: str, environment: str) -> Seller | None:
    return session.exec(select(Seller).where(Seller.sid == sid, Seller.environment == environment)).first()


def identify(session: Session, key: Key, sid: str, name: str, trade_mark: str) -> Seller:
    """Keeps what WB says of a key's seller. The caller commits.

    A seller whose id was not known gets it, with all its orders; where the same seller is stored already, the
    key goes to it, and so do its orders, runs and counts.
    """
    seller = get_seller(session, key.seller_id)
    known = seller_of_sid(session, sid, key.environment) if sid else seller
    if known is None and seller.sid.startswith(UNKNOWN_SID):
        seller.sid = sid
    elif known is not None and known.id != seller.id and seller.sid.startswith(UNKNOWN_SID):
        if not _join(session, key, seller, known):
            return seller
        seller = known
    if sid and seller.sid != sid:  # the key was filled with another seller's token meanwhile
        return seller
    seller.name = name or seller.name
    seller.trade_mark = trade_mark or seller.trade_mark
    session.add(seller)
    session.add(key)
    session.flush()
    return seller


def _join(session: Session, key: Key, unknown: Seller, known: Seller) -> bool:
    """Whether all that was an unknown seller's is the known one's now; else the next import asks again."""
    there = ownership.lock(session, (_id(unknown), _id(known)), alone=True)
    session.add(key)
    if _id(unknown) not in there:  # another process was quicker
        session.refresh(key)
    elif joining.busy(session, _id(unknown)):
        return False
    else:
        joining.join(session, _id(unknown), _id(known))
    return True


def names_with(session: Session, fingerprint: str, not_key_id: int | None = None) -> list[str]:
    """Names of the keys that hold this very token."""
    rows = session.exec(select(Key.id, Key.name).where(Key.fingerprint == fingerprint).order_by(Key.name))
    return [name for key_id, name in rows if key_id != not_key_id]


def upsert_seller(
    session: Session, sid: str, environment: str, name: str = "", trade_mark: str = ""
) -> Seller:
    """The seller of this id in this environment, made when new. Empty names never replace known ones."""
    seller = seller_of_sid(session, sid, environment)
    if seller is None:
        made = Seller(id=ownership.next_id(session), sid=sid, environment=environment)
        seller = made if db.add_first(session, made) else seller_of_sid(session, sid, environment) or made
    seller.name = name or seller.name
    seller.trade_mark = trade_mark or seller.trade_mark
    session.add(seller)
    session.flush()
    return seller


def save(  # noqa: PLR0917 (a key is that much)
    session: Session,
    name: str,
    token: str,
    facts: Facts,
    seller: Seller,
    environment: str,
    verified_at: datetime | None,
    *,
    into: int | None = None,
) -> Key:
    """Stores a key, its token encrypted. The caller commits.

    Args:
        verified_at: when WB took this token; None when WB could not be asked.
        into: id of the key whose token is replaced, whatever it is called by now; ``name`` says nothing then.

    Raises:
        KeyError: the key of ``into`` is not there any more.
        KeyExists: there is no ``into``, and the name is taken.
        SecretKeyError: the secret key can't be read.
    """
    key = get_key(session, name if into is None else into)
    if into is None and key is not None:
        raise KeyExists(name)
    if into is not None and key is None:
        raise KeyError(into)
    encrypted = sealed.vault_for(session).encrypt(token)
    record = facts.to_record()
    if key is None:
        key = Key(
            name=name,
            seller_id=_id(seller),
            environment=environment,
            token_encrypted=encrypted,
            fingerprint=facts.fingerprint,
            facts=record,
        )
    key.seller_id = _id(seller)
    key.environment = environment
    key.token_encrypted = encrypted
    key.fingerprint = facts.fingerprint
    key.facts = record
    key.verified_at = verified_at
    key.token_saved_at = utc_now()
    if key.id is None:
        db.begin(session)
        key.id = _next_id(session)
        if not db.add_first(session, key):
            raise KeyExists(name)
    session.add(key)
    session.flush()
    return key


def _next_id(session: Session) -> int | None:
    """SQLite would give a removed key's id to the next one, and what is pressed in an open page for the one
    would be done for the other. None: as the database has it."""
    removed: int | None = values.get(session, REMOVED)
    if removed is None:
        return None
    newest = session.exec(select(func.max(Key.id))).one()
    return max(removed, newest or 0) + 1


def rename(session: Session, key: Key, name: str) -> None:
    """Raises KeyExists when another key has this name."""
    other = get_key(session, name)
    if other is not None and other.id != key.id:
        raise KeyExists(name)
    key.name = name
    if not db.add_first(session, key):
        raise KeyExists(name)


def remove(session: Session, key: Key) -> None:
    """Removes the key, its token, health and checklists. Its seller's orders and its runs stay."""
    if db.is_sqlite(session.connection()):
        values.put(session, REMOVED, max(key.id or 0, values.get(session, REMOVED) or 0))
    session.delete(key)
    session.flush()


def token_of(key: Key) -> str:
    """The token in clear. Raises SecretKeyError when the secret key is another one now."""
    return vault().decrypt(key.token_encrypted)


def other_key_with(
    session: Session, seller_id: int, category: str, not_key_id: int | None = None
) -> Key | None:
    """Another key of the seller whose token opens this category and has not expired; the one saved last."""
    query = select(Key).where(Key.seller_id == seller_id).order_by(col(Key.token_saved_at).desc())
    others = (key for key in session.exec(query) if key.id != not_key_id)
    now = utc_now()
    return next((key for key in others if opens(key, category, now)), None)


def opens(key: Key, category: str | None, now: datetime) -> bool:
    """Whether a key's token opens a category, and has not expired."""
    until = key.facts.get("expires_at")
    return category in key.facts.get("categories", ()) and (not until or datetime.fromisoformat(until) > now)


def _id(seller: Seller) -> int:
    if seller.id is None:
        raise ValueError("the seller has to be stored first (upsert_seller)")
    return seller.id
