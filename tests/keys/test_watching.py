"""Each request is seen once: counted by host, and this machine's clock compared with WB's."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
import time_machine
from rich.console import Console
from sqlalchemy import text

from tests.api.server import Reply, Server, json_reply
from tests.work import add_key
from wbcore.api.client import Sent, Unlimited
from wbcore.api.errors import WBError
from wbcore.guidance import terminal
from wbcore.health import checks
from wbcore.keys.clients import client_for
from wbcore.keys.counting import Counting
from wbcore.sandbox.server import Sandbox
from wbcore.settings import settings
from wbcore.store import counters, db, timekeeping
from wbcore.store.models import Key


@pytest.fixture(autouse=True)
def _forget() -> None:
    timekeeping._last.clear()


@pytest.fixture
def key(sqlite: str, sandbox: Sandbox) -> Key:
    return add_key(sandbox)


@pytest.fixture
def server(key: Key, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    with db.session() as session:
        for row in counters.read(session):
            session.delete(row)
        session.commit()
    with Server() as running:
        monkeypatch.setenv("WB_GATEWAY_URL", running.gateway)
        settings.cache_clear()
        yield running


def dated(ahead: timedelta, **more: str) -> Callable[[object], Reply]:
    """WB's time is read when it answers."""
    return lambda _: json_reply(
        {"orders": []}, Date=format_datetime(datetime.now(UTC) - ahead, usegmt=True), **more
    )


def ask(key: Key, times: int = 1) -> None:
    with client_for(key, Unlimited(), attempts=1) as client:
        for _ in range(times):
            client.orders_new()


def told() -> list[tuple[float, str]]:
    with db.session() as session:
        return [(one.ahead_s, one.machine) for one in timekeeping.wrong(session)]


@pytest.mark.parametrize("ahead", [timedelta(days=-400), timedelta(hours=2), timedelta(days=400)])
def test_a_machine_that_is_gone_is_not_told_of_for_ever(sqlite: str, ahead: timedelta) -> None:
    """A container with another name takes its place, and nobody can set its clock right any more."""
    with time_machine.travel(datetime.now(UTC) + ahead), db.session() as session:
        timekeeping.note(session, ahead.total_seconds())
        session.commit()
        assert told() != [], "that machine itself"
    assert told() != [], "another one, whose clock is right"
    for days, known in ((2, True), (4, False)):
        with time_machine.travel(datetime.now(UTC) + timedelta(days=days)):
            assert (told() != []) is known


def test_requests_and_refusals_are_counted_by_host(key: Key, server: Server) -> None:
    server.replies(json_reply({"orders": []}), Reply(429), Reply(fault="drop"))
    with client_for(key, Unlimited(), attempts=1) as client:
        client.orders_new()
        for _ in range(2):
            with pytest.raises(WBError):
                client.orders_new()
        server.replies(json_reply({"name": "x"}))
        client.seller_info()
    with db.session() as session:
        found = {row.host: (row.sent, row.refused) for row in counters.read(session)}
    assert found == {"marketplace-api": (3, 1), "common-api": (1, 0)}


def test_what_was_sent_while_the_database_was_away_is_counted_later(database: str) -> None:
    def put_away(name: str, to: str) -> None:
        with db.engine().begin() as connection:
            connection.execute(text(f"ALTER TABLE {name} RENAME TO {to}"))

    counting = Counting()
    for status in (200, 429):
        counting.sent(Sent("marketplace-api", status))
    put_away("request_count", "away")
    counting.close()
    put_away("away", "request_count")
    counting.sent(Sent("marketplace-api", 200))
    counting.close()
    with db.session() as session:
        assert [(row.sent, row.refused) for row in counters.read(session)] == [(3, 1)]


@pytest.mark.parametrize(
    ("ahead", "wrong"),
    [
        (timedelta(0), False),
        (timedelta(minutes=4), False),
        (timedelta(minutes=6), True),
        (timedelta(minutes=-6), True),
        (timedelta(days=365), True),
        (timedelta(hours=-3), True),
    ],
)
def test_a_clock_that_is_wrong_by_more_than_five_minutes_is_told(
    ahead: timedelta, wrong: bool, key: Key, server: Server
) -> None:
    server.answers(dated(ahead))
    ask(key)
    assert [round(one / 60) for one, _ in told()] == ([round(ahead.total_seconds() / 60)] if wrong else [])


def test_the_warning_goes_when_the_clock_is_right_again(key: Key, server: Server) -> None:
    server.answers(dated(timedelta(hours=2)))
    ask(key, 3)
    assert len(told()) == 1
    server.answers(dated(timedelta(seconds=3)))
    ask(key)
    assert told() == []


def test_an_answer_out_of_a_cache_or_with_a_strange_date_says_nothing(key: Key, server: Server) -> None:
    for reply in (
        dated(timedelta(hours=9), Age="32000"),
        lambda _: json_reply({"orders": []}, Date="yesterday"),
        lambda _: json_reply({"orders": []}),
    ):
        server.answers(reply)
        ask(key)
        assert told() == []


def test_a_wrong_clock_is_in_the_doctors_report_and_blocks_nothing(key: Key, server: Server) -> None:
    server.answers(dated(timedelta(minutes=-42)))
    ask(key)
    report = checks.check([], "ru")
    assert report["status"] == "warning"
    (warning,) = report["warnings"]
    assert warning["id"] == "clock_wrong"
    assert "отстают на 42 мин" in warning["text"]
    assert "автоматическую настройку" in warning["way_out"]
    screen = io.StringIO()
    Console(file=screen, width=300).print(terminal.health(report, "ru"))
    assert "отстают на 42 мин" in screen.getvalue()
