"""The one gate: pure ASGI, before pages, media, uploads, Streamlit's own routes and the websocket.

It knows no feature. It asks of every request: is this name ours, does it come from a page of ours, is
somebody signed in; and it puts onto every answer what a browser has to hold to.
"""

from __future__ import annotations

import asyncio
import base64
import gc
import hashlib
import ipaddress
import logging
import re
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, urlsplit

from anyio import to_thread
from sqlalchemy.exc import SQLAlchemyError
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.proto.BackMsg_pb2 import BackMsg

from wbcore.guidance.texts import LANGUAGES, t
from wbcore.guidance.views import LANGUAGE_COOKIE
from wbcore.people import sessions, visitor
from wbcore.people.actor import Actor, NotSignedIn, Right
from wbcore.people.places import FILE, LOGIN, OIDC, OIDC_BACK, SCRIPT, SETUP
from wbcore.people.signing import FirstOwner
from wbcore.people.told import MEDIA, Told
from wbcore.people.watch import Watch
from wbcore.settings import settings
from wbcore.store import db
from wbcore.store.models import UserSession, utc_now
from wbcore.store.problems import StoreError

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
ENDED: Final = 4401
"""Close code of a socket whose session has ended."""
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
_INLINE: Final = re.compile(rb"<script>(.*?)</script>", re.DOTALL)
_FILES: Final = ("/static/", "/media/", "/component/", "/_stcore/", FILE)
"""No documents of the program: they are passed on as they are."""


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
        return cookies.get(sessions.SECURE_COOKIE if self.is_secure else sessions.COOKIE, "")

    @property
    def address(self) -> str:
        """Where it comes from, as a proxy that was named says, else the socket; "": that is no address."""
        client = self.scope.get("client")
        try:
            return str(ipaddress.ip_address(str(client[0]))) if client else ""
        except ValueError:
            return ""


def language(scope: Scope) -> str:
    """The language of a page: in its address, else as chosen in this browser before, else ``WB_LANG``."""
    connection = HTTPConnection(scope)
    for chosen in (connection.query_params.get("lang"), connection.cookies.get(LANGUAGE_COOKIE)):
        if chosen in LANGUAGES:
            return chosen
    return settings().lang


# --- Names and origins ------------------------------------------------------------------------------------


