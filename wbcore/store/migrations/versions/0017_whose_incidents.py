"""Whom an incident concerns, by key, so that whoever knows only some sellers sees it as well."""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    made = op.create_table(
        "checklist_key",
        sa.Column("checklist_id", sa.String(), nullable=False),
        sa.Column("key_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["checklist_id"], ["checklist.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["key_id"], ["wb_key.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("checklist_id", "key_id"),
    )
    op.create_index("ix_checklist_key_key_id", "checklist_key", ["key_id"])
    connection = op.get_bind()
    keys = set(connection.scalars(sa.text("SELECT id FROM wb_key")))
    found = connection.execute(sa.text("SELECT id, members FROM checklist WHERE key_id IS NULL"))
    rows = [
        {"checklist_id": row.id, "key_id": key_id}
        for row in found
        for key_id in {int(one["key_id"]) for one in _read(row.members)} & keys
    ]
    if rows:
        op.bulk_insert(made, rows)


def _read(members: object) -> list[dict[str, int]]:
    """PostgreSQL gives what it has read, SQLite the text."""
    return json.loads(members) if isinstance(members, str) else members or []  # type: ignore[return-value]


def downgrade() -> None:
    op.drop_table("checklist_key")
