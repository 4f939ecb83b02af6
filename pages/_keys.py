"""The list of keys: what state each is in, what needs it, and what can be done with it. Keys come first."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import streamlit as st
from sqlmodel import Session

from pages import _checklists, _shared, _token
from wbcore.guidance import checklist, drawing, incidents, look, views
from wbcore.guidance.cards import ChecklistView
from wbcore.guidance.views import t
from wbcore.health import checkups
from wbcore.imports import usage
from wbcore.imports.usage import Usage
from wbcore.people.actor import Right
from wbcore.store import db, seen
from wbcore.store.models import Checklist

PAGE_KEYS = 10
SEVERITIES = ("error", "warning", "info")
SEARCH_FROM = 6
"""With fewer keys nobody has to search."""
LOOK_AGAIN_S = 2.0
UNREACHABLE = frozenset({"network_unreachable", "wb_unavailable"})
"""Outages in which nothing comes of WB; in the others something else comes than it has promised."""


@dataclass(frozen=True, slots=True)
class Deeds:
    """What the page can do with a key; the forms are its own."""

    rename: Callable[[_shared.KeyRow], None]
    remove: Callable[[_shared.KeyRow], None]


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known of the keys of one page of the list."""

    usage: dict[int, Usage]
    problems: dict[int, list[ChecklistView]]
    waiting: set[int]
    worst: list[ChecklistView]
    """Of all keys: the open checklists that are shown below the list."""
    more: int
    """How many are open beside them: the overview has them all."""


