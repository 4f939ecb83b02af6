"""WB's window in which a token is made: WB's words in WB's order, and nothing lost of the former token."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from wbcore.api.catalog import CATEGORIES, CATEGORY_BY_ID
from wbcore.api.token import TokenFacts
from wbcore.guidance import codes, diagnosis, texts, window
from wbcore.guidance.diagnosis import Evidence
from wbcore.guidance.window import Choice

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
ORDER = {
    "ru": (
        "«Интеграции по API»",
        "«+ Создать токен»",
        "«Для интеграции вручную»",
        "тип «Персональный»",
        "название, например «WB Desk»",
        "категории «Маркетплейс», «Статистика»",
        "«Только чтение»",
        "отметка «Я понимаю, что не следует передавать токен третьим лицам»",
        "«Создать»",
        "«Скопировать и закрыть»",
    ),
    "en": (
        "“API Integrations”",
        "“+ Create token”",
        "“Manual integration”",
        "type “Personal”",
        "a name, for example “WB Desk”",
        "categories “Marketplace”, “Statistics”",
        "“Read Only”",
        "the box “I understand that the token should not be given to third parties”",
        "“Create”",
        "“Copy and close”",
    ),
}


def facts(*categories: str, read_only: bool = True, kind: str = "personal") -> TokenFacts:
    ends = NOW + timedelta(days=90)
    return TokenFacts(kind, kind == "test", read_only, "sid", categories, (), (), ends, "abc")  # type: ignore[arg-type]


def missing(*present: str, read_only: bool = True) -> diagnosis.Diagnosis:
    found = diagnosis.preflight(
        "orders.new", Evidence(now=NOW, key_name="Магазин", facts=facts(*present, read_only=read_only))
    )
    assert found is not None
    return found


def signs(drawn: str) -> list[tuple[str, bool]]:
    """What is drawn as a box or a round, and whether it is ticked."""
    found = re.findall(r'class="wbw-one( wbw-yes)?">.*?<span>([^<]+)</span></span>', drawn)
    return [(text, bool(yes)) for yes, text in found]


@pytest.mark.parametrize("lang", texts.LANGUAGES)
def test_the_steps_are_wbs_window_word_for_word_and_in_its_order(lang: str) -> None:
    assert window.path(Choice(categories=("statistics", "marketplace")), lang) == ORDER[lang]


@pytest.mark.parametrize("lang", texts.LANGUAGES)
def test_the_picture_ticks_what_is_needed_and_nothing_else(lang: str) -> None:
    drawn = signs(window.html(Choice(categories=("statistics", "marketplace")), lang))
    names = [getattr(c, lang) for c in CATEGORIES]
    boxes = [one for one in drawn if one[0] in names]
    assert [text for text, _ in boxes] == names
    assert [text for text, ticked in boxes if ticked] == [
        getattr(CATEGORY_BY_ID[c], lang) for c in ("marketplace", "statistics")
    ]
    chosen = [text for text, ticked in drawn if ticked and text not in names]
    assert chosen == [
        texts.t(lang, "kind-personal"),
        *(texts.t(lang, f"window-{k}") for k in ("access-read_only", "third-parties")),
    ]


@pytest.mark.parametrize("lang", texts.LANGUAGES)
def test_who_does_not_see_the_picture_hears_it(lang: str) -> None:
    drawn = window.html(Choice(categories=("marketplace",)), lang)
    label = re.search(r'role="img" aria-label="([^"]+)"', drawn)
    assert label is not None
    assert " → ".join(window.path(Choice(categories=("marketplace",)), lang)) in label[1]


def test_only_a_personal_token_asks_for_the_promise() -> None:
    for kind in ("basic", "test"):
        choice = Choice(kind=kind)  # type: ignore[arg-type]
        assert not any("третьим лицам" in step for step in window.path(choice, "ru"))
        assert "третьим лицам" not in window.html(choice, "ru")


def test_the_new_token_keeps_what_the_former_one_could() -> None:
    choice = missing("statistics", "finance", read_only=False).window("create_token")
    assert choice == Choice(
        categories=("marketplace", "statistics", "finance"),
        access="read_write",
        kept=("statistics", "finance"),
    )


def test_every_step_that_makes_a_token_tells_the_whole_window() -> None:
    makes = [name for name in codes.STEPS if name.startswith("create_")]
    assert set(makes) == set(window.STEPS)
    found = missing("statistics")
    for step in makes:
        told = found.step_text("ru", step)
        assert told.endswith(" → ".join(window.path(found.window(step) or Choice(), "ru"))), told
    assert found.window("save_token") is None


def test_a_test_token_is_replaced_by_a_test_token_unless_that_was_the_mistake() -> None:
    def kind(cause: str, before: str) -> str:
        made = window.for_step("create_production_token", required=None, params={"kind": before}, cause=cause)
        assert made is not None
        return made.kind

    assert kind("", "test") == "test"
    assert kind("test_on_production", "test") == "personal"
    assert kind("production_on_test", "personal") == "test"
    assert kind("", "basic") == "personal"


def test_no_markup_comes_from_a_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(texts, "t", lambda lang, key, /, **params: '<img src=x onerror="alert(1)">')
    drawn = window.html(Choice(), "ru")
    assert "<img" not in drawn
    assert 'onerror="' not in drawn
