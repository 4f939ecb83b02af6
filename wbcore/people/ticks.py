"""What people do to a checklist: asked whether they may, done under their name, and told to the audit."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from wbcore.guidance import checklist, incidents
from wbcore.people import audit
from wbcore.people.actor import Actor, NotAllowed, Right, require
from wbcore.store.models import Checklist


def tick(
    session: Session, checklist_id: str, step_id: str, done: bool, who: str, *, by: Actor | None = None
) -> Checklist:
    """As ``checklist.tick``. Raises NotAllowed."""
    acting = require(by, Right.TICK)
    _see_all_of(session, checklist_id)
    row = checklist.tick(session, checklist_id, step_id, done, who)
    audit.record(session, acting, "step_ticked", row.code, checklist=row.id, step=step_id, ticked=done)
    return row


def choose_route(session: Session, checklist_id: str, route: str, by: Actor | None = None) -> Checklist:
    """As ``checklist.choose_route``. Raises NotAllowed."""
    acting = require(by, Right.TICK)
    _see_all_of(session, checklist_id)
    row = checklist.choose_route(session, checklist_id, route)
    audit.record(session, acting, "checklist_route_chosen", row.code, checklist=row.id, route=route)
    return row


def dismiss(session: Session, checklist_id: str, who: str, word: str, by: Actor | None = None) -> Checklist:
    """As ``checklist.dismiss``. Raises NotAllowed."""
    acting = require(by, Right.TICK)
    _see_all_of(session, checklist_id)
    row = checklist.dismiss(session, checklist_id, who, word)
    audit.record(session, acting, "checklist_dismissed", row.code, checklist=row.id)
    return row


def snooze(
    session: Session, checklist_id: str, until: datetime, who: str, by: Actor | None = None
) -> Checklist:
    """As ``checklist.snooze``. Raises NotAllowed."""
    acting = require(by, Right.TICK)
    _see_all_of(session, checklist_id)
    row = checklist.snooze(session, checklist_id, until, who)
    audit.record(session, acting, "checklist_snoozed", row.code, checklist=row.id, until=until)
    return row


def reopen(session: Session, checklist_id: str, who: str, by: Actor | None = None) -> Checklist:
    """As ``checklist.reopen``. Raises NotAllowed."""
    acting = require(by, Right.TICK)
    _see_all_of(session, checklist_id)
    row = checklist.reopen(session, checklist_id, who)
    audit.record(session, acting, "checklist_reopened", row.code, checklist=row.id)
    return row


def _see_all_of(session: Session, checklist_id: str) -> None:
    """What also concerns keys that somebody does not know of is not theirs to change. Raises NotAllowed."""
    row = checklist.get(session, checklist_id)
    if row is not None and incidents.concerns_others(session, row):
        raise NotAllowed(Right.TICK.value)
