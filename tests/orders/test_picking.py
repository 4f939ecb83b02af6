"""The picking list: what stands in it and in which order, what has changed since, and its files."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pypdf
import pytest
import rustpy_xlsxwriter  # noqa: F401 (a missing library is to be seen at once)
from openpyxl import load_workbook
from sqlmodel import Session, select

from tests.locks import ON_POSTGRES, waited_for
from tests.orders import samples
from wbcore.orders import paper, picking, writing
from wbcore.people.actor import Actor, NotAllowed
from wbcore.store import db
from wbcore.store.models import AuditEntry, PickingOrder, Seller
from wbcore.worker.readiness import make_ready

NOW = samples.START + timedelta(hours=60)
MOSCOW = ZoneInfo("Europe/Moscow")
LOOKS_ON = Actor(7, "Зоя", "viewer")
OPERATOR = Actor(8, "Анна", "operator")


@pytest.fixture(autouse=True)
def _ready(database: str) -> None:
    make_ready()


def order(number: int, article: str, barcode: str, office: str = "Казань", **fields: Any) -> dict[str, Any]:
    return samples.order(number, article=article, skus=[barcode], offices=[office], supplyId=None, **fields)


def write(session: Session, seller: int, *rows: dict[str, Any]) -> None:
    samples.write(session, seller, list(rows), source="new")


def cancel(session: Session, seller: int, *numbers: int) -> None:
    rows = [{"id": 1000 + n, "supplierStatus": "cancel", "wbStatus": "canceled"} for n in numbers]
    writing.write_statuses(session, seller, rows, run_id="run")
    session.commit()


def made(session: Session, seller: int, choice: Any = "new", **options: Any) -> Any:
    sheet = picking.make(session, seller, choice, now=NOW, **options)
    session.commit()
    return sheet


def test_lines_stand_in_the_order_of_a_walk(session: Session, seller: int) -> None:
    write(
        session,
        seller,
        order(1, "Платье 10", "111", requiredMeta=["sgtin"]),
        order(2, "Платье 2", "222"),
        order(3, "Платье 10", "111", comment="Позвоните"),
        order(4, "Шапка", "333", "Астрахань"),
    )
    sheet = made(session, seller, by=OPERATOR)
    found = [(one.office, one.article, one.barcode, one.quantity) for one in picking.lines(session, sheet.id)]
    assert found == [
        ("Астрахань", "Шапка", "333", 1),
        ("Казань", "Платье 2", "222", 1),
        ("Казань", "Платье 10", "111", 2),
    ]
    dress = picking.lines(session, sheet.id, after=2)[0]
    assert (dress.marking, dress.comments, picking.since(dress)) == (
        "sgtin",
        1,
        samples.START + timedelta(minutes=1),
    )
    assert picking.order_ids(session, sheet.id) == {1: [1004], 2: [1002], 3: [1001, 1003]}
    assert (sheet.made_by, sheet.orders, sheet.lines) == ("Анна", 4, 3)
    told = session.exec(select(AuditEntry)).one()
    assert (told.who, told.action, told.subject) == ("Анна", "picking_made", str(sheet.id))


def test_sizes_come_from_the_statistics(session: Session, seller: int) -> None:
    write(session, seller, order(1, "Платье", "111", chrtId=9), order(2, "Платье", "111", chrtId=9))
    rows = [samples.statistics(1, techSize="46")]
    writing.write_statistics(session, seller, rows, run_id="run")
    session.commit()
    (line,) = picking.lines(session, made(session, seller).id)
    assert (line.size, line.quantity) == ("46", 2)


def test_what_was_cancelled_and_what_is_new_since(session: Session, seller: int) -> None:
    write(session, seller, order(1, "А", "1"), order(2, "Б", "2"))
    sheet = made(session, seller)
    assert picking.changes(session, sheet) == picking.Changes((), ())
    cancel(session, seller, 2)
    write(session, seller, order(3, "В", "3"))
    found = picking.changes(session, sheet)
    assert found.cancelled == (picking.Changed(1002, "Б", 2),)
    assert found.new == (picking.Changed(1003, "В"),)
    further = made(session, seller, only_unlisted=True)
    assert picking.order_ids(session, further.id) == {1: [1003]}
    assert picking.changes(session, further).new == (), "what an earlier list has is not new to this one"


@ON_POSTGRES
def test_of_two_lists_that_are_made_at_once_no_order_is_in_both(session: Session, seller: int) -> None:
    write(session, seller, order(1, "Платье", "111"))
    nothing: list[bool] = []

    def colleague() -> None:
        with db.session() as other:
            try:
                picking.make(other, seller, "new", only_unlisted=True, now=NOW)
                other.commit()
            except picking.NothingToPick:
                nothing.append(True)

    picking.make(session, seller, "new", only_unlisted=True, now=NOW)
    with waited_for(colleague):
        session.commit()
    assert nothing == [True]
    assert len(picking.sheets(session, seller)) == 1


def test_what_is_assembled_is_another_list(session: Session, seller: int) -> None:
    write(session, seller, order(1, "А", "1"), order(2, "Б", "2"))
    rows = [{"id": 1002, "supplierStatus": "confirm", "wbStatus": "waiting"}]
    writing.write_statuses(session, seller, rows, run_id="run")
    session.commit()
    assert picking.waiting(session, seller) == {"new": 1, "confirm": 1}
    assert picking.order_ids(session, made(session, seller, "assembly").id) == {1: [1002]}
    assert picking.order_ids(session, made(session, seller, "both").id) == {1: [1001], 2: [1002]}


def test_new_to_a_list_is_what_it_would_be_made_of(session: Session, seller: int) -> None:
    """A list of what is assembled is not told of orders that nobody has taken, nor the other way round."""
    write(session, seller, order(1, "А", "1"), order(2, "Б", "2"))
    confirm = [{"id": 1002, "supplierStatus": "confirm", "wbStatus": "waiting"}]
    writing.write_statuses(session, seller, confirm, run_id="run")
    session.commit()
    sheets = [made(session, seller, choice) for choice in ("new", "assembly", "both")]
    write(session, seller, order(3, "В", "3"), order(4, "Г", "4"))
    writing.write_statuses(session, seller, [{**confirm[0], "id": 1004}], run_id="run")
    session.commit()
    told = [[one.order_id for one in picking.changes(session, sheet).new] for sheet in sheets]
    assert told == [[1003], [1004], [1004, 1003]]


@pytest.mark.parametrize(("further", "more"), [(2, False), (3, True)])
def test_so_many_new_ones_are_told_and_that_there_are_more(
    session: Session, seller: int, further: int, more: bool
) -> None:
    write(session, seller, *(order(n, "А", "1") for n in range(further)))
    sheet = made(session, seller)
    cancel(session, seller, *range(further))
    write(session, seller, *(order(10 + n, "Б", "2") for n in range(further)))
    found = picking.changes(session, sheet, limit=2)
    assert len(found.cancelled) == 2
    assert (len(found.new), found.more_new) == (2, more)


def test_a_list_is_of_one_seller_and_made_by_who_may(session: Session, seller: int) -> None:
    write(session, seller, order(1, "А", "1"))
    with pytest.raises(NotAllowed):
        picking.make(session, seller, "new", by=LOOKS_ON)
    with pytest.raises(NotAllowed):
        picking.make(session, seller, "new", by=Actor(9, "Чужой", "operator", frozenset({seller + 1})))
    other = Seller(sid="other", environment="demo")
    session.add(other)
    session.commit()
    with pytest.raises(picking.NothingToPick):
        picking.make(session, other.id or 0, "new")


def test_a_list_takes_so_many_and_says_so(
    session: Session, seller: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(picking, "MOST_ORDERS", 2)
    write(session, seller, *(order(n, "А", "1") for n in range(3)))
    sheet = made(session, seller)
    assert (sheet.orders, sheet.left_out) == (2, True)
    assert picking.order_ids(session, sheet.id) == {1: [1000, 1001]}
    assert not made(session, seller, only_unlisted=True).left_out


def test_what_wb_has_never_sent_makes_a_list_all_the_same(session: Session, seller: int) -> None:
    write(session, seller, {"id": 5, "offices": "Казань", "skus": [None], "requiredMeta": None}, {"id": 6})
    (line,) = picking.lines(session, made(session, seller).id)
    assert (line.quantity, line.article, line.barcode, line.office) == (2, "", "", "")
    assert paper.place(line, "ru") == "Склад не указан"


# --- Comments -----------------------------------------------------------------------------------------------


def test_comments_are_for_who_may_read_them_and_noted(session: Session, seller: int) -> None:
    write(session, seller, order(1, "А", "1", comment="Позвоните заранее"), order(2, "Б", "2"))
    sheet = made(session, seller)
    kept = session.exec(select(PickingOrder).where(PickingOrder.has_comment)).all()
    assert [one.order_id for one in kept] == [1001]
    assert picking.count_comments(session, sheet) == 1
    with pytest.raises(NotAllowed):
        picking.comments(session, sheet, OPERATOR)
    seen = picking.comments(session, sheet, Actor(8, "Анна", "operator", sees_buyers=True))
    assert seen == {1001: "Позвоните заранее"}
    assert "comments_revealed" in session.exec(select(AuditEntry.action)).all()
    bare = paper.pdf(loaded(session, sheet))
    assert "Позвоните" not in words(bare)
    whole = paper.pdf(loaded(session, sheet, with_comments=True))
    assert "1001: Позвоните заранее" in words(whole)


# --- Files --------------------------------------------------------------------------------------------------


def loaded(session: Session, sheet: Any, lang: str = "ru", **options: Any) -> paper.Sheet:
    return paper.load(session, sheet, lang, MOSCOW, now=NOW, **options)


def words(pdf: bytes) -> str:
    pages = pypdf.PdfReader(io.BytesIO(pdf)).pages
    return "\n".join(page.extract_text() for page in pages)


def test_the_pdf_says_what_is_to_be_fetched(session: Session, seller: int) -> None:
    write(
        session,
        seller,
        order(1, "Платье «Мята»", "2000000000017", requiredMeta=["sgtin"]),
        order(2, "Шапка", "333", "Астрахань", createdAt="2026-11-03T00:00:00Z"),
    )
    sheet = made(session, seller, by=OPERATOR)
    cancel(session, seller, 2)
    told = words(paper.pdf(loaded(session, sheet)))
    for part in (
        f"Лист подбора № {sheet.id}",
        "ООО Ромашка",
        "составлен 03.11.2026 15:00, Анна",
        "Склад 42 · сдать: Казань",
        "Платье «Мята»",
        "2000000000017",
        "Честный знак",
        "2 дня",
        "Не отгружать: 1002",
        "страница 1 из 1",
    ):
        assert part in told, told


def test_the_pdf_carries_its_fonts_and_each_page_its_heads(session: Session, seller: int) -> None:
    write(session, seller, *(order(n, f"Товар {n}", str(n)) for n in range(120)))
    pdf = paper.pdf(loaded(session, made(session, seller)))
    pages = pypdf.PdfReader(io.BytesIO(pdf)).pages
    assert len(pages) > 3
    assert all("Штрихкод" in page.extract_text() for page in pages)
    assert f"страница {len(pages)} из {len(pages)}" in pages[-1].extract_text()
    box = pages[0].mediabox
    assert (round(box.width), round(box.height)) == (595, 842)
    assert pdf.count(b"/FontFile2") >= 2
    told = words(pdf)
    assert [n for n in range(120) if f"Товар {n}\n" not in told and f"Товар {n} " not in told] == []


def test_a_long_article_stays_in_its_column(session: Session, seller: int) -> None:
    from reportlab.pdfbase.pdfmetrics import stringWidth

    paper.fonts()
    for text in ("Щ" * 500, "слово " * 200, "\x00\u202eabc\n=1+1", "", "x"):
        lines = paper.wrapped(text, 100)
        assert 1 <= len(lines) <= 3
        assert all(stringWidth(line, "WBDesk", 9) <= 110 for line in lines)
    assert paper.wrapped("\x00\u202eabc\n=1+1", 400) == ["abc =1+1"]


def test_learning_orders_are_marked_on_paper(session: Session) -> None:
    demo = Seller(sid="demo", environment="demo", name="Учебный")
    session.add(demo)
    session.commit()
    write(session, demo.id or 0, order(1, "А", "1"))
    told = words(paper.pdf(loaded(session, made(session, demo.id or 0))))
    assert "Учебные заказы: они выдуманы" in told


def test_the_excel_file_has_both_sheets(session: Session, seller: int) -> None:
    write(session, seller, order(1, "=1+1", "111", comment="Позвоните"), order(2, "Б", "222"))
    sheet = made(session, seller)
    cancel(session, seller, 2)
    book = load_workbook(io.BytesIO(paper.xlsx(loaded(session, sheet))))
    assert book.sheetnames == ["Лист подбора", "Заказы"]
    lines, orders = book.worksheets
    rows = [
        dict(zip([c.value for c in lines[1]], [c.value for c in row], strict=True))
        for row in lines.iter_rows(min_row=2)
    ]
    assert [(r["Артикул"], r["Штрихкод"], r["Кол-во"], r["Отменено"]) for r in rows] == [
        ("=1+1", "111", 1, 0),
        ("Б", "222", 1, 1),
    ]
    assert all(cell.data_type != "f" for row in lines.iter_rows() for cell in row)
    assert rows[0]["Самый старый заказ"] == datetime(2026, 11, 1, 3, 1)
    assert lines.freeze_panes == "A2"
    assert lines.auto_filter.ref is not None
    assert (int(lines.page_setup.paperSize), lines.page_setup.orientation) == (9, "landscape")
    states = {row[0].value: row[4].value for row in orders.iter_rows(min_row=2)}
    assert states["1002"] == "отменён, не отгружать"
    assert not states["1001"]
    english = load_workbook(io.BytesIO(paper.xlsx(loaded(session, sheet, "en"))))
    assert english.sheetnames == ["Picking list", "Orders"]


def test_who_takes_a_list_along_is_noted(session: Session, seller: int) -> None:
    write(session, seller, order(1, "А", "1"))
    sheet = made(session, seller)
    loaded(session, sheet, by=LOOKS_ON)
    session.commit()
    assert "picking_taken" in session.exec(select(AuditEntry.action)).all()
    assert datetime.now(UTC) > NOW


def test_what_was_cancelled_is_counted_and_named_to_the_last(session: Session, seller: int) -> None:
    write(session, seller, *(order(n, "А", "1") for n in range(picking.TOLD + 30)))
    sheet = made(session, seller)
    cancel(session, seller, *range(picking.TOLD + 20))
    whole = loaded(session, sheet)
    assert "Не отгружать: 120 заказов отменено" in paper.warnings(whole)
    assert paper.warnings(whole)[-1] == "Показаны 100 из 120; остальные отмечены в своих строках."
    on_the_page = replace(whole, orders={})
    assert paper.warnings(on_the_page)[-1] == "Показаны 100 из 120; все есть в PDF и Excel."
