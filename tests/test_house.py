"""The house: a name stands in one room, and each room says what is in it."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

from alembic.config import Config
from alembic.script import ScriptDirectory

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


def test_each_room_says_what_is_in_it_and_what_it_may_import() -> None:
    assert len(ROOMS) > 8
    for room in ROOMS:
        words = (room / "__init__.py").read_text(encoding="utf-8").split(chr(34) * 3)[1]
        assert "import" in words, room.name


ELSEWHERE = re.compile(
    r"NamedTemporaryFile|mktemp\b|os\.fork\b|os\.(getuid|geteuid|fchmod|fchown|killpg|setsid|mkfifo|nice)\b"
    r"|preexec_fn|signal\.(SIGKILL|SIGHUP|SIGUSR[12]|SIGALRM|alarm|pause|sigwait)\b"
    r"|^\s*(import|from) (fcntl|resource|pwd|grp|termios)\b",
    re.MULTILINE,
)
"""What Windows lacks, or does otherwise: there a file that is open can't be opened again by its name."""


def test_what_windows_does_not_have_is_used_nowhere() -> None:
    files = [*WBCORE.rglob("*.py"), *(WBCORE.parent / "pages").glob("*.py"), WBCORE.parent / "app.py"]
    assert len(files) > 150
    found = {file.name: ELSEWHERE.findall(file.read_text("utf-8")) for file in files}
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
