"""Learning and test orders are never listed or counted with real ones."""

from __future__ import annotations

import io

import pytest
from sqlmodel import Session, select

from tests.orders.samples import order, write
from wbcore.keys import keyring
from wbcore.orders import browse, export
from wbcore.orders.filters import OrderFilters, meant, meant_among
from wbcore.store import db
from wbcore.store.models import Seller


def sell(session: Session, environment: str, first: int, count: int) -> int:
    seller = keyring.upsert_seller(session, "s1", environment, "ООО Ромашка")
    assert seller.id is not None
    write(session, seller.id, [order(first + n) for n in range(count)], source="new")
    return seller.id


def listed(session: Session, **chosen: object) -> int:
    return len(browse.page(session, OrderFilters(**chosen)).rows)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("there", "meant"),
    [
        (("demo", "test", "production"), "production"),
        (("demo", "test"), "test"),
        (("demo",), "demo"),
    ],
)
def test_all_means_the_real_ones_where_there_are_any(
    database: str, there: tuple[str, ...], meant: str
) -> None:
    sizes = {"production": 3, "test": 5, "demo": 7}
    with db.session() as session:
        ids = {name: sell(session, name, 100 * n, sizes[name]) for n, name in enumerate(there)}
        assert browse.counters(session).total == listed(session) == sizes[meant]
        assert export.export(session, OrderFilters(), "csv", io.BytesIO()) == sizes[meant]
        for name, seller_id in ids.items():  # asked for by itself, each is there
            assert browse.counters(session, seller_id).total == sizes[name]
            assert listed(session, seller_ids=(seller_id,)) == sizes[name]


@pytest.mark.parametrize("there", [("demo", "test", "production"), ("demo", "test"), ("demo",), ()])
def test_the_screens_mean_the_same_sellers_as_the_list(database: str, there: tuple[str, ...]) -> None:
    """What a screen says of whom it lists is found among sellers that it has read, and not by the query."""
    with db.session() as session:
        ids = [sell(session, name, 100 * n, 1) for n, name in enumerate(there)]
        known = session.exec(select(Seller)).all()
        for chosen in (None, (), tuple(ids[:1]), tuple(ids[-1:]), (*ids, 4711)):
            asked = OrderFilters(seller_ids=chosen)
            assert sorted(meant_among(known, asked)) == sorted(meant(session, asked)), chosen
