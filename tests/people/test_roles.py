"""Roles, where the work is done: what a role may not, its function refuses, whatever page has called it."""

from __future__ import annotations

import ast
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session, col, select, update

from tests.guidance.test_checklist import a_key, facts, scope_missing
from tests.orders.samples import make_seller
from wbcore.alerts import alerting
from wbcore.guidance import checklist
from wbcore.health import checkups
from wbcore.imports import queue, schedules
from wbcore.keys import learning, saving
from wbcore.orders import buyers, export
from wbcore.orders.filters import OrderFilters
from wbcore.people import audit, sessions, ticks, users, visitor
from wbcore.people.actor import RIGHTS, Actor, NotAllowed, NotSignedIn, Right, require
from wbcore.sandbox.server import Sandbox
from wbcore.settings import settings
from wbcore.store import db, visibility
from wbcore.store.models import Checklist, Key, Run, Seller, User, UserSession, utc_now

NOW = datetime(2026, 11, 24, tzinfo=UTC)
VIEWER = Actor(1, "Вера", "viewer")
OPERATOR = Actor(2, "Олег", "operator")
OWNER = Actor(3, "Анна", "owner")

Act = Callable[[Actor], Any]


def in_session(work: Callable[..., Any], *arguments: Any, **named: Any) -> Act:
    def act(by: Actor) -> Any:
        with db.session() as session:
            return work(session, *arguments, **named, by=by)

    return act


ACTS: dict[str, tuple[Right, Act]] = {
    "add a key": (Right.KEYS, lambda by: saving.add_key("x", "no token", by=by)),
    "replace a token": (Right.KEYS, lambda by: saving.replace_token(99, "no token", by=by)),
    "rename a key": (Right.KEYS, lambda by: saving.rename_key("nobody", "x", by=by)),
    "remove a key": (Right.KEYS, lambda by: saving.remove_key("nobody", by=by)),
    "open the learning cabinet": (Right.KEYS, lambda by: learning.ensure_demo("ru", by=by)),
    "remove the learning cabinet": (Right.KEYS, lambda by: learning.remove_demo(by=by)),
    "erase buyers' data": (Right.KEYS, lambda by: buyers.erase(actor=by)),
    "import": (Right.IMPORT, lambda by: queue.enqueue_import(99, "new", by=by)),
    "repeat an import": (Right.IMPORT, lambda by: queue.enqueue_import(99, "new", by=by)),
    "stop an import": (Right.IMPORT, lambda by: queue.cancel("no run", by=by)),
    "set a schedule": (Right.SCHEDULE, lambda by: schedules.save(99, "new", every_minutes=60, by=by)),
    "switch a schedule": (Right.SCHEDULE, lambda by: schedules.switch(99, True, by=by)),
    "schedule checks": (Right.SCHEDULE, in_session(checkups.set_every, 60, NOW)),
    "ask for a check": (Right.CHECK, lambda by: checkups.ask([99], NOW, by=by)),
    "tick a step": (Right.TICK, in_session(ticks.tick, "none", "step", True, "x")),
    "choose a route": (Right.TICK, in_session(ticks.choose_route, "none", "x")),
    "dismiss": (Right.TICK, in_session(ticks.dismiss, "none", "x", "y")),
    "put off": (Right.TICK, in_session(ticks.snooze, "none", NOW, "x")),
    "open again": (Right.TICK, in_session(ticks.reopen, "none", "x")),
    "add a channel": (Right.ALERTS, lambda by: alerting.add_channel("x", "no address", by=by)),
    "remove a channel": (Right.ALERTS, lambda by: alerting.remove_channel(99, by=by)),
    "test a channel": (Right.ALERTS, lambda by: alerting.test_channel(99, by=by)),
    "set reminders": (Right.ALERTS, in_session(alerting.set_reminders, 24)),
    "list users": (Right.USERS, in_session(users.list_users)),
    "add a user": (Right.USERS, in_session(users.add, "Ivan", "viewer", "long enough")),
}


