"""The learning cabinet: keys of an invented seller, served by the built-in sandbox, to try everything on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from sqlmodel import Session, col, delete, select

from wbcore.guidance.texts import t
from wbcore.jobs.clients import DEMO_ANCHOR, demo_anchor
from wbcore.jobs.keys import add_key
from wbcore.sandbox import server
from wbcore.settings import settings
from wbcore.store import db, keys, values
from wbcore.store.models import (
    Key,
    Order,
    OrderClient,
    OrderCounter,
    OrderStatusChange,
    RejectedRow,
    Run,
    Seller,
    StatisticsOrder,
)

DEMO_KEYS: Final = (("jobs-demo-shop", "full"), ("jobs-demo-statistics", "statistics_only"))
"""Text that names the key -> the sandbox' token: one that can do everything, one without Marketplace."""
FRESH_DAYS: Final = 60
"""A cabinet older than this starts again: its orders would be too old to be imported."""


def ensure_demo(lang: str | None = None) -> list[Key]:
    """The keys of the learning cabinet, made where they are missing. Calling it again changes nothing."""
    with db.session() as session:
        there = demo_keys(session)
        if not there:
            _start_again(session)
    tokens = server.embedded(demo_anchor()).tokens
    known = {key.fingerprint for key in there}
    names = {key.name for key in there}
    for text, token in DEMO_KEYS:
        name = t(lang or settings().lang, text)
        if len(there) < len(DEMO_KEYS) and name not in names and not _is_known(tokens[token], known):
            add_key(_free(name), tokens[token], environment="demo")
    with db.session() as session:
        return demo_keys(session)


def demo_keys(session: Session) -> list[Key]:
    return [key for key in keys.list_keys(session) if key.environment == "demo"]


def remove_demo() -> None:
    """Removes the learning cabinet: its keys, its orders, its runs."""
    with db.session() as session:
        for key in demo_keys(session):
            keys.remove(session, key)
        sellers = session.exec(select(Seller).where(Seller.environment == "demo")).all()
        ids = [seller.id for seller in sellers]
        for table in (Order, OrderClient, OrderCounter, OrderStatusChange, RejectedRow, StatisticsOrder, Run):
            session.exec(delete(table).where(col(table.seller_id).in_(ids)))
        for seller in sellers:
            session.delete(seller)
        session.commit()


def _start_again(session: Session) -> None:
    stored = values.get(session, DEMO_ANCHOR)
    old = isinstance(stored, str) and datetime.fromisoformat(stored) < datetime.now(UTC) - timedelta(
        FRESH_DAYS
    )
    if old:
        values.put(session, DEMO_ANCHOR, datetime.now(UTC).replace(microsecond=0).isoformat())
        session.commit()


def _is_known(token: str, fingerprints: set[str]) -> bool:
    from wbcore.api.token import read  # noqa: PLC0415

    return read(token).fingerprint in fingerprints


def _free(name: str) -> str:
    """The name, or the name with a number where a key of the operator's has it."""
    with db.session() as session:
        taken = {key.name for key in keys.list_keys(session)}
    return next(n for n in (name, *(f"{name} {i}" for i in range(2, 1000))) if n not in taken)
