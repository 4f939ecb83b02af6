"""News of WB's seller portal: asked for at most once an hour for everybody, and only while they are read.

WB writes them in HTML, which is never shown: only its words are kept.
"""

from __future__ import annotations

import contextlib
import logging
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from typing import Any, Final

from sqlmodel import Session

from wbcore.api import token as tokens
from wbcore.api.catalog import METHOD_BY_ID
from wbcore.api.errors import AuthError, WBError
from wbcore.keys import capabilities, keyring
from wbcore.keys.clients import client_for, environment_of, facts_of
from wbcore.keys.proofs import record_success
from wbcore.store import chores, db, values
from wbcore.store.models import Key
from wbcore.store.problems import SecretKeyError

log = logging.getLogger(__name__)

CHORE: Final = "news"
KEPT: Final = "news"
GAP: Final = timedelta(hours=1)
DAYS: Final = 30
MOST: Final = 50
TRIED: Final = 3
"""So many keys are tried when WB refuses their tokens."""
TEXT_LENGTH: Final = 3000
HEADER_LENGTH: Final = 300
_API: Final = re.compile(r"\bAPI\b|\bАПИ\b|токен|openapi", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class News:
    """One item, as plain text.

    Attributes:
        date: as WB wrote it, ISO 8601.
        api: it is about the API.
    """

    id: int
    date: str
    header: str
    text: str
    types: tuple[str, ...]
    api: bool


@dataclass(frozen=True, slots=True)
class NewsBoard:
    """What is known: items about the API first, each part newest first.

    Attributes:
        at: when WB was asked; None: not yet.
        error: code of the last failure; "": it went well.
    """

    items: tuple[News, ...]
    at: datetime | None
    error: str


def board(session: Session) -> NewsBoard:
    """The news as they are kept; sends nothing."""
    kept = values.get(session, KEPT) or {}
    at = kept.get("at")
    return NewsBoard(
        items=tuple(News(**{**row, "types": tuple(row["types"])}) for row in kept.get("items", ())),
        at=datetime.fromisoformat(at) if at else None,
        error=str(kept.get("error") or ""),
    )


def ask(session: Session, now: datetime) -> datetime:
    """Says that somebody reads the news: a worker brings them when they are older than an hour.

    Returns:
        When that will be. The caller commits.
    """
    return chores.ask(session, CHORE, now, GAP)


def coming(session: Session) -> datetime | None:
    """When a worker brings them next; None: nobody has asked."""
    chore = chores.get(session, CHORE)
    return None if chore is None or chore.due_at >= chores.NEVER else chore.due_at


def work(now: datetime) -> bool:
    """Brings the news if somebody has asked and the hour is over; whether WB was asked."""
    with db.session() as session:
        chore = chores.get(session, CHORE)
        if chore is None or chore.due_at > now:
            return False
        able = _keys(session, now)
        if not able:  # nothing is asked: the next reader need not wait for an hour
            chores.put_off(session, CHORE, chores.NEVER)
            session.commit()
            return False
        mine = chores.begin(session, CHORE, now, chores.NEVER)
        session.commit()
    if not mine:
        return False
    for key in able:
        if _bring(key, now):
            break
    return True


def _keys(session: Session, now: datetime) -> list[Key]:
    """Keys that may ask, a few: rather not those whose tokens may do so once an hour only."""
    method = METHOD_BY_ID["seller.news"]
    able = [
        key
        for key in keyring.list_keys(session)
        if key.environment != "demo"  # a learning cabinet's news are none of Wildberries'
        and tokens.can_call(facts_of(key), environment_of(key), method, now) is None
    ]
    states = capabilities.states(session, [key.id for key in able if key.id is not None])

    def doubts(key: Key) -> tuple[bool, ...]:
        state = states.get(key.id or 0, {}).get("seller.news")
        refused = state is not None and state.status == "denied"
        return refused, facts_of(key).kind == "basic", key.verified_at is None

    return sorted(able, key=doubts)[:TRIED]


def _bring(key: Key, now: datetime) -> bool:
    """Whether it is done. It is when WB fails, as it would for any key; not when it refuses this token, nor
    when that can't be read."""
    try:
        with client_for(key, max_wait_s=5.0, attempts=2) as client:
            rows = client.news((now - timedelta(days=DAYS)).date())
            latency_ms = client.last_latency_ms
    except SecretKeyError:
        return False
    except WBError as error:
        _keep(error=error.code)
        log.warning("news could not be read: %s", error.code)
        return not isinstance(error, AuthError)
    items = sorted((item for row in rows if (item := read(row))), key=lambda i: i.date, reverse=True)
    items.sort(key=lambda i: not i.api)
    _keep(error="", at=now.astimezone(UTC).isoformat(), items=[asdict(i) for i in items[:MOST]])
    with db.session() as session:
        row = keyring.unchanged(session, key)
        if row is not None:
            record_success(session, row, ["seller.news"], now, latency_ms)
            session.commit()
    return True


def _keep(**news: Any) -> None:
    with db.session() as session:
        values.change(session, KEPT, lambda kept: {**(kept or {}), **news})
        session.commit()


def read(row: Mapping[str, Any]) -> News | None:
    """An item of WB's; None when it has no words."""
    types = row.get("types")
    names = (
        [str(kind.get("name") or "") for kind in types or () if isinstance(kind, dict)]
        if isinstance(types, list)
        else []
    )
    header, text = plain(str(row.get("header") or "")), plain(str(row.get("content") or ""))
    if not header and not text:
        return None
    number = row.get("id")
    return News(
        id=number if isinstance(number, int) else 0,
        date=str(row.get("date") or "")[:40],
        header=" ".join(header.split())[:HEADER_LENGTH],
        text=text[:TEXT_LENGTH],
        types=tuple(name[:100] for name in names if name),
        api=bool(_API.search(" ".join([header, *names]))),
    )


# --- HTML to words ----------------------------------------------------------------------------


def plain(html: str) -> str:
    """The words of a piece of HTML, whatever it is; paragraphs are lines."""
    reader = _Words()
    with contextlib.suppress(AssertionError):  # so Python's reader gives up on marked sections it knows not
        reader.feed(html[:200_000])
        reader.close()
    lines = (" ".join(line.split()) for line in "".join(reader.words).split("\n"))
    visible = (
        re.sub(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]", "", line) for line in lines
    )
    return "\n".join(line for line in visible if line)


class _Words(HTMLParser):
    HIDDEN: Final = frozenset({"script", "style", "template", "iframe", "object", "noscript", "title", "svg"})
    LINES: Final = frozenset(
        {"p", "div", "br", "li", "ul", "ol", "tr", "table", "h1", "h2", "h3", "h4", "h5", "h6", "section"}
    )

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self.hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.hidden += tag in self.HIDDEN
        if tag in self.LINES:
            self.words.append("\n• " if tag == "li" else "\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in self.HIDDEN:
            self.hidden = max(0, self.hidden - 1)
        elif tag in self.LINES:
            self.words.append("\n")

    def handle_data(self, data: str) -> None:
        if not self.hidden:
            self.words.append(data)
