"""What is known counts until WB says otherwise, and no longer."""

from __future__ import annotations

from datetime import UTC, datetime

import jwt

from tests.work import add_key
from wbcore.cli import database as commands
from wbcore.health import checks, outages
from wbcore.imports import foreground
from wbcore.sandbox.server import Sandbox
from wbcore.sandbox.tokens import mint
from wbcore.store import db
from wbcore.store.models import CapabilityState


def status(key_id: int | None, method: str = "orders.new") -> str:
    with db.session() as session:
        state = session.get(CapabilityState, (key_id, method))
    assert state is not None
    return state.status


def test_a_proof_from_before_a_failure_is_none(sqlite: str, sandbox: Sandbox) -> None:
    first = add_key(sandbox, "первый")
    checks.check()
    second = add_key(sandbox, "второй")
    checks.check()
    assert [status(first.id), status(second.id)] == ["ok", "ok"]
    sandbox.world.switches.disabled.add("orders.new")
    assert foreground.run_import("второй", "new").status == "failed"
    checks.check()
    assert status(second.id) == "error", "its import has just been refused"
    sandbox.world.switches.disabled.clear()
    checks.check()
    assert status(second.id) == "ok"


def listed() -> dict[str, str]:
    """What ``key list`` says of each key."""
    return {one["name"]: one["status"] for one in commands.key_documents("ru")}


def test_an_outage_that_another_sellers_answer_has_ended_is_told_of_no_key(
    database: str, sandbox: Sandbox
) -> None:
    first, second = (add_key(sandbox, name, mint(sid=name)) for name in ("первый", "второй"))
    sandbox.world.answer_next("orders.new", 503, b"", times=20)
    for name in ("первый", "второй"):
        assert foreground.run_import(name, "new").status == "failed"
    assert listed() == {"первый": "error", "второй": "error"}
    sandbox.world.reset()
    assert foreground.run_import("второй", "new").status == "done"
    assert listed() == {"первый": "ok", "второй": "ok"}
    assert [status(first.id), status(second.id)] == ["unknown", "ok"]
    with db.session() as session:
        assert not outages.troubles(session, datetime.now(UTC)).incidents


def test_a_method_that_is_off_is_off_still_where_its_host_answers(database: str, sandbox: Sandbox) -> None:
    first = add_key(sandbox, "первый", mint(sid="первый"))
    add_key(sandbox, "второй", mint(sid="второй"))
    sandbox.world.switches.disabled.add("orders.period")
    assert foreground.run_import("первый", "period").status == "failed"
    assert foreground.run_import("второй", "new").status == "done"
    assert status(first.id, "orders.period") == "error"
    assert listed()["первый"] == "error"
    sandbox.world.switches.disabled.clear()
    assert foreground.run_import("второй", "period").status == "done"
    assert status(first.id, "orders.period") == "unknown"
    assert listed()["первый"] == "ok"


def test_a_token_that_wb_takes_again_is_not_told_to_be_withdrawn(database: str, sandbox: Sandbox) -> None:
    """Each check asked of one method more, and all others were "no access" until then."""
    key = add_key(sandbox)
    sandbox.world.withdraw(jwt.decode(sandbox.tokens["full"], options={"verify_signature": False})["id"])
    assert checks.check()["status"] == "error"
    assert set(listed().values()) == {"error"}
    sandbox.world.reset()
    report = checks.check()
    assert report["status"] == "ok"
    told = {one["status"] for one in report["keys"][0]["capabilities"]}
    assert told == {"ok", "unknown"}
    assert {status(key.id, method) for method in ("orders.new", "statistics.orders")} == {"unknown"}
    assert set(listed().values()) == {"ok"}
    assert {one["status"] for one in checks.check()["keys"][0]["capabilities"]} == {"ok"}


def test_a_token_that_an_import_has_worked_with_is_not_told_to_be_unreadable(
    database: str, sandbox: Sandbox
) -> None:
    add_key(sandbox)
    sandbox.world.answer_next("orders.new", 401, b'{"detail": "token problem; token is malformed: x"}')
    (name,) = listed()
    assert foreground.run_import(name, "new").status == "failed"
    assert set(listed().values()) == {"error"}
    assert foreground.run_import(name, "new").status == "done"
    assert set(listed().values()) == {"ok"}
