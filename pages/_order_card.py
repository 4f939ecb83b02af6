"""One order, whole: its statuses in time, what is needed for it, its basket, what the reports say of it."""

from __future__ import annotations

import streamlit as st

from pages._order_table import delivery, heading, marks, status_name
from wbcore.guidance import look, views
from wbcore.guidance.texts import ROUBLE
from wbcore.guidance.views import t
from wbcore.orders import browse, buyers
from wbcore.orders.columns import PRODUCT, state_of
from wbcore.orders.tables import FeedRow, OrderRow
from wbcore.people.actor import Right, present
from wbcore.store import db


def card(order: OrderRow, seller: str) -> None:
    with db.session() as session:
        changes = browse.status_history(session, order.seller_id, order.id)
        raw = browse.raw_row(session, order.seller_id, order.id)
        basket = browse.basket(session, order)
        feed = browse.feed_of(session, order.seller_id, order.rid)
        has_buyer = buyers.is_known(session, order.seller_id, order.id)
    with st.container(border=True, key="order-card"):
        st.subheader(t("page-order-title", id=str(order.id)), anchor=False)
        with st.container(horizontal=True):
            for status in filter(None, (order.supplier_status, order.wb_status)):
                look.badge(state_of(status), views.plain(status_name(status)))
            if order.required_meta:
                look.badge("warning", t("order-needs", marks=views.plain(marks(order.required_meta))))
            if order.is_zero:
                look.badge("info", heading("zero"))
            if order.is_b2b:
                look.badge("info", heading("b2b"))
        first, second = st.columns(2)
        with first:
            _facts(order, seller)
            _product(order)
            _buyer(order, has_buyer=has_buyer)
        with second:
            _history(order, changes)
            _reports(order, feed)
            _basket(order, basket)
        with st.expander(t("page-order-raw")):
            st.json(raw or {}, expanded=1)


def _facts(order: OrderRow, seller: str) -> None:
    told = {
        "seller": seller,
        "created": views.moment(order.created_at),
        "article": order.article,
        "barcode": order.barcode,
        "price": views.money(order.price, order.currency_code),
        "model": t(f"model-{order.model}"),
        "office": order.office,
        "warehouse": order.warehouse_id,
        "supply": order.supply_id,
        "delivery": delivery(order),
        "marking": marks(order.required_meta)
        or (t("order-needs-nothing") if order.required_meta == "" else ""),
    }
    st.text("\n".join(f"{heading(name)}: {value}" for name, value in told.items() if value))


def _product(order: OrderRow) -> None:
    if order.nm_id:
        link = PRODUCT.format(nm=order.nm_id)
        st.link_button(t("order-product", nm=str(order.nm_id)), link, icon=":material/open_in_new:")


def _history(order: OrderRow, changes: list[browse.StatusChange]) -> None:
    st.markdown(f"**{t('page-order-history')}**")
    lines = [f"{views.moment(order.created_at)}  {t('order-came')}"] if order.created_at else []
    for change in changes:
        words = " · ".join(filter(None, map(status_name, (change.supplier_status, change.wb_status))))
        lines.append(f"{views.moment(change.at)}  {words}")
    if lines:
        st.text("\n".join(lines))
    if not changes:
        st.caption(t("order-history-none"))


def _reports(order: OrderRow, feed: FeedRow | None) -> None:
    found = order.statistics
    st.markdown(f"**{t('order-reports')}**")
    if found is not None:
        parts = [
            views.money(found.finished_price, ROUBLE),
            found.warehouse_name or "",
            found.region_name or "",
            t("order-cancelled-at", at=views.moment(found.cancel_date)) if found.is_cancel else "",
        ]
        st.text(f"{t('page-orders-kind-statistics')}: {' · '.join(filter(None, parts))}")
    if feed is not None:
        price = views.money(feed.seller_price, feed.currency)
        parts = [status_name(feed.status, "feed"), views.moment(feed.updated_at), price, feed.city or ""]
        st.text(f"{t('page-orders-kind-order_feed')}: {' · '.join(filter(None, parts))}")
    if found is None and feed is None:
        st.caption(t("order-reports-none"))


def _basket(order: OrderRow, others: list[OrderRow]) -> None:
    if not order.order_uid:
        return
    st.markdown(f"**{t('order-basket')}**")
    lines = []
    for other in others:
        parts = [str(other.id), other.article or "", views.money(other.price, other.currency_code)]
        lines.append(" · ".join(filter(None, [*parts, status_name(other.supplier_status)])))
    if lines:
        st.text("\n".join(lines))
    else:
        st.caption(t("order-basket-alone"))


# What is said of a buyer by name; the rest of what WB sends stands below it as it came.
BUYER_FIELDS = (
    *("fullName", "firstName", "lastName", "phone", "replacementPhone", "additionalPhones", "phoneCode"),
    *("address", "comment"),
)


def _buyer(order: OrderRow, *, has_buyer: bool) -> None:
    """Personal data: hidden until it is asked for, by who may; that is noted."""
    if not has_buyer:
        if order.cross_border_type == 1 or order.model != "fbs":
            st.caption(t("page-order-buyer-none"))
        return
    st.markdown(f"**{t('page-buyer-title')}**")
    if not present().may(Right.SEE_BUYERS):
        st.caption(t("page-buyer-forbidden"))
        return
    if not st.button(t("page-buyer-show"), key=f"buyer-{order.id}", icon=":material/visibility:"):
        st.caption(t("page-buyer-hidden"))
        return
    with db.session() as session:
        found = buyers.reveal(session, order.seller_id, order.id)
        session.commit()
    for name in [*BUYER_FIELDS, *sorted(found.keys() - set(BUYER_FIELDS))]:
        if found.get(name):
            label = views.known(f"page-buyer-{name}", name)
            st.text(f"{label}: {_buyer_value(found[name])}")


def _buyer_value(value: object) -> str:
    """A name, a list of phones, or an address, which has its place on the map."""
    if isinstance(value, dict):
        return ", ".join(str(part) for part in value.values() if part)
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
