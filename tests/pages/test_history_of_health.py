"""What token health says of days and of ends is so of each method and each key that it names."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import asdict
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import Session, select

from tests import agency
from tests.pages.test_pages import Screen, screen, told
from wbcore.guidance import texts
from wbcore.health import history, news
from wbcore.keys import capabilities, saving
from wbcore.sandbox.server import Sandbox
from wbcore.sandbox.tokens import mint
from wbcore.settings import settings
from wbcore.store import db
from wbcore.store.models import CapabilityChange, CapabilityState, Key
from wbcore.store.presence import presence

__all__ = ["screen"]


def remembered(session: Session, key: Key, method: str, status: str, days: int) -> None:
    now = datetime.now(UTC)
    capabilities.record(session, key.id or 0, method, status, "probe", now=now - timedelta(days=days))


@pytest.fixture
def shop(screen: Screen, monkeypatch: pytest.MonkeyPatch) -> None:
    """One key that WB lets in everywhere."""
    with Sandbox(orders=1) as sandbox:
        monkeypatch.setenv("WB_GATEWAY_URL", sandbox.gateway)
        settings.cache_clear()
        assert saving.add_key("shop 00", mint()).saved


@pytest.mark.parametrize("lang", texts.LANGUAGES)
def test_what_always_worked_did_so_from_the_day_that_is_said(shop: None, screen: Screen, lang: str) -> None:
    with db.session() as session:
        key = session.exec(select(Key)).one()
        for model in (CapabilityChange, CapabilityState):
            for row in session.exec(select(model)).all():
                session.delete(row)
        session.commit()
        remembered(session, key, "orders.status", "denied", 20)
        remembered(session, key, "orders.new", "ok", 10)
        remembered(session, key, "seller.news", "ok", 2)
        session.commit()
    app = screen("token_health", lang)
    app.session_state["health-history"] = True
    app.run()
    assert not app.exception
    day = (datetime.now(UTC) + timedelta(hours=3)).date() - timedelta(days=2)
    both = [texts.t(lang, f"method-{name}") for name in ("orders-new", "seller-news")]
    (line,) = [one for one in told(app).splitlines() if both[0] in one and both[1] in one]
    assert texts.format_date(lang, day) in line


@pytest.mark.parametrize("count", [40, 41])
def test_that_more_tokens_end_than_are_drawn_is_said(shop: None, screen: Screen, count: int) -> None:
    with db.session() as session:
        (first,) = session.exec(select(Key)).all()
        same = first.model_dump(exclude={"id", "name"})
        session.add_all(Key(name=f"shop {number:02}", **same) for number in range(1, count))
        session.commit()
        assert len(history.expiries(session, datetime.now(UTC))) == count
    app = screen("token_health", "ru")
    app.session_state["health-expiry"] = True
    app.run()
    assert not app.exception
    said = texts.t("ru", "page-health-ends-more", shown=40, all=41)
    assert (said in told(app)) == (count == 41)


@pytest.mark.parametrize("count", [8, 9])
def test_that_there_are_more_news_than_are_shown_is_said(screen: Screen, count: int) -> None:
    agency.fill(1)
    item = news.read({"id": 1, "date": "2026-11-20T10:00:00", "header": "Новость", "content": "Слова"})
    assert item is not None
    news._keep(error="", at=datetime.now(UTC).isoformat(), items=[asdict(item)] * count)
    app = screen("token_health", "ru")
    app.session_state["health-news"] = True
    app.run()
    assert not app.exception
    assert (texts.t("ru", "page-news-more", shown=8, all=9) in told(app)) == (count == 9)


@pytest.mark.parametrize(
    ("minutes", "works", "told_as"),
    [(30, False, "page-news-none"), (-30, True, "page-news-soon"), (-30, False, "page-news-nobody")],
)
def test_when_the_news_come_is_never_in_the_past(
    screen: Screen, minutes: int, works: bool, told_as: str
) -> None:
    """While nobody worked they were promised for a time that was over."""
    agency.fill(1)
    at = datetime.now(UTC) + timedelta(minutes=minutes)
    with db.session() as session:
        news.ask(session, at)
        session.commit()
    app = screen("token_health", "ru")
    app.session_state["health-news"] = True
    with presence("worker-1") if works else nullcontext():
        app.run()
    assert not app.exception
    assert texts.t("ru", told_as, at=texts.format_datetime("ru", at)) in told(app)
