"""The learning cabinet: keys of an invented seller, served by the built-in sandbox, to try everything on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from sqlmodel import Session, col, select

from wbcore.guidance.texts import t
from wbcore.keys import cabinet, keyring
from wbcore.keys.clients import DEMO_ANCHOR, demo_anchor
from wbcore.keys.saving import add_key
from wbcore.people import audit
from wbcore.people.actor import Actor, Right, require
from wbcore.settings import settings
from wbcore.store import db, ownership, values
from wbcore.store.models import Key, Run, Seller
from wbcore.store.patience import patiently
from wbcore.store.problems import KeyExists

DEMO_KEYS: Final = (("jobs-demo-shop", "full"), ("jobs-demo-statistics", "statistics_only"))
"""Text that names the key -> the sandbox' token: one that can do everything, one without Marketplace."""
FRESH_DAYS: Final = 60
"""A cabinet older than this starts again: its orders would be too old to be imported."""
REMOVE_PATIENCE_S: Final = 20.0
"""How long its removal is tried again where an import of it is just being written."""


def ensure_demo(lang: str | None = None, *, by: Actor | None = None) -> list[Key]:
    """The keys of the learning cabinet, made where they are missing. Calling it again changes nothing.

    Raises:
        NotAllowed: ``by`` is no owner.
    """
    acting = require(by, Right.KEYS)
    with db.session() as session:
        there = demo_keys(session)
        if not there:
            _start_again(session)
    from wbcore.sandbox import server  # noqa: PLC0415 (slow to import)

    tokens = server.embedded(demo_anchor()).tokens
    if not there:
        with db.session() as session:
            cabinet.restore(session, [tokens[token] for _, token in DEMO_KEYS])
            session.commit()
    if len(there) < len(DEMO_KEYS):
        for text, token in DEMO_KEYS:
            _ensure(t(lang or settings().lang, text), tokens[token], acting)
    with db.session() as session:
        return demo_keys(session)


def demo_keys(session: Session) -> list[Key]:
    return [key for key in keyring.list_keys(session) if key.environment == "demo"]


def remove_demo(*, by: Actor | None = None) -> None:
    """Removes the learning cabinet: its keys, its tokens, its orders, its runs. Raises NotAllowed."""
    acting = require(by, Right.KEYS)

    def transaction() -> None:
        with db.writing() as session:
            _remove(session)
            audit.record(session, acting, "demo_removed")
            session.commit()

    patiently(transaction, REMOVE_PATIENCE_S)


def _remove(session: Session) -> None:
    """An import that is at work loses its run with it, and ends by itself."""
    db.begin(session)
    ids = session.exec(select(Seller.id).where(Seller.environment == "demo")).all()
    # In the order in which an import's transactions take them: the seller, its runs, its keys.
    there = ownership.lock(session, [found for found in ids if found is not None], alone=True)
    for table in (Run, Key):
        session.exec(select(table.id).where(col(table.seller_id).in_(there)).with_for_update()).all()
    ownership.forget(session, there)
    cabinet.forget(session)


def _start_again(session: Session) -> None:
    stored = values.get(session, DEMO_ANCHOR)
    old = isinstance(stored, str) and datetime.fromisoformat(stored) < datetime.now(UTC) - timedelta(
        FRESH_DAYS
    )
    if old:
        values.put(session, DEMO_ANCHOR, datetime.now(UTC).replace(microsecond=0).isoformat())
        session.commit()


def _ensure(wanted: str, token: str, acting: Actor) -> None:
    """Makes one of the keys, unless it is there; somebody else may press in the same moment."""
    before = None
    while (name := _free(wanted, token)) is not None:
        try:
            add_key(name, token, environment="demo", by=acting)
        except KeyExists:  # they were quicker: what is there now is looked at anew
            if name == before:  # and is not seen by whoever presses
                raise
            before = name
            continue
        with db.session() as session:
            cabinet.register(session, token, name)
            session.commit()
        return


def _free(wanted: str, token: str) -> str | None:
    """The name, or the name with a number where a key of the operator's has it; None: the key is there."""
    from wbcore.api.token import read  # noqa: PLC0415

    with db.session() as session:
        taken = {key.name: key for key in keyring.list_keys(session)}
    demo = [key for key in taken.values() if key.environment == "demo"]
    if any(key.name == wanted or key.fingerprint == read(token).fingerprint for key in demo):
        return None
    return next(n for n in (wanted, *(f"{wanted} {i}" for i in range(2, 1000))) if n not in taken)
