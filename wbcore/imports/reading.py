"""The pages of one stream: each is written while the next one comes and is read. Waits for WB show here."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from wbcore.api.client import WBClient
from wbcore.api.errors import RateLimitedError
from wbcore.imports.record import Record
from wbcore.imports.sources import Job, Page, Position, Stream
from wbcore.store.patience import patiently

SHORT_WAIT_S: Final = 1.0
"""A shorter wait for the quota is the client's own; it is not worth telling."""
LOOK_S: Final = 0.5
"""How often somebody who waits looks whether the run is still wanted."""


class Stopping(Exception):
    """This process is being ended."""


@dataclass(frozen=True, slots=True)
class Waits:
    """How an import waits.

    Attributes:
        stopping: set when this process ends.
        long_s: a longer wait for the quota is not stood through: ``RateLimitedError`` comes out.
        on_look: called during waits.
    """

    stopping: threading.Event
    long_s: float
    on_look: Callable[[], object]

    @property
    def short_s(self) -> float:
        """What the client waits by itself."""
        return min(SHORT_WAIT_S, self.long_s)


def pages(
    client: WBClient, job: Job, stream: Stream, at: Position, *, record: Record, waits: Waits
) -> Iterator[Page]:
    """The stream from a position to its end. The next page is asked for before one is handed out.

    Raises:
        WBError: as the client; ``RateLimitedError``: the wait would be a long one.
        Stopping, Cancelled, LostRun: nobody wants more.
    """
    with _fetcher() as fetcher:

        def fetch(position: Position) -> Future[Page]:
            return fetcher.submit(stream.page, client, job, position)

        asked: Position | None = at
        coming = fetch(at)
        while asked is not None:
            try:
                page = _arrived(coming, record, client)
            except RateLimitedError as error:
                _stand_still(error, record, waits)
                coming = fetch(asked)
                continue
            asked = page.after
            if asked is not None:
                coming = fetch(asked)
            yield page
            if asked is not None and waits.stopping.is_set():
                raise Stopping


@contextmanager
def _fetcher() -> Iterator[ThreadPoolExecutor]:
    fetcher = ThreadPoolExecutor(1, thread_name_prefix="wb-fetch")
    try:
        yield fetcher
    finally:
        fetcher.shutdown(wait=False, cancel_futures=True)


def _arrived(coming: Future[Page], record: Record, client: WBClient) -> Page:
    while not wait((coming,), LOOK_S).done:
        patiently(record.look)
        record.count(client)  # people see that a request is on its way
    return coming.result()


def _stand_still(error: RateLimitedError, record: Record, waits: Waits) -> None:
    """Waits for WB's quota, if it is not for long; people see until when."""
    if error.retry_after_s > waits.long_s:
        raise error
    started = time.monotonic()
    patiently(lambda: record.show_wait(error.retry_after_s))
    try:
        while (left := started + error.retry_after_s - time.monotonic()) > 0:
            waits.on_look()
            patiently(record.look)
            if waits.stopping.wait(min(left, LOOK_S)):
                raise Stopping
    finally:
        record.waited(time.monotonic() - started)
