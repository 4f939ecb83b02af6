"""Files that users ask for: made by a worker, taken by nobody else, gone after their time."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, BinaryIO
from zoneinfo import ZoneInfo

import pytest
import time_machine
from sqlalchemy import event
from sqlmodel import Session, select, update

from tests.orders.samples import make_seller, order, write
from tests.people.house import ROOT, House, dashboard, furnish, inside
from wbcore.orders import parcel
from wbcore.orders.filters import OrderFilters
from wbcore.orders.profiles import Profile
from wbcore.people import audit, takeaway, users
from wbcore.people.actor import Actor, NotAllowed
from wbcore.store import db
from wbcore.store.models import User, UserFile, UserSeller, utc_now
from wbcore.worker.duties import MAKERS

CSV = Profile(("number", "article"), form="csv")
UTC = ZoneInfo("UTC")


def work() -> None:
    takeaway.work(MAKERS, threading.Event())


def ask(actor: Actor, asked: OrderFilters | None = None) -> UserFile:
    with db.session() as session:
        row = parcel.ask(session, actor, asked or OrderFilters(), CSV, "ru", UTC)
        session.commit()
        return row


def state_of(row: UserFile) -> UserFile | None:
    with db.session() as session:
        return session.get(UserFile, row.id)


def actor(name: str, role: str = "viewer", sellers: frozenset[int] | None = None) -> Actor:
    with db.session() as session:
        user = users.add(session, name, role, "long enough", sellers=sellers)
        session.commit()
        return Actor(user.id, name, role, sellers, origin="10.0.0.7")


def sell(session: Session, first: int, sid: str) -> int:
    seller_id = make_seller(session, sid)
    write(session, seller_id, [order(first + n, article=f"{sid}-{n}") for n in range(3)], source="new")
    session.commit()
    return seller_id


@pytest.fixture
def sellers(database: str) -> tuple[int, int]:
    with db.session() as session:
        return sell(session, 0, "ours"), sell(session, 100, "theirs")


def test_a_file_is_made_by_a_worker_and_is_for_its_user_alone(sellers: tuple[int, int]) -> None:
    vera = actor("Вера")
    row = ask(vera)
    assert (row.state, takeaway.path_of(row).exists()) == ("queued", False)
    work()
    made = state_of(row)
    assert made is not None
    assert (made.state, made.rows) == ("ready", 6)
    path = takeaway.path_of(row)
    assert made.size == path.stat().st_size
    assert "ours-0" in path.read_text("utf-8-sig")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    with db.session() as session:
        assert [(e.who, e.origin) for e in audit.latest(session) if e.action == "orders_exported"] == [
            ("Вера", "10.0.0.7")
        ]


def test_nobody_else_takes_or_drops_it(sellers: tuple[int, int]) -> None:
    vera, oleg = actor("Вера"), actor("Олег", "owner")
    row = ask(vera)
    work()
    with db.session() as session:
        for other in (oleg, Actor.machine("dashboard")):
            assert takeaway.to_take(session, other, row.id) is None
            assert takeaway.of(session, other) == []
            takeaway.drop(session, other, row.id)
        session.commit()
        taken = takeaway.to_take(session, vera, row.id)
        session.commit()
        assert taken is not None
        assert [e.who for e in audit.latest(session) if e.action == "file_taken"] == ["Вера"]


def test_an_address_that_no_database_takes_leads_to_no_file(sellers: tuple[int, int]) -> None:
    with db.session() as session:
        assert takeaway.to_take(session, actor("Вера"), "a\0b") is None


def test_a_limited_user_gets_their_sellers_and_loses_the_file_with_the_seller(
    sellers: tuple[int, int],
) -> None:
    ours, theirs = sellers
    olga = actor("Ольга", "operator", frozenset({ours}))
    row = ask(olga, OrderFilters(seller_ids=(ours, theirs)))
    work()
    made = state_of(row)
    assert made is not None
    text = takeaway.path_of(row).read_text("utf-8-sig")
    assert ("ours-0" in text, "theirs" in text, made.sellers) == (True, False, [ours])
    with db.session() as session:
        assert takeaway.to_take(session, olga, row.id) is not None
        moved = Actor(olga.user_id, olga.name, olga.role, frozenset({theirs}))
        assert takeaway.to_take(session, moved, row.id) is None


def test_who_is_limited_while_it_waits_gets_what_they_may_see_now(sellers: tuple[int, int]) -> None:
    ours, theirs = sellers
    vera = actor("Вера")
    actor("Олег", sellers=frozenset({theirs}))
    row = ask(vera)
    with db.session() as session:
        session.exec(update(User).where(User.id == vera.user_id).values(limited=True))
        session.add(UserSeller(user_id=vera.user_id, seller_id=ours))
        session.commit()
    work()
    assert "theirs" not in takeaway.path_of(row).read_text("utf-8-sig")


def test_it_goes_after_its_time(sellers: tuple[int, int]) -> None:
    vera = actor("Вера")
    row = ask(vera)
    work()
    path = takeaway.path_of(row)
    (path.parent / "left-by-a-worker").write_bytes(b"x")
    assert takeaway.sweep(utc_now()) == 0
    assert [file.name for file in path.parent.iterdir() if file.name[0] != "."] == [path.name]
    with db.session() as session:
        session.exec(update(UserFile).values(expires_at=utc_now() - timedelta(seconds=1)))
        session.commit()
        assert takeaway.to_take(session, vera, row.id) is None
        assert takeaway.of(session, vera) == []
    assert takeaway.sweep(utc_now()) == 1
    assert not path.exists()
    assert state_of(row) is None


def test_a_removed_users_files_go_with_them(sellers: tuple[int, int]) -> None:
    vera = actor("Вера")
    actor("Анна", "owner")
    row, waiting = ask(vera), ask(vera)
    with db.session() as session:
        session.exec(update(UserFile).where(UserFile.id == waiting.id).values(state="held"))
        session.commit()
    work()
    with db.session() as session:
        user = users.find(session, "Вера")
        assert user is not None
        users.remove(session, user)
        session.commit()
        assert session.exec(select(UserFile)).all() == []
    takeaway.sweep(utc_now())
    assert not takeaway.path_of(row).exists()


def test_what_is_cancelled_while_it_is_made_leaves_nothing(
    sellers: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(takeaway, "LIVE_S", 0.0)
    vera = actor("Вера")
    row = ask(vera)
    there: list[bool] = []

    def cancelled(session: Session, wish: object, file: object, by: Actor, on_rows: takeaway.OnRows) -> int:
        on_rows(10)
        found = state_of(row)
        assert found is not None
        there.append((found.state, found.rows) == ("making", 10))
        with db.session() as other:
            takeaway.drop(other, vera, row.id)
            other.commit()
        on_rows(20)
        return 20

    takeaway.work({parcel.KIND: cancelled}, threading.Event())
    assert there == [True]
    assert state_of(row) is None
    assert not takeaway.path_of(row).exists()


def test_a_worker_that_ends_leaves_it_to_the_next(
    sellers: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(takeaway, "LIVE_S", 0.0)
    row, stopping = ask(actor("Вера")), threading.Event()

    def ends(session: Session, wish: object, file: object, by: Actor, on_rows: takeaway.OnRows) -> int:
        stopping.set()
        on_rows(10)
        return 10

    takeaway.work({parcel.KIND: ends}, stopping)
    assert (found := state_of(row)) is not None
    assert found.state == "queued"
    with db.session() as session:  # killed: it says it is made, and nobody makes it
        session.exec(update(UserFile).values(state="making", changed_at=utc_now()))
        session.commit()
    takeaway.path_of(row).write_bytes(b"half a file")
    work()
    assert (found := state_of(row)) is not None
    assert found.state == "making"
    with db.session() as session:
        session.exec(update(UserFile).values(changed_at=utc_now() - takeaway.DEAD * 2))
        session.commit()
    work()
    assert (found := state_of(row)) is not None
    assert (found.state, found.rows) == ("ready", 6)


@pytest.mark.parametrize("apart", [timedelta(hours=2), timedelta(hours=-2)], ids=["ahead", "behind"])
def test_a_machine_with_another_clock_takes_nothing_that_is_made(
    sellers: tuple[int, int], apart: timedelta
) -> None:
    row = ask(actor("Вера"))

    def slow(session: Session, wish: object, file: BinaryIO, by: Actor, on_rows: object) -> int:
        with time_machine.travel(utc_now() + apart):
            work()  # of the other machine
        file.write(b"of the first")
        return 1

    takeaway.work({parcel.KIND: slow}, threading.Event())
    assert (found := state_of(row)) is not None
    assert (found.state, found.rows) == ("ready", 1)
    assert takeaway.path_of(row).read_bytes() == b"of the first"


def test_a_file_that_was_begun_before_the_clock_was_set_back_does_not_wait_for_that_time(
    sellers: tuple[int, int],
) -> None:
    row = ask(actor("Вера"))
    with db.session() as session:
        session.exec(update(UserFile).values(state="making", changed_at=utc_now() + timedelta(hours=2)))
        session.commit()
    work()
    assert (found := state_of(row)) is not None
    assert (found.state, found.rows) == ("ready", 6)


DIES = """
import os, signal, threading
from wbcore.people import takeaway

