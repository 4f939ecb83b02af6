"""What another key has proven counts until WB says otherwise."""

from __future__ import annotations

from tests.work import add_key
from wbcore.health import checks
from wbcore.imports import foreground
from wbcore.sandbox.server import Sandbox
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
