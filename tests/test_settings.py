"""Settings as people write them: in whatever letters their editor saves, and with slips that are told."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from wbcore.guidance import texts
from wbcore.people import gate
from wbcore.settings import Settings, misspelt, settings
from wbcore.store import db
from wbcore.store.problems import DatabaseUnavailable

WRITTEN = "# Настройки: № 1, язык\r\nWB_LANG=en\r\nWB_DATA_DIR={folder}\r\n"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where it is started."""
    place = tmp_path / "started"
    place.mkdir()
    monkeypatch.chdir(place)
    return place


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1251", "utf-16"])
def test_the_file_may_be_saved_by_any_editor(
    here: Path, tmp_path: Path, encoding: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("WB_DATA_DIR")
    folder = tmp_path / "Данные"
    (here / ".env").write_bytes(WRITTEN.format(folder=folder).encode(encoding))
    settings.cache_clear()
    assert (settings().lang, settings().folder) == ("en", folder)


def test_any_bytes_are_a_file(here: Path) -> None:
    (here / ".env").write_bytes(b"WB_LANG=en\n# \xcf\x98\xff\n")
    settings.cache_clear()
    assert settings().lang == "en"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("WB_DATA_DIR", "~nobody-is-called-so/desk"),
        ("WB_DATA_DIR", __file__),
        ("WB_DATA_DIR", f"{__file__}/desk"),
        ("WB_EXPORT_FOLDERS", "~nobody-is-called-so/desk"),
        ("WB_GATEWAY_URL", "http://"),
        ("WB_GATEWAY_URL", "http://:8899"),
        ("WB_GATEWAY_URL", "http://["),
        ("WB_GATEWAY_URL", "http://127.0.0.1:port"),
        ("WB_PUBLIC_URL", "https:///desk"),
        ("WB_ALLOWED_HOSTS", "desk.example.org, *"),
        ("WB_ALLOWED_HOSTS", "*.example.org"),
    ],
)
def test_a_slip_is_told_by_its_name(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    settings.cache_clear()
    with pytest.raises(ValidationError) as caught:
        settings()
    assert [f"WB_{error['loc'][0]}".upper() for error in caught.value.errors()] == [name]


def test_what_each_setting_takes_is_written_down() -> None:
    of_any_text = {"database_url", "secret_key", "oidc_issuer", "oidc_client_id", "oidc_client_secret"}
    for name in Settings.model_fields.keys() - of_any_text:
        assert all(texts.has(lang, f"setting-{name}") for lang in texts.LANGUAGES), name


@pytest.mark.parametrize("address", ["sqlite://", "sqlite:///", "sqlite:///:memory:"])
def test_a_database_that_keeps_nothing_is_none(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("WB_DATABASE_URL", address)
    settings.cache_clear()
    with pytest.raises(DatabaseUnavailable, match="WB_DATABASE_URL"):
        db.prepare()


@pytest.mark.parametrize(
    "written",
    ["desk.example.org", "Desk.Example.org.", "https://desk.example.org/", "desk.example.org:8443"],
)
def test_a_name_is_allowed_however_it_is_written(monkeypatch: pytest.MonkeyPatch, written: str) -> None:
    monkeypatch.setenv("WB_ALLOWED_HOSTS", f"intern.example.org,{written}")
    settings.cache_clear()
    assert gate.is_host_ours("desk.example.org:8443")
    assert not gate.is_host_ours("example.org")


@pytest.mark.parametrize("name", ["WB_ALLOWED_HOSTS", "WB_PUBLIC_URL"])
def test_a_name_in_russian_letters_is_the_one_that_browsers_send(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, "https://пульт.рф")
    settings.cache_clear()
    assert gate.is_host_ours("пульт.рф".encode("idna").decode())


@pytest.mark.parametrize(("written", "sent"), [("fd00::5", "[fd00::5]:8501"), ("[fd00::5]", "[fd00::5]")])
def test_an_address_may_be_a_name(monkeypatch: pytest.MonkeyPatch, written: str, sent: str) -> None:
    monkeypatch.setenv("WB_ALLOWED_HOSTS", written)
    settings.cache_clear()
    assert gate.is_host_ours(sent)


def test_a_setting_whose_name_is_misspelt_is_told(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The dashboard would be open to everybody, and nobody would know why."""
    monkeypatch.setenv("WB_SIGNIN", "1")
    monkeypatch.setenv("WB_TOKEN", "of a command")
    (here / ".env").write_text("WB_ALLOWED_HOST=desk.example.org\nWB_LANG=en\nOTHER=1\n")
    settings.cache_clear()
    assert misspelt() == {"WB_ALLOWED_HOST": "WB_ALLOWED_HOSTS", "WB_SIGNIN": "WB_SIGN_IN"}
