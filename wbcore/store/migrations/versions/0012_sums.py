"""Sums of orders by hour and day; which cancellations hit an order that was alive.

What is there already is counted once, here: in the migration's own transaction nobody writes beside it. How
soon orders went into assembly is known from now on alone: the history does not say what came before its
first row.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_LOST = (
    "coalesce(supplier_status, '') IN ('cancel', 'cancel_carrier', 'cancel_missed_call', "
    "'cancel_shelf_life', 'reject') OR coalesce(wb_status, '') IN ('canceled', 'canceled_by_client', "
    "'declined_by_client', 'defect', 'canceled_by_carrier', 'canceled_by_missed_call')"
)
_STAGE = (
    f"CASE WHEN {_LOST} THEN 'cancelled' "
    "WHEN coalesce(wb_status, '') = 'sold' OR coalesce(supplier_status, '') = 'receive' THEN 'sold' "
    "WHEN supplier_status = 'new' THEN 'new' "
    "WHEN supplier_status = 'confirm' THEN 'assembly' "
    "WHEN coalesce(supplier_status, '') <> '' THEN 'moving' ELSE '' END"
)
_HOUR = "CASE WHEN created_at > 0 THEN created_at / 3600 ELSE 0 END"
_DAY = "CASE WHEN created_at > 0 THEN (created_at + 10800) / 86400 ELSE 0 END"
_CURRENCY = "coalesce(currency_code, 0)"
_AMOUNT = "coalesce(sum(CASE WHEN price BETWEEN -10000000000000 AND 10000000000000 THEN price ELSE 0 END), 0)"
_WAITING = "count > 0 AND stage IN ('new', 'assembly')"


def upgrade() -> None:
    op.add_column(
        "order_status_change",
        sa.Column("is_lost", sa.Boolean(), nullable=False, server_default=sa.text("false")),
    )
    op.create_index(
        "ix_order_status_change_lost",
        "order_status_change",
        ["seller_id", "at"],
        sqlite_where=sa.text("is_lost"),
        postgresql_where=sa.text("is_lost"),
    )
    _tables()
    _count()


def _tables() -> None:
    numbers = (
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "order_hour",
        sa.Column("seller_id", sa.Integer(), nullable=False),
        sa.Column("hour", sa.Integer(), nullable=False),
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("currency", sa.BigInteger(), nullable=False),
        *numbers,
        sa.PrimaryKeyConstraint("seller_id", "hour", "model", "stage", "currency"),
    )
    op.create_index(
        "ix_order_hour_waiting",
        "order_hour",
        ["seller_id", "hour"],
        sqlite_where=sa.text(_WAITING),
        postgresql_where=sa.text(_WAITING),
    )
    op.create_table(
        "order_day",
        sa.Column("seller_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("currency", sa.BigInteger(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("cancelled", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("seller_id", "day", "kind", "name", "currency"),
    )
    op.create_table(
        "order_wait",
        sa.Column("seller_id", sa.Integer(), nullable=False),
        sa.Column("hour", sa.Integer(), nullable=False),
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("hours", sa.Integer(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("seller_id", "hour", "model", "hours"),
    )


def _count() -> None:
    op.execute(
        "INSERT INTO order_hour (seller_id, hour, model, stage, currency, count, amount) "  # noqa: S608
        f"SELECT seller_id, {_HOUR}, model, {_STAGE}, {_CURRENCY}, count(*), {_AMOUNT} FROM wb_order "
        f"GROUP BY seller_id, {_HOUR}, model, {_STAGE}, {_CURRENCY}"
    )
    names = {
        "article": "coalesce(article, '')",
        "warehouse": "coalesce(CAST(warehouse_id AS VARCHAR), '')",
    }
    for kind, name in names.items():
        op.execute(
            "INSERT INTO order_day "  # noqa: S608 (our own words)
            "(seller_id, day, kind, name, currency, count, amount, cancelled) "
            f"SELECT seller_id, {_DAY}, '{kind}', {name}, {_CURRENCY}, count(*), {_AMOUNT}, "
            f"sum(CASE WHEN {_LOST} THEN 1 ELSE 0 END) FROM wb_order "
            f"GROUP BY seller_id, {_DAY}, {name}, {_CURRENCY}"
        )


def downgrade() -> None:
    for table in ("order_wait", "order_day", "order_hour"):
        op.drop_table(table)
    op.drop_index("ix_order_status_change_lost", table_name="order_status_change")
    op.drop_column("order_status_change", "is_lost")
