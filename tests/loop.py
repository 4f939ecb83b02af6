"""Asynchronous work in a test."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

T = TypeVar("T")


def run(work: Coroutine[Any, Any, T]) -> T:
    """As ``asyncio.run``, in a thread of its own: the tests' browser keeps a loop in theirs."""
    with ThreadPoolExecutor(1) as apart:
        return apart.submit(asyncio.run, work).result()
