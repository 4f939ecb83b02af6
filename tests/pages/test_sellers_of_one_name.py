"""Two sellers of one name, as Wildberries has them, are told apart wherever one of them is named."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from rich.console import Console
from streamlit.testing.v1 import AppTest

from tests.alerts.test_daily import mail
from tests.pages.test_checklists import FIRST, SECOND, Screen, sandbox, screen, sellers, told
from tests.smtp import Postbox
from wbcore.alerts import alerting, dayposts
from wbcore.cli import database
from wbcore.guidance import terminal
from wbcore.guidance.sellers import apart
from wbcore.imports import foreground
from wbcore.keys import saving
from wbcore.orders import paper, picking, profiles
from wbcore.orders.filters import OrderFilters
from wbcore.orders.profiles import Profile
from wbcore.sandbox.server import Sandbox
from wbcore.sandbox.tokens import mint
from wbcore.settings import settings
from wbcore.store import db
from wbcore.store.models import DayMessage

__all__ = ["mail", "sandbox", "screen"]

NAME = "ООО «Пример и сыновья»"
BOTH = (f"{NAME} · …0001", f"{NAME} · …0002")


@pytest.fixture
def two(sandbox: Sandbox) -> None:
    """A key of each; what both lack is known from the moment they are saved, and one has failed to import."""
    for name, sid in (("Первый", FIRST), ("Второй", SECOND)):
        assert saving.add_key(name, mint(sid=sid, bits=[5])).saved
    assert foreground.run_import("Второй").status == "failed"


def choices(app: AppTest) -> str:
    return "\n".join(str(option) for box in app.selectbox for option in box.options)


def history(app: AppTest) -> str:
    return "\n".join(str(frame.value.to_dict()) for frame in app.dataframe)


SCREENS: dict[str, Callable[[AppTest], str]] = {
    "overview": told,
    "api_keys": told,
    "order_import": choices,
    "orders": choices,
    "picking": choices,
    "token_health": choices,
}


@pytest.mark.parametrize("name", SCREENS)
def test_on_every_screen(two: None, screen: Screen, name: str) -> None:
    shown = SCREENS[name](screen(name))
    assert [one for one in BOTH if one not in shown] == []


def test_in_titles_tables_and_the_history(two: None, screen: Screen) -> None:
    overview = screen()
    titles = "\n".join(str(one.value).replace("\\", "") for one in overview.subheader)
    assert f"ключ «Второй», {BOTH[1]}" in titles
    assert all(one in sellers(overview) for one in BOTH)
    assert f"ключ «Второй», {BOTH[1]}" in history(screen("order_import"))
    assert all(one in sellers(screen("token_health")) for one in BOTH)


def test_in_an_alert(sandbox: Sandbox, mail: Postbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WB_ALERTS_PRIVATE", "1")
    settings.cache_clear()
    alerting.add_channel("post", mail.url("post@example.com"))
    for name, sid in (("Первый", FIRST), ("Второй", SECOND)):
        assert saving.add_key(name, mint(sid=sid, bits=[5])).saved
    alerting.work(datetime.now(UTC) + timedelta(hours=1))
    (letter,) = mail.mails
    assert all(
        f"ключ «{name}», {one}" in letter.text for name, one in zip(("Первый", "Второй"), BOTH, strict=True)
    )


def test_in_a_message_of_the_day(two: None) -> None:
    with db.session() as session:
        rows = [
            DayMessage(channel_id=1, seller_id=seller, kind="silence", event="1", due_at=datetime.now(UTC))
            for seller in (1, 2)
        ]
        _, text = dayposts.message(session, "ru", rows, datetime.now(UTC))
    assert all(one in text for one in BOTH)


def test_in_the_terminal(two: None) -> None:
    console = Console(file=io.StringIO(), width=300)
    console.print(terminal.keys(database.key_documents("ru"), "ru"))
    printed = console.file.getvalue()  # type: ignore[attr-defined]
    assert all(one in printed for one in BOTH)


def test_a_token_of_the_other_one_is_refused_by_both_names(two: None) -> None:
    (found,) = saving.replace_token(1, mint(sid=SECOND)).diagnoses
    assert found.code == "seller_mismatch"
    assert all(one in found.summary("ru") for one in BOTH)


def test_a_token_of_one_who_is_not_stored_is_refused_by_both_names(sandbox: Sandbox) -> None:
    assert saving.add_key("Первый", mint(sid=FIRST)).saved
    (found,) = saving.replace_token(1, mint(sid=SECOND)).diagnoses
    assert all(one in found.summary("ru") for one in BOTH)


def test_on_paper_and_in_files(sandbox: Sandbox) -> None:
    for name, sid in (("Первый", FIRST), ("Второй", SECOND)):
        assert saving.add_key(name, mint(sid=sid)).saved
        assert foreground.run_import(name).status == "done"
    with db.session() as session:
        sheet = picking.make(session, 2, "new")
        session.commit()
        loaded = paper.load(session, sheet, "ru", ZoneInfo("Europe/Moscow"))
        assert loaded.seller == BOTH[1]
        file = io.BytesIO()
        profile = Profile(("id", "seller"), form="csv_ru")
        profiles.write(session, OrderFilters(kind="orders"), profile, file, "ru", ZoneInfo("Europe/Moscow"))
    written = file.getvalue().decode("utf-8-sig")
    assert all(one.replace('"', '""') in written for one in BOTH)


def test_a_longer_end_where_the_short_one_is_the_same_too() -> None:
    named = {1: "ООО", 2: "ООО", 3: "ИП", 4: "", 5: ""}
    numbers = {1: "a-10001", 2: "a-20001", 3: "x", 4: "token:1", 5: "token:1"}
    assert apart(named, numbers) == {1: "ООО · …10001", 2: "ООО · …20001", 3: "ИП", 4: "", 5: ""}


def test_what_is_told_of_a_key_that_was_just_saved(sandbox: Sandbox) -> None:
    assert saving.add_key("Первый", mint(sid=FIRST)).saved
    (found,) = saving.add_key("Второй", mint(sid=SECOND, bits=[5])).diagnoses
    assert found.title("ru").endswith(f"ключ «Второй», {BOTH[1]}")
