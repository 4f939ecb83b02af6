"""What becomes of a row that is there already, in SQL that SQLite and PostgreSQL both read.

``db.insert`` is the usual way. These clauses are for statements that are written as text, as SQLAlchemy would
cost a page of an import more than the database does.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final


def adding(table: str, keys: Collection[str], sums: Collection[str]) -> str:
    """Its numbers grow by those of the new row; ``keys`` say, with seller_id, which row it is."""
    changes = ", ".join(f"{name} = {table}.{name} + excluded.{name}" for name in sums)
    return f"ON CONFLICT (seller_id, {', '.join(keys)}) DO UPDATE SET {changes}"


WIDER_SPAN: Final = (
    "ON CONFLICT (seller_id, field, value, article) DO UPDATE SET "
    "first_slot = CASE WHEN excluded.first_slot < order_value.first_slot "
    "THEN excluded.first_slot ELSE order_value.first_slot END, "
    "last_slot = CASE WHEN excluded.last_slot > order_value.last_slot "
    "THEN excluded.last_slot ELSE order_value.last_slot END "
    "WHERE excluded.first_slot < order_value.first_slot OR excluded.last_slot > order_value.last_slot"
)
"""A row of ``order_value`` keeps the wider span; nothing is written where it has that already."""

LONGER_NUMBERS: Final = (
    "ON CONFLICT (slot, seller_id) DO UPDATE SET numbers = order_number.numbers || excluded.numbers"
)
"""A row of ``order_number`` gets the new numbers behind its own."""
