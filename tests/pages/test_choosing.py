"""A row chosen in a table is that row, also when other rows have come in its place."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import col, select
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Selectbox

from tests import agency
from tests.orders.samples import order, statistics, write
from tests.pages.test_pages import Screen, screen, told
from wbcore.alerts import mailing
from wbcore.guidance import texts, views
from wbcore.imports import runs
from wbcore.keys import saving
from wbcore.orders import finder, kept, picking, profiles, vocabulary, ways, writing
from wbcore.orders.filters import OrderFilters
from wbcore.orders.profiles import Profile
from wbcore.people.actor import MACHINE
from wbcore.store import db, seen
from wbcore.store.models import Key, PickingSheet, Seller

__all__ = ["screen"]


def test_other_rows_are_another_table() -> None:
    one = views.key_of_rows("history", ["a", "b"])
    assert one == views.key_of_rows("history", ["a", "b"])
    assert (
        len({one, views.key_of_rows("history", ["new", "a"]), views.key_of_rows("orders", ["a", "b"])}) == 3
    )


def tables(app: AppTest) -> set[str]:
    """Tables whose rows can be chosen, by the name under which the choice is remembered."""
    return {one.proto.id for one in app.dataframe if one.proto.id}


def test_a_choice_in_the_history_is_not_anothers_when_an_import_has_come(screen: Screen) -> None:
    """What is chosen is remembered by the table and the row's number: with other rows it is another table."""
    (key_id,) = agency.fill(1)
    app = screen("order_import", "ru")
    (before,) = tables(app)
    app.run()
    assert tables(app) == {before}
    with db.session() as session:
        key = session.get(Key, key_id)
        assert key is not None
        run = runs.create(session, key, "period", {})
        run.status = "done"
        session.commit()
    app.run()
    assert before not in tables(app)


