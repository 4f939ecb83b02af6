"""``metrics``: the installation in numbers, for Prometheus."""

from __future__ import annotations

from datetime import UTC, datetime

import typer

from wbcore.cli.options import Json
from wbcore.cli.output import out


def metrics(_json: Json = False) -> None:
    """Prints Prometheus' text format, with ``--json`` as a document's text; sends nothing to Wildberries."""
    from wbcore.cli import database
    from wbcore.worker import metrics

    database.prepare(secret=False)
    text = metrics.text(datetime.now(UTC))
    if out.json:
        out.result({"metrics": text})
    else:
        typer.echo(text, nl=False)
