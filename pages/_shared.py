"""What several screens do alike: the buttons of a checklist, the choice of a key, the warning of expiry."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import orjson
import streamlit as st
from sqlmodel import Session

from wbcore.api.catalog import CATEGORIES
from wbcore.api.token import TokenFacts
from wbcore.guidance import cards, checklist, clocks, drawing, incidents, look, sellers, support, views
from wbcore.guidance.cards import ChecklistView
from wbcore.guidance.diagnosis import EXPIRING_DAYS, Diagnosis, Evidence, category_name, token_diagnoses
from wbcore.guidance.drawing import Actions
from wbcore.guidance.views import t
from wbcore.imports import runs
from wbcore.keys import keyring, saving
from wbcore.keys.saving import KeyOutcome
from wbcore.orders.filters import ENVIRONMENTS
from wbcore.people import actor as people
from wbcore.people import ticks, visitor
from wbcore.people.actor import Actor, Right
from wbcore.store import db, seen, timekeeping
from wbcore.store.models import Checklist, Key, Run, Seller
from wbcore.store.states import Severity

IMPORT_PAGE = "pages/order_import.py"
KEYS_PAGE = "pages/api_keys.py"
OVERVIEW_PAGE = "pages/overview.py"
URGENCY = {1: st.error, 7: st.warning, EXPIRING_DAYS: st.info}
"""So many days before a token's end, every page says so, ever more loudly."""
SHOWN_EXPIRIES = 3
SHOWN_CHECKLISTS = 10
AT_ONCE = 4
"""Of these; the others are folded away."""


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A key with what a screen says of it."""

    key: Key
    seller: Seller
    facts: TokenFacts
    seller_name: str
    """As ``sellers.names`` has it."""

    @property
    def _invented(self) -> str:
        return "" if self.key.environment == "production" else t(f"environment-{self.key.environment}")

    @property
    def label(self) -> str:
        return " · ".join(filter(None, (self.key.name, self.seller_name, self._invented)))

    @property
    def whose(self) -> str:
        """The seller; by its key's name where WB has not said more."""
        return " · ".join(filter(None, (self.seller_name or self.key.name, self._invented)))


def actor() -> Actor:
    """Whoever looks at this page, as the database has them now.

    Raises:
        NotSignedIn: nobody who is signed in, where that is needed.
    """
    return visitor.present() or people.MACHINE


def sellers_by_id() -> Mapping[int, str]:
    """All sellers, also those whose keys are gone: their orders are still theirs."""
    return seen.read(lambda _: _sellers_by_id(_everybody()), "sellers-by-id", views.lang())


def _sellers_by_id(there: _Everybody) -> dict[int, str]:
    by_key = {row.seller.id: row.whose for row in reversed(there.keys)}
    named, numbers = {}, {}
    for seller in there.sellers:
        if seller.id is not None:
            name = there.names[seller.id] or seller.sid
            invented = seller.environment != "production"
            told = f"{name} · {t(f'environment-{seller.environment}')}" if invented else name
            named[seller.id] = by_key.get(seller.id, told)
            numbers[seller.id] = f"…{seller.sid[-sellers.SHORTEST :]}"
    # One may be called by its key, and that as another seller is.
    return views.distinct(named, numbers.__getitem__)


@dataclass(frozen=True, slots=True)
class _Everybody:
    """All keys and sellers.

    Attributes:
        keys: by name.
        key_of: the same by id.
        sellers: by name.
        names, told: what sellers are called, by id: as ``sellers.names`` and ``sellers.told`` have it.
    """

    keys: list[KeyRow]
    key_of: Mapping[int, KeyRow]
    sellers: Sequence[Seller]
    names: Mapping[int, str]
    told: Mapping[int, str]


def seller_name(seller: Seller) -> str:
    """What a seller is called here; "" where WB has not said."""
    return _everybody().names.get(seller.id or 0, sellers.given(seller))


