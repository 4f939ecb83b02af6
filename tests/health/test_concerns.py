"""A check opens a checklist for what somebody uses; what nobody asks for is only shown."""

from __future__ import annotations

from collections.abc import Callable

from tests.work import add_key
from wbcore.guidance import checklist
from wbcore.health import checks
from wbcore.imports import schedules
from wbcore.sandbox.server import Sandbox
from wbcore.store import db


def codes() -> list[str]:
    with db.session() as session:
        return [row.code for row in checklist.open_checklists(session)]


def test_a_method_that_nobody_uses_opens_nothing(sqlite: str, serve: Callable[..., Sandbox]) -> None:
    sandbox = serve(orders=3, limits=False)
    key = add_key(sandbox)
    sandbox.world.switches.retired.add("statistics.orders")
    found = checks.check([key.id or 0])["keys"][0]
    assert "endpoint_retired" in [one["code"] for one in found["diagnoses"]], "it is shown all the same"
    assert codes() == []
    schedules.save(key.id or 0, "statistics", every_minutes=60)
    checks.check([key.id or 0])
    assert codes() == ["endpoint_retired"]
