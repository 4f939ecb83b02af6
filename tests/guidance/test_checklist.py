"""Checklists: opened when found, ticking themselves from what is stored, closed when solved."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from sqlalchemy import event
from sqlmodel import Session, select

from wbcore.api.errors import RateLimitedError, ScopeError, UnexpectedResponseError, WBUnavailableError
from wbcore.api.token import TokenFacts
from wbcore.guidance import cards, checklist, diagnosis, support
from wbcore.guidance.diagnosis import Diagnosis, Evidence
from wbcore.keys import capabilities, keyring
from wbcore.store import db
from wbcore.store.models import Checklist, Key, Run

NOW = datetime.now(UTC)


def facts(*categories: str, fingerprint: str = "old", days: int = 100) -> TokenFacts:
    expires = NOW + timedelta(days=days)
    return TokenFacts("personal", False, False, "sid", categories, (), (), expires, fingerprint)


def a_key(session: Session, known: TokenFacts, name: str = "Магазин") -> Key:
    seller = keyring.upsert_seller(session, "sid", "production", "ООО", "")
    there = keyring.get_key(session, name)
    token, into = secrets.token_hex(8), there.id if there is not None else None
    return keyring.save(session, name, token, known, seller, "production", NOW, into=into)


def a_run(session: Session, key: Key, status: str, source: str = "new", **fields: Any) -> Run:
    run = Run(
        id=secrets.token_hex(4),
        key_id=key.id,
        key_name=key.name,
        seller_id=key.seller_id,
        source=source,
        status=status,
        finished_at=datetime.now(UTC),
        **fields,
    )
    session.add(run)
    session.flush()
    return run


def scope_missing(known: TokenFacts, **evidence: Any) -> Diagnosis:
    error = ScopeError("orders.new", http_status=401, detail="token scope not allowed")
    return diagnosis.from_error(error, Evidence(now=NOW, key_name="Магазин", facts=known, **evidence))


def ticks(row: Checklist) -> dict[str, bool]:
    return {step.id: step.done for step in checklist.diagnosis_of(row).steps}


def test_the_seeds_steps_tick_themselves_one_after_the_other(database: str) -> None:
    old = facts("statistics")
    with db.session() as session:
        key = a_key(session, old)
        failed = a_run(session, key, "failed")
        row = checklist.open_or_update(session, scope_missing(old), key, failed.id)
        checklist.refresh(session)
        assert not any(ticks(row).values())

        a_key(session, facts("marketplace", fingerprint="new"))
        checklist.refresh(session)
        assert ticks(row) == {
            "ask_owner": False,
            "free_place": False,
            "create_token": True,
            "save_token": True,
            "check_import": False,
            "no_error_since": False,
        }
        assert row.closed_at is None

        a_run(session, key, "done")
        (closed,) = checklist.refresh(session)
        assert closed.id == row.id
        assert [name for name, done in ticks(row).items() if not done] == ["ask_owner", "free_place"]
        assert row.closed_at is not None


def test_to_verify_many_checklists_asks_for_their_keys_and_imports_once(sqlite: str) -> None:
    """A worker does it each minute, for a hundred of them that nobody solves, too."""
    old = facts("statistics")
    with db.session() as session:
        for name in ("Первый", "Второй"):  # more of them with the same would be one outage
            key = a_key(session, old, name)
            for category in ("marketplace", "content", "prices", "analytics"):
                found = replace(scope_missing(old), required_category=category)
                checklist.open_or_update(session, found, key, a_run(session, key, "failed").id)
        session.commit()
    sent: list[str] = []
    with db.session() as session:
        event.listen(db.engine(), "before_cursor_execute", lambda *said: sent.append(said[2]), named=False)
        assert checklist.refresh(session) == []
        session.commit()
    assert sum("FROM wb_key" in one for one in sent) == 1, sent
    assert len(sent) == 3 + 8 * 3, sent


def test_a_step_that_comes_undone_says_so(database: str) -> None:
    old = facts("statistics")
    with db.session() as session:
        key = a_key(session, old)
        row = checklist.open_or_update(session, scope_missing(old), key, a_run(session, key, "failed").id)
        a_key(session, facts("marketplace", fingerprint="new"))
        checklist.refresh(session)
        a_key(session, facts("statistics", fingerprint="worse"))
        checklist.refresh(session)
        step = next(s for s in cards.card(session, row, "ru").steps if s.id == "save_token")
        assert not step.done
        assert "снова не сделано" in step.note


def test_another_sources_import_proves_nothing(database: str) -> None:
    old = facts("statistics")
    with db.session() as session:
        key = a_key(session, old)
        row = checklist.open_or_update(session, scope_missing(old), key, a_run(session, key, "failed").id)
        a_run(session, key, "done", source="statistics")
        checklist.refresh(session)
        assert not ticks(row)["check_import"]


def test_the_same_problem_has_one_checklist(database: str) -> None:
    old = facts("statistics")
    with db.session() as session:
        key = a_key(session, old)
        first = checklist.open_or_update(session, scope_missing(old), key, None)
        again = checklist.open_or_update(session, scope_missing(old), key, a_run(session, key, "failed").id)
        assert first.id == again.id
        assert len(session.exec(select(Checklist)).all()) == 1


def test_a_warning_of_the_token_does_not_hide_the_failure(database: str) -> None:
    old = facts("statistics")
    with db.session() as session:
        key = a_key(session, old)
        row = checklist.open_or_update(session, scope_missing(old), key, a_run(session, key, "failed").id)
        (warning,) = diagnosis.token_diagnoses(Evidence(now=NOW, facts=old))
        checklist.open_or_update(session, warning, key, None)
        assert row.severity == "error"


def test_without_an_import_a_probe_closes_it(database: str) -> None:
    old = facts("statistics")
    with db.session() as session:
        key = a_key(session, old)
        row = checklist.open_or_update(session, scope_missing(old), key, None)
        a_key(session, facts("marketplace", fingerprint="new"))
        later = datetime.now(UTC) + timedelta(seconds=1)
        capabilities.record(session, key.id or 0, "orders.new", "ok", "probe", now=later)
        checklist.refresh(session)
        assert row.closed_at is not None


def test_another_key_ends_this_import_and_not_the_key(database: str) -> None:
    old = facts("statistics")
    with db.session() as session:
        key = a_key(session, old)
        other = a_key(session, facts("marketplace", fingerprint="other"), "Второй")
        found = scope_missing(old, other_key="Второй")
        row = checklist.open_or_update(session, found, key, a_run(session, key, "failed").id)
        checklist.refresh(session)
        card = cards.card(session, row, "ru")
        assert card.other_key == "Второй"
        assert card.action == "use_other_key"
        assert not any(step.done for step in card.steps), (
            "the other key's token is no evidence about this one"
        )

        a_run(session, other, "done")
        checklist.refresh(session)
        card = cards.card(session, row, "ru")
        assert row.closed_at is None
        assert card.state == "import_done"
        assert card.action == "replace_token"
        assert {s.id: (s.done, s.not_needed) for s in card.steps} == {
            "use_other_key": (True, False),
            "ask_owner": (False, True),
            "free_place": (False, True),
            "create_token": (False, True),
            "save_token": (False, True),
            "check_import": (False, True),
            "no_error_since": (False, True),
        }
        assert {s.note for s in card.steps if s.not_needed} == {"не понадобилось"}
        assert "этот импорт выполнен" in card.summary
        assert "«Магазин» загрузить их по-прежнему не может" in card.summary

        again = checklist.open_or_update(session, found, key, a_run(session, key, "failed").id)
        checklist.refresh(session)
        card = cards.card(session, row, "ru")
        assert again.id == row.id
        assert card.state == "open", "the next failure is this key's again"
        assert not any(step.done or step.not_needed for step in card.steps)


def test_the_other_key_is_the_one_that_can_and_then_the_one_that_did(database: str) -> None:
    old, able = facts("statistics"), facts("marketplace", fingerprint="other")
    with db.session() as session:
        key, second = a_key(session, old), a_key(session, able, "Второй")
        failed = a_run(session, key, "failed").id
        row = checklist.open_or_update(session, scope_missing(old, other_key="Второй"), key, failed)
        third = a_key(session, facts("marketplace", fingerprint="third"), "Третий")

        def told() -> tuple[str, str]:
            session.flush()
            card = cards.card(session, row, "ru")
            return card.other_key, next((s.text for s in card.steps if s.route == "other_key"), "")

        assert told()[0] == "Второй", "the one that was proposed, while it can"
        keyring.rename(session, second, "Новое имя")
        assert told()[0] == "Третий", "nobody is called as the proposed one: the one saved last"
        keyring.remove(session, second)
        assert told() == (
            "Третий",
            "Импортируйте заказы ключом «Третий»: у него есть категория «Маркетплейс»",
        )

        a_run(session, third, "done")
        checklist.refresh(session)
        keyring.rename(session, third, "Загрузивший")
        assert told()[0] == "Загрузивший"
        assert "Заказы загружены ключом «Загрузивший»" in cards.card(session, row, "ru").summary
        keyring.remove(session, third)
        assert told()[0] == "Третий", "as it was called when it did"


def test_orders_that_came_by_a_third_key_are_not_told_to_be_the_proposed_ones(database: str) -> None:
    old = facts("statistics")
    with db.session() as session:
        key = a_key(session, old)
        a_key(session, facts("marketplace", fingerprint="other"), "Второй")
        third = a_key(session, facts("marketplace", fingerprint="third"), "Третий")
        failed = a_run(session, key, "failed").id
        row = checklist.open_or_update(session, scope_missing(old, other_key="Второй"), key, failed)
        a_run(session, third, "done")
        checklist.refresh(session)
        card = cards.card(session, row, "ru")
        assert "Заказы загружены ключом «Третий»" in card.summary
        assert [s.text for s in card.steps if s.done] == [
            "Импортируйте заказы ключом «Третий»: у него есть категория «Маркетплейс»"
        ]


def test_where_no_other_key_can_do_it_any_more_a_new_token_is_the_only_way(database: str) -> None:
    old = facts("statistics")
    with db.session() as session:
        key = a_key(session, old)
        other = a_key(session, facts("marketplace", fingerprint="other"), "Второй")
        failed = a_run(session, key, "failed").id
        row = checklist.open_or_update(session, scope_missing(old, other_key="Второй"), key, failed)
        checklist.choose_route(session, row.id, "other_key")
        keyring.remove(session, other)
        card = cards.card(session, row, "ru")
        assert (card.routes, card.action, card.other_key) == ((), "replace_token", "")
        assert "Второй" not in card.summary
        assert [s.id for s in card.steps if not s.not_needed] == [
            "ask_owner",
            "free_place",
            "create_token",
            "save_token",
            "check_import",
            "no_error_since",
        ]


def test_a_new_token_after_the_other_keys_import_makes_this_key_the_matter_again(sqlite: str) -> None:
    old = facts("statistics")
    with db.session() as session:
        key = a_key(session, old)
        other = a_key(session, facts("marketplace", fingerprint="other"), "Второй")
        failed = a_run(session, key, "failed")
        row = checklist.open_or_update(session, scope_missing(old, other_key="Второй"), key, failed.id)
        a_run(session, other, "done")
        a_key(session, facts("marketplace", fingerprint="new"))
        checklist.refresh(session)
        card = cards.card(session, row, "ru")
        assert (card.state, card.route, card.action) == ("open", "new_token", "repeat")
        assert "Осталось повторить импорт" in card.summary
        assert card.title.startswith("Токен заменён, осталось повторить импорт: ключ «")
        assert card.former_title.startswith("Токену не хватает категории «Маркетплейс»: ключ «")
        assert "не может" not in card.summary
        assert (card.at_step, len(card.way)) == (5, 6)
        left = [step.id for step in card.steps if not step.done and not step.not_needed]
        assert left == ["ask_owner", "free_place", "check_import", "no_error_since"]
        a_run(session, key, "done")
        checklist.refresh(session)
        assert cards.card(session, row, "ru").state == "closed"


def test_the_operator_chooses_a_way_and_evidence_has_the_last_word(database: str) -> None:
    old = facts("statistics")
    with db.session() as session:
        key = a_key(session, old)
        other = a_key(session, facts("marketplace", fingerprint="other"), "Второй")
        found = scope_missing(old, other_key="Второй")
        row = checklist.open_or_update(session, found, key, a_run(session, key, "failed").id)
        checklist.choose_route(session, row.id, "new_token")
        card = cards.card(session, row, "ru")
        assert [s.id for s in card.steps if s.not_needed] == ["use_other_key"]
        assert card.action == "replace_token"
        with pytest.raises(KeyError):
            checklist.choose_route(session, row.id, "no_such_way")
        a_run(session, other, "done")
        checklist.refresh(session)
        assert cards.card(session, row, "ru").route == "other_key"


def test_a_wait_for_the_quota_ticks_when_it_is_over(database: str) -> None:
    with db.session() as session:
        known = facts("marketplace")
        key = a_key(session, known)
        error = RateLimitedError("orders.new", retry_after_s=60, http_status=429)
        found = diagnosis.from_error(error, Evidence(now=NOW, facts=known))
        row = checklist.open_or_update(session, found, key, a_run(session, key, "failed").id)
        checklist.refresh_unattended(session, NOW)
        assert not ticks(row)["wait_for_quota"]
        checklist.refresh_unattended(session, NOW + timedelta(seconds=61))
        assert ticks(row)["wait_for_quota"]


def test_operators_ticks_are_kept_with_who_and_when(database: str) -> None:
    with db.session() as session:
        known = facts("marketplace")
        key = a_key(session, known)
        error = UnexpectedResponseError("orders.new", reason="html")
        found = diagnosis.from_error(error, Evidence(now=NOW, facts=known))
        row_id = checklist.open_or_update(session, found, key, a_run(session, key, "failed").id).id
        checklist.tick(session, row_id, "check_portal", True, "Анна")
        session.commit()
    with db.session() as session:
        row = session.get(Checklist, row_id)
        assert row is not None
        step = next(s for s in cards.card(session, row, "ru").steps if s.id == "check_portal")
        assert step.done
        assert "Анна" in step.note
        with pytest.raises(ValueError, match="check_import"):
            checklist.tick(session, row_id, "check_import", True, "Анна")
        with pytest.raises(KeyError):
            checklist.tick(session, row_id, "no_such_step", True, "Анна")


def solved_by_hand(session: Session) -> tuple[Key, Diagnosis, Checklist]:
    """A problem whose steps an operator has ticked, all of them."""
    known = facts("marketplace")
    key = a_key(session, known)
    found = diagnosis.seller_mismatch(Evidence(now=NOW, facts=known), "A", "B")
    row = checklist.open_or_update(session, found, key, None)
    for step in ("check_seller", "add_as_new_key"):
        checklist.tick(session, row.id, step, True, "Анна")
    return key, found, row


def test_a_solved_checklist_can_be_opened_again(database: str) -> None:
    with db.session() as session:
        _, _, row = solved_by_hand(session)
        assert row.closed_at is not None
        again = checklist.reopen(session, row.id)
        assert again.closed_at is None


def test_open_ones_come_worst_first(database: str) -> None:
    old = facts("statistics", days=5)
    with db.session() as session:
        key = a_key(session, old)
        expiring = [
            d for d in diagnosis.token_diagnoses(Evidence(now=NOW, facts=old)) if d.code == "token_expiring"
        ]
        checklist.open_or_update(session, scope_missing(old), key, None)
        checklist.open_or_update(session, expiring[0], key, None)
        assert [row.severity for row in checklist.open_checklists(session)] == ["error", "warning"]


def test_the_support_pack_holds_no_secret_wherever_one_is_planted(database: str) -> None:
    """Redacted by construction: what is not on the list does not get in, whatever it is called."""
    secret = secrets.token_urlsafe(24)
    known = replace(facts("statistics"), seller_sid=secret, fingerprint=secret)
    with db.session() as session:
        key = a_key(session, known, name=secret)
        key.facts = {**key.facts, "token": secret, secret: secret, "id": secret}
        run = a_run(session, key, "failed", params={"x": secret}, cursor={"x": secret}, worker=secret)
        found = scope_missing(known, seller_name=secret, other_key=secret)
        found = replace(
            found,
            params={**found.params, "token": secret, "authorization": secret},
            details={**found.details, "headers": secret, "body": secret},
        )
        row = checklist.open_or_update(session, found, key, run.id)
        row.ticks = {**row.ticks, "note": {"who": secret}}
        pack = orjson.dumps(support.support_pack(row, key, [run])).decode()
    assert secret not in pack
    assert "scope_missing" in pack
    assert "statistics" in pack


# --- In the same moment -------------------------------------------------------------------------------------


def just_before_it_is_held(monkeypatch: pytest.MonkeyPatch, happens: Callable[[Session], object]) -> None:
    """Another process changes a checklist when this one has looked at it and has not taken hold of it yet."""
    hold, left = checklist._lock, [happens]

    def late(session: Session, row: Checklist) -> None:
        if left:
            change = left.pop()
            session.commit()
            with db.session() as other:
                change(other)
                other.commit()
        hold(session, row)

    monkeypatch.setattr(checklist, "_lock", late)


def answered_problem(session: Session) -> tuple[Key, str]:
    """A problem of a method that WB has answered since."""
    known = facts("marketplace")
    key = a_key(session, known)
    denied = diagnosis.from_error(
        ScopeError("orders.new", http_status=401), Evidence(now=NOW, key_name="Магазин", facts=known)
    )
    row = checklist.open_or_update(session, denied, key)
    session.commit()
    capabilities.record(session, key.id or 0, "orders.new", "ok", "probe", now=datetime.now(UTC))
    session.commit()
    return key, row.id


def test_what_comes_again_while_it_is_looked_at_is_not_closed(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with db.session() as session:
        key, number = answered_problem(session)
        before = session.get_one(Checklist, number).diagnosis

        def again(other: Session) -> None:
            row = other.get_one(Checklist, number)
            row.updated_at, row.diagnosis = datetime.now(UTC), before
            capabilities.record(other, key.id or 0, "orders.new", "denied", "probe")

        just_before_it_is_held(monkeypatch, again)
        checklist.refresh(session, key.id)
        session.commit()
        assert session.get_one(Checklist, number).closed_at is None


def test_what_a_person_has_put_aside_in_the_same_moment_stays_so(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with db.session() as session:
        key, number = answered_problem(session)
        just_before_it_is_held(
            monkeypatch, lambda other: checklist.dismiss(other, number, "Анна", "ключ не нужен")
        )
        closed = checklist.refresh(session, key.id)
        session.commit()
        row = checklist.get(session, number)
        assert row is not None
        assert (row.ended, row.solved_by, closed) == (checklist.DISMISSED, "Анна", [])
        assert [one["event"] for one in row.past] == [checklist.DISMISSED]


def test_what_is_over_is_not_put_off_and_what_is_opened_again_is_seen(database: str) -> None:
    """A window that shows it still as open must not keep quiet what comes back days later."""
    later = datetime.now(UTC) + timedelta(days=7)
    with db.session() as session:
        _, number = answered_problem(session)
        checklist.snooze(session, number, later, "Анна")
        checklist.dismiss(session, number, "Анна", "ключ не нужен")
        with pytest.raises(KeyError):
            checklist.snooze(session, number, later, "Лев")
        row = session.get_one(Checklist, number)
        assert row.snoozed_until is None
        row.closed_at = None
        checklist.snooze(session, number, later, "Анна")
        row.closed_at = datetime.now(UTC)
        checklist.reopen(session, number, "Лев")
        assert [one.id for one in checklist.open_checklists(session)] == [number]


def test_what_was_ticked_proves_nothing_once_the_problem_is_back(database: str) -> None:
    with db.session() as session:
        key, found, row = solved_by_hand(session)
        assert row.ended == checklist.SOLVED
        assert checklist.open_or_update(session, found, key, None).id == row.id
        assert row.closed_at is None
        assert not any(ticks(row).values())
        card = cards.card(session, row, "ru")
        assert all("снова не сделано" in step.note for step in card.steps if step.id == "check_seller")


def test_what_was_put_aside_stays_so_until_an_import_fails_or_the_token_is_another(database: str) -> None:
    old, other = facts("statistics"), facts("statistics", fingerprint="other")
    with db.session() as session:
        key = a_key(session, old)
        row = checklist.open_or_update(session, scope_missing(old), key)
        checklist.dismiss(session, row.id, "Анна", "ключ только для статистики")
        checklist.open_or_update(session, scope_missing(old), key)
        assert row.ended == checklist.DISMISSED, "a check has found what was known"
        checklist.open_or_update(session, scope_missing(old), key, a_run(session, key, "failed").id)
        assert row.closed_at is None, "an import has failed"
        checklist.dismiss(session, row.id, "Анна", "ключ только для статистики")
        checklist.open_or_update(session, scope_missing(other), key)
        assert row.closed_at is None, "it is another token"


def test_a_warning_that_comes_again_says_what_is_so_now(database: str) -> None:
    def expiring(now: datetime) -> Diagnosis:
        found = diagnosis.token_diagnoses(Evidence(now=now, facts=facts("marketplace", days=20)))
        return next(one for one in found if one.code == "token_expiring")

    with db.session() as session:
        key = a_key(session, facts("marketplace", days=20))
        row = checklist.open_or_update(session, expiring(NOW), key)
        before = cards.card(session, row, "ru").summary
        checklist.open_or_update(session, expiring(NOW + timedelta(days=15)), key)
        assert cards.card(session, row, "ru").summary != before


@pytest.mark.parametrize(
    ("method", "category", "met", "met_by_category"),
    [
        ("orders.new", "marketplace", True, True),
        ("orders.period", "marketplace", False, True),
        ("statistics.orders", "statistics", False, False),
    ],
)
def test_only_an_import_that_asks_the_same_would_meet_it_again(
    sqlite: str, method: str, category: str, met: bool, met_by_category: bool
) -> None:
    known = facts("marketplace", "statistics")
    with db.session() as session:
        key, other = a_key(session, known), a_key(session, known, "Второй")

        def would(row: Checklist, by: Key = key) -> bool:
            return checklist.is_met_by(row, by.id or 0, {method}, {category})

        assert would(checklist.open_or_update(session, scope_missing(known), key)) is met
        # Known before anything was sent: then it is the category that is missing.
        early = replace(scope_missing(known), details={})
        assert would(checklist.open_or_update(session, early, key)) is met_by_category
        down = WBUnavailableError("orders.new", http_status=503)
        outage = checklist.open_or_update(session, diagnosis.from_error(down, Evidence(facts=known)), key)
        assert would(outage) is met
        assert not would(outage, other)
