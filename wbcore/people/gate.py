"""The one gate: pure ASGI, before pages, media, uploads, Streamlit's own routes and the websocket.

It knows no feature. It asks of every request: is this name ours, does it come from a page of ours, is
somebody signed in; and it puts onto every answer what a browser has to hold to.
"""

from __future__ import annotations

import base64
import gc
import hashlib
import importlib
import ipaddress
import logging
import re
import socket
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urlsplit

from anyio import to_thread
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from wbcore.guidance import texts
from wbcore.guidance.texts import t
from wbcore.people import exposure
from wbcore.people.actor import Actor, Right
from wbcore.people.entry import Entry, language, message_of
from wbcore.people.places import FILE, LOGIN, OIDC, OIDC_BACK, SCRIPT, SETUP, safe_next
from wbcore.people.told import MEDIA
from wbcore.settings import host_name, settings

if TYPE_CHECKING:
    from wbcore.people.guard import Guard

log = logging.getLogger(__name__)

LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
HEALTH: Final = "/_stcore/health"
OPEN: Final = frozenset({LOGIN, OIDC, OIDC_BACK})
"""What is served to whoever is not signed in; ``HEALTH`` is, too, before anybody is looked for."""
UNUSED: Final = ("/_stcore/upload_file", "/_stcore/agent", "/auth/", "/oauth2callback")
"""What Streamlit serves beside, and this program does not: files into its memory, ways for programs, its own
sign-in."""
METRICS: Final = "/_stcore/metrics"
HEARD: Final = frozenset({"rerun_script", "stop_script", "app_heartbeat", "backend_operation_request"})
"""What a page says. The rest of Streamlit's messages clears caches of all, installs files, tells of git."""
OPERATIONS: Final = frozenset({"deferred_file", "dataframe_chunk"})
USER_HEADER: Final = "x-wb-desk-user"
"""``server.trustedUserHeaders``: Streamlit gives a page's session back to nobody but the same user."""

_POLICY: Final = {
    "default-src": "'self'",
    # WebAssembly counts with long integers in Streamlit's messages. Charts evaluate nothing: they interpret.
    "script-src": "'self' 'wasm-unsafe-eval'",
    "script-src-attr": "'none'",
    "style-src": "'self' 'unsafe-inline'",  # Streamlit's parts write their styles into the page
    "img-src": "'self' data: blob:",
    "font-src": "'self' data:",
    "media-src": "'self'",
    "worker-src": "'self' blob:",
    "connect-src": "'self'",
    "frame-src": "'none'",
    "object-src": "'none'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}
_HEADERS: Final = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "x-frame-options": "DENY",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
}
_ASSETS: Final = Path(texts.__file__).parent / "assets"
_STYLES: Final = ("look.css", "window.css")
_PICTURES: Final = {
    name: b"data:image/svg+xml;base64," + base64.b64encode((_ASSETS / name).read_bytes())
    for name in ("mark.svg", "icon.svg")
}
"""Drawings of ours -> their addresses: the documents bring them along."""

_THEIR_ICON: Final = b'<link rel="shortcut icon" href="./favicon.png" />'
"""By this name Streamlit finds it, to put each page's own in its place, which it has from a host of fonts."""


def _style() -> bytes:
    written = b"".join((_ASSETS / name).read_bytes() for name in _STYLES)
    for name, address in _PICTURES.items():
        written = written.replace(b"url(%b)" % name.encode(), b"url(%b)" % address)
    return b"<style>%b</style>" % written


_STYLE: Final = _style()
"""At the end of the page, where it has the last word; as a part of a screen it went out at each rerun."""
_INLINE: Final = re.compile(rb"<script>(.*?)</script>", re.DOTALL)
_FILES: Final = ("/static/", "/media/", "/component/", "/_stcore/", FILE)
"""No documents of the program: they are passed on as they are."""


# --- Names and origins ------------------------------------------------------------------------------------


