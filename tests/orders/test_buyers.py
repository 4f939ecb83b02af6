"""Buyers' data: nowhere but encrypted, shown to who may see it, gone in time and at once."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from sqlmodel import Session, select

from tests.locks import ON_POSTGRES, waited_for
from tests.work import run_chores
from wbcore.orders import browse, buyers, export, writing
from wbcore.orders.filters import OrderFilters
from wbcore.people.actor import Actor, NotAllowed
from wbcore.settings import settings
from wbcore.store import crypto, db, sealed, values
from wbcore.store.models import AuditEntry, Order, OrderClient, OrderPrivate, RejectedRow, Seller
from wbcore.worker.readiness import make_ready

NAMES = ("Ленина", "Позвоните", "Айше", "79001112233", "37.617298811042")
"""What must be found nowhere."""
DAY_S = 86_400


@pytest.fixture
def seller(database: str) -> int:
    make_ready()
    with db.session() as session:
        made = Seller(sid="00000000-s", environment="production")
        session.add(made)
        session.commit()
        assert made.id is not None
        return made.id


@pytest.fixture
def session(seller: int) -> Iterator[Session]:
    with db.session() as opened:
        yield opened


def row(number: int = 1, *, days: float = 1, **more: Any) -> dict[str, Any]:
    at = datetime.now(UTC) - timedelta(days=days)
    return {
        "id": number,
        "createdAt": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "article": "A-1",
        "address": {"fullAddress": "Москва, ул. Ленина, 5", "longitude": 37.617298811042, "latitude": 55.75},
        "comment": "Позвоните за час",
        "offices": ["Москва"],
        **more,
    }


def write(session: Session, seller: int, *rows: object, source: str = "new") -> writing.WriteResult:
    done = writing.write_orders(session, seller, rows, run_id="run", source=source)
    session.commit()
    return done


def everything(session: Session) -> bytes:
    """All that is kept readable of orders and of rows in quarantine."""
    orders = session.exec(select(Order.raw)).all()
    return b"\n".join([*orders, *session.exec(select(RejectedRow.raw)).all()])


def found_in(data: bytes) -> list[str]:
    return [name for name in NAMES if name.encode() in data]


def test_a_buyer_stands_in_no_row_and_is_encrypted(session: Session, seller: int) -> None:
    write(session, seller, row(), row(2, comment="", address=None))
    kept = orjson.loads(session.exec(select(Order.raw).where(Order.id == 1)).one())
    assert kept.keys() == {"id", "createdAt", "article", "offices"}
    assert orjson.loads(session.exec(select(Order.raw).where(Order.id == 2)).one())["comment"] == ""
    assert found_in(everything(session)) == []
    (private,) = session.exec(select(OrderPrivate)).all()
    assert private.data_encrypted.startswith(crypto.ROW)
    assert found_in(private.data_encrypted) == []
    assert buyers.reveal(session, seller, 1)["comment"] == "Позвоните за час"


def test_a_page_that_has_to_be_written_once_more_names_nobody_either(session: Session, seller: int) -> None:
    """Its rows were read before: once, for all that is tried with them."""
    rows = [row(n, delivery={"person": {"phone": "79001112233"}}) for n in range(3)]
    read = writing.read_orders(rows)
    writing.write_orders(session, seller, read, run_id="run", source="period")
    session.rollback()  # the database was away
    assert writing.write_orders(session, seller, read, run_id="run", source="period").created == len(rows)
    session.commit()
    assert not found_in(everything(session))
    assert buyers.reveal(session, seller, 1)["delivery.person.phone"] == "79001112233"


def test_deeper_fields_are_found_too(session: Session, seller: int) -> None:
    nested = row(address=None, comment="", delivery={"kind": "x", "person": {"phone": "79001112233"}})
    write(session, seller, nested, row(2))
    assert found_in(everything(session)) == []
    assert buyers.reveal(session, seller, 1) == {"delivery.person.phone": "79001112233"}
    assert b'"kind":"x"' in session.exec(select(Order.raw).where(Order.id == 1)).one()


def test_lists_inside_a_row_are_looked_through_too(session: Session, seller: int) -> None:
    people = [{"kind": "x", "phone": "79001112233"}, [{"comment": "Позвоните"}], "text", 5]
    write(session, seller, row(address=None, comment="", people=people))
    write(session, seller, row(2, address=None, comment="", notes=[{"comment": "Позвоните"}]))
    assert found_in(everything(session)) == []
    found = {"people.0.phone": "79001112233", "people.1.0.comment": "Позвоните"}
    assert buyers.reveal(session, seller, 1) == found
    assert buyers.reveal(session, seller, 2) == {"notes.0.comment": "Позвоните"}
    kept = orjson.loads(session.exec(select(Order.raw).where(Order.id == 1)).one())
    assert kept["people"] == [{"kind": "x"}, [{}], "text", 5]


def test_what_one_row_lacks_hides_nothing_of_another(session: Session, seller: int) -> None:
    """Rows are looked into when a page says more of buyers than the tops of its rows do."""

    def inside(number: int, **delivery: object) -> dict[str, Any]:
        return row(number, address=None, comment="", delivery=delivery)

    bare = row(address={"city": "Москва"}, comment="")
    write(session, seller, bare, inside(2, fullAddress="Москва, ул. Ленина, 5"))
    write(session, seller, inside(3, latitude=55.75))
    write(session, seller, inside(4, address="Москва, ул. Ленина, 5"))
    assert found_in(everything(session)) == []
    assert "delivery.fullAddress" in buyers.reveal(session, seller, 2)
    assert buyers.reveal(session, seller, 3) == {"delivery.latitude": 55.75}
    assert "delivery.address" in buyers.reveal(session, seller, 4)


@ON_POSTGRES
def test_an_erasure_waits_for_the_page_on_its_way(session: Session, seller: int) -> None:
    """The page has asked from when on nothing is kept, and then writes: that is erased, too."""
    writing.write_orders(session, seller, [row()], run_id="run", source="new")
    with waited_for(buyers.erase):
        session.commit()
    assert session.exec(select(OrderPrivate)).all() == []


@ON_POSTGRES
def test_a_rotation_waits_for_the_page_on_its_way(session: Session, seller: int) -> None:
    writing.write_orders(session, seller, [row()], run_id="run", source="new")
    with waited_for(sealed.rotate):
        session.commit()
    crypto.vault()
    assert buyers.reveal(session, seller, 1)["comment"] == "Позвоните за час"


def test_what_comes_later_is_put_together(session: Session, seller: int) -> None:
    first = row(comment="")
    write(session, seller, first)
    assert write(session, seller, first).unchanged == 1
    assert write(session, seller, {**first, "comment": "Позвоните"}).updated == 1
    found = buyers.reveal(session, seller, 1)
    assert (found["comment"], found["address"]["longitude"]) == ("Позвоните", 37.617298811042)


def test_a_row_that_cant_be_read_is_kept_whole_and_encrypted(session: Session, seller: int) -> None:
    assert write(session, seller, row(number="no number")).rejected == 1
    (kept,) = writing.list_rejected(session)
    assert found_in(kept.raw) == []
    assert found_in(buyers.shown(kept.raw)) == []
    assert orjson.loads(buyers.unseal(kept.raw))["comment"] == "Позвоните за час"


def test_only_who_may_sees_a_buyer_and_the_audit_knows(session: Session, seller: int) -> None:
    write(session, seller, row())
    operator = Actor(5, "Вера", "operator")
    with pytest.raises(NotAllowed):
        buyers.reveal(session, seller, 1, operator)
    with pytest.raises(NotAllowed):
        buyers.reveal(session, seller, 1, Actor(5, "Вера", "owner"))
    with pytest.raises(NotAllowed):
        buyers.reveal(session, seller, 1, Actor(6, "А", "operator", frozenset({seller + 1}), True))
    assert buyers.reveal(session, seller, 1, Actor(7, "Нина", "viewer", None, True))
    session.commit()
    revealed = select(AuditEntry).where(AuditEntry.action == "buyer_revealed")
    (entry,) = session.exec(revealed).all()
    assert (entry.who, entry.subject) == ("Нина", "1")
    assert found_in(entry.details.encode()) == []


@pytest.mark.parametrize("form", ["json", "csv", "xlsx", "parquet"])
def test_no_export_has_a_buyer(form: Any, session: Session, seller: int) -> None:
    write(session, seller, row(), source="dbs")
    file = io.BytesIO()
    assert export.export(session, OrderFilters(), form, file) == 1
    columns = {column.name for column in export.COLUMNS["orders"]}
    assert not columns & (buyers.PERSONAL | {"raw"})
    assert found_in(file.getvalue()) == []
    assert found_in(orjson.dumps(browse.raw_row(session, seller, 1))) == []


def test_the_worker_erases_what_is_too_old(
    session: Session, seller: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(session, seller, row(1, days=1), row(2, days=29), row(3, days=31))
    assert not buyers.is_known(session, seller, 3)  # too old when it came: never kept
    writing.write_clients(session, seller, [{"orderID": 2, "phone": "79001112233"}], run_id="run")
    session.commit()
    run_chores(datetime.now(UTC) + timedelta(days=2))
    assert buyers.is_known(session, seller, 1)
    assert not buyers.is_known(session, seller, 2)
    monkeypatch.setenv("WB_BUYERS_DAYS", "0")
    settings.cache_clear()
    assert buyers.expire(datetime.now(UTC)) == 1
    assert session.exec(select(OrderPrivate)).all() == []


def test_erased_stays_erased_when_wb_sends_it_again(session: Session, seller: int) -> None:
    write(session, seller, row(1), row(2, days=10), row(number=None))
    assert buyers.erase(older_than=5) == 1
    assert buyers.is_known(session, seller, 1)
    assert buyers.erase() == 2  # an order and a row in quarantine
    write(session, seller, row(1, comment="Позвоните ещё раз"), row(2, days=10, comment="Позвоните"))
    assert session.exec(select(OrderPrivate)).all() == []
    assert found_in(everything(session)) == []
    assert session.exec(select(RejectedRow.raw)).one() == sealed.ERASED
    assert len(session.exec(select(Order)).all()) == 2
    actions = [entry.action for entry in session.exec(select(AuditEntry)).all()]
    assert actions == ["buyers_erased", "buyers_erased"]


def test_one_sellers_buyers_go_and_the_others_stay(session: Session, seller: int) -> None:
    other = Seller(sid="00000000-o", environment="production")
    session.add(other)
    session.commit()
    assert other.id is not None
    write(session, seller, row(1))
    write(session, other.id, row(1))
    assert buyers.erase(seller_ids=[seller]) == 1
    assert not buyers.is_known(session, seller, 1)
    assert buyers.is_known(session, other.id, 1)


def test_rows_of_older_versions_are_moved(
    session: Session, seller: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In batches; an interrupted move goes on."""
    monkeypatch.setattr(buyers, "MOVED_AT_ONCE", 10)
    now = int(datetime.now(UTC).timestamp())
    for number in range(35):
        whole = row(number, comment="Позвоните" if number % 2 else "", address=None)
        at = now - (40 if number == 33 else 1) * DAY_S
        session.add(Order(seller_id=seller, id=number, digest=1, created_at=at, raw=orjson.dumps(whole)))
    bad = orjson.dumps(row(number=None))
    session.add(RejectedRow(seller_id=seller, run_id="r", source="new", reason="no_id", digest=1, raw=bad))
    values.put(session, buyers.MOVED, [seller, 9])
    session.commit()
    assert buyers.move_old_rows() == 12 + 1
    values.put(session, buyers.MOVED, None)
    session.commit()
    assert buyers.move_old_rows() == 5
    session.expire_all()
    assert found_in(everything(session)) == []
    assert not buyers.is_known(session, seller, 33)
    assert buyers.reveal(session, seller, 7) == {"comment": "Позвоните"}
    assert buyers.move_old_rows() == 0


def test_sqlite_keeps_no_bytes_of_erased_buyers(data_dir: Any) -> None:
    make_ready()
    with db.session() as session:
        made = Seller(sid="00000000-s", environment="production")
        session.add(made)
        session.commit()
        assert made.id is not None
        write(session, made.id, *(row(number) for number in range(200)))
        kept = [data[20:60] for data in session.exec(select(OrderPrivate.data_encrypted)).all()]
    buyers.erase()
    files = b"".join(path.read_bytes() for path in settings().folder.glob("wb-desk.sqlite*"))
    assert [data for data in kept if data in files] == []
    assert found_in(files) == []
    with db.session() as session:
        assert session.exec(select(OrderClient)).all() == []
