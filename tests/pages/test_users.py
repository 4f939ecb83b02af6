"""The page of users, and what a page says to whoever is not signed in, without a browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from tests.orders.samples import make_seller
from wbcore.guidance import texts
from wbcore.imports import queue
from wbcore.people import audit, passwords, sessions, users
from wbcore.people.actor import Actor
from wbcore.settings import settings
from wbcore.store import db

APP = Path(__file__).resolve().parents[2] / "app.py"
Opened = Callable[[str], AppTest]


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch, data_dir: Path) -> Iterator[Opened]:
    monkeypatch.setenv("WB_WORKER", "off")
    st.cache_resource.clear()

    def users_page(lang: str) -> AppTest:
        monkeypatch.setenv("WB_LANG", lang)
        settings.cache_clear()
        app = AppTest.from_file(str(APP), default_timeout=180).run()
        return app.switch_page("pages/users.py").run()

    yield users_page
    queue.close()


@pytest.mark.parametrize("lang", texts.LANGUAGES)
def test_the_machines_owner_adds_a_user_and_reads_the_audit(opened: Opened, lang: str) -> None:
    app = opened(lang)
    assert not app.exception
    assert app.title[0].value == texts.t(lang, "page-users-title")
    name, password = app.text_input[-2:]
    name.set_value("Иван <b>")
    password.set_value("short")
    press(app, texts.t(lang, "people-add"))
    assert app.error[0].value == texts.t(lang, "people-refused-password-short", wait="")
    name, password = app.text_input[-2:]
    name.set_value("Иван <b>")
    password.set_value("long enough")
    press(app, texts.t(lang, "people-add"))
    assert not app.error
    assert not app.exception
    with db.session() as session:
        assert [(user.name, user.role) for user in users.list_users(session)] == [("Иван <b>", "operator")]
        assert [(e.action, e.origin) for e in audit.latest(session)] == [("user_added", "dashboard")]


@pytest.mark.parametrize("lang", texts.LANGUAGES)
@pytest.mark.parametrize("length", [passwords.SHORTEST - 1, passwords.LONGEST + 1])
def test_a_password_is_refused_by_what_is_wrong_with_it(opened: Opened, lang: str, length: int) -> None:
    app = opened(lang)
    name, password = app.text_input[-2:]
    name.set_value("Иван")
    password.set_value("x" * length)
    press(app, texts.t(lang, "people-add"))
    (error,) = app.error
    assert str(passwords.SHORTEST) in error.value
    assert str(passwords.LONGEST) in error.value


def press(app: AppTest, label: str) -> None:
    next(button for button in app.button if button.label == label).click().run()


def test_a_page_that_the_gate_did_not_see_shows_nothing(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second door: the page itself asks the database who looks, whatever stands before it."""
    db.prepare()
    with db.session() as session:
        users.add(session, "Анна", "owner", "long enough", by=Actor.machine())
        session.commit()
    monkeypatch.setenv("WB_SIGN_IN", "1")
    settings.cache_clear()
    app = AppTest.from_file(str(APP), default_timeout=180).run()
    assert not app.exception
    assert [box.value for box in app.error] == [texts.t("ru", "page-failure-not-signed-in")]
    assert not app.title
    assert "Анна" not in str(app)


def test_a_key_that_is_called_as_a_code_keeps_its_name(opened: Opened) -> None:
    machine = Actor.machine("cli")
    db.prepare()
    with db.session() as session:
        audit.record(session, machine, "key_added", "token_expired")
        audit.record(session, machine, "checklist_dismissed", "token_expired")
        session.commit()
    app = opened("ru")
    app.session_state["audit"] = True
    app.run()
    assert set(app.dataframe[0].value["О чём"]) == {"token_expired", "Срок действия токена истёк"}


def test_a_press_about_somebody_who_is_gone_does_nothing_to_who_came_instead(opened: Opened) -> None:
    db.prepare()

    def join(name: str) -> None:
        with db.session() as session:
            for before in users.list_users(session):
                users.remove(session, before, by=Actor.machine())
            row = users.add(session, name, "viewer", "long enough", by=Actor.machine())
            sessions.begin(session, row.id or 0)
            session.commit()

    join("Иван")
    app = opened("ru")
    seen = [button for button in app.button if button.label == texts.t("ru", "people-revoke")]
    join("Олег")
    seen[0].click().run()
    assert not app.exception
    with db.session() as session:
        assert len(sessions.of_everybody(session)) == 1


def name_somebody(app: AppTest) -> None:
    """What a new user has to have."""
    name, password = app.text_input[-2:]
    name.set_value("Иван")
    password.set_value("long enough")


def test_who_names_sellers_and_forgets_the_box_beside_them_gives_away_no_others(opened: Opened) -> None:
    db.prepare()
    with db.session() as session:
        ours = make_seller(session, "ours")
        make_seller(session, "theirs")
        session.commit()
    app = opened("ru")
    name_somebody(app)
    app.multiselect[-1].set_value([ours])
    press(app, texts.t("ru", "people-add"))
    assert not app.error
    with db.session() as session:
        (user,) = users.list_users(session)
        assert user.limited
        assert users.sellers_of_users(session)[user.id or 0] == {ours}


def test_a_seller_that_is_called_otherwise_by_now_gives_away_no_others(opened: Opened) -> None:
    db.prepare()
    with db.session() as session:
        make_seller(session, "ours")
        make_seller(session, "theirs")
        session.commit()
    app = opened("ru")
    name_somebody(app)
    app.session_state[app.multiselect[-1].key] = ["Ромашка, как её звали раньше"]
    press(app, texts.t("ru", "people-add"))
    assert not app.exception
    with db.session() as session:
        (user,) = users.list_users(session)
        assert user.limited
        assert users.sellers_of_users(session) == {}


def test_an_owner_gives_a_user_another_account_at_the_provider(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WB_OIDC_ISSUER", "https://id.example.org")
    monkeypatch.setenv("WB_OIDC_CLIENT_ID", "desk")
    db.prepare()
    with db.session() as session:
        for name in ("Анна", "Борис"):
            identity = ("https://id.example.org", f"sub-of-{name}")
            users.add(session, name, "viewer", None, identity=identity, by=Actor.machine())
        session.commit()

    def changed(subject: str) -> AppTest:
        app = opened("ru")
        press(app, texts.t("ru", "people-change"))
        field = next(one for one in app.text_input if one.label == texts.t("ru", "people-subject-other"))
        assert field.value == "sub-of-Анна"
        field.set_value(subject)
        for label in ("people-change", "page-save"):  # a window is drawn while its button is pressed
            next(one for one in app.button if one.label == texts.t("ru", label)).click()
        app.run()
        assert not app.exception
        return app

    app = changed("sub-of-Борис")
    assert app.error[0].value == texts.t("ru", "people-refused-identity-taken", wait="")
    assert not changed(" sub of another ").error
    with db.session() as session:
        anna = users.find(session, "Анна")
        assert anna is not None
        assert (anna.oidc_issuer, anna.oidc_subject) == ("https://id.example.org", "sub of another")
        assert audit.latest(session, limit=1)[0].action == "identity_changed"
