"""A text that stands alone in a page's script would be shown to the operator: Streamlit's "magic"."""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = [ROOT / "app.py", *sorted(path for path in (ROOT / "pages").glob("*.py") if path.name[0] != "_")]


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_no_text_stands_alone(script: Path) -> None:
    tree = ast.parse(script.read_text(encoding="utf-8"))
    alone = [
        node.lineno
        for node in tree.body[1:]
        if isinstance(node, ast.Expr) and not isinstance(node.value, ast.Call)
    ]
    assert not alone, f"{script.name}: lines {alone}"


def test_the_magic_is_off() -> None:
    settings = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    assert settings["runner"]["magicEnabled"] is False
