"""A real SMTP server on 127.0.0.1 that keeps what it gets."""

from __future__ import annotations

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


@dataclass
class Postbox:
    """What has arrived. ``refuse``: an SMTP answer instead of taking it."""

    port: int = 0
    mails: list[Mail] = field(default_factory=list)
    refuse: str = ""

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.refuse:
            return self.refuse
        message = message_from_bytes(envelope.content, policy=default)
        body = message.get_body(("plain", "html"))
        assert body is not None
        subject = str(make_header(decode_header(str(message["Subject"]))))
        self.mails.append(Mail(envelope.rcpt_tos[0], subject, body.get_content()))
        return "250 OK"

    def url(self, to: str = "ops@example.com") -> str:
        return f"mailto://127.0.0.1:{self.port}?from=desk@example.com&to={to}&format=text"

    def subjects(self) -> list[str]:
        return [mail.subject for mail in self.mails]


@contextmanager
def postbox() -> Iterator[Postbox]:
    box = Postbox(free_port())
    controller = Controller(box, hostname="127.0.0.1", port=box.port)
    controller.start()
    try:
        yield box
    finally:
        controller.stop()
