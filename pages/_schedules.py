"""Imports that repeat: those of all keys as a list, and the form that makes or changes one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, time
from typing import Any

import streamlit as st
from sqlmodel import Session

from pages import _shared
from wbcore.guidance import look, views
from wbcore.guidance.views import t
from wbcore.imports import schedules, timetable
from wbcore.imports.schedules import Standing
from wbcore.imports.timetable import ScheduleRefused, TimetablePage, TimetableRow
from wbcore.people.actor import Right
from wbcore.store import days, db, seen
from wbcore.store.models import Schedule

PAGE = 6
NUMBER = "repeats-page"
MORNING = time(7, 0)
USUAL_MINUTES = 60


def draw(key_id: int, source: str, params: dict[str, Any]) -> None:
    """The form for the key and source that are chosen above."""
    if not _shared.actor().may(Right.SCHEDULE):
        return
    title = t("page-repeats-form", source=views.plain(t(f"source-{source}")))
    views.folded(
        title,
        lambda: form(key_id, source, params),
        key=f"schedules-{key_id}",
        icon=":material/schedule:",
    )


# --- The list ----------------------------------------------------------------------------------------------


def listing() -> None:
    """What repeats by itself, of all keys, a page at a time."""
    st.subheader(t("page-repeats-title"), anchor=False)
    offset, now = (st.session_state.get(NUMBER, 1) - 1) * PAGE, datetime.now(UTC)

    def ask(session: Session) -> tuple[TimetablePage, Sequence[Standing]]:
        found = timetable.page(session, PAGE, offset)
        known = [row.schedule for row in found.rows]
        return found, schedules.standings(session, known, views.lang(), views.zone())

    about = (offset, views.lang(), views.zone().key, seen.at(now))
    found, stands = seen.read(ask, "timetable", *about)
    if not found.rows:
        may = _shared.actor().may(Right.SCHEDULE)
        st.caption(t("page-repeats-empty" if may else "page-repeats-empty-viewer"))
        return
    st.caption(t("page-repeats-count", count=found.total, running=found.running))
    for row, standing in zip(found.rows, stands, strict=True):
        _row(row, standing, now)
    _draw_number(found)


def _draw_number(found: TimetablePage) -> None:
    pages = -(-found.total // PAGE)
    if pages < 2:
        return
    if st.session_state.get(NUMBER, 1) > pages:  # some are deleted now, and the first page is shown
        st.session_state[NUMBER] = 1
    st.pagination(pages, key=NUMBER)


def _row(row: TimetableRow, standing: Standing, now: datetime) -> None:
    schedule = row.schedule
    source = views.plain(t(f"source-{schedule.source}"))
    rhythm = views.plain(schedules.rhythm(schedule, views.lang()))
    badge = look.badge_text(standing.state, t(f"page-repeats-state-{standing.state}"))
    with st.container(border=True, horizontal=True, vertical_alignment="center", key=f"repeat-{schedule.id}"):
        with st.container(gap=None, width="stretch", key=f"title-repeat-{schedule.id}"):
            st.markdown(f"{badge} **{views.plain(row.key.name)}** · {source}: {rhythm}")
            look.line(_times(row, standing, now))
        if _shared.actor().may(Right.SCHEDULE):
            _buttons(row, standing)


def _times(row: TimetableRow, standing: Standing, now: datetime) -> list[str]:
    """When it runs next and when it ran last, the exact times on hover."""
    parts = [look.words(standing.told)]
    at = row.schedule.next_at
    if standing.state == "on" and at > now - timetable.LATE:
        parts.append(look.time_tag(until(at, now), views.moment(at)))
    if standing.left_out:
        parts.append(look.words(standing.left_out))
    if row.last is None:
        return [*parts, look.words(t("page-repeats-never"))]
    at = row.last.started_at or row.last.created_at
    last = t("page-repeats-last", status=t(f"status-{row.last.status}"), ago=views.ago(at, now))
    return [*parts, look.time_tag(last, views.moment(at))]


def until(value: datetime, now: datetime) -> str:
    """How long from now, in its largest unit: ``через 5 мин``."""
    seconds = (value - now).total_seconds()
    size = next((size for size in (86_400, 3_600, 60) if seconds >= size), None)
    if size is None:
        return t("page-repeats-now")
    return t("page-repeats-in", time=views.duration(seconds // size * size))


def _buttons(row: TimetableRow, standing: Standing) -> None:
    number = row.schedule.id or 0
    if st.button(t("page-repeats-edit"), key=f"edit-{number}", icon=":material/edit:", type="tertiary"):
        edit_dialog(row.schedule)
    going = standing.state == "on"

    def turned() -> None:
        _there(lambda: schedules.switch(number, not going, by=_shared.actor()))

    label, icon = ("page-repeats-pause", "pause") if going else ("page-repeats-go-on", "play_arrow")
    st.button(
        t(label),
        key=f"switch-{number}-{going}",
        icon=f":material/{icon}:",
        type="tertiary",
        on_click=views.calm(turned),
    )
    if st.button(t("page-repeats-delete"), key=f"delete-{number}", icon=":material/delete:", type="tertiary"):
        delete_dialog(row)


def _there(change: Callable[[], None]) -> None:
    """A change of a schedule; that a colleague was quicker is said, and is no failure."""
    try:
        change()
    except KeyError:
        st.session_state["notice"] = t("page-repeats-gone")
    except ScheduleRefused as error:
        st.session_state["notice"] = schedules.refusal_text(error, views.lang())


def delete_dialog(row: TimetableRow) -> None:
    @views.dialog(t("page-repeats-delete-title"))
    @views.calm
    def window() -> None:
        source = views.plain(t(f"source-{row.schedule.source}"))
        st.markdown(t("page-repeats-delete-ask", source=source, key=views.plain(row.key.name)))
        with st.container(horizontal=True):
            if st.button(t("page-repeats-delete-yes"), type="primary", key=f"yes-repeat-{row.schedule.id}"):
                _there(lambda: schedules.delete(row.schedule.id or 0, by=_shared.actor()))
                st.rerun()
            if st.button(t("page-cancel")):
                st.rerun()

    window()


def edit_dialog(schedule: Schedule) -> None:
    @views.dialog(t("page-repeats-edit-title"))
    @views.calm
    def window() -> None:
        form(schedule.key_id, schedule.source, schedule.params, schedule)

    window()


# --- The form ----------------------------------------------------------------------------------------------


def form(key_id: int, source: str, params: dict[str, Any], before: Schedule | None = None) -> None:
    """Makes the schedule of a key and source, or changes ``before``."""
    place = "edit" if before else "new"
    daily_at = before.daily_at if before else None
    with st.form(f"schedule-{place}-{key_id}-{source}", border=False):
        if before is None:
            st.markdown(t("page-schedule-new", source=views.plain(t(f"source-{source}"))))
            _tell_of_former(key_id, source)
        mode = st.radio(
            t("page-schedule-mode"),
            ["every", "daily"],
            index=1 if daily_at else 0,
            format_func=lambda m: t(f"page-schedule-{m}"),
            horizontal=True,
        )
        left, right = st.columns(2)
        minutes = left.number_input(
            t("page-schedule-minutes"),
            timetable.LEAST_MINUTES,
            timetable.MOST_MINUTES,
            (before.every_minutes if before else None) or USUAL_MINUTES,
            step=5,
        )
        at = right.time_input(t("page-schedule-at"), timetable.read_time(daily_at) if daily_at else MORNING)
        st.caption(t("page-schedule-zone", zone=views.zone_name(_zone(before))))
        pressed = st.form_submit_button(t("page-repeats-save" if before else "page-schedule-save"))
    if pressed:
        _save(key_id, source, params, at if mode == "daily" else int(minutes), before)


def _tell_of_former(key_id: int, source: str) -> None:
    """There is one for each key and source: what is saved takes the place of a colleague's, too."""
    with db.session() as session:
        former = timetable.of_key(session, key_id, source)
    if former is not None:
        rhythm = views.plain(schedules.rhythm(former, views.lang()))
        st.caption(t("page-schedule-former", rhythm=rhythm))


def _zone(before: Schedule | None) -> str:
    """Whose hours are meant: a daily one keeps its own, where this computer knows them."""
    own = before.tz if before is not None and before.daily_at is not None else ""
    return own if own == days.named(own).key else views.zone().key


def _save(
    key_id: int, source: str, params: dict[str, Any], rhythm: time | int, before: Schedule | None
) -> None:
    try:
        schedules.save(
            key_id,
            source,
            every_minutes=None if isinstance(rhythm, time) else rhythm,
            daily_at=f"{rhythm:%H:%M}" if isinstance(rhythm, time) else None,
            tz=_zone(before),
            params=params,
            before=before,
            by=_shared.actor(),
        )
    except ScheduleRefused as error:
        st.error(views.plain(schedules.refusal_text(error, views.lang())), icon=views.ICONS["error"])
        return
    except KeyError:
        st.warning(t("page-repeats-gone" if before else "page-run-gone"), icon=views.ICONS["warning"])
        return
    st.rerun()
