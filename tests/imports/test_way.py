"""The way of an import through the files is the one that the guide for developers tells, and no longer."""

from __future__ import annotations

import re
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

from tests.work import add_key, until_ended
from wbcore.imports import queue, working
from wbcore.imports.record import Record
from wbcore.imports.sources import Job
from wbcore.sandbox.server import Sandbox
from wbcore.store.models import Run

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ROOT / "wbcore"
FILES_AT_MOST = 14


def test_an_import_goes_through_the_files_that_the_guide_names(sqlite: str, sandbox: Sandbox) -> None:
    key = add_key(sandbox)
    with _followed() as files:
        run = queue.enqueue_import(key.id, "new")
        with working.at_work(working.Hands(working.new_id("worker"))):
            assert until_ended(run.id).status == "done"
    guide = (ROOT / "CONTRIBUTING.md").read_text()
    told = guide.partition("## The way of one import\n")[2].partition("\n## ")[0]
    named = {name for name in re.findall(r"`([a-z_/]+\.py)`", told) if (ROOMS / name).is_file()}
    assert {"imports/queue.py", "imports/working.py", "imports/engine.py", "imports/record.py"} <= files
    assert files <= named
    assert len(files) <= FILES_AT_MOST


@contextmanager
def _followed() -> Iterator[set[str]]:
    """Files of wbcore in which somebody has an import in hand: its id, its row, or what stands for them."""
    files: set[str] = set()
    ids: set[str] = set()

    def look(frame: FrameType, event: str, _argument: Any) -> None:
        path = frame.f_code.co_filename
        if event != "return" or not path.startswith(str(ROOMS)):
            return
        values = frame.f_locals.values()
        ids.update(
            value.__dict__["id"] for value in values if isinstance(value, Run) and "id" in value.__dict__
        )
        if any(_is_of(value, ids) for value in values):
            files.add(Path(path).relative_to(ROOMS).as_posix())

    with _profiled(look):
        yield files


def _is_of(value: object, ids: set[str]) -> bool:
    if isinstance(value, str):
        return value.partition(".")[0] in ids  # a link of the run's chain has its id and a number
    return isinstance(value, Run | Record | Job)


@contextmanager
def _profiled(look: Callable[[FrameType, str, Any], None]) -> Iterator[None]:
    """In this thread and in all that begin meanwhile."""
    threading.setprofile(look)
    sys.setprofile(look)
    try:
        yield
    finally:
        sys.setprofile(None)
        threading.setprofile(None)  # type: ignore[arg-type]
