"""Settings from the environment or ``.env``: the table of the contract, and what follows from it."""

from __future__ import annotations

import json
import os
import re
import stat
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from contextlib import suppress
from difflib import get_close_matches
from functools import cached_property, lru_cache
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Annotated, Final, Literal
from urllib.parse import parse_qsl, quote, unquote, urlsplit
from zoneinfo import ZoneInfo

from platformdirs import user_data_path
from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, DotEnvSettingsSource, NoDecode, SettingsConfigDict

Language = Literal["ru", "en"]
ENV_FILE: Final = ".env"
"""Where it is started."""
DEFAULT_ZONE: Final = "Europe/Moscow"
"""Wildberries' sellers live by Moscow time."""
PRIVATE_UMASK: Final = 0o077
OTHERS: Final = 0o077
"""The permissions of everybody but the owner."""


class DataFolderExposed(OSError):
    """The data folder is one that others can read, and it is not ours to close. Nothing is written there."""


def keep_private() -> None:
    """From here on whatever this process writes is its user's alone. The first act of every program."""
    os.umask(PRIVATE_UMASK)


def encoding_of(file: Path) -> str:
    """In which letters a text was saved: Windows' editors and PowerShell do so in others than UTF-8, too."""
    try:
        start = file.read_bytes()
    except OSError:  # there is none
        return "utf-8"
    if start.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        return "utf-16"
    for encoding in ("utf-8", "cp1251"):
        with suppress(UnicodeDecodeError):
            start.decode(encoding)
            return encoding
    return "latin-1"  # any bytes are letters there: a setting is told as wrong, not the file


