"""The panel's pages: worst first, searched in Russian, two queries however many keys there are."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import event

from tests.health.test_history import make_key, record
from wbcore.health import panel
from wbcore.store import db
from wbcore.store.models import Checklist
from wbcore.store.states import Severity

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def names(**chosen: Any) -> list[str]:
    with db.session() as session:
        return [row.key.name for row in panel.page(session, NOW, **chosen).rows]


def some_keys() -> None:
    record(make_key("works", "2027-05-01T00:00:00Z"), NOW, "ok")
    record(make_key("soon", "2026-11-27T00:00:00Z"), NOW, "ok")
    record(make_key("expired", "2026-11-20T00:00:00Z"), NOW, "ok")
    record(make_key("refused", "2026-11-27T00:00:00Z"), NOW, "denied")
    record(make_key("down", "2027-05-01T00:00:00Z"), NOW, "error")
    make_key("new", "2027-05-01T00:00:00Z")


def test_the_worst_come_first(database: str) -> None:
    some_keys()
    assert names() == ["expired", "refused", "down", "soon", "new", "works"]


def test_what_an_import_failed_of_comes_before_an_end_that_is_near(database: str) -> None:
    """A category that a token was never made for is no bad state; its import stands all the same."""
    some_keys()
    for name, severity, until in (
        ("stands", Severity.ERROR, None),
        ("put off", Severity.ERROR, NOW + timedelta(days=1)),
        ("told of", Severity.WARNING, None),
    ):
        key_id = make_key(name, "2027-05-01T00:00:00Z")
        record(key_id, NOW, "ok")
        with db.session() as session:
            problem = Checklist(
                id=name,
                key_id=key_id,
                code="scope_missing",
                severity=severity,
                diagnosis={},
                snoozed_until=until,
            )
            session.add(problem)
            session.commit()
    assert names() == ["expired", "refused", "down", "stands", "put off", "soon", "told of", "new", "works"]


def test_pages_follow_each_other_and_one_behind_the_last_is_the_first(database: str) -> None:
    some_keys()
    assert names(limit=4) + names(limit=4, offset=4) == names()
    assert names(limit=4, offset=40) == names(limit=4)
    with db.session() as session:
        assert panel.page(session, NOW, limit=4, offset=4).total == 6


def test_keys_are_found_in_russian_whatever_the_case(database: str) -> None:
    for name in ("Обувь", "ОБУВЬ-2", "Одежда", "100% хлопок"):
        make_key(name)
    assert names(text=" обувь ") == ["Обувь", "ОБУВЬ-2"]
    assert names(text="SELLER OF ОДЕ") == ["Одежда"]
    assert names(text="%") == ["100% хлопок"]
    assert names(text="нет такого") == []


def test_a_seller_can_be_chosen(database: str) -> None:
    make_key("one")
    make_key("two")
    with db.session() as session:
        rows = panel.page(session, NOW).rows
    assert names(seller_id=rows[1].seller.id) == [rows[1].key.name]
    assert names(seller_id=rows[1].seller.id, text=rows[0].key.name) == []


def test_a_page_of_many_keys_is_two_queries(database: str) -> None:
    for number in range(40):
        key = make_key(f"key {number:02}")
        record(key, NOW, "ok")
        record(key, NOW, "error", "orders.period")
    statements: list[str] = []

    def count(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        statements.append(statement)

    event.listen(db.engine(), "before_cursor_execute", count)
    try:
        with db.session() as session:
            found = panel.page(session, NOW)
    finally:
        event.remove(db.engine(), "before_cursor_execute", count)
    assert len(statements) == 2
    assert (len(found.rows), found.total) == (25, 40)
    assert all(row.states.keys() == {"orders.new", "orders.period"} for row in found.rows)


def test_only_keys_with_problems_are_left_with_their_history_in_words(database: str) -> None:
    some_keys()
    assert names(troubled=True) == ["expired", "refused", "down", "soon"]
    worked = make_key("worked", "2027-05-01T00:00:00Z")
    record(worked, NOW - timedelta(days=2), "ok")
    record(worked, NOW - timedelta(days=1), "denied")
    with db.session() as session:
        rows = {row.key.name: row for row in panel.page(session, NOW, troubled=True).rows}
    assert list(rows["worked"].worked_until.values()) == [NOW - timedelta(days=1)]
    assert rows["refused"].worked_until == {}, "it never worked"