def mark_invented(seller_id: int | None = None) -> None:
    """Says of the orders shown below that they are no real business, where they are not.

    Args:
        seller_id: whose orders are shown, be there a key of theirs or not; None: of all that are counted
            together.
    """
    there = {one.environment for one in all_sellers() if seller_id in (None, one.id)}
    shown = next((one for one in ENVIRONMENTS if one in there), "production")
    if shown != "production":
        look.badge("learning" if shown == "demo" else "test", t(f"page-orders-of-{shown}"))


def method_name(method_id: str) -> str:
    return t(f"method-{method_id.replace('.', '-')}")


def key_rows() -> list[KeyRow]:
    """All keys by name."""
    return _everybody().keys


def all_sellers() -> Sequence[Seller]:
    """All sellers by name, also those whose keys are gone."""
    return _everybody().sellers


def _everybody() -> _Everybody:
    """Keys and sellers, in one statement for a page."""

    def ask(session: Session) -> _Everybody:
        found = keyring.sellers_and_keys(session)
        each = {seller.id: seller for seller, _ in found}
        there = sorted(each.values(), key=lambda seller: (seller.name, seller.id or 0))
        names = sellers.names(there)
        rows = [_key_row(key, seller, names) for seller, key in found if key is not None]
        return _Everybody(rows, {row.key.id or 0: row for row in rows}, there, names, sellers.told(there))

    return seen.read(ask, "keys")


def key_row(key: Key, seller: Seller) -> KeyRow:
    return _key_row(key, seller, _everybody().names)


def _key_row(key: Key, seller: Seller, names: Mapping[int, str]) -> KeyRow:
    name = names.get(seller.id or 0, sellers.given(seller))
    return KeyRow(key, seller, TokenFacts.from_record(key.facts), name)


def warn_of_clocks() -> None:
    """A computer whose clock is wrong, by what WB's answers say of the time. One query."""
    found = seen.read(timekeeping.wrong, "clocks")
    for one in found[:SHOWN_EXPIRIES]:
        told = clocks.warning(one, views.lang())
        st.warning(views.plain(f"{told['text']} {told['way_out']}"), icon=views.ICONS["warning"])


def warn_of_expiry() -> None:
    """On every page: tokens that expire within a month, or have."""
    now = datetime.now(UTC)
    about = (views.lang(), views.zone().key, seen.at(now))
    found = seen.read(lambda _: _expiring(key_rows(), now), "expiring", *about)
    if found is None:
        return
    limit, severity, told = found
    with st.container(horizontal=True, vertical_alignment="center"):
        URGENCY[limit](told, icon=views.ICONS[severity])
        if actor().may(Right.KEYS):
            views.page_link(KEYS_PAGE, label=t("page-key-replace"), icon=":material/key:")
        else:
            st.caption(t("page-expiry-owner"))


def _expiring(rows: Sequence[KeyRow], now: datetime) -> tuple[int, Severity, str] | None:
    """How many days at most are left, how bad that is, what is told of it; None: nothing ends soon."""
    left = [(days, row) for row in rows if (days := row.facts.days_left(now)) is not None]
    ending = sorted((one for one in left if one[0] <= EXPIRING_DAYS), key=lambda one: one[0])
    told = []
    for _, row in ending[:SHOWN_EXPIRIES]:
        evidence = Evidence(now=now, key_name=row.key.name, facts=row.facts)
        told += token_diagnoses(evidence, needed=())[:1]
    if not told:
        return None
    lines = [views.plain(found.summary(views.lang())) for found in told]
    if len(ending) > SHOWN_EXPIRIES:
        lines.append(t("page-expiry-more", count=len(ending) - SHOWN_EXPIRIES))
    limit = next(limit for limit in URGENCY if ending[0][0] <= limit)
    return limit, told[0].severity, "  \n".join(lines)


def say_no_keys(text: str) -> None:
    """That there is no key yet, and what comes first: who may add none is told who may."""
    if not actor().may(Right.KEYS):
        st.info(t("page-no-keys-yet"), icon=views.ICONS["info"])
        return
    st.info(t(text), icon=views.ICONS["info"])
    views.page_link(KEYS_PAGE, label=t("page-overview-add-key"), icon=":material/key:")


