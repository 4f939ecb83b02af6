"""The health of keys: what is known without asking, what is asked, and what it costs."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from rich.console import Console

from tests.work import add_key, changes_of, planned_requests
from wbcore.api import token as tokens
from wbcore.api.catalog import CAPABILITIES
from wbcore.guidance import checklist, terminal
from wbcore.health import checks
from wbcore.imports import foreground
from wbcore.keys import learning, saving
from wbcore.sandbox.server import Sandbox
from wbcore.sandbox.tokens import BASIC, TEST, mint
from wbcore.settings import settings
from wbcore.store import db
from wbcore.store.models import Key

OTHER_SELLER = "0a1e0000-0000-4000-8000-000000000002"


def by_id(report: dict[str, Any], number: int = 0) -> dict[str, dict[str, Any]]:
    return {row["id"]: row for row in report["keys"][number]["capabilities"]}


def codes(report: dict[str, Any], number: int = 0) -> dict[str, str]:
    return {d["code"]: d["severity"] for d in report["keys"][number]["diagnoses"]}


def test_a_full_key_is_well(database: str, sandbox: Sandbox) -> None:
    add_key(sandbox)
    before = sandbox.world.count()
    planned = planned_requests()
    report = checks.check()
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
    first = checks.check()
    before = sandbox.world.count()
    again = checks.check()
    assert sandbox.world.count() - before <= 1
    assert [row["status"] for row in by_id(again).values()] == [
        row["status"] for row in by_id(first).values()
    ]


def test_whose_token_is_replaced_meanwhile_is_told_of_the_new_one(
    sqlite: str, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = add_key(sandbox, "a"), add_key(sandbox, "b", mint(sid=OTHER_SELLER))
    withdrawn = jwt.decode(sandbox.tokens["full"], options={"verify_signature": False})
    sandbox.world.withdraw(withdrawn["id"])
    new = [mint(sid=withdrawn["sid"], expires=datetime.now(UTC) + timedelta(days=90))]
    ask = checks._asked

    def asked_just_before(plan: checks.Plan, *about: Any) -> Any:
        answer = ask(plan, *about)
        if plan.key.id == first.id and new:
            assert saving.replace_token(first.id or 0, new.pop()).saved
        return answer

    monkeypatch.setattr(checks, "_asked", asked_just_before)
    report = checks.check()
    assert [row["name"] for row in report["keys"]] == [first.name, second.name]
    assert report["status"] == "ok"
    assert {row["status"] for row in by_id(report).values()} == {"ok"}
    with db.session() as session:
        assert checklist.open_checklists(session) == []


def test_what_the_token_denies_is_not_asked(sqlite: str, sandbox: Sandbox) -> None:
    add_key(sandbox, token="statistics_only")
    report = checks.check()
    assert sandbox.world.count(status=401) == 0
    assert (report["status"], codes(report)) == ("warning", {"scope_missing": "warning"})
    known = by_id(report)
    assert (known["orders.new"]["status"], known["orders.new"]["evidence"]) == ("denied", "token")
    assert (known["statistics.orders"]["status"], known["statistics.orders"]["evidence"]) == ("ok", "probe")


def test_a_withdrawn_token_is_noticed_by_one_request(database: str, sandbox: Sandbox) -> None:
    key = add_key(sandbox)
    assert checks.check()["status"] == "ok"
    claims = jwt.decode(sandbox.tokens["full"], options={"verify_signature": False})
    sandbox.world.withdraw(claims["id"])
    report = checks.check()
    assert (report["status"], codes(report)) == ("error", {"token_withdrawn": "error"})
    assert {row["status"] for row in by_id(report).values()} == {"denied"}
    assert sandbox.world.count(status=401) == 1
    assert key.id is not None
    with db.session() as session:
        history = [change.status for change in changes_of(session, key.id, "statistics.orders")]
    assert history == ["denied", "ok", "unknown"]
    assert planned_requests() == 1
    again = checks.check()
    assert {row["status"] for row in by_id(again).values()} == {"denied"}
    assert codes(again) == codes(report)
    assert sandbox.world.count(status=401) == 2


def pings(sandbox: Sandbox) -> int:
    return sum(n for (_, method, _), n in sandbox.world.counts.items() if method.startswith("ping."))


@pytest.mark.parametrize(
    ("token", "refused", "asked"),
    [
        (mint(), None, "seller.info"),
        (mint(), "seller.info", "orders.status"),
        (mint(acc=BASIC), None, "orders.status"),
        (mint(acc=TEST, test=True), None, "orders.status"),
    ],
    ids=["personal", "seller info refused", "basic", "test"],
)
def test_wb_is_not_pinged_by_the_clock(
    sqlite: str, sandbox: Sandbox, token: str, refused: str | None, asked: str
) -> None:
    """WB asks that programs send no pings by themselves, and blocks who does: a method says the same."""
    key = add_key(sandbox, token=token)
    checks.check()
    if refused:
        sandbox.world.switches.denied.add(refused)
    pinged, others = pings(sandbox), sandbox.world.count(asked)
    assert checks.check()["status"] != "error"
    assert (pings(sandbox), sandbox.world.count(asked)) == (pinged, others + 1)
    with db.session() as session:
        row = session.get_one(Key, key.id)
        assert row.verified_at is not None
        assert datetime.now(UTC) - row.verified_at < timedelta(seconds=5)
    claims = jwt.decode(token, options={"verify_signature": False})
    sandbox.world.withdraw(claims["id"])
    assert "token_withdrawn" in codes(checks.check())
    assert pings(sandbox) == pinged


def test_scarce_quotas_are_left_to_the_imports(sqlite: str, sandbox: Sandbox) -> None:
    """A Basic token may ask for statistics once in three hours."""
    add_key(sandbox, token="basic")
    report = checks.check()
    assert {row["status"] for row in by_id(report).values()} == {"ok"}
    assert by_id(report)["statistics.orders"]["evidence"] == "token"
    assert sandbox.world.count("statistics.orders") == sandbox.world.count(status=429) == 0
    assert foreground.run_import("shop", "statistics").status == "done"


def test_one_broken_method_is_not_the_tokens_fault(sqlite: str, sandbox: Sandbox) -> None:
    add_key(sandbox)
    sandbox.world.switches.retired = {"orders.archive"}
    sandbox.world.switches.denied = {"statistics.orders"}
    foreground.run_import("shop", "archive")
    report = checks.check()
    known = by_id(report)
    assert known["orders.archive"]["status"] == "error"
    assert known["statistics.orders"]["status"] == "denied"
    assert known["orders.period"]["status"] == "ok"
    assert {"endpoint_retired", "access_denied"} <= set(codes(report))


def test_no_network_is_no_verdict(sqlite: str, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    add_key(sandbox, token="statistics_only")
    monkeypatch.setenv("WB_GATEWAY_URL", "http://127.0.0.1:9")
    settings.cache_clear()
    report = checks.check()
    assert by_id(report)["statistics.orders"]["status"] == "unknown"
    assert codes(report)["network_unreachable"] == "error"


def test_without_a_network_nothing_is_well_with_a_sellers_second_key_either(
    sqlite: str, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_key(sandbox)
    token = mint(sid=tokens.read(sandbox.tokens["full"]).seller_sid)
    assert saving.add_key("second", token).saved
    monkeypatch.setenv("WB_GATEWAY_URL", "http://127.0.0.1:9")
    settings.cache_clear()
    report = checks.check()
    assert [key["status"] for key in report["keys"]] == ["error", "error"]
    assert len({len(key["capabilities"]) for key in report["keys"]}) == 1
    drawn = Console(width=200, record=True, file=io.StringIO())
    report["keys"][0]["capabilities"].pop(0)  # as of a key that was removed meanwhile
    drawn.print(terminal.health(report, "en"))
    assert "? not known" in drawn.export_text()


def test_hosts_are_asked_side_by_side(sqlite: str, sandbox: Sandbox) -> None:
    add_key(sandbox)
    sandbox.world.latency = 0.5
    known = len(sandbox.world.log)
    assert checks.check()["status"] == "ok"
    seen = list(sandbox.world.log)[known:]
    last_of_most = max(one.at for one in seen if one.host == "marketplace-api")
    assert all(one.at < last_of_most for one in seen if one.host != "marketplace-api")


def test_many_keys_one_report(sqlite: str, sandbox: Sandbox) -> None:
    add_key(sandbox, "b", "statistics_only")
    key = add_key(sandbox, "a")
    report = checks.check()
    assert [row["name"] for row in report["keys"]] == ["a", "b"]
    assert report["status"] == "warning"
    assert [row["name"] for row in checks.check([key.id or 0])["keys"]] == ["a"]
    assert checks.check([])["keys"] == []


def test_the_learning_cabinet_needs_no_wb(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WB_GATEWAY_URL", "http://127.0.0.1:9")
    settings.cache_clear()
    made = learning.ensure_demo("ru")
    assert [key.environment for key in made] == ["demo", "demo"]
    assert [key.id for key in learning.ensure_demo("en")] == [key.id for key in made]
    full, part = sorted(made, key=lambda key: -len(key.facts["categories"]))
    run = foreground.run_import(full.name)
    assert run.status == "done"
    assert run.created > 20
    assert foreground.run_import(part.name).diagnoses[0]["code"] == "scope_missing"
    assert checks.check([full.id or 0])["status"] == "ok"
    learning.remove_demo()
    with db.session() as session:
        assert learning.demo_keys(session) == []
    assert len(learning.ensure_demo("ru")) == 2


def test_many_keys_cost_a_seller_once_and_again_only_their_lives(sqlite: str, sandbox: Sandbox) -> None:
    """Sixteen keys of four sellers: each seller's methods are asked once, of the other keys one request."""
    for number in range(16):
        sid = f"0a1e0000-0000-4000-8000-{number % 4:012x}"
        assert saving.add_key(f"k{number:02}", mint(sid=sid)).saved
    before = sandbox.world.count()
    assert checks.check()["status"] == "ok"
    assert sandbox.world.count() - before <= 4 * 6 + 12
    before = sandbox.world.count()
    again = checks.check()
    assert sandbox.world.count() - before <= 16
    assert {row["status"] for key in again["keys"] for row in key["capabilities"]} == {"ok"}


