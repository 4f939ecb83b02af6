"""Checklists: a problem that somebody has to solve, kept in the database until it is.

Created when a problem is found, told that it has come again, closed by whoever sees it solved, opened again
with its history when it comes back. Steps that the program can see done tick themselves (see ``rules``); the
operators' ticks are kept with who and when. How a checklist is drawn, ``cards`` says. Nobody else reads this
table.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, case, func, update
from sqlmodel import Session, col, or_, select

from wbcore.guidance import incidents, rules
from wbcore.guidance.codes import BY_OTHER_KEY, ENDED_BY_TIME, FOR_THE_IMPORT, OF_THE_TOKEN
from wbcore.guidance.diagnosis import Diagnosis, Step
from wbcore.guidance.rules import Case
from wbcore.store import db
from wbcore.store.models import Alert, Checklist, Key, Run
from wbcore.store.states import SEVERITY_RANK, Severity

SYSTEM: Final = "system"
SOLVED: Final = "solved"
HEALED: Final = "healed"
DISMISSED: Final = "dismissed"
MERGED: Final = "merged"
OVERTAKEN: Final = "overtaken"
REPLACED: Final = "replaced"
REMOVED: Final = "removed"
OVER: Final = (SOLVED, HEALED, REPLACED, REMOVED)
"""Endings of a problem that is there no more."""
QUIET: Final = (MERGED, OVERTAKEN)
"""Endings of a problem that another checklist goes on with."""
REOPENED: Final = ("reopened", "reopened-by")
"""What is remembered when a problem is there again: by itself, or because a person says so."""
AT_ONCE: Final = timedelta(minutes=1)
"""So soon after an import it is its success that has closed a checklist."""
PAST_KEPT: Final = 50


# --- Opening ------------------------------------------------------------------------------------------------


def subject_of(diagnosis: Diagnosis) -> str:
    """What a key's diagnosis is about: one category or one method, so that one problem has one checklist."""
    if diagnosis.code in OF_THE_TOKEN:
        return ""
    return diagnosis.required_category or str(diagnosis.details.get("endpoint") or "")


def each_once(found: Iterable[Diagnosis]) -> list[Diagnosis]:
    """The first of those that say the same of one thing: of the token, a category, a method, a host."""
    told: dict[tuple[str, str, str], Diagnosis] = {}
    for one in found:
        about = "" if one.traits.whole_token else incidents.subject_of(one, "") or subject_of(one)
        told.setdefault((one.code, one.cause, about), one)
    return list(told.values())


def open_or_update(
    session: Session, diagnosis: Diagnosis, key: Key | None, run_id: str | None = None
) -> Checklist:
    """The checklist of a problem: the open one, told that it came again; the last one, opened again; or new.

    What an operator has put aside as not relevant stays aside until an import fails, or the token is another.

    The caller commits.
    """
    now = datetime.now(UTC)
    if key is not None and key.id is not None:
        shared = _shared_subject(session, diagnosis, key, now)
        if shared is not None:
            return _join(session, diagnosis, key, shared, run_id, now)
    key_id = key.id if key is not None else None
    environment = key.environment if key is not None else ""
    found = _kept(session, diagnosis, key_id, subject_of(diagnosis), environment, now)
    if found.closed_at is not None:
        if _stays_aside(found, diagnosis, run_id):
            return found
        _open_again(session, found, now)
    if not _only_a_warning_again(found, diagnosis):
        found.severity = diagnosis.severity
        found.diagnosis = diagnosis.to_record()
    found.updated_at = now if run_id or found.run_id is None else found.updated_at
    found.run_id = run_id or found.run_id
    session.add(found)
    if found.code == "token_expired":
        _overtake(session, key_id, now)
    return found


def _overtake(session: Session, key_id: int | None, now: datetime) -> None:
    """That a token will expire is not told beside that it has."""
    before = _last(session, key_id, "token_expiring", "")
    if before is not None and before.closed_at is None:
        _close(before, OVERTAKEN, SYSTEM, now)
        session.add(before)


