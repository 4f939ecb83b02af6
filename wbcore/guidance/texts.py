"""Every word a person reads, from ``locales/<lang>/*.ftl``; and numbers, dates, money, durations.

Fluent (https://projectfluent.org) picks the plural form; its bidi isolation marks are off, because texts are
also copied into messages and shown in terminals.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Mapping
from contextvars import ContextVar
from datetime import date, datetime, tzinfo
from decimal import Decimal
from functools import cached_property, lru_cache
from pathlib import Path
from threading import Lock
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from babel import dates, numbers
from fluent.runtime import FluentBundle, FluentResource

if TYPE_CHECKING:
    from pydantic import ValidationError

log = logging.getLogger(__name__)

LANGUAGES: Final = ("ru", "en")
LANGUAGE_COOKIE: Final = "wb-desk-lang"
FALLBACK: Final = "en"
_LOCALES: Final = Path(__file__).parent / "locales"
_NBSP: Final = "\N{NO-BREAK SPACE}"

ROUBLE: Final = 643
CURRENCIES: Final[Mapping[int, str]] = MappingProxyType(
    {
        ROUBLE: "RUB",
        933: "BYN",
        398: "KZT",
        417: "KGS",
        51: "AMD",
        860: "UZS",
        156: "CNY",
        949: "TRY",
        840: "USD",
        978: "EUR",
        944: "AZN",
        981: "GEL",
        972: "TJS",
        496: "MNT",
        784: "AED",
    }
)
"""ISO 4217: the numbers of the currencies that WB names -> their letters, by which Babel knows them."""
Currency = int | str | None
"""Its number, as WB's orders have it, or its letters, as the order feed has them; None, 0 and "" are none."""


class MissingText(KeyError):
    """A key that no language has; tests make sure that there is none."""


class _Texts:
    """The texts of one language: read at once, understood one by one, as they are wanted.

    To understand all of them takes longer than what most commands do; they say twenty of two thousand.
    """

    def __init__(self, lang: str) -> None:
        self._lang = lang
        self._written: dict[str, str] = {}
        self._understood: set[str] = set()
        self._lock = Lock()
        for file in sorted((_LOCALES / lang).glob("*.ftl")):
            text = file.read_text(encoding="utf-8")
            begins = list(_ENTRY.finditer(text))
            ends = [*(one.start() for one in begins[1:]), len(text)]
            for begin, end in zip(begins, ends, strict=True):
                self._written.setdefault(begin[1], text[begin.start() : end])

    @cached_property
    def bundle(self) -> FluentBundle:
        """Made when a text wants it: the words of its language's numbers and days come along."""
        return FluentBundle([self._lang], use_isolating=False)

    def has(self, key: str) -> bool:
        return key in self._written

    def plain(self, key: str, values: Mapping[str, Any]) -> str | None:
        """What is said under a key in one line that takes in nothing but words; None: there is more to it.

        Most texts are such lines, and to read one takes a tenth of what it takes to understand it.
        """
        first, _, more = self._written.get(key, "").partition("\n")
        if any(line.strip() and not line.startswith("#") for line in more.splitlines()):
            return None
        said = first.partition("=")[2].strip(" ")
        if "{" in _VALUE.sub("", said):
            return None
        if not all(isinstance(values.get(name), str) for name in _VALUE.findall(said)):
            return None
        return _VALUE.sub(lambda named: values[named[1]], said) or None

    def pattern(self, key: str) -> Any:
        """What is said under a key, for the bundle; None: nothing is."""
        if key not in self._written:
            return None
        if key not in self._understood:
            with self._lock:
                self._understand(key)
        return self.bundle.get_message(key).value

    def _understand(self, key: str) -> None:
        """This one, after all that it names."""
        if key in self._understood:
            return
        written = self._written[key]
        for named in _NAMED.findall(written):
            if named in self._written and named != key:
                self._understand(named)
        self.bundle.add_resource(FluentResource(written))
        self._understood.add(key)


