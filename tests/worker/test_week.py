"""A week of an office's life in a minute: schedules, checks, news and alerts by a clock that is moved on.

The imitation of WB reads the same clock and refuses whoever asks too often, so a quota that was exceeded is a
429 that it has counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from tests.smtp import postbox
from tests.work import add_key, run_chores
from wbcore.alerts import alerting
from wbcore.health import checkups, history, news
from wbcore.imports import engine, queue, runs, schedules
from wbcore.keys import saving
from wbcore.sandbox.server import Sandbox
from wbcore.sandbox.tokens import mint
from wbcore.store import db
from wbcore.store.presence import presence

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
STEP = timedelta(minutes=30)
WITHDRAWN, RENEWED = START + timedelta(days=2), START + timedelta(days=3)


def do_queued() -> None:
    with db.session() as session:
        waiting = [run for run in runs.active_runs(session) if _may_go(run)]
    with presence("worker-test"):
        for run in waiting:
            engine.run(run.id, "worker-test", long_wait_s=0.0)


def _may_go(run: object) -> bool:
    until = getattr(run, "wait_until", None)
    return until is None or until <= datetime.now(UTC)


@pytest.mark.slow
def test_a_week(sqlite: str, serve: Callable[..., Sandbox]) -> None:
    with time_machine.travel(START, tick=False) as clock, postbox() as mail:
        sandbox = serve(orders=20)
        alerting.add_channel("day", mail.url("day@example.com"), lang="en")
        alerting.add_channel(
            "office", mail.url("office@example.com"), lang="en", quiet=("20:00", "08:00"), tz="UTC"
        )
        steady = add_key(sandbox, "steady")
        other = "33333333-3333-4333-8333-333333333333"
        broken = add_key(sandbox, "broken", mint(sid=other, token_id="first"))
        basic = add_key(sandbox, "basic", sandbox.tokens["basic"])
        schedules.save(steady.id or 0, "new", every_minutes=60)
        schedules.save(broken.id or 0, "new", every_minutes=60)
        schedules.save(basic.id or 0, "statistics", every_minutes=180)
        with db.session() as session:
            checkups.set_every(session, 120, START)
            session.commit()
        renewed = False
        while (now := datetime.now(UTC)) < START + timedelta(days=7):
            if now >= WITHDRAWN and "first" not in sandbox.world.withdrawn:
                sandbox.world.withdraw("first")
            if now >= RENEWED and not renewed:
                renewed = saving.add_key("broken", mint(sid=other, token_id="second"), replace=True).saved
                assert renewed
                with db.session() as session:
                    failed = next(run for run in runs.list_runs(session, broken) if run.status == "failed")
                queue.repeat(failed.id)
            with db.session() as session:
                news.ask(session, now)
                session.commit()
            run_chores(now)
            do_queued()
            clock.shift(STEP)
        run_chores(datetime.now(UTC))

        assert sandbox.world.count(status=429) == 0, "no quota was exceeded"
        # Once an hour for the readers, once in each check of two keys; never a Basic token in a check.
        assert sandbox.world.count("seller.news") <= 7 * 24 + 2 * 7 * 12 + 2
        told = Counter((m.to, m.subject.partition(":")[0]) for m in mail.mails if "broken" in m.text)
        assert told == {
            (to, event): 1
            for to in ("day@example.com", "office@example.com")
            for event in ("Problem", "Solved")
        }
        with db.session() as session:
            cells = history.strips(session, [broken.id or 0], datetime.now(UTC), days=9)
            every = runs.list_runs(session, limit=5000)
            done = Counter(run.key_name for run in every if run.status == "done")
        strip = cells[broken.id or 0, "orders.new"]
        assert [cell.status for cell in strip.days][1:] == ["ok", "ok", "denied", "denied", *["ok"] * 4]
        assert done["steady"] == 7 * 24
        assert 7 * 24 - 26 <= done["broken"] <= 7 * 24 - 22
        assert 50 <= done["basic"] <= 56
