"""A check opens a checklist for what somebody uses; what nobody asks for is only shown."""

from __future__ import annotations

from collections.abc import Callable

import pytest

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


@pytest.mark.parametrize("switch", ["retired", "denied"])
def test_what_a_used_method_answers_is_not_hidden_by_an_unused_one(
    sqlite: str, serve: Callable[..., Sandbox], switch: str
) -> None:
    """Two methods of one category fail alike, and the one that nobody asks is looked at first."""
    sandbox = serve(orders=3, limits=False)
    key = add_key(sandbox)
    schedules.save(key.id or 0, "new", every_minutes=60)
    getattr(sandbox.world.switches, switch).update({"orders.period", "orders.status"})
    found = checks.check([key.id or 0])["keys"][0]["diagnoses"]
    with db.session() as session:
        (opened,) = checklist.open_checklists(session)
    assert opened.diagnosis["details"]["endpoint"] == "orders.status"
    told = [one["details"]["endpoint"] for one in found]
    assert told[0] == "orders.period"
    assert ("orders.status" in told) == (switch == "retired"), "a refusal is told once for the category"
