"""The messages of the day that a seller's people want: for owners, beside the alerts' channels."""

from __future__ import annotations

from datetime import UTC, datetime, time

import streamlit as st
from sqlmodel import col, select

from pages import _shared
from wbcore.alerts import daily, dayposts
from wbcore.alerts.daily import Wishes
from wbcore.guidance import sellers, views
from wbcore.guidance.views import t
from wbcore.imports.timetable import ScheduleRefused
from wbcore.store import db
from wbcore.store.models import DayRule, Seller

DIGESTS = (0, 15, 30, 60, 180)
EVENING, QUIET_FROM, QUIET_TO = time(20, 0), time(22, 0), time(8, 0)


def draw(has_channels: bool) -> None:
    with db.session() as session:
        real = select(Seller).where(Seller.environment != daily.SILENT).order_by(col(Seller.id))
        known = {seller.id or 0: seller for seller in session.exec(real)}
    if not known:
        return
    st.markdown(f"**{t('page-day-title')}**")
    st.caption(t("page-day-note"))
    if not has_channels:
        st.caption(t("page-day-no-channel"))
    called = sellers.names(known.values())
    names = {one: dayposts.seller_words(views.lang(), seller, called[one]) for one, seller in known.items()}
    _shared.stay_with("day-seller", names, "page-seller-gone-meanwhile")
    chosen = st.selectbox(
        t("page-day-seller"), list(names), format_func=names.__getitem__, key=views.retold("day-seller")
    )
    with db.session() as session:
        rule = daily.rule_of(session, chosen)
    _form(chosen, rule)


def _form(seller_id: int, rule: DayRule | None) -> None:
    known = rule or DayRule(seller_id=seller_id)
    digests: list[int | None] = [None, *sorted({*DIGESTS, *filter(None, (known.news_minutes,))})]
    if rule is not None and rule.tz != views.zone().key:
        st.caption(t("page-day-zone", zone=views.zone_name(rule.tz), mine=views.zone_name(views.zone().key)))

    # Names of their own: by what is stored, each would be another field after a save, and the next one lost.
    def key(name: str) -> str:
        return f"day-{name}-{seller_id}"

    told = {one: _digest(one) for one in digests}
    _shared.chosen_in(key("news"), told)
    with st.form(f"day-{seller_id}", border=True):
        news = st.selectbox(
            t("page-day-news"),
            digests,
            index=digests.index(known.news_minutes),
            format_func=told.__getitem__,
            key=key("news"),
        )
        left, right = st.columns(2)
        waiting = left.number_input(
            t("page-day-waiting"),
            min_value=0,
            max_value=daily.LONGEST_H,
            value=known.waiting_hours or 0,
            help=t("page-day-waiting-help"),
            key=key("waiting"),
        )
        silent = right.number_input(
            t("page-day-silent"),
            min_value=0,
            max_value=daily.LONGEST_H,
            value=known.silent_hours or 0,
            help=t("page-day-silent-help"),
            key=key("silent"),
        )
        cancelled = st.checkbox(t("page-day-cancelled"), known.cancelled, key=key("cancelled"))
        summary = st.checkbox(t("page-day-summary"), known.summary_at is not None, key=key("summary"))
        at = st.time_input(
            t("page-day-summary-at"),
            _time(known.summary_at, EVENING),
            help=t("page-day-summary-help"),
            key=key("summary-at"),
        )
        quiet = st.checkbox(t("page-day-quiet"), known.quiet_from is not None, key=key("quiet"))
        first, second = st.columns(2)
        begin = first.time_input(t("page-alerts-from"), _time(known.quiet_from, QUIET_FROM), key=key("from"))
        end = second.time_input(t("page-alerts-to"), _time(known.quiet_to, QUIET_TO), key=key("to"))
        pressed = st.form_submit_button(t("page-day-save"), type="primary")
    if pressed:
        _save(
            seller_id,
            Wishes(
                news_minutes=news,
                waiting_hours=int(waiting) or None,
                cancelled=cancelled,
                summary_at=f"{at:%H:%M}" if summary else None,
                silent_hours=int(silent) or None,
                quiet=(f"{begin:%H:%M}", f"{end:%H:%M}") if quiet else None,
                tz=views.zone().key,
            ),
        )


def _digest(minutes: int | None) -> str:
    if minutes is None:
        return t("page-day-off")
    return t("page-day-news-every", time=views.duration(minutes * 60)) if minutes else t("page-day-news-now")


def _time(kept: str | None, default: time) -> time:
    return time.fromisoformat(kept) if kept else default


def _save(seller_id: int, wishes: Wishes) -> None:
    try:
        with db.session() as session:
            daily.wish(session, seller_id, wishes, by=_shared.actor(), now=datetime.now(UTC))
            session.commit()
    except ScheduleRefused:
        st.error(t("page-day-wrong"), icon=views.ICONS["error"])
    else:
        st.success(t("page-day-saved"), icon=views.ICONS["done"])