def is_host_ours(host: str) -> bool:
    """Whether the dashboard may be opened under this name; the port is whatever it is reached by."""
    name = _name_of(host)
    public = settings().public_url
    ours = (*settings().allowed_hosts, *(() if public is None else (host_name(public),)))
    return name is not None and (name in LOOPBACK or name in ours)


def _name_of(host: str) -> str | None:
    try:
        parts = urlsplit(f"//{host}")
        if parts.netloc != host or parts.username is not None or parts.port == 0:
            return None
    except ValueError:
        return None
    return (parts.hostname or "").rstrip(".") or None


def is_origin_ours(entry: Entry) -> bool:
    """Whether a request comes from a page of this very dashboard, or from no page at all."""
    origin, host = entry.headers.get("origin"), entry.headers.get("host", "")
    if origin is None:
        # An image or a script that a page elsewhere asks for says no origin, but browsers say that it is one.
        site = entry.headers.get("sec-fetch-site", "none")
        return site in ("none", "same-origin") or entry.headers.get("sec-fetch-mode") == "navigate"
    if origin == "null":  # a form of a page without a referrer; who else says so says no "same-origin"
        return entry.headers.get("sec-fetch-site") == "same-origin"
    schemes = ("https", "http") if settings().public else ("https" if entry.is_secure else "http",)
    ours = {_normal(f"{scheme}://{host}") for scheme in schemes}
    if settings().public_url is not None:
        ours.add(_normal(settings().public_url or ""))
    return _normal(origin) in ours


def _normal(origin: str) -> tuple[str, str, int | None]:
    try:
        parts = urlsplit(origin.lower())
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
        return parts.scheme, (parts.hostname or "").rstrip("."), port
    except ValueError:
        return "", "", None


# --- What the socket is bound to --------------------------------------------------------------------------


def is_loopback(address: str) -> bool:
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(found, "ipv4_mapped", None)
    return bool((mapped or found).is_loopback)


def is_listening_to_others() -> bool:
    """Whether a socket of this process waits for connections of other machines, however it was opened."""
    return any(not is_loopback(address) for address in _listening())


def _listening() -> Iterable[str]:
    for one in gc.get_objects():
        try:
            if not isinstance(one, socket.socket) or one.family not in (socket.AF_INET, socket.AF_INET6):
                continue
            if one.fileno() >= 0 and one.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
                yield str(one.getsockname()[0])
        except (OSError, ReferenceError):
            continue


# --- The gate ---------------------------------------------------------------------------------------------


