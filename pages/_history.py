"""What token health remembers: strips of thirty days, answer times, ends of tokens, WB's own troubles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import streamlit as st
from sqlmodel import Session

from pages import _charts
from pages._shared import KeyRow, method_name
from wbcore.api.catalog import CAPABILITIES, CATEGORIES
from wbcore.guidance import look, texts, views
from wbcore.guidance.diagnosis import EXPIRING_DAYS
from wbcore.guidance.views import t
from wbcore.health import history, news
from wbcore.health.history import Strip
from wbcore.health.outages import Troubles
from wbcore.keys import latency
from wbcore.store import db, workers

SIGNS = {"ok": "✓", "denied": "✕", "error": "!", "unknown": "?", "": "·"}
KNOWN_ORDER = ("ok", "error", "denied")
KNOWN = frozenset(KNOWN_ORDER)
LEAST_DAYS = 7
ROW_PX = 30
URGENT_DAYS = 7
EXPIRIES_SHOWN = 40
TREND_DAYS = 14
NEWS_SHOWN = 8


def wb_troubles(found: Troubles) -> None:
    """What is broken at WB, and so nobody's token; and methods that WB has taken away."""
    for one in found.incidents:
        methods = ", ".join(method_name(m) for m in one.methods)
        text = t("page-health-incident", host=views.plain(one.host), methods=methods, sellers=one.sellers)
        st.warning(
            f"{text} {t('page-health-since', at=views.moment(one.since))}", icon=views.ICONS["warning"]
        )
    for method in found.retired:
        st.warning(t("page-health-retired", method=method_name(method)), icon=views.ICONS["warning"])


def draw(rows: Sequence[KeyRow]) -> None:
    views.folded(
        t("page-health-history"), lambda: _history(rows), key="health-history", icon=":material/history:"
    )
    views.folded(t("page-health-expiry"), _timeline, key="health-expiry", icon=":material/event:")
    views.folded(
        t("page-health-categories"), lambda: _categories(rows), key="health-boxes", icon=":material/category:"
    )
    views.folded(
        t("page-news-title"), _news, key="health-news", icon=":material/newspaper:", on_open=_ask_for_news
    )


def _history(rows: Sequence[KeyRow]) -> None:
    chosen = st.selectbox(
        t("page-import-key"), list(rows), format_func=lambda row: row.label, key=views.retold("history-key")
    )
    if chosen is not None and chosen.key.id is not None:
        _standings(chosen.key.id)
        _strips(chosen.key.id)
        _trend(chosen.key.id)


def _standings(key_id: int) -> None:
    """ "Worked until 14:05, denied since"."""
    with db.session() as session:
        found = history.standings(session, key_id)
    for method in (m.id for m in CAPABILITIES if m.id in found):
        standing = found[method]
        status = t(f"capability-{standing.status}")
        line = t(
            "page-health-stands", method=method_name(method), status=status, at=views.moment(standing.since)
        )
        if standing.status != "ok" and standing.worked_until:
            line += " " + t("page-health-worked", at=views.moment(standing.worked_until))
        st.caption(f"{SIGNS.get(standing.status, '?')} {line}")


def _strips(key_id: int) -> None:
    """The days of what has ever failed; what always worked, or was never asked, is a line of words."""
    with db.session() as session:
        found = history.strips(session, [key_id], datetime.now(UTC), tz=views.zone())
    known = {capability: strip for (_, capability), strip in found.items() if _statuses(strip)}
    if not known:
        st.caption(t("page-health-no-history"))
        return
    troubled = {name: strip for name, strip in known.items() if _statuses(strip) != {"ok"}}
    if calm := [method_name(name) for name in known if name not in troubled]:
        # All of them from the day on which the last of them was known.
        firsts = [
            next(one.day for one in strip.days if one.status in KNOWN)
            for name, strip in known.items()
            if name not in troubled
        ]
        since = max(firsts)
        st.caption(
            look.signed("ok", t("page-health-always", methods=", ".join(calm), since=_day(since, full=True)))
        )
    if troubled:
        _cells(troubled)


def _statuses(strip: Strip) -> set[str]:
    """What was found out on its days; that nothing was is no finding."""
    return {one.status for one in strip.days} & KNOWN


