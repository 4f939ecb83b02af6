"""A user limited to sellers: the limit stands in every statement, whoever wrote it."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from datetime import UTC, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from sqlalchemy import func
from sqlmodel import Session, col, select

import wbcore
import wbcore.orders
from tests.orders.samples import START, make_seller, order, statistics, write
from wbcore.orders import browse, buyers, figures, numbers, picking, sales, totals, vocabulary, writing
from wbcore.orders.filters import OrderFilters, meant
from wbcore.orders.known import Known, has_rid
from wbcore.orders.tables import SHAPES, OrderRow
from wbcore.orders.ways import ways_of
from wbcore.store import db, models, visibility
from wbcore.store.models import (
    SLOT_S,
    CapabilityState,
    Checklist,
    Key,
    Order,
    OrderClient,
    PickingSheet,
    RejectedRow,
    RejectedRowRun,
    Run,
    Seller,
)


@pytest.fixture
def two_sellers(database: str) -> None:
    """Sellers 1 and 2, each with a key, an order, a run, a checklist and a capability."""
    with db.session() as session:
        for number in (1, 2):
            session.add(Seller(id=number, sid=f"sid-{number}", environment="production"))
        session.flush()
        for number in (1, 2):
            session.add(
                Key(
                    id=number,
                    name=f"key-{number}",
                    seller_id=number,
                    environment="production",
                    token_encrypted=b"",
                    fingerprint="",
                    facts={},
                )
            )
        session.flush()
        for number in (1, 2):
            session.add(Order(seller_id=number, id=number, digest=0, raw=b"{}"))
            session.add(Run(id=f"run-{number}", key_id=number, key_name="", seller_id=number, source="new"))
            session.add(
                Checklist(id=f"list-{number}", key_id=number, code="c", severity="error", diagnosis={})
            )
            session.add(CapabilityState(key_id=number, capability="ping", status="ok", evidence="token"))
        session.commit()


def test_each_way_to_ask_is_limited(two_sellers: None) -> None:
    with db.unlimited_session() as session:
        visibility.limit(session, frozenset({1}))
        assert [key.id for key in session.exec(select(Key))] == [1]
        assert list(session.exec(select(Key.name))) == ["key-1"]
        assert session.exec(select(func.count()).select_from(Order)).one() == 1
        assert session.exec(select(func.count(col(Run.id)))).one() == 1
        assert list(session.exec(select(Checklist.id))) == ["list-1"]
        assert list(session.exec(select(Seller.sid))) == ["sid-1"]
        joined = select(CapabilityState.key_id).join(Key, col(Key.id) == col(CapabilityState.key_id))
        assert list(session.exec(joined)) == [1]
        inside = select(Key.id, func.count().label("n")).group_by(col(Key.id)).subquery()
        assert [row.id for row in session.execute(select(inside.c.id))] == [1]
    for model, identity in ((Key, 2), (Run, "run-2"), (Checklist, "list-2"), (Order, (2, 2)), (Seller, 2)):
        with db.unlimited_session() as session:
            visibility.limit(session, frozenset({1}))
            assert session.get(model, identity) is None, model


def test_that_a_row_of_another_seller_could_not_be_read_is_not_seen(two_sellers: None) -> None:
    with db.unlimited_session() as session:
        for number in (1, 2):
            run = {"run_id": f"run-{number}", "source": "new", "reason": "no id", "raw": b"7"}
            session.add(RejectedRow(id=number, seller_id=number, digest=0, **run))
            session.flush()
            session.add(RejectedRowRun(run_id=f"run-{number}", row_id=number))
        session.commit()
    with db.unlimited_session() as session:
        visibility.limit(session, frozenset({1}))
        assert list(session.exec(select(RejectedRow.seller_id))) == [1]
        assert list(session.exec(select(RejectedRowRun.run_id))) == ["run-1"]


def test_who_knows_no_seller_sees_nothing(two_sellers: None) -> None:
    with db.unlimited_session() as session:
        visibility.limit(session, frozenset())
        for model in (Key, Seller, Order, Run, Checklist, CapabilityState):
            assert session.exec(select(model)).all() == [], model


def test_a_limited_session_changes_nothing_of_others(two_sellers: None) -> None:
    from sqlmodel import delete, update

    with db.unlimited_session() as session:
        visibility.limit(session, frozenset({1}))
        session.exec(update(Run).values(source="changed"))
        session.exec(delete(Order))
        session.commit()
    with db.unlimited_session() as session:
        assert sorted((run.id, run.source) for run in session.exec(select(Run))) == [
            ("run-1", "changed"),
            ("run-2", "new"),
        ]
        assert [order.seller_id for order in session.exec(select(Order))] == [2]


def test_every_table_of_sellers_is_limited() -> None:
    """A table that comes some day and says whose a row is only through another one is thought of."""
    owners = {"seller_id", "key_id", "row_id"}
    free = {
        "User", "UserSession", "SignInFailure", "AuditEntry", "AuditHead", "Quota", "Worker", "Value",
        "AlertChannel", "Alert", "Chore", "RequestCount", "Seller", "Preference", "Lease",
        "Kept", "UserFile", "FileOrder",  # each user's own, or owners' alone
    }  # fmt: skip
    for mapper in models.SQLModel._sa_registry.mappers:
        assert owners & set(mapper.columns.keys()) or mapper.class_.__name__ in free, mapper.class_.__name__


# --- What asks for a seller's rows by its id ----------------------------------------------------------------

NOW = START + timedelta(days=1)
DAY = START.date()
STATUSES = (
    *((0, "new", "waiting"), (0, "confirm", "waiting")),
    *((1, "new", "waiting"), (1, "cancel", "canceled")),
)
Way = Callable[[Session, int], Any]


def _with_places(session: Session, seller: int) -> browse.Summary:
    """A list as it was counted by somebody who sees everything."""
    with db.unlimited_session() as everything:
        return browse.summary(everything, OrderFilters(seller_ids=(seller,)), [seller])


def _row(session: Session, seller: int) -> OrderRow:
    with db.unlimited_session() as everything:
        found = browse.order_of(everything, seller, 1000)
    assert found is not None
    return found


WAYS: dict[str, Way] = {
    "filters.meant": lambda s, who: meant(s, OrderFilters(seller_ids=(who,))),
    "browse.page": lambda s, who: browse.page(s, OrderFilters(seller_ids=(who,)), sellers=[who]).rows,
    "browse.first_page": lambda s, who: (
        browse.first_page(s, OrderFilters(seller_ids=(who,)), _with_places(s, who), 10, {}).rows
    ),
    "browse.summary": lambda s, who: browse.summary(s, OrderFilters(seller_ids=(who,)), [who]).count,
    "browse.page_by_amount": lambda s, who: (
        browse.page_by_amount(s, OrderFilters(seller_ids=(who,)), _with_places(s, who), None, 10).rows
    ),
    "browse.iter_columns": lambda s, who: list(browse.iter_columns(s, OrderFilters(seller_ids=(who,)))),
    "browse.count": lambda s, who: browse.count(s, OrderFilters(seller_ids=(who,))),
    "known.has_rid": lambda s, who: has_rid(s, [who], "rid-0", Known()),
    "browse.counters": lambda s, who: browse.counters(s, who).total,
    "browse.status_history": lambda s, who: browse.status_history(s, who, 1000),
    "browse.order_of": lambda s, who: browse.order_of(s, who, 1000),
    "browse.feed_of": lambda s, who: browse.feed_of(s, who, "rid-0"),
    "browse.basket": lambda s, who: browse.basket(s, _row(s, who)),
    "browse.raw_row": lambda s, who: browse.raw_row(s, who, 1000),
    "buyers.is_known": lambda s, who: buyers.is_known(s, who, 1000),
    "figures.by_hour": lambda s, who: figures.by_hour(s, START, NOW, who),
    "figures.by_day": lambda s, who: figures.by_day(s, DAY, DAY, UTC, who),
    "figures.waiting": lambda s, who: figures.waiting(s, START, who).assembly,
    "figures.lost": lambda s, who: figures.lost(s, START, who),
    "figures.top": lambda s, who: figures.top(s, "article", DAY, DAY, who),
    "figures.waits": lambda s, who: sum(figures.waits(s, START, NOW, who).values()),
    "numbers.find": lambda s, who: numbers.find(s, [who], "100", (0, int(NOW.timestamp()) // SLOT_S), 9).ids,
    "picking.sheets": picking.sheets,
    "picking.waiting": lambda s, who: sum(picking.waiting(s, who).values()),
    "sales.of_day": lambda s, who: sales.of_day(s, DAY, UTC, (who,)),
    "sales.of_days": lambda s, who: sales.of_days(s, DAY, DAY, UTC, (who,)),
    "totals.summary": lambda s, who: totals.summary(s, OrderFilters(article=f"only-{who}"), [who]).count,  # type: ignore[union-attr]
    "ways.ways_of": lambda s, who: ways_of(
        s, SHAPES["orders"], OrderFilters(status="cancelled"), [who], None, known=Known()
    )[who],
    "vocabulary.find": lambda s, who: vocabulary.find(s, [who], f"only-{who}"),
    "vocabulary.owners": lambda s, who: vocabulary.owners(s, [who], "article", f"only-{who}"),
    "vocabulary.choices": lambda s, who: vocabulary.choices(s, [who], ["supply_id"])["supply_id"],
}
"""All that reads a seller's rows for whoever gives its id: called so that it finds some."""
ASK_FOR_RIGHTS = {"buyers.reveal", "picking.make"}
"""They refuse another's seller by themselves (``require``, tests/people/test_roles.py)."""
NO_ROWS = {"buyers.cutoff"}
WRITERS = {"bulk", "writing"}
"""Modules of the imports, whose sessions see everything."""
ALL_THAT_IS_MEANT = {"export.export", "parcel.make"}
"""They read by ``browse.iter_columns``."""


