"""The imitation as one web application: every host of WB under ``/{host label}{path}``."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Final

from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from wbcore.sandbox import control
from wbcore.sandbox.answers import Answer, too_many
from wbcore.sandbox.gateway import Call, Visit
from wbcore.sandbox.world import FaultKind, World

_NOTHING: Final = frozenset({"", "0", "null"})
_HTML: Final = (
    b"<html><head><title>502 Bad Gateway</title></head>"
    b"<body><center><h1>502 Bad Gateway</h1></center><hr><center>nginx</center></body></html>"
)


class Broken(Response):
    """An answer that breaks off: after ``sent`` bytes of its body, or before its first byte."""

    def __init__(self, whole: Response, sent: int | None) -> None:
        super().__init__()
        self._whole = whole
        self._sent = sent

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._sent is not None:
            whole = self._whole
            await send(
                {"type": "http.response.start", "status": whole.status_code, "headers": whole.raw_headers}
            )
            part = bytes(whole.body)[: self._sent]
            await send({"type": "http.response.body", "body": part, "more_body": True})
        # The server's own connection, see server.OpenConnection.
        scope["state"]["connection"].close()


def create_app(world: World) -> Starlette:
    """The application that answers for a world. Needs ``server.OpenConnection`` for dropped connections."""

    async def wildberries(request: Request) -> Response:
        body = await request.body()
        host, _, path = request.path_params["place"].partition("/")
        call = Call(
            verb=request.method,
            host=host,
            path=f"/{path}",
            query=request.query_params,
            query_text=request.url.query,
            authorization=request.headers.get("authorization", ""),
            body=body,
        )
        return await _respond(world, Visit(world, call))

    every_verb = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]
    return Starlette(routes=[*control.routes(world), Route("/{place:path}", wildberries, methods=every_verb)])


async def _respond(world: World, visit: Visit) -> Response:
    if world.latency:
        await asyncio.sleep(world.latency)
    canned = world.canned(visit.method_id)
    if canned is not None:
        visit.note(canned.status)
        return Response(canned.body, canned.status, headers=dict(canned.headers))
    fault = world.faults.draw(visit.sid, visit.method_id)
    if fault == "delay":
        await asyncio.sleep(world.faults.delay_s)
    answer = _instead(world, visit, fault) or visit.answer()
    if world.faults.rate:
        answer = _remembered(world, visit, answer, repeat=fault == "repeat")
    visit.note(answer.status)
    response = _response(answer)
    if fault == "drop":
        return Broken(response, None)
    if fault == "truncate" and not isinstance(response, StreamingResponse) and response.body:
        return Broken(response, len(response.body) // 2)
    return response


def _instead(world: World, visit: Visit, fault: FaultKind | None) -> Answer | None:
    """What a fault gives in the place of an answer."""
    limited = {"X-Ratelimit-Remaining": "0", "X-Ratelimit-Retry": "1", "X-Ratelimit-Limit": "20"}
    answers: dict[FaultKind, Answer] = {
        "500": Answer(500, b""),
        "503": Answer(503, b'{"title":"service unavailable","status":503}'),
        "html": Answer(502, _HTML, "text/html"),
    }
    if fault == "429":
        answer = too_many(visit.call.host, "chaos", world.clock())
        return Answer(answer.status, answer.body, answer.content_type, limited | {"X-Ratelimit-Reset": "4"})
    return answers.get(fault) if fault else None


def _remembered(world: World, visit: Visit, answer: Answer, *, repeat: bool) -> Answer:
    """Keeps the page for a later ``repeat``, or gives the page before in its place."""
    if answer.status != 200:
        return answer
    place = (visit.sid, visit.method_id)
    cursor, before = world.last_pages.get(place, ("", b""))
    if repeat and cursor and cursor == answer.cursor_in:
        return Answer(200, before)
    body = answer.body if isinstance(answer.body, bytes) else b"".join(answer.body)
    if answer.cursor_out not in _NOTHING:
        world.last_pages[place] = (answer.cursor_out, body)
    return Answer(200, body, answer.content_type, answer.headers)


def _response(answer: Answer) -> Response:
    headers = dict(answer.headers)
    if answer.status == 204:
        return Response(status_code=204, headers=headers)
    if isinstance(answer.body, Iterator):
        # An async iterator: the pieces are made in the server's thread, not in a pool.
        return StreamingResponse(_pieces(answer.body), answer.status, headers, answer.content_type)
    after = BackgroundTask(_when_sent, answer.afterwards) if answer.afterwards else None
    return Response(answer.body, answer.status, headers, answer.content_type, after)


async def _when_sent(task: Callable[[], None]) -> None:
    # The pause lets the loop write what the socket's buffer did not take at once.
    await asyncio.sleep(0.001)
    task()


async def _pieces(pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece
        await asyncio.sleep(0)
