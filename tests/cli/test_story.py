"""The seed's story in the terminal: a key goes in, orders come out, a scope error becomes a checklist."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

import pytest

from tests.cli.conftest import ORDERS, Cli, RunningSandbox
from tests.cli.shapes import Doctor, Import, KeyAdded, Orders, Runs
from wbcore.store import days


@pytest.mark.parametrize("source", ["new", "period"])
def test_five_thousand_orders_none_lost_none_twice(cli: Cli, sandbox: RunningSandbox, source: str) -> None:
    cli.json("key", "add", "k", stdin=sandbox.tokens["full"])

    first = Import.model_validate(cli.json("import", "--key", "k", "--source", source))
    assert (first.status, first.source, first.diagnoses) == ("done", source, [])
    assert (first.fetched, first.created, first.unchanged, first.rejected) == (ORDERS, ORDERS, 0, 0)

    orders = Orders.validate_python(cli.json("orders", "--key", "k"))
    assert (
        len(orders) == len({order.id for order in orders}) == len({order.rid for order in orders}) == ORDERS
    )
    assert Counter(order.supplier_status for order in orders) == {"new": ORDERS}

    again = Import.model_validate(cli.json("import", "--key", "k", "--source", source))
    assert (again.status, again.created, again.updated, again.rejected) == ("done", 0, 0, 0)
    # A second look at a period asks only for what can have changed since.
    assert again.fetched == again.unchanged > 0
    assert source == "period" or again.fetched == ORDERS
    assert Orders.validate_python(cli.json("orders")) == orders

    history = Runs.model_validate(cli.json("runs", "--key", "k")).runs
    assert [run.run_id for run in history] == [again.run_id, first.run_id]


def test_a_scope_error_becomes_a_checklist_and_a_full_token_solves_it(
    cli: Cli, sandbox: RunningSandbox
) -> None:
    saved = KeyAdded.model_validate(cli.json("key", "add", "k", stdin=sandbox.tokens["statistics_only"]))
    assert saved.saved
    assert [d.severity for d in saved.diagnoses if d.code == "scope_missing"] == ["warning"]

    failed = Import.model_validate(cli.json("import", "--key", "k", code=1))
    (diagnosis,) = failed.diagnoses
    assert (failed.status, failed.requests, diagnosis.code) == ("failed", 0, "scope_missing")
    assert diagnosis.required_category == "marketplace"
    assert diagnosis.present_categories == ["statistics"]
    assert any(step.url and step.url.startswith("https://seller.wildberries.ru") for step in diagnosis.steps)
    assert "system" in {step.verified_by for step in diagnosis.steps}

    sick = Doctor.model_validate(cli.json("doctor"))
    assert sick.status == "warning"
    states = {c.id: c.status for c in sick.keys[0].capabilities}
    assert states["orders.new"] == "denied"
    assert states["statistics.orders"] != "denied"

    cli.json("key", "add", "k", "--replace", stdin=sandbox.tokens["full"])
    assert cli.json("import", "--key", "k")["created"] == ORDERS
    healthy = Doctor.model_validate(cli.json("doctor"))
    assert (healthy.status, healthy.keys[0].diagnoses) == ("ok", [])


def test_people_read_the_checklist_in_their_language(cli: Cli, sandbox: RunningSandbox) -> None:
    cli.run("key", "add", "k", stdin=sandbox.tokens["statistics_only"])

    russian = cli.run("import", "--key", "k", WB_LANG="ru")
    assert russian.code == 1
    assert "Маркетплейс" in russian.text
    assert "[ ]" in russian.text
    assert "https://seller.wildberries.ru" in russian.text

    english = cli.run("import", "--key", "k", WB_LANG="en")
    assert "Marketplace" in english.text
    assert "Маркетплейс" not in english.text


def test_statuses_and_filters(cli: Cli, sandbox: RunningSandbox) -> None:
    cli.json("key", "add", "k", stdin=sandbox.tokens["full"])
    without = cli.json("import", "--key", "k", "--source", "period", "--no-statuses")
    # Five pages of a thousand orders, and an empty one that ends them.
    assert without["requests"] == 6
    assert {order["wb_status"] for order in cli.json("orders", "--limit", "10")} == {None}
    # One request for new orders, and five batches of a thousand ids.
    assert cli.json("import", "--key", "k")["requests"] == 6
    assert {order["wb_status"] for order in cli.json("orders", "--limit", "10")} == {"waiting"}

    assert len(cli.json("orders", "--status", "new", "--limit", "10")) == 10
    assert cli.json("orders", "--status", "sold") == []
    assert cli.json("orders", "--from", "2020-01-01", "--to", "2020-01-02") == []
    assert len(cli.json("orders", "--from", "2020-01-01")) == ORDERS
    newest = datetime.fromisoformat(cli.json("orders", "--limit", "1")[0]["created_at"])
    day = days.of_instant(newest)  # of Moscow: it begins at 21:00 of the day before in UTC
    on_day = cli.json("orders", "--from", day.isoformat(), "--to", day.isoformat())
    assert on_day
    assert {days.of_instant(datetime.fromisoformat(order["created_at"])) for order in on_day} == {day}


def test_days_that_wildberries_no_longer_has_are_told_as_that(cli: Cli, sandbox: RunningSandbox) -> None:
    cli.json("key", "add", "k", stdin=sandbox.tokens["full"])
    old, new = "2024-02-29", days.today().isoformat()
    said = cli.run("import", "--key", "k", "--source", "period", "--from", old, "--to", old)
    assert said.code == 0
    assert b"for about 90 days" in said.stderr
    assert b"--source archive" in said.stderr
    assert (
        b"for about 30 days"
        in cli.run("import", "--key", "k", "--source", "order_feed", "--from", old).stderr
    )
    assert b"days" not in cli.run("import", "--key", "k", "--source", "period", "--from", new).stderr


def test_statistics_orders_are_imported_and_listed(cli: Cli, sandbox: RunningSandbox) -> None:
    cli.json("key", "add", "k", stdin=sandbox.tokens["statistics_only"])
    done = Import.model_validate(cli.json("import", "--key", "k", "--source", "statistics"))
    assert (done.status, done.source) == ("done", "statistics")
    rows = cli.json("orders", "--source", "statistics")
    assert len(rows) == done.created
    assert len({row["srid"] for row in rows}) == len(rows)
