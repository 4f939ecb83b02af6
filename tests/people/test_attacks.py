"""The attacks: every address and socket of the running program, without a session, under foreign names."""

from __future__ import annotations

import contextlib
import html
import json
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import requests
import streamlit
from sqlmodel import select
from starlette.datastructures import Headers
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import BackendOperationResponse, ForwardMsg
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection

from tests.people.house import PASSWORD, PATIENCE_S, ROOT, TOKEN, House, dashboard, furnish, inside, serve
from tests.people.tab import Tab
from wbcore.guidance import texts
from wbcore.people import audit, gate, sessions, takeaway, users
from wbcore.people.actor import Actor
from wbcore.people.entry import Entry
from wbcore.store import db
from wbcore.store.models import SignInFailure, utc_now

OPEN = {"/_stcore/health", "/login", "/login/oidc", "/login/oidc/back"}
HIDDEN = re.compile(r'type="hidden" name="(\w+)" value="([^"]*)"')
ROLES = {"owner": "Анна", "operator": "Олег", "viewer": "Вера"}


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A dashboard with sign-in and one user of each role."""
    data = tmp_path_factory.mktemp("office") / "data"
    furnish(data)
    yield from serve(data, WB_SIGN_IN="1", WB_ALLOWED_HOSTS="desk.example.org")


@pytest.fixture(scope="module")
def routes() -> list[tuple[str, str]]:
    """Each route of the program, asked of the program: a new one is tried without anybody thinking of it."""
    asked = (
        "import json, app\nfrom starlette.routing import WebSocketRoute\n"
        "made = app.app._build_starlette_app()\n"
        "kinds = [('socket' if isinstance(r, WebSocketRoute) else 'http', r.path) for r in made.routes]\n"
        "print(json.dumps(kinds))"
    )
    found = subprocess.run(
        [sys.executable, "-c", asked], cwd=ROOT, capture_output=True, text=True, check=True
    )
    paths = [(kind, _filled(path)) for kind, path in json.loads(found.stdout.splitlines()[-1])]
    screens = [f"/{file.stem}" for file in (ROOT / "pages").glob("[a-z]*.py")]
    files = [
        "/static/js/none.js",
        "/media/none.svg",
        "/component/x/y",
        "/favicon.png",
        "/index.html",
        "/none",
    ]
    return paths + [("http", path) for path in ["/", *screens, *files]]


def _filled(path: str) -> str:
    return "/".join("x" if "{" in part else part for part in path.split("/")) or "/"


def is_refused(office: House, kind: str, path: str, **headers: str) -> bool:
    """Whether nothing is served there, by no method."""
    if kind == "socket":
        try:
            office.socket(path, **headers).close()
        except InvalidStatus as error:
            return error.response.status_code in (401, 403)
        return False
    for method in ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"):
        answer = office.ask(path, method, headers={"Accept": "text/html", **headers})
        away = answer.status_code == 303 and answer.headers["location"].startswith("/login")
        if not (away or answer.status_code in (401, 403)) or "Streamlit" in answer.text:
            return False
    return True


def test_nothing_is_served_without_a_session(office: House, routes: list[tuple[str, str]]) -> None:
    assert len(routes) > 25
    assert ("socket", "/_stcore/stream") in routes
    served = [route for route in routes if route[1] not in OPEN and not is_refused(office, *route)]
    assert served == []


@pytest.mark.parametrize("cookie", ["", "x", "wb-desk=", "wb-desk=guessed", f"__Host-wb-desk={'a' * 43}"])
def test_a_made_up_session_opens_nothing(office: House, cookie: str) -> None:
    for kind, path in (("http", "/"), ("http", "/media/x"), ("socket", "/_stcore/stream")):
        assert is_refused(office, kind, path, Cookie=cookie, **{"X-WB-Desk-User": "1"}), path


@pytest.mark.parametrize("role", ROLES)
def test_with_a_session_everything_answers(office: House, routes: list[tuple[str, str]], role: str) -> None:
    """No address is forgotten behind the gate: signed in, each answers as Streamlit would."""
    cookie = {"Cookie": f"wb-desk={office.cookie(ROLES[role])}"}
    for kind, path in routes:
        if kind == "socket":
            office.socket(path, **cookie).close()
        elif path not in (
            "/setup",
            "/login/oidc",
            "/_stcore/metrics",
        ):  # the first two lead to where one has been already
            assert office.ask(path, headers=cookie).status_code not in (401, 403, 303, 500), path


SCRIPTS = {"css/*.css": "text/css", "js/index.*.js": "text/javascript", "media/*.woff2": "font/woff2"}


@pytest.mark.parametrize("pattern", SCRIPTS)
def test_streamlits_files_are_as_it_has_them(office: House, pattern: str) -> None:
    file = next((Path(streamlit.__file__).parent / "static" / "static").glob(pattern))
    path = f"/static/{file.parent.name}/{file.name}"
    assert is_refused(office, "http", path)
    cookie = {"Cookie": f"wb-desk={office.cookie('Вера')}"}
    whole = office.ask(path, headers=cookie)
    assert whole.content == file.read_bytes()
    assert whole.headers["content-type"].partition(";")[0] == SCRIPTS[pattern]
    assert whole.headers["cache-control"] == "public, immutable, max-age=31536000"
    assert whole.headers["x-content-type-options"] == "nosniff"
    part = office.ask(path, headers={**cookie, "Range": "bytes=1-3"})
    assert (part.status_code, part.content) == (206, file.read_bytes()[1:4])
    assert office.ask(path, "HEAD", headers=cookie).headers["content-length"] == str(len(whole.content))


FOREIGN_HOSTS = [
    *("evil.example", "evil.example:80", "127.0.0.1.evil.example", "localhost.evil.example"),
    *("0.0.0.0", "127.0.0.1@evil.example", "[::2]", "localhost:x", "10.0.0.1"),
]


@pytest.mark.parametrize("host", FOREIGN_HOSTS)
def test_a_foreign_name_is_refused(office: House, host: str) -> None:
    """DNS rebinding: a page at a name of somebody else's, that leads to 127.0.0.1."""
    cookie = {"Cookie": f"wb-desk={office.cookie('Анна')}", "Host": host}
    for path in ("/", "/login", "/_stcore/health", "/_stcore/host-config", "/media/x", "/static/x"):
        assert office.ask(path, headers=cookie).status_code in (400, 403), path
    with socket.create_connection(("127.0.0.1", office.port), PATIENCE_S) as raw:
        raw.sendall(
            f"GET /_stcore/stream HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
            f"Cookie: wb-desk={office.cookie('Анна')}\r\n\r\n".encode()
        )
        assert raw.recv(100).split()[1] in (b"400", b"403")


