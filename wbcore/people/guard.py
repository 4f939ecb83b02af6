"""The gate's guard: who is signed in, what was sent to them, the end of their sockets with their session."""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from anyio import to_thread
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from starlette.types import Message, Receive, Send

from wbcore.people import sessions, visitor
from wbcore.people.actor import Actor, NotSignedIn
from wbcore.people.entry import Entry, message_of
from wbcore.people.signing import FIRST_OWNER
from wbcore.people.told import Told
from wbcore.people.watch import Watch
from wbcore.store import db
from wbcore.store.models import UserSession, utc_now
from wbcore.store.problems import (
    DatabaseDamaged,
    DatabaseFull,
    DatabaseReadOnly,
    DatabaseTooNew,
    DataFolderOutOfReach,
    StoreError,
)

log = logging.getLogger(__name__)

ENDED: Final = 4401
"""Close code of a socket whose session has ended."""
TROUBLES: Final[Mapping[type[Exception], str]] = {
    kind: f"page-failure-{kind.code.replace('_', '-')}"
    for kind in (DatabaseDamaged, DatabaseFull, DatabaseReadOnly, DatabaseTooNew, DataFolderOutOfReach)
}
"""Why nobody can be looked up where there is no server that has to be started."""


class Guard:
    """Knows who is signed in. Lives in one event loop."""

    def __init__(self) -> None:
        self._owned = False
        self._told = Told()
        self._watch = Watch(self._end)

    async def who(self, entry: Entry) -> tuple[Actor | None, bool] | str:
        """Who is signed in, and whether there is no owner yet; a text: why the database can't be asked."""
        try:
            return await self._who(entry)
        except (StoreError, SQLAlchemyError) as error:
            trouble = db.trouble(error) if isinstance(error, DBAPIError) else error
            log.warning("nobody can be let in: %s", type(trouble).__name__)
            return TROUBLES.get(type(trouble), "people-gate-database")

    async def _who(self, entry: Entry) -> tuple[Actor | None, bool]:
        if not self._owned:
            self._owned = not await to_thread.run_sync(FIRST_OWNER.is_missing)
            if not self._owned:
                return None, True
        secret = entry.cookie
        if not secret:
            return None, False
        acting = visitor.remembered(secret)
        if acting is None:
            try:
                acting = await to_thread.run_sync(visitor.look_up, secret)
            except NotSignedIn:
                return None, False
        if entry.is_document or entry.is_socket:
            await to_thread.run_sync(_touch, acting.session_id)
        return acting, False

    def _end(self, session_id: int) -> None:
        visitor.forget(session_id)
        self._told.forget(session_id)

    def is_theirs(self, acting: Actor, path: str) -> bool:
        """Whether a file's address was sent to this session."""
        return self._told.knows(acting.session_id, path)

    @contextmanager
    def over(self, acting: Actor, receive: Receive, send: Send) -> Iterator[Watched]:
        """A socket that lives until its session ends; then it is closed, whatever is on its way."""
        session_id = acting.session_id
        assert session_id is not None
        with self._watch.over(session_id) as ended:
            yield Watched(session_id, ended, receive, send, self._told)


class Watched:
    """Receives and sends for a websocket, until its session has ended."""

    def __init__(
        self,
        session_id: int,
        ended: asyncio.Event,
        receive: Receive,
        send: Send,
        told: Told,
    ) -> None:
        self._session_id = session_id
        self._told = told
        self._ended = ended
        self._receive = receive
        self._send = send
        self._closed = False
        self._touched = -math.inf  # no moment of the loop's clock, which begins with the machine

    async def receive(self) -> Message:
        if self._closed:
            return {"type": "websocket.disconnect", "code": ENDED}
        coming = asyncio.ensure_future(self._receive())
        end = asyncio.ensure_future(self._ended.wait())
        try:
            await asyncio.wait((coming, end), return_when=asyncio.FIRST_COMPLETED)
        finally:
            end.cancel()
            if not coming.done():
                coming.cancel()
        if self._ended.is_set():
            self._closed = True
            await self._send({"type": "websocket.close", "code": ENDED, "reason": "signed out"})
            return {"type": "websocket.disconnect", "code": ENDED}
        message = coming.result()
        await self._notice(message)
        return self._own(message)

    def _own(self, message: Message) -> Message:
        """A file that is made when it is asked for is asked for by who was shown its button.

        Streamlit makes it for whoever names its id. Another's is asked for under no id: the page is told that
        it could not be made, as of one that is gone.
        """
        data = message.get("bytes")
        said = message_of(data) if data else None
        if said is None:
            return message
        wanted = said.backend_operation_request.deferred_file
        if not wanted.file_id or self._told.knows_id(self._session_id, wanted.file_id):
            return message
        wanted.file_id = ""
        return {**message, "bytes": said.SerializeToString()}

    async def send(self, message: Message) -> None:
        if not self._ended.is_set():
            if data := message.get("bytes"):
                self._told.note(self._session_id, data)
            await self._send(message)

    async def _notice(self, message: Message) -> None:
        """Somebody does something: the session is in use. A page that looks again by itself is nobody."""
        now = asyncio.get_running_loop().time()
        data = message.get("bytes")
        if data and now - self._touched > sessions.TOUCH.total_seconds() and not _is_by_itself(data):
            self._touched = now
            await to_thread.run_sync(_touch, self._session_id)


def _is_by_itself(data: bytes) -> bool:
    said = message_of(data)
    return said is None or bool(said.rerun_script.is_auto_rerun)


def _touch(session_id: int | None) -> None:
    try:
        with db.unlimited_session() as session:
            row = None if session_id is None else session.get(UserSession, session_id)
            if row is not None and sessions.touch(session, row, utc_now()):
                session.commit()
    except SQLAlchemyError as error:
        log.warning("a session's use could not be noted: %s", type(error).__name__)
