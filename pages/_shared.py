"""What several screens do alike: the buttons of a checklist, the choice of a key, the warning of expiry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import orjson
import streamlit as st

from wbcore.api.token import TokenFacts
from wbcore.guidance import checklist, support, views
from wbcore.guidance.diagnosis import EXPIRING_DAYS, Evidence, category_name, token_diagnoses
from wbcore.guidance.views import Actions, t
from wbcore.jobs import keys as key_jobs
from wbcore.jobs import queue
from wbcore.jobs.keys import KeyOutcome
from wbcore.store import db, keys, runs
from wbcore.store.models import Checklist, Key, Run, Seller

IMPORT_PAGE = "pages/order_import.py"
KEYS_PAGE = "pages/api_keys.py"
URGENCY = ((1, st.error), (7, st.warning), (EXPIRING_DAYS, st.info))
"""So many days before a token's end, every page says so, ever more loudly."""
SHOWN_EXPIRIES = 3
SHOWN_CHECKLISTS = 10


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A key with what a screen says of it."""

    key: Key
    seller: Seller
    facts: TokenFacts

    @property
    def label(self) -> str:
        seller = self.seller.name or self.seller.trade_mark
        return f"{self.key.name} · {seller}" if seller else self.key.name


def key_rows() -> list[KeyRow]:
    """All keys by name."""
    with db.session() as session:
        rows = keys.list_keys(session)
        sellers = keys.sellers_of(session, rows)
    return [key_row(key, sellers[key.seller_id]) for key in rows]


def key_row(key: Key, seller: Seller) -> KeyRow:
    return KeyRow(key, seller, TokenFacts.from_record(key.facts))


def warn_of_expiry(rows: Sequence[KeyRow]) -> None:
    """On every page: tokens that expire within a month, or have."""
    now = datetime.now(UTC)
    left = [(days, row) for row in rows if (days := row.facts.days_left(now)) is not None]
    ending = sorted((one for one in left if one[0] <= EXPIRING_DAYS), key=lambda one: one[0])
    for days, row in ending[:SHOWN_EXPIRIES]:
        box = next(box for limit, box in URGENCY if days <= limit)
        evidence = Evidence(now=now, key_name=row.key.name, facts=row.facts)
        for found in token_diagnoses(evidence, needed=())[:1]:
            with st.container(horizontal=True, vertical_alignment="center"):
                box(views.plain(found.summary(views.lang())), icon=views.ICONS[found.severity])
                st.page_link(KEYS_PAGE, label=t("page-key-replace"), icon=":material/key:")
    if len(ending) > SHOWN_EXPIRIES:
        st.warning(t("page-expiry-more", count=len(ending) - SHOWN_EXPIRIES), icon=views.ICONS["warning"])


def begin_with_keys() -> list[KeyRow]:
    """All keys, after what is to be said on top of a page; [] when there is none, and that is said."""
    rows = key_rows()
    if not rows:
        st.info(t("page-import-no-keys"), icon=views.ICONS["info"])
        st.page_link(KEYS_PAGE, label=t("page-overview-add-key"), icon=":material/key:")
        return []
    draw_remembered()
    warn_of_expiry(rows)
    return rows


def open_checklists() -> list[Checklist]:
    """What is open now: verified once more, worst first; an agency's hundreds are not read at once."""
    with db.session() as session:
        checklist.refresh(session, limit=SHOWN_CHECKLISTS)
        session.commit()
        return checklist.open_checklists(session, limit=SHOWN_CHECKLISTS)


def draw_open_checklists(rows: Sequence[Checklist]) -> None:
    """As ``draw_checklists``, and how many more there are."""
    draw_checklists(rows)
    if len(rows) == SHOWN_CHECKLISTS:
        with db.session() as session:
            count = checklist.count_open(session)
        if count > len(rows):
            st.caption(t("page-checklists-more", shown=len(rows), all=count))


def draw_checklists(rows: Sequence[Checklist], *, place: str = "") -> None:
    """Checklists with their buttons at work."""
    for row in rows:
        with db.session() as session:
            key = session.get(Key, row.key_id) if row.key_id is not None else None
        views.draw_checklist(checklist.view(row, views.lang(), key), ACTIONS, place=place)


def go_to_run(run_id: str) -> None:
    st.session_state["run_id"] = run_id
    st.switch_page(IMPORT_PAGE)


