"""The audit: in the action's own transaction, in a chain, and not to be changed even past the program."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from tests.conftest import Postgres
from wbcore.people import audit
from wbcore.people.actor import Actor
from wbcore.people.audit import Verdict
from wbcore.settings import settings
from wbcore.store import backup, db
from wbcore.store.models import AuditEntry, utc_now

ANNA = Actor(7, "Анна", "owner", origin="10.0.0.7")


def told(action: str, subject: str = "") -> None:
    with db.session() as session:
        audit.record(session, ANNA, action, subject, источник="new")
        session.commit()


def test_an_entry_says_who_from_where_what_when_and_how_it_ended(database: str) -> None:
    told("key_added", "Лавка")
    with db.session() as session:
        (entry,) = audit.latest(session)
        document = audit.document(entry)
    assert document["at"].endswith("Z")
    expected = {
        "who": "Анна",
        "origin": "10.0.0.7",
        "action": "key_added",
        "subject": "Лавка",
        "outcome": "done",
    }
    assert expected.items() <= document.items()


def test_what_is_rolled_back_is_not_told(database: str) -> None:
    with db.session() as session:
        audit.record(session, ANNA, "key_added")
    with db.session() as session:
        assert audit.latest(session) == []
        assert audit.verify(session) == audit.Verdict(0)


def test_many_at_once_make_one_chain(database: str) -> None:
    threads = [threading.Thread(target=lambda: [told("tick") for _ in range(10)]) for _ in range(6)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    with db.session() as session:
        assert audit.verify(session) == audit.Verdict(60)


def test_what_is_done_while_it_is_read_breaks_no_chain(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, late = audit.entries, iter(["tick", "key_added"])

    def entries(session: Session, *arguments: Any, **options: Any) -> Iterator[AuditEntry]:
        yield from real(session, *arguments, **options)
        for action in late:  # somebody else has done it after the last entry was read, before its end
            told(action)
            return

    monkeypatch.setattr(audit, "entries", entries)
    told("key_removed")
    with db.session() as session:
        assert audit.verify(session) == audit.Verdict(3)


def test_refusals_of_a_clock_that_was_ahead_keep_no_later_one_out(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused() -> int:
        with db.session() as session:
            audit.record_refusal(session, ANNA, "signed_in", "Анна")
            session.commit()
            return len(audit.latest(session, limit=1000))

    with monkeypatch.context() as ahead:
        ahead.setattr(audit, "utc_now", lambda: utc_now() + timedelta(days=365))
        assert max(refused() for _ in range(audit.OF_ONE + 5)) == audit.OF_ONE
    assert refused() == audit.OF_ONE + 1


@pytest.mark.parametrize("statement", ["UPDATE audit SET who = 'x'", "DELETE FROM audit"])
def test_the_database_itself_refuses_a_change(database: str, statement: str) -> None:
    told("key_removed")
    with pytest.raises(DBAPIError, match="append-only"), db.engine().begin() as connection:
        connection.exec_driver_sql(statement)


@pytest.mark.parametrize(
    "forgery",
    [
        "UPDATE audit SET subject = 'other' WHERE id = 2",
        "DELETE FROM audit WHERE id = 2",
        "DELETE FROM audit WHERE id = 3",
    ],
)
def test_a_forgery_by_whoever_owns_the_database_breaks_the_chain(database: str, forgery: str) -> None:
    for number in range(3):
        told("key_added", str(number))
    with db.engine().begin() as connection:
        if db.is_sqlite(connection):
            for trigger in ("audit_no_update", "audit_no_delete"):
                connection.exec_driver_sql(f"DROP TRIGGER {trigger}")
        else:
            connection.exec_driver_sql("ALTER TABLE audit DISABLE TRIGGER USER")
        connection.exec_driver_sql(forgery)
    with db.session() as session:
        assert audit.verify(session).broken_at in (2, 3)


@pytest.fixture
def of_a_plain_user(postgres: Postgres, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A database whose owner is no administrator of the server, as it is outside of tests; its name."""
    name = postgres.create_database()
    postgres.run(f"CREATE ROLE {name} LOGIN")
    postgres.run(f"ALTER DATABASE {name} OWNER TO {name}")
    with psycopg.connect(postgres.dsn(name), autocommit=True) as connection:
        connection.execute(f"ALTER SCHEMA public OWNER TO {name}".encode())
    monkeypatch.setenv("WB_DATABASE_URL", postgres.url(name).replace("postgres@", f"{name}@"))
    settings.cache_clear()
    db.prepare()
    yield name
    db.dispose()
    postgres.drop_database(name)
    postgres.run(f"DROP ROLE {name}")


@pytest.mark.postgres
def test_not_even_the_owner_of_the_tables_has_the_right_to_change_it(
    of_a_plain_user: str, tmp_path: Path
) -> None:
    """Who owns a table may give the right back: then the triggers refuse, and what is left is the chain."""
    with db.session() as session:
        audit.record(session, Actor.machine("test"), "key_added", "main")
        session.commit()
    changes = ("UPDATE audit SET who = 'x'", "DELETE FROM audit", "TRUNCATE audit")
    for denied in ("permission denied", "the audit is append-only"):
        for change in changes:
            with db.engine().connect() as connection, pytest.raises(DBAPIError, match=denied):
                connection.execute(text(change))
        with db.engine().begin() as connection:
            connection.execute(text("GRANT UPDATE, DELETE, TRUNCATE ON audit TO CURRENT_USER"))
    backup.make(tmp_path / "copy")
    backup.restore(tmp_path / "copy")
    with db.session() as session:
        assert audit.verify(session) == Verdict(1)
        audit.record(session, Actor.machine("test"), "restored")
        session.commit()
    with db.engine().connect() as connection, pytest.raises(DBAPIError, match="permission denied"):
        connection.execute(text("DELETE FROM audit"))
