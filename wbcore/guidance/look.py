"""How WB Desk looks: its mark, its states, its small parts. All pages use these; none has a style of its own.

What the theme can say stands in ``.streamlit/config.toml``; here is the rest. A state is told three times
over, by colour, sign and word, so that it reads in grey and aloud, too.
"""

from __future__ import annotations

import base64
import html
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, Literal

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from wbcore.guidance import window

Colour = Literal["red", "orange", "yellow", "blue", "green", "violet", "gray"]

ASSETS: Final = Path(__file__).parent / "assets"


def _picture(name: str) -> str:
    """A drawing of ours as an address, made once: Streamlit would read and pack the file at each rerun."""
    packed = base64.b64encode((ASSETS / name).read_bytes()).decode("ascii")
    return f"data:image/svg+xml;base64,{packed}"


ICON: Final = _picture("icon.svg")
"""The tab's icon, a drawing of ours: a name of an icon would be fetched from a font host."""
MARK: Final = _picture("mark.svg")


@dataclass(frozen=True, slots=True)
class Look:
    """The sign and the colour of a state; its word is a text of the feature that has the state."""

    sign: str
    colour: Colour


LOOKS: Final[Mapping[str, Look]] = MappingProxyType(
    {
        # Of a key, a capability, a seller.
        "ok": Look("✓", "green"),
        "denied": Look("✕", "red"),
        "error": Look("!", "red"),
        "broken": Look("⚠", "orange"),
        "warning": Look("!", "orange"),
        "unknown": Look("?", "gray"),
        "info": Look("i", "blue"),
        # Of a run.
        "queued": Look("…", "gray"),
        "running": Look("↻", "blue"),
        "waiting": Look("◷", "orange"),
        "done": Look("✓", "green"),
        "failed": Look("✕", "red"),
        "cancelled": Look("■", "gray"),
        # Of a schedule, a channel.
        "on": Look("●", "green"),
        "paused": Look("‖", "orange"),
        "off": Look("○", "gray"),
        # Of an order.
        "new": Look("+", "blue"),
        "assembly": Look("▸", "violet"),
        "moving": Look("→", "blue"),
        "sold": Look("✓", "green"),
        "cancelled_order": Look("✕", "red"),
        # Of a line of a picking list.
        "hurry_2": Look("!!", "red"),
        "hurry_1": Look("!", "orange"),
        # Of a place that is not the seller's own work.
        "learning": Look("◇", "violet"),
        "test": Look("△", "yellow"),
    }
)
_UNKNOWN: Final = Look("·", "gray")

CHART_COLOURS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "new": "#3b82f6",
        "assembly": "#8b5cf6",
        "moving": "#0891b2",
        "sold": "#16a34a",
        "cancelled_order": "#dc2626",
        "unknown": "#8a8a99",
        "ok": "#16a34a",
        "denied": "#dc2626",
        "error": "#ea580c",
        "": "#7c3aed",
    }
)
"""The same states as bars of a chart: each is seen on light and on dark ground."""


def look_of(state: str) -> Look:
    """A state that WB has added since looks like nothing in particular."""
    return LOOKS.get(state, _UNKNOWN)


def signed(state: str, word: str) -> str:
    """``✓ Работает``: where only text can stand."""
    return f"{look_of(state).sign} {word}"


def badge(state: str, word: str, *, help: str | None = None) -> None:
    """A state where it stands alone.

    Args:
        word: one of our own texts: it is read as Markdown.
        help: what is told when a pointer rests on it.
    """
    st.badge(signed(state, word), color=look_of(state).colour, help=help)


def badge_text(state: str, word: str) -> str:
    """The same inside a line of Markdown; ``word`` is one of our own texts."""
    return f":{look_of(state).colour}-badge[{signed(state, word)}]"


def state_column(label: str, words: Mapping[str, str], **options: Any) -> Any:
    """The column of a table that holds states: chips, as badges are elsewhere.

    Args:
        words: state -> its word. A cell is ``[signed(state, word)]``, see ``chip``.
        options: as those of Streamlit's columns.
    """
    return st.column_config.MultiselectColumn(
        label,
        options=[signed(state, word) for state, word in words.items()],
        color=[look_of(state).colour for state in words],
        **options,
    )