@pytest.mark.parametrize(
    "host", ["localhost", "127.0.0.1", "[::1]", "LOCALHOST", "desk.example.org", "localhost:1"]
)
def test_a_name_of_ours_is_served(office: House, host: str) -> None:
    assert office.ask("/_stcore/health", headers={"Host": host}).status_code == 200


FOREIGN_ORIGINS = [
    *("http://evil.example", "http://localhost:1", "https://127.0.0.1:{port}", "null", "file://"),
    *("http://127.0.0.1", "http://localhost:{port}", "chrome-extension://x", "http://[", ""),
]


@pytest.mark.parametrize("origin", FOREIGN_ORIGINS)
def test_a_foreign_origin_is_refused(office: House, origin: str) -> None:
    """Another port of this machine is foreign, too, and so is another name of it."""
    origin = origin.format(port=office.port)
    cookie = {"Cookie": f"wb-desk={office.cookie('Анна')}", "Origin": origin}
    for path in ("/", "/login", "/_stcore/health", "/media/x", "/_wb/here"):
        assert office.ask(path, headers=cookie).status_code == 403, path
    assert is_refused(office, "socket", "/_stcore/stream", **cookie)
    assert is_refused(office, "socket", "/_wb/watch", **cookie)


def test_its_own_origin_is_served(office: House) -> None:
    headers = {"Cookie": f"wb-desk={office.cookie('Анна')}", "Origin": office.url}
    assert office.ask("/", headers=headers).status_code == 200
    office.socket(**headers).close()


def test_a_page_elsewhere_gets_no_piece_of_ours(office: House) -> None:
    headers = {"Cookie": f"wb-desk={office.cookie('Анна')}", "Sec-Fetch-Site": "same-site"}
    assert office.ask("/media/x", headers={**headers, "Sec-Fetch-Mode": "no-cors"}).status_code == 403
    assert office.ask("/", headers={**headers, "Sec-Fetch-Mode": "navigate"}).status_code == 200


