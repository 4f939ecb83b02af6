"""One seller's rows never become another's: not when a seller is removed, not while two are made one."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlmodel import select

from tests.keys.test_joining import SID, counts, stand
from tests.locks import ON_POSTGRES, waited_for
from tests.orders.samples import order
from wbcore.keys import acquaintance, joining, keyring, learning
from wbcore.orders import writing
from wbcore.store import db, ownership
from wbcore.store.models import AlertChannel, DayMessage, Key, Run, Seller, utc_now


def rows_of(seller_id: int) -> dict[str, int]:
    with db.session() as session:
        found = {
            table.name: session.connection()
            .execute(text(f"SELECT count(*) FROM {table.name} WHERE seller_id = {seller_id}"))
            .scalar_one()
            for table in ownership.tables()
        }
    return {name: count for name, count in found.items() if count}


def demo_id() -> int:
    with db.session() as session:
        return keyring.sellers_of(session, learning.demo_keys(session)).popitem()[0]


def write_demo(seller_id: int) -> None:
    with db.session() as session:
        writing.write_orders(session, seller_id, [order(1), {"article": "x"}], run_id="run", source="new")
        writing.write_feed(
            session,
            seller_id,
            [{"srid": "s-1", "createdAt": "2026-11-01T00:00:00Z", "nmId": 1}],
            run_id="run",
        )
        session.commit()


def test_a_removed_demo_leaves_nothing_to_whoever_comes_next(database: str) -> None:
    learning.ensure_demo("ru")
    demo = demo_id()
    write_demo(demo)
    assert {"feed_order", "order_value", "wb_order", "wb_key"} <= rows_of(demo).keys()
    learning.remove_demo()
    assert rows_of(demo) == {}
    with db.session() as session:
        assert keyring.list_sellers(session) == [], "nor does its seller stand among the others"
        real = keyring.upsert_seller(session, SID, "production", "ООО Первый")
        session.commit()
        assert real.id is not None
        assert real.id > demo, "what a worker remembers of the demo's values is never this seller's"


def test_rows_that_an_earlier_version_left_behind_are_nobodys(sqlite: str) -> None:
    learning.ensure_demo("ru")
    demo = demo_id()
    write_demo(demo)
    with db.session() as session:
        ownership.forget(session, [demo])
        session.connection().execute(text("DELETE FROM setting WHERE name = 'sellers.last_id'"))
        session.connection().execute(
            text("INSERT INTO order_value VALUES (70, 'article', 'art-1', '', 'art-1', 0, 1)")
        )
        made = keyring.upsert_seller(session, SID, "production")
        session.commit()
        assert made.id == 71


@ON_POSTGRES
def test_a_demo_import_at_work_is_waited_for(database: str) -> None:
    """Its page holds the seller and wants its run then: to take the run first is a deadlock."""
    learning.ensure_demo("ru")
    demo = demo_id()
    with db.session() as session:
        key = learning.demo_keys(session)[0]
        session.add(Run(id="run", key_id=key.id, key_name=key.name, seller_id=demo, source="new"))
        session.commit()
    with db.session() as session:
        writing.write_orders(session, demo, [order(1)], run_id="run", source="new")
        with waited_for(learning.remove_demo):
            session.connection().execute(text("UPDATE import_run SET pages = 1 WHERE id = 'run'"))
            session.commit()
    assert rows_of(demo) == {}


@ON_POSTGRES
def test_a_page_on_its_way_is_counted_when_two_sellers_become_one(database: str) -> None:
    with db.session() as session:
        key, known, unknown = stand(session)
        session.exec(select(Run)).one().status = "done"
        session.commit()

    def join() -> None:
        with db.session() as other:
            found = keyring.get_key(other, key.id or 0)
            assert found is not None
            keyring.identify(other, found, SID, "ООО Первый", "")
            other.commit()

    with db.session() as session:
        writing.write_orders(session, known, [order(7), order(2)], run_id="of-the-known", source="new")
        with waited_for(join):
            session.commit()
    with db.session() as session:
        assert counts(session, known) == {"fbs": 4, "statistics": 3}
        assert session.get(Seller, unknown) is None


@pytest.mark.parametrize("named", [SID, "00000000-0000-4000-8000-0000000000ff"])
def test_a_seller_who_is_known_becomes_no_other_one(sqlite: str, named: str) -> None:
    """Whatever WB's answer says, of a seller that is stored or of none: their orders stay apart."""
    with db.session() as session:
        key, known, _ = stand(session)
        session.exec(select(Run)).one().status = "done"
        second = keyring.upsert_seller(session, "another", "production", "ООО Второй")
        assert second.id is not None
        key.seller_id = second.id
        writing.write_orders(session, second.id, [order(5)], run_id="r", source="new")
        session.commit()
        assert keyring.identify(session, key, named, "ООО Третий", "Третий").id == second.id
        session.commit()
        assert (key.seller_id, second.sid, second.name) == (second.id, "another", "ООО Второй")
        assert counts(session, second.id) == {"fbs": 1}
        assert counts(session, known) == {"fbs": 2, "statistics": 2}


