"""How each key goes on: its last import, the next one, its open problems; two statements for all of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlmodel import Session, col, func, select

from wbcore.guidance import checklist
from wbcore.imports.runs import newest
from wbcore.store.models import Key, Run, Schedule
from wbcore.store.states import RunStatus

FRESH: Final = ("new", "all", "period", "statuses", "dbs", "dbw", "click_collect")
"""Sources that bring what the day's figures count: the others are of other tables, or of long ago."""


@dataclass(frozen=True, slots=True)
class KeyGlance:
    """A key with its imports and problems.

    Attributes:
        status: of its last import; "": there was none.
        at: when that ended, or began where it goes on.
        next_at: when the next one is due; None: nothing repeats by itself.
        problems: open checklists of its own, without those that were put off, which are ``put_off``.
        done_at: when the seller's last one that went well ended, of those whose orders the day's figures are
            of; None: none has.
        outages: ids of the checklists of outages that it is part of, with other keys.
    """

    key_id: int
    seller_id: int
    run_id: str
    status: str
    at: datetime | None
    next_at: datetime | None
    problems: int
    put_off: int
    done_at: datetime | None = None
    outages: frozenset[str] = frozenset()


def problems_of(keys: Iterable[KeyGlance]) -> int:
    """How many problems keys have together: an outage is one, however many of them it concerns."""
    there = list(keys)
    return sum(key.problems for key in there) + len(frozenset().union(*(key.outages for key in there)))


def of_keys(session: Session, now: datetime) -> Sequence[KeyGlance]:
    """All keys that whoever asks may know of."""
    # Each is the end of one stretch of an index, however many imports there were of whatever kind.
    done = [
        select(func.max(Run.finished_at))
        .where(Run.seller_id == Key.seller_id, Run.source == source, Run.status == RunStatus.DONE)
        .correlate(Key)
        .scalar_subquery()
        for source in FRESH
    ]
    coming = (
        select(func.min(Schedule.next_at))
        .where(Schedule.key_id == Key.id, col(Schedule.enabled), Schedule.paused_reason == "")
        .correlate(Key)
        .scalar_subquery()
    )
    problems = checklist.open_count(Key.id, now), checklist.put_off_count(Key.id, now)
    query = (
        select(  # type: ignore[call-overload]
            Key.id,
            Key.seller_id,
            Run.id,
            Run.status,
            Run.finished_at,
            Run.created_at,
            coming,
            *problems,
            *done,
        )
        .select_from(Key)
        .outerjoin(Run, col(Run.id) == newest(Run.id))
        .order_by(col(Key.name))
    )
    shared: dict[int, set[str]] = {}
    for row in checklist.open_incidents(session, now):
        for one in checklist.concerned(row):
            shared.setdefault(one, set()).add(row.id)
    rows = session.exec(query)
    return [
        KeyGlance(
            key_id,
            seller_id,
            run_id or "",
            status or "",
            ended or begun,
            next_at,
            count,
            put_off,
            max(filter(None, done_at), default=None),
            frozenset(shared.get(key_id, ())),
        )
        for key_id, seller_id, run_id, status, ended, begun, next_at, count, put_off, *done_at in rows
    ]