@pytest.fixture
def two_shops(database: str) -> tuple[int, int]:
    """Two sellers with the same orders each: in assembly, lost, in the feed and in the statistics."""
    with db.session() as session:
        ids = [make_seller(session, sid) for sid in ("sid-1", "sid-2")]
        for seller in ids:
            rows = [order(n, article=f"only-{seller}", supplyId=f"WB-GI-{seller}") for n in range(4)]
            write(session, seller, rows, source="new", now=START)
            for number, supplier, wb in STATUSES:
                row = {"id": 1000 + number, "supplierStatus": supplier, "wbStatus": wb}
                writing.write_statuses(session, seller, [row], run_id="r", now=START + timedelta(hours=1))
            happened = START.isoformat()
            feed = {"srid": "rid-0", "createdAt": happened, "updatedAt": happened, "status": "created"}
            writing.write_feed(session, seller, [{**feed, "sellerPrice": 9, "currency": "RUB"}], run_id="r")
            writing.write_statistics(session, seller, [statistics(0)], run_id="r")
            session.add(OrderClient(seller_id=seller, order_id=1000, data_encrypted=b""))
            session.add(PickingSheet(seller_id=seller, choice="new"))
        session.commit()
    return ids[0], ids[1]


@pytest.mark.parametrize("name", WAYS)
def test_another_sellers_rows_are_not_given_for_its_id(two_shops: tuple[int, int], name: str) -> None:
    """Also where a statement is in SQL's own words, which the session does not limit."""
    mine, other = two_shops
    with db.unlimited_session() as session:
        assert WAYS[name](session, other), "nothing is there to be hidden"
    with db.unlimited_session() as session:
        visibility.limit(session, frozenset({mine}))
        assert WAYS[name](session, mine)
        assert not WAYS[name](session, other)


