"""Whose orders a page is about: also where a seller has no key any more, or learns beside real business."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import select
from streamlit.testing.v1 import AppTest

from tests import agency
from tests.orders.samples import make_seller, order, write
from tests.pages.test_pages import Screen, screen, told
from wbcore.guidance import checklist, texts
from wbcore.imports import glance, runs
from wbcore.imports.sources import SOURCES
from wbcore.keys import learning, saving
from wbcore.orders import figures
from wbcore.store import db
from wbcore.store.models import Checklist, Key, OrderStatusChange, Run, Seller

__all__ = ["screen"]

INVENTED = texts.t("ru", "page-orders-of-demo")


def html(app: AppTest) -> str:
    return "\n".join(str(one.proto.body) for one in app.get("html"))


def remove_keys(environment: str) -> None:
    with db.session() as session:
        names = [key.name for key in session.exec(select(Key)) if key.environment == environment]
    for name in names:
        saving.remove_key(name)


@pytest.fixture
def both(sqlite: str) -> None:
    """A real seller's orders, and a learning cabinet."""
    agency.fill(1)
    agency.take_orders(3)
    learning.ensure_demo("ru")


@pytest.mark.parametrize("name", ["orders", "pictures", "overview"])
def test_real_orders_are_not_called_invented_where_their_key_is_gone(
    both: None, screen: Screen, name: str
) -> None:
    remove_keys("production")
    app = screen(name, "ru")
    assert not app.exception
    assert INVENTED not in told(app)


def test_invented_orders_are_called_so_where_their_keys_are_gone(screen: Screen) -> None:
    with db.session() as session:
        seller = session.get(Seller, make_seller(session, "learning"))
        assert seller is not None
        seller.environment = "demo"
        session.add(seller)
        session.commit()
    assert INVENTED in told(screen("orders", "ru"))


def test_the_pictures_are_of_sellers_without_keys_too(both: None, screen: Screen) -> None:
    with db.session() as session:
        gone = next(key.seller_id for key in session.exec(select(Key)) if key.environment == "production")
    for environment in ("production", "demo"):
        remove_keys(environment)
    app = screen("pictures", "ru")
    assert not app.exception
    box = app.selectbox(key="pictures-seller")
    assert len(box.options) == 3, "all, and both of them"
    box.set_value(gone).run()
    assert not app.exception


def test_pictures_of_a_seller_who_is_gone_meanwhile_are_not_silently_everybodys(
    both: None, screen: Screen
) -> None:
    with db.session() as session:
        demo = next(key.seller_id for key in session.exec(select(Key)) if key.environment == "demo")
    app = screen("pictures", "ru")
    app.selectbox(key="pictures-seller").set_value(demo).run()
    learning.remove_demo()
    app.run()
    assert not app.exception
    assert texts.t("ru", "page-seller-gone-meanwhile") in told(app)


def ended(key: Key, ago: timedelta, status: str = "done") -> None:
    with db.session() as session:
        run = runs.create(session, key, "period", {})
        run.status, run.created_at = status, datetime.now(UTC) - ago
        run.started_at = run.finished_at = run.created_at
        session.commit()


def test_a_learning_import_does_not_make_real_figures_fresh(both: None, screen: Screen) -> None:
    with db.session() as session:
        keys = {key.environment: key for key in session.exec(select(Key))}
    ended(keys["demo"], timedelta(minutes=1))
    assert texts.t("ru", "page-overview-never-updated") in html(screen("overview", "ru"))
    ended(keys["production"], timedelta(days=3))
    ago = texts.t("ru", "page-overview-updated", ago="3 дня назад")
    assert ago in html(screen("overview", "ru"))


@pytest.mark.parametrize("count", [figures.LOST_SHOWN, figures.LOST_SHOWN + 1])
def test_that_more_was_cancelled_than_is_listed_is_said(screen: Screen, count: int) -> None:
    agency.fill(1)
    with db.session() as session:
        seller_id = session.exec(select(Key)).one().seller_id
        write(session, seller_id, [order(n, id=n + 1) for n in range(count)], source="new")
        at = int(datetime.now(UTC).timestamp())
        session.add_all(
            OrderStatusChange(
                seller_id=seller_id,
                order_id=n + 1,
                at=at,
                supplier_status="cancel",
                wb_status="canceled",
                is_lost=True,
            )
            for n in range(count)
        )
        session.commit()
    app = screen("overview", "ru")
    app.session_state["overview-lost"] = True
    app.run()
    assert not app.exception
    said = texts.t("ru", "page-overview-lost-more", shown=figures.LOST_SHOWN, all=count)
    assert (said in told(app)) == (count > figures.LOST_SHOWN)


