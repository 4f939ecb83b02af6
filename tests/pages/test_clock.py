"""A wrong clock is told on the overview, with its way out."""

from __future__ import annotations

import pytest

from tests.pages.test_pages import Screen, screen, told
from wbcore.keys import saving
from wbcore.sandbox.server import Sandbox
from wbcore.settings import settings
from wbcore.store import db, timekeeping

__all__ = ["screen"]


@pytest.mark.parametrize(("lang", "words"), [("ru", "спешат на 3 ч"), ("en", "fast by 3 h")])
def test_a_wrong_clock_is_told_on_the_overview(
    screen: Screen,
    monkeypatch: pytest.MonkeyPatch,
    lang: str,
    words: str,
) -> None:
    timekeeping._last.clear()
    with Sandbox(orders=3) as sandbox:
        monkeypatch.setenv("WB_GATEWAY_URL", sandbox.gateway)
        settings.cache_clear()
        assert saving.add_key("shop", sandbox.tokens["full"]).saved
        app = screen("overview", lang)
        assert words not in told(app)
        timekeeping._last.clear()
        with db.session() as session:
            timekeeping.note(session, 3 * 3600.0)
            session.commit()
        app.run()
    assert not app.exception
    assert words in told(app)
