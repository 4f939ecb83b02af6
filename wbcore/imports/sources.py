"""What can be imported, as rows of data: the streams of pages that one engine reads.

A stream knows where it starts, how one page is asked for, and how a page is written. A position is JSON: it
is kept with the run in the page's own transaction, so a run goes on exactly where it was killed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, cast
from zoneinfo import ZoneInfo

from sqlmodel import Session, select

from wbcore.api import paging
from wbcore.api.catalog import (
    BATCH_LIMIT,
    FEED_DEPTH_DAYS,
    FEED_LIMIT,
    METHOD_BY_ID,
    MODELS,
    MOSCOW,
    PERIOD_DEPTH_DAYS,
    STATISTICS_DEPTH_DAYS,
    WINDOW_DAYS,
    Environment,
    Model,
    TokenKind,
    group_limit,
)
from wbcore.api.errors import UnexpectedResponseError
from wbcore.api.longlist import LongList, pieces
from wbcore.orders import writing
from wbcore.orders.writing import WriteResult
from wbcore.store import days, db
from wbcore.store.models import Run
from wbcore.store.patience import patiently

if TYPE_CHECKING:
    from wbcore.api.client import WBClient

Rows = Sequence[object] | writing.Read
Position = dict[str, Any]
"""Where the next request of a stream begins; JSON-able."""

OVERLAP_DAYS: Final = 7
"""An order is assembled within five days; until then its row (supply, ...) can still change."""
ENDED_OVERLAP_DAYS: Final = WINDOW_DAYS
"""WB lists the ended by a time that it does not name: an order of weeks ago may have ended today."""
FEED_OVERLAP: Final = timedelta(days=1)
AHEAD: Final = FEED_OVERLAP / 2
"""A clock that is ahead by more, and by less than is read again anyway, leaves no mark."""
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

    @property
    def zone(self) -> ZoneInfo:
        """Whose days the dates are."""
        return days.named(self.params.get("zone"))


@dataclass(frozen=True, slots=True)
class Page:
    """Rows as WB sent them.

    Attributes:
        rows: or what a stream has read of them.
        after: where the next page begins; None: that was the last one.
        marks: what later imports may start from; kept with the run.
    """

    rows: Rows
    after: Position | None
    marks: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Stream:
    """One phase of an import.

    Attributes:
        phase: orders, ended, statuses, deliveries or clients: what is read, as people are told.
        method: id of the catalogue's method that it calls.
        start: the first position; None: there is nothing to ask for.
        fetch: one request. Runs in a thread beside the one that writes.
        read: what can be done with a page's rows before they are written, in that thread, too.
        write: puts a page's rows into the open transaction.
        requests: the fewest requests that it can take from its first position.
    """

    phase: str
    method: str
    start: Callable[[Session, Job], Position | None]
    fetch: Callable[[WBClient, Job, Position], Page]
    write: Callable[[Session, Job, Any], WriteResult]
    requests: Callable[[Session, Job, Position], int]
    model: Model = "fbs"
    read: Callable[[Sequence[object]], Rows] = lambda rows: rows

    def page(self, client: WBClient, job: Job, at: Position) -> Page:
        """One request, and all that needs no database."""
        page = self.fetch(client, job, at)
        return page if not page.rows else replace(page, rows=self.read(cast(Sequence[object], page.rows)))

    @property
    def place(self) -> str:
        """What it is called in a run's cursor: phase and model."""
        return self.phase if self.model == "fbs" else f"{self.phase}.{self.model}"

    @property
    def counted(self) -> bool:
        """Its rows are orders, which the run counts; not facts about them."""
        return self.phase in ("orders", "ended")


@dataclass(frozen=True, slots=True)
class Source:
    """One choice of "Что загрузить".

    Attributes:
        main: the first stream.
        more: streams that always follow.
        statuses, clients: the streams of these phases, which may follow.
        deliveries: streams that follow the statuses, as those tell who still waits.
        dates: whether a range of days can be given.
        depth_days: so many days before today WB still has its orders.
        offered: False: only schedules of an older version have it.
    """

    id: str
    main: Stream
    more: tuple[Stream, ...] = ()
    statuses: tuple[Stream, ...] = ()
    deliveries: tuple[Stream, ...] = ()
    clients: tuple[Stream, ...] = ()
    dates: bool = False
    depth_days: int = PERIOD_DEPTH_DAYS
    offered: bool = True

    def streams(self, params: Mapping[str, Any]) -> tuple[Stream, ...]:
        """The phases of one import, in their order."""
        statuses = self.statuses if params.get("statuses", True) else ()
        clients = self.clients if params.get("clients", False) else ()
        return (self.main, *self.more, *statuses, *self.deliveries, *clients)

    def goes_on_without(self, stream: Stream) -> bool:
        """Whether the other models are read when WB refuses this stream's method."""
        first = (self.main, *self.more)
        return len({one.model for one in first}) > 1 or stream.model != self.main.model