def test_a_choice_among_orders_is_not_anothers_when_an_order_has_come(screen: Screen) -> None:
    (key_id,) = agency.fill(1)
    agency.take_orders(3)
    app = screen("orders", "ru")
    before = tables(app)
    assert before
    with db.session() as session:
        seller_id = agency.seller_of(session, key_id)
        write(session, seller_id, [order(7, id=7, createdAt=f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}")])
    app.run()
    assert not before & tables(app)


def test_what_the_first_import_brings_is_offered_by_the_filters_at_once(screen: Screen) -> None:
    agency.fill(1)
    app = screen("orders", "ru")
    assert len(warehouses(app)) == 1, "any"
    agency.take_orders(3)
    app.run()
    assert "42" in warehouses(app)


def test_what_stands_under_all_that_was_sent_is_all_that_its_title_says(screen: Screen) -> None:
    (key_id,) = agency.fill(1)
    with db.session() as session:
        seller = agency.seller_of(session, key_id)
        made = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
        write(session, seller, [order(1, createdAt=made, comment="Позвоните Анне", later="поле")])
    app = screen("orders", "ru")
    app.session_state["orders-chosen"] = (seller, 1001)
    app.run()
    (box,) = [one for one in app.expander if one.label.startswith("Всё, что прислал Wildberries")]
    (shown,) = box.json
    assert '"later"' in shown.value
    assert "Анне" not in shown.value
    assert box.label.endswith(", кроме данных покупателя")


@pytest.mark.parametrize(("supplies", "told"), [(1, ""), (3, "не больше 2: Поставка")])
def test_that_a_filter_offers_the_latest_values_alone_is_told(
    screen: Screen, monkeypatch: pytest.MonkeyPatch, supplies: int, told: str
) -> None:
    monkeypatch.setattr(vocabulary, "CHOICES", 2)
    (key_id,) = agency.fill(1)
    with db.session() as session:
        seller_id = agency.seller_of(session, key_id)
        write(session, seller_id, [order(n, supplyId=f"WB-{n % supplies}") for n in range(6)])
    app = screen("orders", "ru")
    said = [one.value for one in app.caption if one.value.startswith("Предложены последние")]
    assert [told in one for one in said] == [True] * bool(told)


@pytest.mark.parametrize(("made", "told"), [("9999-12-31T23:59:59Z", False), ("2026-11-01T00:00:00Z", True)])
def test_an_order_of_no_known_day_is_not_told_as_made_at_no_time(
    screen: Screen, made: str, told: bool
) -> None:
    (key_id,) = agency.fill(1)
    with db.session() as session:
        seller = agency.seller_of(session, key_id)
        write(session, seller, [order(1, createdAt=made)])
    app = screen("orders", "ru")
    app.session_state["orders-chosen"] = (seller, 1001)
    app.run()
    assert not app.exception
    assert [one.value for one in app.text if one.value.endswith("создан")] == [
        "01.11.2026 03:00  создан"
    ] * told


def test_statuses_that_read_alike_can_each_be_chosen(screen: Screen) -> None:
    """Of FBS and of DBS: browsers choose by an option's name, and the last one of a name would win."""
    (key_id,) = agency.fill(1)
    app = screen("orders", "ru")
    with db.session() as session:
        seller_id = agency.seller_of(session, key_id)
        write(session, seller_id, [order(1), order(2)])
        said = [{"id": 1001, "supplierStatus": "complete", "wbStatus": "sorted"}]
        writing.write_statuses(session, seller_id, said, run_id="run")
        session.commit()
    app.run()
    assert "в доставке" in statuses(app).options, "nothing reads like it yet"
    statuses(app).set_value("complete").run()
    with db.session() as session:
        said = [{"id": 1002, "supplierStatus": "deliver", "wbStatus": "canceled_by_client"}]
        writing.write_statuses(session, seller_id, said, run_id="run")
        session.commit()
    seen.forget()
    app.run()
    assert statuses(app).value == "complete"
    assert {"в доставке (complete)", "в доставке (deliver)"} < set(statuses(app).options)
    assert listed(app) == [1001]
    statuses(app).set_value("deliver").run()
    assert (statuses(app).value, listed(app)) == ("deliver", [1002])
    assert len(set(statuses(app).options)) == len(statuses(app).options)


def test_a_value_that_begins_with_a_space_is_found_where_it_was_chosen(screen: Screen) -> None:
    (key_id,) = agency.fill(1)
    with db.session() as session:
        seller_id = agency.seller_of(session, key_id)
        write(session, seller_id, [order(1, offices=[" Казань "]), order(2), order(3, article=" Куртка ")])
    app = screen("orders", "ru")
    office = next(one for one in app.selectbox if (one.key or "").startswith("orders-of-office"))
    office.set_value(" Казань ").run()
    assert listed(app) == [1001]
    app = screen("orders", "ru")
    app.query_params["article"] = " Куртка "
    assert listed(app.run()) == [1003]
    next(one for one in app.text_input if (one.key or "").startswith("orders-of-article")).set_value(" art-2")
    assert listed(app.run()) == [1002], "what is typed is meant without"


def test_reports_are_not_narrowed_by_what_only_assembly_orders_have(screen: Screen) -> None:
    """The list behind a figure, looked at in another report: no condition stands there that nothing has."""
    (key_id,) = agency.fill(1)
    with db.session() as session:
        seller_id = agency.seller_of(session, key_id)
        writing.write_statistics(session, seller_id, [statistics(1)], run_id="run")
        session.commit()
    app = screen("orders", "ru")
    app.query_params["status"], app.query_params["taken"] = "to_assemble", "4"
    app.run()
    assert "orders-beside-taken" in {one.key for one in app.button}
    data = next(one for one in app.selectbox if (one.key or "").startswith("orders-of-data"))
    data.set_value("statistics").run()
    assert not app.exception
    assert statuses(app).value == ""
    assert "to_assemble" not in statuses(app).options
    assert "orders-beside-taken" not in {one.key for one in app.button}
    assert len([one for one in app.dataframe if one.proto.id]) == 1, "the row of the report"


def test_hours_and_moscows_days_are_told_only_where_they_narrow_the_list(screen: Screen) -> None:
    (key_id,) = agency.fill(1)
    with db.session() as session:
        seller_id = agency.seller_of(session, key_id)
        write(session, seller_id, [order(n) for n in range(3)])
    app = screen("orders", "ru")
    for name, value in {"from": "2026-11-01", "to": "2026-11-01", "hours": "3-4", "moscow": "1"}.items():
        app.query_params[name] = value
    app.run()
    told = {"orders-beside-hours", "orders-beside-moscow"}
    assert told <= {one.key for one in app.button}
    days = next(one for one in app.date_input if (one.key or "").startswith("orders-of-days"))
    days.set_value((date(2026, 11, 1), date(2026, 11, 3))).run()
    assert "orders-beside-hours" not in {one.key for one in app.button}
    assert "orders-beside-moscow" in {one.key for one in app.button}
    days.set_value(()).run()
    assert not told & {one.key for one in app.button}


@pytest.mark.parametrize(
    ("marked", "told"),
    [
        ((), ["Среди просмотренных таких заказов нет"]),
        ((2,), ["Найдено больше 1; новейший 1 на сумму 1 500,02 ₽.", "По убыванию суммы среди 1 новейшего"]),
        ((1, 2), ["Найдено больше 2; новейшие 2 на сумму", "По убыванию суммы среди 2 новейших"]),
    ],
)
def test_how_many_are_found_of_those_that_were_looked_through_is_told_in_the_right_number(
    screen: Screen, monkeypatch: pytest.MonkeyPatch, marked: tuple[int, ...], told: list[str]
) -> None:
    monkeypatch.setattr(finder, "LOOKED", 2)
    monkeypatch.setattr(finder, "_LEAST", 2)
    (key_id,) = agency.fill(1)
    with db.session() as session:
        seller_id = agency.seller_of(session, key_id)
        write(session, seller_id, [order(n, requiredMeta=["sgtin"] * (n in marked)) for n in range(3)])
    app = screen("orders", "ru")
    app.query_params["marking"], app.query_params["sort"] = "yes", "sum"
    app.run()
    (line,) = [one.value for one in app.caption if one.value.startswith("Всего загружено")]
    shown = line.replace("\N{NO-BREAK SPACE}", " ")
    assert all(part in shown for part in told), shown
    assert marked or "По убыванию" not in shown


def statuses(app: AppTest) -> Selectbox[str]:
    return next(one for one in app.selectbox if (one.key or "").startswith("orders-of-status"))


def listed(app: AppTest) -> list[int]:
    """Orders of the table, by number."""
    frame = next(one.value for one in app.dataframe if one.proto.id)
    return [int(one) for one in frame["Номер"]]


def test_ones_own_profile_called_like_a_ready_one_can_be_chosen_beside_it(screen: Screen) -> None:
    agency.fill(1)
    agency.take_orders(1)
    with db.session() as session:
        record = {**Profile(("id",), form="csv_ru").record(), "kind": "orders"}
        kept.put(session, MACHINE, "profile", "Для 1С", record)
        session.commit()
    app = screen("orders", "ru")
    app.session_state["orders-download"] = True
    app.run()

    def box() -> Selectbox[str]:
        return next(one for one in app.selectbox if one.key == "orders-profile")

    assert {"Для 1С", "Для 1С (свой)"} < set(box().options)
    box().set_value("onec").run()
    assert box().value == "onec"


@pytest.mark.parametrize(("made_of", "price"), [("as_wb", "150001"), ("usual", "1500.01")])
def test_ones_own_profile_tells_values_as_the_one_that_it_was_made_of(
    screen: Screen, made_of: str, price: str
) -> None:
    """ "All as Wildberries has it" with one column less is still as Wildberries has it."""
    (key_id,) = agency.fill(1)
    with db.session() as session:
        seller_id = agency.seller_of(session, key_id)
        write(session, seller_id, [order(1)])
    app = screen("orders", "ru")
    app.session_state["orders-download"] = True
    app.run()
    next(one for one in app.selectbox if one.key == "orders-profile").set_value(made_of).run()
    columns = next(one for one in app.multiselect if (one.key or "").startswith("orders-profile-columns"))
    columns.set_value(["number", "price"]).run()
    form = next(one for one in app.radio if (one.key or "").endswith("-form"))
    form.set_value("csv").run()
    app.text_input(key="orders-profile-name").set_value("Мой").run()
    next(one for one in app.button if one.label == "Сохранить профиль").click().run()
    with db.session() as session:
        (row,) = kept.of(session, MACHINE)
        file = io.BytesIO()
        asked = OrderFilters()
        profiles.write(session, asked, Profile.of_record(row.data), file, "ru", ZoneInfo("Europe/Moscow"))
    assert file.getvalue().decode("utf-8-sig").splitlines()[1] == f"1001,{price}"


@pytest.mark.parametrize(
    ("names", "told"),
    [
        ({"a": "x", "b": "y"}, ["x", "y"]),
        ({"a": "x", "b": "x"}, ["x (a)", "x (b)"]),
        ({"": "x", "a": "x"}, ["x", "x (a)"]),
        ({"a": "x", "b": "x", "c": "x (a)"}, ["x (a) · 2", "x (b)", "x (a)"]),
    ],
)
def test_no_two_options_are_called_alike(names: dict[str, str], told: list[str]) -> None:
    assert list(views.distinct(names).values()) == told


def test_a_seller_called_by_its_key_is_told_from_one_of_that_name(screen: Screen) -> None:
    ids = agency.fill(2)
    with db.session() as session:
        unnamed, named = (session.get(Key, key_id) for key_id in ids)
        assert unnamed is not None
        assert named is not None
        first, second = session.get(Seller, unnamed.seller_id), session.get(Seller, named.seller_id)
        assert first is not None
        assert second is not None
        first.name = first.trade_mark = ""
        second.name = unnamed.name
        session.add_all([first, second])
        session.commit()
    options = screen("picking", "ru").selectbox[0].options
    assert len(set(options)) == len(options) == 2


@pytest.mark.parametrize(("lists", "told"), [(30, False), (100, False), (101, True)])
def test_lists_of_two_weeks_can_be_chosen_and_that_there_are_more_is_told(
    screen: Screen, lists: int, told: bool
) -> None:
    """A message of the day names the list that a cancelled order stands on: it has to be found."""
    (key_id,) = agency.fill(1)
    with db.session() as session:
        seller_id = agency.seller_of(session, key_id)
        made = datetime.now(UTC)
        one = {"seller_id": seller_id, "choice": "new", "orders": 1, "lines": 0, "made_at": made}
        session.add_all([PickingSheet(**one) for _ in range(lists)])
        session.commit()
    app = screen("picking", "ru")
    assert not app.exception
    box = next(one for one in app.selectbox if one.label == "Лист")
    assert len(box.options) == min(lists, 100)
    assert any("последних листов: 100" in one.value for one in app.caption) is told


def test_a_file_of_each_day_that_was_set_in_another_zone_says_whose_hour_is_meant(screen: Screen) -> None:
    agency.fill(1)
    agency.take_orders(1)
    for name, tz in (("Здесь", "Europe/Moscow"), ("Там", "Asia/Vladivostok")):
        told: dict[str, Any] = {"view": {}, "daily_at": "09:00", "tz": tz, "lang": "ru", "folder": "orders"}
        mailing.add(name, profile=profiles.usual("orders"), **told)
    app = screen("orders", "ru")
    app.session_state["file-orders"] = True
    app.run()
    lines = sorted(one.value for one in app.text if " следующий " in one.value)
    assert lines[0].startswith("Здесь: в 09:00, следующий ")
    assert lines[1].startswith("Там: в 09:00 (Владивосток, UTC+10:00), следующий ")


def warehouses(app: AppTest) -> list[str]:
    """What the filter by warehouse offers."""
    return next(one.options for one in app.selectbox if (one.key or "").startswith("orders-of-warehouse"))


def test_a_list_outlives_the_last_key_of_its_seller(sqlite: str, screen: Screen) -> None:
    """What was printed could be opened no more, while its orders were still shown."""
    agency.fill(2)
    with db.session() as session:
        keys = session.exec(select(Key).order_by(col(Key.id))).all()
        writing.write_orders(session, keys[0].seller_id, [order(1)], run_id="run", source="new")
        sheet = picking.make(session, keys[0].seller_id, "new").id
        session.commit()
    title = texts.t("ru", "picking-sheet-title", number=str(sheet))
    for key in keys:
        saving.remove_key(key.name)
        app = screen("picking", "ru")
        assert not app.exception
        app.session_state["picking-seller"] = keys[0].seller_id
        app.run()
        assert not app.exception
        assert title in [one.value for one in app.subheader]
        assert not [one for one in app.button if (one.key or "").startswith("picking-make-")]
        assert texts.t("ru", "page-picking-keyless") in told(app)


@pytest.mark.parametrize(
    ("typed", "data", "is_said"),
    [("10", "orders", True), ("101", "orders", False), ("ab", "orders", False), ("10", "statistics", False)],
)
def test_that_two_digits_are_not_looked_for_in_numbers_is_said(
    sqlite: str, screen: Screen, typed: str, data: str, is_said: bool
) -> None:
    agency.fill(1)
    agency.take_orders(2)
    app = screen("orders", "ru")
    app.query_params["q"], app.query_params["data"] = typed, data
    app.run()
    assert not app.exception
    said = texts.t("ru", "orders-search-digits", least=ways.SHORTEST_NUMBER)
    assert (said in told(app)) == is_said
