"""Token health: what each key can do now, from what that is known, and what to do about the rest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import pandas as pd
import streamlit as st

from pages import _alerts, _history, _shared
from wbcore.guidance import checklist, views
from wbcore.guidance.views import t
from wbcore.jobs import checkups, claims, incidents
from wbcore.jobs import health as health_jobs
from wbcore.jobs.panel import Cell, cells, checked_at, worst
from wbcore.settings import settings
from wbcore.store import db, keys, panel
from wbcore.store.models import Seller
from wbcore.store.panel import PanelPage, PanelRow

PAGE_KEYS = 25
FEW_KEYS = 3
REFRESH_S = 10.0
PROGRESS_S = 1.5
BACKGROUND_MINUTES = (60, 180, 720, 1440)
SIGNS = {"ok": "✓", "denied": "✕", "broken": "⚠", "error": "!", "unknown": "?"}


# --- Which keys -------------------------------------------------------------------------------------------


def choose() -> dict[str, object]:
    """Search, seller and page, as ``store.panel.page`` takes them: an agency has thousands of keys."""
    with db.session() as session:
        sellers = {seller.id: seller for seller in keys.list_sellers(session)}
        total = panel.page(session, datetime.now(UTC), limit=1).total
    chosen: dict[str, object] = {"limit": PAGE_KEYS}
    if len(sellers) < 2 and total <= PAGE_KEYS:
        return chosen
    left, middle, right = st.columns([3, 3, 1], vertical_alignment="bottom")
    chosen["text"] = left.text_input(t("page-health-search"), max_chars=100)
    chosen["seller_id"] = middle.selectbox(
        t("page-health-seller"), [None, *sellers], format_func=lambda one: _seller_name(sellers.get(one))
    )
    with db.session() as session:
        found = panel.page(session, datetime.now(UTC), **{**chosen, "limit": 1}).total  # type: ignore[arg-type]
    pages = max(1, -(-found // PAGE_KEYS))
    if pages > 1:
        number = right.number_input(t("page-health-page", pages=pages), 1, pages, 1)
        chosen["offset"] = (number - 1) * PAGE_KEYS
    return chosen


def _seller_name(seller: Seller | None) -> str:
    if seller is None:
        return t("page-health-all-sellers")
    return seller.name or seller.trade_mark or seller.sid[:8] or "—"


def read(chosen: Mapping[str, object]) -> PanelPage:
    with db.session() as session:
        return panel.page(session, datetime.now(UTC), **chosen)  # type: ignore[arg-type]


# --- The panel --------------------------------------------------------------------------------------------


def words(cell: Cell, now: datetime) -> str:
    """A cell in words: status, then how it is known: its age and WB's answer time, or the token."""
    parts = [f"{SIGNS[cell.status]} {t(f'capability-{cell.status}')}"]
    if cell.at is not None:
        parts.append(views.ago(cell.at, now))
    elif cell.status != "unknown":
        parts.append(t(f"evidence-{cell.evidence}"))
    if cell.latency_ms is not None:
        parts.append(t("page-health-ms", ms=cell.latency_ms))
    return " · ".join(parts)


def line(row: PanelRow, found: Mapping[str, Cell], now: datetime) -> dict[str, str]:
    shown_key = _shared.key_row(row.key, row.seller)
    facts = shown_key.facts
    days, heard = facts.days_left(now), checked_at(found)
    status = worst(found)
    shown = {
        t("page-column-key"): shown_key.label,
        t("page-column-status"): f"{SIGNS[status]} {t(f'capability-{status}')}",
    }
    shown |= {_method(method_id): words(cell, now) for method_id, cell in found.items()}
    shown[t("page-column-expires")] = (
        "" if days is None else t("page-health-days", days=days, at=views.day(facts.expires_at))
    )
    shown[t("page-column-checked")] = views.moment(heard) if heard else t("page-health-never")
    return shown


def _method(method_id: str) -> str:
    return t(f"method-{method_id.replace('.', '-')}")


