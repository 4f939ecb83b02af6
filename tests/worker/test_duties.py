"""What workers do beside imports: checks that tabs share, WB's incidents, its news, numbers."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import UTC, datetime, timedelta

import jwt
import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import update
from sqlmodel import Session, col, select

from tests.api.test_hostile import HEAD, Dripping
from tests.smtp import postbox
from tests.work import Processes, add_key, run_chores, until
from wbcore.alerts import alerting, channels
from wbcore.api.errors import MethodDisabledError, UnexpectedResponseError, WBError, WBUnavailableError
from wbcore.guidance.diagnosis import Evidence, from_error
from wbcore.health import checkups, news, outages
from wbcore.imports import foreground, runs, schedules, timetable
from wbcore.imports.timetable import ScheduleRefused
from wbcore.keys import capabilities, saving
from wbcore.sandbox.server import Sandbox
from wbcore.sandbox.tokens import mint
from wbcore.store import db, values
from wbcore.store.models import Key, Run, Schedule
from wbcore.worker import duties, metrics

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
SELLERS = ["11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"]


@pytest.fixture
def shop(serve: Callable[..., Sandbox]) -> Sandbox:
    return serve(orders=5)


# --- Checks in the background ----------------------------------------------------------------------


def test_many_tabs_cost_no_more_than_one(database: str, shop: Sandbox) -> None:
    key = add_key(shop)
    before = shop.world.count()
    for _ in range(10):
        checkups.ask([key.id or 0], NOW)
    with db.session() as session:
        assert checkups.waiting(session) == {key.id}
    threads = [threading.Thread(target=checkups.work, args=(NOW,)) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 0 < shop.world.count() - before <= 6
    with db.session() as session:
        assert checkups.waiting(session) == set()
        assert capabilities.states(session)[key.id or 0]["orders.new"].status == "ok"


def test_nobody_looks_for_wishes_while_nobody_writes(database: str, shop: Sandbox) -> None:
    looked: list[int] = []
    look = duties.when_changed(lambda: looked.append(len(looked)))
    key = add_key(shop)
    for _ in range(3):
        look()
    assert len(looked) == 1
    checkups.ask([key.id or 0], NOW)
    for _ in range(3):
        look()
    assert len(looked) == 2


def test_a_database_that_is_not_there_is_looked_at_each_time(data_dir: object) -> None:
    looked: list[int] = []
    look = duties.when_changed(lambda: looked.append(len(looked)))
    look()
    look()
    assert len(looked) == 2


def test_by_default_nothing_is_checked_by_itself(sqlite: str, shop: Sandbox) -> None:
    add_key(shop)
    before = shop.world.count()
    for hour in range(24):
        run_chores(NOW + timedelta(hours=hour))
    assert shop.world.count() == before


def test_checks_on_the_operators_schedule(database: str, shop: Sandbox) -> None:
    add_key(shop)
    with db.session() as session:
        with pytest.raises(ScheduleRefused):
            checkups.set_every(session, 5, NOW)
        checkups.set_every(session, 60, NOW)
        session.commit()
    checked = 0
    for minute in range(0, 181, 10):
        duties.look_around(NOW + timedelta(minutes=minute))
        checked += checkups.work(NOW + timedelta(minutes=minute))
    assert checked == 4
    with db.session() as session:
        checkups.set_every(session, None, NOW)
        session.commit()
    duties.look_around(NOW + timedelta(days=2))
    with db.session() as session:
        assert checkups.waiting(session) == set()


def test_after_a_failure_the_key_is_checked_once(sqlite: str, shop: Sandbox) -> None:
    add_key(shop, token="statistics_only")
    duties.look_around(datetime.now(UTC))
    assert foreground.run_import("shop").status == "failed"
    duties.look_around(datetime.now(UTC) + timedelta(seconds=20))
    assert checkups.work(datetime.now(UTC) + timedelta(seconds=21)) == 1
    duties.look_around(datetime.now(UTC) + timedelta(seconds=40))
    assert checkups.work(datetime.now(UTC) + timedelta(seconds=41)) == 0


# --- Broken at WB ----------------------------------------------------------------------------------


def fails(session: Session, key: Key, error: WBError, at: datetime) -> None:
    found = from_error(error, Evidence(key_name=key.name))
    capabilities.record(
        session, key.id or 0, error.method_id, "error", "probe", diagnosis=found.to_record(), now=at
    )
    session.commit()


def test_what_several_sellers_meet_is_broken_at_wb(database: str, shop: Sandbox) -> None:
    one, other = (add_key(shop, f"shop {n}", mint(sid=sid)) for n, sid in enumerate(SELLERS))
    with db.session() as session:
        fails(session, one, MethodDisabledError("orders.new", http_status=404), NOW)
        assert outages.troubles(session, NOW).incidents == []
        fails(session, other, MethodDisabledError("orders.period", http_status=404), NOW)
        (found,) = outages.troubles(session, NOW + timedelta(minutes=5)).incidents
        assert (found.host, found.code, found.sellers) == ("marketplace-api", "method_disabled", 2)
        assert found.explains(one.id or 0, "orders.new")
        assert not found.explains(one.id or 0, "statistics.orders")
        assert outages.troubles(session, NOW + timedelta(minutes=31)).incidents == []


def test_500_is_wbs_whoever_meets_it_and_html_is_not(sqlite: str, shop: Sandbox) -> None:
    key = add_key(shop)
    with db.session() as session:
        fails(session, key, UnexpectedResponseError("orders.new", reason="html", http_status=200), NOW)
        assert outages.troubles(session, NOW).incidents == []
        fails(session, key, WBUnavailableError("statistics.orders", http_status=503), NOW)
        (found,) = outages.troubles(session, NOW).incidents
    assert (found.host, found.code) == ("statistics-api", "wb_unavailable")


# --- News ------------------------------------------------------------------------------------------


def test_a_token_that_cannot_be_read_keeps_no_news_from_coming(sqlite: str, shop: Sandbox) -> None:
    for name in ("a", "b"):
        add_key(shop, name)
    moment = datetime.now(UTC)
    with db.session() as session:
        session.exec(select(Key).where(Key.name == "a")).one().token_encrypted = b"damaged"
        news.ask(session, moment)
        session.commit()
    assert news.work(moment)
    with db.session() as session:
        assert news.board(session).items


def test_news_that_no_key_could_ask_for_do_not_wait_for_an_hour(sqlite: str, shop: Sandbox) -> None:
    moment = datetime.now(UTC)
    with db.session() as session:
        news.ask(session, moment)
        session.commit()
    assert not news.work(moment)
    with db.session() as session:
        assert news.coming(session) is None
    add_key(shop)
    with db.session() as session:
        assert news.ask(session, moment + timedelta(minutes=1)) == moment + timedelta(minutes=1)
        session.commit()
    assert news.work(moment + timedelta(minutes=1))


def test_news_that_came_for_a_former_token_prove_nothing_of_the_new_one(
    sqlite: str, shop: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = add_key(shop)
    moment, keep = datetime.now(UTC), news._keep
    with db.session() as session:
        news.ask(session, moment)
        session.commit()

    def replaced_meanwhile(**said: object) -> None:
        keep(**said)
        sid = jwt.decode(shop.tokens["full"], options={"verify_signature": False})["sid"]
        new = mint(sid=sid, expires=moment + timedelta(days=90))
        assert saving.replace_token(key.id or 0, new).saved

    monkeypatch.setattr(news, "_keep", replaced_meanwhile)
    assert news.work(moment)
    with db.session() as session:
        assert news.board(session).items
        assert capabilities.states(session, [key.id or 0])[key.id or 0]["seller.news"].evidence == "token"


def test_news_are_asked_for_once_an_hour_for_everybody(database: str, shop: Sandbox) -> None:
    add_key(shop)
    moment = datetime.now(UTC)

    def reader() -> None:
        with db.session() as session:
            news.ask(session, moment)
            session.commit()
        news.work(moment)

    threads = [threading.Thread(target=reader) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert shop.world.count("seller.news") == 1
    with db.session() as session:
        board = news.board(session)
        assert board.at == moment
        assert board.items
        assert news.ask(session, moment + timedelta(minutes=5)) == moment + timedelta(hours=1)
        session.commit()
    assert not news.work(moment + timedelta(minutes=59))
    assert news.work(moment + timedelta(minutes=60))
    assert not news.work(moment + timedelta(hours=9)), "nobody has asked since"
    assert not any("<" in item.text + item.header for item in board.items)
    flags = [item.api for item in board.items]
    assert flags == sorted(flags, reverse=True)


@pytest.mark.parametrize(
    ("html", "words"),
    [
        ("<p>One &amp; two</p><p>three</p>", "One & two\nthree"),
        ("<ul><li>a<li>b</ul>", "• a\n• b"),
        ("<script>alert(1)</script>safe<style>p{}</style>", "safe"),
        ("<img src=x onerror=alert(1)>hi", "hi"),
        ("&lt;script&gt;", "<script>"),
        ("a\u202eb\u200bc", "abc"),
        ("<<p>broken", "<\nbroken"),
        ("<p>of a kind</p><![foo]>unknown", "of a kind"),
        ("", ""),
    ],
)
def test_of_html_only_words_are_left(html: str, words: str) -> None:
    assert news.plain(html) == words


def test_of_two_that_keep_news_at_once_none_takes_away_what_the_other_kept(database: str) -> None:
    """One brought them, the other failed: both are known."""
    with ThreadPoolExecutor(1) as pool:
        with db.session() as session:
            items = [{"id": 1, "date": "", "header": "A", "text": "", "types": [], "api": False}]
            values.change(session, news.KEPT, lambda kept: {**(kept or {}), "items": items})
            failed = pool.submit(news._keep, error="wb_unavailable")
            wait([failed], 1)  # it is done by now unless it waits
            session.commit()
        failed.result(120)
    with db.session() as session:
        board = news.board(session)
    assert ([one.header for one in board.items], board.error) == (["A"], "wb_unavailable")


@pytest.mark.parametrize("row", [{}, {"header": None, "types": 5}, {"types": [1, {"name": None}], "id": "x"}])
def test_news_of_another_shape_do_no_harm(row: dict[str, object]) -> None:
    assert news.read(row) is None


# --- Numbers ---------------------------------------------------------------------------------------


def test_metrics_in_prometheus_format(database: str, shop: Sandbox, processes: Processes) -> None:
    add_key(shop, 'shop "one"\n')
    assert foreground.run_import('shop "one"\n').status == "done"
    shop.world.answer_next("orders.new", 429, b"{}", headers={"X-Ratelimit-Retry": "1"})
    assert foreground.run_import('shop "one"\n').status == "done"
    printed, _ = processes.start("metrics").communicate(timeout=120)
    assert printed.decode().splitlines()[0].startswith("# HELP wb_keys ")
    document, _ = processes.start("metrics", "--json").communicate(timeout=120)
    assert json.loads(document)["metrics"].startswith("# HELP wb_keys ")
    found = {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(metrics.text(datetime.now(UTC)))
        for sample in family.samples
    }
    assert found["wb_token_days_left", 'shop "one"\n'] in (179, 180)
    assert found["wb_last_import_age_seconds", 'shop "one"\n', "new"] < 600
    assert found["wb_rate_limited_total", "marketplace-api"] == 1
    sent = {place[1]: n for place, n in found.items() if place[0] == "wb_requests_total"}
    assert sum(sent.values()) == shop.world.count()
    assert sum(n for place, n in found.items() if place[0] == "wb_keys") == 1


def test_a_schedule_counts_as_what_the_page_calls_it(database: str, shop: Sandbox) -> None:
    keys = [add_key(shop, f"shop {n}", mint(sid=SELLERS[0], token_id=f"token {n}")) for n in range(4)]
    made = [schedules.save(key.id or 0, "new", every_minutes=60) for key in keys]
    with db.session() as session:
        paused = col(Schedule.id).in_([made[1].id, made[2].id])
        session.connection().execute(update(Schedule).where(paused).values(paused_reason="token_expired"))
        session.commit()
    schedules.switch(made[2].id or 0, False)
    schedules.switch(made[3].id or 0, False)
    with db.session() as session:
        page = timetable.page(session, 10)
        states = [
            one.state for one in schedules.standings(session, [row.schedule for row in page.rows], "ru")
        ]
    assert (page.total, page.running) == (4, 1)
    told = metrics.text(datetime.now(UTC)).splitlines()
    for state, count in Counter(states).items():
        assert f'wb_schedules{{state="{state}"}} {count}.0' in told
    assert Counter(states) == {"on": 1, "paused": 1, "off": 2}


# --- In a worker -----------------------------------------------------------------------------------


def test_a_worker_does_all_of_it(sqlite: str, shop: Sandbox, processes: Processes) -> None:
    with postbox() as mail:
        alerting.add_channel("post", mail.url(), lang="en")
        good = add_key(shop)
        bad = add_key(shop, "bad", mint(token_id="bad", sid=SELLERS[0]))
        shop.world.withdraw("bad")
        for key in (good, bad):
            schedules.save(key.id or 0, "new", every_minutes=5)
        checkups.ask([good.id or 0], datetime.now(UTC))
        with db.session() as session:
            news.ask(session, datetime.now(UTC))
            session.commit()
        processes.worker()
        until(lambda: mail.mails, what="the alert")
        until(lambda: _checked(good), what="the check")
        until(_has_news, what="the news")
    assert "bad" in mail.mails[0].text


def test_a_messenger_that_drips_delays_no_schedule(sqlite: str, shop: Sandbox, processes: Processes) -> None:
    messenger = Dripping(HEAD + b" " * 5000, 1.0)
    try:
        alerting.add_channel("hook", messenger.gateway.replace("http", "json"))
        key = add_key(shop)
        add_key(shop, "bad", mint(token_id="bad", sid=SELLERS[0]))
        shop.world.withdraw("bad")
        assert foreground.run_import("bad").status == "failed"
        processes.worker()
        assert messenger.asked.wait(120)
        schedules.save(key.id or 0, "new", every_minutes=5)
        until(lambda: _runs_of(key), channels.TIMEOUT_S * 0.75, "the import, while the alert is on its way")
    finally:
        messenger.close()


def _runs_of(key: Key) -> Sequence[Run]:
    with db.session() as session:
        return runs.list_runs(session, key)


def _checked(key: Key) -> bool:
    with db.session() as session:
        return not checkups.waiting(session) and bool(capabilities.states(session).get(key.id or 0))


def _has_news() -> bool:
    with db.session() as session:
        return bool(news.board(session).items)
