"""Who stands between the browsers and us: whose word on a browser's address counts.

The server that Streamlit starts believes whatever comes by loopback, and whoever sits there could choose the
address that failures are counted by. Here only those are believed that the operator has named.
"""

from __future__ import annotations

import gc
import ipaddress
from typing import Final

from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from wbcore.settings import settings

_NOBODY: Final = "192.0.2.0"
"""An address that nobody has: uvicorn has no word for "believe none"."""


def believe_only_the_named() -> None:
    """At the start of the server, before the first request: ``X-Forwarded-For`` is taken from these alone."""
    named = list(settings().proxies) or [_NOBODY]
    for one in gc.get_objects():
        if isinstance(one, ProxyHeadersMiddleware):
            one.trusted_hosts = ProxyHeadersMiddleware(one.app, named).trusted_hosts


def is_shared(address: str) -> bool:
    """Whether many come by this address: a named proxy's, or that of whatever stands before us unnamed."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return True
    if any(found in ipaddress.ip_network(one) for one in settings().proxies):
        return True
    return settings().public and (found.is_loopback or not settings().proxies)