def _kept(  # noqa: PLR0917 (a problem is that much)
    session: Session, diagnosis: Diagnosis, key_id: int | None, subject: str, environment: str, now: datetime
) -> Checklist:
    """The checklist that a problem has, or a new one."""
    found = _last(session, key_id, diagnosis.code, subject)
    if found is not None:
        return found
    made = _new(diagnosis, key_id, subject, environment, now)
    if db.add_first(session, made):
        return made
    return _last(session, key_id, diagnosis.code, subject) or made


def _new(
    diagnosis: Diagnosis, key_id: int | None, subject: str, environment: str, now: datetime
) -> Checklist:
    return Checklist(
        id=secrets.token_urlsafe(9),
        key_id=key_id,
        code=diagnosis.code,
        subject=subject,
        environment=environment,
        severity=diagnosis.severity,
        diagnosis=diagnosis.to_record(),
        created_at=now,
        opened_at=now,
        updated_at=now,
    )


def _last(session: Session, key_id: int | None, code: str, subject: str) -> Checklist | None:
    """The open checklist of a problem, else the one that was closed last."""
    query = select(Checklist).where(Checklist.code == code, Checklist.subject == subject)
    mine = col(Checklist.key_id).is_(None) if key_id is None else Checklist.key_id == key_id
    open_first = (col(Checklist.closed_at).is_not(None), col(Checklist.updated_at).desc())
    return session.exec(query.where(mine).order_by(*open_first).limit(1)).first()


def _only_a_warning_again(found: Checklist, diagnosis: Diagnosis) -> bool:
    """A warning about the token says less than the failure that is already here."""
    return found.closed_at is None and found.severity == "error" and diagnosis.severity != "error"


def _stays_aside(found: Checklist, diagnosis: Diagnosis, run_id: str | None) -> bool:
    before = found.diagnosis.get("params", {}).get("fingerprint")
    return found.ended == DISMISSED and run_id is None and before == diagnosis.params.get("fingerprint")


def _open_again(session: Session, row: Checklist, now: datetime, who: str = SYSTEM) -> None:
    """A problem that was thought solved is back: its ticks prove nothing any more, its history stays."""
    at = now.isoformat(timespec="seconds")
    row.ticks = {
        step: {"done": False, "who": SYSTEM, "at": at, "was_done": True}
        for step, state in row.ticks.items()
        if state.get("done") or state.get("was_done")
    }
    _remember(row, REOPENED[who != SYSTEM], who, now)
    row.closed_at, row.ended, row.solved_by, row.route = None, "", "", ""
    row.opened_at = row.updated_at = now
    row.severity = "warning"  # the diagnosis that opens it says how bad it is
    row.reminded_at = None
    _begin_telling_anew(session, row, now)
    session.add(row)


def _begin_telling_anew(session: Session, row: Checklist, now: datetime) -> None:
    """What was told of the time before stays on record with the instant of its end, of which there is no
    second one; this time is told by itself. What waited to be told of that time is so no more."""
    waits = update(Alert).where(col(Alert.checklist_id) == row.id, col(Alert.status) == "pending")
    session.connection().execute(waits.values(status="void"))
    told = update(Alert).where(col(Alert.checklist_id) == row.id, col(Alert.event).not_like("%-%"))
    session.connection().execute(told.values(event=Alert.event + f"-{now:%Y%m%dT%H%M%S%f}"))


def _remember(row: Checklist, event: str, who: str, now: datetime, word: str = "") -> None:
    entry = {"event": event, "at": now.isoformat(timespec="seconds"), "who": who, "word": word}
    row.past = [*row.past, entry][-PAST_KEPT:]


# --- Incidents ----------------------------------------------------------------------------------------------