# --- New orders --------------------------------------------------------------------------------------------


def _once(session: Session, job: Job) -> Position:
    return {}


def _one(session: Session, job: Job, at: Position) -> int:
    return 1


def _new(method: str, model: Model) -> Stream:
    """All new orders of one model of sale: one request, no paging."""

    def fetch(client: WBClient, job: Job, at: Position) -> Page:
        return Page(client.orders_new(method), None)

    def read(rows: Sequence[object]) -> Rows:
        return rows if isinstance(rows, LongList) else writing.read_orders(rows)

    write = _writer(model if model != "fbs" else "new", model)
    return Stream("orders", method, _once, fetch, write, _one, model, read)


def _writer(listed: str, model: Model) -> Callable[[Session, Job, Rows], WriteResult]:
    """Writes rows of a list of orders; ``listed`` names the list in the quarantine."""

    def write(session: Session, job: Job, rows: Rows) -> WriteResult:
        now = _now()

        def part(some: Rows) -> WriteResult:
            return writing.write_orders(
                session, job.seller_id, some, run_id=job.run_id, source=listed, model=model, now=now
            )

        return _written(rows, part)

    return write


def _written(rows: Rows, part: Callable[[Any], WriteResult]) -> WriteResult:
    """What became of rows, a long answer's one piece after the other."""
    parts = (rows,) if isinstance(rows, writing.Read) else pieces(rows)
    return sum(map(part, parts), WriteResult())


# --- A period ----------------------------------------------------------------------------------------------


def _period_start(session: Session, job: Job) -> Position | None:
    return _period(session, job, OVERLAP_DAYS, WINDOW_DAYS)


def _ended_start(session: Session, job: Job) -> Position | None:
    return _period(session, job, ENDED_OVERLAP_DAYS, PERIOD_DEPTH_DAYS)


def _gap(is_gap: bool) -> Position:
    """Part of a position whose first day is later than what was read before: between them orders are
    missing, so nothing later may start from its end."""
    return {"gap": True} if is_gap else {}


def _marks(client: WBClient, job: Job, at: Position, **marks: Any) -> Mapping[str, Any]:
    """None where this machine's clock is ahead: what is still to come has not been read."""
    is_ahead = job.now > client.their_now() + AHEAD
    return {} if job.params.get("date_to") or at.get("gap") or is_ahead else marks


def _period(session: Session, job: Job, overlap: int, depth: int) -> Position | None:
    """The range to ask for, in whole seconds. Without dates: what is new since the last time.

    Args:
        overlap: days that are asked for again.
        depth: days to go back the first time.
    """
    first, last = job.day("date_from"), job.day("date_to")
    now = job.now.replace(microsecond=0) + timedelta(seconds=1)
    until = now if last is None else min(now, days.end(last, job.zone) - timedelta(seconds=1))
    to_come = (now + AHEAD).timestamp()
    covered = _mark(session, job, "covered_to", lambda to: to <= to_come) if last is None else None
    since = known = until - timedelta(days=depth)
    oldest = now - timedelta(days=PERIOD_DEPTH_DAYS)
    if isinstance(covered, int):
        known = datetime.fromtimestamp(covered, UTC)
        since = max(known - timedelta(days=overlap), oldest)
    is_gap = False
    if first is not None:
        since = days.start(first, job.zone)
        is_gap = since > max(known, oldest)
    windows = paging.windows(since, until)
    return {"windows": [list(w) for w in windows], "next": 0, **_gap(is_gap)} if windows else None


def _window_fetch(method: str) -> Callable[[WBClient, Job, Position], Page]:
    """Pages of windows of time. A page shorter than was asked for is not the last: an empty one is."""

    def fetch(client: WBClient, job: Job, at: Position) -> Page:
        windows, cursor = at["windows"], at["next"]
        since, until = windows[0]
        rows, following = client.orders_page(cursor, since, until, method_id=method)
        top = at.get("top", until)
        marks = _marks(client, job, at, covered_to=top)
        if rows and following == cursor and cursor:
            return _again(method, at)
        if rows and following:
            return Page(rows, _onward(method, at, following), marks)
        later: Position = {**at, **_BEGUN, "windows": windows[1:], "top": top}
        return Page(rows, later if windows[1:] else None, marks)

    return fetch


