"""The commands' names, as in the contract."""

from __future__ import annotations

import typer

from wbcore.cli import doctor, imports, keys, metrics, orders, serve, tokens
from wbcore.cli.options import Json
from wbcore.cli.output import out

app = typer.Typer(
    help=out.text("help"),
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["--help", "-h"]},
)


@app.callback()
def _main(_json: Json = False) -> None:
    """Holds the commands."""


app.add_typer(tokens.group, name="token")
app.add_typer(keys.group, name="key")
app.command("doctor", help=out.text("help-doctor"))(doctor.doctor)
app.command("import", help=out.text("help-import"))(imports.import_orders)
app.command("orders", help=out.text("help-orders"))(orders.orders)
app.command("runs", help=out.text("help-runs"))(imports.runs)
app.command("sandbox", help=out.text("help-sandbox"))(serve.sandbox)
app.command("metrics", help=out.text("help-metrics"))(metrics.metrics)
app.command("worker", help=out.text("help-worker"))(serve.worker)
