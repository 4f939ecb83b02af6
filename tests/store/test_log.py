"""Logs: JSON lines on stderr and in the data folder, and never a token in them."""

from __future__ import annotations

import json
import logging
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jwt
import pytest

from wbcore import log
from wbcore.settings import settings


@pytest.fixture(autouse=True)
def root_logger() -> Iterator[None]:
    root = logging.getLogger()
    before = (list(root.handlers), root.level)
    yield
    for handler in [handler for handler in root.handlers if handler not in before[0]]:
        root.removeHandler(handler)
        handler.close()
    root.setLevel(before[1])


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def token() -> str:
    return jwt.encode({"s": 16, "sid": "x" * 36}, "k" * 32, algorithm="HS256")


def test_a_line_is_one_json_object_in_both_places(data_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log.setup()
    logging.getLogger("wbcore.imports").info("import %s", "done", extra={"fetched": 5, "key": "магазин"})
    (line,) = lines(capsys)
    assert line.keys() == {"ts", "level", "logger", "event", "fetched", "key"}
    assert (line["level"], line["logger"], line["event"]) == ("INFO", "wbcore.imports", "import done")
    assert line["key"] == "магазин"
    assert line["ts"].endswith("+00:00")
    assert json.loads(settings().log_file.read_text()) == line


def test_a_setting_that_does_nothing_is_in_the_log(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("WB_SIGNIN", "1")
    log.setup()
    (line,) = lines(capsys)
    assert line["event"] == "WB_SIGNIN is no setting and does nothing: is WB_SIGN_IN meant?"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device that is always full is Linux'")
def test_a_full_disk_is_told_in_one_line_and_gives_no_token_away(
    data_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings().log_file.parent.mkdir()
    settings().log_file.symlink_to("/dev/full")
    log.setup()
    secret = token()
    logging.getLogger("x").warning("refused: %s", secret)
    said = capsys.readouterr().err
    assert secret not in said
    (line,) = said.splitlines()
    assert json.loads(line)["event"] == "refused: [redacted]"


def test_setting_up_twice_logs_once(data_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log.setup()
    log.setup("WARNING")
    logging.getLogger("x").warning("once")
    logging.getLogger("x").info("not at this level")
    assert [line["event"] for line in lines(capsys)] == ["once"]


def test_no_token_gets_through(data_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log.setup("DEBUG")
    secret = token()
    head, body, signature = secret.split(".")
    logger = logging.getLogger("x")
    logger.info(secret)
    logger.info("Authorization: Bearer %s and bearer abc.def-1", secret)
    logger.info("cut %s", secret[: len(secret) // 2], extra={"headers": {"Authorization": secret}})
    logger.info("address postgresql://me:pa55word@host/x")
    logger.error("failed", exc_info=ValueError(f"bad token {secret}"))
    text = capsys.readouterr().err + settings().log_file.read_text()
    for piece in (head, body, signature, "abc.def-1", "pa55word"):
        assert piece not in text
    assert all(json.loads(line) for line in text.splitlines())
    assert '"exception"' in text


def test_what_is_no_secret_stays_readable() -> None:
    line = '{"event": "run 0b6c1e58-6f0e-4c4e-9d5b-2f1f3b9f8a77 wrote 1000 rows in https://host:8501/x"}'
    assert log.redact(line) == line


def test_wrong_arguments_do_not_lose_a_line() -> None:
    record = logging.LogRecord("x", logging.INFO, "x.py", 1, "%d rows", ("many",), None)
    assert json.loads(log.JsonLines().format(record))["event"] == "%d rows"


def test_a_folder_that_cannot_be_written_stops_nothing(
    data_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (settings().folder / "logs").write_text("in the way")
    log.setup()
    logging.getLogger("x").warning("still here")
    assert lines(capsys)[0]["event"] == "still here"


def test_files_of_others_go_when_they_are_old_and_no_line_is_lost_by_that(data_dir: Path) -> None:
    log.setup()
    logging.getLogger("x").warning("long ago")
    fresh, old = (settings().log_file.with_name(f"wb-desk.{n}.jsonl.3") for n in (1, 2))
    fresh.write_text("{}")
    old.write_text("{}")
    for file in (old, settings().log_file):
        os.utime(file, (0, time.time() - 31 * 86_400))
    log.forget_old()
    assert [fresh.exists(), old.exists(), settings().log_file.exists()] == [True, False, False]
    logging.getLogger("x").warning("and now")
    assert "and now" in settings().log_file.read_text()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("WB_OIDC_CLIENT_SECRET", "s3cret of ours"),
        ("WB_DATABASE_URL", "postgresql+psycopg://me@host/desk?sslmode=require&password=s3cret+of+ours"),
        ("WB_DATABASE_URL", "postgresql+psycopg:///desk?sslpassword=s3cret%20of%20ours"),
    ],
)
def test_secrets_of_the_settings_are_in_no_line(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    settings.cache_clear()
    assert log.redact("refused: s3cret of ours") == f"refused: {log.REDACTED}"
