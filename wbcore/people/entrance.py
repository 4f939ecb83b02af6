"""What ``app.py`` makes its ``st.App`` of: the gate, its pages, and what is done when the server starts."""

from __future__ import annotations

import logging
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

from anyio import to_thread
from sqlalchemy.exc import SQLAlchemyError
from starlette.middleware import Middleware

from wbcore.guidance import texts
from wbcore.people import doors, gate, proxies, visitor
from wbcore.people.signing import FirstOwner
from wbcore.settings import settings
from wbcore.store import db
from wbcore.store.problems import StoreError

log = logging.getLogger(__name__)

FIRST_OWNER: Final = FirstOwner()
MIDDLEWARE: Final = (Middleware(gate.Gate, first_owner=FIRST_OWNER),)
ROUTES: Final = tuple(doors.routes(FIRST_OWNER))


@asynccontextmanager
async def begin(_app: Any) -> AsyncIterator[dict[str, Any] | None]:
    """At the start of the server: whether others can reach it, and if so, how the first owner is made."""
    proxies.believe_only_the_named()
    if gate.is_listening_to_others():
        visitor.open_to_others()
    if visitor.is_sign_in_needed():
        try:
            await to_thread.run_sync(_announce)
        except (StoreError, SQLAlchemyError) as error:
            log.warning("the database can't be used yet: %s", type(error).__name__)
    yield None


def _announce() -> None:
    db.prepare()
    if FIRST_OWNER.is_missing():
        text = texts.t(settings().lang, "people-console-code", code=FIRST_OWNER.code)
        sys.stdout.write(f"\n{text}\n\n")
        sys.stdout.flush()
