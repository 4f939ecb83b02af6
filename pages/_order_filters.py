"""What is looked for on the orders' page: from the address into the widgets, and back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, replace
from datetime import date
from time import monotonic
from typing import Any
from urllib.parse import urlencode

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from pages import _lists, _shared
from pages._order_table import heading, status_name
from wbcore.guidance import texts, views
from wbcore.guidance.views import t
from wbcore.orders import browse, columns, kept, vocabulary, wishes
from wbcore.orders.filters import GROUPS
from wbcore.orders.ways import SHORTEST_NUMBER, is_short_of_a_number
from wbcore.orders.wishes import DATA, Wish
from wbcore.store import db, seen
from wbcore.store.models import Kept

PREFIX = "orders-of-"
ALL = 0  # of a choice of sellers: no seller has it
OFFERED = ("office", "warehouse", "supply")
OFFERED_S = 60.0
LEFT_KEPT = 8
NAMES = 8
"""Of a widget. Streamlit keeps something of each that it has seen, as long as a session is there."""
TYPED = ("article", "barcode", "nm", "basket")
FIELD = {"office": "office", "warehouse": "warehouse_id", "supply": "supply_id"}
SHOWN_NAMES = tuple(field.name for field in fields(Wish) if field.name not in ("start", "end", "cols"))


def arrive() -> None:
    """Begins with what the address says, where that comes from elsewhere: a link, a view, a window.

    Widgets get names of their own then: what stands in a closed door would not take another value.
    """
    address, shown = _address(), st.session_state.get("orders-address")
    is_drawn = "orders-arrived" in st.session_state and _key("q") in st.session_state
    if is_drawn and shown is not None and (shown == address or _is_late(address)):
        return
    times, _ = st.session_state.get("orders-arrived", (0, None))
    st.session_state["orders-arrived"] = ((times + 1) % NAMES, wishes.read(address))
    st.session_state["orders-address"] = address
    st.session_state["orders-cols"] = st.session_state["orders-arrived"][1].cols


def _is_late(address: dict[str, str]) -> bool:
    """The browser has not heard yet of the address that it was given, and comes with one before that.

    Each press brings the browser's address along. The way back brings one that was left, too, and says so.
    """
    context = get_script_run_ctx(suppress_warning=True)
    goes_back = context is not None and context.is_history_navigation
    return not goes_back and address in st.session_state.get("orders-left", ())


def kept_by_reader() -> Sequence[Kept]:
    """Views, columns and profiles of whoever looks."""
    acting = _shared.actor()
    return seen.read(lambda session: kept.of(session, acting), "kept", acting.user_id)


def _key(name: str) -> str:
    return f"{PREFIX}{name}-{st.session_state['orders-arrived'][0]}"


def _begun() -> Wish:
    """What the widgets begin with."""
    wish: Wish = st.session_state["orders-arrived"][1]
    return wish


def leave(wish: Wish) -> None:
    """Writes the address of what is shown now."""
    address = wishes.written(wish)
    if address != st.session_state["orders-address"]:
        _part_from(st.session_state["orders-address"])
    if address != _address():
        _put(address)
    st.session_state["orders-address"] = address


def _part_from(address: dict[str, str] | None) -> None:
    """Another address is shown from now on."""
    left = [*st.session_state.get("orders-left", ()), address]
    st.session_state["orders-left"] = left[-LEFT_KEPT:]


def _put(address: dict[str, str]) -> None:
    """Into the browser's line; of what stands there only the language stays."""
    rest = {name: value for name, value in st.query_params.to_dict().items() if name == "lang"}
    st.query_params.from_dict({**rest, **address})


def _address() -> dict[str, str]:
    return wishes.written(wishes.read(st.query_params.to_dict()))


def _of(name: str) -> Any:
    return st.session_state.get(_key(name), getattr(_begun(), name))


_UNSAID = object()


