"""What fails inside a fragment, a window or a press is told as calmly as a page's failure."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted([*(ROOT / "pages").glob("*.py"), *(ROOT / "wbcore" / "guidance").glob("*.py")])


def failing(place: str) -> None:
    import streamlit as st

    from wbcore.guidance import views

    def boom() -> None:
        raise RuntimeError("a secret detail")

    if place == "fragment":
        st.fragment(views.calm(boom))()
    elif place == "folded":
        views.folded("Part", boom, key="part")
    elif place == "dialog":
        st.dialog("Window")(views.calm(boom))()
    else:
        st.button("Press", on_click=views.calm(boom))


@pytest.mark.parametrize("place", ["fragment", "folded", "dialog", "callback"])
def test_the_same_calm_message_everywhere(place: str) -> None:
    app = AppTest.from_function(failing, args=(place,), default_timeout=180)
    if place == "folded":
        app.session_state["part"] = True
    app.run()
    if place == "callback":
        app.button[0].click().run()
    assert not app.exception
    assert [box.value for box in app.error if "RuntimeError" in box.value]
    assert "a secret detail" not in str(app.error)


def is_calm(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")) == "calm"


def of_streamlit(node: ast.AST) -> bool:
    node = node.func if isinstance(node, ast.Call) else node
    return isinstance(node, ast.Attribute) and node.attr in ("fragment", "dialog")


def unguarded(tree: ast.AST) -> Iterator[int]:
    """Lines where something runs outside of the page's own guard."""
    calm_names = {
        target.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and is_calm(node.value)
        for target in node.targets
        if isinstance(target, ast.Name)
    } | {
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef)
        and "calm" in {getattr(one, "attr", getattr(one, "id", "")) for one in node.decorator_list}
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            decorators = node.decorator_list
            names = {getattr(one, "attr", getattr(one, "id", "")) for one in decorators}
            if any(map(of_streamlit, decorators)) and "calm" not in names:
                yield node.lineno
        if isinstance(node, ast.Call) and of_streamlit(node) and not node.keywords:
            yield from (one.lineno for one in node.args[:1] if isinstance(one, ast.Name))
        for keyword in node.keywords if isinstance(node, ast.Call) else []:
            given = keyword.value
            known = isinstance(given, ast.Constant) or is_calm(given)
            known = known or (isinstance(given, ast.Name) and given.id in calm_names)
            if keyword.arg in ("on_click", "on_change") and not known:
                yield given.lineno


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_nothing_runs_outside_of_a_guard(path: Path) -> None:
    assert [*unguarded(ast.parse(path.read_text("utf-8")))] == []