def states_column(label: str, states: Iterable[tuple[str, str]], **options: Any) -> Any:
    """As ``state_column``, where several words look alike: (state, word) of each."""
    there = list(states)
    return st.column_config.MultiselectColumn(
        label,
        options=[signed(state, word) for state, word in there],
        color=[look_of(state).colour for state, _ in there],
        **options,
    )


def chip(state: str, word: str) -> list[str]:
    """A cell of a ``state_column``."""
    return [signed(state, word)]


def time_tag(told: str, exact: str) -> str:
    """HTML of a relative time that tells the exact one when a pointer rests on it."""
    return f'<time title="{html.escape(exact)}">{html.escape(told)}</time>'


def line(parts: Iterable[str]) -> None:
    """A quiet line of facts, side by side.

    Args:
        parts: HTML, each from ``time_tag`` or ``words``; foreign text comes through ``words`` alone.
    """
    shown = '<span class="wb-dot">·</span>'.join(part for part in parts if part)
    st.html(f'<p class="wb-line">{shown}</p>')


def words(text: object) -> str:
    """Any text, ours or foreign, as HTML that says just that."""
    return f"<span>{html.escape(str(text))}</span>"


def table(heads: Sequence[str], rows: Iterable[tuple[str, Sequence[str]]]) -> None:
    """A few facts to be read below each other.

    Args:
        heads: any texts; the columns after the first one.
        rows: name of the row, any text -> its cells, HTML from ``time_tag`` or ``words``.
    """
    head = "".join(f'<th scope="col">{html.escape(one)}</th>' for one in heads)
    body = "".join(
        f'<tr><th scope="row">{html.escape(name)}</th>{"".join(f"<td>{one}</td>" for one in cells)}</tr>'
        for name, cells in rows
    )
    st.html(f'<table class="wb-table"><thead><tr><td></td>{head}</tr></thead><tbody>{body}</tbody></table>')


def link(text: object, address: str) -> str:
    """HTML of a way to another page; the text may be foreign, the address is ``views.address``'s."""
    return f'<a href="{html.escape(address)}" target="_self">{html.escape(str(text))}</a>'


def state(name: str, word: str) -> str:
    """HTML of a state by its sign, colour and word."""
    return f'<span class="wb-state wb-{look_of(name).colour}">{html.escape(signed(name, word))}</span>'


def lines(rows: Sequence[Mapping[str, str]], *, wide: bool = False) -> None:
    """Rows of facts, each named by its first one; on a phone a row is a block, its facts below each other.

    Args:
        rows: any heading -> HTML from ``time_tag``, ``words``, ``link`` or ``state``; all have the same ones.
        wide: there are many facts: they keep their rows and are moved sideways, beside the first.
    """
    heads = list(rows[0]) if rows else []
    head = "".join(f'<th scope="col">{html.escape(one)}</th>' for one in heads)
    body = "".join(
        "<tr>"
        + "".join(
            f'<th scope="row">{row[one]}</th>'
            if place == 0
            else f'<td data-head="{html.escape(one)}">{row[one]}</td>'
            for place, one in enumerate(heads)
        )
        + "</tr>"
        for row in rows
    )
    kind = "wb-wide" if wide else "wb-stack"
    table_ = f'<table class="wb-table {kind}"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'
    named = f'role="region" aria-label="{html.escape(heads[0] if heads else "")}" tabindex="0"'
    st.html(f'<div class="wb-scroll" {named}>{table_}</div>' if wide else table_)


def filters_and_answer(name: str = "page") -> tuple[DeltaGenerator, DeltaGenerator]:
    """Two places below each other: what is looked for, and what is found; on a phone the other way round.

    Args:
        name: of the pair, where a page has several.
    """
    both = st.container(key=f"answer-first-{name}")
    return both.container(key=f"filters-{name}"), both.container(key=f"found-{name}")