def draw(rows: Sequence[_shared.KeyRow], deeds: Deeds) -> bool:
    """Keys by name, those with a problem first; found by search, in pages.

    Returns:
        Whether a problem is open below the list: its next press is what the page asks for first.
    """
    st.subheader(t("page-keys-saved", count=len(rows)), anchor=False)
    found = _searched(_worst_first())
    pages = -(-len(found) // PAGE_KEYS)
    number = st.session_state.get("keys-page", 1) if pages > 1 else 1
    shown = found[(min(number, pages) - 1) * PAGE_KEYS :][:PAGE_KEYS]
    if not shown:
        st.info(t("page-keys-not-found"), icon=views.ICONS["info"])
        return False
    known = _known([row.key.id for row in shown if row.key.id is not None])
    for row in shown:
        _draw_key(row, known, deeds)
    if pages > 1:
        st.pagination(pages, key="keys-page")
    if known.waiting:
        st.fragment(views.calm(_until_checked), run_every=LOOK_AGAIN_S)(frozenset(known.waiting))
    actions = _checklists.actions()
    for card in known.worst:
        drawing.draw_checklist(card, actions, opened=False)
    if known.more:
        rest = t("page-checklists-rest", count=known.more)
        views.page_link(_shared.OVERVIEW_PAGE, label=rest, icon=views.ICONS["warning"])
    return bool(known.worst)


def _opened() -> Sequence[Checklist]:
    """What is open, of all keys, and what was put off."""
    return seen.read(
        lambda session: checklist.open_checklists(session, limit=None, snoozed=True), "all-checklists"
    )


def _worst_first() -> Sequence[_shared.KeyRow]:
    """All keys by name, those with a problem first."""

    def ordered(_session: Session) -> Sequence[_shared.KeyRow]:
        ailing = _ailing(_opened())
        return sorted(_shared.key_rows(), key=lambda row: ailing.get(row.key.id or 0, len(SEVERITIES)))

    return seen.read(ordered, "keys-worst-first", seen.at(datetime.now(UTC)))


def _ailing(opened: Sequence[Checklist]) -> dict[int, int]:
    """Key's id -> how bad it is, 0 the worst; what was put off, or is no key's, is no more than a remark."""
    now = datetime.now(UTC)
    found: dict[int, int] = {}
    for problem in opened:
        mild = checklist.is_put_off(problem, now) or incidents.is_outage(problem)
        rank = SEVERITIES.index("warning" if mild else problem.severity)
        for key_id in checklist.concerned(problem):
            found[key_id] = min(rank, found.get(key_id, rank))
    return found


def _searched(rows: Sequence[_shared.KeyRow]) -> list[_shared.KeyRow]:
    if len(rows) < SEARCH_FROM:
        return list(rows)
    text = st.text_input(t("page-health-search"), max_chars=100, key="keys-search").strip().casefold()
    return [row for row in rows if text in row.label.casefold()] if text else list(rows)


def _known(ids: Sequence[int]) -> _Known:
    """A handful of statements for a page of keys, however many there are."""
    now = datetime.now(UTC)
    used = seen.read(lambda session: usage.usage(session, ids, now), "usage", seen.at(now), *ids)
    waiting = seen.read(checkups.waiting, "checkups") & set(ids)
    about = (views.lang(), views.zone().key, seen.at(now))
    problems, below, more = seen.read(lambda _: _problems(ids, now), "keys-problems", *about, *ids)
    return _Known(used, problems, waiting, below, more)


def _problems(
    ids: Sequence[int], now: datetime
) -> tuple[dict[int, list[ChecklistView]], list[ChecklistView], int]:
    """Key's id -> its problems; the worst of all keys; how many are open beside those."""
    opened = _opened()
    at_hand = [row for row in opened if not checklist.is_put_off(row, now)]
    worst = at_hand[: _checklists.AT_ONCE]
    shown_ids, worst_ids = set(ids), {row.id for row in worst}
    wanted = [
        row for row in opened if row.id in worst_ids or not shown_ids.isdisjoint(checklist.concerned(row))
    ]
    shown = _checklists.cards_of(wanted)
    problems: dict[int, list[ChecklistView]] = {}
    for row, card in zip(wanted, shown, strict=True):
        for key_id in checklist.concerned(row):
            problems.setdefault(key_id, []).append(card)
    return problems, [card for card in shown if card.id in worst_ids], len(at_hand) - len(worst)


def _until_checked(waiting: frozenset[int]) -> None:
    with db.session() as session:
        left = checkups.waiting(session)
    if not waiting <= left:
        views.draw_anew()


def _draw_key(row: _shared.KeyRow, known: _Known, deeds: Deeds) -> None:
    key_id = row.key.id or 0
    problems = known.problems.get(key_id, [])
    outages = [card for card in problems if incidents.is_whole(card.code, card.cause)]
    state = _state(row, problems, known.usage.get(key_id, Usage()))
    seller = row.seller_name or t("page-key-seller-unknown")
    where = "" if row.key.environment == "production" else f" · {t(f'environment-{row.key.environment}')}"
    badges = [_badge(card) for card in outages[:1]]
    badges.append(look.badge_text(state, t(f"key-state-{state}{'-last' if outages else ''}")))
    used = known.usage.get(key_id, Usage())
    title = f"**{views.plain(row.key.name)}** · {views.plain(seller + where)} {' '.join(badges)}"
    told = " · ".join(_facts(row, used))
    facts = [_shared.facts_line(row.facts), told[:1].upper() + told[1:]]
    with st.container(border=True, horizontal=True, vertical_alignment="center", key=f"key-{key_id}"):
        with st.container(gap=None, width="stretch", key=f"title-key-{key_id}"):
            st.markdown("  \n".join([title, *_troubles(problems, outages, used)]))
            st.caption("  \n".join(map(views.plain, facts)))
            if row.facts.unknown_bits:
                bits = ", ".join(map(str, row.facts.unknown_bits))
                st.caption(t("page-key-unknown-bits", bits=bits))
        _buttons(row, known, deeds, urgent=any(card.action == "replace_token" for card in problems))


def _troubles(
    problems: Sequence[ChecklistView], outages: Sequence[ChecklistView], used: Usage
) -> Iterator[str]:
    """A line for each problem that no badge tells, and for what stands still."""
    for card in problems:
        if card in outages[:1]:  # its badge says it
            continue
        later = card.state == "snoozed"
        until = f" · {t('page-checklist-snoozed', at=views.moment(card.snoozed_until))}" if later else ""
        yield f":material/arrow_right_alt: {views.plain(card.problem + until)}"
    if standing := _standing(used):
        yield f":material/pause_circle: {views.plain(standing)}"


def _badge(outage: ChecklistView) -> str:
    """That Wildberries does not answer: calm, for nobody here can mend it."""
    text = "key-state-unreachable" if outage.code in UNREACHABLE else "key-state-strange"
    return look.badge_text("broken", t(text, at=views.moment(outage.opened_at)))


def _state(row: _shared.KeyRow, problems: Sequence[ChecklistView], used: Usage) -> str:
    """What was put off is no alarm, but no key "works" with it, nor with a last import that failed.

    An outage is not the key's: with one, this is how the key stood before, and a failed import tells nothing.
    What WB does to one method leaves the others as they are: that is worth a remark.
    """
    own = [card for card in problems if not incidents.is_whole(card.code, card.cause)]
    severities = {card.severity for card in own if card.state != "snoozed" and not card.is_outage}
    if row.facts.expired(datetime.now(UTC)) or "error" in severities:
        return "error"
    failed = used.last is not None and used.last[1] == "failed"
    if own or (failed and len(own) == len(problems)):
        return "warning"
    return "ok" if row.key.verified_at is not None else "unknown"


def _facts(row: _shared.KeyRow, used: Usage) -> list[str]:
    """What needs it, its last import."""
    facts = [] if used.sources else [t("page-key-unused")]
    for text, sources in (("imports", used.imports), ("schedules", used.schedules)):
        if sources:
            names = ", ".join(t(f"source-{source}") for source in sources)
            facts.append(t(f"page-key-used-by-{text}", names=names))
    if used.last is not None:
        _, status, at = used.last
        facts.append(t("page-key-last-import", at=views.moment(at), status=t(f"status-{status}")))
    if row.key.verified_at is not None:
        facts.append(t("page-key-verified", at=views.moment(row.key.verified_at)))
    else:
        facts.append(t("page-key-unverified"))
    return facts


def _standing(used: Usage) -> str:
    """What stands still because of an error; "": nothing."""
    standing = [t("page-key-standing-schedule", name=t(f"source-{source}")) for source in used.paused]
    standing += [t("page-key-standing-import", name=t(f"source-{source}")) for source in used.failed]
    return t("page-key-stands-still", names=", ".join(standing)) if standing else ""


def _buttons(row: _shared.KeyRow, known: _Known, deeds: Deeds, *, urgent: bool) -> None:
    key_id = row.key.id or 0
    actor = _shared.actor()
    seen_to: dict[str, Any] = {"on_click": views.calm(_token.key_there), "args": (key_id,)}
    if key_id in known.waiting:
        st.caption(t("page-key-being-checked"))
    elif actor.may(Right.CHECK) and st.button(t("page-key-check-one"), key=f"check-key-{key_id}", **seen_to):
        checkups.ask([key_id], datetime.now(UTC), by=actor)
        st.rerun()
    if not actor.may(Right.KEYS):
        return
    if st.button(
        t("page-key-replace"),
        key=f"replace-key-{key_id}",
        type="secondary" if urgent else "tertiary",
        **seen_to,
    ):
        _token.window(row.key)
    if st.button(t("page-key-rename"), key=f"rename-key-{key_id}", type="tertiary", **seen_to):
        deeds.rename(row)
    if st.button(t("page-key-remove"), key=f"remove-key-{key_id}", type="tertiary", **seen_to):
        deeds.remove(row)
