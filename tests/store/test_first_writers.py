"""Two that start at once write the same thing for the first time: neither fails over it."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlmodel import Session, select

from wbcore.guidance import checklist
from wbcore.guidance.diagnosis import Diagnosis
from wbcore.keys import capabilities, keyring
from wbcore.people import preferences
from wbcore.people.actor import Actor
from wbcore.store import db, ownership, timekeeping, values
from wbcore.store.models import CapabilityChange, CapabilityState, Checklist, Key, Preference, Seller, Value
from wbcore.store.states import Severity

KEY_ID = 5
DENIED = Diagnosis(code="scope_missing", severity=Severity.ERROR, required_category="marketplace")

TABLES = (Value, Preference, CapabilityState, Checklist, Seller)


def report(session: Session, nth: int) -> None:
    """As an import and a check do, which meet the same refusal in the same moment."""
    found = checklist.open_or_update(session, DENIED, session.get_one(Key, KEY_ID), run_id=str(nth))
    session.flush()
    assert found.run_id == str(nth)


FIRST_WRITES: dict[str, Callable[[Session, int], object]] = {
    "a setting": lambda session, nth: values.put(session, "name", nth),
    "a choice": lambda session, nth: preferences.keep(session, Actor.machine(), "lang", ("ru", "en")[nth]),
    "a key's method": lambda session, nth: capabilities.record(session, KEY_ID, "orders.new", "ok", "probe"),
    "a problem": report,
    "a seller": lambda session, nth: keyring.upsert_seller(session, "sid", "production", f"Магазин {nth}"),
    "a wrong clock": lambda session, nth: timekeeping.note(session, 900.0 + 90 * nth),
}


@pytest.fixture
def key(database: str) -> None:
    del database
    with db.session() as session:
        session.add(Seller(id=7, sid="seller", environment="production"))
        session.flush()
        row = Key(id=KEY_ID, name="Магазин", seller_id=7, environment="production", facts={})
        row.token_encrypted, row.fingerprint = b"", "print"
        session.add(row)
        session.commit()


def write_and_commit(write: Callable[[Session, int], object]) -> None:
    with db.session() as session:
        write(session, 1)
        session.commit()


@pytest.mark.usefixtures("key")
@pytest.mark.parametrize("write", FIRST_WRITES.values(), ids=FIRST_WRITES)
def test_the_first_to_write_is_not_alone(write: Callable[[Session, int], object]) -> None:
    with ThreadPoolExecutor(1) as pool:
        with db.session() as session:
            write(session, 0)
            other = pool.submit(write_and_commit, write)
            time.sleep(0.3)  # the other has looked, found nothing, and waits to write
            assert not other.done()
            session.commit()
        other.result(120)
    with db.session() as session:
        values.drop(session, ownership.LAST_ID)  # the number that SQLite's next seller gets
        kept = {table: len(session.exec(select(table)).all()) for table in TABLES}
        assert sum(kept.values()) == 2, "the fixture's seller, and what was written"
        changes = session.exec(select(CapabilityChange)).all()
        assert len(changes) == kept[CapabilityState], "a change is told once"