def test_every_answer_says_what_a_browser_has_to_hold_to(
    office: House, routes: list[tuple[str, str]]
) -> None:
    cookie = f"wb-desk={office.cookie('Вера')}"
    for path in [path for kind, path in routes if kind == "http"]:
        for headers in ({}, {"Cookie": cookie}, {"Host": "evil.example"}, {"Origin": "http://x"}):
            answer = office.ask(path, headers=headers)
            policy = answer.headers["content-security-policy"]
            assert "frame-ancestors 'none'" in policy, path
            assert not {"http:", "https:", "ws:", "*"} & set(policy.replace(";", " ").split()), path
            assert answer.headers["x-content-type-options"] == "nosniff", path
            assert answer.headers["referrer-policy"] == "no-referrer", path


@pytest.mark.parametrize(
    ("asked", "lang"), [("", "ru"), ("?lang=en", "en"), ("?lang=ru", "ru"), ("?lang=x", "ru")]
)
def test_a_document_is_in_its_language(office: House, asked: str, lang: str) -> None:
    cookie = {"Cookie": f"wb-desk={office.cookie('Вера')}"}
    for path in ("/", "/orders", "/login"):
        assert (
            f'<html lang="{lang}">'
            in office.ask(f"{path}{asked}", headers=cookie if path != "/login" else {}).text
        )
    kept = {"Cookie": f"{cookie['Cookie']}; wb-desk-lang=en"}
    assert '<html lang="en">' in office.ask("/", headers=kept).text


def test_a_document_brings_its_look(office: House) -> None:
    """At its end: of two rules of the same weight the later one counts, and Streamlit's stand in the head."""
    cookie = {"Cookie": f"wb-desk={office.cookie('Вера')}"}
    for path in ("/", "/orders"):
        _, _, after = office.ask(path, headers=cookie).text.partition('<div id="root">')
        assert ".wb-table" in after
        assert ".wbw" in after


def test_what_streamlit_serves_beside_is_not_served(office: House) -> None:
    """Files into its memory, its interface for programs, its own sign-in; its figures are owners' alone."""
    owner, viewer = ({"Cookie": f"wb-desk={office.cookie(name)}"} for name in ("Анна", "Вера"))
    tried = ("/_stcore/upload_file/x/y", "/_stcore/agent/mcp", "/_stcore/agent/interact", "/auth/login")
    for path in (*tried, "/oauth2callback", "/_stcore/agent/openapi.json"):
        for method in ("GET", "PUT", "POST", "DELETE"):
            assert office.ask(path, method, headers=owner, data=b"x").status_code == 404, path
    assert office.ask("/_stcore/metrics", headers=owner).status_code == 200
    assert office.ask("/_stcore/metrics", headers=viewer).status_code == 403


def test_a_socket_is_heard_as_far_as_a_page_speaks(office: House) -> None:
    """Caches of all are cleared by nobody, and nothing is installed or told of where the program stands."""
    with Tab(office, office.cookie("Вера")) as tab:
        tab.open()
        for said in (
            BackMsg(clear_cache=True),
            BackMsg(load_git_info=True),
            BackMsg(set_run_on_save=True),
            BackMsg(debug_shutdown_runtime=True),
            _operation(install_skills={}),
            _operation(dismiss_skills_nudge={}),
        ):
            tab.socket.send(said.SerializeToString())
        answered = {one.WhichOneof("type") for one in tab.open("orders").messages}
        assert not answered & {"git_info_changed", "backend_operation_response"}
        tab.socket.send(_operation(deferred_file={"file_id": "guessed"}).SerializeToString())
        tab.open("orders")
        assert "Traceback" not in tab.text
    for nonsense in (b"", b"\xff" * 100, b"x" * 70_000):
        socket = office.socket(Cookie=f"wb-desk={office.cookie('Вера')}")
        socket.send(nonsense)
        socket.close()
    assert office.ask("/_stcore/health").ok


def test_a_file_that_is_made_when_asked_for_is_made_for_who_was_shown_its_button(office: House) -> None:
    """Its id is no secret between two people at one screen; the owner's other window has it, too."""
    with Tab(office, office.cookie("Анна")) as owner, Tab(office, office.cookie("Вера")) as viewer:
        audit_part = owner.open("users").unfold(texts.t("ru", "people-audit-title"))
        button = audit_part.find(texts.t("ru", "people-audit-save"))
        viewer.open()
        assert made(viewer, button.deferred_file_id).error_msg
        with Tab(office, office.cookie("Анна")) as second:
            second.open()
            assert not made(second, button.deferred_file_id).error_msg
        address = made(owner, button.deferred_file_id).deferred_file.url
    mine, hers = ({"Cookie": f"wb-desk={office.cookie(name)}"} for name in ("Анна", "Вера"))
    assert office.ask(address, headers=mine).status_code == 200
    assert office.ask(address, headers=hers).status_code == 404


