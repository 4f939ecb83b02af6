"""What a bench prints: figures of one run and their ratios, never a verdict in seconds."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any


@dataclass
class Timer:
    seconds: float = 0.0


@contextmanager
def timed() -> Iterator[Timer]:
    timer = Timer()
    started = time.perf_counter()
    try:
        yield timer
    finally:
        timer.seconds = time.perf_counter() - started


def heading(text: str) -> None:
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    print(f"\n== {text}  (load {load:.1f})", flush=True)


def rate(name: str, rows: int, seconds: float) -> float:
    """Prints and returns rows a second."""
    value = rows / seconds if seconds else float("inf")
    print(f"  {name:<58} {value:>12,.0f} rows/s   {seconds:8.2f} s", flush=True)
    return value


def figure(name: str, value: float, unit: str = "") -> None:
    print(f"  {name:<58} {value:>12,.2f} {unit}", flush=True)


def aim(name: str, value: float, wanted: str, unit: str = "") -> None:
    """A figure beside what it is to be; "" where nothing is wanted of it."""
    told = f"   (aim: {wanted})" if wanted else ""
    print(f"  {name:<58} {value:>12,.2f} {unit}{told}", flush=True)


def ratio(name: str, value: float, target: str) -> None:
    print(f"  {name:<58} {value:>12.2f}   (aim: {target})", flush=True)


def say(document: dict[str, Any]) -> None:
    """What a process of the bench tells the one that started it: a line of JSON."""
    print(json.dumps(document), flush=True)
