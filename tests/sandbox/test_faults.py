"""Chaos with a seed, answers made to order, and the control endpoints."""

from __future__ import annotations

import time
from typing import Any

import pytest
import requests

from tests.sandbox.conftest import Ask, asker, walk
from wbcore.sandbox.server import Sandbox
from wbcore.sandbox.world import FAULT_KINDS, Faults

PERIOD = "marketplace-api/api/v3/orders"
NEW = "marketplace-api/api/v3/orders/new"


def always(*kinds: Any, **options: Any) -> Faults:
    return Faults(rate=1.0, kinds=kinds, in_a_row=10**9, **options)


def test_a_dropped_connection(sandbox: Sandbox, ask: Ask) -> None:
    sandbox.world.faults = always("drop")
    with pytest.raises(requests.ConnectionError):
        ask(PERIOD, params={"limit": 5, "next": 0})


def test_a_body_that_breaks_off(sandbox: Sandbox, ask: Ask) -> None:
    sandbox.world.faults = always("truncate")
    for place in (f"{PERIOD}?limit=1000&next=0", NEW, "common-api/api/v1/seller-info"):
        with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
            ask(place)


@pytest.mark.parametrize(("kind", "status"), [("500", 500), ("503", 503), ("429", 429), ("html", 502)])
def test_other_faults(sandbox: Sandbox, ask: Ask, kind: str, status: int) -> None:
    sandbox.world.faults = always(kind)
    answer = ask(NEW)
    assert answer.status_code == status
    if kind == "html":
        assert answer.headers["content-type"].startswith("text/html")
    if kind == "429":
        assert answer.json()["title"] == "too many requests"
        assert answer.headers["X-Ratelimit-Retry"] == "1"
    assert sandbox.world.faults.given[kind] == 1


def test_delay_and_latency(sandbox: Sandbox, ask: Ask) -> None:
    sandbox.world.faults = always("delay", delay_s=0.2)
    started = time.perf_counter()
    assert ask("common-api/api/v1/seller-info").status_code == 200
    assert time.perf_counter() - started >= 0.2
    sandbox.world.faults = Faults()
    sandbox.world.latency = 0.15
    started = time.perf_counter()
    assert ask("common-api/api/v1/seller-info").status_code == 200
    sandbox.world.latency = 0.0
    assert time.perf_counter() - started >= 0.15


def test_a_repeated_page_loses_nothing(sandbox: Sandbox, ask: Ask) -> None:
    clean = {row["id"] for row in walk(ask)}
    sandbox.world.faults = Faults(rate=0.5, seed=4, kinds=("repeat",))
    ids: list[int] = []
    after = 0
    while rows := (page := ask(PERIOD, params={"limit": 100, "next": after}).json())["orders"]:
        ids += [row["id"] for row in rows]
        after = page["next"]
    assert set(ids) == clean
    assert len(ids) > len(clean)


def test_the_same_seed_gives_the_same_chaos() -> None:
    twins = [Faults(seed=7, rate=0.4, in_a_row=2) for _ in range(2)]
    drawn = [[faults.draw("s", "m") for _ in range(300)] for faults in twins]
    assert drawn[0] == drawn[1]
    assert set(drawn[0]) == {None, *FAULT_KINDS}
    assert max(len(run) for run in "".join("x" if d else " " for d in drawn[0]).split()) == 2
    with pytest.raises(ValueError, match="no such faults"):
        Faults(kinds=("fire",))  # type: ignore[arg-type]


def test_a_client_that_tries_again_gets_everything(sandbox: Sandbox, ask: Ask) -> None:
    clean = [row["id"] for row in walk(ask)]
    sandbox.world.faults = Faults(rate=0.4, seed=11, delay_s=0.01)
    ids: list[int] = []
    after, tries = 0, 0
    while True:
        tries += 1
        assert tries < 400
        try:
            answer = ask(PERIOD, params={"limit": 50, "next": after})
            answer.raise_for_status()
        except requests.RequestException:
            continue
        page = answer.json()
        if not page["orders"]:
            break
        ids += [row["id"] for row in page["orders"]]
        after = page["next"]
    assert sorted(set(ids)) == clean
    assert sandbox.world.faults.given.total() > 5