def writes_half(session, wish, file, by, on_rows):
    file.write(b"half a file")
    file.flush()
    os.kill(os.getpid(), signal.SIGKILL)

takeaway.work({"KIND": writes_half}, threading.Event())
"""


def test_a_worker_that_is_killed_over_it_leaves_no_half_file(
    sellers: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    vera = actor("Вера")
    row = ask(vera)
    ended = subprocess.run(
        [sys.executable, "-c", DIES.replace("KIND", row.kind)], cwd=ROOT, check=False, env={**os.environ}
    )
    assert ended.returncode == -signal.SIGKILL
    path = takeaway.path_of(row)
    assert path.read_bytes() == b"half a file"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with db.session() as session:
        assert takeaway.to_take(session, vera, row.id) is None
    work()
    assert path.read_bytes() == b"half a file", "nobody knows yet that it is dead"
    monkeypatch.setattr(takeaway, "DEAD", timedelta(0))
    work()
    assert (found := state_of(row)) is not None
    assert (found.state, found.rows) == ("ready", 6)
    assert b"half" not in path.read_bytes()


def test_a_worker_that_was_taken_for_dead_spoils_nothing_of_the_next_one(sellers: tuple[int, int]) -> None:
    """Its machine slept for an hour, or its first row took so long."""
    row = ask(actor("Вера"))
    begun, asleep = threading.Event(), threading.Event()

    def sleeps(session: Session, wish: object, file: BinaryIO, by: Actor, on_rows: object) -> int:
        file.write(b"of the first")
        begun.set()
        asleep.wait(60)
        return 1

    first = threading.Thread(
        target=takeaway.work, args=({parcel.KIND: sleeps}, threading.Event()), daemon=True
    )

    def goes_on(session: Session, wish: object, file: BinaryIO, by: Actor, on_rows: object) -> int:
        file.write(b"half of ")
        file.flush()
        asleep.set()
        first.join(60)
        assert (found := state_of(row)) is not None
        assert found.state == "making", "half of it is not the file"
        file.write(b"the second")
        return 2

    first.start()
    assert begun.wait(60)
    with db.session() as session:
        session.exec(update(UserFile).values(changed_at=utc_now() - takeaway.DEAD * 2))
        session.commit()
    takeaway.work({parcel.KIND: goes_on}, threading.Event())
    assert (found := state_of(row)) is not None
    assert (found.state, found.rows) == ("ready", 2)
    assert takeaway.path_of(row).read_bytes() == b"half of the second"


def test_a_full_disk_is_told_and_leaves_nothing(sellers: tuple[int, int]) -> None:
    folder = takeaway.path_of(UserFile(id="x")).parent
    options = ["-t", "tmpfs", "-o", "size=64k,mode=0700", "tmpfs"]
    try:
        subprocess.run(["mount", *options, folder], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("only root may mount a small disk")
    try:
        vera = actor("Вера")
        row = ask(vera)

        def endless(session: Session, wish: object, file: BinaryIO, by: Actor, on_rows: object) -> int:
            while True:
                file.write(b"x" * 4096)

        takeaway.work({parcel.KIND: endless}, threading.Event())
        assert (found := state_of(row)) is not None
        assert (found.state, found.problem) == ("failed", "no_space")
        assert not takeaway.path_of(row).exists()
        again = ask(vera)
        work()
        assert (found := state_of(again)) is not None
        assert found.state == "ready"
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def test_one_that_fails_stops_none_of_the_others(sellers: tuple[int, int]) -> None:
    vera = actor("Вера")
    bad, good = ask(vera), ask(vera)
    with db.session() as session:
        session.exec(update(UserFile).where(UserFile.id == bad.id).values(wish={"filters": 3}))
        session.commit()
    work()
    assert [(row := state_of(one)) and row.state for one in (bad, good)] == ["failed", "ready"]


def test_nobody_fills_the_disk(sellers: tuple[int, int]) -> None:
    vera = actor("Вера")
    for _ in range(takeaway.WAITING):
        ask(vera)
    with pytest.raises(takeaway.TooManyFiles):
        ask(vera)
    for _ in range(takeaway.MOST * 2):
        work()
        ask(vera)
    work()
    with db.session() as session:
        known = {row.id for row in takeaway.of(session, vera)}
    assert len(known) <= takeaway.MOST
    folder = takeaway.path_of(UserFile(id="x")).parent
    assert {file.name for file in folder.iterdir()} - {".place"} == known


def test_there_are_no_more_files_than_is_said_also_where_some_are_not_ready(
    sellers: tuple[int, int],
) -> None:
    vera = actor("Вера")
    for _ in range(takeaway.MOST):
        ask(vera)
        work()
    for _ in range(takeaway.WAITING):
        ask(vera)
    with db.session() as session:
        assert len(takeaway.of(session, vera)) == takeaway.MOST


def test_a_file_that_comes_while_others_are_swept_away_stays(sellers: tuple[int, int]) -> None:
    """Two workers have one data folder: one of them begins it in the moment in which the other one looks."""
    begun: list[UserFile] = []

    def begin_one(*said: Any) -> None:
        if said[2].startswith("SELECT app_file.id") and not begun:
            begun.append(UserFile())
            begun[0] = ask(Actor.machine())
            takeaway.path_of(begun[0]).write_text("half of it")

    event.listen(db.engine(), "after_cursor_execute", begin_one)
    takeaway.sweep(utc_now())
    event.remove(db.engine(), "after_cursor_execute", begin_one)
    assert takeaway.path_of(begun[0]).is_file()


def test_who_may_not_export_gets_none(database: str) -> None:
    with pytest.raises(NotAllowed):
        ask(Actor(1, "", "nobody"))


def test_a_worker_of_another_folder_leaves_it_alone(
    sellers: tuple[int, int],
) -> None:
    row = ask(actor("Вера"))
    with db.session() as session:
        session.exec(update(UserFile).values(place="elsewhere"))
        session.commit()
    work()
    assert (found := state_of(row)) is not None
    assert found.state == "queued"


# --- By HTTP ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    data = tmp_path_factory.mktemp("office") / "data"
    furnish(data)
    with inside(data), db.session() as session:
        sell(session, 0, "ours")
    yield from dashboard(data, WB_SIGN_IN="1")


@pytest.fixture(scope="module")
def file_of_vera(office: House) -> str:
    with inside(office.data):
        with db.session() as session:
            vera = users.find(session, "Вера")
            assert vera is not None
        row = ask(Actor(vera.id, vera.name, vera.role, origin="127.0.0.1"))
        work()
    return row.id


def test_the_address_of_a_file_serves_its_user(office: House, file_of_vera: str) -> None:
    answer = office.ask(f"/_wb/file/{file_of_vera}", headers={"Cookie": f"wb-desk={office.cookie('Вера')}"})
    assert answer.status_code == 200
    assert answer.headers["content-disposition"].startswith('attachment; filename="wb-orders-')
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "ours-0" in answer.content.decode("utf-8-sig")
    part = {"Cookie": f"wb-desk={office.cookie('Вера')}", "Range": "bytes=0-2"}
    assert office.ask(f"/_wb/file/{file_of_vera}", headers=part).content == b"\xef\xbb\xbf"


@pytest.mark.parametrize("name", ["Анна", "Олег", ""])
def test_the_address_of_a_file_serves_nobody_else(office: House, file_of_vera: str, name: str) -> None:
    headers = {"Cookie": f"wb-desk={office.cookie(name)}"} if name else {}
    for path in (file_of_vera, ".place", "..%2fsecret.key", "%2e%2e/secret.key", "x" * 5000, "%00"):
        answer = office.ask(f"/_wb/file/{path}", headers=headers)
        assert answer.status_code in (400, 401, 404), path
        assert b"ours-0" not in answer.content
