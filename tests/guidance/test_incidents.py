"""One outage is one checklist, with the keys and methods in it; it ends when WB answers again."""

from __future__ import annotations

import secrets
import threading
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import Session, select

from tests.guidance.test_checklist import a_run, facts
from wbcore.api.errors import (
    AccessDeniedError,
    NetworkError,
    ScopeError,
    UnexpectedResponseError,
    WBError,
    WBUnavailableError,
)
from wbcore.guidance import cards, checklist, diagnosis
from wbcore.guidance.diagnosis import Evidence
from wbcore.keys import capabilities, keyring
from wbcore.store import db
from wbcore.store.models import Checklist, Key, Seller

LATER = timedelta(seconds=2)


def a_key(session: Session, name: str, sid: str = "sid", environment: str = "production") -> Key:
    seller = keyring.upsert_seller(session, sid, environment, f"ООО {sid}", "")
    known = facts("marketplace", "statistics", fingerprint=name)
    token = secrets.token_hex(8)
    return keyring.save(session, name, token, known, seller, environment, datetime.now(UTC))


def fails(session: Session, key: Key, error: WBError, *, imported: bool = True) -> Checklist:
    found = diagnosis.from_error(error, Evidence(key_name=key.name, facts=facts("marketplace")))
    run_id = a_run(session, key, "failed").id if imported else None
    return checklist.open_or_update(session, found, key, run_id)


def answers(session: Session, key: Key, method: str, after: timedelta = LATER) -> None:
    capabilities.record(session, key.id or 0, method, "ok", "probe", now=datetime.now(UTC) + after)


def is_ended_by(session: Session, row: Checklist, key: Key, method: str) -> bool:
    """Whether an answer to this key shows that the problem is over."""
    answers(session, key, method)
    checklist.refresh(session)
    return row.closed_at is not None


def everything(session: Session) -> list[Checklist]:
    return list(session.exec(select(Checklist)).all())


def test_a_closed_gateway_met_by_thirty_keys_is_one_checklist(sqlite: str) -> None:
    with db.session() as session:
        keys = [a_key(session, f"Ключ {n}", f"sid-{n % 2}") for n in range(30)]
        for key in keys:
            fails(session, key, NetworkError("orders.new", reason="refused"))
            for method in ("orders.new", "statistics.orders"):  # what the check after it meets
                fails(session, key, NetworkError(method, reason="refused"), imported=False)
        (row,) = everything(session)
        card = cards.card(session, row, "ru")
        problem = "Нет связи с Wildberries, в соединении отказано"
        assert card.title == f"{problem}: 30 ключей, 2 продавца"
        assert [one.label("ru") for one in card.concerned[:2]] == [
            "«Ключ 0» (ООО sid-0)",
            "«Ключ 1» (ООО sid-1)",
        ]
        assert {one.methods for one in card.concerned} == {("orders.new", "statistics.orders")}
        assert len(card.concerned) == 30
        assert len(card.repeat_run_ids) == 30
        assert card.action == "repeat"
        assert not any(step.done for step in card.steps)
        answers(session, keys[7], "seller.info")
        checklist.refresh(session)
        assert row.closed_at is not None, "one answer shows that the way to WB is open again"
        assert row.ended in checklist.OVER


def test_keys_of_an_incident_are_named_in_the_order_of_their_names(sqlite: str) -> None:
    with db.session() as session:
        for name in ("Третий", "Первый", "Второй"):
            row = fails(session, a_key(session, name), WBUnavailableError("orders.new", http_status=503))
        title = cards.card(session, row, "ru").title
        assert title == "Wildberries сейчас не отвечает: ключи «Второй», «Первый», «Третий»"


def test_an_incident_of_one_key_names_it_and_its_seller(sqlite: str) -> None:
    with db.session() as session:
        a_key(session, "Другой", "sid-2")
        row = fails(
            session, a_key(session, "Магазин", "sid-1"), WBUnavailableError("orders.new", http_status=503)
        )
        title = cards.card(session, row, "ru").title
        assert title == "Wildberries сейчас не отвечает: ключ «Магазин», ООО sid-1"


def test_a_host_that_is_down_is_up_when_it_answers_and_another_one_proves_nothing(sqlite: str) -> None:
    with db.session() as session:
        one, two = a_key(session, "Один"), a_key(session, "Два")
        row = fails(session, one, WBUnavailableError("orders.new", http_status=503))
        assert not is_ended_by(session, row, two, "statistics.orders")
        assert is_ended_by(session, row, two, "orders.period")


def test_an_outage_that_another_keys_answer_ends_leaves_its_imports_as_they_are(sqlite: str) -> None:
    """An import that nobody has repeated was told as repeated, and verified."""
    with db.session() as session:
        one, two = a_key(session, "Один"), a_key(session, "Два")
        row = fails(session, one, WBUnavailableError("orders.new", http_status=503))
        answers(session, two, "orders.new")
        checklist.refresh(session)
        steps = {step.id: (step.done, step.not_needed) for step in cards.card(session, row, "ru").steps}
        assert (row.ended, steps["check_import"]) == (checklist.HEALED, (False, True))


