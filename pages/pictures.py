"""Pictures of orders and money: by day and hour, seller, article, warehouse, status. From sums alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta

import streamlit as st
from sqlmodel import Session

from pages import _charts, _day, _lists, _shared
from pages._charts import Mark, Picture, Span
from wbcore.guidance import look, texts, views
from wbcore.guidance.views import t
from wbcore.orders import figures, tallies
from wbcore.orders.figures import Bucket, Sum, Top
from wbcore.orders.totals import Kind
from wbcore.store import days, seen

PERIODS = (1, 7, 30, 90)
USUAL = 7
CURRENCIES_SHOWN = 3
SELLER = "pictures-seller"
# Stage -> the list's word for it, where that is not ``stage_`` and its name.
LISTS = {"cancelled": "cancelled", "": "stage_unknown"}
STATES = {"cancelled": "cancelled_order", "": "unknown"}


def choose(sellers: Mapping[int, str]) -> tuple[Span, bool]:
    """The span, and whether it is told in numbers instead of pictures."""
    everybody = t("page-pictures-all-sellers")
    _shared.stay_with(SELLER, {_shared.EVERYBODY: everybody, **sellers}, "page-seller-gone-meanwhile")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        count = st.segmented_control(
            t("page-pictures-period"),
            PERIODS,
            format_func=lambda n: t(f"page-pictures-period-{n}"),
            default=USUAL,
            required=True,
            key="pictures-period",
        )
        seller = st.selectbox(
            t("page-column-seller"),
            [_shared.EVERYBODY, *sellers],
            format_func=lambda one: sellers.get(one) or everybody,
            key=views.retold(SELLER),
            width=320,
        )
        as_table = st.toggle(t("page-pictures-numbers"), key="pictures-numbers")
    today = days.today(views.zone())
    return Span(today - timedelta(days=(count or USUAL) - 1), today, seller or None), as_table


def page() -> None:
    st.title(t("page-pictures-title"), anchor=False)
    _shared.draw_remembered()
    sellers = _shared.sellers_by_id()
    if not sellers:
        _shared.say_no_keys("page-pictures-none")
        return
    # On a phone the first picture comes before what is chosen, and the others after it.
    filters, answer = look.filters_and_answer()
    with filters:
        span, as_table = choose(sellers)
    _shared.mark_invented(span.seller)
    shown = pictures(span, sellers)
    for place in range(0, len(shown), 2):
        with answer if place == 0 else st.container():
            for column, picture in zip(st.columns(2), shown[place : place + 2], strict=False):
                with column:
                    _charts.draw(picture, as_table=as_table)
    for note in (_day.uneven_hours(datetime.now(UTC)), "" if as_table else t("page-pictures-click")):
        if note:
            st.caption(note)


def pictures(span: Span, names: Mapping[int, str]) -> list[Picture]:
    buckets, sellers, articles, warehouses, waits = seen.read(
        lambda session: (
            _buckets(session, span),
            {} if span.seller else figures.by_seller(session, span.begin, span.end),
            figures.top(session, "article", span.first, span.last, span.seller),
            figures.top(session, "warehouse", span.first, span.last, span.seller),
            figures.waits(session, span.begin, span.end, span.seller),
        ),
        *("pictures", span, views.zone().key),
    )
    heading = t("page-pictures-hour" if span.first == span.last else "page-column-day")
    status, shares = t("page-pictures-statuses"), t("page-pictures-cancelled")
    gone = _in_time(span, buckets, _share, status="cancelled")
    none_gone = t("page-pictures-none-cancelled") if buckets else ""
    none_taken = t("page-pictures-none-taken") if buckets else ""
    taken, within = t("page-pictures-waits"), t("page-pictures-within")
    told = t("page-pictures-waits-note")
    return [
        Picture("orders", t("page-pictures-orders"), heading, _in_time(span, buckets, _count)),
        *_money(span, buckets, heading),
        Picture("cancelled", shares, heading, gone, number=".0%", empty=none_gone),
        Picture("statuses", status, t("page-column-status"), _statuses(span, buckets), "rows"),
        *_sellers(span, sellers, names),
        Picture("waits", taken, within, _waits(span, waits), "rows", note=told, empty=none_taken),
        _tops("article", span, articles),
        _tops("warehouse", span, warehouses),
    ]


def _buckets(session: Session, span: Span) -> list[Bucket]:
    """One day's by hour; of more days by day: the hours of a month are a thousand rows that nobody sees."""
    if span.first == span.last:
        return figures.by_hour(session, span.begin, span.end, span.seller)
    return figures.by_day(session, span.first, span.last, views.zone(), span.seller)


# --- In time ------------------------------------------------------------------------------------------------

Told = tuple[float, str]


