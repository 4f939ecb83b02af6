"""Checklists as the screens tell them, without a browser: routes, primary buttons, what is not all well."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from rich.console import Console
from streamlit.testing.v1 import AppTest

from tests.smtp import postbox
from tests.work import told_of
from wbcore.alerts import alerting
from wbcore.cli import database
from wbcore.guidance import cards, checklist, terminal
from wbcore.imports import engine, foreground, queue, schedules
from wbcore.keys import learning, saving
from wbcore.sandbox.server import Sandbox
from wbcore.sandbox.tokens import mint
from wbcore.settings import settings
from wbcore.store import db
from wbcore.store.models import Schedule
from wbcore.store.presence import presence

APP = Path(__file__).resolve().parents[2] / "app.py"
FIRST, SECOND = "0a1e0000-0000-4000-8000-000000000001", "0a1e0000-0000-4000-8000-000000000002"
THIRD = "0a1e0000-0000-4000-8000-000000000006"  # of another name than the two others
CLOSED = "http://127.0.0.1:9"
Screen = Callable[..., AppTest]


@pytest.fixture
def sandbox(monkeypatch: pytest.MonkeyPatch, sqlite: str) -> Iterator[Sandbox]:
    with Sandbox(orders=5, limits=False) as running:
        monkeypatch.setenv("WB_GATEWAY_URL", running.gateway)
        settings.cache_clear()
        yield running


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch, sqlite: str) -> Iterator[Screen]:
    """Opens a screen in a language; ``address`` are the parameters of its address."""
    monkeypatch.setenv("WB_WORKER", "off")
    st.cache_resource.clear()

    def opened(name: str = "overview", lang: str = "ru", **address: str) -> AppTest:
        monkeypatch.setenv("WB_LANG", lang)
        settings.cache_clear()
        app = AppTest.from_file(str(APP), default_timeout=180)
        for part, value in address.items():
            app.query_params[part] = value
        app.run()
        if name != "overview":
            app.switch_page(f"pages/{name}.py").run()
        assert not app.exception
        return app

    yield opened
    queue.close()


def told(app: AppTest) -> str:
    boxes = [*app.subheader, *app.header, *app.error, *app.warning, *app.info, *app.success]
    texts = [str(box.value) for box in [*boxes, *app.caption, *app.markdown]]
    return "\n".join(one.replace("\\", "") for one in texts)


def sellers(app: AppTest) -> str:
    """The table of sellers, as it reads."""
    return " ".join(re.sub("<[^>]*>", " ", "".join(one.proto.body for one in app.get("html"))).split())


def codes(app: AppTest) -> str:
    return "\n".join(one.value for one in app.code)


def primary(app: AppTest) -> list[str]:
    """Labels of the buttons that are pressed first."""
    return [one.label for one in app.button if one.proto.type == "primary"]


def fails_to_connect(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    with monkeypatch.context() as closed:
        closed.setenv("WB_GATEWAY_URL", CLOSED)
        settings.cache_clear()
        for name in names:
            assert foreground.run_import(name).status == "failed"
    settings.cache_clear()


# --- Routes -------------------------------------------------------------------------------------------------

NOT_NEEDED = {
    "ru": "Для этого импорта другой путь не понадобился",
    "en": "For this import the other way was not needed",
}
STILL = {
    "ru": "Сам ключ «Статистика» загрузить их по-прежнему не может",
    "en": "The key “Статистика” itself still can't",
}


def spared(app: AppTest, lang: str) -> list[Any]:
    """The ways that were not taken, each one folded line."""
    return [box for box in app.expander if box.label.startswith(NOT_NEEDED[lang])]


@pytest.mark.parametrize("lang", NOT_NEEDED)
def test_the_way_not_taken_was_not_needed_and_is_not_ticked(
    sandbox: Sandbox, screen: Screen, lang: str
) -> None:
    assert saving.add_key("Полный", mint(sid=FIRST)).saved
    assert saving.add_key("Статистика", mint(sid=FIRST, bits=[5])).saved
    assert foreground.run_import("Статистика").status == "failed"
    assert not spared(screen(lang=lang), lang), "nobody has gone any way yet"
    assert foreground.run_import("Полный").status == "done"
    app = screen(lang=lang)
    assert STILL[lang] in told(app)
    (way,) = spared(app, lang)
    assert "Статистика" in way.label
    assert len(way.caption[0].value.splitlines()) > 3, "its steps are in it, and said once"
    ticked = [box.label for box in app.checkbox if box.value]
    assert ticked
    assert not [label for label in ticked if "токен" in label.lower() or "token" in label.lower()]


# --- The next press -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["overview", "api_keys", "order_import", "token_health"])
def test_a_page_with_one_problem_has_one_primary_button(sandbox: Sandbox, screen: Screen, name: str) -> None:
    assert saving.add_key("Статистика", mint(sid=FIRST, bits=[5])).saved
    assert foreground.run_import("Статистика").status == "failed"
    assert primary(screen(name)) == ["Заменить токен"]


def test_without_problems_what_the_page_is_for_comes_first(sandbox: Sandbox, screen: Screen) -> None:
    assert saving.add_key("Магазин", mint(sid=FIRST)).saved
    assert foreground.run_import("Магазин").status == "done"
    assert primary(screen("api_keys")) == ["Проверить и сохранить"]
    assert primary(screen("order_import")) == ["Импортировать заказы"]


# --- All is well --------------------------------------------------------------------------------------------


def test_all_is_not_well_where_the_last_import_failed(
    sandbox: Sandbox, screen: Screen, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert saving.add_key("Магазин", mint(sid=FIRST)).saved
    assert foreground.run_import("Магазин").status == "done"
    assert "Всё в порядке" in told(screen())
    fails_to_connect(monkeypatch, "Магазин")
    with db.session() as session:
        (row,) = checklist.open_checklists(session)
        checklist.dismiss(session, row.id, "Анна", "знаем")
        session.commit()
    app = screen()
    assert "Всё в порядке" not in told(app)
    assert "Последний импорт не удался: Магазин" in told(app)
    assert foreground.run_import("Магазин").status == "done"
    assert "Всё в порядке" in told(screen())


def test_what_was_put_off_is_counted(sandbox: Sandbox, screen: Screen) -> None:
    assert saving.add_key("Статистика", mint(sid=FIRST, bits=[5])).saved
    with db.session() as session:
        (row,) = checklist.open_checklists(session)
        checklist.snooze(session, row.id, datetime.now(UTC) + timedelta(days=1), "Анна")
        session.commit()
    assert "Всё в порядке" not in told(screen())
    assert "Открытых проблем нет. Отложено: 1." in told(screen())


def test_who_has_opened_it_again_is_named_where_nobody_signs_in(sandbox: Sandbox, screen: Screen) -> None:
    assert saving.add_key("Статистика", mint(sid=FIRST, bits=[5])).saved
    with db.session() as session:
        (row,) = checklist.open_checklists(session)
        checklist.dismiss(session, row.id, "Анна", "не сейчас")
        session.commit()
    app = screen()
    app.session_state["solved"] = True
    app.run()
    next(button for button in app.button if button.label == "Открыть снова").click().run()
    assert not app.exception
    assert "открыл(а) снова оператор" in told(app)


def test_no_key_works_whose_problem_was_only_put_off(sandbox: Sandbox, screen: Screen) -> None:
    assert saving.add_key("Магазин", mint(sid=FIRST)).saved
    assert "✓ работает" in told(screen("api_keys"))
    sandbox.world.answer_next("orders.new", 403, b'{"title": "forbidden"}', {})
    assert foreground.run_import("Магазин").status == "failed"
    assert "! требует внимания" in told(screen("api_keys"))
    with db.session() as session:
        (row,) = checklist.open_checklists(session)
        checklist.snooze(session, row.id, datetime.now(UTC) + timedelta(days=1), "Анна")
        session.commit()
    keys = told(screen("api_keys"))
    assert "! есть замечания" in keys
    assert "отложено до" in keys
    assert "✓ работает" not in keys


def test_an_outage_counts_for_each_seller_whom_it_concerns(
    sandbox: Sandbox, screen: Screen, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("Магазин", "Второй ключ"):
        assert saving.add_key(name, mint(sid=FIRST)).saved
    assert "✓ нет" in sellers(screen())
    fails_to_connect(monkeypatch, "Магазин", "Второй ключ")
    assert "! 1" in sellers(screen()), "one outage is one problem"


# --- What is passed on --------------------------------------------------------------------------------------


def test_a_link_shows_the_texts_that_its_steps_speak_of(sandbox: Sandbox, screen: Screen) -> None:
    assert saving.add_key("Магазин", mint(sid=FIRST)).saved
    scope = b'{"title": "unauthorized", "detail": "token scope not allowed", "requestId": "r-17"}'
    sandbox.world.answer_next("orders.new", 401, scope, {})
    assert foreground.run_import("Магазин").status == "failed"
    with db.session() as session:
        (row,) = checklist.open_checklists(session)
    app = screen(checklist=row.id)
    (title,) = app.title
    assert "ключ «Магазин»" in str(title.value), "what the page is of, to who hears it read, too"
    assert any("Напишите в поддержку" in box.label for box in app.checkbox)
    assert "r-17" in codes(app)
    assert "Категории токена" in codes(app)
    assert not [one for one in app.button if one.proto.type == "primary"], "a link is read only"


def test_a_link_counts_the_steps_that_it_shows(sandbox: Sandbox, screen: Screen) -> None:
    """That only the owner can do it is no step for the owner: it was counted all the same."""
    assert saving.add_key("Магазин", mint(sid=FIRST, bits=[5])).saved
    with db.session() as session:
        (row,) = checklist.open_checklists(session)
    app = screen(checklist=row.id)
    assert f"шаг 1 из {len(app.checkbox)}" in told(app)
    inside = screen()
    assert f"шаг 1 из {len(app.checkbox) + 1}" in told(inside)


# --- What stands still --------------------------------------------------------------------------------------


def test_a_key_says_which_schedules_stand_still_because_of_it(sandbox: Sandbox, screen: Screen) -> None:
    assert saving.add_key("Магазин", mint(sid=FIRST)).saved
    assert saving.add_key("Другой", mint(sid=SECOND)).saved
    yesterday = datetime.now(UTC) - timedelta(days=1)
    schedules.save(1, "new", every_minutes=60, now=yesterday)
    schedules.save(1, "statistics", every_minutes=60)
    before = told(screen("api_keys"))
    assert "Нужен для расписаний: Новые заказы (FBS), Статистика заказов" in before
    assert "Пока ни для чего не нужен" in before, "the other key"
    assert "Из-за ошибки стоит" not in before
    withdrawn = b'{"title": "unauthorized", "detail": "token is withdrawn", "status": 401}'
    sandbox.world.answer_next("orders.new", 401, withdrawn, {})
    work_once()
    keys = told(screen("api_keys"))
    assert "Нужен для импортов: Новые заказы (FBS)" in keys
    assert "Из-за ошибки стоит: расписание «Новые заказы (FBS)», импорт «Новые заказы (FBS)»" in keys
    assert keys.count("Из-за ошибки стоит") == 1
    assert "Другой" in keys
    # The schedule itself says why, by the key's and the seller's name.
    with db.session() as session:
        paused = session.get(Schedule, 1)
        assert paused is not None
        reason = told_of(session, paused, "ru")
    assert "ключ «Магазин», " in reason
    # Another token is the way out: the schedule goes on by itself.
    assert saving.replace_token(1, mint(sid=FIRST)).saved
    assert foreground.run_import("Магазин").status == "done"
    schedules.settle(datetime.now(UTC))
    assert "Из-за ошибки стоит" not in told(screen("api_keys"))


def test_a_key_says_which_import_stands_still_though_another_one_has_gone_well(
    sandbox: Sandbox, screen: Screen
) -> None:
    assert saving.add_key("Магазин", mint(sid=FIRST)).saved
    assert foreground.run_import("Магазин", "statistics").status == "done"
    sandbox.world.answer_next("orders.new", 403, b'{"title": "forbidden", "status": 403}', {})
    assert foreground.run_import("Магазин").status == "failed"
    assert foreground.run_import("Магазин", "statistics").status == "done"
    keys = told(screen("api_keys"))
    assert "Нужен для импортов: Новые заказы (FBS), Статистика заказов" in keys
    assert "Из-за ошибки стоит: импорт «Новые заказы (FBS)»" in keys
    assert foreground.run_import("Магазин").status == "done"
    assert "Из-за ошибки стоит" not in told(screen("api_keys"))


def work_once() -> None:
    """What a worker does: what is due is imported, and what follows from its end is seen to."""
    for run in schedules.work(datetime.now(UTC)):
        with presence("worker-test"):
            assert engine.run(run.id, "worker-test", longest_wait_s=5) == "over"
    schedules.settle(datetime.now(UTC))


# --- Two sellers --------------------------------------------------------------------------------------------

WHOSE = {"ru": "ключ «Магазин», ООО «Песочница»", "en": "key “Магазин”, ООО «Песочница»"}


@pytest.mark.parametrize("lang", WHOSE)
def test_among_two_sellers_each_place_says_whose_key_it_is(
    sandbox: Sandbox, screen: Screen, monkeypatch: pytest.MonkeyPatch, lang: str
) -> None:
    assert saving.add_key("Магазин", mint(sid=THIRD)).saved
    assert saving.add_key("Другой", mint(sid=SECOND)).saved
    schedules.save(1, "new", every_minutes=60, now=datetime.now(UTC) - timedelta(days=1))
    monkeypatch.setenv("WB_ALERTS_PRIVATE", "1")
    settings.cache_clear()
    with postbox() as mail:
        alerting.add_channel("post", mail.url("post@example.com"), lang=lang)
        withdrawn = b'{"title": "unauthorized", "detail": "token is withdrawn", "status": 401}'
        sandbox.world.answer_next("orders.new", 401, withdrawn, {})
        work_once()
        alerting.work(datetime.now(UTC))
    (letter,) = mail.mails
    whose = WHOSE[lang]
    assert whose in letter.subject
    assert whose in letter.text
    assert whose in told(screen("overview", lang))
    imports = screen("order_import", lang)
    (history,) = imports.dataframe
    assert whose in history.value.to_string()
    with db.session() as session:
        row = session.get(Schedule, 1)
        (problem,) = checklist.open_checklists(session)
        assert row is not None
        assert whose in told_of(session, row, lang)
        assert whose in cards.card(session, problem, lang).owner_text
    printed = Console(record=True, width=200, file=io.StringIO())
    (run,) = database.run_documents("Магазин", 1, lang)
    printed.print(terminal.run(run, lang))
    (key,) = [one for one in database.key_documents(lang) if one["name"] == "Магазин"]
    printed.print(terminal.keys([key], lang))
    shown = " ".join(printed.export_text().replace("│", " ").split())
    assert shown.count(whose) >= 2


def test_a_learning_token_that_was_made_is_to_be_pasted_before_another_one_is_made(
    sandbox: Sandbox, screen: Screen
) -> None:
    learning.ensure_demo("ru")
    app = screen("learning")
    assert primary(app) == ["+ Создать токен"]
    app.session_state["cabinet-paste"] = True
    app.run()
    assert "Теперь вставьте его" in told(app)
    assert primary(app) == []
