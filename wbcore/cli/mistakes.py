"""What is wrong with a command line, in the operator's language: typer's own words are English."""

from __future__ import annotations

import re
from typing import Any, Final

from wbcore.cli.output import out

_TOLD: Final = (
    (re.compile(r"Missing (?P<name>command)\."), "no-word"),
    (re.compile(r"No such command '(?P<name>.*?)'\."), "no-command"),
    (re.compile(r"No such option: (?P<name>\S+)"), "no-option"),
    (re.compile(r"Option '(?P<name>.+?)' requires (?:an argument|\d+ arguments)\."), "needs-value"),
    (re.compile(r"Option '(?P<name>.+?)' does not take a value\."), "no-value"),
    (re.compile(r"Got unexpected extra argument(?:s|\(s\))? \((?P<name>.*)\)"), "extra"),
)
_CHOICES: Final = re.compile(r"'(?P<value>.*)' is not one of (?P<choices>'.*')\.")
_BOUNDS: Final = {"greater_than_equal": "ge", "less_than_equal": "le"}


def words(error: Any) -> str:
    """A mistake of a command line; in typer's own words where it is one that is not known here.

    Args:
        error: a ``typer.TyperException``.
    """
    said = str(error.message)
    for form, key in _TOLD:
        if found := form.fullmatch(said):
            return out.text(f"usage-{key}", name=found["name"][:60])
    param = getattr(error, "param", None)
    if param is not None:
        name = param.opts[0] if param.param_type_name == "option" else param.metavar or param.name.upper()
        return _of_value(error, name) if said else out.text("usage-missing", name=name)
    return str(error.format_message() if hasattr(error, "format_message") else said)


def _of_value(error: Any, name: str) -> str:
    if found := _CHOICES.search(error.message):
        choices = found["choices"].replace("'", "")
        return out.text("usage-choice", name=name, value=found["value"][:40], choices=choices)
    causes = error.__cause__.errors() if hasattr(error.__cause__, "errors") else []
    kind, context = (causes[0]["type"], causes[0].get("ctx", {})) if causes else ("", {})
    if kind in _BOUNDS:
        bound = str(context[_BOUNDS[kind]])
        return out.text(f"usage-{'least' if _BOUNDS[kind] == 'ge' else 'most'}", name=name, number=bound)
    if kind.startswith("int_"):
        return out.text("usage-number", name=name)
    return str(error.format_message())
