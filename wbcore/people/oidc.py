"""OpenID Connect: the provider says who somebody is (``iss``, ``sub``), and nothing more is taken from it.

Authorization code with PKCE, state and nonce; what has to be remembered on the way there and back is an
encrypted cookie of a few minutes.
"""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final
from urllib.parse import urlsplit

import orjson
import requests
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken
from authlib.oidc.discovery import OpenIDProviderMetadata
from joserfc import jwt
from joserfc.errors import BadSignatureError, InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet

from wbcore.settings import settings
from wbcore.store.crypto import vault
from wbcore.store.problems import SecretKeyError

WAY_S: Final = 600
"""So long somebody may take at the provider."""
TIMEOUT_S: Final = 10
_FRESH_S: Final = 3600
ALGORITHMS: Final = ("RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "ES512", "EdDSA")
"""Signatures with the provider's own key; never ``none`` or a shared secret."""


class ProviderRefused(Exception):
    """The provider could not be asked, or what came back is not to be trusted. Carries no token."""


@dataclass(frozen=True, slots=True)
class Way:
    """What is remembered while somebody is at the provider."""

    state: str
    nonce: str
    verifier: str
    back_to: str
    at: float

    def sealed(self) -> str:
        fields = (self.state, self.nonce, self.verifier, self.back_to, self.at)
        return vault().encrypt(orjson.dumps(fields).decode()).decode()

    @staticmethod
    def opened(text: str) -> Way:
        """Raises ProviderRefused when it is not ours, or too old."""
        try:
            way = Way(*orjson.loads(vault().decrypt(text.encode())))
        except (SecretKeyError, ValueError, TypeError):
            raise ProviderRefused("no way was begun here") from None
        if time.time() - way.at > WAY_S:
            raise ProviderRefused("it took too long")
        return way


def begin(back: str, next_page: str) -> tuple[str, Way]:
    """Where the browser has to go, and what to remember.

    Args:
        back: address of ours that the provider sends the browser to.

    Raises:
        ProviderRefused: it could not be asked.
    """
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    way = Way(state, nonce, verifier, next_page, time.time())
    with _client(back) as client:
        address, _ = client.create_authorization_url(
            _metadata()["authorization_endpoint"],
            state=way.state,
            nonce=way.nonce,
            code_verifier=way.verifier,
        )
    return str(address), way


def finish(back: str, way: Way, state: str, code: str) -> tuple[str, str]:
    """Who has come back: issuer and subject.

    Raises:
        ProviderRefused: state, nonce, signature, issuer, audience or time is not right.
    """
    if not secrets.compare_digest(way.state.encode(), state.encode()):
        raise ProviderRefused("another state")
    try:
        with _client(back) as client:
            answer = client.fetch_token(
                _metadata()["token_endpoint"],
                code=code,
                code_verifier=way.verifier,
                timeout=TIMEOUT_S,
                allow_redirects=False,
            )
        token = _decoded(str(answer.get("id_token", "")))
        # With the client's id the party that the token was issued to (azp) is compared, too, where there are
        # several audiences (OpenID Connect Core 1.0, 3.1.3.7).
        ours = {"nonce": way.nonce, "client_id": settings().oidc_client_id}
        claims = CodeIDToken(token.claims, token.header, _expected(), ours)
        claims.validate(leeway=60)
    except (AuthlibBaseError, JoseError, requests.RequestException, ValueError, KeyError) as error:
        raise ProviderRefused(type(error).__name__) from None
    return str(claims["iss"]), str(claims["sub"])


def _decoded(text: str) -> jwt.Token:
    """Providers change their keys whenever they like: what none of the known ones has signed is looked at
    once more with those of today."""
    try:
        return jwt.decode(text, _keys(), algorithms=list(ALGORITHMS))
    except (BadSignatureError, InvalidKeyIdError):
        _fetched.cache_clear()
        return jwt.decode(text, _keys(), algorithms=list(ALGORITHMS))


def _expected() -> dict[str, Any]:
    client_id = settings().oidc_client_id
    return {
        "iss": {"essential": True, "value": settings().oidc_issuer},
        "aud": {"essential": True, "value": client_id},
        "sub": {"essential": True},
        "nonce": {"essential": True},
    }


def _client(back: str) -> OAuth2Session:
    secret = settings().oidc_client_secret
    return OAuth2Session(
        settings().oidc_client_id,
        None if secret is None else secret.get_secret_value(),
        scope="openid",
        redirect_uri=back,
        code_challenge_method="S256",
        token_endpoint_auth_method="none" if secret is None else "client_secret_basic",
    )


def _metadata() -> OpenIDProviderMetadata:
    return _fetched(settings().oidc_issuer or "", int(time.time() // _FRESH_S))[0]


def _keys() -> KeySet:
    return _fetched(settings().oidc_issuer or "", int(time.time() // _FRESH_S))[1]


@lru_cache(maxsize=1)
def _fetched(issuer: str, _hour: int) -> tuple[OpenIDProviderMetadata, KeySet]:
    try:
        found = OpenIDProviderMetadata(_json(f"{issuer.rstrip('/')}/.well-known/openid-configuration"))
        if found.get("issuer") != issuer:
            raise ProviderRefused("it calls itself something else")
        for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
            _safe(str(found.get(name, "")))
        return found, KeySet.import_key_set(_json(found["jwks_uri"]))
    except (requests.RequestException, JoseError, ValueError, KeyError, TypeError) as error:
        raise ProviderRefused(type(error).__name__) from None


def _json(address: str) -> Any:
    answer = requests.get(_safe(address), timeout=TIMEOUT_S, allow_redirects=False)
    answer.raise_for_status()
    return answer.json()


def _safe(address: str) -> str:
    """TLS, except to this very machine."""
    parts = urlsplit(address)
    if parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in ("127.0.0.1", "localhost")):
        return address
    raise ProviderRefused("not an https address")
