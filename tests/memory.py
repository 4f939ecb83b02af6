"""The most memory that this process has had at once."""

from __future__ import annotations

import resource
import sys
from pathlib import Path

STATUS = Path("/proc/self/status")


def peak_mb() -> float:
    """Of this program alone: getrusage of Linux tells of its parent, too."""
    if STATUS.exists():
        lines = STATUS.read_text("ascii").splitlines()
        return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) / 1024
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / (1024 if sys.platform.startswith("linux") else 1024 * 1024)
