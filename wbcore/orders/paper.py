"""A picking list on paper: as PDF (A4, with a font of our own) and as an Excel file."""

from __future__ import annotations

import io
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any, Final

from sqlmodel import Session

from wbcore.guidance import look, sellers, texts
from wbcore.orders import picking
from wbcore.orders.picking import Changes
from wbcore.people import audit
from wbcore.people.actor import Actor, Right, require
from wbcore.store.models import PickingLine, PickingSheet, Seller

_MM: Final = 72 / 25.4
_WIDTH, _HEIGHT = 210 * _MM, 297 * _MM
_MARGIN: Final = 11 * _MM
_SIZE: Final = 9.0
_LEADING: Final = 11.0
_FONT: Final = "WBDesk"
_BOLD: Final = "WBDesk-Bold"
_FILES: Final = {_FONT: "DejaVuSansCondensed.ttf", _BOLD: "DejaVuSansCondensed-Bold.ttf"}
_WRAPPED: Final = 3
"""Lines of a cell; what is longer ends with dots."""
_IDS: Final = 6
"""Orders of a line that are named under it; of more the count stands there already."""
_CONTROLS: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
CELL: Final = 32_000
"""Characters of a cell; Excel takes a few more."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """All that a picking list says, ready to be drawn.

    Attributes:
        seller: its name; "" where WB has not said.
        environment: production, test or demo.
        orders: line -> ids of its orders.
        comments: order -> its buyer's comment; for who may read it.
        now: the moment it is drawn; how long orders have waited is told as of then.
    """

    row: PickingSheet
    seller: str
    environment: str
    lines: Sequence[PickingLine]
    orders: Mapping[int, Sequence[int]]
    changes: Changes
    lang: str
    zone: tzinfo
    now: datetime
    comments: Mapping[int, str] = field(default_factory=dict)

    def t(self, key: str, **params: Any) -> str:
        return texts.t(self.lang, key, **params)

    @property
    def cancelled(self) -> set[int]:
        return {one.order_id for one in self.changes.cancelled}


def load(
    session: Session,
    row: PickingSheet,
    lang: str,
    zone: tzinfo,
    *,
    with_comments: bool = False,
    by: Actor | None = None,
    now: datetime | None = None,
) -> Sheet:
    """Reads a list to be taken along. The caller commits: that it was, is noted.

    Args:
        with_comments: also what buyers have written.

    Raises:
        NotAllowed: ``by`` may take nothing along, or may not see what buyers have written.
    """
    acting = require(by, Right.EXPORT, seller_id=row.seller_id)
    assert row.id is not None
    seller = session.get(Seller, row.seller_id)
    audit.record(session, acting, "picking_taken", str(row.id), seller=row.seller_id)
    return Sheet(
        row=row,
        seller=sellers.name_of(session, seller) if seller else "",
        environment=seller.environment if seller else "production",
        lines=picking.lines(session, row.id),
        orders=picking.order_ids(session, row.id),
        changes=picking.changes(session, row),
        lang=lang,
        zone=zone,
        now=now or datetime.now(UTC),
        comments=picking.comments(session, row, acting) if with_comments else {},
    )


# --- Words --------------------------------------------------------------------------------------------------


def title(sheet: Sheet) -> str:
    return sheet.t("picking-sheet-title", number=str(sheet.row.id))


def facts(sheet: Sheet) -> list[str]:
    """Whose list it is, since when, by whom, of how much; what must be known before it is used."""
    row = sheet.row
    made = texts.format_datetime(sheet.lang, row.made_at, sheet.zone)
    parts = [
        sheet.seller,
        sheet.t("picking-made", at=made, who=row.made_by or sheet.t("people-audit-machine")),
        sheet.t(f"picking-choice-{row.choice}"),
        sheet.t("picking-counted", orders=row.orders, lines=row.lines),
    ]
    return [part for part in parts if part]


def warnings(sheet: Sheet) -> list[str]:
    """What stands on top, before the lines."""
    told = []
    if sheet.environment != "production":
        told.append(sheet.t(f"page-orders-of-{sheet.environment}"))
    if sheet.row.left_out:
        told.append(sheet.t("picking-left-out", count=sheet.row.orders))
    if sheet.changes.cancelled:
        told.append(sheet.t("picking-not-to-ship", count=len(sheet.changes.cancelled)))
        told += _named(sheet, [one.order_id for one in sheet.changes.cancelled])
    return told


def _named(sheet: Sheet, ids: Sequence[int]) -> list[str]:
    """Cancelled orders by their numbers, and where the others stand that would fill the page."""
    told = [", ".join(map(str, ids[: picking.TOLD]))]
    if len(ids) > picking.TOLD:
        key = "picking-more-below" if sheet.orders else "picking-more-in-files"
        shown, all_ = (texts.format_number(sheet.lang, n) for n in (picking.TOLD, len(ids)))
        told.append(sheet.t(key, shown=shown, all=all_))
    return told


def place(line: PickingLine, lang: str) -> str:
    """The warehouse that a line is fetched from, and where its goods go to."""
    parts = [] if line.model == "fbs" else [texts.t(lang, f"model-{line.model}")]
    if line.warehouse_id:
        parts.append(texts.t(lang, "picking-warehouse", id=str(line.warehouse_id)))
    if line.office:
        parts.append(texts.t(lang, "picking-office", name=line.office))
    return " · ".join(parts) or texts.t(lang, "picking-no-warehouse")


def waited(line: PickingLine, lang: str, now: datetime) -> str:
    """How long the oldest order of a line has waited, in its largest unit."""
    begun = picking.since(line)
    if begun is None:
        return ""
    seconds = max(0.0, (now - begun).total_seconds())
    size = next((size for size in (86_400, 3_600, 60) if seconds >= size), 60)
    return texts.format_duration(lang, seconds // size * size)


def hurry(line: PickingLine, lang: str, now: datetime) -> str:
    """The priority in words; "" where there is time."""
    level = picking.hurry(line.oldest_at, now)
    return texts.t(lang, f"picking-hurry-{level}") if level else ""


def marking(line: PickingLine, lang: str) -> str:
    """Which marking codes are needed, in words where WB's are known."""
    names = filter(None, line.marking.split(", "))
    return ", ".join(texts.known(lang, f"picking-marking-{name}", name) for name in names)


