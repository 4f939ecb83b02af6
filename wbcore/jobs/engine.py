"""The import itself. It reads pages of a source's streams and writes each one with its cursor and counters in
one transaction, while the next page is on its way. It can be killed at any moment and goes on where it was.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal

from sqlalchemy import Table
from sqlmodel import Session

from wbcore.api.client import Quota, WBClient
from wbcore.api.errors import RateLimitedError, WBError
from wbcore.guidance import checklist, diagnosis
from wbcore.guidance.diagnosis import Diagnosis
from wbcore.jobs import claims
from wbcore.jobs.capabilities import record_failure, record_success
from wbcore.jobs.clients import client_for, environment_of, facts_of
from wbcore.jobs.evidence import evidence_for
from wbcore.jobs.patience import patiently
from wbcore.jobs.sources import SOURCES, Job, Page, Position, Stream
from wbcore.store import db, keys, runs
from wbcore.store.models import ACTIVE_STATUSES, Key, Run
from wbcore.store.orders import WriteResult

log = logging.getLogger(__name__)

LONG_WAIT_S: Final = 20.0
"""A wait for WB's quota that is longer than this gives the thread back."""
SHOWN_WAIT_S: Final = 1.0
"""A shorter wait is not worth telling."""
LONGEST_WAIT_S: Final = 86_400.0
"""Nobody waits longer than a day for an import: it fails and says why."""

Ending = Literal["over", "later", "busy"]
"""``over``: the run has ended, well or not; ``later``: it goes on at ``Run.wait_until``, or when another
process takes it; ``busy``: somebody else has it or its seller."""

_RUN: Final[Table] = Run.__table__  # type: ignore[attr-defined]


class LostRun(Exception):
    """Another process has taken this run over."""


class _Cancelled(Exception):
    pass


class _Stopping(Exception):
    """This process is being ended."""


def run(
    run_id: str,
    worker: str,
    *,
    stopping: threading.Event | None = None,
    long_wait_s: float = LONG_WAIT_S,
    longest_wait_s: float = LONGEST_WAIT_S,
    on_page: Callable[[], object] | None = None,
    quota: Quota | None = None,
) -> Ending:
    """Runs an import to its end, from wherever it is.

    Args:
        worker: the process' id; it has a heartbeat in the database.
        stopping: set when this process ends: the run is given back after the page at hand.
        long_wait_s: a longer wait for the quota ends this call with ``later``.
        longest_wait_s: a wait that is longer than this ends the import with ``rate_limited``.
        on_page: called after each page and during waits.
        quota: the seller's buckets; by default those in the database, which all processes share.

    Raises:
        DBAPIError: the database could not be reached for minutes; the run stays as it is.
    """
    claimed = patiently(lambda: claims.claim(run_id, worker))
    if claimed != "claimed":
        return claimed
    work = _Import(run_id, worker, stopping or threading.Event(), (long_wait_s, longest_wait_s))
    work.on_page = on_page or work.on_page
    work.quota = quota
    return work.go()


@dataclass(frozen=True, slots=True)
class _Ended:
    """How an import ends: what is stored of it."""

    status: Literal["done", "failed", "cancelled"]
    found: tuple[Diagnosis, ...] = ()
    error: WBError | None = None


