"""Nothing grows without end: each kind of thing goes at its age, and what is younger stays."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from sqlmodel import SQLModel, select

from tests.work import add_key
from wbcore import log
from wbcore.alerts import daily
from wbcore.api.errors import TokenWithdrawnError
from wbcore.guidance import checklist
from wbcore.guidance.diagnosis import Evidence, from_error
from wbcore.health import history
from wbcore.imports import queue, runs
from wbcore.people import attempts, sessions, takeaway, users
from wbcore.people.actor import Actor
from wbcore.sandbox.server import Sandbox
from wbcore.settings import settings
from wbcore.store import clock, db, lease
from wbcore.store.models import (
    Alert,
    AlertChannel,
    Checklist,
    Key,
    Lease,
    RejectedRow,
    Run,
    SignInFailure,
    UserFile,
    UserSession,
)
from wbcore.worker import thinning

NOW = datetime.now(UTC)
OLD = NOW - timedelta(days=thinning.KEEP_DAYS + 1)
YOUNG = NOW - timedelta(days=thinning.KEEP_DAYS - 1)


@pytest.fixture
def key(database: str, serve: Callable[..., Sandbox]) -> Key:
    return add_key(serve(orders=2))


def count(model: type[SQLModel]) -> int:
    with db.session() as session:
        return len(session.exec(select(model)).all())


def put(*rows: SQLModel) -> None:
    with db.session() as session:
        session.add_all(rows)
        session.commit()


def test_imports(key: Key) -> None:
    def run(finished_at: datetime | None, status: str) -> Run:
        names = {"key_name": key.name, "seller_id": key.seller_id, "source": "new"}
        return Run(id=str(uuid4()), status=status, finished_at=finished_at, created_at=OLD, **names)

    put(*(run(OLD, "done") for _ in range(thinning.BATCH + 1)), run(YOUNG, "failed"), run(None, "queued"))
    assert thinning.thin(NOW)["runs"] == thinning.BATCH + 1
    assert count(Run) == 2
    assert thinning.thin(NOW)["runs"] == 0


def test_solved_checklists(key: Key) -> None:
    found = from_error(TokenWithdrawnError("orders.new", http_status=401), Evidence(key_name=key.name))
    for closed_at in (OLD, YOUNG, None):
        with db.session() as session:
            row = session.get(Key, key.id)
            assert row is not None
            opened = checklist.open_or_update(session, found, row)
            opened.closed_at = closed_at
            session.add(opened)
            session.commit()
            if closed_at is not None:
                # Another one of the same kind opens anew, it does not reopen this one.
                opened.code, opened.subject = opened.code, uuid4().hex
                session.add(opened)
                session.commit()
    put(AlertChannel(id=1, name="дежурный", url_encrypted=b"", shown="ntfys://•••"))
    with db.session() as session:
        problems = session.exec(select(Checklist.id)).all()
    put(*(Alert(channel_id=1, checklist_id=problem, event="solved", due_at=OLD) for problem in problems))
    assert thinning.thin(NOW)["checklists"] == 1
    assert count(Checklist) == len(problems) - 1
    assert count(Alert) == len(problems) - 1, "its messages go with it, those of others stay"


def test_rows_that_could_be_read_in_the_end(key: Key) -> None:
    def row(digest: int, resolved_at: datetime | None) -> RejectedRow:
        facts = {"seller_id": key.seller_id, "run_id": "r", "source": "new", "reason": "x", "raw": b"{}"}
        return RejectedRow(digest=digest, resolved_at=resolved_at, created_at=OLD, **facts)

    put(row(1, OLD), row(2, YOUNG), row(3, None))
    assert thinning.thin(NOW)["quarantine"] == 1
    assert count(RejectedRow) == 2, "what nobody could read yet stays"


def test_ended_workflows(key: Key) -> None:
    run = queue.enqueue_import(key.id or 0, "new")
    later = NOW + timedelta(days=queue.KEEP_DAYS + 1)
    assert queue.forget_old(later) == 0, "what waits stays"
    found = queue.client().list_workflows(queue_name=queue.QUEUE)
    queue.client().cancel_workflow(found[0].workflow_id)
    assert queue.forget_old(NOW) == 0
    assert queue.forget_old(later) == 1
    with db.session() as session:
        assert runs.get(session, run.id) is not None


def test_leases_of_the_dead(key: Key) -> None:
    with db.session() as session:
        lease.take(session, "long ago", "dead", -thinning.LEASE_S - 1)
        lease.take(session, "now", "alive")
        session.commit()
    assert thinning.thin(NOW)["leases"] == 1
    with db.session() as session:
        assert [row.name for row in session.exec(select(Lease))] == ["now"]
        assert clock.now(session)


def test_failed_tries_where_nobody_ever_signs_in(database: str) -> None:
    """Whoever guesses passwords under many names leaves a row for each of them."""
    with db.session() as session:
        attempts.begin(session, (attempts.of_account(str(n)) for n in range(50)), NOW - timedelta(hours=2))
        attempts.begin(session, [attempts.of_account("lately")], NOW)
        session.commit()
    thinning.thin(NOW)
    assert count(SignInFailure) == 1


def test_sessions_that_have_ended_by_themselves(database: str) -> None:
    with db.session() as session:
        user = users.add(session, "Анна", "owner", "long enough")
        for _ in range(2):
            sessions.begin(session, user.id or 0)
        session.flush()
        row = session.exec(select(UserSession)).first()
        assert row is not None
        row.seen_at = NOW - 2 * sessions.IDLE
        session.commit()
    thinning.thin(NOW)
    assert count(UserSession) == 1


def test_files_of_a_data_folder_that_is_gone(database: str) -> None:
    """A container that is begun anew without its folder has no worker that would sweep the former one."""
    with db.session() as session:
        for expires_at in (NOW - takeaway.KEPT - timedelta(hours=1), NOW):
            made = takeaway.ask(session, Actor.machine(), "orders", {}, name="orders.csv", mime="text/csv")
            made.place, made.expires_at = "of a container", expires_at
            session.add(made)
        session.commit()
    takeaway.sweep(NOW)
    thinning.thin(NOW)
    assert count(UserFile) == 1


def test_how_long_it_is_kept_is_what_the_readme_says() -> None:
    readme = (Path(__file__).resolve().parents[2] / "README.md").read_text("utf-8")
    told = re.compile(
        r"\(beyond (\d+) days the\s.*in the end for (\d+) days; messages of the day for (\d+); "
        r"log files for up to (\d+) days and (\d+) MB a process",
        re.DOTALL,
    )
    (found,) = told.findall(readme)
    each_day, people, messages, files, megabytes = map(int, found)
    assert (each_day, people, messages) == (history.EVERY_CHANGE_DAYS, thinning.KEEP_DAYS, daily.KEPT_DAYS)
    assert (files, megabytes * 1_000_000) == (log.KEEP_DAYS, log.FILE_BYTES * (1 + log.FILES))
    assert f"(старше {each_day} дней: худшее и" in readme
    assert (
        f"{people} дней; сообщения дня {messages} дней; файлы журналов до {files} дней и {megabytes} МБ"
        in readme
    )


def test_log_files() -> None:
    folder = settings().log_file.parent
    folder.mkdir(parents=True)
    old, young = folder / "wb-desk.1.jsonl", folder / "wb-desk.2.jsonl"
    for file, days in ((old, log.KEEP_DAYS + 1), (young, log.KEEP_DAYS - 1)):
        file.write_text("{}")
        at = time.time() - days * 86_400
        os.utime(file, (at, at))
    log.setup()
    assert not old.exists()
    assert young.exists()
