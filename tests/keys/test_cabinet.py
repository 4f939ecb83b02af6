"""The learning cabinet: tokens with just the boxes that were ticked, deleted for good, never sent away."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from tests.work import add_key
from wbcore.api import token as tokens
from wbcore.guidance.texts import t
from wbcore.guidance.window import MAX_ACTIVE, Choice
from wbcore.imports import foreground
from wbcore.keys import cabinet, clients, learning, saving
from wbcore.sandbox import server
from wbcore.sandbox.server import Sandbox
from wbcore.settings import settings
from wbcore.store import db, values

ORDERS = Choice(categories=("marketplace",))


def make(choice: Choice = ORDERS, days: int = 180) -> str:
    with db.session() as session:
        token = cabinet.make(session, "WB Desk", choice, days)
        session.commit()
    return token


def withdraw(token: str) -> None:
    fingerprint = tokens.read(token).fingerprint
    with db.session() as session:
        (one,) = [t for t in cabinet.listed(session) if t.fingerprint == fingerprint]
        cabinet.withdraw(session, one.id)
        session.commit()


def codes(outcome: saving.KeyOutcome) -> set[tuple[str, str]]:
    return {(d.code, d.cause) for d in outcome.diagnoses}


def test_a_token_has_just_what_was_chosen(database: str) -> None:
    facts = tokens.read(make(Choice(kind="basic", categories=("statistics", "content"), access="read_write")))
    assert (facts.kind, facts.categories, facts.read_only) == ("basic", ("content", "statistics"), False)
    assert tokens.read(make(Choice(kind="test"))).test
    assert tokens.read(make()).read_only
    with db.session() as session:
        assert len({one.id for one in cabinet.listed(session)}) == 3


def test_a_learning_token_is_never_sent_to_wildberries(database: str, sandbox: Sandbox) -> None:
    outcome = saving.add_key("учебный", make())
    assert outcome.saved, outcome.diagnoses
    assert outcome.key is not None
    assert outcome.key.environment == "demo"
    assert sandbox.world.count() == 0
    assert foreground.run_import("учебный").status == "done"
    assert sandbox.world.count() == 0


def test_a_deleted_token_is_withdrawn_also_after_a_restart(database: str) -> None:
    token = make()
    assert saving.add_key("учебный", token).saved
    withdraw(token)
    server.embedded(clients.demo_anchor()).world.reset()  # a process that has just started knows nothing
    run = foreground.run_import("учебный")
    assert run.status == "failed"
    assert [d["code"] for d in run.diagnoses] == ["token_withdrawn"]
    with db.session() as session:
        assert cabinet.listed(session) == []


def test_the_store_has_twenty_active_tokens_at_most(sqlite: str) -> None:
    made = [make() for _ in range(MAX_ACTIVE)]
    with pytest.raises(cabinet.TooManyTokens):
        make()
    withdraw(made[0])
    make()
    with pytest.raises(cabinet.TooManyTokens):
        make()


def test_expired_ones_count_for_nothing(sqlite: str) -> None:
    for _ in range(MAX_ACTIVE + 1):
        make(days=-1)
    assert codes(saving.add_key("учебный", make(days=-1))) == {("token_expired", "expired_since")}
    with db.session() as session:
        assert not any(one.active(datetime.now(UTC)) for one in cabinet.listed(session))


def test_real_and_learning_tokens_do_not_meet_in_one_key(sqlite: str, sandbox: Sandbox) -> None:
    settings.cache_clear()
    real = add_key(sandbox)
    (demo, _) = learning.ensure_demo("ru")
    asked = sandbox.world.count()
    assert codes(saving.replace_token(real.id or 0, make())) == {("wrong_environment", "learning_for_a_key")}
    other = sandbox.world.tokens["full"]
    stranger = saving.replace_token(demo.id or 0, _of_a_real_seller())
    assert codes(stranger) == {("wrong_environment", "real_for_a_learning_key")}
    assert saving.replace_token(demo.id or 0, other).saved  # the imitation's own seller
    assert sandbox.world.count() == asked


def _of_a_real_seller() -> str:
    from wbcore.sandbox.tokens import mint

    return mint(sid="0a1e0000-0000-4000-8000-000000000007")


def test_the_seller_is_the_imitations_own() -> None:
    from wbcore.sandbox.tokens import SELLER_SID

    assert cabinet.SELLER_SID == SELLER_SID


def test_removing_the_cabinet_empties_its_list(sqlite: str) -> None:
    learning.ensure_demo("ru")
    with db.session() as session:
        assert len(cabinet.listed(session)) == 2
    make()
    learning.remove_demo()
    with db.session() as session:
        assert cabinet.listed(session) == []
    assert len(learning.ensure_demo("ru")) == 2


@pytest.mark.parametrize(("days_old", "begins_anew"), [(59, False), (61, True)])
def test_an_old_cabinet_begins_anew_when_it_is_opened_again(
    sqlite: str, days_old: int, begins_anew: bool
) -> None:
    """Its orders lead to a fixed moment: by and by they are too old to be imported."""
    old = datetime.now(UTC).replace(microsecond=0) - timedelta(days=days_old)
    with db.session() as session:
        values.put(session, clients.DEMO_ANCHOR, old.isoformat())
        session.commit()
    learning.ensure_demo("ru")
    assert (clients.demo_anchor() > old) == begins_anew
    assert clients.demo_anchor() - old < timedelta(days=days_old, minutes=1)


def test_a_learning_key_with_another_token_is_not_made_a_second_time(sqlite: str) -> None:
    """Also where the other key is missing, and is made anew."""
    demo, other = learning.ensure_demo("ru")
    assert saving.replace_token(demo.id or 0, make()).saved
    saving.remove_key(other.id or 0)
    assert [key.name for key in learning.ensure_demo("ru")] == [demo.name, other.name]


def test_while_its_keys_are_there_a_cabinet_stays_as_it_is(sqlite: str) -> None:
    learning.ensure_demo("ru")
    old = datetime.now(UTC).replace(microsecond=0) - timedelta(days=61)
    with db.session() as session:
        values.put(session, clients.DEMO_ANCHOR, old.isoformat())
        session.commit()
    learning.ensure_demo("ru")
    assert clients.demo_anchor() == old


def test_who_presses_in_the_same_moment_gets_the_same_cabinet(database: str) -> None:
    """Two open the page for the first time; neither is told of a failure, and there is one cabinet."""
    with ThreadPoolExecutor(3) as pool:
        for one in [pool.submit(learning.ensure_demo, "ru") for _ in range(3)]:
            one.result(60)
    with db.session() as session:
        names = [key.name for key in learning.demo_keys(session)]
        assert len(names) == len(cabinet.listed(session)) == len(learning.DEMO_KEYS), names


def test_who_has_deleted_all_that_was_there_may_begin_anew(sqlite: str) -> None:
    for key in learning.ensure_demo("ru"):
        saving.remove_key(key.name)
    with db.session() as session:
        for one in cabinet.listed(session):
            cabinet.withdraw(session, one.id)
        session.commit()
    assert [key.name for key in learning.ensure_demo("ru")] == [
        t("ru", text) for text, _ in learning.DEMO_KEYS
    ]
    with db.session() as session:
        assert len(cabinet.listed(session)) == len(learning.DEMO_KEYS)
    assert foreground.run_import(t("ru", learning.DEMO_KEYS[0][0])).status == "done"


def test_a_deleted_token_of_who_still_learns_stays_deleted(sqlite: str) -> None:
    first, second = learning.ensure_demo("ru")
    with db.session() as session:
        (one,) = [one for one in cabinet.listed(session) if one.fingerprint == second.fingerprint]
        cabinet.withdraw(session, one.id)
        session.commit()
    saving.remove_key(second.name)
    assert [key.name for key in learning.ensure_demo("ru")] == [first.name]
