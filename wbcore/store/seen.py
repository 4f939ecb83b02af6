"""What pages have read from the database, kept until somebody writes: fifty operators see the same figures.

What this process writes is seen at once: whoever presses a button sees what it did. What others write, an
import first of all, is seen within ``LATE_S``: several commits a second would else have every page read
everything anew. Whether others have written, the database tells, in whichever process they are
(``db.version``).

Answers of one moment are not one snapshot. Whoever notices that something has ended, and stops looking, calls
``look_again`` first: what is drawn then was read after the end, or nobody has written since.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock
from typing import Any, Final, TypeVar

from sqlalchemy import event
from sqlmodel import Session

from wbcore.settings import settings
from wbcore.store import db, visibility

T = TypeVar("T")

MOST: Final = 200
"""Answers are kept; a page asks about ten questions, those of the time of day anew each slice."""
SLICE_S: Final = 15
"""What depends on the time of day may be so old."""
LATE_S: Final = 1.0
"""So old may an answer be that others have made an old one."""
LOOK_S: Final = 0.05
"""So often at most the database is asked whether others have written."""
NEVER: Final = float("-inf")

Answers = dict[tuple[Hashable, ...], "Future[Any]"]


@dataclass(slots=True)
class _Kept:
    """The answers of one moment.

    Attributes:
        since, looked: when it began, and when others' writing was looked for last (``time.monotonic``).
        version: what the database was at, before the first of the answers was read.
    """

    since: float
    looked: float
    version: Hashable
    answers: Answers = field(default_factory=dict)


_kept: _Kept | None = None
_lock = Lock()


def read(ask: Callable[[Session], T], *about: Hashable) -> T:
    """What ``ask`` reads in a session, or has read before, where nothing was written since.

    The answer is shared by all that look: nobody changes it. Whoever sees only some sellers has answers of
    their own. Of several that ask the same at once, one reads and the others wait for it.

    Args:
        about: tells this question from all others; everything that ``ask`` depends on, see ``at``.
    """
    place = (settings().database, visibility.current(), *about)
    with _lock:
        answers = _current().answers
        known: Future[T] | None = answers.get(place)
        if known is None:
            mine: Future[T] = Future()
            answers[place] = mine
    if known is not None:
        return known.result() if known.exception() is None else _ask(ask)
    try:
        found = _ask(ask)
    except BaseException as error:
        with _lock:
            answers.pop(place, None)
        mine.set_exception(error)
        raise
    mine.set_result(found)
    return found


def at(now: datetime) -> int:
    """The slice of time that an instant is in, for questions that depend on it."""
    return int(now.timestamp()) // SLICE_S


def look_again() -> None:
    """What is read next is what is so now: only what nobody has written since is told again."""
    with _lock:
        if _kept is not None:
            _kept.since = _kept.looked = NEVER


def forget() -> None:
    """From here on everything is read anew; what is being read now is not kept."""
    global _kept  # noqa: PLW0603 (what is kept is the process')
    with _lock:
        _kept = None


@event.listens_for(Session, "after_commit")
def _seen_at_once(_session: Session) -> None:
    forget()


def _current() -> _Kept:
    """The answers that may still be told. The caller has the lock."""
    global _kept  # noqa: PLW0603
    now = time.monotonic()
    if _kept is not None and len(_kept.answers) < MOST:
        if now - _kept.since < LATE_S or now - _kept.looked < LOOK_S:
            return _kept
        _kept.looked = now
        version = db.version()
        if version is not None and version == _kept.version:
            return _kept
    else:
        version = db.version()  # before the reading: what is written meanwhile makes the answer an old one
    _kept = _Kept(now, now, version)
    return _kept


def _ask(ask: Callable[[Session], T]) -> T:
    with db.session() as session:
        return ask(session)
