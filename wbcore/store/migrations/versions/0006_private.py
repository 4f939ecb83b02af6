"""What orders say of their buyers, apart and encrypted; ``orders.buyers`` moves it there from older rows."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "order_private",
        sa.Column("seller_id", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("data_encrypted", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("seller_id", "order_id"),
    )


def downgrade() -> None:
    op.drop_table("order_private")
