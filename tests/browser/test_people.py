"""A small office in real browsers: who sees what, who is sent away while looking, whom a page talks to."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, WebSocket, expect
from sqlmodel import select

from tests.browser.conftest import Dashboard, choose, open_choices, serve
from tests.browser.showcase import AT_REST
from tests.people.house import PASSWORD, inside, make_files
from wbcore.api.token import TokenFacts
from wbcore.guidance import checklist, diagnosis
from wbcore.guidance.diagnosis import Evidence
from wbcore.keys import saving
from wbcore.people import audit, users
from wbcore.sandbox.server import Sandbox
from wbcore.store import db
from wbcore.store.models import Checklist, Key, Order, OrderCounter, Run, Schedule, Seller, utc_now

SCREENS = ["Ключи API", "Импорт заказов", "Заказы", "Состояние токенов"]
OURS, FOREIGN = "Наша лавка", "Чужая лавка"
FOREIGN_MARKS = ["Чужая", "foreign-article", "987654321", "foreign-sid"]
"""What only the other seller's rows hold: name, article, order, id."""


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dashboard]:
    """Two sellers; an owner, an operator, a viewer, and an operator who knows the first seller alone."""
    data = tmp_path_factory.mktemp("office")
    with Sandbox(orders=20, limits=False) as sandbox:
        with inside(data, WB_GATEWAY_URL=sandbox.gateway):
            db.prepare()
            key = saving.add_key(OURS, sandbox.tokens["full"]).key
            assert key is not None
            _furnish(key)
        yield from serve(data, sandbox, WB_SIGN_IN="1", WB_WORKER="off")


def _furnish(ours: Key) -> None:
    with db.session() as session:
        seller = Seller(sid="foreign-sid", environment="production", name="Чужая фирма")
        session.add(seller)
        session.flush()
        assert seller.id is not None
        key = Key(
            name=FOREIGN,
            seller_id=seller.id,
            environment="production",
            token_encrypted=ours.token_encrypted,
            fingerprint=ours.fingerprint,
            facts=ours.facts,
        )
        session.add(key)
        session.flush()
        for one, mark, article in ((ours, 111111111, "our-article"), (key, 987654321, "foreign-article")):
            made = int(time.time()) - 600
            session.add(
                Order(
                    seller_id=one.seller_id,
                    id=mark,
                    digest=mark,
                    article=article,
                    created_at=made,
                    slot=made // 21_600,
                    supplier_status="new",
                    wb_status="waiting",
                    raw=b"{}",
                )
            )
            session.add(
                OrderCounter(
                    seller_id=one.seller_id,
                    kind="fbs",
                    supplier_status="new",
                    wb_status="waiting",
                    count=1,
                )
            )
            session.add(
                Run(
                    id=f"run-of-{one.seller_id}",
                    key_id=one.id,
                    key_name=one.name,
                    seller_id=one.seller_id,
                    source="new",
                    status="done",
                    finished_at=utc_now(),
                )
            )
            session.add(
                Schedule(key_id=one.id, source="new", every_minutes=60, next_at=utc_now(), enabled=False)
            )
        known = Evidence(now=utc_now(), key_name=FOREIGN, facts=TokenFacts.from_record(key.facts))
        checklist.open_or_update(session, diagnosis.seller_mismatch(known, FOREIGN, "x"), key)
        users.add(session, "Анна", "owner", PASSWORD, sees_buyers=True)
        for name, role, sellers in (
            ("Олег", "operator", None),
            ("Вера", "viewer", None),
            ("Лев", "operator", [ours.seller_id]),
        ):
            users.add(session, name, role, PASSWORD, sellers=sellers)
        session.commit()


_TELL_OF_BROKEN_POLICY = """document.addEventListener("securitypolicyviolation",
    one => window.policyBroken(`${location.pathname}: ${one.effectiveDirective} ${one.blockedURI}`))"""
_EVALUATES = """() => new Promise(done => setTimeout(() => {
    try { done(new Function("return 'ran'")()) } catch { done("refused") } }))"""


