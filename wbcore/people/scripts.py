"""Streamlit's own scripts, on their quickest way to a browser that opens its first page.

While the server imports what pages are made of, whatever else it does waits for its turn. Streamlit reads a
file in another thread, step by step, and each step is such a wait: 60 files took 0.4 s of a first page's
time, for 0.06 s of the processor (measured with Streamlit 1.67). Here each is read at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

FOLDERS: Final = ("css", "js", "media")
KINDS: Final[Mapping[str, str]] = {".css": "text/css", ".js": "text/javascript", ".woff2": "font/woff2"}
"""Of others a browser needs none at once. Not the system's list: some have another type for scripts."""
KEPT: Final = {"cache-control": "public, immutable, max-age=31536000"}
"""As Streamlit has it: a file that changes has another name."""


class Scripts:
    """Answers for Streamlit's files; whatever else, and whoever asks for a part of one, is passed on."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await (_answer(scope) or self._app)(scope, receive, send)


def _answer(scope: Scope) -> Response | None:
    """None: it is not ours to answer."""
    if scope["type"] != "http" or scope["method"] != "GET":
        return None
    file = _files().get(scope["path"])
    if file is None or any(name == b"range" for name, _ in scope["headers"]):
        return None
    try:
        content = file.read_bytes()
    except OSError:  # another version of Streamlit was installed meanwhile
        return None
    return Response(content, media_type=KINDS[file.suffix], headers=KEPT)


@lru_cache(maxsize=1)
def _files() -> Mapping[str, Path]:
    """Address -> file."""
    found = find_spec("streamlit")
    assert found is not None
    assert found.origin is not None
    place = Path(found.origin).parent / "static" / "static"
    return {
        f"/static/{folder}/{file.name}": file
        for folder in FOLDERS
        for file in (place / folder).glob("*")
        if file.suffix in KINDS
    }