def _period_requests(session: Session, job: Job, at: Position) -> int:
    return len(at["windows"])


def _ended(model: Model) -> Stream:
    """The list of a model's ended orders: what was missed while it was new still comes. It says no status."""
    method = f"orders.{model}.ended"
    write = _writer(f"{model}_ended", model)
    fetch = _window_fetch(method)
    return Stream("ended", method, _ended_start, fetch, write, _period_requests, model, writing.read_orders)


# --- The archive -------------------------------------------------------------------------------------------


def _archive_start(session: Session, job: Job) -> Position | None:
    edge = days.of_instant(job.now - timedelta(days=PERIOD_DEPTH_DAYS), job.zone)
    last = job.day("date_to") or edge
    usual = _archive_since(session, job, last)
    first = job.day("date_from") or usual
    is_gap = (first.year, first.month) > (usual.year, usual.month)
    # WB does not say whose months these are: days at an edge may belong to the month beside it.
    ends = (days.start(first, job.zone), days.end(last, job.zone) - timedelta(seconds=1))
    touched = [end.astimezone(zone).date() for end in ends for zone in (job.zone, UTC, MOSCOW)]
    months = paging.months(min(touched), max(touched))
    return {"months": [list(m) for m in months], "next": 0, **_gap(is_gap)} if months else None


