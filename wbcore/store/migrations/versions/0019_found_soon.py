"""What lets a million orders be looked through at once: their numbers in blocks, the days' sums by week.

And which orders a bar of "how soon taken" stands for: the history says it from now on. What was counted
before can lead to no list, so that it is counted anew from here.

A million orders take some seconds: one index of orders and one table of sums are read.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_SLOT_S = 21_600
_DAYS = 7


def upgrade() -> None:
    _numbers()
    _days(clustered=True)
    _weeks()
    _taken()


def _numbers() -> None:
    op.create_table(
        "order_number",
        sa.Column("slot", sa.Integer(), nullable=False),
        sa.Column("seller_id", sa.Integer(), nullable=False),
        sa.Column("numbers", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("slot", "seller_id"),
    )
    slot = f"CASE WHEN created_at > 0 THEN created_at / {_SLOT_S} ELSE 0 END"
    joined = "group_concat(id, ' ')" if _is_sqlite() else "string_agg(CAST(id AS TEXT), ' ')"
    op.execute(
        "INSERT INTO order_number (slot, seller_id, numbers) "  # noqa: S608 (our own words)
        f"SELECT {slot}, seller_id, {joined} || ' ' FROM wb_order GROUP BY 1, 2"
    )


def _sums(name: str, unit: str, *, clustered: bool = True) -> None:
    """A table of sums; on SQLite its rows are kept in the order of their key."""
    op.create_table(
        name,
        sa.Column("seller_id", sa.Integer(), nullable=False),
        sa.Column(unit, sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("currency", sa.BigInteger(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("cancelled", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("seller_id", unit, "kind", "name", "currency"),
        sqlite_with_rowid=not clustered,
    )


def _days(*, clustered: bool) -> None:
    """On SQLite the table is written anew."""
    if not _is_sqlite():
        return
    op.rename_table("order_day", "order_day_before")
    _sums("order_day", "day", clustered=clustered)
    columns = "seller_id, day, kind, name, currency, count, amount, cancelled"
    op.execute(
        f"INSERT INTO order_day ({columns}) SELECT {columns} FROM order_day_before "  # noqa: S608
        "ORDER BY seller_id, day, kind, name, currency"
    )
    op.drop_table("order_day_before")


def _weeks() -> None:
    _sums("order_week", "week")
    op.execute(
        "INSERT INTO order_week (seller_id, week, kind, name, currency, count, amount, cancelled) "  # noqa: S608
        f"SELECT seller_id, day / {_DAYS}, kind, name, currency, sum(count), sum(amount), sum(cancelled) "
        "FROM order_day GROUP BY 1, 2, 3, 4, 5"
    )


def _taken() -> None:
    op.add_column("order_status_change", sa.Column("taken", sa.Integer(), nullable=True))
    op.add_column("order_status_change", sa.Column("made", sa.BigInteger(), nullable=True))
    op.create_index(
        "ix_order_status_change_taken",
        "order_status_change",
        ["seller_id", "taken", "made", "order_id"],
        sqlite_where=sa.text("taken IS NOT NULL"),
        postgresql_where=sa.text("taken IS NOT NULL"),
    )
    op.execute("DELETE FROM order_wait")


def _is_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def downgrade() -> None:
    op.drop_index("ix_order_status_change_taken", table_name="order_status_change")
    op.drop_column("order_status_change", "made")
    op.drop_column("order_status_change", "taken")
    op.drop_table("order_week")
    _days(clustered=False)
    op.drop_table("order_number")
