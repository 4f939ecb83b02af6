"""Every figure and every bar leads to the list behind it, and that list has as many orders, for as much."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import time_machine
from streamlit.testing.v1 import AppTest

from tests import agency
from tests.orders.samples import order
from tests.pages.test_pages import Screen, screen, told
from wbcore.guidance import texts
from wbcore.keys import keyring
from wbcore.orders import browse, totals, wishes, writing
from wbcore.orders.filters import meant
from wbcore.store import days, db
from wbcore.store.models import Key

__all__ = ["screen"]

ARTICLES = ("Куртка", " Куртка  M ", "Куртка-2", "100%_хлопок", "a|b (c) [d]", None)
STATUSES = (
    ("new", "waiting"),
    ("new", "declined_by_client"),
    ("confirm", "waiting"),
    ("confirm", "canceled_by_client"),
    ("complete", "sorted"),
    ("complete", "sold"),
    ("cancel", "canceled"),
    ("receive", "sold"),
    ("a_word_of_tomorrow", "waiting"),
)
LINK = re.compile(r"\[(?P<text>(?:\\.|[^\]\\])*)\]\((?P<address>[^)]*)\)")


def some(chance: random.Random, now: datetime, count: int) -> list[dict[str, Any]]:
    rows = []
    for number in range(count):
        made = now - timedelta(minutes=chance.choice((1, 30, 200, 1_500, 3_000, 12_000)) * chance.random())
        wished = {
            "createdAt": made.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "article": chance.choice(ARTICLES),
            "warehouseId": chance.choice((42, 43, None)),
            "price": chance.choice((None, 100, 2_500, 1_234_567)),
            "currencyCode": chance.choice((643, 643, 933, None)),
        }
        rows.append(order(number, **wished))
    return rows


def fill(chance: random.Random, now: datetime) -> None:
    """Two real sellers, one of them without its key by now; one of the test environment, one for learning."""
    with db.session() as session:
        keys = [session.get(Key, one) for one in agency.fill(2)]
        sellers = [key.seller_id for key in keys if key is not None]
        for name in ("test", "demo"):
            invented = keyring.upsert_seller(session, name, name, name)  # type: ignore[arg-type]
            session.flush()
            sellers.append(invented.id or 0)
        for seller in sellers:
            source = chance.choice(("new", "period"))
            rows = some(chance, now, 150)
            for model in ("fbs", "dbs"):
                writing.write_orders(
                    session,
                    seller,
                    rows[::2],
                    run_id="r",
                    source=source,
                    model=model,
                    now=now,  # type: ignore[arg-type]
                )
                rows = rows[1:]
            for back in (40, 1):
                said = [
                    {"id": 1000 + number, "orderId": 1000 + number, "supplierStatus": s, "wbStatus": w}
                    for number in range(150)
                    for s, w in [chance.choice(STATUSES)]
                    if chance.random() < 0.6
                ]
                at = now - timedelta(hours=back)
                for model in ("fbs", "dbs"):
                    writing.write_statuses(session, seller, said, run_id="r", model=model, now=at)  # type: ignore[arg-type]
        session.commit()
        assert keys[1] is not None
        keyring.remove(session, keys[1])
        session.commit()


@pytest.fixture
def shop(sqlite: str) -> Iterator[datetime]:
    """Time stands still: a figure and its list are of one moment, however long both take."""
    now = datetime.now(UTC)
    with time_machine.travel(now, tick=False):
        fill(random.Random(7), now)
        yield now


def followed(address: str) -> tuple[int, dict[int, int]]:
    """What the list at an address says of itself: how many orders, and for how much by currency."""
    wish = wishes.read(dict(parse_qsl(urlsplit(address).query)))
    with db.session() as session:
        asked = wishes.filters(wish, days.zone())
        ids = meant(session, asked)
        listed = browse.summary(session, asked, ids)
        known = totals.summary(session, asked, ids)
        assert not listed.more
        if known is not None:
            worth = {money: amount for money, amount in listed.amounts.items() if amount}
            assert (known.count, {m: a for m, a in known.amounts.items() if a}) == (listed.count, worth), wish
        return listed.count, listed.amounts


def first_number(text: str) -> int:
    """``1 234 · 5 ₽``: how many."""
    return int("".join(re.findall(r"\d", re.match(r"[\d\s ]+", text)[0])))  # type: ignore[index]


def rows_of(app: AppTest) -> list[tuple[str, str, str]]:
    """(Words of the bar, its address, what it tells) of each row of the tables on a page."""
    found = []
    for box in app.markdown:
        for line in str(box.value).splitlines():
            if (link := LINK.search(line)) and line.startswith("| "):
                plain = re.sub(r"\\(.)", r"\1", line).replace("\u2060", "")
                address = link["address"].replace("%28", "(").replace("%29", ")").replace("%7C", "|")
                found.append((link["text"], address, plain.rsplit(" | ", 1)[1].removesuffix(" |")))
    return found


def shown_html(app: AppTest) -> str:
    return "".join(str(box.proto.body) for box in app.get("html"))


@pytest.mark.parametrize("period", [1, 7, 30])
def test_each_bar_leads_to_as_many_orders_as_it_tells(screen: Screen, shop: datetime, period: int) -> None:
    app = screen("overview", "ru").switch_page("pages/pictures.py").run()
    app.button_group(key="pictures-period").set_value(period)
    app.toggle(key="pictures-numbers").set_value(True).run()
    bars = rows_of(app)
    assert len(bars) > 5
    for words, address, value in bars:
        count, amounts = followed(address)
        if share := re.search(r"\((\d+) из", value):
            assert count == int(share[1]), (words, address, value)
        elif "currency=" in address:
            (currency,) = re.findall(r"currency=(\d+)", address)
            worth = texts.format_money("ru", sum(amounts.values()), int(currency) or None)
            assert value == " ".join(worth.split()), (words, address, value)
        else:
            assert count == first_number(value), (words, address, value)


def test_each_figure_of_the_overview_leads_to_as_many_orders(screen: Screen, shop: datetime) -> None:
    app = screen("overview", "ru")
    shown = {box.label: first_number(box.value) for box in app.metric}
    lists = {
        link.proto.label: f"orders?{link.proto.query_string}"
        for link in app.get("page_link")
        if "orders" in link.proto.page
    }
    assert len(shown) == len(lists) == 5
    for (label, count), address in zip(shown.items(), lists.values(), strict=True):
        assert followed(address)[0] == count, (label, address)
    assert sum(shown.values()) > 100
    (seller,) = re.findall(r'href="([^"]*seller=[^"]*)"[^>]*>([^<]*)<', shown_html(app))
    assert followed(seller[0].replace("&amp;", "&"))[0] == first_number(seller[1]) > 0
    parts = re.findall(r'href="([^"]*stage_[^"]*)"[^>]*>\D*(\d+)<', shown_html(app))
    assert len(parts) == 2
    for address, count in parts:
        assert followed(address)[0] == int(count)


def test_the_list_says_the_figures_number(screen: Screen, shop: datetime) -> None:
    """The page itself, with what a figure asks for and no field shows; a press takes it away."""
    app = screen("overview", "ru")
    lost = next(box for box in app.metric if box.label == "Отмену увидели сегодня")
    app.switch_page("pages/orders.py")
    app.query_params["lost"] = days.today().isoformat()
    app.run()
    assert not app.exception
    assert f"Найдено: {lost.value} " in told(app)
    app.button(key="orders-beside-lost").click().run()
    assert "Найдено" not in told(app)
