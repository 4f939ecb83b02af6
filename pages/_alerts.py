"""Where alerts go: channels of the operator's, tested with one press. Their addresses are secrets."""

from __future__ import annotations

from datetime import time

import streamlit as st

from pages import _shared
from wbcore.alerts import alerting, outbox
from wbcore.alerts.channels import ChannelRefused
from wbcore.alerts.outbox import ChannelExists
from wbcore.guidance import views
from wbcore.guidance.views import t
from wbcore.imports.timetable import ScheduleRefused
from wbcore.people.actor import Right
from wbcore.store import db, seen
from wbcore.store.models import AlertChannel


def draw() -> None:
    if not _shared.actor().may(Right.ALERTS):
        return
    channels = seen.read(lambda session: list(outbox.list_channels(session)), "channels")

    def opened() -> None:
        from pages import _messages  # noqa: PLC0415 (the makers of messages, for whoever opens this)

        st.caption(t("page-alerts-note"))
        for channel in channels:
            _line(channel)
        if channels:
            _reminders()
        _form()
        _messages.draw(bool(channels))

    title = t("page-alerts-title", count=len(channels))
    views.folded(title, opened, key="alerts", icon=":material/notifications:")


def _line(channel: AlertChannel) -> None:
    assert channel.id is not None
    with st.container(border=True):
        st.markdown(f"**{views.plain(channel.name)}** · {views.plain(channel.shown)}")
        if channel.quiet_from and channel.quiet_to:
            told = t("page-alerts-quiet-hours", begin=channel.quiet_from, end=channel.quiet_to)
            elsewhere = "" if channel.tz == views.zone().key else f" · {views.zone_name(channel.tz)}"
            st.caption(told + elsewhere)
        if channel.error:
            failed = alerting.error_text(views.lang(), channel.error)
            if channel.error_at is not None:
                failed = f"{failed} {t('page-alerts-failed-at', at=views.moment(channel.error_at))}"
            st.warning(failed, icon=views.ICONS["warning"])
        with st.container(horizontal=True):
            if st.button(
                t("page-alerts-test"),
                key=f"test-channel-{channel.id}",
                icon=":material/send:",
                on_click=views.calm(_there),
                args=(channel.id,),
            ):
                _test(channel.id)
            if st.button(
                t("page-key-remove"),
                key=f"remove-channel-{channel.id}",
                on_click=views.calm(_there),
                args=(channel.id,),
            ):
                alerting.remove_channel(channel.id, by=_shared.actor())
                st.rerun()


def _there(channel_id: int) -> None:
    """At a press: a colleague may have removed the channel since this part was drawn."""
    with db.session() as session:
        if outbox.get_channel(session, channel_id) is None:
            st.session_state["notice"] = t("page-alerts-gone")


def _test(channel_id: int) -> None:
    try:
        with st.spinner(t("page-alerts-sending")):
            code = alerting.test_channel(channel_id, by=_shared.actor())
    except KeyError:
        st.session_state["notice"] = t("page-alerts-gone")
        views.draw_anew()
        return
    if code:
        st.error(alerting.error_text(views.lang(), code), icon=views.ICONS["error"])
    else:
        st.success(t("page-alerts-sent"), icon=views.ICONS["done"])


def _form() -> None:
    form = f"add-channel-{views.times('add-channel')}"
    with st.form(form, border=False):
        name = st.text_input(
            t("page-key-name"), placeholder=t("page-alerts-name-example"), max_chars=100, key=f"{form}-name"
        )
        url = st.text_input(
            t("page-alerts-url"),
            type="password",
            help=t("page-alerts-url-help"),
            autocomplete="off",
            key=f"{form}-url",
        )
        st.text("\n".join((t("page-alerts-example-telegram"), t("page-alerts-example-mail"))))
        quiet = st.checkbox(t("page-alerts-quiet"), key=f"{form}-quiet")
        left, right = st.columns(2)
        begin = left.time_input(t("page-alerts-from"), time(22, 0), key=f"{form}-from")
        end = right.time_input(t("page-alerts-to"), time(8, 0), key=f"{form}-to")
        pressed = st.form_submit_button(t("page-alerts-add"))
    if not pressed:
        return
    if not name.strip():
        st.error(t("page-alerts-name-empty"), icon=views.ICONS["error"])
        return
    try:
        alerting.add_channel(
            name.strip(),
            url,
            lang=views.lang(),
            quiet=(f"{begin:%H:%M}", f"{end:%H:%M}") if quiet else None,
            tz=views.zone().key,
            by=_shared.actor(),
        )
    except (ChannelRefused, ChannelExists) as error:
        st.error(alerting.error_text(views.lang(), error.code), icon=views.ICONS["error"])
    except ScheduleRefused:
        st.error(t("page-alerts-hours-wrong"), icon=views.ICONS["error"])
    else:
        views.done("add-channel")
        st.rerun()


REMINDER_HOURS = (24, 72, 168)


def _reminders() -> None:
    """How often what is unsolved is told again."""
    with db.session() as session:
        every = alerting.remind_every(session)

    def keep(hours: int | None) -> None:
        with db.session() as session:
            alerting.set_reminders(session, hours, by=_shared.actor())
            session.commit()

    hours = int(every.total_seconds() // 3600) if every else None
    _shared.every(t("page-alerts-remind"), REMINDER_HOURS, hours, _told, keep, key="alerts-remind")


def _told(hours: int | None) -> str:
    if hours is None:
        return t("page-alerts-remind-off")
    return t("page-alerts-remind-every", time=views.duration(hours * 3600))
