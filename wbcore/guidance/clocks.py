"""A clock that is wrong, in words: a warning with its way out, for the dashboard and ``doctor``."""

from __future__ import annotations

from typing import Any

from wbcore.guidance.texts import format_duration, t
from wbcore.store.timekeeping import WrongClock


def warning(clock: WrongClock, lang: str) -> dict[str, Any]:
    """``id``, ``text``, ``way_out``, ``machine`` and ``ahead_s`` (seconds; negative: it is slow)."""
    direction = "fast" if clock.ahead_s > 0 else "slow"
    duration = format_duration(lang, round(abs(clock.ahead_s) / 60) * 60)
    return {
        "id": "clock_wrong",
        "text": t(lang, "clock-wrong", direction=direction, machine=clock.machine, duration=duration),
        "way_out": t(lang, "clock-way-out"),
        "machine": clock.machine,
        "ahead_s": clock.ahead_s,
    }
