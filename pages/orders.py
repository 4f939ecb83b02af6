"""Orders: what has been imported, filtered, page by page; nothing here counts or reads all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

import streamlit as st
from sqlmodel import Session

from pages import _order_filters, _order_table, _shared
from pages._order_card import card
from pages._order_files import download
from pages._order_table import Whose
from wbcore.guidance import look, views
from wbcore.guidance.views import t
from wbcore.orders import browse, sales, totals, wishes
from wbcore.orders.browse import OrderPage, Summary
from wbcore.orders.columns import Shown
from wbcore.orders.filters import OrderFilters, meant_among
from wbcore.orders.known import Known
from wbcore.orders.tables import OrderRow
from wbcore.orders.wishes import DATA, Wish
from wbcore.store import days, db, seen
from wbcore.store.models import Kept

PAGE_ROWS = 50
REMEMBERED_S = 30


def turn_pages(wish: Wish, whose: Whose, mine: Sequence[Kept], total: int) -> None:
    """One page and its two buttons. The way back is the list of the cursors that led here."""
    asked = wishes.filters(wish, views.zone())
    if st.session_state.get("orders-filter") != (asked, wish.sort):
        st.session_state["orders-filter"], st.session_state["orders-way"] = (asked, wish.sort), []
    way: list[Any] = st.session_state["orders-way"]
    found, page = read(asked, wish.sort, way[-1] if way else None, whose)
    st.caption(told(asked, found, total, wish))
    if page.rows:
        table(page, _order_filters.shown_columns(wish, mine), whose.sellers, len(way))
    turning(page, way, found, total if is_plain(asked) else None)
    if not page.rows and page.next is None and not way:
        empty(asked)
    chosen_card(whose.sellers)
    if page.rows:
        download(wish, asked)


def read(asked: OrderFilters, sort: str, place: Any, whose: Whose) -> tuple[Summary, OrderPage]:
    """A page of the list, with how many and how much the list is; what both ask is asked once."""
    known = Known()
    found, is_new = summary(asked, whose.ids, sort, known)
    if sort == "sum":
        with db.session() as session:
            return found, browse.page_by_amount(session, asked, found, place, PAGE_ROWS, names=whose.keys)
    is_counted = is_new and place is None and (found.places or not found.count) and not is_plain(asked)

    def ask(session: Session) -> OrderPage:
        if is_counted:
            return browse.first_page(session, asked, found, PAGE_ROWS, whose.keys)
        return browse.page(
            session,
            asked,
            place,
            PAGE_ROWS,
            sellers=whose.ids,
            names=whose.keys,
            known=known,
            likely=found.count,
        )

    return found, seen.read(ask, "orders", asked, place)


def summary(asked: OrderFilters, ids: Sequence[int], sort: str, known: Known) -> tuple[Summary, bool]:
    """How many and how much, and whether that is of now.

    Turning a page does not ask again, whatever is written meanwhile.
    """
    now = datetime.now(UTC).timestamp()
    about = (asked, tuple(ids), sort)
    before = st.session_state.get("orders-summary")
    if before and before[0] == about and now - before[1] < REMEMBERED_S:
        return before[2], False

    def ask(session: Session) -> Summary:
        # What is sorted by its sum has to be read; else sums that are kept may know it all.
        told = totals.summary(session, asked, ids, known) if sort != "sum" else None
        return told or browse.summary(session, asked, ids, known)

    found = seen.read(ask, "summary", *about)
    st.session_state["orders-summary"] = (about, now, found)
    return found, True


def is_plain(asked: OrderFilters) -> bool:
    """Nothing narrows what the counters have counted."""
    return asked == OrderFilters(kind=asked.kind, model=asked.model, seller_ids=asked.seller_ids)


def told(asked: OrderFilters, found: Summary, total: int, wish: Wish) -> str:
    """How many and how much, and what they are of."""
    amount, count = views.amounts(found.amounts, " + ") or "0", found.count
    parts = [t("page-orders-total", total=views.number(total))]
    if is_plain(asked):
        parts.append(t("orders-worth-newest" if found.more else "orders-worth", count=count, amount=amount))
    elif found.more:
        parts.append(t("orders-found-more" if count else "orders-found-none-yet", count=count, amount=amount))
    else:
        parts.append(t("orders-found", count=count, amount=amount))
    if wish.sort == "sum" and count:
        parts.append(t("orders-sorted-newest" if found.more else "orders-sorted", count=count))
        if len(found.amounts) > 1:
            parts.append(t("orders-sorted-apart"))
    return " · ".join(parts)


def table(page: OrderPage, columns: Sequence[Shown], sellers: Mapping[int, str], turned: int) -> None:
    """Rows are chosen by their ids: what comes in meanwhile moves no choice to another order."""
    ids = [(row.seller_id, row.id if isinstance(row, OrderRow) else row.srid) for row in page.rows]
    key = f"orders-{turned}-{hash(tuple(ids))}"
    picked = st.dataframe(
        views.arrow(_order_table.lines(columns, page.rows, sellers)),
        column_config=_order_table.config(columns, page.rows),
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        key=key,
        height=min(560, 38 + 35 * len(page.rows)),
    )
    rows = picked.selection.rows if picked else []
    if rows and rows[0] < len(page.rows):
        row = page.rows[rows[0]]
        order = row if isinstance(row, OrderRow) else row.order
        st.session_state["orders-chosen"] = None if order is None else (order.seller_id, order.id)
        st.session_state["orders-chosen-in"] = key
    elif st.session_state.get("orders-chosen-in") == key:
        st.session_state["orders-chosen"] = None


def turning(page: OrderPage, way: list[Any], found: Summary, total: int | None) -> None:
    if page.looked_until is not None:
        until = views.moment(datetime.fromtimestamp(page.looked_until, UTC))
        st.info(t("orders-looked-until", until=until), icon=views.ICONS["info"])
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button(t("page-orders-back"), disabled=not way, icon=":material/chevron_left:"):
            way.pop()
            st.rerun()
        onward = t("page-orders-next") if page.looked_until is None else t("orders-look-on")
        if st.button(onward, disabled=page.next is None, icon=":material/chevron_right:"):
            way.append(page.next)
            st.rerun()
        if page.rows:
            st.caption(_place(len(way), len(page.rows), found, total, exact=page.looked_until is None))


def _place(turned: int, rows: int, found: Summary, total: int | None, *, exact: bool) -> str:
    """Where one is: the page, and which rows of how many."""
    if not exact:
        return t("page-orders-page", page=turned + 1)
    count = found.count if total is None else total
    of = "orders-place-more" if total is None and found.more else "orders-place"
    first = turned * PAGE_ROWS
    return t(
        of,
        page=turned + 1,
        first=views.number(first + 1),
        last=views.number(first + rows),
        count=views.number(count),
    )


def chosen_card(sellers: Mapping[int, str]) -> None:
    chosen = st.session_state.get("orders-chosen")
    if chosen is None:
        return
    with db.session() as session:
        order = browse.order_of(session, *chosen)
    if order is not None:
        card(order, sellers.get(order.seller_id, ""))


def empty(asked: OrderFilters) -> None:
    if is_plain(asked):
        st.info(t("page-orders-empty"), icon=views.ICONS["info"])
        views.page_link(_shared.IMPORT_PAGE, label=t("page-order-import-title"), icon=":material/download:")
    else:
        st.info(t("page-orders-none-found"), icon=views.ICONS["info"])


def sales_of_a_day(chosen: OrderFilters) -> None:
    """What a day has brought, by each source that knows it."""
    day = st.date_input(t("page-sales-day"), days.today(views.zone()), format="DD.MM.YYYY", key="sales-day")
    if not isinstance(day, date):
        return
    with db.session() as session:
        found = sales.of_day(session, day, views.zone(), chosen.seller_ids)
    if not found:
        st.info(t("page-sales-none"), icon=views.ICONS["info"])
    for one in found:
        name = "feed" if one.source == "order_feed" else "statistics"
        st.markdown(f"**{t(f'page-sales-from-{name}')}**")
        figures = {name: getattr(one, name) for name in ("ordered", "sold", "cancelled", "returned")}
        known = {name: figure for name, figure in figures.items() if figure is not None}
        for column, (name, figure) in zip(st.columns(4), known.items(), strict=False):
            column.metric(
                t(f"page-sales-{name}"),
                views.number(figure.count),
                views.amounts(figure.amounts) or None,
                delta_color="off",
                delta_arrow="off",
            )
    st.caption(f"{t('page-sales-zone', zone=views.zone_name(views.zone().key))} {t('page-sales-note')}")


def page() -> None:
    st.title(t("page-orders-title"), anchor=False)
    rows = _shared.key_rows()
    _shared.warn_of_expiry()
    _order_filters.arrive()
    sellers = _shared.sellers_by_id()
    looked_at = _order_filters.asked()
    kind, model = DATA[looked_at.data]
    counted = seen.read(
        lambda session: browse.counters(session, looked_at.seller, kind, model),
        *("counters", looked_at.seller, kind, model),
    )
    mine = _order_filters.kept_by_reader()
    labels = {**sellers, **{row.key.seller_id: row.label for row in rows if row.key.seller_id in sellers}}
    filters, answer = look.filters_and_answer()
    with filters:
        _order_filters.bar(looked_at, labels, mine, counted)
    wish = _order_filters.asked()
    _order_filters.leave(wish)
    asked = wishes.filters(wish, views.zone())
    ids = meant_among(_shared.all_sellers(), asked)
    keys = {
        row.seller.id: row.key.name
        for row in sorted(rows, key=lambda row: -(row.key.id or 0))
        if row.seller.id
    }
    with answer:
        _shared.mark_invented(wish.seller)
        _order_filters.beside(wish)
        turn_pages(wish, Whose(ids, keys, sellers), mine, counted.total)
    views.folded(t("page-sales-title"), lambda: sales_of_a_day(asked), key="sales")


views.screen(page)
