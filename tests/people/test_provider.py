"""OpenID Connect with a provider that really runs: who it vouches for comes in, and no lie does."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.people import provider
from tests.people.house import PATIENCE_S, House, dashboard, furnish, inside
from tests.people.provider import Provider
from wbcore.people import audit, sessions, users
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
