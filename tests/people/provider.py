"""A real OpenID provider, as small as can be: it signs in whoever asks, and can be told to lie or to move."""

from __future__ import annotations

import base64
import hashlib
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any

import uvicorn
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from tests.conftest import free_port

Endpoint = Callable[[Request], Awaitable[Response]]
CLIENT, SECRET = "desk", "the-desk-s-own-secret-at-the-provider"
MOVED = "/moved"
"""Before the path of what has moved."""


class Provider:
    """Its lies are claims that replace the true ones; ``key`` and ``alg`` are how it signs.

    Attributes:
        says: of itself, in place of the truth.
        secret: what its client has; None: it is one that can keep none.
        moved: paths that it leads on from.
        heard: paths that it was asked for.
    """

    def __init__(self, port: int) -> None:
        self.issuer = f"http://127.0.0.1:{port}"
        self.key: Any = None
        self.signing: Any = None
        self.alg = ""
        self.change_its_key("one")
        self.subject = "sub-of-oleg"
        self.lies: dict[str, Any] = {}
        self.says: dict[str, str] = {}
        self.secret: str | None = SECRET
        self.moved: set[str] = set()
        self.heard: list[str] = []
        self.asked: dict[str, dict[str, str]] = {}
        self.app = Starlette(
            routes=[
                *self._served("/.well-known/openid-configuration", self.metadata),
                *self._served("/jwks", self.jwks),
                *self._served("/authorize", self.authorize),
                *self._served("/token", self.token, "POST"),
            ]
        )

    def _served(self, path: str, endpoint: Endpoint, method: str = "GET") -> list[Route]:
        async def answer(request: Request) -> Response:
            self.heard.append(request.url.path)
            if request.url.path in self.moved:
                return RedirectResponse(MOVED + path)  # 307: with all that was sent
            return await endpoint(request)

        return [Route(place, answer, methods=[method]) for place in (path, MOVED + path)]

    def change_its_key(self, kid: str) -> None:
        self.sign_with(RSAKey.generate_key(2048, {"kid": kid, "use": "sig"}), "RS256")

    def sign_with(self, key: Any, alg: str) -> None:
        self.key = self.signing = key
        self.alg = alg

    def tell_the_truth(self) -> None:
        self.signing, self.alg, self.lies, self.subject = self.key, "RS256", {}, "sub-of-oleg"
        self.says, self.moved = {}, set()

    def sign_with_the_secret(self) -> None:
        self.signing, self.alg = OctKey.import_key(SECRET), "HS256"

    def sign_with_another_key(self) -> None:
        self.signing = RSAKey.generate_key(2048, {"kid": self.key.kid})

    async def metadata(self, _request: Request) -> Response:
        names = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "jwks"}
        return JSONResponse(
            {
                "issuer": self.issuer,
                **{name: f"{self.issuer}/{path}" for name, path in names.items()},
                **self.says,
            }
        )

    async def jwks(self, _request: Request) -> Response:
        return JSONResponse({"keys": [self.key.as_dict(private=False)]})

    async def authorize(self, request: Request) -> Response:
        asked = dict(request.query_params)
        assert asked["client_id"] == CLIENT
        assert asked["code_challenge_method"] == "S256"
        code = f"code-{len(self.asked)}"
        self.asked[code] = asked
        return RedirectResponse(f"{asked['redirect_uri']}?code={code}&state={asked['state']}")

    async def token(self, request: Request) -> Response:
        form = dict(await request.form())
        asked = self.asked.pop(str(form["code"]), None)
        basic = base64.b64encode(f"{CLIENT}:{self.secret}".encode()).decode()
        vouched = None if self.secret is None else f"Basic {basic}"
        challenge = hashlib.sha256(str(form.get("code_verifier", "")).encode()).digest()
        fits = asked and base64.urlsafe_b64encode(challenge).rstrip(b"=").decode() == asked["code_challenge"]
        if not fits or request.headers.get("authorization") != vouched:
            return JSONResponse({"error": "invalid_grant"}, 400)
        assert asked is not None
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": CLIENT,
            "sub": self.subject,
            "nonce": asked["nonce"],
            "iat": now,
            "exp": now + 300,
            "role": "owner",
            **self.lies,
        }
        claims = {name: claim for name, claim in claims.items() if claim is not None}
        token = jwt.encode(
            {"alg": self.alg, "kid": self.signing.kid or self.key.kid},
            claims,
            self.signing,
            algorithms=[self.alg],
        )
        return JSONResponse({"access_token": "x", "token_type": "Bearer", "id_token": token})


@contextmanager
def running() -> Iterator[Provider]:
    port = free_port()
    provider = Provider(port)
    server = uvicorn.Server(uvicorn.Config(provider.app, port=port, log_level="error"))
    thread = Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    yield provider
    server.should_exit = True
    thread.join(10)
