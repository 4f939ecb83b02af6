"""``buyers erase``: names, phones, addresses and comments of buyers go at once."""

from __future__ import annotations

from typing import Annotated

import typer

from wbcore.cli.options import Json, sure
from wbcore.cli.output import WrongUsageError, out

group = typer.Typer(help=out.text("help-buyers-data"), no_args_is_help=True)


@group.callback()
def _buyers(_json: Json = False) -> None:
    """Holds the commands of buyers' data."""


@group.command(help=out.text("help-buyers-erase"))
def erase(
    older_than: Annotated[
        int, typer.Option("--older-than", min=0, max=36_500, metavar="DAYS", help=out.text("help-older-than"))
    ] = 0,
    seller: Annotated[
        str | None, typer.Option("--seller", metavar="SID", help=out.text("help-seller"), show_default=False)
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help=out.text("help-secret-yes"))] = False,
    _json: Json = False,
) -> None:
    """Erases buyers' data of all orders, or of old ones, or of one seller's. The orders themselves stay."""
    from rich.text import Text

    from wbcore.cli import database
    from wbcore.orders import buyers

    database.prepare()
    sellers = None if seller is None else database.seller_ids(seller)
    if sellers == []:
        raise WrongUsageError(out.text("buyers-seller-missing", sid=str(seller)))
    sure(yes, out.text("confirm-buyers-erase"))
    count = buyers.erase(older_than, sellers)
    document = {"erased": count, "older_than_days": older_than, "seller": seller}
    out.result(document, lambda: Text(out.text("buyers-erased", count=count)))
