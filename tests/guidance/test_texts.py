"""Every word a person reads: there in both languages, with nothing left unfilled."""

from __future__ import annotations

import logging
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fluent.runtime import FluentBundle, FluentResource
from fluent.syntax import FluentParser, FluentSerializer, ast

from wbcore.api.token import TokenFacts
from wbcore.guidance import codes, diagnosis, support, texts
from wbcore.guidance.diagnosis import Evidence

LOCALES = Path(texts.__file__).parent / "locales"
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
FACTS = TokenFacts("personal", False, False, "sid", ("statistics",), (), (), NOW + timedelta(days=21), "abc")
EVERYTHING = {
    "length": 312,
    "wait": 7300.0,
    "until": "2026-11-23T14:00:00Z",
    "excerpt": "WB said so",
    "seller": "ООО «Первый»",
    "other_seller": "ООО «Второй»",
    "own": "5a1e0000-0000-4000-8000-00000000000d",
    "gone": ["finance", "documents"],
    "former_kind": "personal",
    "former_expires_at": "2026-12-23T14:00:00Z",
}
CASES = [(row.code, cause) for row in codes.CODES.values() for cause in ("", *row.causes)]


def written(lang: str) -> str:
    """The texts of all features."""
    return "\n".join(file.read_text(encoding="utf-8") for file in sorted((LOCALES / lang).glob("*.ftl")))


def messages(lang: str) -> dict[str, ast.Message]:
    tree = FluentParser().parse(written(lang))
    junk = [entry for entry in tree.body if isinstance(entry, ast.Junk)]
    assert not junk, f"{lang} does not parse: {junk[0].content[:80]!r}"
    return {entry.id.name: entry for entry in tree.body if isinstance(entry, ast.Message)}


def test_both_languages_have_the_same_texts() -> None:
    assert set(messages("ru")) == set(messages("en"))


def test_no_text_is_given_twice() -> None:
    for lang in texts.LANGUAGES:
        names = re.findall(r"^([a-zA-Z][\w-]*) =", written(lang), re.MULTILINE)
        assert sorted(set(names)) == sorted(names)


def test_both_languages_use_the_same_placeholders() -> None:
    russian, english = messages("ru"), messages("en")
    for key, message in russian.items():
        assert names(message) == names(english[key]), key


def message_text(message: ast.Message) -> str:
    return FluentSerializer().serialize_entry(message)


def names(message: ast.Message) -> set[str]:
    return set(re.findall(r"\$(\w+)", message_text(message)))


@pytest.mark.parametrize("lang", texts.LANGUAGES)
def test_a_text_reads_as_fluent_reads_its_file(lang: str) -> None:
    """Most are read without Fluent, which takes longer."""
    whole = FluentBundle([lang], use_isolating=False)
    whole.add_resource(FluentResource(written(lang)))
    for key, message in messages(lang).items():
        words = {name: f" «{name}» {{ $x }}\n" for name in names(message)}
        for values in (words, {}, dict.fromkeys(words, 1234.5)):
            told = whole.format_pattern(whole.get_message(key).value, values)[0]
            assert texts.t(lang, key, **values) == told, (key, values)


def test_russian_texts_are_calm_and_english_ones_too() -> None:
    for lang in texts.LANGUAGES:
        for key, message in messages(lang).items():
            assert "!" not in message_text(message).replace("! ошибка", "").replace("! error", ""), key


