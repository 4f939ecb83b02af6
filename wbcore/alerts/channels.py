"""Messages to e-mail and messengers through apprise. A channel's address is a secret: it never leaves here.

apprise knows more than 150 services. Only those that carry a message to people or to a web address are
taken; services that act on this machine (desktop, syslog, serial lines) or read its files are not.
"""

from __future__ import annotations

import logging
import re
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from uuid import NAMESPACE_URL, uuid5

from wbcore.alerts import addresses
from wbcore.settings import settings

if TYPE_CHECKING:
    import apprise

TIMEOUT_S: Final = 40.0
CONNECT_S: Final = 5.0

SCHEMAS: Final = frozenset(
    {
        # E-mail
        "mailto",
        "mailtos",
        "mailgun",
        "postmark",
        "resend",
        "brevo",
        "sendgrid",
        "sendpulse",
        "smtp2go",
        "sparkpost",
        "ses",
        "o365",
        # Messengers and work chats
        "tgram",
        "whatsapp",
        "signal",
        "signals",
        "threema",
        "viber",
        "line",
        "slack",
        "discord",
        "workflows",
        "workflow",
        "gchat",
        "matrix",
        "matrixs",
        "mmost",
        "mmosts",
        "rocket",
        "rockets",
        "zulip",
        "wxteams",
        "webex",
        "twist",
        "ryver",
        "revolt",
        "nctalk",
        "nctalks",
        "synology",
        "synologys",
        "dingtalk",
        "feishu",
        "lark",
        "wecombot",
        "kook",
        # Push to a telephone, SMS
        "ntfy",
        "ntfys",
        "gotify",
        "gotifys",
        "pover",
        "pbul",
        "bark",
        "barks",
        "prowl",
        "simplepush",
        "pushme",
        "schan",
        "onesignal",
        "twilio",
        "vonage",
        "smsc",
        "clicksend",
        # Duty rosters, and any program with a web address
        "pagerduty",
        "opsgenie",
        "json",
        "jsons",
        "xml",
        "xmls",
        "form",
        "forms",
    }
)
LETTERS: Final = frozenset({"mailto", "mailtos"})
"""Schemas that send by a mail server: with headers of ours, and with a file."""
PROGRAMS: Final = frozenset({"json", "jsons", "xml", "xmls", "form", "forms"})
"""Schemas by which a program takes a message, at a web address."""
THREADS: Final = 10
"""Of more things than these a letter names the first ones: a number takes 60 characters, and servers refuse a
line of more than 998 (RFC 5322, 2.1.1)."""
NATIVE: Final = frozenset({"http", "https"})
"""Addresses as the services themselves show them: apprise knows whose they are, or takes them not."""


class ChannelRefused(ValueError):
    """An address that is not taken. Never carries it.

    ``code``: unreadable, forbidden, local, private, ``parameter_<name>``.
    """

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


def shown(url: str) -> str:
    """What may be shown of an address: its schema and dots."""
    return f"{_schema(url)}://•••"


def check(url: str) -> str:
    """Sees that an address is one that we send to; returns what may be shown of it.

    Raises:
        ChannelRefused: it is not.
    """
    _service(url)
    return shown(url)


