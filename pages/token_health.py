"""Token health: what each key can do now, from what that is known, and what to do about the rest."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Literal

import streamlit as st

from pages import _alerts, _checklists, _history, _panel, _shared
from wbcore.guidance import checklist, look, views
from wbcore.guidance.views import t
from wbcore.health import checkups
from wbcore.health.panel import PanelPage, PanelRow
from wbcore.people.actor import Right
from wbcore.settings import settings
from wbcore.store import db, seen, states, workers
from wbcore.store.models import Checklist
from wbcore.store.states import CapabilityStatus

PROGRESS_S = 1.5
BACKGROUND_MINUTES = (60, 180, 720, 1440)


# --- Checking ---------------------------------------------------------------------------------------------


def check_now(found: _panel.Look, *, first: bool) -> None:
    """A wish to the workers: however many operators press, WB is asked once.

    Args:
        first: no problem is open whose next press is more urgent.
    """
    ids = found.page.key_ids
    if seen.read(checkups.waiting, "checkups") & set(ids):
        st.fragment(views.calm(progress), run_every=PROGRESS_S)(ids)
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        locked = not _shared.actor().may(Right.CHECK)
        kind: Literal["primary", "secondary"] = "primary" if first else "secondary"
        pressed = st.button(
            t("page-health-check"), type=kind, icon=":material/network_check:", disabled=locked
        )
        told = t("page-health-planned", count=found.planned, keys=len(ids))
        st.caption(t("people-work-is-operators") if locked else told)
    if pressed:
        _shared.only_as_seen()
        checkups.ask(ids, datetime.now(UTC), by=_shared.actor())
        st.rerun()


def progress(ids: Sequence[int]) -> None:
    """How far a check is, whoever asked for it; at its end the page is drawn anew."""
    with db.session() as session:
        left = checkups.waiting(session) & set(ids)
        somebody = workers.alive(session)
    if not left:
        st.session_state["health-checked"] = True
        views.draw_anew()
    done = len(ids) - len(left)
    st.progress(done / len(ids), text=t("page-health-checking", done=done, all=len(ids)))
    if not somebody:
        st.info(t("page-run-no-worker" if settings().worker else "page-health-worker-off"))


def report(page: PanelPage, opened: Sequence[Checklist]) -> None:
    """What came of a check that has just ended: by the checklists that stand below, and by its answers."""
    if not st.session_state.pop("health-checked", False):
        return
    with db.session() as session:
        failed = checkups.failed(session, page.key_ids)
    if failed:
        names = ", ".join(views.plain(row.key.name) for row in page.rows if row.key.id in failed)
        st.error(t("page-health-report-failed", names=names), icon=views.ICONS["error"])
        return
    severities = {row.severity for row in opened if set(checklist.concerned(row)) & set(page.key_ids)}
    answered = states.WELL if all(map(is_well, page.rows)) else "answers"
    worst_one = next((one for one in ("error", "warning") if one in severities), answered)
    icon = views.ICONS["done" if worst_one == states.WELL else "warning"]
    st.info(t(f"page-health-report-{worst_one}"), icon=icon)


def is_well(row: PanelRow) -> bool:
    """Whether all works but what the key's token was never made for."""
    return bool(row.states) and all(
        state.status == CapabilityStatus.OK
        or (state.evidence == "token" and (state.diagnosis or {}).get("code") == "scope_missing")
        for state in row.states.values()
    )


def background_checks() -> None:
    """How often all keys are checked without being asked; off unless the operator wants it."""
    with db.session() as session:
        now_set = checkups.every_minutes(session)

    def told(minutes: int | None) -> str:
        return t("page-health-background-off") if minutes is None else views.duration(minutes * 60)

    def keep(minutes: int | None) -> None:
        with db.session() as session:
            checkups.set_every(session, minutes, datetime.now(UTC), by=_shared.actor())
            session.commit()

    label = t("page-health-background-every")
    _shared.every(label, BACKGROUND_MINUTES, now_set, told, keep, key="health-background-every")
    st.caption(t("page-health-background-note"))


def page() -> None:
    st.title(t("page-token-health-title"), anchor=False)
    known = _shared.begin_with_keys()
    if not known:
        return
    # Each part has a place of its own: what comes and goes above moves no field that somebody types in.
    filters, answer = look.filters_and_answer()
    with filters:
        chosen, place = _panel.choose(known)
        found = _panel.seen_now(chosen)
        _panel.draw_number(place, chosen, found.page.total)
    opened = _checklists.open_now()
    with answer.container():
        if found.page.rows:
            check_now(found, first=not opened)
            report(found.page, opened)
    with answer.container():
        _history.wb_troubles(found.troubles)
    with answer:
        panel, steps = look.filters_and_answer("steps")  # 25 keys are a long way down on a phone
    with panel:
        panel_again = st.fragment(views.calm(_panel.draw_panel), run_every=_panel.pace())
        panel_again(chosen, [found], frozenset(row.id for row in opened))
    with steps:
        _checklists.draw_open(opened)
    with st.container():
        _history.draw(found.keys)
    if _shared.actor().may(Right.SCHEDULE):
        views.folded(
            t("page-health-background"),
            background_checks,
            key="health-background",
            icon=":material/schedule:",
        )
    _alerts.draw()


views.screen(page)
