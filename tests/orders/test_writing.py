"""What WB sends is kept: whole, once, and only when it changed, on both databases."""

from __future__ import annotations

import random
import sqlite3
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, col, func, select

from tests.orders.samples import archived, make_seller, order, statistics, write
from wbcore.orders import browse, buyers, writing
from wbcore.orders.writing import WriteResult
from wbcore.store import db
from wbcore.store.models import Order, OrderClient, RejectedRow, StatisticsOrder

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def stored(session: Session, number: int = 0) -> Order:
    session.expire_all()
    return session.exec(select(Order).where(Order.id == 1000 + number)).one()


def counted(session: Session) -> Counter[tuple[str, str]]:
    """What the counters must say, by counting."""
    query = select(Order.supplier_status, Order.wb_status, func.count()).group_by(
        col(Order.supplier_status), col(Order.wb_status)
    )
    return Counter({(supplier or "", wb or ""): count for supplier, wb, count in session.exec(query)})


def kept_counters(session: Session, kind: str = "fbs") -> Counter[tuple[str, str]]:
    found: Counter[tuple[str, str]] = Counter()
    for row in session.exec(select(browse.OrderCounter).where(browse.OrderCounter.kind == kind)):
        found[row.supplier_status, row.wb_status] += row.count
    return Counter({statuses: count for statuses, count in found.items() if count})


def test_rows_become_typed_columns_and_stay_whole(session: Session, seller: int) -> None:
    row = order(0, somethingNew={"of": "tomorrow"})
    assert write(session, seller, [row]) == WriteResult(created=1)
    found = stored(session)
    assert (found.rid, found.article, found.nm_id, found.price) == ("rid-0", "art-0", 500, 150_000)
    assert found.created_at == int(datetime(2026, 11, 1, tzinfo=UTC).timestamp())
    assert found.supplier_status is None
    assert browse.raw_row(session, seller, 1000) == row


def test_the_same_page_again_writes_nothing(session: Session, seller: int) -> None:
    rows = [order(n) for n in range(50)]
    write(session, seller, rows)
    before = _writes(session)
    assert write(session, seller, rows) == WriteResult(unchanged=50)
    assert _writes(session) == before


def _writes(session: Session) -> Any:
    """A number that moves with every row that is written."""
    if db.is_sqlite(session.connection()):
        path = str(db.engine().url.database)
        with sqlite3.connect(path) as other:
            return other.execute("PRAGMA data_version").fetchone(), _change_counter(path)
    session.commit()
    query = "SELECT pg_stat_force_next_flush()"
    session.connection().exec_driver_sql(query)
    session.commit()
    query = "SELECT max(xmin::text::bigint), max(xmax::text::bigint), max(ctid) FROM wb_order"
    return tuple(session.connection().exec_driver_sql(query).one())


def _change_counter(path: str) -> bytes:
    """The log of changes that are not yet in the main file."""
    with open(f"{path}-wal", "rb") as wal:
        return wal.read()


def test_only_what_changed_is_updated(session: Session, seller: int) -> None:
    write(session, seller, [order(n) for n in range(4)])
    rows = [order(0), order(1, price=1), order(2), order(9)]
    assert write(session, seller, rows) == WriteResult(created=1, updated=1, unchanged=2)
    assert stored(session, 1).price == 1


def test_a_row_twice_on_a_page_counts_once_and_the_last_wins(session: Session, seller: int) -> None:
    assert write(session, seller, [order(0, price=1), order(1), order(0, price=2)]) == WriteResult(created=2)
    assert stored(session).price == 2
    assert write(session, seller, [order(0, price=2), order(0, price=3)]) == WriteResult(updated=1)


def test_two_sellers_may_have_the_same_id(session: Session, seller: int) -> None:
    other = make_seller(session, "s2")
    write(session, seller, [order(0)])
    assert write(session, other, [order(0, price=7)]) == WriteResult(created=1)
    assert browse.counters(session).total == 2
    assert browse.counters(session, other).total == 1


