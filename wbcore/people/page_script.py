"""The script of every page, ``door.js``, with Streamlit's own words in it: its English, and ours in Russian.

A browser runs nothing of a page before this script is there. So it needs nothing that a first page still
waits for: no database, no tables, nobody who is signed in.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Final

import orjson
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from wbcore.guidance import texts

GAP: Final = "\ue000"
"""Stands where a word comes in between that Streamlit knows and we do not; no text of anybody's has it."""

IN_ENGLISH_TOO: Final = ("server-away", "server-away-here", "server-start")
"""What Streamlit says of itself, by its own name: nobody here has started a program that is called so."""


def words() -> dict[str, str]:
    """Streamlit's words in English -> in Russian; ``GAP`` in both where something is filled in."""
    return {texts.t("en", key, n=GAP): texts.t("ru", key, n=GAP) for key in texts.keys("widgets")}


def own_words() -> dict[str, str]:
    """Streamlit's words in English -> ours, in English, too."""
    return {texts.t("en", f"widget-{one}"): texts.t("en", f"page-{one}") for one in IN_ENGLISH_TOO}


@lru_cache(maxsize=1)
def _written() -> str:
    """Made for the first page that asks for it."""
    file = Path(__file__).parent / "door.js"
    script = file.read_text(encoding="utf-8")
    for place, told in (("{/*WORDS*/}", words()), ("{/*OWN*/}", own_words())):
        script = script.replace(place, orjson.dumps(told).decode())
    return script


async def answer(_request: Request) -> Response:
    """The script; browsers ask each time whether it is a newer one."""
    return PlainTextResponse(_written(), media_type="text/javascript", headers={"cache-control": "no-cache"})