def seen(text: object) -> str:
    """A text of others as paper shows it: in one line, nothing invisible."""
    return " ".join(_CONTROLS.sub(" ", str(text)).split())


HEADS: Final = (
    "picking-column-article",
    "picking-column-size",
    "picking-column-barcode",
    "picking-column-quantity",
    "picking-column-marking",
    "picking-column-waits",
)
"""Texts that head the columns of a printed list, the boxes to tick before them."""


def row(sheet: Sheet, line: PickingLine) -> tuple[str, ...]:
    """A line's cells under HEADS."""
    lang, now = sheet.lang, sheet.now
    notes = [waited(line, lang, now)]
    if line.comments:
        notes.append(sheet.t("picking-comments", count=line.comments))
    told = ", ".join(filter(None, notes))
    return line.article, line.size, line.barcode, str(line.quantity), marking(line, lang), told


def groups(sheet: Sheet) -> Iterator[tuple[str, list[PickingLine]]]:
    """Warehouse in words -> its lines."""
    for name, found in groupby(sheet.lines, key=lambda line: place(line, sheet.lang)):
        yield name, list(found)


# --- PDF ----------------------------------------------------------------------------------------------------

_WIDTHS: Final = tuple(width * _MM for width in (8, 46, 16, 30, 13, 27, 48))
_COLUMNS: Final = tuple(zip(("", *HEADS), _WIDTHS, strict=True))
_STRONG: Final = ("picking-column-article", "picking-column-quantity")


def pdf(sheet: Sheet) -> bytes:
    """The list on pages of A4: boxes to tick, a heading for each warehouse, page n of m."""
    file = io.BytesIO()
    _Paper(sheet, file).draw()
    return file.getvalue()


@cache
def fonts() -> tuple[str, str]:
    """Names of the plain and the bold font; each file carries them, as a reader may have none."""
    from reportlab.pdfbase import pdfmetrics  # noqa: PLC0415 (slow to import, needed for one format)
    from reportlab.pdfbase.ttfonts import TTFont  # noqa: PLC0415

    for name, file in _FILES.items():
        pdfmetrics.registerFont(TTFont(name, str(Path(look.ASSETS) / "fonts" / file)))
    return _FONT, _BOLD


def wrapped(
    text: str, width: float, font: str = _FONT, size: float = _SIZE, lines: int = _WRAPPED
) -> list[str]:
    """A text in lines that fit a width (points); what is more than ``lines`` of them ends with dots."""
    from reportlab.pdfbase.pdfmetrics import stringWidth  # noqa: PLC0415

    def is_wide(part: str) -> bool:
        return bool(stringWidth(part, font, size) > width)

    rest = seen(text)
    found: list[str] = []
    while rest and len(found) < lines:
        end = bisect_right(range(1, min(len(rest), 400) + 1), False, key=lambda n: is_wide(rest[:n]))
        end = max(1, end)
        if end < len(rest):
            space = rest.rfind(" ", 0, end + 1)
            end = space if space > 0 else end
        found.append(rest[:end])
        rest = rest[end:].lstrip()
    if rest:
        found[-1] = f"{found[-1][:-1]}…"
    return found or [""]


