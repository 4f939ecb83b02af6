"""How long WB takes to answer, summed up by the hour and later by the day: the trend of a capability."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any, Final

from sqlalchemy import case, delete, insert
from sqlmodel import Session, col, select

from wbcore.store import db
from wbcore.store.models import LatencySample

KEPT_DAYS: Final = 400
HOURLY_DAYS: Final = 14
"""Older latencies are summed up by the day."""


@dataclass(frozen=True, slots=True)
class Latency:
    """Answers of one hour (of one day, when older)."""

    at: datetime
    mean_ms: float
    max_ms: int
    count: int


def sample(session: Session, key_id: int, capability: str, latency_ms: int, now: datetime) -> None:
    """Adds one answer to its hour. The caller commits."""
    hour = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    columns = LatencySample.__table__.c  # type: ignore[attr-defined]
    statement = db.insert(session, LatencySample).values(
        key_id=key_id, capability=capability, at=hour, count=1, total_ms=latency_ms, max_ms=latency_ms
    )
    statement = statement.on_conflict_do_update(
        index_elements=["key_id", "capability", "at"],
        set_={
            "count": columns.count + 1,
            "total_ms": columns.total_ms + latency_ms,
            "max_ms": case((columns.max_ms < latency_ms, latency_ms), else_=columns.max_ms),
        },
    )
    session.connection().execute(statement)


def trend(session: Session, key_id: int, since: datetime | None = None) -> dict[str, list[Latency]]:
    """Capability -> its latencies, oldest first."""
    query = select(LatencySample).where(LatencySample.key_id == key_id).order_by(col(LatencySample.at))
    if since is not None:
        query = query.where(col(LatencySample.at) >= since)
    found: dict[str, list[Latency]] = {}
    for row in session.exec(query.execution_options(populate_existing=True)):
        point = Latency(row.at, row.total_ms / max(1, row.count), row.max_ms, row.count)
        found.setdefault(row.capability, []).append(point)
    return found


def thin(session: Session, now: datetime) -> int:
    """Old hours become days, what is older than KEPT_DAYS goes. Returns how many rows. The caller commits."""
    connection = session.connection()
    forgotten = delete(LatencySample).where(col(LatencySample.at) < now - timedelta(days=KEPT_DAYS))
    gone = connection.execute(forgotten).rowcount
    edge = datetime.combine((now - timedelta(days=HOURLY_DAYS)).astimezone(UTC).date(), time(), UTC)
    days: dict[tuple[int, str, datetime], list[int]] = {}
    old: list[LatencySample] = [
        *session.exec(select(LatencySample).where(col(LatencySample.at) < edge)).all()
    ]
    for row in old:
        day = row.at.replace(hour=0)
        sums = days.setdefault((row.key_id, row.capability, day), [0, 0, 0, 0])
        sums[:] = [sums[0] + row.count, sums[1] + row.total_ms, max(sums[2], row.max_ms), sums[3] + 1]
    crowded = {place: sums for place, sums in days.items() if sums[3] > 1}
    if not crowded:
        return gone
    for key_id, capability, day in crowded:
        hours = delete(LatencySample).where(
            col(LatencySample.key_id) == key_id,
            col(LatencySample.capability) == capability,
            col(LatencySample.at) >= day,
            col(LatencySample.at) < day + timedelta(days=1),
        )
        gone += connection.execute(hours).rowcount
    rows: list[dict[str, Any]] = [
        {"key_id": key, "capability": name, "at": day, "count": n, "total_ms": total, "max_ms": most}
        for (key, name, day), (n, total, most, _) in crowded.items()
    ]
    connection.execute(insert(LatencySample), rows)
    session.expire_all()
    return gone - len(rows)
