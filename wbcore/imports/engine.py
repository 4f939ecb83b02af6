"""The import itself. It reads pages of a source's streams and writes each one with its cursor and counters in
one transaction, while the next page is on its way. It can be killed at any moment and goes on where it was.

``sources`` says what is read, ``reading`` brings the pages, ``record`` writes them down with the run's row,
``outcome`` is what follows from the end.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Literal

from sqlalchemy.exc import DBAPIError

from wbcore.api.client import Quota, WBClient
from wbcore.api.errors import (
    AccessDeniedError,
    BadRequestError,
    EndpointRetiredError,
    MethodDisabledError,
    RateLimitedError,
    TokenTypeError,
    UnexpectedResponseError,
    UnknownError,
    WBError,
)
from wbcore.imports import outcome, reading
from wbcore.imports.outcome import Outcome, about
from wbcore.imports.reading import Stopping, Waits
from wbcore.imports.record import Cancelled, LostRun, Record
from wbcore.imports.sources import SOURCES, Job, Stream
from wbcore.keys import keyring
from wbcore.keys.clients import client_for, environment_of, facts_of
from wbcore.store import db
from wbcore.store.models import Key, Run
from wbcore.store.patience import is_passing, patiently
from wbcore.store.problems import SecretKeyError

log = logging.getLogger(__name__)

LONG_WAIT_S: Final = 20.0
"""A wait for WB's quota that is longer than this gives the thread back."""
LONGEST_WAIT_S: Final = 86_400.0
"""Nobody waits longer than a day for an import: it fails and says why."""
TERMINAL_WAIT_S: Final = 600.0
"""Nor ten minutes at a terminal."""

OF_ONE_METHOD: Final = (
    AccessDeniedError,
    BadRequestError,
    EndpointRetiredError,
    MethodDisabledError,
    TokenTypeError,
    UnexpectedResponseError,
    UnknownError,
)
"""Answers about one method: another model's may work. All others are about the token, the seller or WB."""
REFUSALS: Final = "refused"
"""Under this name a run's cursor keeps what WB refused of single models, until the run's end."""

Ending = Literal["over", "later", "lost"]
"""``over``: the run has ended, well or not; ``later``: it goes on at ``Run.wait_until``, or at once;
``lost``: another process has taken it over."""


def run(
    run_id: str,
    worker: str,
    *,
    stopping: threading.Event | None = None,
    long_wait_s: float = LONG_WAIT_S,
    longest_wait_s: float | None = None,
    on_page: Callable[[], object] = lambda: None,
    quota: Quota | None = None,
) -> Ending:
    """Runs an import to its end, from wherever it is. Who calls this has been given the run by dbos.

    Args:
        worker: the process' id; it has a heartbeat in the database.
        stopping: set when this process ends: the run is given back after the page at hand.
        long_wait_s: a longer wait for the quota ends this call with ``later``.
        longest_wait_s: a wait that is longer than this ends the import with ``rate_limited``; by default a
            day, ten minutes where somebody waits at a terminal.
        on_page: called after each page and during waits.
        quota: the seller's buckets; by default those in the database, which all processes share.

    Raises:
        DBAPIError: the database could not be reached for minutes; the run stays as it is.
    """
    record = patiently(lambda: Record.take(run_id, worker))
    if record is None:
        return "over"
    if longest_wait_s is None:
        longest_wait_s = TERMINAL_WAIT_S if record.row.trigger == "cli" else LONGEST_WAIT_S
    waits = Waits(stopping or threading.Event(), long_wait_s, on_page)
    try:
        return _ended(record, waits, longest_wait_s, quota)
    except LostRun:
        log.warning("import given up: another process has taken it over", extra=about(record.row))
        return "lost"


