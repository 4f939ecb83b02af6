from tests.alerts.conftest import own_network
from tests.work import closed_queue, processes, sandbox, serve

__all__ = ["closed_queue", "own_network", "processes", "sandbox", "serve"]
