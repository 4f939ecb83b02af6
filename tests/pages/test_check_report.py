"""What is said of a check that has ended is what its answers are."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import jwt
import pytest
from sqlmodel import select
from streamlit.testing.v1 import AppTest

from pages import _checklists
from tests.pages.test_checklists import Screen, sandbox, screen, told
from wbcore.api.errors import TokenWithdrawnError
from wbcore.guidance import checklist
from wbcore.guidance.diagnosis import Evidence, from_error
from wbcore.health import checkups
from wbcore.keys import saving
from wbcore.sandbox.server import Sandbox
from wbcore.store import db
from wbcore.store.models import Key

__all__ = ["sandbox", "screen"]


def checked(screen: Screen) -> str:
    """The page after a check that somebody has waited for."""
    now = datetime.now(UTC)
    checkups.ask(None, now)
    checkups.work(now)
    app = screen("token_health")
    app.session_state["health-checked"] = True
    return told(app.run())


AT_THE_ROOT = ""
"""Where the overview is."""


def links(app: AppTest) -> list[tuple[str, str]]:
    """Words and page of what leads to the other problems."""
    found = [(link.proto.label, link.proto.page) for link in app.get("page_link")]
    return [(label, page) for label, page in found if "проблемы" in label]


@pytest.mark.parametrize("token", ["full", "statistics_only"])
def test_all_works_that_the_token_is_made_for(token: str, sandbox: Sandbox, screen: Screen) -> None:
    saving.add_key("Магазин", sandbox.tokens[token])
    with db.session() as session:
        for row in checklist.open_checklists(session):
            checklist.dismiss(session, row.id, "Анна", "не нужно")
        session.commit()
    assert "всё, на что у токенов есть категории, работает" in checked(screen)


def test_what_wb_has_closed_is_not_all_well(sandbox: Sandbox, screen: Screen) -> None:
    """The news are nobody's import, so no checklist stands below: the table has the answer."""
    saving.add_key("Магазин", sandbox.tokens["full"])
    sandbox.world.switches.denied.add("seller.news")
    report = checked(screen)
    assert "Работает не всё" in report


def test_what_was_put_off_is_not_all_well(sandbox: Sandbox, screen: Screen) -> None:
    saving.add_key("Магазин", sandbox.tokens["full"])
    claims = jwt.decode(sandbox.tokens["full"], options={"verify_signature": False})
    sandbox.world.withdraw(claims["id"])
    assert "есть ошибки" in checked(screen)
    with db.session() as session:
        for row in checklist.open_checklists(session):
            checklist.snooze(session, row.id, datetime.now(UTC) + timedelta(days=1), "Анна")
        session.commit()
    assert "Работает не всё" in checked(screen)


def test_what_was_put_off_hides_no_open_problem_of_the_keys(sandbox: Sandbox, screen: Screen) -> None:
    put_off = [f"Отложенный {n}" for n in range(_checklists.AT_ONCE)]
    for name in (*put_off, "Открытый"):
        saving.add_key(name, sandbox.tokens["full"])
    with db.session() as session:
        for key in session.exec(select(Key).order_by(Key.name)).all():  # the open one was met first
            found = from_error(
                TokenWithdrawnError("orders.new", http_status=401), Evidence(key_name=key.name)
            )
            row = checklist.open_or_update(session, found, key, None)
            if key.name in put_off:
                checklist.snooze(session, row.id, datetime.now(UTC) + timedelta(days=1), "Анна")
            session.commit()
    titles = [box.value for box in screen("api_keys").subheader]
    assert any("Токен" in title and "Открытый" in title for title in titles), titles


def test_below_the_keys_stands_how_many_problems_there_are_beside(sandbox: Sandbox, screen: Screen) -> None:
    token = sandbox.tokens["statistics_only"]
    for n in range(_checklists.AT_ONCE):
        saving.add_key(f"Магазин {n}", token)
    assert links(screen("api_keys")) == []
    for n in range(2):
        saving.add_key(f"Ещё магазин {n}", token)
    assert links(screen("api_keys")) == [("Ещё проблемы: 2", AT_THE_ROOT)]


def test_a_key_that_could_not_be_checked_is_named(sandbox: Sandbox, screen: Screen) -> None:
    for name in ("Первый", "Второй"):
        saving.add_key(name, sandbox.tokens["full"])
    with db.session() as session:
        key = session.exec(select(Key).where(Key.name == "Второй")).one()
        key.token_encrypted = b"damaged"
        session.add(key)
        session.commit()
    report = checked(screen)
    assert "Проверить не удалось (ключи: Второй)." in report
    assert "Проверка закончена" not in report
