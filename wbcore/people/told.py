"""Which of Streamlit's media and files each session was told of: they are that session's alone.

Streamlit keeps what a page draws or lets download (a support pack, the audit) in its memory and serves it to
whoever has the address; a file that is made at the press of its button is made for whoever names its id. A
page's socket says addresses and ids to the browser; what it has said is noted here.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from typing import Final

from streamlit.proto.DownloadButton_pb2 import DownloadButton

MEDIA: Final = "/media/"
_ADDRESS: Final = re.compile(rb"/media/([\w.%~-]+)")
_MARK: Final = b"/media/"
_FIELD: Final = DownloadButton.DESCRIPTOR.fields_by_name["deferred_file_id"].number
_ID_MARK: Final = bytes([_FIELD << 3 | 2, 32])
"""How protobuf writes that a button's file has an id, and that this is 32 characters long."""
_ID: Final = re.compile(re.escape(_ID_MARK) + rb"([0-9a-f]{32})")
MOST: Final = 5_000
"""Addresses and ids of one session; the oldest are forgotten first."""


class Told:
    """Names of media and ids of files by session. Lives in one event loop."""

    def __init__(self) -> None:
        self._names: dict[int, OrderedDict[str, None]] = {}

    def note(self, session_id: int, message: bytes) -> None:
        """What a page's socket says to its browser."""
        found = _ADDRESS.findall(message) if _MARK in message else []
        found += _ID.findall(message) if _ID_MARK in message else []
        if not found:
            return
        names = self._names.setdefault(session_id, OrderedDict())
        for name in found:
            names[name.decode("ascii")] = None
            names.move_to_end(name.decode("ascii"))
        while len(names) > MOST:
            names.popitem(last=False)

    def knows(self, session_id: int | None, path: str) -> bool:
        """Whether a path of media was said to this session."""
        return self.knows_id(session_id, path.removeprefix(MEDIA))

    def knows_id(self, session_id: int | None, file_id: str) -> bool:
        """Whether a button that was drawn for this session makes this file."""
        return session_id in self._names and file_id in self._names[session_id]

    def forget(self, session_id: int) -> None:
        """The session has ended."""
        self._names.pop(session_id, None)
