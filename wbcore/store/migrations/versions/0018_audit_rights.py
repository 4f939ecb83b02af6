"""On PostgreSQL not even the tables' owner has the right to change the audit; triggers stand behind that."""

from __future__ import annotations

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

RIGHTS = "UPDATE, DELETE, TRUNCATE ON audit"


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"REVOKE {RIGHTS} FROM PUBLIC")
        op.execute(f"REVOKE {RIGHTS} FROM CURRENT_USER")


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"GRANT {RIGHTS} TO CURRENT_USER")