def paper(
    title: str,
    facts: str,
    warnings: Iterable[str],
    heads: Sequence[str],
    groups: Iterable[tuple[str, Iterable[Sequence[str]]]],
) -> None:
    """A list with boxes to tick, as a page of A4. Texts of any origin: all are escaped.

    Args:
        warnings: what stands in bold before the list.
        heads: of the columns, without that of the boxes.
        groups: heading of some rows -> the rows, each as long as ``heads``.
    """

    def cells(tag: str, texts: Iterable[str]) -> str:
        return "".join(f"<{tag}>{html.escape(text)}</{tag}>" for text in texts)

    top = [f"<h2>{html.escape(title)}</h2>", f"<p>{html.escape(facts)}</p>"]
    top += [f"<p><b>{html.escape(text)}</b></p>" for text in warnings]
    body = []
    for name, rows in groups:
        body.append(f'<tr><th colspan="{len(heads) + 1}">{html.escape(name)}</th></tr>')
        body += [f'<tr><td><span class="wb-tick"></span></td>{cells("td", row)}</tr>' for row in rows]
    head = f"<thead><tr><th></th>{cells('th', heads)}</tr></thead>"
    st.html(f'<div class="wb-paper">{"".join(top)}<table>{head}<tbody>{"".join(body)}</tbody></table></div>')


