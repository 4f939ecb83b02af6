"""A real SMTP server on 127.0.0.1 that keeps what it gets."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.header import decode_header, make_header
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller

from tests.conftest import free_port


@dataclass(frozen=True)
class Mail:
    to: str
    subject: str
    text: str
    files: dict[str, bytes] = field(default_factory=dict)
    references: str = ""
    """What it goes on with: letters that name the same stand in one conversation."""


@dataclass
class Postbox:
    """What has arrived.

    Attributes:
        refuse: an SMTP answer instead of taking it.
        hold: it reads a message and does not answer for so many seconds; ``holding`` is set meanwhile.
        hold_after: the same, and it has taken the message.
    """

    port: int = 0
    mails: list[Mail] = field(default_factory=list)
    refuse: str = ""
    hold: float = 0
    hold_after: float = 0
    holding: threading.Event = field(default_factory=threading.Event)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.hold:
            self.holding.set()
            await asyncio.sleep(self.hold)
            return "451 too late"
        if self.refuse:
            return self.refuse
        message = message_from_bytes(envelope.content, policy=default)
        body = message.get_body(("plain", "html"))
        assert body is not None
        subject = str(make_header(decode_header(str(message["Subject"]))))
        files = {
            str(part.get_filename()): part.get_payload(decode=True) for part in message.iter_attachments()
        }
        goes_on = str(message["References"] or "")
        self.mails.append(Mail(envelope.rcpt_tos[0], subject, body.get_content(), files, goes_on))
        if self.hold_after:
            self.holding.set()
            await asyncio.sleep(self.hold_after)
        return "250 OK"

    def url(self, to: str = "ops@example.com") -> str:
        return f"mailto://127.0.0.1:{self.port}?from=desk@example.com&to={to}&format=text"

    def subjects(self) -> list[str]:
        return [mail.subject for mail in self.mails]


@contextmanager
def postbox() -> Iterator[Postbox]:
    box = Postbox(free_port())
    controller = Controller(box, hostname="127.0.0.1", port=box.port, ready_timeout=120)
    controller.start()
    try:
        yield box
    finally:
        controller.stop()
