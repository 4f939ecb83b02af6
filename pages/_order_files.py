"""A list of orders as a file: which columns, under which names, for which program."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import time

import streamlit as st
from sqlmodel import Session

from pages import _order_filters, _shared, _takeaway
from pages._order_table import heading
from wbcore.alerts import mailing, outbox
from wbcore.alerts.mailing import FileOrderRefused
from wbcore.guidance import views
from wbcore.guidance.views import t
from wbcore.orders import kept, parcel, profiles, wishes
from wbcore.orders.filters import OrderFilters
from wbcore.orders.profiles import Profile
from wbcore.orders.wishes import Wish
from wbcore.people.actor import Right
from wbcore.store import db
from wbcore.store.models import FileOrder, Kept, UserFile

TOLD = "orders-profile-told"
OWN = "own-"
PROFILE, GONE = "orders-profile", "orders-profile-gone"


def download(wish: Wish, asked: OrderFilters) -> None:
    """A worker makes the file when it is asked for; its list stands below the button."""
    st.session_state.pop(GONE, None)  # what was gone at another press
    views.folded(
        t("page-orders-download"),
        lambda: _file(asked, _order_filters.kept_by_reader()),
        key="orders-download",
        icon=":material/save:",
    )
    _each_day(wish, lambda: _chosen(asked, _order_filters.kept_by_reader()))


_CHOSEN = "orders-file"
"""The profile and the form that were chosen last: what is folded away forgets what stands in its fields."""


def _file(asked: OrderFilters, mine: Sequence[Kept]) -> None:
    there = _profiles(asked, mine)
    if _is_gone(mine):
        st.session_state[PROFILE], st.session_state[GONE] = "usual", True
        st.warning(t(GONE), icon=views.ICONS["warning"])
    before, form_before = st.session_state.get(_CHOSEN, ("", ""))
    names = list(there)
    told = views.distinct(
        {one: _name(one, mine) for one in names},
        lambda one: t("orders-profile-own") if one.startswith(OWN) else "",
    )
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.selectbox(
            t("orders-profile"),
            names,
            index=names.index(before) if before in there else 0,
            format_func=told.__getitem__,
            key=views.retold(PROFILE),
            width=320,
        )
        chosen = there[name]
        usual = form_before if name == before and form_before in profiles.FORMS else chosen.form
        form = st.selectbox(
            t("page-orders-format"),
            profiles.FORMS,
            index=profiles.FORMS.index(usual),
            format_func=lambda one: t(f"orders-form-{one}"),
            key=views.retold(f"orders-form-{name}"),
            width=320,
        )
        st.session_state[_CHOSEN] = (name, form)
        _takeaway.ask_for_file(_ask)
    _takeaway.yours()
    st.caption(", ".join(chosen.headings.get(one) or heading(one) for one in chosen.columns))
    _own(asked, chosen, name, mine)


def _chosen(asked: OrderFilters, mine: Sequence[Kept]) -> Profile:
    there = _profiles(asked, mine)
    name, form = st.session_state.get(_CHOSEN, ("", ""))
    name = st.session_state.get(PROFILE, name)
    form = st.session_state.get(f"orders-form-{name}", form if name in there else "")
    chosen = there.get(name, next(iter(there.values())))
    return replace(chosen, form=form) if name in there and form else chosen


def _profiles(asked: OrderFilters, mine: Sequence[Kept]) -> dict[str, Profile]:
    ready = profiles.READY if asked.kind == "orders" else {}
    own = [row for row in mine if row.kind == "profile" and row.data.get("kind") == asked.kind]
    return {
        "usual": profiles.usual(asked.kind),
        **ready,
        **{f"{OWN}{row.id}": Profile.of_record(row.data) for row in own},
    }


def _name(profile: str, mine: Sequence[Kept]) -> str:
    row = next((row for row in mine if f"{OWN}{row.id}" == profile), None)
    return t(f"orders-profile-{profile}") if row is None else row.name


def _is_gone(mine: Sequence[Kept]) -> bool:
    """Whether one's own profile that was chosen has been removed meanwhile: the usual one is another."""
    name = str(st.session_state.get(PROFILE) or "")
    return name.startswith(OWN) and name not in {f"{OWN}{row.id}" for row in mine}


def _ask(session: Session) -> UserFile | None:
    """What the fields say at the press: what was typed just before it has not been drawn by then."""
    acting, zone = _shared.actor(), views.zone()
    asked, mine = wishes.filters(_order_filters.asked(), zone), _order_filters.kept_by_reader()
    if _is_gone(mine):  # it is said where the choice is drawn
        return None
    profile = _chosen(asked, mine)
    return parcel.ask(session, acting, asked, profile, views.lang(), zone)


# --- One's own profiles -------------------------------------------------------------------------------------


