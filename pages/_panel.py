"""The panel of token health: keys by capabilities, a page of them, worst first; and one key by itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import TypedDict

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages import _checklists, _shared
from wbcore.guidance import cards, checklist, look, views
from wbcore.guidance.views import t
from wbcore.health import checks, outages, panel
from wbcore.health.cells import Cell, cells, checked_at, worst
from wbcore.health.panel import PanelPage, PanelRow
from wbcore.store import seen

PAGE_KEYS = 25
FEW_KEYS = 3
NUMBER, SELLER, ASKED = "health-page", "health-seller", "health-asked"
NO_KEY = -1
CLOSELY = "key"
"""Where a browser stands that comes for one key: the table above it may fill the window."""
PACES_S = (10.0, 30.0, 120.0)
"""The panel looks again so often, the more seldom the longer nothing has changed."""
LOOKS = 6
"""So many times at one pace."""
_PACE, _SAME, _SEEN = "health-pace", "health-same", "health-seen"


# --- Which keys -------------------------------------------------------------------------------------------


class Chosen(TypedDict, total=False):
    """What ``health.panel.page`` takes."""

    limit: int
    offset: int
    text: str
    seller_id: int | None
    troubled: bool


def choose(rows: Sequence[_shared.KeyRow]) -> tuple[Chosen, DeltaGenerator | None]:
    """Search, seller and page: an agency has thousands of keys. With the place for the page's number."""
    chosen = Chosen(limit=PAGE_KEYS)
    names = _shared.sellers_by_id()
    sellers = {_shared.EVERYBODY: t("page-health-all-sellers")}
    sellers |= {row.key.seller_id: names[row.key.seller_id] for row in rows}
    _shared.stay_with(SELLER, sellers, "page-seller-gone-meanwhile")
    if len(rows) > 1:
        chosen["troubled"] = st.toggle(t("page-health-only-troubled"), key="health-troubled")
    if len(sellers) < 3 and len(rows) <= PAGE_KEYS:
        return chosen, None
    left, middle, right = st.columns([3, 3, 1], vertical_alignment="bottom")
    chosen["text"] = left.text_input(t("page-health-search"), max_chars=100, key="health-search")
    seller_id = middle.selectbox(
        t("page-health-seller"), list(sellers), format_func=sellers.__getitem__, key=views.retold(SELLER)
    )
    chosen["seller_id"] = seller_id or None
    # The page that was asked for is read before its number is drawn: its total says how far numbers go.
    chosen["offset"] = (st.session_state.get(NUMBER, 1) - 1) * PAGE_KEYS
    return chosen, right


