"""The day at a glance: orders, money, what to assemble, what was cancelled, how each seller goes on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import streamlit as st

from pages import _shared
from pages._lists import ORDERS_PAGE, address
from pages._shared import KeyRow
from wbcore.guidance import look, views
from wbcore.guidance.views import Link, t
from wbcore.imports import glance, timetable
from wbcore.imports.glance import KeyGlance
from wbcore.orders import figures, wishes
from wbcore.orders.figures import Day, Sum, Waiting
from wbcore.orders.filters import OrderFilters, meant_among
from wbcore.orders.tallies import HOUR_S
from wbcore.orders.wishes import Wish
from wbcore.people.actor import Right
from wbcore.store import days, db, seen
from wbcore.store.models import ACTIVE_STATUSES

PACES_S = ((timedelta(minutes=1), 10), (timedelta(minutes=30), 60))
"""So long after an import ended, the page looks again every so many seconds."""
SLOWEST_S = 300
BUSY_S = 5
"""While something is imported."""
SELLERS_SHOWN = 30


@dataclass(slots=True)
class SellerRow:
    """A seller with its keys, as a line of the table."""

    name: str
    seller_id: int
    keys: list[KeyGlance] = field(default_factory=list)
    days_left: list[int] = field(default_factory=list)

    @property
    def problems(self) -> int:
        return glance.problems_of(self.keys)


def draw() -> None:
    """Draws itself again, the more seldom the longer nothing has happened."""
    now = datetime.now(UTC)
    pace = _pace(_keys(now), now)
    st.fragment(views.calm(_again), run_every=pace)(pace)


def _keys(now: datetime) -> Sequence[KeyGlance]:
    return seen.read(lambda session: glance.of_keys(session, now), "glance", seen.at(now))


def _of_day(now: datetime) -> Day:
    zone = views.zone()
    return seen.read(lambda session: figures.of_day(session, now, zone), "day", zone.key, seen.at(now))


def _again(pace: int) -> None:
    now = datetime.now(UTC)
    keys = _keys(now)
    if _pace(keys, now) != pace:
        views.draw_anew()  # with the end of an import its last orders are counted, too
    _draw(keys, now)


def _pace(keys: Iterable[KeyGlance], now: datetime) -> int:
    if any(key.status in ACTIVE_STATUSES for key in keys):
        return BUSY_S
    quiet = min((now - key.at for key in keys if key.at is not None), default=timedelta.max)
    return next((seconds for limit, seconds in PACES_S if quiet <= limit), SLOWEST_S)


def _draw(keys: Sequence[KeyGlance], now: datetime) -> None:
    zone = views.zone()
    today = days.today(zone, now)
    begin = days.start(today, zone)
    day = _of_day(now)
    waiting = seen.read(lambda session: figures.waiting(session, lost_since=begin), "waiting", begin)
    counted = _counted(keys)
    _freshness(counted, now)
    # Where nothing has come in yet, nobody knows of no orders.
    known = any(key.done_at for key in counted) or bool(day.week.count or waiting.new + waiting.assembly)
    _figures(day, waiting if known else None, now)
    if counted and not any(key.at for key in counted):
        _first_import()
    if waiting.lost:
        views.folded(
            t("page-overview-lost"),
            lambda: _lost(begin, waiting.lost),
            key="overview-lost",
            icon=":material/block:",
        )
    _sellers(now)


def _counted(keys: Sequence[KeyGlance]) -> Sequence[KeyGlance]:
    """Those whose sellers' orders the figures are of: a learning key's import says nothing of real orders."""
    sellers = set(meant_among(_shared.all_sellers(), OrderFilters()))
    return [key for key in keys if key.seller_id in sellers]


def _first_import() -> None:
    if not _shared.actor().may(Right.IMPORT):
        st.info(t("page-overview-next-viewer"), icon=views.ICONS["info"])
        return
    st.info(t("page-overview-next"), icon=views.ICONS["info"])
    views.page_link(_shared.IMPORT_PAGE, label=t("page-order-import-title"), icon=":material/download:")


def _freshness(keys: Sequence[KeyGlance], now: datetime) -> None:
    """How old the figures are, whatever the page itself does."""
    last = max((key.done_at for key in keys if key.done_at is not None), default=None)
    told = []
    if last is not None:
        told = [look.time_tag(t("page-overview-updated", ago=views.ago(last, now)), views.moment(last))]
    elif keys:  # of sellers whose keys are gone nobody knows when their orders came
        told = [look.words(t("page-overview-never-updated"))]
    look.line([*told, look.words(t("page-overview-zone", zone=views.zone_name(views.zone().key)))])
    if note := uneven_hours(now):
        st.caption(note)


def uneven_hours(now: datetime) -> str:
    """What a reader has to know of the sums where their zone's hours are not UTC's; "": nothing."""
    minutes = days.ahead(now, views.zone()) % HOUR_S // 60
    return t("page-overview-uneven", minutes=f"{minutes:02}") if minutes else ""


def _figures(day: Day, waiting: Waiting | None, now: datetime) -> None:
    """The figures of the day; ``waiting`` None: of no order is anything known."""
    if waiting is None:
        _nothing_known(now)
        return
    today = days.today(views.zone(), now)
    yesterday, week = today - timedelta(days=1), today - timedelta(days=figures.BACK_DAYS - 1)
    first, second, third, fourth, fifth = st.columns(5, border=True)
    with first:
        _orders(t("page-overview-orders-today"), day.today, day.hours)
        _open("page-overview-open-day", Wish(start=today, end=today))
    with second:
        hour = f"{now.astimezone(views.zone()):%H}:00"
        _orders(t("page-overview-orders-yesterday", hour=hour), day.yesterday)
        until = (0, now.astimezone(views.zone()).hour)
        _open("page-overview-open-yesterday", Wish(start=yesterday, end=yesterday, hours=until))
    with third:
        _orders(t("page-overview-orders-week"), day.week, day.days)
        _open("page-overview-open-week", Wish(start=week, end=today))
    with fourth:
        _to_assemble(waiting, now)
    with fifth:
        note = "page-overview-lost-some" if waiting.lost else "page-overview-lost-none"
        _metric(t("page-overview-lost"), waiting.lost, t(note))
        _open("page-overview-open-lost", Wish(lost=today))


def _nothing_known(now: datetime) -> None:
    labels = (
        t("page-overview-orders-today"),
        t("page-overview-orders-yesterday", hour=f"{now.astimezone(views.zone()):%H}:00"),
        t("page-overview-orders-week"),
        t("page-overview-to-assemble"),
        t("page-overview-lost"),
    )
    for column, label in zip(st.columns(len(labels), border=True), labels, strict=True):
        column.metric(label, "—")


def _metric(label: str, count: int, note: str, bars: Sequence[int] | None = None) -> None:
    st.metric(
        label,
        views.number(count),
        chart_data=list(bars) if bars and any(bars) else None,
        chart_type="bar",
    )
    if note:
        st.caption(views.plain(note))


def _orders(label: str, found: Sum, bars: Sequence[int] | None = None) -> None:
    _metric(label, found.count, money(found), bars)


def money(found: Sum) -> str:
    """Each currency apart."""
    return views.amounts(found.amounts)


def _open(key: str, wish: Wish) -> None:
    views.page_link(ORDERS_PAGE, label=t(key), icon=":material/list_alt:", params=wishes.written(wish))


def _to_assemble(waiting: Waiting, now: datetime) -> None:
    count = waiting.new + waiting.assembly
    note = t("page-overview-nothing-waits")
    if waiting.oldest is not None and count:
        hours = int((now - waiting.oldest).total_seconds()) // 3600
        note = (
            t("page-overview-oldest", age=views.duration(hours * 3600))
            if hours
            else t("page-overview-oldest-now")
        )
    _metric(t("page-overview-to-assemble"), count, note)
    _open("page-overview-open-to-assemble", Wish(status="to_assemble"))
    parts = {"new": waiting.new, "assembly": waiting.assembly}
    look.line(
        look.link(
            t(f"page-overview-part-{name}", count=views.number(n)), address(Wish(status=f"stage_{name}"))
        )
        for name, n in parts.items()
    )


def _lost(since: datetime, count: int) -> None:
    with db.session() as session:
        found = figures.lost(session, since)
    st.caption(t("page-overview-lost-note"))
    views.draw_table(
        [
            {
                t("page-day-order"): Link(str(one.order_id), address(Wish(q=str(one.order_id)))),
                t("page-column-when"): views.moment(one.at),
                t("page-day-article"): one.article,
                t("page-day-warehouse"): str(one.warehouse_id or ""),
            }
            for one in found
        ]
    )
    if len(found) < count:
        st.caption(t("page-overview-lost-more", shown=len(found), all=count))


# --- Sellers ------------------------------------------------------------------------------------------------


def _sellers(now: datetime) -> None:
    about = (views.lang(), views.zone().key, seen.at(now))
    count, told = seen.read(lambda _: _told_of_sellers(now), "sellers-told", *about)
    st.subheader(t("page-overview-sellers"), anchor=False)
    st.html(told)
    if count > SELLERS_SHOWN:
        st.caption(t("page-overview-sellers-more", shown=SELLERS_SHOWN, all=count))


def _told_of_sellers(now: datetime) -> tuple[int, look.Html]:
    """How many there are, and those with problems first."""
    found, ordered = _by_seller(_shared.key_rows(), _keys(now), now), _of_day(now).sellers
    return len(found), look.lines([_line(row, ordered, now) for row in found[:SELLERS_SHOWN]])


def _by_seller(rows: Sequence[KeyRow], keys: Sequence[KeyGlance], now: datetime) -> list[SellerRow]:
    """Those with problems first."""
    known = {key.key_id: key for key in keys}
    found: dict[int, SellerRow] = {}
    for row in rows:
        glanced, seller_id = known.get(row.key.id or 0), row.key.seller_id
        line = found.setdefault(seller_id, SellerRow(row.whose, seller_id))
        if glanced is not None:
            line.keys.append(glanced)
        if (left := row.facts.days_left(now)) is not None:
            line.days_left.append(left)
    return sorted(found.values(), key=lambda line: (-line.problems, line.name))


def _line(row: SellerRow, ordered: dict[int, Sum], now: datetime) -> dict[str, str]:
    today = days.today(views.zone(), now)
    sold = ordered.get(row.seller_id)
    count = look.words("—")
    if sold is not None:
        told = " · ".join(filter(None, (views.number(sold.count), money(sold))))
        count = look.link(told, address(Wish(seller=row.seller_id, start=today, end=today)))
    return {
        t("page-column-seller"): look.words(row.name),
        t("page-column-today"): count,
        t("page-column-last-import"): _last(row, now),
        t("page-column-next-import"): _next(row, now),
        t("page-column-token"): look.words(_token(row)),
        t("page-column-problems"): _problems(row),
    }


def _problems(row: SellerRow) -> str:
    """What was put off is there still, and no alarm."""
    if row.problems:
        return look.state("warning", str(row.problems))
    if later := sum(key.put_off for key in row.keys):
        return look.state("off", t("page-overview-later", count=later))
    return look.state("ok", t("page-overview-no-problems"))


def _last(row: SellerRow, now: datetime) -> str:
    ended = [(key.at, key.status) for key in row.keys if key.at is not None]
    if not ended:
        return look.words("—")
    at, status = max(ended)
    ago = look.time_tag(views.ago(at, now), views.moment(at))
    return f"{look.state(status, t(f'status-{status}'))} {ago}"


def _next(row: SellerRow, now: datetime) -> str:
    coming = min((key.next_at for key in row.keys if key.next_at is not None), default=None)
    if coming is None:
        return look.words(t("page-overview-no-next"))
    minutes = int((coming - now).total_seconds()) // 60
    if minutes > 0:
        soon = t("page-overview-in", time=views.duration(minutes * 60))
    else:
        soon = t("page-overview-late" if coming <= now - timetable.LATE else "page-overview-soon")
    return look.time_tag(soon, views.moment(coming))


def _token(row: SellerRow) -> str:
    if not row.days_left:
        return "—"
    left = min(row.days_left)
    return t("page-overview-token-days", days=left) if left >= 0 else t("page-overview-token-over")
