"""Which of Streamlit's media each session was told of: it is served to that session alone.

Streamlit keeps what a page draws or lets download (a support pack, the audit) in its memory and serves it to
whoever has the address. A page's socket says these addresses to the browser; what it has said is noted here.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from typing import Final

MEDIA: Final = "/media/"
_ADDRESS: Final = re.compile(rb"/media/([\w.%~-]+)")
_MARK: Final = b"/media/"
MOST: Final = 5_000
"""Addresses of one session; the oldest are forgotten first."""


class Told:
    """Names of media by session. Lives in one event loop."""

    def __init__(self) -> None:
        self._names: dict[int, OrderedDict[str, None]] = {}

    def note(self, session_id: int, message: bytes) -> None:
        """What a page's socket says to its browser."""
        if _MARK not in message:
            return
        names = self._names.setdefault(session_id, OrderedDict())
        for name in _ADDRESS.findall(message):
            names[name.decode("ascii")] = None
            names.move_to_end(name.decode("ascii"))
        while len(names) > MOST:
            names.popitem(last=False)

    def knows(self, session_id: int | None, path: str) -> bool:
        """Whether a path of media was said to this session."""
        return session_id in self._names and path.removeprefix(MEDIA) in self._names[session_id]

    def forget(self, session_id: int) -> None:
        """The session has ended."""
        self._names.pop(session_id, None)