def begin_with_keys() -> list[KeyRow]:
    """All keys, after what is to be said on top of a page; [] when there is none, and that is said."""
    rows = key_rows()
    if not rows:
        say_no_keys("page-import-no-keys")
        return []
    with st.container():  # what comes and goes here moves nothing below
        draw_remembered()
        warn_of_expiry()
    return rows


def open_checklists() -> list[Checklist]:
    """What is open now, worst first; an agency's hundreds are not read at once.

    Nothing is verified here: whoever changes something does that, and a worker each minute.
    """
    now = datetime.now(UTC)
    return seen.read(
        lambda session: checklist.open_checklists(session, limit=SHOWN_CHECKLISTS, now=now),
        *("open-checklists", seen.at(now)),
    )


def count_open() -> int:
    """How many problems there are, without those that were put off."""
    now = datetime.now(UTC)
    return seen.read(lambda session: checklist.count_open(session, now), "count-open", seen.at(now))


def draw_open_checklists(rows: Sequence[Checklist], most: int = AT_ONCE) -> None:
    """As ``draw_checklists``, with how many more there are.

    Args:
        most: so many are drawn at once; the others when somebody wants to see them.
    """
    draw_checklists(rows[:most])
    if rest := rows[most:]:
        views.folded(
            t("page-checklists-rest", count=len(rest)),
            lambda: draw_checklists(rest, first_opened=False),
            key="checklists-rest",
            icon=views.ICONS["warning"],
        )
    if len(rows) == SHOWN_CHECKLISTS:
        count = count_open()
        if count > len(rows):
            st.caption(t("page-checklists-more", shown=len(rows), all=count))


def draw_checklists(rows: Sequence[Checklist], *, place: str = "", first_opened: bool = True) -> None:
    """Checklists with their buttons at work. Only the first, which is the worst, shows its steps."""
    shown = cards_of(rows)
    actions = actions_of_actor()
    for place_in_list, card in enumerate(shown):
        drawing.draw_checklist(card, actions, place=place, opened=first_opened and place_in_list == 0)


def cards_of(rows: Sequence[Checklist]) -> list[ChecklistView]:
    """What is told of checklists, in their order and the reader's language."""
    about = ("cards", views.lang(), views.zone().key, seen.at(datetime.now(UTC)))
    return seen.read(
        lambda session: cards.cards(session, rows, views.lang(), _everybody().told),
        *about,
        *(row.id for row in rows),
    )


def go_to_run(run_id: str) -> None:
    st.session_state["run_id"] = st.session_state["follow-run"] = run_id
    views.go(IMPORT_PAGE)


def operator() -> str:
    """Who it is that ticks, puts off, dismisses."""
    return actor().name or t("page-operator")


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
        ticks.tick(session, checklist_id, step_id, done, operator(), by=actor())


def _route(checklist_id: str, route: str) -> None:
    with _changing() as session:
        ticks.choose_route(session, checklist_id, route, by=actor())


def _dismiss(checklist_id: str, word: str) -> None:
    with _changing() as session:
        ticks.dismiss(session, checklist_id, operator(), word, by=actor())
    st.rerun()


def _snooze(checklist_id: str, days: int) -> None:
    with _changing() as session:
        until = datetime.now(UTC) + timedelta(days=days)
        ticks.snooze(session, checklist_id, until, operator(), by=actor())
    st.rerun()


def _reopen(checklist_id: str) -> None:
    with _changing() as session:
        row = ticks.reopen(session, checklist_id, operator(), by=actor())
        checklist.refresh(session, row.key_id)
    st.rerun()


def _there(checklist_id: str) -> None:
    """At a press: a colleague may have removed the key, or ended the checklist, since the page was drawn."""
    with db.session() as session:
        row = checklist.get(session, checklist_id)
    if row is None or row.closed_at is not None:
        st.session_state["notice"] = t("page-checklist-gone-meanwhile")


