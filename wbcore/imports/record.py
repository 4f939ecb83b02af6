"""A run's row while it is worked on: what people see of it, and the fence of its pages.

Who runs an import is dbos' decision (see ``queue``); whom it has given a run to takes its row. Each page's
transaction then writes under the condition that the row is still its: a process that was thought dead and
wakes up again writes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import Table, func
from sqlmodel import Session

from wbcore.api.client import WBClient
from wbcore.imports import runs
from wbcore.imports.sources import Job, Page, Position, Stream
from wbcore.orders.writing import WriteResult
from wbcore.store import db
from wbcore.store.models import ACTIVE_STATUSES, Run
from wbcore.store.patience import patiently

_RUN: Final[Table] = Run.__table__  # type: ignore[attr-defined]


class LostRun(Exception):
    """Another process has taken this run over."""


class Cancelled(Exception):
    """An operator has stopped it, or has removed its key."""


def span(at: Position | None) -> list[int] | None:
    """Begin and end of all windows of a stream that reads a period."""
    windows = (at or {}).get("windows")
    return [min(w[0] for w in windows), max(w[1] for w in windows)] if windows else None


class Record:
    """The row of one run in this process' hands.

    Attributes:
        row: as it was when it was taken, or when it ended.
        used: ids of the methods that WB has answered.
        asked: begin and end of the period that is read, Unix seconds; None: there is no such period.
    """

    def __init__(self, row: Run, worker: str) -> None:
        self.row = row
        self.worker = worker
        self.pages = row.pages
        self.marks: dict[str, Any] = dict(row.cursor.get("marks") or {})
        self.used: list[str] = list(row.cursor.get("used") or ())
        self.asked: list[int] | None = row.cursor.get("asked")
        self._waited_s = 0.0
        self._counted = (0, 0.0)

    @classmethod
    def take(cls, run_id: str, worker: str) -> Record | None:
        """Takes a run for a process; None: it has ended."""
        columns = _RUN.c
        now = datetime.now(UTC)
        statement = (
            _RUN.update()
            .where(columns.id == run_id, columns.status.in_(ACTIVE_STATUSES))
            .values(
                worker=worker,
                status="running",
                wait_until=None,
                started_at=func.coalesce(columns.started_at, now),
            )
        )
        with db.writing() as session:
            taken = session.connection().execute(statement).rowcount == 1
            row = runs.get(session, run_id) if taken else None
            if row is not None:
                row.cursor = {**row.cursor, "taken_at": now.isoformat(timespec="seconds")}
                session.add(row)
            session.commit()
        return None if row is None else cls(row, worker)

    # --- Pages ---------------------------------------------------------------------------------------------

    def enter(self, stream: Stream, job: Job) -> Position | None:
        """Begins a stream where the run was interrupted, or at its own start; None: nothing to ask for."""
        cursor = self.row.cursor
        with db.writing() as session:
            interrupted = cursor.get("phase") == stream.place and "at" in cursor
            at: Position | None = cursor["at"] if interrupted else stream.start(session, job)
            self.asked = self.asked or span(at)
            self._update(session, phase=stream.phase)
            session.commit()
        return at

    def write(self, client: WBClient, job: Job, stream: Stream, page: Page, counted: bool) -> None:
        """A page, the cursor behind it and the counters: one transaction.

        Args:
            counted: this stream's rows are counted as the import's.

        Raises:
            Cancelled: after it is written.
            LostRun: nothing is written.
        """
        self.marks.update(page.marks)
        if stream.method not in self.used:
            self.used.append(stream.method)
        cursor: dict[str, Any] = {
            "phase": stream.place,
            "marks": self.marks,
            "used": self.used,
            "at": page.after,
            "asked": self.asked,
            "moved_at": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        spent = self._spent(client)

        def transaction() -> bool:
            with db.writing() as session:
                result = stream.write(session, job, page.rows) if page.rows else WriteResult()
                cancel = self._advance(session, cursor, _counts(result, counted), spent)
                session.commit()
                return cancel

        cancel = patiently(transaction)
        self.pages += 1
        self._counted = spent
        if cancel:
            raise Cancelled

    def _advance(
        self, session: Session, cursor: Mapping[str, Any], counts: Mapping[str, int], spent: tuple[int, float]
    ) -> bool:
        """Moves the run on by a page; whether it is to be cancelled.

        Raises:
            LostRun: the run is not ours any more, or this page is written already.
        """
        columns = _RUN.c
        values: dict[str, Any] = {name: columns[name] + n for name, n in counts.items() if n}
        values |= self._more(spent)
        values |= {"cursor": cursor, "pages": self.pages + 1, "status": "running", "wait_until": None}
        statement = (
            _RUN.update()
            .where(columns.id == self.row.id, columns.worker == self.worker, columns.pages == self.pages)
            .where(columns.status.in_(ACTIVE_STATUSES))
            .values(**values)
            .returning(columns.cancel_requested, columns.key_id)
        )
        row = session.connection().execute(statement).first()
        return self._already_written(session) if row is None else _is_unwanted(*row)

    def _already_written(self, session: Session) -> bool:
        """A commit whose answer was lost with the connection has taken place; or the run is lost."""
        session.rollback()
        found = runs.get(session, self.row.id)
        if found is None or found.worker != self.worker or found.pages != self.pages + 1:
            raise LostRun
        return _is_unwanted(found.cancel_requested, found.key_id)

    # --- Waiting -------------------------------------------------------------------------------------------

    def look(self) -> None:
        """Whether anybody still wants the run: asked while nothing comes from WB.

        Raises:
            Cancelled, LostRun.
        """
        with db.session() as session:
            found = runs.get(session, self.row.id)
        if found is None or found.worker != self.worker or found.status not in ACTIVE_STATUSES:
            raise LostRun
        if _is_unwanted(found.cancel_requested, found.key_id):
            raise Cancelled

    def show_wait(self, seconds: float) -> None:
        """People see that it waits for WB's quota, and until when."""
        until = datetime.now(UTC) + timedelta(seconds=seconds)
        self._set(status="waiting", wait_until=until)

    def waited(self, seconds: float) -> None:
        """Has stood still for so long; counted with the next page."""
        self._waited_s += seconds

    def give_back(self) -> None:
        """Unfinished; somebody goes on with it."""
        self._set(worker="", status="queued", wait_until=None)

    def put_off(self, seconds: float) -> None:
        """Unfinished; somebody goes on with it so many seconds later."""
        until = datetime.now(UTC) + timedelta(seconds=seconds)
        self._set(worker="", status="waiting", wait_until=until, waited_s=_RUN.c.waited_s + seconds)

    # --- Counting and the end ------------------------------------------------------------------------------

    def count(self, client: WBClient) -> None:
        """Requests and waits since the last page."""
        spent = self._spent(client)
        if spent != self._counted:
            self._set(**self._more(spent))
            self._counted = spent

    def end(
        self, status: str, diagnoses: list[dict[str, Any]], conclude: Callable[[Session, datetime], None]
    ) -> None:
        """The end of the run and what follows from it: one transaction."""

        def transaction() -> Run:
            with db.writing() as session:
                now = datetime.now(UTC)
                started = self.row.started_at or self.row.created_at
                self._update(
                    session,
                    status=status,
                    worker="",
                    wait_until=None,
                    finished_at=now,
                    duration_s=(now - started).total_seconds(),
                    diagnoses=diagnoses,
                )
                conclude(session, now)
                session.commit()
                row = runs.get(session, self.row.id)
                assert row is not None
                return row

        self.row = patiently(transaction)

    def _spent(self, client: WBClient) -> tuple[int, float]:
        return client.requests_sent, client.waited_s + self._waited_s

    def _more(self, spent: tuple[int, float]) -> dict[str, Any]:
        columns = _RUN.c
        return {
            "requests": columns.requests + (spent[0] - self._counted[0]),
            "waited_s": columns.waited_s + (spent[1] - self._counted[1]),
        }

    def _set(self, **values: Any) -> None:
        def transaction() -> None:
            with db.writing() as session:
                self._update(session, **values)
                session.commit()

        patiently(transaction)

    def _update(self, session: Session, **values: Any) -> None:
        """Columns of the run, if it is still ours."""
        columns = _RUN.c
        statement = _RUN.update().where(columns.id == self.row.id, columns.worker == self.worker)
        if session.connection().execute(statement.values(**values)).rowcount == 0:
            raise LostRun


def _is_unwanted(cancel_requested: bool, key_id: int | None) -> bool:
    """Whether nobody wants the rest: it was stopped, or its key was removed."""
    return cancel_requested or key_id is None


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