def _archive_since(session: Session, job: Job, last: date) -> date:
    to_come = [job.now.year, job.now.month]
    covered = (
        None if job.day("date_to") else _mark(session, job, "covered_month", lambda month: month <= to_come)
    )
    if covered:
        return date(covered[0], covered[1], 1)
    months = last.year * 12 + last.month - 1 - (ARCHIVE_MONTHS - 1)
    return date(months // 12, months % 12 + 1, 1)


def _archive_fetch(client: WBClient, job: Job, at: Position) -> Page:
    months, cursor = at["months"], at["next"]
    year, month = months[0]
    rows, following = client.archive_page(year, month, cursor)
    top = at.get("top", months[0])
    marks = _marks(client, job, at, covered_month=top)
    if rows and following and following == cursor:
        return _again("orders.archive", at)
    if rows and following:
        return Page(rows, {**_onward("orders.archive", at, following), "top": top}, marks)
    later: Position = {**at, **_BEGUN, "months": months[1:], "top": top}
    return Page(rows, later if months[1:] else None, marks)


def _archive_requests(session: Session, job: Job, at: Position) -> int:
    return len(at["months"])


def _write_archive(session: Session, job: Job, rows: Rows) -> WriteResult:
    return writing.write_archive(session, job.seller_id, rows, run_id=job.run_id, now=_now())


# --- Statistics --------------------------------------------------------------------------------------------


def _statistics_start(session: Session, job: Job) -> Position:
    first = job.day("date_from")
    if first is not None:
        return {"date_from": _in_moscow(days.start(first, job.zone))}
    oldest = (job.now.astimezone(MOSCOW) - timedelta(days=STATISTICS_DEPTH_DAYS)).strftime(
        "%Y-%m-%dT00:00:00"
    )
    # Rows come in the order of their change: what any run has read is read, also when it failed later.
    known = (
        None
        if job.day("date_to")
        else _mark(session, job, "last_change", statuses=("done", "failed", "cancelled"))
    )
    return {"date_from": max(known, oldest) if isinstance(known, str) else oldest}


def _in_moscow(moment: datetime) -> str:
    """An instant as the statistics have it: Moscow time without a zone."""
    return moment.astimezone(MOSCOW).strftime("%Y-%m-%dT%H:%M:%S")


def _statistics_fetch(client: WBClient, job: Job, at: Position) -> Page:
    """One page; the next one takes the whole ``lastChangeDate`` of the last row, so its edge comes twice."""
    asked = at["date_from"]
    rows = client.statistics_page(asked)
    following = paging.last_change(rows)
    if rows and following is not None and _first_change(rows) < asked and following <= asked:
        return _again("statistics.orders", at)  # the page before came once more
    if following is None or following <= asked or _after(following, job):
        return Page(rows, None)
    marks = {} if job.params.get("date_from") or job.params.get("date_to") else {"last_change": following}
    if len(rows) < STATISTICS_SHORT_PAGE and _is_slow(job):
        return Page(rows, None, marks)
    return Page(rows, {"date_from": following}, marks)


def _first_change(rows: Sequence[object]) -> str:
    return paging.change_of(rows) or ""


def _after(moment: str, job: Job) -> bool:
    """Whether a Moscow time is later than the day that was the last to be asked for."""
    last = job.day("date_to")
    return last is not None and moment >= _in_moscow(days.end(last, job.zone))


def _is_slow(job: Job) -> bool:
    """Whether the quota of the statistics is one request in hours."""
    limit = group_limit(METHOD_BY_ID["statistics.orders"].group, job.kind, job.environment)
    return limit.interval_s >= SLOW_QUOTA_S


def _write_statistics(session: Session, job: Job, rows: Sequence[object]) -> WriteResult:
    now = _now()

    def part(some: Sequence[object]) -> WriteResult:
        return writing.write_statistics(session, job.seller_id, some, run_id=job.run_id, now=now)

    return _written(rows, part)


# --- The order feed ----------------------------------------------------------------------------------------


def _feed_start(session: Session, job: Job) -> Position | None:
    """By the time of an order's last status. Without dates: what has changed since the last time."""
    first, last = job.day("date_from"), job.day("date_to")
    now = job.now.replace(microsecond=0)
    oldest = now - timedelta(days=FEED_DEPTH_DAYS) + timedelta(minutes=5)  # WB counts from its own "now"
    until = now if last is None else min(now, days.end(last, job.zone) - timedelta(seconds=1))
    to_come = (now + AHEAD).isoformat()
    known = _mark(session, job, "feed_to", lambda to: to <= to_come) if last is None else None
    covered = max(oldest, datetime.fromisoformat(known)) if isinstance(known, str) else oldest
    since = max(oldest, covered - FEED_OVERLAP if first is None else days.start(first, job.zone))
    if since >= until:
        return None
    place = {"start": since.isoformat(), "end": until.isoformat(), "offset": 0, "snapshot": None}
    return {**place, **_gap(since > covered)}


def _feed_fetch(client: WBClient, job: Job, at: Position) -> Page:
    """A page of the snapshot that the first page has opened; what changes meanwhile comes the next time.

    An order is in a snapshot once: a later page that has the first page's first order is no later page.
    """
    page = client.feed_page(at["start"], at["end"], at["offset"], at["snapshot"])
    if at.get("first") is not None and at["first"] in map(_srid, page.rows):
        return _again("order_feed", at)
    rows = [{"currency": page.currency, **row} if isinstance(row, dict) else row for row in page.rows]
    marks = _marks(client, job, at, feed_to=at["end"])
    if len(rows) < FEED_LIMIT:
        return Page(rows, None, marks)
    first = at.get("first") or next(filter(None, map(_srid, rows)), None)
    place = {"offset": at["offset"] + len(rows), "snapshot": page.snapshot, "first": first, "again": 0}
    return Page(rows, {**at, **place}, marks)


def _srid(row: object) -> str | None:
    value = row.get("srid") if isinstance(row, dict) else None
    return value if isinstance(value, str) else None


def _write_feed(session: Session, job: Job, rows: Sequence[object]) -> WriteResult:
    return writing.write_feed(session, job.seller_id, rows, run_id=job.run_id, now=_now())


# --- Statuses and clients: what is asked for comes from the database ---------------------------------------

Ids = Callable[[Session, int, int, int], Sequence[int]]
Write = Callable[..., WriteResult]


def _by_ids(phase: str, model: Model, ids_after: Ids, write_rows: Write) -> Stream:
    """A stream that asks for orders which we have, in batches, by rising id."""
    method = _BY_IDS[phase] if model == "fbs" else f"orders.{model}.{_BY_IDS[phase].rpartition('.')[2]}"

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
        return Page(client.by_ids(method, batch), more)

    def write(session: Session, job: Job, rows: Sequence[object]) -> WriteResult:
        return write_rows(session, job.seller_id, rows, run_id=job.run_id, now=_now())

    return Stream(phase, method, start, fetch, write, _one, model)


_BY_IDS: Final = {"statuses": "orders.status", "deliveries": "orders.delivery", "clients": "orders.client"}


def _statuses(model: Model) -> Stream:
    ids = partial(writing.ids_to_check, model=model)
    return _by_ids("statuses", model, ids, partial(writing.write_statuses, model=model))


def _deliveries(model: Model) -> Stream:
    """The buyer may choose another day until the order has ended."""
    return _by_ids("deliveries", model, partial(writing.ids_to_check, model=model), writing.write_deliveries)


def _clients(model: Model) -> Stream:
    ids = partial(writing.buyers_to_ask, model=model)
    return _by_ids("clients", model, ids, partial(writing.write_clients, model=model))


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


_BEGUN: Final = {"next": 0, "again": 0, "met": None, "steps": 0, "until": 1}
"""Part of the position of a list's first page; the last three are ``_onward``'s."""


def _onward(method: str, at: Position, following: int) -> Position:
    """The position of the next page.

    One cursor that was met is remembered, and replaced after 1, 2, 4, ... pages: whoever walks in a circle
    comes by it again before long (R. P. Brent, "An improved Monte Carlo factorization algorithm", 1980).

    Raises:
        UnexpectedResponseError: the page was there before; the list would have no end.
    """
    if following == at.get("met"):
        raise UnexpectedResponseError(
            method, reason="wrong_shape", http_status=200, detail="the pages' cursors go round in a circle"
        )
    steps, until = at.get("steps", 0) + 1, at.get("until", 1)
    place = {**at, "next": following, "again": 0, "steps": steps, "until": until}
    return place if steps < until else {**place, "met": following, "steps": 0, "until": 2 * until}


def _mark(
    session: Session,
    job: Job,
    name: str,
    fits: Callable[[Any], bool] = lambda _mark: True,
    statuses: Sequence[str] = ("done",),
) -> Any:
    """What the newest earlier run of this source and seller has left under a name; None: nothing.

    Args:
        fits: which marks count: none that a clock has left which was ahead, and was set back since.
    """
    found = session.exec(
        select(Run)
        .where(Run.seller_id == job.seller_id, Run.source == job.source, Run.id != job.run_id)
        .where(Run.status.in_(statuses))  # type: ignore[attr-defined]
        .order_by(Run.finished_at.desc())  # type: ignore[union-attr]
        .limit(50)
    )
    marks = ((row.cursor.get("marks") or {}).get(name) for row in found)
    return next((mark for mark in marks if mark is not None and fits(mark)), None)


def _now() -> datetime:
    return datetime.now(UTC)


# --- The rows ----------------------------------------------------------------------------------------------

PERIOD: Final = Stream(
    "orders",
    "orders.period",
    _period_start,
    _window_fetch("orders.period"),
    _writer("period", "fbs"),
    _period_requests,
    read=writing.read_orders,
)
ARCHIVE: Final = Stream(
    "orders",
    "orders.archive",
    _archive_start,
    _archive_fetch,
    _write_archive,
    _archive_requests,
    read=writing.read_orders,
)
STATISTICS: Final = Stream(
    "orders", "statistics.orders", _statistics_start, _statistics_fetch, _write_statistics, _one
)
FEED: Final = Stream("orders", "order_feed", _feed_start, _feed_fetch, _write_feed, _one)

NEW: Final = {
    "fbs": _new("orders.new", "fbs"),
    "dbs": _new("orders.dbs.new", "dbs"),
    "dbw": _new("orders.dbw.new", "dbw"),
    "click_collect": _new("orders.click_collect.new", "click_collect"),
}
STATUSES: Final = tuple(_statuses(model) for model in MODELS)
"""Of every model: one that has no open orders sends no request."""
DELIVERIES: Final = (_deliveries("dbs"), _deliveries("dbw"))
CLIENTS: Final = tuple(_clients(model) for model in MODELS)


def _of_model(model: Model) -> Source:
    return Source(
        model,
        NEW[model],
        more=(_ended(model),),
        statuses=tuple(stream for stream in STATUSES if stream.model == model),
        deliveries=tuple(stream for stream in DELIVERIES if stream.model == model),
        clients=tuple(stream for stream in CLIENTS if stream.model == model),
        dates=True,
    )


ARCHIVE_DEPTH_DAYS: Final = 5 * 365
"""As far as anybody looks; WB names no end of it."""
SOURCES: Final[Mapping[str, Source]] = MappingProxyType(
    {
        s.id: s
        for s in (
            Source("new", NEW["fbs"], statuses=STATUSES, clients=CLIENTS[:1]),
            Source(
                "all",
                NEW["fbs"],
                more=(NEW["dbs"], NEW["dbw"], NEW["click_collect"]),
                statuses=STATUSES,
                deliveries=DELIVERIES,
                clients=CLIENTS,
            ),
            Source("period", PERIOD, statuses=STATUSES, clients=CLIENTS[:1], dates=True),
            Source("archive", ARCHIVE, clients=CLIENTS[:1], dates=True, depth_days=ARCHIVE_DEPTH_DAYS),
            Source("statistics", STATISTICS, dates=True, depth_days=STATISTICS_DEPTH_DAYS),
            Source("statuses", STATUSES[0], more=STATUSES[1:], offered=False),
            _of_model("dbs"),
            _of_model("dbw"),
            _of_model("click_collect"),
            Source("order_feed", FEED, dates=True, depth_days=FEED_DEPTH_DAYS - 1),
        )
    }
)
"""Ids as in ``import --source`` and on the import page; a new source is a row."""