def put_all_off() -> None:
    with db.session() as session:
        for row in session.exec(select(Checklist)).all():
            checklist.snooze(session, row.id, datetime.now(UTC) + timedelta(days=1), "я")
        session.commit()


@pytest.mark.parametrize("count", [10, 11])
def test_that_more_is_put_off_than_is_listed_is_said(screen: Screen, count: int) -> None:
    agency.fill(count)
    put_all_off()
    with db.session() as session:
        assert checklist.count_put_off(session) == count
    app = screen("overview", "ru")
    app.session_state["put-off"] = True
    app.run()
    assert not app.exception
    said = texts.t("ru", "page-overview-put-off-more", shown=10, all=count)
    assert (said in told(app)) == (count == 11)


@pytest.mark.parametrize("count", [10, 11])
def test_that_more_was_solved_than_is_listed_is_said(screen: Screen, count: int) -> None:
    agency.fill(count)
    with db.session() as session:
        for row in session.exec(select(Checklist)).all():
            row.closed_at = datetime.now(UTC)
            row.ended = checklist.SOLVED
            session.add(row)
        session.commit()
    app = screen("overview", "ru")
    app.session_state["solved"] = True
    app.run()
    assert not app.exception
    assert (texts.t("ru", "page-overview-solved-more", shown=10) in told(app)) == (count == 11)


@pytest.mark.parametrize("count", [5, 6])
def test_that_more_imports_failed_than_are_listed_is_said(screen: Screen, count: int) -> None:
    agency.fill(count)
    put_all_off()
    app = screen("overview", "ru")
    assert not app.exception
    assert (texts.t("ru", "page-overview-failed-more", count=1) in told(app)) == (count == 6)


def test_a_page_of_the_history_that_is_gone_is_the_first_one(both: None, screen: Screen) -> None:
    with db.session() as session:
        demo = next(key for key in session.exec(select(Key)) if key.environment == "demo")
    for _ in range(25):
        ended(demo, timedelta(hours=1))
    app = screen("order_import", "ru")
    next(one for one in app.button if one.label == texts.t("ru", "page-runs-older")).click().run()
    assert texts.t("ru", "page-runs-place", **{"from": 21, "to": 26}) in told(app)
    learning.remove_demo()
    app.run()
    assert not app.exception
    with db.session() as session:
        assert len(session.exec(select(Run)).all()) == 1
    assert len(app.dataframe[-1].value) == 1


def test_an_import_whose_orders_the_figures_do_not_count_says_nothing_of_their_age(
    sqlite: str, screen: Screen
) -> None:
    """Statistics that come every hour don't make orders of three days ago today's."""
    now = datetime.now(UTC)
    with db.session() as session:
        key = agency.add_key(session, 1)
        run = runs.create(session, key, "statistics", {}, "button")
        run.status, run.started_at, run.finished_at = "done", now, now
        session.commit()
    app = screen("overview", "ru")
    assert texts.t("ru", "page-overview-never-updated") in html(app)
    assert {one.value for one in app.metric} == {"—"}, "of orders nothing is known"
    with db.session() as session:
        run = runs.create(session, key, "new", {}, "button")
        run.status, run.started_at, run.finished_at = "done", now, now - timedelta(days=3)
        session.commit()
    assert texts.t("ru", "page-overview-updated", ago="3 дня назад") in html(screen("overview", "ru"))


def test_the_age_of_figures_is_found_however_many_other_imports_there_were(sqlite: str) -> None:
    """Statistics of every hour, a year long, were passed over one by one for each key at each look."""
    now = datetime.now(UTC)
    with db.session() as session:
        key = agency.add_key(session, 1)
        for number, source in enumerate(("new", *["statistics"] * 2000)):
            run = runs.create(session, key, source, {}, "schedule")
            run.status, run.finished_at = "done", now + timedelta(seconds=number)
            session.flush()
        session.commit()
        steps = 0

        def step() -> int:
            nonlocal steps
            steps += 1
            return 0

        driver = session.connection().connection.driver_connection
        driver.set_progress_handler(step, 100)  # type: ignore[union-attr]
        (found,) = glance.of_keys(session, now)
        driver.set_progress_handler(None, 100)  # type: ignore[union-attr]
    assert found.done_at == now
    assert steps < 100, "ten thousand steps of SQLite's machine: a look, not a walk"


def test_every_source_is_counted_or_known_not_to_be() -> None:
    assert set(SOURCES) - set(glance.FRESH) == {"statistics", "order_feed", "archive"}
