"""``sandbox`` and ``worker``: commands that run until stopped."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator
from typing import Annotated, Final

import typer

from wbcore.cli.options import Json
from wbcore.cli.output import WrongUsageError, out

SANDBOX_PORT: Final = 8899


def sandbox(
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help=out.text("help-port"), show_default=False)
    ] = None,
    orders: Annotated[int, typer.Option(min=0, max=10_000_000, help=out.text("help-orders-count"))] = 200,
    _json: Json = False,
) -> None:
    """Serves the imitation of WB. Its first line on stdout is the contract's document."""
    from wbcore.sandbox import server

    with until_stopped():
        try:
            server.serve_forever(SANDBOX_PORT if port is None else port, orders)
        except OSError as error:
            if port is not None:
                raise WrongUsageError(out.text("port-taken", port=str(port), detail=error.strerror)) from None
            # Somebody has the usual port: the first line tells the address anyway.
            server.serve_forever(0, orders)


def worker(_json: Json = False) -> None:
    """Takes queued imports until it is stopped."""
    from wbcore.cli import database
    from wbcore.jobs import worker as jobs_worker

    database.prepare()
    with until_stopped():
        jobs_worker.serve()


@contextlib.contextmanager
def until_stopped() -> Iterator[None]:
    """SIGINT and SIGTERM are the ordinary end of such a command."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with contextlib.suppress(KeyboardInterrupt):
        yield