def made(tab: Tab, file_id: str) -> BackendOperationResponse:
    """What comes of a press of a button whose file is made then."""
    message = _operation(deferred_file={"file_id": file_id})
    (new,) = [one.new_session for one in tab.messages if one.HasField("new_session")]
    message.backend_operation_request.session_id = new.initialize.session_id
    tab.socket.send(message.SerializeToString())
    while True:
        data = tab.socket.recv(PATIENCE_S)
        assert isinstance(data, bytes)
        answer = ForwardMsg.FromString(data)
        if answer.WhichOneof("type") == "backend_operation_response":
            return answer.backend_operation_response


def _operation(**payload: dict[str, str]) -> BackMsg:
    message = BackMsg()
    ((name, fields),) = payload.items()
    asked = getattr(message.backend_operation_request, name)
    asked.SetInParent()
    for field, value in fields.items():
        setattr(asked, field, value)
    return message


NOWHERE = [
    *("/static/..%2f..%2fapp.py", "/static/%2e%2e/%2e%2e/app.py", "/component/..%2f..%2fsecret.key/x"),
    *("/media/..%2f..%2fsecret.key", "/_wb/file/..%2f..%2fsecret.key", "/app/static/../secret.key"),
    *("/_stcore/bidi-components/..%2fx", "/static//etc/passwd", "/%2e%2e%2f%2e%2e%2fetc/passwd", "/.env"),
    *("/static/..\\..\\app.py", "/wb-desk.sqlite", "/secret.key", "/pages/users.py", "/app.py"),
]


@pytest.mark.parametrize("path", NOWHERE)
def test_no_path_leads_to_a_file_of_the_program_or_the_machine(office: House, path: str) -> None:
    """Sent as it is, signed in: nothing on the way makes it plain."""
    with socket.create_connection(("127.0.0.1", office.port), PATIENCE_S) as raw:
        raw.sendall(
            f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{office.port}\r\nConnection: close\r\n"
            f"Cookie: wb-desk={office.cookie('Анна')}\r\n\r\n".encode()
        )
        answer = b"".join(iter(lambda: raw.recv(65_536), b""))
    for inside_of in (
        b"root:",
        b"st.set_page_config",
        b"SQLite format",
        b"import streamlit",
        b"views.screen",
    ):
        assert inside_of not in answer, path


def test_a_name_of_a_file_says_no_header_of_its_own(office: House) -> None:
    with inside(office.data):
        with db.session() as session:
            vera = users.find(session, "Вера")
            assert vera is not None
            acting = Actor(vera.id, vera.name, vera.role)
            name = 'a"; x\r\nSet-Cookie: wb-desk=evil\r\n\r\n<script>.csv'
            row = takeaway.ask(session, acting, "test", {}, name=name, mime="text/csv")
            session.commit()
        takeaway.work({"test": lambda *_: 0}, threading.Event())
    answer = office.ask(f"/_wb/file/{row.id}", headers={"Cookie": f"wb-desk={office.cookie('Вера')}"})
    assert answer.status_code == 200
    assert "set-cookie" not in answer.headers
    assert answer.headers["content-disposition"].startswith("attachment; filename*=utf-8''a%22%3B%20x%0D%0A")


def test_signing_in_begins_a_session_of_its_own(office: House) -> None:
    """Whatever a browser had before, somebody else may have put there."""
    planted = "planted-by-somebody-else-planted-by-somebody"
    page = office.ask("/login", headers={"Cookie": f"wb-desk={planted}"})
    form = {"name": "Анна", "password": PASSWORD, "token": TOKEN.findall(page.text)[0]}
    kept = page.headers["set-cookie"].partition(";")[0]
    answer = office.ask(
        "/login", "POST", data=form, headers={"Cookie": f"wb-desk={planted}; {kept}", "Origin": office.url}
    )
    assert answer.status_code == 303
    assert answer.cookies["wb-desk"] not in ("", planted)
    assert is_refused(office, "http", "/", Cookie=f"wb-desk={planted}")


