"""The schema: made once, by whoever comes first, the same on both databases, never by an older program."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import JSON, Column, LargeBinary, MetaData, Table
from sqlalchemy.exc import DBAPIError
from sqlmodel import SQLModel, select

from tests.store.together import at_once, prepare_and_encrypt
from wbcore.imports import queue
from wbcore.settings import settings
from wbcore.store import backup, crypto, db, models, values
from wbcore.store.migrations import HEAD

ROOT = Path(__file__).resolve().parents[2]


def test_migrations_make_exactly_the_schema_of_the_models(database: str) -> None:
    with db.engine().connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, SQLModel.metadata) == []


def test_head_is_the_newest_script(database: str) -> None:
    with db.engine().connect() as connection:
        assert ScriptDirectory.from_config(db.migration_config(connection)).get_heads() == [HEAD]


def test_preparing_again_changes_nothing(database: str) -> None:
    with db.session() as session:
        session.add(models.Seller(sid="a", environment="production"))
        session.commit()
    db.prepare()
    with db.session() as session:
        assert session.get(models.Seller, 1) is not None


NOT_NEEDED = {("import_run", "planned_requests")}
"""What nobody ever read."""


def test_data_of_the_first_version_lives_through_every_migration(empty_database: str) -> None:
    """Rows of each table, as the first released program wrote them, are there and read as today's."""
    with db.engine().connect() as connection:
        command.upgrade(db.migration_config(connection), "0001")
        connection.commit()
    before = fill_every_table()
    db.prepare()
    with db.engine().connect() as connection:
        assert connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar() == HEAD
    after = {name: rows_of(name) for name in before}
    for name, columns in before.items():
        assert len(after[name]) == 1, name
        known = {column: value for column, value in columns.items() if (name, column) not in NOT_NEEDED}
        assert {column: after[name][0][column] for column in known} == known, name
    with db.session() as session:
        for model in (models.Seller, models.Key, models.Run, models.Order, models.CapabilityState):
            assert session.exec(select(model)).one() is not None
        session.add(models.Chore(name="new in 0002", due_at=models.utc_now()))
        session.commit()


def test_when_a_method_last_worked_is_taken_from_what_an_older_version_knew(empty_database: str) -> None:
    now = datetime(2026, 11, 1, tzinfo=UTC)
    with db.engine().connect() as connection:
        command.upgrade(db.migration_config(connection), "0001")
        connection.commit()
    fill_every_table()
    with db.engine().begin() as connection:
        command.upgrade(db.migration_config(connection), "0019")
        tables = MetaData()
        tables.reflect(connection, only=["capability_state", "capability_change"])
        states, changes = tables.tables["capability_state"], tables.tables["capability_change"]
        connection.execute(changes.delete())
        connection.execute(states.delete())
        for name, status, evidence in (
            ("works", "ok", "probe"),
            ("refused", "denied", "probe"),
            ("by its token", "ok", "token"),
        ):
            place = {"key_id": 1, "capability": name}
            known = {"status": status, "evidence": evidence, "checked_at": now, "since": now}
            connection.execute(states.insert().values(**place, **known))
        past = [("ok", "probe", 3), ("ok", "probe", 2), ("ok", "token", 1), ("denied", "probe", 0)]
        for number, (status, evidence, days) in enumerate(past):
            what = {"id": 10 + number, "key_id": 1, "capability": "refused", "code": ""}
            at = now - timedelta(days=days)
            connection.execute(changes.insert().values(**what, status=status, evidence=evidence, at=at))
    db.prepare()
    with db.session() as session:
        found = {row.capability: row.worked_at for row in session.exec(select(models.CapabilityState))}
    assert found == {"works": now, "refused": now - timedelta(days=2), "by its token": None}


def fill_every_table() -> dict[str, dict[str, Any]]:
    """One row in each table that is there, with a value in each column; table -> the row."""
    with db.engine().begin() as connection:
        tables = MetaData()
        tables.reflect(connection)
        written = {}
        for table in tables.sorted_tables:
            if table.name == "alembic_version":
                continue
            row = {column.name: sample(column) for column in table.columns}
            connection.execute(table.insert().values(row))
            written[table.name] = row
    assert len(written) > 10
    return {name: rows_of(name)[0] for name in written}