class Settings(BaseSettings):
    """What the operator can set; every field is read from ``WB_<NAME>``.

    Raises:
        pydantic.ValidationError: a value is not of its kind.
    """

    model_config = SettingsConfigDict(
        env_prefix="WB_",
        env_file=ENV_FILE,
        extra="ignore",
        frozen=True,
        env_ignore_empty=True,
        hide_input_in_errors=True,  # a wrong value may be a secret in the wrong place
    )

    data_dir: Path = Field(default_factory=lambda: user_data_path("wb-desk", appauthor=False))
    database_url: SecretStr | None = None
    secret_key: SecretStr | None = None
    gateway_url: str | None = None
    lang: Language = "ru"
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    worker: bool = True
    zone: str = DEFAULT_ZONE
    """Whose days are meant by a day."""
    buyers_days: int = Field(default=30, ge=0, le=36_500)
    """So many days after an order its buyer's data is erased."""
    alerts_private: bool = False
    """Alerts may go to addresses of the own network."""
    export_folders: Annotated[tuple[Path, ...], NoDecode] = ()
    """Folders, beside the data folder's ``exports``, that files of orders may be written to by themselves."""
    public: bool = False
    """Reached through a proxy: sign-in is needed although it listens on loopback."""
    sign_in: bool = False
    """Sign-in also on loopback."""
    allowed_hosts: Annotated[tuple[str, ...], NoDecode] = ()
    """Names, beside those of loopback, under which the dashboard may be opened."""
    proxies: Annotated[tuple[str, ...], NoDecode] = ()
    """Addresses or networks of the proxies in front: what these say of a browser's address is believed."""
    public_url: str | None = None
    """Where others open the dashboard; no slash at the end."""
    oidc_issuer: str | None = None
    """An OpenID provider that users may sign in by, exactly as it calls itself."""
    oidc_client_id: str | None = None
    oidc_client_secret: SecretStr | None = None

    @field_validator("data_dir")
    @classmethod
    def _folder_of_somebody(cls, value: Path) -> Path:
        try:
            folder = value.expanduser()
        except RuntimeError:
            raise ValueError("must be a folder; nobody here is called as it says after ~") from None
        with suppress(OSError):  # what can't be looked at is told when it is opened
            if any(there.exists() and not there.is_dir() for there in (folder, *folder.parents)):
                raise ValueError("must be a folder; there is a file in its place or on the way to it")
        return folder

    @field_validator("log_level", mode="before")
    @classmethod
    def _upper(cls, value: object) -> object:
        return value.upper() if isinstance(value, str) else value

    @field_validator("zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError):
            raise ValueError(
                "must be the name of a time zone, such as Europe/Moscow or Asia/Novosibirsk"
            ) from None
        return value

    @field_validator("gateway_url", "public_url")
    @classmethod
    def _base_address(cls, value: str | None) -> str | None:
        if value is None:
            return None
        if not value.startswith(("http://", "https://")):
            raise ValueError("must start with http:// or https://")
        try:
            named = bool(host_name(value)) and urlsplit(value).port != 0
        except ValueError:
            named = False
        if not named:
            raise ValueError("must name a host, as https://desk.example.org or http://127.0.0.1:8899 does")
        return value.rstrip("/")

    @field_validator("allowed_hosts", mode="before")
    @classmethod
    def _names(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        return tuple(host_name(name.strip()) for name in value.split(",") if name.strip())

    @field_validator("export_folders", mode="before")
    @classmethod
    def _folders(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        try:
            found = tuple(Path(one.strip()).expanduser() for one in value.split(",") if one.strip())
        except RuntimeError:  # nobody is called so
            found = (Path(),)
        if not all(one.is_absolute() for one in found):
            raise ValueError("must be full paths of folders, comma-separated, such as /srv/orders")
        return found

    @field_validator("proxies", mode="before")
    @classmethod
    def _networks(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        found = tuple(one.strip() for one in value.split(",") if one.strip())
        for one in found:
            try:
                ip_network(one)
            except ValueError:
                raise ValueError(
                    "must be addresses or networks, comma-separated, such as 127.0.0.1, 172.18.0.0/16"
                ) from None
        return found

    @cached_property
    def folder(self) -> Path:
        """The data folder, with mode 0700: made so, or mended.

        Raises:
            DataFolderExposed: others can read it, and it is not this program's own to close.
        """
        folder = self.data_dir
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        close_to_others(folder)
        return folder

    @cached_property
    def database(self) -> str:
        """SQLAlchemy address of the database with keys, orders and runs. May carry a password."""
        if self.database_url is not None:
            return well_formed(self.database_url.get_secret_value())
        return address_of(self.folder / "wb-desk.sqlite")

    @property
    def has_provider(self) -> bool:
        """Whether an OpenID provider says who somebody is."""
        return bool(self.oidc_issuer and self.oidc_client_id)

    @property
    def jobs_database(self) -> str:
        """Address of dbos' system database: its own SQLite file, or a schema of the same PostgreSQL."""
        if self.database.startswith("sqlite"):
            return address_of(self.folder / "jobs.sqlite")
        return self.database

    @cached_property
    def secrets(self) -> tuple[str, ...]:
        """What must stand in no message, however it is written there; the longest first."""
        found = set()
        if self.database_url is not None:
            given = self.database_url.get_secret_value()
            _, _, password, rest = _parts(given)
            if not any(one.startswith(given) for one in ADDRESSES_BEGIN):
                found.add(given)
            found |= {password, unquote(password), quote(unquote(password), safe="")}
            options = parse_qsl(rest.partition("?")[2])
            found |= {value for name, value in options if "password" in name}
        if self.oidc_client_secret is not None:
            found.add(self.oidc_client_secret.get_secret_value())
        if self.secret_key is not None:
            found |= {part.strip() for part in self.secret_key.get_secret_value().split(",")}
        found |= {json.dumps(one)[1:-1] for one in found}  # as a log writes it
        return tuple(sorted((one for one in found if len(one) >= SHORTEST_SECRET), key=len, reverse=True))

    @property
    def log_file(self) -> Path:
        return self.folder / "logs" / f"wb-desk.{os.getpid()}.jsonl"


def host_name(text: str) -> str:
    """A host's name as browsers send it, of what people write: with ``https://``, a port, in Russian letters.

    Raises:
        ValueError: there is none in it.
    """
    with suppress(ValueError):
        return str(ip_address(text.strip("[]")))
    try:
        parts = urlsplit(text if "://" in text else f"//{text}")
        name = (parts.hostname or "").rstrip(".").encode("idna").decode()
    except ValueError:  # UnicodeError is one
        name = ""
    if not _NAME.fullmatch(name):
        raise ValueError(
            "must be names of hosts, comma-separated, such as desk.example.org; * stands for none"
        )
    return name


_NAME: Final = re.compile(r"[a-z0-9._:-]+")
ADDRESSES_BEGIN: Final = ("sqlite:////", "postgresql+psycopg://")
"""How a database's address may begin: a piece of it is no secret, and stands in what tells of a wrong one."""
SHORTEST_SECRET: Final = 4
"""A shorter password can't be told from the words around it."""
_FRONT: Final = r"(?P<scheme>[\w+]+)://(?P<user>[^:@/]*)(?::(?P<password>{}))?@"
_ADDRESSES: Final = (
    # The password ends at the last ``@`` that a host and a database follow: its own signs, which an address
    # gives a meaning to, make none of its pieces the host, which an error would tell.
    re.compile(_FRONT.format(".*") + r"(?P<rest>[^@/?]*/[^@]*)", re.DOTALL),
    re.compile(_FRONT.format(".*?") + r"(?P<rest>[^@/?]*(?:/[^@?]*)?(?:\?.*)?)", re.DOTALL),
)


def _parts(address: str) -> tuple[str, str, str, str]:
    """Scheme, user, password and the rest of a database's address, as written."""
    for form in _ADDRESSES:
        if found := form.fullmatch(address):
            return found["scheme"], found["user"], found["password"] or "", found["rest"]
    return "", "", "", address


def address_of(file: Path) -> str:
    """SQLAlchemy's address of a SQLite file, whatever signs the names of its folders have."""
    return f"sqlite:///{str(file).replace('%', '%25').replace('?', '%3F')}"


def well_formed(address: str) -> str:
    """The same address with user and password encoded as an address asks for."""
    scheme, user, password, rest = _parts(address)
    if not user and not password:
        return address
    secret = f":{quote(unquote(password), safe='')}" if password else ""
    return f"{scheme}://{quote(unquote(user), safe='')}{secret}@{rest}"


def close_to_others(path: Path) -> None:
    """Takes from a folder or a file the permissions of others, where the system knows such.

    Raises:
        DataFolderExposed: it belongs to somebody else, or is a place that others need.
    """
    if os.name != "posix":
        return
    found = path.stat()
    if not found.st_mode & OTHERS:
        return
    shared = stat.S_ISDIR(found.st_mode) and (
        found.st_mode & stat.S_ISVTX or path.resolve() in _places_of_others()
    )
    try:
        if shared:
            raise PermissionError
        path.chmod(stat.S_IMODE(found.st_mode) & ~OTHERS)
    except OSError:
        raise DataFolderExposed(
            None, "others can read it: choose a folder of its own in WB_DATA_DIR, or run chmod 700", str(path)
        ) from None


def _places_of_others() -> set[Path]:
    return {Path("/"), Path.home().resolve()}


def misspelt() -> dict[str, str]:
    """Names in the environment and in ``.env`` that do nothing -> the setting that was likely meant."""
    in_file = DotEnvSettingsSource(Settings, ENV_FILE, encoding_of(Path(ENV_FILE))).env_vars
    given = {name.upper() for name in (*os.environ, *in_file)}
    known = {f"WB_{name.upper()}" for name in Settings.model_fields}
    others = sorted(name for name in given - known if name.startswith("WB_"))
    close = {name: get_close_matches(name, known, 1, LIKE) for name in others}
    return {name: meant[0] for name, meant in close.items() if meant}


LIKE: Final = 0.75
"""How much of two names has to be the same."""


class _Language(BaseSettings):
    """``WB_LANG`` alone, for telling that another setting is wrong."""

    model_config = Settings.model_config
    lang: Language = "ru"


def language() -> Language:
    """In which language people are told what is wrong with the settings: ``WB_LANG``, if that is right."""
    try:
        return _Language(_env_file_encoding=encoding_of(Path(ENV_FILE))).lang  # type: ignore[call-arg]
    except ValidationError:
        return "ru"


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The settings of this process, read once. Tests call ``settings.cache_clear()``."""
    return Settings(_env_file_encoding=encoding_of(Path(ENV_FILE)))  # type: ignore[call-arg]