class _Paper:
    """Draws one list; the pages are counted when it ends, so its feet are drawn last."""

    def __init__(self, sheet: Sheet, file: io.BytesIO) -> None:
        from reportlab.lib.pagesizes import A4  # noqa: PLC0415
        from reportlab.pdfgen.canvas import Canvas  # noqa: PLC0415

        fonts()
        self.sheet = sheet
        self.canvas = Canvas(file, pagesize=A4)
        self.canvas.setTitle(title(sheet))
        self.canvas.setAuthor("WB Desk")
        self.pages: list[Any] = []
        self.y = _HEIGHT - _MARGIN

    def draw(self) -> None:
        self._top()
        self._heads()
        for name, lines in groups(self.sheet):
            self._group(name)
            for line in lines:
                self._line(line)
        self._comments()
        self._new_page()
        self._feet()
        self.canvas.save()

    def _text(
        self, x: float, y: float, text: str, font: str = _FONT, *, size: float = _SIZE, grey: float = 0
    ) -> None:
        self.canvas.setFont(font, size)
        self.canvas.setFillGray(grey)
        self.canvas.drawString(x, y, text)

    def _top(self) -> None:
        self.y -= 14
        self._text(_MARGIN, self.y, title(self.sheet), _BOLD, size=15)
        self.y -= 4
        for text in wrapped(" · ".join(facts(self.sheet)), _WIDTH - 2 * _MARGIN):
            self.y -= _LEADING
            self._text(_MARGIN, self.y, text, grey=0.25)
        for warning in warnings(self.sheet):
            self.y -= 3
            for text in wrapped(warning, _WIDTH - 2 * _MARGIN, _BOLD, lines=12):
                self.y -= _LEADING
                self._text(_MARGIN, self.y, text, _BOLD)
        self.y -= 6

    def _heads(self) -> None:
        self.y -= _LEADING
        x = _MARGIN
        for key, width in _COLUMNS:
            if key:
                self._text(x, self.y, self.sheet.t(key), _BOLD, size=8, grey=0.25)
            x += width
        self.y -= 3
        self._rule(0.8)

    def _rule(self, width: float, grey: float = 0.0) -> None:
        self.canvas.setStrokeGray(grey)
        self.canvas.setLineWidth(width)
        self.canvas.line(_MARGIN, self.y, _WIDTH - _MARGIN, self.y)

    def _room(self, height: float) -> None:
        """A new page where the rest of this one is too low."""
        if self.y - height < _MARGIN + _LEADING:
            self._new_page()
            self._heads()

    def _new_page(self) -> None:
        self.pages.append(dict(self.canvas.__dict__))
        self.canvas._startPage()
        self.y = _HEIGHT - _MARGIN

    def _group(self, text: str) -> None:
        self._room(4 * _LEADING)
        self.y -= _LEADING + 4
        for part in wrapped(text, _WIDTH - 2 * _MARGIN, _BOLD, size=10.5, lines=2):
            self._text(_MARGIN, self.y, part, _BOLD, size=10.5)
            self.y -= _LEADING
        self.y += _LEADING - 4
        self._rule(0.6)

    def _cells(self, line: PickingLine) -> list[list[str]]:
        texts_of = ("", *row(self.sheet, line))
        return [wrapped(text, width - 4) for text, width in zip(texts_of, _WIDTHS, strict=True)]

    def _line(self, line: PickingLine) -> None:
        cells, below, warned = self._cells(line), *self._notes(line)
        tall = max(map(len, cells)) * _LEADING
        height = tall + 8.5 * len(below) + _LEADING * len(warned) + 5
        self._room(height)
        top, x = self.y, _MARGIN
        self._box(top)
        for (key, width), parts in zip(_COLUMNS, cells, strict=True):
            font = _BOLD if key in _STRONG else _FONT
            for n, part in enumerate(parts, 1):
                self._text(x, top - _LEADING * n, part, font)
            x += width
        indent, self.y = _MARGIN + _WIDTHS[0], top - tall
        for part in warned:
            self.y -= _LEADING
            self._text(indent, self.y, part, _BOLD)
        for part in below:
            self.y -= 8.5
            self._text(indent, self.y, part, size=7, grey=0.35)
        self.y = top - height
        self._rule(0.3, 0.6)

    def _notes(self, line: PickingLine) -> tuple[list[str], list[str]]:
        """Under a line: its orders' numbers, where they are few; which of them were cancelled."""
        ids = self.sheet.orders.get(line.number, ())
        gone = [str(one) for one in ids if one in self.sheet.cancelled]
        width = 150 * _MM
        below = wrapped(", ".join(map(str, ids)), width, size=7, lines=2) if len(ids) <= _IDS else []
        told = self.sheet.t("picking-line-cancelled", ids=", ".join(gone))
        return below, wrapped(told, width, _BOLD) if gone else []

    def _box(self, top: float) -> None:
        self.canvas.setStrokeGray(0)
        self.canvas.setLineWidth(0.9)
        self.canvas.rect(_MARGIN + 1, top - 12.5, 10, 10)

    def _comments(self) -> None:
        if not self.sheet.comments:
            return
        self._group(self.sheet.t("picking-comments-title"))
        for order_id, comment in self.sheet.comments.items():
            parts = wrapped(f"{order_id}: {comment}", _WIDTH - 2 * _MARGIN, lines=8)
            self._room(len(parts) * _LEADING + 3)
            for part in parts:
                self.y -= _LEADING
                self._text(_MARGIN, self.y, part)
            self.y -= 3

    def _feet(self) -> None:
        for number, page in enumerate(self.pages, 1):
            self.canvas.__dict__.update(page)
            words = self.sheet.t("picking-page", page=number, pages=len(self.pages))
            self._text(_MARGIN, _MARGIN - 6, f"{title(self.sheet)} · {words}", size=7.5, grey=0.35)
            self.canvas.showPage()