def test_lists_of_new_orders_say_that_they_are_new(session: Session, seller: int) -> None:
    write(session, seller, [order(0)], source="new")
    assert (stored(session).supplier_status, stored(session).wb_status) == ("new", None)
    writing.write_statuses(
        session, seller, [{"id": 1000, "supplierStatus": "confirm", "wbStatus": "waiting"}], run_id="run"
    )
    write(session, seller, [order(0, price=5)], source="new")
    assert stored(session).supplier_status == "confirm"


def test_a_status_is_kept_when_rows_without_one_come(session: Session, seller: int) -> None:
    write(session, seller, [order(0)], source="new")
    write(session, seller, [order(0, comment="changed")])
    assert stored(session).supplier_status == "new"


def test_what_one_method_does_not_send_is_kept(session: Session, seller: int) -> None:
    write(session, seller, [order(0)])
    without = order(0)
    del without["supplyId"]
    write(session, seller, [without], source="new")
    assert stored(session).supply_id == "WB-GI-1"


def test_methods_that_send_different_parts_of_an_order_change_nothing_in_turn(
    session: Session, seller: int
) -> None:
    one, other = order(0), order(0)
    del one["supplyId"]
    del other["article"]
    write(session, seller, [one], source="new")
    assert write(session, seller, [other]) == WriteResult(updated=1), "its other part is news"
    assert orjson.loads(stored(session).raw) == one | other
    for row, source in ((one, "new"), (other, "period")) * 2:
        assert write(session, seller, [row], source=source) == WriteResult(unchanged=1)
    changed = {**other, "price": 1}
    assert write(session, seller, [changed]) == WriteResult(updated=1)
    assert (stored(session).price, stored(session).article) == (1, one["article"])


def test_a_list_of_new_orders_says_that_a_known_order_is_new(session: Session, seller: int) -> None:
    row = order(0)
    write(session, seller, [row])
    assert stored(session).supplier_status is None
    del row["supplyId"]
    assert write(session, seller, [row], source="new") == WriteResult(updated=1)
    assert stored(session).supplier_status == "new"


def test_other_deliveries_say_what_they_are(session: Session, seller: int) -> None:
    row = order(0)
    del row["deliveryType"]
    write(session, seller, [row], source="dbw", model="dbw")
    assert (stored(session).delivery_type, stored(session).model) == ("dbw", "dbw")
    assert writing.ids_to_check(session, seller, 0, 10) == []  # each model has a method of its own
    assert writing.ids_to_check(session, seller, 0, 10, "dbw") == [1000]


def test_archived_rows_fill_the_same_columns(session: Session, seller: int) -> None:
    writing.write_archive(session, seller, [archived(0)], run_id="run", now=NOW)
    found = stored(session)
    assert (found.cargo_type, found.cross_border_type, found.article, found.nm_id) == (3, 1, "art-0", 500)
    assert (found.price, found.currency_code, found.converted_price) == (150_000, 643, 150_001)
    assert (found.supplier_status, found.wb_status, found.is_open) == ("complete", "sold", False)
    assert found.created_at == int(datetime(2026, 7, 1, tzinfo=UTC).timestamp())
    assert kept_counters(session) == counted(session)


def test_the_archive_brings_an_orders_last_status(session: Session, seller: int) -> None:
    write(session, seller, [order(0)], source="new")
    result = writing.write_archive(session, seller, [archived(0)], run_id="run", now=NOW)
    assert result == WriteResult(updated=1)
    assert stored(session).wb_status == "sold"
    assert kept_counters(session) == counted(session) == Counter({("complete", "sold"): 1})
    history = browse.status_history(session, seller, 1000)
    assert [(h.supplier_status, h.wb_status, h.at) for h in history] == [("complete", "sold", NOW)]


