"""What tests fork begins with nothing of the process it comes from."""

from __future__ import annotations

import os
from pathlib import Path

from streamlit.testing.v1 import AppTest

from tests import forked
from tests.store import together


def test_a_page_that_was_tested_is_not_run_by_what_is_forked_afterwards(tmp_path: Path, sqlite: str) -> None:
    runs = tmp_path / "runs"
    script = tmp_path / "script.py"
    script.write_text(f"with open({str(runs)!r}, 'a') as file:\n    file.write('run ')\n")
    assert not AppTest.from_file(str(script), default_timeout=60).run().exception
    ended = forked.run(["--help"], os.environ, b"", tmp_path, 120)
    assert ended is not None
    assert ended.code == 0
    assert together.at_once(together.contend, ["one"]) == [100]
    assert runs.read_text() == "run "
