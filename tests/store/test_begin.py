"""The first writer's SAVEPOINT, and values that several change: the caller alone commits."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from sqlmodel import select

from wbcore.store import db, values
from wbcore.store.models import Seller


def test_what_was_added_first_is_there_with_the_callers_commit_only(database: str) -> None:
    with db.session() as session:
        assert db.add_first(session, Seller(sid="a", environment="production"))
    with db.session() as session:
        assert session.exec(select(Seller)).all() == []
        assert db.add_first(session, Seller(sid="a", environment="production"))
        session.commit()
        assert not db.add_first(session, Seller(sid="a", environment="production"))
    with db.session() as session:
        assert [one.sid for one in session.exec(select(Seller))] == ["a"]


def test_no_entry_of_a_list_is_lost(database: str) -> None:
    start = Barrier(4)

    def add(number: int) -> None:
        start.wait(120)
        for entry in range(5):
            with db.session() as session:
                values.change(session, "list", lambda kept, e=(number, entry): [*(kept or ()), [*e]])
                session.commit()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(add, range(4)))
    with db.session() as session:
        assert sorted(values.get(session, "list")) == [[n, e] for n in range(4) for e in range(5)]
