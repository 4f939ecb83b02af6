"""What can be imported, as rows of data: the streams of pages that one engine reads.

A stream knows where it starts, how one page is asked for, and how a page is written. A position is JSON: it
is kept with the run in the page's own transaction, so a run goes on exactly where it was killed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, timezone
from types import MappingProxyType
from typing import Any, Final

from sqlmodel import Session, select

from wbcore.api import paging
from wbcore.api.catalog import (
    BATCH_LIMIT,
    METHOD_BY_ID,
    PERIOD_DEPTH_DAYS,
    STATISTICS_DEPTH_DAYS,
    WINDOW_DAYS,
    Environment,
    TokenKind,
    group_limit,
)
from wbcore.api.client import WBClient
from wbcore.api.errors import UnexpectedResponseError
from wbcore.jobs.patience import patiently
from wbcore.store import db, orders
from wbcore.store.models import Run
from wbcore.store.orders import WriteResult

Position = dict[str, Any]
"""Where the next request of a stream begins; JSON-able."""

DAY: Final = 86_400
MOSCOW: Final = timezone(timedelta(hours=3))
OVERLAP_DAYS: Final = 7
"""An order is assembled within five days; until then its row (supply, ...) can still change."""
ARCHIVE_MONTHS: Final = 12
"""How far back the archive is read when nobody says."""
PATIENCE: Final = 5
"""How often a page that leads nowhere is asked for again."""
SLOW_QUOTA_S: Final = 600.0
STATISTICS_SHORT_PAGE: Final = 60_000
"""WB gives about 80,000 rows a page. Where the quota is one request in hours, a page shorter than this is
taken for the last one; elsewhere WB is asked until it has no more."""


@dataclass(frozen=True, slots=True)
class Job:
    """What a stream needs to know of its run. ``now`` is the run's start: the same after a restart."""

    run_id: str
    key_id: int
    seller_id: int
    source: str
    params: Mapping[str, Any]
    now: datetime
    kind: TokenKind
    environment: Environment

    def day(self, name: str) -> date | None:
        value = self.params.get(name)
        return date.fromisoformat(value) if value else None


@dataclass(frozen=True, slots=True)
class Page:
    """Rows as WB sent them.

    Attributes:
        after: where the next page begins; None: that was the last one.
        marks: what later imports may start from; kept with the run.
    """

    rows: Sequence[object]
    after: Position | None
    marks: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Stream:
    """One phase of an import.

    Attributes:
        phase: orders, statuses or clients; what the progress bar is about.
        method: id of the catalogue's method that it calls.
        start: the first position; None: there is nothing to ask for.
        fetch: one request. Runs in a thread beside the one that writes.
        write: puts a page's rows into the open transaction.
        requests: about how many requests it will take from its first position.
    """

    phase: str
    method: str
    start: Callable[[Session, Job], Position | None]
    fetch: Callable[[WBClient, Job, Position], Page]
    write: Callable[[Session, Job, Sequence[object]], WriteResult]
    requests: Callable[[Session, Job, Position], int]


@dataclass(frozen=True, slots=True)
class Source:
    """One choice of "Что загрузить".

    Attributes:
        main: the stream whose rows are counted as the import's.
        statuses, clients: whether these phases may follow.
        dates: whether a range of days can be given.
    """

    id: str
    main: Stream
    statuses: bool = False
    clients: bool = False
    dates: bool = False

    def streams(self, params: Mapping[str, Any]) -> tuple[Stream, ...]:
        """The phases of one import, in their order."""
        found = [self.main]
        if self.statuses and params.get("statuses", True):
            found.append(STATUSES)
        if self.clients and params.get("clients", False):
            found.append(CLIENTS)
        return tuple(found)


# --- New orders --------------------------------------------------------------------------------------------


def _once(session: Session, job: Job) -> Position:
    return {}


def _one(session: Session, job: Job, at: Position) -> int:
    return 1


def _new(method: str, delivery: str) -> Stream:
    """All new orders of one kind of delivery: one request, no paging."""

    def fetch(client: WBClient, job: Job, at: Position) -> Page:
        return Page(client.orders_new(method), None)

    def write(session: Session, job: Job, rows: Sequence[object]) -> WriteResult:
        return orders.write_orders(
            session, job.seller_id, rows, run_id=job.run_id, source=job.source, delivery=delivery, now=_now()
        )

    return Stream("orders", method, _once, fetch, write, _one)


# --- A period ----------------------------------------------------------------------------------------------


def _period_start(session: Session, job: Job) -> Position | None:
    since, until = _period(session, job)
    windows = paging.windows(since, until)
    if not windows:
        return None
    return {"windows": [list(w) for w in windows], "next": 0}