# --- Excel --------------------------------------------------------------------------------------------------


def xlsx(sheet: Sheet) -> bytes:
    """Two sheets: the lines, as they are printed, and each order. Texts are never formulas nor links."""
    import rustpy_xlsxwriter as excel  # noqa: PLC0415 (slow to import, needed for one format)

    books: list[tuple[str, Any]] = [
        (sheet.t("picking-sheet-name"), list(_lines(sheet))),
        (sheet.t("picking-orders-name"), list(_orders(sheet))),
    ]
    names = [name for name, _ in books]
    file = io.BytesIO()
    excel.write_worksheets(
        books,
        file,
        freeze_panes={"general": {"row": 1, "col": 0}},
        bold_headers=True,
        autofilter=dict.fromkeys(names, True),
        column_widths=dict(zip(names, _widths(books), strict=True)),
        datetime_format="dd.mm.yyyy hh:mm",
        page_setup={
            name: {
                "paper_size": 9,
                "landscape": True,
                "fit_to_pages": (1, 0),
                "repeat_rows": 0,
                "print_gridlines": True,
                "header": f"&L{title(sheet)} &R{_harmless_code(' · '.join(facts(sheet)))}",
                "footer": "&C&P / &N",
            }
            for name in names
        },
    )
    return file.getvalue()


def _harmless_code(text: str) -> str:
    """In a header Excel reads ``&`` as a code, and takes 255 characters."""
    return seen(text).replace("&", "+")[:150]


def _widths(books: Iterable[tuple[str, Any]]) -> Iterator[dict[str, float]]:
    for _, rows in books:
        names = list(rows[0]) if rows else []
        yield {name: _column_width(name, (row[name] for row in rows[:500])) for name in names}


def _column_width(name: str, values: Iterable[Any]) -> float:
    return float(min(40, max(map(len, map(str, (name, *values)))) + 3))


def _lines(sheet: Sheet) -> Iterator[dict[str, Any]]:
    for line in sheet.lines:
        gone = sum(one in sheet.cancelled for one in sheet.orders.get(line.number, ()))
        yield {
            sheet.t("picking-column-done"): "☐",
            sheet.t("picking-column-number"): line.number,
            sheet.t("picking-column-place"): _cell(place(line, sheet.lang)),
            sheet.t("picking-column-article"): _cell(line.article),
            sheet.t("picking-column-size"): _cell(line.size),
            sheet.t("picking-column-barcode"): _cell(line.barcode),
            sheet.t("picking-column-quantity"): line.quantity,
            sheet.t("picking-column-cancelled"): gone,
            sheet.t("picking-column-marking"): _cell(marking(line, sheet.lang)),
            sheet.t("picking-column-comments"): line.comments,
            sheet.t("picking-column-oldest"): _local(picking.since(line), sheet.zone),
            sheet.t("picking-column-hurry"): hurry(line, sheet.lang, sheet.now),
        }


def _orders(sheet: Sheet) -> Iterator[dict[str, Any]]:
    for line in sheet.lines:
        for order_id in sheet.orders.get(line.number, ()):
            yield {
                sheet.t("picking-column-order"): str(order_id),
                sheet.t("picking-column-number"): line.number,
                sheet.t("picking-column-article"): _cell(line.article),
                sheet.t("picking-column-barcode"): _cell(line.barcode),
                sheet.t("picking-column-state"): sheet.t("picking-cancelled")
                if order_id in sheet.cancelled
                else "",
                sheet.t("picking-column-comment"): _cell(sheet.comments.get(order_id, "")),
            }


def _cell(text: str) -> str:
    return seen(text)[:CELL]


def _local(moment: datetime | None, zone: tzinfo) -> datetime | None:
    """As Excel keeps it: without a zone."""
    return None if moment is None else moment.astimezone(zone).replace(tzinfo=None, microsecond=0)
