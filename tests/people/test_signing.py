"""Guessing passwords, and who is told what: the waits, the work that is done, what is noted."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select, update

from tests import loop
from wbcore.keys import saving
from wbcore.people import attempts, audit, passwords, proxies, sessions, signing, users
from wbcore.people.actor import Actor, NotAllowed
from wbcore.people.signing import Visit
from wbcore.people.watch import Watch
from wbcore.settings import settings
from wbcore.store import db
from wbcore.store.models import SignInFailure, User, utc_now

PASSWORD = "long enough"
GUESSER, OTHER = Visit("198.51.100.7"), Visit("198.51.100.8")


@pytest.fixture
def verified(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The parameters of each hash that is computed to look at a password."""
    real, seen = passwords.Argon2id, []

    class Watched:
        def __new__(cls, **options: Any) -> Any:
            return real(**options)

        @staticmethod
        def verify_phc_encoded(text: bytes, stored: str) -> None:
            seen.append("$".join(stored.split("$")[:4]))
            real.verify_phc_encoded(text, stored)

    monkeypatch.setattr(passwords, "Argon2id", Watched)
    return seen


@pytest.fixture
def anna(database: str) -> None:
    """An owner, and somebody who has no password."""
    with db.session() as session:
        users.add(session, "Анна", "owner", PASSWORD)
        users.add(session, "Иван", "viewer", None, identity=("https://id.example", "ivan"))
        session.commit()


