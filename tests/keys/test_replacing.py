"""Another token in a key's place: older and poorer are said, sellers are known by name, keys by id."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import jwt
import pytest
from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from tests.work import add_key
from wbcore.guidance.diagnosis import Diagnosis
from wbcore.health import checks
from wbcore.imports import foreground
from wbcore.keys import keyring, saving
from wbcore.sandbox.server import Sandbox
from wbcore.sandbox.tokens import ALL_BITS, BASIC, READ_ONLY_BIT, SELLER_SID, mint
from wbcore.settings import settings
from wbcore.store import db
from wbcore.store.models import Key, Seller

OTHER_SID = "0a1e0000-0000-4000-8000-000000000007"
LATE = datetime.now(UTC) + timedelta(days=170)
SOONER = datetime.now(UTC) + timedelta(days=90)


def told(found: tuple[Diagnosis, ...] | list[Diagnosis]) -> dict[tuple[str, str], str]:
    return {(d.code, d.cause): d.severity for d in found}


def stored(key_id: int | None) -> tuple[Key, Seller]:
    with db.session() as session:
        key = keyring.get_key(session, key_id or 0)
        assert key is not None
        return key, keyring.get_seller(session, key.seller_id)


POORER = {
    "a category": (mint(bits=[4, 5], expires=LATE), ("scope_missing", "poorer")),
    "writing": (mint(bits=[*ALL_BITS, READ_ONLY_BIT], expires=LATE), ("token_read_only", "poorer")),
    "its type": (mint(acc=BASIC, expires=LATE), ("token_type_not_allowed", "poorer")),
    "a type that is known": (mint(acc=None, expires=LATE), ("token_type_not_allowed", "poorer")),
    "half of its life": (mint(expires=SOONER), ("token_expiring", "older")),
}


@pytest.mark.parametrize("lost", POORER)
def test_what_would_be_lost_is_known_before_anything_is_asked_or_saved(
    sqlite: str, sandbox: Sandbox, lost: str
) -> None:
    token, expected = POORER[lost]
    before = add_key(sandbox, token=mint(expires=LATE))
    asked = sandbox.world.count()
    found = saving.losses_of(before.id or 0, token)
    assert told(found) == {expected: "warning"}
    assert sandbox.world.count() == asked
    assert stored(before.id)[0].fingerprint == before.fingerprint


@pytest.mark.parametrize("lost", POORER)
def test_without_a_question_it_is_saved_and_the_warning_stays(
    sqlite: str, sandbox: Sandbox, lost: str
) -> None:
    token, expected = POORER[lost]
    add_key(sandbox, token=mint(expires=LATE))
    outcome = saving.add_key("shop", token, replace=True)
    assert outcome.saved
    assert expected[0] in {d.code for d in outcome.diagnoses}
    assert {d.severity for d in outcome.diagnoses} == {"warning"}


def test_the_same_or_a_better_token_loses_nothing(sqlite: str, sandbox: Sandbox) -> None:
    before = add_key(sandbox, token=mint(bits=[4, READ_ONLY_BIT], expires=SOONER))
    for token in (
        mint(bits=[4, READ_ONLY_BIT], expires=SOONER),
        mint(bits=[4, READ_ONLY_BIT], expires=SOONER - timedelta(minutes=50)),  # made just before
        mint(expires=LATE),
    ):
        assert saving.losses_of(before.id or 0, token) == ()
    for refused in ("", "rubbish", mint(sid=OTHER_SID), sandbox.tokens["expired"], sandbox.tokens["test"]):
        assert saving.losses_of(before.id or 0, refused) == ()


def test_what_is_lost_is_named_and_the_window_asks_for_it_again(sqlite: str, sandbox: Sandbox) -> None:
    before = add_key(sandbox, token=mint(bits=[4, 5, 13], expires=LATE))
    (found,) = saving.losses_of(before.id or 0, mint(bits=[4], expires=LATE))
    assert "Статистика, Финансы" in found.summary("ru")
    choice = found.window("create_token")
    assert choice is not None
    assert choice.categories == ("marketplace", "statistics", "finance")


def test_a_key_renamed_while_its_token_is_replaced_stays_one_key(database: str, sandbox: Sandbox) -> None:
    before = add_key(sandbox, token=mint(bits=[4]))
    renamed = False
    asks = saving._Check._ask

    def rename_meanwhile(check: saving._Check) -> saving._Live:
        nonlocal renamed
        saving.rename_key(before.id or 0, "new name")
        renamed = True
        return asks(check)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(saving._Check, "_ask", rename_meanwhile)
        outcome = saving.replace_token(before.id or 0, mint(bits=[4, 5]))
    assert renamed
    assert outcome.saved
    with db.session() as session:
        (only,) = keyring.list_keys(session)
    assert (only.id, only.name) == (before.id, "new name")
    assert only.facts["categories"] == ["marketplace", "statistics"]


def test_a_key_removed_meanwhile_does_not_come_back(sqlite: str, sandbox: Sandbox) -> None:
    before = add_key(sandbox)
    asks = saving._Check._ask

    def remove_meanwhile(check: saving._Check) -> saving._Live:
        saving.remove_key(before.id or 0)
        return asks(check)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(saving._Check, "_ask", remove_meanwhile)
        with pytest.raises(KeyError):
            saving.replace_token(before.id or 0, mint(bits=[4]))
    with db.session() as session:
        assert keyring.list_keys(session) == []


@pytest.mark.parametrize("replace_it", [True, False])
def test_a_key_that_a_colleague_makes_meanwhile_is_replaced_where_that_was_wished(
    database: str, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, replace_it: bool
) -> None:
    asks, colleagues = saving._Check._ask, [sandbox.tokens["full"]]

    def a_colleague_is_quicker(check: saving._Check) -> saving._Live:
        if colleagues:
            assert saving.add_key("shop", colleagues.pop()).saved
        return asks(check)

    monkeypatch.setattr(saving._Check, "_ask", a_colleague_is_quicker)
    if not replace_it:
        with pytest.raises(saving.KeyExists):
            saving.add_key("shop", sandbox.tokens["read_only"])
    else:
        outcome = saving.add_key("shop", sandbox.tokens["read_only"], replace=True)
        assert (outcome.saved, [found.code for found in outcome.diagnoses]) == (True, ["token_read_only"])
    with db.session() as session:
        (key,) = keyring.list_keys(session)
        assert key.facts["read_only"] is replace_it


def test_of_two_sellers_tokens_for_a_key_of_nobody_known_one_is_taken(
    database: str, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each is weighed while nobody knows whose the key is; by the time the second is saved that is known."""
    claims = {"id": "1", "s": 1 << 4, "exp": int(LATE.timestamp()), "acc": 3}
    silent = jwt.encode(claims, "no-key-of-wb-" * 4, algorithm="HS256")
    monkeypatch.setenv("WB_GATEWAY_URL", "http://127.0.0.1:9")
    settings.cache_clear()
    key = saving.add_key("shop", silent).key
    assert key is not None
    monkeypatch.setenv("WB_GATEWAY_URL", sandbox.gateway)
    settings.cache_clear()
    asks, colleagues = saving._Check._ask, [mint(sid=OTHER_SID, expires=LATE)]

    def a_colleague_is_quicker(check: saving._Check) -> saving._Live:
        if colleagues:
            assert saving.replace_token(key.id or 0, colleagues.pop()).saved
        return asks(check)

    monkeypatch.setattr(saving._Check, "_ask", a_colleague_is_quicker)
    outcome = saving.replace_token(key.id or 0, sandbox.tokens["full"])
    assert (outcome.saved, [found.code for found in outcome.diagnoses]) == (False, ["seller_mismatch"])
    kept, seller = stored(key.id)
    assert (kept.facts["seller_sid"], seller.sid) == (OTHER_SID, OTHER_SID)


