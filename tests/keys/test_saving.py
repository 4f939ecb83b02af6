"""A token on its way to be saved: what is refused, what is saved with a warning, what is never lost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import orjson
import pytest

from tests.work import add_key
from wbcore.api.catalog import ping_method
from wbcore.guidance.diagnosis import Diagnosis
from wbcore.imports import foreground
from wbcore.keys import capabilities, keyring, saving
from wbcore.keys.saving import KeyOutcome
from wbcore.sandbox.server import Sandbox
from wbcore.sandbox.tokens import BASIC, SELLER_SID, SERVICE, mint
from wbcore.settings import settings
from wbcore.store import db
from wbcore.store.models import Key

Serve = Callable[..., Sandbox]


def codes(outcome: KeyOutcome) -> dict[str, str]:
    return {d.code: d.severity for d in outcome.diagnoses}


def told(found: Diagnosis, lang: str) -> list[str]:
    """What is wrong, and what is to be done."""
    return [found.title(lang), found.summary(lang), *(found.step_text(lang, step.id) for step in found.steps)]


def names() -> list[str]:
    with db.session() as session:
        return [key.name for key in keyring.list_keys(session)]


def known_of(key: Key) -> dict[str, tuple[str, str]]:
    assert key.id is not None
    with db.session() as session:
        states = capabilities.states(session, [key.id])[key.id]
    return {name: (state.status, state.evidence) for name, state in states.items()}


def test_a_good_token_is_saved_with_its_seller(database: str, sandbox: Sandbox) -> None:
    outcome = saving.add_key("shop", f'Authorization: Bearer "{sandbox.tokens["full"]}"\n')
    assert (outcome.saved, outcome.unverified, outcome.diagnoses) == (True, False, ())
    assert outcome.seller is not None
    assert (outcome.seller.name, outcome.seller.trade_mark) != ("", "")
    assert outcome.key is not None
    assert outcome.key.verified_at is not None
    assert sandbox.world.count() == 2
    assert sandbox.world.count("seller.info") == sandbox.world.count("ping.marketplace-api") == 1
    known = known_of(outcome.key)
    assert known["seller.info"] == ("ok", "probe")
    assert known["orders.period"] == ("ok", "token")
    assert known["statistics.orders"] == ("unknown", "token")
    with db.session() as session:
        key = keyring.get_key(session, "shop")
        assert key is not None
        assert keyring.token_of(key) == sandbox.tokens["full"]


def test_a_sellers_name_is_one_that_every_list_and_database_takes(database: str, sandbox: Sandbox) -> None:
    name = "ООО\0 «Ро\u202eмашка»\n" + "и сыновья " * 100_000
    said = orjson.dumps({"name": name, "sid": "5a1e0000-0000-4000-8000-00000000000d", "tradeMark": None})
    sandbox.world.answer_next("seller.info", 200, said, {"content-type": "application/json"})
    outcome = saving.add_key("shop", sandbox.tokens["full"])
    assert outcome.seller is not None
    assert outcome.seller.name.startswith("ООО «Ро машка» и сыновья")
    assert len(outcome.seller.name) <= 300


@pytest.mark.parametrize(
    ("token", "code", "requests"),
    [
        ("", "token_malformed", 0),
        ("   \n", "token_malformed", 0),
        ("x" * 1_000_000, "token_malformed", 0),
        ("sk-proj-abcdefghijklmnop", "token_malformed", 0),
        ("expired", "token_expired", 0),
        ("withdrawn", "token_withdrawn", 1),
    ],
)
def test_what_is_refused_is_not_saved(
    sqlite: str, sandbox: Sandbox, token: str, code: str, requests: int
) -> None:
    outcome = saving.add_key("shop", sandbox.tokens.get(token, token))
    assert (outcome.saved, outcome.key) == (False, None)
    assert codes(outcome) == {code: "error"}
    assert names() == []
    assert sandbox.world.count() == requests
    (refused,) = outcome.diagnoses
    for lang in ("ru", "en"):  # there is no such key to go to
        assert not [said for said in told(refused, lang) if "shop" in said]


@pytest.mark.parametrize("token", ["expired", "withdrawn", "full"])
def test_what_is_refused_for_a_new_key_ends_with_saving_it(sqlite: str, sandbox: Sandbox, token: str) -> None:
    """There has been no import that could be repeated."""
    if token == "full":
        refusal = b'{"title": "unauthorized", "detail": "something new"}'
        sandbox.world.answer_next("seller.info", 401, refusal, {"content-type": "application/problem+json"})
    (refused,) = saving.add_key("shop", sandbox.tokens[token]).diagnoses
    assert (refused.severity, refused.steps[-1].id) == ("error", "save_token")
    for lang, slip in (("ru", "импорт"), ("en", "import")):
        assert slip not in " ".join(told(refused, lang)).lower()


def test_an_answer_that_names_another_seller_than_the_token_is_told_and_not_believed(
    database: str, sandbox: Sandbox
) -> None:
    """As from a proxy that keeps what another key was told: orders of two sellers would mix."""
    first, other = add_key(sandbox), mint(sid="0a1e0000-0000-4000-8000-000000000007")
    said = {"name": "ООО Ромашка", "sid": SELLER_SID, "tradeMark": "Ромашка"}
    headers = {"content-type": "application/json"}
    sandbox.world.answer_next("seller.info", 200, orjson.dumps(said), headers)
    outcome = saving.add_key("second", other)
    assert outcome.saved
    assert outcome.key is not None
    assert outcome.key.seller_id != first.seller_id
    assert codes(outcome) == {"seller_mismatch": "warning"}
    for lang in ("ru", "en"):
        assert "Ромашка" in outcome.diagnoses[0].summary(lang)
    assert outcome.seller is not None
    assert (outcome.seller.sid[-1], outcome.seller.name) == ("7", "")


def test_a_token_that_is_cut_or_changed_is_not_saved(sqlite: str, sandbox: Sandbox) -> None:
    token = sandbox.tokens["full"]
    for wrong in (token[:-20], token[: len(token) // 2], token[:-6] + "AAAAAA"):
        outcome = saving.add_key("shop", wrong)
        assert not outcome.saved
        assert codes(outcome) == {"token_malformed": "error"}
    assert names() == []


def test_a_missing_category_is_a_warning(sqlite: str, sandbox: Sandbox) -> None:
    outcome = saving.add_key("shop", sandbox.tokens["statistics_only"])
    assert (outcome.saved, outcome.unverified) == (True, False)
    assert codes(outcome) == {"scope_missing": "warning"}
    assert outcome.diagnoses[0].required_category == "marketplace"
    assert outcome.key is not None
    assert known_of(outcome.key)["orders.new"] == ("denied", "token")
    assert sandbox.world.count() == sandbox.world.count("seller.info") == 1


def test_a_host_that_finds_the_scope_wanting_refuses_no_token_that_others_take(
    sqlite: str, sandbox: Sandbox
) -> None:
    """Whose it is, WB has said: what one category does not open is a warning, and the others work."""
    body = b'{"title": "unauthorized", "status": 401, "detail": "token scope not allowed"}'
    sandbox.world.answer_next(
        ping_method("marketplace-api").id, 401, body, {"content-type": "application/json"}
    )
    outcome = saving.add_key("shop", sandbox.tokens["full"])
    assert (outcome.saved, outcome.unverified) == (True, False)
    assert codes(outcome) == {"scope_missing": "warning"}


@pytest.mark.parametrize(
    ("token", "code"),
    [
        (mint(expires=datetime.now(UTC) + timedelta(days=20)), "token_expiring"),
        (mint(acc=BASIC), "token_type_not_allowed"),
        (mint(acc=SERVICE), "token_type_not_allowed"),
    ],
)
def test_what_will_be_trouble_is_a_warning(sqlite: str, sandbox: Sandbox, token: str, code: str) -> None:
    outcome = saving.add_key("shop", token)
    assert outcome.saved
    assert codes(outcome) == {code: "warning"}


def test_a_test_token_is_checked_at_the_sandbox_hosts(sqlite: str, sandbox: Sandbox) -> None:
    outcome = saving.add_key("shop", sandbox.tokens["test"])
    assert (outcome.saved, outcome.unverified) == (True, False)
    assert {seen.host for seen in sandbox.world.log} == {"marketplace-api-sandbox"}
    assert outcome.seller is not None
    assert outcome.seller.environment == "test"
    run = foreground.run_import("shop")
    assert run.status == "done"
    assert {seen.host for seen in sandbox.world.log} == {"marketplace-api-sandbox"}


def test_wb_out_of_reach_saves_the_token_unverified(
    sqlite: str, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WB_GATEWAY_URL", "http://127.0.0.1:9")
    settings.cache_clear()
    outcome = saving.add_key("shop", sandbox.tokens["full"])
    assert (outcome.saved, outcome.unverified) == (True, True)
    assert codes(outcome) == {"network_unreachable": "warning"}
    assert outcome.key is not None
    assert outcome.key.verified_at is None
    monkeypatch.setenv("WB_GATEWAY_URL", sandbox.gateway)
    settings.cache_clear()
    assert foreground.run_import("shop").status == "done"
    with db.session() as session:
        key = keyring.get_key(session, "shop")
    assert key is not None
    assert key.verified_at is not None  # the import was the proof


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [(500, b"", "wb_unavailable"), (200, b"<html></html>", "unexpected_response")],
)
def test_wb_that_is_ill_saves_the_token_unverified(
    sqlite: str, sandbox: Sandbox, status: int, body: bytes, code: str
) -> None:
    sandbox.world.answer_next("*", status, body, times=50)
    outcome = saving.add_key("shop", sandbox.tokens["full"])
    assert (outcome.saved, outcome.unverified) == (True, True)
    assert [(found.code, found.severity) for found in outcome.diagnoses] == [(code, "warning")], "once"


def test_a_quota_that_is_used_up_is_no_reason_to_refuse(sqlite: str, sandbox: Sandbox) -> None:
    """A Basic token's seller info: once a day. The second time the ping alone is the proof."""
    assert add_key(sandbox, token="basic")
    outcome = saving.add_key("shop", sandbox.tokens["basic"], replace=True)
    assert (outcome.saved, outcome.unverified) == (True, False)
    assert "rate_limited" not in codes(outcome)
    assert sandbox.world.count("seller.info") == 1