def test_a_log_at_its_most_talkative_has_no_secret(tmp_path_factory: pytest.TempPathFactory) -> None:
    data = tmp_path_factory.mktemp("talkative") / "data"
    furnish(data)
    with contextlib.contextmanager(serve)(data, WB_SIGN_IN="1", WB_LOG_LEVEL="DEBUG") as house:
        cookie = house.cookie("Анна")
        with Tab(house, cookie) as tab:
            tab.open().open("users").open("api_keys")
        house.sign_in("Вера", "a wrong password")
    told = house.output.read_text() + "".join(one.read_text() for one in (data / "logs").glob("*"))
    assert "http://localhost" in told
    for secret in (cookie, PASSWORD, "a wrong password", (data / "secret.key").read_text().strip()):
        assert secret not in told


# --- Signing in -------------------------------------------------------------------------------------------


def test_a_cookie_is_for_us_alone(office: House) -> None:
    answer = office.sign_in("Вера").answer
    said = answer.headers["set-cookie"]
    assert answer.status_code == 303
    assert "HttpOnly" in said
    assert "SameSite=lax" in said
    assert PASSWORD not in answer.text
    with inside(office.data), db.session() as session:
        secret = answer.cookies["wb-desk"]
        assert sessions.find(session, secret) is not None
        assert secret.encode() not in b"".join(file.read_bytes() for file in office.data.glob("*.sqlite*"))


def test_who_is_unknown_and_whose_password_is_wrong_hear_the_same(office: House) -> None:
    def told(name: str) -> str:
        page = office.sign_in(name, "wrong password").answer
        assert page.status_code == 403
        return TOKEN.sub("", page.text).replace(name, "")

    assert told("Олег") == told("Никто")


def test_an_account_waits_after_five_wrong_passwords(office: House) -> None:
    with inside(office.data), db.session() as session:
        users.add(session, "Забывчивый", "viewer", PASSWORD)
        session.commit()
    codes = [office.sign_in("Забывчивый", "wrong password").answer.status_code for _ in range(5)]
    assert codes == [403] * 5
    right = office.sign_in("Забывчивый").answer
    assert right.status_code == 429
    assert "Подождите" in right.text
    assert "wb-desk" not in right.cookies
    with inside(office.data), db.session() as session:
        told = [entry for entry in audit.latest(session, limit=10) if entry.action == "sign_in"]
        assert [entry.outcome for entry in told[:6]] == ["refused"] * 6
        assert audit.verify(session).broken_at is None


def test_who_hangs_up_in_the_middle_of_a_form_leaves_no_fault_in_the_log(office: House) -> None:
    """A phone that loses its network is nobody's mistake."""
    head = f"POST /login HTTP/1.1\r\nHost: 127.0.0.1:{office.port}\r\nContent-Length: 100\r\n\r\nname="
    for _ in range(3):
        with socket.create_connection(("127.0.0.1", office.port), PATIENCE_S) as raw:
            raw.sendall(head.encode())
        assert office.ask("/login").status_code == 200
    assert "ClientDisconnect" not in office.output.read_text()


def test_after_a_wrong_password_one_still_comes_to_the_page_that_was_wanted(office: House) -> None:
    browser = requests.Session()
    page = browser.get(f"{office.url}/login?next=/orders?of=2%26text=8", timeout=PATIENCE_S)
    for password in ("not this one, no", PASSWORD):
        form = {name: html.unescape(value) for name, value in HIDDEN.findall(page.text)}
        form |= {"name": "Вера", "password": password}
        page = browser.post(f"{office.url}/login", data=form, timeout=PATIENCE_S, allow_redirects=False)
    assert page.headers["location"] == "/orders?of=2&text=8"


def test_a_form_with_another_forms_token_is_not_done(office: House) -> None:
    """As one that another site has filled in for somebody who has our form open."""
    form = {"name": "Анна", "password": PASSWORD, "token": "guessed"}
    answer = office.ask("/login", "POST", data=form, cookies={"wb-desk-form": "of-the-form-that-is-open"})
    assert answer.status_code == 400
    assert "wb-desk=" not in answer.headers.get("set-cookie", "")


@pytest.mark.parametrize("token", [None, "", "guessed"])
def test_a_form_without_its_token_is_not_done(office: House, token: str | None) -> None:
    form = {"name": "Анна", "password": PASSWORD} | ({} if token is None else {"token": token})
    answer = office.ask("/login", "POST", data=form, cookies={"wb-desk-form": token or ""})
    if token != "guessed":
        assert answer.status_code == 400
    assert office.ask("/login", "POST", data=form).status_code == 400
    assert office.ask("/login", "POST", data="x" * 30_000).status_code == 400
    many = "&".join(f"field{n}=1" for n in range(30))
    assert office.ask("/login", "POST", data=many).status_code == 400, "no failure of ours"


