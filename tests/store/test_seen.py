"""What was read is kept until somebody writes, whoever that is; and told to nobody who may not know it."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait

import pytest
from sqlalchemy import create_engine, text
from sqlmodel import Session, select

from tests.conftest import Postgres
from wbcore.settings import settings
from wbcore.store import db, seen, visibility
from wbcore.store.models import Seller
from wbcore.store.visibility import Sight

ELSEWHERE = """
from wbcore.store import db
from wbcore.store.models import Seller
with db.session() as session:
    session.add(Seller(sid="of-another-process", environment="production", name="Другой"))
    session.commit()
"""


class Asked:
    """A question that counts how often it reaches the database."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self, session: Session) -> list[str]:
        self.times += 1
        return sorted(one.sid for one in session.exec(select(Seller)))


@pytest.fixture
def asked(database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Asked]:
    monkeypatch.setattr(db, "WATCH_WAIT_S", 60)  # a busy server is there all the same
    add("first")
    seen.forget()
    yield Asked()
    seen.forget()


def add(sid: str) -> int:
    with db.session() as session:
        row = Seller(sid=sid, environment="production", name=sid)
        session.add(row)
        session.commit()
        return row.id or 0


def test_a_question_is_asked_once_and_again_after_somebody_has_written(asked: Asked) -> None:
    assert [seen.read(asked, "sellers") for _ in range(3)] == [["first"]] * 3
    assert asked.times == 1
    add("second")
    assert seen.read(asked, "sellers") == ["first", "second"]


class Clock:
    """Stands still until it is told."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(asked: Asked, monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(seen, "time", made)
    return made


def write_elsewhere(sid: str) -> None:
    """As another process does: through a connection that this program's sessions know nothing of."""
    elsewhere = create_engine(settings().database)
    with elsewhere.begin() as connection:
        row = "INSERT INTO seller (sid, environment, name, trade_mark) VALUES (:sid, 'production', '', '')"
        connection.execute(text(row), {"sid": sid})
    elsewhere.dispose()


def test_where_nobody_writes_what_was_read_is_kept(asked: Asked, clock: Clock) -> None:
    for _ in range(5):
        assert seen.read(asked, "sellers") == ["first"]
        clock.now += 10 * seen.LATE_S
    assert asked.times == 1


def test_what_another_process_writes_is_seen_at_once_where_it_was_quiet_before(
    asked: Asked, clock: Clock
) -> None:
    assert seen.read(asked, "sellers") == ["first"]
    clock.now += seen.LATE_S
    subprocess.run([sys.executable, "-c", ELSEWHERE], check=True)
    assert seen.read(asked, "sellers") == ["first", "of-another-process"]


def test_others_that_write_all_the_time_are_looked_at_once_in_a_while(asked: Asked, clock: Clock) -> None:
    told = []
    for number in range(10):
        write_elsewhere(f"other-{number}")
        told.append(len(seen.read(asked, "sellers")))
        clock.now += seen.LATE_S / 5
    assert told == [2] * 5 + [7] * 5
    assert asked.times == 2


def test_what_this_process_writes_is_seen_at_once_whatever_others_write(asked: Asked, clock: Clock) -> None:
    assert seen.read(asked, "sellers") == ["first"]
    write_elsewhere("other")
    assert seen.read(asked, "sellers") == ["first"]
    add("second")
    assert seen.read(asked, "sellers") == ["first", "other", "second"]


def test_whoever_has_noticed_an_end_sees_nothing_from_before_it(asked: Asked, clock: Clock) -> None:
    assert seen.read(asked, "sellers") == ["first"]
    write_elsewhere("other")
    seen.look_again()
    assert seen.read(asked, "sellers") == ["first", "other"]


def test_who_looks_again_is_told_again_what_nobody_has_changed(asked: Asked, clock: Clock) -> None:
    for _ in range(3):
        assert seen.read(asked, "sellers") == ["first"]
        seen.look_again()
    assert asked.times == 1


def test_what_was_being_read_while_somebody_wrote_is_not_kept(asked: Asked, clock: Clock) -> None:
    def slow(session: Session) -> list[str]:
        found = asked(session)
        add("meanwhile")
        return found

    assert seen.read(slow, "sellers") == ["first"]
    assert seen.read(asked, "sellers") == ["first", "meanwhile"]


def test_the_same_question_of_several_at_once_is_asked_once(asked: Asked, clock: Clock) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def slow(session: Session) -> list[str]:
        begun.set()
        assert go_on.wait(120)
        return asked(session)

    with ThreadPoolExecutor(3) as operators:
        first = operators.submit(seen.read, slow, "sellers")
        assert begun.wait(120)
        others = [operators.submit(seen.read, asked, "sellers") for _ in range(2)]
        assert not wait(others, 0.2).done
        go_on.set()
        assert [one.result(120) for one in (first, *others)] == [["first"]] * 3
    assert asked.times == 1


def test_a_failure_is_told_to_whom_it_happens_and_is_not_kept(asked: Asked, clock: Clock) -> None:
    def failing(session: Session) -> list[str]:
        raise LookupError

    with pytest.raises(LookupError):
        seen.read(failing, "sellers")
    assert seen.read(asked, "sellers") == ["first"]


def test_what_was_rolled_back_was_not_written(asked: Asked) -> None:
    seen.read(asked, "sellers")
    with db.session() as session:
        session.add(Seller(sid="never", environment="production", name="Никогда"))
        session.flush()
    assert seen.read(asked, "sellers") == ["first"]


def test_whoever_sees_only_some_sellers_is_not_told_what_others_have_read(
    asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    second = add("second")
    assert seen.read(asked, "sellers") == ["first", "second"]
    monkeypatch.setattr(visibility, "current", lambda: Sight(frozenset({second})))
    assert seen.read(asked, "sellers") == ["second"]


def test_another_database_has_answers_of_its_own(
    asked: Asked, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    assert seen.read(asked, "sellers") == ["first"]
    monkeypatch.delenv("WB_DATABASE_URL", raising=False)
    monkeypatch.setenv("WB_DATA_DIR", str(tmp_path_factory.mktemp("other")))
    settings.cache_clear()
    db.prepare()
    assert seen.read(asked, "sellers") == []


@pytest.mark.postgres
@pytest.mark.parametrize("database", ["postgres"], indirect=True)
def test_a_server_that_has_closed_its_connections_is_asked_by_new_ones(
    asked: Asked, clock: Clock, postgres: Postgres
) -> None:
    assert seen.read(asked, "sellers") == ["first"]
    postgres.run(
        f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = '{db.APPLICATION}'"
    )
    write_elsewhere("other")
    told = []
    for _ in range(4):
        clock.now += seen.LATE_S
        told.append(seen.read(asked, "sellers"))
    assert told == [["first", "other"]] * 4
    assert asked.times == 3, "once anew when it was closed, once with the new one"


def test_a_database_that_is_not_there_yet_is_not_made_by_looking(data_dir: object) -> None:
    assert db.version() is None
    assert not settings().data_dir.joinpath("wb-desk.sqlite").exists()


def test_only_so_many_answers_are_kept(asked: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seen, "MOST", 3)
    for number in range(10):
        seen.read(asked, "sellers", number)
    assert seen._kept is not None
    assert len(seen._kept.answers) <= 3
