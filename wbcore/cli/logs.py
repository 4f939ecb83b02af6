"""The log of a command: for scripts on stderr and in the data folder, at a terminal in the folder alone."""

from __future__ import annotations

import logging
import sys

from wbcore import log
from wbcore.cli.output import out


def start() -> None:
    """Begins to log.

    Raises:
        OSError: the data folder can't be made.
    """
    log.setup()
    if out.json or not sys.stderr.isatty():
        return
    # JSON lines would run through what people read.
    root = logging.getLogger()
    for handler in root.handlers[:]:
        if type(handler) is logging.StreamHandler:
            root.removeHandler(handler)
