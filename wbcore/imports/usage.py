"""What a key is used for: the imports and schedules that need it, and the methods that they ask.

A few statements for any number of keys.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import func
from sqlmodel import Session, col, select

from wbcore.imports.sources import SOURCES
from wbcore.store.models import Run, Schedule
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
    imports: dict[int, dict[str, datetime]] = {}
    failed: dict[int, list[str]] = {}
    for key_id, source, status, at in _recent(session, ids, now):
        imports.setdefault(key_id, {})[source] = at
        if status == RunStatus.FAILED:
            failed.setdefault(key_id, []).append(source)
    schedules: dict[int, list[Schedule]] = {}
    for one in session.exec(select(Schedule).where(col(Schedule.key_id).in_(ids), col(Schedule.enabled))):
        schedules.setdefault(one.key_id, []).append(one)
    last = _last(session, ids)
    return {
        key_id: Usage(
            imports=imports.get(key_id, {}),
            schedules=tuple(one.source for one in schedules.get(key_id, [])),
            paused=tuple(one.source for one in schedules.get(key_id, []) if one.paused_reason),
            failed=tuple(failed.get(key_id, ())),
            last=last.get(key_id),
        )
        for key_id in ids
    }


def _recent(session: Session, ids: list[int], now: datetime) -> list[tuple[int, str, str, datetime]]:
    """Key, source, how it ended and when it began, of the newest import of each source."""
    newest = (
        select(Run.key_id, Run.source, func.max(Run.created_at).label("at"))
        .where(col(Run.key_id).in_(ids), col(Run.created_at) > now - RECENTLY)
        .group_by(col(Run.key_id), col(Run.source))
        .subquery()
    )
    same = (col(Run.key_id) == newest.c.key_id) & (col(Run.source) == newest.c.source)
    query = select(Run.key_id, Run.source, Run.status, Run.created_at).join(
        newest, same & (col(Run.created_at) == newest.c.at)
    )
    found = session.exec(query.order_by(col(Run.source)))
    return [(key_id, source, status, at) for key_id, source, status, at in found if key_id is not None]


def _last(session: Session, ids: list[int]) -> dict[int, tuple[str, str, datetime]]:
    newest = (
        select(Run.key_id, func.max(Run.created_at).label("at"))
        .where(col(Run.key_id).in_(ids))
        .group_by(col(Run.key_id))
        .subquery()
    )
    query = select(Run.key_id, Run.source, Run.status, Run.created_at).join(
        newest, (col(Run.key_id) == newest.c.key_id) & (col(Run.created_at) == newest.c.at)
    )
    return {k: (source, status, at) for k, source, status, at in session.exec(query) if k is not None}


def methods_in_use(found: Usage) -> frozenset[str]:
    """Ids of the methods that this key's imports ask."""
    return frozenset(
        stream.method
        for source in found.sources
        if source in SOURCES
        for stream in SOURCES[source].streams({"statuses": True, "clients": True})
    )
