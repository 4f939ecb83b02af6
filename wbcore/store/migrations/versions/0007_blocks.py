"""How far ahead a seller's bucket may be, and how long it was closed the last time."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("quota", sa.Column("block_s", sa.Float(), nullable=False, server_default="0"))
    op.add_column("quota", sa.Column("span_s", sa.Float(), nullable=False, server_default="0"))
    # A block that holds during the upgrade is as long as it says, and a debt too.
    op.execute(sa.text("UPDATE quota SET block_s = 2678400, span_s = 86400"))


def downgrade() -> None:
    op.drop_column("quota", "span_s")
    op.drop_column("quota", "block_s")
