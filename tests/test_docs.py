"""What the README says of commands, settings and sources is what the program has."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from wbcore.guidance import texts
from wbcore.imports.sources import SOURCES
from wbcore.settings import Settings

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def section(title: str) -> str:
    """The part of the README below a heading."""
    return README.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def rows(title: str) -> list[str]:
    """First cells of a section's table."""
    cells = re.findall(r"^\| (.+?) \|", section(title).replace(r"\|", "¦"), re.MULTILINE)
    return [cell for cell in cells if cell.startswith("`")]


def told_commands() -> set[str]:
    """``key add``, ``key list``, ...: each command of the README without its arguments."""
    named = re.findall(r"`([^`]+)`", " ".join(rows("Командная строка / Command line")))
    return {" ".join(re.match(r"[a-z ]+", name)[0].split()) for name in named}  # type: ignore[index]


def real_commands() -> set[str]:
    """The same from the program itself."""
    asked = "import click, typer.main\nfrom wbcore.cli.root import make\n"
    asked += "root = typer.main.get_command(make())\n"
    asked += "for name, one in root.commands.items():\n"
    asked += "    print('\\n'.join(f'{name} {sub}' for sub in getattr(one, 'commands', {})) or name)\n"
    found = subprocess.run(
        [sys.executable, "-c", asked], capture_output=True, text=True, check=True, cwd=ROOT
    )
    return set(found.stdout.split("\n")) - {""}


def test_the_readme_has_each_command_and_no_other() -> None:
    assert told_commands() == real_commands()


def test_the_readme_has_each_setting_and_no_other() -> None:
    told = {cell.strip("`") for cell in rows("Настройки / Settings")}
    assert told == {f"WB_{name.upper()}" for name in Settings.model_fields}


def test_the_readme_has_each_source_and_no_other() -> None:
    (options,) = re.findall(r"import --key NAME \[--source ([^]]+)\]", README)
    told = options.replace(r"\|", "|").split("|")
    assert sorted(told) == sorted(name for name, source in SOURCES.items() if source.offered)


def test_each_place_that_the_readme_names_is_there() -> None:
    for place in re.findall(r"^(wbcore/[\w/]+|tests/|app\.py|pages/)", README, re.MULTILINE):
        assert (ROOT / place).exists(), place


def test_each_file_that_the_guide_for_developers_names_is_there() -> None:
    guide = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`((?:\w+/)+[\w.-]+)`", guide))
    assert len(named) > 20
    missing = [name for name in named if not (ROOT / name).exists() and not (ROOT / "wbcore" / name).exists()]
    assert missing == []


def test_the_version_is_the_same_wherever_it_is_told() -> None:
    from wbcore import __version__

    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f'version = "{__version__}"' in project
    assert f"## {__version__}" in changes


def test_the_readme_tells_of_each_part_of_an_operators_day_by_its_name() -> None:
    told = " ".join(section("День оператора / An operator's day").split())
    names = [
        "page-overview-title",
        "page-orders-title",
        "page-picking-title",
        "page-pictures-title",
        "page-day-title",
        "page-import-all",
        "orders-views",
        "orders-profile-moysklad",
        "orders-profile-onec",
        "page-pictures-numbers",
    ]
    assert [texts.t("ru", name) for name in names if texts.t("ru", name) not in told] == []


def test_each_picture_that_the_readme_shows_is_there() -> None:
    shown = re.findall(r"\]\((docs/[^)]+)\)", README)
    assert shown
    assert [name for name in shown if not (ROOT / name).exists()] == []
