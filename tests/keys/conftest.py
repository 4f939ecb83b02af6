from tests.work import closed_queue, processes, sandbox, serve

__all__ = ["closed_queue", "processes", "sandbox", "serve"]
