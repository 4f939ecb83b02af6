"""Every word a person reads, from ``locales/<lang>.ftl``; and numbers, dates, money, durations.

Fluent (https://projectfluent.org) picks the plural form; its bidi isolation marks are off, because texts are
also copied into messages and shown in terminals.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from contextvars import ContextVar
from datetime import date, datetime, tzinfo
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from fluent.runtime import FluentBundle, FluentResource

log = logging.getLogger(__name__)

LANGUAGES: Final = ("ru", "en")
FALLBACK: Final = "en"
_LOCALES: Final = Path(__file__).parent / "locales"
_NBSP: Final = "\N{NO-BREAK SPACE}"

CURRENCIES: Final[Mapping[int, str]] = MappingProxyType(
    {
        643: "₽",
        933: "Br",
        398: "₸",
        417: "сом",
        51: "֏",
        860: "soʻm",
        156: "¥",
        949: "₺",
        840: "$",
        978: "€",
        944: "₼",
        981: "₾",
        972: "смн",
        496: "₮",
        784: "AED",
    }
)
"""ISO 4217 numeric codes of the currencies that WB names -> the sign that people read."""


class MissingText(KeyError):
    """A key that no language has; tests make sure that there is none."""


@lru_cache(maxsize=len(LANGUAGES))
def bundle(lang: str) -> FluentBundle:
    """The texts of one language. An unknown language is answered in English."""
    known = lang if lang in LANGUAGES else FALLBACK
    made = FluentBundle([known], use_isolating=False)
    made.add_resource(FluentResource((_LOCALES / f"{known}.ftl").read_text(encoding="utf-8")))
    return made


def has(lang: str, key: str) -> bool:
    """Whether there is a text of this key."""
    return bool(bundle(lang).has_message(key))


def t(lang: str, key: str, /, **params: Any) -> str:
    """A text in a language.

    Args:
        params: values of its placeholders: text or numbers; None reads as nothing.

    Raises:
        MissingText: no language has this key: a mistake of ours, found by the tests.
    """
    chosen = bundle(lang)
    if not chosen.has_message(key):
        chosen = bundle(FALLBACK)
        if not chosen.has_message(key):
            raise MissingText(key)
    pattern = chosen.get_message(key).value
    if pattern is None:
        raise MissingText(key)
    values = {name: _argument(value) for name, value in params.items()}
    text, problems = chosen.format_pattern(pattern, values)
    if problems:
        log.warning("text %s (%s): %s", key, lang, "; ".join(type(p).__name__ for p in problems))
    return str(text)


def _argument(value: Any) -> Any:
    if value is None:
        return ""
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) else str(value)


# --- Numbers, dates, money ----------------------------------------------------------------------------------


def format_number(lang: str, value: float) -> str:
    """``12 345`` in Russian, ``12,345`` in English."""
    text = f"{value:,}"
    return text.replace(",", _NBSP).replace(".", ",") if lang == "ru" else text


def format_money(lang: str, minor: int | None, currency: int | None) -> str:
    """An amount in 1/100 of a currency (ISO 4217 numeric); "" when there is none."""
    if minor is None:
        return ""
    whole, rest = divmod(abs(minor), 100)
    sign = "-" if minor < 0 else ""
    number = format_number(lang, whole) + ((("," if lang == "ru" else ".") + f"{rest:02}") if rest else "")
    unit = "" if currency is None else CURRENCIES.get(currency, str(currency))
    return f"{sign}{number}{_NBSP}{unit}".rstrip()


def format_date(lang: str, value: date) -> str:
    """``23.11.2026`` in Russian, ``23 Nov 2026`` in English."""
    return (
        value.strftime("%d.%m.%Y") if lang == "ru" else f"{value.day} {_MONTHS[value.month - 1]} {value.year}"
    )


READERS_ZONE: Final[ContextVar[tzinfo | None]] = ContextVar("READERS_ZONE", default=None)
"""The zone of whoever reads: the dashboard sets it from the browser; without it, this machine's."""


def format_datetime(lang: str, value: datetime, zone: tzinfo | None = None) -> str:
    """An instant in a zone (default: the reader's): ``23.11.2026 14:05``."""
    there = value.astimezone(zone or READERS_ZONE.get())
    return f"{format_date(lang, there)} {there:%H:%M}"


def format_duration(lang: str, seconds: float) -> str:
    """The two largest units of a time: ``2 ч 5 мин``; below a minute in seconds."""
    left = max(0, round(seconds))
    parts = []
    for unit, size in (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1)):
        count, left = divmod(left, size)
        if count:
            parts.append(t(lang, f"unit-{unit}", count=count))
    return " ".join(parts[:2]) or t(lang, "unit-second", count=0)


_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
