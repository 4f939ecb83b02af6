"""Wrong passwords: after a few of them in a row, an account, or an address, has to wait.

An attempt is counted before the password is looked at, and taken back if it was right: of many that come at
the same moment only so many are looked at as would be one after the other.
"""

from __future__ import annotations

import hashlib
import ipaddress
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from sqlmodel import Session, col, delete, select, update

from wbcore.store import db
from wbcore.store.models import SignInFailure

ALLOWED: Final = {"account": 5, "address": 20}
"""So many may fail before the first wait."""
FIRST_WAIT: Final = timedelta(seconds=30)
LONGEST_WAIT: Final = timedelta(minutes=15)
FORGOTTEN: Final = timedelta(hours=1)
"""Failures are counted no longer once there was none for this time."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One that was counted, or was not let in.

    Attributes:
        wait_until: until when no password is looked at; None: this one is.
        former: subject -> when it had failed last, to be put back if this one was right; None: never.
    """

    wait_until: datetime | None = None
    former: Mapping[str, datetime | None] = field(default_factory=dict)


def of_account(name: str) -> str:
    """What is counted, by a hash: the name may be a password typed in the wrong field."""
    return f"account:{hashlib.sha256(name.casefold().encode()).hexdigest()[:32]}"


def of_address(address: str) -> tuple[str, ...]:
    """An address, or the network that one household has: IPv6 gives each of them 2^64 addresses."""
    if not address:
        return ()
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return (f"address:{address[:60]}",)
    if found.version == 6:
        found = ipaddress.IPv6Network((found, 64), strict=False).network_address
    return (f"address:{found}",)


def begin(session: Session, counted: Iterable[str], now: datetime) -> Attempt:
    """Counts an attempt, unless it has to wait; the caller commits before it looks at the password."""
    names = sorted(counted)
    for name in names:  # whoever comes in the same moment waits here for the end of this transaction
        fresh = db.insert(session, SignInFailure).values(subject=name, count=0, last_at=now)
        same = {"subject": SignInFailure.subject}
        session.connection().execute(fresh.on_conflict_do_update(index_elements=["subject"], set_=same))
    query = select(SignInFailure).where(col(SignInFailure.subject).in_(names))
    rows = session.exec(query.execution_options(populate_existing=True)).all()
    ends = [end for row in rows if (end := _end(row, now)) is not None and end > now]
    if ends:
        return Attempt(max(ends))
    former = {row.subject: row.last_at if row.count else None for row in rows}
    for row in rows:
        row.count = 1 if _is_forgotten(row, now) else row.count + 1
        row.last_at = now
        session.add(row)
    return Attempt(former=former)


def was_right(session: Session, attempt: Attempt, now: datetime) -> None:
    """It was no failure: the account is forgiven. An address is not: who knows one account guesses others."""
    for name, before in attempt.former.items():
        if name.startswith("account:"):
            session.exec(delete(SignInFailure).where(col(SignInFailure.subject) == name))
            continue
        same = col(SignInFailure.subject) == name
        less = update(SignInFailure).where(same).values(count=SignInFailure.count - 1)
        session.exec(less)
        if before is not None:  # and nobody has failed since
            last = update(SignInFailure).where(same, col(SignInFailure.last_at) == now)
            session.exec(last.values(last_at=before))


def forget_old(session: Session, now: datetime) -> int:
    """Deletes what is counted no more; how many. The caller commits."""
    lately = col(SignInFailure.last_at).between(now - FORGOTTEN, now + FORGOTTEN)
    return session.exec(delete(SignInFailure).where(~lately)).rowcount


def _is_forgotten(row: SignInFailure, now: datetime) -> bool:
    """Also what a clock has written that was ahead then: nobody waits until its time comes."""
    return abs(now - row.last_at) > FORGOTTEN


def _end(row: SignInFailure, now: datetime) -> datetime | None:
    over = row.count - ALLOWED[row.subject.partition(":")[0]]
    if over < 0 or _is_forgotten(row, now):
        return None
    wait: timedelta = min(LONGEST_WAIT, FIRST_WAIT * (1 << min(over, 10)))
    return row.last_at + wait
