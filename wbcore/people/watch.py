"""Which sessions have ended while somebody looks: one question to the database for all open sockets."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from anyio import to_thread
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import col, select

from wbcore.people import sessions
from wbcore.store import db
from wbcore.store.models import UserSession, utc_now
from wbcore.store.problems import StoreError

log = logging.getLogger(__name__)

LOOK_S: Final = 0.5
"""What has been revoked anywhere is gone from every screen within about a second."""


class Watch:
    """Sockets by the session that they were opened in. Lives in one event loop.

    Args:
        on_end: hears of each session that has ended while a socket of it was open.
    """

    def __init__(self, on_end: Callable[[int], None] = lambda _: None) -> None:
        self._on_end = on_end
        self._ends: defaultdict[int, set[asyncio.Event]] = defaultdict(set)
        self._task: asyncio.Task[None] | None = None

    @contextmanager
    def over(self, session_id: int) -> Iterator[asyncio.Event]:
        """While it is open, the event is set as soon as the session has ended."""
        ended = asyncio.Event()
        self._ends[session_id].add(ended)
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._look(), name="session-watch")
        try:
            yield ended
        finally:
            self._ends[session_id].discard(ended)
            if not self._ends[session_id]:
                del self._ends[session_id]

    async def _look(self) -> None:
        while self._ends:
            await asyncio.sleep(LOOK_S)
            watched = tuple(self._ends)
            try:
                alive = await to_thread.run_sync(_alive, watched)
            except (SQLAlchemyError, StoreError) as error:
                log.warning("sessions could not be looked at: %s", type(error).__name__)
                continue
            for session_id in set(watched) - alive:
                self._on_end(session_id)
                for ended in self._ends.get(session_id, ()):
                    ended.set()


def _alive(watched: tuple[int, ...]) -> set[int]:
    now = utc_now()
    with db.unlimited_session() as session:
        query = select(UserSession.id).where(col(UserSession.id).in_(watched), *sessions.lasts(now))
        return {found for found in session.exec(query) if found is not None}