_ENTRY: Final = re.compile(r"^(-?[a-zA-Z][\w-]*)[ \t]*=", re.MULTILINE)
"""How a text begins in its file; what is more of it stands further right."""
_NAMED: Final = re.compile(r"\{\s*(-?[a-zA-Z][\w-]*)")
"""What a text may take in: another one, or a term."""
_VALUE: Final = re.compile(r"\{\s*\$([a-zA-Z][\w-]*)\s*\}")
"""What a text may take in: a value as it is."""


@lru_cache(maxsize=len(LANGUAGES))
def _texts(lang: str) -> _Texts:
    """An unknown language is answered in English."""
    return _Texts(lang) if lang in LANGUAGES else _texts(FALLBACK)


def slips(lang: str, error: ValidationError) -> str:
    """The settings that are wrong, by their variables' names, and what each takes; never a value: it may be a
    secret in the wrong place.
    """
    names = dict.fromkeys(str(row["loc"][0]) for row in error.errors(include_input=False))
    return "; ".join(f"WB_{name.upper()}: {t(lang, f'setting-{name}')}" for name in names)


def has(lang: str, key: str) -> bool:
    """Whether there is a text of this key."""
    return _texts(lang).has(key)


def known(lang: str, key: str, code: str, **words: Any) -> str:
    """A code in words, by their key; one for which there are none, as WB adds some, stays as it is."""
    return t(lang, key, **words) if has(lang, key) else code


def keys(feature: str) -> list[str]:
    """The keys of a feature's texts, in their order.

    Args:
        feature: ``widgets`` for ``widgets.ftl``.
    """
    written = (_LOCALES / FALLBACK / f"{feature}.ftl").read_text(encoding="utf-8")
    return [begin[1] for begin in _ENTRY.finditer(written) if not begin[1].startswith("-")]


def t(lang: str, key: str, /, **params: Any) -> str:
    """A text in a language.

    Args:
        params: values of its placeholders: text or numbers; None reads as nothing.

    Raises:
        MissingText: no language has this key: a mistake of ours, found by the tests.
    """
    return _told(lang, key, *(part for name, value in params.items() for part in (name, _argument(value))))


@lru_cache(maxsize=8192, typed=True)
def _told(lang: str, key: str, *flat: Any) -> str:
    """As ``t``. Pages say the same again and again: what was said is kept.

    Args:
        flat: names and values in turn; 1 and 1.0 are told apart.
    """
    chosen = _texts(lang) if has(lang, key) else _texts(FALLBACK)
    values = dict(zip(flat[::2], flat[1::2], strict=True))
    plain = chosen.plain(key, values)
    if plain is not None:
        return plain
    pattern = chosen.pattern(key)
    if pattern is None:
        raise MissingText(key)
    text, problems = chosen.bundle.format_pattern(pattern, values)
    if problems:
        log.warning("text %s (%s): %s", key, lang, "; ".join(type(p).__name__ for p in problems))
    return str(text)


def _argument(value: Any) -> Any:
    if value is None:
        return ""
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) else str(value)


# --- Numbers, dates, money ----------------------------------------------------------------------------------

_DATES: Final = {"ru": "dd.MM.yyyy", "en": "d MMM yyyy"}


def separators(lang: str) -> tuple[str, str]:
    """What stands between thousands, and before decimals."""
    return str(numbers.get_group_symbol(lang)), str(numbers.get_decimal_symbol(lang))


@lru_cache(maxsize=4096, typed=True)
def format_number(lang: str, value: float) -> str:
    """``12 345`` in Russian, ``12,345`` in English."""
    return str(numbers.format_decimal(value, locale=lang))


@lru_cache(maxsize=4096)
def format_money(lang: str, minor: int | None, currency: Currency) -> str:
    """An amount in 1/100 of a currency; "" when there is none. Cents are told if any.

    A currency that is not known is told by its number, or as WB names it.
    """
    if minor is None:
        return ""
    number = numbers.format_decimal(Decimal(minor) / 100, "#,##0.00" if minor % 100 else "#,##0", locale=lang)
    return f"{number}{_NBSP}{currency_sign(lang, currency)}".rstrip()


