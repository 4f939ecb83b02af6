"""The house: a name stands in one room, and each room says what is in it."""

from __future__ import annotations

import ast
import re
import tomllib
from collections import Counter
from pathlib import Path

from alembic.config import Config
from alembic.script import ScriptDirectory

from wbcore.api.catalog import METHODS
from wbcore.store import migrations

WBCORE = Path(__file__).resolve().parents[1] / "wbcore"
ROOMS = [folder for folder in WBCORE.iterdir() if (folder / "__init__.py").exists()]


def test_no_name_stands_in_two_folders() -> None:
    names = Counter(
        [file.stem for room in ROOMS for file in room.glob("*.py") if file.stem != "__init__"]
        + [room.name for room in ROOMS]
    )
    assert len(names) > 50
    assert [name for name, count in names.items() if count > 1] == []


def test_each_room_says_what_is_in_it() -> None:
    assert len(ROOMS) > 8
    for room in ROOMS:
        assert ast.get_docstring(ast.parse((room / "__init__.py").read_text(encoding="utf-8"))), room.name


def test_the_line_of_the_rooms_is_told_as_the_linter_holds_it() -> None:
    project = tomllib.loads((WBCORE.parent / "pyproject.toml").read_text(encoding="utf-8"))
    (layers,) = (one["layers"] for one in project["tool"]["importlinter"]["contracts"] if "layers" in one)
    rooms = [name for layer in layers if (name := layer.removeprefix("wbcore.")) in {r.name for r in ROOMS}]
    assert sorted(rooms) == sorted(room.name for room in ROOMS)
    line = " → ".join(["pages, cli", *rooms[1:]])
    for guide in ("README.md", "CONTRIBUTING.md"):
        assert line in (WBCORE.parent / guide).read_text(encoding="utf-8"), guide


FILES = [*WBCORE.rglob("*.py"), *(WBCORE.parent / "pages").glob("*.py"), WBCORE.parent / "app.py"]


def names_in(file: Path) -> set[str]:
    """What somebody may mean who names something of a file: what is defined, asked or said there."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        match node:
            case ast.FunctionDef(name) | ast.AsyncFunctionDef(name) | ast.ClassDef(name) | ast.Name(name):
                found.add(name)
            case ast.Attribute(attr=name) | ast.arg(arg=name) | ast.alias(name=name):
                found.add(name)
    return found


NO_MODULES = {*(method.id for method in METHODS), "settings.cache_clear", "server.trustedUserHeaders"}
"""WB's methods by our names, what ``lru_cache`` gives to a function, a setting of Streamlit's."""


def test_what_a_comment_names_of_another_module_is_there() -> None:
    """``outbox.plan``, ``orders.writing``: a module that has moved, or a function that has another name."""
    files = {file.stem: file for file in FILES}
    names = {stem: names_in(file) for stem, file in files.items()}
    rooms = {room.name for room in ROOMS}
    looked_at, gone = 0, []
    for file in FILES:
        for reference in re.findall(r"``((?:\w+\.)+\w+)(?:\(.*?\))?``", file.read_text(encoding="utf-8")):
            if reference in NO_MODULES or reference.rpartition(".")[2] in ("py", "css", "ftl"):
                continue
            first, *rest = reference.split(".")
            room = first if first in rooms else ""
            module, *rest = rest if room else (first, *rest)
            if room or module in names:
                looked_at += 1
                is_there = module in names and (not room or files[module].parent.name == room)
                if not is_there or not set(rest) <= names[module]:
                    gone.append((file.name, reference))
    assert looked_at > 50
    assert gone == []


ELSEWHERE = re.compile(
    r"NamedTemporaryFile|mktemp\b|os\.fork\b|os\.(getuid|geteuid|fchmod|fchown|killpg|setsid|mkfifo|nice)\b"
    r"|preexec_fn|signal\.(SIGKILL|SIGHUP|SIGUSR[12]|SIGALRM|alarm|pause|sigwait)\b"
    r"|^\s*(import|from) (fcntl|resource|pwd|grp|termios)\b",
    re.MULTILINE,
)
"""What Windows lacks, or does otherwise: there a file that is open can't be opened again by its name."""


def test_what_windows_does_not_have_is_used_nowhere() -> None:
    assert len(FILES) > 150
    found = {file.name: ELSEWHERE.findall(file.read_text("utf-8")) for file in FILES}
    assert {name: some for name, some in found.items() if some} == {}


def test_migrations_are_one_line_and_each_has_a_number_of_its_own() -> None:
    settings = Config()
    settings.set_main_option("script_location", str(WBCORE / "store" / "migrations"))
    scripts = ScriptDirectory.from_config(settings)
    assert scripts.get_heads() == [migrations.HEAD]
    numbers = Counter(
        file.name[:4] for file in (WBCORE / "store" / "migrations" / "versions").glob("[0-9]*.py")
    )
    assert len(numbers) > 15
    assert [number for number, count in numbers.items() if count > 1] == []
