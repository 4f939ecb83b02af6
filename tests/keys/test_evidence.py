"""When a key last worked: what tells a token that was taken away from one that has never been good."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest

from tests.guidance.test_checklist import a_key, a_run, facts
from tests.work import add_key
from wbcore.api.bucket import Unlimited
from wbcore.api.catalog import CAPABILITIES
from wbcore.cli import database as commands
from wbcore.guidance import checklist
from wbcore.health import checks
from wbcore.imports import foreground
from wbcore.keys import capabilities, evidence, keyring, saving
from wbcore.sandbox.server import Sandbox
from wbcore.sandbox.tokens import mint
from wbcore.store import db
from wbcore.store.models import Key, Run

JSON = {"content-type": "application/json"}
REFUSALS = {
    "scope_missing": (401, b'{"title":"unauthorized","detail":"token scope not allowed","status":401}'),
    "token_withdrawn": (401, b'{"title":"unauthorized","detail":"token withdrawn"}'),
    "access_denied": (403, b'{"code":"AccessDenied","message":"no"}'),
}


def imported() -> Run:
    return foreground.run_import("shop", statuses=False, quota=Unlimited())


def said(run: Run) -> list[tuple[str, str]]:
    return [(one["code"], one["cause"]) for one in run.diagnoses]


def worked_until(run: Run) -> datetime:
    known: Any = run.diagnoses[0]["params"]["worked_until"]
    return datetime.fromisoformat(known)


def statuses_of(key: Key) -> dict[str, str]:
    with db.session() as session:
        known = capabilities.states(session, [key.id or 0])[key.id or 0]
    return {name: state.status for name, state in known.items()}


@pytest.mark.parametrize("code", REFUSALS)
def test_that_a_token_worked_and_until_when_is_known_however_often_it_is_refused(
    database: str, sandbox: Sandbox, code: str
) -> None:
    add_key(sandbox)
    assert imported().status == "done"
    second = datetime.now(UTC).replace(microsecond=0)
    assert imported().status == "done"
    for _ in range(3):
        sandbox.world.answer_next("orders.new", *REFUSALS[code], JSON)
        run = imported()
        assert said(run) == [(code, "used_to_work")]
        assert worked_until(run) >= second, "the last time, not the first one"


def test_a_token_that_an_import_finds_withdrawn_can_do_nothing_any_more(
    sqlite: str, sandbox: Sandbox
) -> None:
    """Token health says so of every method, not only of the one that was asked."""
    key = add_key(sandbox)
    assert imported().status == "done"
    sandbox.world.answer_next("orders.new", *REFUSALS["token_withdrawn"], JSON)
    assert imported().status == "failed"
    assert statuses_of(key) == {method.id: "denied" for method in CAPABILITIES}


def test_a_method_that_is_refused_stays_so_while_others_answer(sqlite: str, sandbox: Sandbox) -> None:
    key = add_key(sandbox)
    sandbox.world.answer_next("orders.new", *REFUSALS["access_denied"], JSON)
    assert imported().status == "failed"
    assert foreground.run_import("shop", "statistics", quota=Unlimited()).status == "done"
    assert {name: statuses_of(key)[name] for name in ("orders.new", "statistics.orders")} == {
        "orders.new": "denied",
        "statistics.orders": "ok",
    }


def test_an_import_that_asks_nothing_proves_nothing_of_its_key(sqlite: str, sandbox: Sandbox) -> None:
    """The key's page says when Wildberries took its token last."""
    key = add_key(sandbox, token="statistics_only")
    asked = sandbox.world.count()
    assert imported().status == "failed"
    assert sandbox.world.count() == asked
    with db.session() as session:
        assert session.get_one(Key, key.id).verified_at == key.verified_at


def test_an_import_that_was_not_heard_says_nothing_of_its_key(sqlite: str, sandbox: Sandbox) -> None:
    key = add_key(sandbox)
    assert imported().status == "done"
    before = statuses_of(key)
    lost = b'{"title":"unauthorized","detail":"empty Authorization header","status":401}'
    sandbox.world.answer_next("orders.new", 401, lost, JSON)
    assert said(imported()) == [("token_malformed", "header_lost")]
    assert statuses_of(key) == before
    assert before["orders.new"] == "ok"


def test_what_another_token_has_done_is_no_work_of_this_one(database: str, sandbox: Sandbox) -> None:
    key = add_key(sandbox)
    assert imported().status == "done"
    replaced = saving.replace_token(key.id or 0, sandbox.tokens["read_only"])
    assert replaced.saved
    sandbox.world.answer_next("orders.new", *REFUSALS["scope_missing"], JSON)
    assert said(imported()) == [("scope_missing", "bits_say_yes")]


def test_what_another_key_has_done_is_no_work_of_this_one(database: str, sandbox: Sandbox) -> None:
    add_key(sandbox)
    add_key(sandbox, "other", mint(bits=[4]))
    assert foreground.run_import("other", statuses=False, quota=Unlimited()).status == "done"
    sandbox.world.answer_next("orders.new", *REFUSALS["scope_missing"], JSON)
    assert said(imported()) == [("scope_missing", "bits_say_yes")]


def test_what_an_expired_token_has_stopped_is_told_in_numbers(database: str) -> None:
    """Its own failures since its end: not what failed before, what went well, what another key met."""
    with db.session() as session:
        key = a_key(session, facts("marketplace", days=-2))
        other = a_key(session, facts("marketplace", fingerprint="other"), "other")
        for of, status, days_ago in ((key, "failed", 3), (key, "done", 1), (other, "failed", 1)):
            a_run(session, of, status, created_at=datetime.now(UTC) - timedelta(days=days_ago))
        assert evidence.evidence_for(session, key).stopped == 0
        for _ in range(2):
            a_run(session, key, "failed")
        session.commit()
        assert evidence.evidence_for(session, key).stopped == 2
        assert evidence.evidence_for(session, other).stopped == 0, "that one has not expired"


def test_the_learning_cabinets_seller_is_no_second_one(sqlite: str) -> None:
    """With one seller a title need not say whose key it is."""
    with db.session() as session:
        key = a_key(session, facts("marketplace"))
        keyring.upsert_seller(session, "demo", "demo", "Учебный кабинет")
        assert evidence.evidence_for(session, key).sellers == 1
        keyring.upsert_seller(session, "second", "production", "ООО Второй")
        assert evidence.evidence_for(session, key).sellers == 2


def test_what_wb_answered_while_the_token_was_saved_is_work_of_it(database: str, sandbox: Sandbox) -> None:
    key = add_key(sandbox)
    with db.session() as session:
        capabilities.record(session, key.id or 0, "seller.info", "error", "probe")
        session.commit()
        assert evidence.worked_until(session, key, "seller.info") is not None


def test_a_check_tells_of_a_token_that_was_taken_away_what_the_import_has_told(
    database: str, sandbox: Sandbox
) -> None:
    """It had another title after the check, and ``key list`` told of both."""
    add_key(sandbox)
    assert imported().status == "done"
    sandbox.world.withdraw(jwt.decode(sandbox.tokens["full"], options={"verify_signature": False})["id"])
    assert said(imported()) == [("token_withdrawn", "used_to_work")]
    assert checks.check()["status"] == "error"
    (listed,) = commands.key_documents("ru")
    assert [(d["code"], d["cause"]) for d in listed["diagnoses"]] == [("token_withdrawn", "used_to_work")]
    with db.session() as session:
        (row,) = checklist.open_checklists(session)
    assert row.diagnosis["cause"] == "used_to_work"
