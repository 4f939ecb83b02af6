"""Repeating imports of a key: every so often or daily, beside the manual button."""

from __future__ import annotations

from datetime import time
from typing import Any

import streamlit as st

from wbcore.guidance import views
from wbcore.guidance.views import t
from wbcore.jobs import schedules as jobs
from wbcore.store import db, schedules
from wbcore.store.models import Schedule
from wbcore.store.schedules import ScheduleRefused


def draw(key_id: int, source: str, params: dict[str, Any]) -> None:
    with db.session() as session:
        known = list(schedules.list_schedules(session, key_id))
        states = {s.id: jobs.state(session, s, views.lang(), views.zone()) for s in known}
    title = t("page-schedule-title", count=sum(s.enabled for s in known))
    with st.expander(title, icon=":material/schedule:"):
        for schedule in known:
            _line(schedule, states[schedule.id])
        _form(key_id, source, params)


def _line(schedule: Schedule, state: str) -> None:
    name = f"{t(f'source-{schedule.source}')}: {jobs.rhythm(schedule, views.lang())}"
    key = f"schedule-{schedule.id}-{schedule.enabled}-{schedule.paused_reason}"
    running = schedule.enabled and not schedule.paused_reason

    def switched() -> None:
        with db.session() as session:
            schedules.switch(session, schedule.id or 0, bool(st.session_state[key]))
            session.commit()

    st.toggle(views.plain(name), running, key=key, on_change=switched)
    st.caption(views.plain(state))


def _form(key_id: int, source: str, params: dict[str, Any]) -> None:
    with st.form(f"schedule-{key_id}-{source}", border=False):
        st.markdown(t("page-schedule-new", source=views.plain(t(f"source-{source}"))))
        mode = st.radio(
            t("page-schedule-mode"),
            ["every", "daily"],
            format_func=lambda m: t(f"page-schedule-{m}"),
            horizontal=True,
        )
        left, right = st.columns(2)
        minutes = left.number_input(t("page-schedule-minutes"), 5, 10_080, 60, step=5)
        at = right.time_input(t("page-schedule-at"), time(7, 0))
        pressed = st.form_submit_button(t("page-schedule-save"))
    if not pressed:
        return
    daily = mode == "daily"
    try:
        jobs.save(
            key_id,
            source,
            every_minutes=None if daily else int(minutes),
            daily_at=f"{at:%H:%M}" if daily else None,
            tz=getattr(views.zone(), "key", "Europe/Moscow"),
            params=params,
        )
    except ScheduleRefused as error:
        st.error(views.plain(jobs.refusal_text(error, views.lang())), icon=views.ICONS["error"])
        return
    except KeyError:
        st.warning(t("page-run-gone"), icon=views.ICONS["warning"])
        return
    st.rerun()