def draw_number(place: DeltaGenerator | None, chosen: Chosen, total: int) -> None:
    asked = (chosen.get("text"), chosen.get("seller_id"), chosen.get("troubled"))
    pages = max(1, -(-total // PAGE_KEYS))
    if st.session_state.get(NUMBER, 1) > pages:  # fewer are found now, and the first page is shown
        st.session_state[NUMBER] = 1
        if st.session_state.get(ASKED) == asked:  # not by what was asked for: a press was for other keys
            st.session_state["notice"] = t("page-health-page-gone")
            st.rerun()
    st.session_state[ASKED] = asked
    if place is None or pages < 2:
        return
    place.number_input(t("page-health-page", pages=pages), 1, pages, key=NUMBER)


@dataclass(frozen=True)
class Look:
    """What is seen at one moment: a page of the panel, and what is broken at WB.

    What follows from it is found out once for all who look at the same.
    """

    page: PanelPage
    troubles: outages.Troubles
    at: datetime
    told: dict[tuple[str, str], look.Html] = field(default_factory=dict)
    """Language and zone -> the wide table."""

    @cached_property
    def cells(self) -> Sequence[Mapping[str, Cell]]:
        """Of each key of the page."""
        return [cells(row, self.troubles.incidents, self.at) for row in self.page.rows]

    @cached_property
    def what(self) -> int:
        """A number that is another when something of it has changed; that time has passed is no change."""
        rows = [
            (
                row.key.id,
                *((one.capability, one.status, one.checked_at) for one in row.states.values()),
                *(problem.id for problem in row.problems),
            )
            for row in self.page.rows
        ]
        return hash((self.page.total, *rows))

    @cached_property
    def planned(self) -> int:
        """How many requests a check of these keys takes."""
        return checks.planned_for((row.key, row.states) for row in self.page.rows)

    @cached_property
    def keys(self) -> Sequence[_shared.KeyRow]:
        return [_shared.key_row(row.key, row.seller) for row in self.page.rows]

    def lines(self) -> look.Html:
        about = (views.lang(), views.zone().key)
        if about not in self.told:
            both = zip(self.page.rows, self.cells, strict=True)
            self.told[about] = look.lines([line(row, one, self.at) for row, one in both], wide=True)
        return self.told[about]


def seen_now(chosen: Chosen) -> Look:
    now = datetime.now(UTC)
    about = (*sorted(chosen.items()), seen.at(now))
    return seen.read(
        lambda session: Look(panel.page(session, now, **chosen), outages.troubles(session, now), now),
        *("panel", *about),
    )


# --- The panel --------------------------------------------------------------------------------------------


def status_name(status: str) -> str:
    """With its sign, so that it reads in grey, too."""
    return look.signed(status, t(f"capability-{status}"))


def words(cell: Cell, now: datetime) -> str:
    """A cell in words: status, until when it worked, its age and answer time, or that the token says so."""
    parts = [status_name(cell.status)]
    if cell.worked_until is not None:
        parts.append(t("page-health-worked-until", at=views.moment(cell.worked_until)))
    if cell.at is not None:
        parts.append(views.ago(cell.at, now))
    elif cell.status != "unknown":
        parts.append(t(f"evidence-{cell.evidence}"))
    if cell.latency_ms is not None:
        parts.append(t("page-health-ms", ms=cell.latency_ms))
    return " · ".join(parts)


def evidence(cell: Cell) -> str:
    """How a cell's status is known, with the exact time: what is told when a pointer rests on it."""
    if cell.at is not None:
        return t("page-health-evidence-probe", at=views.moment(cell.at))
    return t("page-health-evidence-none" if cell.status == "unknown" else "page-health-evidence-token")


def problem(row: PanelRow) -> str:
    """The names of what is open for a key, the worst first."""
    told = (
        cards.problem_now(one, checklist.diagnosis_of(one), row.key if one.key_id else None, views.lang())
        for one in row.problems
    )
    return "; ".join(told) or "—"


def facts(row: PanelRow, found: Mapping[str, Cell], now: datetime) -> dict[str, str]:
    """What stands beside a key's capabilities."""
    token = _shared.key_row(row.key, row.seller).facts
    days, heard = token.days_left(now), checked_at(found)
    left = "" if days is None else _left(days, views.day(token.expires_at))
    return {
        t("page-column-expires"): left,
        t("page-column-checked"): views.moment(heard) if heard else t("page-health-never"),
        t("page-column-used"): used(row, now),
    }


def _left(days: int, at: str) -> str:
    return t("page-health-days", days=days, at=at) if days >= 0 else t("page-health-ended", date=at)


def stands(row: PanelRow, found: Mapping[str, Cell]) -> tuple[str, str]:
    """The state of a key and its word: what is known comes before that something is not known."""
    status = worst(found)
    if status in ("ok", "unknown") and row.problems:
        return "warning", t("page-health-has-problem")
    if status == "unknown" and any(cell.status == "ok" for cell in found.values()):
        return "unknown", t("page-health-partly")
    return status, t(f"capability-{status}")


def verdict(row: PanelRow, found: Mapping[str, Cell]) -> str:
    """The state in words, with how many methods its token was never made for."""
    told = look.signed(*stands(row, found))
    closed = sum(cell.status == "denied" for cell in found.values())
    return (
        f"{told} · {t('page-health-closed', count=closed)}" if closed and worst(found) != "denied" else told
    )


def line(row: PanelRow, found: Mapping[str, Cell], now: datetime) -> dict[str, str]:
    """A key as a row of the wide table."""
    name, wrong = _shared.key_row(row.key, row.seller).label, problem(row)
    steps = f"{views.address('token_health', {'key': str(row.key.id)})}#{CLOSELY}"
    return {
        t("page-column-key"): look.words(name),
        t("page-column-status"): look.state(*stands(row, found)),
        t("page-health-problem"): look.link(wrong, steps) if row.problems else look.words(wrong),
        **{
            _shared.method_name(method_id): look.time_tag(words(cell, now), evidence(cell))
            for method_id, cell in found.items()
        },
        **{name: look.words(told) for name, told in facts(row, found, now).items()},
    }


def used(row: PanelRow, now: datetime) -> str:
    """Whether anything needs this key's token, and from what that is known."""
    since = row.idle_since(now)
    if since is not None:
        text = "page-health-unused" if row.last_import else "page-health-unused-ever"
        return t(text, at=views.day(since))
    if row.schedules:
        return t("page-health-used-schedules", count=row.schedules)
    return (
        t("page-health-used-import", ago=views.ago(row.last_import, now))
        if row.last_import
        else t("page-health-used-new")
    )


def draw_panel(chosen: Chosen, first: list[Look], drawn: frozenset[str]) -> None:
    """Looks again by itself: what imports and other operators have found out shows here too.

    Args:
        first: what the page has just read, for the first drawing; used up by it.
        drawn: the checklists below; when others have been opened or solved, the whole page is drawn again.
    """
    if first:
        found_now = first.pop()
        st.session_state[_SEEN] = found_now.what
    else:
        found_now = seen_now(chosen)
        keep_pace(found_now)
        if frozenset(row.id for row in _checklists.open_now()) != drawn:
            views.draw_anew()
    page, now = found_now.page, found_now.at
    if not page.rows:
        if chosen.get("troubled") and not chosen.get("text") and chosen.get("seller_id") is None:
            st.success(t("page-health-no-trouble"), icon=views.ICONS["done"])
        else:
            st.info(t("page-health-nothing-found"), icon=views.ICONS["info"])
        return
    found = found_now.cells
    if len(page.rows) <= FEW_KEYS:
        # A few keys are read best with the capabilities below each other: no scrolling, also on a phone.
        _draw_few(page, found, now)
    else:
        _draw_many(found_now)
    st.caption(t("page-health-legend"))


def pace() -> float:
    """Seconds until the panel looks again."""
    return PACES_S[st.session_state.get(_PACE, 0)]


def keep_pace(found_now: Look) -> None:
    """Slower where nothing changes, and quick again where something does: the page is drawn anew for that."""
    at, same = st.session_state.get(_PACE, 0), st.session_state.get(_SAME, 0) + 1
    before, st.session_state[_SEEN] = st.session_state.get(_SEEN), found_now.what
    if found_now.what != before:
        wanted, same = 0, 0
    else:
        wanted = min(at + 1, len(PACES_S) - 1) if same >= LOOKS else at
    st.session_state[_PACE], st.session_state[_SAME] = wanted, same if wanted == at else 0
    if wanted != at:
        views.draw_anew()


def _draw_few(page: PanelPage, found: Sequence[Mapping[str, Cell]], now: datetime) -> None:
    """A line for each capability, a column for each key."""
    heads = [_shared.key_row(row.key, row.seller).label for row in page.rows]
    both = list(zip(page.rows, found, strict=True))
    beside = [facts(row, one, now) for row, one in both]
    rows = [
        (t("page-column-status"), [look.words(verdict(*one)) for one in both]),
        (t("page-health-problem"), [look.words(problem(row)) for row in page.rows]),
        *(
            (
                _shared.method_name(method_id),
                [look.time_tag(words(one[method_id], now), evidence(one[method_id])) for one in found],
            )
            for method_id in found[0]
        ),
        *((name, [look.words(one[name]) for one in beside]) for name in beside[0]),
    ]
    look.table(heads, rows)
    if any(row.problems for row in page.rows):
        st.caption(t("page-health-steps-below"))


def _draw_many(seen_then: Look) -> None:
    page, found, now = seen_then.page, seen_then.cells, seen_then.at
    st.html(seen_then.lines())
    chosen = _choose_key(seen_then.keys)
    if chosen is None:
        st.caption(t("page-health-choose"))
        return
    row = page.rows[chosen]
    st.subheader(views.plain(seen_then.keys[chosen].label), anchor=CLOSELY)
    st.caption(views.plain(verdict(row, found[chosen])))
    look.table(
        [t("page-column-status"), t("page-column-known-from"), t("page-column-checked"), t("page-column-ms")],
        [(_shared.method_name(method_id), _told_of(cell, now)) for method_id, cell in found[chosen].items()],
    )
    _checklists.draw(row.problems, place="-row")


def _choose_key(keys: Sequence[_shared.KeyRow]) -> int | None:
    """Place of the key that is looked at closely: the one of the address at first."""
    ids = [str(row.key.id) for row in keys]
    wanted = st.query_params.get("key", "")
    place = st.selectbox(
        t("page-health-close"),
        [NO_KEY, *range(len(keys))],
        index=ids.index(wanted) + 1 if wanted in ids else 0,
        format_func=lambda place: t("page-health-close-none") if place == NO_KEY else keys[place].label,
        key=views.retold(views.key_of_rows("health-close", ids)),
    )
    return None if place == NO_KEY else place


def _told_of(cell: Cell, now: datetime) -> list[str]:
    worked = cell.worked_until
    until = f" · {t('page-health-worked-until', at=views.moment(worked))}" if worked else ""
    return [
        look.time_tag(status_name(cell.status) + until, evidence(cell)),
        look.words(t(f"evidence-{cell.evidence}")),
        look.words("—") if cell.at is None else look.time_tag(views.ago(cell.at, now), views.moment(cell.at)),
        look.words("—" if cell.latency_ms is None else str(cell.latency_ms)),
    ]
