"""``import`` and ``runs``: orders brought in, and the history of that."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from wbcore.cli.options import FirstDay, Json, KeyName, LastDay, OptionalKeyName, parse_days
from wbcore.cli.output import FAILED, WrongUsageError, finish, out

if TYPE_CHECKING:
    from wbcore.store.models import Run


class Source(StrEnum):
    """What can be imported."""

    new = "new"
    period = "period"
    archive = "archive"
    statistics = "statistics"
    dbs = "dbs"
    dbw = "dbw"
    click_collect = "click_collect"
    all = "all"
    order_feed = "order_feed"


def import_orders(
    key: KeyName,
    source: Annotated[Source, typer.Option(help=out.text("help-source"))] = Source.new,
    since: FirstDay = None,
    until: LastDay = None,
    statuses: Annotated[bool, typer.Option(help=out.text("help-statuses"))] = True,
    clients: Annotated[bool, typer.Option(help=out.text("help-clients"))] = False,
    _json: Json = False,
) -> None:
    """Imports in the foreground until done; Ctrl+C stops it after the page at hand, or, where somebody else
    has begun it, the looking on."""
    first, last = parse_days(since, until)
    _check_days(source, first, last)
    from wbcore.cli import database
    from wbcore.imports import foreground, working
    from wbcore.store.models import ACTIVE_STATUSES

    database.prepare()
    database.require_token(key)
    working.settle()
    _tell_how_far_back(source, first, last)
    with _progress() as show, _refused_kindly():
        run = foreground.run_import(
            key,
            source.value,
            date_from=first,
            date_to=last,
            statuses=statuses,
            clients=clients,
            on_progress=show,
            on_left=_tell_left,
        )
    if run.status in ACTIVE_STATUSES:
        _tell_left(run)
        raise typer.Exit(FAILED)
    document = _tell(run)
    if run.status == "cancelled":
        raise typer.Exit(FAILED)
    finish(document["diagnoses"])


def _tell(run: Run) -> dict[str, Any]:
    """Shows a run, and its document. This command's part in one that is still active is over: for scripts it
    is cancelled, and ``goes_on`` says whether others go on with it."""
    from wbcore.cli import database
    from wbcore.guidance import terminal
    from wbcore.store.models import ACTIVE_STATUSES

    document = database.run_document(run, out.lang)
    document["goes_on"] = run.status in ACTIVE_STATUSES and not run.cancel_requested
    if run.status in ACTIVE_STATUSES:
        document["status"] = "cancelled"
    database.with_incidents(document, [document])
    out.result(document, lambda: terminal.run(document, out.lang, run.params))
    return document


def _tell_left(run: Run) -> None:
    """Of an import that is left before its end: that nothing of it is lost, or that it goes on without this
    command."""
    from wbcore.store.models import ACTIVE_STATUSES

    if out.json:
        _tell(run)
    elif run.status in ACTIVE_STATUSES and not run.cancel_requested:
        out.note("left-to-others", key=run.key_name)
    else:
        out.note("stopped-at-once")


@contextmanager
def _refused_kindly() -> Iterator[None]:
    """A second import of a key waits for the first."""
    from wbcore.imports.runs import AlreadyRunning

    try:
        yield
    except AlreadyRunning as error:
        raise WrongUsageError(out.text("already-running", key=error.run.key_name)) from None


def _check_days(source: Source, first: date | None, last: date | None) -> None:
    from wbcore.store import days

    if source in (Source.new, Source.all) and (first or last):
        raise WrongUsageError(out.text("dates-not-for-new"))
    # Somebody's day may have begun where the zone's has not.
    tomorrow = days.today() + timedelta(days=1)
    for day in (first, last):
        if day is not None and day > tomorrow:
            raise WrongUsageError(out.text("future-date", day=day.isoformat()))


def _tell_how_far_back(source: Source, first: date | None, last: date | None) -> None:
    """An empty import of days that WB no longer has would look as if there had been no orders."""
    from wbcore.imports.sources import SOURCES
    from wbcore.store import days

    depth = SOURCES[source.value].depth_days
    earliest = days.today() - timedelta(days=depth)
    if not out.json and any(day is not None and day < earliest for day in (first, last)):
        hint = "too-long-ago-period" if source is Source.period else "too-long-ago"
        out.note(hint, first=earliest.isoformat(), days=depth)


@contextmanager
def _progress() -> Iterator[Callable[[Run], None] | None]:
    """A line that moves with each page, on stderr; nothing for scripts."""
    if out.json or not out.errors.is_terminal:
        yield None
        return
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=out.errors, transient=True) as progress:
        task = progress.add_task(out.text("phase-start"), total=None)
        yield lambda run: progress.update(task, description=_describe(run))


def _describe(run: Run) -> str:
    from wbcore.guidance.texts import t

    if run.cancel_requested:
        return out.text("stopping")
    phase = t(out.lang, f"phase-{run.phase}") if run.phase else out.text("phase-start")
    counts = out.text("progress", fetched=run.fetched, requests=run.requests)
    if run.status != "waiting" or run.wait_until is None:
        return f"{phase}: {counts}"
    seconds = max(0, round((run.wait_until - datetime.now(UTC)).total_seconds()))
    return f"{phase}: {counts}, {out.text('progress-wait', seconds=seconds)}"


def runs(
    key: OptionalKeyName = None,
    limit: Annotated[int, typer.Option(min=1, max=100_000, help=out.text("help-runs-limit"))] = 50,
    _json: Json = False,
) -> None:
    """The import history, newest first."""
    from wbcore.cli import database
    from wbcore.guidance import terminal

    database.prepare(secret=False)
    one_more = database.run_documents(key, limit + 1, out.lang)
    found = one_more[:limit]
    out.result({"runs": found}, lambda: terminal.runs(found, out.lang))
    if len(one_more) > limit and not out.json:
        out.note("runs-shown", count=limit)