@pytest.mark.parametrize(
    ("field", "sent", "column", "kept"),
    [
        ("price", "1500", "price", 1500),
        ("price", "12.5", "price", None),
        ("price", 2**63, "price", None),
        ("price", -(2**63), "price", -(2**63)),
        ("price", 12.0, "price", 12),
        ("price", True, "price", None),
        ("price", {"amount": 5}, "price", None),
        ("nmId", "", "nm_id", None),
        ("article", 55, "article", "55"),
        ("article", ["a"], "article", None),
        ("article", "a\0b", "article", "ab"),
        ("article", "'; DROP TABLE wb_order; --", "article", "'; DROP TABLE wb_order; --"),
        ("createdAt", "not a date", "created_at", 0),
        ("createdAt", None, "created_at", 0),
        ("createdAt", 17, "created_at", 0),
        ("createdAt", "2026-11-01T03:00:00+03:00", "created_at", 1793491200),
        ("createdAt", "2026-11-01T00:00:00.123456789Z", "created_at", 1793491200),
        ("currencyCode", 10**12, "currency_code", 10**12),
        ("deliveryType", None, "delivery_type", "fbs"),
    ],
)
def test_a_field_of_a_wrong_kind_loses_the_field_not_the_row(
    session: Session, seller: int, field: str, sent: object, column: str, kept: object
) -> None:
    row = order(0, **{field: sent})
    assert write(session, seller, [order(1), row]) == WriteResult(created=2)
    assert getattr(stored(session), column) == kept
    assert browse.raw_row(session, seller, 1000) == row
    assert stored(session, 1).price == 150_001


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (None, "not_an_object"),
        ("text", "not_an_object"),
        ([1], "not_an_object"),
        ({}, "no_id"),
        ({"id": None, "rid": "x"}, "no_id"),
        ({"id": "abc"}, "bad_id"),
        ({"id": 1.5}, "bad_id"),
        ({"id": True}, "bad_id"),
        ({"id": 2**63}, "bad_id"),
        ({"id": {"a": 1}}, "bad_id"),
        ({"id": "1" * 50}, "bad_id"),
    ],
)
def test_a_row_without_a_usable_id_goes_to_quarantine_once(
    session: Session, seller: int, row: object, reason: str
) -> None:
    assert write(session, seller, [row, order(0), row]) == WriteResult(created=1, rejected=2)
    assert write(session, seller, [row]) == WriteResult(rejected=1)
    kept = writing.list_rejected(session, run_id="run")
    assert [(r.reason, r.source, r.run_id) for r in kept] == [(reason, "period", "run")]


def test_of_a_row_that_nobody_can_read_each_seller_has_its_own(session: Session, seller: int) -> None:
    """The same row from the same list: an import shows its own, and no other seller's."""
    other = make_seller(session, "s2")
    write(session, seller, [{"rid": "never readable"}])
    writing.write_orders(session, other, [{"rid": "never readable"}], run_id="theirs", source="period")
    session.commit()
    assert [row.seller_id for row in writing.list_rejected(session, run_id="run")] == [seller]
    assert [row.seller_id for row in writing.list_rejected(session, run_id="theirs")] == [other]


def test_digits_are_an_id(session: Session, seller: int) -> None:
    assert write(session, seller, [order(0, id=" 1000 ")]) == WriteResult(created=1)
    assert stored(session).rid == "rid-0"


def test_half_a_surrogate_pair_breaks_nothing(session: Session, seller: int) -> None:
    assert write(session, seller, [order(0, article="a\ud800b"), {"id": "\ud800"}]).created == 1
    assert stored(session).article == "a?b"


def test_the_quarantine_is_read_again_by_a_version_that_knows_better(session: Session, seller: int) -> None:
    write(session, seller, [{"rid": "never readable"}])
    readable = RejectedRow(
        seller_id=seller, run_id="run", source="new", reason="bad_id", digest=1, raw=b'{"id": 5, "price": 3}'
    )
    session.add(readable)
    session.commit()
    assert writing.retry_rejected(session, NOW) == 1
    session.commit()
    assert [row.reason for row in writing.list_rejected(session)] == ["no_id"]
    assert session.get(Order, (seller, 5)) is not None