def _period(session: Session, job: Job) -> tuple[datetime, datetime]:
    """The range to ask for, in whole seconds. Without dates: what is new since the last time."""
    first, last = job.day("date_from"), job.day("date_to")
    now = job.now.replace(microsecond=0) + timedelta(seconds=1)
    until = now if last is None else min(now, _end_of(last))
    if first is not None:
        return _start_of(first), until
    since = until - timedelta(days=WINDOW_DAYS)
    covered = _mark(session, job, "covered_to", ("done",)) if last is None else None
    if isinstance(covered, int):
        known = datetime.fromtimestamp(covered, UTC) - timedelta(days=OVERLAP_DAYS)
        since = max(known, now - timedelta(days=PERIOD_DEPTH_DAYS))
    return since, until


def _period_fetch(client: WBClient, job: Job, at: Position) -> Page:
    windows, cursor = at["windows"], at["next"]
    since, until = windows[0]
    rows, following = client.orders_page(cursor, since, until)
    marks = {} if job.params.get("date_to") else {"covered_to": at.get("top", until)}
    if rows and following == cursor and cursor:
        return _again("orders.period", at)
    if rows and following:
        return Page(rows, {**at, "next": following, "again": 0}, marks)
    later: Position | None = {"windows": windows[1:], "next": 0, "top": at.get("top", until)}
    return Page(rows, later if windows[1:] else None, marks)


def _period_requests(session: Session, job: Job, at: Position) -> int:
    return 2 * len(at["windows"])


def _write_orders(session: Session, job: Job, rows: Sequence[object]) -> WriteResult:
    return orders.write_orders(
        session, job.seller_id, rows, run_id=job.run_id, source=job.source, delivery="fbs", now=_now()
    )


# --- The archive -------------------------------------------------------------------------------------------


def _archive_start(session: Session, job: Job) -> Position | None:
    last = job.day("date_to") or (job.now - timedelta(days=PERIOD_DEPTH_DAYS)).date()
    first = job.day("date_from") or _archive_since(session, job, last)
    months = paging.months(first, last)
    return {"months": [list(m) for m in months], "next": 0} if months else None


