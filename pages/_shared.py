"""What several screens do alike: keys and sellers in sight, what came of a token, warnings, choices."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import streamlit as st
from sqlmodel import Session

from wbcore.api.catalog import CATEGORIES
from wbcore.api.token import TokenFacts
from wbcore.guidance import clocks, drawing, look, sellers, views
from wbcore.guidance.diagnosis import EXPIRING_DAYS, Diagnosis, Evidence, category_name, token_diagnoses
from wbcore.guidance.views import t
from wbcore.keys import keyring
from wbcore.keys.saving import KeyOutcome
from wbcore.orders.filters import ENVIRONMENTS
from wbcore.people import actor as people
from wbcore.people import visitor
from wbcore.people.actor import Actor, Right
from wbcore.store import seen, timekeeping
from wbcore.store.models import Key, Run, Seller
from wbcore.store.states import Severity

IMPORT_PAGE = "pages/order_import.py"
KEYS_PAGE = "pages/api_keys.py"
OVERVIEW_PAGE = "pages/overview.py"
URGENCY = {1: st.error, 7: st.warning, EXPIRING_DAYS: st.info}
"""So many days before a token's end, every page says so, ever more loudly."""
SHOWN_EXPIRIES = 3
EVERYBODY = 0
"""All sellers, in a list of them (``views.retold``)."""
_SAID = "remembered-said"


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
    return seen.read(lambda _: _sellers_by_id(everybody()), "sellers-by-id", views.lang())


def _sellers_by_id(there: Everybody) -> dict[int, str]:
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
class Everybody:
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
    return everybody().names.get(seller.id or 0, sellers.given(seller))


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
    return everybody().keys


def all_sellers() -> Sequence[Seller]:
    """All sellers by name, also those whose keys are gone."""
    return everybody().sellers


def everybody() -> Everybody:
    """Keys and sellers, in one statement for a page."""

    def ask(session: Session) -> Everybody:
        found = keyring.sellers_and_keys(session)
        each = {seller.id: seller for seller, _ in found}
        there = sorted(each.values(), key=lambda seller: (seller.name, seller.id or 0))
        names = sellers.names(there)
        rows = [_key_row(key, seller, names) for seller, key in found if key is not None]
        return Everybody(rows, {row.key.id or 0: row for row in rows}, there, names, sellers.told(there))

    return seen.read(ask, "keys")


def key_row(key: Key, seller: Seller) -> KeyRow:
    return _key_row(key, seller, everybody().names)


def _key_row(key: Key, seller: Seller, names: Mapping[int, str]) -> KeyRow:
    name = names.get(seller.id or 0, sellers.given(seller))
    return KeyRow(key, seller, TokenFacts.from_record(key.facts), name)


def warn_of_clocks() -> None:
    """A computer whose clock is wrong, by what WB's answers say of the time. One query."""
    found = seen.read(timekeeping.wrong, "clocks")
    for one in found[:SHOWN_EXPIRIES]:
        told = clocks.warning(one, views.lang())
        st.warning(views.plain(f"{told['text']} {told['way_out']}"), icon=views.ICONS["warning"])


def warn_of_expiry(*, at_the_keys: bool = False) -> None:
    """On every page: tokens that expire within a month, or have.

    Args:
        at_the_keys: the way out is on this very page; a link to it would do nothing, and look as pressed.
    """
    now = datetime.now(UTC)
    about = (views.lang(), views.zone().key, seen.at(now))
    found = seen.read(lambda _: _expiring(key_rows(), now), "expiring", *about)
    if found is None:
        return
    limit, severity, told = found
    with st.container(horizontal=True, vertical_alignment="center"):
        URGENCY[limit](told, icon=views.ICONS[severity])
        if not actor().may(Right.KEYS):
            st.caption(t("page-expiry-owner"))
        elif not at_the_keys:
            views.page_link(KEYS_PAGE, label=t("page-key-replace"), icon=":material/key:")


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


def remember(outcome: KeyOutcome, name: str) -> None:
    """Keeps what came of a token for the page that is drawn next. Facts only; never the token."""
    st.session_state["outcome"] = (outcome, name)


def draw_remembered() -> None:
    """What came of the token that was saved last, and a notice, if there is one. Once; but whoever presses
    again before this run has ended may not have seen it, and is told by the next one, too."""
    said = {name: st.session_state[name] for name in ("notice", "outcome") if name in st.session_state}
    st.session_state[_SAID] = said
    if notice := said.get("notice"):
        st.info(notice, icon=views.ICONS["info"])
    if kept := said.get("outcome"):
        draw_outcome(*kept)


def forget_said() -> None:
    """At the end of a run that nothing has broken off; what is new since is told by the next one."""
    for name, what in st.session_state.pop(_SAID, {}).items():
        if st.session_state.get(name) is what:
            del st.session_state[name]


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
        label,
        offered,
        format_func=lambda one: told(one or None),
        key=views.retold(key),
        on_change=views.calm(chosen),
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


def only_as_seen(*, named: bool = False) -> None:
    """Before what was pressed is done: not where an earlier session has drawn the page, as its choice is not
    known here, and a list begins at its first. That is said.

    Args:
        named: the page's address names what is chosen.
    """
    if not (views.has_drawn() or named):
        st.session_state["notice"] = t("page-pressed-before")
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
    names = {"key": row.key.name, "of_seller": everybody().told.get(row.key.seller_id, "")}
    return [replace(one, params={**one.params, **names}) if one.params.get("key") else one for one in told]


def _key_of(run: Run) -> KeyRow | None:
    return everybody().key_of.get(run.key_id or 0)


def category_names(categories: Sequence[str]) -> str:
    if len(categories) == len(CATEGORIES):
        return t("category-all")
    return ", ".join(category_name(views.lang(), c) for c in categories) or t("category-none")
