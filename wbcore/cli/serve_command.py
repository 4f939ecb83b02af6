"""``serve``, ``sandbox`` and ``worker``: commands that run until stopped."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Final

import typer

from wbcore.cli.options import Json
from wbcore.cli.output import WrongUsageError, out
from wbcore.settings import settings

SANDBOX_PORT: Final = 8899
DASHBOARD_PORT: Final = 8501
APP: Final = Path(__file__).resolve().parents[2] / "app.py"


def serve(
    address: Annotated[str, typer.Option("--address", help=out.text("help-address"))] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help=out.text("help-serve-port"))] = DASHBOARD_PORT,
    _json: Json = False,
) -> None:
    """Serves the dashboard: the same as ``streamlit run app.py``, whose gate stands in ``app.py`` itself."""
    settings()  # a wrong one is told here: the document of --json, and no server that ends at once
    _see_that_it_is_free(address, port)
    # Streamlit takes the address that it shows for its own from here, and looks for no other.
    options = ["--server.address", address, "--server.port", str(port)]
    command = [sys.executable, "-m", "streamlit", "run", str(APP), *options]
    sys.stdout.flush()
    if os.name == "nt":  # there ``exec`` leaves the terminal to whoever started us
        raise typer.Exit(subprocess.call(command))  # noqa: S603
    os.execv(command[0], command)  # noqa: S606


def _see_that_it_is_free(address: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        with socket.socket(family) as probe:
            if os.name != "nt":
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((address, port))
    except OSError as error:
        detail = error.strerror or type(error).__name__
        raise WrongUsageError(
            out.text("address-taken", address=address[:60], port=str(port), detail=detail)
        ) from None


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
    from wbcore.people.actor import Actor, find_present_by
    from wbcore.worker import process

    database.prepare()
    find_present_by(lambda: Actor.machine("worker"))
    with until_stopped():
        process.serve()


@contextlib.contextmanager
def until_stopped() -> Iterator[None]:
    """SIGINT and SIGTERM are the ordinary end of such a command."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with contextlib.suppress(KeyboardInterrupt):
        yield