def _shared_subject(session: Session, diagnosis: Diagnosis, key: Key, now: datetime) -> str | None:
    """What an outage is called that this failure belongs to; None: it is the key's own."""
    subject = incidents.subject_of(diagnosis, key.environment)
    if subject is not None or not incidents.is_denial(diagnosis) or diagnosis.severity != "error":
        return subject
    own = subject_of(diagnosis)
    shared = f"{key.environment}:{own}"
    known = _last(session, None, diagnosis.code, shared)
    if known is not None and known.closed_at is None:
        return shared
    same = incidents.same_denials(session, diagnosis, own, key, now)
    return shared if len(same) + 1 >= incidents.MANY else None


def _join(  # noqa: PLR0917 (a member is that much)
    session: Session, diagnosis: Diagnosis, key: Key, subject: str, run_id: str | None, now: datetime
) -> Checklist:
    """The incident, with this key and method among those whom it concerns."""
    assert key.id is not None
    row = _kept(session, diagnosis, None, subject, key.environment, now)
    if row.closed_at is not None and _stays_aside(row, diagnosis, run_id):
        return row
    _lock(session, row)
    if row.closed_at is not None:
        _open_again(session, row, now)
        row.members = []
    endpoint = str(diagnosis.details.get("endpoint") or "")
    row.members = incidents.with_member(row, key.id, endpoint, run_id, now)
    row.diagnosis = diagnosis.to_record()
    row.severity = diagnosis.severity
    row.updated_at = now
    row.run_id = run_id or row.run_id
    if diagnosis.code not in incidents.SHARED:
        _take_over(session, row, diagnosis, key, now)
    session.add(row)
    session.flush()
    incidents.keep_keys(session, row)
    session.flush()
    return row


def _take_over(session: Session, row: Checklist, diagnosis: Diagnosis, key: Key, now: datetime) -> None:
    """The checklists of single keys that have told of the same refusal become members."""
    endpoint = str(diagnosis.details.get("endpoint") or "")
    for one in incidents.same_denials(session, diagnosis, subject_of(diagnosis), key, now):
        if one.key_id is not None:
            row.members = incidents.with_member(row, one.key_id, endpoint, one.run_id, now)
        _close(one, MERGED, SYSTEM, now)
        session.add(one)


# --- Steps that verify themselves ---------------------------------------------------------------------------


def refresh(session: Session, key_id: int | None = None, now: datetime | None = None) -> list[Checklist]:
    """Verifies the steps of open checklists against the database; closes what is solved.

    The caller commits.

    Args:
        key_id: only those of this key's seller: what one key does may solve another one's problem.

    Returns:
        Those that were closed by this call.
    """
    return _refresh(session, _open_of_seller(session, key_id), now)


def refresh_unattended(session: Session, now: datetime) -> list[Checklist]:
    """As ``refresh``, of those that may be solved though no key has done anything: by time, and incidents,
    which whoever does not see all of their keys leaves as they are."""
    of_nobody = or_(col(Checklist.code).in_(ENDED_BY_TIME), col(Checklist.key_id).is_(None))
    rows = session.exec(select(Checklist).where(col(Checklist.closed_at).is_(None), of_nobody))
    return _refresh(session, rows.all(), now)


def _refresh(session: Session, rows: Sequence[Checklist], now: datetime | None) -> list[Checklist]:
    with _at_hand(session, rows):
        return [row for row in rows if _verify(session, row, now or datetime.now(UTC))]


@contextmanager
def _at_hand(session: Session, rows: Sequence[Checklist]) -> Iterator[None]:
    """Keys and failed imports of all these, asked for at once: to look one up here asks nothing."""
    keys = select(Key).where(col(Key.id).in_({row.key_id for row in rows} - {None}))
    failed = select(Run).where(col(Run.id).in_({row.run_id for row in rows} - {None}))
    held = session.exec(keys).all(), session.exec(failed).all()
    yield
    del held


