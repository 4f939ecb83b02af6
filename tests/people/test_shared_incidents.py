"""An outage of many keys, and somebody who knows only some of them: their own part, and nothing of others."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import orjson
import pytest
from alembic import command
from sqlmodel import Session, select, update

from tests.people.house import PASSWORD, PATIENCE_S, ROOT, House, dashboard, furnish, inside
from tests.people.tab import Tab
from wbcore.api import token as tokens
from wbcore.api.errors import MethodDisabledError, NetworkError, WBError, WBUnavailableError
from wbcore.guidance import cards, checklist, diagnosis, incidents, support, texts
from wbcore.guidance.diagnosis import Evidence
from wbcore.imports import runs
from wbcore.keys import capabilities, keyring
from wbcore.people import audit, ticks, users, visitor
from wbcore.people.actor import Actor, NotAllowed
from wbcore.sandbox.tokens import mint
from wbcore.store import db, visibility
from wbcore.store.models import Checklist, Key, Run, Seller, User

OURS, FOREIGN = "Наша лавка", "Соседи"
WORD = "мы знаем, это у Соседей"


def add_key(session: Session, name: str) -> Key:
    token = mint(bits=(5,), sid=str(uuid4()), expires=datetime.now(UTC) + timedelta(days=90))
    facts = tokens.read(token)
    seller = keyring.upsert_seller(session, str(facts.seller_sid), "production", f"ООО {name}")
    return keyring.save(session, name, token, facts, seller, "production", datetime.now(UTC))


def second_key(session: Session, first: Key, name: str) -> Key:
    token = mint(bits=(5,), sid=str(uuid4()), expires=datetime.now(UTC) + timedelta(days=90))
    seller = keyring.get_seller(session, first.seller_id)
    return keyring.save(session, name, token, tokens.read(token), seller, "production", datetime.now(UTC))


def test_an_outage_of_ones_own_keys_is_ones_own_also_when_one_of_them_is_removed(database: str) -> None:
    with db.session() as session:
        ours = add_key(session, OURS)
        other = second_key(session, ours, "второй")
        for key in (ours, other):
            row = fails(session, key, WBUnavailableError("orders.new", http_status=503))
        session.commit()
        keyring.remove(session, other)
        session.commit()
        own, seller_id = row.id, ours.seller_id
    lev = Actor(5, "Лев", "operator", frozenset({seller_id}), False, "page")

    def seen() -> tuple[bool, bool]:
        with db.unlimited_session() as session:
            visibility.limit(session, frozenset({seller_id}))
            found = session.get(Checklist, own)
            assert found is not None
            return incidents.concerns_others(session, found), cards.card(session, found, "ru").of_others_too

    assert seen() == (False, False)
    with db.unlimited_session() as session:
        visibility.limit(session, frozenset({seller_id}))
        ticks.snooze(session, own, datetime.now(UTC) + timedelta(days=1), "Лев", by=lev)
        session.commit()
    with db.session() as session:
        fails(session, add_key(session, FOREIGN), WBUnavailableError("orders.new", http_status=503))
        session.commit()
    assert seen() == (True, True)


def fails(session: Session, key: Key, error: WBError) -> Checklist:
    run = runs.create(session, key, "new", {}, "schedule")
    run.status = "failed"
    session.add(run)
    session.flush()
    found = diagnosis.from_error(error, Evidence(key_name=key.name))
    return checklist.open_or_update(session, found, key, run.id)


def outage(session: Session) -> Checklist:
    """Our key has met it by one method, the neighbours' later by another; somebody has said something."""
    fails(session, add_key(session, OURS), WBUnavailableError("orders.new", http_status=503))
    row = fails(
        session,
        add_key(session, FOREIGN),
        WBUnavailableError("orders.period", http_status=502, request_id="foreign-request"),
    )
    checklist.dismiss(session, row.id, "Анна", WORD)
    checklist.reopen(session, row.id)
    session.commit()
    return row


def seller_of(session: Session, name: str) -> int:
    found = session.exec(select(Seller.id).where(Seller.name == f"ООО {name}")).one()
    assert found is not None
    return found


@pytest.fixture
def row(database: str) -> Checklist:
    with db.session() as session:
        return outage(session)


def limited(session: Session, name: str = OURS) -> Session:
    visibility.limit(session, frozenset({seller_of(session, name)}))
    return session


@pytest.mark.parametrize("lang", texts.LANGUAGES)
def test_an_outage_tells_a_limited_user_of_their_own_keys_alone(row: Checklist, lang: str) -> None:
    with db.unlimited_session() as session:
        everything = cards.card(session, checklist.get(session, row.id) or row, lang)
        assert len(everything.concerned) == 2
        assert not everything.of_others_too
        (found,) = checklist.open_checklists(limited(session))
        card = cards.card(session, found, lang)
        own = session.exec(select(Run.id)).one()
        assert [one.key for one in card.concerned] == [OURS]
        assert card.of_others_too
        assert OURS in card.title
        assert card.repeat_run_ids == (own,)
        pack = support.support_pack(incidents.within_sight(found, keyring.by_id(session, [1])), None, [])
        read = (
            card.title,
            card.summary,
            card.support_text,
            card.owner_text,
            card.past,
            card.details,
            card.steps,
        )
        told = repr(read) + orjson.dumps(pack).decode()
        for foreign in (FOREIGN, "foreign-request", WORD, "502", "orders.period"):
            if foreign != "502":
                assert foreign not in told, foreign
        assert checklist.count_open(session) == 1


