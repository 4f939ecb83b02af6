"""Watches the requests of a client: counts them by host, and compares this machine's clock with WB's."""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from typing import TYPE_CHECKING, Final

from sqlalchemy.exc import SQLAlchemyError

from wbcore.store import counters, db, timekeeping

if TYPE_CHECKING:
    from wbcore.api.client import Sent

log = logging.getLogger(__name__)

FLUSH_S: Final = 5.0


class Counting:
    """An ``Observer``: a request is counted when it was sent, an answer 429 as a refusal too.

    Counts are written every FLUSH_S seconds and at the end; a killed process loses what it had not written.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sent: Counter[str] = Counter()
        self._refused: Counter[str] = Counter()
        self._ahead_s: float | None = None
        self._flushed = time.monotonic()

    def sent(self, sent: Sent) -> None:
        with self._lock:
            self._sent[sent.host] += 1
            self._refused[sent.host] += sent.status == 429
            if sent.ahead_s is not None:
                self._ahead_s = sent.ahead_s
        if time.monotonic() - self._flushed > FLUSH_S:
            self.close()

    def close(self) -> None:
        """Writes the counts. A database that is away keeps nobody from working: they wait."""
        with self._lock:
            sent, refused, ahead_s = self._sent, self._refused, self._ahead_s
            self._sent, self._refused, self._flushed = Counter(), Counter(), time.monotonic()
        if not sent:
            return
        try:
            with db.session() as session:
                counters.add(session, sent, refused)
                if ahead_s is not None:
                    timekeeping.note(session, ahead_s)
                session.commit()
        except SQLAlchemyError as error:
            log.debug("requests not counted yet: %s", type(error).__name__)
            with self._lock:
                self._sent += sent
                self._refused += refused
