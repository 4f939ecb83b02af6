"""The health of keys: what is known without asking, what is asked, and what it costs."""

from __future__ import annotations

from typing import Any

import jwt
import pytest

from tests.jobs.conftest import add_key
from wbcore.api.catalog import CAPABILITIES
from wbcore.jobs import demo, foreground, health
from wbcore.sandbox.server import Sandbox
from wbcore.settings import settings
from wbcore.store import db
from wbcore.store import health as stored


def by_id(report: dict[str, Any], number: int = 0) -> dict[str, dict[str, Any]]:
    return {row["id"]: row for row in report["keys"][number]["capabilities"]}


def codes(report: dict[str, Any], number: int = 0) -> dict[str, str]:
    return {d["code"]: d["severity"] for d in report["keys"][number]["diagnoses"]}


def test_a_full_key_is_well(database: str, sandbox: Sandbox) -> None:
    add_key(sandbox)
    before = sandbox.world.count()
    planned = health.planned_requests()
    report = health.check()
    assert sandbox.world.count() - before == planned <= 6
    assert sandbox.world.count("orders.client") == 0
    assert (report["status"], report["keys"][0]["status"]) == ("ok", "ok")
    assert list(by_id(report)) == [method.id for method in CAPABILITIES]
    assert {row["status"] for row in by_id(report).values()} == {"ok"}
    assert by_id(report)["statistics.orders"]["evidence"] == "probe"
    assert by_id(report)["statistics.orders"]["latency_ms"] >= 0
    assert report["checked_at"].endswith("Z")


def test_a_second_look_costs_almost_nothing(sqlite: str, sandbox: Sandbox) -> None:
    add_key(sandbox)
    first = health.check()
    before = sandbox.world.count()
    again = health.check()
    assert sandbox.world.count() - before <= 1
    assert [row["status"] for row in by_id(again).values()] == [
        row["status"] for row in by_id(first).values()
    ]


def test_what_the_token_denies_is_not_asked(sqlite: str, sandbox: Sandbox) -> None:
    add_key(sandbox, token="statistics_only")
    report = health.check()
    assert sandbox.world.count(status=401) == 0
    assert (report["status"], codes(report)) == ("warning", {"scope_missing": "warning"})
    known = by_id(report)
    assert (known["orders.new"]["status"], known["orders.new"]["evidence"]) == ("denied", "token")
    assert (known["statistics.orders"]["status"], known["statistics.orders"]["evidence"]) == ("ok", "probe")


def test_a_withdrawn_token_is_noticed_by_one_request(database: str, sandbox: Sandbox) -> None:
    key = add_key(sandbox)
    assert health.check()["status"] == "ok"
    claims = jwt.decode(sandbox.tokens["full"], options={"verify_signature": False})
    sandbox.world.withdraw(claims["id"])
    report = health.check()
    assert (report["status"], codes(report)) == ("error", {"token_withdrawn": "error"})
    assert {row["status"] for row in by_id(report).values()} == {"denied"}
    assert sandbox.world.count(status=401) == 1
    assert key.id is not None
    with db.session() as session:
        history = [change.status for change in stored.changes(session, key.id, "statistics.orders")]
    assert history == ["denied", "ok", "unknown"]
    assert health.planned_requests() == 1
    again = health.check()
    assert {row["status"] for row in by_id(again).values()} == {"denied"}
    assert codes(again) == codes(report)
    assert sandbox.world.count(status=401) == 2


def test_scarce_quotas_are_left_to_the_imports(sqlite: str, sandbox: Sandbox) -> None:
    """A Basic token may ask for statistics once in three hours."""
    add_key(sandbox, token="basic")
    report = health.check()
    assert {row["status"] for row in by_id(report).values()} == {"ok"}
    assert by_id(report)["statistics.orders"]["evidence"] == "token"
    assert sandbox.world.count("statistics.orders") == sandbox.world.count(status=429) == 0
    assert foreground.run_import("shop", "statistics").status == "done"


def test_one_broken_method_is_not_the_tokens_fault(sqlite: str, sandbox: Sandbox) -> None:
    add_key(sandbox)
    sandbox.world.switches.retired = {"orders.archive"}
    sandbox.world.switches.denied = {"statistics.orders"}
    foreground.run_import("shop", "archive")
    report = health.check()
    known = by_id(report)
    assert known["orders.archive"]["status"] == "error"
    assert known["statistics.orders"]["status"] == "denied"
    assert known["orders.period"]["status"] == "ok"
    assert {"endpoint_retired", "access_denied"} <= set(codes(report))


def test_no_network_is_no_verdict(sqlite: str, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    add_key(sandbox, token="statistics_only")
    monkeypatch.setenv("WB_GATEWAY_URL", "http://127.0.0.1:9")
    settings.cache_clear()
    report = health.check()
    assert by_id(report)["statistics.orders"]["status"] == "unknown"
    assert codes(report)["network_unreachable"] == "error"


def test_hosts_are_asked_side_by_side(sqlite: str, sandbox: Sandbox) -> None:
    add_key(sandbox)
    sandbox.world.latency = 0.2
    known = len(sandbox.world.log)
    assert health.check()["status"] == "ok"
    seen = list(sandbox.world.log)[known:]
    last_of_most = max(one.at for one in seen if one.host == "marketplace-api")
    assert all(one.at < last_of_most for one in seen if one.host != "marketplace-api")


def test_many_keys_one_report(sqlite: str, sandbox: Sandbox) -> None:
    add_key(sandbox, "b", "statistics_only")
    key = add_key(sandbox, "a")
    report = health.check()
    assert [row["name"] for row in report["keys"]] == ["a", "b"]
    assert report["status"] == "warning"
    assert [row["name"] for row in health.check([key.id or 0])["keys"]] == ["a"]
    assert health.check([])["keys"] == []


def test_the_learning_cabinet_needs_no_wb(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WB_GATEWAY_URL", "http://127.0.0.1:9")
    settings.cache_clear()
    made = demo.ensure_demo("ru")
    assert [key.environment for key in made] == ["demo", "demo"]
    assert [key.id for key in demo.ensure_demo("en")] == [key.id for key in made]
    full, part = sorted(made, key=lambda key: -len(key.facts["categories"]))
    run = foreground.run_import(full.name)
    assert run.status == "done"
    assert run.created > 20
    assert foreground.run_import(part.name).diagnoses[0]["code"] == "scope_missing"
    assert health.check([full.id or 0])["status"] == "ok"
    demo.remove_demo()
    with db.session() as session:
        assert demo.demo_keys(session) == []
    assert len(demo.ensure_demo("ru")) == 2
