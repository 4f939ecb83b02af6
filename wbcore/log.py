"""Logs as JSON lines, on stderr and in the data folder. The last place where a token is kept from leaking.

The first place is the code that has the token: it never hands it to a logger or an exception.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import re
import sys
import time
from datetime import UTC, datetime
from logging.handlers import RotatingFileHandler
from typing import Any, Final

from pydantic import ValidationError

from wbcore.settings import DataFolderExposed, misspelt, settings

log = logging.getLogger(__name__)

FILE_BYTES: Final = 5_000_000
FILES: Final = 3
KEEP_DAYS: Final = 30

_SECRETS: Final = re.compile(
    r"eyJ[\w-]{4,}(?:\.[\w-]*){0,2}"  # a JWT, whole or a piece with its head
    r"|(?i:bearer(?:\s|\\n|%20)+)[\w.~+/=-]+"
    r"|(?<=://)[^\s\"']+(?=@)"  # user and password of an address, whatever signs the password has
    r"|[\w-]{120,}"  # a piece of a JWT without its head; nothing else that we log is one word so long
)
REDACTED: Final = "[redacted]"
_OWN: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


def redact(line: str) -> str:
    """The same text with everything that looks like a token or a password, or is one of ours, replaced."""
    for secret in _ours():
        line = line.replace(secret, REDACTED)
    return _SECRETS.sub(REDACTED, line)


def _ours() -> tuple[str, ...]:
    try:
        return settings().secrets
    except ValidationError:  # said by whoever reads the settings next
        return ()


class JsonLines(logging.Formatter):
    """One JSON object a record: ts, level, logger, event, and whatever came in ``extra``."""

    def format(self, record: logging.LogRecord) -> str:
        entry: dict[str, Any] = {
            "ts": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "event": _message(record),
        }
        entry |= {name: value for name, value in vars(record).items() if name not in _OWN}
        if record.exc_info:
            entry["exception"] = self.formatException(record.exc_info)
        return redact(json.dumps(entry, ensure_ascii=False, default=str))


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except (TypeError, ValueError):  # wrong arguments of a library's call must not lose the line
        return str(record.msg)


def setup(level: str | None = None) -> None:
    """Sends all logs of this process to stderr and to a file of its own. Calling it again changes the level.

    Args:
        level: DEBUG, INFO, WARNING or ERROR; ``WB_LOG_LEVEL`` when not given.
    """
    root = logging.getLogger()
    for handler in [handler for handler in root.handlers if isinstance(handler.formatter, JsonLines)]:
        root.removeHandler(handler)
        handler.close()
    for handler in (logging.StreamHandler(sys.stderr), *_file_handlers()):
        handler.setFormatter(JsonLines())
        root.addHandler(handler)
    root.setLevel(level or settings().log_level)
    for noisy in ("urllib3", "alembic", "watchdog", "asyncio"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    for name, meant in misspelt().items():
        log.warning("%s is no setting and does nothing: is %s meant?", name, meant)


class _OwnFile(RotatingFileHandler):
    """Goes on in a new file where another process has erased this one as old: there was nothing to say.

    What it can't write, as on a full disk, stands on stderr all the same.
    """

    def emit(self, record: logging.LogRecord) -> None:
        if self.stream is not None and not os.path.exists(self.baseFilename):
            self.stream.close()
            self.stream = None
        super().emit(record)

    def handleError(self, record: logging.LogRecord) -> None:
        """Python would print a traceback for each line, and the line as it was before ``redact``."""
        stream, self.stream = self.stream, None
        if stream is not None:
            with contextlib.suppress(OSError):  # it still has the line, and would fail with that again
                stream.close()


def _file_handlers() -> list[logging.Handler]:
    """A file of this process; none where the data folder can't be written (a full disk stops no work)."""
    try:
        path = settings().log_file
        path.parent.mkdir(mode=0o700, exist_ok=True)
        forget_old()
        return [_OwnFile(path, maxBytes=FILE_BYTES, backupCount=FILES, encoding="utf-8", delay=True)]
    except DataFolderExposed:
        raise
    except OSError:
        return []


def forget_old() -> None:
    """Erases the files of this data folder that nothing was written to for KEEP_DAYS days."""
    old = time.time() - KEEP_DAYS * 86_400
    for file in settings().log_file.parent.glob("*.jsonl*"):
        with contextlib.suppress(OSError):  # gone meanwhile, or on Windows another process has it open
            if file.stat().st_mtime < old:
                file.unlink()
