"""Order import: choose, press, watch; a refusal becomes a checklist. The work itself is a worker's."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal

import streamlit as st
from sqlmodel import Session

from pages import _checklists, _everything, _schedules, _shared
from wbcore.api.catalog import METHOD_BY_ID, PERIOD_DEPTH_DAYS, WINDOW_DAYS
from wbcore.guidance import cards, checklist, diagnosis, drawing, incidents, look, views
from wbcore.guidance.diagnosis import Diagnosis, Evidence
from wbcore.guidance.views import t
from wbcore.imports import plan, queue, runs
from wbcore.imports.sources import SOURCES, Source
from wbcore.keys import keyring
from wbcore.keys.clients import environment_of
from wbcore.orders import buyers, writing
from wbcore.people.actor import Right
from wbcore.settings import settings
from wbcore.store import days, db, seen, workers
from wbcore.store.models import ACTIVE_STATUSES, CapabilityState, Run
from wbcore.store.states import RunStatus

HISTORY_PAGE = 20
HISTORY_AT = _everything.HISTORY_AT
HISTORY_S = 2.0
STATUS_PX = 130
REJECTED_SHOWN = 50


def choose(rows: list[_shared.KeyRow]) -> None:
    ids = [row.key.id for row in rows]
    addressed = st.query_params.get("key")
    take_from_address(ids)
    labels = {row.key.id: row.label for row in rows}
    sources = {source: t(f"source-{source}") for source in SOURCES}
    _shared.stay_with("import-key", labels, "page-key-gone-meanwhile")
    _shared.chosen_in("import-source", sources)
    left, right = st.columns(2)
    key_id = left.selectbox(
        t("page-import-key"),
        ids,
        format_func=labels.__getitem__,
        key=views.retold("import-key"),
        on_change=views.calm(forget_run),
    )
    source_id = right.selectbox(
        t("page-import-source"),
        list(sources),
        format_func=sources.__getitem__,
        key=views.retold("import-source"),
    )
    if key_id is None or source_id is None:
        return
    _put(key=str(key_id), source=source_id)
    source = SOURCES[source_id]
    params = options(source)
    clear = outlook(next(row for row in rows if row.key.id == key_id), rows, source, params)
    locked = not _shared.actor().may(Right.IMPORT)
    with st.container(horizontal=True):
        # What stands in the way has a press of its own, which comes first.
        kind: Literal["primary", "secondary"] = "primary" if clear else "secondary"
        if st.button(
            t("page-import-press"),
            type=kind,
            icon=":material/download:",
            disabled=locked,
            key="import-press",  # one press, however it looks: what is pressed while it changes is not lost
        ):
            _shared.only_as_seen(named=addressed == str(key_id))
            press(key_id, source_id, params)
        if st.button(
            t("page-import-all"),
            icon=":material/cloud_download:",
            disabled=locked,
            help=t("page-import-all-help"),
        ):
            _everything.press(key_id)
    if locked:
        st.caption(t("people-work-is-operators"))
    _everything.told()
    _schedules.draw(key_id, source_id, params)


def take_from_address(ids: Sequence[int | None]) -> None:
    """What this page's address says, when it is opened: a reload, or a link that somebody was sent."""
    asked = st.query_params
    if run_id := st.session_state.pop("follow-run", None):
        with db.session() as session:
            run = runs.get(session, run_id)
        if run is not None and run.key_id in ids:
            st.session_state["import-key"], st.session_state["import-source"] = run.key_id, run.source
    named = {str(key_id): key_id for key_id in ids}
    if "import-key" not in st.session_state and asked.get("key") in named:
        st.session_state["import-key"] = named[asked["key"]]
    if "import-source" not in st.session_state and asked.get("source") in SOURCES:
        st.session_state["import-source"] = asked["source"]
    # A browser that has not heard yet that another key was chosen comes with the address of the one before.
    chosen = str(st.session_state.get("import-key", asked.get("key")))
    if "run_id" not in st.session_state and asked.get("run") and asked.get("key", chosen) == chosen:
        st.session_state["run_id"] = asked["run"]


def _put(**named: str) -> None:
    """Into the browser's line; Streamlit tells the browser also what it has there."""
    if any(st.query_params.get(name) != value for name, value in named.items()):
        st.query_params.update(named)


