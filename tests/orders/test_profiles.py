"""Files for people, opened with what people open them with."""

from __future__ import annotations

import csv
import io
from datetime import datetime
from zoneinfo import ZoneInfo

import openpyxl
import pandas as pd
import pytest
from sqlmodel import Session

from tests.keys.test_keyring import save
from tests.orders.samples import make_seller, order, statistics, write
from wbcore.keys import keyring
from wbcore.orders import profiles, writing
from wbcore.orders.filters import OrderFilters
from wbcore.orders.profiles import Profile

MOSCOW = ZoneInfo("Europe/Moscow")


@pytest.fixture
def seller(session: Session) -> int:
    """Three orders; the newest is cancelled, and its article would be a formula."""
    seller_id = make_seller(session)
    save(session, "магазин", seller=keyring.get_seller(session, seller_id))
    rows = [
        order(n, article="=cmd|' /C calc'!A0" if n == 2 else f"Платье; {n}", requiredMeta=["sgtin"])
        for n in range(3)
    ]
    write(session, seller_id, rows, source="new")
    said = [{"id": 1002, "supplierStatus": "cancel", "wbStatus": "canceled"}]
    writing.write_statuses(session, seller_id, said, run_id="run")
    session.commit()
    return seller_id


def made(session: Session, profile: Profile, lang: str = "ru", kind: str = "orders") -> bytes:
    file = io.BytesIO()
    profiles.write(session, OrderFilters(kind=kind), profile, file, lang, MOSCOW)  # type: ignore[arg-type]
    return file.getvalue()


def test_excel_opens_as_people_read_it(session: Session, seller: int) -> None:
    sheet = openpyxl.load_workbook(io.BytesIO(made(session, profiles.usual("orders"))))["Заказы"]
    heads = [cell.value for cell in sheet[1]]
    newest = dict(zip(heads, sheet[2], strict=True))
    assert (newest["Цена"].value, newest["Валюта"].value) == (1500.02, "RUB")
    assert newest["Цена"].number_format == "#,##0.00"
    assert newest["Создан"].value == datetime(2026, 11, 1, 3, 2)
    assert newest["Создан"].is_date
    assert newest["Статус продавца"].value == "отменён продавцом"
    assert newest["Маркировка"].value == "код «Честный знак»"
    assert newest["Продавец"].value == "ООО Ромашка"
    assert (newest["Артикул"].value, newest["Артикул"].data_type) == ("=cmd|' /C calc'!A0", "s")
    assert newest["Номер"].value == 1002
    assert newest["Штрихкод"].value == "2000000000001"
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == f"A1:{sheet.cell(1, len(heads)).column_letter}4"
    assert sheet.column_dimensions["D"].width > 20


def test_excel_speaks_english_too(session: Session, seller: int) -> None:
    frame = pd.read_excel(io.BytesIO(made(session, profiles.usual("orders"), "en")), sheet_name="Orders")
    assert list(frame["Seller's status"])[1:] == ["new", "new"]
    assert frame["Price"].sum() == pytest.approx(4500.03)
    assert str(frame["Created"].dtype).startswith("datetime64")


def test_csv_is_read_by_a_russian_excel(session: Session, seller: int) -> None:
    data = made(session, Profile(("created", "article", "price"), form="csv_ru"))
    assert data.startswith(b"\xef\xbb\xbf")
    lines = data.decode("utf-8-sig").splitlines()
    assert lines[0] == "Создан;Артикул;Цена"
    assert lines[1].startswith("01.11.2026 03:02:00;'=cmd")
    assert lines[1].endswith(";1500,02")
    assert lines[3] == '01.11.2026 03:00:00;"Платье; 0";1500,00'
    frame = pd.read_csv(io.BytesIO(data), sep=";", decimal=",", encoding="utf-8-sig")
    assert frame["Цена"].sum() == pytest.approx(4500.03)


def test_csv_is_read_by_everybody_else(session: Session, seller: int) -> None:
    data = made(session, Profile(("created", "article", "price", "currency"), form="csv"), "en")
    frame = pd.read_csv(io.BytesIO(data), parse_dates=["Created"])
    assert list(frame.columns) == ["Created", "Article", "Price", "Currency"]
    assert frame["Price"].sum() == pytest.approx(4500.03)
    assert frame["Created"][2] == pd.Timestamp("2026-11-01 03:00:00")


@pytest.mark.parametrize(("form", "delimiter"), [("csv", ","), ("csv_ru", ";")])
def test_strange_texts_stay_in_their_cells(
    session: Session, seller: int, form: profiles.Form, delimiter: str
) -> None:
    texts = ['he said "x"', "a,b", "c;d", "two\nlines", "or\r\nso", ' "', "\u2028", ""]
    write(session, seller, [order(n, rid=text) for n, text in enumerate(texts, 10)])
    rows = made(session, Profile(("rid", "number"), form=form), "en").decode("utf-8-sig")
    found = list(csv.reader(io.StringIO(rows, newline=""), delimiter=delimiter, strict=True))
    told = {int(number): rid for rid, number in found[1:]}
    assert [told[n] for n in range(1010, 1010 + len(texts))] == texts
    alone = made(session, Profile(("rid",), form=form), "en").decode("utf-8-sig")
    cells = list(csv.reader(io.StringIO(alone, newline=""), delimiter=delimiter, strict=True))
    assert [cell for (cell,) in cells[1:]] == [rid for rid, _ in found[1:]]


