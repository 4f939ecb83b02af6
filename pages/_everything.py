"""The press that imports what is new of all keys, and what came of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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
NAMED = 8


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
    """Told until another import is asked for; of many keys the first ones are named, the others counted."""
    came: CameOfAll | None = st.session_state.get(CAME)
    if came is None:
        return
    parts = [t("page-import-all-started", count=came.started)]
    if came.running:
        parts.append(t("page-import-all-running", names=_some(came.running)))
    st.info(" ".join(parts), icon=views.ICONS["info"])
    if came.occupied:
        rows = _by_reason((key, t(f"source-{source}")) for key, source in came.occupied)
        st.warning(t("page-import-all-occupied", rows="; ".join(rows)), icon=views.ICONS["warning"])
    if came.spared:
        spared = [t("page-import-all-spared-row", key=one, other=other) for one, other in came.spared.items()]
        st.caption(f"{t('page-import-all-spared')} {_some(spared, '; ')}.")
    if came.unable:
        _tell_unable(came.unable)


def _tell_unable(unable: list[tuple[str, Diagnosis]]) -> None:
    rows = _by_reason((name, found.problem(views.lang())) for name, found in unable)
    title = t("page-import-all-unable", count=len(unable))
    st.warning(f"**{title}**\n\n" + "\n".join(f"- {row}" for row in rows), icon=views.ICONS["warning"])
    views.page_link(_shared.OVERVIEW_PAGE, label=t("page-import-what-to-do"), icon=":material/checklist:")


def _by_reason(rows: Iterable[tuple[str, str]]) -> list[str]:
    """A line for each reason, with the keys that it is so for."""
    of_reason: dict[str, list[str]] = {}
    for key, reason in rows:
        of_reason.setdefault(reason, []).append(key)
    return [
        t("page-import-all-unable-row", reason=views.plain(reason), names=_some(keys))
        for reason, keys in of_reason.items()
    ]


def _some(names: Sequence[str], between: str = ", ") -> str:
    told = views.plain(between.join(names[:NAMED]))
    more = len(names) - NAMED
    return told if more <= 0 else t("page-import-all-more", names=told, count=more)
