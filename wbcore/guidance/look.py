"""How WB Desk looks: its mark, its states, its small parts. All pages use these; none has a style of its own.

What the theme can say stands in ``.streamlit/config.toml``, the rest of the style in ``assets/look.css``. A
state is told three times over, by colour, sign and word, so that it reads in grey and aloud, too.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, Literal

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

ASSETS: Final = Path(__file__).parent / "assets"

Colour = Literal["red", "orange", "yellow", "blue", "green", "violet", "gray"]


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


@dataclass(frozen=True, slots=True)
class Html:
    """Made already: ``st.html`` takes it as it is, and looks for no common indentation of its lines."""

    made: str

    def _repr_html_(self) -> str:
        return self.made


def lines(rows: Sequence[Mapping[str, str]], *, wide: bool = False) -> Html:
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
    return Html(f'<div class="wb-scroll" {named}>{table_}</div>' if wide else table_)


def filters_and_answer(name: str = "page") -> tuple[DeltaGenerator, DeltaGenerator]:
    """Two places below each other: what is looked for, and what is found; on a phone the other way round.

    So are other pairs whose second one is what somebody has come for.

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


def count_open(problems: int, told: str) -> None:
    """How many problems are open, on top of the sidebar, under the product's mark.

    Args:
        told: the count in words; shown where there is one.
    """
    if problems:
        with st.sidebar:
            badge("warning", told)
