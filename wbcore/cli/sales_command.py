"""``sales``: what each day has brought, by the order feed and by the statistics."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from wbcore.cli.options import FirstDay, Json, LastDay, OptionalKeyName, parse_days
from wbcore.cli.output import WrongUsageError, out

if TYPE_CHECKING:
    from wbcore.orders.sales import DaySales

DAYS = 7


def sales(
    key: OptionalKeyName = None, since: FirstDay = None, until: LastDay = None, _json: Json = False
) -> None:
    """Reads what has been imported; sends nothing. Without days: the last seven."""
    first, last = parse_days(since, until)
    from wbcore.cli import database
    from wbcore.guidance import terminal
    from wbcore.orders import sales as reading
    from wbcore.store import days

    last = last or days.today()
    if first is not None and first > last:
        raise WrongUsageError(out.text("future-date", day=first.isoformat()))
    first = first or last - timedelta(days=DAYS - 1)
    if (last - first).days >= reading.MOST_DAYS:
        raise WrongUsageError(out.text("sales-too-long", most=reading.MOST_DAYS))
    database.prepare(secret=False)
    sellers = database.order_filters(key, None, (None, None), None).seller_ids
    with database.reading() as session:
        found = reading.of_days(session, first, last, days.zone(), sellers)
    document = {"zone": days.zone().key, "days": [_as_document(one) for one in found]}
    out.result(document, lambda: terminal.sales(document, out.lang))


def _as_document(one: DaySales) -> dict[str, Any]:
    """None where the source does not know. ``..._amount`` are the roubles of ``..._amounts``."""
    sums = {name: getattr(one, name) for name in ("ordered", "sold", "cancelled", "returned")}
    return {
        "day": one.day.isoformat(),
        "source": one.source,
        **{name: None if value is None else value.count for name, value in sums.items()},
        **{
            f"{name}_amount": None if value is None else value.amounts.get("RUB", 0)
            for name, value in sums.items()
        },
        **{f"{name}_amounts": None if value is None else value.amounts for name, value in sums.items()},
    }
