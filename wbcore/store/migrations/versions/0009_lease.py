"""Leases; wishes for checks that say how they ended; what schedules have left out."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "lease",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("holder", sa.String(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.add_column("checkup", sa.Column("state", sa.String(), nullable=False, server_default="done"))
    op.execute("UPDATE checkup SET state = 'waiting' WHERE finished_at IS NULL OR finished_at < requested_at")
    op.drop_column("checkup", "claimed_at")
    op.execute("UPDATE alert SET status = 'pending' WHERE status = 'sending'")
    op.drop_column("alert", "claim")
    op.drop_column("alert", "claimed_at")
    op.add_column("schedule", sa.Column("skipped", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("schedule", sa.Column("skipped_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("schedule", "skipped_at")
    op.drop_column("schedule", "skipped")
    op.add_column("alert", sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("alert", sa.Column("claim", sa.String(), nullable=False, server_default=""))
    op.add_column("checkup", sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True))
    op.drop_column("checkup", "state")
    op.drop_table("lease")