def test_what_one_key_of_a_seller_is_refused_the_others_are_asked_themselves(
    sqlite: str, sandbox: Sandbox
) -> None:
    sandbox.world.switches.denied = {"statistics.orders"}
    for name in ("a", "b"):
        add_key(sandbox, name)
    report = checks.check()
    for number in (0, 1):
        known = by_id(report, number)["statistics.orders"]
        assert (known["status"], known["evidence"]) == ("denied", "probe")


def test_a_withdrawn_key_is_noticed_beside_a_living_one(sqlite: str, sandbox: Sandbox) -> None:
    sid = "0a1e0000-0000-4000-8000-000000000001"
    dead = mint(sid=sid, token_id="0a1e0000-0000-4000-8000-00000000dead")
    assert saving.add_key("a", mint(sid=sid)).saved
    assert saving.add_key("b", dead).saved
    sandbox.world.withdraw(jwt.decode(dead, options={"verify_signature": False})["id"])
    report = checks.check()
    assert [row["status"] for row in report["keys"]] == ["ok", "error"]
    assert {row["status"] for row in by_id(report, 1).values()} == {"denied"}


def many_sellers(count: int) -> None:
    for number in range(count):
        sid = f"0a1e0000-0000-4000-8000-{number:012}"
        assert saving.add_key(f"shop {number}", mint(sid=sid)).saved


