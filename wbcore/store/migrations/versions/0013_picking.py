"""Lists by which orders are picked, with their lines and their orders."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "picking_sheet",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("seller_id", sa.Integer(), nullable=False),
        sa.Column("choice", sa.String(), nullable=False),
        sa.Column("orders", sa.Integer(), nullable=False),
        sa.Column("lines", sa.Integer(), nullable=False),
        sa.Column("left_out", sa.Boolean(), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["seller_id"], ["seller.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_picking_sheet_seller", "picking_sheet", ["seller_id", "id"])
    op.create_table(
        "picking_line",
        sa.Column("sheet_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("seller_id", sa.Integer(), nullable=False),
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("warehouse_id", sa.BigInteger(), nullable=True),
        sa.Column("office", sa.String(), nullable=False),
        sa.Column("article", sa.String(), nullable=False),
        sa.Column("size", sa.String(), nullable=False),
        sa.Column("barcode", sa.String(), nullable=False),
        sa.Column("nm_id", sa.BigInteger(), nullable=True),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("marking", sa.String(), nullable=False),
        sa.Column("comments", sa.Integer(), nullable=False),
        sa.Column("oldest_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["sheet_id"], ["picking_sheet.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("sheet_id", "number"),
    )
    op.create_table(
        "picking_order",
        sa.Column("sheet_id", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("seller_id", sa.Integer(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("has_comment", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["sheet_id"], ["picking_sheet.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("sheet_id", "order_id"),
    )
    op.create_index("ix_picking_order_order", "picking_order", ["seller_id", "order_id"])


def downgrade() -> None:
    for table in ("picking_order", "picking_line", "picking_sheet"):
        op.drop_table(table)
