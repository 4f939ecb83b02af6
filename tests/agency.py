"""A database as an agency has it: keys of many sellers, their orders, imports that have ended, problems."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlmodel import Session, select

from tests.orders.samples import order, write
from wbcore.api import token as tokens
from wbcore.api.catalog import CAPABILITIES
from wbcore.guidance import checklist, diagnosis
from wbcore.guidance.diagnosis import Evidence
from wbcore.imports import runs, timetable
from wbcore.keys import keyring
from wbcore.sandbox.tokens import mint
from wbcore.store import db
from wbcore.store.models import CapabilityState, Key, Seller

NOW = datetime.now(UTC)


def fill(keys: int) -> list[int]:
    """So many keys, each of its own seller, with all that a page can have to say; their ids."""
    db.prepare()
    with db.session() as session:
        ids = [_key(session, number) for number in range(keys)]
        session.commit()
    return ids


def seller_of(session: Session, key_id: int) -> int:
    key = session.get(Key, key_id)
    assert key is not None
    return key.seller_id


def _key(session: Session, number: int) -> int:
    """Every token lacks a category and ends soon, and its import has failed."""
    key = add_key(session, number)
    assert key.id is not None
    for method in CAPABILITIES:
        bad = number % 3 == 0 and method.id == "orders.new"
        state = CapabilityState(
            key_id=key.id,
            capability=method.id,
            status="error" if bad else "ok",
            evidence="probe",
            latency_ms=120,
            diagnosis={"code": "wb_unavailable"} if bad else None,
        )
        session.add(state)
    run = runs.create(session, key, "new", {"statuses": True}, "button")
    run.status, run.started_at, run.finished_at = "failed", NOW, NOW
    timetable.save(session, key.id, "new", every_minutes=60, tz="Europe/Moscow", params={}, now=NOW)
    found = diagnosis.preflight("orders.new", evidence(key))
    assert found is not None
    checklist.open_or_update(session, found, key, run.id)
    return key.id


def take_orders(count: int) -> None:
    """So many orders of each seller, one every three hours."""
    with db.session() as session:
        for seller in session.exec(select(Seller)).all():
            assert seller.id is not None
            numbers = [1_000_000 * seller.id + number for number in range(count)]
            at = [NOW - timedelta(hours=3 * number) for number in range(count)]
            rows = [
                order(number, id=id_, createdAt=made.strftime("%Y-%m-%dT%H:%M:%SZ"))
                for number, (id_, made) in enumerate(zip(numbers, at, strict=True))
            ]
            write(session, seller.id, rows)


def add_key(
    session: Session, number: int, bits: tuple[int, ...] = (5,), ends: datetime = NOW + timedelta(days=5)
) -> Key:
    sid = f"5a1e0000-0000-4000-8000-{number:012x}"
    token = mint(bits=bits, sid=sid, expires=ends)
    facts = tokens.read(token)
    assert facts.seller_sid is not None
    seller = keyring.upsert_seller(session, facts.seller_sid, "production", f"Продавец {number}")
    return keyring.save(session, f"Ключ {number:03}", token, facts, seller, "production", NOW)


def evidence(key: Key) -> Evidence:
    return Evidence(now=NOW, key_name=key.name, facts=tokens.TokenFacts.from_record(key.facts))
