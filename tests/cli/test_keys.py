"""Keys: every token that WB can hand out, with the outcome of the contract."""

from __future__ import annotations

import json

import pytest

from tests.cli.conftest import Cli, RunningSandbox
from tests.cli.shapes import KeyAdded, Keys, Token, UnreadableToken
from wbcore.keys import saving
from wbcore.sandbox.tokens import SELLER_SID

OUTCOMES = [
    # token, exit code, saved, (code, severity) that must be there, severities that must not
    ("full", 0, True, None),
    ("statistics_only", 0, True, ("scope_missing", "warning")),
    ("read_only", 0, True, None),
    ("test", 0, True, None),
    ("basic", 0, True, ("token_type_not_allowed", "warning")),
    ("expired", 1, False, ("token_expired", "error")),
    ("withdrawn", 1, False, ("token_withdrawn", "error")),
]


@pytest.mark.parametrize(("name", "code", "saved", "expected"), OUTCOMES)
def test_outcome_of_adding(
    cli: Cli, sandbox: RunningSandbox, name: str, code: int, saved: bool, expected: tuple[str, str] | None
) -> None:
    added = KeyAdded.model_validate(cli.json("key", "add", "k", stdin=sandbox.tokens[name], code=code))
    found = [(d.code, d.severity) for d in added.diagnoses]
    assert added.saved is saved
    assert added.name == "k"
    if expected is None:
        assert [severity for _, severity in found if severity == "error"] == []
    else:
        assert expected in found
    listed = Keys.model_validate(cli.json("key", "list")).keys
    assert [key.name for key in listed] == (["k"] if saved else [])


def test_a_full_key_has_its_seller_and_nothing_to_say(cli: Cli, sandbox: RunningSandbox) -> None:
    added = KeyAdded.model_validate(cli.json("key", "add", "Мой магазин", stdin=sandbox.tokens["full"]))
    assert added.diagnoses == []
    assert isinstance(added.token, Token)
    assert added.seller is not None
    assert added.seller.sid == added.token.seller_sid != ""
    assert added.seller.name
    listed = Keys.model_validate(cli.json("key", "list")).keys[0]
    assert (listed.name, listed.status, listed.seller) == ("Мой магазин", "ok", added.seller)
    assert listed.token.fingerprint == added.token.fingerprint


def test_a_token_from_the_variable(cli: Cli, sandbox: RunningSandbox) -> None:
    assert cli.json("key", "add", "k", WB_TOKEN=sandbox.tokens["full"])["saved"]


def test_a_name_is_taken_once(cli: Cli, sandbox: RunningSandbox) -> None:
    cli.json("key", "add", "k", stdin=sandbox.tokens["full"])
    refused = cli.run("key", "add", "k", stdin=sandbox.tokens["full"])
    assert refused.code == 2
    assert b"--replace" in refused.stderr
    assert cli.json("key", "add", "k", "--replace", stdin=sandbox.tokens["basic"])["saved"]
    assert [k["token"]["kind"] for k in cli.json("key", "list")["keys"]] == ["basic"]


def test_another_sellers_token_is_not_put_into_a_key(cli: Cli, sandbox: RunningSandbox) -> None:
    cli.json("key", "add", "k", stdin=sandbox.tokens["full"])
    refused = cli.json("key", "add", "k", "--replace", stdin=sandbox.tokens["other_seller"], code=1)
    assert not refused["saved"]
    assert [(d["code"], d["severity"]) for d in refused["diagnoses"]] == [("seller_mismatch", "error")]
    assert cli.json("key", "list")["keys"][0]["seller"]["sid"] == SELLER_SID
    assert cli.json("key", "add", "second", stdin=sandbox.tokens["other_seller"])["saved"]


def test_removing_asks_first(cli: Cli, sandbox: RunningSandbox) -> None:
    cli.json("key", "add", "k", stdin=sandbox.tokens["full"])
    assert cli.run("key", "remove", "k").code == 2
    assert len(cli.json("key", "list")["keys"]) == 1
    assert cli.json("key", "remove", "k", "--yes")["removed"] is True
    assert cli.json("key", "list")["keys"] == []


def test_orders_stay_when_their_key_goes(cli: Cli, sandbox: RunningSandbox) -> None:
    cli.json("key", "add", "k", stdin=sandbox.tokens["full"])
    cli.json("import", "--key", "k", "--no-statuses")
    cli.json("key", "remove", "k", "--yes")
    assert len(cli.json("orders", "--limit", "3")) == 3
    assert [run["key"] for run in cli.json("runs")["runs"]] == ["k"]


def test_without_wb_a_key_is_saved_unverified(offline: Cli, sandbox: RunningSandbox) -> None:
    added = KeyAdded.model_validate(offline.json("key", "add", "k", stdin=sandbox.tokens["full"]))
    assert added.saved
    assert added.model_extra is not None
    assert added.model_extra["unverified"] is True
    assert {"network_unreachable"} >= {d.code for d in added.diagnoses}


