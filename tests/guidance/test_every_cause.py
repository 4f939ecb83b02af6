"""Each code and cause: its card names the key, ticks nothing without evidence, and can be ended."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import Session

from tests.guidance.test_checklist import a_key, a_run, facts
from tests.guidance.test_texts import CASES, EVERYTHING
from wbcore.api.errors import ScopeError
from wbcore.guidance import cards, checklist, diagnosis, incidents, texts
from wbcore.guidance.codes import CODES, FOR_THE_IMPORT
from wbcore.guidance.diagnosis import Diagnosis, Evidence
from wbcore.keys import capabilities
from wbcore.store import db
from wbcore.store.models import Checklist, Key, Seller

NOW = datetime.now(UTC)
CAUSES = [(code, cause) for code, cause in CASES if cause or not CODES[code].causes]


def made(code: str, cause: str, *, endpoint: str | None = "orders.new") -> Diagnosis:
    evidence = Evidence(
        now=NOW,
        key_name="Магазин",
        facts=facts("statistics"),
        other_key="Другой",
        worked_until=NOW,
        seller_name="ООО Первый",
    )
    params = {**EVERYTHING, "until": (datetime.now(UTC) + timedelta(hours=2)).isoformat()}
    details = {"endpoint": endpoint, "http_status": 401, "detail": "x"}
    return diagnosis._diagnosis(code, cause, evidence, category="marketplace", params=params, details=details)


@pytest.mark.parametrize(("code", "cause"), CAUSES)
@pytest.mark.parametrize("lang", texts.LANGUAGES)
def test_the_title_names_the_key_and_among_several_sellers_whose_it_is(
    sqlite: str, code: str, cause: str, lang: str
) -> None:
    with db.session() as session:
        key = a_key(session, facts("statistics"))
        row = checklist.open_or_update(session, made(code, cause), key, a_run(session, key, "failed").id)
        title = cards.card(session, row, lang).title
        assert "Магазин" in title
        assert "ООО" not in title
        session.add(Seller(sid="another", environment="production", name="ООО Второй"))
        session.flush()
        card = cards.card(session, row, lang)
        assert card.title.endswith(", ООО")
        assert not any(step.done or step.not_needed for step in card.steps), "nothing has happened since"
        for text in (card.summary, *(s.text for s in card.steps)):
            assert text
        for text in (card.summary, card.support_text, card.owner_text, *(s.text for s in card.steps)):
            assert "{" not in text


@pytest.mark.parametrize(("code", "cause"), CAUSES)
def test_a_step_speaks_of_no_text_that_another_place_would_not_have(
    sqlite: str, code: str, cause: str
) -> None:
    """The same words stand in a checklist, in a link's page, beside a pasted token and in the terminal."""
    with db.session() as session:
        key = a_key(session, facts("statistics"))
        row = checklist.open_or_update(session, made(code, cause), key, a_run(session, key, "failed").id)
        russian, english = cards.card(session, row, "ru"), cards.card(session, row, "en")
    for card, words in ((russian, ("ниже", "Переслать")), (english, ("below", "Send to"))):
        spoken = [card.summary, *(step.text for step in card.steps)]
        assert not [text for text in spoken if any(word in text for word in words)]
        if any(step.id == "contact_support" for step in card.steps):
            assert "orders/new" in card.support_text


def test_a_failure_of_wb_desk_itself_is_nothing_for_wb(sqlite: str) -> None:
    with db.session() as session:
        key = a_key(session, facts("statistics"))
        found = diagnosis.unknown_failure(RuntimeError("x"))
        row = checklist.open_or_update(session, found, key, a_run(session, key, "failed").id)
        card = cards.card(session, row, "ru")
    assert [step.id for step in card.steps] == ["check_import", "tell_developer"]
    assert (card.support_text, card.owner_text) == ("", "")


def test_a_message_to_the_owner_only_where_the_owner_can_do_something(sqlite: str) -> None:
    with db.session() as session:
        key = a_key(session, facts("statistics"))
        run = a_run(session, key, "failed").id
        written = {
            code: cards.card(
                session, checklist.open_or_update(session, made(code, ""), key, run), "ru"
            ).owner_text
            for code in ("rate_limited", "method_disabled", "access_denied", "token_expired")
        }
    assert [bool(text) for text in written.values()] == [False, False, True, True]
    assert "проверьте" in written["access_denied"]


