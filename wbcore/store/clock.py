"""The database's clock: the one that all machines share, whatever their own ones say."""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Engine, literal, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement
from sqlmodel import Session, col

from wbcore.store.models import UTCDateTime

SLACK: Final = timedelta(minutes=1)
"""Clocks of several machines differ by so much."""
LOOK_S: Final = 60.0
"""How often a machine's clock is compared with the server's: it may be set meanwhile."""


class moment(FunctionElement[datetime]):
    """An instant by the database's clock, ``seconds`` from now; to be used in statements."""

    type = UTCDateTime()
    inherit_cache = True

    def __init__(self, seconds: float = 0.0) -> None:
        super().__init__(literal(float(seconds)))


@compiles(moment, "sqlite")
def _sqlite(element: moment, compiler: Any, **options: Any) -> str:
    """In the very form in which SQLAlchemy keeps instants there, so that texts compare as instants do."""
    seconds = compiler.process(element.clauses, **options)
    return f"strftime('%Y-%m-%d %H:%M:%f000', 'now', {seconds} || ' seconds')"


@compiles(moment, "postgresql")
def _postgresql(element: moment, compiler: Any, **options: Any) -> str:
    seconds = compiler.process(element.clauses, **options)
    return f"(clock_timestamp() + make_interval(secs => {seconds}))"


def is_near(column: Any, seconds: float) -> ColumnElement[bool]:
    """What a column says is no more than ``seconds`` away. What is further ahead was written before the
    database's clock was set back: it is as old as what is further behind."""
    return col(column).between(moment(-seconds), moment(seconds))


def now(session: Session) -> datetime:
    """What the database's clock says."""
    found: datetime = session.connection().execute(select(moment())).scalar_one()
    return found


def shared(engine: Engine) -> Callable[[], float]:
    """Unix seconds as all who use a database tell them: of a file the machine's own, else the server's."""
    return time.time if engine.dialect.name == "sqlite" else _Shared(engine)


class _Shared:
    """The machine's clock as far off as the server's was at the last look: an import asks at each request."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._ahead_s = 0.0
        self._looked = -math.inf

    def __call__(self) -> float:
        if time.monotonic() - self._looked > LOOK_S:
            self._looked = time.monotonic()
            with contextlib.suppress(DBAPIError):  # it is away: what is known holds until the next look
                self._look()
        return time.time() + self._ahead_s

    def _look(self) -> None:
        with self._engine.connect() as connection:
            before = time.time()
            there = connection.execute(select(moment())).scalar_one()
            self._ahead_s = there.timestamp() - (before + time.time()) / 2
