"""What may go away by itself is waited for; what a statement has done wrong is not."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, OperationalError

from tests.conftest import Postgres
from wbcore.cli import failures
from wbcore.guidance import texts
from wbcore.settings import settings
from wbcore.store import db, patience, values
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


@pytest.mark.parametrize("soon", [True, False])
def test_a_file_that_may_only_be_read_is_told_within_seconds(
    sqlite: str, soon: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It becomes writable only when somebody has been told; who just copies it back has a moment for it."""
    monkeypatch.setattr(patience, "READ_ONLY_PATIENCE_S", 10.0 if soon else 0.3)
    tries = []

    def work() -> None:
        tries.append(1)
        with db.session() as session:
            only_read = not soon or len(tries) < 3
            session.connection().execute(text(f"PRAGMA query_only={only_read:d}"))
            try:
                values.put(session, "kept", "yes")
                session.commit()
            finally:
                session.rollback()
                session.connection().execute(text("PRAGMA query_only=0"))

    if soon:
        patiently(work, patience_s=20)
        assert len(tries) == 3
        return
    with pytest.raises(DBAPIError) as raised:
        patiently(work)
    assert isinstance(db.trouble(raised.value), db.DatabaseReadOnly)
    assert len(tries) < 10
    assert is_passing(raised.value), "an import that meets it is gone on with"


@pytest.fixture
def takes_no_changes(
    postgres: Postgres, prepared_postgres: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[bool], None]]:
    """A server that can be told to take changes or none, as managed ones do whose disk is almost full."""
    monkeypatch.setenv("WB_DATABASE_URL", prepared_postgres)
    settings.cache_clear()
    name = prepared_postgres.rpartition("/")[2]

    def tell(read_only: bool) -> None:
        to = "SET default_transaction_read_only = on" if read_only else "RESET default_transaction_read_only"
        postgres.run(f"ALTER DATABASE {name} {to}")

    tell(True)
    db.dispose()
    yield tell
    tell(False)


def put() -> None:
    with db.session() as session:
        values.put(session, "kept", "yes")
        session.commit()


@pytest.mark.postgres
def test_a_server_that_takes_no_changes_for_a_while_is_waited_for(
    takes_no_changes: Callable[[bool], None],
) -> None:
    tries = []

    def work() -> None:
        tries.append(1)
        if len(tries) == 3:
            takes_no_changes(False)
        put()

    patiently(work, patience_s=20)
    assert len(tries) >= 3
    with db.session() as session:
        assert values.get(session, "kept") == "yes"


@pytest.mark.postgres
def test_a_server_that_takes_no_changes_is_told_as_that(takes_no_changes: Callable[[bool], None]) -> None:
    with pytest.raises(DBAPIError) as raised:
        put()
    trouble = db.trouble(raised.value)
    assert trouble.code == "server_read_only"
    for lang in texts.LANGUAGES:
        assert texts.has(lang, "page-failure-server-read-only")
    told = failures.installation_diagnosis(raised.value)
    assert told["details"]["cause"] == "server-read-only"
    assert "read-only transaction" in told["summary"]