def test_an_outage_is_solved_when_each_import_that_it_had_stopped_was_repeated(sqlite: str) -> None:
    with db.session() as session:
        keys = a_key(session, "Один"), a_key(session, "Два")
        for key in keys:
            row = fails(session, key, WBUnavailableError("orders.new", http_status=503))
        for key in keys:
            assert row.closed_at is None
            a_run(session, key, "done").finished_at = datetime.now(UTC) + LATER
            checklist.refresh(session)
        steps = {step.id: step.done for step in cards.card(session, row, "ru").steps}
        assert (row.ended, steps["check_import"]) == (checklist.SOLVED, True)


def test_web_pages_instead_of_data_and_a_wrong_shape_are_two_outages(sqlite: str) -> None:
    with db.session() as session:
        key = a_key(session, "Магазин")
        pages = [
            fails(session, key, UnexpectedResponseError(method, reason="html"))
            for method in ("orders.new", "statistics.orders")
        ]
        shape = fails(session, key, UnexpectedResponseError("orders.new", reason="wrong_shape"))
        assert pages[0].id == pages[1].id != shape.id


def test_an_answer_that_is_too_large_is_not_over_with_what_another_method_answers(sqlite: str) -> None:
    """It was told as passed with the next import of anything, and new orders came no more than before."""
    with db.session() as session:
        key = a_key(session, "Магазин")
        row = fails(session, key, UnexpectedResponseError("orders.new", reason="too_large"))
        assert not is_ended_by(session, row, key, "orders.period")
        assert is_ended_by(session, row, key, "orders.new")


def test_outages_of_different_environments_are_told_apart(sqlite: str) -> None:
    with db.session() as session:
        real, learning = a_key(session, "Магазин"), a_key(session, "Учебный", environment="demo")
        rows = [fails(session, key, NetworkError("orders.new", reason="refused")) for key in (real, learning)]
        assert rows[0].id != rows[1].id
        answers(session, learning, "orders.new")
        checklist.refresh(session)
        assert rows[0].closed_at is None
        assert rows[1].closed_at is not None


def test_the_same_refusal_of_many_keys_becomes_one(sqlite: str) -> None:
    with db.session() as session:
        keys = [a_key(session, f"Ключ {n}", f"sid-{n}") for n in range(5)]
        for key in keys[:2]:
            assert fails(session, key, AccessDeniedError("orders.new", http_status=403)).key_id == key.id
        rows = [fails(session, key, AccessDeniedError("orders.new", http_status=403)) for key in keys[2:]]
        assert len({row.id for row in rows}) == 1
        assert rows[0].key_id is None
        assert len(checklist.open_checklists(session)) == 1
        assert cards.card(session, rows[0], "ru").title.endswith(": 5 ключей, 5 продавцов")
        answers(session, keys[0], "orders.new")
        checklist.refresh(session)
        assert rows[0].closed_at is None, "what one key may do says nothing of the others"
        for key in keys[1:]:
            answers(session, key, "orders.new")
        checklist.refresh(session)
        assert rows[0].closed_at is not None


def test_it_comes_back_as_the_same_checklist_with_its_history(sqlite: str) -> None:
    with db.session() as session:
        key = a_key(session, "Магазин")
        row = fails(session, key, WBUnavailableError("orders.new", http_status=503))
        answers(session, key, "orders.new", timedelta(milliseconds=1))
        checklist.refresh(session)
        assert row.closed_at is not None
        again = fails(session, key, WBUnavailableError("orders.new", http_status=503))
        assert again.id == row.id
        assert again.closed_at is None
        past = cards.card(session, again, "ru").past
        assert [line.partition(": ")[2] for line in past][-1] == "проблема вернулась"


def test_a_removed_key_holds_no_outage_open(sqlite: str) -> None:
    with db.session() as session:
        key = a_key(session, "Магазин")
        row = fails(session, key, NetworkError("orders.new", reason="refused"))
        keyring.remove(session, key)
        checklist.refresh(session)
        assert row.closed_at is not None


