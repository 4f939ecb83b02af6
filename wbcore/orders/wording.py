"""What orders say, in words: statuses, marks, delivery; for the page and for files alike."""

from __future__ import annotations

from wbcore.guidance import texts


def status(lang: str, value: str | None, kind: str = "order") -> str:
    """A status in words; one that WB has added since as it came.

    Args:
        kind: order or feed.
    """
    if not value:
        return ""
    return texts.known(lang, f"{kind}-status-{value}", value)


def marks(lang: str, value: str | None) -> str:
    """What has to be told of an order before delivery: ``required_meta``."""
    codes = filter(None, (value or "").split(","))
    return ", ".join(texts.known(lang, f"order-mark-{code.lower()}", code) for code in codes)


def delivery(day: str | None, begin: str | None, end: str | None) -> str:
    """When the buyer expects a DBS or DBW order, as WB wrote it."""
    hours = "–".join(filter(None, (begin, end)))
    return " ".join(filter(None, (day, hours)))


def heading(lang: str, name: str) -> str:
    """The heading of a column."""
    return texts.t(lang, f"order-column-{name}")
