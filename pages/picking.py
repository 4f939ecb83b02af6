"""The picking list: made in one press from what has been imported, printed, and watched since."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any

import streamlit as st

from pages import _checklists, _shared
from wbcore.guidance import checklist, look, views
from wbcore.guidance.views import t
from wbcore.orders import export, paper, picking, stickers
from wbcore.orders.picking import Changed, Changes
from wbcore.people import visitor
from wbcore.people.actor import Right, present
from wbcore.store import db, seen
from wbcore.store.models import PickingLine, PickingSheet, Seller

LINES = 100
# Lines that the page itself prints; a longer list is printed from its PDF.
ON_PAPER = 1000
FILES = {
    "pdf": ("application/pdf", paper.pdf, ":material/picture_as_pdf:"),
    "xlsx": (export.XLSX, paper.xlsx, ":material/table_view:"),
}
MADE, SELLER = "picking-list", "picking-seller"
HURRY_PX = 170
HURRIES = {"hurry_2": 2, "hurry_1": 1}


def choose_seller(rows: Sequence[_shared.KeyRow], keyless: Sequence[int]) -> int:
    """Whose orders are picked: one seller's, so that invented ones never stand with real ones.

    Args:
        keyless: sellers whose lists alone are left.
    """
    real_first = sorted(rows, key=lambda row: row.key.environment != "production")
    names = _shared.sellers_by_id()
    ids = dict.fromkeys([*(row.seller.id or 0 for row in real_first), *keyless])
    sellers = {one: names[one] for one in ids if one in names}
    _shared.stay_with(SELLER, sellers, "page-seller-gone-meanwhile")
    if len(sellers) > 1:
        chosen = st.selectbox(
            t("page-picking-seller"), list(sellers), format_func=sellers.__getitem__, key=views.retold(SELLER)
        )
    else:  # the only one is chosen, too: what is pressed for it is done to no other that has come instead
        (chosen,) = sellers
        st.session_state[SELLER] = chosen
    _shared.mark_invented(chosen)
    return chosen


def make(seller_id: int) -> None:
    """What to pick, and the button."""
    with db.session() as session:
        counted = picking.waiting(session, seller_id)
    counts = {choice: sum(counted[one] for one in picking.CHOICES[choice]) for choice in picking.CHOICES}

    def name(choice: picking.Choice) -> str:
        return f"{t(f'picking-choice-{choice}')}: {views.number(counts[choice])}"

    with st.container(key="no-print-make"):
        choice = st.segmented_control(
            t("page-picking-what"),
            list(picking.CHOICES),
            default="new",
            format_func=name,
            required=True,
            key="picking-what",
        )
        if not _shared.actor().may(Right.IMPORT):
            return
        with st.container(horizontal=True, vertical_alignment="center"):
            pressed = st.button(
                t("page-picking-make"),
                type="primary",
                icon=":material/playlist_add_check:",
                key=f"picking-make-{views.times(MADE)}",
            )
            unlisted = st.checkbox(t("page-picking-only-unlisted"), key="picking-unlisted")
    if pressed:
        _shared.only_as_seen()
        make_now(seller_id, choice or "new", unlisted)


def make_now(seller_id: int, choice: picking.Choice, only_unlisted: bool) -> None:
    views.done(MADE)
    try:
        with db.session() as session:
            sheet = picking.make(session, seller_id, choice, only_unlisted=only_unlisted, by=_shared.actor())
            session.commit()
    except picking.NothingToPick:
        st.session_state["notice"] = t("page-picking-all-listed" if only_unlisted else "page-picking-nothing")
    else:
        st.session_state["notice"] = t("page-picking-made", number=str(sheet.id))
    st.rerun()


def choose_sheet(seller_id: int) -> PickingSheet | None:
    with db.session() as session:
        found = picking.sheets(session, seller_id, picking.LATEST + 1)
    kept = {sheet.id: sheet for sheet in found[: picking.LATEST]}
    if not kept:
        st.info(t("page-picking-none"), icon=views.ICONS["info"])
        return None

    def name(sheet: PickingSheet) -> str:
        at = views.moment(sheet.made_at)
        return t("page-picking-sheet-line", number=str(sheet.id), at=at, orders=sheet.orders)

    names = {sheet_id: name(sheet) for sheet_id, sheet in kept.items()}
    key = f"picking-sheet-{seller_id}-{views.times(MADE)}"
    _shared.stay_with(key, names, "page-picking-sheet-gone")
    with st.container(key="no-print-choose"):
        chosen = st.selectbox(
            t("page-picking-sheet"), list(names), format_func=names.__getitem__, key=views.retold(key)
        )
        if len(found) > picking.LATEST:
            st.caption(t("page-picking-sheets-more", shown=picking.LATEST))
    return kept.get(chosen)


# --- One list -----------------------------------------------------------------------------------------------


def draw(sheet: PickingSheet, seller: Seller, *, is_keyless: bool) -> None:
    with db.session() as session:
        found = picking.changes(session, sheet)
    with st.container(key="no-print-sheet"):
        st.subheader(t("picking-sheet-title", number=str(sheet.id)), anchor=False)
        who = sheet.made_by or t("people-audit-machine")
        made = t("picking-made", at=views.moment(sheet.made_at), who=who)
        counted = t("picking-counted", orders=sheet.orders, lines=sheet.lines)
        look.line(look.words(part) for part in (t(f"picking-choice-{sheet.choice}"), counted, made))
        changes(sheet, found, may_make=not is_keyless and _shared.actor().may(Right.IMPORT))
    tools, answer = look.filters_and_answer("sheet")
    with tools.container(key="no-print-tools", horizontal=True, vertical_alignment="bottom"):
        files(sheet)
        on_paper = view() == "paper"
    with answer:
        if on_paper:
            print_view(sheet, seller)
        else:
            table(sheet)
    with st.container(key="no-print-comments"):
        title = t("picking-comments-title")
        views.folded(title, partial(comments_of, sheet), key="comments-part", icon=":material/chat:")
    if _shared.actor().may(Right.IMPORT):
        with st.container(key="no-print-stickers"):
            title = t("page-stickers-title")
            views.folded(title, partial(stickers_of, sheet), key="stickers-part", icon=":material/qr_code_2:")


def changes(sheet: PickingSheet, found: Changes, *, may_make: bool) -> None:
    """What was cancelled and what is new since: before anybody walks with an old list."""
    st.markdown(f"**{t('page-picking-changed')}**")
    if not found.cancelled and not found.new:
        st.caption(t("page-picking-unchanged"))
    if found.cancelled:
        count = len(found.cancelled)
        st.error(f"**{t('picking-not-to-ship', count=count)}**", icon=views.ICONS["error"])
        changed(found.cancelled)
    if found.new:
        told = "page-picking-new-more" if found.more_new else "page-picking-new"
        st.info(t(told, count=len(found.new)), icon=views.ICONS["info"])
        changed(found.new)
        # Of this list by its number: the press on one that is still shown makes none for another.
        if may_make and st.button(
            t("page-picking-make-new"), icon=":material/playlist_add:", key=f"make-new-{sheet.id}"
        ):
            make_now(sheet.seller_id, picking.choice_of(sheet), only_unlisted=True)


SHOWN = 10


def changed(orders: Sequence[Changed]) -> None:
    """A few orders as lines; more of them as a table that scrolls, so that none is left out."""
    if len(orders) <= SHOWN:
        for one in orders:
            line = t("page-picking-order-line", line=one.line) if one.line else ""
            st.text(" · ".join(filter(None, (str(one.order_id), one.article, line))))
        return
    heads = ("picking-column-order", "picking-column-article")
    columns = (*heads, "page-picking-column-line") if any(one.line for one in orders) else heads
    cells = ((str(one.order_id), one.article, one.line) for one in orders)
    st.dataframe(
        [dict(zip(map(t, columns), row, strict=False)) for row in cells],
        hide_index=True,
        height=38 + 35 * SHOWN,
    )


def files(sheet: PickingSheet) -> None:
    if not _shared.actor().may(Right.EXPORT):
        return
    for form, (mime, write, icon) in FILES.items():
        st.download_button(
            t(f"page-picking-{form}"),
            visitor.later(partial(file_of, sheet, write, views.lang(), views.zone())),
            file_name=f"wb-picking-{sheet.id}.{form}",
            mime=mime,
            icon=icon,
            type="primary" if form == "pdf" else "secondary",
            on_click="ignore",
            key=f"picking-{form}",
        )


def file_of(sheet: PickingSheet, write: Any, lang: str, zone: Any) -> bytes:
    """Made when it is asked for. What buyers have written goes along for those who may read it."""
    with db.session() as session:
        acting = present()
        loaded = paper.load(session, sheet, lang, zone, with_comments=acting.may(Right.SEE_BUYERS), by=acting)
        session.commit()
    made: bytes = write(loaded)
    return made


def view() -> str:
    chosen = st.segmented_control(
        t("page-picking-view"),
        ["screen", "paper"],
        default="screen",
        format_func=lambda one: t(f"page-picking-view-{one}"),
        required=True,
        key="picking-view",
        label_visibility="collapsed",
    )
    return chosen or "screen"


def table(sheet: PickingSheet) -> None:
    """A page of the list's lines."""
    assert sheet.id is not None
    place = f"picking-after-{sheet.id}"
    after = st.session_state.get(place, 0)
    with db.session() as session:
        rows = picking.lines(session, sheet.id, after=after, limit=LINES)
    lang, now = views.lang(), datetime.now(UTC)
    words = {name: t(f"picking-hurry-{level}") for name, level in HURRIES.items()}
    st.dataframe(
        [line_of(row, lang, now) for row in rows],
        hide_index=True,
        height=min(560, 38 + 35 * max(1, len(rows))),
        column_config={
            t("picking-column-hurry"): look.state_column(t("picking-column-hurry"), words, width=HURRY_PX),
        },
    )
    if sheet.lines <= LINES:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button(t("page-orders-back"), disabled=not after, icon=":material/chevron_left:"):
            st.session_state[place] = max(0, after - LINES)
            st.rerun()
        last = after + len(rows)
        if st.button(t("page-orders-next"), disabled=last >= sheet.lines, icon=":material/chevron_right:"):
            st.session_state[place] = last
            st.rerun()
        st.caption(t("page-picking-lines", first=after + 1, last=last, all=views.number(sheet.lines)))