def key_there(key_id: int) -> None:
    """At a press: as ``_there``, of a key: what stood beside it is not drawn any more, and says nothing."""
    with db.session() as session:
        key = keyring.get_key(session, key_id)
    if key is None:
        st.session_state["notice"] = t("page-key-gone-meanwhile")


def _check(checklist_id: str) -> None:
    """WB is asked again, for the keys that a checklist is about."""
    with db.session() as session:
        row = checklist.get(session, checklist_id)
        ids = [] if row is None else list(keyring.by_id(session, checklist.concerned(row)))
    if ids:
        from wbcore.health import checkups  # noqa: PLC0415 (a press; no first page waits for it)

        checkups.ask(ids, datetime.now(UTC), by=actor())
    st.session_state["notice"] = t("page-check-asked" if ids else "page-checklist-gone-meanwhile")
    st.rerun()


def _repeat(run_ids: tuple[str, ...]) -> None:
    """The failed imports once more; what runs already is watched instead of a second one."""
    from wbcore.imports import queue  # noqa: PLC0415

    started: list[Run] = []
    for run_id in run_ids:
        try:
            started.append(queue.repeat(run_id, by=actor()))
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
        again: Run = queue.enqueue_import(key.id, run.source, run.params, "checklist", by=actor())
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
        replace_dialog(key)
    else:
        st.warning(t("page-key-gone-meanwhile"), icon=views.ICONS["warning"])


def _paste(key_id: int, place: str) -> None:
    """The same form beside the step that asks for a token; the one primary button is the row's."""
    token_form(key_id, place=place, label=t("page-paste-token"))


def replace_dialog(key: Key) -> None:
    """Another token for a key, in a window of its own."""

    @views.dialog(t("page-key-replace"))
    @views.calm
    def window() -> None:
        st.markdown(t("page-key-replace-for", name=views.plain(key.name)))
        token_form(key.id or 0)

    # Opened anew, it asks anew.
    st.session_state.pop(f"weighed-{key.id}", None)
    window()


def token_form(key_id: int, *, place: str = "", label: str = "") -> None:
    """Takes another token for a key; what would be lost with it is said before it is saved.

    Args:
        place: keeps the widgets apart where the form of one key stands twice on a page; "" in its own window.
        label: of the field.
    """
    weighed = f"weighed-{key_id}{place}"
    kind: Literal["primary", "secondary"] = "secondary" if place else "primary"
    with st.form(f"replace-{key_id}{place}", border=False):
        token = st.text_input(
            label or t("page-key-token"), type="password", autocomplete="off", key=f"token-{key_id}{place}"
        )
        pressed = st.form_submit_button(
            t("page-key-check"), type=kind, on_click=views.calm(key_there), args=(key_id,)
        )
    try:
        if pressed:
            st.session_state[weighed] = bool(saving.losses_of(key_id, token))
        if st.session_state.get(weighed):
            pressed = _consent(key_id, token, place, kind)
        if pressed:
            _replace_with(key_id, token)
    except KeyError:  # in a window of its own, which is still there
        st.session_state.pop("notice", None)
        st.warning(t("page-key-gone"), icon=views.ICONS["warning"])


def _consent(key_id: int, token: str, place: str, kind: Literal["primary", "secondary"]) -> bool:
    """What would be lost, and whether it is wanted all the same."""
    for found in saving.losses_of(key_id, token):
        drawing.draw_diagnosis(found, steps=False)
    st.markdown(t("page-key-replace-sure"))
    with st.container(horizontal=True):
        wanted = st.button(t("page-key-replace-anyway"), key=f"anyway-{key_id}{place}", type=kind)
        if st.button(t("page-cancel"), key=f"keep-{key_id}{place}"):
            st.rerun()
    return wanted


