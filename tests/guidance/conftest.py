from tests.work import sqlite

__all__ = ["sqlite"]
