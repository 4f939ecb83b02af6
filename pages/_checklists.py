"""Checklists on the screens: which are shown, and what their buttons do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import orjson
import streamlit as st
from sqlmodel import Session

from pages import _shared, _token
from wbcore.guidance import cards, checklist, drawing, incidents, support, views
from wbcore.guidance.cards import ChecklistView
from wbcore.guidance.drawing import Actions
from wbcore.guidance.views import t
from wbcore.imports import runs
from wbcore.keys import keyring
from wbcore.people import ticks, visitor
from wbcore.people.actor import Right
from wbcore.store import db, seen
from wbcore.store.models import Checklist, Key, Run

SHOWN = 10
AT_ONCE = 4
"""Of these; the others are folded away."""


def open_now() -> list[Checklist]:
    """What is open now, worst first; an agency's hundreds are not read at once.

    Nothing is verified here: whoever changes something does that, and a worker each minute.
    """
    now = datetime.now(UTC)
    return seen.read(
        lambda session: checklist.open_checklists(session, limit=SHOWN, now=now),
        *("open-checklists", seen.at(now)),
    )


def count_open() -> int:
    """How many problems there are, without those that were put off."""
    now = datetime.now(UTC)
    return seen.read(lambda session: checklist.count_open(session, now), "count-open", seen.at(now))


def draw_open(rows: Sequence[Checklist], most: int = AT_ONCE) -> None:
    """As ``draw``, with how many more there are.

    Args:
        most: so many are drawn at once; the others when somebody wants to see them.
    """
    draw(rows[:most])
    if rest := rows[most:]:
        views.folded(
            t("page-checklists-rest", count=len(rest)),
            lambda: draw(rest, first_opened=False),
            key="checklists-rest",
            icon=views.ICONS["warning"],
        )
    if len(rows) == SHOWN:
        count = count_open()
        if count > len(rows):
            st.caption(t("page-checklists-more", shown=len(rows), all=count))


def draw(rows: Sequence[Checklist], *, place: str = "", first_opened: bool = True) -> None:
    """Checklists with their buttons at work. Only the first, which is the worst, shows its steps."""
    shown = cards_of(rows)
    pressable = actions()
    for place_in_list, card in enumerate(shown):
        drawing.draw_checklist(card, pressable, place=place, opened=first_opened and place_in_list == 0)


def cards_of(rows: Sequence[Checklist]) -> list[ChecklistView]:
    """What is told of checklists, in their order and the reader's language."""
    about = ("cards", views.lang(), views.zone().key, seen.at(datetime.now(UTC)))
    return seen.read(
        lambda session: cards.cards(session, rows, views.lang(), _shared.everybody().told),
        *about,
        *(row.id for row in rows),
    )


def go_to_run(run_id: str) -> None:
    st.session_state["run_id"] = st.session_state["follow-run"] = run_id
    views.go(_shared.IMPORT_PAGE)


def operator() -> str:
    """Who it is that ticks, puts off, dismisses."""
    return _shared.actor().name or t("page-operator")


@contextmanager
def _changing() -> Iterator[Session]:
    """A change of a checklist; that a colleague was quicker is said, and is no failure."""
    try:
        with db.session() as session:
            yield session
            session.commit()
    except KeyError:
        st.session_state["notice"] = t("page-checklist-gone-meanwhile")


def _tick(checklist_id: str, step_id: str, done: bool) -> None:
    with _changing() as session:
        ticks.tick(session, checklist_id, step_id, done, operator(), by=_shared.actor())


def _route(checklist_id: str, route: str) -> None:
    with _changing() as session:
        ticks.choose_route(session, checklist_id, route, by=_shared.actor())


def _dismiss(checklist_id: str, word: str) -> None:
    with _changing() as session:
        ticks.dismiss(session, checklist_id, operator(), word, by=_shared.actor())
    st.rerun()


def _snooze(checklist_id: str, days: int) -> None:
    with _changing() as session:
        until = datetime.now(UTC) + timedelta(days=days)
        ticks.snooze(session, checklist_id, until, operator(), by=_shared.actor())
    st.rerun()


