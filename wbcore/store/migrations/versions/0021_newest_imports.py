"""The newest import of each key and source in one look: the page of keys went through a month of them."""

from __future__ import annotations

from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_import_run_key_source", "import_run", ["key_id", "source", "created_at"])


def downgrade() -> None:
    op.drop_index("ix_import_run_key_source", table_name="import_run")
