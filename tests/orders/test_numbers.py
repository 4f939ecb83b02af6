"""A part of a number finds every order that has it, however old, and says where it has not looked yet."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

import pytest
from alembic import command
from sqlmodel import Session, select

from tests.orders.samples import START, make_seller, order, statistics, write
from wbcore.orders import browse, finder, writing
from wbcore.orders.filters import OrderFilters
from wbcore.orders.finder import LOOKED
from wbcore.orders.ways import SHORTEST_NUMBER
from wbcore.store import db
from wbcore.store.models import Order, OrderNumber


def made(number: int, days: float, **fields: Any) -> dict[str, Any]:
    at = START - timedelta(days=days)
    words = {"article": "x", "nmId": None, "skus": [], "createdAt": at.strftime("%Y-%m-%dT%H:%M:%SZ")}
    return order(0, id=number, rid=f"r{number}x", **words | fields)


def fill(session: Session, chance: random.Random, count: int = 300) -> list[int]:
    """Two sellers' orders of a year, some without an instant, some of which WB has told another one."""
    sellers = [make_seller(session, name) for name in ("s1", "s2")]
    for seller in sellers:
        known = [chance.randrange(10**4, 10**6) for _ in range(count)]
        for part in (known[: count // 2], known[count // 3 :]):
            rows = [made(number, chance.random() * 365) for number in dict.fromkeys(part)]
            rows.append(made(chance.randrange(10**6), 0, createdAt="?"))
            write(session, seller, rows, source=chance.choice(("new", "period")))
    session.commit()
    return sellers


def turned(session: Session, asked: OrderFilters, limit: int = 7) -> list[int]:
    """All pages, one after the other."""
    found: list[int] = []
    before = None
    for _ in range(500):
        page = browse.page(session, asked, before, limit)
        assert page.next is not None or page.looked_until is None
        assert len(page.rows) == limit or page.looked_until is not None or page.next is None
        found += [row.id for row in page.rows]
        if page.next is None:
            return found
        before = page.next
    raise AssertionError("the pages have no end")


def expected(session: Session, part: str, **fields: Any) -> list[int]:
    session.expire_all()
    rows = [
        row
        for row in session.exec(select(Order))
        if part in str(row.id) and all(getattr(row, name) == value for name, value in fields.items())
    ]
    return [row.id for row in sorted(rows, key=lambda r: (r.created_at, r.id, r.seller_id), reverse=True)]


@pytest.mark.parametrize("at_once", [4_000, 12])
def test_every_order_is_found_once_in_its_place_however_old(
    session: Session, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr(finder, "NUMBERED", at_once)
    chance = random.Random(3)
    sellers = fill(session, chance)
    for part in ("123", "777", "90", "000", "5151515"):
        wanted = expected(session, part) if len(part) >= SHORTEST_NUMBER else []
        assert turned(session, OrderFilters(text=part)) == wanted, part
    assert len(expected(session, "123")) > 2
    some = expected(session, "000", seller_id=sellers[0])
    assert turned(session, OrderFilters(text="000", seller_ids=(sellers[0],))) == some


def test_with_other_filters_nothing_is_passed_over(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finder, "NUMBERED", 9)
    fill(session, random.Random(4))
    said = {"supplier_status": "new"}
    assert turned(session, OrderFilters(text="111", status="new")) == expected(session, "111", **said)
    begin, end = (int((START - timedelta(days=n)).timestamp()) for n in (200, 50))
    spanned = turned(session, OrderFilters(text="222", date_from=begin, date_to=end))
    session.expire_all()
    times = {row.id: row.created_at for row in session.exec(select(Order))}
    assert spanned == [one for one in expected(session, "222") if begin <= times[one] < end]


def test_sums_and_files_are_of_the_same_orders(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(session, random.Random(5))
    wanted = expected(session, "333")
    found = browse.summary(session, OrderFilters(text="333"))
    assert (found.count, found.more) == (len(wanted), False)
    asked = OrderFilters(text="333")
    listed = [one for part in browse.iter_columns(session, asked, chunk=3) for one in part.values["id"]]
    assert listed == wanted
    assert browse.count(session, asked) >= len(wanted)
    monkeypatch.setattr(finder, "NUMBERED", 1)
    few = browse.summary(session, OrderFilters(text="333"))
    assert few.more
    assert few.count < len(wanted)


def test_digits_of_two_numbers_side_by_side_are_no_number(session: Session) -> None:
    seller = make_seller(session)
    write(session, seller, [made(1234567, 1), made(8901234, 1)])
    assert turned(session, OrderFilters(text="5678")) == []
    assert turned(session, OrderFilters(text="567 890")) == []
    assert turned(session, OrderFilters(text="1234")) == [8901234, 1234567]


def test_an_import_that_brings_nothing_new_writes_no_number(session: Session) -> None:
    seller = make_seller(session)
    rows = [made(1234567, 1)]
    write(session, seller, rows)
    write(session, seller, rows)
    write(session, seller, [made(1234567, 1, price=5)])
    assert [row.numbers for row in session.exec(select(OrderNumber))] == ["1234567 "]


def test_orders_that_were_there_before_are_found_too(session: Session) -> None:
    """The database of an earlier version, brought to this one: its migration writes what imports do."""
    fill(session, random.Random(6), 60)
    rows = [{"id": 1, "supplierStatus": "confirm"}]
    writing.write_statuses(session, 1, rows, run_id="r")
    session.commit()
    wanted = expected(session, "12")
    session.close()
    with db.engine().connect() as connection:
        command.downgrade(db.migration_config(connection), "0018")
        connection.commit()
    db.prepare()
    with db.session() as later:
        held = {one for row in later.exec(select(OrderNumber)) for one in row.numbers.split()}
        assert held == {str(row.id) for row in later.exec(select(Order))}
        assert turned(later, OrderFilters(text="123")) == [one for one in wanted if "123" in str(one)]


ASKED: list[dict[str, Any]] = [
    {"text": "33"},
    {"text": "333", "status": "to_assemble"},
    {"text": "x"},
    {"marking": "no"},
    {"marking": "no", "text": "12"},
    {"status": "to_assemble"},
    {},
]


@pytest.mark.parametrize("looked", [LOOKED, 90])
def test_the_page_that_comes_with_the_sum_is_the_page_that_is_searched_for(
    session: Session, monkeypatch: pytest.MonkeyPatch, looked: int
) -> None:
    """The first page is made of what was counted; the next ones go on from it, and nothing is left out."""
    monkeypatch.setattr(finder, "LOOKED", looked)
    monkeypatch.setattr(finder, "_LEAST", 1)
    (seller, *_) = fill(session, random.Random(7))
    write_statistics_of(session, seller)
    for asked in ASKED:
        filters = OrderFilters(**asked)
        found = browse.summary(session, filters)
        first = browse.first_page(session, filters, found, 7, {seller: "shop"})
        same = browse.page(session, filters, None, 7, names={seller: "shop"})
        assert first.rows == same.rows[: len(first.rows)] or same.rows == first.rows[: len(same.rows)], asked
        ids = [row.id for row in first.rows]
        before: Any = first.next
        while before is not None:
            page = browse.page(session, filters, before, 7)
            ids, before = ids + [row.id for row in page.rows], page.next
        assert ids == turned(session, filters), asked


def write_statistics_of(session: Session, seller: int) -> None:
    rids = session.exec(select(Order.rid).where(Order.seller_id == seller).limit(50)).all()
    writing.write_statistics(
        session, seller, [statistics(n, srid=rid) for n, rid in enumerate(rids)], run_id="r"
    )
    session.commit()