def forget_run() -> None:
    """Another key was chosen: its own last import is shown."""
    st.session_state.pop("run_id", None)
    st.query_params.pop("run", None)


def options(source: Source) -> dict[str, Any]:
    params: dict[str, Any] = {"date_from": None, "date_to": None, "statuses": True, "clients": False}
    if source.dates and st.toggle(t("page-import-choose-dates"), key=f"dates-{source.id}"):
        today = days.today(views.zone())
        params["zone"] = views.zone().key
        last = today - timedelta(days=PERIOD_DEPTH_DAYS) if source.id == "archive" else today
        first = today - timedelta(days=source.depth_days)
        stay_within(f"range-{source.id}", first, last)
        chosen = st.date_input(
            t("page-import-dates"),
            (last - timedelta(days=WINDOW_DAYS - 1), last),
            min_value=first,
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


def stay_within(name: str, first: date, last: date) -> None:
    """Midnight, or another zone, has moved what can be chosen: what was chosen stays as far as it still can.

    Streamlit would begin with its usual days again, also in the very run of a press.
    """
    chosen = st.session_state.get(name)
    if isinstance(chosen, tuple) and not all(first <= day <= last for day in chosen):
        st.session_state[name] = tuple(min(max(day, first), last) for day in chosen)


def _iso_range(chosen: Any) -> tuple[str | None, str | None]:
    days = [d for d in (chosen if isinstance(chosen, tuple) else (chosen,)) if isinstance(d, date)]
    if not days:
        return None, None
    return days[0].isoformat(), days[-1].isoformat()


def outlook(
    row: _shared.KeyRow, rows: Sequence[_shared.KeyRow], source: Source, params: dict[str, Any]
) -> bool:
    """Before the press: whether this key can do it, until when, and how many requests it will take.

    Returns:
        Whether nothing is known to stand in its way.
    """
    assert row.key.id is not None
    refused = diagnosis.preflight(source.main.method, known_of(row, rows, source))
    if refused:
        tell(refused.title(views.lang()), t("page-import-will-fail"))
        return False
    planned, known = seen.read(
        lambda session: (
            plan.planned_requests(session, row.key, source.id, params),
            problems(session, row.key.id or 0, source, params),
        ),
        *("outlook", row.key.id, source.id, tuple(sorted(params.items(), key=str)), views.lang()),
        *(views.zone().key, seen.at(datetime.now(UTC))),
    )
    for title, text in known:
        tell(title, text)
    expires = row.facts.expires_at
    parts = [
        "" if known else t("page-import-can" if row.key.verified_at else "page-import-nothing-against"),
        t("page-import-until", at=views.day(expires)) if expires else "",
        t("page-import-planned", count=planned),
    ]
    st.caption(" ".join(filter(None, parts)))
    return not known


def known_of(row: _shared.KeyRow, rows: Sequence[_shared.KeyRow], source: Source) -> Evidence:
    """What this page knows of a key already, without asking the database again."""
    category, now = METHOD_BY_ID[source.main.method].category, datetime.now(UTC)
    of_seller = [one for one in rows if one.seller.id == row.seller.id and one is not row]
    return Evidence(
        key_name=row.key.name,
        facts=row.facts,
        environment=environment_of(row.key),
        other_key=next((one.key.name for one in of_seller if keyring.opens(one.key, category, now)), None),
        seller_name=row.seller_name,
        sellers=len({one.seller.id for one in rows if one.key.environment == row.key.environment}),
    )


def tell(title: str, text: str) -> None:
    st.warning(f"**{views.plain(title)}**  \n{views.plain(text)}", icon=views.ICONS["warning"])


def problems(session: Session, key_id: int, source: Source, params: dict[str, Any]) -> list[tuple[str, str]]:
    """What the last import and the last check have found that this import would meet: titles and texts."""
    methods = {stream.method for stream in source.streams(params)}
    categories = {METHOD_BY_ID[method].category for method in methods}
    rows = [row for row in checklist.of_key(session, key_id) if row.severity == "error"]
    mine = [row for row in rows if checklist.is_met_by(row, key_id, methods, categories)]
    if mine:
        return [
            (card.former_title, t("page-import-found", at=views.moment(incidents.met_last(row, key_id))))
            for row, card in zip(mine, cards.cards(session, mine, views.lang()), strict=True)
        ]
    state = session.get(CapabilityState, (key_id, source.main.method))
    if state is None or state.status not in ("denied", "error") or state.diagnosis is None:
        return []
    title = Diagnosis.from_record(state.diagnosis).title(views.lang())
    return [(title, t("page-import-checked", at=views.moment(state.checked_at)))]


def press(key_id: int, source: str, params: dict[str, Any]) -> None:
    st.session_state.pop(_everything.CAME, None)
    try:
        run = queue.enqueue_import(key_id, source, params, by=_shared.actor())
    except queue.AlreadyRunning as error:
        run = error.run
        st.session_state["notice"] = t("page-import-already", key=views.plain(_shared.key_name_now(run)))
    st.session_state["run_id"] = run.id
    st.rerun()


def current() -> None:
    """The import that is watched: the one just pressed or chosen, else the last one of the chosen key."""
    run_id, key_id = st.session_state.get("run_id"), st.session_state.get("import-key")

    def ask(session: Session) -> Run | None:
        run = None if run_id is None else runs.get(session, run_id)
        if run is not None or key_id is None:
            return run
        return runs.last_of_key(session, key_id)

    run = seen.read(ask, "current-run", run_id, key_id)
    if run is None:
        st.query_params.pop("run", None)
        return
    _put(run=run.id)
    if run.status in ACTIVE_STATUSES:
        watch(run.id)
    else:
        ended(run)


@st.fragment(run_every=0.7)
@views.calm
def watch(run_id: str) -> None:
    """The progress of a running import; looks again by itself until it has ended."""
    with db.session() as session:
        run = runs.get(session, run_id)
        somebody = bool(workers.alive(session))
    if run is None or run.status not in ACTIVE_STATUSES:
        views.draw_anew()
        return
    with st.container(border=True, key="running-import"):
        st.subheader(f":material/sync: {heading(run)}", anchor=False)
        st.markdown(f"**{views.plain(progress_text(run, somebody))}**")
        st.caption(views.plain(" · ".join(progress_facts(run))))
        counts(run)
        if run.status == "queued" and not somebody:
            st.info(t("page-run-no-worker" if settings().worker else "page-run-worker-off"))
        if run.cancel_requested:
            st.caption(t("page-run-stopping"))
        elif _shared.actor().may(Right.IMPORT):
            # By a callback: what this press draws says already that the import is being stopped.
            # Of this import by name: the press on one that is still shown stops no other.
            st.button(
                t("page-run-stop"),
                icon=":material/stop_circle:",
                on_click=stop,
                args=(run.id,),
                key=f"stop-{run.id}",
            )
        st.caption(t("page-run-leave"))


@views.calm
def stop(run_id: str) -> None:
    queue.cancel(run_id, by=_shared.actor())


HANGS_AFTER_S = 5.0


def progress_text(run: Run, somebody: bool) -> str:
    """What is going on now. There is no bar: WB does not say how many orders there are."""
    now = datetime.now(UTC)
    if run.status == "queued":
        return t("page-run-queued" if somebody else "page-run-queued-alone")
    if run.status == "waiting" and run.wait_until is not None and run.wait_until > now:
        return t("page-run-waiting", wait=views.duration((run.wait_until - now).total_seconds()))
    if not somebody:
        return t("page-run-broken-off")
    phase = t(f"phase-{run.phase}") if run.phase else t("page-run-starting")
    silent = (now - moved_at(run)).total_seconds()
    if silent >= HANGS_AFTER_S:
        return t("page-run-hangs", phase=phase, time=views.duration(int(silent)))
    return t("page-run-progress", phase=phase, pages=run.pages)


def moved_at(run: Run) -> datetime:
    """Since when WB may be silent: the last page, the end of a wait, or that somebody took the import up."""
    marks = (run.cursor.get("moved_at"), run.cursor.get("taken_at"))
    moments = [datetime.fromisoformat(mark) for mark in marks if mark]
    return max(filter(None, [run.started_at or run.created_at, run.wait_until, *moments]))


def progress_facts(run: Run) -> list[str]:
    """Only what is known: the part of the period that is read, requests, the time it has taken."""
    facts = []
    if asked := run.cursor.get("asked"):
        since, until = (views.day(datetime.fromtimestamp(one, UTC)) for one in asked)
        windows = (run.cursor.get("at") or {}).get("windows") or []
        left = sum(end - begin for begin, end in windows)
        read = max(0, asked[1] - asked[0] - left) // 86_400
        days = -(-(asked[1] - asked[0]) // 86_400)
        facts.append(t("page-run-period", read=read, days=days, since=since, until=until))
    facts.append(t("page-run-requests", requests=run.requests))
    if run.started_at is not None:
        passed = (datetime.now(UTC) - run.started_at).total_seconds()
        facts.append(t("page-run-elapsed", time=views.duration(int(passed))))
    if (waited := runs.waited_so_far(run, datetime.now(UTC))) >= 1:
        facts.append(t("page-run-waited", time=views.duration(int(waited))))
    return facts


def heading(run: Run) -> str:
    return f"{views.plain(_shared.key_name_now(run))} · {t(f'source-{run.source}')}"


def counts(run: Run) -> None:
    names = ("fetched", "created", "updated", "unchanged", "rejected")
    with st.container(horizontal=True, gap="medium"):
        for name in names:
            st.metric(t(f"page-count-{name}"), views.number(getattr(run, name)), width="content")


def ended(run: Run) -> None:
    with st.container(border=True, key="ended-import"):
        icons = {"done": views.ICONS["done"], "failed": views.ICONS["error"]}
        icon = icons.get(run.status, ":material/stop_circle:")
        st.subheader(f"{icon} {heading(run)}: {t(f'status-{run.status}')}", anchor=False)
        facts = t(
            "page-run-facts",
            at=views.moment(run.finished_at),
            duration=views.duration(run.duration_s),
            requests=run.requests,
        )
        st.caption(f"{facts} · {views.plain(t('page-runs-started-by', who=who_started(run)))}")
        if run.status != "failed" or run.fetched:
            counts(run)
        if run.status == "done" and not run.fetched:
            st.info(t("page-run-nothing"), icon=views.ICONS["info"])
        if run.status == "done":
            solved(run)
            views.page_link("pages/orders.py", label=t("page-run-see-orders"), icon=":material/list_alt:")
            views.page_link("pages/picking.py", label=t("page-picking-link"), icon=":material/checklist:")
        if run.status == "cancelled":
            st.caption(t("page-run-cancelled-note"))
        rejected(run)
    if run.status == "failed":
        lists = seen.read(lambda session: checklist.for_run(session, run.id), "of-run", run.id)
        if lists:
            _checklists.draw(lists)
        else:
            for found in _shared.diagnoses_now(run):
                drawing.draw_diagnosis(found)


def solved(run: Run) -> None:
    """What this import has put right."""
    for row in seen.read(lambda session: checklist.put_right(session, run), "put-right", run.id):
        title = checklist.diagnosis_of(row).title(views.lang())
        st.success(t("page-run-solved", title=views.plain(title)), icon=views.ICONS["done"])


def rejected(run: Run) -> None:
    """Rows that could not be read: kept whole, shown as they came."""
    if not run.rejected:
        return
    with db.session() as session:
        rows = writing.list_rejected(session, run_id=run.id, limit=REJECTED_SHOWN)
    with st.expander(t("page-rejected", count=run.rejected)):
        st.caption(t("page-rejected-note"))
        if len(rows) < run.rejected:
            st.caption(t("page-rejected-more", shown=len(rows), count=run.rejected))
        for row in rows:
            reason = views.known(f"rejected-{row.reason}", row.reason)
            st.text(t("page-rejected-row", reason=reason))
            st.code(buyers.shown(row.raw).decode("utf-8", "replace")[:2000], language=None, wrap_lines=True)


# --- History -----------------------------------------------------------------------------------------------


def who_started(run: Run) -> str:
    """A user by name; a schedule, the command line, a checklist; or whoever sits at this computer."""
    if run.trigger in ("schedule", "cli"):
        return t(f"page-runs-by-{run.trigger}")
    if run.trigger == "checklist":
        text = "page-runs-by-checklist-user" if run.started_by else "page-runs-by-checklist"
        return t(text, name=run.started_by)
    return run.started_by or t("page-runs-by-machine")


def history_line(run: Run, now: datetime) -> dict[str, object]:
    at = run.started_at or run.created_at
    active = run.status in ACTIVE_STATUSES
    took = (now - at).total_seconds() if active else run.duration_s
    return {
        t("page-column-status"): look.chip(run.status, t(f"status-{run.status}")),
        t("page-column-when"): views.ago(at, now),
        t("page-column-key"): _shared.key_name_now(run),
        t("page-column-source"): t(f"source-{run.source}"),
        t("page-count-created"): views.number(run.created),
        t("page-runs-changed"): views.number(run.updated),
        t("page-count-fetched"): views.number(run.fetched),
        t("page-runs-took"): "—" if run.status == "queued" else views.duration(max(0, int(took))),
        t("page-runs-who"): who_started(run),
        t("page-column-reason"): "; ".join(one.title(views.lang()) for one in _shared.diagnoses_now(run)),
        t("page-runs-exact"): views.moment(at),
    }


def read_history() -> tuple[list[Run], dict[tuple[str, str], Any]]:
    """A page of runs, and one more where there are older ones; and their tables, by language and zone."""
    offset = st.session_state.get(HISTORY_AT, 0)
    read: tuple[list[Run], dict[tuple[str, str], Any]] = seen.read(
        lambda session: (list(runs.list_runs(session, limit=HISTORY_PAGE + 1, offset=offset)), {}),
        *("history", offset, seen.at(datetime.now(UTC))),
    )
    if offset and not read[0]:  # a page behind the last one is the first one: imports may be gone meanwhile
        del st.session_state[HISTORY_AT]
        return read_history()
    return read


def history() -> None:
    """Looks again by itself while something on the page is under way."""
    st.subheader(t("page-history-title"), anchor=False)
    read = read_history()
    under_way = any(run.status in ACTIVE_STATUSES for run in read[0])
    draw = views.calm(draw_history)
    if under_way:
        draw = st.fragment(draw, run_every=HISTORY_S)
    draw([read], under_way)


def draw_history(first: list[tuple[list[Run], dict[tuple[str, str], Any]]], under_way: bool) -> None:
    """Draws a page of runs.

    Args:
        first: what the page has just read, for the first drawing; used up by it.
        under_way: something was, then; once it has ended nobody need look again.
    """
    read, tables = first.pop() if first else read_history()
    active = any(run.status in ACTIVE_STATUSES for run in read)
    if under_way and not active:
        views.draw_anew()
    if not read and not st.session_state.get(HISTORY_AT):
        st.caption(t("page-history-empty"))
        return
    shown = read[:HISTORY_PAGE]
    about = (views.lang(), views.zone().key)
    if active or about not in tables:  # while something is under way, its time passes
        now = datetime.now(UTC)
        tables[about] = views.arrow([history_line(run, now) for run in shown])
    words = {str(status): t(f"status-{status}") for status in RunStatus}
    status = t("page-column-status")
    # A selection is remembered by the table's key and a row's number: other rows are another table.
    picked = st.dataframe(
        tables[about],
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        column_config={status: look.state_column(status, words, width=STATUS_PX)},
        key=views.key_of_rows("history", [run.id for run in shown]),
    )
    turn_pages(len(shown), older=len(read) > HISTORY_PAGE)
    if picked and picked.selection.rows:
        place = picked.selection.rows[0]
        if place < len(shown) and st.session_state.get("history-picked") != shown[place].id:
            st.session_state["history-picked"] = st.session_state["run_id"] = shown[place].id
            st.rerun()


def turn_pages(count: int, *, older: bool) -> None:
    at = st.session_state.get(HISTORY_AT, 0)
    if not at and not older:
        return

    def turned(to: int) -> None:
        st.session_state[HISTORY_AT] = max(0, to)

    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            t("page-runs-newer"),
            disabled=not at,
            icon=":material/chevron_left:",
            on_click=views.calm(turned),
            args=(at - HISTORY_PAGE,),
        )
        st.button(
            t("page-runs-older"),
            disabled=not older,
            icon=":material/chevron_right:",
            on_click=views.calm(turned),
            args=(at + HISTORY_PAGE,),
        )
        st.caption(t("page-runs-place", **{"from": at + 1, "to": at + count}))


def page() -> None:
    st.title(t("page-order-import-title"), anchor=False)
    rows = _shared.begin_with_keys()
    if not rows:
        return
    # Each part has a place of its own: what comes and goes in one moves no other.
    filters, answer = look.filters_and_answer()
    with filters:
        choose(rows)
    with answer:
        current()
    with st.container():
        _schedules.listing()
    history()


views.screen(page)