def asked() -> Wish:
    """What the widgets say."""
    number, wish = st.session_state["orders-arrived"]
    said = {
        name: st.session_state.get(f"{PREFIX}{name}-{number}", _UNSAID) for name in (*SHOWN_NAMES, "days")
    }
    chosen = (wish.start, wish.end) if said["days"] is _UNSAID else said["days"]
    days = [day for day in (chosen or ()) if isinstance(day, date)]
    known: dict[str, Any] = {
        name: getattr(wish, name) if said[name] is _UNSAID else said[name] for name in SHOWN_NAMES
    }
    texts = {name: str(known[name] or "") for name in wishes.TEXTS}
    # What has come with an address, or was chosen, is meant with its spaces; what is typed is not.
    texts |= {name: texts[name].strip() for name in ("q", *TYPED) if texts[name] != getattr(wish, name)}
    kind = DATA[known["data"]][0]
    if kind != "orders":
        texts |= dict.fromkeys((*OFFERED, *TYPED), "")
        known |= {"marking": "", "zero": False, "b2b": False}
        known |= dict.fromkeys(wishes.BESIDE, None) | {"without": "", "moscow": False}
        if not _has_status(kind, texts["status"]):
            texts["status"] = ""
    if not days:
        known["moscow"] = False
    if not days or days[0] != days[-1]:
        known["hours"] = None
    known["seller"] = known["seller"] or None
    return Wish(
        **{**known, **texts},
        start=days[0] if days else None,
        end=days[-1] if days else None,
        cols=tuple(st.session_state.get("orders-cols") or ()),
    )


def _has_status(kind: str, status: str) -> bool:
    """Whether rows of reports can have a status: they know no stages of assembly orders."""
    return status == "cancel" if kind == "statistics" else status not in GROUPS


def bar(
    wish: Wish, sellers: Mapping[int, str], mine: Sequence[Kept], counted: browse.Counters | None
) -> None:
    """The line above the list: the text, what is looked at, and three doors.

    Args:
        wish: what the widgets say before they are drawn, as ``asked`` has it.
    """
    begun = _begun()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.text_input(
            t("page-orders-search"),
            placeholder=t("orders-search-example"),
            value=begun.q,
            max_chars=100,
            key=_key("q"),
            width=340,
        )
        st.selectbox(
            t("page-orders-kind"),
            list(DATA),
            index=list(DATA).index(begun.data),
            format_func=lambda name: t(f"page-orders-kind-{name}"),
            key=views.retold(_key("data")),
            width=260,
        )
        count = wishes.narrower(wish)
        name = t("orders-filters-set", count=count) if count else t("orders-filters")
        with st.popover(name, icon=":material/filter_alt:", key="orders-filters"):
            _filters(wish, sellers, counted)
        with st.popover(t("orders-columns"), icon=":material/view_column:", key="orders-columns"):
            _columns(wish, mine)
        with st.popover(t("orders-views"), icon=":material/bookmark:", key="orders-views"):
            _views(mine)
    if DATA[wish.data][0] == "orders" and is_short_of_a_number(wish.q.strip()):
        st.caption(t("orders-search-digits", least=SHORTEST_NUMBER))


def _filters(wish: Wish, sellers: Mapping[int, str], counted: browse.Counters | None) -> None:
    begun = _begun()
    kind = DATA[wish.data][0]
    _choice(
        "seller",
        t("order-column-seller"),
        _with(ALL, sellers, wish.seller or ALL),
        lambda s: sellers.get(s, f"{s}") if s else t("orders-all-sellers"),
    )
    _choice(
        "status",
        t("page-orders-status"),
        _statuses(kind, counted, wish.status),
        lambda s: _status(s, kind) or t("page-orders-any"),
    )
    days: Any = tuple(filter(None, (begun.start or begun.end, begun.end or begun.start)))
    st.date_input(t("page-orders-dates"), days, key=_key("days"), format="DD.MM.YYYY")
    st.radio(
        t("orders-sort"),
        wishes.SORTS,
        index=wishes.SORTS.index(begun.sort),
        format_func=lambda s: t(f"orders-sort-{s}"),
        key=_key("sort"),
        horizontal=True,
    )
    if kind == "orders":
        _of_orders(wish, sellers)
    st.button(t("orders-filters-clear"), on_click=views.calm(_clear), icon=":material/filter_alt_off:")