def _open_of_seller(session: Session, key_id: int | None) -> list[Checklist]:
    """What is open of a key's seller, put off or not, and all incidents; None: all that is open."""
    query = select(Checklist).where(col(Checklist.closed_at).is_(None))
    if key_id is not None:
        seller = select(Key.seller_id).where(Key.id == key_id).scalar_subquery()
        keys = select(Key.id).where(col(Key.seller_id) == seller)
        others = Checklist.code == "wrong_environment"  # solved by a key of another environment's seller
        query = query.where(or_(col(Checklist.key_id).in_(keys), col(Checklist.key_id).is_(None), others))
    return list(session.exec(query.order_by(col(Checklist.id))).all())


def _verify(session: Session, row: Checklist, now: datetime) -> bool:
    if incidents.concerns_others(session, row):
        return False  # who does not see them all can't tell that it is over; a worker can
    states, gone = _looked_at(session, row, now)
    changed = any(bool((row.ticks.get(s) or {}).get("done")) != done for s, done in states.items())
    if not changed and not gone and _way_gone(row) is None:
        return False
    _lock(session, row)
    if row.closed_at is not None:
        return False  # somebody was quicker, and has said how it ended
    if row.key_id is not None:
        session.get(Key, row.key_id, populate_existing=True)
    states, gone = _looked_at(session, row, now)  # it may have come again before it was held
    for step_id, done in states.items():
        _set(row, step_id, done, SYSTEM, now)
    if states.get(BY_OTHER_KEY):
        _name_other_key(session, row, now)
    session.add(row)
    return _close_if_done(session, row, now, gone=gone)


def _name_other_key(session: Session, row: Checklist, now: datetime) -> None:
    """Whichever key has brought the orders, it need not be the one that was proposed."""
    run = rules.import_by_other_key(_case(session, row, now))
    if run is not None:
        by = {"key_id": run.key_id, "key": run.key_name}
        row.ticks = {**row.ticks, BY_OTHER_KEY: {**row.ticks[BY_OTHER_KEY], **by}}


def _looked_at(session: Session, row: Checklist, now: datetime) -> tuple[dict[str, bool], bool]:
    """Which of the steps that the program verifies are done, and whether the problem is there no more."""
    found = _case(session, row, now)
    steps = [step for step in found.diagnosis.steps if step.verified_by == "system"]
    return {step.id: rules.holds(found, step) for step in steps}, rules.gone(found)


def _case(session: Session, row: Checklist, now: datetime) -> Case:
    key = session.get(Key, row.key_id) if row.key_id is not None else None
    return Case(session, row, Diagnosis.from_record(row.diagnosis), key, now)


def _lock(session: Session, row: Checklist) -> None:
    """Nobody else changes it until the end of this transaction; what they had changed before is read anew."""
    session.flush()
    same = update(Checklist).where(col(Checklist.id) == row.id).values(code=Checklist.code)
    session.connection().execute(same)
    session.refresh(row)


def _set(row: Checklist, step_id: str, done: bool, who: str, now: datetime) -> None:
    """Keeps a step's state, with who and since when; a step that was done before remembers it."""
    before = row.ticks.get(step_id) or {}
    if bool(before.get("done")) == done:
        return
    state: dict[str, Any] = {"done": done, "who": who, "at": now.isoformat(timespec="seconds")}
    if not done:
        state["was_done"] = True
    row.ticks = {**row.ticks, step_id: state}


def _close_if_done(session: Session, row: Checklist, now: datetime, *, gone: bool = False) -> bool:
    steps, ended = diagnosis_of(row).steps, _way_gone(row)
    if ended is None and not gone:
        return False
    last = rules.deciding(steps, ended)[-1] if ended is not None else None
    who = str((row.ticks.get(last.id) or {}).get("who") or SYSTEM) if last else SYSTEM
    _close(row, _ending_of(session, row, by_steps=ended is not None), who, now)
    session.add(row)
    return True


