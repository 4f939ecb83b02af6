"""What a first page needs is loaded while its browser still gets itself ready."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from pages import _ahead

ROOT = Path(__file__).resolve().parents[2]
LOADED = """
import sys
from pages import _ahead
_ahead.get_page_ready(sys.argv[1])
print(*sys.modules)
"""


def parts_of(screen: str) -> set[str]:
    """The modules of ``pages`` that a screen's file imports."""
    written = ast.parse((ROOT / "pages" / f"{screen}.py").read_text(encoding="utf-8"))
    named = [node for node in ast.walk(written) if isinstance(node, ast.ImportFrom) and node.module]
    found = {f"pages.{one.name}" for node in named if node.module == "pages" for one in node.names}
    return found | {str(node.module) for node in named if str(node.module).startswith("pages.")}


@pytest.mark.parametrize("path", sorted(_ahead.NEEDED))
def test_all_parts_of_a_page_are_loaded_ahead(path: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOADED, path], cwd=ROOT, text=True, capture_output=True, check=True
    )
    loaded = set(done.stdout.split())
    assert parts_of(path.strip("/") or "overview") <= loaded
    assert {"numpy", "pages._frame"} <= loaded
