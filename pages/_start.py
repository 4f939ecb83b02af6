"""What happens once a process: before the first page, and beside it."""

from __future__ import annotations

import gc
import importlib
import sys
import threading
from contextlib import nullcontext

import streamlit as st

from wbcore import log
from wbcore.guidance.views import t
from wbcore.people import visitor
from wbcore.settings import keep_private, settings
from wbcore.worker import supervisor
from wbcore.worker.readiness import make_ready

COLLECTED_AFTER = (20_000, 5, 5)
"""New objects until the youngest are looked at; looks until the next age is looked at, too. With 50 operators
the youngest are looked at every 6 s, all every 3 min."""

USUAL_TURN_S = 0.005
"""So long Python's lock is kept by who works, where another waits: what Python does by itself."""
DRAWN_AFTER_S = 1.0
"""So long the first page's browser draws, on the processor that a worker and all that is loaded here want."""

_IS_SET_UP = threading.Event()


def set_up_in_sight() -> None:
    """As ``set_up``; whoever waits is told what for: a large database of an earlier version takes minutes."""
    with nullcontext() if _IS_SET_UP.is_set() else st.spinner(t("page-preparing")):
        set_up()


@st.cache_resource(show_spinner=False)
def set_up() -> None:
    """Once a process: the log, the database, its key. What fails is tried again at a reload."""
    keep_private()
    log.setup()
    with visitor.as_the_program():
        make_ready()
    _IS_SET_UP.set()


@st.cache_resource(show_spinner=False)
def set_up_the_rest() -> None:
    """Once a process, when the first page is drawn: what no page waits for."""
    beginning = threading.Timer(DRAWN_AFTER_S, _begin_to_work, (settings().worker,))
    beginning.name, beginning.daemon = "set-up", True
    beginning.start()


def _begin_to_work(with_worker: bool) -> None:
    sys.setswitchinterval(USUAL_TURN_S)
    if with_worker and supervisor.ensure_worker() is not None:
        from wbcore.imports import queue  # noqa: PLC0415 (beside the first page, not before it)

        queue.prepare()
    for name in (
        "wbcore.imports.queue",
        "pyarrow",
        "pandas",
        "wbcore.health.checkups",
    ):  # what the first table, or press, would wait for
        importlib.import_module(name)
    # What is loaded by now stays for good: no collection need look at it again. The rest is little, and what
    # sessions leave behind in rings goes within minutes, not within hours as with what a short command sets.
    gc.freeze()
    gc.set_threshold(*COLLECTED_AFTER)
