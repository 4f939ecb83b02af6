"""An operator's journeys, read as the screen tells them: outages, another key, put off, healed by itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlmodel import SQLModel

from pages._keys import PAGE_KEYS
from tests.browser.conftest import Dashboard, serve
from wbcore.api.errors import NetworkError
from wbcore.guidance import checklist
from wbcore.guidance.diagnosis import from_error
from wbcore.imports import foreground, queue
from wbcore.keys import capabilities, keyring, saving
from wbcore.keys.evidence import evidence_for
from wbcore.sandbox.server import Sandbox
from wbcore.sandbox.tokens import mint
from wbcore.settings import settings
from wbcore.store import db

pytestmark = pytest.mark.browser

FIRST, SECOND = "0a1e0000-0000-4000-8000-000000000001", "0a1e0000-0000-4000-8000-000000000006"
KEPT = frozenset({"setting", "lease", "chore", "worker", "audit", "audit_head"})
"""Tables that are the installation's, not a journey's."""
SCOPE = b'{"title": "unauthorized", "detail": "token scope not allowed", "status": 401}'
FORBIDDEN = b'{"title": "forbidden", "status": 403}'


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dashboard]:
    """One dashboard for all journeys; no worker, so nothing happens but what a test does."""
    place = tmp_path_factory.mktemp("journeys")
    with Sandbox(orders=40, limits=False) as sandbox, pytest.MonkeyPatch.context() as environment:
        environment.setenv("WB_DATA_DIR", str(place))
        settings.cache_clear()
        db.dispose()
        db.prepare()
        db.dispose()
        yield from serve(place, sandbox, WB_WORKER="off")


@pytest.fixture
def desk(running: Dashboard, data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Dashboard]:
    """The dashboard with an empty database that the test can fill."""
    assert running.sandbox is not None
    running.sandbox.world.reset()
    monkeypatch.setenv("WB_DATA_DIR", str(running.data))
    monkeypatch.setenv("WB_GATEWAY_URL", running.sandbox.gateway)
    settings.cache_clear()
    db.dispose()
    with db.engine().begin() as connection:
        for table in reversed(SQLModel.metadata.sorted_tables):
            if table.name not in KEPT:
                connection.execute(table.delete())
    yield running
    queue.close()


def failed_next(desk: Dashboard, name: str, status: int, body: bytes) -> None:
    """An import to which WB gives this answer."""
    assert desk.sandbox is not None
    desk.sandbox.world.answer_next("orders.new", status, body, {"Content-Type": "text/html"})
    assert foreground.run_import(name).status == "failed"


@contextmanager
def closed_gateway(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nothing of WB can be reached."""
    with monkeypatch.context() as patched:
        patched.setenv("WB_GATEWAY_URL", "http://127.0.0.1:9")
        settings.cache_clear()
        yield
    settings.cache_clear()


