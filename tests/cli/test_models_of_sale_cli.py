"""Models of sale, the order feed and a day's sales on the command line."""

from __future__ import annotations

import csv
from collections import Counter
from datetime import timedelta
from pathlib import Path

from tests.cli.conftest import Cli, RunningSandbox
from tests.cli.shapes import Import, Orders, Runs
from tests.orders.samples import make_seller
from wbcore.orders import writing
from wbcore.store import days, db

MODELS = ("fbs", "dbs", "dbw", "click_collect")
OTHERS = 50
"""Orders of each other model in the imitation."""


def test_one_press_brings_every_model_and_each_order_says_its_own(cli: Cli, sandbox: RunningSandbox) -> None:
    cli.json("key", "add", "k", stdin=sandbox.tokens["full"])
    done = Import.model_validate(cli.json("import", "--key", "k", "--source", "all"))
    assert (done.status, done.source, done.rejected) == ("done", "all", 0)
    orders = Orders.validate_python(cli.json("orders", "--key", "k"))
    found = Counter(order.model for order in orders)
    assert set(found) == set(MODELS)
    assert {found[model] for model in MODELS[1:]} == {OTHERS}
    for model in MODELS:
        rows = Orders.validate_python(cli.json("orders", "--source", model))
        assert len(rows) == found[model]
        assert {row.model for row in rows} == {model}
    assert [run.source for run in Runs.model_validate(cli.json("runs")).runs] == ["all"]
    text = cli.run("orders", "--source", "dbs", "--format", "csv", "--limit", "5").text
    rows_of_csv = list(csv.DictReader(text.lstrip("\ufeff").splitlines()))
    assert [row["model"] for row in rows_of_csv] == ["dbs"] * 5
    assert all(row["delivery_date"] for row in rows_of_csv)


def test_the_feed_is_imported_listed_and_summed_up(cli: Cli, sandbox: RunningSandbox) -> None:
    cli.json("key", "add", "k", stdin=sandbox.tokens["full"])
    assert cli.json("sales") == {"zone": "Europe/Moscow", "days": []}
    done = Import.model_validate(cli.json("import", "--key", "k", "--source", "order_feed"))
    assert (done.status, done.source) == ("done", "order_feed")
    rows = cli.json("orders", "--source", "order_feed")
    assert len(rows) == done.created
    assert {row["status"] for row in rows} == {"created"}
    assert {row["currency"] for row in rows} == {"RUB"}
    day = rows[0]["created_at"]
    assert day.endswith("Z")
    day_of = days.today()
    today = cli.json("sales", "--from", day_of.isoformat(), "--to", day_of.isoformat())["days"]
    midnight = days.start(day_of).strftime("%Y-%m-%dT%H:%M:%SZ")
    of_today = [row for row in rows if row["created_at"] >= midnight]
    (feed,) = [one for one in today if one["source"] == "order_feed"] or [{"ordered": 0, "ordered_amount": 0}]
    assert feed["ordered"] == len(of_today)
    assert feed["ordered_amount"] == sum(row["seller_price"] for row in of_today)
    assert feed["ordered_amounts"] == {"RUB": feed["ordered_amount"]}
    assert "Order feed" in cli.run("sales").text


def test_sales_in_several_currencies_are_told_apart(cli: Cli, data_dir: Path) -> None:
    cli.data = data_dir
    db.prepare()
    at = days.start(days.today()).isoformat()
    rows = [
        {"srid": currency, "createdAt": at, "updatedAt": at, "status": "buyout", "sellerPrice": price}
        | {"currency": currency}
        for currency, price in (("RUB", 10), ("KZT", 2_000))
    ]
    with db.session() as session:
        writing.write_feed(session, make_seller(session), rows, run_id="r")
        session.commit()
    (day,) = cli.json("sales")["days"]
    assert (day["sold"], day["sold_amount"]) == (2, 1_000), "roubles, as ever"
    assert day["sold_amounts"] == {"KZT": 200_000, "RUB": 1_000}
    assert (day["returned"], day["returned_amount"], day["returned_amounts"]) == (0, 0, {})
    for command in (("sales",), ("orders", "--source", "order_feed")):
        shown = " ".join(cli.run(*command).text.replace("\N{NO-BREAK SPACE}", " ").split())
        assert "2,000 KZT" in shown
        assert "10 ₽" in shown


def test_a_day_belongs_to_the_zone(cli: Cli, sandbox: RunningSandbox) -> None:
    cli.json("key", "add", "k", stdin=sandbox.tokens["full"])
    cli.json("import", "--key", "k")
    day = (days.today() - timedelta(days=2)).isoformat()
    moscow = cli.json("orders", "--from", day, "--to", day)
    cli.settings["WB_ZONE"] = "Asia/Vladivostok"
    far_east = cli.json("orders", "--from", day, "--to", day)
    assert moscow
    assert far_east
    begins = min(row["created_at"] for row in far_east)
    assert begins < min(row["created_at"] for row in moscow)
    assert begins[11:13] in ("14", "15")  # midnight in Vladivostok is 14:00 in UTC


def test_a_zone_that_is_not_there_is_told_with_a_way_out(cli: Cli) -> None:
    cli.settings["WB_ZONE"] = "Moon/Crater"
    refused = cli.run("orders", "--json")
    assert refused.code == 1
    assert refused.document["diagnoses"][0]["details"]["cause"] == "settings"
    assert "Europe/Moscow" in refused.document["diagnoses"][0]["summary"]
    assert "Traceback" not in refused.text


def test_dates_are_for_lists_of_a_time(cli: Cli, sandbox: RunningSandbox) -> None:
    cli.json("key", "add", "k", stdin=sandbox.tokens["full"])
    refused = cli.run("import", "--key", "k", "--source", "all", "--from", "2026-11-01", "--json")
    assert refused.code == 2
