"""The token goes into one header, to one place; never anywhere else."""

from __future__ import annotations

import logging
import pickle
import traceback
from pathlib import Path

import pytest

from tests.api.conftest import ClientMaker, make_token
from tests.api.server import RawServer, Reply, Seen, Server, json_reply
from wbcore.api import errors
from wbcore.api.catalog import METHOD_BY_ID
from wbcore.api.client import WBClient
from wbcore.api.token import TokenUnreadable, read

INFO = METHOD_BY_ID["seller.info"]


def pieces_in(text: str, token: str, piece: int = 8) -> list[str]:
    """The stretches of the token that appear in a text."""
    return [token[i : i + piece] for i in range(len(token) - piece + 1) if token[i : i + piece] in text]


@pytest.mark.parametrize("status", [300, 301, 302, 303, 307, 308])
def test_a_redirect_is_never_followed(status: int, server: Server, client: WBClient, token: str) -> None:
    with Server() as elsewhere:
        server.replies(Reply(status, b"", {"Location": f"{elsewhere.gateway}/catch?t={token}"}))
        with pytest.raises(errors.UnexpectedResponseError) as caught:
            client.orders_new()
        assert elsewhere.seen == []
    assert caught.value.reason == "redirect"
    assert caught.value.detail == elsewhere.gateway.removeprefix("http://")
    assert len(server.seen) == 1
    assert not pieces_in(str(vars(caught.value)), token)


@pytest.mark.parametrize("location", ["", "/", "//", "http://[", "http://\xff", "x" * 9000, "javascript:1"])
def test_a_redirect_to_nonsense_is_only_a_redirect(location: str, server: Server, client: WBClient) -> None:
    server.replies(Reply(302, b"", {"Location": location}))
    with pytest.raises(errors.UnexpectedResponseError) as caught:
        client.orders_new()
    assert caught.value.reason == "redirect"


def test_a_netrc_file_does_not_replace_the_token(
    server: Server, make_client: ClientMaker, token: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password else\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    client = make_client()
    client._session.trust_env = True
    client.call(INFO)
    assert server.seen[0].headers["authorization"] == token


def test_a_proxy_of_the_environment_does_not_see_the_requests_to_this_machine(
    server: Server, make_client: ClientMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Server() as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.gateway)
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        make_client().call(INFO)
        assert proxy.seen == []
    assert len(server.seen) == 1


def test_a_proxy_of_the_environment_is_used_towards_other_machines(
    make_client: ClientMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Server() as proxy:
        monkeypatch.setenv("http_proxy", proxy.gateway)
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        make_client(gateway="http://gateway.invalid").call(INFO)
        assert proxy.seen[0].target.startswith("http://gateway.invalid/common-api/")


def test_cookies_are_neither_kept_nor_sent(server: Server, client: WBClient) -> None:
    server.replies(json_reply({}, Set_Cookie="session=1; Path=/"))
    for _ in range(2):
        client.call(INFO)
    assert "cookie" not in server.seen[1].headers


def test_the_token_is_in_one_header_and_nowhere_else_of_a_request(
    server: Server, client: WBClient, token: str
) -> None:
    server.replies(json_reply({"orders": [], "next": 0}))
    client.statuses([1])
    client.orders_page(0, 1, 2)
    for seen in server.seen:
        others = {name: value for name, value in seen.headers.items() if name != "authorization"}
        assert not pieces_in(f"{seen.target} {others} {seen.body!r}", token)


def test_logs_never_carry_the_token(
    server: Server, make_client: ClientMaker, token: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for name in ("urllib3", "requests", "wbcore"):
        caplog.set_level(logging.DEBUG, logger=name)

    def echo(seen: Seen) -> Reply:
        answers = [
            Reply(503, f"<p>{seen.headers['authorization']}".encode()),
            Reply(fault="drop"),
            Reply(200, f'{{"x": "{token}'.encode()),
            json_reply({"detail": f"token problem: {token}", "origin": token}, 401),
        ]
        return answers[(len(server.seen) - 1) % 4]

    server.answers(echo)
    client = make_client(on_wait=lambda left: None)
    with pytest.raises(errors.TokenMalformedError) as caught:
        client.orders_new()
    assert len(caplog.records) >= 4
    logged = "\n".join(f"{r.getMessage()} {r.args!r} {r.exc_text}" for r in caplog.records)
    for text in (logged, repr(client), str(client), repr(client._session.auth), str(vars(caught.value))):
        assert not pieces_in(text, token)


def test_a_traceback_with_its_local_values_shows_no_token_on_the_way_out(
    make_client: ClientMaker, token: str
) -> None:
    with RawServer([b"HTTP/1.1 500 \r\n\r\n"]) as server:
        client = make_client(gateway=server.gateway, attempts=1)
        with pytest.raises(errors.WBError) as caught:
            client.orders_new()
    frames = traceback.TracebackException.from_exception(caught.value, capture_locals=True).stack
    shown = str([frame.locals for frame in frames if "wbcore" in frame.filename])
    assert "WBClient" in shown
    assert not pieces_in(shown, token)


def test_unreadable_tokens_leave_no_trace(token: str) -> None:
    for text in (token[:-9], token + token, "sk-" + "abcdefgh" * 5):
        with pytest.raises(TokenUnreadable) as caught:
            read(text)
        error = caught.value
        copy = pickle.loads(pickle.dumps(error))
        assert (copy.reason, copy.length) == (error.reason, error.length)
        assert not pieces_in(f"{error!r} {error.args} {vars(error)}", text)


def test_the_facts_hold_no_piece_of_the_token() -> None:
    token = make_token(strange="x")
    facts = read(token)
    assert not pieces_in(f"{facts} {facts.to_record()}", token)