def test_an_answer_made_to_order(sandbox: Sandbox, ask: Ask) -> None:
    sandbox.world.answer_next("orders.new", 200, b'{"orders": null}', {"content-type": "text/plain"}, times=2)
    assert ask(PERIOD, params={"limit": 1, "next": 0}).status_code == 200
    for _ in range(2):
        answer = ask(NEW)
        assert (answer.content, answer.headers["content-type"]) == (b'{"orders": null}', "text/plain")
    assert len(ask(NEW).json()["orders"]) == 750


class Control:
    """The control endpoints, as another process sees them."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.base = f"{sandbox.gateway}/_sandbox"

    def post(self, name: str, **body: Any) -> dict[str, Any]:
        answer = requests.post(f"{self.base}/{name}", json=body, timeout=120)
        assert answer.status_code == 200, answer.text
        result: dict[str, Any] = answer.json()
        return result

    def get(self, name: str) -> dict[str, Any]:
        result: dict[str, Any] = requests.get(f"{self.base}/{name}", timeout=120).json()
        return result


def test_control_of_tokens_and_orders(sandbox: Sandbox, ask: Ask) -> None:
    control = Control(sandbox)
    token = control.post("tokens", categories=["marketplace"], read_only=True)["token"]
    assert ask(NEW, token).status_code == 200
    assert ask("statistics-api/ping", token).status_code == 401
    control.post("withdraw", token=token)
    assert "withdrawn" in ask(NEW, token).json()["detail"]
    (added,) = control.post("orders", count=1)["ids"]
    assert ask(NEW).json()["orders"][-1]["id"] == added
    control.post("statuses", ids=[added], supplierStatus="complete", wbStatus="sold")
    assert ask(NEW).json()["orders"][-1]["id"] != added
    control.post("statuses", advance=6)
    assert ask(NEW).json()["orders"] == []
    control.post("reset")
    assert len(ask(NEW, token).json()["orders"]) == 750


def test_control_of_faults_and_answers(sandbox: Sandbox, ask: Ask) -> None:
    control = Control(sandbox)
    control.post("faults", rate=1.0, kinds=["503"], methods=["orders.new"], most=1)
    assert [ask(NEW).status_code for _ in range(2)] == [503, 200]
    control.post("faults")
    control.post("answers", method="*", status=418, body="<p>", headers={"content-type": "text/html"})
    assert (teapot := ask(NEW)).status_code == 418
    assert teapot.text == "<p>"
    control.post("switches", disabled=["orders.new"], closed={"orders.period": ["personal"]})
    assert "temporarily disabled" in ask(NEW).json()["detail"]
    assert "personal token" in ask(PERIOD, params={"limit": 1, "next": 0}).json()["detail"]
    control.post("latency", seconds=0)


def test_control_counts_requests_and_quotas() -> None:
    with Sandbox(orders=10) as sandbox:
        ask, control = asker(sandbox), Control(sandbox)
        ask(NEW)
        ask(NEW, "statistics_only")
        ask(NEW, None)
        counts = control.get("requests")
        assert counts["total"] == 3
        assert [(row["method"], row["status"], row["count"]) for row in counts["counts"]] == [
            ("orders.new", 401, 1),
            ("orders.new", 200, 1),
            ("orders.new", 401, 1),
        ]
        (quota,) = control.get("quota")["quotas"]
        assert (quota["group"], quota["burst"]) == ("fbs_orders", 20)
        assert 9 <= quota["level"] < 11
        control.post("limits", on=False)
        assert all(ask(NEW).status_code == 200 for _ in range(30))
        assert sandbox.world.count("orders.new", status=200) == 31
        assert sandbox.world.count(sid=sandbox.world.shop().sid) == 32


def test_control_says_what_is_wrong(sandbox: Sandbox) -> None:
    answer = requests.post(f"{sandbox.gateway}/_sandbox/faults", json={"kinds": ["fire"]}, timeout=120)
    assert answer.status_code == 400
    assert "fire" in answer.json()["error"]
    assert requests.post(f"{sandbox.gateway}/_sandbox/orders", json={}, timeout=120).status_code == 400
