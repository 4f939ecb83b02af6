"""The press that imports what is new of all keys, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from pages import _shared
from wbcore.guidance import views
from wbcore.guidance.diagnosis import Diagnosis
from wbcore.guidance.views import t
from wbcore.imports import everything

CAME = "came-of-all"
HISTORY_AT = "history-at"
"""How many newer runs the history leaves out."""


@dataclass(frozen=True, slots=True)
class CameOfAll:
    """What is told of the press for all keys: how many began, names, and why the others can't."""

    started: int
    running: list[str]
    occupied: list[tuple[str, str]]
    """Key and source of imports that keep a seller's keys from this one."""
    unable: list[tuple[str, Diagnosis]]
    spared: dict[str, str]


def press(key_id: int) -> None:
    """Imports what is new of all keys; the one that is chosen here is watched."""
    with st.spinner(t("page-run-starting")):
        came = everything.enqueue(by=_shared.actor())
    running = [run.key_name for run in came.running]
    occupied = [(run.key_name, run.source) for run in came.occupied]
    st.session_state[CAME] = CameOfAll(len(came.started), running, occupied, came.unable, came.spared)
    begun = [*came.started, *came.running, *came.occupied]
    mine = next((run for run in begun if run.key_id == key_id), begun[0] if begun else None)
    if mine is not None:
        st.session_state["run_id"] = mine.id
    st.session_state.pop(HISTORY_AT, None)
    st.rerun()


def told() -> None:
    """Told until another import is asked for."""
    came: CameOfAll | None = st.session_state.get(CAME)
    if came is None:
        return
    parts = [t("page-import-all-started", count=came.started)]
    if came.running:
        parts.append(t("page-import-all-running", names=views.plain(", ".join(came.running))))
    st.info(" ".join(parts), icon=views.ICONS["info"])
    if came.occupied:
        rows = [
            t("page-import-all-unable-row", key=views.plain(key), reason=views.plain(t(f"source-{source}")))
            for key, source in came.occupied
        ]
        st.warning(t("page-import-all-occupied", rows="; ".join(rows)), icon=views.ICONS["warning"])
    if came.spared:
        spared = [t("page-import-all-spared-row", key=one, other=other) for one, other in came.spared.items()]
        st.caption(f"{t('page-import-all-spared')} {views.plain('; '.join(spared))}.")
    if not came.unable:
        return
    rows = [
        t("page-import-all-unable-row", key=views.plain(name), reason=views.plain(found.title(views.lang())))
        for name, found in came.unable
    ]
    title = t("page-import-all-unable", count=len(rows))
    st.warning(f"**{title}**\n\n" + "\n".join(f"- {row}" for row in rows), icon=views.ICONS["warning"])
    views.page_link(_shared.OVERVIEW_PAGE, label=t("page-import-what-to-do"), icon=":material/checklist:")