@pytest.mark.parametrize(("code", "cause"), CASES)
@pytest.mark.parametrize("lang", texts.LANGUAGES)
def test_every_code_and_cause_is_told_with_all_its_placeholders(
    code: str, cause: str, lang: str, caplog: pytest.LogCaptureFixture
) -> None:
    evidence = Evidence(
        now=NOW, key_name="Магазин", facts=FACTS, other_key="Другой", worked_until=NOW, stopped=3
    )
    found = diagnosis._diagnosis(
        code,
        cause,
        evidence,
        category="marketplace",
        params=EVERYTHING,
        details={"endpoint": "orders.new", "http_status": 401, "detail": "token scope not allowed"},
    )
    with caplog.at_level(logging.WARNING):
        told = [found.title(lang), found.summary(lang), *(found.step_text(lang, s.id) for s in found.steps)]
        passed_on = (support.support_text(found, lang), support.owner_text(found, lang))
        told += [text for text in passed_on if text]  # none where nobody else can do anything
    assert not caplog.records, "a placeholder has no value"
    assert found.steps, "no way out"
    for text in told:
        assert text.strip()
        assert "{" not in text
        assert "None" not in text


@pytest.mark.parametrize(("code", "cause"), CASES)
def test_every_cause_has_words_of_its_own(code: str, cause: str) -> None:
    if cause:
        assert texts.has("ru", f"diag-{code}-{cause}"), f"{code}/{cause}"


@pytest.mark.parametrize("lang", texts.LANGUAGES)
def test_a_problem_of_which_the_code_alone_is_kept_has_a_whole_title(
    lang: str, caplog: pytest.LogCaptureFixture
) -> None:
    """As in the audit, which knows no category."""
    said = {code: diagnosis.title_of(lang, code) for code in codes.CODES}
    assert not caplog.records
    assert (
        said["scope_missing"]
        == {"ru": "Токену не хватает категории", "en": "The token lacks a category"}[lang]
    )


def test_every_step_of_the_catalogue_has_a_text() -> None:
    for step in codes.STEPS.values():
        for lang in texts.LANGUAGES:
            assert texts.has(lang, f"step-{step.id}")


@pytest.mark.parametrize(("days", "told"), [(1, "1 день"), (2, "2 дня"), (5, "5 дней"), (21, "21 день")])
def test_russian_plurals(days: int, told: str) -> None:
    assert texts.t("ru", "unit-day", count=days) == told


def test_money_dates_and_durations_read_as_they_do_in_the_country() -> None:
    assert texts.format_money("ru", 175816, 643) == "1\N{NO-BREAK SPACE}758,16\N{NO-BREAK SPACE}₽"
    assert texts.format_money("en", 100, 643) == "1\N{NO-BREAK SPACE}₽"
    assert texts.format_money("ru", None, 643) == ""
    assert texts.format_money("ru", 100, "KZT") == "1\N{NO-BREAK SPACE}KZT", "as the order feed names it"
    assert texts.format_money("en", 100, "X*Y|Z") == "1\N{NO-BREAK SPACE}XYZ", "no markup comes in with it"
    for unknown in (826, "826"):
        assert texts.format_money("ru", 100_000, unknown).endswith("(валюта № 826)"), "not 1 000 826"
    told = texts.format_amounts("en", {"": 500, 398: 300, "RUB": 900, 933: 0}).replace(
        "\N{NO-BREAK SPACE}", " "
    )
    assert told == "9 ₽ · 5 · 3 KZT"
    assert texts.format_date("ru", NOW) == "23.11.2026"
    assert texts.format_datetime("en", NOW, UTC) == "23 Nov 2026 12:00"
    assert texts.format_duration("ru", 7300) == "2 ч 1 мин"
    assert texts.format_duration("ru", 0) == "0 с"


def test_a_missing_text_is_a_mistake_that_tests_see() -> None:
    with pytest.raises(texts.MissingText):
        texts.t("ru", "no-such-text")


def test_one_of_something_is_not_told_as_many() -> None:
    """English tells one from many, where a number stands before what is counted."""
    one = {"rows": "1", "fetched": 1, "requests": 1, "count": 1, "file": "x", "name": "x"}
    names = (
        "cli-backup-made",
        "cli-restored",
        "file-order-mail-title",
        "cli-progress",
        "cli-audit-holds",
    )
    told = [texts.t("en", name, **one) for name in names]
    assert [text for text in told if re.search(r"\b1 (rows|requests|entries)", text)] == []
