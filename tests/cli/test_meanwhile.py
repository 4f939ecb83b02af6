"""What a colleague does while a command asks somebody, or Wildberries, is told, and done to nobody else."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import pytest
import typer

from wbcore.cli import key_command, user_command
from wbcore.cli.output import WrongUsageError
from wbcore.keys import keyring, saving
from wbcore.people import passwords, users
from wbcore.sandbox.tokens import mint
from wbcore.store import db
from wbcore.store.models import User

PASSWORD = "correct horse battery"


@pytest.fixture
def answered(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], object]], None]:
    """Somebody at a terminal says yes, after something else was done."""

    def after(what: Callable[[], object]) -> None:
        def confirm(*_arguments: Any, **_options: Any) -> bool:
            what()
            return True

        monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
        monkeypatch.setattr(typer, "confirm", confirm)

    return after


def replaced_by_another(name: str) -> None:
    """The user goes, and another one comes, who gets the same number on SQLite."""
    with db.session() as session:
        gone = users.find(session, name)
        assert gone is not None
        users.remove(session, gone)
        session.commit()
    with db.session() as session:
        users.add(session, "Новый", "viewer", PASSWORD)
        session.commit()


def add_user(name: str) -> None:
    with db.session() as session:
        users.add(session, name, "viewer", PASSWORD)
        session.commit()


def user(name: str) -> User | None:
    with db.session() as session:
        return users.find(session, name)


def test_a_password_is_not_given_to_who_has_the_number_by_then(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_user("Вера")

    def asked() -> str:
        replaced_by_another("Вера")
        return "another long one"

    monkeypatch.setattr(user_command, "_password", asked)
    with pytest.raises(WrongUsageError, match="Вера"):
        user_command.password("Вера")
    new = user("Новый")
    assert new is not None
    assert passwords.fits(PASSWORD, new.password_hash)


def test_nobody_is_removed_for_another(
    database: str, answered: Callable[[Callable[[], object]], None]
) -> None:
    add_user("Вера")
    answered(lambda: replaced_by_another("Вера"))
    with pytest.raises(WrongUsageError, match="Вера"):
        user_command.remove("Вера")
    assert user("Новый") is not None


def test_a_key_that_is_gone_by_the_answer_is_told_as_missing(
    database: str, answered: Callable[[Callable[[], object]], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WB_GATEWAY_URL", "http://127.0.0.1:9")
    saving.add_key("shop", mint())
    answered(lambda: saving.remove_key("shop"))
    with pytest.raises(WrongUsageError, match="shop"):
        key_command.remove("shop")


@pytest.mark.parametrize("replace_it", [True, False])
def test_a_name_that_is_taken_or_gone_when_wb_has_answered_is_told_as_that(
    database: str, monkeypatch: pytest.MonkeyPatch, replace_it: bool
) -> None:
    monkeypatch.setenv("WB_GATEWAY_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("WB_TOKEN", mint())
    if replace_it:
        saving.add_key("shop", mint())
    real, first = saving._Check._ask, True

    def meanwhile(check: saving._Check) -> saving._Live:
        nonlocal first
        if first:
            first = False
            (saving.remove_key if replace_it else lambda name: saving.add_key(name, mint()))("shop")
        return real(check)

    monkeypatch.setattr(saving._Check, "_ask", meanwhile)
    with pytest.raises(WrongUsageError, match="shop"):
        key_command.add("shop", replace=replace_it)
    with db.session() as session:
        assert len(keyring.list_keys(session)) == (0 if replace_it else 1)