@pytest.mark.parametrize(
    "away",
    [
        *(
            "//evil.example",
            "https://evil.example",
            "/\\evil.example",
            "javascript:x",
            "x",
            "/\t/evil.example",
        ),
        *(
            "/\n/evil.example",
            "///evil.example",
            "\\\\evil.example",
            " //evil.example",
            "/a\\..\\//evil",
            "/\x00",
        ),
    ],
)
def test_signing_in_leads_nowhere_else(office: House, away: str) -> None:
    page = office.ask("/login", params={"next": away})
    assert 'name="next" value="/"' in page.text


# --- Ending -----------------------------------------------------------------------------------------------


def closed(tab: ClientConnection) -> int:
    """Waits for the end of a socket; its code."""
    with contextlib.suppress(ConnectionClosed):
        for _message in tab:
            pass
    assert tab.close_code is not None
    return tab.close_code


def test_what_is_revoked_ends_in_every_tab(office: House) -> None:
    visitor = office.sign_in("Вера").cookies["wb-desk"]
    headers = {"Cookie": f"wb-desk={visitor}"}
    tabs = [office.socket(**headers), office.socket(**headers), office.socket("/_wb/watch", **headers)]
    assert office.ask("/_wb/here", headers=headers).status_code == 204
    with inside(office.data), db.session() as session:
        vera = users.find(session, "Вера")
        assert vera is not None
        users.sign_out_everywhere(session, vera)
        session.commit()
    began = time.monotonic()
    assert [closed(tab) for tab in tabs] == [4401] * 3
    print(f"revoked sockets were closed after {time.monotonic() - began:.2f} s")
    assert is_refused(office, "socket", "/_stcore/stream", **headers)
    for path in ("/", "/_wb/here", "/media/x"):
        assert is_refused(office, "http", path, **headers)
    office.cookies.pop("Вера", None)


def long_ago(office: House, cookie: str) -> None:
    """Nobody has used this session since."""
    with inside(office.data), db.session() as session:
        found = sessions.find(session, cookie)
        assert found is not None
        found[0].seen_at -= sessions.IDLE - timedelta(minutes=1)
        session.add(found[0])
        session.commit()


def is_in_use(office: House, cookie: str) -> bool:
    """Whether it was noted that this session is used."""
    with inside(office.data), db.session() as session:
        found = sessions.find(session, cookie)
        assert found is not None
        return utc_now() - found[0].seen_at < sessions.TOUCH


def test_a_page_that_is_worked_in_keeps_its_session_and_one_that_stands_open_does_not(office: House) -> None:
    """Its socket is opened once, for all day; that it looks again by itself is nobody's doing."""
    cookie = office.sign_in("Олег").cookies["wb-desk"]
    with Tab(office, cookie) as tab:
        long_ago(office, cookie)
        tab.look_again()
        assert not is_in_use(office, cookie)
        tab.open()
        assert is_in_use(office, cookie)


def test_who_opens_a_page_uses_the_session_and_what_a_page_asks_for_by_itself_does_not(office: House) -> None:
    """An open tab asks every now and then whether somebody is still signed in."""
    cookie = office.sign_in("Олег").cookies["wb-desk"]
    asked = {"Cookie": f"wb-desk={cookie}"}
    long_ago(office, cookie)
    for path in ("/_wb/here", "/media/x", "/_stcore/host-config"):
        office.ask(path, headers=asked)
    assert not is_in_use(office, cookie)
    assert office.ask("/orders", headers={**asked, "Accept": "text/html"}).status_code == 200
    assert is_in_use(office, cookie)


def test_a_page_that_is_asked_for_as_its_session_ends_is_no_failure(office: House) -> None:
    """It was known a moment ago, and is gone from the database."""
    cookie = office.sign_in("Олег").cookies["wb-desk"]
    asked = {"Cookie": f"wb-desk={cookie}", "Accept": "text/html"}
    with inside(office.data), db.session() as session:
        found = sessions.find(session, cookie)
        assert found is not None
        assert office.ask("/", headers=asked).status_code == 200
        sessions.end(session, found[0].id or 0)
        session.commit()
        assert office.ask("/", headers=asked).status_code in (200, 303)