def _in_time(
    span: Span, buckets: Sequence[Bucket], tell: Callable[[list[Bucket]], Told], **wanted: object
) -> list[Mark]:
    """A bar for each hour of one day, else for each day, also for those that brought nothing.

    Args:
        wanted: what the lists behind the bars ask for, beside their hour or day.
    """
    zone = views.zone()
    if span.first == span.last:
        hours: dict[int, list[Bucket]] = {hour: [] for hour in range(24)}
        for one in buckets:
            hours[one.at.astimezone(zone).hour].append(one)
        return [
            Mark(f"{hour:02}:00", *tell(some), span.wish(hours=(hour, hour + 1), **wanted))
            for hour, some in hours.items()
        ]
    count = (span.last - span.first).days + 1
    by_day: dict[date, list[Bucket]] = {span.first + timedelta(days=n): [] for n in range(count)}
    for one in buckets:
        by_day.setdefault(days.of_instant(one.at, zone), []).append(one)
    return [
        Mark(texts.format_day_month(views.lang(), day), *tell(some), span.wish(start=day, end=day, **wanted))
        for day, some in by_day.items()
    ]


def _count(some: list[Bucket]) -> Told:
    count = sum(one.count for one in some)
    return count, views.number(count)


def _share(some: list[Bucket]) -> Told:
    """The share of the cancelled among what was ordered then."""
    count = sum(one.count for one in some)
    gone = sum(one.count for one in some if one.stage == "cancelled")
    if not count:
        return 0, ""
    return gone / count, t("page-pictures-share", share=round(100 * gone / count), gone=gone, all=count)


def _money(span: Span, buckets: Sequence[Bucket], heading: str) -> list[Picture]:
    """A picture for each currency: they are never added together."""
    totals: dict[int, int] = {}
    for one in buckets:
        totals[one.currency] = totals.get(one.currency, 0) + one.amount
    largest = sorted((c for c, total in totals.items() if total), key=lambda c: -totals[c])
    return [_money_in(span, buckets, currency, heading) for currency in largest[:CURRENCIES_SHOWN]]


def _money_in(span: Span, buckets: Sequence[Bucket], currency: int, heading: str) -> Picture:
    def worth(some: list[Bucket]) -> Told:
        amount = sum(one.amount for one in some)
        return amount / 100, views.money(amount, currency or None) if amount else ""

    own = [one for one in buckets if one.currency == currency]
    sign = texts.currency_sign(views.lang(), currency or None) or t("page-pictures-no-currency")
    title = t("page-pictures-money", currency=sign)
    return Picture(f"money-{currency}", title, heading, _in_time(span, own, worth, currency=currency))


# --- By what it is ------------------------------------------------------------------------------------------


def _statuses(span: Span, buckets: Sequence[Bucket]) -> list[Mark]:
    counts = dict.fromkeys(tallies.STAGES, 0)
    for one in buckets:
        counts[one.stage] += one.count  # type: ignore[index]
    return [
        Mark(
            t(f"page-pictures-stage-{stage or 'unknown'}"),
            count,
            views.number(count),
            span.wish(status=LISTS.get(stage, f"stage_{stage}")),
            STATES.get(stage, stage),
        )
        for stage, count in counts.items()
        if count
    ]


def _sellers(span: Span, sold: dict[int, Sum], names: Mapping[int, str]) -> list[Picture]:
    """Where there are several."""
    if len(sold) < 2:
        return []
    largest = sorted(sold.items(), key=lambda pair: -pair[1].count)[: figures.SHOWN]
    marks = [
        Mark(
            names.get(seller) or f"№ {seller}",
            one.count,
            t("page-pictures-sold", count=views.number(one.count), worth=_day.money(one)),
            span.wish(seller=seller),
        )
        for seller, one in largest
    ]
    return [Picture("sellers", t("page-pictures-sellers"), t("page-column-seller"), marks, "rows")]


def _tops(kind: Kind, span: Span, found: Sequence[Top]) -> Picture:
    marks = []
    for one in found:
        told = t(
            "page-pictures-told",
            count=views.number(one.sold.count),
            worth=_day.money(one.sold),
            gone=one.cancelled,
        )
        meant: dict[str, object] = {kind: one.name} if one.name else {"without": kind}
        wish = span.wish(**meant, moscow=views.zone() != days.MOSCOW)
        marks.append(Mark(one.name or t("page-pictures-unnamed"), one.sold.count, told, wish))
    note = "" if views.zone() == days.MOSCOW else t("page-pictures-moscow")
    return Picture(f"{kind}s", t(f"page-pictures-{kind}s"), t(f"page-day-{kind}"), marks, "rows", note=note)


def _waits(span: Span, found: dict[int, int]) -> list[Mark]:
    return [
        Mark(_lists.within(hours), count, views.number(count), span.wish(taken=hours))
        for hours, count in found.items()
    ]


views.screen(page)
