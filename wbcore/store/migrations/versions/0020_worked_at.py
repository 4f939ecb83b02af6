"""When a method last did its work: a refusal that came twice had forgotten it.

What is known of the past is taken: the last answer where a method works, else the last time that it began to.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("capability_state", sa.Column("worked_at", sa.DateTime(timezone=True), nullable=True))
    op.execute(
        "UPDATE capability_state SET worked_at = CASE WHEN status = 'ok' AND evidence = 'probe' "
        "THEN checked_at ELSE (SELECT max(at) FROM capability_change AS change "
        "WHERE change.key_id = capability_state.key_id AND change.capability = capability_state.capability "
        "AND change.status = 'ok' AND change.evidence = 'probe') END"
    )


def downgrade() -> None:
    op.drop_column("capability_state", "worked_at")