def is_host_ours(host: str) -> bool:
    """Whether the dashboard may be opened under this name; the port is whatever it is reached by."""
    name = _name_of(host)
    public = urlsplit(settings().public_url or "").hostname
    return name is not None and (name in LOOPBACK or name in settings().allowed_hosts or name == public)


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

    Args:
        first_owner: makes the first owner; as long as there is none, nothing else is served.
    """

    def __init__(self, app: ASGIApp, first_owner: FirstOwner) -> None:
        self._app = app
        self._first_owner = first_owner
        self._owned = False
        self._looked_around = False
        self._told = Told()
        self._watch = Watch(self._end)

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
        if not visitor.is_sign_in_needed() or entry.path == HEALTH:  # whatever the database does
            await self._serve(entry, None, answer, receive)
            return
        try:
            acting, missing = await self._who(entry)
        except (StoreError, SQLAlchemyError) as error:
            log.warning("nobody can be let in: %s", type(error).__name__)
            await answer.refuse(503, t(language(entry.scope), "people-gate-database"), receive)
            return
        served = {SETUP} if missing else OPEN
        if entry.path not in served and (acting is None or entry.path == SETUP):
            await answer.elsewhere(SETUP if missing else LOGIN, receive)
        else:
            await self._serve(entry, acting, answer, receive)

    async def _serve(self, entry: Entry, acting: Actor | None, answer: _Answer, receive: Receive) -> None:
        """Whatever is for everybody, or for who is signed in."""
        lang = language(entry.scope)
        if entry.path.startswith(UNUSED):
            await answer.refuse(404, t(lang, "people-gate-nothing"), receive)
        elif acting is None:
            await self._app(_inner(entry, None), receive, answer.send)
        elif entry.is_socket:
            await self._socket(entry, acting, answer, receive)
        elif entry.path == METRICS and not acting.may(Right.SETTINGS):
            await answer.refuse(403, t(lang, "page-failure-not-allowed"), receive)
        elif entry.path.startswith(MEDIA) and not self._is_theirs(entry, acting):
            await answer.refuse(404, t(lang, "people-gate-media"), receive)
        else:
            await self._app(_inner(entry, acting), receive, answer.send)

    def _end(self, session_id: int) -> None:
        visitor.forget(session_id)
        self._told.forget(session_id)

    def _is_theirs(self, entry: Entry, acting: Actor) -> bool:
        return self._told.knows(acting.session_id, entry.path)

    def _look_around(self, entry: Entry) -> None:
        """Whether others can reach this socket: asked of the socket itself, not of the settings."""
        server = entry.scope.get("server")
        if server is not None and not is_loopback(str(server[0])):
            visitor.open_to_others()
        if not self._looked_around:
            self._looked_around = True
            if is_listening_to_others():
                visitor.open_to_others()

    async def _who(self, entry: Entry) -> tuple[Actor | None, bool]:
        """Who is signed in, and whether there is no owner yet."""
        if not self._owned:
            self._owned = not await to_thread.run_sync(self._first_owner.is_missing)
            if not self._owned:
                return None, True
        secret = entry.cookie
        if not secret:
            return None, False
        acting = visitor.remembered(secret)
        if acting is None:
            try:
                acting = await to_thread.run_sync(visitor.look_up, secret)
            except NotSignedIn:
                return None, False
        if entry.is_document or entry.is_socket:
            await to_thread.run_sync(_touch, acting.session_id)
        return acting, False

    async def _socket(self, entry: Entry, acting: Actor, answer: _Answer, receive: Receive) -> None:
        """A socket lives until its session ends; then it is closed, whatever is on its way."""
        assert acting.session_id is not None
        with self._watch.over(acting.session_id) as ended:
            session_id = acting.session_id
            guarded = _Socket(session_id, ended, receive, answer.send, self._told)
            await self._app(_inner(entry, acting), guarded.receive, guarded.send)


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
    said = _read(data)
    if said is None:
        return True
    kind = said.WhichOneof("type")
    if kind == "backend_operation_request":
        return said.backend_operation_request.WhichOneof("payload") in OPERATIONS
    return kind in HEARD


def _read(data: bytes) -> BackMsg | None:
    """A message of a page; None: it is none, which Streamlit will say."""
    said = BackMsg()
    try:
        said.ParseFromString(data)
    except Exception:  # noqa: BLE001 (protobuf's own)
        return None
    return said


class _Socket:
    """Receives and sends for a websocket, until its session has ended."""

    def __init__(
        self,
        session_id: int,
        ended: asyncio.Event,
        receive: Receive,
        send: Send,
        told: Told,
    ) -> None:
        self._session_id = session_id
        self._told = told
        self._ended = ended
        self._receive = receive
        self._send = send
        self._closed = False
        self._touched = 0.0

    async def receive(self) -> Message:
        if self._closed:
            return {"type": "websocket.disconnect", "code": ENDED}
        coming = asyncio.ensure_future(self._receive())
        end = asyncio.ensure_future(self._ended.wait())
        try:
            await asyncio.wait((coming, end), return_when=asyncio.FIRST_COMPLETED)
        finally:
            end.cancel()
            if not coming.done():
                coming.cancel()
        if self._ended.is_set():
            self._closed = True
            await self._send({"type": "websocket.close", "code": ENDED, "reason": "signed out"})
            return {"type": "websocket.disconnect", "code": ENDED}
        message = coming.result()
        await self._notice(message)
        return self._own(message)

    def _own(self, message: Message) -> Message:
        """A file that is made when it is asked for is asked for by who was shown its button.

        Streamlit makes it for whoever names its id. Another's is asked for under no id: the page is told that
        it could not be made, as of one that is gone.
        """
        data = message.get("bytes")
        said = _read(data) if data else None
        if said is None:
            return message
        wanted = said.backend_operation_request.deferred_file
        if not wanted.file_id or self._told.knows_id(self._session_id, wanted.file_id):
            return message
        wanted.file_id = ""
        return {**message, "bytes": said.SerializeToString()}

    async def send(self, message: Message) -> None:
        if not self._closed and not self._ended.is_set():
            if data := message.get("bytes"):
                self._told.note(self._session_id, data)
            await self._send(message)

    async def _notice(self, message: Message) -> None:
        """Somebody does something: the session is in use. A page that looks again by itself is nobody."""
        now = asyncio.get_running_loop().time()
        data = message.get("bytes")
        if data and now - self._touched > sessions.TOUCH.total_seconds() and not _is_by_itself(data):
            self._touched = now
            await to_thread.run_sync(_touch, self._session_id)


def _is_by_itself(data: bytes) -> bool:
    said = _read(data)
    return said is None or bool(said.rerun_script.is_auto_rerun)


def _touch(session_id: int | None) -> None:
    try:
        with db.unlimited_session() as session:
            row = None if session_id is None else session.get(UserSession, session_id)
            if row is not None and sessions.touch(session, row, utc_now()):
                session.commit()
    except SQLAlchemyError as error:
        log.warning("a session's use could not be noted: %s", type(error).__name__)


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
            if visitor.is_sign_in_needed() and not self._entry.path.startswith("/static/"):
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
        headers["cache-control"] = "no-store" if visitor.is_sign_in_needed() else "no-cache"
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
        return "" if here == "/" else f"?next={quote(here, safe='')}"

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
    """Streamlit's page in its reader's language, with our script; and what its own inline scripts hash to."""
    inline = [_source(script) for script in _INLINE.findall(body)]
    body = body.replace(b'<html lang="en">', f'<html lang="{lang}">'.encode(), 1)
    watched = "1" if visitor.is_sign_in_needed() else ""
    script = f'<script src="{SCRIPT}" data-watch="{watched}"></script></head>'
    return body.replace(b"</head>", script.encode(), 1), inline


def _source(script: bytes) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(script).digest()).decode()}'"