_STYLE: Final = """<style>
/* Work needs the width and the height that a page has. */
[data-testid="stMainBlockContainer"] { max-width: 1680px; padding-left: 2rem; padding-right: 2rem; }
@media (max-width: 640px) {
  [data-testid="stMainBlockContainer"] { padding-left: 1rem; padding-right: 1rem; }
}
.wb-line { margin: 0; font-size: .9rem; opacity: .85; display: flex; flex-wrap: wrap; gap: .15rem .5rem; }
.wb-line time { text-decoration: underline dotted; text-underline-offset: .2em; cursor: help; }
.wb-table { width: 100%; border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .95rem; }
.wb-table th, .wb-table td {
  text-align: left; padding: .3rem .6rem; border-bottom: 1px solid light-dark(#dedee6, #33333f);
  vertical-align: top; overflow-wrap: anywhere;
}
.wb-table th[scope="row"] { font-weight: 400; }
.wb-table time { cursor: help; }
.wb-dot { opacity: .5; }
.wb-state { white-space: nowrap; padding: .05rem .4rem; border-radius: .6rem; }
.wb-green { color: light-dark(#14532d, #86efac); background: light-dark(#dcfce7, #14351f); }
.wb-red { color: light-dark(#7f1d1d, #fca5a5); background: light-dark(#fee2e2, #451a1a); }
.wb-orange { color: light-dark(#7c2d12, #fdba74); background: light-dark(#ffedd5, #42240f); }
.wb-gray { color: light-dark(#3f3f4a, #d4d4dc); background: light-dark(#ececf1, #2a2a34); }
.wb-blue { color: light-dark(#1e3a8a, #93c5fd); background: light-dark(#dbeafe, #172a4d); }
.wb-table a, .wb-line a { color: light-dark(#5b21b6, #c4b5fd); }
.wb-scroll { overflow-x: auto; }
.wb-wide th, .wb-wide td { white-space: nowrap; overflow-wrap: normal; }
.wb-wide th:first-child { position: sticky; left: 0; background: light-dark(#ffffff, #121217); }
@media (max-width: 640px) {
  .wb-stack thead { position: absolute; clip-path: inset(50%); height: 1px; overflow: hidden; }
  .wb-stack tr { display: block; padding: .4rem 0; border-bottom: 1px solid light-dark(#dedee6, #33333f); }
  .wb-stack th[scope="row"] { display: block; font-weight: 600; border: 0; }
  .wb-stack td { display: flex; gap: .75rem; justify-content: space-between; border: 0; padding: .1rem .6rem;
    text-align: right; }
  .wb-stack td::before { content: attr(data-head); opacity: .75; }
  .wb-wide th:first-child { min-width: 9rem; max-width: 9rem; white-space: normal; }
}
/* Figures stand in columns: digits of one width. */
[data-testid="stMetricValue"], .wb-line { font-variant-numeric: tabular-nums; }
/* Focus is seen, wherever it is. */
:focus-visible { outline: 2px solid light-dark(#6d28d9, #a78bfa); outline-offset: 2px; }
/* Streamlit tells it of a link by a shade that is hardly seen. */
a:focus-visible { outline: 2px solid light-dark(#6d28d9, #a78bfa) !important; }
[data-testid="stSidebarNav"] a:focus-visible { outline-offset: -2px; }
/* Words on a pressed colour: white on violet by day, dark on pale violet by night. */
[kind^="primary"]:not(:disabled), [kind^="primary"]:not(:disabled) * {
  color: light-dark(#ffffff, #121217);
}
/* What is chosen, also in a popover, which knows no theme of its own: one colour for both. */
[data-tag] { background-color: #6d28d9 !important; color: #ffffff !important; }
/* What clears a choice is big enough for a finger. */
[data-testid="stSelectbox"] button { min-width: 24px; min-height: 24px; }
/* Parts of a date are big enough for a finger. */
[role="spinbutton"] {
  min-width: 24px; min-height: 24px; display: inline-flex; align-items: center; justify-content: center;
}
/* On a phone what is found stands before what finds it. */
@media (max-width: 640px) {
  [class*="st-key-answer-first-"] > :has(> [class*="st-key-found-"]) { order: -1; }
}
/* On a phone a row's buttons go below its title. */
@media (max-width: 640px) {
  [data-testid="stLayoutWrapper"]:has(> [class*="st-key-title-"]) {
    flex: 1 1 100% !important; min-width: 100%;
  }
}
/* Steps that verify themselves can't be ticked by hand, but they are what is to be read. */
[class*="st-key-checklist-"] [data-testid="stCheckbox"] label,
[class*="st-key-checklist-"] [data-testid="stCheckbox"] label * { color: inherit !important; }
/* Streamlit's own hint in English. */
[data-testid="InputInstructions"] { display: none; }
/* On paper: the sheet alone. */
@media print {
  [data-testid="stSidebar"], [data-testid="stHeader"], [data-testid="stToolbar"] { display: none; }
  .wb-no-print, [class*="st-key-no-print"], h1 { display: none !important; }
  [data-testid="stMainBlockContainer"] { padding: 0; max-width: none; }
  /* Streamlit scrolls inside a box: a printer would take the part of it that is seen. */
  html, body, #root, .stApp, .stApp > *, [data-testid="stAppViewContainer"], [data-testid="stMain"] {
    position: static !important; display: block !important; height: auto !important;
    overflow: visible !important; background: #fff !important; }
  .wb-paper { color: #000; font-size: 9pt; }
}
@page { size: A4; margin: 12mm; }
/* A list for the printer, as it comes out of it. */
.wb-paper { color: #16161c; background: #fff; padding: 1rem; border-radius: .4rem; color-scheme: light; }
.wb-paper h2 { margin: 0 0 .25rem; padding: 0; font-size: 1.25rem; color: inherit; }
.wb-paper p { margin: 0 0 .35rem; }
.wb-paper table { border-collapse: collapse; width: 100%; }
.wb-paper thead { display: table-header-group; }
.wb-paper tr { break-inside: avoid; }
.wb-paper th, .wb-paper td { text-align: left; padding: .2rem .4rem; vertical-align: top;
  border-bottom: 1px solid #b9b9c4; overflow-wrap: anywhere; }
.wb-paper th { border-bottom: 1.5px solid #16161c; white-space: nowrap; }
.wb-paper tbody th { padding-top: .7rem; font-size: 1.05em; white-space: normal; break-after: avoid; }
.wb-tick { display: inline-block; width: .85rem; height: .85rem; border: 1.5px solid #16161c; }
@media screen { .wb-paper { overflow-x: auto; } }
</style>"""


def dress() -> None:
    """What the theme can't say; once a run of a page."""
    st.html(f"{_STYLE}<style>{window.STYLE}</style>")


def mark(open_problems: int, told: str) -> None:
    """The product's mark on top of the sidebar, and how many problems are open.

    Args:
        told: the count in words; shown where there is one.
    """
    st.logo(MARK, icon_image=ICON)
    if open_problems:
        with st.sidebar:
            badge("warning", told)
