"""Where alerts go: channels of the operator's, tested with one press. Their addresses are secrets."""

from __future__ import annotations

from datetime import time

import streamlit as st

from wbcore.guidance import views
from wbcore.guidance.views import t
from wbcore.jobs import alerts as jobs
from wbcore.jobs.channels import ChannelRefused
from wbcore.store import alerts, db, values
from wbcore.store.alerts import ChannelExists
from wbcore.store.models import AlertChannel
from wbcore.store.schedules import ScheduleRefused


def draw() -> None:
    with db.session() as session:
        channels = list(alerts.list_channels(session))
    with st.expander(t("page-alerts-title", count=len(channels)), icon=":material/notifications:"):
        st.caption(t("page-alerts-note"))
        for channel in channels:
            _line(channel)
        _form()


def _line(channel: AlertChannel) -> None:
    assert channel.id is not None
    with st.container(border=True):
        st.markdown(f"**{views.plain(channel.name)}** · {views.plain(channel.shown)}")
        if channel.quiet_from and channel.quiet_to:
            st.caption(t("page-alerts-quiet-hours", begin=channel.quiet_from, end=channel.quiet_to))
        if channel.error:
            st.warning(jobs.error_text(views.lang(), channel.error), icon=views.ICONS["warning"])
        with st.container(horizontal=True):
            if st.button(t("page-alerts-test"), key=f"test-channel-{channel.id}", icon=":material/send:"):
                _test(channel.id)
            if st.button(t("page-key-remove"), key=f"remove-channel-{channel.id}"):
                with db.session() as session:
                    alerts.remove_channel(session, channel.id)
                    session.commit()
                st.rerun()


def _test(channel_id: int) -> None:
    with st.spinner(t("page-alerts-sending")):
        code = jobs.test_channel(channel_id)
    if code:
        st.error(jobs.error_text(views.lang(), code), icon=views.ICONS["error"])
    else:
        st.success(t("page-alerts-sent"), icon=views.ICONS["done"])


def _form() -> None:
    with st.form("add-channel", clear_on_submit=True, border=False):
        name = st.text_input(t("page-key-name"), placeholder=t("page-alerts-name-example"), max_chars=100)
        url = st.text_input(
            t("page-alerts-url"), type="password", help=t("page-alerts-url-help"), autocomplete="off"
        )
        quiet = st.checkbox(t("page-alerts-quiet"))
        left, right = st.columns(2)
        begin = left.time_input(t("page-alerts-from"), time(22, 0))
        end = right.time_input(t("page-alerts-to"), time(8, 0))
        pressed = st.form_submit_button(t("page-alerts-add"))
    if not pressed:
        return
    if not name.strip():
        st.error(t("page-alerts-name-empty"), icon=views.ICONS["error"])
        return
    try:
        jobs.add_channel(
            name.strip(),
            url,
            lang=views.lang(),
            quiet=(f"{begin:%H:%M}", f"{end:%H:%M}") if quiet else None,
            tz=getattr(views.zone(), "key", "Europe/Moscow"),
        )
    except (ChannelRefused, ChannelExists) as error:
        st.error(jobs.error_text(views.lang(), error.code), icon=views.ICONS["error"])
    except ScheduleRefused:
        st.error(t("page-alerts-hours-wrong"), icon=views.ICONS["error"])
    else:
        _remember_address()
        st.rerun()


def _remember_address() -> None:
    """The links in alerts lead to where the dashboard was opened from."""
    with db.session() as session:
        values.put(session, jobs.BASE_URL, views.base_address())
        session.commit()
