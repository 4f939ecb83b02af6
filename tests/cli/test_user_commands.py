"""``user add``, ``user list``, ``user remove``, ``user password`` as whoever runs the machine has them."""

from __future__ import annotations

from tests.cli.conftest import Cli, RunningSandbox

PASSWORD = "correct horse battery"


def test_users_come_are_listed_and_go(cli: Cli, sandbox: RunningSandbox) -> None:
    for token in ("full", "test"):  # the same seller in production and in WB's test environment
        cli.json("key", "add", token, stdin=sandbox.tokens[token])
    sid = cli.json("key", "list")["keys"][0]["seller"]["sid"]
    cli.json("user", "add", "anna", "--role", "owner", stdin=PASSWORD)
    cli.json("user", "add", "boris", "--role", "operator", "--seller", sid, stdin=f"{PASSWORD}\n")
    listed = cli.json("user", "list")["users"]
    assert [(user["name"], user["role"], user["sellers"]) for user in listed] == [
        ("anna", "owner", None),
        ("boris", "operator", [sid]),
    ]
    assert cli.json("user", "password", "boris", stdin="another long one") == {
        "changed": True,
        "name": "boris",
    }
    refused = cli.json("user", "remove", "boris", code=2)
    assert refused["error"]["message"] == 'To remove the user "boris", add --yes.'
    assert cli.json("user", "remove", "boris", "--yes") == {"removed": True, "name": "boris"}
    assert [user["name"] for user in cli.json("user", "list")["users"]] == ["anna"]


def test_a_user_is_called_as_they_are_stored(cli: Cli) -> None:
    added = cli.json("user", "add", "  anna   maria ", "--role", "viewer", stdin=PASSWORD)
    assert added["name"] == cli.json("user", "list")["users"][0]["name"] == "anna maria"


def test_what_can_not_be_is_wrong_usage(cli: Cli) -> None:
    cli.json("user", "add", "anna", "--role", "owner", stdin=PASSWORD)
    for words, password in (
        (("add", "anna", "--role", "viewer"), PASSWORD),
        (("add", "boris", "--role", "king"), PASSWORD),
        (("add", "boris"), PASSWORD),
        (("add", "boris", "--role", "viewer"), "short"),
        (("add", "boris", "--role", "viewer", "--seller", "nobody"), PASSWORD),
        (("password", "nobody"), PASSWORD),
        (("password", "anna"), ""),
        (("remove", "anna", "--yes"), ""),  # the only owner
        (("remove", "nobody", "--yes"), ""),
    ):
        refused = cli.json("user", *words, stdin=password, code=2)
        assert refused["error"]["message"], words
    assert [user["name"] for user in cli.json("user", "list")["users"]] == ["anna"]


def test_who_signs_in_by_a_provider_needs_one_that_is_set_up(cli: Cli) -> None:
    """With half of its settings nobody could sign in by it."""
    words = ("user", "add", "anna", "--role", "owner", "--oidc-subject", "sub-of-anna")
    half = {"WB_OIDC_ISSUER": "https://id.example.org"}
    refused = cli.json(*words, code=2, **half)
    assert "WB_OIDC_CLIENT_ID" in refused["error"]["message"]
    whole = {**half, "WB_OIDC_CLIENT_ID": "desk"}
    assert cli.json(*words, **whole)["added"]


def test_who_was_made_anew_at_the_provider_gets_their_new_subject(cli: Cli) -> None:
    """They had to be removed here and added again, with their views and rights."""
    provider = {"WB_OIDC_ISSUER": "https://id.example.org", "WB_OIDC_CLIENT_ID": "desk"}
    for name in ("anna", "boris"):
        words = ("user", "add", name, "--role", "owner", "--oidc-subject", f"sub-of-{name}")
        cli.json(*words, **provider)
    for subject, code in (("sub-of-boris", 2), ("", 2), ("another", 0), ("another", 0)):
        words = ("user", "identity", "anna", "--oidc-subject", subject)
        said = cli.json(*words, code=code, **provider)
        assert (said.get("changed", False), "error" in said) == (code == 0, code == 2)
    said = cli.json("audit", "export")["entries"]
    assert [entry["subject"] for entry in said if entry["action"] == "identity_changed"] == ["anna"] * 2