class _Import:
    """One process' work on one run."""

    def __init__(
        self,
        run_id: str,
        worker: str,
        stopping: threading.Event,
        waits: tuple[float, float],
    ) -> None:
        self.run_id = run_id
        self.worker = worker
        self.stopping = stopping
        self.long_wait_s, self.longest_wait_s = waits
        self.on_page: Callable[[], object] = lambda: None
        self.quota: Quota | None = None
        self.given_up = threading.Event()
        self.shown_until = 0.0
        self.counted = (0, 0.0)
        self.row, self.key = patiently(lambda: _run_and_key(run_id))
        self.pages = self.row.pages
        self.marks: dict[str, Any] = dict(self.row.cursor.get("marks") or {})
        self.used: list[str] = list(self.row.cursor.get("used") or ())

    # --- From start to end ---------------------------------------------------------------------------------

    def go(self) -> Ending:
        try:
            return self._guarded()
        except LostRun:
            log.warning("import given up: another process has taken it over", extra=_about(self.row))
            return "busy"

    def _guarded(self) -> Ending:
        try:
            return self._work()
        except _Cancelled:
            return self._finish(_Ended("cancelled"))
        except _Stopping:
            patiently(lambda: claims.release(self.run_id, self.worker))
            return "later"
        except RateLimitedError as error:
            return self._wait_or_fail(error)
        except WBError as error:
            return self._finish(self._failed(error))
        except LostRun:
            raise
        except Exception as error:
            # Whatever it is: the operator gets a diagnosis, never a run that stays "running".
            log.exception("import failed unexpectedly", extra=_about(self.row))
            return self._finish(_Ended("failed", (diagnosis.unknown_failure(error),)))

    def _work(self) -> Ending:
        if self.row.cancel_requested:
            return self._finish(_Ended("cancelled"))
        if self.key is None:
            return self._finish(_Ended("failed", (diagnosis.unknown_failure(KeyError("the key is gone")),)))
        source = SOURCES[self.row.source]
        streams = source.streams(self.row.params)
        refused = patiently(lambda: self._preflight(streams))
        if refused:
            return self._finish(_Ended("failed", (refused,)))
        job = self._job(self.key)
        with self._client(self.key) as client:
            for stream in self._rest(streams):
                self._read(client, job, stream, counted=stream is source.main)
            self._count(client)
        return self._finish(_Ended("done"))

    def _job(self, key: Key) -> Job:
        assert key.id is not None
        return Job(
            run_id=self.run_id,
            key_id=key.id,
            seller_id=self.row.seller_id,
            source=self.row.source,
            params=self.row.params,
            now=self.row.started_at or datetime.now(UTC),
            kind=facts_of(key).kind,
            environment=environment_of(key),
        )

    @contextmanager
    def _client(self, key: Key) -> Iterator[WBClient]:
        with client_for(key, self.quota, on_wait=self._waiting, max_wait_s=self.long_wait_s) as client:
            try:
                yield client
            except BaseException:
                self.given_up.set()
                self._note(client)
                raise

    def _preflight(self, streams: Sequence[Stream]) -> Diagnosis | None:
        """What this token can't do, known before anything is sent: a refusal costs ten requests."""
        assert self.key is not None
        with db.session() as session:
            for stream in streams:
                found = diagnosis.preflight(stream.method, evidence_for(session, self.key, stream.method))
                if found:
                    return found
        return None

    # --- Pages ---------------------------------------------------------------------------------------------

    def _rest(self, streams: tuple[Stream, ...]) -> tuple[Stream, ...]:
        """The streams that are not read yet."""
        phase = self.row.cursor.get("phase")
        phases = [s.phase for s in streams]
        return streams[phases.index(phase) :] if phase in phases else streams

    def _read(self, client: WBClient, job: Job, stream: Stream, *, counted: bool) -> None:
        """One stream to its end: a page is written while the next one is on its way."""
        at = patiently(lambda: self._enter(job, stream))
        if at is None:
            return
        fetcher = ThreadPoolExecutor(1, thread_name_prefix="wb-fetch")
        try:
            coming: Future[Page] | None = fetcher.submit(stream.fetch, client, job, at)
            while coming is not None:
                page = coming.result()
                coming = None
                if page.after is not None:
                    coming = fetcher.submit(stream.fetch, client, job, page.after)
                self._write(client, job, stream, page, counted=counted)
                if coming is not None and self.stopping.is_set():
                    raise _Stopping
        finally:
            fetcher.shutdown(wait=False, cancel_futures=True)

    def _enter(self, job: Job, stream: Stream) -> Position | None:
        """Where to begin: where the run was interrupted, or the stream's own start."""
        cursor = self.row.cursor
        with db.writing() as session:
            if cursor.get("phase") == stream.phase and "at" in cursor:
                at: Position | None = cursor["at"]
            else:
                at = stream.start(session, job)
            self._update(session, phase=stream.phase)
            session.commit()
        return at

    def _write(self, client: WBClient, job: Job, stream: Stream, page: Page, *, counted: bool) -> None:
        """A page, the cursor behind it and the counters: one transaction."""
        self.marks.update(page.marks)
        if stream.method not in self.used:
            self.used.append(stream.method)
        cursor: dict[str, Any] = {"phase": stream.phase, "marks": self.marks, "used": self.used}
        if page.after is not None:
            cursor["at"] = page.after
        else:
            cursor["at"] = None
        sent, waited = client.requests_sent, client.waited_s

        def transaction() -> bool:
            with db.writing() as session:
                result = stream.write(session, job, page.rows) if page.rows else WriteResult()
                cancel = self._advance(session, cursor, _counts(result, counted), sent, waited)
                session.commit()
                return cancel

        cancel = patiently(transaction)
        self.pages += 1
        self.counted = (sent, waited)
        self.shown_until = 0.0
        self.on_page()
        if cancel:
            raise _Cancelled

    def _advance(
        self, session: Session, cursor: dict[str, Any], counts: dict[str, int], sent: int, waited: float
    ) -> bool:
        """Moves the run on by a page; whether it is to be cancelled.

        Raises:
            LostRun: the run is not ours any more, or this page is written already.
        """
        columns = _RUN.c
        values: dict[str, Any] = {name: columns[name] + n for name, n in counts.items() if n}
        values["requests"] = columns.requests + (sent - self.counted[0])
        values["waited_s"] = columns.waited_s + (waited - self.counted[1])
        values |= {"cursor": cursor, "pages": self.pages + 1, "status": "running", "wait_until": None}
        statement = (
            _RUN.update()
            .where(columns.id == self.run_id, columns.worker == self.worker, columns.pages == self.pages)
            .where(columns.status.in_(ACTIVE_STATUSES))
            .values(**values)
            .returning(columns.cancel_requested)
        )
        row = session.connection().execute(statement).first()
        if row is None:
            return self._already_written(session)
        return bool(row[0])

    def _already_written(self, session: Session) -> bool:
        """A commit whose answer was lost with the connection has taken place; or the run is lost."""
        session.rollback()
        found = runs.get(session, self.run_id)
        if found is None or found.worker != self.worker or found.pages != self.pages + 1:
            raise LostRun
        return found.cancel_requested

    # --- Waiting for WB ------------------------------------------------------------------------------------

    def _waiting(self, seconds: float) -> None:
        """Called by the client before a wait and during it, in the fetching thread: shows it, may end it."""
        if self.given_up.is_set() or self.stopping.is_set():
            raise _Stopping
        if seconds >= SHOWN_WAIT_S:
            patiently(lambda: self._show_wait(seconds))
            self.on_page()

    def _show_wait(self, seconds: float) -> None:
        with db.writing() as session:
            found = runs.get(session, self.run_id)
            if found is None or found.worker != self.worker or found.status not in ACTIVE_STATUSES:
                raise LostRun
            if found.cancel_requested:
                raise _Cancelled
            if time.monotonic() > self.shown_until:
                self.shown_until = time.monotonic() + seconds
                until = datetime.now(UTC) + timedelta(seconds=seconds)
                self._update(session, status="waiting", wait_until=until)
                session.commit()

    def _wait_or_fail(self, error: RateLimitedError) -> Ending:
        """WB's quota is used up for longer than a thread should stand still."""
        if error.retry_after_s > self.longest_wait_s:
            return self._finish(self._failed(error))
        until = datetime.now(UTC) + timedelta(seconds=error.retry_after_s)
        log.info("import waits for WB's quota", extra=_about(self.row, seconds=round(error.retry_after_s, 1)))
        patiently(lambda: claims.release(self.run_id, self.worker, "waiting", until))
        return "later"

    # --- Writing it down -----------------------------------------------------------------------------------

    def _update(self, session: Session, **values: Any) -> None:
        """Columns of the run, if it is still ours."""
        columns = _RUN.c
        statement = _RUN.update().where(columns.id == self.run_id, columns.worker == self.worker)
        if session.connection().execute(statement.values(**values)).rowcount == 0:
            raise LostRun

    def _count(self, client: WBClient) -> None:
        """Requests and waits since the last page."""
        sent, waited = client.requests_sent - self.counted[0], client.waited_s - self.counted[1]

        def transaction() -> None:
            with db.writing() as session:
                columns = _RUN.c
                self._update(session, requests=columns.requests + sent, waited_s=columns.waited_s + waited)
                session.commit()

        if sent or waited:
            patiently(transaction)
            self.counted = (client.requests_sent, client.waited_s)

    def _note(self, client: WBClient) -> None:
        """As ``_count``, on the way out of a failure that must not be hidden by another."""
        try:
            self._count(client)
        except Exception as error:  # noqa: BLE001
            log.warning("requests could not be counted: %s", type(error).__name__)

    def _failed(self, error: WBError) -> _Ended:
        def diagnosed() -> Diagnosis:
            assert self.key is not None
            with db.session() as session:
                return diagnosis.from_error(error, evidence_for(session, self.key, error.method_id))

        return _Ended("failed", (patiently(diagnosed),), error)

    def _finish(self, ended: _Ended) -> Ending:
        """The end of the run, what it has proven, and the checklists that follow: one transaction."""

        def transaction() -> Run:
            with db.writing() as session:
                now = datetime.now(UTC)
                started = self.row.started_at or self.row.created_at
                self._update(
                    session,
                    status=ended.status,
                    worker="",
                    wait_until=None,
                    finished_at=now,
                    duration_s=(now - started).total_seconds(),
                    diagnoses=[d.to_record() for d in ended.found],
                )
                if self.key is not None:
                    self._conclude(session, ended, now)
                session.commit()
                row = runs.get(session, self.run_id)
                assert row is not None
                return row

        self.row = patiently(transaction)
        _log_end(self.row, ended)
        return "over"

    def _conclude(self, session: Session, ended: _Ended, now: datetime) -> None:
        """An import is a proof of what its key can do."""
        assert self.key is not None
        key = session.get(Key, self.key.id)
        if key is None:
            return
        for method in self.used:
            if ended.error is None or method != ended.error.method_id:
                record_success(session, key, method, now)
        if self.used:
            key.verified_at = now
            session.add(key)
        for found in ended.found:
            record_failure(session, key, found, now, asked=ended.error is not None)
            checklist.open_or_update(session, found, key, self.run_id)
        session.flush()
        checklist.refresh(session, key.id)