def _way_gone(row: Checklist) -> str | None:
    """The way out whose steps are all done."""
    steps = diagnosis_of(row).steps
    ways = [way for way in rules.routes_of(steps) if way not in FOR_THE_IMPORT]
    return next((way for way in ways if _all_done(rules.deciding(steps, way))), None)


def _ending_of(session: Session, row: Checklist, *, by_steps: bool) -> str:
    """How a problem went away: an outage whose keys are no more was neither solved, nor has it healed."""
    if row.key_id is None and not incidents.existing(session, incidents.members(row)):
        return REMOVED
    if by_steps:
        return SOLVED
    key = session.get(Key, row.key_id) if row.key_id is not None else None
    return REPLACED if rules.replaced(Diagnosis.from_record(row.diagnosis), key, row.updated_at) else HEALED


def _all_done(steps: Sequence[Step]) -> bool:
    return bool(steps) and all(step.done for step in steps)


def _close(row: Checklist, ended: str, who: str, now: datetime, word: str = "") -> None:
    row.closed_at, row.ended, row.solved_by = now, ended, who
    _remember(row, ended, who, now, word)


# --- The operators' part ------------------------------------------------------------------------------------


def tick(session: Session, checklist_id: str, step_id: str, done: bool, who: str) -> Checklist:
    """Ticks a step by hand, or takes the tick back; what others tick in the same moment stays.

    The caller commits.

    Raises:
        KeyError: no such checklist, no such step.
        ValueError: the step is verified by the program.
    """
    row = _mine(session, checklist_id)
    step = next((s for s in Diagnosis.from_record(row.diagnosis).steps if s.id == step_id), None)
    if step is None:
        raise KeyError(step_id)
    if step.verified_by == "system":
        raise ValueError(step_id)
    now = datetime.now(UTC)
    _set(row, step_id, done, who, now)
    session.add(row)
    if row.closed_at is None:
        _close_if_done(session, row, now)
    return row


def choose_route(session: Session, checklist_id: str, route: str) -> Checklist:
    """Which of several ways out is gone. The caller commits. Raises KeyError: no such checklist or route."""
    row = _mine(session, checklist_id)
    if route not in rules.routes_of(Diagnosis.from_record(row.diagnosis).steps):
        raise KeyError(route)
    row.route = route
    session.add(row)
    return row


def dismiss(session: Session, checklist_id: str, who: str, word: str) -> Checklist:
    """An operator says that it is of no concern, and why. The caller commits. Raises KeyError."""
    row = _mine(session, checklist_id)
    if row.closed_at is None:
        _close(row, DISMISSED, who, datetime.now(UTC), " ".join(word.split())[:500])
        row.snoozed_until = None
        session.add(row)
    return row


def snooze(session: Session, checklist_id: str, until: datetime, who: str) -> Checklist:
    """Kept, but quiet until then. The caller commits.

    Raises:
        KeyError: no such checklist, or it is over: should it come back before then, nobody has put that off.
    """
    row = _mine(session, checklist_id)
    if row.closed_at is not None:
        raise KeyError(checklist_id)
    row.snoozed_until = until
    _remember(row, "snoozed", who, datetime.now(UTC))
    session.add(row)
    return row


def reopen(session: Session, checklist_id: str, who: str = SYSTEM) -> Checklist:
    """Opens a closed checklist again. Returns the open one of the same problem, if there is another.

    Args:
        who: the person who says that it is not over.

    Raises:
        KeyError: no such checklist.
    """
    row = _mine(session, checklist_id)
    if row.closed_at is None:
        return row
    other = _last(session, row.key_id, row.code, row.subject)
    if other is not None and other.closed_at is None:
        return other
    severity = str(row.diagnosis.get("severity") or row.severity)
    _open_again(session, row, datetime.now(UTC), who)
    row.severity, row.snoozed_until = severity, None  # whoever opens it wants to see it
    session.flush()
    return row


def _mine(session: Session, checklist_id: str) -> Checklist:
    """A checklist, held against all others until the end of the transaction."""
    row = session.get(Checklist, checklist_id)
    if row is None:
        raise KeyError(checklist_id)
    _lock(session, row)
    return row


