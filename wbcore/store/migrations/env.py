"""Run by alembic. The connection, its lock and its transaction are those of ``db.prepare``."""

from __future__ import annotations

from alembic import context
from sqlmodel import SQLModel

from wbcore.store import models

models.tell_postgresql()
context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    render_as_batch=True,  # SQLite can't alter a column in place
    transactional_ddl=True,
    compare_type=True,
)
context.run_migrations()
