"""What an alert's address may ask for, and where it may lead: never to this machine or its network.

An address is an operator's text that our process acts on: its parameters could name local files, switch off
the check of certificates or choose a request's verb and headers, and its host could be a neighbour that only
this machine reaches. Parameters are allowed one by one, decoded as the sender decodes them. Where a
connection leads is looked at when it is made, after the name was resolved: an answer of DNS that changes
between the check and the message changes nothing.
"""

from __future__ import annotations

import ipaddress
import re
import socket
import sys
from collections.abc import Mapping
from types import FrameType
from typing import Any, Final
from urllib.parse import unquote, unquote_plus

from wbcore.settings import settings

_MAIL: Final = frozenset(
    {"to", "from", "name", "smtp", "mode", "user", "pass", "cc", "bcc", "reply", "format"}
)
_CHAT: Final = frozenset({"to", "from", "priority", "format"})
PARAMETERS: Final[Mapping[str, frozenset[str]]] = {
    "mailto": _MAIL,
    "mailtos": _MAIL,
    "tgram": _CHAT | {"topic", "thread", "silent", "preview"},
    "slack": _CHAT | {"footer", "image", "channel"},
    "discord": _CHAT | {"thread", "ping", "avatar", "footer"},
    "ntfy": _CHAT | {"tags", "token"},
    "ntfys": _CHAT | {"tags", "token"},
    "matrix": _CHAT | {"token", "room"},
    "matrixs": _CHAT | {"token", "room"},
    "pover": _CHAT | {"sound", "device"},
    **dict.fromkeys(("json", "jsons", "xml", "xmls", "form", "forms"), frozenset[str]()),
}
"""Schema -> names of its parameters; what is not here may have those of ``_CHAT``."""
VALUES: Final[Mapping[str, frozenset[str]]] = {
    "mode": frozenset({"ssl", "starttls"}),
    "format": frozenset({"text"}),
}
"""Parameters that may have these values alone."""
LOCAL: Final = frozenset({"template", "keyfile", "subfile", "pgp", "pgpkey", "include", "config", "attach"})
"""Parameters that name files of this machine."""
OWN_HOST: Final = frozenset(
    {
        *("mailto", "mailtos", "json", "jsons", "xml", "xmls", "form", "forms", "gotify", "gotifys"),
        *("ntfy", "ntfys", "matrix", "matrixs", "mmost", "mmosts", "rocket", "rockets", "nctalk", "nctalks"),
        *("synology", "synologys", "bark", "barks", "signal", "signals", "workflow", "workflows"),
    }
)
"""Schemas whose host is the operator's choice; elsewhere that place holds a token."""
_NAT64: Final = ipaddress.ip_network("64:ff9b::/96")


def refusal(url: str, schema: str) -> str:
    """Why an address is not taken for its parameters: "" (it is), local, ``parameter_<name>``."""
    given = _parameters(url)
    if any(name.strip("+-: ") in LOCAL or unquote(value).startswith("file:") for name, value in given):
        return "local"
    allowed = PARAMETERS.get(schema, _CHAT)
    for name, value in given:
        if name and (name not in allowed or value not in VALUES.get(name, {value})):
            return f"parameter_{re.sub('[^a-z0-9_+:-]', '', name)[:20]}"
    return ""


def _parameters(url: str) -> list[tuple[str, str]]:
    """Names and values, decoded; at every sign that may part them."""
    parts = re.split("[&;?]", url.partition("?")[2].partition("#")[0])
    pairs = [part.partition("=") for part in parts]
    return [(_plain(name), _plain(value)) for name, _, value in pairs]


def _plain(text: str) -> str:
    return unquote_plus(text).strip().lower()


def is_private(host: str) -> bool:
    """Whether a name or a number leads, now, to this machine or its network. Unknown names lead nowhere."""
    try:
        found = socket.getaddrinfo(host.strip("[]"), None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return False
    return any(is_private_number(str(entry[4][0])) for entry in found)


def is_private_number(number: str) -> bool:
    """Whether an IP address is none of the public internet: loopback, private, link-local (there clouds keep
    their metadata), shared, reserved, multicast; also wrapped in IPv6."""
    try:
        address = ipaddress.ip_address(number.partition("%")[0])
    except ValueError:
        return True
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if address in _NAT64:
            inner = ipaddress.IPv4Address(address.packed[-4:])
        if inner is not None:
            return is_private_number(str(inner))
    return not address.is_global or address.is_multicast


class _Watch:
    """Counts the connections of apprise that were refused."""

    refused = 0


_watch = _Watch()


def refused_connections() -> int:
    return _watch.refused


def _look_at(event: str, arguments: tuple[Any, ...]) -> None:
    """At every connection that Python makes: one that apprise asks for leads to the internet, or nowhere."""
    if event != "socket.connect" or not _is_of_apprise(sys._getframe(1)):
        return
    address = arguments[1]
    number = str(address[0]) if isinstance(address, tuple) else ""
    if not settings().alerts_private and is_private_number(number):
        _watch.refused += 1
        raise PermissionError("an alert may not go to this machine or its network")


def _is_of_apprise(frame: FrameType | None) -> bool:
    while frame is not None:
        if str(frame.f_globals.get("__name__", "")).startswith("apprise."):
            return True
        frame = frame.f_back
    return False


sys.addaudithook(_look_at)
