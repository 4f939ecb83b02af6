"""How the commands are called: names, wrong usage, start-up."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.cli.conftest import ROOT, Cli, clean_environment

COMMANDS = {
    "token inspect": ["--json"],
    "key add": ["NAME", "--replace", "--json"],
    "key list": ["--json"],
    "key remove": ["NAME", "--yes", "--json"],
    "doctor": ["--key", "--json"],
    "import": [
        "--key",
        "--source",
        "--from",
        "--to",
        "--statuses",
        "--no-statuses",
        "--clients",
        "--no-clients",
    ],
    "orders": ["--key", "--source", "--from", "--to", "--status", "--limit", "--format", "--out"],
    "runs": ["--key", "--json"],
    "sandbox": ["--port", "--orders"],
    "worker": [],
}


@pytest.mark.parametrize("command", COMMANDS)
def test_help_names_every_option_of_the_contract(offline: Cli, command: str) -> None:
    result = offline.run(*command.split(), "--help", COLUMNS="200", NO_COLOR="1")
    assert result.code == 0
    for option in COMMANDS[command]:
        assert option in result.text, result.text


def test_help_lists_every_command_in_the_operators_language(offline: Cli) -> None:
    russian = offline.run("--help", COLUMNS="200", WB_LANG="ru").text
    english = offline.run("--help", COLUMNS="200", WB_LANG="en").text
    for command in COMMANDS:
        assert command.split()[0] in russian
        assert command.split()[0] in english
    assert "История импортов" in russian
    assert "import history" in english


WRONG = [
    [],
    ["nonsense"],
    ["token", "inspect", "--nonsense"],
    ["key", "add"],
    ["key", "add", "  "],
    ["key", "add", "x" * 500],
    ["doctor", "--key", "missing"],
    ["import"],
    ["import", "--key", "missing"],
    ["import", "--key", "k", "--source", "nonsense"],
    ["import", "--key", "k", "--source", "period", "--from", "22.10.2026"],
    ["import", "--key", "k", "--source", "period", "--from", "2026-02-30"],
    ["import", "--key", "k", "--source", "period", "--from", "20261023"],
    ["import", "--key", "k", "--source", "period", "--from", "2026-10-23", "--to", "2026-10-22"],
    ["import", "--key", "k", "--source", "period", "--from", "2999-01-01"],
    ["import", "--key", "k", "--source", "archive", "--from", "0204-01-01"],
    ["sales", "--to", "0001-01-01"],
    ["sales", "--from", "2999-01-01"],
    ["sales", "--from", "2025-01-01", "--to", "2026-01-02"],
    ["import", "--key", "k", "--source", "new", "--from", "2026-10-23"],
    ["orders", "--key", "missing"],
    ["orders", "--limit", "-1"],
    ["orders", "--format", "pdf"],
    ["orders", "--from", "yesterday"],
    ["sandbox", "--port", "99999"],
]


@pytest.mark.parametrize("arguments", WRONG, ids=" ".join)
def test_wrong_usage_is_told_with_exit_code_2(offline: Cli, arguments: list[str]) -> None:
    result = offline.run(*arguments, "--json")
    assert result.code == 2, result
    document = result.document
    assert document["diagnoses"] == []
    assert document["error"]["code"] == "wrong_usage"
    assert result.stderr.strip()


def test_json_before_and_after_the_command(offline: Cli) -> None:
    documents = [
        offline.run(*arguments).document
        for arguments in (["--json", "key", "list"], ["key", "--json", "list"], ["key", "list", "--json"])
    ]
    assert documents == [{"keys": []}] * 3


def test_a_token_is_never_an_argument(offline: Cli) -> None:
    assert offline.run("token", "inspect", "eyJhbGciOiJFUzI1NiJ9.e30.AAAA").code == 2
    assert offline.run("key", "add", "k", "eyJhbGciOiJFUzI1NiJ9.e30.AAAA").code == 2


HEAVY = ("pandas", "pyarrow", "dbos", "sqlmodel", "sqlalchemy", "streamlit", "uvicorn")


@pytest.mark.parametrize("arguments", [["--help"], ["token", "inspect"], ["import", "--help"]], ids=" ".join)
def test_quick_commands_import_nothing_heavy(arguments: list[str]) -> None:
    script = (
        "import json, sys; from wbcore.cli import main; main(sys.argv[1:]); "
        f"sys.stderr.write(json.dumps([m for m in {HEAVY!r} if m in sys.modules]))"
    )
    process = subprocess.run(
        [sys.executable, "-c", script, *arguments],
        input=b"",
        capture_output=True,
        cwd=ROOT,
        env=clean_environment(),
        check=False,
    )
    assert json.loads(process.stderr.splitlines()[-1]) == []


def test_the_database_commands_start_without_streamlit(offline: Cli) -> None:
    script = (
        "import sys; from wbcore.cli import main; main(['key', 'list']); main(['runs']); "
        "sys.exit('streamlit' in sys.modules)"
    )
    process = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, cwd=ROOT, env=offline.environment(), check=False
    )
    assert process.returncode == 0


MISTAKES = {
    ("import",): "Не указано: --key",
    ("key", "add"): "Не указано: NAME",
    ("key", "add", "my", "shop"): "Лишнее в команде: shop",
    ("key", "--json"): "Не хватает команды",
    ("nonsense",): "Команды «nonsense» нет",
    ("key", "nonsense"): "Команды «nonsense» нет",
    ("orders", "--nonsense"): "Параметра --nonsense у этой команды нет",
    ("orders", "--limit"): "После --limit нужно значение",
    ("orders", "--json=yes"): "--json пишется без значения",
    ("orders", "--limit", "many"): "--limit: нужно целое число",
    ("orders", "--limit", "-1"): "--limit: нужно число не меньше 0",
    ("sandbox", "--port", "99999"): "--port: нужно число не больше 65535",
    ("orders", "--format", "pdf"): "--format: «pdf» не подходит. Можно: json, csv, xlsx, parquet",
}


@pytest.mark.parametrize("arguments", MISTAKES)
def test_a_mistake_is_told_in_the_operators_language(offline: Cli, arguments: tuple[str, ...]) -> None:
    told = offline.run(*arguments, WB_LANG="ru")
    assert told.code == 2
    assert MISTAKES[arguments] in told.stderr.decode()