class Gate:
    """Stands before everything that the dashboard serves.

    Who is signed in, and the database that knows it, is the guard's: where nobody has to sign in, none is
    called, and the first page need not wait for what a guard imports.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._guard: Guard | None = None
        self._looked_around = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        entry = Entry(scope, Headers(scope=scope))
        answer = _Answer(entry, send)
        try:
            await self._admit(entry, answer, receive)
        except Exception:
            if entry.is_socket or answer.has_begun:
                raise
            log.exception("an answer could not be made")
            await answer.refuse(500, t(language(scope), "people-gate-failure"), receive)

    async def _admit(self, entry: Entry, answer: _Answer, receive: Receive) -> None:
        if len(hosts := entry.headers.getlist("host")) != 1 or not is_host_ours(hosts[0]):
            await answer.refuse(403, t(language(entry.scope), "people-gate-host"), receive)
        elif not is_origin_ours(entry):
            await answer.refuse(403, t(language(entry.scope), "people-gate-origin"), receive)
        else:
            await self._pass_on(entry, answer, receive)

    async def _pass_on(self, entry: Entry, answer: _Answer, receive: Receive) -> None:
        self._look_around(entry)
        if entry.is_socket:
            receive = _heard(receive)
        if not exposure.is_sign_in_needed() or entry.path == HEALTH:  # whatever the database does
            await self._serve(entry, None, answer, receive)
            return
        guard = await self._called()
        found = await guard.who(entry)
        if isinstance(found, str):
            await answer.refuse(503, t(language(entry.scope), found), receive)
            return
        acting, missing = found
        served = {SETUP} if missing else OPEN
        if entry.path not in served and (acting is None or entry.path == SETUP):
            await answer.elsewhere(SETUP if missing else LOGIN, receive)
        elif acting is None:
            await self._serve(entry, None, answer, receive)
        else:
            await self._serve_known(guard, entry, acting, answer, receive)

    async def _called(self) -> Guard:
        if self._guard is None:
            module = await to_thread.run_sync(importlib.import_module, "wbcore.people.guard")
            self._guard = self._guard or module.Guard()
        return self._guard

    async def _serve(self, entry: Entry, acting: Actor | None, answer: _Answer, receive: Receive) -> None:
        if entry.path.startswith(UNUSED):
            await answer.refuse(404, t(language(entry.scope), "people-gate-nothing"), receive)
        else:
            await self._app(_inner(entry, acting), receive, answer.send)

    async def _serve_known(
        self, guard: Guard, entry: Entry, acting: Actor, answer: _Answer, receive: Receive
    ) -> None:
        """Serves somebody who is signed in what they may have; a socket for as long as they are."""
        lang = language(entry.scope)
        if entry.path == METRICS and not acting.may(Right.SETTINGS):
            await answer.refuse(403, t(lang, "page-failure-not-allowed"), receive)
        elif entry.path.startswith(MEDIA) and not guard.is_theirs(acting, entry.path):
            await answer.refuse(404, t(lang, "people-gate-media"), receive)
        elif entry.is_socket and not entry.path.startswith(UNUSED):
            with guard.over(acting, receive, answer.send) as watched:
                await self._app(_inner(entry, acting), watched.receive, watched.send)
        else:
            await self._serve(entry, acting, answer, receive)

    def _look_around(self, entry: Entry) -> None:
        """Whether others can reach this socket: asked of the socket itself, not of the settings."""
        server = entry.scope.get("server")
        if server is not None and not is_loopback(str(server[0])):
            exposure.open_to_others()
        if not self._looked_around:
            self._looked_around = True
            if is_listening_to_others():
                exposure.open_to_others()


def _heard(receive: Receive) -> Receive:
    """Passes on what a page of ours says, and what is no message of a page: Streamlit ends on that."""

    async def heard() -> Message:
        while True:
            message = await receive()
            data = message.get("bytes")
            if not data or _is_of_a_page(data):
                return message

    return heard


def _is_of_a_page(data: bytes) -> bool:
    said = message_of(data)
    if said is None:
        return True
    kind = said.WhichOneof("type")
    if kind == "backend_operation_request":
        return said.backend_operation_request.WhichOneof("payload") in OPERATIONS
    return kind in HEARD


def _inner(entry: Entry, acting: Actor | None) -> Scope:
    """The request as Streamlit sees it: it says who is signed in, and nothing that a browser made up.

    Origin and Host have been looked at here; Streamlit would ask a third party for this machine's address to
    look at them once more.
    """
    dropped = {USER_HEADER.encode(), b"origin"}
    if not entry.path.startswith(_FILES):
        dropped |= {b"accept-encoding", b"if-none-match", b"if-modified-since", b"range"}
    headers = [(name, value) for name, value in entry.scope["headers"] if name.lower() not in dropped]
    if "origin" in entry.headers:
        scheme = "https" if entry.is_secure else "http"
        headers.append((b"origin", f"{scheme}://{entry.headers.get('host', '')}".encode("latin-1")))
    if acting is not None:
        headers.append((USER_HEADER.encode(), str(acting.user_id).encode()))
    return {**entry.scope, "headers": headers}


# --- Answers ----------------------------------------------------------------------------------------------


class _Answer:
    """Sends an answer on, with the headers that all have; a document of the program in its language."""

    def __init__(self, entry: Entry, send: Send) -> None:
        self._entry = entry
        self._send = send
        self._start: Message | None = None
        self._body = b""
        self.has_begun = False

    async def send(self, message: Message) -> None:
        kind = message["type"]
        self.has_begun = True
        if kind == "http.response.start" and self._is_document(message):
            self._start = message
        elif kind == "http.response.body" and self._start is not None:
            self._body += message.get("body", b"")
            if not message.get("more_body"):
                await self._send_document(self._start)
        elif kind.endswith("response.start"):
            _protect(message)
            if exposure.is_sign_in_needed() and not self._entry.path.startswith("/static/"):
                MutableHeaders(scope=message)["cache-control"] = "no-store"
            await self._send(message)
        else:
            await self._send(message)

    def _is_document(self, message: Message) -> bool:
        if self._entry.path.startswith(_FILES) or self._entry.path in OPEN | {SETUP}:
            return False
        return "text/html" in Headers(raw=message["headers"]).get("content-type", "")

    async def _send_document(self, start: Message) -> None:
        body, scripts = _document(self._body, language(self._entry.scope))
        headers = MutableHeaders(scope=start)
        for name in ("etag", "last-modified", "content-encoding"):
            if name in headers:
                del headers[name]
        headers["content-length"] = str(len(body))
        headers["cache-control"] = "no-store" if exposure.is_sign_in_needed() else "no-cache"
        _protect(start, scripts)
        await self._send(start)
        await self._send({"type": "http.response.body", "body": body})

    async def refuse(self, status: int, text: str, receive: Receive) -> None:
        await self._answer(PlainTextResponse(text, status), receive)

    async def elsewhere(self, path: str, receive: Receive) -> None:
        """Somebody who opens a page is led to another one; what a page asks for is refused."""
        if not self._entry.is_socket and self._entry.is_document:
            await self._answer(RedirectResponse(path + self._back_here(), 303), receive)
        else:
            await self.refuse(401, t(language(self._entry.scope), "people-gate-sign-in"), receive)

    def _back_here(self) -> str:
        query = self._entry.scope.get("query_string", b"").decode("latin-1")
        here = self._entry.path + (f"?{query}" if query else "")
        return "" if safe_next(here) == "/" else f"?next={quote(here, safe='')}"

    async def _answer(self, response: Response, receive: Receive) -> None:
        scope = self._entry.scope
        if not self._entry.is_socket:
            await response(scope, receive, self.send)
        elif "websocket.http.response" in scope.get("extensions", {}):
            start = {"status": response.status_code, "headers": response.raw_headers}
            await self.send({"type": "websocket.http.response.start", **start})
            await self.send({"type": "websocket.http.response.body", "body": response.body})
        else:
            await self._send({"type": "websocket.close", "code": 1008})


def _protect(start: Message, scripts: Iterable[str] = ()) -> None:
    headers = MutableHeaders(scope=start)
    for name, value in _HEADERS.items():
        headers[name] = value
    policy = dict(_POLICY)
    policy["script-src"] = " ".join((policy["script-src"], *scripts))
    headers["content-security-policy"] = "; ".join(f"{name} {value}" for name, value in policy.items())
    if "server" in headers:
        del headers["server"]


def _document(body: bytes, lang: str) -> tuple[bytes, list[str]]:
    """Streamlit's page in its reader's language, with what is ours in it; what its own scripts hash to."""
    inline = [_source(script) for script in _INLINE.findall(body)]
    body = body.replace(b'<html lang="en">', f'<html lang="{lang}">'.encode(), 1)
    watched = "1" if exposure.is_sign_in_needed() else ""
    # The first that a browser asks for: Streamlit's sixty files wait for it.
    script = f'<script src="{SCRIPT}" data-watch="{watched}"></script><script'
    body = body.replace(b"<script", script.encode(), 1)
    body = body.replace(_THEIR_ICON, b'<link rel="icon" href="%b">' % _PICTURES["icon.svg"], 1)
    return body.replace(b"</body>", _STYLE + b"</body>", 1), inline


def _source(script: bytes) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(script).digest()).decode()}'"
