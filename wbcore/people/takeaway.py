"""Files that somebody takes along: asked for by a page, made by a worker, handed out to who asked, erased.

None of it is in the page's process but the row that says what is wished. A file stands in the data folder,
readable by its user alone, under a random name; who takes it has to be who asked for it, and to know of all
sellers that are in it.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO, Final

from sqlalchemy import update
from sqlmodel import Session, col, delete, select

from wbcore.people import audit
from wbcore.people.actor import Actor, Right, require
from wbcore.settings import settings
from wbcore.store import clock, db, visibility
from wbcore.store.models import User, UserFile, UserSeller, utc_now

log = logging.getLogger(__name__)

KEPT: Final = timedelta(hours=24)
"""So long a file can be taken; then it is erased, taken or not."""
MOST: Final = 10
"""Files of one user; a further one takes the place of the oldest that is done."""
WAITING: Final = 3
"""Of them, so many may wait to be made."""
_PLACE: Final = ".place"
ENDED: Final = ("ready", "failed")
LIVE_S: Final = 0.5
"""How often a file that is made says how far it is."""
DEAD: Final = timedelta(minutes=2)
"""Without a sign of life for so long, its worker is gone: another one begins anew."""

_MAKING: Final = col(UserFile.state) == "making"
OnRows = Callable[[int], object]
Maker = Callable[[Session, Mapping[str, Any], BinaryIO, Actor, OnRows], int]
"""Writes what a wish asks for, as somebody sees it; how many rows."""


class TooManyFiles(Exception):
    """Somebody has asked for so many that one of them has to be ready first."""


class _NotWanted(Exception):
    """It was cancelled while it was made."""


class _Stopping(Exception):
    """The worker ends: another one makes it."""


# --- For whoever asks ---------------------------------------------------------------------------------------


def ask(
    session: Session, actor: Actor, kind: str, wish: Mapping[str, Any], *, name: str, mime: str
) -> UserFile:
    """Puts a file onto the list of what is to be made; the caller commits.

    Args:
        kind: of the maker.
        wish: JSON-able.
        name: what the browser is to save it as.

    Raises:
        NotAllowed: ``actor`` may take nothing along.
        TooManyFiles: ``WAITING`` of theirs are not made yet.
    """
    acting = require(actor, Right.EXPORT)
    there = of(session, acting)
    done = [row for row in there if row.state in ENDED]
    waiting = len(there) - len(done)
    if waiting >= WAITING:
        raise TooManyFiles
    for row in done[MOST - 1 - waiting :]:
        _erase(session, row)
    made = UserFile(
        id=secrets.token_urlsafe(24),
        user_id=acting.user_id,
        origin=acting.origin,
        kind=kind,
        wish=dict(wish),
        name=name,
        mime=mime,
        place=place(),
        expires_at=utc_now() + KEPT,
    )
    session.add(made)
    session.flush()
    return made


def of(session: Session, actor: Actor) -> Sequence[UserFile]:
    """Somebody's own files, the newest first; those that have expired are not there any more."""
    query = select(UserFile).where(_own(actor), col(UserFile.expires_at) > utc_now())
    query = query.order_by(col(UserFile.asked_at).desc(), col(UserFile.id))
    return session.exec(query.execution_options(populate_existing=True)).all()


def to_take(session: Session, actor: Actor, file_id: str) -> UserFile | None:
    """A file that somebody may take now, noted in the audit; None: there is none for them.

    The caller commits. Whether it is another's, or gone, is not told.
    """
    if not file_id.isprintable():  # PostgreSQL is not to be asked for a NUL
        return None
    row = session.exec(select(UserFile).where(_own(actor), UserFile.id == file_id)).first()
    if row is None or row.state != "ready" or row.expires_at <= utc_now() or not _knows_all(actor, row):
        return None
    if not actor.may(Right.EXPORT) or not path_of(row).is_file():
        return None
    audit.record(session, actor, "file_taken", row.name, rows=row.rows)
    return row


def drop(session: Session, actor: Actor, file_id: str) -> None:
    """Cancels what is being made, or erases what is there; what is another's stays. The caller commits."""
    row = session.exec(select(UserFile).where(_own(actor), UserFile.id == file_id)).first()
    if row is not None:
        _erase(session, row)


def path_of(row: UserFile) -> Path:
    return _folder() / row.id


def place() -> str:
    """What this data folder is called: the same for whoever shares it, wherever it is mounted."""
    marker = _folder() / _PLACE
    with contextlib.suppress(FileExistsError):
        descriptor = os.open(marker, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(8))
    return marker.read_text("ascii")


def _folder() -> Path:
    folder = settings().folder / "files"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def _own(actor: Actor) -> Any:
    return col(UserFile.user_id).is_(None) if actor.user_id is None else UserFile.user_id == actor.user_id


def _knows_all(actor: Actor, row: UserFile) -> bool:
    if actor.sellers is None:
        return True
    return row.sellers is not None and set(row.sellers) <= actor.sellers


