"""A database as an earlier version of the program has left it."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from sqlalchemy import create_engine

from wbcore.store import db


def make_older(file: Path, revision: str = "0020") -> None:
    """Takes back what later versions have changed in a SQLite database that nobody uses."""
    engine = create_engine(f"sqlite:///{file}")
    with engine.connect() as connection:
        command.downgrade(db.migration_config(connection), revision)
        connection.commit()
    engine.dispose()