def test_each_way_to_ask_by_a_sellers_id_is_tried() -> None:
    """A function that comes some day and is given a seller, or a list of orders, is thought of."""
    given = {"seller_id", "seller_ids", "sellers", "filters", "order", "wish"}
    there = {
        f"{module.__name__.rpartition('.')[2]}.{name}"
        for module in _modules(wbcore.orders)
        for name, made in inspect.getmembers(module, inspect.isfunction)
        if made.__module__ == module.__name__ and not name.startswith("_")
        if "session" in (names := inspect.signature(made).parameters) and given & set(names)
    }
    readers = {name for name in there if name.partition(".")[0] not in WRITERS}
    assert readers == {*WAYS, *ASK_FOR_RIGHTS, *NO_ROWS, *ALL_THAT_IS_MEANT}


def _modules(package: ModuleType) -> Iterator[ModuleType]:
    for found in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
        yield importlib.import_module(found.name)


OWN_WORDS = {
    "keys/joining.py": {"join", "join.run"},  # an owner's
    "orders/finder.py": {
        # of the sellers that Finder.__init__ has left
        *("Finder.stream", "Finder.execute", "Finder._execute"),
    },
    "orders/buyers.py": {"_erase", "_some", "_move_batch"},  # an owner's, and the program's own
    "orders/bulk.py": {"Bulk.insert", "Bulk.update", "Bulk.run_many"},  # an import's
    "orders/figures.py": {"waiting", "_lost_since"},  # conditions in a statement that is limited
    "orders/recount.py": {"_recount"},  # the program's own
    "orders/vocabulary.py": {"_fill_batch"},  # the program's own
    "orders/writing.py": {""},  # a condition in statements that are limited
}
"""Functions with SQL in its own words that is no reader's, or is limited elsewhere."""


def test_sql_in_its_own_words_is_limited_by_whoever_writes_it() -> None:
    """``visibility`` limits statements that SQLAlchemy makes; those in words have to ask it."""
    root = Path(wbcore.__file__).parent
    forgotten = []
    for path in sorted(root.rglob("*.py")):
        place = path.relative_to(root)
        if place.parts[0] in ("api", "cli", "sandbox", "store", "worker"):  # of nobody who signs in
            continue
        for name, calls in _calls(ast.parse(path.read_text(encoding="utf-8"))).items():
            if calls & {"text", "exec_driver_sql", ".cursor"} and ".only_seen" not in calls:
                forgotten.append((place.as_posix(), name))
    assert sorted(forgotten) == sorted((path, name) for path, names in OWN_WORDS.items() for name in names)


def _calls(tree: ast.AST, inside: str = "") -> dict[str, set[str]]:
    """Function -> what it calls: names as they are, methods with a dot."""
    found: dict[str, set[str]] = {}
    for node in ast.iter_child_nodes(tree):
        is_named = isinstance(node, ast.FunctionDef | ast.ClassDef)
        name = ".".join(filter(None, (inside, node.name))) if is_named else inside  # type: ignore[attr-defined]
        if isinstance(node, ast.Call):
            called = node.func
            if isinstance(called, ast.Name):
                found.setdefault(inside, set()).add(called.id)
            elif isinstance(called, ast.Attribute):
                is_driver = called.attr == "exec_driver_sql"
                found.setdefault(inside, set()).add(called.attr if is_driver else f".{called.attr}")
        for function, calls in _calls(node, name).items():
            found.setdefault(function, set()).update(calls)
    return found
