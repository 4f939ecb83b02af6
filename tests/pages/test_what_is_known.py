"""What the screens say of a key is what is known of it: of its token, and not of an outage at Wildberries."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.pages.test_checklists import (
    FIRST,
    SECOND,
    THIRD,
    Screen,
    fails_to_connect,
    sandbox,
    screen,
    sellers,
    told,
)
from wbcore.guidance import checklist, texts
from wbcore.imports import foreground
from wbcore.keys import saving
from wbcore.sandbox.server import Sandbox
from wbcore.sandbox.tokens import mint
from wbcore.store import days, db

__all__ = ["sandbox", "screen"]

OUTAGE = {
    "ru": ("Wildberries недоступен с", "до этого работал", "требует внимания"),
    "en": ("Wildberries not reachable since", "worked before that", "needs attention"),
}


@pytest.mark.parametrize("lang", OUTAGE)
def test_an_outage_is_not_the_keys_fault(
    sandbox: Sandbox, screen: Screen, lang: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert saving.add_key("Магазин", mint(sid=FIRST)).saved
    fails_to_connect(monkeypatch, "Магазин")
    outage, before, alarm = OUTAGE[lang]
    keys = told(screen("api_keys", lang))
    assert outage in keys
    assert before in keys
    assert alarm not in keys
    assert foreground.run_import("Магазин").status == "done"
    assert outage not in told(screen("api_keys", lang))


def test_a_key_that_has_a_problem_of_its_own_keeps_its_alarm_in_an_outage(
    sandbox: Sandbox, screen: Screen, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert saving.add_key("Статистика", mint(sid=FIRST, bits=[5])).saved
    assert saving.add_key("Магазин", mint(sid=SECOND)).saved
    assert foreground.run_import("Статистика").status == "failed"
    with monkeypatch.context() as closed:
        fails_to_connect(closed, "Магазин")
        closed.setenv("WB_GATEWAY_URL", "http://127.0.0.1:9")
        assert foreground.run_import("Статистика", "statistics").status == "failed"
    keys = told(screen("api_keys"))
    assert "и сам требует внимания" in keys
    assert "до этого работал" in keys


@pytest.mark.parametrize("lang", ["ru", "en"])
def test_a_key_whose_category_is_missing_is_not_called_unknown(
    sandbox: Sandbox, screen: Screen, lang: str
) -> None:
    assert saving.add_key("Статистика", mint(sid=FIRST, bits=[5])).saved
    assert foreground.run_import("Статистика").status == "failed"
    for name in ("Второй", "Третий", "Четвёртый"):  # the table of many keys
        assert saving.add_key(name, mint(sid=SECOND)).saved
    table = sellers(screen("token_health", lang))
    problem, partly = {
        "ru": ("! есть проблема", "? работает, проверено не всё"),
        "en": ("! has a problem", "? works, not all checked"),
    }[lang]
    assert f"Статистика · ООО «Пример и сыновья» · …0001 {problem}" in table
    assert f"Второй · ООО «Пример и сыновья» · …0002 {partly}" in table


def test_an_old_import_has_the_names_that_its_key_has_now(sandbox: Sandbox, screen: Screen) -> None:
    saved = saving.add_key("Статистика", mint(sid=FIRST, bits=[5]))
    assert saved.key is not None
    assert foreground.run_import("Статистика").status == "failed"
    saving.rename_key(saved.key.id or 0, "Отчёты")
    assert saving.add_key("Статистика", mint(sid=FIRST)).saved  # another key, of the name that it had then
    app = screen("order_import")
    (row,) = app.dataframe[0].value.to_dict("records")
    assert row["Ключ"] == "Отчёты"
    assert row["Причина"] == "Токену не хватает категории «Маркетплейс»: ключ «Отчёты»"
    assert saving.add_key("Магазин", mint(sid=THIRD)).saved  # since then there are two sellers
    (row,) = screen("order_import").dataframe[0].value.to_dict("records")
    assert row["Причина"].endswith("ключ «Отчёты», ООО «Пример и сыновья»")


def test_how_old_the_figures_are_is_told_by_the_last_import_that_went_well(
    sandbox: Sandbox, screen: Screen
) -> None:
    assert saving.add_key("Магазин", mint(sid=FIRST)).saved
    sandbox.world.answer_next("orders.new", 403, b'{"title": "forbidden", "status": 403}', {})
    assert foreground.run_import("Магазин").status == "failed"
    assert "Заказы ещё не загружались" in sellers(screen())
    assert foreground.run_import("Магазин").status == "done"
    sandbox.world.answer_next("orders.new", 403, b'{"title": "forbidden", "status": 403}', {})
    assert foreground.run_import("Магазин").status == "failed"
    assert "Данные обновлены только что" in sellers(screen())


def test_before_the_first_orders_no_figure_says_that_there_are_none(sandbox: Sandbox, screen: Screen) -> None:
    assert saving.add_key("Магазин", mint(sid=FIRST)).saved
    assert {box.value for box in screen().metric} == {"—"}
    assert foreground.run_import("Магазин").status == "done"
    assert "5" in {box.value for box in screen().metric}


def test_an_outage_is_dated_by_this_keys_import_not_by_the_others(
    sandbox: Sandbox, screen: Screen, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("Первый", "Второй"):
        assert saving.add_key(name, mint(sid=FIRST)).saved
    fails_to_connect(monkeypatch, "Первый", "Второй")
    with db.session() as session:
        (row,) = checklist.open_incidents(session)
        first, second = row.members
        hour = datetime.fromisoformat(first["last"]) - timedelta(hours=3)
        row.members = [{**first, "last": hour.isoformat()}, second]
        session.add(row)
        session.commit()
    at = texts.format_datetime("ru", hour, days.zone())
    shown = told(screen("order_import", key="1")).replace("\u2060", "")  # what breaks links in foreign text
    assert f"последний импорт или проверка ({at})" in shown


def test_a_seller_whose_problem_was_put_off_has_not_none(sandbox: Sandbox, screen: Screen) -> None:
    assert saving.add_key("Статистика", mint(sid=FIRST, bits=[5])).saved
    with db.session() as session:
        (row,) = checklist.open_checklists(session)
        checklist.snooze(session, row.id, datetime.now(UTC) + timedelta(days=1), "Анна")
        session.commit()
    assert "отложено: 1" in sellers(screen())
    assert "✓ нет" not in sellers(screen())
