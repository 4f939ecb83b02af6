"""Each function that asks for a right, found in the source: one that comes some day is tried, too."""

from __future__ import annotations

import ast
import importlib
import inspect
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session

from wbcore.people.actor import Actor, NotAllowed, Right
from wbcore.store import db

ROOT = Path(__file__).resolve().parents[2]
NOBODY = Actor(77, "", "nobody", frozenset())
VIEWER = Actor(78, "", "viewer")


def acts() -> dict[str, Right]:
    """``module:function`` -> the right that it asks for before anything else."""
    found: dict[str, Right] = {}
    for file in sorted((ROOT / "wbcore").rglob("*.py")):
        module = ".".join(file.relative_to(ROOT).with_suffix("").parts)
        for function in ast.parse(file.read_text(encoding="utf-8")).body:
            if not isinstance(function, ast.FunctionDef):
                continue
            for node in ast.walk(function):
                if _asks(node):
                    right = node.args[1].attr  # type: ignore[attr-defined]
                    found.setdefault(f"{module}:{function.name}", Right[right])
    return found


def _asks(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "require"
        and len(node.args) > 1
        and isinstance(node.args[0], ast.Name)
        and node.args[0].id in ("by", "actor")
        and isinstance(node.args[1], ast.Attribute)
    )


ACTS = acts()


def _tried(name: str, actor: Actor) -> None:
    module, _, function = name.partition(":")
    work = getattr(importlib.import_module(module), function)
    with db.session() as session:
        given: dict[str, Any] = {}
        for parameter in inspect.signature(work).parameters.values():
            if parameter.name in ("by", "actor"):
                given[parameter.name] = actor
            elif parameter.annotation in ("Session", Session):
                given[parameter.name] = session
            elif parameter.default is parameter.empty:
                given[parameter.name] = _Anything()
        work(**given)


class _Anything:
    """Stands for what an act works on: it is never looked at before the right."""

    seller_id = 1


def test_they_are_found() -> None:
    assert len(ACTS) > 40
    assert ACTS["wbcore.keys.saving:remove_key"] is Right.KEYS
    assert ACTS["wbcore.people.takeaway:ask"] is Right.EXPORT


@pytest.mark.parametrize("name", ACTS)
def test_the_right_is_asked_for_before_anything_else(sqlite: str, name: str) -> None:
    with pytest.raises(NotAllowed):
        _tried(name, NOBODY)
    if not VIEWER.may(ACTS[name]):
        with pytest.raises(NotAllowed):
            _tried(name, VIEWER)
