"""Stickers of a list's orders: one PDF, a reason for each that has none, a way out for a token that can't."""

from __future__ import annotations

import io
from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import orjson
import pypdf
import pytest

from tests.work import add_key, closed_queue, sandbox, serve
from wbcore.guidance import cards, checklist
from wbcore.imports import foreground
from wbcore.keys import capabilities, saving
from wbcore.orders import picking, stickers
from wbcore.people import audit
from wbcore.people.actor import Actor, NotAllowed
from wbcore.sandbox.server import Sandbox
from wbcore.sandbox.tokens import mint
from wbcore.store import db
from wbcore.store.models import Checklist, Key

__all__ = ["closed_queue", "sandbox", "serve"]


@pytest.fixture
def key(sqlite: str, serve: object) -> tuple[Key, Sandbox]:
    running: Sandbox = serve(orders=260)  # type: ignore[operator]
    made = add_key(running)
    assert foreground.run_import("shop").status == "done"
    return made, running


def ids_of(running: Sandbox, count: int) -> list[int]:
    shop = running.world.shop()
    return [shop.order_id(i) for i in range(count)]


def in_assembly(running: Sandbox, ids: list[int]) -> None:
    for order_id in ids:
        running.world.set_status(order_id, "confirm", "waiting")


def test_a_page_for_each_sticker_in_their_order(key: tuple[Key, Sandbox]) -> None:
    made, running = key
    wanted = ids_of(running, 205)
    in_assembly(running, wanted)
    parts: list[float] = []
    found = stickers.bring(made.seller_id, wanted, on_progress=parts.append)
    assert (found.count, found.refused, found.checklist_id) == (205, (), None)
    pages = pypdf.PdfReader(io.BytesIO(found.pdf)).pages
    assert len(pages) == 205
    box = pages[0].mediabox
    assert (round(box.width / 72 * 25.4), round(box.height / 72 * 25.4)) == (58, 40)
    assert all(len(page.images) == 1 for page in pages[:3])
    assert pages[0].images[0].data != pages[1].images[0].data
    assert running.world.count("orders.stickers") == 3
    assert parts[-1] == 1.0
    with db.session() as session:
        told = audit.latest(session, limit=1)[0]
    assert (told.action, told.subject, audit.document(told)["details"]) == (
        "stickers_made",
        "shop",
        {"stickers": 205},
    )


def test_who_has_no_sticker_is_named_with_the_reason(key: tuple[Key, Sandbox]) -> None:
    made, running = key
    new, ready, gone, empty, broken = ids_of(running, 5)
    in_assembly(running, [ready, empty, broken])
    running.world.set_status(gone, "cancel", "canceled")
    found = stickers.bring(made.seller_id, [new, ready, gone, 77], stickers.SIZES[1])
    assert found.count == 1
    assert {(one.order_id, one.reason, one.status) for one in found.refused} == {
        (new, "status", "new"),
        (gone, "status", "cancel"),
    }
    cut = b64encode(b"\x89PNG\r\n\x1a\n" + b"x" * 60).decode()
    answer = {"stickers": [{"orderId": broken, "file": cut}, {"orderId": "7"}, None]}
    running.world.answer_next("orders.stickers", 200, orjson.dumps(answer))
    found = stickers.bring(made.seller_id, [empty, broken])
    assert {(one.order_id, one.reason) for one in found.refused} == {(empty, "none"), (broken, "damaged")}
    assert (found.count, found.pdf) == (0, b"")


def test_a_token_without_marketplace_gets_the_checklist_and_nothing_is_sent(
    sqlite: str, serve: object
) -> None:
    running: Sandbox = serve(orders=3)  # type: ignore[operator]
    made = add_key(running, token="statistics_only")
    found = stickers.bring(made.seller_id, ids_of(running, 1))
    assert running.world.count("orders.status") == running.world.count("orders.stickers") == 0
    with db.session() as session:
        row = checklist.get(session, found.checklist_id or "")
    assert row is not None
    assert (row.code, row.key_id) == ("scope_missing", made.id)


def test_what_wb_refuses_gets_a_checklist_too(key: tuple[Key, Sandbox]) -> None:
    made, running = key
    running.world.switches.denied.add("orders.stickers")
    in_assembly(running, ids_of(running, 1))
    found = stickers.bring(made.seller_id, ids_of(running, 1))
    with db.session() as session:
        row = checklist.get(session, found.checklist_id or "")
    assert row is not None
    assert row.code == "access_denied"


def while_wb_is_asked(monkeypatch: pytest.MonkeyPatch, happens: Callable[[], object]) -> None:
    """Something that happens once: when what is to be asked is settled, and before WB has answered."""
    ask, left = stickers._asked, [happens]

    def asked(*about: Any) -> Any:
        if left:
            left.pop()()
        return ask(*about)

    monkeypatch.setattr(stickers, "_asked", asked)


