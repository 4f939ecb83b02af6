"""What the first page needs, made ready while its browser still loads Streamlit's own files."""

from __future__ import annotations

import gc
import importlib
import logging
import os
import sys
from collections.abc import Mapping, Sequence
from threading import Lock, Thread
from types import MappingProxyType, ModuleType
from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

log = logging.getLogger(__name__)

NEEDED: Final[Mapping[str, Sequence[str]]] = MappingProxyType(
    {
        "/": ("pages._day",),
        "/api_keys": ("pages._keys",),
        "/order_import": ("pages._everything", "pages._schedules", "wbcore.imports.queue", "pyarrow.json"),
        "/orders": ("pages._order_card", "pages._order_files", "wbcore.orders.sales", "pyarrow.json"),
        "/token_health": ("pages._alerts", "pages._history", "pages._panel"),
    }
)
"""What a page has beside what all have."""

TURN_S: Final = 0.0005
"""So long Python's lock is kept while the first page comes, a tenth of the usual: a browser asks for 100 of
Streamlit's files, and each answer would wait for the imports beside it several times."""

_importing = Lock()

# Nobody reckons with matrices here: numpy, which Arrow brings, would start a thread for each processor.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


class First:
    """Sees which page is opened first, and imports what it alone needs beside the answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._seen = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not self._seen and scope["type"] == "http" and scope["path"] in NEEDED:
            self._seen = True
            Thread(target=get_page_ready, args=(scope["path"],), name="ahead-page", daemon=True).start()
        await self._app(scope, receive, send)


def frame() -> ModuleType:
    """``pages._frame``, with all that it imports; who comes meanwhile waits, and finds it whole."""
    with _importing:
        return importlib.import_module("pages._frame")


def get_ready() -> None:
    """Imports what every page is made of, and opens the database. What fails here, a page tells."""
    sys.setswitchinterval(TURN_S)
    gc.disable()  # what is imported stays: to look through it again and again is a tenth of the time
    try:
        frame()
        from pages import _start  # noqa: PLC0415 (this file is imported before all that is heavy)

        _start.set_up()
    except Exception as error:  # noqa: BLE001 (the page that meets it again says what can be done)
        log.debug("not ready ahead: %s", type(error).__name__)
    finally:
        gc.enable()


def get_page_ready(path: str) -> None:
    """As ``get_ready``, of the page that is opened first."""
    try:
        with _importing:
            for name in ("pages._frame", *NEEDED[path]):
                importlib.import_module(name)
    except Exception as error:  # noqa: BLE001 (as above)
        log.debug("a page is not ready ahead: %s", type(error).__name__)
