"""The terminal's checklists: two ways out, what was not needed, one outage, and what to type next."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.cli.conftest import Cli, RunningSandbox
from wbcore.sandbox.tokens import mint

SELLERS = ("0a1e0000-0000-4000-8000-000000000001", "0a1e0000-0000-4000-8000-000000000002")

WAYS = {
    "ru": (
        "Путь 1: другой ключ",
        "Путь 2: новый токен",
        "import --key 'Полный ключ'",
    ),
    "en": ("Way 1: another key", "Way 2: a new token", "import --key 'Полный ключ'"),
}


@pytest.mark.parametrize("lang", WAYS)
def test_two_ways_out_and_the_next_command(cli: Cli, sandbox: RunningSandbox, lang: str) -> None:
    cli.json("key", "add", "Полный ключ", stdin=sandbox.tokens["full"])
    cli.json("key", "add", "Статистика", stdin=sandbox.tokens["statistics_only"])
    failed = cli.run("import", "--key", "Статистика", WB_LANG=lang, COLUMNS="160")
    assert failed.code == 1
    told = " ".join(failed.text.replace("│", " ").split())
    for words in WAYS[lang]:
        assert words in told
    assert "«Статистика»" in told or "“Статистика”" in told or '"Статистика"' in told
    assert "[x]" not in told  # nothing was done yet


def test_the_next_command_imports_the_same(cli: Cli, sandbox: RunningSandbox) -> None:
    cli.json("key", "add", "Полный ключ", stdin=sandbox.tokens["full"])
    cli.json("key", "add", "Статистика", stdin=sandbox.tokens["statistics_only"])
    first, last = (datetime.now(UTC).date() - timedelta(days=n) for n in (9, 4))
    days = f"--source period --from {first} --to {last}"
    failed = cli.run("import", "--key", "Статистика", *days.split(), WB_LANG="ru", COLUMNS="160")
    told = " ".join(failed.text.replace("│", " ").split())
    assert f"Дальше: python -m wbcore import --key 'Полный ключ' {days}" in told


def test_the_way_not_taken_was_not_needed_and_the_key_is_still_told_as_unable(
    cli: Cli, sandbox: RunningSandbox
) -> None:
    cli.json("key", "add", "Полный", stdin=sandbox.tokens["full"])
    cli.json("key", "add", "Статистика", stdin=sandbox.tokens["statistics_only"])
    assert cli.run("import", "--key", "Статистика").code == 1
    assert cli.run("import", "--key", "Полный").code == 0
    doctor = " ".join(cli.run("doctor", WB_LANG="ru", COLUMNS="160").text.replace("│", " ").split())
    assert "Сам ключ «Статистика» загрузить их по-прежнему не может" in doctor
    assert "[x] Импортируйте заказы ключом «Полный»" in doctor
    assert "[-] Скопируйте новый токен" in doctor
    assert "(не понадобилось)" in doctor
    assert "Дальше: python -m wbcore key add 'Статистика' --replace" in doctor
    assert "откройте панель (python -m wbcore serve) и нажмите у этого чек-листа «Неактуально»" in doctor
    (key,) = [one for one in cli.json("doctor")["keys"] if one["name"] == "Статистика"]
    (found,) = key["diagnoses"]
    assert {s["id"]: s["done"] for s in found["steps"] if s["route"] == "other_key"} == {
        "use_other_key": True
    }
    assert not [s["id"] for s in found["steps"] if s["route"] == "new_token" and s["done"]]
    assert all(s["not_needed"] for s in found["steps"] if s["route"] == "new_token")


OUTAGE = {
    "ru": ("ключи «Второй» (ООО", "Кого это касается: 2", "«Первый»", "«Второй»", "Новые заказы", "Дальше: "),
    "en": ("keys “Второй” (ООО", "What it concerns: 2", "“Первый”", "“Второй”", "New orders", "Next: "),
}


@pytest.mark.parametrize("lang", OUTAGE)
def test_an_outage_is_told_once_with_its_keys_and_methods(
    cli: Cli, sandbox: RunningSandbox, lang: str
) -> None:
    closed = {"WB_GATEWAY_URL": "http://127.0.0.1:9", "WB_LANG": lang, "COLUMNS": "160"}
    cli.json("key", "add", "Первый", stdin=mint(sid=SELLERS[0]))
    cli.json("key", "add", "Второй", stdin=mint(sid=SELLERS[1]))
    cli.run("import", "--key", "Первый", **closed)
    told = cli.run("import", "--key", "Второй", **closed)
    assert told.code == 1
    _told_once(told.text, lang)
    document = cli.json("import", "--key", "Второй", code=1, **closed)
    (incident,) = document["incidents"]
    assert {one["key"] for one in incident["keys"]} == {"Первый", "Второй"}
    assert all(one["seller"] and "orders.new" in one["methods"] for one in incident["keys"])
    assert [d["incident"] for d in document["diagnoses"]] == [incident["id"]]
    _told_once(cli.run("doctor", **closed).text, lang)
    # It ends when WB answers again.
    assert cli.run("import", "--key", "Первый").code == 0
    assert cli.json("doctor")["incidents"] == []


def _told_once(text: str, lang: str) -> None:
    plain = " ".join(text.replace("│", " ").split())
    problem = "Нет связи с Wildberries" if lang == "ru" else "No connection"
    assert plain.count(f"✗ {problem}") == 1, plain
    for words in OUTAGE[lang]:
        assert words in plain, plain
    assert "python -m wbcore doctor" in plain
