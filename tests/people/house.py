"""A dashboard that really runs, for the attacks: started by the command, with users, asked by HTTP."""

from __future__ import annotations

import ctypes
import os
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import requests
from websockets.sync.client import ClientConnection, connect

from tests.conftest import free_port
from tests.forked import Running
from wbcore.people import takeaway, users
from wbcore.settings import settings
from wbcore.store import db
from wbcore.worker.duties import MAKERS

ROOT = Path(__file__).resolve().parents[2]
PR_CAPBSET_DROP, CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH = 24, 1, 2
PASSWORD = "очень длинный пароль"
PATIENCE_S = 120.0
"""Nobody waits so long where all is well."""
TOKEN = re.compile(r'name="token" value="([^"]+)"')


@dataclass
class House:
    """One that runs.

    Attributes:
        address: what it listens on.
        output: what its console says.
    """

    address: str
    port: int
    data: Path
    output: Path
    process: subprocess.Popen[bytes] | Running
    cookies: dict[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def ask(self, path: str, method: str = "GET", **options: object) -> requests.Response:
        """One request, without following where it leads."""
        asked = {"timeout": PATIENCE_S, "allow_redirects": False, **options}
        return requests.request(method, f"{self.url}{path}", **asked)  # type: ignore[arg-type]

    def sign_in(self, name: str, password: str = PASSWORD) -> requests.Session:
        """A browser's cookies after the form was filled in; they hold a session if that was right."""
        visitor = requests.Session()
        page = visitor.get(f"{self.url}/login", timeout=PATIENCE_S)
        form = {"name": name, "password": password, "token": TOKEN.findall(page.text)[0], "next": "/"}
        visitor.answer = visitor.post(  # type: ignore[attr-defined]
            f"{self.url}/login", data=form, timeout=PATIENCE_S, allow_redirects=False
        )
        return visitor

    def cookie(self, name: str) -> str:
        """The session of a user of this house, signed in once."""
        if name not in self.cookies:
            self.cookies[name] = self.sign_in(name).cookies["wb-desk"]
        return self.cookies[name]

    def socket(self, path: str = "/_stcore/stream", **headers: str) -> ClientConnection:
        """A websocket. Raises websockets.exceptions.InvalidStatus when it is refused."""
        name = headers.pop("Host", f"127.0.0.1:{self.port}")
        return connect(
            f"ws://{name}{path}",
            sock=socket.create_connection(("127.0.0.1", self.port), PATIENCE_S),
            additional_headers=headers,
            subprotocols=["streamlit"],  # type: ignore[list-item]
            open_timeout=PATIENCE_S,
            ping_interval=None,  # a busy machine may be silent for a while
            legacy=True,
        )


@contextmanager
def inside(data: Path, **more: str) -> Iterator[None]:
    """The database of a house, in this process."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("WB_DATA_DIR", str(data))
        for name, value in more.items():
            environment.setenv(name, value)
        db.dispose()
        settings.cache_clear()
        yield
        db.dispose()
    settings.cache_clear()


def furnish(data: Path, **more: str) -> None:
    """One user of each role."""
    data.mkdir(mode=0o700, exist_ok=True)
    with inside(data, **more):
        db.prepare()
        with db.session() as session:
            for name, role in (("Анна", "owner"), ("Олег", "operator"), ("Вера", "viewer")):
                users.add(session, name, role, PASSWORD)
            session.commit()


def make_files(data: Path) -> None:
    """What a worker does for the files that were asked for."""
    with inside(data):
        takeaway.work(MAKERS, threading.Event())


def mortal() -> None:
    """Before a program starts: not even root writes where the permissions say no."""
    if os.getuid() == 0:
        libc = ctypes.CDLL(None, use_errno=True)
        for capability in (CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH):
            assert libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) == 0


def serve(data: Path, *options: str, by_a_mortal: bool = False, **more: str) -> Iterator[House]:
    """``python -m wbcore serve`` until the generator is closed; ``by_a_mortal``: bound by permissions."""
    port = free_port()
    environment, output = _surroundings(data, more)
    arguments = ("serve", "--port", str(port), *options)
    process = (
        _start_mortal(arguments, environment, output)
        if by_a_mortal
        else Running(arguments, environment, stdout=output, stderr=output)
    )
    yield from _until_closed(House("127.0.0.1", port, data, output, process))


def dashboard(data: Path, **more: str) -> Iterator[House]:
    """What that command starts, where its start is not the matter: forked from one that has imported all."""
    port = free_port()
    environment, output = _surroundings(data, more)
    arguments = ("run", "app.py", "--server.address", "127.0.0.1", "--server.port", str(port))
    process = Running(arguments, environment, program="streamlit", stdout=output, stderr=output)
    yield from _until_closed(House("127.0.0.1", port, data, output, process))


def _surroundings(data: Path, more: dict[str, str]) -> tuple[dict[str, str], Path]:
    """Its environment, and what its console writes to."""
    if not data.exists():
        data.mkdir(mode=0o700)
    environment = {k: v for k, v in os.environ.items() if not k.startswith("WB_")}
    environment |= {"WB_DATA_DIR": str(data), "WB_WORKER": "off", "PYTHONUNBUFFERED": "1", **more}
    output = data.with_suffix(".console")
    output.write_bytes(b"")
    return environment, output


def _until_closed(house: House) -> Iterator[House]:
    try:
        _wait_for(house)
        yield house
    finally:
        house.process.terminate()
        try:
            house.process.wait(30)
        except subprocess.TimeoutExpired:
            house.process.kill()
            house.process.wait()


def _start_mortal(
    arguments: tuple[str, ...], environment: dict[str, str], output: Path
) -> subprocess.Popen[bytes]:
    """A program of its own: what is taken from a process is gone with the next program that it starts."""
    with output.open("wb") as file:
        return subprocess.Popen(
            [sys.executable, "-m", "wbcore", *arguments],
            cwd=ROOT,
            env=environment,
            stdout=file,
            stderr=subprocess.STDOUT,
            preexec_fn=mortal,  # noqa: PLW1509 (it takes no lock)
        )


def _wait_for(house: House) -> None:
    give_up = time.monotonic() + PATIENCE_S
    while time.monotonic() < give_up:
        try:
            if house.ask("/_stcore/health").ok:
                return
        except requests.ConnectionError:
            assert house.process.poll() is None, house.output.read_text()
        time.sleep(0.05)
    pytest.fail("the dashboard did not start")
