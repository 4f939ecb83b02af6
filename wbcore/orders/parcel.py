"""A file of orders as it is asked for by a page and made by a worker."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields
from datetime import UTC, datetime
from typing import Any, BinaryIO, Final
from zoneinfo import ZoneInfo

from sqlmodel import Session

from wbcore.orders import profiles
from wbcore.orders.filters import OrderFilters
from wbcore.orders.profiles import Profile
from wbcore.people import takeaway
from wbcore.people.actor import Actor
from wbcore.people.takeaway import OnRows
from wbcore.store.models import UserFile

KIND: Final = "orders"
_FILTERS: Final = frozenset(field.name for field in fields(OrderFilters))


def ask(  # noqa: PLR0917 (what, how, for whom)
    session: Session, actor: Actor, asked: OrderFilters, profile: Profile, lang: str, zone: ZoneInfo
) -> UserFile:
    """Has all rows of a filter written to a file; the caller commits.

    Raises:
        NotAllowed, TooManyFiles: as ``takeaway.ask``.
    """
    today = datetime.now(UTC).astimezone(zone)
    return takeaway.ask(
        session,
        actor,
        KIND,
        {
            "filters": asdict(asked),
            "profile": profile.record(),
            "lang": lang,
            "zone": zone.key,
        },
        name=f"wb-orders-{today:%Y-%m-%d}.{profiles.ENDINGS[profile.form]}",
        mime=profiles.MIME_TYPES[profile.form],
    )


def make(session: Session, wish: Mapping[str, Any], file: BinaryIO, actor: Actor, on_rows: OnRows) -> int:
    """Writes what was asked for; how many rows. It is a ``takeaway.Maker``."""
    given = {name: value for name, value in wish["filters"].items() if name in _FILTERS}
    if given.get("seller_ids") is not None:
        given["seller_ids"] = tuple(given["seller_ids"])
    return profiles.write(
        session,
        OrderFilters(**given),
        Profile.of_record(wish["profile"]),
        file,
        wish["lang"],
        ZoneInfo(wish["zone"]),
        on_rows=on_rows,
        by=actor,
    )
