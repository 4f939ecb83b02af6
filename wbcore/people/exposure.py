"""Whether others than this machine can reach the dashboard, and so have to sign in."""

from __future__ import annotations

from dataclasses import dataclass

from wbcore.settings import settings


@dataclass(slots=True)
class _Door:
    """What is known of this process' socket."""

    open_to_others: bool = False
    """It was bound to more than the machine itself."""


_door = _Door()


def is_sign_in_needed() -> bool:
    """Whether a page is for those alone who are signed in."""
    return _door.open_to_others or settings().public or settings().sign_in


def open_to_others() -> None:
    """The dashboard's socket can be reached from other machines: from now on everybody signs in."""
    _door.open_to_others = True
