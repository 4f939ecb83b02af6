"""A user limited to sellers: the limit stands in every statement, whoever wrote it."""

from __future__ import annotations

import pytest
from sqlalchemy import func
from sqlmodel import col, select

from wbcore.store import db, models, visibility
from wbcore.store.models import CapabilityState, Checklist, Key, Order, Run, Seller


@pytest.fixture
def two_sellers(database: str) -> None:
    """Sellers 1 and 2, each with a key, an order, a run, a checklist and a capability."""
    with db.session() as session:
        for number in (1, 2):
            session.add(Seller(id=number, sid=f"sid-{number}", environment="production"))
        session.flush()
        for number in (1, 2):
            session.add(
                Key(
                    id=number,
                    name=f"key-{number}",
                    seller_id=number,
                    environment="production",
                    token_encrypted=b"",
                    fingerprint="",
                    facts={},
                )
            )
        session.flush()
        for number in (1, 2):
            session.add(Order(seller_id=number, id=number, digest=0, raw=b"{}"))
            session.add(Run(id=f"run-{number}", key_id=number, key_name="", seller_id=number, source="new"))
            session.add(
                Checklist(id=f"list-{number}", key_id=number, code="c", severity="error", diagnosis={})
            )
            session.add(CapabilityState(key_id=number, capability="ping", status="ok", evidence="token"))
        session.commit()


def test_each_way_to_ask_is_limited(two_sellers: None) -> None:
    with db.unlimited_session() as session:
        visibility.limit(session, frozenset({1}))
        assert [key.id for key in session.exec(select(Key))] == [1]
        assert list(session.exec(select(Key.name))) == ["key-1"]
        assert session.exec(select(func.count()).select_from(Order)).one() == 1
        assert session.exec(select(func.count(col(Run.id)))).one() == 1
        assert list(session.exec(select(Checklist.id))) == ["list-1"]
        assert list(session.exec(select(Seller.sid))) == ["sid-1"]
        joined = select(CapabilityState.key_id).join(Key, col(Key.id) == col(CapabilityState.key_id))
        assert list(session.exec(joined)) == [1]
        inside = select(Key.id, func.count().label("n")).group_by(col(Key.id)).subquery()
        assert [row.id for row in session.execute(select(inside.c.id))] == [1]
    for model, identity in ((Key, 2), (Run, "run-2"), (Checklist, "list-2"), (Order, (2, 2)), (Seller, 2)):
        with db.unlimited_session() as session:
            visibility.limit(session, frozenset({1}))
            assert session.get(model, identity) is None, model


def test_who_knows_no_seller_sees_nothing(two_sellers: None) -> None:
    with db.unlimited_session() as session:
        visibility.limit(session, frozenset())
        for model in (Key, Seller, Order, Run, Checklist, CapabilityState):
            assert session.exec(select(model)).all() == [], model


def test_a_limited_session_changes_nothing_of_others(two_sellers: None) -> None:
    from sqlmodel import delete, update

    with db.unlimited_session() as session:
        visibility.limit(session, frozenset({1}))
        session.exec(update(Run).values(source="changed"))
        session.exec(delete(Order))
        session.commit()
    with db.unlimited_session() as session:
        assert sorted((run.id, run.source) for run in session.exec(select(Run))) == [
            ("run-1", "changed"),
            ("run-2", "new"),
        ]
        assert [order.seller_id for order in session.exec(select(Order))] == [2]


def test_every_table_of_sellers_is_limited() -> None:
    """A table that comes some day and says whose a row is only through another one is thought of."""
    owners = {"seller_id", "key_id", "row_id"}
    free = {
        "User", "UserSession", "SignInFailure", "AuditEntry", "AuditHead", "Quota", "Worker", "Value",
        "AlertChannel", "Alert", "Chore", "RequestCount", "Seller", "Preference", "Lease",
        "Kept", "UserFile", "FileOrder",  # each user's own, or owners' alone
    }  # fmt: skip
    for mapper in models.SQLModel._sa_registry.mappers:
        assert owners & set(mapper.columns.keys()) or mapper.class_.__name__ in free, mapper.class_.__name__