def format_amounts(lang: str, amounts: Mapping[Any, int], between: str = " · ") -> str:
    """Amounts by currency, each currency apart, the largest first; "" where all are nothing."""
    known = sorted(((one, name) for name, one in amounts.items() if one), key=lambda one: -one[0])
    return between.join(format_money(lang, amount, currency) for amount, currency in known)


@lru_cache(maxsize=64)
def currency_sign(lang: str, currency: Currency) -> str:
    """The sign that a reader of this language knows, else the letters."""
    if not currency:
        return ""
    letters = currency if isinstance(currency, str) else CURRENCIES.get(currency, str(currency))
    if letters not in CURRENCIES.values():  # WB's own word: no markup, no page of it
        told = "".join(filter(str.isalnum, letters))[:8]
        # Behind an amount a bare number would be three more digits of it.
        return t(lang, "currency-number", number=told) if told.isdigit() else told
    return _SIGNS.get(letters) or str(numbers.get_currency_symbol(letters, locale=lang))


def currency(name: Currency) -> str:
    """The letters of a currency (ISO 4217): ``RUB``; its number where they are not known."""
    return (name or "") if name is None or isinstance(name, str) else CURRENCIES.get(name, str(name))


_SIGNS: Final[Mapping[str, str]] = MappingProxyType({"RUB": "₽"})
"""Where Babel's English has the letters alone for what every reader of WB Desk knows."""


@lru_cache(maxsize=4096)
def _format_day(lang: str, year: int, month: int, day: int) -> str:
    return str(dates.format_date(date(year, month, day), _DATES.get(lang, _DATES[FALLBACK]), locale=lang))


def format_date(lang: str, value: date) -> str:
    """``23.11.2026`` in Russian, ``23 Nov 2026`` in English."""
    return _format_day(lang, value.year, value.month, value.day)


def format_day_month(lang: str, value: date) -> str:
    """A day of this year, where there is little room: ``24.11`` in Russian, ``24 Nov`` in English."""
    return str(dates.format_date(value, "dd.MM" if lang == "ru" else "d MMM", locale=lang))


READERS_ZONE: Final[ContextVar[tzinfo | None]] = ContextVar("READERS_ZONE", default=None)
"""The zone of whoever reads, as the dashboard sets it, and a channel's for its alerts; else ``WB_ZONE``."""


def format_datetime(lang: str, value: datetime, zone: tzinfo | None = None) -> str:
    """An instant in a zone (default: the reader's): ``23.11.2026 14:05``."""
    from wbcore.store import days  # noqa: PLC0415 (needs the settings; texts must also tell that they are wrong)

    there = value.astimezone(zone or READERS_ZONE.get() or days.zone())
    return f"{format_date(lang, there)} {there.hour:02}:{there.minute:02}"


_CLOCKS_CHANGE_S: Final = 900
"""A zone changes its clocks at the beginning of such a span."""


def format_zone(lang: str, zone: str) -> str:
    """The city of a zone (its IANA name) and how far it is from UTC now: ``Москва, UTC+03:00``."""
    return "UTC" if zone == "UTC" else _format_zone(zone, lang, int(time.time()) // _CLOCKS_CHANGE_S)


@lru_cache(maxsize=500)
def _format_zone(zone: str, lang: str, at: int) -> str:
    from wbcore.store import days  # noqa: PLC0415 (as above)

    known = days.named(zone)
    if known.key != zone:  # it is known elsewhere, or by another version
        return zone
    city = dates.get_timezone_location(known, locale=lang, return_city=True)
    there = datetime.fromtimestamp(at * _CLOCKS_CHANGE_S, known)
    return f"{city}, {dates.get_timezone_gmt(there, locale='en').replace('GMT', 'UTC')}"


def format_duration(lang: str, seconds: float) -> str:
    """The two largest units of a time: ``2 ч 5 мин``; below a minute in seconds."""
    left = max(0, round(seconds))
    parts = []
    for unit, size in (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1)):
        count, left = divmod(left, size)
        if count:
            parts.append(t(lang, f"unit-{unit}", count=count))
    return " ".join(parts[:2]) or t(lang, "unit-second", count=0)
