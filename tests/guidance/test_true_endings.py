"""How a problem ended, and what is said beside it, as it really is."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import Session

from tests.guidance.test_checklist import NOW, a_key, a_run, facts, scope_missing
from wbcore.api.errors import NetworkError, RateLimitedError
from wbcore.api.token import TokenFacts
from wbcore.guidance import cards, checklist, diagnosis
from wbcore.guidance.diagnosis import Diagnosis, Evidence
from wbcore.keys import capabilities, keyring
from wbcore.store import db
from wbcore.store.models import Checklist, Key

LATER = timedelta(seconds=1)


def refused(code: str, cause: str, of: TokenFacts) -> Diagnosis:
    evidence = Evidence(now=NOW, key_name="Магазин", facts=of)
    details = {"endpoint": "orders.new", "http_status": 401}
    return diagnosis._diagnosis(code, cause, evidence, category="marketplace", details=details)


REFUSALS = [("token_type_not_allowed", "closed"), ("token_read_only", ""), ("payment_required", "")]
BASIC = replace(facts("marketplace"), kind="basic", read_only=True)


def a_refused_import(session: Session, code: str, cause: str) -> tuple[Key, Checklist]:
    """A key whose token is of the kind that Wildberries refuses, and the checklist of its failed import."""
    key = a_key(session, BASIC)
    failed = a_run(session, key, "failed")
    return key, checklist.open_or_update(session, refused(code, cause, BASIC), key, failed.id)


@pytest.mark.parametrize(("code", "cause"), REFUSALS)
def test_a_refusal_of_a_kind_of_token_is_over_when_wb_takes_that_very_token_again(
    sqlite: str, code: str, cause: str
) -> None:
    with db.session() as session:
        key, row = a_refused_import(session, code, cause)
        a_run(session, key, "done")
        checklist.refresh(session)
        assert row.ended in checklist.OVER
        assert "нужен" not in cards.card(session, row, "ru").ending


@pytest.mark.parametrize(("code", "cause"), REFUSALS)
def test_a_new_token_of_the_same_kind_ticks_nothing_and_it_is_told_why(
    sqlite: str, code: str, cause: str
) -> None:
    with db.session() as session:
        key, row = a_refused_import(session, code, cause)
        a_key(session, replace(BASIC, fingerprint="new"))
        checklist.refresh(session)
        card = cards.card(session, row, "ru")
        assert not [step.id for step in card.steps if step.done]
        assert ("тоже только на чтение" if code == "token_read_only" else "Его тип: Базовый") in card.summary
        a_run(session, key, "done")
        checklist.refresh(session)
        assert row.ended == checklist.REPLACED, "whatever it is, it has done the work"


@pytest.mark.parametrize(("code", "cause"), REFUSALS)
def test_a_refusal_of_a_kind_of_token_is_solved_when_its_import_ran_with_the_right_one(
    sqlite: str, code: str, cause: str
) -> None:
    with db.session() as session:
        key, row = a_refused_import(session, code, cause)
        a_key(session, facts("marketplace", fingerprint="new"))
        checklist.refresh(session)
        assert row.closed_at is None, "the import that it had stopped was not repeated yet"
        assert cards.card(session, row, "ru").action == "repeat"
        a_run(session, key, "done")
        checklist.refresh(session)
        assert row.ended == checklist.SOLVED


def test_a_token_that_lives_but_lacks_the_category_has_that_problem_and_no_other(sqlite: str) -> None:
    """ "Create a token with the category" had a tick, and "what is left is to repeat the import" was said."""
    old = facts("marketplace", days=-1)
    with db.session() as session:
        key = a_key(session, old)
        expired = diagnosis.preflight("orders.new", Evidence(now=NOW, key_name="Магазин", facts=old))
        assert expired is not None
        row = checklist.open_or_update(session, expired, key, a_run(session, key, "failed").id)
        poorer = facts("statistics", fingerprint="new")
        a_key(session, poorer)
        (lacking,) = diagnosis.token_diagnoses(Evidence(now=NOW, key_name="Магазин", facts=poorer))
        told = checklist.open_or_update(session, lacking, key)
        checklist.refresh(session)
        assert row.ended == checklist.REPLACED
        assert not [step.id for step in cards.card(session, row, "ru").steps if step.done]
        assert [one.id for one in checklist.open_checklists(session)] == [told.id]


def test_an_answer_to_another_token_did_not_come_by_itself(sqlite: str) -> None:
    with db.session() as session:
        key = a_key(session, facts("marketplace"))
        error = RateLimitedError("orders.new", retry_after_s=3600, told=True)
        evidence = Evidence(now=datetime.now(UTC), key_name="Магазин", facts=facts("marketplace"))
        row = checklist.open_or_update(session, diagnosis.from_error(error, evidence), key)
        key = a_key(session, facts("marketplace", fingerprint="new"))
        capabilities.record(session, key.id or 0, "orders.new", "ok", "probe", now=datetime.now(UTC) + LATER)
        checklist.refresh(session)
        assert cards.card(session, row, "ru").ending.endswith("решено, токен заменён")
        assert row.ended in checklist.OVER


def test_an_outage_whose_keys_were_removed_has_not_healed(sqlite: str) -> None:
    with db.session() as session:
        key = a_key(session, facts("marketplace"))
        error = NetworkError("orders.new", reason="dns")
        row = checklist.open_or_update(session, diagnosis.from_error(error, Evidence(now=NOW)), key)
        assert row.key_id is None
        keyring.remove(session, key)
        checklist.refresh(session)
        assert cards.card(session, row, "ru").ending.endswith("ключей, которых это касалось, больше нет")
        assert row.ended in checklist.OVER


def test_an_expired_token_is_no_longer_told_to_expire_soon(sqlite: str) -> None:
    old = facts("marketplace", days=1)
    with db.session() as session:
        key = a_key(session, old)
        (soon,) = diagnosis.token_diagnoses(Evidence(now=NOW, facts=old))
        warned = checklist.open_or_update(session, soon, key)
        (over,) = diagnosis.token_diagnoses(Evidence(now=NOW + timedelta(days=2), facts=old))
        told = checklist.open_or_update(session, over, key)
        session.flush()
        assert [row.id for row in checklist.open_checklists(session)] == [told.id]
        assert cards.card(session, warned, "ru").ending.endswith("срок вышел, теперь об этом другой список")
        assert checklist.closed_checklists(session) == []


def test_who_opened_it_again_is_told(sqlite: str) -> None:
    with db.session() as session:
        key = a_key(session, facts("statistics"))
        row = checklist.open_or_update(session, scope_missing(facts("statistics")), key)
        checklist.dismiss(session, row.id, "Анна", "не сейчас")
        checklist.reopen(session, row.id, "Борис")
        assert cards.card(session, row, "ru").past[-1].endswith("открыл(а) снова Борис")


def the_card(session: Session, found: Diagnosis, key: Key) -> cards.ChecklistView:
    return cards.card(session, checklist.open_or_update(session, found, key), "ru")


def test_no_token_is_checked_where_none_is_at_fault(sqlite: str) -> None:
    known = facts("marketplace")
    with db.session() as session:
        key = a_key(session, known)
        network = diagnosis.from_error(NetworkError("orders.new", reason="dns"), Evidence(now=NOW))
        assert the_card(session, network, key).help == ()
        scope = the_card(session, scope_missing(facts("statistics")), key)
        assert "Маркетплейс" in scope.help[0]
        (expired,) = diagnosis.token_diagnoses(Evidence(now=NOW + timedelta(days=200), facts=known))
        told = the_card(session, expired, key).help
        assert told
        assert not [line for line in told if "категорией" in line]
        denied = the_card(session, refused("access_denied", "", known), key)
        assert "Категория у токена верная" in denied.summary
        assert not [line for line in denied.help if "категорией" in line]


def test_a_warning_asks_nothing_of_wbs_support(sqlite: str) -> None:
    known = facts("marketplace", days=3)
    with db.session() as session:
        key = a_key(session, known)
        (soon,) = diagnosis.token_diagnoses(Evidence(now=NOW, facts=known))
        assert the_card(session, soon, key).support_text == ""


@pytest.mark.parametrize("way", ["saved", "used"])
def test_what_the_test_environment_has_not_ends_with_a_working_key(sqlite: str, way: str) -> None:
    """A test key takes no ordinary token, so none is asked for it."""
    with db.session() as session:
        real = a_key(session, facts("marketplace"), "Рабочий")
        test = a_key(session, replace(facts("marketplace", fingerprint="test"), test=True), "Тест")
        test.environment = "test"
        test.seller_id = keyring.upsert_seller(session, "sid", "test").id or 0
        session.flush()
        evidence = Evidence(now=NOW, key_name="Тест", facts=replace(facts(), test=True), environment="test")
        found = diagnosis._diagnosis(
            "wrong_environment", "no_test_environment", evidence, category="marketplace"
        )
        row = checklist.open_or_update(session, found, test, a_run(session, test, "failed", "archive").id)
        checklist.refresh(session)
        card = cards.card(session, row, "ru")
        assert (card.closed_at, card.action) == (None, "steps")
        assert "save_token" not in [step.id for step in card.steps]
        assert card.steps[-1].text == (
            "Добавьте новый токен как новый ключ; ключ «Тест» останется для тестовой среды"
        )
        a_run(session, real, "done", "new", cursor={"used": ["orders.new"]})
        another = a_key(session, facts("marketplace", fingerprint="another"), "Чужой")
        another.seller_id = keyring.upsert_seller(session, "another", "production").id or 0
        session.flush()
        checklist.refresh(session)
        assert row.closed_at is None, "another import, and another seller's key, are no way out"
        if way == "saved":
            a_key(session, facts("marketplace", fingerprint="more"), "Ещё")
        else:
            a_run(session, real, "done", "archive", cursor={"used": ["orders.archive"]})
        checklist.refresh(session, real.id)
        assert row.ended == checklist.SOLVED


def test_a_damaged_token_that_is_pasted_again_is_solved_and_has_not_passed_by_itself(sqlite: str) -> None:
    with db.session() as session:
        key = a_key(session, facts("marketplace"))
        found = diagnosis.sealed_token(Evidence(now=NOW, key_name="Магазин", facts=facts("marketplace")))
        row = checklist.open_or_update(session, found, key, a_run(session, key, "failed").id)
        key = a_key(session, facts("marketplace"))
        key.token_saved_at = datetime.now(UTC) + LATER
        capabilities.record(session, key.id or 0, "seller.info", "ok", "probe", now=datetime.now(UTC) + LATER)
        checklist.refresh(session)
        assert row.closed_at is None, "the import that it had stopped was not repeated yet"
        card = cards.card(session, row, "ru")
        assert [step.id for step in card.steps if step.done] == ["save_token"]
        assert (card.action, card.problem) == ("repeat", "Токен заменён, осталось повторить импорт")
        a_run(session, key, "done")
        checklist.refresh(session)
        assert row.ended == checklist.SOLVED
