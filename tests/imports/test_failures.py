"""What WB and the network can do to an import: a wait, another try, or a diagnosis; never a hanging run."""

from __future__ import annotations

import logging
import shutil
import signal
import sqlite3
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import jwt
import pytest
from sqlalchemy import text
from sqlmodel import select

from tests.conftest import free_port, new_cluster, start_postgres
from tests.work import (
    Processes,
    add_key,
    all_ids,
    assert_all_here,
    codes,
    only_run,
    order_ids,
    run_of,
    until,
)
from wbcore.api.bucket import Unlimited
from wbcore.api.catalog import ONE_A_MINUTE
from wbcore.guidance import checklist
from wbcore.imports import engine, foreground, plan, queue
from wbcore.keys import capabilities, saving
from wbcore.sandbox.server import Sandbox
from wbcore.sandbox.tokens import mint
from wbcore.sandbox.world import Faults
from wbcore.settings import settings
from wbcore.store import db
from wbcore.store.models import Checklist, Run
from wbcore.store.presence import presence
from wbcore.store.quota import DatabaseQuota

Serve = Callable[..., Sandbox]
JSON = {"content-type": "application/json"}

REFUSALS = [
    (401, b'{"title":"unauthorized","detail":"token scope not allowed","status":401}', "scope_missing"),
    (401, b'{"title":"unauthorized","detail":"token withdrawn"}', "token_withdrawn"),
    (402, b'{"title":"payment required"}', "payment_required"),
    (403, b'{"code":"AccessDenied","message":"no"}', "access_denied"),
    (
        404,
        b'{"title":"path not found","detail":"Please consult the https://dev.wildberries.ru/openapi/api-information"}',
        "endpoint_retired",
    ),
    (404, b'{"detail":"the method is temporarily disabled"}', "method_disabled"),
    (400, b'{"code":"IncorrectParameter","message":"limit","data":null}', "bad_request"),
    (200, b'{"rows":[]}', "unexpected_response"),
    (200, b"null", "unexpected_response"),
    (302, b"", "unexpected_response"),
]


@pytest.mark.parametrize(("status", "body", "code"), REFUSALS)
def test_a_refusal_ends_with_its_diagnosis_and_one_request(
    sqlite: str, sandbox: Sandbox, status: int, body: bytes, code: str
) -> None:
    add_key(sandbox)
    sandbox.world.answer_next("orders.new", status, body, JSON, times=9)
    run = foreground.run_import("shop")
    assert (run.status, codes(run)) == ("failed", [code])
    assert run.requests == 1 == sandbox.world.count("orders.new")
    assert run.diagnoses[0]["details"]["endpoint"] == "orders.new"


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (500, b"", "wb_unavailable"),
        (200, b"<html><h1>Sign in to the Wi-Fi</h1></html>", "unexpected_response"),
        (200, b'{"orders":[{"id":1', "unexpected_response"),
    ],
)
def test_what_may_pass_is_tried_again_before_it_is_a_diagnosis(
    sqlite: str, sandbox: Sandbox, status: int, body: bytes, code: str
) -> None:
    add_key(sandbox)
    sandbox.world.answer_next("orders.new", status, body, JSON, times=2)
    assert foreground.run_import("shop", statuses=False).status == "done"
    sandbox.world.answer_next("orders.new", status, body, JSON, times=20)
    run = foreground.run_import("shop", statuses=False)
    assert (run.status, codes(run)) == ("failed", [code])
    assert run.requests == 5