def line_of(row: PickingLine, lang: str, now: datetime) -> dict[str, Any]:
    level = picking.hurry(row.oldest_at, now)
    state = next((name for name, of in HURRIES.items() if of == level), "")
    return {
        # What is taken and how many of it first: a phone shows no more of a row.
        t("picking-column-number"): row.number,
        t("picking-column-article"): row.article,
        t("picking-column-quantity"): row.quantity,
        t("picking-column-size"): row.size,
        t("picking-column-place"): paper.place(row, lang),
        t("picking-column-barcode"): row.barcode,
        t("picking-column-marking"): paper.marking(row, lang),
        t("picking-column-waits"): paper.waited(row, lang, now),
        t("picking-column-hurry"): look.chip(state, t(f"picking-hurry-{level}")) if state else [],
        t("picking-column-comments"): views.number(row.comments) if row.comments else "",
    }


def comments_of(sheet: PickingSheet) -> None:
    """That there are comments, to everybody; what they say at a press, to who may see buyers."""
    with db.session() as session:
        count = picking.count_comments(session, sheet)
    if not count:
        st.caption(t("page-picking-no-comments"))
    elif not present().may(Right.SEE_BUYERS):
        st.caption(t("page-picking-comments-hidden", count=count))
    elif st.button(t("page-picking-show-comments"), icon=":material/visibility:"):
        with db.session() as session:
            found = picking.comments(session, sheet)
            session.commit()
        for order_id, comment in found.items():
            st.text(f"{order_id}: {comment}")
    else:
        st.caption(t("picking-comments", count=count))