@pytest.mark.parametrize("name", list(profiles.READY))
def test_ready_profiles_have_the_headings_of_their_program(session: Session, seller: int, name: str) -> None:
    profile = profiles.READY[name]
    data = made(session, profile, "en")
    if profile.form == "xlsx":
        frame = pd.read_excel(io.BytesIO(data))
    else:
        frame = pd.read_csv(io.BytesIO(data), sep=";" if profile.form == "csv_ru" else ",", decimal=",")
    assert list(frame.columns) == [profile.headings[column] for column in profile.columns]
    assert len(frame) == 3
    if name == "as_wb":
        assert list(frame["supplierStatus"]) == ["cancel", "new", "new"]
        assert (frame["id"][0], frame["price"][0]) == (1002, 150_002)
        assert frame["createdAt"][0] == "2026-11-01T00:02:00Z"
    else:
        assert frame["Цена"][0] == pytest.approx(1500.02)
        assert set(frame["Количество"]) == {1}


def test_a_profile_of_ones_own_has_its_order_and_names(session: Session, seller: int) -> None:
    own = Profile(("price", "number", "unknown"), {"price": "Стоимость"}, "csv_ru")
    again = Profile.of_record(own.record())
    lines = made(session, again).decode("utf-8-sig").splitlines()
    assert lines[:2] == ["Стоимость;Номер", "1500,02;1002"]
    assert Profile.of_record({"columns": None, "headings": 3, "form": "exe"}) == Profile((), {}, "xlsx")


@pytest.mark.parametrize("form", profiles.FORMS)
def test_statistics_are_told_in_words_too(session: Session, seller: int, form: profiles.Form) -> None:
    writing.write_statistics(session, seller, [statistics(1, isCancel=True)], run_id="run")
    data = made(session, Profile(profiles.usual("statistics").columns, form=form), kind="statistics")
    if form == "xlsx":
        frame = pd.read_excel(io.BytesIO(data), sheet_name="Статистика")
    else:
        russian = form == "csv_ru"
        frame = pd.read_csv(io.BytesIO(data), sep=";" if russian else ",", decimal="," if russian else ".")
    assert frame["Отменён"][0] == "да"
    assert frame["Цена для покупателя"][0] == pytest.approx(1100.1)
    assert frame["Валюта"][0] == "RUB"


def test_nothing_found_is_a_file_with_headings(session: Session, seller: int) -> None:
    file = io.BytesIO()
    asked = OrderFilters(text="нет такого")
    profiles.write(session, asked, profiles.usual("orders"), file, "ru", MOSCOW)
    frame = pd.read_excel(file)
    assert len(frame) == 0
    assert {"Номер", "Артикул", "Цена"} <= set(frame.columns)


def test_two_columns_of_one_name_are_both_in_the_book(session: Session, seller: int) -> None:
    profile = Profile(("number", "price", "article"), {"price": "Номер", "article": "Номер"})
    sheet = openpyxl.load_workbook(io.BytesIO(made(session, profile)))["Заказы"]
    assert [cell.value for cell in sheet[1]] == ["Номер", "Номер (2)", "Номер (3)"]
    assert [cell.value for cell in sheet[3]] == [1001, 1500.01, "Платье; 1"]


def test_numbers_that_excel_would_round_are_texts(session: Session, seller: int) -> None:
    write(session, seller, [order(3, id=10**16 + 1, article="")], source="new")
    profile = Profile(("number", "article", "price"), form="xlsx")
    sheet = openpyxl.load_workbook(io.BytesIO(made(session, profile)))["Заказы"]
    assert [cell.value for cell in sheet[2]] == [str(10**16 + 1), None, 1500.03]
    assert sheet["A3"].value == 1002


def test_a_book_that_nobody_wants_any_more_is_not_made_to_its_end(session: Session, seller: int) -> None:
    class Unwanted(Exception):
        pass

    def stop(_rows: int) -> None:
        raise Unwanted

    file, usual = io.BytesIO(), profiles.usual("orders")
    with pytest.raises(Unwanted):
        profiles.write(session, OrderFilters(), usual, file, "ru", MOSCOW, on_rows=stop)
    assert file.getvalue() == b""


def test_codes_of_wildberries_stay_as_they_are_in_a_book(session: Session, seller: int) -> None:
    profile = Profile(("number", "price", "created"), form="xlsx", raw=True)
    sheet = openpyxl.load_workbook(io.BytesIO(made(session, profile)))["Заказы"]
    assert [cell.value for cell in sheet[2]] == [1002, 150_002, "2026-11-01T00:02:00Z"]
    assert sheet["B2"].number_format == "General"


def test_a_full_sheet_goes_on_in_the_next(
    session: Session, seller: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(profiles.export, "SHEET_ROWS", 2)
    book = openpyxl.load_workbook(io.BytesIO(made(session, profiles.usual("orders"))))
    assert [(sheet.title, sheet.max_row) for sheet in book] == [("Заказы", 3), ("Заказы 2", 2)]