def _run_and_key(run_id: str) -> tuple[Run, Key | None]:
    with db.session() as session:
        run = runs.get(session, run_id)
        assert run is not None
        return run, keys.get_key(session, run.key_id) if run.key_id else None


def _counts(result: WriteResult, counted: bool) -> dict[str, int]:
    """What a page adds to the run's counters. Of statuses and clients only what could not be read counts."""
    if not counted:
        return {"fetched": result.rejected, "rejected": result.rejected}
    return {
        "fetched": result.created + result.updated + result.unchanged + result.rejected,
        "created": result.created,
        "updated": result.updated,
        "unchanged": result.unchanged,
        "rejected": result.rejected,
    }


def _log_end(row: Run, ended: _Ended) -> None:
    """One line with the counts when it went well; the full diagnosis when it did not."""
    names = ("status", "fetched", "created", "updated", "unchanged", "rejected", "requests")
    counts = {name: getattr(row, name) for name in names}
    counts |= {"waited_s": round(row.waited_s, 3), "duration_s": round(row.duration_s, 3)}
    if ended.found:
        found = [d.to_json("en") for d in ended.found]
        log.error("import failed", extra=_about(row, **counts, diagnoses=found))
    else:
        log.info("import %s", row.status, extra=_about(row, **counts))


def _about(row: Run, **facts: Any) -> dict[str, Any]:
    """The ``extra`` of a log line about an import."""
    return {"data": {"run_id": row.id, "key": row.key_name, "source": row.source, **facts}}
