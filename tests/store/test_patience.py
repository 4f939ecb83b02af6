"""What may go away by itself is waited for; what a statement has done wrong is not."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, OperationalError

from wbcore.store import db
from wbcore.store.patience import is_passing, patiently

WRONG = {
    "sqlite": "SELECT no_such_column FROM setting",
    "postgresql": (
        "INSERT INTO setting (name, value)"
        " SELECT string_agg(md5(n::text), ''), '1' FROM generate_series(1, 2000) AS n"
    ),
}


def test_a_statement_that_is_wrong_is_not_tried_again(database: str) -> None:
    tries = []

    def wrong() -> None:
        tries.append(1)
        with db.session() as session:
            kind = session.get_bind().dialect.name
            session.connection().execute(text(WRONG[kind]))

    with pytest.raises(DBAPIError) as raised:
        patiently(wrong, patience_s=5)
    assert isinstance(raised.value, OperationalError), "the driver calls it so"
    assert not is_passing(raised.value)
    assert tries == [1]