def test_statuses_change_orders_counters_and_history(session: Session, seller: int) -> None:
    write(session, seller, [order(n) for n in range(3)], source="new")
    rows = [{"id": 1000 + n, "supplierStatus": "new", "wbStatus": "waiting"} for n in range(3)]
    assert writing.write_statuses(session, seller, rows, run_id="run", now=NOW) == WriteResult(updated=3)
    assert writing.write_statuses(session, seller, rows, run_id="run") == WriteResult(unchanged=3)
    rows[0] |= {"supplierStatus": "complete", "wbStatus": "sold"}
    assert writing.write_statuses(session, seller, rows, run_id="run").updated == 1
    session.commit()
    assert kept_counters(session) == counted(session)
    assert browse.counters(session, seller).wb_status == {"sold": 1, "waiting": 2}
    history = browse.status_history(session, seller, 1000)
    assert [h.wb_status for h in history] == ["waiting", "sold"]
    assert history[0].at == NOW
    assert writing.ids_to_check(session, seller, 0, 10) == [1001, 1002]
    assert writing.ids_to_check(session, seller, 1001, 10) == [1002]


def test_the_time_of_a_status_is_that_of_its_last_change(session: Session, seller: int) -> None:
    """It is the column "status since", and from it an order waits too long."""

    def since() -> int | None:
        return stored(session).status_at

    def told(supplier: str, now: datetime) -> int:
        row = {"id": 1000, "supplierStatus": supplier, "wbStatus": "waiting"}
        writing.write_statuses(session, seller, [row], run_id="run", now=now)
        return int(now.timestamp())

    write(session, seller, [order(0)])
    assert since() is None, "WB has told of none"
    first = told("new", NOW)
    assert since() == first
    told("new", NOW + timedelta(hours=1))
    write(session, seller, [order(0, price=5)])
    assert since() == first, "it is the same status"
    second = told("confirm", NOW + timedelta(hours=2))
    assert since() == second


def test_statuses_that_fit_nothing_are_kept_aside(session: Session, seller: int) -> None:
    write(session, seller, [order(0)])
    rows = [
        {"id": 1000, "supplierStatus": 5.5, "wbStatus": {}},
        {"id": 77, "supplierStatus": "new", "wbStatus": "waiting"},
        {"supplierStatus": "new"},
        {"id": 1000, "supplierStatus": None, "wbStatus": []},
    ]
    result = writing.write_statuses(session, seller, rows, run_id="run")
    assert (result.updated, result.rejected) == (0, 3)
    reasons = {row.reason for row in writing.list_rejected(session)}
    assert reasons == {"unknown_order", "no_id", "no_status"}


def test_an_unknown_status_is_taken_as_it_comes(session: Session, seller: int) -> None:
    write(session, seller, [order(0)])
    rows = [{"id": 1000, "supplierStatus": "teleported", "wbStatus": "beamed"}]
    assert writing.write_statuses(session, seller, rows, run_id="run").updated == 1
    assert stored(session).supplier_status == "teleported"
    assert stored(session).is_open


def test_buyers_are_encrypted_and_asked_for_once(session: Session, seller: int) -> None:
    write(session, seller, [order(0, crossBorderType=1), order(1)])
    assert writing.buyers_to_ask(session, seller, 0, 10) == [1000]
    buyer = {"orderID": 1000, "fullName": "Ayşe Yılmaz", "phone": "900", "phoneCode": 1}
    assert writing.write_clients(session, seller, [buyer], run_id="run") == WriteResult(created=1)
    assert writing.write_clients(session, seller, [buyer], run_id="run") == WriteResult(unchanged=1)
    moved = {**buyer, "phone": "901"}
    assert writing.write_clients(session, seller, [moved], run_id="run") == WriteResult(updated=1)
    session.commit()
    assert writing.buyers_to_ask(session, seller, 0, 10) == []
    assert buyers.reveal(session, seller, 1000)["phone"] == "901"
    kept = session.get(OrderClient, (seller, 1000))
    assert kept is not None
    assert "Ayşe".encode() not in kept.data_encrypted


def test_a_buyer_without_order_leaves_no_name_in_quarantine(session: Session, seller: int) -> None:
    result = writing.write_clients(session, seller, [{"fullName": "Ayşe Yılmaz"}, "Ayşe"], run_id="run")
    assert result == WriteResult(rejected=2)
    assert all(b"Ay" not in row.raw for row in writing.list_rejected(session))