def _own(asked: OrderFilters, chosen: Profile, name: str, mine: Sequence[Kept]) -> None:
    with st.popover(t("orders-profile-make"), icon=":material/tune:", key="orders-profile-make"):
        known = profiles.possible(asked.kind)
        key = f"orders-profile-columns-{asked.kind}-{name}"
        names = st.multiselect(
            t("orders-profile-columns"),
            list(known),
            [one for one in chosen.columns if one in known],
            format_func=heading,
            key=views.retold(key),
        )
        headings = st.data_editor(
            [{"column": heading(one), "heading": chosen.headings.get(one) or heading(one)} for one in names],
            column_config={"column": t("orders-profile-column"), "heading": t("orders-profile-heading")},
            disabled=["column"],
            hide_index=True,
            key=f"{key}-headings-{'-'.join(names)}",
        )
        form = st.radio(
            t("page-orders-format"),
            profiles.FORMS,
            index=profiles.FORMS.index(chosen.form),
            format_func=lambda one: t(f"orders-form-{one}"),
            key=f"{key}-form",
        )
        label = st.text_input(t("orders-profile-name"), key="orders-profile-name", max_chars=kept.LONGEST)
        own = {
            one: str(row["heading"])[: profiles.LONGEST_HEADING]
            for one, row in zip(names, headings, strict=False)
            if row["heading"] and row["heading"] != heading(one)
        }
        wished = Profile(tuple(names), own, form, chosen.raw)
        record = {**wished.record(), "kind": asked.kind}
        st.button(
            t("orders-profile-keep"),
            on_click=views.calm(_keep),
            args=(label, record),
            disabled=not (label.strip() and names),
            icon=":material/bookmark_add:",
        )
        if told := st.session_state.pop(TOLD, None):
            st.caption(told)
        row = next((row for row in mine if f"{OWN}{row.id}" == name), None)
        if row is not None:
            st.button(
                t("orders-profile-remove", name=views.plain(row.name)),
                on_click=views.calm(_remove),
                args=(row.id,),
                icon=":material/delete:",
            )


@views.calm
def _keep(name: str, record: dict[str, object]) -> None:
    with db.session() as session:
        row = kept.put(session, _shared.actor(), "profile", name, record)
        session.commit()
    told = "orders-profile-kept" if row is not None else "orders-profile-too-many"
    st.session_state[TOLD] = t(told, most=kept.MOST)


@views.calm
def _remove(kept_id: int) -> None:
    with db.session() as session:
        kept.remove(session, _shared.actor(), kept_id)
        session.commit()
    st.session_state[PROFILE] = "usual"


# --- Files by themselves ------------------------------------------------------------------------------------


def _each_day(wish: Wish, profile: Callable[[], Profile]) -> None:
    """A file of this list, each day, into a folder or by e-mail; owners alone send orders away."""
    if not _shared.actor().may(Right.ALERTS):
        return
    views.folded(
        t("file-order-title"),
        lambda: _schedule(wish, profile()),
        key="file-orders",
        icon=":material/schedule_send:",
    )


def _schedule(wish: Wish, profile: Profile) -> None:
    with db.session() as session:
        there = mailing.list_all(session)
        mails = [one for one in outbox.list_channels(session) if mailing.takes_files(one)]
        made_now = {
            row.id for row in there if row.error == mailing.INTERRUPTED and mailing.is_made_now(session, row)
        }
    for row in there:
        _line(row, made_now=row.id in made_now)
    st.caption(t("file-order-note"))
    name = st.text_input(t("file-order-name"), key="file-order-name", max_chars=kept.LONGEST)
    at = st.time_input(t("file-order-at"), time(9, 0), key="file-order-at")
    folder = st.text_input(
        t("file-order-folder"), placeholder=t("file-order-folder-none"), key="file-order-folder"
    )
    named = {0: t("file-order-channel-none"), **{one.id or 0: one.name for one in mails}}
    gone = _shared.is_gone("file-order-channel", named)
    channel = st.selectbox(
        t("file-order-channel"),
        list(named),
        format_func=named.__getitem__,
        key=views.retold("file-order-channel"),
    )
    if gone:
        st.warning(t("file-order-channel-gone"), icon=views.ICONS["warning"])
    if st.session_state.pop(GONE, False) or _is_gone(_order_filters.kept_by_reader()):
        gone = True
        st.warning(t(GONE), icon=views.ICONS["warning"])
    if not mails:
        st.caption(t("file-order-no-mail"))
    if st.button(t("file-order-add"), icon=":material/add:", disabled=not name.strip()) and not gone:
        _add(name, at, folder, channel or None, wish, profile)


def _line(row: FileOrder, *, made_now: bool) -> None:
    # Whoever reads it may have another zone than whoever has set the time.
    at = row.daily_at if row.tz == views.zone().key else f"{row.daily_at} ({views.zone_name(row.tz)})"
    told = t("file-order-line", name=row.name, at=at, next=views.moment(row.next_at))
    if row.done_at is not None and row.rows is not None:
        done = t("file-order-done", at=views.moment(row.done_at), rows=views.number(row.rows))
        told = f"{told} · {done}"
    st.text(told)
    if made_now:
        st.caption(t("file-order-making"))
    elif row.error:
        st.warning(mailing.error_text(views.lang(), row.error), icon=views.ICONS["warning"])
    if st.button(
        t("file-order-remove", name=views.plain(row.name)), key=f"file-order-{row.id}", type="tertiary"
    ):
        mailing.remove(row.id or 0, by=_shared.actor())
        st.rerun()


def _add(  # noqa: PLR0917 (a form's fields)
    name: str, at: time | None, folder: str, channel_id: int | None, wish: Wish, profile: Profile
) -> None:
    try:
        made = mailing.add(
            name,
            profile=profile,
            view=wishes.written(wish),
            daily_at=f"{at or time(9, 0):%H:%M}",
            tz=views.zone().key,
            lang=views.lang(),
            folder=folder,
            channel_id=channel_id,
            by=_shared.actor(),
        )
    except FileOrderRefused as error:
        st.error(mailing.error_text(views.lang(), error.code), icon=views.ICONS["error"])
        return
    st.success(t("file-order-added", at=views.moment(made.next_at)), icon=views.ICONS["done"])