@pytest.mark.parametrize("name", ACTS)
@pytest.mark.parametrize("actor", [VIEWER, OPERATOR], ids=["viewer", "operator"])
def test_an_act_asks_for_its_right(sqlite: str, name: str, actor: Actor) -> None:
    right, act = ACTS[name]
    if actor.may(right):
        try:  # there is nothing to work on here: any other refusal is of the work itself
            act(actor)
        except NotAllowed:
            pytest.fail(f"{actor.role} may {name}")
        except Exception:  # noqa: BLE001
            pass
    else:
        with pytest.raises(NotAllowed):
            act(actor)


def test_an_owner_may_all_but_see_buyers() -> None:
    assert set(Right) - RIGHTS["owner"] == {Right.SEE_BUYERS}
    with pytest.raises(NotAllowed):
        require(OWNER, Right.SEE_BUYERS)
    assert require(Actor(4, "", "viewer", sees_buyers=True), Right.SEE_BUYERS)


def test_a_sellers_limit_is_asked_for_with_the_right() -> None:
    limited = Actor(5, "", "operator", frozenset({1}))
    assert require(limited, Right.IMPORT, seller_id=1) is limited
    with pytest.raises(NotAllowed):
        require(limited, Right.IMPORT, seller_id=2)


def test_pages_pass_their_actor_on() -> None:
    """What a page calls acts as whoever looks; a call without would act as whoever is found by the thread."""
    acting = {
        "saving": {"add_key", "replace_token", "rename_key", "remove_key"},
        "learning": {"ensure_demo", "remove_demo"},
        "queue": {"enqueue_import", "repeat", "cancel"},
        "schedules": {"save", "switch"},
        "checkups": {"ask", "set_every"},
        "alerting": {"add_channel", "remove_channel", "test_channel", "set_reminders"},
        "ticks": {"tick", "dismiss", "snooze", "reopen", "choose_route"},
        "users": {"add", "change", "remove", "set_password", "sign_out_everywhere"},
    }
    root = Path(__file__).resolve().parents[2]
    calls = 0
    for file in [root / "app.py", *(root / "pages").glob("*.py")]:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            module = node.func.value.id if isinstance(node.func.value, ast.Name) else ""
            if node.func.attr in acting.get(module, ()):
                calls += 1
                assert any(k.arg == "by" for k in node.keywords), f"{file.name}:{node.lineno}"
            assert (module, node.func.attr) not in {("checklist", name) for name in acting["ticks"]}, (
                f"{file.name}:{node.lineno}"
            )
    assert calls > 15


# --- The second bolt --------------------------------------------------------------------------------------


def test_a_session_that_only_looks_writes_nothing(database: str) -> None:
    with db.session() as session:
        session.add(Seller(sid="1", environment="production"))
        session.commit()
    with db.unlimited_session() as session:
        visibility.limit(session, None, read_only=True)
        session.add(Seller(sid="2", environment="production"))
        with pytest.raises(NotAllowed):
            session.flush()
        session.rollback()
        with pytest.raises(NotAllowed):
            session.exec(update(Seller).values(name="x"))
        audit.record(session, VIEWER, "orders_exported")
        session.commit()
    with db.session() as session:
        assert [row.name for row in session.exec(select(Seller))] == [""]
        assert audit.verify(session).entries == 1


# --- What is told of whom ---------------------------------------------------------------------------------


