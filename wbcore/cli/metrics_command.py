"""``metrics``: the installation in numbers, for Prometheus."""

from __future__ import annotations

from datetime import UTC, datetime

import typer


def metrics() -> None:
    """Prints Prometheus' text format; sends nothing to Wildberries."""
    from wbcore.cli import database
    from wbcore.worker import metrics

    database.prepare(secret=False)
    typer.echo(metrics.text(datetime.now(UTC)), nl=False)
