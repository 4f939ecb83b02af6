"""Messages to e-mail and messengers through apprise. A channel's address is a secret: it never leaves here.

apprise knows more than 150 services. Only those that carry a message to people or to a web address are
taken; services that act on this machine (desktop, syslog, serial lines) or read its files are not.
"""

from __future__ import annotations

import logging
import re
import threading
from typing import Any, Final

import apprise
from apprise.common import NotifyFormat, PersistentStoreMode

TIMEOUT_S: Final = 40.0

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
NATIVE: Final = frozenset({"http", "https"})
"""Addresses as the services themselves show them: apprise knows whose they are, or takes them not."""
LOCAL: Final = frozenset({"template", "keyfile", "subfile", "pgp", "pgpkey", "include", "config", "attach"})
"""Parameters that name files of this machine."""


class ChannelRefused(ValueError):
    """An address that is not taken. ``code``: unreadable, forbidden, local. Never carries the address."""

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


def send(url: str, title: str, body: str, timeout_s: float = TIMEOUT_S) -> str:
    """Sends plain text. Never raises.

    Returns:
        "" when the service has taken it, else a code without a secret: unreadable, forbidden, local,
        timeout, unreachable, auth, ``http_<status>``, failed.
    """
    answer = ["timeout"]

    def deliver() -> None:
        answer[0] = _deliver(url, title, body)

    # A service that drips its answer must not hold the worker.
    thread = threading.Thread(target=deliver, name="alert", daemon=True)
    thread.start()
    thread.join(timeout_s)
    return answer[0]


def _deliver(url: str, title: str, body: str) -> str:
    _EARS.listen()
    try:
        service = _service(url)
        done = service.notify(title=title, body=body, body_format=NotifyFormat.TEXT)
    except ChannelRefused as error:
        return error.code
    except Exception as error:  # noqa: BLE001 (a plugin's own; its text may quote the address)
        return "unreachable" if isinstance(error, OSError) else "failed"
    return "" if done else _EARS.code


def _service(url: str) -> Any:
    schema = _schema(url)
    if schema not in SCHEMAS | NATIVE:
        raise ChannelRefused("forbidden" if schema else "unreadable")
    if any(name.lower().strip("+-: ") in LOCAL for name in re.findall(r"[?&]([^=&]*)=", url)):
        raise ChannelRefused("local")
    if re.search(r"=(?:file:|file%3a)", url, re.IGNORECASE):
        raise ChannelRefused("local")
    try:
        made = apprise.Apprise.instantiate(url.strip(), asset=_asset(), suppress_exceptions=True)
    except Exception:  # noqa: BLE001 (as above)
        made = None
    if made is None:
        raise ChannelRefused("unreadable")
    if not SCHEMAS & _schemas_of(made):
        raise ChannelRefused("forbidden")
    return made


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


class _Ears(logging.Filter):
    """Hears from apprise's own lines why a message was not taken, and keeps a code of it.

    The lines may quote an address, so none of them goes on to any handler.
    """

    def __init__(self) -> None:
        super().__init__()
        self.heard = threading.local()

    def listen(self) -> None:
        self.heard.code = "failed"

    @property
    def code(self) -> str:
        return str(self.heard.code)

    def filter(self, record: logging.LogRecord) -> bool:
        try:
            line = record.getMessage()
        except (TypeError, ValueError):
            line = ""
        code = next((code for code, words in _WHY if words.search(line)), "")
        if status := re.search(r"error\s*=\s*([45][0-9]{2})\b", line):
            code = "auth" if status[1] in ("401", "403") else f"http_{status[1]}"
        if code:
            self.heard.code = code
        return False


_WHY: Final = (
    ("auth", re.compile(r"authenticat|unauthorized|\b535\b", re.IGNORECASE)),
    ("timeout", re.compile(r"timed? ?out", re.IGNORECASE)),
    ("unreachable", re.compile(r"refused|unreachable|resol|not known|connect.* error", re.IGNORECASE)),
)
_EARS: Final = _Ears()
_LOG: Final = logging.getLogger("apprise")
_LOG.addFilter(_EARS)
_LOG.setLevel(logging.DEBUG)  # the reason is told at this level
