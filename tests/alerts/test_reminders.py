"""What is still unsolved is told again, as often as the operators want; what was put off stays quiet."""

from __future__ import annotations

from datetime import timedelta

from tests.alerts.test_alerting import channel, mail, now, problem, solve, tell
from tests.smtp import Postbox
from wbcore.alerts import alerting
from wbcore.guidance import checklist
from wbcore.store import db

__all__ = ["mail"]


def remind(hours: int | None) -> None:
    with db.session() as session:
        alerting.set_reminders(session, hours)
        session.commit()


def test_a_reminder_each_day_until_it_is_solved(sqlite: str, mail: Postbox) -> None:
    channel(mail)
    one = problem()
    tell()
    tell(timedelta(days=3))
    assert len(mail.mails) == 1, "nobody has asked for reminders"
    remind(24)
    tell(timedelta(hours=23))
    assert len(mail.mails) == 1
    tell(timedelta(hours=25))
    tell(timedelta(hours=26))
    assert len(mail.mails) == 2
    assert mail.mails[1].subject.startswith("Всё ещё не решено: Токен удалён")
    assert "Началось" in mail.mails[1].text
    solve(one)
    tell(timedelta(hours=60))
    assert mail.mails[2].subject.startswith("Решено: ")
    assert len(mail.mails) == 3
    assert len({one.references for one in mail.mails}) == 1, "all of one problem is one conversation"
    assert mail.mails[0].references


def test_a_message_of_reminders_alone_tells_of_nothing_new(sqlite: str, mail: Postbox) -> None:
    channel(mail)
    for name in ("first", "second"):
        problem(name=name)
    tell()
    remind(24)
    tell(timedelta(hours=25))
    problem(name="third")
    tell(timedelta(hours=50))
    assert mail.subjects() == [
        "WB Desk: новых проблем — 2, решено — 0",
        "WB Desk: всё ещё не решено — 2",
        "WB Desk: новых проблем — 1, всё ещё не решено — 2, решено — 0",
    ]


def test_what_was_put_off_is_not_reminded_of(sqlite: str, mail: Postbox) -> None:
    channel(mail)
    one = problem()
    tell()
    remind(24)
    with db.session() as session:
        checklist.snooze(session, one, now() + timedelta(days=7), "Анна")
        session.commit()
    tell(timedelta(hours=49))
    assert len(mail.mails) == 1
    tell(timedelta(days=8))
    assert len(mail.mails) == 2


def test_what_was_dismissed_is_not_told_to_be_solved(sqlite: str, mail: Postbox) -> None:
    channel(mail)
    one = problem()
    tell()
    with db.session() as session:
        checklist.dismiss(session, one, "Анна", "ключ больше не нужен")
        session.commit()
    tell(timedelta(hours=1))
    assert len(mail.mails) == 1


def channel_with_nights(mail: Postbox) -> None:
    """A channel with quiet hours that begin in an hour, each day, and last for eight."""
    begin, end = now() + timedelta(hours=1), now() + timedelta(hours=9)
    channel(mail, quiet=(f"{begin:%H:%M}", f"{end:%H:%M}"), tz="UTC")


def test_nobody_is_reminded_in_the_morning_of_what_was_solved_at_night(sqlite: str, mail: Postbox) -> None:
    channel_with_nights(mail)
    solved, put_off, left = problem(), problem(name="other"), problem(name="third")
    tell()
    remind(24)
    tell(timedelta(hours=26))
    assert len(mail.mails) == 1, "it is night"
    solve(solved)
    with db.session() as session:
        checklist.snooze(session, put_off, now() + timedelta(days=7), "Анна")
        session.commit()
    tell(timedelta(hours=34))
    told = mail.mails[1].text
    assert told.count("Всё ещё не решено") == 1
    assert told.count("Решено") == 1
    assert f"checklist={left}" in told or "third" in told
    assert "other" not in told


def test_what_is_back_in_the_morning_is_not_told_to_be_solved(sqlite: str, mail: Postbox) -> None:
    channel_with_nights(mail)
    one = problem()
    tell()
    solve(one)
    tell(timedelta(hours=26))
    with db.session() as session:
        checklist.reopen(session, one)
        session.commit()
    tell(timedelta(hours=27))
    tell(timedelta(hours=34))
    assert len(mail.mails) == 2
    assert mail.mails[1].subject.startswith("Проблема: ")
    assert "Решено" not in mail.mails[1].text
