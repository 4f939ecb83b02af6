"""What tests of orders begin with: a database, a session, a seller."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlmodel import Session

from tests.orders.samples import make_seller
from wbcore.store import db


@pytest.fixture
def session(database: str) -> Iterator[Session]:
    with db.session() as opened:
        yield opened


@pytest.fixture
def seller(session: Session) -> int:
    return make_seller(session)