# --- Reading ------------------------------------------------------------------------------------------------


def open_checklists(
    session: Session,
    key_id: int | None = None,
    limit: int | None = 50,
    *,
    snoozed: bool = False,
    incidents_too: bool = False,
    now: datetime | None = None,
) -> list[Checklist]:
    """Open checklists, worst first, then the newest.

    Args:
        key_id: of this key alone, and with ``incidents_too`` all incidents.
        snoozed: also those that were put off.
    """
    wanted = select(Checklist).where(col(Checklist.closed_at).is_(None))
    if key_id is not None:
        of_key = Checklist.key_id == key_id
        wanted = wanted.where(or_(of_key, col(Checklist.key_id).is_(None)) if incidents_too else of_key)
    if not snoozed:
        wanted = wanted.where(_awake(now or datetime.now(UTC)))
    badness = case(dict(SEVERITY_RANK), value=col(Checklist.severity), else_=-1)
    ordered = wanted.order_by(badness.desc(), col(Checklist.updated_at).desc(), col(Checklist.id))
    return list(session.exec(ordered.limit(limit)).all())


def is_put_off(row: Checklist, now: datetime) -> bool:
    """Whether it is shown again later, and not yet."""
    return row.snoozed_until is not None and row.snoozed_until > now


def _awake(now: datetime) -> ColumnElement[bool]:
    return or_(col(Checklist.snoozed_until).is_(None), col(Checklist.snoozed_until) <= now)


def snoozed(session: Session, limit: int = 50, now: datetime | None = None) -> list[Checklist]:
    """Open checklists that were put off, the next to come back first."""
    query = select(Checklist).where(
        col(Checklist.closed_at).is_(None), col(Checklist.snoozed_until) > (now or datetime.now(UTC))
    )
    return list(session.exec(query.order_by(col(Checklist.snoozed_until)).limit(limit)).all())


def open_incidents(session: Session, now: datetime | None = None) -> list[Checklist]:
    """Outages that are there now and were not put off."""
    query = select(Checklist).where(col(Checklist.key_id).is_(None), *is_open(now or datetime.now(UTC)))
    return list(session.exec(query.order_by(col(Checklist.opened_at))).all())


def count_put_off(session: Session, now: datetime | None = None) -> int:
    """How many problems are there, but quiet for now."""
    put_off = _is_put_off(now or datetime.now(UTC))
    return session.exec(select(func.count()).select_from(Checklist).where(*put_off)).one()


def count_open(session: Session, now: datetime | None = None) -> int:
    """How many problems there are now, without those that were put off."""
    open_now = is_open(now or datetime.now(UTC))
    return session.exec(select(func.count()).select_from(Checklist).where(*open_now)).one()


def is_open(now: datetime) -> tuple[ColumnElement[bool], ...]:
    """What a problem fulfils that is there now and was not put off."""
    return col(Checklist.closed_at).is_(None), _awake(now)


def count_by_severity(session: Session) -> dict[str, int]:
    """Severity -> open checklists, those that were put off too."""
    query = select(Checklist.severity, func.count()).where(col(Checklist.closed_at).is_(None))
    return dict(session.exec(query.group_by(col(Checklist.severity))).all())


def closed_checklists(session: Session, limit: int = 20) -> list[Checklist]:
    """Closed checklists, the last one first; not those that another one goes on with."""
    wanted = select(Checklist).where(
        col(Checklist.closed_at).is_not(None), col(Checklist.ended).not_in(QUIET)
    )
    return list(session.exec(wanted.order_by(col(Checklist.closed_at).desc()).limit(limit)).all())


