"""Keys and their sellers. A token is encrypted on its way in and decrypted by ``token_of`` alone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol

from sqlmodel import Session, col, select

from wbcore.store.crypto import vault
from wbcore.store.errors import KeyExists
from wbcore.store.models import Key, Seller, utc_now

__all__ = [
    "KeyExists",
    "get_key",
    "get_seller",
    "list_keys",
    "list_sellers",
    "names_by_seller",
    "other_key_with",
    "remove",
    "rename",
    "save",
    "sellers_of",
    "token_of",
    "upsert_seller",
]


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


def upsert_seller(
    session: Session, sid: str, environment: str, name: str = "", trade_mark: str = ""
) -> Seller:
    """The seller of this id in this environment, made when new. Empty names never replace known ones."""
    seller = session.exec(select(Seller).where(Seller.sid == sid, Seller.environment == environment)).first()
    if seller is None:
        seller = Seller(sid=sid, environment=environment)
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
    replace: bool = False,
) -> Key:
    """Stores a key, its token encrypted. The caller commits.

    Args:
        verified_at: when WB took this token; None when WB could not be asked.
        replace: the token of a key of this name is replaced; otherwise that is refused.

    Raises:
        KeyExists: the name is taken and ``replace`` is not set.
        SecretKeyError: the secret key can't be read.
    """
    key = get_key(session, name)
    if key is not None and not replace:
        raise KeyExists(name)
    encrypted = vault().encrypt(token)
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
    session.add(key)
    session.flush()
    return key


def rename(session: Session, key: Key, name: str) -> None:
    """Raises KeyExists when another key has this name."""
    other = get_key(session, name)
    if other is not None and other.id != key.id:
        raise KeyExists(name)
    key.name = name
    session.add(key)
    session.flush()


def remove(session: Session, key: Key) -> None:
    """Removes the key, its token, health and checklists. Its seller's orders and its runs stay."""
    session.delete(key)
    session.flush()


def token_of(key: Key) -> str:
    """The token in clear. Raises SecretKeyError when the secret key is another one now."""
    return vault().decrypt(key.token_encrypted)


def other_key_with(
    session: Session, seller_id: int, category: str, not_key_id: int | None = None
) -> Key | None:
    """Another key of the seller whose token opens this category; the one saved last."""
    query = select(Key).where(Key.seller_id == seller_id).order_by(col(Key.token_saved_at).desc())
    keys = session.exec(query).all()
    return next((k for k in keys if k.id != not_key_id and category in k.facts.get("categories", ())), None)


def _id(seller: Seller) -> int:
    if seller.id is None:
        raise ValueError("the seller has to be stored first (upsert_seller)")
    return seller.id
