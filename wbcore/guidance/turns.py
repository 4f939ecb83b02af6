"""Pages are drawn one after the other: Python draws one at a time whatever we do.

Streamlit gives each session a thread. Fifty of them at once hand Python's lock round some hundred times a
page, and each time one of them has to be woken by a machine that an import keeps busy: pages took seconds
then, at half of a core. One after the other they take as long as their own work (``make bench``,
``operators``).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

LONGEST_S: Final = 0.25
"""Whoever takes longer waits for something, WB or the database, and is not waited for."""


@dataclass(slots=True)
class _Turn:
    began: float
    over: threading.Event = field(default_factory=threading.Event)


class Turns:
    """Whose turn it is."""

    def __init__(self) -> None:
        self._front = threading.Lock()
        """Only who is next looks at the clock; the others stand behind and cost nothing."""
        self._last = _Turn(-LONGEST_S)
        self._mine = threading.local()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Waits until nobody else draws, or has drawn for ``LONGEST_S``; inside a turn it is the same one."""
        if getattr(self._mine, "is_running", False):
            yield
            return
        turn = self._begin()
        self._mine.is_running = True
        try:
            yield
        finally:
            self._mine.is_running = False
            turn.over.set()

    def _begin(self) -> _Turn:
        with self._front:
            left = self._last.began + LONGEST_S - time.monotonic()
            if left > 0:
                self._last.over.wait(left)
            self._last = _Turn(time.monotonic())
            return self._last


_turns: Final = Turns()
turn: Final = _turns.turn