def _of_orders(wish: Wish, sellers: Mapping[int, str]) -> None:
    ids = list(sellers) if wish.seller is None else [wish.seller]
    there = _offered(ids)
    for name in OFFERED:
        values = _with("", there[FIELD[name]], getattr(wish, name))
        _choice(name, heading(name), values, lambda value: value or t("page-orders-any"))
    if cut := [heading(name) for name in OFFERED if len(there[FIELD[name]]) >= vocabulary.CHOICES]:
        st.caption(t("orders-choices-cut", names=", ".join(cut), shown=vocabulary.CHOICES))
    marked = ["", "yes", "no"]
    _choice("marking", heading("marking"), marked, lambda value: t(f"orders-marking-{value or 'any'}"))
    for name in TYPED:
        st.text_input(heading(name), getattr(_begun(), name), key=_key(name), max_chars=100)
    st.checkbox(t("orders-only-zero"), _begun().zero, key=_key("zero"))
    st.checkbox(t("orders-only-b2b"), _begun().b2b, key=_key("b2b"))


def _offered(ids: Sequence[int]) -> Mapping[str, Sequence[str]]:
    """What the choices offer; what has come since a minute later, and at once where there was nothing."""
    now = monotonic()
    at, about, there = st.session_state.get("orders-offered", (0.0, None, {}))
    if about != tuple(ids) or now - at > OFFERED_S or not any(there.values()):
        with db.session() as session:
            there = vocabulary.choices(session, ids, list(FIELD.values()))
        st.session_state["orders-offered"] = (now, tuple(ids), there)
    known: Mapping[str, Sequence[str]] = there
    return known


def _choice(name: str, label: str, values: Sequence[Any], told: Callable[[Any], str]) -> None:
    begun = getattr(_begun(), name) or values[0]
    index = values.index(begun) if begun in values else 0
    names = views.distinct({value: told(value) for value in values}, lambda value: value or "")
    st.selectbox(label, values, index=index, format_func=names.__getitem__, key=views.retold(_key(name)))


def _with(nothing: Any, values: Any, chosen: Any) -> list[Any]:
    """Choices, with what an address asks for although nothing has it."""
    found = [nothing, *values]
    return found if chosen in found else [*found, chosen]


def _statuses(kind: str, counted: browse.Counters | None, chosen: str) -> list[str]:
    if kind == "statistics":
        return _with("", ["cancel"], chosen)
    known = set() if counted is None else {*counted.supplier_status, *counted.wb_status} - {""}
    groups = list(GROUPS) if kind == "orders" else []
    return _with("", [*groups, *sorted(known)], chosen)


def _status(status: str, kind: str) -> str:
    if status in GROUPS and kind == "orders":
        return t(f"orders-status-{status}")
    return status_name(status, "feed" if kind == "order_feed" else "order")


@views.calm
def _clear() -> None:
    _go(Wish(data=_of("data") or "orders"))


def _go(wish: Wish) -> None:
    """Shows another list: what the address says is read at the next run."""
    _put(wishes.written(wish))
    _part_from(st.session_state.pop("orders-address", None))


def beside(wish: Wish) -> None:
    """What a figure that was followed asks for and no field shows: told, and taken away by a press."""
    names = wishes.beside(wish)
    if not names:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(t("orders-beside"))
        for name in names:
            st.button(
                _beside(name, wish),
                key=f"orders-beside-{name}",
                icon=":material/close:",
                help=t("orders-beside-remove"),
                on_click=views.calm(_without),
                args=(name,),
            )


def _beside(name: str, wish: Wish) -> str:
    lang = views.lang()
    told: dict[str, Any] = {
        "name": t(f"order-column-{wish.without}") if wish.without else "",
        "currency": texts.currency(wish.currency or None) or t("page-pictures-no-currency"),
        "day": texts.format_day_month(lang, wish.lost) if wish.lost else "",
        "within": "" if wish.taken is None else _lists.within(wish.taken),
    }
    first, last = wish.hours or (0, 0)
    return t(f"orders-beside-{name}", **told, first=f"{first:02}:00", last=f"{last:02}:00")


@views.calm
def _without(name: str) -> None:
    _go(replace(asked(), **{name: getattr(Wish(), name)}))