def _archive_since(session: Session, job: Job, last: date) -> date:
    covered = None if job.day("date_to") else _mark(session, job, "covered_month", ("done",))
    if covered:
        return date(covered[0], covered[1], 1)
    months = last.year * 12 + last.month - 1 - (ARCHIVE_MONTHS - 1)
    return date(months // 12, months % 12 + 1, 1)


def _archive_fetch(client: WBClient, job: Job, at: Position) -> Page:
    months, cursor = at["months"], at["next"]
    year, month = months[0]
    rows, following = client.archive_page(year, month, cursor)
    top = at.get("top", months[0])
    marks = {} if job.params.get("date_to") else {"covered_month": top}
    if rows and following and following == cursor:
        return _again("orders.archive", at)
    if rows and following:
        return Page(rows, {**at, "next": following, "again": 0, "top": top}, marks)
    later: Position | None = {"months": months[1:], "next": 0, "top": top}
    return Page(rows, later if months[1:] else None, marks)


def _archive_requests(session: Session, job: Job, at: Position) -> int:
    return len(at["months"])


def _write_archive(session: Session, job: Job, rows: Sequence[object]) -> WriteResult:
    return orders.write_archive(session, job.seller_id, rows, run_id=job.run_id, now=_now())


# --- Statistics --------------------------------------------------------------------------------------------


def _statistics_start(session: Session, job: Job) -> Position:
    first = job.day("date_from")
    if first is not None:
        return {"date_from": f"{first.isoformat()}T00:00:00"}
    oldest = (job.now.astimezone(MOSCOW) - timedelta(days=STATISTICS_DEPTH_DAYS)).strftime(
        "%Y-%m-%dT00:00:00"
    )
    # Rows come in the order of their change: what any run has read is read, also when it failed later.
    known = (
        None if job.day("date_to") else _mark(session, job, "last_change", ("done", "failed", "cancelled"))
    )
    return {"date_from": max(known, oldest) if isinstance(known, str) else oldest}


def _statistics_fetch(client: WBClient, job: Job, at: Position) -> Page:
    """One page; the next one takes the whole ``lastChangeDate`` of the last row, so its edge comes twice."""
    asked = at["date_from"]
    rows = client.statistics_page(asked)
    following = paging.last_change(rows)
    if rows and following is not None and _first_change(rows) < asked and following <= asked:
        return _again("statistics.orders", at)  # the page before came once more
    if following is None or following <= asked or _after(following, job.day("date_to")):
        return Page(rows, None)
    marks = {} if job.params.get("date_from") or job.params.get("date_to") else {"last_change": following}
    if len(rows) < STATISTICS_SHORT_PAGE and _slow(job, "statistics.orders"):
        return Page(rows, None, marks)
    return Page(rows, {"date_from": following}, marks)


def _first_change(rows: Sequence[object]) -> str:
    return paging.last_change(rows[::-1]) or ""


def _after(moment: str, last: date | None) -> bool:
    """Whether a Moscow time is later than a day that was the last to be asked for."""
    return last is not None and moment[:10] > last.isoformat()


def _slow(job: Job, method: str) -> bool:
    limit = group_limit(METHOD_BY_ID[method].group, job.kind, job.environment)
    return limit.interval_s >= SLOW_QUOTA_S


def _write_statistics(session: Session, job: Job, rows: Sequence[object]) -> WriteResult:
    return orders.write_statistics(session, job.seller_id, rows, run_id=job.run_id, now=_now())


def _two(session: Session, job: Job, at: Position) -> int:
    return 1 if _slow(job, "statistics.orders") else 2


# --- Statuses and clients: what is asked for comes from the database ---------------------------------------

Ids = Callable[[Session, int, int, int], Sequence[int]]


def _by_ids(
    phase: str,
    method: str,
    ids_after: Ids,
    ask: Callable[[WBClient, Sequence[int]], Sequence[object]],
    write: Callable[[Session, Job, Sequence[object]], WriteResult],
) -> Stream:
    """A stream that asks for orders which we have, in batches, by rising id."""

    def start(session: Session, job: Job) -> Position | None:
        return {"after": 0} if ids_after(session, job.seller_id, 0, 1) else None

    def asked(job: Job, after: int) -> list[int]:
        with db.session() as session:
            return list(ids_after(session, job.seller_id, after, BATCH_LIMIT + 1))

    def fetch(client: WBClient, job: Job, at: Position) -> Page:
        ids = patiently(lambda: asked(job, at["after"]))
        batch = ids[:BATCH_LIMIT]
        if not batch:
            return Page((), None)
        more = {"after": batch[-1]} if len(ids) > BATCH_LIMIT else None
        return Page(ask(client, batch), more)

    return Stream(phase, method, start, fetch, write, _one)


def _write_statuses(session: Session, job: Job, rows: Sequence[object]) -> WriteResult:
    return orders.write_statuses(session, job.seller_id, rows, run_id=job.run_id, now=_now())


def _write_clients(session: Session, job: Job, rows: Sequence[object]) -> WriteResult:
    return orders.write_clients(session, job.seller_id, rows, run_id=job.run_id, now=_now())


# --- Helpers -----------------------------------------------------------------------------------------------


def _again(method: str, at: Position) -> Page:
    """The same request once more; its rows are those of the page before, already written.

    Raises:
        UnexpectedResponseError: it has been asked PATIENCE times.
    """
    tries = at.get("again", 0) + 1
    if tries >= PATIENCE:
        raise UnexpectedResponseError(
            method, reason="wrong_shape", http_status=200, detail="the page's cursor does not move"
        )
    return Page((), {**at, "again": tries})


def _mark(session: Session, job: Job, name: str, statuses: Sequence[str]) -> Any:
    """What the newest earlier run of this source and seller has left under a name; None: nothing."""
    found = session.exec(
        select(Run)
        .where(Run.seller_id == job.seller_id, Run.source == job.source, Run.id != job.run_id)
        .where(Run.status.in_(statuses))  # type: ignore[attr-defined]
        .order_by(Run.finished_at.desc())  # type: ignore[union-attr]
        .limit(50)
    )
    return next((m for r in found if (m := (r.cursor.get("marks") or {}).get(name)) is not None), None)


def _start_of(day: date) -> datetime:
    return datetime.combine(day, time.min, UTC)


def _end_of(day: date) -> datetime:
    return _start_of(day) + timedelta(days=1) - timedelta(seconds=1)


def _now() -> datetime:
    return datetime.now(UTC)


# --- The rows ----------------------------------------------------------------------------------------------

STATUSES: Final = _by_ids(
    "statuses",
    "orders.status",
    orders.ids_to_check,
    lambda client, ids: client.statuses(ids),
    _write_statuses,
)
CLIENTS: Final = _by_ids(
    "clients",
    "orders.client",
    orders.cross_border_ids,
    lambda client, ids: client.clients(ids),
    _write_clients,
)
PERIOD: Final = Stream(
    "orders", "orders.period", _period_start, _period_fetch, _write_orders, _period_requests
)
ARCHIVE: Final = Stream(
    "orders", "orders.archive", _archive_start, _archive_fetch, _write_archive, _archive_requests
)
STATISTICS: Final = Stream(
    "orders", "statistics.orders", _statistics_start, _statistics_fetch, _write_statistics, _two
)

SOURCES: Final[Mapping[str, Source]] = MappingProxyType(
    {
        s.id: s
        for s in (
            Source("new", _new("orders.new", "fbs"), statuses=True, clients=True),
            Source("period", PERIOD, statuses=True, clients=True, dates=True),
            Source("archive", ARCHIVE, clients=True, dates=True),
            Source("statistics", STATISTICS, dates=True),
            Source("statuses", STATUSES),
            Source("dbs", _new("orders.dbs.new", "dbs")),
            Source("dbw", _new("orders.dbw.new", "dbw")),
            Source("click_collect", _new("orders.click_collect.new", "click_collect")),
        )
    }
)
"""Ids as in ``import --source`` and on the import page; a new source is a row."""
