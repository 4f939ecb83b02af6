"""The states that are stored and shown: of a diagnosis, a capability, an import; each list in one order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Severity(StrEnum):
    """How bad a diagnosis is; the worst last."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class CapabilityStatus(StrEnum):
    """How a method stands for a key; the worst last.

    A denial is worse than an error: an error of WB's may pass by itself, a denial stays until somebody makes
    another token.
    """

    OK = "ok"
    UNKNOWN = "unknown"
    BROKEN = "broken"
    """At WB, whoever asks."""
    ERROR = "error"
    """WB's answer to this key alone."""
    DENIED = "denied"


class RunStatus(StrEnum):
    """Where an import is, from its press to its end."""

    QUEUED = "queued"
    RUNNING = "running"
    WAITING = "waiting"
    """For WB's quota."""
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


SEVERITY_RANK: Final[Mapping[str, int]] = MappingProxyType({str(s): n for n, s in enumerate(Severity)})
STATUS_RANK: Final[Mapping[str, int]] = MappingProxyType({str(s): n for n, s in enumerate(CapabilityStatus)})
"""The worse, the higher."""

WELL: Final = "ok"
"""What a report says where no severity is worth saying."""


def worst_severity(severities: Iterable[str]) -> str:
    """``ok``, ``warning`` or ``error``: what a report says of its diagnoses."""
    worst = max(severities, key=lambda severity: SEVERITY_RANK.get(severity, 0), default=WELL)
    return str(worst) if SEVERITY_RANK.get(worst, 0) else WELL


def worst_status(statuses: Iterable[str], default: str = CapabilityStatus.UNKNOWN) -> str:
    """The status that stands for several; one that a newer version has written counts as unknown."""
    unknown = STATUS_RANK[CapabilityStatus.UNKNOWN]
    return str(max(statuses, key=lambda status: STATUS_RANK.get(status, unknown), default=default))
