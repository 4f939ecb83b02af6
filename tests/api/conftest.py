"""Tokens made at run time, a scripted server, and clients that meet it through the gateway."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from tests.api.server import Server
from wbcore.api import token as tokens
from wbcore.api.client import Unlimited, WBClient

_KEY = ec.generate_private_key(ec.SECP256R1())
SID = "5f0c7d9a-1111-4222-8333-444455556666"
MARKETPLACE, STATISTICS = 1 << 4, 1 << 5


def make_token(**claims: Any) -> str:
    """A token as WB makes them; a claim that is given as None is left out."""
    payload = {
        "id": "0199aaaa-bbbb-7ccc-8ddd-eeeeffff0000",
        "s": MARKETPLACE | STATISTICS,
        "sid": SID,
        "oid": 4711,
        "uid": 815,
        "iid": 42,
        "ent": 1,
        "exp": int(time.time()) + 100 * 86400,
        "t": False,
        "acc": 3,
        "for": "self",
    } | claims
    payload = {name: value for name, value in payload.items() if value is not None}
    return jwt.encode(payload, _KEY, algorithm="ES256", headers={"kid": "20260101v1"})


@pytest.fixture(scope="session")
def token() -> str:
    return make_token()


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        yield running


ClientMaker = Callable[..., WBClient]


@pytest.fixture
def make_client(server: Server, token: str) -> Iterator[ClientMaker]:
    """A client of the scripted server: no quota and short waits, unless told otherwise."""
    made: list[WBClient] = []

    def make(text: str = token, **options: Any) -> WBClient:
        options = {"environment": "production", "gateway": server.gateway, "quota": Unlimited()} | options
        client = WBClient(text, tokens.read(text), **options)
        made.append(client)
        return client

    yield make
    for client in made:
        client.close()


@pytest.fixture
def client(make_client: ClientMaker) -> WBClient:
    return make_client()
