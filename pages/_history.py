"""What token health remembers: strips of thirty days, answer times, ends of tokens, WB's own troubles."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import altair as alt
import pandas as pd
import streamlit as st

from pages._shared import KeyRow
from wbcore.api.catalog import CAPABILITIES, CATEGORIES
from wbcore.guidance import views
from wbcore.guidance.views import t
from wbcore.jobs import incidents, news
from wbcore.store import db, history, latency

SIGNS = {"ok": "✓", "denied": "✕", "error": "!", "unknown": "?", "": "·"}
COLOURS = {"ok": "#2e7d32", "denied": "#c62828", "error": "#ef6c00", "unknown": "#9e9e9e", "": "#e0e0e0"}
TREND_DAYS = 14
NEWS_SHOWN = 8


def wb_troubles() -> None:
    """What is broken at WB, and so nobody's token; and methods that WB has taken away."""
    with db.session() as session:
        found = incidents.wb_incidents(session, datetime.now(UTC))
        retired = incidents.retired_methods(session)
    for one in found:
        methods = ", ".join(_method(m) for m in one.methods)
        text = t("page-health-incident", host=views.plain(one.host), methods=methods, sellers=one.sellers)
        st.warning(
            f"{text} {t('page-health-since', at=views.moment(one.since))}", icon=views.ICONS["warning"]
        )
    for method in retired:
        st.warning(t("page-health-retired", method=_method(method)), icon=views.ICONS["warning"])


def _method(method_id: str) -> str:
    return t(f"method-{method_id.replace('.', '-')}")


def draw(rows: Sequence[KeyRow]) -> None:
    with st.expander(t("page-health-history"), icon=":material/history:"):
        chosen = st.selectbox(
            t("page-import-key"), list(rows), format_func=lambda row: row.label, key="history-key"
        )
        if chosen is not None and chosen.key.id is not None:
            _standings(chosen.key.id)
            _strips(chosen.key.id)
            _trend(chosen.key.id)
    with st.expander(t("page-health-expiry"), icon=":material/event:"):
        _timeline()
    with st.expander(t("page-health-categories"), icon=":material/category:"):
        _categories(rows)
    with st.expander(t("page-news-title"), icon=":material/newspaper:"):
        _news()


def _standings(key_id: int) -> None:
    """ "Worked until 14:05, denied since"."""
    with db.session() as session:
        found = {m.id: history.standing(session, key_id, m.id) for m in CAPABILITIES}
    for method, standing in found.items():
        if standing is None:
            continue
        status = t(f"capability-{standing.status}")
        line = t("page-health-stands", method=_method(method), status=status, at=views.moment(standing.since))
        if standing.status != "ok" and standing.worked_until:
            line += " " + t("page-health-worked", at=views.moment(standing.worked_until))
        st.caption(f"{SIGNS.get(standing.status, '?')} {line}")


def _strips(key_id: int) -> None:
    with db.session() as session:
        found = history.strips(session, [key_id], datetime.now(UTC), tz=views.zone())
    if not found:
        st.caption(t("page-health-no-history"))
        return
    status, method, date = t("page-column-status"), t("page-column-method"), t("page-column-day")
    words = {s: t(f"capability-{s}") if s else t("capability-unknown") for s in SIGNS}
    table = pd.DataFrame(
        [
            {
                method: _method(capability),
                date: f"{one.day:%d.%m}",
                status: words[one.status],
                "sign": SIGNS[one.status],
                "order": one.day.toordinal(),
            }
            for (_, capability), strip in found.items()
            for one in strip.days
        ]
    )
    base = alt.Chart(table).encode(
        x=alt.X(f"{date}:O", sort=alt.SortField("order"), title=None),
        y=alt.Y(f"{method}:N", title=None, axis=alt.Axis(labelLimit=220)),
        tooltip=[method, date, status],
    )
    scale = alt.Scale(domain=list(dict.fromkeys(words.values())), range=list(COLOURS.values()))
    cells = base.mark_rect(stroke="white").encode(
        color=alt.Color(f"{status}:N", scale=scale, legend=alt.Legend(orient="bottom", title=None))
    )
    st.altair_chart(cells + base.mark_text(color="white", fontSize=11).encode(text="sign:N"))


def _trend(key_id: int) -> None:
    since = datetime.now(UTC) - timedelta(days=TREND_DAYS)
    with db.session() as session:
        found = latency.trend(session, key_id, since=since)
    rows = [
        {
            t("page-column-when"): point.at.astimezone(views.zone()).replace(tzinfo=None),
            t("page-column-ms"): round(point.mean_ms),
            t("page-column-method"): _method(capability),
        }
        for capability, points in found.items()
        for point in points
    ]
    if len(rows) < 2:
        return
    st.markdown(f"**{t('page-health-latency')}**")
    st.line_chart(
        pd.DataFrame(rows),
        x=t("page-column-when"),
        y=t("page-column-ms"),
        color=t("page-column-method"),
        x_label="",
    )


def _timeline() -> None:
    with db.session() as session:
        found = history.expiries(session, datetime.now(UTC))
    if not found:
        st.caption(t("page-keys-none"))
        return
    key, ends, left = t("page-column-key"), t("page-column-expires"), t("page-column-days")
    table = pd.DataFrame(
        [
            {
                key: e.key_name,
                ends: e.expires_at.astimezone(views.zone()).replace(tzinfo=None),
                left: e.days_left,
            }
            for e in found[:200]
        ]
    )
    chart = (
        alt.Chart(table)
        .mark_point(size=120, filled=True)
        .encode(
            x=alt.X(f"{ends}:T", title=None, axis=alt.Axis(format="%d.%m.%Y")),
            y=alt.Y(f"{key}:N", sort=alt.SortField(ends), title=None, axis=alt.Axis(labelLimit=220)),
            tooltip=[key, left],
        )
    )
    labels = chart.mark_text(align="left", dx=10).encode(text=f"{left}:Q")
    st.altair_chart(chart + labels)
    st.caption(t("page-health-expiry-note"))


def _categories(rows: Sequence[KeyRow]) -> None:
    """All of WB's boxes for each key."""
    table = [
        {
            t("page-column-key"): row.label,
            **{
                (c.ru if views.lang() == "ru" else c.en): "✓" if c.id in row.facts.categories else "—"
                for c in CATEGORIES
            },
        }
        for row in rows
    ]
    st.dataframe(table, hide_index=True)


def _news() -> None:
    """WB's own words are plain text here: no markup, no links."""
    with db.session() as session:
        board = news.board(session)
        coming = news.ask(session, datetime.now(UTC))
        session.commit()
    if not board.items:
        st.caption(t("page-news-none", at=views.moment(coming)))
    for item in board.items[:NEWS_SHOWN]:
        st.text(f"{item.date[:10]}  {item.header}")
        if item.text:
            st.caption(views.plain(item.text[:600]))
    if board.at is not None:
        st.caption(t("page-news-at", at=views.moment(board.at)))