def put_right(session: Session, run: Run, limit: int = 5) -> list[Checklist]:
    """What an import has solved, of its key or of incidents that the key is part of; the last one first."""
    if run.key_id is None or run.started_at is None or run.finished_at is None:
        return []
    until = run.finished_at + AT_ONCE
    wanted = select(Checklist).where(
        or_(Checklist.key_id == run.key_id, col(Checklist.key_id).is_(None)),
        col(Checklist.ended).in_(OVER),
        col(Checklist.closed_at).between(run.started_at, until),
    )
    rows = session.exec(wanted.order_by(col(Checklist.closed_at).desc()).limit(limit))
    return [r for r in rows if run.key_id in (r.key_id, *(m.key_id for m in incidents.members(r)))]


def get(session: Session, checklist_id: str) -> Checklist | None:
    return session.get(Checklist, checklist_id, populate_existing=True)


def for_run(session: Session, run_id: str) -> list[Checklist]:
    """The checklists, open or closed, that a failed import has led to."""
    found = list(session.exec(select(Checklist).where(Checklist.run_id == run_id)).all())
    run = session.get(Run, run_id)
    if found or run is None or run.key_id is None:
        return found
    codes = [str(record.get("code")) for record in run.diagnoses]
    rows = [for_key(session, run.key_id, code) for code in codes]
    return [row for row in rows if row is not None]


def for_key(session: Session, key_id: int | None, code: str) -> Checklist | None:
    """The checklist of a kind of failure that concerns a key: its own, or the incident it is part of."""
    of_code = select(Checklist).where(Checklist.code == code)
    open_first = (col(Checklist.closed_at).is_not(None), col(Checklist.updated_at).desc())
    own = session.exec(of_code.where(Checklist.key_id == key_id).order_by(*open_first).limit(1)).first()
    if own is not None and own.closed_at is None:
        return own
    shared = of_code.where(col(Checklist.key_id).is_(None)).order_by(*open_first).limit(10)
    of_many = [row for row in session.exec(shared) if key_id in {m.key_id for m in incidents.members(row)}]
    return next(iter(of_many), own)


def of_key(session: Session, key_id: int) -> list[Checklist]:
    """What is open and concerns a key, also what was put off: its own, and incidents that it is part of."""
    rows = open_checklists(session, key_id, None, snoozed=True, incidents_too=True)
    return [r for r in rows if r.key_id == key_id or key_id in {m.key_id for m in incidents.members(r)}]


def open_of_keys(session: Session, key_ids: Iterable[int]) -> list[Checklist]:
    """What is open of these keys, worst first, and all incidents; one query for any number of keys."""
    query = select(Checklist).where(
        col(Checklist.closed_at).is_(None),
        or_(col(Checklist.key_id).in_(list(key_ids)), col(Checklist.key_id).is_(None)),
    )
    rows = session.exec(query.execution_options(populate_existing=True)).all()
    return sorted(rows, key=lambda row: (row.severity != "error", -row.updated_at.timestamp()))


def is_met_by(row: Checklist, key_id: int, methods: Iterable[str], categories: Iterable[str | None]) -> bool:
    """Whether an import of a key that asks these methods would meet the problem once more."""
    asked = set(methods)
    if row.key_id is None:
        return any(m.key_id == key_id and m.method in asked for m in incidents.members(row))
    endpoint = (row.diagnosis.get("details") or {}).get("endpoint")
    if row.code in OF_THE_TOKEN:
        return True
    return endpoint in asked or (not endpoint and row.diagnosis.get("required_category") in set(categories))


def concerned(row: Checklist) -> list[int]:
    """Ids of the keys that it is about."""
    members = dict.fromkeys(m.key_id for m in incidents.members(row))
    return [row.key_id] if row.key_id is not None else list(members)


def by_ids(session: Session, ids: Iterable[str]) -> dict[str, Checklist]:
    """Id -> checklist, open or closed, of those that there are."""
    wanted = set(ids)
    if not wanted:
        return {}
    query = select(Checklist).where(col(Checklist.id).in_(wanted)).execution_options(populate_existing=True)
    return {row.id: row for row in session.exec(query)}