@pytest.mark.parametrize("lang", ["ru", "en"])
def test_a_token_that_is_no_keys_yet_is_called_by_no_name(
    offline: Cli, sandbox: RunningSandbox, lang: str
) -> None:
    for token in sandbox.tokens.values():
        told = offline.run("token", "inspect", "--json", stdin=token, WB_LANG=lang)
        for found in told.document["diagnoses"]:
            assert "«»" not in found["summary"]
            assert "“”" not in found["summary"]


@pytest.mark.parametrize("name", [row[0] for row in OUTCOMES])
def test_inspect_reads_every_token_offline(offline: Cli, sandbox: RunningSandbox, name: str) -> None:
    expired = name == "expired"
    document = offline.json("token", "inspect", stdin=sandbox.tokens[name], code=1 if expired else 0)
    token = Token.model_validate(document)
    assert token.read_only is (name == "read_only")
    assert token.test is (name == "test")
    assert token.days_left is not None
    assert (token.days_left < 0) is expired or (expired and token.days_left == 0)
    assert ("token_expired" in {d.code for d in token.diagnoses}) is expired
    assert not list(offline.data.glob("logs/*")), "it keeps nothing"


BAD_INPUT = {
    "empty": "",
    "spaces": "  \r\n\t ",
    "quotes": "\"''\"",
    "bearer": "Bearer ",
    "words": "token scope not allowed",
    "an OpenAI key": "sk-proj-" + "a1B2" * 30,
    "a megabyte": "x" * 1_000_000,
    "dots": "a.b.c",
    "not UTF-8": b"\xff\xfe\x00\x01",
}


@pytest.mark.parametrize("text", BAD_INPUT.values(), ids=BAD_INPUT.keys())
def test_what_is_no_token_is_told_kindly(offline: Cli, text: str | bytes) -> None:
    read = UnreadableToken.model_validate(offline.json("token", "inspect", stdin=text, code=1))
    assert [d.code for d in read.diagnoses] == ["token_malformed"]


@pytest.mark.parametrize("name", ["empty", "an OpenAI key", "a megabyte"])
def test_what_is_no_token_is_not_saved(offline: Cli, name: str) -> None:
    added = KeyAdded.model_validate(offline.json("key", "add", "k", stdin=BAD_INPUT[name], code=1))
    assert not added.saved
    assert [d.code for d in added.diagnoses] == ["token_malformed"]
    assert isinstance(added.token, UnreadableToken)


def test_half_a_token_is_not_saved(cli: Cli, sandbox: RunningSandbox) -> None:
    token = sandbox.tokens["full"]
    for half in (token[: len(token) // 2], token.rsplit(".", 1)[0], token + token):
        document = cli.json("key", "add", "k", stdin=half, code=1)
        assert [d["code"] for d in document["diagnoses"]] == ["token_malformed"]
    assert cli.json("key", "list")["keys"] == []


@pytest.mark.parametrize(
    "dress", ["Bearer {}", "Authorization: Bearer {}", '"{}"', "\n  {}\r\n", "\ufeff{}\u200b"]
)
def test_a_token_in_the_clothes_it_is_pasted_in(offline: Cli, sandbox: RunningSandbox, dress: str) -> None:
    bare = offline.json("token", "inspect", stdin=sandbox.tokens["full"])
    assert offline.json("token", "inspect", stdin=dress.format(sandbox.tokens["full"])) == bare


def test_a_renamed_key_is_called_by_its_name_of_today(cli: Cli, sandbox: RunningSandbox) -> None:
    cli.json("key", "add", "former", stdin=sandbox.tokens["full"])
    sandbox.control("switches", {"denied": ["orders.new"]})
    cli.json("import", "--key", "former", code=1)
    saving.rename_key("former", "present")
    (run,) = cli.json("runs", "--key", "present")["runs"]
    assert run["key"] == "present"
    told = [run, cli.json("key", "list"), cli.json("doctor", code=1)]
    assert "former" not in json.dumps(told)
    assert "former" not in cli.run("runs").text


def test_what_is_typed_next_after_a_spoilt_token_names_the_key_that_was_meant(offline: Cli) -> None:
    added = offline.run("key", "add", "мой магазин", stdin="eyJ-spoilt", WB_LANG="en")
    assert "Next: python -m wbcore key add 'мой магазин' --replace" in added.text
    read = offline.run("token", "inspect", stdin="eyJ-spoilt", WB_LANG="en").text
    assert "Next: python -m wbcore key add NAME " in read, "no key is meant that could get another one"
    assert "--replace" not in read


def test_that_there_are_earlier_imports_than_are_shown_is_said(cli: Cli, sandbox: RunningSandbox) -> None:
    cli.json("key", "add", "k", stdin=sandbox.tokens["full"])
    sandbox.control("switches", {"denied": ["orders.new"]})
    for _ in range(3):
        cli.json("import", "--key", "k", code=1)
    told = {limit: cli.run("runs", "--limit", limit).stderr for limit in ("2", "3")}
    assert b"The last 2 are shown" in told["2"]
    assert b"shown" not in told["3"]
    assert len(cli.json("runs", "--limit", "2")["runs"]) == 2
