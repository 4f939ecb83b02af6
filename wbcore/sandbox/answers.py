"""Answers of WB as data: a status, a body, headers; and WB's ways of saying no."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Final

import orjson

JSON: Final = "application/json; charset=utf-8"
PROBLEM: Final = "application/problem+json"
PATH_NOT_FOUND: Final = "Please consult the https://dev.wildberries.ru/openapi/api-information"
_LIMITER: Final = uuid.UUID("11a17e12-0000-4000-8000-000000000000")


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back.

    Attributes:
        body: whole, or in pieces when it may be large.
        afterwards: what to do when it has been sent, while the client reads.
        cursor_in, cursor_out: for paged methods, what was asked with and what the next page is asked with.
    """

    status: int
    body: bytes | Iterator[bytes]
    content_type: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)
    cursor_in: str = ""
    cursor_out: str = ""
    afterwards: Callable[[], None] | None = None


def ok(body: object) -> Answer:
    return Answer(200, orjson.dumps(body))


def problem(host: str, status: int, title: str, detail: str, now: float) -> Answer:
    """The gateway's own answer: RFC 7807 with WB's additions, a fresh request id each time."""
    name = host.removesuffix("-sandbox").removesuffix("-api")
    body = {
        "title": title,
        "detail": detail,
        "code": " ".join(secrets.token_hex(9)[:length] for length in (12, 17, 12)),
        "requestId": secrets.token_hex(16),
        "origin": f"s2s-api-auth-{name}",
        "status": status,
        "statusText": HTTPStatus(status).phrase,
        "timestamp": datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    return Answer(status, orjson.dumps(body), PROBLEM)


def path_not_found(host: str, now: float) -> Answer:
    return problem(host, 404, "path not found", PATH_NOT_FOUND, now)


def too_many(host: str, group: str, now: float) -> Answer:
    limiter = uuid.uuid5(_LIMITER, group)
    return problem(host, 429, "too many requests", f"limited by {limiter}", now)


def refusal(status: int, code: str, message: str) -> Answer:
    """A method's own no, as the order methods say it."""
    return Answer(status, orjson.dumps({"code": code, "message": message, "data": None}))


def incorrect(message: str) -> Answer:
    return refusal(400, "IncorrectParameter", message)