def draw_panel(chosen: Mapping[str, object], drawn: frozenset[str]) -> None:
    """Looks again by itself: what imports and other operators have found out shows here too.

    Args:
        drawn: the checklists below; when others have been opened or solved, the whole page is drawn again.
    """
    now = datetime.now(UTC)
    with db.session() as session:
        page = panel.page(session, now, **chosen)  # type: ignore[arg-type]
        broken = incidents.wb_incidents(session, now)
        opened = checklist.open_checklists(session, limit=_shared.SHOWN_CHECKLISTS)
    if frozenset(row.id for row in opened) != drawn:
        st.rerun()
    if not page.rows:
        st.info(t("page-health-nothing-found"), icon=views.ICONS["info"])
        return
    found = [cells(row, broken, now) for row in page.rows]
    table = pd.DataFrame([line(row, one, now) for row, one in zip(page.rows, found, strict=True)])
    key = t("page-column-key")
    if len(page.rows) <= FEW_KEYS:
        # A few keys are read best with the capabilities below each other: no scrolling, also on a phone.
        st.table(table.map(views.plain).set_index(key).T)
    else:
        _draw_many(table, page, found, now)
    st.caption(t("page-health-legend"))


def _draw_many(
    table: pd.DataFrame, page: PanelPage, found: Sequence[Mapping[str, Cell]], now: datetime
) -> None:
    key = t("page-column-key")
    event = st.dataframe(
        table,
        hide_index=True,
        key="health-panel",
        on_select="rerun",
        selection_mode="single-row",
        column_config={key: st.column_config.Column(pinned=True, width="medium")},
    )
    chosen = [place for place in event["selection"]["rows"] if place < len(page.rows)]
    if not chosen:
        st.caption(t("page-health-choose"))
        return
    st.markdown(f"**{views.plain(table.iloc[chosen[0]][key])}**")
    st.table(
        [
            {
                t("page-column-method"): _method(method_id),
                t("page-column-status"): f"{SIGNS[cell.status]} {t(f'capability-{cell.status}')}",
                t("page-column-known-from"): t(f"evidence-{cell.evidence}"),
                t("page-column-checked"): "—" if cell.at is None else views.ago(cell.at, now),
                t("page-column-ms"): "—" if cell.latency_ms is None else str(cell.latency_ms),
            }
            for method_id, cell in found[chosen[0]].items()
        ]
    )


# --- Checking ---------------------------------------------------------------------------------------------


def check_now(ids: Sequence[int]) -> None:
    """A wish to the workers: however many operators press, WB is asked once."""
    with db.session() as session:
        waiting = checkups.waiting(session) & set(ids)
    if waiting:
        st.fragment(progress, run_every=PROGRESS_S)(ids)
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        pressed = st.button(t("page-health-check"), type="primary", icon=":material/network_check:")
        st.caption(t("page-health-planned", count=health_jobs.planned_requests(ids)))
    if pressed:
        checkups.ask(ids, datetime.now(UTC))
        st.rerun()


def progress(ids: Sequence[int]) -> None:
    """How far a check is, whoever asked for it; at its end the page is drawn anew."""
    with db.session() as session:
        left = checkups.waiting(session) & set(ids)
        somebody = claims.alive(session)
    if not left:
        st.session_state["health-checked"] = True
        st.rerun()
    done = len(ids) - len(left)
    st.progress(done / len(ids), text=t("page-health-checking", done=done, all=len(ids)))
    if not somebody:
        st.info(t("page-run-no-worker" if settings().worker else "page-health-worker-off"))


def report(ids: Sequence[int]) -> None:
    """What came of a check that has just ended."""
    if not st.session_state.pop("health-checked", False):
        return
    severities = {row.severity for row in _shared.open_checklists() if row.key_id in ids}
    worst_one = next((one for one in ("error", "warning") if one in severities), "ok")
    icon = views.ICONS["done" if worst_one == "ok" else "warning"]
    st.info(t(f"page-health-report-{worst_one}"), icon=icon)


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


def page() -> None:
    st.title(t("page-token-health-title"), anchor=False)
    with st.container():
        if not _shared.begin_with_keys():
            return
    # Each part has a place of its own: what comes and goes above moves no field that somebody types in.
    with st.container():
        chosen = choose()
    rows = [_shared.key_row(row.key, row.seller) for row in read(chosen).rows]
    ids = [row.key.id for row in rows if row.key.id is not None]
    opened = _shared.open_checklists()
    with st.container():
        if ids:
            check_now(ids)
            report(ids)
    with st.container():
        _history.wb_troubles()
    with st.container():
        st.fragment(draw_panel, run_every=REFRESH_S)(chosen, frozenset(row.id for row in opened))
    with st.container():
        _shared.draw_open_checklists(opened)
    with st.container():
        _history.draw(rows)
    background_checks()
    _alerts.draw()


views.screen(page)