# --- Stickers -----------------------------------------------------------------------------------------------


def stickers_of(sheet: PickingSheet) -> None:
    """Stickers of the whole list, or of some of its lines, asked of WB at a press."""
    assert sheet.id is not None
    st.caption(t("page-stickers-note"))
    left, right = st.columns([3, 1])
    text = left.text_input(
        t("page-stickers-lines"), placeholder="1-5, 8", max_chars=200, key="stickers-lines"
    )
    size = right.selectbox(
        t("page-stickers-size"),
        stickers.SIZES,
        format_func=lambda one: f"{one[0]} × {one[1]}",
        key="stickers-size",
    )
    if st.button(t("page-stickers-get"), icon=":material/qr_code_2:", type="primary"):
        wanted = picking.numbers(text, sheet.lines)
        if wanted == []:
            st.session_state.pop("stickers", None)
            told = t("page-stickers-no-such-line", lines=views.number(sheet.lines))
            st.warning(told, icon=views.ICONS["warning"])
        else:
            st.session_state["stickers"] = (sheet.id, _bring(sheet, wanted, size))
    kept_for, kept = st.session_state.get("stickers", (None, None))
    if kept_for == sheet.id:
        stickers_made(sheet, kept)


def _bring(sheet: PickingSheet, of_lines: Sequence[int] | None, size: tuple[int, int]) -> stickers.Stickers:
    with db.session() as session:
        chosen = picking.order_ids(session, sheet.id or 0, of_lines)
    ids = [order_id for line in sorted(chosen) for order_id in chosen[line]]
    bar = st.progress(0.0, t("page-stickers-asking"))
    made = stickers.bring(sheet.seller_id, ids, size, on_progress=bar.progress, by=_shared.actor())
    bar.empty()
    return made


