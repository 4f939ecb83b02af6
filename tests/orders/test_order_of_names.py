"""A database that orders words as a language does, as PostgreSQL's usually do: "a" before "B"."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import pytest
from sqlmodel import Session

from tests.conftest import Postgres
from tests.orders.samples import make_seller, statistics
from wbcore.orders import browse, writing
from wbcore.orders.filters import OrderFilters
from wbcore.settings import settings
from wbcore.store import db

NAMES = ("a.1", "A1", "a-2", "B0", "b", "Z", "z", "_x", "1", "10", "9", "a_1", "ж", "Ж")
ENGLISH = "TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'en-US' LOCALE 'C.UTF-8'"


@pytest.fixture
def session(postgres: Postgres, monkeypatch: pytest.MonkeyPatch) -> Iterator[Session]:
    name = f"t{uuid4().hex}"
    postgres.run(f"CREATE DATABASE {name} {ENGLISH}")
    monkeypatch.setenv("WB_DATABASE_URL", postgres.url(name))
    settings.cache_clear()
    db.prepare()
    with db.session() as opened:
        yield opened
    db.dispose()
    postgres.drop_database(name)


@pytest.mark.postgres
@pytest.mark.parametrize("limit", [1, 3, 5])
def test_rows_of_one_second_are_turned_over_each_once(session: Session, limit: int) -> None:
    sellers = tuple(make_seller(session, sid) for sid in ("s1", "s2"))
    for seller in sellers:
        rows = [statistics(0, srid=name) for name in NAMES]
        writing.write_statistics(session, seller, rows, run_id="run")
    for some in (sellers[:1], sellers):
        asked = OrderFilters(kind="statistics", seller_ids=some)
        shown, place = [], None
        for _ in range(len(some) * len(NAMES)):
            page = browse.page(session, asked, place, limit)
            shown += [(row.seller_id, row.srid) for row in page.rows]
            place = page.next
            if place is None:
                break
        assert sorted(shown) == sorted((seller, name) for seller in some for name in NAMES)
