"""What the page's script has to know of Streamlit's own words: the English it shows, and ours in Russian."""

from __future__ import annotations

import orjson

from wbcore.guidance import texts

GAP = "\ue000"
"""Stands where a word comes in between that Streamlit knows and we do not; no text of anybody's has it."""


def words() -> dict[str, str]:
    """Streamlit's words in English -> in Russian; ``GAP`` in both where something is filled in."""
    return {texts.t("en", key, n=GAP): texts.t("ru", key, n=GAP) for key in texts.keys("widgets")}


def as_script() -> str:
    """The words as what stands behind ``const WORDS =``."""
    return orjson.dumps(words()).decode()