def test_no_access_to_the_seller_is_a_warning(sqlite: str, sandbox: Sandbox) -> None:
    sandbox.world.switches.denied = {"seller.info"}
    outcome = saving.add_key("shop", sandbox.tokens["full"])
    assert (outcome.saved, outcome.unverified) == (True, False)
    assert codes(outcome) == {"access_denied": "warning"}


def test_a_name_is_given_once(sqlite: str, sandbox: Sandbox) -> None:
    add_key(sandbox)
    with pytest.raises(saving.KeyExists):
        saving.add_key("shop", sandbox.tokens["full"])


def test_replacing_keeps_the_orders_and_the_history(database: str, sandbox: Sandbox) -> None:
    before = add_key(sandbox)
    foreground.run_import("shop")
    outcome = saving.replace_token(before.id or 0, mint(bits=[4]))
    assert outcome.saved
    assert outcome.key is not None
    assert outcome.key.id == before.id
    assert outcome.key.fingerprint != before.fingerprint
    assert known_of(outcome.key)["statistics.orders"] == ("denied", "token")
    assert foreground.run_import("shop").unchanged == 2500


@pytest.mark.parametrize("wrong", ["expired", "withdrawn", "rubbish", "another seller", "test"])
def test_the_old_token_stays_when_the_new_one_is_refused(sqlite: str, sandbox: Sandbox, wrong: str) -> None:
    before = add_key(sandbox)
    other = mint(sid="0a1e0000-0000-4000-8000-000000000007")
    outcome = saving.add_key(
        "shop", {**sandbox.tokens, "another seller": other}.get(wrong, wrong), replace=True
    )
    assert not outcome.saved
    assert "error" in codes(outcome).values()
    if wrong in ("expired", "withdrawn"):
        (refused,) = outcome.diagnoses
        assert "ключ «shop»" in refused.title("ru")
        assert any("ключ «shop»" in said for said in told(refused, "ru")[1:])
    if wrong == "another seller":
        assert codes(outcome) == {"seller_mismatch": "error"}
        # The token says whose it is; WB is asked for the name alone.
        assert (sandbox.world.count(), sandbox.world.count("seller.info")) == (3, 2)
    with db.session() as session:
        after = keyring.get_key(session, "shop")
        assert after is not None
        assert (after.fingerprint, after.seller_id) == (before.fingerprint, before.seller_id)
        assert keyring.token_of(after) == sandbox.tokens["full"]


def test_renamed_and_removed(sqlite: str, sandbox: Sandbox) -> None:
    key = add_key(sandbox)
    add_key(sandbox, "second")
    foreground.run_import("shop")
    saving.rename_key(key.id or 0, "big shop")
    assert names() == ["big shop", "second"]
    with pytest.raises(saving.KeyExists):
        saving.rename_key("big shop", "second")
    saving.remove_key("big shop")
    assert names() == ["second"]
    with pytest.raises(KeyError):
        saving.remove_key("big shop")
