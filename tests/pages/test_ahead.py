"""What a first page needs is loaded while its browser still gets itself ready, and nothing slow beside."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from pages import _ahead, _frame
from tests import agency, loop
from tests.bench import dashboards
from tests.bench.wire import Tab
from wbcore.settings import settings
from wbcore.store import db

ROOT = Path(__file__).resolve().parents[2]
DRAWN = """
import sys
from streamlit.testing.v1 import AppTest
from pages import _ahead
path = sys.argv[1]
_ahead.get_page_ready(path)
print(*sys.modules)
from pages import _start
_start.DRAWN_AFTER_S = 3600.0  # what is loaded a while after the first page is not the page's
app = AppTest.from_file(sys.argv[2], default_timeout=60).run()
if path != "/":
    app.switch_page(f"pages{path}.py").run()
assert not app.exception
print(*sys.modules)
"""
SLOW = {"numpy", "pandas", "PIL", "pyarrow", "requests", "altair", "streamlit.emojis", "dbos"}
"""Each takes a first page a twentieth of a second or more."""
TABLE = {"numpy", "pyarrow"}


def parts_of(screen: str) -> set[str]:
    """The modules of ``pages`` that a screen's file imports."""
    written = ast.parse((ROOT / "pages" / f"{screen}.py").read_text(encoding="utf-8"))
    named = [node for node in ast.walk(written) if isinstance(node, ast.ImportFrom) and node.module]
    found = {f"pages.{one.name}" for node in named if node.module == "pages" for one in node.names}
    return found | {str(node.module) for node in named if str(node.module).startswith("pages.")}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with keys, problems and orders."""
    folder = tmp_path_factory.mktemp("ahead") / "data"
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("WB_DATA_DIR", str(folder))
        settings.cache_clear()
        db.dispose()
        agency.fill(2)
        agency.take_orders(3)
        db.dispose()
    settings.cache_clear()
    return folder


@pytest.mark.parametrize("path", sorted(_ahead.NEEDED))
def test_a_page_has_loaded_ahead_what_it_is_made_of_and_no_more_than_that(path: str, data: Path) -> None:
    environment = os.environ | {"WB_DATA_DIR": str(data), "WB_WORKER": "off"}
    done = subprocess.run(
        [sys.executable, "-c", DRAWN, path, str(ROOT / "app.py")],
        cwd=ROOT, env=environment, text=True, capture_output=True, check=True,
    )  # fmt: skip
    ahead, drawn = (set(line.split()) for line in done.stdout.splitlines())
    assert parts_of(path.strip("/") or "overview") | {"pages._frame"} <= ahead
    with_table = path in ("/order_import", "/orders")
    assert SLOW & drawn == SLOW & ahead == (TABLE if with_table else set())


class Visitor(Tab):
    """Whoever opens a page, and all lists of screens that the sidebar has shown meanwhile."""

    def __init__(self, port: int) -> None:
        super().__init__(port)
        self.lists: list[list[str]] = []

    def _take(self, message: ForwardMsg) -> None:
        if message.HasField("navigation"):
            self.lists.append([one.url_pathname for one in message.navigation.app_pages])
        super()._take(message)


def test_whoever_comes_first_is_shown_no_other_screens_than_ours(data: Path) -> None:
    """Streamlit would take each file of ``pages`` for a screen until the first one is drawn."""

    async def visit(port: int) -> list[list[str]]:
        visitor = Visitor(port)
        await visitor.open()
        await visitor.visit("orders")
        await visitor.close()
        return visitor.lists

    ours = ["" if name == "overview" else name for name, _ in _frame.SCREENS]
    with dashboards.ours(data) as server:
        assert loop.run(visit(server.port)) == [ours]


def test_the_script_that_a_browser_runs_first_waits_for_no_database() -> None:
    asked = (
        "import asyncio, sys, app\n"
        "from wbcore.people import entrance, places\n"
        "(route,) = (one for one in entrance.ROUTES if one.path == places.SCRIPT)\n"
        "told = asyncio.run(route.endpoint(None)).body.decode()\n"
        "assert 'MutationObserver' in told and 'Поиск' in told\n"
        "print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", asked], cwd=ROOT, text=True, capture_output=True, check=True)
    assert not {"sqlalchemy", "sqlmodel", "wbcore.store.models"} & set(done.stdout.split())
