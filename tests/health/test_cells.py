"""What the panel's cells say of answers that the imitation of WB has given."""

from __future__ import annotations

from datetime import UTC, datetime

import jwt

from tests.work import add_key
from wbcore.health import checks, panel
from wbcore.health.cells import Cell, cells, checked_at, worst
from wbcore.health.outages import troubles
from wbcore.sandbox.server import Sandbox
from wbcore.sandbox.tokens import mint
from wbcore.store import db


def board() -> dict[str, dict[str, Cell]]:
    now = datetime.now(UTC)
    with db.session() as session:
        broken = troubles(session, now).incidents
        return {row.key.name: cells(row, broken, now) for row in panel.page(session, now).rows}


def test_a_key_that_nobody_has_checked_is_unknown_where_the_token_allows(
    sqlite: str, sandbox: Sandbox
) -> None:
    add_key(sandbox, token="statistics_only")
    (found,) = board().values()
    assert found["orders.new"] == Cell("denied", "token")
    assert found["statistics.orders"] == Cell("unknown", "token")


def test_orders_stand_first_and_what_any_token_can_do_last(sqlite: str, sandbox: Sandbox) -> None:
    """A panel is wider than a screen."""
    add_key(sandbox)
    (found,) = board().values()
    assert next(iter(found)) == "orders.new"
    assert list(found)[-2:] == ["seller.info", "seller.news"]


def test_a_checked_key_says_when_and_how_fast(database: str, sandbox: Sandbox) -> None:
    add_key(sandbox, token="statistics_only")
    checks.check()
    (found,) = board().values()
    cell = found["statistics.orders"]
    assert (cell.status, cell.evidence) == ("ok", "probe")
    assert cell.at is not None
    assert cell.latency_ms is not None
    assert checked_at(found) == cell.at
    assert worst(found) == "ok", "what the token was never made for is no trouble"


def test_what_wb_refuses_is_told_from_what_is_down_at_wb(sqlite: str, sandbox: Sandbox) -> None:
    add_key(sandbox, "good")
    withdrawn = mint(sid="0a1e0000-0000-4000-8000-000000000001")
    add_key(sandbox, "withdrawn", withdrawn)
    sandbox.world.answer_next("orders.period", status=503, times=100)
    sandbox.world.withdraw(jwt.decode(withdrawn, options={"verify_signature": False})["id"])
    checks.check()
    found = board()
    assert found["good"]["orders.period"].status == "broken"
    assert found["good"]["statistics.orders"].status == "ok"
    assert worst(found["good"]) == "broken"
    assert found["withdrawn"]["statistics.orders"].status == "denied"
    assert worst(found["withdrawn"]) == "denied"
    assert list(found) == ["withdrawn", "good"]
