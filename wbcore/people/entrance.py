"""What ``app.py`` makes its ``st.App`` of: the gate, its pages, and what is done when the server starts.

The server answers as soon as this is imported, so what only a page needs is imported later: a browser loads
Streamlit's own files meanwhile (``make bench``, ``first_paint``).
"""

from __future__ import annotations

import importlib
import logging
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Final

from anyio import to_thread
from pydantic import ValidationError
from starlette.middleware import Middleware
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.types import Receive, Scope, Send

from wbcore.guidance import texts
from wbcore.people import exposure, gate, page_script, proxies, scripts
from wbcore.people.places import FILE, HERE, LOGIN, OIDC, OIDC_BACK, SCRIPT, SETUP, WATCH
from wbcore.settings import language, settings
from wbcore.store.problems import StoreError

log = logging.getLogger(__name__)


class _Door:
    """One of the gate's pages, imported when somebody comes to it."""

    def __init__(self, place: str) -> None:
        self._place = place

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        doors = await to_thread.run_sync(importlib.import_module, "wbcore.people.doors")
        await doors.DOORS[self._place](scope, receive, send)


def _route(path: str, *methods: str, more: str = "") -> BaseRoute:
    return Route(path + more, _Door(path), methods=methods or ("GET",))


MIDDLEWARE: Final = (Middleware(gate.Gate), Middleware(scripts.Scripts))
ROUTES: Final = (
    _route(LOGIN, "GET", "POST"),
    _route(SETUP, "GET", "POST"),
    _route(OIDC),
    _route(OIDC_BACK),
    Route(SCRIPT, page_script.answer),
    _route(HERE),
    _route(FILE, more="{file_id}"),
    WebSocketRoute(WATCH, _Door(WATCH)),
)


def see_settings() -> None:
    """Ends the program with words where a setting is wrong: the server would end with a traceback.

    Raises:
        SystemExit: with what the setting takes.
    """
    try:
        settings()
    except ValidationError as error:
        said = language()
        detail = texts.slips(said, error)
        raise SystemExit(texts.t(said, "page-failure-settings", detail=detail)) from None


def opening(ahead: Callable[[], None]) -> Callable[[Any], AbstractAsyncContextManager[Any]]:
    """The lifespan of a server: whether others can reach it, and if so, how the first owner is made.

    Args:
        ahead: done beside the server's first answers.
    """

    @asynccontextmanager
    async def begin(_app: Any) -> AsyncIterator[dict[str, Any] | None]:
        proxies.believe_only_the_named()
        if gate.is_listening_to_others():
            exposure.open_to_others()
        if exposure.is_sign_in_needed():
            await to_thread.run_sync(_announce)
        threading.Thread(target=ahead, name="ahead", daemon=True).start()
        yield None

    return begin


def _announce() -> None:
    from sqlalchemy.exc import SQLAlchemyError  # noqa: PLC0415 (not before the server's first answer)

    from wbcore.people.signing import FIRST_OWNER  # noqa: PLC0415

    try:
        FIRST_OWNER.is_missing()
    except (StoreError, SQLAlchemyError) as error:  # whoever comes is told, and looks again
        log.warning("the database can't be used yet: %s", type(error).__name__)
