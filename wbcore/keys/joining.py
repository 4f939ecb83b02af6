"""A seller whom nobody knew is one that is stored already: what was kept for the first goes over to it.

Orders are kept by seller. A key that was saved while WB was down, with a token that does not say whose it is,
has a seller of its own until WB answers; what was imported before must not stay with nobody.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import text
from sqlmodel import Session, col, select

from wbcore.store import conflicts, values
from wbcore.store.models import IS_ACTIVE, FileOrder, Kept, Run, UserFile

RECOUNT: Final = "sums.recount"
"""Name under which the sellers are kept whose sums are to be counted anew (``orders.recount``)."""

_BY: Final = {
    "order_status_change": "order_id",
    "order_client": "order_id",
    "order_private": "order_id",
    "wb_order": "id",
    "statistics_order": "srid",
    "feed_order": "srid",
}
"""Table -> what names a row of it beside the seller. An order's details before the order itself: whether it
is there twice is told by the order."""
_ORDER_OF: Final = {"order_status_change": "wb_order", "order_private": "wb_order"}
_COUNTED: Final = {
    "wb_order": ("model", "coalesce(supplier_status, '')", "coalesce(wb_status, '')"),
    "statistics_order": ("'statistics'", "CASE WHEN is_cancel THEN 'cancel' ELSE '' END", "''"),
    "feed_order": ("'order_feed'", "coalesce(status, '')", "''"),
}
"""Table -> kind, supplier status and WB status under which ``OrderCounter`` counts its rows."""


def busy(session: Session, seller_id: int) -> bool:
    """Whether an import still writes to this seller."""
    query = select(Run.id).where(Run.seller_id == seller_id, IS_ACTIVE)
    return session.exec(query.limit(1)).first() is not None


def join(session: Session, unknown_id: int, seller_id: int) -> None:
    """Gives a seller all that was kept for an unknown one, which is then no more.

    The caller has locked both (``ownership.lock``), and commits.

    An order that both have stays as the known seller has it; its next import brings what is newer.

    Args:
        unknown_id: no import may be writing to it; see ``busy``.
    """
    session.flush()
    names = {"old": unknown_id, "new": seller_id}

    def run(statement: str) -> None:
        session.connection().execute(text(statement), names)

    if session.connection().execute(text(_TWICE), names).first() is not None:
        values.change(session, RECOUNT, lambda kept: sorted({*(kept or ()), seller_id}))
    for table, kinds in _COUNTED.items():
        run(_count_down(table, kinds))
    for table, name in _BY.items():
        of, its = _ORDER_OF.get(table, table), _BY[_ORDER_OF.get(table, table)]
        run(
            f"DELETE FROM {table} WHERE seller_id = :old AND {name} IN "  # noqa: S608 (names of this module)
            f"(SELECT {its} FROM {of} WHERE seller_id = :new)"
        )
        run(f"UPDATE {table} SET seller_id = :new WHERE seller_id = :old")  # noqa: S608
    for statement in _THE_REST:
        run(statement)
    session.expire_all()
    _ask_for(session, unknown_id, seller_id)


def _ask_for(session: Session, unknown_id: int, seller_id: int) -> None:
    """What people ask for by the seller's number: kept lists, files of each day, files that are not made yet.

    With the former number they would find nothing from now on, and nobody would be told why.
    """
    old, new = str(unknown_id), str(seller_id)
    for kept in session.exec(select(Kept).where(Kept.kind == "view")):
        if kept.data.get("seller") == old:
            kept.data = {**kept.data, "seller": new}
    for daily in session.exec(select(FileOrder)):
        if daily.view.get("seller") == old:
            daily.view = {**daily.view, "seller": new}
    for file in session.exec(select(UserFile).where(col(UserFile.state).in_(("queued", "making")))):
        asked = file.wish.get("filters") or {}
        if unknown_id in (asked.get("seller_ids") or ()):
            ids = [seller_id if one == unknown_id else one for one in asked["seller_ids"]]
            file.wish = {**file.wish, "filters": {**asked, "seller_ids": ids}}
    session.flush()


def _count_down(table: str, kinds: tuple[str, str, str]) -> str:
    """Takes from the unknown seller's counters what the known one has counted already."""
    kind, supplier, wb = kinds
    name = _BY[table]
    return (
        f"UPDATE order_counter SET count = count - (SELECT count(*) FROM {table} AS one "  # noqa: S608
        f"WHERE one.seller_id = :old AND {kind} = order_counter.kind "
        f"AND {supplier} = order_counter.supplier_status AND {wb} = order_counter.wb_status "
        f"AND one.{name} IN (SELECT {name} FROM {table} WHERE seller_id = :new)) "
        "WHERE seller_id = :old"
    )


