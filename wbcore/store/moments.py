"""What a clock has written that was ahead, and was set right since, is brought back into the past.

An import of "next spring" would be a key's last one until then, and a problem that was met then would not be
solved by what goes well now.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Table, func, inspect, or_, select, update
from sqlmodel import Session, SQLModel

from wbcore.store.models import (
    ACTIVE_STATUSES,
    CapabilityChange,
    CapabilityState,
    Checklist,
    Key,
    Run,
    Schedule,
)

SLACK: Final = timedelta(hours=1)
"""A clock that is ahead by less is overtaken soon, and one of many machines may be."""
HAPPENED: Final[Mapping[type[SQLModel], Sequence[str]]] = {
    Run: ("created_at", "started_at", "finished_at"),
    Checklist: ("created_at", "opened_at", "updated_at", "reminded_at", "closed_at"),
    CapabilityState: ("checked_at", "since", "worked_at"),
    CapabilityChange: ("at",),
    Key: ("created_at", "verified_at", "token_saved_at"),
    Schedule: ("paused_at", "skipped_at"),
}
"""When something has happened: what is to come has its own ways (``imports.schedules``, ``store.chores``)."""


def pull_back(session: Session, now: datetime) -> int:
    """Moves what has happened later than now by as much as the latest of it is; what came first stays first.

    Returns:
        How many rows were moved. The caller commits.
    """
    latest = max((at for model in HAPPENED for at in _latest(session, model, now + SLACK)), default=None)
    if latest is None:
        return 0
    return sum(_move(session, model, now + SLACK, latest - now) for model in HAPPENED)


def _ahead(model: type[SQLModel], limit: datetime) -> list[Any]:
    """The condition for its rows: what is under way is somebody's."""
    columns = _table(model).c
    later = or_(*(columns[name] > limit for name in HAPPENED[model]))
    return [later, columns.status.not_in(ACTIVE_STATUSES)] if model is Run else [later]


def _latest(session: Session, model: type[SQLModel], limit: datetime) -> Iterator[datetime]:
    columns = _table(model).c
    found = select(*(func.max(columns[name]) for name in HAPPENED[model])).where(*_ahead(model, limit))
    yield from filter(None, session.connection().execute(found).one())


def _move(session: Session, model: type[SQLModel], limit: datetime, by: timedelta) -> int:
    table, names, moved = _table(model), list(HAPPENED[model]), 0
    keys = list(table.primary_key.columns)
    more = ["members"] if model is Checklist else []
    wanted = [*keys, *(table.c[name] for name in (*names, *more))]
    for row in session.connection().execute(select(*wanted).where(*_ahead(model, limit))).mappings().all():
        values: dict[str, Any] = {
            name: row[name] - by for name in names if row[name] is not None and row[name] > limit
        }
        if more and row["members"]:
            values["members"] = [_moved(one, limit, by) for one in row["members"]]
        same = [key == row[key.name] for key in keys]
        still = [table.c[name] == row[name] for name in values if name in names]
        moved += session.connection().execute(update(table).where(*same, *still).values(values)).rowcount
    return moved


def _moved(member: Mapping[str, Any], limit: datetime, by: timedelta) -> dict[str, Any]:
    """One key of an incident."""
    told = {name: datetime.fromisoformat(member[name]) for name in ("since", "last") if member.get(name)}
    return {**member, **{name: (at - by).isoformat() for name, at in told.items() if at > limit}}


def _table(model: type[SQLModel]) -> Table:
    found: Table = inspect(model).local_table
    return found