def _day(day: date, *, full: bool = False) -> str:
    return (texts.format_date if full else texts.format_day_month)(views.lang(), day)


def _cells(troubled: Mapping[str, Strip]) -> None:
    alt = _charts.altair()
    # Days before the first finding tell nothing; a week is shown all the same, so that a day has a size.
    firsts = [number for s in troubled.values() for number, one in enumerate(s.days) if one.status in KNOWN]
    begin = min(*firsts, history.STRIP_DAYS - LEAST_DAYS)
    values: Any = [
        {
            "method": method_name(name),
            "day": _day(one.day),
            "state": one.status if one.status in KNOWN else "unknown",
            "sign": SIGNS.get(one.status, "·") if one.status in KNOWN else "",
            "told": t(f"capability-{one.status}") if one.status in KNOWN else t("page-health-day-unknown"),
        }
        for name, strip in troubled.items()
        for one in strip.days[begin:]
    ]
    for one in values:
        one["aloud"] = f"{one['method']}, {one['day']}: {one['told']}"
    base = alt.Chart(alt.InlineData(values=values)).encode(
        x=alt.X("day:N", sort=None, title=None, axis=alt.Axis(labelAngle=0, labelOverlap=True)),
        y=alt.Y("method:N", sort=None, title=None, axis=alt.Axis(labelLimit=220)),
        tooltip=[
            alt.Tooltip("method:N", title=t("page-column-method")),
            alt.Tooltip("day:N", title=t("page-column-day")),
            alt.Tooltip("told:N", title=t("page-column-status")),
        ],
        description=alt.Description("aloud:N"),
    )
    states = [*KNOWN_ORDER, "unknown"]
    scale = alt.Scale(domain=states, range=[look.CHART_COLOURS[state] for state in states])
    # What nobody looked at is a pale place, not a failure.
    seen = alt.condition("datum.state === 'unknown'", alt.value(0.15), alt.value(1))
    cells = base.mark_rect(cornerRadius=3, strokeWidth=2).encode(
        color=alt.Color("state:N", scale=scale, legend=None), opacity=seen
    )
    sign = alt.Text("sign:N", title=t("page-column-status"))
    signs = base.mark_text(color="white", fontSize=11, fontWeight="bold").encode(text=sign)
    height = ROW_PX * len(troubled) + 40
    st.altair_chart((cells + signs).properties(height=height), alt=_strip_aloud(troubled))
    marks = [f"{SIGNS[state]} {t(f'capability-{state}')}" for state in KNOWN_ORDER]
    st.caption(" · ".join([*marks, t("page-health-pale")]))


def _strip_aloud(troubled: Mapping[str, Strip]) -> str:
    """The strip for who doesn't see it: on how many days each method had trouble."""
    days = {
        name: sum(one.status in {"denied", "error"} for one in strip.days) for name, strip in troubled.items()
    }
    return "; ".join(t("page-health-bad-days", method=method_name(m), days=n) for m, n in days.items())


def _trend(key_id: int) -> None:
    """How long WB took to answer; a method that was asked once is a point."""
    alt = _charts.altair()
    since = datetime.now(UTC) - timedelta(days=TREND_DAYS)
    with db.session() as session:
        found = latency.trend(session, key_id, since=since)
    values: Any = [
        {
            "at": point.at.astimezone(views.zone()).replace(tzinfo=None).isoformat(),
            "when": views.moment(point.at),
            "ms": round(point.mean_ms),
            "method": method_name(capability),
            "aloud": f"{method_name(capability)}: {t('page-health-ms', ms=round(point.mean_ms))}",
        }
        for capability, points in found.items()
        for point in points
    ]
    if not values:
        return
    title = t("page-health-latency")
    st.markdown(f"**{title}**")
    form = "%d.%m" if views.lang() == "ru" else "%-d %b"
    chart = (
        alt.Chart(alt.InlineData(values=values))
        .mark_line(point=alt.OverlayMarkDef(size=50, filled=True))
        .encode(
            x=alt.X("at:T", title=None, axis=alt.Axis(format=form, tickCount="day", labelOverlap=True)),
            y=alt.Y("ms:Q", title=t("page-column-ms")),
            color=alt.Color("method:N", legend=alt.Legend(orient="bottom", title=None, labelLimit=300)),
            tooltip=[
                alt.Tooltip("method:N", title=t("page-column-method")),
                alt.Tooltip("when:N", title=t("page-column-when")),
                alt.Tooltip("ms:Q", title=t("page-column-ms")),
            ],
            description=alt.Description("aloud:N"),
        )
    )
    st.altair_chart(chart, alt=title)


