"""An alert's address can't be turned against the machine that sends it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.smtp import postbox
from wbcore.alerts import addresses, alerting, channels
from wbcore.alerts.channels import ChannelRefused
from wbcore.settings import settings


@pytest.fixture
def closed(monkeypatch: pytest.MonkeyPatch, own_network: None) -> None:
    """As it is without the variable."""
    monkeypatch.delenv("WB_ALERTS_PRIVATE")
    settings.cache_clear()


@pytest.fixture
def neighbour() -> Iterator[tuple[int, list[Any]]]:
    """A service that only this machine reaches; its port and what it was asked."""
    asked: list[Any] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked.append((self.command, dict(self.headers)))
            self.send_response(200)
            self.end_headers()

        do_GET = do_PUT = do_DELETE = do_POST

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.server_port, asked
    server.shutdown()
    server.server_close()


def code_of(url: str) -> str:
    with pytest.raises(ChannelRefused) as caught:
        channels.check(url)
    return caught.value.code


@pytest.mark.parametrize(
    "query",
    [
        "%74emplate=/etc/passwd",
        "%54EMPLATE=/etc/passwd",
        "to=a&%74emplate=%2Fetc%2Fpasswd",
        "to=a;template=/etc/passwd",
        "x=%66ile:///etc/passwd",
        "x=%2566ile%3A%2F%2F%2Fetc%2Fpasswd",
    ],
)
def test_no_spelling_names_a_local_file(query: str) -> None:
    assert code_of(f"slack://T1/A1/abc?{query}") == "local"
    assert code_of(f"json://example.com/x?{query}") == "local"


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("jsons://example.com/x?verify=no", "verify"),
        ("jsons://example.com/x?%76erify=no", "verify"),
        ("mailtos://me:pw@example.com?verify=no&to=you@example.com", "verify"),
        ("mailtos://me:pw@example.com?mode=insecure", "mode"),
        ("json://example.com/x?method=DELETE", "method"),
        ("json://example.com/x?+Authorization=Bearer", "+authorization"),
        ("json://example.com/x?%2BHost=metadata", "+host"),
        ("json://example.com/x?-drop=table", "-drop"),
        ("json://example.com/x?:key=value", ":key"),
        ("tgram://123456789:AAabcdefghijklmnopqrstuvwxyz012345678/987654?redirect=yes", "redirect"),
        ("ntfys://ntfy.example.com/topic?attach=http://10.0.0.1/", ""),
        ("jsons://example.com/x?%2576erify=no", "76erify"),
    ],
)
def test_only_known_parameters_are_taken_and_the_refusal_names_the_other(url: str, name: str) -> None:
    code = code_of(url)
    if not name:
        assert code == "local"
        return
    assert code.startswith("parameter_")
    for lang in ("ru", "en"):
        assert name.strip("+-:") in alerting.error_text(lang, code)


HOSTS = [
    *("127.0.0.1", "localhost", "127.1", "2130706433", "0x7f000001", "0.0.0.0"),
    *("[::1]", "[::ffff:127.0.0.1]"),
    *("10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "[fd00::1]", "[fe80::1]"),
    *("[64:ff9b::a9fe:a9fe]", "[2002:7f00:1::]", "224.0.0.1"),
]


@pytest.mark.parametrize("host", HOSTS)
def test_this_machine_and_its_network_are_refused(host: str, closed: None) -> None:
    # What a resolver makes of an unusual spelling differs; what it makes is looked at when it connects.
    for url in (f"json://{host}/x", f"mailto://me:pw@{host}?to=a@example.com"):
        assert code_of(url) in ("private", "unreadable")


def test_a_server_of_mail_apart_is_looked_at_too(closed: None) -> None:
    assert code_of("mailto://me:pw@example.com?smtp=127.0.0.1&to=a@example.com") == "private"


@pytest.mark.parametrize("number", ["8.8.8.8", "2a00:1450:4001:80b::200e"])
def test_the_internet_is_open(number: str) -> None:
    assert not addresses.is_private_number(number)


def test_dns_that_changes_between_check_and_message_changes_nothing(
    closed: None, neighbour: tuple[int, list[Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    port, asked = neighbour
    real: Callable[..., Any] = socket.getaddrinfo
    answers = iter(["8.8.8.8", "8.8.8.8"])  # for the two checks; then the neighbour

    def resolve(host: str, *rest: Any, **more: Any) -> Any:
        name = next(answers, "127.0.0.1") if host == "rebind.example.com" else host
        return real(name, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    url = f"json://rebind.example.com:{port}/x"
    assert channels.check(url)
    assert channels.send(url, "title", "body") == "private"
    assert asked == []


def test_the_variable_opens_the_own_network(neighbour: tuple[int, list[Any]]) -> None:
    port, asked = neighbour
    assert channels.send(f"json://127.0.0.1:{port}/x", "title", "body") == ""
    ((verb, headers),) = asked
    assert verb == "POST"
    assert headers["Content-Type"] == "application/json"


def test_our_own_connections_are_nobodys_business(closed: None, neighbour: tuple[int, list[Any]]) -> None:
    port, _ = neighbour
    socket.create_connection(("127.0.0.1", port), 5).close()


def test_mail_to_this_machine_is_not_sent(closed: None, tmp_path: Path) -> None:
    with postbox() as box:
        assert channels.send(box.url(), "title", "body") == "private"
        assert box.mails == []
