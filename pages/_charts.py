"""Bars that lead somewhere: one picture as a chart or as a table, each mark with the list behind it."""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal
from urllib.parse import parse_qsl

import streamlit as st

from pages._lists import ORDERS_PAGE, address
from wbcore.guidance import look, texts, views
from wbcore.guidance.views import Link, t
from wbcore.orders import wishes
from wbcore.orders.wishes import Wish
from wbcore.store import days

Shape = Literal["columns", "rows"]
ROW_PX, LEAST_PX, COLUMNS_PX = 28, 90, 230


@dataclass(frozen=True, slots=True)
class Span:
    """What is looked at: days in the reader's zone, both included; one seller, or all together."""

    first: date
    last: date
    seller: int | None

    @property
    def begin(self) -> datetime:
        return days.start(self.first, views.zone())

    @property
    def end(self) -> datetime:
        return days.end(self.last, views.zone())

    def wish(self, **wanted: object) -> Wish:
        """The list behind a part of it."""
        given = {"seller": self.seller, "start": self.first, "end": self.last, **wanted}
        return Wish(**given)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Mark:
    """One bar.

    Attributes:
        label: what it stands for; foreign text is shown as it is.
        told: its value in words.
        wish: the list behind it; None: there is none.
        state: whose colour it has (``look.CHART_COLOURS``).
    """

    label: str
    value: float
    told: str
    wish: Wish | None = None
    state: str = ""


@dataclass(frozen=True, slots=True)
class Picture:
    """Bars under a title.

    Attributes:
        title, heading: our words: what it shows, what its bars stand for.
        number: format of the axis, as d3 writes it.
        empty: what is told where there is nothing to draw.
    """

    key: str
    title: str
    heading: str
    marks: Sequence[Mark]
    shape: Shape = "columns"
    number: str = ",.0f"
    note: str = ""
    empty: str = ""


def altair() -> Any:
    """Altair, which is slow to import and so comes with the first chart.

    It looks whether pandas is there, and breaks where another thread has half imported it: pandas goes first.
    """
    importlib.import_module("pandas")
    return importlib.import_module("altair")


def draw(picture: Picture, *, as_table: bool) -> None:
    with st.container(border=True, height="stretch"):
        st.markdown(f"**{picture.title}**")
        if not any(mark.value for mark in picture.marks):
            st.caption(picture.empty or t("page-pictures-empty"))
            return
        (_table if as_table else _chart)(picture)
        if picture.note:
            st.caption(picture.note)


def _table(picture: Picture) -> None:
    def first(mark: Mark) -> object:
        return mark.label if mark.wish is None else Link(mark.label, address(mark.wish))

    views.draw_table(
        [{picture.heading: first(m), picture.title: m.told} for m in picture.marks if m.value or m.told]
    )


def _chart(picture: Picture) -> None:
    alt = altair()
    values: Any = [_row(mark) for mark in picture.marks]
    base = alt.Chart(alt.InlineData(values=values)).mark_bar(cornerRadiusEnd=3)
    label: dict[str, Any] = {"sort": None, "title": None}
    ticks = alt.Axis(format=picture.number, tickCount=4, labelFlush=True)
    amount: dict[str, Any] = {"title": None, "axis": ticks}
    if picture.shape == "columns":
        axis = alt.Axis(labelAngle=0, labelOverlap=True)
        chart = base.encode(x=alt.X("label:N", axis=axis, **label), y=alt.Y("value:Q", **amount))
        height = COLUMNS_PX
    else:
        axis = alt.Axis(labelLimit=180)
        chart = base.encode(y=alt.Y("label:N", axis=axis, **label), x=alt.X("value:Q", **amount))
        height = max(LEAST_PX, ROW_PX * len(picture.marks) + 40)
    if any(mark.state for mark in picture.marks):
        states = list(dict.fromkeys(mark.state for mark in picture.marks))
        scale = alt.Scale(domain=states, range=[look.CHART_COLOURS[state] for state in states])
        chart = chart.encode(color=alt.Color("state:N", scale=scale, legend=None))
    chart = chart.encode(
        tooltip=[
            alt.Tooltip("label:N", title=picture.heading),
            alt.Tooltip("told:N", title=picture.title),
        ],
        description=alt.Description("aloud:N"),  # else a bar reads aloud the names of our fields
    )
    pick = alt.selection_point(name="pick", fields=["address"], on="click")
    chosen = st.altair_chart(
        chart.add_params(pick).properties(height=height).configure(locale=_locale(alt)),
        key=f"picture-{picture.key}",
        on_select="rerun",
        selection_mode="pick",
        alt=_aloud(picture),
    )
    _follow(chosen)


def _row(mark: Mark) -> dict[str, Any]:
    address_of = "" if mark.wish is None else views.address("", wishes.written(mark.wish))
    return {
        "label": mark.label,
        "value": mark.value,
        "told": mark.told,
        "aloud": f"{mark.label}: {mark.told}",
        "state": mark.state,
        "address": address_of,
    }


def _locale(alt: Any) -> Any:
    """Numbers as the reader's language writes them."""
    thousands, decimal = texts.separators(views.lang())
    number = alt.NumberLocale(decimal=decimal, thousands=thousands, grouping=[3], currency=["", ""])
    return alt.Locale(number=number)


def _aloud(picture: Picture) -> str:
    """The picture for who doesn't see it: its largest bars."""
    largest = sorted(picture.marks, key=lambda mark: -mark.value)[:5]
    return f"{picture.title}. " + "; ".join(f"{mark.label}: {mark.told}" for mark in largest)


def _follow(chosen: Any) -> None:
    """A bar that was clicked opens its list."""
    picked: Sequence[Mapping[str, Any]] = (chosen or {}).get("selection", {}).get("pick", [])
    wanted = str(picked[0].get("address", "")) if picked else ""
    if wanted.startswith("?"):
        views.go(ORDERS_PAGE, dict(parse_qsl(wanted[1:])))
