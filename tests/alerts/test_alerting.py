"""Alerts, caught by a real mail server: each problem once when it comes and once when it goes."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import jwt
import pytest
from cryptography.fernet import Fernet
from sqlmodel import select, update

from tests.api.server import Reply, Server
from tests.imports.test_schedules import do
from tests.smtp import Postbox, postbox
from tests.work import add_key, run_chores
from wbcore.alerts import alerting, channels, daily, outbox
from wbcore.alerts.channels import ChannelRefused
from wbcore.api.errors import TokenWithdrawnError, WBUnavailableError
from wbcore.guidance import checklist
from wbcore.guidance.diagnosis import Evidence, from_error
from wbcore.guidance.texts import format_datetime
from wbcore.imports import foreground, schedules
from wbcore.keys import saving
from wbcore.sandbox.server import Sandbox
from wbcore.sandbox.tokens import mint
from wbcore.settings import settings
from wbcore.store import clock, db, sealed
from wbcore.store.models import Alert, AlertChannel, Checklist, DayRule, Key, Lease, Seller
from wbcore.worker import duties

SECRET = "s3cretword"


@pytest.fixture
def mail() -> Iterator[Postbox]:
    with postbox() as box:
        yield box


def now() -> datetime:
    return datetime.now(UTC)


def channel(mail: Postbox, name: str = "post", **options: object) -> AlertChannel:
    return alerting.add_channel(name, mail.url(f"{name}@example.com"), **options)  # type: ignore[arg-type]


def problem(code: str = "token_withdrawn", name: str = "shop", environment: str = "production") -> str:
    """A checklist as an import's failure opens it; its id."""
    errors = {
        "token_withdrawn": TokenWithdrawnError("orders.new", http_status=401),
        "wb_unavailable": WBUnavailableError("orders.new", http_status=503),
    }
    with db.session() as session:
        seller = Seller(sid=name, environment=environment)
        session.add(seller)
        session.flush()
        key = Key(
            name=name,
            seller_id=seller.id or 0,
            environment=environment,
            token_encrypted=b"",
            fingerprint="",
            facts={},
        )
        session.add(key)
        session.flush()
        found = from_error(errors[code], Evidence(key_name=name))
        row = checklist.open_or_update(session, found, key, "a-run")
        session.commit()
        return row.id


def solve(checklist_id: str) -> None:
    with db.session() as session:
        row = session.get(Checklist, checklist_id)
        assert row is not None
        row.closed_at = now()
        session.commit()


def tell(after: timedelta = timedelta()) -> None:
    alerting.work(now() + after)


# --- Once ------------------------------------------------------------------------------------------