def stickers_made(sheet: PickingSheet, made: stickers.Stickers) -> None:
    """What came of it, every order without a sticker with its reason."""
    if made.no_key:
        st.warning(t("page-stickers-no-key"), icon=views.ICONS["warning"])
    if made.checklist_id is not None:
        with db.session() as session:
            row = checklist.get(session, made.checklist_id)
        _checklists.draw([row] if row else [], place="-stickers")
    if made.count:
        st.success(t("page-stickers-ready", count=made.count), icon=views.ICONS["done"])
        st.download_button(
            t("page-stickers-save"),
            made.pdf,
            file_name=f"wb-stickers-{sheet.id}.pdf",
            mime="application/pdf",
            icon=":material/save:",
            on_click="ignore",
        )
    elif made.refused:
        st.info(t("page-stickers-none"), icon=views.ICONS["info"])
    if made.refused:
        st.markdown(f"**{t('page-stickers-refused', count=len(made.refused))}**")
        st.dataframe(
            [
                {t("picking-column-order"): str(one.order_id), t("page-column-reason"): refusal(one)}
                for one in made.refused
            ],
            hide_index=True,
            height=min(300, 38 + 35 * len(made.refused)),
        )


def refusal(one: stickers.Refused) -> str:
    status = views.known(f"order-status-{one.status}", one.status)
    return t(f"stickers-refused-{one.reason}", status=status)


# --- To print -----------------------------------------------------------------------------------------------


def print_view(sheet: PickingSheet, seller: Seller) -> None:
    """The list as it comes out of the printer; the rest of the page stays on the screen."""
    assert sheet.id is not None
    with st.container(key="no-print-print", horizontal=True, vertical_alignment="center"):
        # The page's script opens the browser's window for printing (``people/door.js``).
        st.button(t("page-picking-print"), key="wb-print", icon=":material/print:")
        st.caption(t("page-picking-print-hint"))
    if sheet.lines > ON_PAPER:
        told = t("page-picking-too-long", lines=views.number(sheet.lines), shown=views.number(ON_PAPER))
        st.warning(told, icon=views.ICONS["warning"])
    with db.session() as session:
        loaded = paper.Sheet(
            row=sheet,
            seller=_shared.seller_name(seller),
            environment=seller.environment,
            lines=picking.lines(session, sheet.id, limit=ON_PAPER),
            orders={},
            changes=picking.changes(session, sheet),
            lang=views.lang(),
            zone=views.zone(),
            now=datetime.now(UTC),
        )
    look.paper(
        paper.title(loaded),
        " · ".join(paper.facts(loaded)),
        paper.warnings(loaded),
        [loaded.t(key) for key in paper.HEADS],
        [(place, [paper.row(loaded, line) for line in lines]) for place, lines in paper.groups(loaded)],
    )


def page() -> None:
    st.title(t("page-picking-title"), anchor=False)
    rows = _shared.begin_with_keys()
    keyless = seen.read(picking.keyless_with_lists, "keyless-with-lists")
    if not rows and not keyless:
        return
    filters, answer = look.filters_and_answer()
    with filters:
        seller_id = choose_seller(rows, keyless)
        if seller_id in keyless:
            st.caption(t("page-picking-keyless"))
        else:
            make(seller_id)
        sheet = choose_sheet(seller_id)
    if sheet is not None:
        with answer:
            seller = next(one for one in _shared.all_sellers() if one.id == seller_id)
            draw(sheet, seller, is_keyless=seller_id in keyless)


views.screen(page)