def test_statistics_are_moscow_time_and_roubles(session: Session, seller: int) -> None:
    rows = [statistics(0), statistics(1, isCancel=True, cancelDate="2026-11-02T03:00:00")]
    assert writing.write_statistics(session, seller, rows, run_id="run") == WriteResult(created=2)
    assert writing.write_statistics(session, seller, rows, run_id="run") == WriteResult(unchanged=2)
    found = session.exec(select(StatisticsOrder).order_by(col(StatisticsOrder.srid))).all()
    assert [row.date for row in found] == [1793491200, 1793491260]
    assert [row.cancel_date for row in found] == [None, 1793577600]
    assert (found[0].total_price, found[0].price_with_disc, found[0].finished_price) == (
        189_055,
        120_000,
        110_010,
    )
    assert browse.counters(session, seller, "statistics").supplier_status == {"": 1, "cancel": 1}
    writing.write_statistics(session, seller, [statistics(0, isCancel=True)], run_id="run")
    assert kept_counters(session, "statistics") == Counter({("cancel", ""): 2})


@pytest.mark.parametrize(
    ("roubles", "kopecks"),
    [
        (0.1 + 0.2, 30),
        (1.005, 101),
        (2.675, 268),
        (-1.005, -101),
        ("99.90", 9990),
        (8_388_608.07, 838_860_807),
        (123_456_789_012.34, 12_345_678_901_234),
        (1e300, None),
        ("much", None),
        (float("1e-9"), 0),
        (10**18, None),
        (True, None),
    ],
)
def test_roubles_become_kopecks_exactly(
    session: Session, seller: int, roubles: object, kopecks: int | None
) -> None:
    writing.write_statistics(session, seller, [statistics(0, totalPrice=roubles)], run_id="run")
    assert session.exec(select(StatisticsOrder.total_price)).one() == kopecks


def test_statistics_without_srid_go_to_quarantine(session: Session, seller: int) -> None:
    result = writing.write_statistics(session, seller, [statistics(0, srid=""), {}, 5], run_id="run")
    assert result == WriteResult(rejected=3)


@pytest.mark.parametrize("seed", range(2))
def test_counters_hold_through_any_mixture(session: Session, seller: int, seed: int) -> None:
    dice = random.Random(seed)
    for _ in range(25):
        picked = [dice.randrange(60) for _ in range(dice.randrange(1, 30))]
        kind = dice.choice(["new", "period", "archive", "statuses"])
        if kind == "archive":
            wb = dice.choice(["sold", "canceled", None])
            rows = [archived(n, status={"supplierStatus": "complete", "wbStatus": wb}) for n in picked]
            writing.write_archive(session, seller, rows, run_id="run")
        elif kind == "statuses":
            said = {"supplierStatus": dice.choice(["confirm", "new", None]), "wbStatus": "sorted"}
            writing.write_statuses(session, seller, [{"id": 1000 + n, **said} for n in picked], run_id="run")
        else:
            write(session, seller, [order(n, price=dice.randrange(3)) for n in picked], source=kind)
        session.commit()
    assert kept_counters(session) == counted(session)
    assert browse.counters(session).total == session.exec(select(func.count()).select_from(Order)).one()


def test_nothing_stays_of_a_page_that_was_not_committed(session: Session, seller: int) -> None:
    session.commit()
    writing.write_orders(session, seller, [order(0), {}], run_id="run", source="new")
    session.rollback()
    assert browse.counters(session).total == 0
    assert writing.list_rejected(session) == []
    assert session.exec(select(func.count()).select_from(Order)).one() == 0


def test_a_databases_error_is_sqlalchemys_and_shows_no_row(session: Session, seller: int) -> None:
    session.commit()
    session.connection().exec_driver_sql("DROP TABLE order_counter")
    with pytest.raises(DBAPIError) as caught:
        writing.write_orders(session, seller, [order(0, article="secret-article")], run_id="r", source="new")
    assert "secret-article" not in str(caught.value)


def test_an_empty_page_is_nothing(session: Session, seller: int) -> None:
    assert write(session, seller, []) == WriteResult()
    assert writing.write_statuses(session, seller, [], run_id="run") == WriteResult()
    assert writing.write_clients(session, seller, [], run_id="run") == WriteResult()
    assert writing.write_statistics(session, seller, [], run_id="run") == WriteResult()
