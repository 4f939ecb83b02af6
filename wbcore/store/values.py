"""Small settings of the installation that all its processes share. Not for secrets."""

from __future__ import annotations

from typing import Any

from sqlmodel import Session

from wbcore.store.models import Value


def get(session: Session, name: str, default: Any = None) -> Any:
    """What was put under this name, or ``default``."""
    found = session.get(Value, name, populate_existing=True)
    return default if found is None else found.value


def put(session: Session, name: str, value: Any) -> None:
    """Keeps a JSON-able value under a name, in place of the one before. The caller commits."""
    found = session.get(Value, name)
    if found is None:
        session.add(Value(name=name, value=value))
    else:
        found.value = value
        session.add(found)
    session.flush()
