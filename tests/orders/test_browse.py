"""What the pages read: newest first, page by page, each question answered from an index."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from sqlmodel import Session

from tests.conftest import copy_sqlite
from tests.keys.test_keyring import save
from tests.orders.samples import START, archived, make_seller, order, statistics, write
from wbcore.keys import keyring
from wbcore.orders import browse, writing
from wbcore.orders.browse import OrderPage
from wbcore.orders.filters import Cursor, OrderFilters
from wbcore.settings import settings
from wbcore.store import db

START_S = int(START.timestamp())


@pytest.fixture
def seller(session: Session) -> int:
    """A seller with 40 orders, a minute apart: 30 new, 10 sold; 10 of them in statistics, 2 cancelled."""
    seller_id = make_seller(session)
    write(session, seller_id, [order(n) for n in range(40)], source="new")
    sold = [{"id": 1000 + n, "supplierStatus": "complete", "wbStatus": "sold"} for n in range(10)]
    writing.write_statuses(session, seller_id, sold, run_id="run")
    rows = [statistics(n, isCancel=n < 2) for n in range(10)]
    writing.write_statistics(session, seller_id, rows, run_id="run")
    session.commit()
    return seller_id


def walk(session: Session, filters: OrderFilters, limit: int) -> list[OrderPage]:
    """All pages of a filter, as an operator turns them."""
    found: list[OrderPage] = []
    before: Cursor | None = None
    while not found or before is not None:
        found.append(browse.page(session, filters, before, limit))
        before = found[-1].next
    return found


def numbers(pages: list[OrderPage]) -> list[int]:
    return [row.id - 1000 for page in pages for row in page.rows]


def test_pages_are_newest_first_and_whole(session: Session, seller: int) -> None:
    pages = walk(session, OrderFilters(), 7)
    assert [len(page.rows) for page in pages] == [7, 7, 7, 7, 7, 5]
    assert numbers(pages) == list(range(39, -1, -1))


def test_a_full_last_page_has_no_next(session: Session, seller: int) -> None:
    assert browse.page(session, OrderFilters(), limit=40).next is None


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (OrderFilters(status="sold"), range(9, -1, -1)),
        (OrderFilters(status="complete"), range(9, -1, -1)),
        (OrderFilters(status="new"), range(39, 9, -1)),
        (OrderFilters(status="postponed_delivery"), []),
        (OrderFilters(text="1005"), [5]),
        (OrderFilters(text=" 1005 "), [5]),
        (OrderFilters(text="rid-17"), [17]),
        (OrderFilters(text="art-3"), range(38, -1, -5)),
        (OrderFilters(text="art-3", status="sold"), [8, 3]),
        (OrderFilters(text="art"), range(39, -1, -1)),
        (OrderFilters(text="RT-3"), range(38, -1, -5)),
        (OrderFilters(text="0000001"), range(39, -1, -1)),
        (OrderFilters(text="503"), range(38, -1, -5)),
        (OrderFilters(text="103"), range(39, 29, -1)),
        (OrderFilters(text="art_3"), []),
        (OrderFilters(text="rid-1"), [1]),
        (OrderFilters(barcode="2000000000001", status="sold"), range(9, -1, -1)),
        (OrderFilters(nm="504"), range(39, -1, -5)),
        (OrderFilters(warehouse="42", status="sold"), range(9, -1, -1)),
        (OrderFilters(warehouse="43"), []),
        (OrderFilters(supply="WB-GI-1", nm="504"), range(39, -1, -5)),
        (OrderFilters(basket="uid-3"), [7, 6]),
        (OrderFilters(marking="yes"), []),
        (OrderFilters(zero=True), []),
        (OrderFilters(text="9" * 30), []),
        (OrderFilters(text="%' OR 1=1 --"), []),
        (OrderFilters(text=":text\0"), []),
        (OrderFilters(date_from=START_S + 60 * 30), range(39, 29, -1)),
        (OrderFilters(date_to=START_S + 60 * 3), [2, 1, 0]),
        (OrderFilters(text="art-3", date_from=START_S + 60 * 20, date_to=START_S + 60 * 33), [28, 23]),
        (OrderFilters(date_from=START_S + 60, date_to=START_S + 60), []),
        (OrderFilters(seller_ids=()), []),
        (OrderFilters(seller_ids=(10**6,)), []),
    ],
    ids=str,
)
@pytest.mark.parametrize("limit", [2, 100])
def test_filters(session: Session, seller: int, filters: OrderFilters, expected: Any, limit: int) -> None:
    assert numbers(walk(session, filters, limit)) == list(expected)


def test_sellers_are_merged_by_time_and_can_be_chosen(session: Session, seller: int) -> None:
    other = make_seller(session, "s2")
    write(session, other, [order(n) for n in (3, 50)])
    pages = walk(session, OrderFilters(), 4)
    assert numbers(pages) == [50, *range(39, 3, -1), 3, 3, 2, 1, 0]
    assert numbers(walk(session, OrderFilters(seller_ids=(other,)), 1)) == [50, 3]
    assert numbers(walk(session, OrderFilters(text="rid-3"), 1)) == [3, 3]


def test_hundreds_of_sellers_are_one_list(session: Session) -> None:
    for number in range(230):
        write(session, make_seller(session, f"s{number}"), [order(number)])
    assert numbers(walk(session, OrderFilters(), 50)) == list(range(229, -1, -1))
    assert numbers([browse.page(session, OrderFilters(text="art-1"), limit=3)]) == [226, 221, 216]


@pytest.mark.parametrize(
    "filters", [OrderFilters(), OrderFilters(status="new"), OrderFilters(text="art-1")], ids=str
)
def test_orders_of_one_instant_and_number_are_each_listed_once(
    session: Session, filters: OrderFilters
) -> None:
    for number in range(5):
        write(session, make_seller(session, f"s{number}"), [order(n) for n in (1, 6, 11)], source="new")
    pages = walk(session, filters, 3)
    listed = [(row.id - 1000, row.seller_id) for page in pages for row in page.rows]
    assert [number for number, _ in listed] == [11] * 5 + [6] * 5 + [1] * 5
    assert len(set(listed)) == 15


@pytest.mark.postgres
@pytest.mark.parametrize("database", ["postgres"], indirect=True)
@pytest.mark.parametrize(
    "filters", [OrderFilters(), OrderFilters(status="new"), OrderFilters(zero=True)], ids=str
)
def test_postgresql_plans_a_page_of_many_sellers_as_one_search(
    session: Session, filters: OrderFilters
) -> None:
    """A plan for each seller took ten times as long as the page."""
    for number in range(60):
        write(session, make_seller(session, f"s{number}"), [order(n) for n in range(3)], source="new")
    sent: list[str] = []
    event.listen(db.engine(), "before_cursor_execute", lambda _c, _k, sql, *_: sent.append(sql))
    first = browse.page(session, filters, limit=10)
    browse.page(session, filters, first.next, limit=10)
    searches = [sql.count("FROM wb_order") for sql in sent if "FROM wb_order" in sql]
    assert searches
    assert max(searches) <= 2


def test_articles_are_found_over_years_and_without_date(session: Session) -> None:
    seller_id = make_seller(session)
    rows = [order(0, createdAt="2023-01-01T00:00:00Z", article="old"), order(1, article="old")]
    write(session, seller_id, [*rows, order(2, createdAt="someday", article="old")])
    assert numbers(walk(session, OrderFilters(text="old"), 1)) == [1, 0, 2]
    assert numbers(walk(session, OrderFilters(text="old"), 10)) == [1, 0, 2]
    assert browse.page(session, OrderFilters(text="1002")).rows[0].created_at is None


def test_an_order_and_its_statistics_are_shown_as_one(session: Session, seller: int) -> None:
    page = browse.page(session, OrderFilters(), limit=40)
    joined = {row.id - 1000: row.statistics for row in page.rows}
    assert joined[39] is None
    assert joined[4] is not None
    assert (joined[4].srid, joined[4].finished_price) == ("rid-4", 110_010)


def test_statistics_are_listed_with_their_orders(session: Session, seller: int) -> None:
    pages = walk(session, OrderFilters(kind="statistics"), 4)
    rows = [row for page in pages for row in page.rows]
    assert [row.srid for row in rows] == [f"rid-{n}" for n in range(9, -1, -1)]
    assert [row.order.id - 1000 for row in rows] == list(range(9, -1, -1))
    assert rows[-1].date == START
    cancelled = browse.page(session, OrderFilters(kind="statistics", status="cancel")).rows
    assert [row.srid for row in cancelled] == ["rid-1", "rid-0"]
    found = browse.page(session, OrderFilters(kind="statistics", text="art-2", date_from=START_S + 300)).rows
    assert [row.srid for row in found] == ["rid-7"]
    assert browse.page(session, OrderFilters(kind="statistics", text="rid-7")).rows[0].article == "art-2"


def test_orders_are_named_by_a_key_of_their_seller(session: Session, seller: int) -> None:
    save(session, "shop", seller=keyring.get_seller(session, seller))
    assert {row.key for row in browse.page(session, OrderFilters()).rows} == {"shop"}


def test_counters_of_one_and_of_all(session: Session, seller: int) -> None:
    write(session, make_seller(session, "s2"), [order(0)])
    assert browse.counters(session, seller).supplier_status == {"new": 30, "complete": 10}
    everything = browse.counters(session)
    assert (everything.total, everything.wb_status) == (41, {"": 31, "sold": 10})


PLANNED = [
    OrderFilters(),
    OrderFilters(status="sold"),
    OrderFilters(text="art-3"),
    OrderFilters(text="1005"),
    OrderFilters(text="rid-5", status="new"),
    OrderFilters(date_from=START_S, date_to=START_S + 600),
    OrderFilters(kind="statistics"),
    OrderFilters(kind="statistics", text="rid-5"),
    OrderFilters(kind="statistics", status="cancel"),
]


@pytest.fixture(scope="module")
def hundreds(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, int]:
    """The data folder and the id of a seller with hundreds of orders, for those who only read."""
    folder = tmp_path_factory.mktemp("hundreds") / "data"
    copy_sqlite(sqlite_template, folder)
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("WB_DATA_DIR", str(folder))
        settings.cache_clear()
        with db.session() as session:
            seller_id = make_seller(session)
            write(session, seller_id, [order(n) for n in range(300)])
            writing.write_archive(session, seller_id, [archived(n) for n in range(300, 320)], run_id="run")
            writing.write_statistics(session, seller_id, [statistics(n) for n in range(300)], run_id="run")
            session.commit()
        db.dispose()
    settings.cache_clear()
    return folder, seller_id


@pytest.mark.parametrize("filters", PLANNED, ids=str)
def test_no_page_reads_all_orders(
    hundreds: tuple[Path, int], monkeypatch: pytest.MonkeyPatch, filters: OrderFilters
) -> None:
    """Every statement that a page makes searches an index by all that it asks for."""
    folder, seller_id = hundreds
    monkeypatch.setenv("WB_DATA_DIR", str(folder))
    settings.cache_clear()
    with db.session() as session:
        asked: list[tuple[str, Any]] = []
        event.listen(
            db.engine(),
            "before_cursor_execute",
            lambda _c, _k, sql, values, _x, _m: asked.append((sql, values)),
        )
        first = browse.page(session, filters, limit=10)
        if first.next:
            browse.page(session, filters, first.next, limit=10)
        browse.counters(session, seller_id)
        reading = [one for one in asked if re.search("wb_order|statistics_order", one[0])]
        assert reading
        for sql, values in reading:
            plan = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", values).all()
            steps = [step[3] for step in plan]
            scans = [s for s in steps if s.startswith("SCAN") and re.search("order", s)]
            assert scans == [], (sql, steps)
            sorts = [s for s in steps if "TEMP B-TREE FOR ORDER BY" in s]
            assert not sorts or "slot IN" in sql or "id =" in sql or "srid =" in sql, (sql, steps)
