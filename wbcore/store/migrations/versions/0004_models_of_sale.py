"""Orders say their model of sale and delivery time; the order feed; a bad row belongs to all its imports.

Orders of DBS, DBW and pick-up were counted as FBS and their statuses were never asked for. They are told
apart here, and stay open: the next import asks WB how they stand.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_MODELS = {"dbs": "('dbs', 'edbs', 'dbsPickupPoint')", "dbw": "('dbw')", "click_collect": "('click_collect')"}
_ENDED = (
    "supplier_status IN ('cancel', 'cancel_carrier', 'cancel_missed_call', 'cancel_shelf_life', 'receive', "
    "'reject') OR wb_status IN ('sold', 'canceled', 'canceled_by_client', 'declined_by_client', 'defect', "
    "'canceled_by_carrier', 'canceled_by_missed_call')"
)
_OF_THE_SAME = (
    "one.seller_id = order_counter.seller_id AND one.supplier_status = order_counter.supplier_status "
    "AND one.wb_status = order_counter.wb_status AND one.kind IN ('dbs', 'dbw', 'click_collect')"
)


def upgrade() -> None:
    op.add_column("wb_order", sa.Column("model", sa.String(), nullable=False, server_default="fbs"))
    for name in ("delivery_date", "delivery_from", "delivery_to"):
        op.add_column("wb_order", sa.Column(name, sa.String(), nullable=True))
    _tell_models_apart()
    op.drop_index("ix_wb_order_open", table_name="wb_order")
    op.create_index(
        "ix_wb_order_open",
        "wb_order",
        ["seller_id", "model", "id"],
        sqlite_where=sa.text("is_open"),
        postgresql_where=sa.text("is_open"),
    )
    op.create_index(
        "ix_wb_order_model",
        "wb_order",
        ["seller_id", "model", "created_at", "id"],
        sqlite_where=sa.text("model <> 'fbs'"),
        postgresql_where=sa.text("model <> 'fbs'"),
    )
    _feed()
    op.create_table(
        "rejected_row_run",
        sa.Column("run_id", sa.String(), nullable=False),
        sa.Column("row_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["row_id"], ["rejected_row.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run_id", "row_id"),
    )
    op.execute("INSERT INTO rejected_row_run (run_id, row_id) SELECT run_id, id FROM rejected_row")
    op.drop_index("ix_rejected_row_run", table_name="rejected_row")
    op.create_index("ix_rejected_row_run_row", "rejected_row_run", ["row_id"])


def _tell_models_apart() -> None:
    for model, types in _MODELS.items():
        op.execute(f"UPDATE wb_order SET model = '{model}' WHERE delivery_type IN {types}")  # noqa: S608
    op.execute(f"UPDATE wb_order SET is_open = false WHERE is_open AND model <> 'fbs' AND ({_ENDED})")  # noqa: S608
    op.execute(
        "INSERT INTO order_counter (seller_id, kind, supplier_status, wb_status, count) "
        "SELECT seller_id, model, coalesce(supplier_status, ''), coalesce(wb_status, ''), count(*) "
        "FROM wb_order WHERE model <> 'fbs' "
        "GROUP BY seller_id, model, coalesce(supplier_status, ''), coalesce(wb_status, '')"
    )
    op.execute(
        "UPDATE order_counter SET count = count - "  # noqa: S608 (our own words)
        f"(SELECT sum(one.count) FROM order_counter one WHERE {_OF_THE_SAME}) "
        f"WHERE kind = 'fbs' AND EXISTS (SELECT 1 FROM order_counter one WHERE {_OF_THE_SAME})"
    )


def _feed() -> None:
    texts = ("status", "cancel_type", "warehouse_name", "warehouse_region", "city", "district", "currency")
    op.create_table(
        "feed_order",
        sa.Column("seller_id", sa.Integer(), nullable=False),
        sa.Column("srid", sa.String(), nullable=False),
        sa.Column("digest", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=True),
        sa.Column("nm_id", sa.BigInteger(), nullable=True),
        sa.Column("chrt_id", sa.BigInteger(), nullable=True),
        *(sa.Column(name, sa.String(), nullable=True) for name in texts),
        sa.Column("is_mp", sa.Boolean(), nullable=False),
        sa.Column("is_b2b", sa.Boolean(), nullable=False),
        sa.Column("seller_price", sa.BigInteger(), nullable=True),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("seller_id", "srid"),
    )
    op.create_index("ix_feed_order_created", "feed_order", ["seller_id", "created_at", "srid"])
    op.create_index("ix_feed_order_status", "feed_order", ["seller_id", "status", "created_at", "srid"])
    op.create_index("ix_feed_order_updated", "feed_order", ["seller_id", "updated_at", "status"])


def downgrade() -> None:
    op.drop_table("rejected_row_run")
    op.create_index("ix_rejected_row_run", "rejected_row", ["run_id", "id"])
    op.drop_table("feed_order")
    op.drop_index("ix_wb_order_model", table_name="wb_order")
    op.drop_index("ix_wb_order_open", table_name="wb_order")
    op.create_index(
        "ix_wb_order_open",
        "wb_order",
        ["seller_id", "id"],
        sqlite_where=sa.text("is_open"),
        postgresql_where=sa.text("is_open"),
    )
    for name in ("model", "delivery_date", "delivery_from", "delivery_to"):
        op.drop_column("wb_order", name)
