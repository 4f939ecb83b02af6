import pytest

from tests.work import closed_queue, processes, sandbox, serve
from wbcore.settings import settings

__all__ = ["closed_queue", "processes", "sandbox", "serve"]


@pytest.fixture(autouse=True)
def own_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """The services of these tests stand on this machine."""
    monkeypatch.setenv("WB_ALERTS_PRIVATE", "1")
    settings.cache_clear()
