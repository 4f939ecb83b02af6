"""Orders: what has been imported, filtered, page by page; nothing here counts or reads all of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import streamlit as st

from pages import _shared
from wbcore.guidance import texts, views
from wbcore.guidance.views import t
from wbcore.store import browse, db, export, orders
from wbcore.store.browse import OrderFilters, OrderRow, StatisticsRow

PAGE_ROWS = 50
ROUBLE = 643
FILES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv",
}


def filters(rows: list[_shared.KeyRow]) -> OrderFilters:
    sellers = {row.seller.id: row.label for row in rows}
    first, second, third = st.columns(3)
    seller = first.selectbox(
        t("page-import-key"), [None, *sellers], format_func=lambda s: sellers.get(s) or t("page-orders-all")
    )
    kind = second.selectbox(
        t("page-orders-kind"), ["fbs", "statistics"], format_func=lambda k: t(f"page-orders-kind-{k}")
    )
    with db.session() as session:
        counted = browse.counters(session, seller, kind)
    known = sorted({*counted.supplier_status, *counted.wb_status} - {""})
    statuses = known if kind == "fbs" else ["cancel"]
    status = third.selectbox(
        t("page-orders-status"), ["", *statuses], format_func=lambda s: status_name(s) or t("page-orders-any")
    )
    fourth, fifth = st.columns(2)
    dates = fourth.date_input(t("page-orders-dates"), (), format="DD.MM.YYYY")
    text = fifth.text_input(
        t("page-orders-search"), placeholder=t("page-orders-search-example"), max_chars=100
    )
    st.caption(t("page-orders-total", total=views.number(counted.total)))
    found = OrderFilters(
        kind=kind,
        seller_ids=None if seller is None else (seller,),
        text=text.strip(),
        status=status or "",
    )
    days = dates if isinstance(dates, tuple) else (dates,)
    if days:
        end = datetime.combine(days[-1] + timedelta(days=1), time.min, views.zone())
        begin = datetime.combine(days[0], time.min, views.zone())
        found = replace(found, date_from=int(begin.timestamp()), date_to=int(end.timestamp()))
    return found


def status_name(status: str | None) -> str:
    """A status in words; one that WB has added since as it came."""
    if not status:
        return ""
    key = f"order-status-{status}"
    return t(key) if texts.has(views.lang(), key) else status


def order_line(row: OrderRow) -> dict[str, Any]:
    found = row.statistics
    return {
        t("page-column-order"): str(row.id),
        t("page-column-created"): views.moment(row.created_at),
        t("page-column-article"): row.article or "",
        t("page-column-price"): views.money(row.price, row.currency_code),
        t("page-column-supplier-status"): status_name(row.supplier_status),
        t("page-column-wb-status"): status_name(row.wb_status),
        t("page-column-finished-price"): views.money(found.finished_price, ROUBLE) if found else "",
        t("page-column-key"): row.key,
    }


def statistics_line(row: StatisticsRow) -> dict[str, Any]:
    return {
        t("page-column-created"): views.moment(row.date),
        t("page-column-article"): row.article or "",
        t("page-column-warehouse"): row.warehouse_name or "",
        t("page-column-region"): row.region_name or "",
        t("page-column-price"): views.money(row.total_price, ROUBLE),
        t("page-column-finished-price"): views.money(row.finished_price, ROUBLE),
        t("page-column-cancelled"): t("page-yes") if row.is_cancel else "",
        t("page-column-order"): str(row.order.id) if row.order else "",
        t("page-column-key"): row.key,
    }


def turn_pages(chosen: OrderFilters) -> None:
    """One page and its two buttons. The way back is the list of the cursors that led here."""
    if st.session_state.get("orders-filter") != chosen:
        st.session_state["orders-filter"], st.session_state["orders-way"] = chosen, []
    way: list[Any] = st.session_state["orders-way"]
    with db.session() as session:
        found = browse.page(session, chosen, way[-1] if way else None, PAGE_ROWS)
    if not found.rows:
        empty(chosen)
        return
    line = order_line if chosen.kind == "fbs" else statistics_line
    picked = st.dataframe(
        [line(row) for row in found.rows],
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        key=f"orders-{len(way)}",
        height=560,
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button(t("page-orders-back"), disabled=not way, icon=":material/chevron_left:"):
            way.pop()
            st.rerun()
        if st.button(t("page-orders-next"), disabled=found.next is None, icon=":material/chevron_right:"):
            way.append(found.next)
            st.rerun()
        st.caption(t("page-orders-page", page=len(way) + 1))
    if picked and picked.selection.rows and picked.selection.rows[0] < len(found.rows):
        detail(found.rows[picked.selection.rows[0]])
    download(chosen)


def detail(row: OrderRow | StatisticsRow) -> None:
    order = row if isinstance(row, OrderRow) else row.order
    if order is None:
        return
    with st.container(border=True):
        st.subheader(t("page-order-title", id=str(order.id)), anchor=False)
        with db.session() as session:
            changes = browse.status_history(session, order.seller_id, order.id)
            raw = browse.raw_row(session, order.seller_id, order.id)
        st.markdown(f"**{t('page-order-history')}**")
        for change in changes:
            words = " · ".join(filter(None, map(status_name, (change.supplier_status, change.wb_status))))
            st.text(f"{views.moment(change.at)}  {words}")
        if order.cross_border_type == 1:
            buyer(order)
        with st.expander(t("page-order-raw")):
            st.json(raw or {})


def buyer(order: OrderRow) -> None:
    """Personal data: shown only when it is asked for."""
    if not st.button(t("page-order-buyer"), key=f"buyer-{order.id}", icon=":material/visibility:"):
        return
    with db.session() as session:
        found = orders.clients_of(session, order.seller_id, [order.id]).get(order.id)
    if not found:
        st.caption(t("page-order-buyer-none"))
        return
    st.text("\n".join(str(found.get(name) or "") for name in ("fullName", "phone")).strip())


def empty(chosen: OrderFilters) -> None:
    if chosen == OrderFilters(kind=chosen.kind):
        st.info(t("page-orders-empty"), icon=views.ICONS["info"])
        st.page_link(_shared.IMPORT_PAGE, label=t("page-order-import-title"), icon=":material/download:")
    else:
        st.info(t("page-orders-none-found"), icon=views.ICONS["info"])


def download(chosen: OrderFilters) -> None:
    """The file is made when it is asked for, in pieces, so that a million orders fit."""
    with st.expander(t("page-orders-download")):
        form = st.radio(t("page-orders-format"), list(FILES), format_func=str.upper, horizontal=True)
        st.download_button(
            t("page-orders-save"),
            lambda: _file(chosen, form),
            file_name=f"wb-orders-{datetime.now(UTC):%Y-%m-%d}.{form}",
            mime=FILES[form],
            icon=":material/save:",
            on_click="ignore",
        )


def _file(chosen: OrderFilters, form: Any) -> bytes:
    with NamedTemporaryFile(suffix=f".{form}") as file, db.session() as session:
        export.export(session, chosen, form, file)  # type: ignore[arg-type]
        file.flush()
        return Path(file.name).read_bytes()


def page() -> None:
    st.title(t("page-orders-title"), anchor=False)
    rows = _shared.key_rows()
    _shared.warn_of_expiry(rows)
    turn_pages(filters(rows))


views.screen(page)
