"""Checklists: incidents with members, routes, reminders, how they ended and what became of them before."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for column in (
        sa.Column("environment", sa.String(), nullable=False, server_default=""),
        sa.Column("members", sa.JSON(), nullable=False, server_default="[]"),
        sa.Column("route", sa.String(), nullable=False, server_default=""),
        sa.Column("past", sa.JSON(), nullable=False, server_default="[]"),
        # SQLite can add no column that has to be filled in without a value for the rows that are there.
        sa.Column(
            "opened_at",
            sa.DateTime(timezone=True),
            nullable=False,
            server_default="2000-01-01 00:00:00+00:00",
        ),
        sa.Column("snoozed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended", sa.String(), nullable=False, server_default=""),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
    ):
        op.add_column("checklist", column)
    op.execute("UPDATE checklist SET opened_at = created_at")
    op.execute("UPDATE checklist SET ended = 'solved' WHERE closed_at IS NOT NULL")
    # An outage of the version before stands once for each key and method: the next failure opens the one
    # checklist that there is now, and these could never be finished.
    op.execute(
        "UPDATE checklist SET closed_at = updated_at, ended = 'merged', solved_by = 'system'"
        " WHERE closed_at IS NULL AND (key_id IS NULL OR code IN ('wb_unavailable', 'network_unreachable',"
        " 'unexpected_response', 'method_disabled', 'endpoint_retired'))"
    )
    op.create_index(
        "ix_checklist_incident",
        "checklist",
        ["code", "subject"],
        unique=True,
        sqlite_where=sa.text("closed_at IS NULL AND key_id IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL AND key_id IS NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_checklist_incident", table_name="checklist")
    for name in (
        "environment",
        "members",
        "route",
        "past",
        "opened_at",
        "snoozed_until",
        "ended",
        "reminded_at",
    ):
        op.drop_column("checklist", name)