def _tick(checklist_id: str, step_id: str, done: bool) -> None:
    with db.session() as session:
        checklist.tick(session, checklist_id, step_id, done, t("page-operator"))
        session.commit()


def _repeat(run_id: str) -> None:
    try:
        run = queue.repeat(run_id)
    except queue.AlreadyRunning as error:
        run = error.run
        st.session_state["notice"] = t("page-import-already", key=views.plain(run.key_name))
    except KeyError:
        st.warning(t("page-run-gone"), icon=views.ICONS["warning"])
        return
    go_to_run(run.id)


def _use_key(run_id: str, name: str) -> None:
    with db.session() as session:
        run, key = runs.get(session, run_id), keys.get_key(session, name)
    if run is None or key is None or key.id is None:
        st.warning(t("page-run-gone"), icon=views.ICONS["warning"])
        return
    try:
        again: Run = queue.enqueue_import(key.id, run.source, run.params, "checklist")
    except queue.AlreadyRunning as error:
        again = error.run
    go_to_run(again.id)


def _pack(checklist_id: str) -> bytes:
    with db.session() as session:
        row = session.get(Checklist, checklist_id)
        if row is None:
            return b"{}"
        key = session.get(Key, row.key_id) if row.key_id is not None else None
        last = runs.list_runs(session, key, 5)
        return orjson.dumps(support.support_pack(row, key, last), option=orjson.OPT_INDENT_2)


def _reopen(checklist_id: str) -> None:
    with db.session() as session:
        checklist.reopen(session, checklist_id)
        session.commit()
    st.rerun()


def _replace(key_id: int) -> None:
    with db.session() as session:
        key = keys.get_key(session, key_id)
    if key is not None:
        replace_dialog(key)


def replace_dialog(key: Key) -> None:
    """Another token for a key, in a window of its own."""

    @st.dialog(t("page-key-replace"))
    def window() -> None:
        st.markdown(t("page-key-replace-for", name=views.plain(key.name)))
        with st.form(f"replace-{key.id}", clear_on_submit=True, border=False):
            token = st.text_input(t("page-key-token"), type="password", autocomplete="off")
            pressed = st.form_submit_button(t("page-key-check"), type="primary")
        if not pressed or key.id is None:
            return
        with st.spinner(t("page-key-checking")):
            outcome = key_jobs.replace_token(key.id, token)
        if outcome.saved:
            remember(outcome, key.name)
            st.rerun()
        draw_outcome(outcome, key.name)

    window()


def remember(outcome: KeyOutcome, name: str) -> None:
    """Keeps what came of a token for the page that is drawn next. Facts only; never the token."""
    st.session_state["outcome"] = (outcome, name)


def draw_remembered() -> None:
    """What came of the token that was saved last, once; and a notice, if there is one."""
    notice = st.session_state.pop("notice", None)
    if notice:
        st.info(notice, icon=views.ICONS["info"])
    kept = st.session_state.pop("outcome", None)
    if kept:
        draw_outcome(*kept)


def draw_outcome(outcome: KeyOutcome, name: str) -> None:
    """What was found out about a token, and whether it was saved."""
    if outcome.saved:
        text = "page-key-saved-unverified" if outcome.unverified else "page-key-saved"
        box = st.warning if outcome.unverified else st.success
        icon = views.ICONS["warning" if outcome.unverified else "done"]
        box(t(text, name=views.plain(name)), icon=icon)
    else:
        st.error(t("page-key-not-saved"), icon=views.ICONS["error"])
    if outcome.facts is not None:
        st.markdown(facts_line(outcome.facts))
    for found in outcome.diagnoses:
        views.draw_diagnosis(found)


def facts_line(facts: TokenFacts) -> str:
    """What a token can do, whose type it is and until when, in one line."""
    now = datetime.now(UTC)
    names = category_names(facts.categories)
    parts = [t("page-key-categories", names=names), t(f"kind-{facts.kind}")]
    if facts.read_only:
        parts.append(t("page-key-read-only"))
    if facts.expires_at is not None:
        days = facts.days_left(now) or 0
        text = "page-key-expired" if facts.expired(now) else "page-key-expires"
        parts.append(t(text, at=views.day(facts.expires_at), days=days))
    return " · ".join(parts)


def category_names(categories: Sequence[str]) -> str:
    return ", ".join(category_name(views.lang(), c) for c in categories) or t("category-none")


ACTIONS = Actions(
    tick=_tick, repeat=_repeat, use_key=_use_key, replace_token=_replace, pack=_pack, reopen=_reopen
)