@pytest.mark.parametrize(("code", "cause"), CAUSES)
def test_it_has_an_end(sqlite: str, code: str, cause: str) -> None:
    """By evidence about the key: another token, an answer of the method, an import that went well."""
    with db.session() as session:
        key = a_key(session, facts("statistics"))
        row = checklist.open_or_update(session, made(code, cause), key, a_run(session, key, "failed").id)
        checklist.refresh(session)
        assert row.closed_at is None
        better = facts("marketplace", "statistics", fingerprint="new")
        name = "Рабочий" if cause == "no_test_environment" else "Магазин"
        key = a_key(session, replace(better, test=cause == "production_on_test"), name)
        later = datetime.now(UTC) + timedelta(seconds=1)
        capabilities.record(session, key.id or 0, "orders.new", "ok", "probe", now=later)
        run = a_run(session, key, "done", cursor={"used": ["orders.new"]})
        run.finished_at = later
        session.flush()
        for step in checklist.diagnosis_of(row).steps:
            if step.verified_by == "operator":
                checklist.tick(session, row.id, step.id, True, "Анна")
        checklist.refresh(session, now=datetime.now(UTC) + timedelta(hours=3))
        assert row.closed_at is not None
        assert row.ended in checklist.OVER


@pytest.mark.parametrize(("code", "cause"), CAUSES)
def test_the_token_that_failed_ticks_nothing(sqlite: str, code: str, cause: str) -> None:
    """Another key's import, token and answers are no evidence about this one, but for what is all keys'."""
    with db.session() as session:
        key = a_key(session, facts("statistics"))
        found = made(code, cause)
        row = checklist.open_or_update(session, found, key, a_run(session, key, "failed").id)
        able = "statistics" if cause == "no_test_environment" else "marketplace"
        other = a_key(session, facts(able, fingerprint="other"), "Другой")
        a_run(session, other, "done", cursor={"used": ["orders.new"]})
        checklist.refresh(session)
        assert row.closed_at is None
        done = {step.id: step.route for step in checklist.diagnosis_of(row).steps if step.done}
        assert set(done.values()) <= FOR_THE_IMPORT, done


def used_to_work(session: Session, key: Key) -> Checklist:
    error = ScopeError("orders.new", http_status=401, detail="token scope not allowed")
    known = Evidence(now=NOW, key_name="Магазин", facts=facts("marketplace"), worked_until=NOW)
    found = diagnosis.from_error(error, known)
    assert found.cause == "used_to_work"
    return checklist.open_or_update(session, found, key, a_run(session, key, "failed").id)


def test_used_to_work_ends_when_it_works_again_with_the_same_token(sqlite: str) -> None:
    with db.session() as session:
        key = a_key(session, facts("marketplace"))
        row = used_to_work(session, key)
        later = datetime.now(UTC) + timedelta(seconds=1)
        capabilities.record(session, key.id or 0, "statistics.orders", "ok", "probe", now=later)
        checklist.refresh(session)
        assert row.closed_at is None, "another method proves nothing of this one"
        capabilities.record(session, key.id or 0, "orders.new", "ok", "probe", now=later)
        checklist.refresh(session)
        assert row.ended == checklist.HEALED
        card = cards.card(session, row, "ru")
        assert "прошло само" in card.ending
        steps = {step.id: step for step in card.steps}
        assert not steps["create_token"].done
        assert steps["create_token"].note == "не понадобилось"


def test_after_a_replacement_the_old_token_is_spoken_of_no_more(sqlite: str) -> None:
    with db.session() as session:
        key = a_key(session, facts("statistics"))
        row = checklist.open_or_update(
            session, made("scope_missing", "category_missing"), key, a_run(session, key, "failed").id
        )
        assert "нужен новый" in cards.card(session, row, "ru").summary
        key = a_key(session, facts("prices", fingerprint="worse"))
        checklist.refresh(session)
        summary = cards.card(session, row, "ru").summary
        assert "но и новый не подходит" in summary
        assert "Цены" in summary
        (step,) = (s for s in cards.card(session, row, "ru").steps if s.id == "create_token")
        for name in ("«Маркетплейс»", "«Статистика»", "«Цены и скидки»"):
            assert name in step.text, "a token made as the step says is no poorer than the one that is stored"
        key = a_key(session, facts("marketplace", fingerprint="good"))
        checklist.refresh(session)
        card = cards.card(session, row, "ru")
        assert "Осталось повторить импорт" in card.summary
        assert card.action == "repeat"


def test_put_off_it_is_quiet_and_comes_back_also_after_flapping(sqlite: str) -> None:
    with db.session() as session:
        key = a_key(session, facts("marketplace"))
        row = used_to_work(session, key)
        checklist.snooze(session, row.id, datetime.now(UTC) + timedelta(days=1), "Анна")
        assert checklist.open_checklists(session) == []
        assert checklist.count_open(session) == 0
        assert [one.id for one in checklist.snoozed(session)] == [row.id]
        later = datetime.now(UTC) + timedelta(milliseconds=1)
        capabilities.record(session, key.id or 0, "orders.new", "ok", "probe", now=later)
        checklist.refresh(session)
        assert row.closed_at is not None
        again = used_to_work(session, key)
        assert again.id == row.id
        assert checklist.open_checklists(session) == [], "still put off"
        in_two_days = datetime.now(UTC) + timedelta(days=2)
        assert [one.id for one in checklist.open_checklists(session, now=in_two_days)] == [row.id]