def _ended(record: Record, waits: Waits, longest_wait_s: float, quota: Quota | None) -> Ending:
    """What an import ends with, well or not; each way out of it stands here."""
    key = patiently(lambda: _key_of(record.row))
    try:
        ended = _imported(record, key, waits, quota)
    except Cancelled:
        ended = Outcome("cancelled")
    except Stopping:
        record.give_back()
        return "later"
    except WBError as error:
        wait_s = error.retry_after_s if isinstance(error, RateLimitedError) else None
        if wait_s is not None and wait_s <= longest_wait_s:
            log.info("import waits for WB's quota", extra=about(record.row, seconds=round(wait_s, 1)))
            record.put_off(wait_s)
            return "later"
        assert key is not None
        ended = outcome.failed_at_wb(key, error)
    except LostRun:
        raise
    except SecretKeyError:
        log.exception("the key's token can't be read", extra=about(record.row))
        assert key is not None
        ended = outcome.sealed(key)
    except Exception as error:
        if isinstance(error, DBAPIError) and is_passing(error):
            raise  # the database has been away for so long: the run stays as it is, and goes on
        log.exception("import failed unexpectedly", extra=about(record.row))
        ended = outcome.failed_here(error)
    outcome.conclude(record, key, ended, log)
    return "over"


def _imported(record: Record, key: Key | None, waits: Waits, quota: Quota | None) -> Outcome:
    """All phases of the import, one after the other."""
    if record.row.cancel_requested or key is None:  # a removed key's import is wanted no more
        raise Cancelled
    source = SOURCES[record.row.source]
    streams, refused = outcome.look_ahead(key, source.streams(record.row.params))
    if refused:
        return refused
    job = _job(record.row, key)
    refusals: dict[str, Any] = record.marks.get(REFUSALS, {})
    with _client(key, record, waits, quota) as client:
        for stream in _rest(streams, record.row):
            if stream.model in refusals:
                continue
            try:
                _read(
                    _Reading(client, job, record, waits),
                    stream,
                    counted=stream.counted or stream.phase == source.main.phase,
                )
            except OF_ONE_METHOD as error:
                if not source.goes_on_without(stream):
                    raise
                refusals = {**refusals, stream.model: outcome.diagnosed(key, error).to_record()}
                record.marks[REFUSALS] = refusals
        record.count(client)
    return outcome.of_all_models(refusals)


@dataclass(frozen=True, slots=True)
class _Reading:
    """What all streams of an import share."""

    client: WBClient
    job: Job
    record: Record
    waits: Waits


def _read(at_work: _Reading, stream: Stream, *, counted: bool) -> None:
    """One stream to its end."""
    client, job, record = at_work.client, at_work.job, at_work.record
    start = patiently(lambda: record.enter(stream, job))
    if start is None:
        return
    for page in reading.pages(client, job, stream, start, record=record, waits=at_work.waits):
        record.write(client, job, stream, page, counted)
        at_work.waits.on_look()


def _rest(streams: Sequence[Stream], row: Run) -> Sequence[Stream]:
    """The streams that are not read yet."""
    place = row.cursor.get("phase")
    places = [stream.place for stream in streams]
    return streams[places.index(place) :] if place in places else streams


@contextmanager
def _client(key: Key, record: Record, waits: Waits, quota: Quota | None) -> Iterator[WBClient]:
    """The key's client. A request that is on its way when the import ends is not tried again."""
    given_up = threading.Event()

    def go_on(_seconds: float) -> None:
        if given_up.is_set() or waits.stopping.is_set():
            raise Stopping

    with client_for(key, quota, on_wait=go_on, max_wait_s=waits.short_s) as client:
        try:
            yield client
        except BaseException:
            given_up.set()
            _note(record, client)
            raise


def _note(record: Record, client: WBClient) -> None:
    """Counts on the way out of a failure that must not be hidden by another."""
    try:
        record.count(client)
    except Exception as error:  # noqa: BLE001
        log.warning("requests could not be counted: %s", type(error).__name__)


def _job(row: Run, key: Key) -> Job:
    assert key.id is not None
    return Job(
        run_id=row.id,
        key_id=key.id,
        seller_id=row.seller_id,
        source=row.source,
        params=row.params,
        now=row.started_at or datetime.now(UTC),
        kind=facts_of(key).kind,
        environment=environment_of(key),
    )


def _key_of(row: Run) -> Key | None:
    with db.session() as session:
        return keyring.get_key(session, row.key_id) if row.key_id else None
