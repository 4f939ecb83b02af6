"""What stands in the way at the door: a calm page with a way out, never a traceback, and the way leads on."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
import streamlit as st
from cryptography.fernet import Fernet
from sqlalchemy.exc import OperationalError
from streamlit.testing.v1 import AppTest

from tests.conftest import Postgres, free_port
from wbcore.guidance import texts
from wbcore.imports import queue
from wbcore.settings import settings
from wbcore.store import crypto, db, sealed, seen

APP = Path(__file__).resolve().parents[2] / "app.py"
Opened = Callable[[], AppTest]


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Opened:
    """Opens the first screen, as after a start."""
    monkeypatch.setenv("WB_WORKER", "off")
    monkeypatch.setenv("WB_LANG", "ru")

    def run() -> AppTest:
        st.cache_resource.clear()
        settings.cache_clear()
        db.dispose()
        return AppTest.from_file(str(APP), default_timeout=180).run()

    yield run
    queue.close()


def assert_calm(app: AppTest, key: str) -> None:
    """One message in words, a button to try again, and nothing of the program's inside."""
    assert not app.exception
    (box,) = app.error
    assert box.value == texts.t("ru", key)
    assert [button.label for button in app.button if button.label == texts.t("ru", "page-try-again")]
    for word in ("Traceback", "sqlite3", "psycopg", "Error"):
        assert word not in box.value


def filled() -> None:
    db.prepare()
    sealed.check()
    db.dispose()


def test_a_damaged_database(opened: Opened, data_dir: Path) -> None:
    filled()
    file = data_dir / "wb-desk.sqlite"
    for name in ("-wal", "-shm"):
        Path(f"{file}{name}").unlink(missing_ok=True)
    good = file.read_bytes()
    file.write_bytes(b"\xff" * len(good))
    assert_calm(opened(), "page-failure-database-damaged")
    db.dispose()
    file.write_bytes(good)  # the way out
    assert not opened().error


def test_a_missing_and_a_wrong_secret_key(opened: Opened, data_dir: Path) -> None:
    filled()
    key = (data_dir / "secret.key").read_bytes()
    (data_dir / "secret.key").unlink()
    assert_calm(opened(), "page-failure-secret-key-missing")
    assert not (data_dir / "secret.key").exists()
    crypto.write_keys([Fernet.generate_key().decode()])
    assert_calm(opened(), "page-failure-secret-key-wrong")
    (data_dir / "secret.key").write_bytes(key)
    assert not opened().error
    if os.name == "posix":
        (data_dir / "secret.key").chmod(0o644)
        assert_calm(opened(), "page-failure-secret-key-exposed")


def test_two_dashboards_on_one_file(opened: Opened, data_dir: Path) -> None:
    first, second = opened(), opened()
    for app in (first, second, first):
        app.run()
        assert not app.exception
        assert not app.error


@pytest.mark.postgres
def test_postgres_away_at_the_start(
    opened: Opened, postgres: Postgres, prepared_postgres: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    away = prepared_postgres.replace(f":{postgres.port}/", f":{free_port()}/")
    monkeypatch.setenv("WB_DATABASE_URL", away)
    assert_calm(opened(), "page-failure-database-unavailable")
    monkeypatch.setenv("WB_DATABASE_URL", prepared_postgres)
    assert not opened().error


@pytest.mark.postgres
def test_postgres_away_in_the_middle(
    opened: Opened, prepared_postgres: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WB_DATABASE_URL", prepared_postgres)
    app = opened()
    assert not app.error
    with monkeypatch.context() as broken:

        def refuse(*_: object, **__: object) -> None:
            raise OperationalError("SELECT 1", {}, ConnectionRefusedError("password=hunter2"))

        broken.setattr(type(db.engine()), "connect", refuse)
        seen.forget()  # as it does in a second
        app.run()
    assert_calm(app, "page-failure-database-unavailable")
    app.run()
    assert not app.error