def _replace_with(key_id: int, token: str) -> None:
    with st.spinner(t("page-key-checking")):
        outcome = saving.replace_token(key_id, token, by=actor())
    if outcome.saved and outcome.key is not None:
        remember(outcome, outcome.key.name)
        st.rerun()
    draw_outcome(outcome, "")


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
    if outcome.same_as:
        names = ", ".join(t("window-quoted", text=views.plain(one)) for one in outcome.same_as)
        st.info(t("page-key-same-saved", names=names), icon=views.ICONS["info"])
    for found in outcome.diagnoses:
        drawing.draw_diagnosis(found)


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


def every(
    label: str,
    choices: Sequence[int],
    now_set: int | None,
    told: Callable[[int | None], str],
    keep: Callable[[int | None], None],
    *,
    key: str,
) -> None:
    """How often something is done, for everybody: a change is kept at once, what others have set is shown.

    Args:
        choices: what is offered beside "not at all" and what is set now.
        told: the name of a choice; None: not at all.
        keep: stores what was chosen.
    """
    seen_before = f"{key}-set"
    if st.session_state.get(seen_before, -1) != now_set or key not in st.session_state:
        # Another window may have set it: what this one had on the screen is no wish of anybody's.
        # What was chosen here is there already; telling it again would undo what is chosen meanwhile.
        if st.session_state.get(key) != (now_set or 0):
            st.session_state[key] = now_set or 0
        st.session_state[seen_before] = now_set

    def chosen() -> None:
        keep(st.session_state[key] or None)

    offered = [0, *sorted({*choices, *([now_set] if now_set else [])})]
    st.selectbox(
        label, offered, format_func=lambda one: told(one or None), key=key, on_change=views.calm(chosen)
    )


def chosen_in(name: str, labels: Mapping[Any, str]) -> object:
    """What a list was left at when something was pressed; None: nothing was chosen yet.

    Browsers choose by what an option is called. One that has not heard yet of another name of it, or of
    another language, comes with the name before.
    """
    known: dict[object, object] = st.session_state.setdefault(f"{name}-names", {})
    chosen = st.session_state.get(name)
    if chosen not in labels and chosen in known and known[chosen] in labels:
        chosen = st.session_state[name] = known[chosen]
    known.update({label: option for option, label in labels.items()})
    return chosen


def is_gone(name: str, labels: Mapping[Any, str]) -> bool:
    """Before a list is drawn: whether what was chosen in it is gone by now; then it begins at its first.

    Streamlit does that by itself, in the very run of a press: what was pressed for one would be done to
    another that nobody has chosen.
    """
    if chosen_in(name, labels) in (None, *labels):
        return False
    st.session_state[name] = next(iter(labels))
    return True


def stay_with(name: str, labels: Mapping[Any, str], gone: str) -> None:
    """As ``is_gone``, for a page: that it is gone is said, and nothing that was pressed is done."""
    if is_gone(name, labels):
        st.session_state["notice"] = t(gone)
        st.rerun()


def key_name_now(run: Run) -> str:
    """What an import's key is called; of one that is gone, what it was called."""
    row = _key_of(run)
    return run.key_name if row is None else row.key.name


def diagnoses_now(run: Run) -> list[Diagnosis]:
    """What an import ended with, by the names that its key and seller have now: as its checklist says it."""
    told, row = [Diagnosis.from_record(one) for one in run.diagnoses], _key_of(run)
    if row is None:
        return told
    names = {"key": row.key.name, "of_seller": _everybody().told.get(row.key.seller_id, "")}
    return [replace(one, params={**one.params, **names}) if one.params.get("key") else one for one in told]


def _key_of(run: Run) -> KeyRow | None:
    return _everybody().key_of.get(run.key_id or 0)


def category_names(categories: Sequence[str]) -> str:
    if len(categories) == len(CATEGORIES):
        return t("category-all")
    return ", ".join(category_name(views.lang(), c) for c in categories) or t("category-none")


def actions_of_actor() -> Actions:
    """The buttons of a checklist that whoever looks may press."""
    may = actor().may
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