def _timeline() -> None:
    """How far each token's end is from today: what has ended lies on the other side."""
    alt = _charts.altair()
    with db.session() as session:
        ends = history.expiries(session, datetime.now(UTC))
    found = ends[:EXPIRIES_SHOWN]
    if not found:
        st.caption(t("page-health-no-ends"))
        return
    values: Any = [
        {
            "key": one.key_name,
            "days": one.days_left,
            "state": _urgency(one.days_left),
            "told": t("page-health-ends", date=views.day(one.expires_at), days=one.days_left)
            if one.days_left >= 0
            else t("page-health-ended", date=views.day(one.expires_at)),
        }
        for one in found
    ]
    for one in values:
        one["aloud"] = f"{one['key']}: {one['told']}"
    states = ["denied", "error", "ok"]
    scale = alt.Scale(domain=states, range=[look.CHART_COLOURS[state] for state in states])
    base = alt.Chart(alt.InlineData(values=values)).encode(
        y=alt.Y("key:N", sort=None, title=None, axis=alt.Axis(labelLimit=220)),
        x=alt.X(
            "days:Q",
            title=t("page-health-days-from-today"),
            axis=alt.Axis(tickMinStep=1, labelFlush=True),
            scale=alt.Scale(domain=[min(0, found[0].days_left), max(EXPIRING_DAYS, found[-1].days_left)]),
        ),
        tooltip=[
            alt.Tooltip("key:N", title=t("page-column-key")),
            alt.Tooltip("told:N", title=t("page-column-expires")),
        ],
        description=alt.Description("aloud:N"),
    )
    bars = base.mark_bar(cornerRadiusEnd=3).encode(color=alt.Color("state:N", scale=scale, legend=None))
    now: Any = [{"days": 0, "aloud": t("page-column-today")}]
    today = alt.Chart(alt.InlineData(values=now)).mark_rule(strokeWidth=2, color="#8a8a99")
    today = today.encode(x="days:Q", description=alt.Description("aloud:N"))
    chart = (bars + today).properties(height=ROW_PX * len(found) + 60)
    st.altair_chart(chart, alt="; ".join(f"{one['key']}: {one['told']}" for one in values[:5]))
    views.draw_table(
        [{t("page-column-key"): one["key"], t("page-column-expires"): one["told"]} for one in values]
    )
    if len(ends) > len(found):
        st.caption(t("page-health-ends-more", shown=len(found), all=len(ends)))


def _urgency(days_left: int) -> str:
    return "denied" if days_left <= URGENT_DAYS else "error" if days_left <= EXPIRING_DAYS else "ok"


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


def _ask_for_news() -> None:
    with db.session() as session:
        news.ask(session, datetime.now(UTC))
        session.commit()


def _coming(session: Session) -> str:
    """When WB is asked for the news, in words; "": nobody has asked for them."""
    at = news.coming(session)
    if at is None:
        return ""
    if at > datetime.now(UTC):
        return t("page-news-none", at=views.moment(at))
    return t("page-news-soon" if workers.alive(session) else "page-news-nobody")


def _news() -> None:
    """WB's own words are plain text here: no markup, no links."""
    with db.session() as session:
        board = news.board(session)
        coming = None if board.items else _coming(session)
    if board.error:
        st.caption(t("page-news-failed"))
    if not board.items:
        st.caption(coming or t("page-news-empty"))
    for item in board.items[:NEWS_SHOWN]:
        st.text(f"{item.date[:10]}  {item.header}")
        if item.text:
            st.caption(views.plain(item.text[:600]))
    if len(board.items) > NEWS_SHOWN:
        st.caption(t("page-news-more", shown=NEWS_SHOWN, all=len(board.items)))
    if board.at is not None:
        st.caption(t("page-news-at", at=views.moment(board.at)))