# --- The first owner --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A dashboard that other machines can reach, and that nobody owns yet. No setting says so."""
    with socket.create_server(("127.0.0.1", 0)) as proxy:
        proxy.setblocking(False)
        way_out = f"http://127.0.0.1:{proxy.getsockname()[1]}"
        data = tmp_path_factory.mktemp("fresh") / "data"
        yield from serve(
            data, "--address", "0.0.0.0", HTTP_PROXY=way_out, HTTPS_PROXY=way_out, ALL_PROXY=way_out
        )
        with pytest.raises(BlockingIOError):  # neither its start nor anything after it asked anybody outside
            proxy.accept()


def test_until_there_is_an_owner_nothing_is_shown_but_how_to_make_one(
    fresh: House, routes: list[tuple[str, str]]
) -> None:
    for kind, path in routes:
        if path in ("/_stcore/health", "/setup"):
            continue
        if kind == "socket":
            assert is_refused(fresh, kind, path), path
        else:
            answer = fresh.ask(path, headers={"Accept": "text/html"})
            assert answer.status_code == 303, path
            assert answer.headers["location"].startswith("/setup"), path
    page = fresh.ask("/setup").text
    assert "user add" in page
    assert "--role owner" in page

    code = fresh.output.read_text().split("код: ")[1].split()[0]
    assert code not in page
    browser = requests.Session()

    def make(code: str, password: str = PASSWORD) -> int:
        token = TOKEN.findall(browser.get(f"{fresh.url}/setup", timeout=PATIENCE_S).text)[0]
        form = {"code": code, "name": "Анна", "password": password, "token": token}
        posted = browser.post(f"{fresh.url}/setup", data=form, timeout=PATIENCE_S, allow_redirects=False)
        return posted.status_code

    assert make("guessed") == 403
    assert make(code, "short") == 400
    assert make(code) == 303
    assert browser.get(f"{fresh.url}/", timeout=PATIENCE_S).status_code == 200
    # Not with "next=/setup": whoever has signed in would stand before the form again.
    document = {"Accept": "text/html"}
    assert fresh.ask("/setup", headers=document).headers["location"] == "/login"
    signed_in = browser.get(f"{fresh.url}/setup", headers=document, timeout=PATIENCE_S, allow_redirects=False)
    assert signed_in.headers["location"] == "/login", "there is an owner, whoever asks"
    with inside(fresh.data), db.session() as session:
        assert [user.role for user in users.list_users(session)] == ["owner"]