def sample(column: Column[Any]) -> Any:
    """Ids and references are 1, so that rows belong together."""
    kind = column.type.python_type if not isinstance(column.type, (JSON, LargeBinary)) else None
    if isinstance(column.type, JSON):
        return {"kept": "да"}
    if isinstance(column.type, LargeBinary):
        return b"{}"
    if kind is datetime:
        return datetime(2026, 11, 1, tzinfo=UTC)
    if kind is str:
        return "1"
    return kind(1) if kind else None


def rows_of(name: str) -> list[dict[str, Any]]:
    with db.engine().connect() as connection:
        table = Table(name, MetaData(), autoload_with=connection)
        return [dict(row) for row in connection.execute(table.select()).mappings()]


def test_several_processes_may_start_at_once(empty_database: str, data_dir: Path) -> None:
    sealed = at_once(prepare_and_encrypt, ["x"] * 5)
    assert [crypto.vault().decrypt(one.encode()) for one in sealed] == ["x"] * 5
    assert sorted(path.name for path in data_dir.iterdir() if "key" in path.name) == ["secret.key"]


def test_a_database_of_a_newer_program_is_refused_untouched(database: str) -> None:
    with db.engine().begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(db.DatabaseTooNew, match="9999") as caught:
        db.prepare()
    assert caught.value.code == "database_too_new"
    with db.engine().begin() as connection:
        assert connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar() == "9999"


@pytest.mark.parametrize("newer", [True, False])
def test_what_fails_because_a_newer_program_has_come_meanwhile_is_told_as_that(
    empty_database: str, newer: bool
) -> None:
    """The programs of before are still open; "the database does not answer" was not true."""
    db.prepare()
    with db.engine().begin() as connection:
        connection.exec_driver_sql("ALTER TABLE setting RENAME COLUMN value TO content")
        if newer:
            connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(DBAPIError) as caught, db.session() as session:
        values.get(session, "anything")
    assert db.trouble(caught.value).code == ("database_too_new" if newer else "database_unavailable")


@pytest.mark.parametrize(
    "address",
    [
        "postgresql+psycopg://me:pa55word@127.0.0.1:1/x",
        "postgresql://me:pa55word@127.0.0.1:1/x?sslpassword=pa55word",
        "mysteryql://me:pa55word@127.0.0.1:1/x",
        "me:pa55word@ 127.0.0.1",
        "sqlite:////nowhere/at/all/x.sqlite",
    ],
)
def test_an_unreachable_database_is_named_without_its_password(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WB_DATABASE_URL", address)
    settings.cache_clear()
    with pytest.raises(db.DatabaseUnavailable) as caught:
        db.prepare()
    away = "database_read_only" if address.startswith("sqlite") else "database_unavailable"
    assert caught.value.code == away
    assert "pa55word" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_file_that_is_no_database_is_unavailable(data_dir: Path) -> None:
    (settings().folder / "wb-desk.sqlite").write_text("my shopping list, " * 100)
    with pytest.raises(db.DatabaseUnavailable, match="not a database"):
        db.prepare()


def test_the_data_folder_is_nobody_elses(database: str, data_dir: Path) -> None:
    assert settings().folder.stat().st_mode & 0o777 == 0o700


@pytest.mark.postgres
def test_postgresql_neither_compiles_our_short_questions_nor_starts_helpers_for_them(
    prepared_postgres: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both took longer than the questions: seconds for a page of a hundred sellers."""
    monkeypatch.setenv("WB_DATABASE_URL", prepared_postgres)
    settings.cache_clear()
    for _ in range(2):  # what is rolled back at the end of a session is not that
        with db.session() as session:
            asked = [f"SHOW {name}" for name in ("jit", "max_parallel_workers_per_gather")]
            told = [session.connection().exec_driver_sql(one).scalar() for one in asked]
        assert told == ["off", "0"]


@pytest.mark.parametrize("name", ["мой магазин", "50%20 off", "what?x=1", "a#b", "me@home:1"])
def test_the_data_folder_may_be_called_anything(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / name
    monkeypatch.setenv("WB_DATA_DIR", str(folder))
    settings.cache_clear()
    db.prepare()
    queue.prepare()
    queue.close()
    backup.make(folder / "copy")
    backup.restore(folder / "copy")
    db.dispose()
    assert {"wb-desk.sqlite", "jobs.sqlite", "copy"} <= {file.name for file in folder.iterdir()}
    assert [one.name for one in tmp_path.iterdir()] == [name], "nothing stands beside it"