def test_dismissed_it_stays_aside_until_an_import_fails(sqlite: str) -> None:
    old = facts("statistics")
    with db.session() as session:
        key = a_key(session, old)
        (warning,) = diagnosis.token_diagnoses(Evidence(now=NOW, key_name="Магазин", facts=old))
        row = checklist.open_or_update(session, warning, key)
        checklist.dismiss(session, row.id, "Анна", "этот ключ только для статистики")
        assert row.ended == checklist.DISMISSED
        checklist.open_or_update(session, warning, key)
        assert checklist.open_checklists(session) == [], "the hourly look does not bring it back"
        again = checklist.open_or_update(session, warning, key, a_run(session, key, "failed").id)
        assert again.id == row.id
        assert again.closed_at is None
        assert "только для статистики" in "\n".join(cards.card(session, again, "ru").past)


def test_two_operators_tick_at_once_and_both_ticks_stay(database: str) -> None:
    with db.session() as session:
        key = a_key(session, facts("marketplace"))
        found = made("access_denied", "")
        row_id = checklist.open_or_update(session, found, key, a_run(session, key, "failed").id).id
        session.commit()
    start = threading.Barrier(2)

    def operator(step: str, who: str) -> None:
        with db.session() as session:
            session.get(Checklist, row_id)  # read before the other one has written
            start.wait()
            checklist.tick(session, row_id, step, True, who)
            session.commit()

    pairs = (("check_role", "Анна"), ("check_seller_active", "Борис"))
    threads = [threading.Thread(target=operator, args=pair) for pair in pairs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with db.session() as session:
        one = checklist.get(session, row_id)
        assert one is not None
        assert {step: one.ticks[step]["who"] for step in ("check_role", "check_seller_active")} == dict(pairs)


def test_a_record_of_an_older_version_is_read_and_can_be_ended(sqlite: str) -> None:
    """A step that this version does not know, no routes, no version, and something of a later version."""
    with db.session() as session:
        key = a_key(session, facts("statistics"))
        a_key(session, facts("marketplace", fingerprint="other"), "Другой")
        row = checklist.open_or_update(
            session, made("scope_missing", "other_key_has_it"), key, a_run(session, key, "failed").id
        )
        record = {**row.diagnosis, "invented": 1}
        del record["version"]
        record["steps"] = [
            {
                "id": step["id"],
                "verified_by": step["verified_by"],
                "url": step["url"],
                "done": False,
                "new": 1,
            }
            for step in record["steps"]
        ]
        record["steps"].append({"id": "gone_since", "verified_by": "system", "url": None, "done": False})
        row.diagnosis = record
        session.flush()
        checklist.refresh(session)
        for lang in texts.LANGUAGES:
            card = cards.card(session, row, lang)
            assert [step.route for step in card.steps][:2] == ["other_key", "new_token"]
            assert "gone_since" not in {step.id for step in card.steps}
        a_key(session, facts("marketplace", fingerprint="new"))
        a_run(session, key, "done")
        checklist.refresh(session)
        assert row.closed_at is not None


def test_a_code_that_this_version_does_not_know_is_told_as_unknown(sqlite: str) -> None:
    with db.session() as session:
        key = a_key(session, facts("statistics"))
        row = checklist.open_or_update(
            session, made("unknown", "answer"), key, a_run(session, key, "failed").id
        )
        row.code = "invented_later"
        row.diagnosis = {**row.diagnosis, "code": "invented_later", "cause": "so"}
        session.flush()
        checklist.refresh(session)
        assert cards.card(session, row, "ru").title == "Неизвестная ошибка: ключ «Магазин»"
        checklist.dismiss(session, row.id, "Анна", "старое")
        assert row.closed_at is not None


def test_what_is_no_incident_has_a_key(sqlite: str) -> None:
    for code, cause in CAUSES:
        shared = incidents.subject_of(made(code, cause), "production")
        assert (shared is not None) == (code in incidents.SHARED)


def test_the_message_to_the_owner_is_complete_in_itself(sqlite: str) -> None:
    with db.session() as session:
        key = a_key(session, facts("statistics"))
        row = checklist.open_or_update(
            session, made("scope_missing", "category_missing"), key, a_run(session, key, "failed").id
        )
        text = cards.card(session, row, "ru").owner_text
    for word in (
        "«+ Создать токен»",
        "«Для интеграции вручную»",
        "«Маркетплейс»",
        "«Статистика»",
        "«Скопировать и закрыть»",
        "не отправляйте в чат",
        "api-integrations",
    ):
        assert word in text, word
    assert "127.0.0.1" not in text
