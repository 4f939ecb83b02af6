"""What a terminal shows, at the width that it has."""

from __future__ import annotations

from typing import Any

import pytest
from rich.console import Console

from wbcore.api.catalog import METHODS
from wbcore.guidance import terminal


def report(keys: int) -> dict[str, Any]:
    found = [
        {"id": method.id, "status": "ok", "evidence": "probe", "latency_ms": 120} for method in METHODS[:6]
    ]
    told = [
        {"name": f"Магазин {n}", "status": "ok", "capabilities": found, "diagnoses": []} for n in range(keys)
    ]
    return {"keys": told, "incidents": [], "warnings": []}


@pytest.mark.parametrize("width", [80, 120, 160])
@pytest.mark.parametrize("keys", [1, 7, 30])
def test_however_many_keys_there_are_each_is_told_in_whole_words(width: int, keys: int) -> None:
    console = Console(width=width)
    with console.capture() as shown:
        console.print(terminal.health(report(keys), "en"))
    text = shown.get()
    names = [f"✓ Магазин {n}" for n in range(keys)]
    assert all(f"{name} " in f"{text} ".replace("\n", " ") for name in names), text
    assert text.count("✓ works, checked") == keys * 6


@pytest.mark.parametrize(
    ("kind", "row", "told"),
    [
        ("orders", {"price": 1_234, "currency_code": None}, "12.34"),
        ("orders", {"price": 1_234, "currency_code": 643}, "12.34 ₽"),
        ("statistics", {"finished_price": 1_234}, "12.34 ₽"),
        ("order_feed", {"seller_price": 1_234, "currency": ""}, "12.34"),
    ],
)
def test_an_amount_in_no_named_currency_is_not_told_in_roubles(
    kind: str, row: dict[str, Any], told: str
) -> None:
    console = Console(width=160)
    with console.capture() as shown:
        console.print(terminal.orders([row], kind, "en"))
    assert shown.get().splitlines()[1].replace("\N{NO-BREAK SPACE}", " ").strip() == told


@pytest.mark.parametrize(
    ("lang", "left", "told"),
    [
        ("ru", 0, "(остался последний день)"),
        ("ru", 21, "(остался 21 день)"),
        ("ru", -1, "(истёк)"),
        ("en", 0, "(the last day)"),
        ("en", 1, "(1 day left)"),
    ],
)
def test_a_token_that_ends_within_a_day_is_told_as_that(lang: str, left: int, told: str) -> None:
    token = {"kind": "personal", "read_only": True, "categories": [], "unknown_bits": [], "seller_sid": "s"}
    ends = {"expires_at": "2026-11-28T12:00:00Z", "days_left": left, "fingerprint": "f"}
    console = Console(width=160)
    with console.capture() as shown:
        console.print(terminal.token_facts({**token, **ends}, lang))
    assert told in shown.get()