def test_an_outage_met_by_thirty_keys_of_two_sellers_is_one_row_and_ends_by_itself(
    page: Page, desk: Dashboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [f"Ключ {n:02}" for n in range(30)]
    for n, name in enumerate(names):
        assert saving.add_key(name, mint(sid=FIRST if n % 2 else SECOND, bits=[4, 5])).saved
    with closed_gateway(monkeypatch):
        for name in names[:2]:
            assert foreground.run_import(name).status == "failed"
    with db.session() as session:  # what a check of the others meets
        for key in keyring.list_keys(session):
            found = from_error(NetworkError("orders.new", reason="refused"), evidence_for(session, key))
            checklist.open_or_update(session, found, key)
        session.commit()
    problem = "Нет связи с Wildberries, в соединении отказано"
    page.goto(desk.address())
    expect(page.get_by_role("heading", name=f"{problem}: 30 ключей, 2 продавца")).to_be_visible()
    expect(page.get_by_role("heading", name=re.compile(problem))).to_have_count(1)
    expect(page.get_by_role("button", name="Повторить импорты: 2")).to_be_visible()
    page.get_by_text("Кого это касается: 30").click()
    expect(page.get_by_text(re.compile(r"«Ключ 00» \(ООО «Песочница»\): .*Новые заказы"))).to_be_visible()
    page.goto(desk.address("api_keys"))
    expect(page.get_by_text("Сохранённые ключи: 30")).to_be_visible()
    expect(page.get_by_text("Wildberries недоступен с")).to_have_count(PAGE_KEYS)
    expect(page.get_by_text("до этого работал")).to_have_count(PAGE_KEYS)
    expect(page.get_by_text("требует внимания")).to_have_count(0)  # an outage is not the keys' fault
    expect(page.get_by_role("button", name="Проверить этот ключ")).to_have_count(PAGE_KEYS)
    expect(page.get_by_role("heading", name=re.compile(problem))).to_have_count(1)
    for name in names[:2]:
        assert foreground.run_import(name).status == "done"
    page.goto(desk.address())
    expect(page.get_by_text("Всё в порядке: открытых проблем нет.").first).to_be_visible()
    page.get_by_text("Решённое").click()
    expect(page.get_by_text(re.compile("прошло само|: решено")).first).to_be_visible()


def test_imported_with_another_key_the_first_is_still_told_as_unable(page: Page, desk: Dashboard) -> None:
    assert saving.add_key("Полный", mint(sid=FIRST)).saved
    assert saving.add_key("Статистика", mint(sid=FIRST, bits=[5])).saved
    page.goto(desk.address())
    lacking = page.get_by_role("heading", name="Токену не хватает категории «Маркетплейс»: ключ «Статистика»")
    expect(lacking).to_be_visible()  # from the moment it was saved
    assert foreground.run_import("Статистика").status == "failed"
    assert foreground.run_import("Полный").status == "done"
    page.reload()
    expect(page.get_by_text("импорт выполнен другим ключом").first).to_be_visible()
    expect(
        page.get_by_text("Сам ключ «Статистика» загрузить их по-прежнему не может", exact=False)
    ).to_be_visible()
    expect(page.get_by_text("Для этого импорта другой путь не понадобился").first).to_be_visible()
    made = page.get_by_role("checkbox", name=re.compile("создайте новый персональный токен"))
    expect(made).to_have_count(0)  # no step of that way is ticked
    expect(page.get_by_role("button", name="Заменить токен")).to_be_visible()
    page.goto(desk.address("order_import?key=2"))
    expect(page.get_by_text("С этим токеном импорт не пройдёт", exact=False)).to_be_visible()
    expect(page.get_by_text("Этот ключ может загрузить заказы сейчас")).to_have_count(0)


def test_used_to_work_is_healed_by_itself(page: Page, desk: Dashboard) -> None:
    assert saving.add_key("Магазин", mint(sid=FIRST)).saved
    assert foreground.run_import("Магазин").status == "done"
    failed_next(desk, "Магазин", 401, SCOPE)
    page.goto(desk.address())
    expect(
        page.get_by_role("heading", name=re.compile("Токен перестал открывать «Новые заказы»"))
    ).to_be_visible()
    assert foreground.run_import("Магазин").status == "done"
    page.reload()
    expect(page.get_by_text("Всё в порядке: открытых проблем нет.").first).to_be_visible()
    page.get_by_text("Решённое").click()
    expect(page.get_by_text(re.compile("прошло само|решено")).first).to_be_visible()


def test_put_off_it_comes_back(page: Page, desk: Dashboard) -> None:
    assert saving.add_key("Статистика", mint(sid=FIRST, bits=[5])).saved
    page.goto(desk.address())
    page.get_by_role("button", name="Напомнить позже").click()
    page.get_by_role("button", name="Через день").click()
    expect(page.get_by_text("Открытых проблем нет. Отложено: 1.")).to_be_visible()
    page.get_by_text("Отложенное").click()
    expect(page.get_by_text(re.compile("отложено до")).first).to_be_visible()
    with db.session() as session:
        (row,) = checklist.snoozed(session)
        row.snoozed_until = datetime.now(UTC) - timedelta(seconds=1)
        session.commit()
    page.reload()
    expect(page.get_by_role("heading", name=re.compile("Токену не хватает категории"))).to_be_visible()
    page.get_by_text("Что было раньше").click()
    expect(page.get_by_text(re.compile("отложил")).first).to_be_visible()


def test_of_no_concern_with_a_word_why_and_back_at_the_next_failure(page: Page, desk: Dashboard) -> None:
    assert saving.add_key("Магазин", mint(sid=FIRST)).saved
    failed_next(desk, "Магазин", 403, FORBIDDEN)
    page.goto(desk.address())
    problem = page.get_by_role("heading", name="У продавца нет доступа к этому методу: ключ «Магазин»")
    expect(problem).to_be_visible()
    page.get_by_role("button", name="Неактуально").click()
    page.get_by_role("button", name="Убрать из списка").click()
    expect(page.get_by_text("Напишите хотя бы слово", exact=False)).to_be_visible()
    page.get_by_label("Почему это неактуально").fill("Доступ дадут в пятницу")
    page.get_by_role("button", name="Убрать из списка").click()
    expect(page.get_by_text("Открытых проблем нет.")).to_be_visible()
    # The import has failed all the same: all is not well.
    expect(page.get_by_text("Последний импорт не удался: Магазин", exact=False)).to_be_visible()
    page.get_by_text("Решённое").click()
    dismissed = page.get_by_text(re.compile("неактуально, отметил.*: Доступ дадут в пятницу"))
    expect(dismissed.first).to_be_visible()
    failed_next(desk, "Магазин", 403, FORBIDDEN)
    page.reload()
    expect(problem).to_be_visible()
    page.get_by_text("Что было раньше: 2").click()
    expect(dismissed.first).to_be_visible()
    expect(page.get_by_text("проблема вернулась", exact=False).first).to_be_visible()


def test_solved_it_is_reopened_by_the_next_failure_with_its_history(page: Page, desk: Dashboard) -> None:
    assert saving.add_key("Статистика", mint(sid=FIRST, bits=[5])).saved
    assert foreground.run_import("Статистика").status == "failed"
    assert saving.replace_token(1, mint(sid=FIRST)).saved
    assert foreground.run_import("Статистика").status == "done"
    page.goto(desk.address())
    expect(page.get_by_text("Всё в порядке: открытых проблем нет.").first).to_be_visible()
    assert saving.replace_token(1, mint(sid=FIRST, bits=[5])).saved
    assert foreground.run_import("Статистика").status == "failed"
    page.reload()
    problem = "Токену не хватает категории «Маркетплейс»: ключ «Статистика»"
    expect(page.get_by_role("heading", name=problem)).to_be_visible()
    expect(page.get_by_role("checkbox", name=re.compile("Повторите импорт"))).not_to_be_checked()
    expect(page.get_by_text("было сделано, но", exact=False).first).to_be_visible()
    page.get_by_text("Что было раньше: 2").click()
    for event in ("решено", "проблема вернулась"):
        expect(page.get_by_text(re.compile(rf"\d: {event}$")).first).to_be_visible()


def test_from_the_refusal_to_the_import_in_english(page: Page, desk: Dashboard) -> None:
    assert saving.add_key("Shop", mint(sid=FIRST, bits=[5])).saved
    assert foreground.run_import("Shop").status == "failed"
    page.goto(desk.address("?lang=en"))
    title = page.get_by_role("heading", name="The token lacks the category “Marketplace”: key “Shop”")
    expect(title).to_be_visible()
    expect(page.locator(".wbw-yes", has_text="Marketplace").first).to_be_visible()
    expect(page.get_by_text("step 1 of 6", exact=False)).to_be_visible()
    page.get_by_label("New token", exact=True).fill(mint(sid=FIRST))
    page.get_by_role("button", name="Check and save").click()
    left = "The token is replaced, what is left is to repeat the import: key “Shop”"
    expect(page.get_by_role("heading", name=left)).to_be_visible()
    expect(title).to_have_count(0)  # it speaks no longer of the old token
    expect(page.get_by_role("button", name="Repeat import")).to_be_visible()
    shown = page.get_by_test_id("stMain").inner_text()
    assert not re.findall(r"[а-яё]{2,}", re.sub("ООО «[^»]*»", "", shown), re.IGNORECASE)
    assert foreground.run_import("Shop").status == "done"
    page.reload()
    expect(page.get_by_text("All is well: nothing is open.").first).to_be_visible()


def test_a_token_pasted_into_the_checklist_makes_the_repeat_the_next_press(
    page: Page, desk: Dashboard
) -> None:
    assert saving.add_key("Магазин", mint(sid=FIRST, bits=[5])).saved
    assert foreground.run_import("Магазин").status == "failed"
    page.goto(desk.address())
    page.get_by_label("Новый токен", exact=True).fill(mint(sid=FIRST))
    page.get_by_role("button", name="Проверить и сохранить").click()
    left = "Токен заменён, осталось повторить импорт: ключ «Магазин»"
    expect(page.get_by_role("heading", name=left)).to_be_visible()
    saved = page.get_by_role("checkbox", name=re.compile("вставьте его"))
    expect(saved).to_be_checked()
    repeat = page.get_by_role("button", name="Повторить импорт")
    expect(repeat).to_have_count(1)
    expect(page.get_by_role("button", name="Заменить токен")).to_have_count(0)


def test_the_import_page_keeps_the_last_run_and_can_be_sent(page: Page, desk: Dashboard) -> None:
    assert saving.add_key("Первый", mint(sid=FIRST)).saved
    assert saving.add_key("Второй", mint(sid=SECOND)).saved
    assert foreground.run_import("Первый").status == "done"
    page.goto(desk.address("order_import?key=1"))
    done = page.get_by_role("heading", name=re.compile("Первый · Новые заказы.*готово"))
    expect(done).to_be_visible()
    page.reload()
    expect(done).to_be_visible()
    expect(page).to_have_url(re.compile(r"key=1.*source=new|source=new.*key=1"))
    page.goto(desk.address("order_import?key=2"))
    expect(page.get_by_role("combobox", name="Ключ")).to_be_visible()
    expect(done).to_have_count(0)


def test_a_colleague_was_quicker(page: Page, desk: Dashboard) -> None:
    assert saving.add_key("Магазин", mint(sid=FIRST, bits=[5])).saved
    page.goto(desk.address())
    button = page.get_by_role("button", name="Заменить токен")
    expect(button).to_be_visible()
    saving.remove_key("Магазин")
    button.click()
    expect(page.get_by_text("Эту проблему за это время решили или убрали из списка.")).to_be_visible()
    with db.session() as session:
        assert keyring.list_keys(session) == []
        assert capabilities.states(session) == {}
