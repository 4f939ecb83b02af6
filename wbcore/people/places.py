"""Addresses and cookies of the gate's own pages."""

from __future__ import annotations

from typing import Final

LOGIN: Final = "/login"
OIDC: Final = "/login/oidc"
OIDC_BACK: Final = "/login/oidc/back"
SETUP: Final = "/setup"
SCRIPT: Final = "/_wb/door.js"
WATCH: Final = "/_wb/watch"
"""A socket that says nothing, and closes when the session has ended."""
COOKIE: Final = "wb-desk"
"""Of a session that is signed in."""
SECURE_COOKIE: Final = "__Host-wb-desk"
"""Under HTTPS: browsers take this name from the very host alone, and only with ``Secure``."""
HERE: Final = "/_wb/here"
"""Whether somebody is still signed in."""
FILE: Final = "/_wb/file/"
"""A file's id follows."""
DOORS: Final = frozenset({LOGIN, OIDC, OIDC_BACK, SETUP})


def safe_next(path: str) -> str:
    """A page of ours to go on to; what leads elsewhere is the first page, and so is a door: whoever has just
    come through would stand before it again."""
    ours = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
    if path.partition("?")[0].rstrip("/") in DOORS:
        return "/"
    return path if ours and "\\" not in path and len(path) < 2000 else "/"
