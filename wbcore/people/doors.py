"""The gate's own pages: sign-in, first set-up, the way to an OpenID provider and back."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qs

from anyio import to_thread
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import request_response, websocket_session
from starlette.types import ASGIApp
from starlette.websockets import WebSocket, WebSocketDisconnect

from wbcore.guidance import texts
from wbcore.people import exposure, proxies, sessions, sheets, signing, takeaway, visitor
from wbcore.people.actor import NotSignedIn
from wbcore.people.entry import Entry, language
from wbcore.people.places import (
    COOKIE,
    FILE,
    HERE,
    LOGIN,
    OIDC,
    OIDC_BACK,
    SETUP,
    WATCH,
    safe_next,
)
from wbcore.people.signing import FIRST_OWNER, Answer, Visit
from wbcore.people.users import UserRefused
from wbcore.settings import settings
from wbcore.store import db
from wbcore.store.models import UserFile, utc_now

if TYPE_CHECKING:
    from wbcore.people import oidc

log = logging.getLogger(__name__)

LARGEST_FORM: Final = 20_000
MOST_FIELDS: Final = 20
_FORM: Final = "wb-desk-form"
_WAY: Final = "wb-desk-way"


class _Form:
    """A form's page, as an ASGI application: shown on GET with a token, done on POST if that comes back."""

    async def __call__(self, scope: object, receive: object, send: object) -> None:
        request = Request(scope, receive, send)  # type: ignore[arg-type]
        answer = await (self._post(request) if request.method == "POST" else self._get(request))
        if (chosen := request.query_params.get("lang")) in texts.LANGUAGES:
            _set(answer, request, texts.LANGUAGE_COOKIE, str(chosen), max_age=31_536_000, prefix=False)
        await answer(request.scope, request.receive, request._send)

    async def _get(self, request: Request) -> Response:
        return self._draw(request, {})

    async def _post(self, request: Request) -> Response:
        try:
            fields = await _fields(request)
        except ClientDisconnect:  # nobody is there to be answered
            return Response(status_code=400)
        expected = request.cookies.get(_cookie_name(request, _FORM), "")
        given = fields.get("token", "")
        if not expected or not secrets.compare_digest(expected.encode(), given.encode()):
            return self._draw(request, fields, _refusal(language(request.scope), "form_old"), 400)
        return await self._do(request, fields)

    def _draw(
        self, request: Request, fields: dict[str, str], problem: str = "", status: int = 200
    ) -> Response:
        token = secrets.token_urlsafe(32)
        answer = HTMLResponse(self._sheet(request, token, fields, problem), status)
        _set(answer, request, _FORM, token, max_age=86_400, site="strict")
        return answer

    def _told(self, request: Request, fields: dict[str, str], answer: Answer) -> Response:
        text = _refusal(language(request.scope), answer.code, answer)
        return self._draw(request, fields, text, 429 if answer.wait_until else 403)

    async def _do(self, request: Request, fields: dict[str, str]) -> Response:
        raise NotImplementedError

    def _sheet(self, request: Request, token: str, fields: dict[str, str], problem: str) -> str:
        raise NotImplementedError


class _Login(_Form):
    async def _do(self, request: Request, fields: dict[str, str]) -> Response:
        answer = await to_thread.run_sync(
            signing.by_password, fields.get("name", ""), fields.get("password", ""), _visit(request)
        )
        if answer.secret:
            return _signed_in(request, answer, fields.get("next", "/"))
        return self._told(request, fields, answer)

    def _sheet(self, request: Request, token: str, fields: dict[str, str], problem: str) -> str:
        next_page = fields.get("next") or request.query_params.get("next", "/")
        return sheets.sign_in(
            language(request.scope),
            token=token,
            name=fields.get("name", ""),
            next_page=safe_next(next_page),
            problem=problem,
            provider=settings().has_provider,
        )


class _Setup(_Form):
    async def _do(self, request: Request, fields: dict[str, str]) -> Response:
        try:
            answer = await to_thread.run_sync(
                FIRST_OWNER.make,
                fields.get("code", ""),
                fields.get("name", ""),
                fields.get("password", ""),
                _visit(request),
            )
        except UserRefused as error:
            return self._draw(request, fields, _refusal(language(request.scope), error.code), 400)
        if answer.secret:
            return _signed_in(request, answer, "/")
        return self._told(request, fields, answer)

    def _sheet(self, request: Request, token: str, fields: dict[str, str], problem: str) -> str:
        return sheets.first_owner(
            language(request.scope), token=token, name=fields.get("name", ""), problem=problem
        )


# --- OpenID Connect ---------------------------------------------------------------------------------------


async def _to_provider(request: Request) -> Response:
    if not settings().has_provider:
        return RedirectResponse(LOGIN, 303)
    from wbcore.people import oidc  # noqa: PLC0415 (most have no provider, and need not wait for its libraries)

    next_page = safe_next(request.query_params.get("next", "/"))
    try:
        address, way = await to_thread.run_sync(oidc.begin, _back(request), next_page)
    except oidc.ProviderRefused as error:
        return _no_provider(request, error)
    answer = RedirectResponse(address, 303)
    _set(answer, request, _WAY, way.sealed(), max_age=oidc.WAY_S)
    return answer


