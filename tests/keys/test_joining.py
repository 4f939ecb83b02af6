"""A key that was saved while nobody knew whose it is: its orders go to the seller who is stored already."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import Session, SQLModel, col, func, select, text

from tests.orders.samples import START, order, statistics
from tests.orders.test_tallies import counted, kept
from wbcore.keys import joining, keyring
from wbcore.orders import browse, figures, parcel, recount, vocabulary, wishes, writing
from wbcore.orders import kept as kept_lists
from wbcore.orders.filters import OrderFilters
from wbcore.orders.profiles import Profile
from wbcore.orders.tallies import hour_of
from wbcore.orders.wishes import Wish
from wbcore.people.actor import Actor
from wbcore.store import db, values
from wbcore.store.models import (
    DayRule,
    DayTold,
    FileOrder,
    Key,
    Order,
    OrderCounter,
    OrderStatusChange,
    OrderWait,
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


def become_known(session: Session, key: Key) -> None:
    session.exec(select(Run)).one().status = "done"
    keyring.identify(session, key, SID, "ООО Первый", "")
    session.commit()


def test_the_orders_are_found_and_drawn_with_those_that_were_there(database: str) -> None:
    """By a part of a number or an article, by a warehouse; in the charts of weeks, and of how soon they were
    taken into assembly."""
    weeks = START.date() - timedelta(days=20), START.date() + timedelta(days=20)
    with db.session() as session:
        key, known, unknown = stand(session, known_has=(0,))
        rows = [order(n, offices=["Казань"], article="far") for n in (7, 8)]
        writing.write_orders(session, unknown, rows, run_id="of-the-unknown", source="new")
        moment = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)
        hour = hour_of(int(moment.timestamp()))
        for seller in (known, unknown):
            session.add(OrderWait(seller_id=seller, hour=hour, model="fbs", hours=1, count=2))
        session.flush()
        become_known(session, key)

        def found(part: str) -> list[int | None]:
            asked = OrderFilters(seller_ids=(known,), text=part)
            return [row.id for row in browse.page(session, asked).rows]

        assert found("008") == [1008]
        assert found("fa") == [1008, 1007]
        offered = vocabulary.choices(session, [known], ["article", "office"])
        assert (offered["article"].count("far"), offered["office"]) == (1, ["Казань"])
        named = figures.top(session, "article", *weeks, known)
        assert {row.name: row.sold.count for row in named} == {"art-0": 1, "art-1": 1, "art-2": 1, "far": 2}
        waits = figures.waits(session, moment - timedelta(days=1), moment + timedelta(days=1), known)
        assert waits[1] == 4


def test_the_counts_of_each_status_are_those_of_the_orders(database: str) -> None:
    with db.session() as session:
        key, known, unknown = stand(session)
        for seller, number, status in ((unknown, 1, "confirm"), (unknown, 2, "complete"), (known, 0, "new")):
            said = {"id": 1000 + number, "supplierStatus": status, "wbStatus": "waiting"}
            writing.write_statuses(session, seller, [said], run_id="of-the-unknown")
        session.flush()
        become_known(session, key)
        assert browse.counters(session, known, "orders").supplier_status == {"complete": 1, "new": 2}


@pytest.mark.parametrize("known_wishes", [True, False])
def test_what_people_want_to_be_told_of_the_day_goes_over_where_nothing_is_wished_for(
    database: str, known_wishes: bool
) -> None:
    """And what was told of an order is not told once more."""
    with db.session() as session:
        key, known, unknown = stand(session)
        session.add(DayRule(seller_id=unknown, news_minutes=15))
        if known_wishes:
            session.add(DayRule(seller_id=known, news_minutes=60))
        session.add_all(
            DayTold(seller_id=seller, kind="waiting", order_id=number, at=START)
            for seller, number in ((known, 1001), (unknown, 1001), (unknown, 1002))
        )
        session.flush()
        become_known(session, key)
        rules = [(rule.seller_id, rule.news_minutes) for rule in session.exec(select(DayRule))]
        assert rules == [(known, 60 if known_wishes else 15)]
        told = {(row.seller_id, row.order_id) for row in session.exec(select(DayTold))}
        assert told == {(known, 1001), (known, 1002)}


def test_who_waits_for_its_sums_already_goes_on_waiting(database: str) -> None:
    """Two unknown sellers may be known within a minute, before the first one's are counted anew."""
    with db.session() as session:
        key, known, _ = stand(session)
        session.exec(select(Run)).one().status = "done"
        values.put(session, joining.RECOUNT, [known + 100])
        keyring.identify(session, key, SID, "ООО Первый", "")
        session.commit()
        assert values.get(session, joining.RECOUNT) == [known, known + 100]


def test_nothing_is_left_with_the_seller_nobody_knew(database: str) -> None:
    """Rows of a seller that is gone are seen nowhere; a table that is added some day is thought of, too."""
    with db.session() as session:
        key, known, unknown = stand(session)
        unread = [{"article": "без номера у одного"}]
        writing.write_orders(session, unknown, unread, run_id="of-the-unknown", source="new")
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
        assert [one.seller_id for one in session.exec(select(RejectedRow))] == [known, known]


@pytest.mark.parametrize("state", ["queued", "making"])
def test_who_has_asked_for_the_seller_by_its_number_still_gets_its_orders(database: str, state: str) -> None:
    """A kept list, a file of each day and one that waits to be made: each with the orders of both."""
    me = Actor.machine("test")
    with db.session() as session:
        key, known, unknown = stand(session)
        other = keyring.upsert_seller(session, "s9", "production", "ООО Другой")
        session.exec(select(Run)).one().status = "done"
        for name, seller_id in (("мой", unknown), ("чужой", other.id)):
            kept_lists.put(session, me, "view", name, wishes.written(Wish(seller=seller_id)))
        asked = OrderFilters(seller_ids=(unknown, other.id))
        file = parcel.ask(session, me, asked, Profile(("number",), form="csv"), "ru", ZoneInfo("UTC"))
        made = FileOrder(
            name="утро", view=wishes.written(Wish(seller=unknown)), daily_at="09:00", next_at=utc_now()
        )
        session.add(made)
        file.state = state
        session.commit()
        keyring.identify(session, key, SID, "ООО Первый", "")
        session.commit()
        views = [wishes.read(row.data).seller for row in kept_lists.of(session, me)]
        assert views == [known, other.id]
        session.refresh(made)
        assert wishes.read(made.view).seller == known
        session.refresh(file)
        assert file.wish["filters"]["seller_ids"] == [known, other.id]
        written = io.BytesIO()
        assert parcel.make(session, file.wish, written, me, lambda _rows: None) == 3