def test_workers_that_meet_it_at_once_make_one(database: str) -> None:
    with db.session() as session:
        ids = [a_key(session, f"Ключ {n}", f"sid-{n}").id for n in range(6)]
        session.commit()
    start = threading.Barrier(6)
    problems: list[BaseException] = []

    def worker(key_id: int | None) -> None:
        start.wait()
        try:
            with db.writing() as session:
                key = session.get(Key, key_id)
                assert key is not None
                fails(session, key, NetworkError("orders.new", reason="refused"))
                session.commit()
        except BaseException as error:  # noqa: BLE001
            problems.append(error)

    threads = [threading.Thread(target=worker, args=(one,)) for one in ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    with db.session() as session:
        (row,) = everything(session)
        assert len(row.members) == 6


@pytest.mark.parametrize("lang", ["ru", "en"])
def test_a_message_to_support_says_only_what_happened(sqlite: str, lang: str) -> None:
    with db.session() as session:
        key = a_key(session, "Магазин")
        down = fails(session, key, WBUnavailableError("orders.new", http_status=503, request_id="r-1"))
        text = cards.card(session, down, lang).support_text
        assert "503" in text
        assert "r-1" in text
        refused = diagnosis.preflight("orders.new", Evidence(key_name="Магазин", facts=facts("statistics")))
        assert refused is not None
        row = checklist.open_or_update(session, refused, key, a_run(session, key, "failed").id)
        text = cards.card(session, row, lang).support_text
        assert ("Запрос не отправлялся" if lang == "ru" else "The request was not sent") in text
        assert "HTTP" not in text


def test_what_an_import_has_put_right_is_told_once_it_is_so(sqlite: str) -> None:
    with db.session() as session:
        one, other = a_key(session, "Один"), a_key(session, "Два")
        outage = fails(session, one, WBUnavailableError("orders.new", http_status=503))
        set_aside = fails(session, one, AccessDeniedError("orders.period", http_status=403))
        run = a_run(session, one, "done")
        begun = datetime.now(UTC)
        run.started_at, run.finished_at = begun, begun + LATER
        assert checklist.put_right(session, run) == []
        checklist.dismiss(session, set_aside.id, "Вера", "не нужно")
        answers(session, one, "orders.period")
        checklist.refresh(session)
        assert checklist.put_right(session, run) == [outage], "what was set aside is not solved"
        run.key_id = other.id
        assert checklist.put_right(session, run) == []
        session.commit()


def stopped_working(session: Session, *keys: Key) -> Checklist:
    """The same refusal of tokens that had worked, met by many keys at once: their incident."""
    for key in keys:
        error = ScopeError("orders.new", http_status=401, detail="token scope not allowed")
        known = Evidence(key_name=key.name, facts=facts("marketplace"), worked_until=datetime.now(UTC))
        found = diagnosis.from_error(error, known)
        row = checklist.open_or_update(session, found, key, a_run(session, key, "failed").id)
    assert row.key_id is None
    return row


def paste(session: Session, key: Key, *categories: str) -> None:
    """Another token for a key, a moment later."""
    known = facts(*categories, fingerprint=secrets.token_hex(4))
    seller = session.get_one(Seller, key.seller_id)
    saved = keyring.save(
        session, key.name, "x", known, seller, key.environment, datetime.now(UTC), into=key.id
    )
    saved.token_saved_at = datetime.now(UTC) + LATER
    session.add(saved)
    session.flush()


def done(row: Checklist) -> set[str]:
    return {step.id for step in checklist.diagnosis_of(row).steps if step.done}


def test_new_tokens_tick_an_incidents_steps_when_each_key_that_needs_one_has_it(database: str) -> None:
    """Two steps that nothing could tick: an incident has no key, and its keys' tokens were not looked at."""
    with db.session() as session:
        first, second, third = (a_key(session, name) for name in ("Раз", "Два", "Три"))
        row = stopped_working(session, first, second, third)
        paste(session, first, "marketplace")
        checklist.refresh(session)
        assert done(row) == set(), "two are as they were"
        paste(session, second, "statistics")
        answers(session, third, "orders.new")
        checklist.refresh(session)
        assert done(row) == set(), "what one has got lacks the category"
        paste(session, second, "marketplace")
        checklist.refresh(session)
        assert done(row) == {"create_token", "save_token"}
        for key in (first, second, third):
            run = a_run(session, key, "done")
            run.finished_at = datetime.now(UTC) + LATER
        session.flush()
        checklist.refresh(session)
        assert row.ended == checklist.SOLVED


def test_tokens_that_work_again_by_themselves_were_not_replaced(sqlite: str) -> None:
    with db.session() as session:
        keys = [a_key(session, name) for name in ("Раз", "Два", "Три")]
        row = stopped_working(session, *keys)
        for key in keys:
            answers(session, key, "orders.new")
        checklist.refresh(session)
        assert (row.ended, done(row)) == (checklist.HEALED, set())


def test_a_refusal_of_several_sellers_is_no_reason_to_make_tokens_at_once(sqlite: str) -> None:
    with db.session() as session:
        of_one = stopped_working(session, *(a_key(session, name) for name in ("Раз", "Два", "Три")))
        assert "несколько продавцов" not in cards.card(session, of_one, "ru").summary, (
            "its owner may have changed"
        )
        stopped_working(session, a_key(session, "Чужой", "другой"))
        assert "Такой отказ получили сразу несколько продавцов" in cards.card(session, of_one, "ru").summary


def test_nothing_is_said_of_new_tokens_where_no_step_asks_for_one(sqlite: str) -> None:
    """The tokens have the category, and Wildberries refuses them all the same."""
    with db.session() as session:
        error = ScopeError("orders.new", http_status=401, detail="token scope not allowed")
        for name in ("Раз", "Два", "Три"):
            row = fails(session, a_key(session, name, f"sid {name}"), error)
        card = cards.card(session, row, "ru")
        assert (row.key_id, card.diagnosis.cause) == (None, "bits_say_yes")
        assert "save_token" not in {step.id for step in card.steps}
        assert "новые токены" not in card.summary
