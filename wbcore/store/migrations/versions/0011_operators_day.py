"""Columns that an operator filters by, values that orders have, what users keep for themselves.

Rows of older versions get their columns from ``raw`` by a worker, in batches.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_COLUMNS = (
    ("barcode", sa.String()),
    ("office", sa.String()),
    ("required_meta", sa.String()),
    ("is_zero", sa.Boolean()),
    ("is_b2b", sa.Boolean()),
)


def upgrade() -> None:
    for name, kind in _COLUMNS:
        op.add_column("wb_order", sa.Column(name, kind, nullable=True))
    op.create_table(
        "order_value",
        sa.Column("seller_id", sa.Integer(), nullable=False),
        sa.Column("field", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("article", sa.String(), nullable=False),
        sa.Column("folded", sa.String(), nullable=False),
        sa.Column("first_slot", sa.Integer(), nullable=False),
        sa.Column("last_slot", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("seller_id", "field", "value", "article"),
    )
    op.create_table(
        "app_kept",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_app_kept_user", "app_kept", ["user_id", "kind", "name"])


def downgrade() -> None:
    op.drop_table("app_kept")
    op.drop_table("order_value")
    for name, _ in reversed(_COLUMNS):
        op.drop_column("wb_order", name)