def test_sixteen_sellers_are_asked_at_the_gate_and_one_of_them_for_the_rest(
    sqlite: str, sandbox: Sandbox
) -> None:
    """Marketplace and Statistics of each; three more methods of Marketplace and the news once."""
    many_sellers(16)
    before = sandbox.world.count()
    planned = planned_requests()
    report = checks.check()
    assert sandbox.world.count() - before == planned == 36
    assert {row["status"] for key in report["keys"] for row in key["capabilities"]} == {"ok"}
    assert [by_id(report, number)["orders.status"]["evidence"] for number in range(16)] == ["probe"] * 16


def test_what_one_seller_is_refused_is_asked_of_the_others(sqlite: str, sandbox: Sandbox) -> None:
    many_sellers(3)
    sandbox.world.answer_next("orders.archive", 403, b'{"code": "AccessDenied", "message": "no"}', {})
    before = sandbox.world.count("orders.archive")
    report = checks.check()
    assert [by_id(report, number)["orders.archive"]["status"] for number in range(3)] == [
        "denied",
        "ok",
        "ok",
    ]
    assert sandbox.world.count("orders.archive") - before == 3


def test_who_is_not_let_in_is_not_told_to_work_because_others_do(sqlite: str, sandbox: Sandbox) -> None:
    many_sellers(2)
    checks.check()
    scope = b'{"title": "unauthorized", "detail": "token scope not allowed", "status": 401}'
    saving.add_key("third", mint(sid=f"0a1e0000-0000-4000-8000-{7:012}"))
    sandbox.world.answer_next("orders.status", 401, scope, {})
    before = sandbox.world.count()
    third = by_id({"keys": [key for key in checks.check()["keys"] if key["name"] == "third"]})
    assert {third[name]["status"] for name in ("orders.status", "orders.period", "orders.archive")} == {
        "denied"
    }
    assert third["statistics.orders"]["status"] == "ok"
    assert sandbox.world.count() - before == 2 + 2
