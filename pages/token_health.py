"""Token health: what each key can do now, from what that is known, and what to do about the rest."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

import pandas as pd
import streamlit as st

from pages import _alerts, _history, _shared
from wbcore.api.catalog import CAPABILITIES
from wbcore.api.token import can_call
from wbcore.guidance import views
from wbcore.guidance.views import t
from wbcore.jobs import checkups
from wbcore.jobs import health as health_jobs
from wbcore.store import db, health
from wbcore.store.models import CapabilityState

PAGE_KEYS = 25
FEW_KEYS = 4
BACKGROUND_MINUTES = (60, 180, 720, 1440)
SIGNS = {"ok": "✓", "denied": "✕", "error": "!", "unknown": "?"}
WORST_FIRST = ("denied", "error", "unknown", "ok")


def cell(row: _shared.KeyRow, method: object, state: CapabilityState | None) -> tuple[str, str]:
    """Status and evidence of one capability: what the token says beats what was seen before."""
    refused = can_call(row.facts, row.key.environment, method)  # type: ignore[arg-type]
    if refused:
        return "denied", "token"
    if state is None or (state.status == "denied" and state.evidence == "token"):
        return "unknown", "token"
    return state.status, state.evidence


def line(row: _shared.KeyRow, states: Mapping[str, CapabilityState]) -> dict[str, str]:
    now = datetime.now(UTC)
    days = row.facts.days_left(now)
    found = {t("page-column-key"): row.label}
    checked = [s.checked_at for s in states.values() if s.evidence == "probe"]
    for method in CAPABILITIES:
        status, evidence = cell(row, method, states.get(method.id))
        words = f"{SIGNS[status]} {t(f'capability-{status}')}"
        if status != "unknown":
            words += f" ({t(f'evidence-{evidence}')})"
        found[t(f"method-{method.id.replace('.', '-')}")] = words
    found[t("page-column-expires")] = (
        "" if days is None else t("page-health-days", days=days, at=views.day(row.facts.expires_at))
    )
    found[t("page-column-checked")] = views.moment(max(checked)) if checked else t("page-health-never")
    return found


def worst(row: _shared.KeyRow, states: Mapping[str, CapabilityState]) -> int:
    return min(WORST_FIRST.index(cell(row, m, states.get(m.id))[0]) for m in CAPABILITIES)


def choose(rows: list[_shared.KeyRow]) -> list[_shared.KeyRow]:
    """Search and pages: an agency has thousands of keys."""
    if len(rows) <= PAGE_KEYS:
        return rows
    text = st.text_input(t("page-health-search"), max_chars=100).strip().lower()
    found = [row for row in rows if text in row.label.lower()]
    pages = max(1, -(-len(found) // PAGE_KEYS))
    number = st.number_input(t("page-health-page", pages=pages), 1, pages, 1)
    return found[(number - 1) * PAGE_KEYS : number * PAGE_KEYS]


@st.fragment(run_every=15.0)
def panel(rows: list[_shared.KeyRow]) -> None:
    """Looks again by itself: what imports and other operators have found out shows here too."""
    ids = [row.key.id for row in rows if row.key.id is not None]
    with db.session() as session:
        states = health.states(session, ids)
    ordered = sorted(rows, key=lambda row: worst(row, states.get(row.key.id or 0, {})))
    table = pd.DataFrame([line(row, states.get(row.key.id or 0, {})) for row in ordered])
    key = t("page-column-key")
    if len(rows) <= FEW_KEYS:
        # A few keys are read best with the capabilities below each other: no scrolling, also on a phone.
        st.table(table.set_index(key).T)
    else:
        st.dataframe(table, hide_index=True, column_config={key: st.column_config.Column(pinned=True)})
    st.caption(t("page-health-legend"))


def check_now(rows: list[_shared.KeyRow]) -> None:
    ids = [row.key.id for row in rows if row.key.id is not None]
    planned = health_jobs.planned_requests(ids)
    with st.container(horizontal=True, vertical_alignment="center"):
        pressed = st.button(t("page-health-check"), type="primary", icon=":material/network_check:")
        st.caption(t("page-health-planned", count=planned))
    if not pressed:
        return
    with st.spinner(t("page-health-checking")):
        report = health_jobs.check(ids, views.lang())
    st.session_state["health-report"] = report["status"]
    st.rerun()


def page() -> None:
    st.title(t("page-token-health-title"), anchor=False)
    rows = _shared.begin_with_keys()
    if not rows:
        return
    shown = choose(rows)
    check_now(shown)
    if status := st.session_state.pop("health-report", None):
        icon = views.ICONS["done" if status == "ok" else "warning"]
        st.info(t(f"page-health-report-{status}"), icon=icon)
    _history.wb_troubles()
    panel(shown)
    _shared.draw_checklists(_shared.open_checklists())
    _history.draw(shown)
    background_checks()
    _alerts.draw()


def background_checks() -> None:
    """How often all keys are checked without being asked; off unless the operator wants it."""
    with db.session() as session:
        now_set = checkups.every_minutes(session)
    choices = sorted({*BACKGROUND_MINUTES, *([now_set] if now_set else [])})

    def name(minutes: int | None) -> str:
        return t("page-health-background-off") if minutes is None else views.duration(minutes * 60)

    with st.expander(t("page-health-background"), icon=":material/schedule:"):
        chosen = st.selectbox(
            t("page-health-background-every"),
            [None, *choices],
            index=0 if now_set is None else choices.index(now_set) + 1,
            format_func=name,
        )
        st.caption(t("page-health-background-note"))
    if chosen != now_set:
        with db.session() as session:
            checkups.set_every(session, chosen, datetime.now(UTC))
            session.commit()
        st.rerun()


views.screen(page)