@pytest.fixture(scope="module")
def proxied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A dashboard behind a proxy that speaks HTTPS to the world."""
    data = tmp_path_factory.mktemp("proxied") / "data"
    furnish(data)
    yield from dashboard(data, WB_PUBLIC="1", WB_PUBLIC_URL="https://desk.example.org")


def test_behind_https_a_session_is_kept_for_https_alone(proxied: House) -> None:
    outside = {"Host": "desk.example.org", "Origin": "https://desk.example.org"}
    page = proxied.ask("/login", headers=outside)
    form = {"name": "Вера", "password": PASSWORD, "token": TOKEN.findall(page.text)[0]}
    kept = {"Cookie": page.headers["set-cookie"].partition(";")[0]}
    answer = proxied.ask("/login", "POST", data=form, headers={**outside, **kept})
    (said,) = [one for one in answer.raw.headers.getlist("set-cookie") if "wb-desk=" in one]
    assert said.startswith("__Host-wb-desk=")
    assert {"Secure", "HttpOnly", "Path=/"} <= {part.strip() for part in said.split(";")}
    assert "domain" not in said.lower()
    cookie = said.partition(";")[0]
    assert proxied.ask("/", headers={**outside, "Cookie": cookie}).status_code == 200
    proxied.socket(**outside, Cookie=cookie).close()
    # The same secret under the name that a page without HTTPS could have set.
    assert is_refused(proxied, "http", "/", Cookie=cookie.removeprefix("__Host-"), **outside)
    assert is_refused(
        proxied, "http", "/", Cookie=cookie, Host="desk.example.org", Origin="https://x.example.org"
    )


FORGED = {"Host": "desk.example.org", "X-Forwarded-For": "203.0.113.5", "X-Real-IP": "203.0.113.5"}


def guess(house: House, name: str, **headers: str) -> tuple[int, str]:
    """A wrong password through whoever stands in front; the answer, and where the audit says it came from."""
    outside = {"Host": "desk.example.org", "Origin": "https://desk.example.org", **headers}
    page = house.ask("/login", headers=outside)
    form = {"name": name, "password": "guess", "token": TOKEN.findall(page.text)[0]}
    cookie = {"Cookie": page.headers["set-cookie"].partition(";")[0]}
    answer = house.ask("/login", "POST", data=form, headers={**outside, **cookie})
    with inside(house.data), db.session() as session:
        return answer.status_code, audit.latest(session, limit=1)[0].origin


def test_behind_a_proxy_that_nobody_named_an_address_is_neither_believed_nor_counted(proxied: House) -> None:
    assert guess(proxied, "Никто", **FORGED) == (403, "127.0.0.1")
    with inside(proxied.data), db.session() as session:
        assert session.get(SignInFailure, "address:127.0.0.1") is None
        assert session.get(SignInFailure, "address:203.0.113.5") is None


def test_the_address_that_a_named_proxy_tells_is_counted(tmp_path_factory: pytest.TempPathFactory) -> None:
    data = tmp_path_factory.mktemp("named") / "data"
    furnish(data)
    house = contextlib.contextmanager(dashboard)(
        data, WB_PUBLIC="1", WB_PUBLIC_URL="https://desk.example.org", WB_PROXIES="127.0.0.1, 10.0.0.0/8"
    )
    with house as named:
        chain = {
            "X-Forwarded-For": "203.0.113.5, 198.51.100.4, 10.1.2.3"
        }  # the first is what the browser says
        assert guess(named, "Никто", **chain) == (403, "198.51.100.4")
        assert guess(named, "Никто", **{"X-Forwarded-For": "no address"}) == (403, "")
        with inside(data), db.session() as session:
            found = {row.subject for row in session.exec(select(SignInFailure))}
        assert {one for one in found if one.startswith("address:")} == {"address:198.51.100.4"}


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A dashboard of this machine alone."""
    yield from serve(tmp_path_factory.mktemp("alone") / "data")


def test_on_one_s_own_machine_nobody_signs_in_and_the_gate_stands_all_the_same(alone: House) -> None:
    assert alone.ask("/").status_code == 200
    alone.socket(Origin=alone.url).close()
    for headers in ({"Host": "evil.example"}, {"Origin": "http://localhost:1"}):
        assert alone.ask("/", headers=headers).status_code == 403
        with pytest.raises(InvalidStatus):
            alone.socket(**headers)
    assert "frame-ancestors 'none'" in alone.ask("/none").headers["content-security-policy"]


@pytest.mark.parametrize(
    ("scheme", "host", "origin", "ours"),
    [
        ("https", "desk.example.org:443", "https://desk.example.org", True),
        ("https", "desk.example.org", "https://desk.example.org:443", True),
        ("https", "desk.example.org", "http://desk.example.org", False),
        ("https", "desk.example.org", "https://desk.example.org:8443", False),
        ("http", "localhost:80", "http://localhost", True),
        ("http", "localhost", "https://localhost", False),
    ],
)
def test_an_origin_may_leave_its_usual_port_out(scheme: str, host: str, origin: str, ours: bool) -> None:
    """Who serves TLS by themselves is known by it; that a header says so counts behind a proxy alone."""
    told = {"host": host, "origin": origin, "x-forwarded-proto": "https"}
    entry = Entry({"type": "http", "scheme": scheme, "path": "/"}, Headers(told))
    assert entry.is_secure is (scheme == "https")
    assert gate.is_origin_ours(entry) is ours


@pytest.mark.parametrize(
    ("address", "own"),
    [
        *((own, True) for own in ("127.0.0.1", "127.9.9.9", "::1", "::1%lo", "::ffff:127.0.0.1")),
        *((other, False) for other in ("0.0.0.0", "::", "10.0.0.1", "::ffff:10.0.0.1", "", "localhost.x")),
    ],
)
def test_which_addresses_are_this_machine_s_own(address: str, own: bool) -> None:
    """Of a socket at any other one everybody has to sign in."""
    assert gate.is_loopback(address) is own


def test_the_command_says_what_it_can_not_serve_on(alone: House, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "wbcore", "serve", "--port", str(alone.port)]
    taken = subprocess.run(command, check=False, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE_S)
    assert taken.returncode == 2
    assert "--port" in taken.stderr
    assert "Traceback" not in taken.stderr
