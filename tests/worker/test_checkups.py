"""Checks of health that end, whatever clocks say, and spoil nobody else's answers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from tests.work import add_key
from wbcore.health import checks, checkups
from wbcore.keys import capabilities
from wbcore.sandbox.server import Sandbox
from wbcore.sandbox.tokens import mint
from wbcore.store import db
from wbcore.store.models import Key
from wbcore.worker import duties

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture
def shop(serve: Callable[..., Sandbox]) -> Sandbox:
    return serve(orders=5)


def waiting() -> set[int]:
    with db.session() as session:
        return checkups.waiting(session)


@pytest.mark.parametrize("wrong", [timedelta(days=1), timedelta(days=-1)])
def test_a_wish_from_a_wrong_clock_is_fulfilled_once(database: str, shop: Sandbox, wrong: timedelta) -> None:
    key = add_key(shop)
    checkups.ask([key.id or 0], NOW + wrong)
    assert checkups.work(NOW) == 1
    assert waiting() == set()
    asked = shop.world.count()
    duties.ask_around(NOW + timedelta(seconds=1))
    assert shop.world.count() == asked, "WB is not asked again"
    checkups.ask([key.id or 0], NOW + timedelta(minutes=1))
    assert waiting() == {key.id}, "the next press counts, whatever the clock of the one before"
    assert checkups.work(NOW + timedelta(minutes=1)) == 1


def test_a_press_during_a_check_does_not_keep_the_worker_for_ever(
    sqlite: str, shop: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = add_key(shop)
    checkups.ask([key.id or 0], NOW)
    real = checks.check_all

    def pressed_meanwhile(ids: list[int]) -> set[int]:
        checkups.ask(ids, NOW + timedelta(hours=1))
        return real(ids)

    monkeypatch.setattr(checks, "check_all", pressed_meanwhile)
    duties.ask_around(NOW)
    assert waiting() == set()


def test_a_key_that_cant_be_read_spoils_no_other_and_is_said_to_have_failed(
    database: str, shop: Sandbox
) -> None:
    good = add_key(shop)
    bad = add_key(shop, "bad", mint(sid="11111111-1111-4111-8111-111111111111"))
    with db.session() as session:
        row = session.get(Key, bad.id)
        assert row is not None
        row.token_encrypted = b"not a token of this key"
        session.add(row)
        session.commit()
    ids = [good.id or 0, bad.id or 0]
    checkups.ask(ids, NOW)
    assert checkups.work(NOW) == 2
    assert waiting() == set(), "it is not tried for ever"
    with db.session() as session:
        assert checkups.failed(session, ids) == {bad.id}
        assert capabilities.states(session)[good.id or 0]["orders.new"].status == "ok"
    report = {row["name"]: row for row in checks.check(ids)["keys"]}
    assert report["bad"]["status"] == "error"
    assert report["shop"]["status"] != "error"
