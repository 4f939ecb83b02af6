"""An import whose answers mean harm, from the wire to the page: one bad row costs that row, and no more."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

import orjson
import pytest
from sqlmodel import select

from tests.orders.samples import order
from tests.work import ROOT, add_key
from wbcore.imports import foreground
from wbcore.orders import browse, writing
from wbcore.orders.filters import OrderFilters
from wbcore.sandbox.server import Sandbox
from wbcore.store import db
from wbcore.store.models import Checklist

MB = 1024 * 1024
IMPORTS = """
from tests.memory import peak_mb
from wbcore.imports import foreground
foreground.run_import("shop", "new", statuses=False)
before = peak_mb()
run = foreground.run_import("shop", "new", statuses=False)
print(run.status, run.fetched, run.rejected, round(peak_mb() - before))
"""


def hostile() -> bytes:
    """Three orders: a good one, one of 1,000 levels, one whose article has 30 MB."""
    deep = orjson.dumps(order(2))[:-1] + b', "x": ' + b"[" * 1_000 + b'"x"' + b"]" * 1_000 + b"}"
    long = orjson.dumps({**order(3), "article": "a" * (30 * MB)})
    return b'{"orders": [' + b",".join((orjson.dumps(order(1)), deep, long)) + b"]}"


def test_a_bottomless_row_and_an_endless_article(serve: Callable[..., Sandbox], sqlite: str) -> None:
    sandbox = serve(orders=0, limits=False)
    add_key(sandbox)
    for body in (b'{"orders": []}', hostile()):
        sandbox.world.answer_next("orders.new", 200, body, {"Content-Type": "application/json"})
    done = subprocess.run(
        [sys.executable, "-c", IMPORTS], cwd=ROOT, capture_output=True, text=True, check=True, timeout=120
    )
    status, fetched, rejected, grown = done.stdout.split()
    print(f"an answer with 1,000 levels and a 30 MB article: {grown} MB more")
    assert (status, fetched, rejected) == ("done", "3", "1")
    assert int(grown) < 150
    with db.session() as session:
        page = browse.page(session, OrderFilters())
        assert len(page.rows) == 2
        assert len(orjson.dumps([row.article for row in page.rows])) < 10_000
        (bad,) = writing.list_rejected(session, limit=10)
        assert bad.reason == "too_deep"
        assert session.exec(select(Checklist)).all() == [], "no word to WB's support: the row is kept"


@pytest.mark.parametrize("body", [b"[" * 1_000_000, b'{"orders": [' + b"[]," * (16 * MB)])
def test_an_answer_that_is_no_list_ends_the_import_with_a_diagnosis(
    serve: Callable[..., Sandbox], sqlite: str, body: bytes
) -> None:
    sandbox = serve(orders=0, limits=False)
    add_key(sandbox)
    for _ in range(5):
        sandbox.world.answer_next("orders.new", 200, body, {"Content-Type": "application/json"})
    run = foreground.run_import("shop", "new", statuses=False)
    assert run.status == "failed"
    assert [one["code"] for one in run.diagnoses] == ["unexpected_response"]