# --- Columns ------------------------------------------------------------------------------------------------


def shown_columns(wish: Wish, mine: Sequence[Kept]) -> tuple[columns.Shown, ...]:
    """Columns of the address, else those that the reader has chosen, else the usual ones."""
    kind, model = DATA[wish.data]
    return columns.chosen(kind, wish.cols or _kept_columns(kind, mine), model)


def _kept_columns(kind: str, mine: Sequence[Kept]) -> tuple[str, ...]:
    row = next((row for row in mine if row.kind == "columns" and row.name == kind), None)
    return () if row is None else tuple(map(str, row.data.get("names", ())))


def _columns(wish: Wish, mine: Sequence[Kept]) -> None:
    kind = DATA[wish.data][0]
    now = [column.name for column in shown_columns(wish, mine)]
    key = st.session_state.get("orders-columns-key", "")
    if not key.startswith(f"columns-{kind}-") or st.session_state.get(key) != now:
        # Changed otherwise than here: a widget of another name begins with that.
        key = st.session_state["orders-columns-key"] = f"columns-{kind}-{'-'.join(now)}"
    st.multiselect(
        t("orders-columns-chosen"),
        [column.name for column in columns.COLUMNS[kind]],
        now,
        format_func=heading,
        key=views.retold(key),
        on_change=views.calm(_keep_columns),
        args=(kind, key),
    )
    st.caption(t("orders-columns-kept"))
    st.button(t("orders-columns-usual"), on_click=views.calm(_keep_columns), args=(kind, ""))


@views.calm
def _keep_columns(kind: str, key: str) -> None:
    names = list(st.session_state.get(key) or ()) if key else []
    with db.session() as session:
        kept.put(session, _shared.actor(), "columns", kind, {"names": names})
        session.commit()
    st.session_state["orders-cols"] = ()


# --- Views --------------------------------------------------------------------------------------------------


def _views(mine: Sequence[Kept]) -> None:
    wish, there = asked(), [row for row in mine if row.kind == "view"]
    for row in there:
        with st.container(horizontal=True, vertical_alignment="center", key=f"title-view-{row.id}"):
            st.button(
                views.plain(row.name),
                key=f"view-{row.id}",
                on_click=views.calm(_open_view),
                args=(dict(row.data),),
                type="tertiary",
            )
            st.button(
                t("orders-view-remove", name=views.plain(row.name)),
                key=f"view-remove-{row.id}",
                icon=":material/delete:",
                on_click=views.calm(_remove_view),
                args=(row.id,),
                type="tertiary",
            )
    if not there:
        st.caption(t("orders-views-none"))
    st.text_input(t("orders-view-name"), key="orders-view-name", max_chars=kept.LONGEST)
    st.button(t("orders-view-keep"), on_click=views.calm(_keep_view), icon=":material/bookmark_add:")
    if told := st.session_state.pop("orders-view-told", None):
        st.caption(told)
    st.caption(t("orders-view-send"))
    shared = replace(wish, cols=wish.cols or tuple(c.name for c in shown_columns(wish, mine)))
    st.code(_link(shared), language=None, wrap_lines=True)


def _link(wish: Wish) -> str:
    base = (st.context.url or "").partition("?")[0]
    return f"{base}?{urlencode(wishes.written(wish))}"


@views.calm
def _open_view(data: dict[str, str]) -> None:
    _go(wishes.read(data))


@views.calm
def _keep_view() -> None:
    name = str(st.session_state.get("orders-view-name") or "").strip()
    if not name:
        st.session_state["orders-view-told"] = t("orders-view-nameless")
        return
    with db.session() as session:
        row = kept.put(session, _shared.actor(), "view", name, wishes.written(asked()))
        session.commit()
    told = "orders-view-kept" if row is not None else "orders-view-too-many"
    st.session_state["orders-view-told"] = t(told, most=kept.MOST)
    st.session_state["orders-view-name"] = ""


@views.calm
def _remove_view(kept_id: int) -> None:
    with db.session() as session:
        kept.remove(session, _shared.actor(), kept_id)
        session.commit()