@pytest.fixture
def real_cost(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Other tests do with less."""
    monkeypatch.setattr(passwords, "_cost", passwords.COST)
    passwords._nobodys.cache_clear()
    yield
    passwords._nobodys.cache_clear()


def test_an_address_waits_after_twenty_and_others_do_not(anna: None) -> None:
    most = attempts.ALLOWED["address"]
    codes = [signing.by_password(f"name {n}", "guess", GUESSER).code for n in range(most)]
    assert set(codes) == {"sign_in_wrong"}
    held = signing.by_password("Анна", PASSWORD, GUESSER)
    assert (held.code, held.secret) == ("wait", "")
    assert held.wait_until is not None
    assert held.wait_until > utc_now()
    assert signing.by_password("Анна", PASSWORD, OTHER).secret
    with db.session() as session:  # who knows one account goes on guessing others: nothing is forgiven
        session.exec(update(SignInFailure).values(last_at=utc_now() - attempts.LONGEST_WAIT))
        session.commit()
    assert signing.by_password("Анна", PASSWORD, GUESSER).secret
    signing.by_password("name", "guess", GUESSER)
    again = signing.by_password("name", "guess", GUESSER)
    assert again.code == "wait"
    assert again.wait_until is not None
    assert again.wait_until - utc_now() > timedelta(seconds=30)
    with db.session() as session:
        told = [one for one in audit.latest(session, limit=100) if one.action == "sign_in"]
        assert sum(one.outcome == "refused" and one.origin == GUESSER.address for one in told) == most + 3
        assert "guess" not in "".join(f"{one.subject}{one.details}" for one in told)


@pytest.mark.parametrize("name", ["Анна", "Никто", "Иван", "", "x" * 5000])
def test_the_same_work_is_done_for_whoever_it_is(
    real_cost: None, anna: None, verified: list[str], name: str
) -> None:
    """A known name, an unknown one, one without a password: one hash of the same cost, the same answer."""
    passwords._nobodys()
    verified.clear()
    answer = signing.by_password(name, "guess", GUESSER)
    assert (answer.code, answer.secret, answer.wait_until) == ("sign_in_wrong", "", None)
    assert verified == ["$argon2id$v=19$m=65536,t=3,p=1"]


def test_a_name_is_the_same_in_capital_and_small_letters(anna: None) -> None:
    """Phones begin with a capital letter. A former version let another have the same name in other ones."""

    def signed_in(name: str) -> str:
        secret = signing.by_password(name, PASSWORD, GUESSER).secret
        with db.session() as session:
            found = sessions.find(session, secret)
            return "" if found is None else found[1].name

    assert [signed_in(name) for name in ("Анна", "анна", "АННА")] == ["Анна"] * 3
    with db.session() as session:
        hashed = passwords.hash_of(PASSWORD)
        session.add(User(name="анна", role="viewer", password_hash=hashed))
        session.commit()
    assert [signed_in(name) for name in ("Анна", "анна", "АННА")] == ["Анна", "анна", ""]


def test_while_it_waits_the_right_password_is_told_from_no_other(anna: None, verified: list[str]) -> None:
    for _ in range(attempts.ALLOWED["account"]):
        signing.by_password("Анна", "guess", OTHER)
    verified.clear()
    answers = [signing.by_password("Анна", password, OTHER) for password in (PASSWORD, "guess")]
    assert [(one.code, one.secret) for one in answers] == [("wait", "")] * 2
    assert len(verified) == 2
    with db.session() as session:
        rows = session.exec(select(SignInFailure.subject)).all()
        assert not any("Анна" in subject for subject in rows)


def test_nobody_waits_for_the_time_of_a_clock_that_was_ahead(anna: None) -> None:
    for _ in range(attempts.ALLOWED["account"]):
        signing.by_password("Анна", "guess", OTHER)
    assert signing.by_password("Анна", PASSWORD, OTHER).code == "wait"
    with db.session() as session:
        session.exec(update(SignInFailure).values(last_at=utc_now() + timedelta(days=400)))
        session.commit()
    assert signing.by_password("Анна", PASSWORD, OTHER).secret


def test_what_is_tried_without_the_right_is_noted(anna: None) -> None:
    from wbcore.people import visitor

    assert visitor.present() is None
    visitor._noted.clear()
    oleg = Actor(77, "Олег", "operator", origin="198.51.100.9")
    for _ in range(30):  # a page that draws itself anew
        with pytest.raises(NotAllowed):
            saving.add_key("x", "no token", by=oleg)
    visitor._notes.submit(lambda: None).result(120)
    with db.session() as session:
        (told,) = [one for one in audit.latest(session) if one.action == "act_refused"]
        assert (told.who, told.origin, told.subject, told.outcome) == (
            "Олег",
            "198.51.100.9",
            "keys",
            "refused",
        )
        assert audit.verify(session).broken_at is None


def test_what_is_refused_again_and_again_fills_no_disk(anna: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "OF_ONE", 3)
    monkeypatch.setattr(audit, "OF_ALL", 7)
    told: list[int] = []

    def refuse(origin: str, count: int) -> int:
        with db.session() as session:
            for _ in range(count):
                audit.record_refusal(session, Actor(None, "", "", origin=origin), "sign_in")
            session.commit()
            found = [one for one in audit.latest(session, limit=100) if one.outcome == "refused"]
            told.append(sum("not noted" in one.details for one in found))
            assert audit.verify(session).broken_at is None
            return len(found)

    assert refuse("198.51.100.1", 20) == 3
    assert refuse("198.51.100.2", 20) == 6
    assert refuse("198.51.100.3", 20) == 7
    monkeypatch.setattr(audit, "PERIOD", timedelta(0))
    assert refuse("198.51.100.4", 1) == 8
    assert told == [1, 2, 3, 3]


@pytest.mark.parametrize("right", [0, 1])
def test_of_many_that_come_at_once_so_many_are_looked_at_as_one_after_the_other(
    anna: None, verified: list[str], right: int
) -> None:
    """Each is counted before its password is looked at: none slips in while another one's is."""
    start = threading.Barrier(20)

    def guess(number: int) -> str:
        start.wait(120)
        return signing.by_password("Анна", PASSWORD if number < right else f"guess {number}", OTHER).code

    with ThreadPoolExecutor(20) as pool:
        codes = list(pool.map(guess, range(20)))
    looked_at = sum(code != "wait" for code in codes)
    if right:  # the right one may be among those that have to wait, or forgive those before it
        assert looked_at <= attempts.ALLOWED["account"] * 2
    else:
        assert looked_at == attempts.ALLOWED["account"]
    with db.session() as session:
        assert audit.verify(session).broken_at is None


def test_a_right_password_is_no_failure_of_its_address(anna: None) -> None:
    """Fifty people of one office sign in: nobody has to wait for the others."""
    for _ in range(attempts.ALLOWED["address"] + 5):
        assert signing.by_password("Анна", PASSWORD, OTHER).secret
    signing.by_password("Никто", "guess", OTHER)
    with db.session() as session:
        kept = session.get(SignInFailure, f"address:{OTHER.address}")
        assert kept is not None
        assert kept.count == 1


def test_an_ipv6_network_is_one_address(anna: None) -> None:
    for n in range(attempts.ALLOWED["address"]):
        signing.by_password(f"name {n}", "guess", Visit(f"2001:db8:1:2::{n + 1:x}"))
    assert signing.by_password("Анна", PASSWORD, Visit("2001:db8:1:2:ffff::1")).code == "wait"
    assert signing.by_password("Анна", PASSWORD, Visit("2001:db8:1:3::1")).secret


def test_behind_a_proxy_nobody_waits_for_what_others_tried(anna: None) -> None:
    proxied = Visit("127.0.0.1", is_shared=True)
    for n in range(attempts.ALLOWED["address"] + 5):
        assert signing.by_password(f"name {n}", "guess", proxied).code == "sign_in_wrong"
    assert signing.by_password("Анна", PASSWORD, proxied).secret
    for _ in range(attempts.ALLOWED["account"]):
        signing.by_password("Анна", "guess", proxied)
    assert signing.by_password("Анна", PASSWORD, proxied).code == "wait"


@pytest.mark.parametrize(
    ("named", "counted"),
    [("", set()), ("172.18.0.5", {"198.51.100.4"}), ("172.18.0.0/16, 127.0.0.1", {"198.51.100.4"})],
)
def test_only_where_the_proxy_is_named_an_address_is_one_browsers(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch, named: str, counted: set[str]
) -> None:
    monkeypatch.setenv("WB_PUBLIC", "1")
    monkeypatch.setenv("WB_PROXIES", named)
    settings.cache_clear()
    seen = ("127.0.0.1", "172.18.0.5", "198.51.100.4")
    assert {address for address in seen if not proxies.is_shared(address)} == counted


def test_an_answer_takes_its_time_whoever_it_is(real_cost: None, sqlite: str) -> None:
    """The figures are printed, not judged: a machine that does something else makes any of them longer."""
    with db.session() as session:
        users.add(session, "Анна", "owner", PASSWORD)
        users.add(session, "Иван", "viewer", None, identity=("https://id.example", "ivan"))
        users.add(session, "Ждёт", "viewer", PASSWORD)
        held = attempts.of_account("Ждёт")
        session.add(SignInFailure(subject=held, count=attempts.ALLOWED["account"], last_at=utc_now()))
        session.commit()
    passwords._nobodys()

    def took(name: str, password: str) -> float:
        began = time.thread_time()
        signing.by_password(name, password, Visit("198.51.100.2", is_shared=True))
        return (time.thread_time() - began) * 1000

    for what, name, password in (
        ("wrong password", "Анна", "guess"),
        ("unknown name", "Никто", "guess"),
        ("no password", "Иван", "guess"),
        ("has to wait, right password", "Ждёт", PASSWORD),
    ):
        print(f"sign-in, {what}: {took(name, password):.0f} ms of CPU")
    print(f"argon2id: {passwords.COST}")


def test_a_name_that_no_database_takes_is_a_wrong_one(anna: None) -> None:
    """It ended with a failure of the program, where the database is PostgreSQL."""
    answer = signing.by_password("Ан\0на", PASSWORD, GUESSER)
    assert (answer.secret, answer.code) == ("", "sign_in_wrong")


def test_a_session_that_ends_when_another_begins_is_over(anna: None) -> None:
    """On SQLite the next one had its number: an open tab of the first was not closed."""
    first = signing.by_password("Анна", PASSWORD, OTHER).secret

    async def is_noticed() -> bool:
        with db.session() as session:
            found = sessions.find(session, first)
        assert found is not None
        with Watch().over(found[0].id or 0) as ended:
            with db.session() as session:
                sessions.end_all(session, found[1].id or 0)
                session.commit()
            assert signing.by_password("Анна", PASSWORD, OTHER).secret
            try:
                await asyncio.wait_for(ended.wait(), 3)
            except TimeoutError:
                return False
            return True

    assert loop.run(is_noticed())