def test_a_name_without_an_id_names_the_seller_and_moves_nothing(sqlite: str) -> None:
    with db.session() as session:
        key, _, unknown = stand(session)
        session.exec(select(Run)).one().status = "done"
        seller = keyring.identify(session, key, "", "ООО Второй", "Второй")
        session.commit()
        assert (seller.id, seller.name, seller.trade_mark) == (unknown, "ООО Второй", "Второй")
        assert counts(session, unknown) == {"fbs": 2, "statistics": 2}


def test_both_were_told_of_the_same(sqlite: str) -> None:
    """The same order of both may have been told to the same people: it is told once."""
    with db.session() as session:
        key, known, unknown = stand(session)
        session.exec(select(Run)).one().status = "done"
        session.add(AlertChannel(id=1, name="Смена", url_encrypted=b"", shown=""))
        session.flush()
        for seller in (known, unknown):
            session.add(DayMessage(channel_id=1, seller_id=seller, kind="late", event="1", due_at=utc_now()))
        session.add(DayMessage(channel_id=1, seller_id=unknown, kind="late", event="2", due_at=utc_now()))
        session.commit()
        keyring.identify(session, key, SID, "ООО Первый", "")
        session.commit()
        told = session.exec(select(DayMessage.seller_id, DayMessage.event).order_by(DayMessage.event)).all()
        assert [tuple(one) for one in told] == [(known, "1"), (known, "2")]


def test_to_learn_whose_a_key_is_never_ends_an_import(sqlite: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with db.session() as session:
        key, _, unknown = stand(session)
        session.exec(select(Run)).one().status = "done"
        session.commit()
    monkeypatch.setattr(acquaintance, "_ask", lambda _key: (SID, "ООО Первый", ""))
    with db.session() as session:
        refuse = "CREATE TRIGGER no BEFORE DELETE ON seller BEGIN SELECT RAISE(ABORT, 'FOREIGN KEY'); END"
        session.connection().execute(text(refuse))
        session.commit()
    assert key.id is not None
    assert not acquaintance.learn_seller(key.id)
    with db.session() as session:
        assert session.get(Seller, unknown) is not None, "nothing of it has happened"
        assert not joining.busy(session, unknown)


def test_whose_a_former_token_was_is_not_said_of_the_new_one(
    sqlite: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """WB is asked whose a token is; before it answers, the key gets another one, which does not say whose."""
    with db.session() as session:
        key, _, unknown = stand(session)
        session.exec(select(Run)).one().status = "done"
        session.commit()

    def ask(_key: Key) -> tuple[str, str, str]:
        with db.session() as session:
            session.exec(select(Key).where(Key.id == key.id)).one().fingerprint = "another token's"
            session.commit()
        return SID, "ООО Первый", ""

    monkeypatch.setattr(acquaintance, "_ask", ask)
    assert not acquaintance.learn_seller(key.id or 0)
    with db.session() as session:
        assert session.get_one(Key, key.id).seller_id == unknown