def test_from_the_withdrawn_token_to_the_solved_checklist(
    database: str, serve: Callable[..., Sandbox], mail: Postbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    sandbox = serve(orders=3)
    channel(mail)
    monkeypatch.setenv("WB_PUBLIC_URL", "https://desk.example.com/")
    settings.cache_clear()
    key = add_key(sandbox)
    schedules.save(key.id or 0, "new", every_minutes=30)
    sandbox.world.withdraw(jwt.decode(sandbox.tokens["full"], options={"verify_signature": False})["id"])
    assert foreground.run_import("shop").status == "failed"
    for _ in range(3):
        tell()
    (opened,) = mail.mails
    assert opened.to == "post@example.com"
    assert opened.subject == "Проблема: Токен отозван: ключ «shop»"
    assert "Ключ: shop" in opened.text
    with db.session() as session:
        (row,) = checklist.open_checklists(session)
    assert f"https://desk.example.com/?checklist={row.id}" in opened.text
    saving.add_key("shop", mint(token_id=str(uuid4())), replace=True)
    assert foreground.run_import("shop").status == "done"
    for _ in range(3):
        tell()
    assert mail.subjects() == [opened.subject, "Решено: Токен отозван: ключ «shop»"]


@pytest.mark.parametrize("schema", ["json", "xml", "form"])
def test_a_program_knows_a_message_that_comes_twice(sqlite: str, schema: str) -> None:
    """The first answer is lost on its way: whoever sends does not know that it was taken."""
    with Server() as program:
        alerting.add_channel("hook", f"{schema}://127.0.0.1:{program.port}/hook")
        checklist_id = problem()
        program.replies(Reply(fault="drop"))
        tell()
        program.replies(Reply())
        tell(timedelta(hours=1))
        solve(checklist_id)
        tell(timedelta(hours=2))
    *taken, solved = [one.headers.get("idempotency-key", "") for one in program.seen if one.verb == "POST"]
    assert len(taken) >= 2
    assert len(set(taken)) == 1
    assert taken[0] not in ("", solved)
    assert solved


def test_what_comes_back_again_and_again_is_told_each_time(database: str, mail: Postbox) -> None:
    channel(mail)
    checklist_id = problem()
    for _ in range(checklist.PAST_KEPT + 5):
        with db.session() as session:
            outbox.plan(session, now(), alerting.GRACE, ("demo",))
            row = session.get(Checklist, checklist_id)
            assert row is not None
            row.closed_at = now()
            session.add(row)
            session.flush()
            checklist.reopen(session, checklist_id)
            session.commit()
    with db.session() as session:
        outbox.plan(session, now(), alerting.GRACE, ("demo",))
        session.commit()
        told = session.exec(select(Alert.event).where(Alert.checklist_id == checklist_id)).all()
    assert told.count("opened") == 1
    assert sum(event.startswith("opened-") for event in told) == checklist.PAST_KEPT + 5


def test_a_channel_that_was_added_by_a_clock_that_was_ahead_hears_of_problems(
    database: str, mail: Postbox
) -> None:
    channel(mail, now=now() + timedelta(days=100))
    duties.look_around(now())
    problem()
    tell()
    assert len(mail.mails) == 1


def test_what_was_not_taken_while_a_clock_was_ahead_is_sent(database: str, mail: Postbox) -> None:
    channel(mail)
    problem()
    with db.session() as session:
        outbox.plan(session, now(), alerting.GRACE)
        session.connection().execute(update(Alert).values(due_at=now() + timedelta(days=100)))
        session.commit()
    duties.look_around(now())
    tell()
    assert len(mail.mails) == 1


def test_many_workers_send_it_once(database: str, mail: Postbox) -> None:
    channel(mail, "one")
    channel(mail, "two", lang="en")
    ids = [problem(name=f"shop {n}") for n in range(3)]
    start = threading.Barrier(6)

    def worker() -> None:
        start.wait()
        for _ in range(3):
            tell()

    def all_at_once() -> None:
        threads = [threading.Thread(target=worker) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    all_at_once()
    told = "\n".join(m.text for m in mail.mails if m.to == "one@example.com")
    assert [told.count(f"Ключ: shop {n}") for n in range(3)] == [1, 1, 1]
    english = "\n".join(m.text for m in mail.mails if m.to == "two@example.com")
    assert [english.count(f"Key: shop {n}") for n in range(3)] == [1, 1, 1]
    mail.mails.clear()
    for one in ids:
        solve(one)
    all_at_once()
    told = "\n".join(m.text for m in mail.mails)
    assert (told.count("Решено:"), told.count("Solved:")) == (3, 3)


def test_a_crowd_of_problems_is_one_message(sqlite: str, mail: Postbox) -> None:
    channel(mail)
    for n in range(30):
        problem(name=f"shop {n}")
    tell()
    (only,) = mail.mails
    assert only.subject == "WB Desk: новых проблем — 30, решено — 0"
    assert only.text.count("Ключ: shop") == alerting.LISTED
    assert "И ещё 10 проблем." in only.text


def test_problems_from_before_the_channel_are_not_told(sqlite: str, mail: Postbox) -> None:
    problem()
    channel(mail)
    tell()
    assert mail.mails == []


def test_nobody_is_woken_by_the_learning_cabinet(sqlite: str, mail: Postbox) -> None:
    channel(mail)
    problem(environment="demo")
    tell()
    assert mail.mails == []


def test_what_may_pass_is_told_only_when_it_lasts(sqlite: str, mail: Postbox) -> None:
    channel(mail)
    passing = problem("wb_unavailable", "brief")
    lasting = problem("wb_unavailable", "long", environment="test")
    tell()
    solve(passing)
    tell(timedelta(minutes=11))
    assert [("brief" in m.text, "long" in m.text) for m in mail.mails] == [(False, True)]
    solve(lasting)
    tell(timedelta(minutes=12))
    assert len(mail.mails) == 2, "what was never told is never told to be solved"


def test_a_paused_schedule_is_told(database: str, serve: Callable[..., Sandbox], mail: Postbox) -> None:
    sandbox = serve(orders=3)
    channel(mail, lang="en")
    key = add_key(sandbox)
    schedules.save(key.id or 0, "new", every_minutes=30)
    sandbox.world.withdraw(jwt.decode(sandbox.tokens["full"], options={"verify_signature": False})["id"])
    (run,) = schedules.work(now())
    do(run)
    run_chores(now())
    (told,) = mail.mails
    assert "Schedule paused: New orders (FBS)." in told.text


def test_a_token_that_ends_soon_is_told_without_a_request(
    database: str, serve: Callable[..., Sandbox], mail: Postbox
) -> None:
    sandbox = serve(orders=3)
    channel(mail, lang="en")
    add_key(sandbox, token=mint(expires=now() + timedelta(days=29), token_id=str(uuid4())))
    before = sandbox.world.count()
    run_chores(now())
    run_chores(now() + timedelta(hours=2))
    assert sandbox.world.count() == before
    assert len(mail.mails) == 1
    assert "shop" in mail.mails[0].text
    saving.add_key("shop", mint(token_id=str(uuid4())), replace=True)
    run_chores(now() + timedelta(hours=4))
    assert [s.partition(":")[0] for s in mail.subjects()] == ["Problem", "Solved"]


# --- Quiet hours -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("at", "until"),
    [
        ("2026-11-23T21:59+03:00", None),
        ("2026-11-23T22:00+03:00", "2026-11-24T08:00+03:00"),
        ("2026-11-24T03:00+03:00", "2026-11-24T08:00+03:00"),
        ("2026-11-24T08:00+03:00", None),
    ],
)
def test_quiet_hours_reach_over_midnight(at: str, until: str | None) -> None:
    one = AlertChannel(name="x", url_encrypted=b"", shown="", quiet_from="22:00", quiet_to="08:00")
    expected = None if until is None else datetime.fromisoformat(until)
    assert outbox.quiet_until(one, datetime.fromisoformat(at)) == expected


@pytest.mark.parametrize(
    ("at", "until"),
    [
        ("2026-10-25T02:15+02:00", "2026-10-25T02:30+02:00"),
        ("2026-10-25T02:45+02:00", None),
        ("2026-10-25T02:15+01:00", "2026-10-25T02:30+01:00"),
        ("2026-10-25T02:30+01:00", None),
        ("2026-10-25T23:00+01:00", "2026-10-26T02:30+01:00"),
    ],
)
def test_quiet_hours_that_end_twice_when_clocks_are_set_back_last_no_day_longer(
    at: str, until: str | None
) -> None:
    hours = {"quiet_from": "22:00", "quiet_to": "02:30", "tz": "Europe/Berlin"}
    expected, moment = until and datetime.fromisoformat(until), datetime.fromisoformat(at)
    assert (
        outbox.quiet_until(AlertChannel(name="x", url_encrypted=b"", shown="", **hours), moment) == expected
    )
    rule = DayRule(seller_id=1, since=moment, news_to=moment, **hours)
    assert daily.quiet_until(rule, moment) == expected


def test_an_alert_tells_the_time_of_the_zone_that_its_channel_was_made_in(sqlite: str, mail: Postbox) -> None:
    channel(mail, tz="Asia/Vladivostok")
    row_id = problem()
    tell()
    (letter,) = mail.mails
    with db.session() as session:
        row = session.get(Checklist, row_id)
        assert row is not None
        there = format_datetime("ru", row.opened_at, ZoneInfo("Asia/Vladivostok"))
    assert f"Началось {there}" in letter.text


def test_in_quiet_hours_alerts_are_held_until_their_end(database: str, mail: Postbox) -> None:
    moment = now()
    begin, end = moment - timedelta(hours=1), moment + timedelta(hours=2)
    channel(mail, quiet=(f"{begin:%H:%M}", f"{end:%H:%M}"), tz="UTC")
    first = problem(name="first")
    problem(name="second")
    tell()
    tell(timedelta(hours=1))
    assert mail.mails == []
    solve(first)
    tell(timedelta(hours=2, minutes=1))
    (only,) = mail.mails
    assert "second" in only.text
    assert "first" not in only.text


# --- Channels that fail ----------------------------------------------------------------------------


def test_a_refused_message_is_tried_again_and_its_reason_shown(sqlite: str, mail: Postbox) -> None:
    one = channel(mail)
    problem()
    moment = now()
    mail.refuse = "554 no"
    for seconds in (0, 30):
        alerting.work(moment + timedelta(seconds=seconds))
    with db.session() as session:
        (row,) = session.exec(select(Alert)).all()
        shown = outbox.get_channel(session, one.id or 0)
    assert (row.status, row.attempts) == ("pending", 1)
    assert shown is not None
    assert shown.error
    assert alerting.error_text("ru", shown.error)
    mail.refuse = ""
    alerting.work(moment + timedelta(seconds=62))
    assert len(mail.mails) == 1
    with db.session() as session:
        shown = outbox.get_channel(session, one.id or 0)
    assert shown is not None
    assert shown.error == ""


def test_what_a_service_refuses_for_good_is_given_up_and_holds_nothing_up(sqlite: str, mail: Postbox) -> None:
    channel(mail)
    problem()
    mail.refuse = "554 no"
    moment = now()
    for pause in (timedelta(), *alerting.AGAIN):
        moment += pause
        alerting.work(moment)
    mail.refuse = ""
    alerting.work(moment + timedelta(days=1))
    assert mail.mails == []
    with db.session() as session:
        (given_up,) = session.exec(select(Alert)).all()
    assert (given_up.status, given_up.attempts) == ("failed", 1 + len(alerting.AGAIN))
    problem(name="second")
    alerting.work(moment + timedelta(days=1, minutes=1))
    assert len(mail.mails) == 1


def test_a_new_problem_is_not_given_up_with_one_that_was_tried_long(sqlite: str, mail: Postbox) -> None:
    """Both are in one message: how often the new one was tried says when that is sent again."""
    channel(mail)
    problem()
    mail.refuse = "554 no"
    moment = now()
    for pause in (timedelta(), *alerting.AGAIN[:-1]):
        moment += pause
        alerting.work(moment)
    problem(name="second")
    moment += alerting.AGAIN[-1]
    alerting.work(moment)
    mail.refuse = ""
    alerting.work(moment + timedelta(minutes=2))
    assert [one.text.count("Ключ: second") for one in mail.mails] == [1]


def test_a_worker_that_died_while_sending_loses_no_alert(sqlite: str, mail: Postbox) -> None:
    one = channel(mail)
    problem()
    with db.session() as session:
        outbox.plan(session, now(), {})
        assert outbox.take(session, one.id or 0, "the dead one", now()) is not None
        session.commit()
    tell()
    assert mail.mails == []
    with db.session() as session:  # ten minutes by the database's clock
        session.connection().execute(update(Lease).values(until=clock.moment(-1)))
        session.commit()
    tell()
    assert len(mail.mails) == 1


def test_the_test_button(sqlite: str, mail: Postbox) -> None:
    one = channel(mail)
    assert alerting.test_channel(one.id or 0) == ""
    assert mail.subjects() == ["WB Desk: проверка"]
    mail.refuse = "554 no"
    assert alerting.test_channel(one.id or 0) != ""


def test_nobody_listens_there(sqlite: str) -> None:
    assert alerting.test_address("json://127.0.0.1:9/hook", "en") == "unreachable"


# --- Addresses are secrets -------------------------------------------------------------------------


def test_the_address_is_nowhere_to_be_read(
    sqlite: str, mail: Postbox, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    url = f"json://user:{SECRET}@127.0.0.1:9/{SECRET}"
    one = alerting.add_channel("hook", url)
    problem()
    tell()
    assert alerting.test_channel(one.id or 0) == "unreachable"
    with pytest.raises(ChannelRefused) as caught:
        alerting.add_channel("bad", f"exec://{SECRET}")
    told = caplog.text + "".join(capfd.readouterr()) + repr(caught.value) + repr(one) + one.shown
    assert SECRET not in told
    for file in settings().folder.rglob("*"):
        if file.is_file():
            assert SECRET.encode() not in file.read_bytes(), file
    assert one.shown == "json://•••"


def test_a_new_secret_key_takes_the_addresses_along(
    sqlite: str, mail: Postbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    set_secret(monkeypatch, old)
    one = channel(mail)
    set_secret(monkeypatch, f"{new},{old}")
    assert sealed.rotate().renewed == 1
    set_secret(monkeypatch, new)
    assert alerting.test_channel(one.id or 0) == ""


def set_secret(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("WB_SECRET_KEY", value)
    settings.cache_clear()


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("", "unreadable"),
        ("not an address", "unreadable"),
        ("mailto://", "unreadable"),
        ("https://example.com/anything", "unreadable"),
        ("syslog://", "forbidden"),
        ("dbus://", "forbidden"),
        ("file:///etc/passwd", "forbidden"),
        ("exec://rm", "forbidden"),
        ("windows://", "forbidden"),
        ("fcm://project/device?keyfile=/etc/passwd", "forbidden"),
        ("slack://a/b/c?template=/etc/passwd", "local"),
        ("mailto://me:pw@example.com?pgp=yes&pgpkey=/etc/key", "local"),
        ("json://host/x?y=file:///etc/passwd", "local"),
    ],
)
def test_only_services_that_carry_messages_are_taken(sqlite: str, url: str, code: str) -> None:
    with pytest.raises(ChannelRefused) as caught:
        alerting.add_channel("x", url)
    assert caught.value.code == code
    for lang in ("ru", "en"):
        assert alerting.error_text(lang, code)
    with db.session() as session:
        assert outbox.list_channels(session) == []


@pytest.mark.parametrize(
    "url",
    [
        "tgram://123456789:AAabcdefghijklmnopqrstuvwxyz012345678/987654",
        "mailtos://me:pw@mail.example.com?to=you@example.com",
        "ntfys://ntfy.example.com/topic",
        "ntfys://ntfy.example.com/topic?tags=warning&token=tk_abc&priority=high",
        "mailtos://me:pw@mail.example.com?to=you@example.com&cc=we@example.com&mode=starttls&format=text",
        "tgram://123456789:AAabcdefghijklmnopqrstuvwxyz012345678/987654?topic=5&silent=yes",
        "discord://123456789012345678/abcdefghijklmnopqrstuvwxyz?thread=123&footer=no",
        "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ?channel=orders&image=no",
        "matrixs://me:pw@chat.example.com/?room=!orders:example.com",
        "pover://uuuuuuuuuuuuuuuuuuuuuuuuuuuuuu@aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa?device=phone&sound=siren",
        "jsons://desk.example.com/hook",
    ],
)
def test_usual_addresses_are_taken(url: str) -> None:
    assert channels.check(url) == url.partition(":")[0] + "://•••"
