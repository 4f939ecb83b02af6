"""Settings from the environment or ``.env``: the table of the contract, and what follows from it."""

from __future__ import annotations

import os
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Literal

from platformdirs import user_data_path
from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """What the operator can set; every field is read from ``WB_<NAME>``.

    Raises:
        pydantic.ValidationError: a value is not of its kind.
    """

    model_config = SettingsConfigDict(
        env_prefix="WB_",
        env_file=".env",
        extra="ignore",
        frozen=True,
        env_ignore_empty=True,
        hide_input_in_errors=True,  # a wrong value may be a secret in the wrong place
    )

    data_dir: Path = Field(default_factory=lambda: user_data_path("wb-desk", appauthor=False))
    database_url: SecretStr | None = None
    secret_key: SecretStr | None = None
    gateway_url: str | None = None
    lang: Literal["ru", "en"] = "ru"
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    worker: bool = True

    @field_validator("log_level", mode="before")
    @classmethod
    def _upper(cls, value: object) -> object:
        return value.upper() if isinstance(value, str) else value

    @field_validator("gateway_url")
    @classmethod
    def _base_address(cls, value: str | None) -> str | None:
        if value is None:
            return None
        if not value.startswith(("http://", "https://")):
            raise ValueError("WB_GATEWAY_URL must start with http:// or https://")
        return value.rstrip("/")

    @cached_property
    def folder(self) -> Path:
        """The data folder, created with mode 0700."""
        folder = self.data_dir.expanduser()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return folder

    @property
    def database(self) -> str:
        """SQLAlchemy address of the database with keys, orders and runs. May carry a password."""
        if self.database_url is not None:
            return self.database_url.get_secret_value()
        return f"sqlite:///{self.folder / 'wb-desk.sqlite'}"

    @property
    def jobs_database(self) -> str:
        """Address of dbos' system database: its own SQLite file, or a schema of the same PostgreSQL."""
        if self.database.startswith("sqlite"):
            return f"sqlite:///{self.folder / 'jobs.sqlite'}"
        return self.database

    @property
    def log_file(self) -> Path:
        return self.folder / "logs" / f"wb-desk.{os.getpid()}.jsonl"


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The settings of this process, read once. Tests call ``settings.cache_clear()``."""
    return Settings()
