"""What was meant at a press is what happens, though the page has changed since whoever presses saw it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import delete
from sqlmodel import col, select
from streamlit.testing.v1 import AppTest

from tests import agency
from tests.pages.test_checklists import FIRST, SECOND, THIRD, Screen, sandbox, screen, told
from wbcore.alerts import alerting, daily
from wbcore.guidance import texts
from wbcore.health import checkups
from wbcore.imports import foreground, runs
from wbcore.keys import keyring, saving
from wbcore.orders import kept, picking, profiles
from wbcore.people.actor import Actor
from wbcore.sandbox.server import Sandbox
from wbcore.sandbox.tokens import mint
from wbcore.settings import settings
from wbcore.store import db
from wbcore.store.models import FileOrder, Key, PickingOrder, PickingSheet, Run, Seller, UserFile

__all__ = ["sandbox", "screen"]


@pytest.fixture(autouse=True)
def two(sandbox: Sandbox) -> None:
    for name, sid in (("Второй", SECOND), ("Первый", FIRST)):
        assert saving.add_key(name, mint(sid=sid)).saved


def ended_imports() -> None:
    """One of each key."""
    with db.session() as session:
        for key in session.exec(select(Key)).all():
            run = runs.create(session, key, "new", {}, "button")
            run.status, run.started_at, run.finished_at = "done", datetime.now(UTC), datetime.now(UTC)
        session.commit()


def watched(app: AppTest) -> str:
    """The import that is shown in full."""
    return next(box.value for box in app.subheader if "готово" in box.value)


def test_no_import_is_started_for_another_key_than_the_one_that_was_chosen(screen: Screen) -> None:
    app = screen("order_import")
    app.selectbox(key="import-key").select_index(1).run()
    saving.remove_key("Первый")
    app.button(key="import-press").click().run()
    assert texts.t("ru", "page-key-gone-meanwhile") in told(app)
    with db.session() as session:
        assert not session.exec(select(Run)).all()
    app.button(key="import-press").click().run()
    with db.session() as session:
        assert [run.key_name for run in session.exec(select(Run)).all()] == ["Второй"]


def test_no_import_is_started_for_a_key_that_has_come_in_place_of_the_one_that_was_chosen(
    screen: Screen,
) -> None:
    """It had the number of the one that was removed."""
    app = screen("order_import")
    app.selectbox(key="import-key").select_index(1).run()
    saving.remove_key("Первый")
    assert saving.add_key("Новый", mint(sid=THIRD)).saved
    app.button(key="import-press").click().run()
    assert texts.t("ru", "page-key-gone-meanwhile") in told(app)
    with db.session() as session:
        assert not session.exec(select(Run)).all()


def test_an_address_with_any_key_opens_the_page(screen: Screen) -> None:
    app = screen("order_import", key="9" * 5000)  # Python makes no number of so many digits
    assert app.selectbox(key="import-key").value is not None


# --- Picking lists ------------------------------------------------------------------------------------------


@pytest.fixture
def orders(two: None) -> None:
    for name in ("Первый", "Второй"):
        assert foreground.run_import(name).status == "done"


def sheets() -> list[tuple[int, str]]:
    """Whose lists there are, and of what."""
    with db.session() as session:
        rows = session.exec(select(PickingSheet).order_by(col(PickingSheet.id))).all()
        return [(row.seller_id, row.choice) for row in rows]


def make(app: AppTest) -> AppTest:
    return next(one for one in app.button if (one.key or "").startswith("picking-make-")).click().run()


def seller_of(name: str) -> int:
    with db.session() as session:
        return next(key.seller_id for key in session.exec(select(Key)) if key.name == name)


@pytest.mark.parametrize("lang", texts.LANGUAGES)
@pytest.mark.parametrize("left", [1, 2])
def test_no_list_is_made_for_another_seller_than_the_one_that_was_chosen(
    orders: None, screen: Screen, left: int, lang: str
) -> None:
    """Also where one seller is left, and there is nothing to choose any more."""
    if left == 2:
        assert saving.add_key("Третий", mint(sid=THIRD)).saved
    first = seller_of("Первый")
    app = screen("picking", lang)
    app.selectbox(key="picking-seller").set_value(first).run()
    saving.remove_key("Первый")
    make(app)
    assert not app.exception
    assert texts.t(lang, "page-seller-gone-meanwhile") in told(app)
    assert sheets() == []
    make(app)
    assert texts.t(lang, "page-seller-gone-meanwhile") not in told(app)
    assert [seller for seller, _ in sheets()] == [seller_of("Второй")]


def test_the_only_seller_is_no_other_that_has_come_instead(orders: None, screen: Screen) -> None:
    saving.remove_key("Первый")
    app = screen("picking")
    assert saving.add_key("Первый", mint(sid=FIRST)).saved
    saving.remove_key("Второй")
    make(app)
    assert texts.t("ru", "page-seller-gone-meanwhile") in told(app)
    assert sheets() == []


def test_a_list_of_what_has_come_since_is_of_the_list_that_was_seen(orders: None, screen: Screen) -> None:
    """Of a list that newer ones have pushed out, and of a seller whose key is gone."""
    first = seller_of("Первый")
    with db.session() as session:
        picking.make(session, first, "new")
        session.exec(delete(PickingOrder))  # its orders stand in none
        session.commit()
    app = screen("picking")
    app.selectbox(key="picking-seller").set_value(first).run()
    label = texts.t("ru", "page-picking-make-new")
    with db.session() as session:
        session.add_all(
            PickingSheet(seller_id=first, choice="both", made_by="") for _ in range(picking.LATEST)
        )
        session.commit()
    before = len(sheets())
    next(one for one in app.button if one.label == label).click().run()
    assert not app.exception
    assert texts.t("ru", "page-picking-sheet-gone") in told(app)
    assert len(sheets()) == before
    with db.session() as session:
        session.add(PickingSheet(seller_id=seller_of("Второй"), choice="new", made_by=""))
        session.commit()
    saving.remove_key("Первый")
    next(one for one in app.button if one.label == label).click().run()
    assert texts.t("ru", "page-picking-keyless") in told(app)
    assert len(sheets()) == before + 1


@pytest.mark.parametrize("lang", texts.LANGUAGES)
def test_a_slip_in_the_lines_asks_for_no_stickers(
    orders: None, sandbox: Sandbox, screen: Screen, lang: str
) -> None:
    first = seller_of("Первый")
    with db.session() as session:
        lines = picking.make(session, first, "new").lines
        session.commit()
    app = screen("picking", lang)
    app.selectbox(key="picking-seller").set_value(first).run()
    app.session_state["stickers-part"] = True
    app.run()
    before = sandbox.world.count("orders.status")
    for slip in ("200", "все", "—"):
        app.text_input(key="stickers-lines").set_value(slip).run()
        get_stickers(app, lang)
        assert texts.t(lang, "page-stickers-no-such-line", lines=str(lines)) in told(app)
        assert sandbox.world.count("orders.status") == before
    app.text_input(key="stickers-lines").set_value("1—1").run()
    get_stickers(app, lang)
    assert sandbox.world.count("orders.status") == before + 1
    assert texts.t(lang, "page-stickers-no-such-line", lines=str(lines)) not in told(app)


def get_stickers(app: AppTest, lang: str) -> None:
    next(one for one in app.button if one.label == texts.t(lang, "page-stickers-get")).click().run()
    assert not app.exception


# --- Checks -------------------------------------------------------------------------------------------------


def check(app: AppTest) -> AppTest:
    return next(one for one in app.button if one.label == texts.t("ru", "page-health-check")).click().run()


def asked() -> set[int]:
    with db.session() as session:
        return checkups.waiting(session)


@pytest.mark.parametrize("left", [1, 2])
def test_no_keys_are_checked_but_those_of_the_seller_that_was_chosen(screen: Screen, left: int) -> None:
    if left == 2:
        assert saving.add_key("Третий", mint(sid=THIRD)).saved
    app = screen("token_health")
    label = texts.t("ru", "page-health-seller")
    next(one for one in app.selectbox if one.label == label).set_value(seller_of("Первый")).run()
    saving.remove_key("Первый")
    check(app)
    assert not app.exception
    assert texts.t("ru", "page-seller-gone-meanwhile") in told(app)
    assert asked() == set()
    check(app)
    assert len(asked()) == left


def test_no_keys_are_checked_but_those_of_the_page_that_was_seen(screen: Screen) -> None:
    keys = agency.fill(26)
    app = screen("token_health")
    app.number_input(key="health-page").set_value(2).run()
    for key in keys[:5]:
        with db.session() as session:
            keyring.remove(session, session.get_one(Key, key))
            session.commit()
    check(app)
    assert not app.exception
    assert texts.t("ru", "page-health-page-gone") in told(app)
    assert asked() == set()
    check(app)
    assert len(asked()) == 23


# --- Files of each day --------------------------------------------------------------------------------------


def test_a_file_is_not_sent_elsewhere_when_the_post_it_was_meant_for_is_gone(
    orders: None, screen: Screen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WB_ALERTS_PRIVATE", "1")
    settings.cache_clear()
    post = alerting.add_channel("post", "mailto://127.0.0.1:25?to=post@example.com&from=desk@example.com")
    app = screen("orders")
    app.session_state["file-orders"] = True
    app.run()
    app.selectbox(key="file-order-channel").set_value(post.id)
    app.text_input(key="file-order-folder").set_value("orders")
    app.text_input(key="file-order-name").set_value("утро").run()
    alerting.remove_channel(post.id or 0)
    each_day(app)
    assert not app.exception
    assert texts.t("ru", "file-order-channel-gone") in told(app)
    assert file_orders() == []
    each_day(app)
    assert texts.t("ru", "file-order-channel-gone") not in told(app)
    assert file_orders() == [("утро", None)]


def test_no_file_is_made_by_another_profile_than_the_one_that_was_chosen(
    orders: None, screen: Screen
) -> None:
    mine = own_profile()
    app = screen("orders")
    app.session_state["orders-download"] = app.session_state["file-orders"] = True
    app.run()
    app.text_input(key="file-order-folder").set_value("orders")
    app.text_input(key="file-order-name").set_value("утро").run()
    for press, made in ((make_file, user_files), (each_day, file_orders)):
        choice = app.selectbox(key="orders-profile")
        choice.select_index(choice.options.index("Мой")).run()
        assert app.session_state["orders-profile"] == f"own-{mine}"
        with db.session() as session:
            kept.remove(session, ACTING, mine)
            session.commit()
        press(app)
        assert not app.exception
        assert texts.t("ru", "orders-profile-gone") in told(app)
        assert made() == []
        press(app)
        assert len(made()) == 1
        mine = own_profile()
        app.run()


ACTING = Actor.machine("dashboard")


def own_profile() -> int:
    record = {**profiles.usual("orders").record(), "kind": "orders"}
    with db.session() as session:
        row = kept.put(session, ACTING, "profile", "Мой", record)
        session.commit()
        assert row is not None
        return row.id or 0


def press_button(app: AppTest, text: str) -> None:
    next(one for one in app.button if one.label == texts.t("ru", text)).click().run()


def make_file(app: AppTest) -> None:
    press_button(app, "takeaway-make")


def user_files() -> list[str]:
    with db.session() as session:
        return [row.id for row in session.exec(select(UserFile)).all()]


def each_day(app: AppTest) -> None:
    press_button(app, "file-order-add")


def file_orders() -> list[tuple[str, int | None]]:
    with db.session() as session:
        return [(row.name, row.channel_id) for row in session.exec(select(FileOrder)).all()]


# --- Imports ------------------------------------------------------------------------------------------------


def test_the_import_of_a_key_is_not_shown_beside_another_that_was_chosen(screen: Screen) -> None:
    ended_imports()
    app = screen("order_import").run()
    address = dict(app.query_params)
    assert "Второй" in watched(app)
    app.selectbox(key="import-key").select_index(1).run()
    for part, value in address.items():  # the browser has not heard of another address yet
        app.query_params[part] = value
    app.run()
    assert "Первый" in watched(app)


def test_messages_of_the_day_are_kept_at_each_save(screen: Screen) -> None:
    app = screen("token_health")
    app.session_state["alerts"] = True
    app.run()
    for hours in (5, 7):
        next(field for field in app.number_input if "всё ещё новый" in field.label).set_value(hours)
        next(button for button in app.button if button.label == "Сохранить").click().run()
        with db.session() as session:
            known = session.exec(select(Seller)).all()
            rules = [daily.rule_of(session, one.id or 0) for one in known]
        assert [rule.waiting_hours for rule in rules if rule is not None] == [hours]


def wants_a_token(screen: Screen) -> AppTest:
    """The overview with a checklist whose next press is to replace the token."""
    assert saving.add_key("Статистика", mint(sid=THIRD, bits=[5])).saved
    assert foreground.run_import("Статистика").status == "failed"
    return screen()


def started() -> list[str]:
    """Statuses of the imports, the first one first."""
    with db.session() as session:
        return [run.status for run in session.exec(select(Run).order_by(col(Run.created_at))).all()]


def press(app: AppTest, label: str) -> None:
    next(button for button in app.button if button.label == texts.t("ru", label)).click().run()


def test_a_press_on_replace_the_token_starts_no_import_when_a_colleague_has_replaced_it(
    screen: Screen,
) -> None:
    app = wants_a_token(screen)
    assert saving.add_key("Статистика", mint(sid=THIRD), replace=True).saved
    press(app, "page-key-replace")
    assert started() == ["failed"]
    assert texts.t("ru", "diag-mended-title") in told(app)


def test_a_press_on_repeat_the_import_repeats_it_wherever_the_button_stands_by_now(screen: Screen) -> None:
    app = wants_a_token(screen)
    assert saving.add_key("Статистика", mint(sid=THIRD), replace=True).saved
    press(app, "page-repeat")
    assert started() == ["failed", "queued"]