def test_what_wb_says_of_a_token_that_is_replaced_meanwhile_is_no_problem_of_the_new_one(
    key: tuple[Key, Sandbox], monkeypatch: pytest.MonkeyPatch
) -> None:
    made, running = key
    in_assembly(running, ids_of(running, 2))
    former = jwt.decode(running.tokens["full"], options={"verify_signature": False})

    def replace() -> None:
        new = mint(sid=former["sid"], expires=datetime.now(UTC) + timedelta(days=90))
        assert saving.replace_token(made.id or 0, new).saved
        running.world.withdraw(former["id"])

    while_wb_is_asked(monkeypatch, replace)
    found = stickers.bring(made.seller_id, ids_of(running, 2))
    assert (found.checklist_id, found.count) == (None, 2)
    with db.session() as session:
        assert checklist.open_checklists(session) == []


@pytest.mark.parametrize("refused", [False, True])
def test_a_key_that_is_removed_meanwhile_costs_no_stickers_and_leaves_no_problem(
    key: tuple[Key, Sandbox], monkeypatch: pytest.MonkeyPatch, refused: bool
) -> None:
    made, running = key
    in_assembly(running, ids_of(running, 2))

    def remove() -> None:
        saving.remove_key(made.id or 0)
        if refused:
            running.world.withdraw(
                jwt.decode(running.tokens["full"], options={"verify_signature": False})["id"]
            )

    while_wb_is_asked(monkeypatch, remove)
    found = stickers.bring(made.seller_id, ids_of(running, 2))
    assert (found.count, found.no_key) == ((0, True) if refused else (2, False))


def test_that_a_former_token_could_says_nothing_of_the_new_one(
    key: tuple[Key, Sandbox], monkeypatch: pytest.MonkeyPatch
) -> None:
    made, running = key
    in_assembly(running, ids_of(running, 1))
    sid = jwt.decode(running.tokens["full"], options={"verify_signature": False})["sid"]
    new = mint(sid=sid, expires=datetime.now(UTC) + timedelta(days=90))
    while_wb_is_asked(monkeypatch, lambda: saving.replace_token(made.id or 0, new))
    assert stickers.bring(made.seller_id, ids_of(running, 1)).count == 1
    with db.session() as session:
        state = capabilities.states(session, [made.id or 0])[made.id or 0].get(stickers.METHOD)
    assert state is None or state.evidence != "probe"


def test_the_key_that_can_is_taken(sqlite: str, serve: object) -> None:
    running: Sandbox = serve(orders=3)  # type: ignore[operator]
    add_key(running, "a", "statistics_only")
    made = add_key(running, "b", mint())
    assert foreground.run_import("b").status == "done"
    in_assembly(running, ids_of(running, 1))
    assert stickers.bring(made.seller_id, ids_of(running, 1)).count == 1


def test_who_only_looks_asks_wb_for_nothing(key: tuple[Key, Sandbox]) -> None:
    made, running = key
    before = running.world.count()
    with pytest.raises(NotAllowed):
        stickers.bring(made.seller_id, ids_of(running, 1), by=Actor(7, "Зоя", "viewer"))
    assert running.world.count() == before


def test_lines_are_named_as_people_write_them() -> None:
    assert picking.numbers("1-3, 8; 99", 10) == [1, 2, 3, 8]
    for dash in "-‐‑–—−":
        assert picking.numbers(f"2{dash}4, 8 {dash} 9", 10) == [2, 3, 4, 8, 9], dash
    assert picking.numbers("5 – 2", 10) == [2, 3, 4, 5], "written the other way round"
    assert picking.numbers("8-500", 10) == [8, 9, 10]
    for slip in ("x", "0", "200", "—", "11-20", "2012345678901"):
        assert picking.numbers(slip, 10) == [], slip
    assert picking.numbers("", 10) is picking.numbers("  ", 10) is None, "all of them"


def test_a_refusal_ends_when_the_stickers_come(key: tuple[Key, Sandbox]) -> None:
    """No check asks WB for stickers: what it had refused is over when they are there."""
    made, running = key
    running.world.switches.denied.add("orders.stickers")
    in_assembly(running, ids_of(running, 1))
    refused = stickers.bring(made.seller_id, ids_of(running, 1)).checklist_id or ""
    with db.session() as session:
        card = cards.card(session, session.get_one(Checklist, refused), "ru")
    assert card.steps[-1].text == "Получите стикеры ещё раз"
    assert card.action == "steps"
    running.world.switches.denied.clear()
    assert stickers.bring(made.seller_id, ids_of(running, 1)).count == 1
    with db.session() as session:
        assert session.get_one(Checklist, refused).closed_at is not None
