"""The first schema."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "order_status_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("seller_id", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("supplier_status", sa.String(), nullable=True),
        sa.Column("wb_status", sa.String(), nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_order_status_change_order", "order_status_change", ["seller_id", "order_id", "at"])

    op.create_table(
        "quota",
        sa.Column("seller", sa.String(), nullable=False),
        sa.Column("group", sa.String(), nullable=False),
        sa.Column("tat", sa.Float(), nullable=False),
        sa.Column("blocked_until", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("seller", "group"),
    )
    op.create_table(
        "seller",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sid", sa.String(), nullable=False),
        sa.Column("environment", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("trade_mark", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("sid", "environment"),
    )
    op.create_table(
        "setting",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "statistics_order",
        sa.Column("seller_id", sa.Integer(), nullable=False),
        sa.Column("srid", sa.String(), nullable=False),
        sa.Column("digest", sa.BigInteger(), nullable=False),
        sa.Column("is_cancel", sa.Boolean(), nullable=False),
        sa.Column("date", sa.BigInteger(), nullable=False),
        sa.Column("last_change_date", sa.BigInteger(), nullable=True),
        sa.Column("cancel_date", sa.BigInteger(), nullable=True),
        sa.Column("article", sa.String(), nullable=True),
        sa.Column("nm_id", sa.BigInteger(), nullable=True),
        sa.Column("barcode", sa.String(), nullable=True),
        sa.Column("warehouse_name", sa.String(), nullable=True),
        sa.Column("region_name", sa.String(), nullable=True),
        sa.Column("total_price", sa.BigInteger(), nullable=True),
        sa.Column("price_with_disc", sa.BigInteger(), nullable=True),
        sa.Column("finished_price", sa.BigInteger(), nullable=True),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("seller_id", "srid"),
    )
    op.create_index(
        "ix_statistics_order_article", "statistics_order", ["seller_id", "article", "date", "srid"]
    )
    op.create_index(
        "ix_statistics_order_cancelled",
        "statistics_order",
        ["seller_id", "date", "srid"],
        sqlite_where=sa.text("is_cancel"),
        postgresql_where=sa.text("is_cancel"),
    )
    op.create_index("ix_statistics_order_date", "statistics_order", ["seller_id", "date", "srid"])

    op.create_table(
        "wb_order",
        sa.Column("seller_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("digest", sa.BigInteger(), nullable=False),
        sa.Column("supplier_status", sa.String(), nullable=True),
        sa.Column("wb_status", sa.String(), nullable=True),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("status_at", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("slot", sa.Integer(), nullable=False),
        sa.Column("rid", sa.String(), nullable=True),
        sa.Column("order_uid", sa.String(), nullable=True),
        sa.Column("article", sa.String(), nullable=True),
        sa.Column("nm_id", sa.BigInteger(), nullable=True),
        sa.Column("chrt_id", sa.BigInteger(), nullable=True),
        sa.Column("price", sa.BigInteger(), nullable=True),
        sa.Column("sale_price", sa.BigInteger(), nullable=True),
        sa.Column("converted_price", sa.BigInteger(), nullable=True),
        sa.Column("currency_code", sa.BigInteger(), nullable=True),
        sa.Column("warehouse_id", sa.BigInteger(), nullable=True),
        sa.Column("supply_id", sa.String(), nullable=True),
        sa.Column("delivery_type", sa.String(), nullable=True),
        sa.Column("cargo_type", sa.BigInteger(), nullable=True),
        sa.Column("cross_border_type", sa.BigInteger(), nullable=True),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("seller_id", "id"),
    )
    op.create_index("ix_wb_order_article", "wb_order", ["seller_id", "slot", "article"])
    op.create_index("ix_wb_order_created", "wb_order", ["seller_id", "created_at", "id"])
    op.create_index(
        "ix_wb_order_cross_border",
        "wb_order",
        ["seller_id", "id"],
        sqlite_where=sa.text("cross_border_type = 1"),
        postgresql_where=sa.text("cross_border_type = 1"),
    )
    op.create_index(
        "ix_wb_order_open",
        "wb_order",
        ["seller_id", "id"],
        sqlite_where=sa.text("is_open"),
        postgresql_where=sa.text("is_open"),
    )
    op.create_index("ix_wb_order_rid", "wb_order", ["seller_id", "slot", "rid"])
    op.create_index(
        "ix_wb_order_supplier_status", "wb_order", ["seller_id", "supplier_status", "created_at", "id"]
    )
    op.create_index("ix_wb_order_wb_status", "wb_order", ["seller_id", "wb_status", "created_at", "id"])

    op.create_table(
        "worker",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("host", sa.String(), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("heartbeat_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "order_client",
        sa.Column("seller_id", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("data_encrypted", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["seller_id"],
            ["seller.id"],
        ),
        sa.PrimaryKeyConstraint("seller_id", "order_id"),
    )
    op.create_table(
        "order_counter",
        sa.Column("seller_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("supplier_status", sa.String(), nullable=False),
        sa.Column("wb_status", sa.String(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["seller_id"],
            ["seller.id"],
        ),
        sa.PrimaryKeyConstraint("seller_id", "kind", "supplier_status", "wb_status"),
    )
    op.create_table(
        "rejected_row",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("seller_id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("digest", sa.BigInteger(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["seller_id"],
            ["seller.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("seller_id", "source", "digest"),
    )
    op.create_index("ix_rejected_row_run", "rejected_row", ["run_id", "id"])

    op.create_table(
        "wb_key",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("seller_id", sa.Integer(), nullable=False),
        sa.Column("environment", sa.String(), nullable=False),
        sa.Column("token_encrypted", sa.LargeBinary(), nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("verified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("token_saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["seller_id"],
            ["seller.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name"),
    )
    op.create_index("ix_wb_key_seller_id", "wb_key", ["seller_id"])

    op.create_table(
        "capability_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key_id", sa.Integer(), nullable=False),
        sa.Column("capability", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("evidence", sa.String(), nullable=False),
        sa.Column("latency_ms", sa.Integer(), nullable=True),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["key_id"], ["wb_key.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_capability_change_key", "capability_change", ["key_id", "capability", "at"])

    op.create_table(
        "capability_state",
        sa.Column("key_id", sa.Integer(), nullable=False),
        sa.Column("capability", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("evidence", sa.String(), nullable=False),
        sa.Column("latency_ms", sa.Integer(), nullable=True),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("diagnosis", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(["key_id"], ["wb_key.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("key_id", "capability"),
    )
    op.create_table(
        "checklist",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("key_id", sa.Integer(), nullable=True),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("severity", sa.String(), nullable=False),
        sa.Column("diagnosis", sa.JSON(), nullable=False),
        sa.Column("run_id", sa.String(), nullable=True),
        sa.Column("ticks", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("solved_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["key_id"], ["wb_key.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "ix_checklist_open",
        "checklist",
        ["key_id", "code", "subject"],
        unique=True,
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    )

    op.create_table(
        "import_run",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("key_id", sa.Integer(), nullable=True),
        sa.Column("key_name", sa.String(), nullable=False),
        sa.Column("seller_id", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("params", sa.JSON(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("phase", sa.String(), nullable=False),
        sa.Column("cursor", sa.JSON(), nullable=False),
        sa.Column("fetched", sa.Integer(), nullable=False),
        sa.Column("created", sa.Integer(), nullable=False),
        sa.Column("updated", sa.Integer(), nullable=False),
        sa.Column("unchanged", sa.Integer(), nullable=False),
        sa.Column("rejected", sa.Integer(), nullable=False),
        sa.Column("requests", sa.Integer(), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.Column("planned_requests", sa.Integer(), nullable=True),
        sa.Column("waited_s", sa.Float(), nullable=False),
        sa.Column("duration_s", sa.Float(), nullable=False),
        sa.Column("wait_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancel_requested", sa.Boolean(), nullable=False),
        sa.Column("worker", sa.String(), nullable=False),
        sa.Column("trigger", sa.String(), nullable=False),
        sa.Column("diagnoses", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["key_id"], ["wb_key.id"], ondelete="SET NULL"),
        sa.ForeignKeyConstraint(
            ["seller_id"],
            ["seller.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "ix_import_run_active",
        "import_run",
        ["key_id"],
        unique=True,
        sqlite_where=sa.text("status IN ('queued', 'running', 'waiting')"),
        postgresql_where=sa.text("status IN ('queued', 'running', 'waiting')"),
    )
    op.create_index("ix_import_run_created", "import_run", ["created_at"])
    op.create_index("ix_import_run_key_created", "import_run", ["key_id", "created_at"])
    op.create_index(
        "ix_import_run_seller_finished", "import_run", ["seller_id", "source", "status", "finished_at"]
    )


def downgrade() -> None:
    for table in (
        "import_run",
        "checklist",
        "capability_state",
        "capability_change",
        "wb_key",
        "rejected_row",
        "order_counter",
        "order_client",
        "worker",
        "wb_order",
        "statistics_order",
        "setting",
        "seller",
        "quota",
        "order_status_change",
    ):
        op.drop_table(table)
