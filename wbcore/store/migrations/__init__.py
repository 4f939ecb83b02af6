"""The schema's history, by alembic. A change of ``models.py`` comes with a script in ``versions``."""

from __future__ import annotations

from typing import Final

HEAD: Final = "0022"
"""The newest revision, known without loading alembic; a test keeps it true."""