def test_an_outage_of_others_is_not_there(row: Checklist) -> None:
    with db.unlimited_session() as session:
        third = add_key(session, "Третий")
        session.commit()
        limited(session, "Третий")
        assert checklist.open_checklists(session) == []
        assert checklist.get(session, row.id) is None
        assert checklist.of_key(session, third.id or 0) == []


def test_what_concerns_others_too_is_ended_by_who_sees_all(row: Checklist) -> None:
    with db.unlimited_session() as session:
        lev = Actor(5, "Лев", "operator", frozenset({seller_of(session, OURS)}))
        limited(session)
        step = next(s for s in checklist.diagnosis_of(row).steps)
        later = datetime.now(UTC) + timedelta(days=1)
        for act in (
            lambda: ticks.tick(session, row.id, step.id, True, "Лев", by=lev),
            lambda: ticks.dismiss(session, row.id, "Лев", "x", by=lev),
            lambda: ticks.snooze(session, row.id, later, "Лев", by=lev),
            lambda: ticks.choose_route(session, row.id, "x", by=lev),
            lambda: ticks.reopen(session, row.id, "Лев", by=lev),
        ):
            with pytest.raises(NotAllowed):
                act()


def test_what_a_limited_user_does_ends_it_for_nobody_else(database: str) -> None:
    """Their key answers again; whether the others' do, they can't see."""
    with db.session() as session:
        disabled = [
            fails(session, add_key(session, name), MethodDisabledError("orders.new", http_status=403))
            for name in (OURS, FOREIGN)
        ]
        session.commit()
        key = keyring.get_key(session, OURS)
        assert key is not None
        after = datetime.now(UTC) + timedelta(seconds=2)
    with db.unlimited_session() as session:
        limited(session)
        capabilities.record(session, key.id or 0, "statistics.orders", "ok", "probe", now=after)
        assert checklist.refresh(session) == []
        session.commit()
    with db.session() as session:
        found = checklist.get(session, disabled[0].id)
        assert found is not None
        assert found.closed_at is None
        other = keyring.get_key(session, FOREIGN)
        assert other is not None
        for one in (key, other):
            capabilities.record(session, one.id or 0, "orders.new", "ok", "probe", now=after)
        session.commit()
        assert [row.id for row in checklist.refresh_unattended(session, after)] == [found.id]


def test_a_removed_key_leaves_the_outage_to_the_others(row: Checklist) -> None:
    with db.unlimited_session() as session:
        foreign = keyring.get_key(session, FOREIGN)
        assert foreign is not None
        keyring.remove(session, foreign)
        session.commit()
        assert checklist.open_checklists(limited(session, OURS)) != []


def test_outages_that_an_earlier_version_has_kept_are_seen_too(row: Checklist) -> None:
    """The schema of before, with the outage in it; then this program starts."""
    with db.engine().connect() as connection:
        db.lock(connection)
        command.downgrade(db.migration_config(connection), "0016")
        connection.commit()
    db.prepare()
    with db.unlimited_session() as session:
        assert [one.id for one in checklist.open_checklists(limited(session))] == [row.id]


# --- In the running dashboard -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    data = tmp_path_factory.mktemp("office") / "data"
    furnish(data)
    with inside(data), db.session() as session:
        outage(session)
        fails(session, add_key(session, "Третья лавка"), NetworkError("orders.new", reason="refused"))
        users.add(session, "Лев", "operator", PASSWORD, sellers=[seller_of(session, OURS)])
        session.commit()
    yield from dashboard(data, WB_SIGN_IN="1")


SCREENS = ["", *sorted(file.stem for file in (ROOT / "pages").glob("[a-z]*.py"))]


@pytest.mark.parametrize("screen", SCREENS)
def test_no_screen_tells_of_others(office: House, screen: str) -> None:
    with Tab(office, office.cookie("Лев")) as tab:
        tab.open(screen)
        for foreign in (FOREIGN, "foreign-request", WORD, "Третья"):
            assert foreign not in tab.text, foreign
        if screen in ("", "token_health"):
            assert OURS in tab.text
            assert texts.t("ru", "page-checklist-of-others") in tab.text
        assert "Traceback" not in tab.text


def test_who_sees_all_sees_them(office: House) -> None:
    with Tab(office, office.cookie("Олег")) as tab:
        assert FOREIGN in tab.open("token_health").text
        assert texts.t("ru", "page-checklist-of-others") not in tab.text


def test_what_a_page_refuses_is_in_the_audit_once(office: House) -> None:
    """The right is taken away between the drawing of a button and its press; the page draws itself anew."""
    with Tab(office, office.cookie("Олег")) as tab:
        tab.open()
        label = texts.t("ru", "page-checklist-dismiss")
        ticked = next(one for one in tab.boxes() if not one.disabled)
        with inside(office.data), db.session() as session:
            session.exec(update(User).where(User.name == "Олег").values(role="viewer"))
            session.commit()
        time.sleep(visitor._FRESH_S)  # so long a run of a page takes somebody for who they were
        assert texts.t("ru", "page-failure-not-allowed") in tab.set(ticked, True).text
        for turn in range(4):  # a page that tries again by itself
            assert "Traceback" not in tab.set(ticked, turn % 2 == 1).text
        assert label not in tab.open().labels()
    office.process.terminate()  # what waits to be noted is noted before the end
    office.process.wait(PATIENCE_S)
    with inside(office.data), db.session() as session:
        told = [one for one in audit.latest(session) if one.action == "act_refused"]
    assert [(one.who, one.subject, one.outcome) for one in told] == [("Олег", "tick", "refused")]