class Visitor:
    """A browser of somebody's, signed in by the form; it notes whom it talks to.

    Attributes:
        broken: where a page broke the policy.
        talked_to: hosts.
    """

    def __init__(self, browser: Browser, office: Dashboard, name: str, *, script: bool = True) -> None:
        self.context: BrowserContext = browser.new_context(
            viewport={"width": 1280, "height": 1000}, locale="ru-RU", java_script_enabled=script
        )
        self.context.set_default_timeout(30_000)
        self.broken: list[str] = []
        self.context.expose_binding("policyBroken", lambda _source, told: self.broken.append(told))
        self.context.add_init_script(_TELL_OF_BROKEN_POLICY)
        self.page: Page = self.context.new_page()
        self.talked_to: set[str] = set()
        self.context.on("request", lambda one: self.talked_to.add(urlsplit(one.url).netloc))
        self.frames: list[bytes] = []
        self.page.on("websocket", self._listen)
        self.office = office
        self.page.goto(office.address("login"))
        self.page.get_by_label("Имя").fill(name)
        self.page.get_by_label("Пароль").fill(PASSWORD)
        self.page.get_by_role("button", name="Войти").click()

    def _listen(self, socket: WebSocket) -> None:
        self.talked_to.add(urlsplit(socket.url).netloc)
        socket.on("framereceived", lambda one: self.frames.append(one if isinstance(one, bytes) else b""))

    def open(self, path: str) -> str:
        """Opens a screen, waits until it is drawn; all that came, also what tables draw as pictures."""
        self.frames.clear()
        self.page.goto(self.office.address(path))
        return self._drawn()

    def go(self, title: str) -> str:
        """The same by the link of this name; it costs less than to load the page."""
        self.frames.clear()
        self.page.get_by_test_id("stSidebarNav").get_by_role("link", name=title, exact=True).click()
        expect(self.page.get_by_role("heading", name=title, level=1)).to_be_visible()
        return self._drawn()

    def _drawn(self) -> str:
        expect(self.page.get_by_test_id("stAppViewContainer")).to_be_visible()
        expect(self.page.get_by_role("button", name="Мой вход")).to_be_visible()
        expect(self.page.get_by_test_id("stMain").locator("h1, h2, h3, [role=alert]").first).to_be_visible()
        drawn = re.compile("notRunning")
        expect(self.page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", drawn)
        self.page.evaluate(AT_REST)
        return b"".join(self.frames).decode("utf-8", "replace")

    def export(self) -> tuple[str, str]:
        """All orders as a file: its address, and what is in it."""
        self.open("orders")
        self.page.get_by_text("Скачать файлом").click()
        choose(self.page, "Для чего файл", re.compile("Всё как у Wildberries"))
        expect(self.page.get_by_text("createdAt")).to_be_visible()
        self.page.get_by_role("button", name="Подготовить файл").click()
        expect(self.page.get_by_text("ждёт очереди")).to_be_visible()
        make_files(self.office.data)
        with self.page.expect_download() as got:
            self.page.get_by_role("link", name="Скачать", exact=True).first.click()
        return got.value.url, got.value.path().read_text(encoding="utf-8-sig")


@pytest.fixture(scope="module")
def signed_in(office: Dashboard, browser: Browser) -> Iterator[dict[str, Visitor]]:
    """Those who only look around: one browser each for all tests."""
    people = {name: Visitor(browser, office, name) for name in ("Анна", "Вера", "Лев")}
    yield people
    for one in people.values():
        one.context.close()


@pytest.fixture
def anna(signed_in: dict[str, Visitor]) -> Visitor:
    """The owner. What the test before has done to a page of hers is not counted."""
    signed_in["Анна"].broken.clear()
    return signed_in["Анна"]


@pytest.fixture
def vera(signed_in: dict[str, Visitor]) -> Visitor:
    """The viewer."""
    return signed_in["Вера"]


@pytest.fixture
def lev(signed_in: dict[str, Visitor]) -> Visitor:
    """The operator of one seller."""
    return signed_in["Лев"]


@pytest.mark.browser
def test_who_is_revoked_while_looking_is_sent_away_and_sees_nothing_more(
    office: Dashboard, browser: Browser, anna: Visitor
) -> None:
    oleg = Visitor(browser, office, "Олег")
    oleg.open("orders")
    second = oleg.context.new_page()
    second.goto(office.address("api_keys"))
    expect(second.get_by_role("heading", name="Ключи API")).to_be_visible()
    anna.open("users")
    card = anna.page.locator("[class*='st-key-user-']").filter(has_text="Олег")
    card.get_by_role("button", name="Завершить входы").click()
    began = time.monotonic()
    for tab in (oleg.page, second):
        tab.wait_for_url("**/login**", timeout=15_000)
        expect(tab.get_by_role("heading", name="Вход")).to_be_visible()
        assert "111111111" not in tab.content()
    print(f"revoked tabs were cleared after {time.monotonic() - began:.2f} s")
    oleg.page.go_back()
    expect(oleg.page.get_by_role("heading", name="Вход")).to_be_visible()
    anna.open("users")
    anna.page.get_by_text("Журнал действий").click()
    expect(anna.page.get_by_test_id("stDataFrame")).to_be_visible()
    with inside(office.data), db.session() as session:
        told = [(entry.who, entry.action, entry.subject) for entry in audit.latest(session)]
        assert ("Анна", "sessions_ended", "Олег") in told
        assert audit.verify(session).broken_at is None
    # Not a word to anybody else, whatever was opened.
    assert oleg.talked_to | anna.talked_to == {urlsplit(office.url).netloc}


@pytest.mark.browser
def test_signing_out_clears_all_tabs(office: Dashboard, browser: Browser) -> None:
    vera = Visitor(browser, office, "Вера")
    vera.open("orders")
    second = vera.context.new_page()
    second.goto(office.address("token_health"))
    expect(second.get_by_role("heading", name="Состояние токенов")).to_be_visible()
    vera.page.get_by_role("button", name="Мой вход").click()
    vera.page.get_by_role("button", name="Выйти").click()
    for tab in (vera.page, second):
        tab.wait_for_url("**/login**", timeout=15_000)


@pytest.mark.browser
def test_a_viewer_looks_and_presses_nothing(office: Dashboard, vera: Visitor) -> None:
    assert OURS in vera.open("api_keys")
    for label in ("Проверить и сохранить", "Заменить токен", "Переименовать", "Удалить"):
        expect(vera.page.get_by_role("button", name=label)).to_have_count(0)
    vera.open("order_import")
    expect(vera.page.get_by_role("button", name="Импортировать заказы")).to_be_disabled()
    vera.open("token_health")
    expect(vera.page.get_by_role("button", name="Проверить сейчас")).to_be_disabled()
    vera.open("learning")
    expect(vera.page.get_by_role("button", name="Попробовать на учебном кабинете")).to_be_disabled()
    expect(vera.page.get_by_role("link", name="Пользователи")).to_have_count(0)
    vera.page.goto(office.address("users"))
    expect(vera.page.get_by_text("Анна")).to_have_count(0)
    expect(vera.page.get_by_role("button", name="Добавить пользователя")).to_have_count(0)


@pytest.mark.browser
def test_who_knows_one_seller_finds_nothing_of_another(
    office: Dashboard, anna: Visitor, lev: Visitor
) -> None:
    with inside(office.data), db.session() as session:
        (foreign,) = session.exec(select(Checklist.id).where(Checklist.code == "seller_mismatch"))
        (seller,) = session.exec(select(Seller.id).where(Seller.sid == "foreign-sid"))
    links = [f"?checklist={foreign}", "orders?key=Чужая лавка", f"order_import?run=run-of-{seller}"]
    for place, content in looked_through(lev, links):
        assert [mark for mark in FOREIGN_MARKS if mark in content] == [], place
        # The overview has sellers.
        assert OURS in content or "Песочница" in content or "checklist" in place, place
    for place, content in looked_through(anna, links):  # they hold them for whoever may see them
        assert [mark for mark in FOREIGN_MARKS if mark in content] != [], place
    assert lev.broken + anna.broken == []  # each screen needs no more than the policy allows


def looked_through(one: Visitor, links: list[str]) -> Iterator[tuple[str, str]]:
    """All screens, and what stands behind links; what came of each."""
    yield "overview", one.open("")
    for title in SCREENS:
        yield title, one.go(title)
    for link in links:
        yield link, one.open(link)


@pytest.mark.browser
def test_no_screen_breaks_the_policy_and_nothing_is_evaluated(anna: Visitor) -> None:
    """The screens as they are; then a script that somebody has got into one: neither way is it run."""
    for path in ("orders", "pictures", "token_health", "users"):
        anna.open(path)
    assert anna.broken == []
    assert anna.page.evaluate(_EVALUATES) == "refused"
    anna.page.evaluate("document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=window.ran=1>')")
    anna.page.evaluate(
        "document.head.append(Object.assign(document.createElement('script'), {text: 'ran=1'}))"
    )
    refused = {"script-src eval", "script-src-attr inline", "script-src-elem inline"}
    anna.page.wait_for_timeout(300)
    assert {one.partition(": ")[2] for one in anna.broken} == refused
    assert anna.page.evaluate("window.ran") is None


@pytest.mark.browser
def test_the_form_works_without_a_script_and_the_document_follows_the_language(
    office: Dashboard, browser: Browser
) -> None:
    plain = Visitor(browser, office, "Вера", script=False)
    assert plain.page.url == f"{office.url}/"
    vera = Visitor(browser, office, "Вера")
    refused = list[str]()
    vera.page.on("response", lambda one: refused.append(one.url) if one.status >= 400 else None)
    vera.open("orders")
    assert vera.page.evaluate("document.documentElement.lang") == "ru"
    first = vera.page.locator("script[src]").first
    assert first.get_attribute("src") == "/_wb/door.js", "the rest waits for it"
    assert refused == [], "Streamlit has looked for its server below the page, and waited"
    icon = vera.page.locator("link[rel~=icon]")
    assert str(icon.get_attribute("href")).startswith("data:image/svg+xml;base64,"), "a page's own is fetched"
    mark = vera.page.get_by_test_id("stLogoSpacer").evaluate(
        "(mark) => getComputedStyle(mark).backgroundImage"
    )
    assert mark.startswith('url("data:image/svg+xml;base64,'), "the mark on top of the sidebar"
    open_choices(vera.page)
    vera.page.get_by_text("English", exact=True).click()
    expect(vera.page.get_by_role("heading", name="Orders")).to_be_visible()
    expect(vera.page.locator("html")).to_have_attribute("lang", "en")
    vera.page.goto(office.address("orders"))
    expect(vera.page.get_by_role("heading", name="Orders")).to_be_visible()
    expect(vera.page.locator("html")).to_have_attribute("lang", "en")


@pytest.mark.browser
def test_what_a_page_lets_download_is_for_its_browser_alone(
    office: Dashboard, browser: Browser, anna: Visitor
) -> None:
    """Streamlit serves it to whoever has its address: here to the session whose page said that address."""
    anna.open("users")
    anna.page.get_by_text("Журнал действий").click()
    with anna.page.expect_download() as got:
        anna.page.get_by_role("button", name="Скачать журнал").click()
    address = got.value.url
    assert "/media/" in address
    assert anna.context.request.get(address).status == 200
    for name in ("Анна", "Олег"):
        assert Visitor(browser, office, name).context.request.get(address).status == 404
    assert browser.new_context().request.get(address).status == 401


@pytest.mark.browser
def test_a_file_of_a_page_is_nobody_elses(
    office: Dashboard, browser: Browser, anna: Visitor, lev: Visitor
) -> None:
    """It is for who asked: not for a stranger, and not for another user who has the link."""
    address, exported = anna.export()
    assert "/_wb/file/" in address
    assert anna.context.request.get(address).status == 200
    assert Visitor(browser, office, "Олег").context.request.get(address).status == 404
    stranger = browser.new_context()
    assert stranger.request.get(address).status == 401
    assert "foreign-article" in exported
    with inside(office.data), db.session() as session:
        told = [(entry.who, entry.action) for entry in audit.latest(session, limit=5)]
        assert ("Анна", "orders_exported") in told
    _, limited = lev.export()
    assert "our-article" in limited
    assert [mark for mark in FOREIGN_MARKS if mark in limited] == []


@pytest.mark.browser
def test_a_user_who_is_refused_stays_in_the_form(anna: Visitor) -> None:
    anna.open("users")
    name = anna.page.get_by_label("Имя", exact=True)
    password = anna.page.get_by_label("Пароль", exact=True)
    name.fill("Пётр")
    password.fill("коротко")
    anna.page.get_by_role("button", name="Добавить пользователя").click()
    expect(anna.page.get_by_text("Пароль должен быть от 8 до 1000 знаков.")).to_be_visible()
    expect(name).to_have_value("Пётр")
    password.fill("достаточно длинный")
    anna.page.get_by_role("button", name="Добавить пользователя").click()
    expect(anna.page.get_by_text("Пользователь «Пётр»")).to_be_visible()
    expect(name).to_have_value("")
