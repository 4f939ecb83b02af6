"""Order import: choose, press, watch; a refusal becomes a checklist. The work itself is a worker's."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import streamlit as st

from pages import _schedules, _shared
from wbcore.api.catalog import PERIOD_DEPTH_DAYS, STATISTICS_DEPTH_DAYS, WINDOW_DAYS
from wbcore.guidance import checklist, diagnosis, views
from wbcore.guidance.diagnosis import Diagnosis
from wbcore.guidance.views import t
from wbcore.jobs import claims, plan, queue
from wbcore.jobs.evidence import evidence_for
from wbcore.jobs.sources import SOURCES, Source
from wbcore.settings import settings
from wbcore.store import db, keys, orders, runs
from wbcore.store.models import ACTIVE_STATUSES, Run

HISTORY_PAGE = 20
REJECTED_SHOWN = 50
DEPTH_DAYS = {"period": PERIOD_DEPTH_DAYS, "statistics": STATISTICS_DEPTH_DAYS, "archive": 5 * 365}


def choose(rows: list[_shared.KeyRow]) -> None:
    ids = [row.key.id for row in rows]
    labels = {row.key.id: row.label for row in rows}
    left, right = st.columns(2)
    key_id = left.selectbox(t("page-import-key"), ids, format_func=labels.__getitem__, key="import-key")
    source_id = right.selectbox(
        t("page-import-source"), list(SOURCES), format_func=lambda s: t(f"source-{s}"), key="import-source"
    )
    if key_id is None or source_id is None:
        return
    source = SOURCES[source_id]
    params = options(source)
    outlook(key_id, source, params)
    if st.button(t("page-import-press"), type="primary", icon=":material/download:"):
        press(key_id, source_id, params)
    _schedules.draw(key_id, source_id, params)


def options(source: Source) -> dict[str, Any]:
    params: dict[str, Any] = {"date_from": None, "date_to": None, "statuses": True, "clients": False}
    if source.dates and st.toggle(t("page-import-choose-dates"), key=f"dates-{source.id}"):
        today = datetime.now(UTC).date()
        depth = DEPTH_DAYS[source.id]
        last = today - timedelta(days=PERIOD_DEPTH_DAYS) if source.id == "archive" else today
        chosen = st.date_input(
            t("page-import-dates"),
            (last - timedelta(days=WINDOW_DAYS - 1), last),
            min_value=today - timedelta(days=depth),
            max_value=last,
            format="DD.MM.YYYY",
            key=f"range-{source.id}",
        )
        params["date_from"], params["date_to"] = _iso_range(chosen)
    if source.statuses or source.clients:
        with st.expander(t("page-import-more")):
            if source.statuses:
                params["statuses"] = st.checkbox(t("page-import-statuses"), True)
            if source.clients:
                params["clients"] = st.checkbox(t("page-import-clients"), False)
                st.caption(t("page-import-clients-note"))
    return params


def _iso_range(chosen: Any) -> tuple[str | None, str | None]:
    days = [d for d in (chosen if isinstance(chosen, tuple) else (chosen,)) if isinstance(d, date)]
    if not days:
        return None, None
    return days[0].isoformat(), days[-1].isoformat()


def outlook(key_id: int, source: Source, params: dict[str, Any]) -> None:
    """Before the press: whether this key can do it, until when, and how many requests it will take."""
    with db.session() as session:
        key = keys.get_key(session, key_id)
        if key is None:
            return
        evidence = evidence_for(session, key, source.main.method)
        refused = diagnosis.preflight(source.main.method, evidence)
        planned = 0 if refused else plan.planned_requests(session, key, source.id, params)
    if refused:
        st.warning(
            f"**{views.plain(refused.title(views.lang()))}**  \n{t('page-import-will-fail')}",
            icon=views.ICONS["warning"],
        )
        return
    expires = evidence.facts.expires_at if evidence.facts else None
    until = t("page-import-until", at=views.day(expires)) if expires else ""
    st.caption(f"{t('page-import-can')} {until} {t('page-import-planned', count=planned)}")


def press(key_id: int, source: str, params: dict[str, Any]) -> None:
    try:
        run = queue.enqueue_import(key_id, source, params)
    except queue.AlreadyRunning as error:
        run = error.run
        st.session_state["notice"] = t("page-import-already", key=views.plain(run.key_name))
    st.session_state["run_id"] = run.id
    st.rerun()


def current() -> None:
    """The import that is watched: the one just pressed, else one that runs."""
    with db.session() as session:
        run = runs.get(session, st.session_state["run_id"]) if "run_id" in st.session_state else None
        if run is None:
            active = runs.list_runs(session, limit=1, statuses=ACTIVE_STATUSES)
            run = active[0] if active else None
    if run is None:
        return
    st.session_state["run_id"] = run.id
    if run.status in ACTIVE_STATUSES:
        watch(run.id)
    else:
        ended(run)


@st.fragment(run_every=0.7)
def watch(run_id: str) -> None:
    """The progress of a running import; looks again by itself until it has ended."""
    with db.session() as session:
        run = runs.get(session, run_id)
        somebody = bool(claims.alive(session))
    if run is None or run.status not in ACTIVE_STATUSES:
        st.rerun(scope="app")
        return
    with st.container(border=True, key="running-import"):
        st.subheader(f":material/sync: {heading(run)}", anchor=False)
        st.progress(share(run), text=progress_text(run, somebody))
        counts(run)
        if run.status == "queued" and not somebody:
            st.info(t("page-run-no-worker" if settings().worker else "page-run-worker-off"))
        if run.cancel_requested:
            st.caption(t("page-run-stopping"))
        elif st.button(t("page-run-stop"), icon=":material/stop_circle:"):
            queue.cancel(run.id)
        st.caption(t("page-run-leave"))


def share(run: Run) -> float:
    """How far it is, as far as anybody can know: WB does not tell how many orders there are."""
    planned = max(run.planned_requests or 1, run.requests + 1)
    return min(0.99, run.requests / planned)


def progress_text(run: Run, somebody: bool) -> str:
    if run.status == "queued":
        return t("page-run-queued" if somebody else "page-run-queued-alone")
    if run.status == "waiting" and run.wait_until is not None:
        left = (run.wait_until - datetime.now(UTC)).total_seconds()
        return t("page-run-waiting", wait=views.duration(max(0.0, left)))
    phase = t(f"phase-{run.phase}") if run.phase else t("page-run-starting")
    return t("page-run-progress", phase=phase, pages=run.pages)


def heading(run: Run) -> str:
    return f"{views.plain(run.key_name)} · {t(f'source-{run.source}')}"


def counts(run: Run) -> None:
    names = ("fetched", "created", "updated", "unchanged", "rejected")
    for column, name in zip(st.columns(len(names)), names, strict=True):
        column.metric(t(f"page-count-{name}"), views.number(getattr(run, name)))


def ended(run: Run) -> None:
    with st.container(border=True, key="ended-import"):
        icons = {"done": views.ICONS["done"], "failed": views.ICONS["error"]}
        icon = icons.get(run.status, ":material/stop_circle:")
        st.subheader(f"{icon} {heading(run)}: {t(f'status-{run.status}')}", anchor=False)
        st.caption(
            t(
                "page-run-facts",
                at=views.moment(run.finished_at),
                duration=views.duration(run.duration_s),
                requests=run.requests,
            )
        )
        if run.status != "failed" or run.fetched:
            counts(run)
        if run.status == "done" and not run.fetched:
            st.info(t("page-run-nothing"), icon=views.ICONS["info"])
        if run.status == "done":
            solved(run)
            st.page_link("pages/orders.py", label=t("page-run-see-orders"), icon=":material/list_alt:")
        if run.status == "cancelled":
            st.caption(t("page-run-cancelled-note"))
        rejected(run)
    if run.status == "failed":
        with db.session() as session:
            checklist.refresh(session, run.key_id)
            session.commit()
            lists = checklist.for_run(session, run.id)
        if lists:
            _shared.draw_checklists(lists)
        else:
            for record in run.diagnoses:
                views.draw_diagnosis(Diagnosis.from_record(record))


def solved(run: Run) -> None:
    """What this import has put right."""
    with db.session() as session:
        for row in checklist.closed_checklists(session, 5, key_id=run.key_id):
            if run.started_at and row.closed_at and row.closed_at >= run.started_at:
                title = checklist.diagnosis_of(row).title(views.lang())
                st.success(t("page-run-solved", title=views.plain(title)), icon=views.ICONS["done"])


def rejected(run: Run) -> None:
    """Rows that could not be read: kept whole, shown as they came."""
    if not run.rejected:
        return
    with db.session() as session:
        rows = orders.list_rejected(session, run_id=run.id, limit=REJECTED_SHOWN)
    with st.expander(t("page-rejected", count=run.rejected)):
        st.caption(t("page-rejected-note"))
        for row in rows:
            st.text(t("page-rejected-row", reason=row.reason))
            st.code(row.raw.decode("utf-8", "replace")[:2000], language=None, wrap_lines=True)


def history() -> None:
    st.subheader(t("page-history-title"), anchor=False)
    shown = st.session_state.get("history-shown", HISTORY_PAGE)
    with db.session() as session:
        rows = runs.list_runs(session, limit=shown + 1)
    if not rows:
        st.caption(t("page-history-empty"))
        return
    table = [
        {
            t("page-column-when"): views.moment(row.started_at or row.created_at),
            t("page-column-key"): row.key_name,
            t("page-column-source"): t(f"source-{row.source}"),
            t("page-column-status"): t(f"status-{row.status}"),
            t("page-count-fetched"): views.number(row.fetched),
            t("page-count-created"): views.number(row.created),
            t("page-column-reason"): "; ".join(
                Diagnosis.from_record(r).title(views.lang()) for r in row.diagnoses
            ),
        }
        for row in rows[:shown]
    ]
    picked = st.dataframe(
        table, hide_index=True, on_select="rerun", selection_mode="single-row", key="history"
    )
    if picked and picked.selection.rows:
        place = picked.selection.rows[0]
        if place < len(rows) and rows[place].id != st.session_state.get("run_id"):
            st.session_state["run_id"] = rows[place].id
            st.rerun()
    if len(rows) > shown and st.button(t("page-history-more")):
        st.session_state["history-shown"] = shown + HISTORY_PAGE
        st.rerun()


def page() -> None:
    st.title(t("page-order-import-title"), anchor=False)
    rows = _shared.begin_with_keys()
    if not rows:
        return
    choose(rows)
    current()
    history()


views.screen(page)
