"""What is asked of the dashboard, as far as the gate and its pages look."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.types import Scope
from streamlit.proto.BackMsg_pb2 import BackMsg

from wbcore.guidance.texts import LANGUAGE_COOKIE, LANGUAGES
from wbcore.people.places import COOKIE, SECURE_COOKIE
from wbcore.settings import settings


@dataclass(frozen=True, slots=True)
class Entry:
    """What is asked for, as far as the gate looks."""

    scope: Scope
    headers: Headers

    @property
    def path(self) -> str:
        return str(self.scope["path"])

    @property
    def is_socket(self) -> bool:
        return bool(self.scope["type"] == "websocket")

    @property
    def is_secure(self) -> bool:
        """Whether the browser came by HTTPS; a proxy in front of us may have seen to that."""
        if self.scope["scheme"] in ("https", "wss"):
            return True
        if not settings().public:
            return False
        told = self.headers.get("x-forwarded-proto", "")  # whoever makes it up harms their own cookie alone
        return told == "https" or (settings().public_url or "").startswith("https://")

    @property
    def is_document(self) -> bool:
        """Whether somebody has opened a page, and not the page something that it needs."""
        wanted = self.headers.get("sec-fetch-dest")
        if wanted is not None:
            return wanted == "document"
        return "text/html" in self.headers.get("accept", "")

    @property
    def cookie(self) -> str:
        cookies = HTTPConnection(self.scope).cookies
        return cookies.get(SECURE_COOKIE if self.is_secure else COOKIE, "")

    @property
    def address(self) -> str:
        """Where it comes from, as a proxy that was named says, else the socket; "": that is no address."""
        client = self.scope.get("client")
        try:
            return str(ipaddress.ip_address(str(client[0]))) if client else ""
        except ValueError:
            return ""


def message_of(data: bytes) -> BackMsg | None:
    """What a page says over its socket; None: that is no message of a page, which Streamlit will say."""
    said = BackMsg()
    try:
        said.ParseFromString(data)
    except Exception:  # noqa: BLE001 (protobuf's own)
        return None
    return said


def language(scope: Scope) -> str:
    """The language of a page: in its address, else as chosen in this browser before, else ``WB_LANG``."""
    connection = HTTPConnection(scope)
    for chosen in (connection.query_params.get("lang"), connection.cookies.get(LANGUAGE_COOKIE)):
        if chosen in LANGUAGES:
            return chosen
    return settings().lang