def test_an_import_carries_the_name_of_who_pressed(sqlite: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with Sandbox(orders=5, limits=False) as sandbox:
        monkeypatch.setenv("WB_GATEWAY_URL", sandbox.gateway)
        settings.cache_clear()
        key = saving.add_key("Лавка", sandbox.tokens["full"], by=OWNER).key
        assert key is not None
        run = queue.enqueue_import(key.id or 0, "new", by=OPERATOR)
    queue.close()
    with db.session() as session:
        stored = session.get(Run, run.id)
        assert stored is not None
        assert stored.started_by == "Олег"
        told = [(entry.who, entry.action, entry.subject) for entry in audit.latest(session)]
    assert told == [("Олег", "import_started", "Лавка"), ("Анна", "key_added", "Лавка")]


def test_a_chosen_way_out_is_told(database: str) -> None:
    with db.session() as session:
        key = a_key(session, facts("statistics"))
        found = scope_missing(facts("statistics"), other_key="Второй")
        row = checklist.open_or_update(session, found, key)
        ticks.choose_route(session, row.id, "new_token", by=OPERATOR)
        session.commit()
    with db.session() as session:
        (entry,) = audit.latest(session)
    told = (entry.who, entry.action, entry.subject, audit.document(entry)["details"]["route"])
    assert told == ("Олег", "checklist_route_chosen", "scope_missing", "new_token")


def test_an_export_is_told_before_it_leaves(sqlite: str, tmp_path: Path) -> None:
    with db.session() as session, (tmp_path / "x.csv").open("wb") as file:
        export.export(session, OrderFilters(), "csv", file, by=VIEWER)
    with db.session() as session:
        assert [(e.who, e.action) for e in audit.latest(session)] == [("Вера", "orders_exported")]


# --- Users ------------------------------------------------------------------------------------------------


@pytest.fixture
def owner(database: str) -> Actor:
    with db.session() as session:
        user = users.add(session, "Анна", "owner", "long enough")
        session.commit()
        return Actor(user.id, user.name, "owner", origin="127.0.0.1")


@pytest.mark.parametrize(
    ("name", "role", "password", "sellers", "code"),
    [
        ("  ", "viewer", "long enough", None, "name_empty"),
        ("a\nb\x00", "viewer", "long enough", None, "name_empty"),
        ("Анна", "viewer", "long enough", None, "user_exists"),
        ("АННА", "viewer", "long enough", None, "user_exists"),
        ("Иван", "king", "long enough", None, "role_unknown"),
        ("Иван", "viewer", "short", None, "password_short"),
        ("Иван", "viewer", None, None, "password_short"),
        ("Иван", "owner", "long enough", [1], "owner_limited"),
    ],
)
def test_a_user_that_can_not_be_is_refused(
    owner: Actor, name: str, role: str, password: str | None, sellers: list[int] | None, code: str
) -> None:
    with db.session() as session, pytest.raises(users.UserRefused) as caught:
        users.add(session, name, role, password, sellers=sellers, by=owner)
    assert caught.value.code == code


def test_an_account_elsewhere_is_one_users(owner: Actor) -> None:
    """Of one provider: another one may call somebody else so."""

    def join(name: str, issuer: str, subject: str) -> None:
        with db.session() as session:
            users.add(session, name, "viewer", None, identity=(issuer, subject), by=owner)
            session.commit()

    join("Иван", "https://id.example", "ivan")
    join("Пётр", "https://id.example", "petr")
    join("Иван у соседей", "https://id.example.org", "ivan")
    with pytest.raises(users.UserRefused, match="identity_taken"):
        join("Иван ещё раз", "https://id.example", "ivan")


def test_the_last_owner_stays(owner: Actor) -> None:
    with db.session() as session:
        anna = users.find(session, "Анна")
        assert anna is not None
        with pytest.raises(users.UserRefused, match="last_owner"):
            users.remove(session, anna, by=owner)
        with pytest.raises(users.UserRefused, match="last_owner"):
            users.change(session, anna, role="viewer", sees_buyers=False, sellers=None, by=owner)


def test_another_role_ends_the_sessions(owner: Actor) -> None:
    with db.session() as session:
        user = users.add(session, "Олег", "operator", "long enough", by=owner)
        secret, row = sessions.begin(session, user.id or 0, address="10.0.0.1")
        session.commit()
        assert sessions.find(session, secret) is not None
        assert sessions.find(session, secret, datetime.now(UTC) + timedelta(days=400)) is None
        users.change(session, user, role="viewer", sees_buyers=True, sellers=[], by=owner)
        session.commit()
        assert sessions.find(session, secret) is None
        assert row.digest != secret
        assert session.exec(select(User.limited).where(col(User.name) == "Олег")).one() is True


def test_who_is_signed_in_knows_their_own_sellers_and_nobody_else_s(database: str) -> None:
    with db.session() as session:
        ours, theirs = make_seller(session, "ours"), make_seller(session, "theirs")
        known = {}
        for name, sellers in (("Вера", [ours]), ("Олег", [theirs]), ("Лев", []), ("Анна", None)):
            user = users.add(session, name, "viewer", "long enough", sellers=sellers)
            secret, _ = sessions.begin(session, user.id or 0)
            session.commit()
            known[name] = visitor.look_up(secret).sellers
    assert known == {
        "Вера": frozenset({ours}),
        "Олег": frozenset({theirs}),
        "Лев": frozenset(),
        "Анна": None,
    }


def test_a_session_that_is_used_lasts_and_is_written_seldom(owner: Actor) -> None:
    with db.session() as session:
        secret, row = sessions.begin(session, owner.user_id or 0)
        session.commit()
        began = row.seen_at
        assert not sessions.touch(session, row, began + sessions.TOUCH - timedelta(seconds=1))
        later = began
        for _ in range(3):  # a day and a half, looked at every half a day
            later += sessions.IDLE
            assert sessions.find(session, secret, later) is not None
            assert sessions.touch(session, row, later)
            session.commit()
        assert sessions.find(session, secret, later + sessions.IDLE + timedelta(seconds=1)) is None


@pytest.mark.parametrize("past", [timedelta(hours=12, seconds=1), timedelta(days=7, seconds=1)])
def test_a_session_ends_by_itself(owner: Actor, past: timedelta) -> None:
    with db.session() as session:
        secret, row = sessions.begin(session, owner.user_id or 0)
        if past > timedelta(days=1):
            row.created_at = utc_now() - past
        else:
            row.seen_at = utc_now() - past
        session.commit()
        assert sessions.find(session, secret) is None
        assert sessions.forget_ended(session, utc_now()) == 1
        assert session.exec(select(UserSession)).all() == []


def test_nobody_else_is_present_in_a_thread_that_draws_no_page(sqlite: str) -> None:
    assert visitor.present() is None
    with pytest.raises(NotSignedIn):
        visitor.look_up("guessed")


def test_a_checklist_of_another_seller_is_not_there(database: str) -> None:
    with db.session() as session:
        for number in (1, 2):
            session.add(Seller(id=number, sid=str(number), environment="production"))
        session.commit()
        for number in (1, 2):
            session.add(
                Key(
                    id=number,
                    name=str(number),
                    seller_id=number,
                    environment="production",
                    token_encrypted=b"",
                    fingerprint="",
                    facts={},
                )
            )
        session.commit()
        session.add(Checklist(id="two", key_id=2, code="c", severity="error", diagnosis={}))
        session.commit()
    limited = Actor(5, "", "operator", frozenset({1}))
    with db.unlimited_session() as session:
        visibility.limit(session, limited.sellers)
        with pytest.raises(KeyError):
            ticks.dismiss(session, "two", "x", "y", by=limited)


def test_two_owners_who_take_each_others_role_at_once_leave_one(database: str) -> None:
    with db.session() as session:
        names = [users.add(session, name, "owner", "long enough").name for name in ("Анна", "Борис")]
        session.commit()
    refused: list[str] = []

    def demote(session: Session, name: str) -> None:
        row = users.find(session, name)
        assert row is not None
        users.change(session, row, role="viewer", sees_buyers=False, sellers=None)

    def the_second() -> None:
        try:
            with db.session() as session:
                demote(session, names[1])
                session.commit()
        except users.UserRefused as error:
            refused.append(error.code)

    other = threading.Thread(target=the_second)
    with db.session() as session:
        demote(session, names[0])
        other.start()
        other.join(0.5)
        assert other.is_alive(), "it waits for the first one's end"
        session.commit()
    other.join(60)
    assert refused == ["last_owner"]
    with db.session() as session:
        assert users.has_owner(session)


def test_a_namesake_is_somebody_else(database: str) -> None:
    def join(session: Session) -> User:
        return users.add(session, "Иван", "viewer", "long enough")

    with db.session() as session:
        first = join(session)
        session.commit()
        assert users.still(session, first) is not None
    with db.session() as session:
        users.remove(session, first)
        session.commit()
        assert users.still(session, first) is None
        second = join(session)
        session.commit()
        assert users.still(session, first) is None
        assert users.still(session, second) is not None


def test_a_session_of_a_clock_that_was_ahead_does_not_last_until_its_time_comes(database: str) -> None:
    with db.session() as session:
        user = users.add(session, "Вера", "viewer", "long enough")
        secret, row = sessions.begin(session, user.id or 0)
        assert sessions.find(session, secret) is not None
        row.created_at = row.seen_at = utc_now() + timedelta(days=400)
        session.add(row)
        session.commit()
        assert sessions.find(session, secret) is None
        assert sessions.of_everybody(session) == {}
        assert sessions.forget_ended(session, utc_now()) == 1
