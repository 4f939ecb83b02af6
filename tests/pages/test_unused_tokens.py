"""A store has room for twenty tokens: token health says which of ours nobody would miss."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests import agency
from tests.pages.test_pages import Screen, screen
from wbcore.store import db

__all__ = ["screen"]


@pytest.mark.parametrize(("days", "is_told"), [(45, True), (3, False)])
@pytest.mark.parametrize(("lang", "words"), [("ru", "не используется"), ("en", "not in use")])
def test_a_token_that_nothing_needs_is_named(
    screen: Screen, days: int, is_told: bool, lang: str, words: str
) -> None:
    with db.session() as session:
        key = agency.add_key(session, 1)
        key.token_saved_at = datetime.now(UTC) - timedelta(days=days)
        session.commit()
    app = screen("token_health", lang)
    assert not app.exception
    shown = "".join(table.proto.body for table in app.get("html"))
    assert "<table" in shown
    assert (words in shown) is is_told
