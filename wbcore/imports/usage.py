"""What a key is used for: the imports and schedules that need it, and the methods that they ask.

A few statements for any number of keys.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import select as columns
from sqlmodel import Session, col, select

from wbcore.imports.runs import newest
from wbcore.imports.sources import SOURCES
from wbcore.store.models import Key, Run, Schedule
from wbcore.store.states import RunStatus

RECENTLY = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Usage:
    """What needs one key.

    Attributes:
        imports: sources that were imported with it in the last 30 days -> when the last import began.
        schedules: sources with a schedule that is switched on.
        paused: those of them that stand still because of a failure.
        failed: sources among ``imports`` whose last import has failed.
        last: source, status and time of the last import.
    """

    imports: Mapping[str, datetime] = field(default_factory=dict)
    schedules: tuple[str, ...] = ()
    paused: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    last: tuple[str, str, datetime] | None = None

    @property
    def sources(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*self.schedules, *self.imports)))


def usage(session: Session, key_ids: Iterable[int], now: datetime) -> dict[int, Usage]:
    """Of each of these keys; three statements."""
    ids = list(key_ids)
    if not ids:
        return {}
    recent, last = _newest(session, ids, now)
    schedules: dict[int, list[Schedule]] = {}
    for one in session.exec(select(Schedule).where(col(Schedule.key_id).in_(ids), col(Schedule.enabled))):
        schedules.setdefault(one.key_id, []).append(one)
    return {
        key_id: Usage(
            imports={source: at for source, _, at in recent.get(key_id, ())},
            schedules=tuple(one.source for one in schedules.get(key_id, [])),
            paused=tuple(one.source for one in schedules.get(key_id, []) if one.paused_reason),
            failed=tuple(
                source for source, status, _ in recent.get(key_id, ()) if status == RunStatus.FAILED
            ),
            last=last.get(key_id),
        )
        for key_id in ids
    }


_Began = tuple[str, str, datetime]
"""Source and status of an import, and when it began."""


def _newest(
    session: Session, ids: list[int], now: datetime
) -> tuple[dict[int, list[_Began]], dict[int, _Began]]:
    """By key its newest import of each source of late, and its newest one."""
    late = col(Run.created_at) > now - RECENTLY
    of_late = (newest(Run.id, late, Run.source == source) for source in sorted(SOURCES))
    looks = columns(col(Key.id), newest(Run.id), *of_late)
    found = session.execute(looks.where(col(Key.id).in_(ids))).all()
    wanted = {run_id for _, *run_ids in found for run_id in run_ids if run_id is not None}
    runs = columns(col(Run.id), col(Run.source), col(Run.status), col(Run.created_at))
    began = {run_id: tuple(told) for run_id, *told in session.execute(runs.where(col(Run.id).in_(wanted)))}
    return (
        {key_id: [began[one] for one in of_sources if one in began] for key_id, _, *of_sources in found},
        {key_id: began[last] for key_id, last, *_ in found if last in began},
    )


def methods_in_use(found: Usage) -> frozenset[str]:
    """Ids of the methods that this key's imports ask."""
    return frozenset(
        stream.method
        for source in found.sources
        if source in SOURCES
        for stream in SOURCES[source].streams({"statuses": True, "clients": True})
    )
