"""What an operator finds: by parts, by all columns, how many and how much; bounded, and said so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlmodel import Session

from tests.orders.samples import START, make_seller, order, statistics, write
from wbcore.orders import browse, finder, kept, vocabulary, wishes, writing
from wbcore.orders.filters import Kind, OrderFilters
from wbcore.orders.wishes import Wish
from wbcore.people.actor import MACHINE
from wbcore.store import db, values, visibility

START_S = int(START.timestamp())


@pytest.fixture
def seller(session: Session) -> int:
    """Twenty orders a minute apart: two articles, two offices, some with marks, zero, of companies."""
    seller_id = make_seller(session)
    rows = [
        order(
            n,
            article="Платье Синее" if n % 2 else "Кеды_100%",
            nmId=70_000 + n % 2,
            skus=[f"46000000{n % 2}"],
            offices=["Коледино" if n < 15 else "Казань"],
            requiredMeta=["sgtin", "uin"] if n % 5 == 0 else [],
            isZeroOrder=n == 7,
            options={"isB2B": n == 9},
            price=100_000 + n,
        )
        for n in range(20)
    ]
    write(session, seller_id, rows, source="new")
    return seller_id


def numbers(session: Session, **asked: object) -> list[int]:
    found = browse.page(session, OrderFilters(**asked))  # type: ignore[arg-type]
    return [row.id - 1000 for row in found.rows]


@pytest.mark.parametrize("part", ["платье син", "ПЛАТЬЕ", "ье Си", "60000001", "70001"])
def test_a_part_of_an_article_or_barcode_finds_it_whatever_the_case(
    session: Session, seller: int, part: str
) -> None:
    assert numbers(session, text=part) == list(range(19, 0, -2))


def test_signs_of_a_pattern_stand_for_themselves(session: Session, seller: int) -> None:
    assert numbers(session, text="кеды_1") == list(range(18, -1, -2))
    assert numbers(session, text="кеды%") == []
    assert numbers(session, text="_100%") == list(range(18, -1, -2))


def test_more_articles_than_can_be_listed_are_found_all_the_same(
    session: Session, seller: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vocabulary, "MOST", 1)
    assert numbers(session, text="Ь") == list(range(19, 0, -2))
    assert numbers(session, text="6000000") == list(range(19, -1, -1))


@pytest.fixture
def shirts(session: Session) -> tuple[int, int, int]:
    """Three sellers: of many new shirts, of one old shirt, and of none."""
    many, one, none = (make_seller(session, sid) for sid in ("many", "one", "none"))
    worn = [order(3000 + n, article=f"shirt-{n}", nmId=9_000 + n) for n in range(vocabulary.MOST + 50)]
    write(session, many, worn)
    write(session, one, [order(1, article="Shirt-old", nmId=9_500, skus=["77700010000"])])
    write(session, none, [order(2, article="hat", nmId=123)])
    return many, one, none


def test_many_articles_of_one_seller_hide_no_other_seller(
    session: Session, shirts: tuple[int, int, int]
) -> None:
    """Neither from the page, nor from its sum, nor from a file."""
    many, one, _ = shirts
    count = vocabulary.MOST + 51
    asked = OrderFilters(text="shirt", seller_ids=shirts)
    page = browse.page(session, asked, limit=count)
    assert sorted((row.seller_id for row in page.rows), reverse=True) == [one, *[many] * (count - 1)]
    assert page.rows[-1].article == "Shirt-old"
    assert browse.summary(session, asked).count == browse.count(session, asked) == count
    parts = browse.iter_columns(session, asked, only=["seller_id"])
    assert sum(part.values["seller_id"].count(one) for part in parts) == 1


def test_where_too_many_fit_sellers_without_any_are_not_looked_through(
    session: Session, shirts: tuple[int, int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, _, none = shirts
    write(session, none, [order(9000 + n, article="hat", nmId=123) for n in range(300)])
    monkeypatch.setattr(finder, "LOOKED", 600)
    monkeypatch.setattr(finder, "_LEAST", 1)
    page = browse.page(session, OrderFilters(text="shirt", seller_ids=shirts), limit=1000)
    assert len(page.rows) == vocabulary.MOST + 51
    assert page.next is None, "hats have been looked through for shirts"


def test_a_part_of_more_numbers_than_can_be_listed_finds_all_of_the_feed(
    session: Session, shirts: tuple[int, int, int]
) -> None:
    many, _, none = shirts
    count = vocabulary.MOST + 50
    rows = [
        {"srid": f"f{n}", "createdAt": "2026-11-20T00:00:00Z", "status": "created", "nmId": 9_000 + n}
        for n in range(count)
    ]
    writing.write_feed(session, many, rows, run_id="run")
    hat = {"srid": "hat", "createdAt": "2026-11-20T00:00:00Z", "status": "created", "nmId": 123}
    writing.write_feed(session, none, [hat], run_id="run")
    asked = OrderFilters(kind="order_feed", text="9", seller_ids=shirts)
    assert {row.nm_id for row in browse.page(session, asked, limit=1000).rows} == {
        *range(9_000, 9_000 + count)
    }
    assert browse.summary(session, asked).count == browse.count(session, asked) == count
    assert browse.page(session, replace(asked, text="shirt")).rows == []


def test_a_barcode_of_very_many_articles_hides_no_seller_and_no_time(session: Session) -> None:
    """Who has no barcodes may write the same into all of them."""
    many, one = make_seller(session, "many"), make_seller(session, "one")
    count = vocabulary.MOST * 10 + 1
    write(session, many, [order(300 * n, id=n, article=f"a{n:05}", skus=["0"]) for n in range(count)])
    write(session, one, [order(5, article="x", skus=["0"])])
    asked = OrderFilters(barcode="0", seller_ids=(many, one))
    found = browse.page(session, asked, limit=2000).rows
    assert len(found) == count + 1
    assert browse.count(session, asked) == count + 1


def test_a_filter_offers_offices_and_warehouses_however_many_supplies_there_are(session: Session) -> None:
    seller = make_seller(session)
    write(session, seller, [order(0, offices=["Казань"], warehouseId=7, supplyId="first")])
    later = [
        order(30_000 + n, offices=["Коледино"], warehouseId=8, supplyId=f"WB-GI-{n}")
        for n in range(vocabulary.CHOICES + 50)
    ]
    write(session, seller, later)
    offered = vocabulary.choices(session, [seller], ["office", "warehouse_id", "supply_id"])
    assert (offered["office"], offered["warehouse_id"]) == (["Коледино", "Казань"], ["8", "7"])
    assert len(offered["supply_id"]) == vocabulary.CHOICES
    assert "first" not in offered["supply_id"], "the newest supplies are offered"


def test_each_column_can_be_asked_for(session: Session, seller: int) -> None:
    assert numbers(session, office="Казань") == [19, 18, 17, 16, 15]
    assert numbers(session, marking="yes") == [15, 10, 5, 0]
    assert numbers(session, marking="no", office="Казань") == [19, 18, 17, 16]
    assert numbers(session, zero=True) == [7]
    assert numbers(session, b2b=True) == [9]
    assert numbers(session, barcode="460000001", office="Казань") == [19, 17, 15]
    assert numbers(session, text="кеды", marking="yes") == [10, 0]
    assert numbers(session, status="to_assemble", text="кеды", office="Казань") == [18, 16]


def test_several_statuses_have_a_word(session: Session, seller: int) -> None:
    said = [
        {"id": 1001, "supplierStatus": "confirm", "wbStatus": "waiting"},
        {"id": 1002, "supplierStatus": "cancel", "wbStatus": "canceled"},
        {"id": 1003, "supplierStatus": "complete", "wbStatus": "declined_by_client"},
        {"id": 1004, "supplierStatus": "receive", "wbStatus": "waiting"},  # of a courier: the buyer has it
        {"id": 1005, "supplierStatus": "complete", "wbStatus": "sold"},
    ]
    writing.write_statuses(session, seller, said, run_id="run")
    assert numbers(session, status="to_assemble") == [*range(19, 5, -1), 1, 0]
    assert numbers(session, status="cancelled") == [3, 2]
    assert numbers(session, status="stage_sold") == [5, 4]


def test_what_is_looked_through_has_an_end_and_goes_on(
    session: Session, seller: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finder, "LOOKED", 6)
    monkeypatch.setattr(finder, "_LEAST", 1)
    found, before, turns = [], None, 0
    while True:
        page = browse.page(session, OrderFilters(marking="yes"), before, 10)
        found += [row.id - 1000 for row in page.rows]
        turns += 1
        if page.next is None:
            break
        assert page.looked_until is not None
        before = page.next
    assert found == [15, 10, 5, 0]
    assert turns == 4
    assert browse.summary(session, OrderFilters(marking="yes")).more


def test_how_many_and_how_much(session: Session, seller: int, monkeypatch: pytest.MonkeyPatch) -> None:
    write(session, seller, [order(30, currencyCode=398, price=5, article="кеды")])
    found = browse.summary(session, OrderFilters(text="кеды"))
    assert (found.count, found.more) == (11, False)
    assert found.amounts == {643: sum(100_000 + n for n in range(0, 20, 2)), 398: 5}
    for module in (browse, finder):
        monkeypatch.setattr(module, "COUNTED", 4)
    few = browse.summary(session, OrderFilters(text="кеды"))
    assert (few.count, few.more) == (4, True)


def test_the_dearest_first(session: Session, seller: int) -> None:
    write(session, seller, [order(0, price=999_999_999, article="Кеды_100%")])
    asked = OrderFilters(text="кеды")
    found = browse.summary(session, asked)
    first = browse.page_by_amount(session, asked, found, None, 6)
    assert [row.id - 1000 for row in first.rows] == [0, 18, 16, 14, 12, 10]
    assert first.next is not None
    rest = browse.page_by_amount(session, asked, found, first.next, 6)
    assert [row.id - 1000 for row in rest.rows] == [8, 6, 4, 2]
    assert rest.next is None


def turned(
    session: Session, asked: OrderFilters, limit: int, meanwhile: Callable[[], object]
) -> list[list[int]]:
    """Pages by amount, each of a list that is counted anew."""
    pages, before = [], None
    while True:
        found = browse.page_by_amount(session, asked, browse.summary(session, asked), before, limit)
        pages.append([row.id - 1000 for row in found.rows])
        if found.next is None:
            return pages
        before = found.next
        meanwhile()


def test_amounts_of_two_currencies_are_not_compared(session: Session, seller: int) -> None:
    tenge = [order(n, currencyCode=398, price=99_000_000 + n % 2, article="кеды") for n in (30, 31, 32)]
    write(session, seller, [*tenge, order(33, currencyCode=None, price=10**9, article="кеды")])
    pages = turned(session, OrderFilters(text="кеды"), 4, lambda: None)
    assert pages == [[18, 16, 14, 12], [10, 8, 6, 4], [2, 0, 31, 32], [30, 33]], "of most orders first"


def test_what_comes_in_meanwhile_moves_no_page_by_amount(session: Session, seller: int) -> None:
    news = iter(range(40, 60))

    def dearer_one_comes() -> None:
        write(session, seller, [order(next(news), price=10**9, article="кеды")])

    pages = turned(session, OrderFilters(text="кеды"), 4, dearer_one_comes)
    assert pages == [[18, 16, 14, 12], [10, 8, 6, 4], [2, 0]]


@pytest.mark.parametrize("kind", ["orders", "order_feed", "statistics"])
def test_pages_by_amount_have_each_row_once(session: Session, seller: int, kind: Kind) -> None:
    """Also where many cost alike, were made at once, or have no price."""
    at = "2026-11-20T12:00:00+03:00"
    feed = [
        {"srid": f"f{n}", "createdAt": at, "updatedAt": at, "status": "created"}
        | {"sellerPrice": n % 3 or None, "currency": ("RUB", "KZT", None)[n % 4 % 3]}
        for n in range(40)
    ]
    alike = [
        order(
            n, createdAt="2026-11-20T12:00:00Z", price=n % 3 or None, currencyCode=(643, 398, None)[n % 4 % 3]
        )
        for n in range(100, 140)
    ]
    other = make_seller(session, "s2")
    for one in (seller, other):
        writing.write_feed(session, one, feed, run_id="run")
        writing.write_statistics(session, one, [statistics(n) for n in range(40)], run_id="run")
        write(session, one, alike)
    asked = OrderFilters(kind=kind)
    found, before = [], None
    counted = browse.summary(session, asked)
    while True:
        page = browse.page_by_amount(session, asked, counted, before, 7)
        found += [(row.seller_id, row.id if kind == "orders" else row.srid) for row in page.rows]
        if (before := page.next) is None:
            break
    assert len(found) == len(set(found)) == counted.count >= 80


def test_statistics_are_found_by_a_part_too(session: Session, seller: int) -> None:
    writing.write_statistics(session, seller, [statistics(n) for n in range(4)], run_id="run")
    found = browse.page(session, OrderFilters(kind="statistics", text="RT-2"))
    assert [row.srid for row in found.rows] == ["rid-2"]


def test_a_basket_and_one_order(session: Session, seller: int) -> None:
    chosen = browse.order_of(session, seller, 1004)
    assert chosen is not None
    assert (chosen.barcode, chosen.office, chosen.required_meta) == ("460000000", "Коледино", "")
    assert [row.id for row in browse.basket(session, chosen)] == [1005]
    assert browse.order_of(session, seller, 5) is None


def test_another_sellers_orders_are_not_found_by_an_address(session: Session, seller: int) -> None:
    other = make_seller(session, "s2")
    write(session, other, [order(50, article="Платье чужое")])
    with db.unlimited_session() as limited:
        visibility.limit(limited, frozenset({seller}))
        for asked in ({}, {"seller_ids": (other,)}, {"text": "чужое"}, {"seller_ids": (other, seller)}):
            found = browse.page(limited, OrderFilters(**asked))  # type: ignore[arg-type]
            assert {row.seller_id for row in found.rows} <= {seller}
        assert browse.order_of(limited, other, 1050) is None


def test_orders_of_older_versions_get_their_columns(session: Session, seller: int) -> None:
    later = "barcode = NULL, office = NULL, required_meta = NULL, is_zero = NULL"
    session.connection().execute(text(f"UPDATE wb_order SET {later}"))
    session.connection().execute(text("DELETE FROM order_value"))
    session.commit()
    assert numbers(session, text="платье") == []
    assert vocabulary.fill()
    assert numbers(session, text="платье") == list(range(19, 0, -2))
    assert numbers(session, marking="yes") == [15, 10, 5, 0]
    assert numbers(session, zero=True) == [7]
    assert vocabulary.choices(session, [seller], ["office"]) == {"office": ["Казань", "Коледино"]}
    session.rollback()
    assert values.get(session, vocabulary.FILLED) is True


WISHES = st.builds(
    Wish,
    data=st.sampled_from(list(wishes.DATA)),
    seller=st.none() | st.integers(0, 10**8),
    q=st.text(max_size=30).map(str.strip),
    status=st.sampled_from(["", "new", "cancelled"]),
    start=st.none() | st.dates(),
    end=st.none() | st.dates(),
    office=st.sampled_from(["", "Коледино"]),
    marking=st.sampled_from(["", "yes", "no"]),
    zero=st.booleans(),
    sort=st.sampled_from(wishes.SORTS),
    cols=st.lists(st.sampled_from(["number", "article"]), unique=True).map(tuple),
)


@given(WISHES)
def test_an_address_is_the_list(wish: Wish) -> None:
    assert wishes.read(wishes.written(wish)) == wish


@given(st.dictionaries(st.sampled_from(["data", "seller", "from", "zero", "sort", "cols", "q"]), st.text()))
def test_any_address_is_read(address: dict[str, str]) -> None:
    wishes.filters(wishes.read(address), ZoneInfo("Europe/Moscow"))


def test_days_of_an_address_are_the_readers(session: Session) -> None:
    asked = wishes.filters(Wish(start=date(2026, 11, 1), end=date(2026, 11, 1)), ZoneInfo("Europe/Moscow"))
    assert (asked.date_from, asked.date_to) == (START_S - 3 * 3600, START_S + 21 * 3600)


@pytest.mark.parametrize("article", [None, ""])
def test_goods_without_an_article_are_found_by_barcode_and_wbs_article(
    session: Session, seller: int, article: str | None
) -> None:
    like = {"skus": ["4607000077"], "nmId": 77_712}
    rows = [
        order(100, article=article, **like),
        order(101, article="Куртка", **like),
        order(102, article=article),
    ]
    write(session, seller, rows)
    said = [
        {"supplierArticle": article if n else "Куртка", "barcode": "4607000077", "nmId": 77_712}
        for n in range(2)
    ]
    report = [statistics(n, **one) for n, one in enumerate([*said, {"supplierArticle": article}])]
    writing.write_statistics(session, seller, report, run_id="run")
    for part in ("4607000077", "0700007", "77712"):
        for kind, found in (("orders", [1101, 1100]), ("statistics", ["rid-1", "rid-0"])):
            asked = OrderFilters(kind=kind, text=part)  # type: ignore[arg-type]
            rows_of = browse.page(session, asked).rows
            assert [row.id if kind == "orders" else row.srid for row in rows_of] == found, (kind, part)
            assert browse.summary(session, asked).count == browse.count(session, asked) == 2
    for narrowed in ({"barcode": "4607000077"}, {"nm": "77712"}):
        assert numbers(session, **narrowed) == [101, 100]


def test_what_is_kept_is_ones_own(session: Session) -> None:
    for name in ("Казань", "Казань "):
        kept.put(session, MACHINE, "view", name, {"office": name})
    assert [(row.kind, row.name, row.data) for row in kept.of(session, MACHINE)] == [
        ("view", "Казань", {"office": "Казань "})
    ]
    kept.remove(session, MACHINE, kept.of(session, MACHINE)[0].id or 0)
    assert kept.of(session, MACHINE) == []


def test_profiles_of_orders_and_of_statistics_may_have_one_name(session: Session) -> None:
    """Each is offered with its own rows: the one would be gone unseen when the other is kept."""
    for kind, column in (("orders", "number"), ("statistics", "srid"), ("orders", "price")):
        kept.put(session, MACHINE, "profile", "Бухгалтерии", {"kind": kind, "columns": [column]})
    found = {(row.data["kind"], *row.data["columns"]) for row in kept.of(session, MACHINE)}
    assert found == {("orders", "price"), ("statistics", "srid")}