def _added(table: str, names: str, *sums: str) -> str:
    """Adds the unknown seller's sums to those of the known one."""
    columns = f"{names}, {', '.join(sums)}"
    added = conflicts.adding(table, names.split(", "), sums)
    return (
        f"INSERT INTO {table} (seller_id, {columns}) SELECT :new, {columns} FROM {table} "  # noqa: S608
        f"WHERE seller_id = :old {added}"
    )


_TWICE: Final = (
    "SELECT 1 FROM wb_order WHERE seller_id = :old AND id IN "
    "(SELECT id FROM wb_order WHERE seller_id = :new) LIMIT 1"
)
_GONE: Final = (
    "order_counter",
    "order_hour",
    "order_day",
    "order_week",
    "order_wait",
    "order_value",
    "order_number",
    "day_rule",
    "day_told",
)
"""Tables that keep nothing of the unknown seller once the known one has it."""
_MOVED: Final = ("picking_sheet", "picking_line", "picking_order", "day_message", "import_run", "wb_key")
"""Tables whose rows go over as they are."""
_THE_REST: Final = (
    _added("order_counter", "kind, supplier_status, wb_status", "count"),
    _added("order_hour", "hour, model, stage, currency", "count", "amount"),
    _added("order_day", "day, kind, name, currency", "count", "amount", "cancelled"),
    _added("order_week", "week, kind, name, currency", "count", "amount", "cancelled"),
    _added("order_wait", "hour, model, hours", "count"),
    "INSERT INTO order_value (seller_id, field, value, article, folded, first_slot, last_slot) "  # noqa: S608 (names of this module)
    "SELECT :new, field, value, article, folded, first_slot, last_slot FROM order_value "
    f"WHERE seller_id = :old {conflicts.WIDER_SPAN}",
    "INSERT INTO order_number (slot, seller_id, numbers) SELECT slot, :new, numbers FROM order_number "  # noqa: S608 (names of this module)
    f"WHERE seller_id = :old {conflicts.LONGER_NUMBERS}",
    # What the known seller's people wish for stays; where they have wished for nothing, this is taken.
    "UPDATE day_rule SET seller_id = :new WHERE seller_id = :old "
    "AND NOT EXISTS (SELECT 1 FROM day_rule AS kept WHERE kept.seller_id = :new)",
    "INSERT INTO day_told (seller_id, kind, order_id, at) SELECT :new, kind, order_id, at FROM day_told "
    "WHERE seller_id = :old ON CONFLICT (seller_id, kind, order_id) DO NOTHING",
    *(f"DELETE FROM {table} WHERE seller_id = :old" for table in _GONE),  # noqa: S608
    # The same unread row is kept once: what says that it came in an import goes to the one that stays.
    "UPDATE rejected_row_run SET row_id = (SELECT kept.id FROM rejected_row AS kept, rejected_row AS mine "
    "WHERE mine.id = rejected_row_run.row_id AND kept.seller_id = :new AND kept.source = mine.source "
    "AND kept.digest = mine.digest) WHERE row_id IN (SELECT mine.id FROM rejected_row AS mine, rejected_row "
    "AS kept WHERE mine.seller_id = :old AND kept.seller_id = :new AND kept.source = mine.source "
    "AND kept.digest = mine.digest)",
    "DELETE FROM rejected_row WHERE seller_id = :old AND EXISTS (SELECT 1 FROM rejected_row AS kept WHERE "
    "kept.seller_id = :new AND kept.source = rejected_row.source AND kept.digest = rejected_row.digest)",
    "UPDATE rejected_row SET seller_id = :new WHERE seller_id = :old",
    # What both were told of stays as the known seller's people were told of it.
    "DELETE FROM day_message WHERE seller_id = :old AND EXISTS (SELECT 1 FROM day_message AS kept WHERE "
    "kept.seller_id = :new AND kept.channel_id = day_message.channel_id AND kept.kind = day_message.kind "
    "AND kept.event = day_message.event)",
    *(f"UPDATE {table} SET seller_id = :new WHERE seller_id = :old" for table in _MOVED),  # noqa: S608
    # Who may see the known seller is said by an owner, never by this.
    "DELETE FROM app_user_seller WHERE seller_id = :old",
    "DELETE FROM seller WHERE id = :old",
)
THOUGHT_OF: Final = frozenset({*_BY, *_GONE, *_MOVED, "rejected_row", "app_user_seller"})
"""What is done here with each table of ``ownership.tables``; a test holds that none is left out."""
