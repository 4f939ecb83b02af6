"""A lease: one holder at a time, by the database's clock, whatever clocks the processes have."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from sqlalchemy import update
from sqlmodel import select

from tests.store.together import at_once, contend
from tests.work import until
from wbcore.store import clock, db, lease, presence, workers
from wbcore.store.models import Lease, Worker

ROOT = Path(__file__).resolve().parents[2]


def take(name: str, holder: str, seconds: float = 60.0) -> bool:
    with db.session() as session:
        mine = lease.take(session, name, holder, seconds)
        session.commit()
    return mine


def is_held(name: str) -> bool:
    with db.session() as session:
        return lease.is_held(session, name)


def end(name: str) -> None:
    """As time does."""
    with db.session() as session:
        session.connection().execute(update(Lease).where(Lease.name == name).values(until=clock.moment(-1)))  # type: ignore[arg-type]
        session.commit()


def test_one_holder_at_a_time(database: str) -> None:
    assert take("alerts", "one")
    assert not take("alerts", "two")
    assert take("checks", "two"), "another name is another lease"
    assert take("alerts", "one"), "who has it may prolong it"
    with db.session() as session:
        lease.give_back(session, "alerts", "two")
        session.commit()
    assert not take("alerts", "two"), "nobody gives back what he does not have"
    with db.session() as session:
        lease.give_back(session, "alerts", "one")
        session.commit()
    assert take("alerts", "two")


def test_what_a_dead_process_holds_ends_by_itself(database: str) -> None:
    assert take("alerts", "dead")
    assert is_held("alerts")
    end("alerts")
    assert not is_held("alerts"), "nobody is told that it is still being done"
    assert take("alerts", "alive")
    assert not take("alerts", "dead"), "it wakes up, and it is not its any more"


@pytest.mark.parametrize("wrong", [timedelta(days=-400), timedelta(hours=5)])
def test_a_wrong_clock_neither_gives_nor_takes_a_lease(database: str, wrong: timedelta) -> None:
    assert take("alerts", "right")
    with time_machine.travel(datetime.now(UTC) + wrong):
        assert not take("alerts", "wrong")
        assert take("checks", "wrong")
    assert not take("checks", "right"), "it was taken for a minute of the database's"
    end("checks")
    assert take("checks", "right")


def test_of_two_processes_each_lease_has_one_holder(database: str) -> None:
    counts = at_once(contend, ["one", "two"])
    assert sum(counts) == 100, counts


def test_the_databases_clock_is_a_clock(database: str) -> None:
    with db.session() as session:
        first, later = clock.now(session), clock.now(session)
    assert first.tzinfo is not None
    assert first <= later
    assert abs(first - datetime.now(UTC)) < timedelta(minutes=5)


# --- Heartbeats ------------------------------------------------------------------------------------


def beat(worker: str) -> None:
    with db.session() as session:
        workers.heartbeat(session, worker)
        session.commit()


def alive() -> list[str]:
    with db.session() as session:
        return [row.id for row in workers.alive(session)]


def change(worker: str, **values: object) -> None:
    with db.session() as session:
        session.connection().execute(update(Worker).where(Worker.id == worker).values(**values))  # type: ignore[arg-type]
        session.commit()


def test_a_process_is_alive_while_its_heart_beats(database: str) -> None:
    beat("a")
    beat("b")
    assert alive() == ["a", "b"]
    change("b", heartbeat_at=clock.moment(-31))
    assert alive() == ["a"]
    beat("b")
    with db.session() as session:
        workers.remove(session, "a")
        session.commit()
    assert alive() == ["b"]


def test_a_process_goes_on_beating_until_it_leaves(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(presence, "HEARTBEAT_S", 0.02)
    with presence.presence("a"):
        assert alive() == ["a"]
        change("a", heartbeat_at=clock.moment(-31))
        until(lambda: alive() == ["a"], what="the next beat")
    assert alive() == [], "at once, not when its last beat is old"


def test_who_has_said_nothing_for_a_day_is_forgotten(database: str) -> None:
    for worker, seconds in (("alive", 0), ("asleep", 80_000), ("gone", 90_000)):
        beat(worker)
        change(worker, heartbeat_at=clock.moment(-seconds))
    with db.session() as session:
        assert workers.forget_old(session) == 1
        session.commit()
        assert set(session.exec(select(Worker.id))) == {"alive", "asleep"}


@pytest.mark.parametrize("wrong", [timedelta(hours=-3), timedelta(hours=3)])
def test_machines_whose_clocks_differ_see_each_other(database: str, wrong: timedelta) -> None:
    with time_machine.travel(datetime.now(UTC) + wrong):
        beat("far")
    assert alive() == ["far"]
    with time_machine.travel(datetime.now(UTC) + wrong):
        assert alive() == ["far"]


def test_a_container_of_the_same_name_is_another_place(sqlite: str, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    beat("here")
    change("here", pid=gone.pid)
    assert alive() == [], "no such process at this place"
    workers.place.cache_clear()
    monkeypatch.setattr(os, "readlink", lambda _path: "pid:[1]")
    assert alive() == ["here"], "what its process ids mean is not known elsewhere: its heartbeat counts"
    workers.place.cache_clear()


def test_where_there_is_no_proc_a_machine_is_told_by_its_hardware(
    sqlite: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """macOS: two machines of one name are two, and a process that has gone is noticed all the same."""

    def nothing(*_: object, **__: object) -> str:
        raise FileNotFoundError("/proc")

    monkeypatch.setattr(Path, "read_text", nothing)
    places = []
    for hardware in (1, 2):
        workers.place.cache_clear()
        monkeypatch.setattr(workers, "getnode", lambda number=hardware: number)
        places.append(workers.place())
    assert places[0] != places[1]
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    beat("here")
    assert alive() == ["here"]
    change("here", pid=gone.pid)
    assert alive() == []
    workers.place.cache_clear()


def test_where_a_signal_would_end_the_process_none_is_sent(
    sqlite: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Windows' ``kill`` with 0 ends a process."""
    beat("here")

    def never(pid: int, signal: int) -> None:
        raise AssertionError("a process was killed")

    monkeypatch.setattr(workers.os, "name", "nt")
    monkeypatch.setattr(workers.os, "kill", never)
    assert alive() == ["here"]
