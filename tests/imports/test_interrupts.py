"""Ctrl+C at the command line: once after the page at hand, twice at once; nothing is left behind."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
from collections.abc import Callable

import pytest
import typer

from tests.work import Processes, add_key, live_runs, only_run, run_of, until, until_ended, workers
from wbcore.cli import import_command
from wbcore.cli.import_command import Source
from wbcore.imports import foreground, queue, runs
from wbcore.imports.record import Record
from wbcore.sandbox.server import Sandbox
from wbcore.store import db
from wbcore.store.presence import presence

HANGS_S = 240.0
"""A request takes so long: whoever waits for its end is told from who does not."""
PERIOD = {"date_from": None, "date_to": None, "statuses": False, "clients": False}
"""What ``--source period --no-statuses`` asks for."""


def has_begun() -> bool:
    with db.session() as session:
        return any(run.worker for run in runs.list_runs(session))


def test_ctrl_c_twice_leaves_nothing_behind(
    database: str, serve: Callable[..., Sandbox], processes: Processes
) -> None:
    sandbox = serve(orders=3000, limits=False)
    key = add_key(sandbox)
    sandbox.world.latency = HANGS_S
    process = processes.start("import", "--key", "shop", "--source", "period", "--no-statuses", "--json")
    until(has_begun, what="it works")
    process.send_signal(signal.SIGINT)
    until(lambda: only_run().cancel_requested, what="the first one is noticed")
    assert process.poll() is None, "it waits for the page at hand"
    process.send_signal(signal.SIGINT)
    assert process.wait(HANGS_S / 2) == 1
    assert process.stdout is not None
    document = json.loads(process.stdout.read())
    assert (document["run_id"], document["status"]) == (only_run().id, "cancelled")
    assert (only_run().status, only_run().worker, workers()) == ("cancelled", "", [])
    sandbox.world.latency = 0.0
    again = queue.enqueue_import(key.id or 0, "period", {"statuses": False})
    processes.worker()
    assert until_ended(again.id).status == "done", "what was left in the queue blocks nobody"


def test_the_second_ctrl_c_says_that_it_has_ended_and_what_is_kept(
    sqlite: str, serve: Callable[..., Sandbox], processes: Processes
) -> None:
    """For people; scripts read the document."""
    sandbox = serve(orders=3000, limits=False)
    add_key(sandbox)
    sandbox.world.latency = HANGS_S
    process = processes.start("import", "--key", "shop", "--source", "period", heard=True, WB_LANG="en")
    until(has_begun, what="it works")
    process.send_signal(signal.SIGINT)
    until(lambda: only_run().cancel_requested, what="the first one is noticed")
    process.send_signal(signal.SIGINT)
    told = process.communicate(timeout=HANGS_S / 2)[1].decode()
    assert "Stopped at once. What has been imported is kept" in told
    assert only_run().status == "cancelled"


def test_ctrl_c_at_a_colleagues_import_ends_the_looking_on_alone(
    database: str,
    serve: Callable[..., Sandbox],
    processes: Processes,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The command was refused an import of its own, as this one was under way: it stopped the colleague's."""
    sandbox = serve(orders=3000, limits=False)
    key = add_key(sandbox)
    sandbox.world.latency = HANGS_S
    processes.worker()
    theirs = queue.enqueue_import(key.id or 0, "period", PERIOD)
    until(has_begun, what="it works")
    looked_on = contextlib.nullcontext(lambda _run: os.kill(os.getpid(), signal.SIGINT))
    monkeypatch.setattr(import_command, "_progress", lambda: looked_on)
    with pytest.raises(typer.Exit) as ended:
        import_command.import_orders("shop", Source.period, statuses=False)
    assert ended.value.exit_code == 1
    assert "начат не ею и идёт дальше" in " ".join(capsys.readouterr().err.split())
    assert (run_of(theirs.id).status, run_of(theirs.id).cancel_requested) == ("running", False)


def test_a_colleagues_import_that_nobody_else_works_on_is_given_back(
    database: str, serve: Callable[..., Sandbox], processes: Processes
) -> None:
    sandbox = serve(orders=3000, limits=False)
    key = add_key(sandbox)
    sandbox.world.latency = HANGS_S
    theirs = queue.enqueue_import(key.id or 0, "period", PERIOD)
    process = processes.start("import", "--key", "shop", "--source", "period", "--no-statuses", "--json")
    until(has_begun, what="it works")
    process.send_signal(signal.SIGINT)
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(0.5)  # for the page at hand
    process.send_signal(signal.SIGINT)
    document = json.loads(process.communicate(timeout=HANGS_S / 2)[0])
    told = (document["run_id"], document["status"], document["goes_on"], process.returncode)
    assert told == (theirs.id, "cancelled", True, 1)
    sandbox.world.latency = 0.0
    processes.worker()
    assert until_ended(theirs.id).status == "done"


def test_a_press_that_was_cut_off_before_the_queue_is_taken_up(
    database: str, serve: Callable[..., Sandbox], processes: Processes
) -> None:
    """The dashboard died between the run's row and dbos."""
    sandbox = serve(orders=50, limits=False)
    key = add_key(sandbox)
    with db.session() as session:
        run = runs.create(session, key, "period", {"statuses": False})
        session.commit()
    assert live_runs() == set()
    processes.worker()
    assert until_ended(run.id).status == "done"


def test_another_import_of_the_key_is_stopped_only_where_nobody_is_at_it(
    sqlite: str, sandbox: Sandbox
) -> None:
    key = add_key(sandbox)
    other = queue.enqueue_import(key.id or 0, "new")
    with presence("worker-1"):
        assert Record.take(other.id, "worker-1") is not None
        with pytest.raises(queue.AlreadyRunning):
            foreground.run_import("shop", "statistics")
        assert (run_of(other.id).status, run_of(other.id).cancel_requested) == ("running", False)
    assert foreground.run_import("shop", "statistics").status == "done"
    assert run_of(other.id).status == "cancelled", "its worker has died"