def send(
    url: str,
    title: str,
    body: str,
    timeout_s: float = TIMEOUT_S,
    *,
    file: Path | None = None,
    about: Sequence[str] = (),
    name: str = "",
) -> str:
    """Sends plain text. Never raises.

    Waits ``timeout_s`` seconds at most: a service that drips its answer must not hold the worker.

    Args:
        file: goes with it; services of e-mail alone take one.
        about: what it tells of, each by a name of its own: a letter that comes twice after a crash, and one
            that tells more of the same, stand in one conversation.
        name: the message's own, the same when it is sent again: programs get a number of it in the header
            ``Idempotency-Key``, by which they know one that comes twice.

    Returns:
        "" when the service has taken it, else a code without a secret: unreadable, forbidden, local,
        private, ``parameter_<name>``, timeout, unreachable, failed.
    """
    import apprise  # noqa: PLC0415 (slow to load, and pages name channels without sending anything)
    from apprise import AppriseResultStatus  # noqa: PLC0415
    from apprise.common import NotifyFormat  # noqa: PLC0415

    refused = addresses.refused_connections()
    try:
        service = _service(url)
        _thread(service, about)
        if name and _schemas_of(service) & PROGRAMS:
            service.headers["Idempotency-Key"] = _number(name)
        sender = apprise.Apprise(asset=_asset())
        sender.add(service)
        result = sender.notify(
            title=title,
            body=body,
            body_format=NotifyFormat.TEXT,
            attach=None if file is None else [str(file)],
            timeout=timeout_s,
        )
    except ChannelRefused as error:
        return error.code
    except Exception as error:  # noqa: BLE001 (a plugin's own; its text may quote the address)
        return "unreachable" if isinstance(error, OSError) else "failed"
    if result.status is AppriseResultStatus.SUCCESS:
        return ""
    if addresses.refused_connections() > refused:
        return "private"
    if result.status is AppriseResultStatus.TIMEOUT:
        return "timeout"
    return "failed" if _answers(service) else "unreachable"


def _thread(service: Any, about: Sequence[str]) -> None:
    """apprise numbers each letter anew, so that a repeated one can't have the same number: it names the same
    beginning instead (RFC 5322, 3.6.4), which mail programs put together."""
    if about and _schemas_of(service) & LETTERS:
        numbers = [f"<{_number(one)}@wb-desk.invalid>" for one in about[:THREADS]]
        service.headers["References"] = " ".join(numbers)


def _number(name: str) -> str:
    return str(uuid5(NAMESPACE_URL, f"wb-desk:{name}"))


def _answers(service: Any) -> bool:
    """Whether anybody listens at an address that names its host. apprise tells that a message was not taken,
    and why only in lines for people; this much is found out here."""
    host, port = getattr(service, "host", None), getattr(service, "port", None)
    if not host or not port:
        return True
    try:
        socket.create_connection((host, port), CONNECT_S).close()
    except OSError:
        return False
    return True


def _service(url: str) -> Any:
    import apprise  # noqa: PLC0415

    schema = _schema(url)
    if schema not in SCHEMAS | NATIVE:
        raise ChannelRefused("forbidden" if schema else "unreadable")
    if wrong := addresses.refusal(url, schema):
        raise ChannelRefused(wrong)
    try:
        made = apprise.Apprise.instantiate(url.strip(), asset=_asset(), suppress_exceptions=True)
    except Exception:  # noqa: BLE001 (as above)
        made = None
    if made is None:
        raise ChannelRefused("unreadable")
    if not SCHEMAS & _schemas_of(made):
        raise ChannelRefused("forbidden")
    if not settings().alerts_private and any(map(addresses.is_private, _hosts_of(made, schema))):
        raise ChannelRefused("private")
    return made


def _hosts_of(service: Any, schema: str) -> list[str]:
    """The hosts that the operator has chosen."""
    if schema not in addresses.OWN_HOST:
        return []
    return [host for name in ("host", "smtp_host") if (host := getattr(service, name, None))]


def _schema(url: str) -> str:
    match = re.match(r"\s*([a-z0-9]{2,20})://", url, re.IGNORECASE)
    return match[1].lower() if match else ""


def _schemas_of(service: Any) -> set[str]:
    found: set[str] = set()
    for value in (service.protocol, service.secure_protocol):
        found |= {value} if isinstance(value, str) else set(value or ())
    return found


def _asset() -> apprise.AppriseAsset:
    """Nothing on this machine's disk, no templates, no redirects with a secret in the address."""
    import apprise  # noqa: PLC0415
    from apprise.common import PersistentStoreMode  # noqa: PLC0415

    return apprise.AppriseAsset(
        app_id="WB Desk",
        app_desc="WB Desk",
        app_url="",
        storage_mode=PersistentStoreMode.MEMORY,
        service_timeout=TIMEOUT_S,
        async_mode=False,
        secure_logging=True,
        allow_templates=False,
        http_redirects=False,
        pgp_autogen=False,
        pem_autogen=False,
    )


# apprise's lines may quote an address: none of them goes to any handler.
logging.getLogger("apprise").addFilter(lambda _record: False)