def _reopen(checklist_id: str) -> None:
    with _changing() as session:
        row = ticks.reopen(session, checklist_id, operator(), by=_shared.actor())
        checklist.refresh(session, row.key_id)
    st.rerun()


def _there(checklist_id: str) -> None:
    """At a press: a colleague may have removed the key, or ended the checklist, since the page was drawn."""
    with db.session() as session:
        row = checklist.get(session, checklist_id)
    if row is None or row.closed_at is not None:
        st.session_state["notice"] = t("page-checklist-gone-meanwhile")


def _check(checklist_id: str) -> None:
    """WB is asked again, for the keys that a checklist is about."""
    with db.session() as session:
        row = checklist.get(session, checklist_id)
        ids = [] if row is None else list(keyring.by_id(session, checklist.concerned(row)))
    if ids:
        from wbcore.health import checkups  # noqa: PLC0415 (a press; no first page waits for it)

        checkups.ask(ids, datetime.now(UTC), by=_shared.actor())
    st.session_state["notice"] = t("page-check-asked" if ids else "page-checklist-gone-meanwhile")
    st.rerun()


def _repeat(run_ids: tuple[str, ...]) -> None:
    """The failed imports once more; what runs already is watched instead of a second one."""
    from wbcore.imports import queue  # noqa: PLC0415

    started: list[Run] = []
    for run_id in run_ids:
        try:
            started.append(queue.repeat(run_id, by=_shared.actor()))
        except queue.AlreadyRunning as error:
            started.append(error.run)
            if len(run_ids) == 1:
                st.session_state["notice"] = t("page-import-already", key=views.plain(error.run.key_name))
        except KeyError:  # the key is gone: the others go on
            continue
    if not started:
        st.warning(t("page-run-gone"), icon=views.ICONS["warning"])
        return
    go_to_run(started[0].id)


def _use_key(run_id: str, name: str) -> None:
    from wbcore.imports import queue  # noqa: PLC0415

    with db.session() as session:
        run, key = runs.get(session, run_id), keyring.get_key(session, name)
    if run is None or key is None or key.id is None:
        st.warning(t("page-run-gone"), icon=views.ICONS["warning"])
        return
    try:
        again: Run = queue.enqueue_import(key.id, run.source, run.params, "checklist", by=_shared.actor())
    except queue.AlreadyRunning as error:
        again = error.run
    go_to_run(again.id)


def _pack(checklist_id: str) -> bytes:
    with db.session() as session:
        row = checklist.get(session, checklist_id)
        if row is None:
            return b"{}"
        if incidents.concerns_others(session, row):
            row = incidents.within_sight(row, keyring.by_id(session, checklist.concerned(row)))
        key = session.get(Key, row.key_id) if row.key_id is not None else None
        last = runs.list_runs(session, key, 5)
        return orjson.dumps(support.support_pack(row, key, last), option=orjson.OPT_INDENT_2)


def _replace(key_id: int) -> None:
    with db.session() as session:
        key = keyring.get_key(session, key_id)
    if key is not None:
        _token.window(key)
    else:
        st.warning(t("page-key-gone-meanwhile"), icon=views.ICONS["warning"])


def _paste(key_id: int, place: str) -> None:
    """The same form beside the step that asks for a token; the one primary button is the row's."""
    _token.form(key_id, place=place, label=t("page-paste-token"))


def actions() -> Actions:
    """The buttons of a checklist that whoever looks may press."""
    may = _shared.actor().may
    ticking, owning = may(Right.TICK), may(Right.KEYS)
    return Actions(
        tick=_tick if ticking else None,
        repeat=_repeat if may(Right.IMPORT) else None,
        use_key=_use_key if may(Right.IMPORT) else None,
        replace_token=_replace if owning else None,
        paste=_paste if owning else None,
        check=_check if may(Right.CHECK) else None,
        route=_route if ticking else None,
        dismiss=_dismiss if ticking else None,
        snooze=_snooze if ticking else None,
        pack=visitor.later(_pack),
        reopen=_reopen if ticking else None,
        there=_there,
    )