def _erase(session: Session, row: UserFile) -> None:
    session.delete(row)
    session.flush()
    path_of(row).unlink(missing_ok=True)


# --- For a worker -------------------------------------------------------------------------------------------


def work(makers: Mapping[str, Maker], stopping: threading.Event) -> None:
    """Makes what is asked for, one after the other, until nothing is left to do."""
    while not stopping.is_set() and (row := _claim(makers)) is not None:
        _make(row, makers[row.kind], stopping)


def sweep(now: datetime) -> int:
    """Erases what has expired, and files that belong to nobody any more; how many.

    It has to be done by each data folder's own workers.
    """
    here = place()
    there = list(_folder().iterdir())  # before the rows are read: a file that comes meanwhile has one
    with db.writing() as session:
        gone = session.exec(
            delete(UserFile).where(col(UserFile.expires_at) <= now, col(UserFile.place) == here)
        ).rowcount
        session.commit()
        known = set(session.exec(select(UserFile.id).where(UserFile.place == here)))
    for file in there:
        if file.name not in known and file.name != _PLACE:
            file.unlink(missing_ok=True)
    return gone


def _claim(makers: Mapping[str, Maker]) -> UserFile | None:
    """The oldest file that waits, from now on this worker's."""
    # By the database's clock: workers of several machines share a folder.
    left = _MAKING & ~clock.is_near(UserFile.changed_at, DEAD.total_seconds())
    waits = (col(UserFile.state) == "queued") | left
    query = select(UserFile).where(waits, UserFile.place == place(), col(UserFile.kind).in_(list(makers)))
    with db.session() as session:
        row = session.exec(query.order_by(col(UserFile.asked_at)).limit(1)).first()
    if row is None:
        return None
    return row if _change(row, state="making", rows=0) else None


def _change(row: UserFile, **values: Any) -> bool:
    """Whether the row was still as this worker knows it: another one makes it that was taken for given up."""
    same: Any = (col(UserFile.state) == row.state) & (col(UserFile.changed_at) == row.changed_at)
    with db.writing() as session:
        now = clock.now(session)
        change = update(UserFile).where(col(UserFile.id) == row.id, same)
        found = session.exec(change.values(changed_at=now, **values)).rowcount
        session.commit()
    if found:
        row.state, row.changed_at = values.get("state", row.state), now
    return bool(found)


def _discard(path: Path, made: os.stat_result | None) -> None:
    """Erases what this worker has made; what another one has put in its place stays."""
    with contextlib.suppress(FileNotFoundError):
        if made is not None and os.path.samestat(path.stat(), made):
            path.unlink()


def _make(row: UserFile, maker: Maker, stopping: threading.Event) -> None:
    path, mine = path_of(row), None
    try:
        path.unlink(missing_ok=True)  # what a worker that is gone has left
        with open(path, "xb", opener=_private) as file, _as_asked(row) as (session, acting):
            mine = os.fstat(file.fileno())
            rows = maker(session, row.wish, file, acting, _watched(row, stopping))
        sellers = None if acting.sellers is None else sorted(acting.sellers)
        made = {
            "state": "ready",
            "rows": rows,
            "size": path.stat().st_size,
            "sellers": sellers,
            "expires_at": utc_now() + KEPT,
        }
        if not _change(row, **made):
            _discard(path, mine)
    except _NotWanted:
        _discard(path, mine)
    except _Stopping:
        _discard(path, mine)
        _change(row, state="queued")
    except Exception as error:  # whatever it is: the others' files are made all the same
        _discard(path, mine)
        full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
        log.exception("a file could not be made: %s", type(error).__name__)
        _change(row, state="failed", problem="no_space" if full else "other")


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _watched(row: UserFile, stopping: threading.Event) -> OnRows:
    """Tells how far it is, and hears of it when nobody wants it any more."""
    told = time.monotonic()

    def on_rows(rows: int) -> None:
        nonlocal told
        if time.monotonic() - told < LIVE_S:
            return
        told = time.monotonic()
        if stopping.is_set():
            raise _Stopping
        if not _change(row, rows=rows):
            raise _NotWanted

    return on_rows


@contextlib.contextmanager
def _as_asked(row: UserFile) -> Iterator[tuple[Session, Actor]]:
    """A session that sees what the user sees today, whoever they were when they asked."""
    acting = Actor.machine(row.origin)
    with db.unlimited_session() as session:
        if row.user_id is not None:
            user = session.get(User, row.user_id)
            if user is None:
                raise _NotWanted
            found = session.exec(select(UserSeller.seller_id).where(UserSeller.user_id == user.id))
            sellers = frozenset(found) if user.limited else None
            acting = Actor(user.id, user.name, user.role, sellers, user.sees_buyers, row.origin)
        visibility.limit(session, acting.sellers, read_only=True)
        yield session, acting