def to_tell(session: Session, now: datetime, since: datetime, silent: Sequence[str] = ()) -> list[Checklist]:
    """What is open, worth a message and was not put off.

    Args:
        since: of problems that were opened before, nobody is told.
        silent: environments of which nobody is told.
    """
    query = (
        select(Checklist)
        .outerjoin(Key, col(Key.id) == col(Checklist.key_id))
        .where(
            *is_open(now),
            Checklist.severity != Severity.INFO,
            Checklist.opened_at >= since,
            or_(col(Key.id).is_(None), col(Key.environment).not_in(silent)),
            col(Checklist.environment).not_in(silent),
        )
    )
    return list(session.exec(query))


# --- Conditions for other tables' queries -------------------------------------------------------------------


def is_closed(checklist_id: Any, *but: str) -> ColumnElement[bool]:
    """The problem that a column names is closed.

    Args:
        but: endings that don't count.
    """
    closed = select(Checklist.id).where(
        col(Checklist.id) == checklist_id,
        col(Checklist.closed_at).is_not(None),
        col(Checklist.ended).not_in(but),
    )
    return closed.exists()


def is_quiet(checklist_id: Any, now: datetime) -> ColumnElement[bool]:
    """The problem that a column names is closed, or put off."""
    there = select(Checklist.id).where(col(Checklist.id) == checklist_id, *is_open(now))
    return ~there.exists()


def worst_open(key_id: Any, now: datetime) -> Any:
    """How bad the worst problem is that the key a column names has of its own, by ``SEVERITY_RANK``; one that
    was put off is no more than a warning. NULL: it has none."""
    bad = case(dict(SEVERITY_RANK), value=col(Checklist.severity), else_=0)
    mild = SEVERITY_RANK[Severity.WARNING]
    worst = select(func.max(case((and_(col(Checklist.snoozed_until) > now, bad > mild), mild), else_=bad)))
    of_key = worst.where(col(Checklist.key_id) == key_id, col(Checklist.closed_at).is_(None))
    return of_key.correlate(Key).scalar_subquery()


def open_count(key_id: Any, now: datetime) -> Any:
    """How many problems of its own the key that a column names has now, without those that were put off."""
    counted = select(func.count()).select_from(Checklist)
    return counted.where(col(Checklist.key_id) == key_id, *is_open(now)).correlate(Key).scalar_subquery()


def put_off_count(key_id: Any, now: datetime) -> Any:
    """As ``open_count``, of those that were put off."""
    counted = select(func.count()).select_from(Checklist).where(col(Checklist.key_id) == key_id)
    return counted.where(*_is_put_off(now)).correlate(Key).scalar_subquery()


def _is_put_off(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return col(Checklist.closed_at).is_(None), col(Checklist.snoozed_until) > now


def due_reminders(session: Session, now: datetime, every: timedelta) -> list[Checklist]:
    """Open checklists that were told, or reminded of, so long ago."""
    last = func.coalesce(col(Checklist.reminded_at), col(Checklist.opened_at))
    query = select(Checklist).where(*is_open(now), Checklist.severity != Severity.INFO, last <= now - every)
    return list(session.exec(query).all())


def reminded(session: Session, row: Checklist, now: datetime) -> None:
    """The caller commits."""
    row.reminded_at = now
    session.add(row)


def diagnosis_of(row: Checklist) -> Diagnosis:
    """A checklist's diagnosis with the steps' present state."""
    diagnosis = Diagnosis.from_record(row.diagnosis)
    done = tuple(replace(s, done=bool((row.ticks.get(s.id) or {}).get("done"))) for s in diagnosis.steps)
    way = rules.taken(done, row.route)
    over = row.ended in OVER
    steps = tuple(replace(s, not_needed=not s.done and (over or _other_way(s, way))) for s in done)
    return replace(diagnosis, steps=steps)


def _other_way(step: Step, taken: str) -> bool:
    return bool(taken and step.route) and step.route != taken
