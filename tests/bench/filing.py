"""All orders as one file, by a process with nothing else in it: a bench's imports are no file's memory.

``python -m tests.bench.filing machines FORMAT`` as the command line makes it; ``people FORM`` as a worker
makes what a page asks for, with all that a worker has loaded.
"""

from __future__ import annotations

import sys
import tempfile
import threading
import time
from zoneinfo import ZoneInfo

from tests.bench.report import say
from tests.memory import peak_mb


def machines(form: str) -> None:
    from wbcore.orders import export
    from wbcore.orders.filters import OrderFilters
    from wbcore.store import db

    db.prepare()
    with tempfile.NamedTemporaryFile(suffix=f".{form}") as file, db.session() as session:
        started = time.perf_counter()
        rows = export.export(session, OrderFilters(), form, file)  # type: ignore[arg-type]
        seconds = time.perf_counter() - started
    say({"seconds": seconds, "rows": rows, "peak_mb": peak_mb()})


def people(form: str) -> None:
    from wbcore.orders import parcel, profiles
    from wbcore.orders.filters import OrderFilters
    from wbcore.people import takeaway
    from wbcore.people.actor import Actor
    from wbcore.store import db
    from wbcore.store.models import UserFile
    from wbcore.worker import duties, process

    assert process, "what a worker loads is in its memory"
    db.prepare()
    usual = profiles.usual("orders").record()
    profile = profiles.Profile.of_record({**usual, "form": form})
    actor = Actor.machine("dashboard")
    with db.session() as session:
        row = parcel.ask(session, actor, OrderFilters(), profile, "ru", ZoneInfo("Europe/Moscow"))
        session.commit()
    started = time.perf_counter()
    takeaway.work(duties.MAKERS, threading.Event())
    seconds = time.perf_counter() - started
    with db.session() as session:
        made = session.get(UserFile, row.id)
        assert made is not None
        assert made.state == "ready", made.problem
        say({"seconds": seconds, "rows": made.rows, "peak_mb": peak_mb()})


if __name__ == "__main__":
    {"machines": machines, "people": people}[sys.argv[1]](sys.argv[2])