async def _from_provider(request: Request) -> Response:
    from wbcore.people import oidc  # noqa: PLC0415

    asked = request.query_params
    try:
        way = oidc.Way.opened(request.cookies.get(_cookie_name(request, _WAY), ""))
        issuer, subject = await to_thread.run_sync(
            oidc.finish, _back(request), way, asked.get("state", ""), asked.get("code", "")
        )
    except oidc.ProviderRefused as error:
        return _no_provider(request, error)
    answer = await to_thread.run_sync(signing.by_identity, issuer, subject, _visit(request))
    if not answer.secret:
        return _login_page(request, _refusal(language(request.scope), answer.code), 403)
    made = _signed_in(request, answer, way.back_to)
    made.delete_cookie(_cookie_name(request, _WAY))
    return made


def _no_provider(request: Request, error: oidc.ProviderRefused) -> Response:
    log.warning("sign-in by the provider has failed", extra={"data": {"reason": str(error)}})
    return _login_page(request, _refusal(language(request.scope), "provider"), 502)


def _login_page(request: Request, problem: str, status: int) -> Response:
    return _Login()._draw(request, {}, problem, status)


def _back(request: Request) -> str:
    public = settings().public_url
    return f"{public or f'{request.url.scheme}://{request.url.netloc}'}{OIDC_BACK}"


async def _here(_request: Request) -> Response:
    return Response(status_code=204)


async def _watch(socket: WebSocket) -> None:
    """Says nothing; the gate closes it when the session has ended."""
    await socket.accept()
    try:
        while True:
            await socket.receive_text()
    except (WebSocketDisconnect, KeyError):
        return


# --- Files --------------------------------------------------------------------------------------------------


async def _file(request: Request) -> Response:
    """A file that was made for who asks, read from the disk bit by bit; whose else it may be is not told."""
    row = await to_thread.run_sync(_to_take, request)
    if row is None:
        return PlainTextResponse(texts.t(language(request.scope), "takeaway-gone"), 404)
    return FileResponse(takeaway.path_of(row), media_type=row.mime, filename=row.name)


def _to_take(request: Request) -> UserFile | None:
    acting = visitor.NEIGHBOUR
    try:
        if exposure.is_sign_in_needed():
            acting = visitor.look_up(Entry(request.scope, request.headers).cookie)
    except NotSignedIn:
        return None
    with db.unlimited_session() as session:
        row = takeaway.to_take(session, acting, request.path_params["file_id"])
        session.commit()
        return row


# --- Forms and cookies ------------------------------------------------------------------------------------


async def _fields(request: Request) -> dict[str, str]:
    """The fields of a form, the last of each name; of one that is too long, or has more than ours, none."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > LARGEST_FORM:
            return {}
    try:
        read = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError:
        return {}
    return {name: values[-1] for name, values in read.items()}


def _refusal(lang: str, code: str, answer: Answer | None = None) -> str:
    wait = ""
    if answer is not None and answer.wait_until is not None:
        seconds = (answer.wait_until - utc_now()).total_seconds()
        wait = texts.format_duration(lang, max(1.0, seconds))
    return texts.t(lang, f"people-refused-{code.replace('_', '-')}", wait=wait)


def _visit(request: Request) -> Visit:
    entry = Entry(request.scope, request.headers)
    return Visit(entry.address, request.headers.get("user-agent", ""), proxies.is_shared(entry.address))


def _signed_in(request: Request, signed: Answer, next_page: str) -> Response:
    answer = RedirectResponse(safe_next(next_page), 303)
    _set(answer, request, COOKIE, signed.secret, max_age=int(sessions.LONGEST.total_seconds()))
    answer.delete_cookie(_cookie_name(request, _FORM))
    return answer


def _cookie_name(request: Request, name: str) -> str:
    return f"__Host-{name}" if Entry(request.scope, request.headers).is_secure else name


def _set(
    answer: Response,
    request: Request,
    name: str,
    value: str,
    *,
    max_age: int,
    site: str = "lax",
    prefix: bool = True,
) -> None:
    secure = Entry(request.scope, request.headers).is_secure
    answer.set_cookie(
        _cookie_name(request, name) if prefix else name,
        value,
        max_age=max_age,
        path="/",
        secure=secure,
        httponly=prefix,
        samesite="strict" if site == "strict" else "lax",
    )


# --- Which door is where ----------------------------------------------------------------------------------

DOORS: Final[Mapping[str, ASGIApp]] = {
    LOGIN: _Login(),
    SETUP: _Setup(),
    OIDC: request_response(_to_provider),
    OIDC_BACK: request_response(_from_provider),
    HERE: request_response(_here),
    FILE: request_response(_file),
    WATCH: websocket_session(_watch),
}