def test_another_sellers_token_is_told_by_the_sellers_names(sqlite: str, sandbox: Sandbox) -> None:
    before = add_key(sandbox)
    (found,) = saving.replace_token(before.id or 0, mint(sid=OTHER_SID)).diagnoses
    assert (found.code, found.severity) == ("seller_mismatch", "error")
    for lang in ("ru", "en"):
        assert "Песочница" in found.summary(lang)
        assert OTHER_SID not in found.summary(lang)
        assert SELLER_SID not in found.summary(lang)
    assert found.params["other_seller"] not in ("", found.params["seller"])


def test_a_seller_that_wb_does_not_name_is_still_no_uuid(
    sqlite: str, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = add_key(sandbox)
    sandbox.world.switches.denied = {"seller.info"}
    (found,) = saving.replace_token(before.id or 0, mint(sid=OTHER_SID)).diagnoses
    assert OTHER_SID not in found.summary("ru")
    assert "не назвал" in found.summary("ru")


def test_the_same_token_under_a_second_name_is_told_by_the_first_ones_name(
    sqlite: str, sandbox: Sandbox
) -> None:
    add_key(sandbox, "first")
    assert saving.same_token(f" Bearer {sandbox.tokens['full']}\n") == ["first"]
    assert saving.same_token(mint(bits=[4])) == saving.same_token("rubbish") == []
    outcome = saving.add_key("second", sandbox.tokens["full"])
    assert (outcome.saved, outcome.same_as, outcome.diagnoses) == (True, ("first",), ())


def test_a_key_that_was_not_saved_is_not_named_in_its_steps(sqlite: str, sandbox: Sandbox) -> None:
    for token in ("expired", "withdrawn"):
        (found,) = saving.add_key("Лавка", sandbox.tokens[token]).diagnoses
        for step in found.steps:
            assert "Лавка" not in found.step_text("ru", step.id)
    add_key(sandbox, "Лавка")
    (found,) = saving.add_key("Лавка", sandbox.tokens["expired"], replace=True).diagnoses
    assert any("Лавка" in found.step_text("ru", step.id) for step in found.steps)


@pytest.mark.parametrize("success", ["import", "check"])
def test_a_key_saved_while_wb_was_down_learns_its_seller_at_the_next_success(
    database: str, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, success: str
) -> None:
    monkeypatch.setenv("WB_GATEWAY_URL", "http://127.0.0.1:9")
    settings.cache_clear()
    key = saving.add_key("shop", sandbox.tokens["full"]).key
    assert key is not None
    assert stored(key.id)[1].name == ""
    monkeypatch.setenv("WB_GATEWAY_URL", sandbox.gateway)
    settings.cache_clear()
    if success == "import":
        assert foreground.run_import("shop").status == "done"
    else:
        checks.check()
    seller = stored(key.id)[1]
    assert "Песочница" in seller.name
    assert seller.sid == SELLER_SID


def test_one_seller_who_cant_be_read_keeps_no_other_from_being_learnt(
    sqlite: str, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor is what was asked of WB thrown away."""
    monkeypatch.setenv("WB_GATEWAY_URL", "http://127.0.0.1:9")
    settings.cache_clear()
    sids = [f"0a1e0000-0000-4000-8000-{number:012}" for number in range(3)]
    keys = [saving.add_key(f"shop {n}", mint(sid=sid)).key for n, sid in enumerate(sids)]
    monkeypatch.setenv("WB_GATEWAY_URL", sandbox.gateway)
    settings.cache_clear()
    real, broken = keyring.get_key, keys[0]

    def reads(session: Session, key: str | int) -> Key | None:
        if broken is not None and key == broken.id:
            raise OperationalError("SELECT", None, Exception("database is locked"))
        return real(session, key)

    with monkeypatch.context() as patched:
        patched.setattr(keyring, "get_key", reads)
        report = checks.check()
    assert [row["status"] for row in report["keys"]] == ["ok"] * 3
    assert [bool(stored(key.id)[1].name) for key in keys if key] == [False, True, True]
    assert foreground.run_import("shop 0", statuses=False).status == "done"
    assert stored(broken.id if broken else 0)[1].name, "its next success asks again"


def test_who_may_not_ask_whose_a_key_is_asks_no_more(sqlite: str, sandbox: Sandbox) -> None:
    """Each import would spend a request on the same refusal."""
    sandbox.world.switches.denied = {"seller.info"}
    add_key(sandbox)
    checks.check()
    asked = sandbox.world.count("seller.info")
    assert foreground.run_import("shop").status == "done"
    assert sandbox.world.count("seller.info") == asked


def test_a_seller_is_asked_for_once(sqlite: str, sandbox: Sandbox) -> None:
    add_key(sandbox)
    asked = sandbox.world.count("seller.info")
    assert foreground.run_import("shop").status == "done"
    assert sandbox.world.count("seller.info") == asked


@pytest.mark.parametrize("known", [True, False])
def test_a_token_that_does_not_say_whose_it_is_can_be_replaced_and_replace(
    database: str, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, known: bool
) -> None:
    """Its seller comes from WB; where WB is down, the key keeps the seller that it has."""
    claims = {"id": "1", "s": 1 << 4, "exp": int(LATE.timestamp()), "acc": 3}
    silent = jwt.encode(claims, "no-key-of-wb-" * 4, algorithm="HS256")
    monkeypatch.setenv("WB_GATEWAY_URL", "http://127.0.0.1:9")
    settings.cache_clear()
    if known:
        key = saving.add_key("shop", sandbox.tokens["full"]).key
        assert key is not None
        assert saving.replace_token(key.id or 0, silent).saved
        assert stored(key.id)[1].sid == SELLER_SID
        return
    key = saving.add_key("shop", silent).key
    assert key is not None
    before = stored(key.id)[1]
    assert before.sid != SELLER_SID
    monkeypatch.setenv("WB_GATEWAY_URL", sandbox.gateway)
    settings.cache_clear()
    outcome = saving.replace_token(key.id or 0, sandbox.tokens["full"])
    assert outcome.saved, outcome.diagnoses
    after = stored(key.id)[1]
    assert (after.id, after.sid) == (before.id, SELLER_SID)
    assert "Песочница" in after.name
