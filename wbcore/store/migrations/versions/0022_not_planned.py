"""How many requests an import was to take is asked before a press; of one that has run nobody reads it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_column("import_run", "planned_requests")


def downgrade() -> None:
    op.add_column("import_run", sa.Column("planned_requests", sa.Integer(), nullable=True))
