from tests.work import closed_queue, processes, sandbox, serve, sqlite

__all__ = ["closed_queue", "processes", "sandbox", "serve", "sqlite"]