def test_nobody_answers(sqlite: str, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    add_key(sandbox)
    monkeypatch.setenv("WB_GATEWAY_URL", "http://127.0.0.1:9")
    settings.cache_clear()
    run = foreground.run_import("shop")
    assert (run.status, codes(run)) == ("failed", ["network_unreachable"])


def test_chaos_loses_nothing_and_doubles_nothing(database: str, serve: Serve) -> None:
    sandbox = serve(orders=20_000, limits=False)
    add_key(sandbox)
    kinds = ("drop", "truncate", "500", "503", "html", "repeat")
    sandbox.world.faults = Faults(seed=7, rate=0.3, kinds=kinds)
    for _ in range(10):
        run = foreground.run_import("shop", "period", quota=Unlimited())
        if run.status == "done":
            break
    assert run.status == "done", run.diagnoses
    assert sandbox.world.faults.given.total() > 5
    assert_all_here(sandbox)


def test_a_short_block_is_waited_for(sqlite: str, sandbox: Sandbox) -> None:
    add_key(sandbox)
    headers = {"X-Ratelimit-Retry": "2", "X-Ratelimit-Limit": "20", "X-Ratelimit-Reset": "2"}
    sandbox.world.answer_next("orders.new", 429, b'{"title":"too many requests"}', headers)
    seen: set[str] = set()
    run = foreground.run_import("shop", statuses=False, on_progress=lambda run: seen.add(run.status))
    assert (run.status, run.created) == ("done", 2500)
    assert "waiting" in seen
    assert 0 < run.waited_s <= run.duration_s


def test_a_wait_that_is_too_long_for_a_terminal_says_when(sqlite: str, sandbox: Sandbox) -> None:
    """A Basic token's statistics: once in three hours. The second time is not even asked for."""
    add_key(sandbox, token="basic")
    assert foreground.run_import("shop", "statistics").status == "done"
    before = sandbox.world.count()
    run = foreground.run_import("shop", "statistics")
    assert (run.status, codes(run), run.requests) == ("failed", ["rate_limited"], 0)
    assert sandbox.world.count() == before


def test_a_personal_token_in_a_basic_ones_place_does_not_wait_for_its_quota(
    database: str, sandbox: Sandbox
) -> None:
    """What a Basic token may ask once in three hours, or a day, is no reason to let the better one wait."""
    add_key(sandbox, token="basic")
    assert foreground.run_import("shop", "statistics").status == "done"
    assert foreground.run_import("shop", "order_feed").status == "done"
    asked = sandbox.world.count("seller.info")
    assert saving.add_key("shop", sandbox.tokens["full"], replace=True).saved
    assert sandbox.world.count("seller.info") == asked + 1
    for source in ("statistics", "order_feed"):
        run = foreground.run_import("shop", source)
        assert (run.status, run.waited_s) == ("done", 0), codes(run)


def test_a_long_wait_gives_the_thread_back_and_goes_on_later(database: str, sandbox: Sandbox) -> None:
    key = add_key(sandbox)
    for _ in range(ONE_A_MINUTE.burst):
        DatabaseQuota().reserve(sandbox.world.shop().sid, "statistics_orders", ONE_A_MINUTE)
    with presence("worker-1"):
        run = _queued(key.id, "statistics")
        assert engine.run(run.id, "worker-1") == "later"
        waiting = run_of(run.id)
        assert (waiting.status, waiting.worker, waiting.requests) == ("waiting", "", 0)
        assert waiting.wait_until is not None
        left = waiting.wait_until - datetime.now(UTC)
        assert timedelta(seconds=30) < left <= timedelta(seconds=60)
        assert engine.run(run.id, "worker-1", quota=Unlimited()) == "over"
    assert run_of(run.id).status == "done"


def test_a_waiting_import_is_cancelled_at_once(sqlite: str, sandbox: Sandbox) -> None:
    key = add_key(sandbox)
    run = _queued(key.id, "new")
    queue.cancel(run.id)
    ended = run_of(run.id)
    assert (ended.status, ended.diagnoses) == ("cancelled", [])
    assert engine.run(run.id, "worker-1") == "over"
    assert sandbox.world.count("orders.new") == 0


def test_a_running_import_is_cancelled_after_the_page_at_hand(database: str, serve: Serve) -> None:
    sandbox = serve(orders=20_000, limits=False)
    sandbox.world.latency = 0.02
    add_key(sandbox)
    seen: list[int] = []

    def stop(run: Run) -> None:
        seen.append(run.fetched)
        if run.fetched:
            queue.cancel(run.id)

    run = foreground.run_import("shop", "period", on_progress=stop, quota=Unlimited())
    assert (run.status, run.diagnoses) == ("cancelled", [])
    assert 0 < run.fetched < 5000
    assert len(order_ids()) == run.fetched
    assert foreground.run_import("shop", "period", quota=Unlimited()).status == "done"
    assert_all_here(sandbox)


def test_a_wait_for_wb_can_be_cancelled(sqlite: str, sandbox: Sandbox) -> None:
    add_key(sandbox)
    sandbox.world.answer_next("orders.new", 429, b"{}", {"X-Ratelimit-Retry": "500"})
    thread = threading.Thread(target=foreground.run_import, args=("shop",))
    thread.start()
    until(lambda: sandbox.world.count("orders.new") and only_run().status == "waiting")
    queue.cancel(only_run().id)
    thread.join(120)
    assert not thread.is_alive()
    assert only_run().status == "cancelled"


def test_a_second_press_is_refused(sqlite: str, sandbox: Sandbox) -> None:
    key = add_key(sandbox)
    run = queue.enqueue_import(key.id, "new")
    with pytest.raises(queue.AlreadyRunning) as refused:
        queue.enqueue_import(key.id, "period")
    assert refused.value.run.id == run.id


def test_only_one_of_many_presses_at_once_counts(database: str, sandbox: Sandbox) -> None:
    key = add_key(sandbox)
    outcomes: list[str] = []

    def press() -> None:
        try:
            queue.enqueue_import(key.id, "new")
            outcomes.append("queued")
        except queue.AlreadyRunning:
            outcomes.append("refused")

    queue.prepare()
    threads = [threading.Thread(target=press) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["queued"] + ["refused"] * 7


def test_who_was_thought_dead_and_wakes_up_writes_nothing(database: str, serve: Serve) -> None:
    sandbox = serve(orders=5000, limits=False)
    key = add_key(sandbox)
    with presence("worker-1"), presence("worker-2"):
        run = _queued(key.id, "period")

        def robbed() -> None:
            with db.session() as session:
                row = session.get(Run, run.id)
                assert row is not None
                row.worker = "worker-2"
                session.add(row)
                session.commit()

        assert engine.run(run.id, "worker-1", on_page=robbed, quota=Unlimited()) == "lost"
        assert run_of(run.id).pages == 1
        assert len(order_ids()) == 1000
        assert engine.run(run.id, "worker-2", quota=Unlimited()) == "over"
    done = run_of(run.id)
    assert (done.status, done.created, done.fetched) == ("done", 5000, 5000)
    assert_all_here(sandbox)


def test_a_stopping_process_gives_its_import_back(sqlite: str, serve: Serve) -> None:
    sandbox = serve(orders=5000, limits=False)
    key = add_key(sandbox)
    stopping = threading.Event()
    with presence("worker-1"):
        run = _queued(key.id, "period")
        ending = engine.run(run.id, "worker-1", stopping=stopping, on_page=stopping.set, quota=Unlimited())
        assert ending == "later"
        assert (run_of(run.id).status, run_of(run.id).worker) == ("queued", "")
        assert 0 < run_of(run.id).fetched < 5000
        assert engine.run(run.id, "worker-1", quota=Unlimited()) == "over"
    assert run_of(run.id).fetched == 5000
    assert_all_here(sandbox)


def test_what_is_taken_up_again_begins_where_it_was(sqlite: str, serve: Serve) -> None:
    """Interrupted among the statuses, it does not ask for all new orders once more."""
    sandbox = serve(orders=2500, limits=False)
    run = _queued(add_key(sandbox).id, "new")
    stopping = threading.Event()

    def stop_among_the_statuses() -> None:
        if sandbox.world.count("orders.status"):
            stopping.set()

    ending = engine.run(run.id, "one", stopping=stopping, on_page=stop_among_the_statuses, quota=Unlimited())
    assert ending == "later"
    assert engine.run(run.id, "two", quota=Unlimited()) == "over"
    assert (run_of(run.id).status, run_of(run.id).fetched) == ("done", 2500)
    assert sandbox.world.count("orders.new") == 1


def test_what_wb_says_of_the_former_token_is_not_said_of_the_new_one(sqlite: str, serve: Serve) -> None:
    """The token is replaced while an import runs, and the former one deleted in WB's cabinet."""
    sandbox = serve(orders=5000, limits=False)
    key = add_key(sandbox)
    former = jwt.decode(sandbox.tokens["full"], options={"verify_signature": False})
    new = mint(sid=former["sid"], expires=datetime.now(UTC) + timedelta(days=90))

    def replace() -> None:
        if former["id"] not in sandbox.world.withdrawn:
            assert saving.replace_token(key.id or 0, new).saved
            sandbox.world.withdraw(former["id"])

    with presence("worker-1"):
        run = _queued(key.id, "period")
        engine.run(run.id, "worker-1", on_page=replace, quota=Unlimited())
        assert codes(run_of(run.id)) == ["token_withdrawn"]
        with db.session() as session:
            states = capabilities.states(session, [key.id or 0])[key.id or 0]
        assert {name: state.status for name, state in states.items() if state.status == "denied"} == {}
        again = queue.repeat(run.id)
        engine.run(again.id, "worker-1", quota=Unlimited())
    assert run_of(again.id).status == "done"
    with db.session() as session:
        assert checklist.open_checklists(session) == []


def test_something_unexpected_is_a_diagnosis_too(
    sqlite: str, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    add_key(sandbox)

    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("a mistake of ours")

    monkeypatch.setattr("wbcore.orders.writing.write_orders", broken)
    run = foreground.run_import("shop")
    assert (run.status, codes(run)) == ("failed", ["unknown"])


@pytest.mark.slow
def test_a_database_that_is_locked_for_long_is_waited_for(
    sqlite: str, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a backup program does it, in the middle of an import: for longer than SQLite itself waits."""
    monkeypatch.setattr(db, "LOCK_WAIT_S", 1)
    db.dispose()
    sandbox = serve(orders=10_000, limits=False)
    add_key(sandbox)
    backup: list[threading.Thread] = []
    looking, held = threading.Lock(), threading.Event()

    def lock(run: Run) -> None:
        """After the third page; whoever looks, the import or who follows it, goes on when it is locked."""
        if run.pages < 3:
            return
        with looking:
            if not backup:
                backup.append(threading.Thread(target=hold_the_lock, args=(3.0, held)))
                backup[0].start()
        held.wait()

    run = foreground.run_import("shop", "period", on_progress=lock, quota=Unlimited(), statuses=False)
    backup[0].join()
    assert (run.status, run.fetched, run.created) == ("done", 10_000, 10_000), run.diagnoses
    assert run.duration_s > 2.9
    assert_all_here(sandbox)


def hold_the_lock(seconds: float, held: threading.Event) -> None:
    other = sqlite3.connect(settings().folder / "wb-desk.sqlite", isolation_level=None, timeout=60)
    other.execute("BEGIN EXCLUSIVE")
    held.set()
    time.sleep(seconds)
    other.execute("ROLLBACK")
    other.close()


def test_a_full_disk_is_waited_for_until_somebody_makes_room(
    serve: Serve, small_disk: SmallDisk, monkeypatch: pytest.MonkeyPatch, processes: Processes
) -> None:
    monkeypatch.setenv("WB_DATA_DIR", str(small_disk.folder))
    settings.cache_clear()
    sandbox = serve(orders=20_000, limits=False)
    db.prepare()
    add_key(sandbox)
    process = processes.start("import", "--key", "shop", "--source", "period", "--no-statuses", "--json")
    until(small_disk.is_full, what="the disk is full")
    time.sleep(1)
    assert process.poll() is None, "it waits"
    assert only_run().status == "running"
    assert 0 < only_run().fetched < 20_000
    small_disk.grow()
    output, _ = process.communicate(timeout=300)
    assert process.returncode == 0, output
    assert (only_run().status, only_run().created) == ("done", 20_000)
    assert_all_here(sandbox)
    db.dispose()


@dataclass(frozen=True)
class SmallDisk:
    """A file system of six megabytes, in memory."""

    folder: Path

    def is_full(self) -> bool:
        return shutil.disk_usage(self.folder).free < 65_536

    def grow(self) -> None:
        subprocess.run(["mount", "-o", "remount,size=200m", self.folder], check=True)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[SmallDisk]:
    folder = tmp_path / "disk"
    folder.mkdir()
    try:
        subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=6m,mode=0700", "tmpfs", folder],
            check=True,
            capture_output=True,
        )
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("only root may mount a small disk")
    yield SmallDisk(folder)
    db.dispose()
    queue.close()
    subprocess.run(["umount", "--lazy", folder], check=True)


@pytest.mark.postgres
def test_connections_that_are_cut_in_the_middle_lose_nothing(
    postgres_database: str, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WB_DATABASE_URL", postgres_database)
    sandbox = serve(orders=10_000, limits=False)
    db.prepare()
    add_key(sandbox)
    cuts: list[int] = []

    def cut(run: Run) -> None:
        if run.pages in (2, 5) and run.pages not in cuts:
            cuts.append(run.pages)
            with db.engine().connect() as connection:
                others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = "
                connection.execute(text(others + "current_database() AND pid <> pg_backend_pid()"))

    run = foreground.run_import("shop", "period", on_progress=cut, quota=Unlimited(), statuses=False)
    assert (run.status, run.fetched, cuts) == ("done", 10_000, [2, 5])
    assert_all_here(sandbox)


@pytest.mark.postgres
def test_postgres_that_restarts_in_the_middle_is_waited_for(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    with own_cluster() as (url, restart):
        monkeypatch.setenv("WB_DATABASE_URL", url)
        sandbox = serve(orders=10_000, limits=False)
        db.prepare()
        add_key(sandbox)
        restarted: list[threading.Thread] = []

        def pull_the_plug(run: Run) -> None:
            if run.pages == 4 and not restarted:
                restarted.append(threading.Thread(target=restart))
                restarted[0].start()
                time.sleep(0.5)

        run = foreground.run_import("shop", "period", on_progress=pull_the_plug)
        restarted[0].join()
        assert (run.status, run.fetched) == ("done", 10_000), run.diagnoses
        assert_all_here(sandbox)
        db.dispose()


def test_a_failure_opens_a_checklist_and_is_logged_whole(
    database: str, sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    add_key(sandbox, token="statistics_only")
    with caplog.at_level(logging.INFO):
        run = foreground.run_import("shop")
        foreground.run_import("shop", "statistics")
    with db.session() as session:
        (opened,) = session.exec(select(Checklist)).all()
    assert opened.closed_at is None
    assert (opened.code, opened.run_id, opened.severity) == ("scope_missing", run.id, "error")
    failed, done = [r for r in caplog.records if r.name == "wbcore.imports.engine"]
    assert failed.data["diagnoses"][0]["code"] == "scope_missing"  # type: ignore[attr-defined]
    assert failed.data["diagnoses"][0]["steps"]  # type: ignore[attr-defined]
    assert done.data["created"] == 2500  # type: ignore[attr-defined]
    assert "eyJ" not in caplog.text
    for record in caplog.records:
        assert "eyJ" not in str(vars(record))


def test_the_checklist_closes_itself_when_the_import_runs(sqlite: str, sandbox: Sandbox) -> None:
    add_key(sandbox, token="statistics_only")
    failed = foreground.run_import("shop")
    assert saving.add_key("shop", sandbox.tokens["full"], replace=True).saved
    with db.session() as session:
        assert session.exec(select(Checklist)).one().closed_at is None
    again = queue.repeat(failed.id)
    assert again.trigger == "checklist"
    with presence("worker-1"):
        assert engine.run(again.id, "worker-1") == "over"
    with db.session() as session:
        assert session.exec(select(Checklist)).one().closed_at is not None
    assert order_ids() == all_ids(sandbox)


def _queued(key_id: int | None, source: str) -> Run:
    assert key_id is not None
    with db.session() as session:
        run = plan.create(session, key_id, source, {}, "button")
        session.commit()
    return run


@contextmanager
def own_cluster() -> Iterator[tuple[str, Callable[[], None]]]:
    """A PostgreSQL that may be stopped: its address, and what stops it, waits, and starts it again."""
    with new_cluster() as folder:
        port = free_port()
        servers = [start_postgres(folder, port)]

        def restart() -> None:
            servers[-1].send_signal(signal.SIGINT)  # "fast": connections are cut
            servers[-1].wait(120)
            time.sleep(0.7)
            servers.append(start_postgres(folder, port))

        yield f"postgresql+psycopg://postgres@127.0.0.1:{port}/postgres", restart
        servers[-1].send_signal(signal.SIGINT)
        servers[-1].wait(120)
