"""A key that was saved while nobody knew whose it is: its orders go to the seller who is stored already."""

from __future__ import annotations

import io
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import Session, SQLModel, col, func, select, text

from tests.orders.samples import order, statistics
from tests.orders.test_tallies import counted, kept
from wbcore.keys import joining, keyring
from wbcore.orders import browse, parcel, recount, wishes, writing
from wbcore.orders import kept as kept_lists
from wbcore.orders.filters import OrderFilters
from wbcore.orders.profiles import Profile
from wbcore.orders.wishes import Wish
from wbcore.people.actor import Actor
from wbcore.store import db
from wbcore.store.models import (
    FileOrder,
    Key,
    Order,
    OrderCounter,
    OrderStatusChange,
    RejectedRow,
    Run,
    Seller,
    utc_now,
)

SID = "00000000-0000-4000-8000-00000000000d"


def stand(session: Session, known_has: tuple[int, ...] = (0, 1)) -> tuple[Key, int, int]:
    """A known seller with orders 0 and 1, an unknown one with 1 and 2; both with the same bad row."""
    known = keyring.upsert_seller(session, SID, "production", "ООО Первый")
    unknown = keyring.upsert_seller(session, f"{keyring.UNKNOWN_SID}abc", "production")
    key = Key(
        name="Магазин",
        seller_id=unknown.id,
        environment="production",
        token_encrypted=b"",
        fingerprint="abc",
        facts={},
    )
    session.add(key)
    session.flush()
    assert known.id is not None
    assert unknown.id is not None
    run = Run(id="of-the-unknown", key_id=key.id, key_name=key.name, seller_id=unknown.id, source="new")
    session.add(run)
    session.flush()
    for seller, run_id, numbers in ((known.id, "of-the-known", known_has), (unknown.id, run.id, (1, 2))):
        rows = [*(order(n) for n in numbers), {"article": "без номера"}]
        writing.write_orders(session, seller, rows, run_id=run_id, source="new")
        writing.write_statistics(session, seller, [statistics(n) for n in numbers], run_id=run_id)
    session.commit()
    return key, known.id, unknown.id


def counts(session: Session, seller_id: int) -> dict[str, int]:
    query = select(OrderCounter.kind, func.sum(OrderCounter.count)).where(OrderCounter.seller_id == seller_id)
    return dict(session.exec(query.group_by(OrderCounter.kind)).all())


def test_orders_runs_and_counts_go_to_the_seller_who_is_known(database: str) -> None:
    with db.session() as session:
        key, known, unknown = stand(session)
        run = session.exec(select(Run)).one()
        run.status = "done"
        session.commit()
        seller = keyring.identify(session, key, SID, "ООО Первый", "")
        session.commit()
        assert (seller.id, key.seller_id) == (known, known)
        orders = session.exec(select(Order.seller_id, Order.id).order_by(col(Order.id))).all()
        assert [tuple(one) for one in orders] == [(known, 1000), (known, 1001), (known, 1002)]
        assert {one.seller_id for one in session.exec(select(OrderStatusChange))} <= {known}
        assert counts(session, known) == {"fbs": 3, "statistics": 3}
        assert counts(session, unknown) == {}
        assert browse.counters(session).total == 3
        assert [one.seller_id for one in session.exec(select(Run))] == [known]
        unread = session.exec(select(RejectedRow)).all()
        assert [one.seller_id for one in unread] == [known]
        assert len(writing.list_rejected(session, run_id="of-the-unknown")) == 1
        assert session.get(Seller, unknown) is None


def test_while_an_import_writes_nothing_moves(database: str) -> None:
    with db.session() as session:
        key, known, unknown = stand(session)
        run = session.exec(select(Run)).one()
        run.status = "running"
        session.commit()
        seller = keyring.identify(session, key, SID, "ООО Первый", "")
        session.commit()
        assert (seller.id, key.seller_id) == (unknown, unknown)
        assert counts(session, known) == {"fbs": 2, "statistics": 2}
        assert not keyring.is_named(seller), "the import's end asks again"


@pytest.mark.parametrize("known_has", [(0, 1), (0,), ()])
def test_figures_are_those_of_the_orders_that_are_there(database: str, known_has: tuple[int, ...]) -> None:
    """What the overview and the charts say: of an order that both had it is said once."""
    with db.session() as session:
        key, known, _ = stand(session, known_has)
        session.exec(select(Run)).one().status = "done"
        keyring.identify(session, key, SID, "ООО Первый", "")
        session.commit()
    recount.work()
    with db.session() as session:
        assert kept(session) == counted(session)
        assert {place[0] for place in kept(session)[0]} == {known}


def test_nothing_is_left_with_the_seller_nobody_knew(database: str) -> None:
    """Rows of a seller that is gone are seen nowhere; a table that is added some day is thought of, too."""
    with db.session() as session:
        key, _, unknown = stand(session)
        session.exec(select(Run)).one().status = "done"
        tables = [name for name, table in SQLModel.metadata.tables.items() if "seller_id" in table.columns]
        assert {name for name in tables if name not in joining.THOUGHT_OF} == set()
        keyring.identify(session, key, SID, "ООО Первый", "")
        session.commit()
        for table in tables:
            left = session.connection().execute(
                text(f"SELECT count(*) FROM {table} WHERE seller_id = {unknown}")
            )
            assert left.scalar_one() == 0, table


def test_who_has_asked_for_the_seller_by_its_number_still_gets_its_orders(
    database: str,
) -> None:
    """A kept list, a file of each day and one that waits to be made: each with the orders of both."""
    me = Actor.machine("test")
    with db.session() as session:
        key, known, unknown = stand(session)
        other = keyring.upsert_seller(session, "s9", "production", "ООО Другой")
        session.exec(select(Run)).one().status = "done"
        for name, seller_id in (("мой", unknown), ("чужой", other.id)):
            kept_lists.put(session, me, "view", name, wishes.written(Wish(seller=seller_id)))
        asked = OrderFilters(seller_ids=(unknown,))
        file = parcel.ask(session, me, asked, Profile(("number",), form="csv"), "ru", ZoneInfo("UTC"))
        made = FileOrder(
            name="утро", view=wishes.written(Wish(seller=unknown)), daily_at="09:00", next_at=utc_now()
        )
        session.add(made)
        session.commit()
        keyring.identify(session, key, SID, "ООО Первый", "")
        session.commit()
        views = [wishes.read(row.data).seller for row in kept_lists.of(session, me)]
        assert views == [known, other.id]
        session.refresh(made)
        assert wishes.read(made.view).seller == known
        session.refresh(file)
        written = io.BytesIO()
        assert parcel.make(session, file.wish, written, me, lambda _rows: None) == 3
