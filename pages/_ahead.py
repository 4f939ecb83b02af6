"""What the first page needs, made ready while its browser still loads Streamlit's own files."""

from __future__ import annotations

import importlib
import logging
from threading import Lock
from types import ModuleType

log = logging.getLogger(__name__)

_importing = Lock()


def frame() -> ModuleType:
    """``pages._frame``, with all that it imports; who comes meanwhile waits, and finds it whole."""
    with _importing:
        return importlib.import_module("pages._frame")


def get_ready() -> None:
    """Imports what every page is made of, and opens the database. What fails here, a page tells."""
    try:
        frame()
        from pages import _start  # noqa: PLC0415 (this file is imported before all that is heavy)

        _start.set_up()
    except Exception as error:  # noqa: BLE001 (the page that meets it again says what can be done)
        log.debug("not ready ahead: %s", type(error).__name__)
