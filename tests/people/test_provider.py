"""OpenID Connect with a provider that really runs: who it vouches for comes in, and no lie does."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
import time_machine
from joserfc.jwk import ECKey, RSAKey

from tests.people import provider
from tests.people.house import PATIENCE_S, House, dashboard, furnish, inside
from tests.people.provider import Provider
from wbcore.people import audit, oidc, sessions, users
from wbcore.settings import settings
from wbcore.store import db


@pytest.fixture(scope="module")
def vouching() -> Iterator[Provider]:
    with provider.running() as one:
        yield one


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory, vouching: Provider) -> Iterator[House]:
    data = tmp_path_factory.mktemp("oidc") / "data"
    furnish(data)
    with inside(data), db.session() as session:
        users.add(session, "Ольга", "viewer", None, identity=(vouching.issuer, "sub-of-oleg"))
        session.commit()
    yield from dashboard(
        data,
        WB_SIGN_IN="1",
        WB_OIDC_ISSUER=vouching.issuer,
        WB_OIDC_CLIENT_ID=provider.CLIENT,
        WB_OIDC_CLIENT_SECRET=provider.SECRET,
    )


@pytest.fixture(autouse=True)
def truth(vouching: Provider) -> None:
    vouching.tell_the_truth()


def come_in(office: House, next_page: str = "/orders") -> tuple[requests.Session, requests.Response]:
    visitor = requests.Session()
    answer = visitor.get(f"{office.url}/login/oidc", params={"next": next_page}, timeout=PATIENCE_S)
    return visitor, answer


def test_who_is_vouched_for_comes_in_as_what_we_say(office: House) -> None:
    visitor, answer = come_in(office)
    assert answer.url == f"{office.url}/orders"
    assert answer.status_code == 200
    with inside(office.data), db.session() as session:
        found = sessions.find(session, visitor.cookies["wb-desk"])
        assert found is not None
        assert (found[1].name, found[1].role) == ("Ольга", "viewer")  # the provider said "owner"
        assert audit.latest(session, limit=1)[0].action == "sign_in"


def test_the_way_to_the_provider_is_offered(office: House) -> None:
    assert 'href="/login/oidc?' in office.ask("/login").text


LIES = {
    "another issuer": {"iss": "http://evil.example"},
    "another client": {"aud": "other"},
    "issued to another client": {"aud": [provider.CLIENT, "other"], "azp": "other"},
    "for several, issued to nobody": {"aud": [provider.CLIENT, "other"]},
    "another nonce": {"nonce": "x"},
    "no nonce": {"nonce": None},
    "expired": {"exp": int(time.time()) - 4000, "iat": int(time.time()) - 5000},
    "nobody of ours": {"sub": "sub-of-anna"},
    "no subject": {"sub": ""},
    "of no subject": {"sub": None},
    "of no issuer": {"iss": None},
    "for nobody": {"aud": None},
    "without an end": {"exp": None},
}


@pytest.mark.parametrize("lie", LIES)
def test_a_lie_does_not_come_in(office: House, vouching: Provider, lie: str) -> None:
    vouching.lies = LIES[lie]
    visitor, answer = come_in(office)
    assert answer.status_code in (403, 502)
    assert "wb-desk" not in visitor.cookies


def test_one_of_several_audiences_comes_in_with_what_was_issued_to_it(
    office: House, vouching: Provider
) -> None:
    vouching.lies = {"aud": [provider.CLIENT, "other"], "azp": provider.CLIENT}
    assert come_in(office)[1].url == f"{office.url}/orders"


def test_a_signature_by_anything_else_does_not_come_in(office: House, vouching: Provider) -> None:
    for other in (vouching.sign_with_the_secret, vouching.sign_with_another_key):
        other()
        visitor, answer = come_in(office)
        assert answer.status_code == 502
        assert "wb-desk" not in visitor.cookies


def test_whoever_comes_after_the_provider_has_changed_its_key_comes_in(
    office: House, vouching: Provider
) -> None:
    assert come_in(office)[1].status_code == 200
    vouching.change_its_key("two")
    assert come_in(office)[1].url == f"{office.url}/orders"


def test_a_code_of_another_browser_does_not_come_in(office: House) -> None:
    """Login forgery: the way back is taken in a browser that has not gone there."""
    attacker = requests.Session()
    patient: dict[str, Any] = {"timeout": PATIENCE_S, "allow_redirects": False}
    away = attacker.get(f"{office.url}/login/oidc", **patient)
    back = requests.get(away.headers["location"], **patient).headers["location"]
    victim = requests.Session()
    assert victim.get(back, timeout=PATIENCE_S).status_code == 502
    assert "wb-desk" not in victim.cookies
    other = requests.Session()
    other.get(f"{office.url}/login/oidc", **patient)
    assert other.get(back, timeout=PATIENCE_S).status_code == 502
    assert attacker.get(back, **patient).status_code == 303
    assert attacker.get(back, **patient).status_code == 502  # a code is used once


@pytest.mark.parametrize(("away_s", "status"), [(oidc.WAY_S - 60, 303), (oidc.WAY_S + 1, 502)])
def test_whoever_was_away_too_long_begins_anew(office: House, away_s: float, status: int) -> None:
    visitor = requests.Session()
    patient: dict[str, Any] = {"timeout": PATIENCE_S, "allow_redirects": False}
    away = visitor.get(f"{office.url}/login/oidc", **patient)
    back = requests.get(away.headers["location"], **patient).headers["location"]
    with inside(office.data):
        way = oidc.Way.opened(visitor.cookies["wb-desk-way"])
        visitor.cookies.set(
            "wb-desk-way", replace(way, at=way.at - away_s).sealed(), domain="127.0.0.1", path="/"
        )
    answer = visitor.get(back, **patient)
    assert answer.status_code == status
    assert ("wb-desk" in visitor.cookies) is (status == 303)


def test_a_code_and_the_secret_are_sent_nowhere_else(office: House, vouching: Provider) -> None:
    vouching.moved = {"/token"}
    visitor, answer = come_in(office)
    assert answer.status_code == 502
    assert "wb-desk" not in visitor.cookies
    assert vouching.heard[-1] == "/token", "it was not led on"


# --- What a provider says of itself, asked by this process --------------------------------------------------

BACK = "http://127.0.0.1:8501/login/oidc/back"


@pytest.fixture
def another(monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    """One that nobody has asked yet."""
    with provider.running() as one:
        believe(monkeypatch, one.issuer)
        yield one


def believe(monkeypatch: pytest.MonkeyPatch, issuer: str) -> None:
    monkeypatch.setenv("WB_OIDC_ISSUER", issuer)
    monkeypatch.setenv("WB_OIDC_CLIENT_ID", provider.CLIENT)
    monkeypatch.setenv("WB_OIDC_CLIENT_SECRET", provider.SECRET)
    settings.cache_clear()


@pytest.mark.parametrize("address", ["http://id.example/x", "ftp://127.0.0.1/x", "//127.0.0.1/x", ""])
@pytest.mark.parametrize("name", ["authorization_endpoint", "token_endpoint", "jwks_uri"])
def test_nobody_is_sent_to_an_address_without_tls(another: Provider, name: str, address: str) -> None:
    """Who reads along there would have the code, and whoever answers there could sign for anybody."""
    another.says = {name: address}
    with pytest.raises(oidc.ProviderRefused, match="https"):
        oidc.begin(BACK, "/")


def test_a_provider_that_calls_itself_something_else_is_not_believed(another: Provider) -> None:
    another.says = {"issuer": "https://id.example"}
    with pytest.raises(oidc.ProviderRefused, match="something else"):
        oidc.begin(BACK, "/")


def test_a_provider_elsewhere_is_gone_to_by_https(another: Provider) -> None:
    another.says = {"authorization_endpoint": "https://id.example/authorize"}
    assert oidc.begin(BACK, "/")[0].startswith("https://id.example/authorize?")


def test_an_issuer_without_tls_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    believe(monkeypatch, "http://id.example")
    with pytest.raises(oidc.ProviderRefused, match="https"):
        oidc.begin(BACK, "/")


@pytest.mark.parametrize("path", ["/.well-known/openid-configuration", "/jwks"])
def test_what_a_provider_is_stands_at_its_own_address(another: Provider, path: str) -> None:
    another.moved = {path}
    with pytest.raises(oidc.ProviderRefused):
        oidc.begin(BACK, "/")
    assert another.heard[-1] == path, "it was not led on"


def identity() -> str:
    """Who comes back from the provider."""
    address, way = oidc.begin(BACK, "/")
    back = requests.get(address, timeout=PATIENCE_S, allow_redirects=False).headers["location"]
    return oidc.finish(BACK, way, way.state, back.partition("code=")[2].partition("&")[0])[1]


SIGNED = {
    "PS256": lambda: RSAKey.generate_key(2048, {"kid": "k"}),
    "ES256": lambda: ECKey.generate_key("P-256", {"kid": "k"}),
}


@pytest.mark.parametrize("alg", SIGNED)
def test_a_provider_may_sign_otherwise(another: Provider, alg: str) -> None:
    another.sign_with(SIGNED[alg](), alg)
    assert identity() == "sub-of-oleg"


def test_a_desk_that_was_given_no_secret_signs_people_in(
    another: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    another.secret = None
    monkeypatch.delenv("WB_OIDC_CLIENT_SECRET")
    settings.cache_clear()
    assert identity() == "sub-of-oleg"


def test_a_key_that_the_provider_has_withdrawn_vouches_for_nobody_an_hour_later(another: Provider) -> None:
    stolen = another.key
    assert identity() == "sub-of-oleg"
    another.change_its_key("two")
    another.signing = stolen
    with (
        time_machine.travel(datetime.now(UTC) + timedelta(hours=1)),
        pytest.raises(oidc.ProviderRefused),
    ):
        identity()
